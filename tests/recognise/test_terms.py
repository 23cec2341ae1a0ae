from __future__ import annotations

import pytest

from extractor.recognise.terms import find_terms


def found(text: str, section: str) -> list[tuple[str, str]]:
    return [(text[hit.start : hit.end], hit.value) for hit in find_terms(text, section)]


@pytest.mark.parametrize(
    ("section", "text", "value"),
    [
        ("seniority", "Senior Developer", "senior"),
        ("seniority", "Head of Infrastructure", "head"),
        ("seniority", "an entry-level position", "junior"),
        ("employment_type", "This is a full-time position", "full_time"),
        ("employment_type", "Anstellung in Vollzeit", "full_time"),
        ("employment_type", "heltid", "full_time"),
        ("employment_type", "temps partiel", "part_time"),
        ("workplace", "fully remote", "remote"),
        ("workplace", "hybrid", "hybrid"),
        ("education_level", "a Bachelor's degree", "bachelor"),
        ("education_level", "a PhD", "doctorate"),
        ("cefr", "Englisch C1", "C1"),
        ("cefr", "fluent in English", "C1"),
        ("cefr", "verhandlungssicheres Deutsch", "C1"),
        ("condition", "You need a driving licence", "driving_licence"),
        ("condition", "occasional travel", "travel"),
        ("requirement", "Kenntnisse sind von Vorteil", "preferred"),
        ("requirement", "det är meriterande", "preferred"),
        ("requirement", "this is mandatory", "required"),
    ],
)
def test_terms_of_the_nine_languages(section: str, text: str, value: str) -> None:
    assert [term for _, term in found(text, section)] == [value]


def test_a_term_inside_a_longer_one_is_no_term() -> None:
    assert found("a temporary contract", "employment_type") == [("temporary contract", "fixed_term")]
    assert ("required", "required") not in found("not required", "requirement")


def test_terms_side_by_side_are_all_found() -> None:
    assert [value for _, value in found("full time or part time", "employment_type")] == ["full_time", "part_time"]


def test_a_level_is_written_with_a_capital() -> None:
    assert found("see a1 and b2", "cefr") == []
    assert [value for _, value in found("B2/C1", "cefr")] == ["B2", "C1"]


def test_a_text_without_terms_has_none() -> None:
    assert found("We make bread.", "seniority") == []
    assert found("", "seniority") == []
