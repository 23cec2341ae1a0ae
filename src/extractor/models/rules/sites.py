"""The places of work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from extractor.models.rules.cues import Scan, outermost
from extractor.recognise.patterns import pattern
from extractor.recognise.places import find_countries, find_postal_codes
from extractor.recognise.words import words_of

if TYPE_CHECKING:
    from extractor.models.rules.layout import Layout, Line

Fact = dict[str, Any]

_EDGES = " \t\r\n\xa0,;:.!?*_#\"“”„»«'’`|•·–—-/<>[](){}"
_APART = pattern(r"\s*[;/|•\n]\s*|\s+[–—-]\s+|\s*&\s*")
_QUIET = frozenset(("benefits", "ignored", "responsibilities", "application"))
_FAR = 99
_LONGEST = 4  # words in the name of a place
_FIELDS = ("city", "region", "country", "postal_code")


def locations(layout: Layout) -> list[Fact]:
    """Each place of work, from its labels, else from sentences that place the work."""
    found = _from_fields(layout)
    if not found:
        stated = (_places(layout, line, line.value, line.end) for line in layout.labelled("location"))
        found += next(filter(None, stated), [])
    said = _from_sentences(layout)
    if not found:
        found = said
    elif any(_covers(known, place) for known in found for place in said):
        found += said  # a sentence that names a known place, and others beside it
    kept: list[Fact] = []
    for place in found or _from_towns(layout):
        if not any(_covers(known, place) for known in kept):
            kept.append(place)
    return kept


def _from_towns(layout: Layout) -> list[Fact]:
    """The well-known towns of the first line that names one."""
    for line in layout.having("place", "city"):
        if line.section in _QUIET or line.label not in (None, "title"):
            continue
        names = [layout.text[cue.start : cue.end] for cue in outermost(line.of("place"))]
        places = [name for name in names if name[0].isupper() and not name.isupper()]
        if places:
            return [{**dict.fromkeys(_FIELDS), "city": name, "at": line.at} for name in dict.fromkeys(places)]
    return []


def _covers(known: Fact, place: Fact) -> bool:
    """Whether all that a place says is known of another."""
    values = {str(known[name]).casefold() for name in _FIELDS if known[name]}
    return all(str(place[name]).casefold() in values for name in _FIELDS if place[name])


def _from_sentences(layout: Layout) -> list[Fact]:
    """The places of the sentence that says most plainly where the work is, and least of the organisation."""
    best: tuple[int, list[Fact]] = (-_FAR, [])
    for line in layout.having("cue", "location"):
        if line.section in _QUIET or line.label:
            continue
        aside = 3 * (line.section == "about") + 2 * line.has("cue", "self") + line.has("cue", "employer")
        for cue in line.of("cue", "location"):
            end = _capitals(layout, line, cue.end)
            places = _places(layout, line, cue.end, end) if cue.words - aside > best[0] else []
            if places:
                best = (cue.words - aside, places)
    return best[1]


def _from_fields(layout: Layout) -> list[Fact]:
    """The place whose city, region, country stand in fields of their own."""
    place: Fact = dict.fromkeys(_FIELDS)
    at: set[int] = set()
    for name in _FIELDS:
        for line in layout.labelled(name):
            said = layout.said(line).strip(_EDGES)
            if name == "country":
                said = next((found.value for found in find_countries(layout.text[line.start : line.end])), "")
            elif name == "postal_code":
                said = said if any(c.isdigit() for c in said) else ""
            elif not any(c.isalpha() for c in said):
                continue
            if said:
                place[name] = said
                at.update(line.at)
                break
    city, _, region = (place["city"] or "").partition(",")
    if region:
        place["city"], place["region"] = city.strip(), place["region"] or region.strip()
    return [{**place, "at": sorted(at)}] if at else []


def _capitals(layout: Layout, line: Line, start: int) -> int:
    """Where a run of names with capitals ends, conjunctions and commas included."""
    end = start
    scan = layout.scan
    span = scan.between(start, line.end)
    for index in range(*span):
        written = layout.text[scan.starts[index] : scan.ends[index]]
        if index > span.first and any(mark in scan.gaps[index] for mark in ".;:(!?"):
            break
        if written[0].isupper() or (written.isdigit() and len(written) > 3):
            end = scan.ends[index]
        elif not scan.best(index, span.last, "and", "or"):
            break
    return end


def _places(layout: Layout, line: Line, start: int, end: int) -> list[Fact]:
    """The places that a passage names: apart at "and", the parts of one at commas."""
    found: list[Fact] = []
    for first, last in _alternatives(layout, start, end):
        said = layout.text[first:last]
        place: Fact = dict.fromkeys(_FIELDS)
        countries = find_countries(said)
        if countries:
            place["country"] = countries[0].value
        codes = find_postal_codes(said)
        if codes:
            place["postal_code"] = codes[0].value
        taken = [(span.start, span.end) for span in (*countries, *codes)]
        at = 0
        names: list[str] = []
        taken += [match.span() for match in re.finditer(r"\([^()]*\)?", said)]
        for comma in [*re.finditer(r"[,\n]", said), None]:
            stop = comma.start() if comma else len(said)
            names.append(_without(said, at, stop, taken))
            at = stop + 1
        names = [name for name in names if _is_place(layout, name)]
        if names:
            place["city"] = names[0]
            place["region"] = names[1] if len(names) > 1 else None
        if any(place.values()):
            found.append({**place, "at": line.at})
        if not names:
            found += [{**dict.fromkeys(_FIELDS), "country": other.value, "at": line.at} for other in countries[1:]]
    return found


def _alternatives(layout: Layout, start: int, end: int) -> list[tuple[int, int]]:
    text = layout.text
    cuts = [match.span() for match in _APART.finditer(text, start, end)]
    span = layout.scan.between(start, end)
    for index in range(*span):
        joint = layout.scan.best(index, span.last, "and", "or")
        if joint:
            cuts.append((layout.scan.starts[index], layout.scan.ends[index + joint.words - 1]))
    spans: list[tuple[int, int]] = []
    at = start
    for first, last in sorted(cuts):
        if first >= at:
            spans.append((at, first))
            at = last
    spans.append((at, end))
    # "Oslo, Bergen and Stockholm" are three, "Oslo, Norway" is one
    if len(spans) > 1 and not any(find_countries(text[a:b]) for a, b in spans):
        spans = [part for a, b in spans for part in _at_commas(text, a, b)]
    return [(a, b) for a, b in spans if text[a:b].strip(_EDGES)]


def _at_commas(text: str, start: int, end: int) -> list[tuple[int, int]]:
    parts = []
    at = start
    for match in re.finditer(",", text[start:end]):
        parts.append((at, start + match.start()))
        at = start + match.end()
    return [*parts, (at, end)]


def _without(said: str, start: int, end: int, taken: list[tuple[int, int]]) -> str:
    for first, last in sorted(taken, reverse=True):
        if start <= first and last <= end:
            said = said[:first] + " " * (last - first) + said[last:]
    return " ".join(said[start:end].strip(_EDGES).split()).strip(_EDGES)


def _is_place(layout: Layout, name: str) -> bool:
    if not name or not name[0].isupper() or len(name.split()) > _LONGEST:
        return False
    return not any(
        cue.section in ("workplace", "employment_type", "labels", "cue", "language")
        for cue in Scan(words_of(name), layout.lexicon).cues
    )
