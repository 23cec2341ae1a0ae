"""What went wrong, fact by fact.

=====================  ================================================================================
`missed`               the gold states it, the prediction doesn't
`spurious`             the prediction states it, the gold doesn't
`unsupported`          spurious, and nothing in the document states it
`boundary`             the right thing in the wrong extent: texts alike from 0.75 to below 0.95, or all words
                       of one are in the other
`wrong_attribute`      the right item with another value of an attribute
`wrong_normalisation`  a field with one value has another one: a number, date, code or word of a closed
                       vocabulary that differs, or another text read from the same place
=====================  ================================================================================

A missed and a spurious fact that are one mistake (a boundary, a wrong normalisation) are listed once.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from extractor.evaluation.alignment import STRICT, align
from extractor.evaluation.comparison import value_at
from extractor.evaluation.witness import Places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from extractor.evaluation.alignment import Fact, Outcome
    from extractor.evaluation.witness import Witness

Kind = Literal["missed", "spurious", "unsupported", "boundary", "wrong_attribute", "wrong_normalisation"]


class Mistake(BaseModel):
    """One mistake. `field` is a row of the scores, or an attribute such as "skills.type".

    The pointers lead into the gold's and the predicted record, `gold` and `predicted` stand there (of an
    attribute: in the item there). `places` state the predicted fact, or the gold's if there is no predicted
    one; they are empty where the document doesn't state it or where that isn't known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: str
    kind: Kind
    field: str
    gold_pointer: str | None
    predicted_pointer: str | None
    gold: Any
    predicted: Any
    places: Places


class Suspicion(BaseModel):
    """Two runs agree on `predicted` against the gold, and the document supports it: the gold may be wrong.

    `gold` is what the gold states instead, None where it states nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: str
    field: str
    gold_pointer: str | None
    gold: Any
    predicted: Any
    places: Places


def mistakes(document: str, outcomes: Iterable[Outcome], witness: Witness) -> list[Mistake]:
    """The mistakes in the document with the id `document`, in the order of the schema."""
    return [mistake for outcome in outcomes for mistake in _of_field(document, outcome, witness)]


def by_field(found: Iterable[Mistake]) -> dict[str, dict[Kind, int]]:
    """How many mistakes of each kind each field has."""
    counts: dict[str, Counter[Kind]] = {}
    for mistake in found:
        counts.setdefault(mistake.field, Counter())[mistake.kind] += 1
    return {field: dict(kinds) for field, kinds in counts.items()}


def suspicions(document: str, ours: Iterable[Outcome], theirs: Iterable[Outcome], witness: Witness) -> list[Suspicion]:
    """Where two predictions for one document agree against its gold, and the document supports them.

    `witness` has the evidence of the first. Raises `ValueError` for outcomes of different schemas.
    """
    found: list[Suspicion] = []
    for a, b in zip(ours, theirs, strict=True):
        for both in align(a.spurious, b.spurious):
            if both.strict:
                # Only a field with one value states something else instead.
                gold = a.missed[0] if a.missed and not a.field.listed else None
                found += _suspected(document, a.field.name, (gold, both.gold), (), witness)
        partners = {pair.gold.pointer: pair for pair in b.pairs}
        for pair in a.pairs:
            if pair.gold.pointer not in partners:
                continue
            other = partners[pair.gold.pointer].predicted
            if pair.similarity < STRICT and pair.predicted.key == other.key:
                found += _suspected(document, a.field.name, (pair.gold, pair.predicted), (), witness)
            for leaf, equal, mine, its in zip(
                a.field.attributes, pair.equal, pair.predicted.attributes, other.attributes, strict=True
            ):
                if not equal and mine == its:
                    name = f"{a.field.name}.{leaf.name}"
                    found += _suspected(document, name, (pair.gold, pair.predicted), leaf.path, witness)
    return found


def _suspected(
    document: str, field: str, facts: tuple[Fact | None, Fact], path: tuple[str, ...], witness: Witness
) -> Iterator[Suspicion]:
    gold, predicted = facts
    places = witness.of_prediction(predicted)
    if places:
        yield Suspicion(
            document=document,
            field=field,
            gold_pointer=gold.pointer if gold else None,
            gold=value_at(gold.value, path) if gold else None,
            predicted=value_at(predicted.value, path),
            places=places,
        )


def _of_field(document: str, outcome: Outcome, witness: Witness) -> Iterator[Mistake]:
    field = outcome.field

    def mistake(kind: Kind, gold: Fact | None, predicted: Fact | None, path: tuple[str, ...] = ()) -> Mistake:
        places = witness.of_prediction(predicted) if predicted else witness.searched(gold) if gold else None
        return Mistake(
            document=document,
            kind=kind,
            field=".".join((field.name, *path)),
            gold_pointer=gold.pointer if gold else None,
            predicted_pointer=predicted.pointer if predicted else None,
            gold=value_at(gold.value, path) if gold else None,
            predicted=value_at(predicted.value, path) if predicted else None,
            places=places or (),
        )

    for pair in outcome.pairs:
        if pair.similarity < STRICT:
            yield mistake("boundary", pair.gold, pair.predicted)
        for leaf, equal in zip(field.attributes, pair.equal, strict=True):
            if not equal:
                yield mistake("wrong_attribute", pair.gold, pair.predicted, leaf.path)
    missed, spurious = list(outcome.missed), list(outcome.spurious)
    for kind, gold, predicted in _one_mistake(missed, spurious, witness):
        missed.remove(gold)
        spurious.remove(predicted)
        yield mistake(kind, gold, predicted)
    for gold in missed:
        yield mistake("missed", gold, None)
    for predicted in spurious:
        yield mistake("unsupported" if witness.of_prediction(predicted) == () else "spurious", None, predicted)


def _one_mistake(missed: list[Fact], spurious: list[Fact], witness: Witness) -> list[tuple[Kind, Fact, Fact]]:
    """The missed and the spurious facts of a field that are one mistake each, likest first."""
    found: list[tuple[Kind, Fact, Fact]] = []
    candidates = [
        (likeness, gold, predicted)
        for gold in missed
        for predicted in spurious
        if (likeness := _containment(gold, predicted))
    ]
    taken: set[tuple[str, str]] = set()
    for _, gold, predicted in sorted(candidates, key=lambda candidate: -candidate[0]):
        names = {("gold", gold.pointer), ("predicted", predicted.pointer)}
        if not names & taken:
            taken |= names
            found.append(("boundary", gold, predicted))
    if not found and missed and spurious and not missed[0].field.listed:
        gold, predicted = missed[0], spurious[0]
        if not gold.fuzzy or _meet(witness.searched(gold), witness.of_prediction(predicted)):
            found.append(("wrong_normalisation", gold, predicted))
    return found


def _containment(a: Fact, b: Fact) -> float:
    """The share of common words, if all words of one text are in the other; else 0."""
    if not (a.fuzzy and b.fuzzy):
        return 0.0
    ours, theirs = set(a.key.split()), set(b.key.split())
    common = len(ours & theirs)
    return 2 * common / (len(ours) + len(theirs)) if common == min(len(ours), len(theirs)) else 0.0


def _meet(a: Places | None, b: Places | None) -> bool:
    """Whether two places overlap."""
    return any(start < other_end and other < end for start, end in a or () for other, other_end in b or ())
