"""What was predicted for each document of a gold file: a JSONL file as `extractor extract` writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from extractor.documents.document import one_line
from extractor.evaluation.alignment import Record
from extractor.evaluation.gold import load_lines, record_faults
from extractor.grounding import Span
from extractor.models.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Prediction(BaseModel):
    """What was predicted for one document: a line of `extractor extract`, without the document.

    `record` is in JSON's types, None where the document failed with `error`. `evidence` is None where the
    predictor gives none. `latency_s` is the time from the request to the record, in seconds.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    record: Record | None = None
    evidence: dict[str, tuple[Span, ...]] | None = None
    unsupported: tuple[dict[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    usage: Usage | None = None
    provenance: dict[str, Any] | None = None
    latency_s: float | None = None
    error: dict[str, str] | None = None


def load_predictions(path: Path, schema: type[BaseModel]) -> dict[str, Prediction]:
    """The predictions in a JSONL file by document id: `{"id", "record"}` or `{"id", "error"}`, more if known.

    Raises `UsageError` that names the line and the JSON Pointer of every fault, one a line.
    """

    def faults(line: dict[str, Any]) -> Iterator[tuple[str, str]]:
        if line.get("error") is None:
            yield from record_faults(line.get("record"), schema)
        try:
            Prediction.model_validate({**line, "record": None})
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                yield "/" + "/".join(map(str, fault["loc"])), one_line(fault["msg"])

    return load_lines(path, faults, Prediction.model_validate)
