"""The rows of a table as documents: of CSV, TSV and Parquet, one at a time."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from itertools import chain
from typing import IO, TYPE_CHECKING

from extractor.documents import Document, from_text, one_line, read
from extractor.documents.decoding import decode, guessed, mostly_utf8
from extractor.documents.kinds import binary
from extractor.errors import DocumentError, EmptyDocumentError, NotTextError, UnreadableError
from extractor.outcome import Failure
from extractor.runs.columns import choose, is_header, is_table
from extractor.runs.delimited import beginning, delimiter, lone_row, read_rows
from extractor.runs.parquet import ParquetRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_LOG = logging.getLogger("extractor")

HEAD = 262_144
"""Bytes that tell a table from other text, what divides its cells, and what is in which column."""
PARQUET = b"PAR1"
"""How a Parquet file begins."""
_KINDS = {"pdf": "PDF", "zip": "ZIP archive, as Excel and Word files are"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How rows are read: the limit of one posting, and the columns by name or by number from 1; None: guessed."""

    max_bytes: int
    text_column: str | None
    id_column: str | None


def begins_table(head: bytes, text_column: str | None) -> bool:
    """Whether `head`, a file's first `HEAD` bytes or all of them, begins a Parquet file, or CSV with a header.

    CSV counts only where a column's name says that it holds the postings, or is `text_column`, and all rows have as
    many cells.
    """
    try:
        if binary(head):
            return False
    except NotTextError:
        return head.startswith(PARQUET)
    whole = len(head) < HEAD
    sign, _ = delimiter(head, ",", whole=whole)
    return is_table(beginning(head, sign, whole=whole), text_column)


def say(place: str, guessed: str) -> None:
    """Warns of what was guessed, if anything was."""
    if guessed:
        _LOG.warning("%s: %s", one_line(place), guessed, extra={"event": "table.guessed", "source": place})


def delimited(
    head: bytes, stream: IO[bytes], source: str, stem: str, how: Reading, first: str = ","
) -> Iterator[Document | Failure]:
    """A document for each row of CSV that `head` begins and `stream` goes on with; `first` is the likeliest delimiter.

    Raises `UsageError` where the columns can't be told, `OSError`.
    """
    cells = _Cells(how.max_bytes)
    try:
        sign, rows = _begun(head, first, one_line(source))
        rows[0] = [cells.decoded(_bytes(name), source)[0] for name in rows[0]]
    except DocumentError as error:
        yield Failure(stem, source, error)
        return
    columns = choose(rows, how.text_column, how.id_column, source)
    say(source, columns.guessed)
    chunks = chain([head], iter(lambda: stream.read(HEAD), b""))
    header = columns.names is not None
    found: Iterable[tuple[int, list[str] | DocumentError]] = enumerate(rows, 1)
    if sign:
        found = read_rows(chunks, sign, columns.width, columns.text, 2 * how.max_bytes, source)
    for number, row in found:
        id_, place = f"{stem}-{number}", f"{source}:{number}"
        if isinstance(row, DocumentError):
            yield Failure(id_, place, row)
        elif header:
            header = False
        else:
            named = row[columns.id] if columns.id is not None and columns.id < len(row) else ""
            yield cells.document(_bytes(row[columns.text]), _bytes(named), id_, place)


def parquet(file: Path | IO[bytes], source: str, stem: str, how: Reading) -> Iterator[Document | Failure]:
    """A document for each row of a Parquet file, where the text's column holds strings, or the bytes of files.

    Raises `UsageError` where pyarrow isn't installed or the columns can't be told.
    """
    cells = _Cells(how.max_bytes)
    try:
        with ParquetRows(file, source) as table:
            columns = choose(table.beginning(), how.text_column, how.id_column, source, named=True)
            files = table.holds_files(columns.text)
            say(source, columns.guessed)
            for number, row in table.rows(columns.text, columns.id):
                id_, place = f"{stem}-{number}", f"{source}:{number}"
                if isinstance(row, DocumentError):
                    yield Failure(id_, place, row)
                else:
                    yield cells.document(row.text or b"", row.id.encode(), id_, place, files=files)
    except UnreadableError as error:
        yield Failure(stem, source, error)


class _Cells:
    """Cells to documents. What isn't UTF-8 in a table is taken to be in one other encoding, which is guessed once."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._encoding: str | None = None

    def document(
        self, cell: bytes, named: bytes, otherwise: str, place: str, *, files: bool = False
    ) -> Document | Failure:
        """The posting in `cell`, a text or else a file; its id is in the cell `named`, or is `otherwise`."""
        id_ = otherwise
        try:
            id_ = self.decoded(named, place)[0].strip() or otherwise
            if files:
                return read(cell, source=place, id=id_, max_bytes=self._max_bytes)
            text, warnings = self.decoded(cell, place)
            document = from_text(text, source=place, id=id_, max_bytes=self._max_bytes)
        except DocumentError as error:
            return Failure(id_, place, error)
        return replace(document, warnings=(*warnings, *document.warnings)) if warnings else document

    def decoded(self, cell: bytes, place: str) -> tuple[str, list[str]]:
        """The text in a cell, and warnings. Raises `NotTextError`."""
        try:
            cell.decode()
        except UnicodeDecodeError as fault:
            if not mostly_utf8(cell):
                self._encoding = self._encoding or guessed(cell, fault.start)
                text, warnings = decode(cell, one_line(place), self._encoding)
                said = f"This isn't UTF-8; it was read as {self._encoding}, a guess from its letters."
                return text, [said, *warnings]
        return decode(cell, one_line(place))


def _begun(head: bytes, first: str, place: str) -> tuple[str | None, list[list[str]]]:
    """What divides the cells, and the first rows; None, and the only one, see `lone_row`. Raises `DocumentError`."""
    try:
        kind = binary(head)
    except NotTextError as error:
        raise NotTextError(f"{place}: it is named as a table, but {error}") from None
    if kind:
        raise NotTextError(f"{place}: it is named as a table, but is a {_KINDS[kind]}; save its rows as CSV")
    whole = len(head) < HEAD
    sign, agreeing = delimiter(head, first, whole=whole)
    rows = beginning(head, sign, whole=whole)
    if not rows:
        raise EmptyDocumentError(f"{place}: the table is empty; check where it comes from")
    if agreeing < 0.5 and not is_header(rows):
        lone = lone_row(head) if whole and first == "\t" else None
        if lone:
            return None, [lone]
        cells = ", ".join(str(len(row)) for row in rows[:5])
        raise UnreadableError(
            f"{place}: this is no table: its first rows have {cells} cells; put quotes around a cell that holds a "
            "delimiter or the end of a line, or name a file of one posting .txt"
        )
    return sign, rows


def _bytes(cell: str) -> bytes:
    """A cell as it stands in the file: see `read_rows`."""
    return cell.encode("latin-1")
