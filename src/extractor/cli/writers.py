"""How results are written: lines of JSON or JSON-LD, one JSON array, CSV, Parquet, or tables for a person."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import orjson

from extractor.documents.document import one_line
from extractor.errors import UsageError
from extractor.outcome import Failure
from extractor.records.posting import JobPosting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pydantic import BaseModel
    from rich.table import Table

    from extractor.outcome import Extraction

_SHOWN = 76  # characters of a value in a table


@contextmanager
def writer(
    form: str,
    output: Path | None,
    *,
    schema: type[BaseModel],
    with_text: bool = False,
    finished: Callable[[], bool] = lambda: True,
) -> Iterator[Callable[[Extraction[Any] | Failure], None]]:
    """A function that writes one result to `output` or stdout. Each line is flushed: what was written stays.

    But Parquet: that is whole, which `finished` tells at the end, or another file. Raises `UsageError`.
    """
    if form == "parquet":
        from extractor.runs.outputs import parquet_file

        if not output:
            raise UsageError("--format parquet: name a file to write: --output offers.parquet.")
        with parquet_file(output, schema, with_text=with_text, finished=finished) as write:
            yield write
        return
    if form == "jsonld" and not issubclass(schema, JobPosting):
        raise UsageError(f"--format jsonld: schema.org has no words for the fields of {schema.__name__}.")
    # the csv writer ends its lines itself
    stream = output.open("w", encoding="utf-8", newline="" if form == "csv" else None) if output else sys.stdout
    try:
        if form == "table":
            yield lambda result: _table(stream, result)
        elif form == "json":
            first = True

            def write_json(result: Extraction[Any] | Failure) -> None:
                nonlocal first
                line = orjson.dumps(result.to_dict(with_text=with_text), option=orjson.OPT_INDENT_2)
                stream.write(("[\n" if first else ",\n") + line.decode())
                first = False

            yield write_json
            stream.write("[]\n" if first else "\n]\n")
        elif form == "csv":
            yield _csv(stream, schema, with_text)
        elif form == "jsonld":
            # a failure is no JobPosting: the messages name it
            yield lambda result: None if isinstance(result, Failure) else _jsonl(stream, result.to_jsonld())
        else:
            yield lambda result: _jsonl(stream, result.to_dict(with_text=with_text))
        stream.flush()
    finally:
        if output:
            stream.close()


def _csv(stream: TextIO, schema: type[BaseModel], with_text: bool) -> Callable[[Extraction[Any] | Failure], None]:
    import csv

    from extractor.runs.flat import Flat

    rows = Flat(schema, with_text=with_text)
    # all in quotes, as OWASP asks: a delimiter in a text begins no cell then
    lines = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    lines.writerow(rows.header)

    def write(result: Extraction[Any] | Failure) -> None:
        lines.writerow(rows.row(result))
        stream.flush()

    return write


def _jsonl(stream: TextIO, line: dict[str, Any]) -> None:
    stream.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE).decode())
    stream.flush()


def _table(stream: TextIO, result: Extraction[Any] | Failure) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    if isinstance(result, Failure):
        console.print(Text(f"{result.source}: {result.error}", "red"))
        return
    provenance = result.provenance
    console.print(Text(f"{result.document.source}  ({provenance.model})", "bold"))
    console.print(facts(result))
    for value in result.unsupported:
        console.print(
            Text(f"unsupported: {value.pointer} {one_line(json.dumps(value.value, ensure_ascii=False))}", "yellow")
        )
    console.print()


def facts(result: Extraction[Any]) -> Table:
    """The facts of a record with the line, or the page, and the words that state each."""
    from rich.table import Table
    from rich.text import Text

    from extractor.runs.flat import plain

    table = Table(box=None, pad_edge=False, expand=True)
    document = result.document
    place, number = ("page", document.page_of) if document.pages else ("line", document.line_of)
    for name, ratio in (("fact", None), ("value", 1), ("grade", None), (place, None), ("evidence", 1)):
        table.add_column(name, ratio=ratio, no_wrap=True, overflow="ellipsis")
    record = result.record.model_dump(mode="json")
    for pointer, spans in result.evidence.items():
        field, _, index = pointer[1:].partition("/")
        value = record[field][int(index)] if index else record[field]
        words = " … ".join(one_line(document.text[span.start : span.end]) for span in spans)
        grades = dict.fromkeys(span.grade.value + (" (moved)" if span.moved else "") for span in spans)
        table.add_row(
            Text(pointer[1:]),
            Text(_short(plain(value))),
            Text(", ".join(grades)),
            Text(str(number(spans[0].start)) if spans and spans[0].end else ""),
            Text(_short(words)),
        )
    return table


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
