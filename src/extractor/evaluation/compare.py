"""Run against run: what changed, how sure that is, and in which documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from extractor.errors import UsageError
from extractor.evaluation.bootstrap import difference_spread
from extractor.evaluation.runs import tally_of
from extractor.evaluation.scores import MACRO, MICRO, Interval, accuracies, figure, interval, table

if TYPE_CHECKING:
    from extractor.evaluation.runs import Run
    from extractor.evaluation.scores import Tally


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Difference(_Frozen):
    """A figure of both runs, `b - a` and its 95 % interval; None where a run leaves the figure undefined.

    Where the interval doesn't hold 0, the runs differ by more than the choice of documents explains.
    """

    a: float | None
    b: float | None
    difference: float | None
    interval: Interval | None


class Differences(_Frozen):
    """The differences in precision, recall and F1."""

    precision: Difference
    recall: Difference
    f1: Difference


class Row(_Frozen):
    """The differences of one field, or over several."""

    relaxed: Differences
    strict: Differences


class Moved(_Frozen):
    """A document on which the runs differ: its relaxed F1, and the gold's facts that only one run got right.

    `gained` are JSON Pointers into the gold record where `a` made a mistake and `b` none; `lost` the reverse.
    """

    document: str
    a: float | None
    b: float | None
    gained: tuple[str, ...]
    lost: tuple[str, ...]


class Comparison(_Frozen):
    """Two runs over the same `documents` documents; `moved` has the largest change of F1 first."""

    documents: int
    micro: Row
    macro: Row
    fields: dict[str, Row]
    attributes: dict[str, Difference]
    moved: tuple[Moved, ...]


def compare(a: Run, b: Run) -> Comparison:
    """What changes from run `a` to run `b`.

    Raises `UsageError` where they weren't made against the same gold and the same schema.
    """
    for what, name in (("gold", "gold records"), ("fields", "schemas")):
        if getattr(a.fingerprints, what) != getattr(b.fingerprints, what):
            raise UsageError(
                f"the runs were made against different {name}: evaluate both against the same, then compare."
            )
    ours = tally_of(a)
    theirs = tally_of(b, ours.documents)
    spread = difference_spread(ours, theirs)
    before, after = (table(counted.counts.sum(axis=0)) for counted in (ours, theirs))

    def row(number: int) -> Row:
        grades = [
            [
                _difference(
                    before[number, grade, column],
                    after[number, grade, column],
                    *spread.table[:, number, grade, column],
                )
                for column in range(3)
            ]
            for grade in range(2)
        ]
        relaxed, strict = (Differences(precision=p, recall=r, f1=f1) for p, r, f1 in grades)
        return Row(relaxed=relaxed, strict=strict)

    shares = [accuracies(counted.agreed.sum(axis=0)) for counted in (ours, theirs)]
    return Comparison(
        documents=len(ours.documents),
        micro=row(MICRO),
        macro=row(MACRO),
        fields={name: row(2 + number) for number, name in enumerate(ours.fields)},
        attributes={
            name: _difference(shares[0][number], shares[1][number], *spread.accuracies[:, number])
            for number, name in enumerate(ours.attributes)
        },
        moved=_moved(a, b, ours, theirs),
    )


def _difference(a: float, b: float, low: float, high: float) -> Difference:
    difference = figure(b - a)
    bounds = interval(low, high) if difference is not None else None
    return Difference(a=figure(a), b=figure(b), difference=difference, interval=bounds)


def _moved(a: Run, b: Run, ours: Tally, theirs: Tally) -> tuple[Moved, ...]:
    figures = [table(counted.counts)[:, MICRO, 0, 2] for counted in (ours, theirs)]
    wrong = [_wrong(run) for run in (a, b)]
    found: list[Moved] = []
    for number, document in enumerate(ours.documents):
        before, after = (of_run.get(document, {}) for of_run in wrong)
        if a.counts[document] != b.counts[document] or before.keys() != after.keys():
            moved = Moved(
                document=document,
                a=figure(figures[0][number]),
                b=figure(figures[1][number]),
                gained=tuple(pointer for pointer in before if pointer not in after),
                lost=tuple(pointer for pointer in after if pointer not in before),
            )
            found.append(moved)
    return tuple(sorted(found, key=lambda moved: (-abs((moved.b or 0) - (moved.a or 0)), moved.document)))


def _wrong(run: Run) -> dict[str, dict[str, None]]:
    """Of each document, the pointers of the gold's facts about which there is a mistake, in their order."""
    found: dict[str, dict[str, None]] = {}
    for mistake in run.mistakes:
        if mistake.gold_pointer:
            found.setdefault(mistake.document, {})[mistake.gold_pointer] = None
    return found
