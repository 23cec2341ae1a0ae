from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, StringConstraints

from extractor.evaluation.comparison import alike, fields_of, normalised, prepared, similarity
from extractor.records.markers import Key, compared
from extractor.records.posting import JobPosting
from tests.evaluation.made import TEXTS


class Colour(StrEnum):
    RED = "red"


class Inner(BaseModel):
    deep: str


class Everything(BaseModel):
    text: str
    optional: str | None
    coded: Annotated[str, StringConstraints(pattern="^x")]
    coded_too: str = Field(pattern="^x")
    coded_or_not: Annotated[str, StringConstraints(pattern="^x")] | None
    colour: Colour
    word: Literal["a", "b"]
    flag: bool
    whole: int
    real: float | None
    either: int | float
    exact_number: Decimal
    day: date
    moment: datetime | None
    mapping: dict[str, int]
    told: Annotated[str, compared("exact")]
    told_or_not: Annotated[str, compared("date")] | None


def test_every_type_has_a_comparison() -> None:
    chosen = {field.name: field.leaves[0].comparison for field in fields_of(Everything)}
    assert chosen == {
        "text": "text",
        "optional": "text",
        "coded": "exact",
        "coded_too": "exact",
        "coded_or_not": "exact",
        "colour": "exact",
        "word": "exact",
        "flag": "exact",
        "whole": "number",
        "real": "number",
        "either": "number",
        "exact_number": "number",
        "day": "date",
        "moment": "date",
        "mapping": "exact",
        "told": "exact",
        "told_or_not": "date",
    }


class Item(BaseModel):
    kind: Colour
    name: str
    inner: Inner
    others: list[Inner]
    amount: float


class Marked(BaseModel):
    name: str
    code: Annotated[str, Key, compared("exact")]


class Coded(BaseModel):
    code: Annotated[str, StringConstraints(pattern="^[a-z]{2}$")]
    colour: Colour


class Empty(BaseModel):
    pass


class Lists(BaseModel):
    plain: list[str]
    colours: list[Colour]
    items: list[Item] | None
    marked: list[Marked]
    coded: list[Coded]
    together: Annotated[list[str], compared("set")]
    holder: Inner
    empty: list[Empty] = []


def test_lists_are_scored_by_item_and_objects_by_part() -> None:
    fields = {field.name: field for field in fields_of(Lists)}
    assert list(fields) == ["plain", "colours", "items", "marked", "coded", "together", "holder.deep", "empty"]
    assert {name for name, field in fields.items() if not field.listed} == {"together", "holder.deep"}
    assert fields["together"].leaves[0].comparison == "set"
    assert fields["holder.deep"].path == ("holder", "deep")


def test_the_key_is_what_is_marked_or_the_texts_or_the_first() -> None:
    keys = {field.name: {leaf.name for leaf in field.leaves if leaf.key} for field in fields_of(Lists) if field.listed}
    assert keys == {
        "plain": {""},
        "colours": {""},
        "items": {"name", "inner.deep", "others"},
        "marked": {"code"},
        "coded": {"code"},
        "empty": set(),
    }
    items = next(field for field in fields_of(Lists) if field.name == "items")
    assert [leaf.name for leaf in items.attributes] == ["kind", "amount"]


def test_the_keys_of_a_postings_items() -> None:
    fields = {field.name: field for field in fields_of(JobPosting)}
    keys = {
        name: {leaf.name for leaf in field.leaves if leaf.key} for name, field in fields.items() if field.attributes
    }
    assert keys == {
        "locations": {"city", "region"},
        "experience": {"area"},
        "education": {"fields"},
        "skills": {"name"},
        "languages": {"language"},
        "certifications": {"name"},
        "conditions": {"text"},
        "contacts": {"name"},
    }
    assert [leaf.name for leaf in fields["skills"].attributes] == ["type", "requirement"]
    assert "employer.on_behalf_of_client" in fields
    assert fields["salary.min"].leaves[0].comparison == "number"


def test_a_schema_that_contains_itself_ends() -> None:
    class Node(BaseModel):
        name: str
        below: Node | None
        others: list[Node]

    assert [field.name for field in fields_of(Node)] == ["name", "below.name", "below.below", "below.others", "others"]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Projektleiter", "projektleiter"),
        ("two  words\n", "two words"),
        ("ﬁnance ①", "finance 1"),  # NFKC: ligature, circled digit
        ("Cafe\u0301", "Café"),
        ("Straße", "STRASSE"),
        ("Good pay.", "good pay"),
        ("Good pay …", "good pay"),
        ("Apply now!", "apply now"),
        ("応募歓迎。", "応募歓迎"),
    ],
)
def test_the_same_but_for_form(a: str, b: str) -> None:
    assert normalised(a) == normalised(b)


@pytest.mark.parametrize(("a", "b"), [("C", "C#"), ("C++", "C"), ("50 %", "50"), (".NET", "NET"), ("?", "!")])
def test_not_the_same(a: str, b: str) -> None:
    assert normalised(a) != normalised(b)


def test_similarity_by_hand() -> None:
    # "abcd" and "abxd" share the subsequence a, b, d: 2 * 3 / 8
    assert similarity("abcd", "abxd") == 0.75
    # one word more: "linux" (5) in "linux server" (12): 2 * 5 / 17
    assert similarity("linux", "linux server") == pytest.approx(10 / 17)
    assert similarity("budget planning", "planning budget") == 1.0
    assert similarity("abc", "xyz") == 0.0


@given(TEXTS, TEXTS)
def test_similarity_is_symmetric_and_bounded(a: str, b: str) -> None:
    assert similarity(a, b) == similarity(b, a)
    assert 0.0 <= similarity(a, b) <= 1.0
    assert similarity(a, a) == 1.0


@given(st.text("aA .,…\n\u00a0\u0301\u0345İßſﬁ①Åςא応", max_size=12))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@pytest.mark.parametrize("nothing", [None, "", [], {}, "  "])
def test_nothing_is_no_text(nothing: Any) -> None:
    assert prepared("text", nothing) is None


def test_false_and_zero_are_something() -> None:
    assert prepared("exact", False) is not None
    assert prepared("number", 0) == 0.0


@pytest.mark.parametrize(
    ("how", "a", "b", "expected"),
    [
        ("number", 50_000, 50_000.0, 1.0),
        ("number", 0.1 + 0.2, 0.3, 1.0),
        ("number", 5, 50, 0.0),
        ("exact", "full_time", "FULL_TIME", 1.0),
        ("exact", "full_time", "part_time", 0.0),
        ("exact", {"a": 1, "b": None}, {"a": 1.0}, 1.0),
        ("date", "2025-05-09", "2025-09-05", 0.0),
        ("date", "2025-05-09T00:00:00Z", "2025-05-09T02:00:00+02:00", 1.0),
        ("date", "2025-05-09", "immediately", 0.0),
        ("date", "Immediately", "immediately.", 1.0),
        ("set", ["a", "B"], ["b", "a"], 1.0),
        ("set", ["a", "b"], ["a"], 2 / 3),
        ("text", "abcd", "abxd", 0.75),
    ],
)
def test_alike(how: Any, a: Any, b: Any, expected: float) -> None:
    assert alike(how, prepared(how, a), prepared(how, b)) == pytest.approx(expected)


def test_absent_is_only_like_absent() -> None:
    assert alike("text", None, None) == 1.0
    assert alike("text", "a", None) == 0.0
