from __future__ import annotations

import pytest
from hypothesis import given

from extractor.recognise.hours import find_hours
from tests.recognise.hostile import HANGS_S, HOSTILE, keeps_the_laws, law, seconds, texts


def values(text: str) -> list[tuple[float | None, float | None]]:
    return [found.value for found in find_hours(text)]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("37.5 hours per week", 37.5), ("40-hour week", 40), ("38 h/week", 38), ("35 hours pw", 35),
        ("Hours per week: 37.5", 37.5), ("Full-time (37.5 hours)", 37.5), ("37½ hours a week", 37.5),
        ("40 Std./Woche", 40), ("35-Stunden-Woche", 35), ("38,5 Wochenstunden", 38.5), ("Wochenstunden: 39", 39),
        ("Wöchentliche Arbeitszeit: 40 Stunden", 40), ("Vollzeit, 38,5 Stunden", 38.5), ("40h/Woche", 40),
        ("veckoarbetstid 40 timmar", 40), ("40 timmars arbetsvecka", 40), ("37 timer om ugen", 37),
        ("37 timers arbejdsuge", 37), ("37,5 t/uke", 37.5), ("37,5 timer per uke", 37.5), ("36-urige werkweek", 36),
        ("40 uur per week", 40), ("39 heures par semaine", 39), ("semaine de 35 heures", 35), ("CDI 35h", 35),
        ("Heures par semaine : 35", 35), ("40 horas semanales", 40), ("jornada de 40 horas a la semana", 40),
        ("40 ore settimanali", 40), ("contratto di 24 ore alla settimana", 24),
    ],
)  # fmt: skip
def test_one_figure_fills_both(text: str, hours: float) -> None:
    assert values(text) == [(hours, hours)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("32-40 uur", (32, 40)), ("32 tot 40 uur per week", (32, 40)), ("20-30 timmar i veckan", (20, 30)),
        ("Teilzeit mit 20 - 25 Wochenstunden", (20, 25)), ("between 16 and 24 hours per week", (16, 24)),
        ("Part-time, 15 to 20 hours", (15, 20)), ("at least 20 hours a week", (20, None)),
        ("min. 20 Std./Woche", (20, None)), ("up to 30 hours per week", (None, 30)),
        ("bis zu 20 Stunden pro Woche", (None, 20)), ("Weekly hours: 35 - 40", (35, 40)),
    ],
)  # fmt: skip
def test_ranges_and_bounds(text: str, expected: tuple[float | None, float | None]) -> None:
    assert values(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "9-17 Uhr", "8:00", "open from 9 to 17 h", "van 9 tot 17.30 uur", "1650 Stunden im Jahr",
        "20 Stunden im Monat", "8 hours per day, 5 days per week", "respond within 24 hours", "24/7 support",
        "24-hour on-call service", "5.5 hours", "200 hours per week", "Schicht von 8 Stunden", "40 years per week",
    ],
)  # fmt: skip
def test_no_weekly_hours(text: str) -> None:
    assert values(text) == []


def test_offsets() -> None:
    text = "word " * 100 + "and 30 to 37.5 hours per week"
    (found,) = find_hours(text)
    assert text[found.start : found.end] == "30 to 37.5 hours"


@law
@given(texts)
def test_laws(text: str) -> None:
    found = find_hours(text)
    keeps_the_laws(found, text)
    for one in found:
        low, high = one.value
        assert low is not None or high is not None
        assert low is None or high is None or low <= high


def test_hostile_texts_do_not_hang() -> None:
    assert max(seconds(find_hours, text) for text in HOSTILE) < HANGS_S
