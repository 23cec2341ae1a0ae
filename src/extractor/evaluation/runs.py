"""A run: what was predicted for a gold file, by what, and how good it is. Kept as one JSON file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from extractor.documents.document import one_line
from extractor.errors import DocumentError, UsageError
from extractor.evaluation.alignment import outcomes_of
from extractor.evaluation.bootstrap import scores_with_intervals
from extractor.evaluation.comparison import fields_of
from extractor.evaluation.effort import Effort, effort_of
from extractor.evaluation.errors import Mistake, Suspicion, mistakes, suspicions
from extractor.evaluation.gold import fingerprint
from extractor.evaluation.predictions import Prediction
from extractor.evaluation.scores import Scores, Tally, tally
from extractor.evaluation.witness import Witness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from extractor.documents import Document
    from extractor.evaluation.gold import GoldDocument


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fingerprints(_Frozen):
    """SHA-256, in hex, of the gold records and of how each field is compared; and each way of predicting."""

    gold: str
    fields: str
    provenance: tuple[dict[str, Any], ...]


class Run(_Frozen):
    """All that is known of a run.

    `counts` has, for each document and field, the facts in the gold, predicted, right when relaxed, right
    when strict; `agreed`, for each document and attribute, the aligned items that state it, and those that
    agree. What is all zero is left out. With them two runs are compared without their gold file.
    """

    version: Literal[1] = 1
    fingerprints: Fingerprints
    scores: Scores
    effort: Effort
    mistakes: tuple[Mistake, ...]
    counts: dict[str, dict[str, tuple[int, int, int, int]]]
    agreed: dict[str, dict[str, tuple[int, int]]]
    predictions: dict[str, Prediction]


def evaluate(schema: type[BaseModel], gold: Mapping[str, GoldDocument], predictions: Mapping[str, Prediction]) -> Run:
    """The run of these predictions against this gold. A document without a record has all its facts missed.

    Raises `UsageError` for predictions of documents that the gold doesn't know.
    """
    records = {name: document.record for name, document in gold.items()}
    predicted = {name: prediction.record or {} for name, prediction in predictions.items()}
    compared = outcomes_of(schema, records, predicted)
    counted = tally(schema, compared)
    found: list[Mistake] = []
    for name, outcomes in compared.items():
        evidence = predictions[name].evidence if name in predictions else None
        found += mistakes(name, outcomes, Witness(schema, _readable(gold[name]), evidence))
    return Run(
        fingerprints=Fingerprints(
            gold=fingerprint(records),
            fields=fingerprint(repr(fields_of(schema))),
            provenance=_distinct(prediction.provenance for prediction in predictions.values()),
        ),
        scores=scores_with_intervals(counted),
        effort=effort_of(predictions.values()),
        mistakes=tuple(found),
        counts=_sparse(counted.documents, counted.fields, counted.counts.tolist()),
        agreed=_sparse(counted.documents, counted.attributes, counted.agreed.tolist()),
        predictions=dict(predictions),
    )


def likely_gold_errors(
    schema: type[BaseModel],
    gold: Mapping[str, GoldDocument],
    first: Mapping[str, Prediction],
    second: Mapping[str, Prediction],
) -> list[Suspicion]:
    """Where two ways of predicting agree against the gold, and the document supports them.

    Worth most where the two have little in common: a language model and the built-in rules.
    Raises `UsageError` for predictions of documents that the gold doesn't know.
    """
    records = {name: document.record for name, document in gold.items()}
    ours, theirs = (
        outcomes_of(schema, records, {name: prediction.record or {} for name, prediction in predictions.items()})
        for predictions in (first, second)
    )
    found: list[Suspicion] = []
    for name, document in gold.items():
        if name in first and name in second:
            witness = Witness(schema, _readable(document), first[name].evidence)
            found += suspicions(name, ours[name], theirs[name], witness)
    return found


def tally_of(run: Run, documents: Iterable[str] | None = None) -> Tally:
    """The counts that a run was scored from, its documents in the order given."""
    import numpy as np

    names = tuple(documents or run.counts)
    fields, attributes = tuple(run.scores.fields), tuple(run.scores.attributes)
    counts = [[run.counts[name].get(field, (0, 0, 0, 0)) for field in fields] for name in names]
    agreed = [[run.agreed[name].get(attribute, (0, 0)) for attribute in attributes] for name in names]
    return Tally(
        names,
        fields,
        attributes,
        np.array(counts, dtype=np.int64).reshape(len(names), len(fields), 4),
        np.array(agreed, dtype=np.int64).reshape(len(names), len(attributes), 2),
    )


def save(run: Run, path: Path) -> None:
    """Writes a run file, whole or not at all. Raises `UsageError` where it can't."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(run.model_dump_json() + "\n", "utf-8")
        part.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: can't write the run: {error.strerror}.") from None


def load_run(path: Path) -> Run:
    """The run in a file that `save` wrote. Raises `UsageError` where there is none."""
    try:
        return Run.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "/" + "/".join(map(str, first["loc"]))
        raise UsageError(f"{path}: is no run file of this version: {place}: {one_line(first['msg'])}.") from None


def figure_at(run: Run, path: str) -> float:
    """The figure at a dotted path: `scores.fields.salary.min.strict.recall`; `scores` may be left out.

    Raises `UsageError` that says what can stand where the path goes wrong, or that the figure is undefined.
    """
    steps = path.split(".")
    at: Any = {"scores": run.scores.model_dump(), "effort": run.effort.model_dump()}
    if steps[0] not in at:
        at = at["scores"]
    while steps:
        if not isinstance(at, dict):
            raise UsageError(f"figure {path}: nothing stands below {path.removesuffix('.' + '.'.join(steps))}.")
        # A field's name may have dots of its own.
        length = next((n for n in range(len(steps), 0, -1) if ".".join(steps[:n]) in at), 0)
        if not length:
            raise UsageError(f"figure {path}: there is no {steps[0]}; there are {', '.join(map(str, at))}.")
        at, steps = at[".".join(steps[:length])], steps[length:]
    if at is None:
        raise UsageError(f"figure {path}: is undefined, as neither the gold nor the prediction states a fact.")
    if not isinstance(at, int | float):
        raise UsageError(f"figure {path}: is no number; go on to one of {', '.join(map(str, at))}.")
    return float(at)


def _readable(document: GoldDocument) -> Document | None:
    """The document; None where it can't be read, and only the prediction's evidence says where facts stand."""
    try:
        return document.read()
    except DocumentError:
        return None


def _distinct(provenances: Iterable[dict[str, Any] | None]) -> tuple[dict[str, Any], ...]:
    found = {json.dumps(provenance, sort_keys=True): provenance for provenance in provenances if provenance}
    return tuple(found.values())


def _sparse(documents: tuple[str, ...], names: tuple[str, ...], counts: list[list[list[int]]]) -> Any:
    return {
        document: {name: tuple(count) for name, count in zip(names, row, strict=True) if any(count)}
        for document, row in zip(documents, counts, strict=True)
    }
