"""The facts of a record, and which fact of the prediction is which fact of the gold."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from extractor.errors import UsageError
from extractor.evaluation.comparison import alike, fields_of, prepared, similarity, value_at, words_sorted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy import float64
    from numpy.typing import NDArray
    from pydantic import BaseModel

    from extractor.evaluation.comparison import Field

RELAXED = 0.75
"""From this similarity of the key on, two facts are the same."""
STRICT = 0.95
"""From this similarity of the key on, and with equal attributes, a fact is right."""
_TIE = 1e-9  # less than any difference between two similarities of texts of ordinary length

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a record states.

    `pointer` is its JSON Pointer (RFC 6901), `value` what stands there. `key` is what tells it from its
    neighbours, prepared for comparison; `fuzzy` keys are compared by similarity, others by equality.
    `attributes` are the prepared values of `field.attributes`.
    """

    field: Field
    pointer: str
    value: Any
    key: Any
    fuzzy: bool
    attributes: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A fact of the gold and the fact of the prediction that is meant to be the same.

    `equal` says of each of `gold.field.attributes` whether it is.
    """

    gold: Fact
    predicted: Fact
    similarity: float
    equal: tuple[bool, ...]

    @property
    def strict(self) -> bool:
        """Whether the prediction is right in extent and attributes."""
        return self.similarity >= STRICT and all(self.equal)


@dataclass(frozen=True)
class Outcome:
    """One field of one document: the facts of both sides, and those that are paired."""

    field: Field
    gold: list[Fact]
    predicted: list[Fact]
    pairs: list[Pair]

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Facts in the gold, in the prediction, right when relaxed, right when strict."""
        return len(self.gold), len(self.predicted), len(self.pairs), sum(pair.strict for pair in self.pairs)

    @cached_property
    def missed(self) -> list[Fact]:
        """Facts of the gold that the prediction lacks."""
        return _without(self.gold, [pair.gold for pair in self.pairs])

    @cached_property
    def spurious(self) -> list[Fact]:
        """Facts of the prediction that the gold lacks."""
        return _without(self.predicted, [pair.predicted for pair in self.pairs])

    def attributes(self) -> Iterator[tuple[int, bool]]:
        """Each attribute that a pair states: its place in `field.attributes`, and whether the sides agree."""
        for pair in self.pairs:
            for place, equal in enumerate(pair.equal):
                if pair.gold.attributes[place] is not None or pair.predicted.attributes[place] is not None:
                    yield place, equal


def outcomes(schema: type[BaseModel], gold: Record, predicted: Record) -> list[Outcome]:
    """One document's records, in JSON's types, compared field by field in the schema's order."""
    found = []
    for field in fields_of(schema):
        ours, theirs = facts(field, gold), facts(field, predicted)
        found.append(Outcome(field, ours, theirs, align(ours, theirs)))
    return found


def outcomes_of(
    schema: type[BaseModel], gold: Mapping[str, Record], predicted: Mapping[str, Record]
) -> dict[str, list[Outcome]]:
    """Every document of `gold` by its id. One without a prediction has all its facts missed.

    Raises `UsageError` for predictions of documents that the gold doesn't know.
    """
    unknown = [document for document in predicted if document not in gold]
    if unknown:
        raise UsageError(
            f"{len(unknown)} predicted documents aren't in the gold ({', '.join(unknown[:3])}): "
            "give the gold file that the predictions were made from."
        )
    return {name: outcomes(schema, record, predicted.get(name, {})) for name, record in gold.items()}


def facts(field: Field, record: Mapping[str, Any]) -> list[Fact]:
    """What `record` states in `field`, in its order. Null, empty and absent values state nothing."""
    value = value_at(record, field.path)
    pointer = "/" + "/".join(field.path)
    if not field.listed:
        comparison = field.leaves[0].comparison
        key = prepared(comparison, value)
        return [] if key is None else [Fact(field, pointer, value, key, comparison == "text", ())]
    found = (_item(field, f"{pointer}/{index}", item) for index, item in enumerate(value or ()))
    return [fact for fact in found if fact]


def align(gold: Sequence[Fact], predicted: Sequence[Fact]) -> list[Pair]:
    """The facts of one field paired one to one, at a similarity of `RELAXED` or more.

    Equal keys are paired first. What remains is assigned so that the sum of similarities is greatest
    (Kuhn 1955, by `scipy.optimize.linear_sum_assignment`). Of equally good pairings the one with more equal
    attributes is taken. The order of the facts doesn't matter, nor which side is called gold.
    """
    if not gold or not predicted:
        return []
    if not gold[0].field.listed:
        return [pair for pair in [_pair(gold[0], predicted[0])] if pair.similarity >= RELAXED]
    same: defaultdict[Any, tuple[list[Fact], list[Fact]]] = defaultdict(lambda: ([], []))
    for fact in gold:
        same[fact.key][0].append(fact)
    for fact in predicted:
        same[fact.key][1].append(fact)
    pairs: list[Pair] = []
    left: list[Fact] = []
    right: list[Fact] = []
    for ours, theirs in same.values():
        found = _assigned(ours, theirs) if ours and theirs else []
        pairs += found
        if len(ours) != len(theirs):
            left += _without(ours, [pair.gold for pair in found])
            right += _without(theirs, [pair.predicted for pair in found])
    left = [fact for fact in left if fact.fuzzy]
    right = [fact for fact in right if fact.fuzzy]
    return pairs + _assigned(left, right) if left and right else pairs


def _item(field: Field, pointer: str, item: Any) -> Fact | None:
    stated = {}
    for leaf in field.leaves:
        value = prepared(leaf.comparison, value_at(item, leaf.path))
        if value is not None:
            stated[leaf.name] = value
    if not stated:
        return None
    attributes = tuple(stated.get(leaf.name) for leaf in field.attributes)
    key = [leaf for leaf in field.leaves if leaf.key and leaf.name in stated]
    if any(leaf.comparison in ("text", "set") for leaf in key):
        text = " ".join(_shown(stated[leaf.name]) for leaf in key)
        return Fact(field, pointer, item, text, True, attributes)
    # Without a text to compare, an item is told by its key, or else by the first thing that it states.
    names = [leaf.name for leaf in key] or list(stated)[:1]
    return Fact(field, pointer, item, tuple((name, stated[name]) for name in names), False, attributes)


def _shown(value: Any) -> str:
    match value:
        case tuple():
            return " ".join(value)
        case float():
            return f"{value:g}"
    return str(value)


def _pair(gold: Fact, predicted: Fact) -> Pair:
    equal = tuple(
        alike(leaf.comparison, a, b) >= STRICT
        for leaf, a, b in zip(gold.field.attributes, gold.attributes, predicted.attributes, strict=True)
    )
    if gold.key == predicted.key:
        return Pair(gold, predicted, 1.0, equal)
    if not gold.field.listed:
        return Pair(gold, predicted, alike(gold.field.leaves[0].comparison, gold.key, predicted.key), equal)
    return Pair(gold, predicted, similarity(gold.key, predicted.key), equal)


def _assigned(gold: list[Fact], predicted: list[Fact]) -> list[Pair]:
    """The best one-to-one pairing of items whose keys are all equal, or all fuzzy and unequal."""
    if len(gold) == 1 == len(predicted):
        return [pair for pair in [_pair(gold[0], predicted[0])] if pair.similarity >= RELAXED]
    # In one order and one direction, so that ties fall the same way however the facts came.
    gold, predicted = sorted(gold, key=_order), sorted(predicted, key=_order)
    turned = [_order(fact) for fact in gold] > [_order(fact) for fact in predicted]
    rows, columns = (predicted, gold) if turned else (gold, predicted)
    worth = _similarities([fact.key for fact in rows], [fact.key for fact in columns])
    for row, column in zip(*worth.nonzero(), strict=True):
        equal = _pair(rows[row], columns[column]).equal
        worth[row, column] += _TIE * (all(equal) + sum(equal) / max(len(equal), 1))

    from scipy.optimize import linear_sum_assignment

    chosen = zip(*linear_sum_assignment(worth, maximize=True), strict=True)
    found = [(rows[row], columns[column]) for row, column in chosen if worth[row, column]]
    return [_pair(b, a) if turned else _pair(a, b) for a, b in found]


def _similarities(rows: list[Any], columns: list[Any]) -> NDArray[float64]:
    """The similarity of each row to each column; 0 where it is below `RELAXED`."""
    import numpy as np
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cdist

    if rows[0] == columns[0]:
        return np.ones((len(rows), len(columns)))
    sorted_rows, sorted_columns = ([words_sorted(key) for key in keys] for keys in (rows, columns))
    plain, by_words = (
        cdist(a, b, scorer=Indel.normalized_similarity, score_cutoff=RELAXED, dtype=np.float64)
        for a, b in ((rows, columns), (sorted_rows, sorted_columns))
    )
    best: NDArray[float64] = np.maximum(plain, by_words)
    return best


def _order(fact: Fact) -> tuple[str, str]:
    return str(fact.key), repr(fact.attributes)


def _without(facts: list[Fact], gone: list[Fact]) -> list[Fact]:
    pointers = {fact.pointer for fact in gone}
    return [fact for fact in facts if fact.pointer not in pointers]
