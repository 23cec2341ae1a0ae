"""Dates, and months of a year, as ISO 8601 strings."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from extractor.recognise.found import Found
from extractor.recognise.numbers import lowered, unaccented
from extractor.recognise.patterns import pattern

if TYPE_CHECKING:
    import re

# Names and short forms, January to December, without accents. Sources: CLDR 46 "months" (format and stand-alone,
# wide and abbreviated) of en, de, sv, da, nb, nn, nl, fr, es, it; Austrian and older spellings; forms seen in mails.
_MONTHS = (
    "january jan januar janner jaenner januari janvier janv enero ene gennaio gen",
    "february feb februar febr feber februari fevrier fev fevr febrero febbraio",
    "march mar marz maerz mrz mars marts maart mrt marzo",
    "april apr avril avr abril abr aprile",
    "may mai maj mei mayo maggio mag",
    "june jun juni juin junio giugno giu",
    "july jul juli juil juillet julio luglio lug",
    "august aug augusti augustus aout agosto ago",
    "september sept sep septembre septiembre setiembre settembre set",
    "october oct oktober okt octobre octubre ottobre ott",
    "november nov novembre noviembre",
    "december dec dezember dez desember des decembre diciembre dic dicembre",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
# words of their own ("years ago 2020", "set 2020 goals", "des 2024 places"): months only beside a day or a full stop
_WORDS_TOO = frozenset(("ago", "set", "des", "gen"))

_YEARS = range(1900, 2101)  # a posting's dates; what lies outside is a number

# The first digit is consumed before it is judged: so the engine skips to digits instead of testing every character.
_NUMERIC = pattern(
    r"[0-9](?<!\w.)(?<![0-9][./-].)(?:"
    r"(?P<iso>[0-9]{3})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})"
    r"|(?P<iso_year>[0-9]{3})-(?P<iso_month>[0-9]{2})"
    r"|(?P<a>[0-9]?)(?P<first>[./-])(?P<gap>\s?)(?P<b>[0-9]{1,2})(?P<second>[./-])\s?(?P<year>[0-9]{4}|[0-9]{2})"
    r"|(?P<m>[0-9]?)[./-](?P<of_year>[0-9]{4})"
    r"|(?P<d>[0-9]?)(?P<name_mark>[-/ ])(?P<name>[^\W\d_]{3,9})\.?(?P=name_mark)(?P<quote>['’]?)(?P<short>[0-9]{2})"
    r")(?![0-9])(?![./-][0-9])"
)
_WEEK = pattern(r"(?:kw|v|w|uge|uke|veckan?|veckor|weeks?|woche|sem|semaine|semana|settimana)\.?\s?\Z")

_YEAR = pattern(r"[12][09][0-9]{2}(?<=19..|20..)(?:(?<![\w.,].{4})|(?<=[^\W\d][.,].{4}))(?![0-9])")
_REACH = 40  # characters before a year that may name day and month
_BEFORE_YEAR = pattern(
    r"(?:(?<![0-9./:-])([0-9]{1,2})(?:\.?\s?[-–]\s?([0-9]{1,2}))?(?:\.|st|nd|rd|th|ten|er|re|[ºª°]|:?[ea]|te)?[\s-]{0,2}"
    r"(?:of\s|de\s|di\s|den\s)?|(?<![^\W_]))([^\W\d_]{3,10})(\.?)"
    r"(?:\s([0-9]{1,2})(?:\s?[-–]\s?([0-9]{1,2}))?(?:st|nd|rd|th|er)?)?[\s,/-]{0,3}(?:de\s|del\s|of\s)?['’]?\Z"
)
_NAME = pattern(r"[^\W\d_]{3}")


def find_dates(text: str, *, day_first: bool = True) -> list[Found[str]]:
    """Every date that names its year: `YYYY-MM-DD`, or `YYYY-MM` where no day is given.

    "05/09/2025" and "05-09-2025" have two readings, the day before the month first, or second without `day_first`.
    Impossible dates and weeks are none; a range within a month gives both its ends.
    """
    lower = lowered(text)
    found = _numeric(lower, day_first)
    found.extend(_named(lower))
    found.sort(key=lambda one: one.start)
    return found


def _numeric(lower: str, day_first: bool) -> list[Found[str]]:
    found: list[Found[str]] = []
    for match in _NUMERIC.finditer(lower):
        start, end = match.span()
        digit = lower[start]
        if match["iso"]:
            values = [_day(int(digit + match["iso"]), int(match["month"]), int(match["day"]))]
        elif match["iso_year"]:
            values = [_month(int(digit + match["iso_year"]), int(match["iso_month"]))]
        elif match["of_year"]:
            if _WEEK.search(lower, max(0, start - 12), start):
                continue
            values = [_month(int(match["of_year"]), int(digit + match["m"]))]
        elif match["short"]:
            name = _MONTH.get(unaccented(match["name"]))
            # "15 may 25" may be anything
            plain = match["name_mark"] == " " and not match["quote"]
            values = [] if plain or not name else [_day(_century(match["short"]), name, int(digit + match["d"]))]
        else:
            values = _day_and_month(match, digit + match["a"], day_first)
        found.extend(Found(start, end, value) for value in dict.fromkeys(values) if value)
    return found


def _day_and_month(match: re.Match[str], first: str, day_first: bool) -> list[str | None]:
    """The readings of a date in figures that ends with its year."""
    second, year, mark = match["b"], match["year"], match["first"]
    # "15/9-2025" is written in the north
    if match["second"] != mark and not (match["second"] == "-" and mark in "/."):
        return []
    if len(year) == 2:
        both = len(first) == len(second) == 2
        behind = match.string[match.end() : match.end() + 2].lstrip(" ")
        # "08-12-34 56" is a phone number, "1.8.20" a version
        if match["gap"] or (mark == "-" and (not both or behind.isdecimal())):
            return []
        if mark == "." and len(first + second) == 2 and year < "22":
            return []
    number = _century(year) if len(year) == 2 else int(year)
    readings = [_day(number, int(second), int(first)), _day(number, int(first), int(second))]
    if mark == "." or match["second"] != mark:
        # full stops put the day first in every language
        return readings[:1] if readings[0] else readings[1:]
    return readings if day_first else readings[::-1]


def _named(lower: str) -> list[Found[str]]:
    found: list[Found[str]] = []
    for year in _YEAR.finditer(lower):
        offset = max(0, year.start() - _REACH)
        if not _NAME.search(lower, offset, year.start()):
            continue
        match = _BEFORE_YEAR.search(lower, offset, year.start())
        if not match:
            continue
        month = _MONTH.get(unaccented(match[3]))
        days = [day for day in (match[1], match[2], match[5], match[6]) if day]
        if not month or (match[3] in _WORDS_TOO and not days and not match[4]):
            continue
        number = int(year[0])
        values = [_day(number, month, int(day)) for day in days] if days else [_month(number, month)]
        start = match.start() if match[1] else match.start(3)
        found.extend(Found(start, year.end(), value) for value in values if value)
    return found


def _century(year: str) -> int:
    """The year that two digits stand for, by POSIX's rule: 69 to 99 are of the last century."""
    return int(year) + (1900 if year >= "69" else 2000)


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat() if year in _YEARS else None
    except ValueError:
        return None


def _month(year: int, month: int) -> str | None:
    return f"{year}-{month:02}" if year in _YEARS and 1 <= month <= 12 else None
