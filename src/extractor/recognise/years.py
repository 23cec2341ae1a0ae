"""Spans of years and months: how much experience is asked for, and how long something lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from extractor.recognise.found import Found
from extractor.recognise.numbers import lowered, words
from extractor.recognise.patterns import pattern
from extractor.recognise.quantities import bound_after, quantity_before

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.recognise.quantities import Bound

_UNIT = pattern(
    r"(?:y(?:ears?|rs?)|j(?:ahre?[nsr]?|ährig(?:e[nmrs]?)?|aar|aren|arige?)|år(?:en|s|ig[aet]?)?|a(?:ns?|nnées?|ños?|nn[io])"
    r"|m(?:onths?|onat(?:e[ns]?|s|ig(?:e[nmrs]?)?)?|åna?e?d(?:er|ers|en|s)?|aand(?:en)?|ois|ese?s?|esi))(?![^\W_])"
)
_SUFFIXES = ("jährig", "årig", "jarig", "monatig")  # glued to their number: "fünfjährige", "treårig"
_SHORT = frozenset(("an", "mes"))  # everyday words of other languages unless a number stands right before them

_LONGEST_CAREER = 30  # years; beyond it a firm speaks of itself
_LONGEST_TERM = 120  # months


class _Span(NamedTuple):
    """`low` to `high` months at `lower[start:end]`."""

    start: int
    end: int
    low: float
    high: float | None
    bound: Bound | None


_LETTERS = pattern(r"[^\W\d_]+")
_BREAK = pattern(r"[.;!?•]\s|\n\s*\n|\n\s*[-*•]")

# Parts of words that speak of experience.
_EXPERIENCE = (
    "experien", "expérien", "esperien", "erfahr", "erfaren", "erfaring", "ervaring", "praxis", "track record",
    "background",
)  # fmt: skip
# Right behind the span, these say an age, an anniversary or how long ago something was.
_AGE_OR_PAST = words(
    """old ago age anniversary history business alt bestehen jubiläum gammal gamla gammel gamle fyllda sedan siden
    tilbage oud geleden révolus âge edad cumplidos età compiuti fa jubileum"""
)
_AGE_BEFORE = words("age aged turned alter ålder alder leeftijd âge edad età fyllda fyllt fylt fyldt hace vor")
_STUDY = (
    "degree", "diploma", "college", "university", "education", "bachelor", "master", "program", "programme", "studies",
    "apprenticeship", "ausbildung", "studium", "lehre", "utbildning", "utdanning", "utdannelse", "uddannelse",
    "opleiding", "studie", "formation", "études", "formación", "estudios", "laurea", "studi",
)  # fmt: skip
# Before the span, these make it a stretch of the calendar.
_CALENDAR = words(
    """since seit sedan siden depuis sinds dal within innerhalb inom inden binnen entro last past recent next coming
    first letzten nächsten ersten senaste närmaste första seneste næste første siste neste afgelopen laatste komende
    eerste derniers dernières prochaines prochains premiers premières últimos próximos primeros ultimi prossimi primi
    every alle vart hvert elke tous cada ogni after nach efter etter après dopo después"""
)
# Parts of words that make it the term of a contract, or the life of the firm.
_TERM = (
    "duration", "laufzeit", "dauer", "contract", "vertrag", "kontrakt", "avtal", "anställ", "ansættelse", "ansettelse",
    "vikariat", "befrist", "fixed", "term ", "temporary", "tidsbegr", "midlertidig", "tijdelijk", "cdd", "durée",
    "duración", "durata", "contrat", "renewable", "verlänger", "warranty", "garanti", "probation", "probezeit",
    "for over", "for more than", "för över", "i över", "i mer än", "al meer dan", "da oltre",
)  # fmt: skip
# Parts of words that make it anything but the term of a contract.
_OTHER_TERM = (
    "probation", "probezeit", "provanställning", "prøve", "proeftijd", "d'essai", "d’essai", "prueba", "prova",
    "notice", "kündigungsfrist", "uppsägning", "opsigelse", "oppsigelse", "opzegtermijn", "préavis", "preaviso",
    "preavviso", "leave", "elternzeit", "föräldra", "warranty", "garanti", "salar", "gehält", "lön", "løn", "loon",
)  # fmt: skip


def find_years(text: str) -> list[Found[tuple[float | None, float | None]]]:
    """Years of experience that `text` asks for, as (least, most); None where no bound is stated.

    A plain figure is the least ("5 years": (5, None)), and so is the first of "at least 2-3 years". Months count as
    parts of a year. Ages, terms of contracts and what happened years ago are no demands.
    """
    lower = lowered(text)
    found: list[Found[tuple[float | None, float | None]]] = []
    for span in _spans(lower):
        if _is_demand(lower, span):
            low, high = span.low / 12, None if span.high is None else span.high / 12
            value = (None, high or low) if span.bound == "max" else (low, None if span.bound else high)
            found.append(Found(span.start, span.end, value))
    return found


def find_months(text: str) -> list[Found[float]]:
    """Lengths of time in months, up to ten years; a range gives two, the shorter first.

    Ages, demands of experience, periods of notice or probation and recurring periods are left out.
    """
    lower = lowered(text)
    found: list[Found[float]] = []
    for span in _spans(lower):
        if _is_term(lower, span):
            values = [span.low] if span.high is None else [span.low, span.high]
            found.extend(Found(span.start, span.end, value) for value in values)
    return found


def _spans(lower: str) -> Iterator[_Span]:
    for match in _UNIT.finditer(lower):
        start, end = match.span()
        unit = match[0]
        if lower[start - 1 : start].isalpha() and not unit.startswith(_SUFFIXES):
            continue
        if unit in _SHORT and lower[start - 2 : start - 1] not in tuple("n0123456789"):
            continue
        quantity = quantity_before(lower, start)
        if quantity is None or quantity.low <= 0:
            continue
        factor = 1 if unit[0] == "m" else 12
        after, end = bound_after(lower, end)
        high = None if quantity.high is None else quantity.high * factor
        yield _Span(quantity.start, end, quantity.low * factor, high, quantity.bound or after)


def _is_demand(lower: str, span: _Span) -> bool:
    if span.low >= 12 * _LONGEST_CAREER:
        return False
    before, behind = _surroundings(lower, span)
    next_words = _LETTERS.findall(behind)[:3]
    if not _AGE_OR_PAST.isdisjoint(next_words[:2]) or any(word.endswith(_STUDY) for word in next_words):
        return False
    if _mentions(behind, _EXPERIENCE):
        return True
    last_words = _LETTERS.findall(before)[-4:]
    if not _AGE_BEFORE.isdisjoint(last_words):
        return False
    if _mentions(before, _EXPERIENCE):
        return True
    return _CALENDAR.isdisjoint(last_words) and not _mentions(before, _TERM) and not _mentions(behind[:40], _TERM)


def _is_term(lower: str, span: _Span) -> bool:
    if span.low > _LONGEST_TERM:
        return False
    before, behind = _surroundings(lower, span)
    last_words = _LETTERS.findall(before)[-3:]
    return (
        _AGE_OR_PAST.isdisjoint(_LETTERS.findall(behind[:24])[:2])
        and _AGE_BEFORE.isdisjoint(last_words)
        and _CALENDAR.isdisjoint(last_words[-2:])
        and not _mentions(behind[:40], _EXPERIENCE)
        and not _mentions(before[-24:], _OTHER_TERM)
        and not _mentions(behind[:24], _OTHER_TERM)
    )


def _mentions(passage: str, parts: tuple[str, ...]) -> bool:
    return any(part in passage for part in parts)


def _surroundings(lower: str, span: _Span) -> tuple[str, str]:
    """What stands before and behind in the same sentence or list item."""
    before = _BREAK.split(lower[max(0, span.start - 60) : span.start])[-1]
    return before, _BREAK.split(lower[span.end : span.end + 80], maxsplit=1)[0]
