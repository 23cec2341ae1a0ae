"""What is found at the paths of a JSON object, as a person would be shown it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Job = dict[str, Any]
    Find = Callable[[Job], list[Any]]

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}\S*(?: UTC)?")
_WORDS = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])|[_-]+")
_UNSAID = frozenset(["", "unspecified", "null", "none", "n/a", "not required", "other", "ospecificerad arbetsort"])
_INTERVALS = {"pa": "per year", "ph": "per hour", "pd": "per day", "bw": "bi-weekly", "pm": "per month"}
_INTERVAL = re.compile(r"(?i)\b(hour|day|week|month|quarter|year)(?:ly)?\b")


def values(data: Any, path: str) -> list[Any]:
    """What stands at a path such as "location.name", in each item where a list is on the way."""
    found = [data]
    for name in path.split("."):
        inner = [one.get(name) for one in found if isinstance(one, dict)]
        found = [item for one in inner for item in (one if isinstance(one, list) else [one]) if item is not None]
    return found


def said(value: Any) -> str:
    """A value as a person would be shown it; "" for objects, and for what says that nothing is said."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, str | int | float):
        return ""
    text = str(value).strip()
    return "" if text.lower() in _UNSAID else text


def day(text: str) -> str:
    """The date of a date and time, as it is written there; other text as it is."""
    moment = _DAY.fullmatch(text)
    return moment[1] if moment else text


def spaced(code: str) -> str:
    """The words of a code or a field's name: "FullTime", "full_time", "per-year-salary"."""
    return " ".join(_WORDS.sub(" ", code).split())


def at(*paths: str) -> Find:
    """Of the paths, the first that says something."""
    return lambda job: next((found for path in paths if any(map(said, found := values(job, path)))), [])


def all_at(*paths: str) -> Find:
    """What all of the paths say."""
    return lambda job: [value for path in paths for value in values(job, path)]


def codes(*paths: str) -> Find:
    """As `all_at`, codes as their words."""
    find = all_at(*paths)
    return lambda job: [spaced(said(value)) for value in find(job)]


def days(*paths: str) -> Find:
    """As `at`, the date of a moment; a number is one in milliseconds since 1970."""
    find = at(*paths)
    return lambda job: [_moment(value) if isinstance(value, int) else day(said(value)) for value in find(job)[:1]]


def _moment(milliseconds: int) -> str:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def if_true(path: str, word: str) -> Find:
    """A word where what stands at `path` is true."""
    return lambda job: [word] if any(value in (True, "true", "True") for value in values(job, path)) else []


def either(*finds: Find) -> Find:
    """What the first of them finds that finds something."""
    return lambda job: next((found for find in finds if any(map(said, found := find(job)))), [])


def address(place: Any, *paths: str) -> str:
    """The parts of an address, from the narrowest, each that those before don't say already."""
    parts: list[str] = []
    for path in paths:
        for part in map(said, values(place, path)):
            if part and part.casefold() not in ", ".join(parts).casefold():
                parts.append(part)
    return ", ".join(parts)


def places(
    path: str, whole: tuple[str, ...], *parts: tuple[str, str], beside: str = ""
) -> tuple[tuple[str, Find], ...]:
    """The facts of the places at `path`, else of the job itself, and `beside`.

    Of one place they are its `parts`, labels and paths; of several, and where the parts leave something out, the
    fields of the `whole`, the places apart by semicolons.
    """

    def of(job: Job) -> list[Any]:
        return [*((values(job, path) if path else []) or [job]), *(values(job, beside) if beside else [])]

    def one(paths: str) -> Find:
        find = at(*paths.split())
        return lambda job: find(found[0])[:1] if len(found := of(job)) == 1 else []

    apart = tuple((label, one(paths)) for label, paths in parts)

    def together(job: Job) -> list[Any]:
        found = dict.fromkeys(filter(None, (address(place, *whole) for place in of(job))))
        known = ", ".join(said(value) for _, find in apart for value in find(job)).casefold()
        return ["; ".join(place for place in found if any(part.casefold() not in known for part in place.split(", ")))]

    return (("Location", together), *apart)


def pay(path: str, low: str, high: str, currency: str, interval: str, cents: int = 1) -> Find:
    """Ranges of pay, as "50000 - 60000 EUR per year"."""

    def find(job: Job) -> list[Any]:
        return [range_of(one) for one in values(job, path) if isinstance(one, dict)]

    def range_of(one: Job) -> str:
        if said(one.get("compensationType")) not in ("", "Salary"):
            return ""  # Ashby's bonuses and shares
        ends = [_amount(one.get(name), cents) for name in (low, high)]
        amounts = " - ".join(dict.fromkeys(filter(None, ends)))
        if amounts and not all(ends):
            amounts = f"{'from' if ends[0] else 'up to'} {amounts}"
        period = _period(said(one.get(interval)))
        return " ".join(filter(None, [amounts, said(one.get(currency)), period])) if amounts else ""

    return find


def _amount(value: Any, cents: int) -> str:
    if isinstance(value, str):
        return value.strip() if value.strip("0., ") else ""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value:
        return ""
    return f"{value / cents:.2f}".removesuffix(".00")


def _period(written: str) -> str:
    word = _INTERVAL.search(spaced(written))
    return f"per {word[1].lower()}" if word else _INTERVALS.get(written.lower(), written)


def lines(*fields: tuple[str, str]) -> Callable[[Job], Iterator[tuple[str, str]]]:
    """The passages at these paths, each under its heading; of a list, one a line."""

    def passages(job: Job) -> Iterator[tuple[str, str]]:
        for heading, path in fields:
            found = [said(value) for value in values(job, path) if isinstance(value, str)]
            text = "\n".join(f"- {line}" for line in found) if len(found) > 1 else "".join(found)
            if text:
                yield heading, text

    return passages


def first_of(*paths: str) -> Callable[[Job], Iterator[tuple[str, str]]]:
    """A passage without heading: the first of the paths that says something."""
    find = at(*paths)
    return lambda job: (("", value) for value in find(job)[:1] if isinstance(value, str))
