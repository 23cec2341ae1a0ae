"""Where postings come from: files, folders, globs, lists of files, tables, lines of JSON, standard input; a stream."""

from __future__ import annotations

import codecs
import glob
import json
import os
import re
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from extractor.documents import MAX_BYTES, from_text, load, one_line, read
from extractor.documents.ats import is_of_api, job_id
from extractor.errors import DocumentError, TooLargeError, UnreadableError
from extractor.outcome import Failure
from extractor.runs.columns import by_name
from extractor.runs.replies import SUFFIX as REPLY
from extractor.runs.replies import jobs_of
from extractor.runs.rows import HEAD, PARQUET, Reading, begins_table, delimited, parquet, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from extractor.documents import Document

# What a folder's postings are named; a file that is named itself is read whatever its name.
SUFFIXES = (".txt", ".md", ".markdown", ".html", ".htm", ".xhtml", ".pdf", ".docx", ".eml")
_LINES = (".jsonl", ".ndjson")
_PARQUET = (".parquet", ".pq")
_DELIMITERS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_OBJECT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*["}]')
_STDIN = "stdin"


def postings(
    *paths: str | Path, max_bytes: int = MAX_BYTES, text_column: str | None = None, id_column: str | None = None
) -> Iterator[Path | Document | Failure]:
    """The postings that `paths` name, one after the other, for `Extractor.extract_many`.

    A path is a file; a folder, of which the postings are taken in the order of their names, those of its folders too;
    a glob ("offers/**/*.html"); a file of lines of JSON (.jsonl, .ndjson: `{"id", "text"}`, or `content` and
    `media_type`); a table (.csv, .tsv, .parquet); an API's reply (.json), each of its jobs a posting; or "-", standard
    input: one posting, such lines, or a table. A file of no known suffix is a table where it begins as one. No more
    than one line, a few rows or one reply, and the names of one folder and those above it, or of one glob, are held.
    What can't be read is a `Failure` in its place, or a path that will fail when it is opened.

    `text_column` and `id_column` name the columns of tables, and the keys of lines, that hold the posting and its id;
    a table's also by number, from 1. Without them they are guessed, which a warning says. Raises `UsageError` at a
    table of which that can't be told, or that is Parquet without pyarrow.
    """
    how = Reading(max_bytes, text_column, id_column)
    for path in paths:
        yield from _at(Path(path), how)


def listed(path: str | Path) -> Iterator[Path]:
    """The paths in a file, one a line; "-" is standard input. Raises `UnreadableError`."""
    from_stdin = str(path) == "-"
    try:
        with open(0 if from_stdin else path, "rb", closefd=not from_stdin) as lines:
            begin = codecs.BOM_UTF8
            for line in lines:
                name = line.removeprefix(begin).rstrip(b"\r\n")
                begin = b""
                if name.strip():
                    yield Path(os.fsdecode(name))
    except OSError as error:
        place = _STDIN if from_stdin else _written(str(path))
        raise UnreadableError(f"{place}: the list of files can't be read: {error.strerror}; check the path") from None


def counted(paths: Iterable[str | Path]) -> int | None:
    """How many postings `paths` name; None where only reading could tell: lines, tables, standard input."""
    count = 0
    for path in paths:
        for file in _files(Path(path)):
            if str(file) == "-" or (isinstance(file, Path) and _holds_many(file, None)):
                return None
            count += 1
    return count


def standard_input(max_bytes: int) -> Document:
    """The one document on standard input. Raises `DocumentError`."""
    return read(sys.stdin.buffer.read(max_bytes + 1), source=_STDIN, max_bytes=max_bytes)


def _at(path: Path, how: Reading) -> Iterator[Path | Document | Failure]:
    for file in _files(path):
        if isinstance(file, Failure):
            yield file
        elif str(file) == "-":
            yield from _stdin(how)
        elif _holds_many(file, how.text_column):
            yield from _in_file(file, how)
        elif _written(str(file)) == str(file):
            yield file
        else:
            yield _renamed(file, how.max_bytes)


def _files(path: Path) -> Iterator[Path | Failure]:
    """The files that a path names, unopened; itself where it is no folder and no glob that finds one."""
    name = str(path)
    # os.path's tests, since a path's own raise where a name is too long or a folder may not be entered
    if name != "-" and os.path.isdir(path):  # noqa: PTH112
        yield from _in_folder(path)
    elif glob.has_magic(name) and not os.path.lexists(path):
        found = sorted(glob.iglob(name, recursive=True))  # noqa: PTH207  Path.glob takes no absolute pattern
        yield from (Path(file) for file in found if not os.path.isdir(file))  # noqa: PTH112
        if not found:
            yield path  # fails by its name when it is opened
    else:
        yield path


def _in_folder(folder: Path, *above: tuple[int, int]) -> Iterator[Path | Failure]:
    try:
        status = folder.stat()
        here = status.st_dev, status.st_ino
        if here in above:
            return  # a link back
        # names, not entries: a folder may hold a hundred thousand
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if not entry.name.startswith(".")
                and (entry.name.lower().endswith((*SUFFIXES, REPLY)) or os.path.isdir(entry))  # noqa: PTH112
            )
    except OSError as error:
        yield _unreadable(str(folder), error)
        return
    for name in names:
        file = folder / name
        if os.path.isdir(file):  # noqa: PTH112
            yield from _in_folder(file, *above, here)
        else:
            yield file


def _holds_many(file: Path, text_column: str | None) -> bool:
    """Whether a file holds lines of JSON or a table: by its suffix, or where that is none we know, by its content."""
    suffix = file.suffix.lower()
    if suffix in (REPLY, *_LINES, *_PARQUET, *_DELIMITERS) or suffix in SUFFIXES:
        return suffix not in SUFFIXES
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            return False
        with file.open("rb") as stream:
            return begins_table(stream.read(HEAD), text_column)
    except (OSError, ValueError):
        return False  # said when it is opened


def _renamed(path: Path, max_bytes: int) -> Document | Failure:
    """What is in a file whose name isn't text, under a name that can be written."""
    name = Path(_written(str(path)))
    try:
        return replace(load(path, max_bytes=max_bytes), id=name.stem, source=str(name))
    except DocumentError as error:
        return Failure(name.stem, str(name), type(error)(_written(str(error))))


def _unreadable(place: str, error: OSError) -> Failure:
    name = _written(place)
    return Failure(Path(name).stem, name, UnreadableError(f"{one_line(name)}: it can't be read: {error.strerror}"))


def _written(name: str) -> str:
    """A name with its half characters spelt out: those of a file's that isn't text, those in JSON."""
    return name.encode(errors="backslashreplace").decode()


def _in_file(path: Path, how: Reading) -> Iterator[Document | Failure]:
    name = Path(_written(str(path)))
    suffix = path.suffix.lower()
    try:
        if suffix == REPLY:
            yield from jobs_of(path, str(name), name.stem, how.max_bytes)
            return
        with path.open("rb") as file:
            if suffix in _LINES:
                yield from _lines(file, str(name), name.stem, how)
                return
            head = file.read(HEAD)
            if suffix in _PARQUET or head.startswith(PARQUET):
                file.seek(0)
                yield from parquet(file, str(name), name.stem, how)
            else:
                yield from delimited(head, file, str(name), name.stem, how, _DELIMITERS.get(suffix, ","))
    except OSError as error:
        yield _unreadable(str(path), error)


def _stdin(how: Reading) -> Iterator[Document | Failure]:
    try:
        # not sys.stdin: the end of the process would wait for its lock, which a thread may hold that waits for a line
        with open(0, "rb", closefd=False) as stream:
            head = stream.readline(how.max_bytes + 1)
            if _OBJECT.match(head):
                yield from _lines(stream, _STDIN, _STDIN, how, head)
                return
            head += stream.read(max(0, HEAD - len(head)))
            if head.startswith(PARQUET):
                import shutil
                from tempfile import TemporaryFile

                # its columns are found from its end
                with TemporaryFile() as file:
                    file.write(head)
                    shutil.copyfileobj(stream, file)
                    yield from parquet(file, _STDIN, _STDIN, how)
            elif how.text_column or begins_table(head, None):
                yield from delimited(head, stream, _STDIN, _STDIN, how)
            else:
                rest = stream.read(max(0, how.max_bytes + 1 - len(head)))
                yield read(head + rest, source=_STDIN, max_bytes=how.max_bytes)
    except OSError as error:
        yield _unreadable(_STDIN, error)
    except DocumentError as error:
        yield Failure(_STDIN, _STDIN, error)


def _lines(stream: IO[bytes], source: str, stem: str, how: Reading, begin: bytes = b"") -> Iterator[Document | Failure]:
    """A document for each line; `begin` was read already, no more than the first one."""
    # JSON escapes may take six bytes for one
    longest = 6 * how.max_bytes
    number = 0
    told: set[str] = set()
    while True:
        number += 1
        id_, place = f"{stem}-{number}", f"{source}:{number}"
        try:
            line = begin if begin.endswith(b"\n") else begin + stream.readline(longest - len(begin))
            begin = b""
            if not line:
                return
            if len(line) == longest and not line.endswith(b"\n") and _skipped(stream):
                raise TooLargeError(
                    f"{one_line(place)}: a line of more than {longest:,} bytes, six times the limit of a posting; "
                    "raise it by --max-bytes (max_bytes in Python)"
                )
            if line.strip():
                yield _posting(line, place, id_, how, told)
        except OSError as error:
            yield replace(_unreadable(place, error), id=id_)
            return
        except DocumentError as error:
            yield Failure(id_, place, error)


def _skipped(stream: IO[bytes]) -> bool:
    """Whether the line goes on: then the rest of it is left out."""
    more = part = stream.readline(65_536)
    while part and not part.endswith(b"\n"):
        part = stream.readline(65_536)
    return bool(more.strip())


def _posting(line: bytes, place: str, otherwise: str, how: Reading, told: set[str]) -> Document:
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{one_line(place)}: this line is no JSON: {one_line(str(error))}") from None
    if not isinstance(given, dict):
        raise UnreadableError(f"{one_line(place)}: this line is no JSON object; write one object a line")
    if how.text_column is None and is_of_api(given):
        return read(line, source=place, id=job_id(given) or otherwise, max_bytes=how.max_bytes)
    key = _key(given, how)
    text = given.get(key)
    if not isinstance(text, str):
        wanted = json.dumps(key) if how.text_column else '"text" or "content"'
        raise UnreadableError(
            f"{one_line(place)}: this line has no string under {wanted}; name its key by --text-column "
            "(text_column in Python)"
        )
    if key not in ("text", "content", how.text_column, *told):
        told.add(key)
        say(place, f"the text is under {json.dumps(key, ensure_ascii=False)}")
    named = given.get(how.id_column or "id")
    id_ = "" if named is None or isinstance(named, dict | list) else _written(str(named))
    media_type = given.get("media_type")
    if isinstance(media_type, str):
        data = text.encode(errors="replace")
        return read(data, source=place, media_type=media_type, id=id_ or otherwise, max_bytes=how.max_bytes)
    return from_text(text, source=place, id=id_ or otherwise, max_bytes=how.max_bytes)


def _key(given: dict[str, Any], how: Reading) -> str:
    """Under what the posting stands: "text" where nothing tells."""
    if how.text_column:
        return how.text_column
    if "text" in given or "content" in given:
        return "text" if "text" in given else "content"
    strings = [name for name, value in given.items() if isinstance(value, str)]
    found = by_name(strings)
    return strings[found[0]] if len(found) == 1 else "text"
