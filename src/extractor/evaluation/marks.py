"""A document's facts side by side, gold and prediction, and where its text states them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from extractor.evaluation.alignment import outcomes
from extractor.evaluation.comparison import value_at
from extractor.evaluation.witness import Witness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pydantic import BaseModel

    from extractor.documents import Document
    from extractor.evaluation.alignment import Fact, Record
    from extractor.evaluation.comparison import Field
    from extractor.evaluation.errors import Mistake
    from extractor.evaluation.predictions import Prediction
    from extractor.evaluation.witness import Places

State = Literal["right", "near", "missed", "spurious"]
"""`near`: the right thing with a mistake; `spurious` also where nothing supports it."""
_NEAR = ("boundary", "wrong_attribute", "wrong_normalisation")


@dataclass(frozen=True, slots=True)
class Part:
    """A value inside a fact; `name` is empty for what tells the fact from others, `wrong` where the sides differ."""

    name: str
    text: str
    wrong: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One fact: what the gold states, what was predicted, and what is wrong about it."""

    field: str
    state: State
    verdict: str
    gold: tuple[Part, ...]
    predicted: tuple[Part, ...]
    places: Places


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text, under the most telling of the rows that it states, if any.

    `rows` are all of them; `first` those that it is the first piece of.
    """

    text: str
    state: State | None
    rows: tuple[int, ...]
    first: tuple[int, ...]


def rows_of(
    schema: type[BaseModel],
    gold: Record,
    prediction: Prediction,
    mistakes: Iterable[Mistake],
    document: Document | None,
) -> list[Row]:
    """The facts of a document in the order of the schema; `mistakes` are those of this document."""
    wrong: dict[tuple[str | None, str | None], list[Mistake]] = {}
    for mistake in mistakes:
        wrong.setdefault((mistake.gold_pointer, mistake.predicted_pointer), []).append(mistake)
    witness = Witness(schema, document, prediction.evidence)
    found: list[Row] = []
    for outcome in outcomes(schema, gold, prediction.record or {}):
        facts = {("gold", fact.pointer): fact for fact in outcome.gold}
        facts |= {("predicted", fact.pointer): fact for fact in outcome.predicted}
        keys: list[tuple[str | None, str | None]] = [
            (pair.gold.pointer, pair.predicted.pointer) for pair in outcome.pairs
        ]
        # a missed and a spurious fact may be one mistake, and so one row
        keys += [
            key for key in wrong if key not in keys and (("gold", key[0]) in facts or ("predicted", key[1]) in facts)
        ]
        for ours, theirs in keys:
            gold_fact, predicted = facts.get(("gold", ours or "")), facts.get(("predicted", theirs or ""))
            found.append(_row(outcome.field, gold_fact, predicted, wrong.get((ours, theirs), ()), witness))
    return found


def pieces(text: str, rows: Sequence[Row]) -> Iterator[Piece]:
    """`text` cut where a row's places begin and end; joined, the pieces are `text` again."""
    size = len(text)
    spans = sorted(
        (max(start, 0), min(end, size), number)
        for number, row in enumerate(rows)
        for start, end in row.places
        if max(start, 0) < min(end, size)
    )
    cuts = sorted({0, size, *(start for start, _, _ in spans), *(end for _, end, _ in spans)})
    order: list[State] = ["missed", "spurious", "near", "right"]
    active: list[tuple[int, int, int]] = []
    seen: set[int] = set()
    coming = 0
    for start, end in pairwise(cuts):
        active = [span for span in active if span[1] > start]
        while coming < len(spans) and spans[coming][0] == start:
            active.append(spans[coming])
            coming += 1
        # the narrowest is the most telling
        ranked = sorted(active, key=lambda span: (span[1] - span[0], order.index(rows[span[2]].state)))
        numbers = tuple(dict.fromkeys(number for _, _, number in ranked))
        first = tuple(number for number in numbers if number not in seen)
        seen.update(first)
        yield Piece(text[start:end], rows[numbers[0]].state if numbers else None, numbers, first)


def plain(value: Any) -> str:
    """A value of JSON's types in words; a dash for none."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {plain(part)}" for name, part in value.items() if part not in (None, "", [], {}))
    if isinstance(value, list):
        return "; ".join(map(plain, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return str(value)


def _row(field: Field, gold: Fact | None, predicted: Fact | None, mistakes: Sequence[Mistake], witness: Witness) -> Row:
    kinds = list(dict.fromkeys(mistake.kind for mistake in mistakes))
    attributes = {mistake.field.removeprefix(f"{field.name}.") for mistake in mistakes if mistake.field != field.name}
    places: Places = (witness.of_prediction(predicted) if predicted else None) or ()
    if gold and (not predicted or set(kinds) & {"boundary", "wrong_normalisation"}):
        places += witness.searched(gold) or ()
    state: State = "right"
    if kinds:
        state = "near" if kinds[0] in _NEAR else "missed" if kinds[0] == "missed" else "spurious"
    verdict = ", ".join(kind.replace("_", " ") for kind in kinds) or "right"
    return Row(field.name, state, verdict, _parts(gold, attributes), _parts(predicted, attributes), places)


def _parts(fact: Fact | None, wrong: set[str]) -> tuple[Part, ...]:
    if fact is None:
        return ()
    found = []
    for leaf in fact.field.leaves:
        value = value_at(fact.value, leaf.path) if leaf.path else fact.value
        if leaf.name in wrong or value not in (None, "", [], {}):
            found.append(Part("" if leaf.key else leaf.name, plain(value), leaf.name in wrong))
    return tuple(sorted(found, key=lambda part: bool(part.name)))
