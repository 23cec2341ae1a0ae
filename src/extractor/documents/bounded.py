"""Parsing of hostile files within bounds: in a process of its own, of limited memory, that ends itself in time.

C code may hang, crash or allocate without end, and no thread can be stopped. A worker process reads one document
after the other, so that only the first pays for its start.
"""

from __future__ import annotations

import atexit
import faulthandler
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from time import monotonic
from typing import IO, Any

from extractor import errors
from extractor.errors import DocumentError, TooLargeError, UnreadableError

TIME_S = 10.0  # for one document; a posting takes milliseconds
MEMORY = 1 << 30  # bytes of address space, where the platform limits it: not on Windows, and macOS ignores it
_LONGEST = 10_000_000  # bytes of an outcome, as of any text that is read
_DOCUMENTS = 1_000  # that one process reads: what a library leaks stays small
# What the interpreter needs to start. The rest stays behind: keys are nothing that a parser should see.
_ENVIRONMENT = ("DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT")
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from extractor.documents.bounded import serve; serve()"
)


def bounded(reader: str, data: bytes) -> Any:
    """What the function `reader` ("module:name") makes of `data`, in JSON's types.

    It runs in a worker process, for no more than `TIME_S` and in no more than `MEMORY`. There are as many of them as
    processors, at most, and who finds none free waits. Any thread may call it.

    Raises the `DocumentError` that the reader raises; UnreadableError where it fails otherwise, crashes or takes too
    long; TooLargeError where it needs too much memory.
    """
    with _free:
        worker = _idle_one() or _Worker()
        try:
            outcome = worker.ask(reader, data)
        except BaseException:  # an interrupt too: the answer that is still to come belongs to no one
            worker.end()
            raise
        _idle.append(worker)
    if "error" in outcome:
        kind, message = outcome["error"]
        raise getattr(errors, kind)(message)
    return outcome["made"]


class _Worker:
    """A process that serves."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        try:
            self.process = subprocess.Popen(  # noqa: S603  ourselves
                [sys.executable, "-P", "-c", _START, json.dumps(sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                process_group=0,  # an interrupt from the terminal is for the parent to answer
            )
        except OSError as error:
            raise UnreadableError(f"no process could be started to read it ({error}); try again") from None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._pipes = self.process.stdin, self.process.stdout
        self._documents = 0

    @property
    def usable(self) -> bool:
        """Whether it can be given another document."""
        return self._documents < _DOCUMENTS and self.process.poll() is None

    def ask(self, reader: str, data: bytes) -> Any:
        """The outcome of one document. Raises UnreadableError where the process ends over it."""
        asked, answers = self._pipes
        self._documents += 1
        begun = monotonic()
        try:
            _send(asked, data, f"{reader} {TIME_S:g}")
            return json.loads(_received(answers)[1])
        except (OSError, EOFError):
            took_s = monotonic() - begun
        code = self.process.wait()
        if took_s >= TIME_S:
            raise UnreadableError(f"to read it takes more than {TIME_S:g} s; save it anew, or as text")
        raise UnreadableError(
            f"its parser broke down over it (exit status {code}): it is damaged, or takes more than "
            f"{MEMORY >> 20:,} MB of memory; save it anew, or as text"
        )

    def end(self) -> None:
        """Kills the process."""
        self.process.kill()
        self.process.wait()
        self.close()

    def close(self) -> None:
        """Closes the pipes."""
        for pipe in self._pipes:
            with suppress(OSError):
                pipe.close()


_free = threading.BoundedSemaphore(os.cpu_count() or 1)
_idle: list[_Worker] = []  # its append and pop are atomic


def _idle_one() -> _Worker | None:
    while _idle:
        worker = _idle.pop()
        if worker.usable:
            return worker
        worker.end()
    return None


@atexit.register
def end_workers() -> None:
    """Ends the processes that wait for a document; the next document starts another."""
    while _idle:
        _idle.pop().end()


def _forget() -> None:
    """After a fork, in the child: the workers are its parent's."""
    global _free  # noqa: PLW0603  it may have been taken by threads that the child hasn't
    _free = threading.BoundedSemaphore(os.cpu_count() or 1)
    while _idle:
        worker = _idle.pop()
        worker.close()
        worker.process.returncode = 0  # so that nobody waits for it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def serve() -> None:
    """Reads documents from standard input until it ends; what the worker process runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    while True:
        try:
            asking, data = _received(asked)
        except EOFError:
            return
        reader, _, time_s = asking.rpartition(" ")
        faulthandler.dump_traceback_later(float(time_s), exit=True)  # a thread without need of the interpreter's lock
        outcome = _outcome(reader, data)
        faulthandler.cancel_dump_traceback_later()
        _send(answers, outcome)


def _limit_memory() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _outcome(reader: str, data: bytes) -> bytes:
    module, _, name = reader.partition(":")
    try:
        outcome = json.dumps({"made": getattr(importlib.import_module(module), name)(data)}).encode()
    except DocumentError as error:
        return _failure(error)
    except MemoryError:
        return _failure(
            TooLargeError(f"to read it takes more than {MEMORY >> 20:,} MB of memory; save it anew, or as text")
        )
    except Exception as error:  # noqa: BLE001  a parser of damaged files raises anything
        cause = " ".join(f"{type(error).__name__}: {error}".split())
        return _failure(UnreadableError(f"it is damaged ({cause[:200]}); save it anew, or as text"))
    if len(outcome) > _LONGEST:
        return _failure(TooLargeError(f"it holds over {_LONGEST:,} bytes of text; copy the posting out of it"))
    return outcome


def _failure(error: DocumentError) -> bytes:
    return json.dumps({"error": [type(error).__name__, str(error)]}).encode()


def _send(pipe: IO[bytes], data: bytes, heading: str = "") -> None:
    pipe.write(f"{len(data)} {heading}\n".encode())
    pipe.write(data)
    pipe.flush()


def _received(pipe: IO[bytes]) -> tuple[str, bytes]:
    """A heading and the data below it. Raises EOFError."""
    size, _, heading = pipe.readline().decode().partition(" ")
    data = pipe.read(int(size)) if size else b""
    if not size or len(data) < int(size):
        raise EOFError
    return heading.rstrip(), data
