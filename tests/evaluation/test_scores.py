from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.evaluation.scores import Figures, Score, score
from tests.evaluation.made import RECORDS, Thing, part, thing

Records = dict[str, dict[str, Any]]


def figures(shown: Figures) -> tuple[float | None, float | None, float | None]:
    return shown.precision, shown.recall, shown.f1


def every(scores: Any) -> list[Score]:
    return [scores.micro, scores.macro, *scores.fields.values()]


def test_by_hand() -> None:
    gold = {
        "one": thing(title="steel bolt", price=5, parts=[part("shank", "low"), part("head", "high")]),
        "two": thing(title="nut", parts=[part("thread")]),
    }
    predicted = {
        # the price is wrong; the head has the wrong level; the washer isn't in the gold
        "one": thing(title="Steel bolt.", price=6, parts=[part("shank"), part("head", "low"), part("washer")]),
        # no title; the thread is found
        "two": thing(parts=[part("thread")]),
    }
    scores = score(Thing, gold, predicted)
    assert scores.documents == 2
    title, price, parts = scores.fields["title"], scores.fields["price"], scores.fields["parts"]
    assert (title.support, title.predicted) == (2, 1)
    assert figures(title.relaxed) == figures(title.strict) == pytest.approx((1.0, 0.5, 2 / 3))
    assert figures(price.relaxed) == (0.0, 0.0, 0.0)
    assert figures(parts.relaxed) == pytest.approx((0.75, 1.0, 6 / 7))
    assert figures(parts.strict) == pytest.approx((0.5, 2 / 3, 4 / 7))
    # 6 in the gold, 6 predicted, right: the title and three parts, strictly two of them
    assert figures(scores.micro.relaxed) == pytest.approx((4 / 6, 4 / 6, 4 / 6))
    assert figures(scores.micro.strict) == (3 / 6, 3 / 6, 3 / 6)
    # title, price, parts have gold
    assert scores.macro.relaxed.precision == pytest.approx((1 + 0 + 0.75) / 3)
    assert scores.macro.relaxed.recall == pytest.approx((0.5 + 0 + 1) / 3)
    assert scores.macro.relaxed.f1 == pytest.approx((2 / 3 + 0 + 6 / 7) / 3)
    level, weight = scores.attributes["parts.level"], scores.attributes["parts.weight"]
    assert level.accuracy == pytest.approx(2 / 3)
    assert level.support == 3
    assert (weight.accuracy, weight.support) == (None, 0)


def test_a_field_that_neither_side_states_has_no_figures() -> None:
    scores = score(Thing, {"a": thing(title="x")}, {"a": thing(title="x", colours=["red"])})
    assert figures(scores.fields["price"].relaxed) == (None, None, None)
    assert figures(scores.fields["colours"].relaxed) == (0.0, 0.0, 0.0)
    # spurious facts of a field without gold count in micro, not in macro
    assert scores.micro.relaxed.precision == 0.5
    assert scores.macro.relaxed.precision == 1.0


def test_a_document_without_prediction_is_missed() -> None:
    scores = score(Thing, {"a": thing(title="x"), "b": thing(title="y")}, {"a": thing(title="x")})
    assert scores.micro.relaxed.recall == 0.5


def test_nothing_at_all() -> None:
    scores = score(Thing, {}, {})
    assert figures(scores.micro.relaxed) == figures(scores.macro.strict) == (None, None, None)


@settings(max_examples=30)
@given(RECORDS)
def test_a_perfect_prediction_scores_one(gold: Records) -> None:
    scores = score(Thing, gold, gold)
    for shown in every(scores):
        assert {*figures(shown.relaxed), *figures(shown.strict)} <= {1.0, None}
        assert shown.support == shown.predicted
        assert (shown.relaxed.f1 is None) == (shown.support == 0)
    assert {accuracy.accuracy for accuracy in scores.attributes.values()} <= {1.0, None}


@settings(max_examples=30)
@given(st.data())
def test_figures_are_bounded_and_strict_is_not_above_relaxed(data: st.DataObject) -> None:
    gold = data.draw(RECORDS)
    predicted = {name: record for name, record in data.draw(RECORDS).items() if name in gold}
    for shown in every(score(Thing, gold, predicted)):
        for relaxed, strict in zip(figures(shown.relaxed), figures(shown.strict), strict=True):
            assert (relaxed is None) == (strict is None)
            if relaxed is not None and strict is not None:
                assert 0.0 <= strict <= relaxed <= 1.0


@settings(max_examples=30)
@given(st.data())
def test_exchanging_the_sides_exchanges_precision_and_recall(data: st.DataObject) -> None:
    gold = data.draw(RECORDS)
    predicted = {
        name: data.draw(st.just(record) | RECORDS.map(lambda r: next(iter(r.values()))))
        for name, record in gold.items()
    }
    there, back = score(Thing, gold, predicted), score(Thing, predicted, gold)
    for name in there.fields:
        for grade in ("relaxed", "strict"):
            one, other = getattr(there.fields[name], grade), getattr(back.fields[name], grade)
            assert (one.precision, one.recall, one.f1) == (other.recall, other.precision, other.f1)
    assert there.micro.strict.precision == back.micro.strict.recall
    assert there.micro.relaxed.f1 == back.micro.relaxed.f1


@settings(max_examples=30)
@given(RECORDS, st.data())
def test_a_spurious_fact_never_raises_a_figure(gold: Records, data: st.DataObject) -> None:
    predicted = {name: dict(data.draw(st.sampled_from(list(gold.values())))) for name in gold}
    more = {name: dict(record) for name, record in predicted.items()}
    chosen = data.draw(st.sampled_from(sorted(gold)))
    # a text that shares no letter with any other
    more[chosen]["colours"] = [*more[chosen]["colours"], "zzzzzzzzzz"]
    before, after = score(Thing, gold, predicted), score(Thing, gold, more)
    for one, other in ((before.micro, after.micro), (before.fields["colours"], after.fields["colours"])):
        for grade in ("relaxed", "strict"):
            for name in ("precision", "recall", "f1"):
                was, now = getattr(getattr(one, grade), name), getattr(getattr(other, grade), name)
                assert now is not None
                assert was is None or now <= was


@settings(max_examples=30)
@given(RECORDS, st.data(), st.randoms())
def test_the_order_of_items_and_documents_changes_nothing(gold: Records, data: st.DataObject, random: Any) -> None:
    predicted = {name: data.draw(st.sampled_from(list(gold.values()))) for name in gold}

    def shuffled(records: Records) -> Records:
        names = list(records)
        random.shuffle(names)
        return {
            name: {
                key: random.sample(value, len(value)) if isinstance(value, list) else value
                for key, value in records[name].items()
            }
            for name in names
        }

    assert score(Thing, gold, predicted) == score(Thing, shuffled(gold), shuffled(predicted))
