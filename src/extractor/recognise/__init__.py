"""Exact recognisers of values in text. Pure functions: text in, spans with values out."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from extractor.recognise.found import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Recogniser = Callable[[str], Iterable[Found[object]]]

__all__ = ["NAMES", "Found", "recogniser"]

# module and function that read the text as it is
_PLAIN = {
    "number": ("numbers", "find_numbers"),
    "currency": ("money", "find_currencies"),
    "period": ("money", "find_periods"),
    "months": ("years", "find_months"),
    "language": ("languages", "find_languages"),
    "country": ("places", "find_countries"),
    "url": ("contacts", "find_urls"),
    "email": ("contacts", "find_emails"),
    "phone": ("contacts", "find_phones"),
}
_TERMS = ("cefr", "seniority", "employment_type", "workplace", "education_level", "requirement", "condition")


@cache
def recogniser(name: str) -> Recogniser:
    """The function that finds values of a kind, for whoever recomputes a value from the text that states it.

    It gives every reading that a passage allows. Its module is imported when it is first asked for.
    Raises ValueError for a name that isn't known.
    """
    if name in _PLAIN:
        module, function = _PLAIN[name]
        found: Recogniser = getattr(import_module(f"{__name__}.{module}"), function)
        return found
    if name in _TERMS:
        return _terms(name)
    if name in _SPECIAL:
        return _SPECIAL[name]
    raise ValueError(f"no recogniser is called {name!r}; there are {', '.join(sorted(NAMES))}")


def _terms(section: str) -> Recogniser:
    from extractor.recognise.terms import find_terms

    return lambda text: find_terms(text, section)


def _dates(text: str) -> Iterator[Found[object]]:
    from extractor.recognise.dates import find_dates

    yield from find_dates(text, day_first=True)
    yield from find_dates(text, day_first=False)


def _hours(text: str) -> Iterator[Found[object]]:
    from extractor.recognise.hours import find_hours

    yield from _bounds(find_hours(text))


def _years(text: str) -> Iterator[Found[object]]:
    from extractor.recognise.years import find_months, find_years

    yield from _bounds(find_years(text))
    for found in find_months(text):
        yield Found(found.start, found.end, found.value / 12)


def _bounds(ranges: Iterable[Found[tuple[float | None, float | None]]]) -> Iterator[Found[object]]:
    """Each bound of a range as a value of its own."""
    for found in ranges:
        for bound in dict.fromkeys(found.value):
            if bound is not None:
                yield Found(found.start, found.end, bound)


def _document_language(text: str) -> Iterator[Found[object]]:
    from extractor.recognise.languages import detect_language

    language = detect_language(text)
    if language is not None:
        yield Found(0, len(text), language)


_SPECIAL: dict[str, Recogniser] = {
    "date": _dates,
    "hours": _hours,
    "years": _years,
    "document_language": _document_language,
}

NAMES = frozenset({*_PLAIN, *_TERMS, *_SPECIAL})
