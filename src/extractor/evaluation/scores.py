"""Precision, recall and F1 of predicted records against gold, field by field.

With `g` facts in the gold, `p` in the prediction and `r` right ones, precision is `r / p`, recall `r / g` and
F1 `2r / (g + p)`, their harmonic mean. A side that states nothing where the other states something scores 0;
where neither does, the figure is undefined (None). `micro` sums `g`, `p` and `r` over the fields; `macro` is
the mean of the figures of the fields that the gold states (its F1 is a mean of F1s: Opitz and Burst 2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict

from extractor.evaluation.alignment import Record, outcomes_of
from extractor.evaluation.comparison import fields_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy import float64, int64
    from numpy.typing import NDArray

    from extractor.evaluation.alignment import Outcome

MICRO, MACRO = 0, 1  # the first two rows of a table


class Interval(NamedTuple):
    """Bounds of a 95 % bootstrap interval."""

    low: float
    high: float


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Intervals(_Frozen):
    """Of each of the figures that stand beside it; None where a figure is undefined."""

    precision: Interval | None
    recall: Interval | None
    f1: Interval | None


class Figures(_Frozen):
    """Precision, recall and F1, from 0 to 1; None where neither side states a fact."""

    precision: float | None
    recall: float | None
    f1: float | None
    intervals: Intervals | None = None


class Score(_Frozen):
    """The figures of a field, or over several; `support` facts in the gold, `predicted` in the prediction."""

    relaxed: Figures
    strict: Figures
    support: int
    predicted: int


class Accuracy(_Frozen):
    """Share of equal values of an attribute, over the `support` aligned items where a side states it."""

    accuracy: float | None
    support: int
    interval: Interval | None = None


class Scores(_Frozen):
    """All figures of a run over `documents` documents."""

    documents: int
    micro: Score
    macro: Score
    fields: dict[str, Score]
    attributes: dict[str, Accuracy]


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted in each document: all that scores and intervals are computed from.

    `counts` has the shape [documents, fields, 4]: facts in the gold, predicted, right when relaxed, right
    when strict. `agreed` has the shape [documents, attributes, 2]: aligned items that state the attribute,
    and those of them that agree.
    """

    documents: tuple[str, ...]
    fields: tuple[str, ...]
    attributes: tuple[str, ...]
    counts: NDArray[int64]
    agreed: NDArray[int64]


class Spread(NamedTuple):
    """The bounds of the intervals of a `table` and of `accuracies`, each [2, …]: low, high."""

    table: NDArray[float64]
    accuracies: NDArray[float64]


def score(schema: type[BaseModel], gold: Mapping[str, Record], predicted: Mapping[str, Record]) -> Scores:
    """The scores of `predicted` against `gold`, both records by document id, without intervals.

    Raises `UsageError` for predictions of documents that the gold doesn't know.
    """
    return scores_of(tally(schema, outcomes_of(schema, gold, predicted)))


def tally(schema: type[BaseModel], documents: Mapping[str, list[Outcome]]) -> Tally:
    """The counts of these documents, as `outcomes_of` compared them."""
    import numpy as np

    fields = fields_of(schema)
    attributes = [f"{field.name}.{leaf.name}" for field in fields for leaf in field.attributes]
    agreed = np.zeros((len(documents), len(attributes), 2), dtype=np.int64)
    for row, document in zip(agreed, documents.values(), strict=True):
        first = 0
        for outcome in document:
            for place, equal in outcome.attributes():
                row[first + place] += (1, equal)
            first += len(outcome.field.attributes)
    counts = [[outcome.counts for outcome in document] for document in documents.values()]
    return Tally(
        tuple(documents),
        tuple(field.name for field in fields),
        tuple(attributes),
        np.array(counts, dtype=np.int64).reshape(len(documents), len(fields), 4),
        agreed,
    )


def table(counts: NDArray[int64] | NDArray[float64]) -> NDArray[float64]:
    """The figures of counts of the shape […, fields, 4], as […, 2 + fields, 2, 3].

    Rows are micro, macro and the fields; then relaxed, strict; then precision, recall, F1; NaN is undefined.
    """
    import numpy as np

    fields = _figures(counts)
    stated = counts[..., 0, None, None] > 0
    number = stated.sum(axis=-3)
    macro = np.where(stated, fields, 0.0).sum(axis=-3) / np.where(number, number, np.nan)
    micro = _figures(counts.sum(axis=-2))
    return np.concatenate([np.stack([micro, macro], axis=-3), fields], axis=-3)


def accuracies(agreed: NDArray[int64] | NDArray[float64]) -> NDArray[float64]:
    """The accuracies of counts of the shape […, attributes, 2], as […, attributes]; NaN is undefined."""
    import numpy as np

    aligned = agreed[..., 0]
    return agreed[..., 1] / np.where(aligned > 0, aligned, np.nan)


def scores_of(counted: Tally, spread: Spread | None = None) -> Scores:
    """The scores over all documents of a tally, with the intervals of `spread` beside them."""
    counts = counted.counts.sum(axis=0)
    agreed = counted.agreed.sum(axis=0)
    figures, shares = table(counts), accuracies(agreed)

    def figures_of(row: int, grade: int) -> Figures:
        intervals = None
        if spread:
            bounds = [interval(*spread.table[:, row, grade, column]) for column in range(3)]
            intervals = Intervals(precision=bounds[0], recall=bounds[1], f1=bounds[2])
        precision, recall, f1 = map(figure, figures[row, grade])
        return Figures(precision=precision, recall=recall, f1=f1, intervals=intervals)

    def score_of(row: int, gold: int, predicted: int) -> Score:
        return Score(relaxed=figures_of(row, 0), strict=figures_of(row, 1), support=int(gold), predicted=int(predicted))

    return Scores(
        documents=len(counted.documents),
        micro=score_of(MICRO, *counts[:, :2].sum(axis=0)),
        macro=score_of(MACRO, *counts[counts[:, 0] > 0, :2].sum(axis=0)),
        fields={name: score_of(2 + row, *counts[row, :2]) for row, name in enumerate(counted.fields)},
        attributes={
            name: Accuracy(
                accuracy=figure(shares[row]),
                support=int(agreed[row, 0]),
                interval=interval(*spread.accuracies[:, row]) if spread else None,
            )
            for row, name in enumerate(counted.attributes)
        },
    )


def figure(value: float) -> float | None:
    """A plain number, None for NaN."""
    return None if value != value else float(value)  # noqa: PLR0124  NaN alone differs from itself


def interval(low: float, high: float) -> Interval | None:
    """An interval, None where it is undefined."""
    return None if low != low else Interval(float(low), float(high))  # noqa: PLR0124


def _figures(counts: NDArray[int64] | NDArray[float64]) -> NDArray[float64]:
    """[…, 4] to […, 2, 3]."""
    import numpy as np

    gold, predicted, right = counts[..., 0, None], counts[..., 1, None], counts[..., 2:]
    both = np.where(gold + predicted > 0, gold + predicted, np.nan)
    figures = [right / np.maximum(predicted, 1), right / np.maximum(gold, 1), 2 * right / both]
    return np.where(np.isnan(both)[..., None], np.nan, np.stack(figures, axis=-1))
