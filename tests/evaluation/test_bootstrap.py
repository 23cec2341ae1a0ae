from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.errors import UsageError
from extractor.evaluation.alignment import outcomes_of
from extractor.evaluation.bootstrap import difference_spread, scores_with_intervals
from extractor.evaluation.scores import MICRO, Tally, tally
from tests.evaluation.made import RECORDS, Thing, thing


def counted(rights: list[int], size: int = 10) -> Tally:
    """Documents with `size` facts and as many predicted, of which so many are right."""
    gold = {f"d{n}": thing(colours=[f"{i:08}" for i in range(size)]) for n in range(len(rights))}
    wrong = [f"abcd{i:04}" for i in range(size)]
    predicted = {
        f"d{n}": thing(colours=[*gold[f"d{n}"]["colours"][:right], *wrong[right:]]) for n, right in enumerate(rights)
    }
    return tally(Thing, outcomes_of(Thing, gold, predicted))


def test_documents_that_are_all_alike_leave_no_doubt() -> None:
    f1 = scores_with_intervals(counted([7] * 5)).micro.strict
    assert f1.f1 == pytest.approx(0.7)
    assert f1.intervals is not None
    assert f1.intervals.f1 == pytest.approx((0.7, 0.7))


def test_the_interval_is_that_of_a_binomial() -> None:
    # 25 documents all right, 25 all wrong: the share of right ones in a sample is binomial with n = 50 and p = 1/2,
    # whose 2.5th and 97.5th percentiles are 18 and 32 (scipy.stats.binom.ppf)
    shown = scores_with_intervals(counted([10] * 25 + [0] * 25), resamples=20_000).micro.strict
    assert shown.intervals is not None
    assert shown.intervals.f1 is not None
    assert shown.intervals.f1.low == pytest.approx(18 / 50, abs=0.0201)
    assert shown.intervals.f1.high == pytest.approx(32 / 50, abs=0.0201)


def test_the_same_counts_give_the_same_intervals() -> None:
    once, again = counted([1, 5, 9, 10]), counted([1, 5, 9, 10])
    assert scores_with_intervals(once) == scores_with_intervals(again)
    assert scores_with_intervals(once, seed=1) != scores_with_intervals(once, seed=2)


def test_more_documents_give_a_narrower_interval() -> None:
    def width(rights: list[int]) -> float:
        shown = scores_with_intervals(counted(rights)).micro.relaxed
        assert shown.intervals is not None
        assert shown.intervals.f1 is not None
        return shown.intervals.f1.high - shown.intervals.f1.low

    assert width([2, 5, 8] * 20) < width([2, 5, 8] * 2) / 2


def test_an_undefined_figure_has_no_interval() -> None:
    shown = scores_with_intervals(counted([3, 4])).fields["price"].relaxed
    assert shown.f1 is None
    assert shown.intervals is not None
    assert shown.intervals.f1 is None


def test_no_document_at_all() -> None:
    assert scores_with_intervals(tally(Thing, {})).micro.relaxed.f1 is None


@settings(max_examples=30)
@given(RECORDS, st.data())
def test_the_interval_lies_within_the_bounds_and_in_order(gold: dict[str, Any], data: st.DataObject) -> None:
    predicted = {name: data.draw(st.sampled_from(list(gold.values()))) for name in gold}
    scores = scores_with_intervals(tally(Thing, outcomes_of(Thing, gold, predicted)), resamples=50)
    for score in (scores.micro, scores.macro, *scores.fields.values()):
        for shown in (score.relaxed, score.strict):
            assert shown.intervals is not None
            for name in ("precision", "recall", "f1"):
                value, interval = getattr(shown, name), getattr(shown.intervals, name)
                if value is not None and interval is not None:
                    assert 0.0 <= interval.low <= interval.high <= 1.0


@settings(max_examples=30)
@given(st.lists(st.integers(0, 10), min_size=1, max_size=30))
def test_the_interval_holds_the_figure(rights: list[int]) -> None:
    scores = scores_with_intervals(counted(rights))
    field = scores.fields["colours"].relaxed
    for shown in (scores.micro.relaxed, scores.macro.strict, field):
        assert shown.intervals is not None
        assert shown.f1 is not None
        if shown is field and len(rights) == 1:
            assert shown.intervals.f1 is None  # however one document is drawn, it is the same
            continue
        assert shown.intervals.f1 is not None
        assert shown.intervals.f1.low - 1e-9 <= shown.f1 <= shown.intervals.f1.high + 1e-9


def test_pairing_takes_away_what_is_hard_for_both() -> None:
    # b has one more right in each document, easy or hard: alone the runs overlap, paired they don't
    hard_and_easy = [0, 1, 2, 7, 8, 9] * 3
    a, b = counted(hard_and_easy), counted([right + 1 for right in hard_and_easy])
    alone = [scores_with_intervals(run).micro.strict.intervals for run in (a, b)]
    assert alone[0] is not None
    assert alone[1] is not None
    assert alone[0].f1 is not None
    assert alone[1].f1 is not None
    assert alone[0].f1.high > alone[1].f1.low
    low, high = difference_spread(a, b).table[:, MICRO, 1, 2]
    assert (low, high) == pytest.approx((0.1, 0.1))


def test_a_run_against_itself_differs_by_nothing() -> None:
    a = counted([1, 5, 9])
    spread = difference_spread(a, a).table
    assert np.nanmax(np.abs(spread)) == 0.0


def test_exchanging_the_runs_turns_the_interval_round() -> None:
    a, b = counted([1, 5, 9, 3]), counted([2, 4, 10, 3])
    there, back = difference_spread(a, b).table[:, MICRO, 0, 2], difference_spread(b, a).table[:, MICRO, 0, 2]
    assert tuple(there) == pytest.approx((-back[1], -back[0]))


def test_runs_over_other_documents_are_refused() -> None:
    with pytest.raises(UsageError, match="same documents"):
        difference_spread(counted([1, 2]), counted([1, 2, 3]))
