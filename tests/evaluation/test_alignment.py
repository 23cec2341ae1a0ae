from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.errors import UsageError
from extractor.evaluation.alignment import RELAXED, Pair, align, facts, outcomes_of
from extractor.evaluation.comparison import Field, fields_of, similarity
from extractor.records.posting import JobPosting
from tests.evaluation.made import PARTS, TEXTS, Thing, part, thing

FIELDS = {field.name: field for field in fields_of(Thing)}
POSTING = {field.name: field for field in fields_of(JobPosting)}


def paired(field: Field, gold: Any, predicted: Any) -> list[Pair]:
    name = field.path[0]
    return align(facts(field, {name: gold}), facts(field, {name: predicted}))


def names(pairs: list[Pair]) -> set[tuple[str, str]]:
    return {(pair.gold.pointer, pair.predicted.pointer) for pair in pairs}


def test_facts_are_what_is_stated() -> None:
    record = thing(title="Bolt", maker={"name": "Ek", "country": None}, colours=["red", "", "blue"])
    found = [fact for field in FIELDS.values() for fact in facts(field, record)]
    assert [(fact.pointer, fact.value) for fact in found] == [
        ("/title", "Bolt"),
        ("/maker/name", "Ek"),
        ("/colours/0", "red"),
        ("/colours/2", "blue"),
    ]


def test_an_item_of_nulls_is_no_fact() -> None:
    nowhere = {"city": None, "region": None, "country": None, "postal_code": None}
    assert facts(POSTING["locations"], {"locations": [nowhere]}) == []


def test_an_item_without_its_text_is_told_by_the_first_thing_it_states() -> None:
    def years(low: float | None, high: float | None) -> dict[str, Any]:
        return {"area": None, "min_years": low, "max_years": high, "requirement": "required"}

    field = POSTING["experience"]
    assert len(paired(field, [years(5, None)], [years(5, 8)])) == 1
    assert paired(field, [years(5, None)], [years(3, None)]) == []
    assert paired(field, [years(5, None)], [years(None, 5)]) == []
    assert paired(field, [years(5, None)], [{**years(5, None), "area": "Java"}]) == []


def test_one_to_one_with_duplicates() -> None:
    assert len(paired(FIELDS["colours"], ["red", "red"], ["red", "red", "red"])) == 2


def test_equal_texts_are_paired_by_their_attributes() -> None:
    gold = [part("bolt", "low", 1), part("bolt", "high", 2)]
    predicted = [part("Bolt", "high", 2), part("bolt", "low", 1)]
    assert names(paired(FIELDS["parts"], gold, predicted)) == {("/parts/0", "/parts/1"), ("/parts/1", "/parts/0")}


def test_alike_texts_are_paired_by_their_attributes() -> None:
    # both golds are as like to both predictions: one letter of ten differs in each
    gold = [part("aaaaaaaaab", "low"), part("aaaaaaaaac", "high")]
    predicted = [part("aaaaaaaaad", "high"), part("aaaaaaaaae", "low")]
    assert names(paired(FIELDS["parts"], gold, predicted)) == {("/parts/0", "/parts/1"), ("/parts/1", "/parts/0")}


def test_the_best_pairing_may_forgo_the_best_pair() -> None:
    # abcdefgh-abcdefgx (14/16) is the best pair, but leaves abcdefxy without one; the other way all four are paired
    gold = ["abcdefgh", "abcdefxy"]
    predicted = ["abcdefgx", "abcdezgh"]
    assert similarity(gold[0], predicted[0]) == 14 / 16
    assert similarity(gold[1], predicted[0]) == 14 / 16
    assert similarity(gold[0], predicted[1]) == 14 / 16
    assert similarity(gold[1], predicted[1]) < RELAXED
    assert names(paired(FIELDS["colours"], gold, predicted)) == {
        ("/colours/0", "/colours/1"),
        ("/colours/1", "/colours/0"),
    }


@pytest.mark.parametrize(
    ("gold", "predicted", "pairs", "strict"),
    [
        ("abcd", "abxd", 1, 0),  # 0.75: the bound belongs to the match
        ("abcde", "abxyz", 0, 0),
        ("a" * 19 + "b", "a" * 19 + "c", 1, 1),  # 2 * 19 / 40 = 0.95: the bound belongs to strict
        ("a" * 18 + "b", "a" * 18 + "c", 1, 0),  # 2 * 18 / 38 = 0.947
    ],
)
def test_bounds(gold: str, predicted: str, pairs: int, strict: int) -> None:
    for field, wrap in ((FIELDS["title"], lambda text: text), (FIELDS["colours"], lambda text: [text, "other"])):
        found = [pair for pair in paired(field, wrap(gold), wrap(predicted)) if pair.gold.key != "other"]
        assert (len(found), sum(pair.strict for pair in found)) == (pairs, strict)


def test_strict_needs_equal_attributes() -> None:
    [pair] = paired(FIELDS["parts"], [part("bolt", "low", 1)], [part("bolt", "low", 2)])
    assert pair.similarity == 1.0
    assert pair.equal == (True, False)  # level, weight; name and tags are the key
    assert not pair.strict


def test_codes_are_not_compared_by_their_letters() -> None:
    def language(code: str) -> dict[str, Any]:
        return {"language": code, "level": None, "requirement": "required"}

    assert paired(POSTING["languages"], [language("deu")], [language("den")]) == []
    assert len(paired(POSTING["languages"], [language("deu")], [language("deu")])) == 1


def test_a_prediction_for_an_unknown_document_is_refused() -> None:
    with pytest.raises(UsageError, match=r"1 predicted documents aren't in the gold \(b\)"):
        outcomes_of(Thing, {"a": thing()}, {"b": thing()})


def test_names_of_any_kind_of_list_may_be_missing() -> None:
    [outcome] = [o for o in outcomes_of(Thing, {"a": thing(title="Bolt")}, {})["a"] if o.gold]
    assert [fact.pointer for fact in outcome.missed] == ["/title"]


def _greedy(gold: list[str], predicted: list[str]) -> float:
    candidates = sorted(
        ((similarity(a, b), i, j) for i, a in enumerate(gold) for j, b in enumerate(predicted)), reverse=True
    )
    rows: set[int] = set()
    columns: set[int] = set()
    total = 0.0
    for score, row, column in candidates:
        if score >= RELAXED and row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
            total += score
    return total


NAMES = st.text("abc", min_size=4, max_size=9)


@settings(max_examples=50)
@given(st.lists(NAMES, max_size=7), st.lists(NAMES, max_size=7))
def test_no_greedy_pairing_is_better(gold: list[str], predicted: list[str]) -> None:
    total = sum(pair.similarity for pair in paired(FIELDS["colours"], gold, predicted))
    assert total >= _greedy(gold, predicted) - 1e-6


@settings(max_examples=50)
@given(st.sets(NAMES, min_size=1, max_size=4), st.sets(NAMES, min_size=1, max_size=4))
def test_no_pairing_at_all_is_better_where_no_texts_are_equal(first: set[str], second: set[str]) -> None:
    gold, predicted = sorted(first - second), sorted(second - first)
    total = sum(pair.similarity for pair in paired(FIELDS["colours"], gold, predicted))
    padded = [*predicted, *([""] * len(gold))]
    best = max(
        sum(s for a, b in zip(gold, order, strict=False) if (s := similarity(a, b)) >= RELAXED)
        for order in permutations(padded, len(gold))
    )
    assert total == pytest.approx(best, abs=1e-6)


@settings(max_examples=50)
@given(st.lists(PARTS, max_size=5), st.lists(PARTS, max_size=5), st.randoms())
def test_order_changes_nothing(gold: list[Any], predicted: list[Any], random: Any) -> None:
    def what(pairs: list[Pair]) -> list[tuple[float, tuple[bool, ...]]]:
        return sorted((pair.similarity, pair.equal) for pair in pairs)

    before = what(paired(FIELDS["parts"], gold, predicted))
    random.shuffle(gold)
    random.shuffle(predicted)
    assert what(paired(FIELDS["parts"], gold, predicted)) == before


@settings(max_examples=50)
@given(st.lists(PARTS, max_size=5), st.lists(PARTS, max_size=5))
def test_sides_may_be_exchanged(gold: list[Any], predicted: list[Any]) -> None:
    there = paired(FIELDS["parts"], gold, predicted)
    back = paired(FIELDS["parts"], predicted, gold)
    assert sorted((p.similarity, p.equal) for p in there) == sorted((p.similarity, p.equal) for p in back)


@pytest.mark.parametrize("other", ["0000", "zzzz"])
def test_sides_may_be_exchanged_where_pairings_tie(other: str) -> None:
    # the one prediction is as like to both golds, and shares the level with one, the weight with the other
    gold = [part("aaaaaaaaab", "low", 1), part("aaaaaaaaac", "high", 2)]
    predicted = [part("aaaaaaaaad", "low", 2), part(other)]
    [there] = paired(FIELDS["parts"], gold, predicted)
    [back] = paired(FIELDS["parts"], predicted, gold)
    assert there.equal == back.equal


@settings(max_examples=50)
@given(st.lists(TEXTS, max_size=6), st.lists(TEXTS, max_size=6))
def test_no_fact_is_paired_twice(gold: list[str], predicted: list[str]) -> None:
    pairs = paired(FIELDS["colours"], gold, predicted)
    assert len({pair.gold.pointer for pair in pairs}) == len(pairs)
    assert len({pair.predicted.pointer for pair in pairs}) == len(pairs)
    assert all(pair.similarity >= RELAXED for pair in pairs)
