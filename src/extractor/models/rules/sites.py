"""The places of work."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from extractor.models.rules.cues import Range, Scan, outermost
from extractor.models.rules.layout import PROFILE
from extractor.models.rules.title import GENDERS
from extractor.recognise.numbers import words
from extractor.recognise.patterns import pattern
from extractor.recognise.places import find_countries, find_postal_codes
from extractor.recognise.words import words_of

if TYPE_CHECKING:
    from extractor.models.rules.layout import Layout, Line

Fact = dict[str, Any]

_EDGES = " \t\r\n\xa0,;:.!?*_#\"“”„»«'’`|•·–—-/<>[](){}"
_APART = pattern(r"\s*[;/|•\n]\s*|\s+[–—-]\s+|\s*&\s*")
_QUIET = frozenset(("benefits", "ignored", "responsibilities", "application"))
_ADDRESSED = frozenset(("application", "contact", "details"))
_FAR = 99
_MOST = 20  # passages of a sentence that may be places
_LONGEST = 4  # words in the name of a place
_LEADING = words("i in er är is ist på à a en te est es è on at our vores vårt")  # small words before a place
_HEAD = 5  # lines of a posting's head
_LINE = 60  # characters of a line that is a place and nothing else
_CODED = pattern(r"[0-9](?:[0-9 ]{3}|[A-Z])")  # what every postal code has
# what leads from a title to its place
_LED = pattern(
    r"[\s,|]{0,8}(?:[–—|-]\s*|,\s*|\b(?:in|i|til|till|à|a|en|te|at|per|para|for|für|für den)\s+)"
    r"(?:(?:[Ss]tandort|[Rr]aum)\s+)?(?=[^\W\d_a-zß-ÿ])"
)
_IN = {
    **dict.fromkeys(("sv", "da", "no"), pattern(r"\b(?:i|på)\s(?=[^\W\d_a-zß-ÿ])")),
    "nl": pattern(r"\b(?:in|te)\s(?=[^\W\d_a-zß-ÿ])"),
    "fr": pattern(r"\bà\s(?=[^\W\d_a-zß-ÿ])"),
    "es": pattern(r"\ben\s(?=[^\W\d_a-zß-ÿ])"),
    "it": pattern(r"\ba\s(?=[^\W\d_a-zß-ÿ])"),
}
_FIELDS = ("city", "region", "country", "postal_code")


def locations(layout: Layout) -> list[Fact]:
    """Each place of work, from its labels, else from sentences that place the work, else from what is near."""
    found = _from_fields(layout)
    if not found:
        stated = (_labelled(layout, line) for line in layout.labelled("location"))
        found += next(filter(None, stated), [])
    said = _from_sentences(layout)
    if not found:
        found = said
    elif any(_covers(known, place) for known in found for place in said):
        found += said  # a sentence that names a known place, and others beside it
    if not any(place["city"] or place["region"] for place in found):
        near = _from_title(layout) or _from_towns(layout) or _from_hiring(layout) or _from_addresses(layout)
        if found and near:  # the country that a field states is that of the town
            near[0] = {
                **near[0],
                "country": near[0]["country"] or found[0]["country"],
                "at": [*found[0]["at"], *near[0]["at"]],
            }
        found = near or found
    kept: list[Fact] = []
    for place in found:
        if not any(_covers(known, place) for known in kept):
            kept.append(place)
    return kept


def _labelled(layout: Layout, line: Line) -> list[Fact]:
    """The places of a labelled line, and of the list that it begins."""
    found = _places(layout, line, line.value, line.end)
    if found and line.label_at and line.kind == "item":
        for item in layout.lines[layout.lines.index(line) + 1 :]:
            if item.kind != "item" or item.label:
                break
            found += _places(layout, item, item.value, item.end)
    return found


def _from_title(layout: Layout) -> list[Fact]:
    """The place behind the mark that opens a title to all: "Koch (m/w/d) in Bamberg", "Cuisinier (H/F) - Vannes"."""
    for line in [*layout.labelled("title"), *layout.lines[:_HEAD]]:
        titled = line.kind != "item" and "/" in layout.said(line)
        mark = GENDERS.search(layout.text, line.start, line.end) if titled else None
        led = _LED.match(layout.text, mark.end(), line.end) if mark else None
        if led:
            places = _places(layout, line, *_capitals(layout, line, led.end()))
            if places:
                return places[:1]
    for line in layout.lines[:_HEAD]:
        # "Halifax, Nova Scotia, Canada" stands alone
        if not line.label and line.end - line.start < _LINE and "," in layout.said(line):
            places = _places(layout, line, line.start, line.end)
            if len(places) == 1 and places[0]["city"] and places[0]["country"]:
                return places
    return []


def _from_hiring(layout: Layout) -> list[Fact]:
    """The place of the sentence that seeks somebody: "Vi søger en kok i Ribe".

    Not where nouns or titles have capitals: "Wir suchen einen Koch in Vollzeit", "a Lecturer in Mathematics".
    """
    led = _IN.get(layout.lexicon.language)
    for line in layout.having("cue", "hiring", "client") if led else ():
        if line.section in _QUIET or line.section in PROFILE or line.label:
            continue
        for match in islice(led.finditer(layout.text, line.start, line.end), _MOST) if led else ():
            places = _places(layout, line, *_capitals(layout, line, match.end()))
            if places:
                return places
    return []


def _from_addresses(layout: Layout) -> list[Fact]:
    """The town of the first address: where to apply, at the posting's head, or in the sentence that seeks somebody."""
    for place, line in enumerate(layout.lines):
        if place < _HEAD or line.section in _ADDRESSED or line.has("cue", "hiring"):
            for code in (
                find_postal_codes(layout.said(line)) if _CODED.search(layout.text, line.start, line.end) else ()
            ):
                places = _places(layout, line, *_capitals(layout, line, line.value + code.start))
                if places:
                    return places[:1]
    return []


def _from_towns(layout: Layout) -> list[Fact]:
    """The well-known towns of the first line that names one, the employer's own description last."""
    lines = layout.having("place", "city")
    for line in sorted(lines, key=lambda line: line.section == "about"):
        if line.section in _QUIET or line.label not in (None, "title"):
            continue
        names = [layout.text[cue.start : cue.end] for cue in outermost(line.of("place", "city"))]
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
            places = _places(layout, line, *_capitals(layout, line, cue.end)) if cue.words - aside > best[0] else []
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
            if name == "city":
                codes = find_postal_codes(said)
                place["postal_code"] = codes[0].value if codes else None
                said = said[codes[0].end :].strip(_EDGES) if codes and codes[0].start == 0 else said
            if said:
                place[name] = said
                at.update(line.at)
                break
    city, _, region = (place["city"] or "").partition(",")
    if region:
        place["city"], place["region"] = city.strip(), place["region"] or region.strip()
    return [{**place, "at": sorted(at)}] if at else []


def _capitals(layout: Layout, line: Line, start: int) -> tuple[int, int]:
    """Where a run of names with capitals begins and ends, conjunctions and commas included."""
    end = start
    scan = layout.scan
    span = scan.between(start, line.end)
    first = span.first
    # "Arbejdssted er på Fornebu": small words lead to the place
    while first < min(span.last, span.first + 2) and scan.folded[first] in _LEADING and scan.gaps[first].isspace():
        first += 1
    span = Range(first, span.last)
    start = scan.starts[first] if span else start
    for index in range(*span):
        written = layout.text[scan.starts[index] : scan.ends[index]]
        if index > span.first and any(mark in scan.gaps[index] for mark in ".;:(!?"):
            break
        if written[0].isupper() or (written.isdigit() and len(written) > 3):
            end = scan.ends[index]
        elif not scan.best(index, span.last, "and", "or"):
            break
    return start, max(start, end)


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
        # "5 Canal Street, Bristol": a house number is no town's
        names = [name for name in names if not any(c.isdigit() for c in name)] or names
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
    if words_of(name).folded[0] in layout.lexicon.stop_words and " " not in name:  # "The" Netherlands
        return False
    return not any(
        (cue.section, cue.name) == ("place", "nowhere")
        or cue.section in ("workplace", "employment_type", "labels", "cue", "language")
        for cue in Scan(words_of(name), layout.lexicon).cues
    )
