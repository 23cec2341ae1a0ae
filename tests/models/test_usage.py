"""Usage adds up, and money is known or it isn't."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.errors import UsageError
from extractor.models.prices import Price, price_of, prices
from extractor.models.usage import Usage

if TYPE_CHECKING:
    from pathlib import Path

counts = st.integers(0, 10**9)
usages = st.builds(Usage, counts, counts, counts, counts, st.none() | st.integers(0, 1000).map(float))


@given(usages, usages, usages)
def test_addition_is_associative_and_has_a_zero(a: Usage, b: Usage, c: Usage) -> None:
    assert (a + b) + c == a + (b + c)
    assert a + Usage() == a
    assert a + b == b + a


def test_an_unknown_price_makes_the_sum_unknown() -> None:
    assert (Usage(1, cost_usd=0.5) + Usage(1, cost_usd=None)).cost_usd is None


def test_cached_tokens_are_charged_at_their_own_price() -> None:
    # 600 fresh tokens at $1, 400 cached at $0.1 and 50 made at $4 a million
    price = Price(input=1.0, cached=0.1, output=4.0)
    assert price.of(1000, 400, 50) == pytest.approx((600 + 40 + 200) / 1e6)


@pytest.mark.parametrize(
    ("model", "priced_as"),
    [
        ("gpt-5-mini", "gpt-5-mini"),
        ("gpt-5-mini-2025-08-07", "gpt-5-mini"),
        ("gpt-5-2025-08-07", "gpt-5"),
        ("gpt-50", None),
        ("relay", None),
    ],
)
def test_a_models_price_is_that_of_the_longest_listed_name(model: str, priced_as: str | None) -> None:
    listed = prices()
    assert price_of(model, listed) == (listed[priced_as] if priced_as else None)


def test_a_file_of_prices_replaces_the_built_in_ones(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({"mine": {"input": 1, "cached": 0.5, "output": 2}}))
    assert set(prices(path)) == {"mine"}


@pytest.mark.parametrize("content", ["", "[]", '{"mine": {"input": 1}}', '{"mine": 3}'])
def test_a_broken_file_of_prices_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"prices\.json"):
        prices(path)
