"""How results are written: lines of JSON, one JSON array, or tables for a person."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from extractor.documents.document import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rich.table import Table

    from extractor.extraction import Extraction

_SHOWN = 76  # characters of a value in a table


@contextmanager
def writer(
    form: str, output: Path | None, with_text: bool
) -> Iterator[Callable[[Path, Extraction[Any] | Exception], None]]:
    """A function that writes one result to `output` or stdout. Each line is flushed: what was written stays."""
    stream = output.open("w", encoding="utf-8") if output else sys.stdout
    try:
        if form == "table":
            yield lambda path, result: _table(stream, path, result)
        elif form == "json":
            first = True

            def write(path: Path, result: Extraction[Any] | Exception) -> None:
                nonlocal first
                stream.write(
                    ("[\n" if first else ",\n") + json.dumps(_line(path, result, with_text), **_JSON, indent=2)
                )
                first = False

            yield write
            stream.write("[]\n" if first else "\n]\n")
        else:
            yield lambda path, result: _jsonl(stream, _line(path, result, with_text))
        stream.flush()
    finally:
        if output:
            stream.close()


_JSON: dict[str, Any] = {"ensure_ascii": False}


def _jsonl(stream: TextIO, line: dict[str, Any]) -> None:
    stream.write(json.dumps(line, **_JSON, separators=(",", ":")) + "\n")
    stream.flush()


def _line(path: Path, result: Extraction[Any] | Exception, with_text: bool) -> dict[str, Any]:
    if isinstance(result, Exception):
        return {
            "id": path.stem,
            "source": str(path),
            "error": {"type": type(result).__name__, "message": str(result)},
        }
    return result.to_dict(with_text=with_text)


def _table(stream: TextIO, path: Path, result: Extraction[Any] | Exception) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    if isinstance(result, Exception):
        console.print(Text(f"{path}: {result}", "red"))
        return
    provenance = result.provenance
    console.print(Text(f"{result.document.source}  ({provenance.model})", "bold"))
    console.print(facts(result))
    for value in result.unsupported:
        console.print(Text(f"unsupported: {value.pointer} {one_line(json.dumps(value.value, **_JSON))}", "yellow"))
    console.print()


def facts(result: Extraction[Any]) -> Table:
    """The facts of a record with the line and the words that state each."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, expand=True)
    for name, ratio in (("fact", None), ("value", 1), ("grade", None), ("line", None), ("evidence", 1)):
        table.add_column(name, ratio=ratio, no_wrap=True, overflow="ellipsis")
    record = result.record.model_dump(mode="json")
    document = result.document
    for pointer, spans in result.evidence.items():
        field, _, index = pointer[1:].partition("/")
        value = record[field][int(index)] if index else record[field]
        words = " … ".join(one_line(document.text[span.start : span.end]) for span in spans)
        grades = dict.fromkeys(span.grade.value + (" (moved)" if span.moved else "") for span in spans)
        table.add_row(
            Text(pointer[1:]),
            Text(_short(_plain(value))),
            Text(", ".join(grades)),
            Text(str(document.line_of(spans[0].start)) if spans else ""),
            Text(_short(words)),
        )
    return table


def _plain(value: Any) -> str:
    """A value on one line; of an object the parts that say something."""
    if isinstance(value, dict):
        parts = [name if part is True else _plain(part) for name, part in value.items()]
        return ", ".join(part for part, given in zip(parts, value.values(), strict=True) if _says(given))
    if isinstance(value, list):
        return "; ".join(map(_plain, value))
    return f"{value:g}" if isinstance(value, float) and value < 1e6 else one_line(str(value))


def _says(value: Any) -> bool:
    return value is not None and value is not False and value not in ("", [])


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
