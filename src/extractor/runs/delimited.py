"""The rows of CSV and TSV: one at a time, however long the file, and on after a row that is broken."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from itertools import chain
from typing import TYPE_CHECKING, Self

from extractor.documents import one_line
from extractor.documents.decoding import unicode_by_marks
from extractor.errors import DocumentError, TooLargeError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DELIMITERS = (",", ";", "\t", "|")
_UNIT = "\x1f"  # no text holds it: what divides the cells of a table of one column
_MOST_GIVEN_AGAIN = 8  # times what is read at all


def beginning(head: bytes, delimiter: str, *, whole: bool) -> list[list[str]]:
    """The rows that `head` begins with, blank ones left out; `whole`: the file ends with it."""
    _allow(3 * len(head))  # as UTF-8 at most
    lines = list(_lines(_in_utf8(iter([head]))))
    if not whole and len(lines) > 1:
        del lines[-1]  # cut off
    rows = [row for row in csv.reader((line.decode("latin-1") for line in lines), delimiter=delimiter) if any(row)]
    if not whole and len(rows) > 2:
        del rows[-1]  # it may go on
    return rows


def delimiter(head: bytes, first: str, *, whole: bool) -> tuple[str, float]:
    """What divides the cells, and how many of the rows that `head` begins with have as many as the first, from 0 to 1.

    It is `first` unless the rows agree better on another sign; where none stands in the first row, one that no text
    holds.
    """
    found = {
        sign: _agreement(beginning(head, sign, whole=whole)) for sign in (first, *_DELIMITERS) if sign.encode() in head
    }
    if found.get(first, (0.0, 0))[0] >= 0.9:
        return first, found[first][0]
    best = max(found, key=found.__getitem__, default=_UNIT)
    share = found[best][0] if found else 0.0
    return (best, share) if share else (_UNIT, 1.0)


def _agreement(rows: list[list[str]]) -> tuple[float, int]:
    """The share of the rows that have as many cells as the first, and these; nothing where that is one cell."""
    width = len(rows[0]) if rows else 0
    return (sum(len(row) == width for row in rows) / len(rows), width) if width > 1 else (0.0, 0)


def lone_row(head: bytes) -> list[str] | None:
    """The cells of all of a TSV file that is one row, where one cell holds ends of lines without quotes; else None."""
    cells = b"".join(_in_utf8(iter([head]))).decode("latin-1").strip("\r\n").split("\t")
    return cells if len(cells) > 1 and sum("\n" in cell for cell in cells) == 1 else None


def read_rows(
    chunks: Iterable[bytes], delimiter: str, width: int, text: int, longest: int, source: str
) -> Iterator[tuple[int, list[str] | DocumentError]]:
    """Each row that isn't blank with its number, which counts from 1 as a spreadsheet does.

    A character of a cell is one byte of the file, or of its UTF-8 where that is in UTF-16 or UTF-32: "é" comes as
    "Ã©". A row of more than `longest` bytes, one whose last quote isn't closed, or one that hasn't the `width` cells of
    the others is an error in its place. One that is too short counts as whole where a cell follows column `text`: some
    programs leave out empty ones at the end. Lines of one cell behind a broken row are taken for the rest of it.
    """
    _allow(2 * longest + 2)
    lines = _Lines(_lines(_in_utf8(iter(chunks)), longest), longest)
    broken = False
    for number, row in enumerate(csv.reader(lines, delimiter=delimiter), 1):
        place = one_line(f"{source}:{number}")
        fault = lines.ended(place)
        cells = len(row)
        if fault:
            broken = True
            yield number, fault
        elif not any(row):
            continue
        elif cells == width or text + 1 < cells < width or (cells > width and not any(row[width:])):
            broken = False
            yield number, row
        elif not (broken and cells == 1):
            broken = True
            yield (
                number,
                UnreadableError(
                    f"{place}: this row has {cells:,} cells, and the table {width:,}; put quotes around a cell that "
                    "holds a delimiter or the end of a line"
                ),
            )


def _allow(size: int) -> None:
    """Lets cells be so long. The limit is the process's: raising it harms no other reader, lowering it again could."""
    csv.field_size_limit(max(csv.field_size_limit(), size))


class _Lines:
    """The lines that a csv reader asks for, and those of its row once more where that was none."""

    def __init__(self, lines: Iterator[bytes], longest: int) -> None:
        self._lines = lines
        self._longest = longest
        self._row: list[bytes] = []
        self._size = 0
        self._cut = False
        self._again: deque[bytes] = deque()
        self._given = self._given_again = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        # the reader asks for another line of a row only within quotes
        if self._size > self._longest:
            line = b""
        elif self._again:
            line = self._again.popleft()
        else:
            line = next(self._lines, b"")
        if not line:
            self._cut = bool(self._row)
            raise StopIteration
        self._row.append(line)
        self._size += len(line)
        return line.decode("latin-1")

    def ended(self, place: str) -> DocumentError | None:
        """What was wrong with the row that has ended, if anything."""
        fault: DocumentError | None = None
        self._given += self._size
        if self._size > self._longest and len(self._row) == 1:
            fault = TooLargeError(
                f"{place}: a row of more than {self._longest:,} bytes, twice the limit of a posting; raise it by "
                "--max-bytes (max_bytes in Python)"
            )
        elif self._cut:
            lost = f"; all {len(self._row):,} lines are left out"
            # the rows in these are read after all: not too often, since a file may have such quotes everywhere
            if self._given_again + self._size <= _MOST_GIVEN_AGAIN * (self._given - self._given_again):
                self._given_again += self._size
                self._again.extendleft(reversed(self._row[1:]))
                lost = ""
            fault = UnreadableError(
                f"{place}: a quote isn't closed in this row or the {self._size:,} bytes from there{lost}; close it, "
                "and write one that belongs to the text twice"
            )
        self._row, self._size, self._cut = [], 0, False
        return fault


def _lines(chunks: Iterator[bytes], longest: int | None = None) -> Iterator[bytes]:
    """The lines with their ends, which are LF, CR LF or CR; of one that is longer than `longest` the beginning."""
    parts: list[bytes] = []  # of a line that goes on in the next chunk
    size = 0
    half = False
    for chunk in filter(None, chunks):
        if half and not chunk.startswith(b"\n"):
            yield b"".join(parts)
            parts, size = [], 0
        lines = chunk.splitlines(keepends=True)
        last = lines[-1]
        # it ends with this chunk, or its end may be the half of CR LF
        half = last.endswith(b"\r")
        goes_on = not last.endswith(b"\n")
        if parts:
            if longest is None or size <= longest:
                parts.append(lines[0])
                size += len(lines[0])
            if goes_on and len(lines) == 1:
                continue
            yield b"".join(parts)
            parts, size = [], 0
            del lines[0]
        if goes_on:
            parts, size = [lines.pop()], len(last)
        yield from lines
    if parts:
        yield b"".join(parts)


def _in_utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks without a byte order mark, and from UTF-16 and UTF-32 into UTF-8; other encodings stay as they are."""
    head = next(chunks, b"")
    encoding, mark = unicode_by_marks(head) or ("utf-8", 0)
    rest = chain([head[mark:]], chunks)
    if encoding == "utf-8":
        yield from rest
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for chunk in rest:
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()
