"""A PostgreSQL server for tests: in a temporary folder, on a socket there, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# Debian keeps the server's programs out of PATH
_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
_PATH = os.pathsep.join([os.environ.get("PATH", ""), *map(str, reversed(_DEBIAN))])
# nothing here needs to outlive the machine
_OPTIONS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=50"


@dataclass
class Postgres:
    """A running server; `stop` and `start` are for tests of what outlives it."""

    folder: Path
    user: str | None
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self) -> str:
        """The URL of a schema of its own, empty."""
        import psycopg

        name = f"test_{next(self._numbers)}"
        with psycopg.connect(f"host={self.folder} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"postgresql://postgres@/postgres?host={self.folder}&options=-csearch_path%3D{name}"

    def start(self) -> None:
        """Starts the server and waits until it takes connections."""
        self._run("pg_ctl", "-w", "-l", self.folder / "log", "-o", f"-k {self.folder} {_OPTIONS}", "start")

    def stop(self) -> None:
        """Ends it at once, as a crash would."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str | Path) -> None:
        found = shutil.which(program, path=_PATH)
        assert found is not None
        command = [found, "-D", self.folder / "data", *arguments]
        done = subprocess.run(
            command, user=self.user, cwd=self.folder, capture_output=True, text=True, check=False, timeout=60
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr or done.stdout}")


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server while the block runs. Skips the test, with the reason, where none can be had."""
    pytest.importorskip("psycopg", reason="psycopg isn't installed")
    for program in ("initdb", "pg_ctl", "postgres"):
        if shutil.which(program, path=_PATH) is None:
            pytest.skip(f"no PostgreSQL server here: {program} isn't installed")
    user = _other_user() if os.geteuid() == 0 else None
    # the path of a socket may have 107 bytes, fewer than pytest's folders take
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        if user:
            shutil.chown(folder, user)
        server = Postgres(folder, user)
        server._run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "--no-sync")
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _other_user() -> str:
    """Whom to be instead of root, as whom PostgreSQL won't run."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    pytest.skip("no PostgreSQL server here: it won't run as root, and there is no user postgres or nobody")
