"""Gold files, and what is wrong with them.

A gold file holds one JSON object a line: `{"id", "record"}` and the document as `"text"`, as `"content"`
with its `"media_type"`, or as the `"path"` of a file, relative to the gold file. `"source"` may say where
the document comes from: a file name, an address. Other names are left alone.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path  # noqa: TC003  the type of a field
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from extractor.documents.document import one_line
from extractor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from extractor.documents import Document
    from extractor.evaluation.alignment import Record

Loaded = TypeVar("Loaded")
_SHOWN = 60  # characters of a wrong value that a message quotes


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """A document and its true record, in JSON's types. One of `text`, `content`, `path` and `document` is given."""

    id: str
    record: Record
    text: str | None = None
    content: str | None = None
    media_type: str | None = None
    path: Path | None = None
    source: str | None = None
    document: Document | None = None

    def read(self) -> Document:
        """The document under the gold's id, and under its source if it names one. Raises `DocumentError`."""
        from extractor.documents import from_text, load, read

        source = self.source or self.id
        if self.document is not None:
            found = self.document
        elif self.path is not None:
            found = load(self.path)
            source = self.source or found.source
        elif self.content is not None:
            found = read(self.content.encode("utf-8", "replace"), source=source, media_type=self.media_type)
        else:
            found = from_text(self.text or "", source=source)
        return replace(found, id=self.id, source=source)


def load_gold(path: Path, schema: type[BaseModel]) -> dict[str, GoldDocument]:
    """The documents of a gold file by id, in its order.

    Raises `UsageError` that names the line and the JSON Pointer of every fault, one a line.
    """

    def document(line: dict[str, Any]) -> GoldDocument:
        place = line.get("path")
        return GoldDocument(
            line["id"],
            line["record"],
            line.get("text"),
            line.get("content"),
            line.get("media_type"),
            path.parent / place if place is not None else None,
            line.get("source"),
        )

    def faults(line: dict[str, Any]) -> Iterator[tuple[str, str]]:
        yield from _source_faults(line, path.parent)
        if "record" not in line:
            yield "/record", "is missing"
        else:
            yield from record_faults(line["record"], schema)

    return load_lines(path, faults, document)


def gold_from_pages(pages: Iterable[Document]) -> tuple[dict[str, GoldDocument], int]:
    """Pages by id with what they publish as schema.org JobPosting for their records, and how many publish nothing.

    The records are partial: `only_stated` makes predictions comparable. The documents have nothing published left, so
    that no prediction can take the gold from there. A page whose id is taken goes by its source.
    """
    from extractor.published.reading import from_jsonld

    found: dict[str, GoldDocument] = {}
    silent = 0
    for page in pages:
        record, _ = from_jsonld(page.published)
        if record:
            name = page.source if page.id in found else page.id
            document = replace(page, id=name, published=())
            found[name] = GoldDocument(name, record, source=page.source, document=document)
        else:
            silent += 1
    return found, silent


def only_stated(record: Any, gold: Any) -> Any:
    """`record` with the fields alone that the partial `gold` states, inside its objects and items too."""
    if isinstance(record, dict) and isinstance(gold, dict):
        return {name: only_stated(value, gold[name]) for name, value in record.items() if gold.get(name) is not None}
    if isinstance(record, list) and isinstance(gold, list):
        keys = {name: True for item in gold if isinstance(item, dict) for name in item}
        return [only_stated(item, keys) for item in record]
    return record


def load_lines(
    path: Path,
    faults: Callable[[dict[str, Any]], Iterator[tuple[str, str]]],
    loaded: Callable[[dict[str, Any]], Loaded],
) -> dict[str, Loaded]:
    """Each object of a JSONL file by its `id`, once `faults` finds none in any of them.

    `faults` gives a JSON Pointer into the line and what is wrong there. Raises `UsageError` that lists all.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}.") from None
    found: dict[str, Loaded] = {}
    lines: dict[str, int] = {}
    wrong: list[str] = []
    for number, data in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not data.strip():
            continue
        try:
            line = json.loads(data, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            wrong.append(f"{path}:{number}: is no JSON: {one_line(str(error))}")
            continue
        if not isinstance(line, dict):
            wrong.append(f"{path}:{number}: is no JSON object")
            continue
        name = line.get("id")
        here = list(faults(line))
        if not isinstance(name, str) or not name:
            here.insert(0, ("/id", "must be a text that isn't empty"))
        elif name in lines:
            here.insert(0, ("/id", f"{name} stands on line {lines[name]} already"))
        else:
            lines[name] = number
        wrong += (f"{path}:{number}: {pointer}: {what}" for pointer, what in here)
        if not here and not wrong:
            found[line["id"]] = loaded(line)
    if wrong:
        raise UsageError("\n".join(wrong))
    if not found:
        raise UsageError(f"{path}: holds no document; it needs one JSON object a line.")
    return found


def record_faults(record: Any, schema: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Where `record` breaks `schema`, as a JSON Pointer below `/record`, and how.

    Strict: no text for a number, and no name that the schema doesn't know, whatever its own settings allow.
    """
    try:
        schema.model_validate_json(json.dumps(record), strict=True, extra="forbid", by_alias=False, by_name=True)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False):
            found = fault["input"]
            quoted = one_line(json.dumps(found, ensure_ascii=False, default=str))[:_SHOWN]
            said = one_line(fault["msg"])
            told = fault["type"] in ("missing", "extra_forbidden") or isinstance(found, dict | list)
            yield _pointer(record, fault["loc"]), said if told else f"{said}; it is {quoted}"


def fingerprint(value: Any) -> str:
    """SHA-256, in hex, of a value of JSON's types: the same for objects whose names come in another order."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number that JSON has")


def _source_faults(line: dict[str, Any], folder: Path) -> Iterator[tuple[str, str]]:
    given = [name for name in ("text", "content", "path") if line.get(name) is not None]
    if len(given) != 1:
        yield "", f"give one of text, content and path; it has {' and '.join(given) or 'none'}"
    named = ["source"] if line.get("source") is not None else []
    for name in [*given, *(["media_type"] if "content" in given else []), *named]:
        value = line.get(name)
        if not isinstance(value, str) or not value.strip():
            yield f"/{name}", "must be a text that isn't empty"
        elif name == "path" and not (folder / value).is_file():
            yield "/path", f"there is no file {folder / value}"


def _pointer(record: Any, steps: tuple[int | str, ...]) -> str:
    """The JSON Pointer of a fault; steps that name a branch of a union instead of a place are left out."""
    pointer = "/record"
    at = record
    for step in steps:
        if isinstance(at, dict) and (step in at or step == steps[-1]):
            at = at.get(step)
        elif isinstance(at, list) and isinstance(step, int):
            at = at[step]
        else:
            continue
        pointer += "/" + str(step).replace("~", "~0").replace("/", "~1")
    return pointer
