from __future__ import annotations

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from extractor.recognise.numbers import find_numbers, lowered
from tests.recognise.hostile import HANGS_S, HOSTILE, keeps_the_laws, law, seconds, texts

LOCALES = ("en", "en_GB", "de", "de_CH", "sv", "da", "nb", "nl", "fr", "es", "it")


def values(text: str) -> list[float]:
    return [found.value for found in find_numbers(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50.000", [50000, 50]),
        ("50,000", [50000, 50]),
        ("50'000", [50000]),
        ("50’000", [50000]),
        ("50\u00a0000", [50000]),
        ("50\u202f000,25", [50000.25]),
        ("1.234.567", [1234567]),
        ("1.234,56", [1234.56]),
        ("1,234.56", [1234.56]),
        ("12,00,000", [1200000]),
        ("1,5", [1.5]),
        ("37.5", [37.5]),
        ("0.125", [0.125]),
        ("1234.567", [1234.567]),
        ("½", [0.5]),
        ("37½", [37.5]),
        ("1 ½", [1.5]),
        ("50k", [50000, 50]),
        ("50K", [50000, 50]),
        ("1.2m", [1200000, 1.2]),
        ("2,5 Mio.", [2500000, 2.5]),
        ("45 tkr", [45000, 45]),
        ("60 T€", [60000, 60]),
        ("SEK50000", [50000]),
        ("Kr220,-", [220]),
        ("1.2.3", []),
        ("192.168.0.1", []),
        ("B2 and ISO-C3PO", []),
        ("9" * 30, []),
    ],
)
def test_figures(text: str, expected: list[float]) -> None:
    assert values(text) == expected


def test_a_space_may_group_or_separate() -> None:
    assert values("12 250") == [12250, 12, 250]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one", 1), ("eleven", 11), ("twenty-five", 25), ("twenty five", 25), ("ninety-nine", 99), ("hundred", 100),
        ("eine", 1), ("fünf", 5), ("fuenf", 5), ("zwölf", 12), ("zweiundzwanzig", 22), ("neunundneunzig", 99),
        ("hundert", 100),
        ("två", 2), ("sju", 7), ("tjugofem", 25), ("nittionio", 99), ("hundra", 100),
        ("syv", 7), ("enogtyve", 21), ("femoghalvfems", 95), ("halvtreds", 50), ("hundrede", 100),
        ("åtte", 8), ("tjuefem", 25), ("nittini", 99), ("hundre", 100),
        ("twee", 2), ("één", 1), ("drieëntwintig", 23), ("achtenveertig", 48), ("honderd", 100),
        ("deux", 2), ("vingt-cinq", 25), ("vingt et un", 21), ("soixante-dix-sept", 77), ("quatre-vingts", 80),
        ("quatre-vingt-dix-neuf", 99), ("nonante-deux", 92), ("cien", 100), ("cinco", 5), ("dieciséis", 16),
        ("veintidós", 22), ("treinta y cinco", 35), ("noventa y nueve", 99),
        ("tre", 3), ("diciassette", 17), ("ventuno", 21), ("trentotto", 38), ("ventitré", 23), ("novantanove", 99),
        ("half", 0.5), ("anderthalb", 1.5), ("anderhalf", 1.5), ("halvandet", 1.5), ("a dozen", 12),
    ],
)  # fmt: skip
def test_words(text: str, expected: float) -> None:
    assert values(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We want to hire", []),
        ("due to growth", []),
        ("regardless of sex or age", []),
        ("the fire brigade", []),
        ("to års erfaring", [2]),
        ("due anni di esperienza", [2]),
        ("sex års erfarenhet", [6]),
        ("once años", [11]),
        ("onze mois", [11]),
        ("due posti", [2]),
    ],
)
def test_words_that_languages_share_need_company(text: str, expected: list[float]) -> None:
    assert values(text) == expected


def test_offsets_hold_behind_letters_that_grow_in_lower_case() -> None:
    text = "İstanbul seeks fünf"
    assert [text[found.start : found.end] for found in find_numbers(text)] == ["fünf"]
    assert len(lowered(text)) == len(text)


def test_a_number_is_found_where_it_stands_in_a_long_text() -> None:
    text = "word " * 500 + "twenty-two posts and 3.5 more"
    assert [(text[found.start : found.end], found.value) for found in find_numbers(text)] == [
        ("twenty-two", 22),
        ("3.5", 3.5),
    ]


@law
@given(st.integers(0, 10**9), st.sampled_from(LOCALES))
def test_any_integer_that_babel_formats(number: int, locale: str) -> None:
    assert number in values(format_decimal(number, locale=locale))


@law
@given(st.decimals(0, 10**6, places=2), st.sampled_from(LOCALES))
def test_any_decimal_that_babel_formats(number: float, locale: str) -> None:
    assert float(number) in values(format_decimal(number, locale=locale))


@law
@given(texts)
def test_laws(text: str) -> None:
    keeps_the_laws(find_numbers(text), text)


def test_hostile_texts_do_not_hang() -> None:
    assert max(seconds(find_numbers, text) for text in HOSTILE) < HANGS_S
