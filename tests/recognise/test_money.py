from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from extractor.recognise.money import Pay, find_currencies, find_pay, find_periods
from extractor.recognise.numbers import find_numbers
from tests.recognise.hostile import HANGS_S, HOSTILE, keeps_the_laws, law, seconds, texts

LOCALES = ("en", "en_GB", "de", "de_CH", "sv", "da", "nb", "nl", "fr", "es", "it")
TABLE = [json.loads(line) for line in Path(__file__).with_name("pay.jsonl").read_text(encoding="utf-8").splitlines()]


def pays(text: str, country: str | None = None) -> list[Pay]:
    return [found.value for found in find_pay(text, country=country)]


@pytest.mark.parametrize("case", TABLE, ids=[case["text"][:40] for case in TABLE])
def test_pay(case: dict[str, Any]) -> None:
    assert pays(case["text"], case.get("country")) == [Pay(*expected) for expected in case["pay"]]


def test_the_table_is_large_and_says_nothing_twice() -> None:
    assert len({(case["text"], case.get("country")) for case in TABLE}) == len(TABLE) >= 150


def test_what_pay_says_its_parts_are_recomputed_from() -> None:
    for case in TABLE:
        text = case["text"]
        for low, high, currency, period in case["pay"]:
            assert {low, high} - {None} <= {found.value for found in find_numbers(text)}, text
            assert {period} - {None} <= {found.value for found in find_periods(text)}, text
            assert {currency} - {None} <= {found.value for found in find_currencies(text)}, text


def test_offsets() -> None:
    text = "word " * 100 + "Salary: from EUR 50,000 to EUR 60,000 gross"
    (found,) = find_pay(text)
    assert text[found.start : found.end] == "EUR 50,000 to EUR 60,000"


def test_a_sentence_may_be_wrapped() -> None:
    text = "For a first post we pay a maximum\nof €80,000\nper year."
    assert pays(text) == [Pay(None, 80000, "EUR", "year")]


def test_keys_of_json() -> None:
    text = '"baseSalary": {\n  "minValue": 50000,\n  "maxValue": 60000,\n  "currency": "EUR", "unitText": "YEAR" }'
    assert pays(text) == [Pay(50000, 60000, "EUR", "year")]


@law
@given(st.integers(10_000, 900_000), st.sampled_from(["EUR", "GBP", "CHF"]), st.sampled_from(LOCALES))
def test_any_salary_that_babel_formats(amount: int, currency: str, locale: str) -> None:
    text = f"Salary: {format_currency(amount, currency, locale=locale)}"
    assert pays(text) == [Pay(amount, amount, currency, None)]


@law
@given(st.decimals(8, 900, places=2), st.sampled_from(["EUR", "GBP"]), st.sampled_from(LOCALES))
def test_any_wage_that_babel_formats(amount: float, currency: str, locale: str) -> None:
    text = f"{format_currency(amount, currency, locale=locale)} per hour"
    assert pays(text) == [Pay(float(amount), float(amount), currency, "hour")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("€", ["EUR"]), ("EUR50k", ["EUR"]), ("50 Euro", ["EUR"]), ("£", ["GBP"]), ("&pound;5", ["GBP"]),
        ("pounds", ["GBP"]), ("US$ 50", ["USD"]),
        ("$50 AUD", ["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "AUD"]), ("CA$", ["CAD"]),
        ("AUD $90", ["AUD"]), ("50 $US", ["USD"]), ("50 kr", ["SEK", "NOK", "DKK", "ISK"]), ("kronor", ["SEK"]),
        ("kroner", ["NOK", "DKK"]), ("danske kroner", ["DKK"]), ("Franken", ["CHF"]), ("Fr. 6'500.-", ["CHF"]),
        ("Mo. bis Fr. 8-17 Uhr", []), ("KCHF 95", ["CHF"]), ("TEUR 60", ["EUR"]), ("CHF", ["CHF"]),
        ("12 zł", ["PLN"]), ("USD/EUR", ["USD", "EUR"]), ("try all of it, krill and euphoria", []),
    ],
)  # fmt: skip
def test_currencies(text: str, expected: list[str]) -> None:
    assert [found.value for found in find_currencies(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("per hour", "hour"), ("/h", "hour"), ("an hour", "hour"), ("hourly", "hour"), ("/Std.", "hour"),
        ("die Stunde", "hour"), ("Stundensatz", "hour"), ("i timmen", "hour"), ("timlön", "hour"),
        ("pr. time", "hour"), ("per uur", "hour"), ("uurloon", "hour"), ("à l'heure", "hour"), ("la hora", "hour"),
        ("all'ora", "hour"), ("per day", "day"), ("Tagessatz", "day"), ("p/d", "day"), ("om dagen", "day"),
        ("TJM", "day"), ("al día", "day"), ("al giorno", "day"), ("per week", "week"), ("pro Woche", "week"),
        ("i veckan", "week"), ("om ugen", "week"), ("par semaine", "week"), ("alla settimana", "week"),
        ("monthly", "month"), ("im Monat", "month"), ("brutto/Monat", "month"), ("Bruttomonatsgehalt", "month"),
        ("kr/mån", "month"), ("månadslön", "month"), ("pr. måned", "month"), ("/md.", "month"),
        ("per maand", "month"), ("mensuel", "month"), ("al mes", "month"), ("mensili", "month"),
        ("per annum", "year"), ("p.a.", "year"), ("£28k pa", "year"), ("/Jahr", "year"), ("Jahresgehalt", "year"),
        ("per år", "year"), ("årslønn", "year"), ("om året", "year"), ("per jaar", "year"), ("par an", "year"),
        ("brut annuel", "year"), ("brutos anuales", "year"), ("all'anno", "year"), ("RAL", "year"),
        ("340 kr timen", "hour"), ("kr 340 timen", "hour"), ("kr. dagen", "day"), ("€ 3.100 de maand", "month"),
        ("15 euro het uur", "hour"), ("1 900 € le mois", "month"), ("85 € el día", "day"), ("11 euros hora", "hour"),
        ("1.700 euro il mese", "month"), ("par année", "year"), ("100 € par journée", "day"),
    ],
)  # fmt: skip
def test_periods(text: str, expected: str) -> None:
    assert [found.value for found in find_periods(text)] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "OTE", "40 hours per week", "3 days a week", "one at a time", "die an der", "dagen efter", "den dagen",
        "300 kr dagen før", "pendant la journée", "el mes", "900 € le mois de juin", "40 euros hora y media",
    ],
)  # fmt: skip
def test_no_periods(text: str) -> None:
    assert [found.value for found in find_periods(text)] == []


@law
@given(texts, st.sampled_from([None, "US", "SE"]))
def test_laws(text: str, country: str | None) -> None:
    found = find_pay(text, country=country)
    keeps_the_laws(found, text)
    keeps_the_laws(find_currencies(text), text)
    keeps_the_laws(find_periods(text), text)
    for one in found:
        pay = one.value
        assert pay.min is not None or pay.max is not None
        assert pay.min is None or pay.max is None or pay.min <= pay.max


def test_hostile_texts_do_not_hang() -> None:
    readers = (find_pay, find_currencies, find_periods)
    assert max(seconds(read, text) for text in HOSTILE for read in readers) < HANGS_S
