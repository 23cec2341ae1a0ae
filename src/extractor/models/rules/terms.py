"""The terms of the employment: kinds, level, number, hours, dates, pay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from extractor.models.rules.cues import Scan, outermost
from extractor.recognise.dates import find_dates
from extractor.recognise.hours import find_hours
from extractor.recognise.money import find_pay, find_periods
from extractor.recognise.numbers import find_numbers
from extractor.recognise.patterns import pattern
from extractor.recognise.places import find_countries
from extractor.recognise.words import words_of
from extractor.recognise.years import find_months

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.models.rules.layout import Layout, Line

Fact = dict[str, Any]

_QUIET = frozenset(("about", "benefits", "ignored", "responsibilities"))
_DATE = pattern(r"\d{4}-\d{2}-\d{2}")
_AMBIGUOUS = pattern(r"\d(?<!\w.)\d?/\d{1,2}/\d{2,4}")  # the digit comes first: the engine skips to digits
# States of the US that bear no other country's, town's or river's name, behind the place in them
_STATE = pattern(
    r", (?:Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Florida|Hawaii|Idaho|Illinois|Indiana|Iowa"
    r"|Kansas|Kentucky|Louisiana|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada"
    r"|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island"
    r"|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming)"
    r"(?!\w)"
)
_SHARE = pattern(r"(?<![\d.,])[1-9]\d?\s*%")
_PLAIN = frozenset(("full_time", "part_time", "permanent", "fixed_term"))  # words with few other senses
_FEW = 5  # words of a line that says nothing but its terms
_NEAR = 60  # characters behind a cue in which its value stands
_BESIDE = 12  # characters between a number and what it counts


def terms(layout: Layout, title: Fact | None) -> dict[str, Any]:
    """The fields of the employment's terms, but for the places of work."""
    ambiguous = "/" in layout.text and _AMBIGUOUS.search(layout.text)
    day_first = not (ambiguous and "US" in _countries(layout))
    return {
        "workplace": _workplace(layout),
        "employment_types": _employment_types(layout),
        "seniority": _seniority(layout, title),
        "openings": _openings(layout),
        "hours_per_week": _hours(layout),
        "start": _start(layout, day_first=day_first),
        "duration_months": _duration(layout),
        "salary": _salary(layout),
        "posted_on": _date(layout, "posted", day_first=day_first),
        "apply_by": _date(layout, "deadline", day_first=day_first) or _asked_by(layout, day_first=day_first),
    }


def _countries(layout: Layout) -> set[str]:
    """The countries that the posting names."""
    return {found.value for found in layout.read(find_countries, 0, len(layout.text))}


def _fact(value: Any, line: Line) -> Fact:
    return {"value": value, "at": line.at}


def _said(layout: Layout, label: str, cue: str) -> Iterator[tuple[Line, str]]:
    """What the labelled lines say, then what stands behind the cue in others."""
    for line in layout.labelled(label):
        yield line, layout.said(line)
    for line in layout.having("cue", cue):
        if line.label is None or line.label == label:
            for found in line.of("cue", cue):
                yield line, layout.text[found.end : min(line.end, found.end + _NEAR)]


def _workplace(layout: Layout) -> Fact | None:
    for line in layout.labelled("workplace", "location"):
        name = _arrangement(layout, line)
        if name:
            return _fact(name, line)
        if line.label == "workplace" and layout.said(line).casefold() == "true":
            return {"value": "remote", "at": line.at}
    found: dict[str, Line] = {}
    for line in layout.having("workplace", "hybrid", "remote", "on_site"):
        if line.section not in ("benefits", "ignored", "responsibilities") and line.label in (None, "title"):
            name = _arrangement(layout, line)
            if name:
                found.setdefault(name, line)
    for name in ("hybrid", "remote", "on_site"):
        if name in found:
            return _fact(name, found[name])
    return None


def _arrangement(layout: Layout, line: Line) -> str | None:
    """The arrangement that a line states; a share of remote work, or both kinds, make it hybrid."""
    cues = outermost(line.of("workplace"))
    names = {cue.name for cue in cues}
    if not names:
        return None
    if "hybrid" in names or len(names) > 1 or ("remote" in names and _SHARE.search(layout.said(line))):
        return "hybrid"
    return cues[0].name


def _employment_types(layout: Layout) -> list[Fact]:
    found: dict[str, Fact] = {}
    for line in layout.labelled("employment_type", "hours", "duration", "location", "title"):
        for cue in outermost(line.of("employment_type")):
            found.setdefault(cue.name, _fact(cue.name, line))
    for line in layout.lines:
        if line.section in ("about", "ignored", "responsibilities") or line.label:
            continue
        cues = line.of("employment_type")
        if not cues:
            continue
        short = layout.scan.between(line.value, line.end).size <= _FEW
        for cue in outermost(cues):
            stated = cue.words > 1 or cue.name in _PLAIN
            if short or (stated and line.section in ("details", "summary", None)):
                found.setdefault(cue.name, _fact(cue.name, line))
    return list(found.values())


def _seniority(layout: Layout, title: Fact | None) -> Fact | None:
    """The level in the title; elsewhere only a phrase that names one at length."""
    if title:
        for cue in outermost(Scan(words_of(title["value"]), layout.lexicon).cues):
            if cue.section == "seniority":
                return {"value": cue.name, "at": title["at"]}
    for line in layout.lines:
        if line.section in (None, "summary", "details"):
            for cue in line.of("seniority"):
                if cue.words > 2:
                    return _fact(cue.name, line)
    return None


def _openings(layout: Layout) -> Fact | None:
    for line in layout.labelled("openings"):
        for number in find_numbers(layout.said(line)):
            return _fact(int(number.value), line)
    for line in layout.having("cue", "openings"):
        for cue in line.of("cue", "openings") if line.section not in _QUIET and line.label is None else ():
            start = max(line.value, cue.start - _NEAR)
            before = layout.text[start : cue.start]
            for number in find_numbers(before):
                if len(before) - number.end <= _BESIDE and 0 < number.value < 1000:
                    return _fact(int(number.value), line)
    return None


def _hours(layout: Layout) -> Fact | None:
    if not layout.read(find_hours, 0, len(layout.text)):
        return None
    for line in [*layout.labelled("hours", "employment_type"), *layout.lines]:
        if line.section not in ("about", "ignored"):
            for hours in layout.read(find_hours, line.start, line.end):
                least, most = hours.value
                return {"min": least, "max": most, "at": line.at}
    return None


def _start(layout: Layout, *, day_first: bool) -> Fact | None:
    soon: Fact | None = None
    for line, said in _said(layout, "start", "start"):
        if line.section in ("about", "ignored", "application"):
            continue
        for found in find_dates(said[:_NEAR], day_first=day_first):
            return _fact(found.value, line)
        for cue in line.of("cue", "soon")[:1]:
            soon = soon or _fact(layout.text[cue.start : cue.end], line)
    if soon:
        return soon
    for line in layout.having("cue", "soon"):
        stated = line.label is None and line.section in (None, "summary", "details", "benefits")
        if stated and not line.has("cue", "submit"):
            for cue in line.of("cue", "soon"):
                if cue.words > 1 and not line.has("cue", "apply_at") and not line.has("cue", "contact"):
                    return _fact(layout.text[cue.start : cue.end], line)
    return None


def _duration(layout: Layout) -> Fact | None:
    for line in layout.labelled("duration", "employment_type"):
        for found in layout.read(find_months, line.start, line.end):
            return _fact(found.value, line)
    for line in layout.having("cue", "duration"):
        if line.section not in _QUIET and line.label is None:
            for found in layout.read(find_months, line.value, line.end):
                return _fact(found.value, line)
    return None


def _salary(layout: Layout) -> Fact | None:
    labelled = list(layout.labelled("salary"))
    if not layout.read(find_pay, 0, len(layout.text)):
        return _bare_salary(layout, labelled)
    rest = [line for line in layout.lines if line.label is None and line.section not in ("about", "ignored")]
    for lines in (labelled, rest):
        pays = []
        for line in lines:
            pays += [(line, pay.value) for pay in layout.read(find_pay, line.start, line.end)]
            if pays and lines is rest:
                break
        if pays:
            first = pays[0][1]
            same = [pay for _, pay in pays if pay.currency == first.currency and pay.period == first.period]
            lows = [pay.min for pay in same if pay.min is not None]
            highs = [pay.max for pay in same if pay.max is not None]
            return {
                "min": min(lows, default=None),
                "max": max(highs, default=None),
                "currency": first.currency or _settled_currency(layout, pays[0][0]),
                "period": first.period,
                "at": sorted({number for line, _ in pays for number in line.at}),
            }
    return _bare_salary(layout, labelled)


def _settled_currency(layout: Layout, line: Line) -> str | None:
    """The currency of a sign that several countries share, where the posting or its place names one country only."""
    placed = layout.labelled("location", "country")
    countries = {found.value for other in placed for found in find_countries(layout.said(other))} or _countries(layout)
    if not countries and _STATE.search(layout.text):
        countries = {"US"}
    if len(countries) != 1:
        return None
    pays = find_pay(layout.text[line.start : line.end], country=countries.pop())
    return pays[0].value.currency if pays else None


def _bare_salary(layout: Layout, lines: list[Line]) -> Fact | None:
    """Pay whose figures, unit and period stand in fields of their own."""
    figures = [
        (number.value, line) for line in lines for number in find_numbers(layout.said(line)) if number.value >= 5
    ]
    if not figures or len(figures) > 2:
        return None
    values = [value for value, _ in figures]
    period = next(((p.value, line) for line in lines for p in find_periods(layout.said(line))), None)
    at = {number for _, line in figures for number in line.at} | set(period[1].at if period else ())
    return {
        "min": min(values),
        "max": max(values),
        "currency": None,
        "period": period[0] if period else None,
        "at": sorted(at),
    }


def _date(layout: Layout, name: str, *, day_first: bool) -> Fact | None:
    for line, said in _said(layout, name, name):
        for found in find_dates(said[:_NEAR], day_first=day_first):
            if _DATE.fullmatch(found.value):
                return _fact(found.value, line)
    return None


def _asked_by(layout: Layout, *, day_first: bool) -> Fact | None:
    """The one date in a sentence that asks for the application: "send it by 31 May 2026"."""
    for line in layout.having("cue", "submit", "apply_at"):
        if line.label is None:
            dates = find_dates(layout.said(line), day_first=day_first)
            if len(dates) == 1 and _DATE.fullmatch(dates[0].value):
                return _fact(dates[0].value, line)
    return None
