from __future__ import annotations

import pytest
from hypothesis import given

from extractor.recognise.years import find_months, find_years
from tests.recognise.hostile import HANGS_S, HOSTILE, keeps_the_laws, law, seconds, texts


def years(text: str) -> list[tuple[float | None, float | None]]:
    return [found.value for found in find_years(text)]


def months(text: str) -> list[float]:
    return [found.value for found in find_months(text)]


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("at least 5 years of experience", 5), ("5 years' experience", 5), ("5+ years in a similar role", 5),
        ("+4 years of experience", 4), ("5 or more years", 5), ("more than three years of experience", 3),
        ("two (2) years of related experience", 2), ("18 months' experience", 1.5),
        ("two and a half years of experience", 2.5), ("minimum of ten years", 10), ("5+ Jahre Berufserfahrung", 5),
        ("mehr als drei Jahre Erfahrung", 3), ("fünfjährige Berufserfahrung", 5),
        ("mindestens 2-jährige Erfahrung", 2), ("mind. 3 Jahre", 3), ("anderthalb Jahre Praxis", 1.5),
        ("3 års erfarenhet", 3), ("minst två års erfarenhet", 2), ("ett och ett halvt års erfarenhet", 1.5),
        ("mindst to års erfaring", 2), ("mere end 5 års erfaring", 5), ("minst fem års erfaring", 5),
        ("mer enn tre år", 3), ("minimaal 4 jaar werkervaring", 4), ("meer dan vijf jaar ervaring", 5),
        ("trois ans d'expérience", 3), ("au moins un an d'expérience", 1), ("3 ans minimum", 3),
        ("plus de 10 ans d’expérience", 10), ("al menos 5 años de experiencia", 5),
        ("experiencia mínima de 3 años", 3), ("más de dos años", 2), ("minimo 3 anni", 3),
        ("almeno quattro anni di esperienza", 4), ("oltre 5 anni di esperienza", 5),
        # a plain figure, and the first of "at least 2-3", are the least that is asked for
        ("3 Jahre Erfahrung", 3),
        ("at least 2-3 years", 2), ("minst 2–3 års erfarenhet", 2), ("2-3+ years", 2),
    ],
)  # fmt: skip
def test_the_least_that_is_asked_for(text: str, least: float) -> None:
    assert years(text) == [(least, None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2-3 years", (2, 3)), ("from 3 to 5 years of experience", (3, 5)), ("zwei bis vier Jahre Erfahrung", (2, 4)),
        ("3 till 5 års erfarenhet", (3, 5)), ("3 à 5 ans d'expérience", (3, 5)),
        ("entre 2 y 4 años de experiencia", (2, 4)), ("tra i 3 e i 5 anni di esperienza", (3, 5)),
        ("tussen 2 en 4 jaar ervaring", (2, 4)), ("up to 3 years of experience", (None, 3)),
        ("bis zu 2 Jahre Erfahrung", (None, 2)), ("maximalt 2 års erfarenhet", (None, 2)),
    ],
)  # fmt: skip
def test_ranges_and_upper_bounds(text: str, expected: tuple[float | None, float | None]) -> None:
    assert years(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "founded 20 years ago", "18 years of age", "must be 18 years old", "mindestens 18 Jahre alt", "fyllda 18 år",
        "minst 18 år gammal", "25-jähriges Bestehen", "seit 30 Jahren", "depuis 20 ans", "within the last 3 years",
        "mehrjährige Erfahrung", "several years of experience", "für 2 Jahre befristet", "Term of contract: 2 years",
        "3-jährige Ausbildung", "tvåårig högskoleutbildning", "a 4-year degree", "over 50 years of experience",
        "£50k a year", "in the year 2020", "to month", "we work hard to year after year",
    ],
)  # fmt: skip
def test_no_demand(text: str) -> None:
    assert years(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6 months", 6), ("17 month fixed term contract", 17), ("1 year", 12), ("a 2-year fixed term", 24),
        ("half a year", 6), ("12-monatige Befristung", 12), ("Laufzeit: 9 Monate mit Option", 9),
        ("auf zwei Jahre befristet", 24), ("zwölfmonatig", 12), ("ein halbes Jahr", 6), ("ett år", 12),
        ("1,5 år", 18), ("vikariat i 11 månader", 11), ("for et år", 12), ("12 måneders vikariat", 12),
        ("contract van 7 maanden", 7), ("CDD de 6 mois", 6), ("un an", 12), ("contrato de 6 meses", 6),
        ("contratto di 12 mesi", 12), ("Duration of the contract: 2 years", 24),
    ],
)  # fmt: skip
def test_months(text: str, expected: float) -> None:
    assert months(text) == [expected]


def test_a_range_of_months_gives_both_ends() -> None:
    assert months("6-12 months") == [6, 12]


@pytest.mark.parametrize(
    "text",
    [
        "6 months probation", "Probezeit 6 Monate", "3 months' notice", "every 6 months", "in your first 3 months",
        "5 years of experience", "founded 20 years ago", "18 years old", "13 months' salary", "per month",
        "an hour a year", "los meses", "mes amis", "im 1. Halbjahr",
    ],
)  # fmt: skip
def test_no_term(text: str) -> None:
    assert months(text) == []


def test_offsets() -> None:
    text = "word " * 100 + "and between 3 and 5 years of experience"
    (found,) = find_years(text)
    assert text[found.start : found.end] == "3 and 5 years"


@law
@given(texts)
def test_laws(text: str) -> None:
    demands = find_years(text)
    keeps_the_laws(demands, text)
    keeps_the_laws(find_months(text), text)
    for one in demands:
        low, high = one.value
        assert low is not None or high is not None
        assert low is None or high is None or low <= high


def test_hostile_texts_do_not_hang() -> None:
    assert max(seconds(read, text) for text in HOSTILE for read in (find_years, find_months)) < HANGS_S
