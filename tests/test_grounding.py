"""Grounding: every grade earned, nothing supported that isn't there."""

from __future__ import annotations

import string
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from extractor.documents import Document, Segment, from_text
from extractor.grounding import Grade, Ground, Grounded
from extractor.records.citing import AnswerSchema, Claim
from extractor.records.posting import JobPosting

SHAPES = AnswerSchema(JobPosting).shapes


def prove(document: Document, field: str, value: Any, *at: int) -> Grounded:
    """The claim as an item of a list, or as the field itself."""
    shape = SHAPES[field]
    if shape.kind == "list":
        assert shape.item is not None
        return Ground(document).prove(Claim(field, 0, value, at), shape.item)
    return Ground(document).prove(Claim(field, None, value, at), shape)


def skill(name: str) -> dict[str, str]:
    return {"name": name, "type": "hard", "requirement": "required"}


def said(document: Document, fact: Grounded) -> list[str]:
    return [document.text[span.start : span.end] for span in fact.spans]


POSTING = from_text(
    "# Senior Engineer (m/w/d)\n"
    "\n"
    "- Good Problem-solving,  interpersonal, networking and negotiation skills\n"
    "- Linuxkenntnisse und Erfahrung in Projekt- und Teamleitung\n"
    "- C++ or C# and GDPR\n"
    "- At least five years of experience\n"
    "- Pay: 50k to 60k EUR per year\n"
    "- Apply before September 15, 2025\n"
    "- Fluent in Swedish, B2 German\n"
    "- Office: Malmö, Sverige\n"
)


def test_the_posting_has_one_segment_a_line() -> None:
    assert len(POSTING.segments) == 9


@pytest.mark.parametrize(
    ("name", "at", "text"),
    [
        ("problem solving", 1, "Problem-solving"),
        ("PROBLEM-SOLVING", 1, "Problem-solving"),
        ("negotiation skills", 1, "negotiation skills"),
        ("Linux", 2, "Linux"),
        ("C++", 3, "C++"),
        ("C#", 3, "C#"),
    ],
)
def test_verbatim_but_for_case_white_space_and_punctuation(name: str, at: int, text: str) -> None:
    fact = prove(POSTING, "skills", skill(name), at)
    assert [(span.grade, span.moved) for span in fact.spans] == [(Grade.VERBATIM, False)]
    assert said(POSTING, fact) == [text]


@pytest.mark.parametrize("name", ["C", "kenn tnis und", "gotiation", "Cobol", "GDP"])
def test_a_piece_of_a_word_is_not_the_word(name: str) -> None:
    fact = prove(POSTING, "skills", skill(name), 1, 2, 3)
    assert not any(span.grade is Grade.VERBATIM and not name[0].islower() for span in fact.spans)
    if name in {"C", "Cobol", "GDP"}:
        assert not fact.supported


@pytest.mark.parametrize(
    ("name", "at", "pieces"),
    [
        ("interpersonal skills", 1, ["interpersonal", "skills"]),
        ("Projektleitung", 2, ["Projekt", "leitung"]),
    ],
)
def test_a_shared_word_given_back_is_assembled(name: str, at: int, pieces: list[str]) -> None:
    fact = prove(POSTING, "skills", skill(name), at)
    assert {span.grade for span in fact.spans} == {Grade.ASSEMBLED}
    assert said(POSTING, fact) == pieces


def test_pieces_are_not_joined_over_lines_that_were_not_cited() -> None:
    document = from_text("- interpersonal\n- Docker\n- skills\n")
    fact = prove(document, "skills", skill("interpersonal skills"), 0, 2)
    assert {span.grade for span in fact.spans} == {Grade.ASSEMBLED}
    assert said(document, fact) == ["interpersonal", "skills"]


def test_a_word_that_segments_cut_is_no_word_of_either() -> None:
    text = "We use Linuxkenntnisse and C++ daily"
    cuts = [0, text.index("kenn"), text.index("++"), len(text)]
    segments = tuple(Segment(start, end, start, "text") for start, end in pairwise(cuts))
    document = Document("d", "d", "text/plain", "", text, segments)
    assert not prove(document, "skills", skill("c"), 1).supported
    fact = prove(document, "skills", skill("LINUX"), 0)
    assert said(document, fact) == ["Linux"]
    assert [span.moved for span in fact.spans] == [True]


def test_words_from_all_over_the_document_assemble_nothing() -> None:
    fact = prove(POSTING, "skills", skill("Swedish negotiation"), 1)
    assert not fact.supported


def test_what_stands_elsewhere_is_marked_as_moved() -> None:
    fact = prove(POSTING, "skills", skill("GDPR"), 1)
    assert [(span.grade, span.moved) for span in fact.spans] == [(Grade.VERBATIM, True)]
    assert said(POSTING, fact) == ["GDPR"]
    assert prove(POSTING, "skills", skill("networking skills")).spans[0].moved


def test_a_citation_beyond_the_document_proves_nothing() -> None:
    assert not prove(POSTING, "kind", "vacancy", 99).supported
    assert not prove(POSTING, "kind", "vacancy", -1).supported


@pytest.mark.parametrize(
    ("field", "value", "at", "text"),
    [
        ("apply_by", "2025-09-15", 6, "September 15, 2025"),
        ("seniority", "senior", 0, "Senior"),
        ("language", "en", 1, None),
    ],
)
def test_derived_values_compute_again(field: str, value: str, at: int, text: str | None) -> None:
    fact = prove(POSTING, field, value, at)
    assert {span.grade for span in fact.spans} == {Grade.DERIVED}
    if text:
        assert said(POSTING, fact) == [text]


def test_an_objects_parts_are_proven_one_by_one() -> None:
    salary = {"min": 50000, "max": 60000, "currency": "EUR", "period": "year"}
    fact = prove(POSTING, "salary", salary, 5)
    assert fact.value == salary
    assert fact.lost == ()
    assert {span.grade for span in fact.spans} == {Grade.DERIVED}


def test_an_unsupported_part_leaves_the_fact() -> None:
    fact = prove(POSTING, "salary", {"min": 50000, "max": 90000, "currency": "USD", "period": "year"}, 5)
    assert fact.value == {"min": 50000, "max": None, "currency": None, "period": "year"}
    assert [(lost.path, lost.value) for lost in fact.lost] == [(("max",), 90000), (("currency",), "USD")]


def test_a_country_is_stated_or_it_is_not() -> None:
    place = {"city": "Malmö", "region": None, "country": "SE", "postal_code": None}
    assert prove(POSTING, "locations", place, 8).lost == ()
    berlin = from_text("Office in Berlin for our team\n")
    fact = prove(berlin, "locations", {**place, "city": "Berlin", "country": "DE"}, 0)
    assert fact.value["country"] is None
    assert [lost.path for lost in fact.lost] == [("country",)]


def test_a_fact_whose_every_part_is_made_up_is_unsupported() -> None:
    fact = prove(POSTING, "salary", {"min": 1, "max": 2, "currency": "USD", "period": "month"}, 5)
    assert not fact.supported
    assert not prove(POSTING, "apply_by", "2024-01-31", 6).supported
    assert not prove(POSTING, "title", "Chief Wizard", 0).supported


def test_a_number_counts_among_the_cited_lines_alone() -> None:
    assert prove(POSTING, "openings", 15, 6).supported
    assert not prove(POSTING, "openings", 15, 0).supported


def test_years_are_read_in_words() -> None:
    demand = {"area": None, "min_years": 5, "max_years": None, "requirement": "required"}
    fact = prove(POSTING, "experience", demand, 4)
    assert fact.value == demand
    assert {span.grade for span in fact.spans} == {Grade.DERIVED}


def test_languages_and_levels() -> None:
    swedish = {"language": "sv", "level": "C1", "requirement": "required"}
    fact = prove(POSTING, "languages", swedish, 7)
    assert {span.grade for span in fact.spans} == {Grade.DERIVED}
    assert not prove(POSTING, "languages", {**swedish, "language": "fr"}, 7).supported


def test_what_code_cannot_recompute_rests_on_the_lines_named() -> None:
    fact = prove(POSTING, "kind", "vacancy", 0)
    assert [span.grade for span in fact.spans] == [Grade.CITED]
    degree: dict[str, Any] = {"level": None, "fields": [], "requirement": "required"}
    assert [span.grade for span in prove(POSTING, "education", degree, 4).spans] == [Grade.CITED]
    assert not prove(POSTING, "education", degree).supported


def test_made_up_items_leave_a_list_inside_a_fact() -> None:
    document = from_text("- BSc in Physics or Chemistry\n")
    degree = {"level": "bachelor", "fields": ["Physics", "Magic", "Chemistry"], "requirement": "required"}
    fact = prove(document, "education", degree, 0)
    assert fact.value["fields"] == ["Physics", "Chemistry"]
    assert [lost.path for lost in fact.lost] == [("fields", 1)]


def test_lifted_text_is_proof_of_itself() -> None:
    fact = prove(POSTING, "responsibilities", "C++ or C# and GDPR", 3)
    assert said(POSTING, fact) == ["C++ or C# and GDPR"]
    assert not prove(POSTING, "responsibilities", "", 99).supported


@pytest.mark.parametrize(
    "text",
    [
        "Straße in Köln\n",
        "ﬁnance and oﬃce\n",
        "İstanbul oﬁsi\n",
        "Größe über alles\n",
        "日本語 が できる 方\n",
    ],
)
def test_offsets_hold_where_folding_changes_lengths(text: str) -> None:
    document = from_text(text)
    for word in document.text.split():
        fact = prove(document, "skills", skill(word.upper()), 0)
        assert said(document, fact) == [word]


words = st.text(string.ascii_letters + "äöüßéñøåæ", min_size=1, max_size=9)


@given(st.lists(words, min_size=1, max_size=30), st.data())
def test_every_run_of_words_of_the_text_is_found_in_it(listed: list[str], data: st.DataObject) -> None:
    document = from_text(" ".join(listed))
    start = data.draw(st.integers(0, len(listed) - 1))
    end = data.draw(st.integers(start + 1, len(listed)))
    value = "  ".join(listed[start:end]).swapcase()
    found = Ground(document).verbatim(value, 0, len(document.text))
    assert found is not None
    squeeze = document.text[found[0] : found[1]].replace(" ", "").casefold()
    assert squeeze == value.replace(" ", "").casefold()


@given(st.text(max_size=200).filter(str.strip), st.text(max_size=30), st.lists(st.integers(-2, 40), max_size=4))
def test_spans_always_lie_in_the_text(text: str, value: str, at: list[int]) -> None:
    document = from_text("x " + text)
    fact = prove(document, "skills", skill(value), *at)
    for span in fact.spans:
        assert 0 <= span.start <= span.end <= len(document.text)


class Shop(BaseModel):
    stock: list[int]


def test_any_schemas_numbers_are_recomputed() -> None:
    shape = AnswerSchema(Shop).shapes["stock"].item
    assert shape is not None
    document = from_text("We hold twelve lamps and 1,500 bulbs.")
    ground = Ground(document)
    assert ground.prove(Claim("stock", 0, 12, (0,)), shape).supported
    assert ground.prove(Claim("stock", 1, 1500, (0,)), shape).supported
    assert not ground.prove(Claim("stock", 2, 13, (0,)), shape).supported
