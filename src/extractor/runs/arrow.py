"""Results as rows of Arrow's nested columns, whose types follow from the schema."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from extractor.documents import one_line
from extractor.errors import UsageError
from extractor.outcome import Extraction
from extractor.records.posting import JobPosting
from extractor.runs.nested import Form, Kind, form_of
from extractor.runs.parquet import pyarrow

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

    from extractor.outcome import Failure

    Convert = Callable[[Any, str, list[str]], Any]

_BATCH = 256  # rows that are held as Python's objects, which take ten times as much as Arrow's
_BATCH_TEXT = 16_000_000  # characters of texts in them
_SHOWN = 60
_TEXT, _INTEGER = Form("text"), Form("integer")


def _rows_of(**parts: Form) -> Form:
    return Form("list", item=Form("struct", parts=parts))


class ArrowRows:
    """Results as rows, collected in Arrow's form; `schema` is the `pyarrow.Schema` of all.

    `count` rows of `nbytes` are held. Raises `UsageError` where pyarrow isn't installed.
    """

    def __init__(self, schema: type[BaseModel], *, with_text: bool) -> None:
        self.arrow = pyarrow("This form of output")
        self._of = schema
        record = form_of(schema)
        posts = issubclass(schema, JobPosting)  # what a page publishes is one
        self._convert = _converter(record)
        columns = {
            "id": _TEXT,
            "source": _TEXT,
            "media_type": _TEXT,
            "record": record,
            "evidence": _rows_of(
                pointer=_TEXT, start=_INTEGER, end=_INTEGER, grade=_TEXT, moved=Form("boolean"), page=_INTEGER
            ),
            "unsupported": _rows_of(pointer=_TEXT, value=_TEXT, at=Form("list", item=_INTEGER)),
            **(
                {"published": record, "reconciliation": _rows_of(pointer=_TEXT, kind=_TEXT, page=_TEXT)}
                if posts
                else {}
            ),
            "warnings": Form("list", item=_TEXT),
            "usage": Form(
                "struct",
                parts={
                    "requests": _INTEGER,
                    "input_tokens": _INTEGER,
                    "cached_tokens": _INTEGER,
                    "output_tokens": _INTEGER,
                    "cost_usd": Form("number"),
                },
            ),
            "provenance": Form(
                "struct",
                parts=dict.fromkeys(("extractor", "model", "schema", "prompt", "fingerprint"), _TEXT),
            ),
            "error": Form("struct", parts={"type": _TEXT, "message": _TEXT}),
        }
        if with_text:
            columns["text"] = _TEXT
        self._with_text = with_text
        self.schema = self.arrow.schema([(name, self._type(form)) for name, form in columns.items()])
        self._rows: list[dict[str, Any]] = []
        self._texts = 0
        self._batches: list[Any] = []
        self.count = self.nbytes = 0

    def add(self, result: Extraction[Any] | Failure) -> None:
        """Adds a row. Raises `UsageError` where the record isn't of the schema."""
        line = result.to_dict(with_text=self._with_text)
        if isinstance(result, Extraction):
            if not isinstance(result.record, self._of):
                raise UsageError(
                    f"{one_line(result.document.source)}: its record is a {type(result.record).__name__}, and those of "
                    f"the table are {self._of.__name__}; give the schema, or a table to each."
                )
            line["record"] = result.record.model_dump(mode="json", by_alias=False)
            line["evidence"] = [
                {"pointer": pointer, "moved": False, **span}
                for pointer, spans in line["evidence"].items()
                for span in spans
            ]
            line["unsupported"] = [{**value, "value": _json(value["value"])} for value in line["unsupported"]]
            if "reconciliation" in line:
                line["reconciliation"] = [
                    {"pointer": pointer, "kind": verdict["kind"], "page": _json(verdict.get("page"))}
                    for pointer, verdict in line["reconciliation"].items()
                ]
        lost: list[str] = []
        if self._convert:
            for name in ("record", "published"):
                if name in line:
                    line[name] = self._convert(line[name], f"/{name}", lost)
        if lost:
            line["warnings"] += lost
        self._rows.append(line)
        self._texts += len(line.get("text", ""))
        if len(self._rows) == _BATCH or self._texts > _BATCH_TEXT:
            self._settle()

    def taken(self) -> Any:
        """All rows that were added as a `pyarrow.Table`; they aren't held any longer."""
        self._settle()
        table = self.arrow.Table.from_batches(self._batches, self.schema)
        self._batches, self.count, self.nbytes = [], 0, 0
        return table

    def _settle(self) -> None:
        batch = self.arrow.RecordBatch.from_pylist(self._rows, self.schema)
        self._batches.append(batch)
        self.count += batch.num_rows
        self.nbytes += batch.nbytes
        self._rows, self._texts = [], 0

    def _type(self, form: Form) -> Any:
        arrow = self.arrow
        match form.kind:
            case "struct":
                return arrow.struct([(name, self._type(part)) for name, part in form.parts.items()])
            case "list":
                assert form.item is not None
                return arrow.list_(self._type(form.item))
            case "integer":
                return arrow.int64()
            case "number":
                return arrow.float64()
            case "boolean":
                return arrow.bool_()
            case "date":
                return arrow.date32()
            case "time":
                return arrow.timestamp("us", tz="UTC")
            case _:
                return arrow.string()


def _converter(form: Form) -> Convert | None:
    """What makes of a value in JSON's types one that Arrow takes, and says what its column can't hold; None: it is."""
    if form.kind in ("text", "boolean"):
        return None
    if form.kind == "struct":
        parts = {name: convert for name, part in form.parts.items() if (convert := _converter(part))}
        return (lambda value, pointer, lost: _struct(value, parts, pointer, lost)) if parts else None
    if form.kind == "list":
        assert form.item is not None
        item = _converter(form.item)
        return (lambda value, pointer, lost: _list(value, item, pointer, lost)) if item else None
    return lambda value, pointer, lost: _held(value, form.kind, pointer, lost)


def _struct(value: dict[str, Any], parts: dict[str, Convert], pointer: str, lost: list[str]) -> dict[str, Any]:
    made = value.copy()
    for name, convert in parts.items():
        part = made.get(name)
        if part is not None:
            made[name] = convert(part, f"{pointer}/{name}", lost)
    return made


def _list(value: list[Any], item: Convert, pointer: str, lost: list[str]) -> list[Any]:
    return [None if part is None else item(part, f"{pointer}/{at}", lost) for at, part in enumerate(value)]


def _held(value: Any, kind: Kind, pointer: str, lost: list[str]) -> Any:
    try:
        return _leaf(value, kind)
    except (OverflowError, TypeError, ValueError):
        shown = one_line(str(value))[:_SHOWN]
        lost.append(f"{pointer}: this doesn't fit a column of type {kind} and is left out: {shown}")
        return None


def _leaf(value: Any, kind: Kind) -> Any:
    match kind:
        case "json":
            return _json(value)
        case "number":
            return float(value)
        case "date":
            return date.fromisoformat(value)
        case "time":
            time = datetime.fromisoformat(value)
            return time if time.tzinfo else time.replace(tzinfo=UTC)
        case _:
            if not -(2**63) <= value < 2**63:
                raise OverflowError
            return value


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)
