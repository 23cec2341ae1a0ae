"""How to apply: contacts, addresses, what to hand in; and the slots that nobody filled."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from typing import TYPE_CHECKING, Any

from extractor.models.rules.layout import key_words
from extractor.recognise.contacts import find_emails, find_phones, find_placeholders, find_urls
from extractor.recognise.patterns import pattern
from extractor.recognise.vocabulary import COMMON, phrases

if TYPE_CHECKING:
    import re

    from extractor.models.rules.layout import Layout

Fact = dict[str, Any]

_EDGES = ' \t\r\n\xa0,;:.!?*_"#“”„»«|()[]<>-–'
# a person's or firm's page, to which nobody applies
_PROFILE_PAGE = pattern(
    r"(?:linkedin\.com/(?:in|company|school)|twitter\.com|//x\.com|facebook\.com|instagram\.com|youtube\.com|xing\.com/profile)"
)
_CAPITAL = r"[A-ZÀ-ÞŠŽ][\w'’.-]+"
_WAYS = ("name", "email", "phone")
_FEW = 5  # words that name what to hand in
_APPLYING = frozenset(("application", "documents", "contact"))


def applying(layout: Layout) -> dict[str, list[Fact]]:
    """The facts of contacts, apply_urls, application_documents."""
    return {
        "contacts": _contacts(layout),
        "apply_urls": _urls(layout),
        "application_documents": _documents(layout),
    }


def placeholders(layout: Layout) -> list[Fact]:
    """The unfilled slots, each once."""
    found: dict[str, Fact] = {}
    starts = [segment.start for segment in layout.segments]
    for slot in layout.read(find_placeholders, 0, len(layout.text)):
        found.setdefault(slot.value, {"value": slot.value, "at": [bisect_right(starts, slot.start) - 1]})
    return list(found.values())


@cache
def _person() -> re.Pattern[str]:
    """Two or three words with capitals, "von" and the like among them."""
    particles = "|".join(phrases("name", "particle", COMMON))
    return pattern(rf"{_CAPITAL}(?:\s(?:{particles})){{0,2}}(?:\s{_CAPITAL}){{1,2}}")


def _contacts(layout: Layout) -> list[Fact]:
    found: list[Fact] = []
    places: dict[str, int] = {}
    for place, line in enumerate(layout.lines):
        asked = line.label in ("contact", "phone") or line.section in _APPLYING or line.has("cue", "contact")
        written = layout.read(find_emails, line.start, line.end)
        if not (asked or written):
            continue
        emails = list(dict.fromkeys(found.value for found in written))
        phones = [found.value for found in layout.read(find_phones, line.start, line.end)] if asked or emails else []
        person = None
        at = line.at
        if line.label == "contact":
            match = _person().match(layout.said(line))
            person = match[0] if match else None
        elif emails or phones or line.section == "contact":
            nearby = [line, *layout.lines[max(0, place - 2) : place]] if emails or phones else []
            for other in nearby:
                if other.section in ("application", "contact") or other.has("cue", "contact"):
                    match = _person().search(layout.text, other.start, other.end)
                    if match:
                        person = match[0]
                        at = sorted({*at, other.number})
                        break
        if not (emails or phones or person):
            continue
        for index in range(max(len(emails), len(phones), 1)):
            fact = {
                "name": person if index == 0 else None,
                "email": emails[index] if index < len(emails) else None,
                "phone": phones[index] if index < len(phones) else None,
                "at": at,
            }
            _merge(found, places, fact)
    return found


def _merge(found: list[Fact], places: dict[str, int], fact: Fact) -> None:
    """Adds a contact, or what it says anew of one that is known."""
    stated = [fact[key] for key in _WAYS if fact[key]]
    known = next((found[places[value]] for value in stated if value in places), None)
    if known and all(not known[key] or not fact[key] or known[key] == fact[key] for key in _WAYS):
        known.update({key: known[key] or fact[key] for key in _WAYS}, at=sorted({*known["at"], *fact["at"]}))
        place = places[next(value for value in stated if value in places)]
    else:
        place = len(found)
        found.append(fact)
    for value in stated:
        places.setdefault(value, place)


def _urls(layout: Layout) -> list[Fact]:
    found: dict[str, Fact] = {}
    for line in layout.lines:
        said = layout.text[line.start : line.end]
        if "/" not in said and "www" not in said:
            continue
        wanted = line.label == "apply_url" or line.has("cue", "apply_at")
        wanted = wanted or (line.section == "application" and not line.has("cue", "contact"))
        if wanted:
            for url in layout.read(find_urls, line.start, line.end):
                if not _PROFILE_PAGE.search(url.value):
                    found.setdefault(url.value, {"value": url.value, "at": [line.number]})
    return list(found.values())


def _documents(layout: Layout) -> list[Fact]:
    found: dict[tuple[str, ...], Fact] = {}
    for line in layout.lines:
        if line.section == "documents" and line.kind != "heading":
            if line.kind == "item" or not line.of("documents"):
                value = layout.said(line).strip(_EDGES)
                if line.of("documents") or layout.scan.between(line.value, line.end).size <= _FEW:
                    found.setdefault(key_words(value), {"value": value, "at": [line.number]})
                continue
        elif not (line.section in _APPLYING or line.has("cue", "submit")):
            continue
        last = -1
        for cue in line.of("documents"):
            if cue.start >= last:
                last = cue.end
                value = layout.text[cue.start : cue.end]
                found.setdefault(key_words(value), {"value": value, "at": [line.number]})
    return list(found.values())
