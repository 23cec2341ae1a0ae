from __future__ import annotations

from datetime import date

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from extractor.recognise.dates import find_dates
from tests.recognise.hostile import HANGS_S, HOSTILE, keeps_the_laws, law, seconds, texts

LOCALES = ("en", "en_GB", "de", "de_AT", "sv", "da", "nb", "nn", "nl", "fr", "es", "it")
# CLDR's short form with four digits for the year: order and mark as in each country
SHORT = {
    "en": "M/d/yyyy", "en_GB": "dd/MM/yyyy", "de": "dd.MM.yyyy", "sv": "yyyy-MM-dd", "da": "dd.MM.yyyy",
    "nb": "dd.MM.yyyy", "nl": "dd-MM-yyyy", "fr": "dd/MM/yyyy", "es": "d/M/yyyy", "it": "dd/MM/yyyy",
}  # fmt: skip
any_date = st.dates(date(1990, 1, 1), date(2060, 12, 31))


def values(text: str) -> list[str]:
    return [found.value for found in find_dates(text)]


@pytest.mark.parametrize(
    "text",
    [
        "15 september 2025", "15 September 2025", "15th September 2025", "15th of September, 2025",
        "September 15, 2025", "September 15th, 2025", "Sept. 15, 2025", "Sep 15 2025", "Monday, September 15, 2025",
        "15-Sep-25", "15 Sept '25", "15. September 2025", "15.September 2025", "15.09.2025", "15. 9. 2025",
        "15.9.2025", "15.09.25", "den 15 september 2025", "den 15:e september 2025", "d. 15. september 2025",
        "mandag den 15. september 2025", "15. sep. 2025", "15/9-2025", "15 sept. 2025", "le 15 septembre 2025",
        "15 de septiembre de 2025", "15 de setiembre del 2025", "15 settembre 2025", "15 set 2025", "15/09/2025",
        "9/15/2025", "15-09-2025", "2025-09-15", "2025/09/15", "2025.09.15", "2025-09-15T12:00:00Z",
        "2025-09-15 08:30", "15 September\n2025",
    ],
)  # fmt: skip
def test_one_day_in_many_forms(text: str) -> None:
    assert values(text) == ["2025-09-15"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("le 1er mars 2024", "2024-03-01"), ("1º de marzo de 2024", "2024-03-01"), ("1° marzo 2024", "2024-03-01"),
        ("1. Jänner 2026", "2026-01-01"), ("1 août 2025", "2025-08-01"), ("31 déc. 2025", "2025-12-31"),
        ("5. mai 2026", "2026-05-05"), ("5 maj 2026", "2026-05-05"), ("5 mei 2026", "2026-05-05"),
        ("3rd of March, 2026", "2026-03-03"), ("29.02.2024", "2024-02-29"), ("4 ottobre 2025", "2025-10-04"),
    ],
)  # fmt: skip
def test_months_of_nine_languages(text: str, expected: str) -> None:
    assert values(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("October 2025", "2025-10"), ("im Oktober 2025", "2025-10"), ("octobre 2025", "2025-10"),
        ("octubre de 2025", "2025-10"), ("10/2025", "2025-10"), ("10.2025", "2025-10"), ("2025-10", "2025-10"),
        ("Okt. 2025", "2025-10"),
    ],
)  # fmt: skip
def test_months_without_a_day(text: str, expected: str) -> None:
    assert values(text) == [expected]


def test_figures_with_two_readings() -> None:
    assert values("05/09/2025") == ["2025-09-05", "2025-05-09"]
    assert [found.value for found in find_dates("05/09/2025", day_first=False)] == ["2025-05-09", "2025-09-05"]
    assert values("05-09-2025") == ["2025-09-05", "2025-05-09"]
    assert values("3/07/18") == ["2018-07-03", "2018-03-07"]
    assert values("9/9/2025") == ["2025-09-09"]


def test_full_stops_put_the_day_first() -> None:
    assert values("05.09.2025") == ["2025-09-05"]


def test_a_range_within_a_month_gives_both_ends() -> None:
    assert values("15–17 September 2025") == ["2025-09-15", "2025-09-17"]
    assert values("September 15-17, 2025") == ["2025-09-15", "2025-09-17"]
    assert values("01.09.2025–30.09.2025") == ["2025-09-01", "2025-09-30"]


@pytest.mark.parametrize(
    "text",
    [
        "15 September", "15.09.", "31.02.2025", "30 February 2025", "13/13/2025", "00.00.2025", "September", "2025",
        "since 2015", "week 40/2025", "KW 10/2025", "v.10/2025", "uge 10/2025", "Q3/2025", "192.168.10.25",
        "version 1.8.20", "1.2.3.4", "08-12-34 56", "years ago 2020", "we set 2020 goals", "you may 25 times",
        "15 may 25 people", "01.01.1799", "24/7/365", "2025-13-01", "A2025-09-15", "1.9.2025.4",
    ],
)  # fmt: skip
def test_no_dates(text: str) -> None:
    assert values(text) == []


def test_offsets() -> None:
    text = "Apply " * 50 + "by 15. September 2025, start 2025-10-01."
    assert [text[found.start : found.end] for found in find_dates(text)] == ["15. September 2025", "2025-10-01"]


@law
@given(any_date, st.sampled_from(LOCALES), st.sampled_from(["long", "full"]))
def test_any_long_date_that_babel_formats(day: date, locale: str, form: str) -> None:
    assert values(format_date(day, form, locale=locale)) == [day.isoformat()]


@law
@given(any_date, st.sampled_from(LOCALES))
def test_any_medium_date_that_babel_formats(day: date, locale: str) -> None:
    assert values(format_date(day, "medium", locale=locale)) == [day.isoformat()]


@law
@given(any_date, st.sampled_from(sorted(SHORT)))
def test_any_short_date_that_babel_formats(day: date, locale: str) -> None:
    found = find_dates(format_date(day, SHORT[locale], locale=locale), day_first=locale != "en")
    assert found[0].value == day.isoformat()


@law
@given(texts)
def test_laws(text: str) -> None:
    found = find_dates(text)
    keeps_the_laws(found, text)
    for one in found:
        date.fromisoformat(one.value if len(one.value) == 10 else f"{one.value}-01")


def test_hostile_texts_do_not_hang() -> None:
    assert max(seconds(find_dates, text) for text in HOSTILE) < HANGS_S
