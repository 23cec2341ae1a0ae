from __future__ import annotations

import subprocess
import sys

import pytest

from extractor.recognise import recogniser


def values(name: str, text: str) -> list[object]:
    return [found.value for found in recogniser(name)(text)]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("number", "a team of twelve people", 12),
        ("number", "5 openings", 5),
        ("date", "apply by 5 September 2025", "2025-09-05"),
        ("currency", "from EUR 50,000", "EUR"),
        ("period", "50,000 per year", "year"),
        ("hours", "35 to 40 hours per week", 35),
        ("hours", "35 to 40 hours per week", 40),
        ("years", "3-5 years of experience", 3),
        ("years", "3-5 years of experience", 5),
        ("years", "18 months of experience", 1.5),
        ("months", "a contract for 6 months", 6),
        ("language", "fluent German", "de"),
        ("document_language", "Wir freuen uns auf Sie und auf Ihre Fragen.", "de"),
        ("cefr", "fluent German", "C1"),
        ("country", "Stockholm, Sweden", "SE"),
        ("seniority", "Senior Engineer", "senior"),
        ("employment_type", "part-time", "part_time"),
        ("workplace", "hybrid", "hybrid"),
        ("education_level", "Master's degree", "master"),
        ("requirement", "a plus", "preferred"),
        ("condition", "driving licence", "driving_licence"),
        ("url", "see https://example.org/jobs today", "https://example.org/jobs"),
        ("email", "write to jobs@example.org", "jobs@example.org"),
    ],
)
def test_each_kind_of_value_is_recomputed(name: str, text: str, value: object) -> None:
    assert value in [str(found) if isinstance(value, str) else found for found in values(name, text)]


def test_a_phone_number_is_found() -> None:
    (found,) = recogniser("phone")("call +46 8 123 456 78 now")
    assert (found.start, found.end) == (5, 21)


def test_both_orders_of_day_and_month_are_given() -> None:
    assert {str(value) for value in values("date", "05/09/2025")} >= {"2025-09-05", "2025-05-09"}


def test_the_language_of_a_document_spans_it_or_is_absent() -> None:
    text = "Wir freuen uns auf Sie und auf Ihre Fragen."
    (found,) = recogniser("document_language")(text)
    assert (found.start, found.end) == (0, len(text))
    assert list(recogniser("document_language")("4711")) == []


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'colour'.*cefr.*country.*workplace"):
        recogniser("colour")


def test_a_recogniser_is_made_once() -> None:
    assert recogniser("country") is recogniser("country")


def test_nothing_heavy_is_imported_before_it_is_asked_for() -> None:
    program = "import sys, extractor.recognise; print([m for m in sys.modules if m.startswith('extractor.recognise.')])"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "['extractor.recognise.found']"
