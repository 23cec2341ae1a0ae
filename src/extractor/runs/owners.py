"""Who asks for answers at present: claims are leases, and the dead hold none."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from pathlib import Path

BEAT_S = 5.0
STALE_S = 30.0  # six beats missed


class Owner:
    """One process's hold on its claims: a row with a heartbeat, and a lock file that the kernel frees at its death.

    Without the file (another host, a file system without locks, Windows) the heartbeat alone counts.
    """

    def __init__(self, folder: Path) -> None:
        self.id = uuid4().hex
        self.host = socket.gethostname()
        self._path = _lock_file(folder, self.id)
        self._lock = None
        with suppress(OSError, ImportError):
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self._path, os.O_CREAT)

    def end(self) -> None:
        """Lets go of the lock file."""
        if self._lock is not None:
            with suppress(OSError):
                self._path.unlink()
            os.close(self._lock)


def dead(folder: Path, owner: str, host: str, silent_s: float) -> bool:
    """Whether the owner has ended without saying so, as far as it can be known here."""
    if silent_s > STALE_S:
        return True
    if host != socket.gethostname():
        return False
    try:
        lock = _locked(_lock_file(folder, owner))
    except (OSError, ImportError):
        # held, or not to be seen from here
        return False
    os.close(lock)
    return True


def forget(folder: Path, owner: str) -> None:
    """Removes what a dead owner left."""
    with suppress(OSError):
        _lock_file(folder, owner).unlink()


def _lock_file(folder: Path, owner: str) -> Path:
    return folder / f"{owner}.lock"


def _locked(path: Path, flags: int = 0) -> int:
    """The file's descriptor, locked by it. Raises `OSError` where another holds the lock or there is no file."""
    import fcntl

    descriptor = os.open(path, os.O_RDWR | flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
