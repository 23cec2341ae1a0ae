"""What the commands say on stderr: records of the logger `extractor`, as sentences for a person or as lines of JSON."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = logging.getLogger("extractor.cli")


class Messages(logging.Handler):
    """Writes each record as a line, by `write`: a progress display prints above itself.

    A person is told what a command says itself, and the library's warnings; JSON has every record. What makes the exit
    status other than 0 is an error, and names the program. `seen` counts the records by their event.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()
        self.write: Callable[[str], object] = to_stderr
        self._shown: Callable[[logging.LogRecord], str | None] = _plain

    def follow(self, *, as_json: bool) -> None:
        """Writes from now on what the library says as well."""
        if as_json:
            from pythonjsonlogger.json import JsonFormatter

            fields = ["levelname", "event", "message"]
            self._shown = JsonFormatter(fields, timestamp="time", rename_fields={"levelname": "level"}).format
        logger = logging.getLogger("extractor")
        # at a terminal the progress display counts what isn't said
        logger.setLevel(logging.INFO if as_json or sys.stderr.isatty() else logging.WARNING)
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Raises `OSError` where stderr can't be written: a command whose messages are lost should fail."""
        # a record without an event is named so by its message
        self.seen[record.__dict__.setdefault("event", record.getMessage())] += 1
        line = self._shown(record)
        if line is not None:
            self.write(line)


def to_stderr(line: str) -> None:
    """One line, whole."""
    sys.stderr.write(f"{line}\n")


def _plain(record: logging.LogRecord) -> str | None:
    if record.levelno >= logging.ERROR:
        return f"extractor: {record.getMessage()}"
    return record.getMessage() if record.levelno >= logging.WARNING or record.name == LOG.name else None


STDERR = Messages()
