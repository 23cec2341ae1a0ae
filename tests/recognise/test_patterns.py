from __future__ import annotations

import re

import pytest

from extractor.recognise.patterns import pattern


def test_a_pattern_finds_what_its_expression_says_on_first_use_and_later() -> None:
    word = pattern("[a-c]+", re.IGNORECASE)
    for _ in range(2):
        assert [match.span() for match in word.finditer("AB x c")] == [(0, 2), (5, 6)]
    assert word.split("1ab2") == ["1", "2"]
    assert word.sub("-", "xby") == "x-y"
    assert word.fullmatch("abx") is None
    assert word.pattern == "[a-c]+"


def test_a_faulty_expression_is_a_fault_at_its_first_use() -> None:
    broken = pattern("(")
    with pytest.raises(re.error):
        broken.search("")
