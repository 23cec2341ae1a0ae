"""In what industry an employer works, as the text says it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from extractor.models.rules.cues import Range
from extractor.models.rules.layout import PROFILE
from extractor.recognise.vocabulary import COMMON, names, phrases
from extractor.recognise.words import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.models.rules.layout import Layout
    from extractor.models.rules.lines import Line

_EDGES = " \t\r\n\xa0,;:.!?*_#\"“”„»«'’`|•·–—-/<>=+"
_QUIET = PROFILE | {"responsibilities", "benefits", "application", "documents", "contact", "ignored"}
_MOST = 8  # sentences about the employer; what they do stands in the first
_LONGEST = 6  # words beside the noun for an organisation
_WITHIN = (" ", "-", "/", " & ", "'", "’")  # what stands between the words of a name
# Beginnings of compounds that tell a company's place in a group or its owners: "Tochterunternehmen", "familieföretag".
_NO_TRADE = (
    "tochter",
    "mutter",
    "familie",
    "familj",
    "dotter",
    "datter",
    "moder",
    "klein",
    "groß",
    "einzel",
    "zukunft",
)
_COMPOUNDING = frozenset(("de", "sv", "da", "no", "nl"))
_STEM = 3  # letters of a compound before its last part
_OF = frozenset(("de", "des", "du", "d", "en", "di", "del", "della", "dei", "delle", "dell"))
_PARTICIPLES = ("é", "ée", "és", "ées", "ado", "ada", "ato", "ata")


def industry_of(layout: Layout, employer: str | None) -> tuple[str, int] | None:
    """The industry by its label, else of the first sentence that says it of the employer; and the segment."""
    for line in layout.labelled("industry"):
        return layout.said(line).strip(_EDGES), line.number
    tried = 0
    for line in layout.lines:
        if line.section in _QUIET or line.label or line.kind == "heading":
            continue
        start = _subject(layout, line, employer)
        if start is None:
            continue
        found = _stated(layout, line, start)
        tried += 1
        if found:
            first, last = found
            written = layout.text[layout.scan.starts[first] : layout.scan.ends[last - 1]]
            return " ".join(written.split()), line.number
        if tried == _MOST:
            break
    return None


def _subject(layout: Layout, line: Line, employer: str | None) -> int | None:
    """Where a line begins to say something of the employer or the client."""
    if line.section == "about":
        return line.value
    cues = line.of("cue", "self", "client") if "cue" in line.cues else []
    starts = [cue.end if cue.name == "client" else cue.start for cue in cues]
    if employer:
        at = layout.text.find(employer, line.start, line.end)
        if at >= 0:
            starts.append(at + len(employer))
    return min(starts, default=None)


def _stated(layout: Layout, line: Line, start: int) -> Range | None:
    """The words for an industry behind `start`: for the field of work, else for the kind of organisation."""
    end = min((cue.start for cue in line.of("cue", "hiring") if cue.start > start), default=line.end)
    span = layout.scan.between(start, end)
    nouns = list(_nouns(layout, span))
    for readers in _READERS:
        reached = span.first
        for name, head in nouns:
            if name in readers and not _within_name(layout, head):
                found = "firm" in readers and _compound(layout, Range(reached, head.first))
                found = found or readers[name](layout, span, head)
                if found:
                    return found
                reached = head.last
        if "firm" in readers and (compound := _compound(layout, Range(reached, span.last))):
            return compound
    return None


def _nouns(layout: Layout, span: Range) -> Iterator[tuple[str, Range]]:
    """The words for organisations and fields of work, the longer of two first, and what they are."""
    known = _vocabulary(layout.lexicon.language)
    for index in range(*span):
        for words, name in known.get(layout.scan.folded[index], ()):
            if layout.scan.folded[index : min(index + len(words), span.last)] == words:
                yield name, Range(index, index + len(words))


@cache
def _vocabulary(language: str) -> dict[str, list[tuple[list[str], str]]]:
    """The phrases of the industry's section by their first words, the longest first."""
    found: dict[str, list[tuple[list[str], str]]] = {}
    for name in names("industry", language):
        for phrase in phrases("industry", name, language):
            words = folded(phrase)
            found.setdefault(words[0], []).append((words, name))
    for held in found.values():
        held.sort(key=lambda one: -len(one[0]))
    return found


def _within_name(layout: Layout, head: Range) -> bool:
    """Whether a noun is a part of a name: "Museum of Toys"."""
    capital = layout.text[layout.scan.starts[head.first]].isupper()
    return capital and layout.lexicon.language != "de"


def _behind(layout: Layout, span: Range, head: Range) -> Range:
    """What a company is said to be specialised in, or the best of."""
    scan = layout.scan
    first = head.last
    while first < span.last and (scan.best(first, span.last, "article", "qualifier") or _boasts(layout, first)):
        first += 1
    last = first
    while last < span.last and last - first <= _LONGEST and (last == first or scan.gaps[last] in _WITHIN):
        joint = last > first and (scan.best(last, span.last, "and") is not None or scan.folded[last] in _OF)
        if not joint and (_is_small(layout, last) or scan.folded[last].isdecimal()):
            break
        last += 1
    while last > first and scan.best(last - 1, last, "and", "clause", "article"):
        last -= 1
    return Range(first, last)


def _sector(layout: Layout, span: Range, head: Range) -> Range | None:
    """The "parking industry", the "settore moda"."""
    if _latin(layout):
        return _behind(layout, span, head)
    named = _modifiers(layout, span, head)
    return Range(named.first, head.last) if named else None


def _firm(layout: Layout, span: Range, head: Range) -> Range:
    """An organisation that says what it does: a "private bank", an "agence de voyages"."""
    if _latin(layout):
        return Range(head.first, _complement(layout, span, head.last, adjective=True))
    return Range(_modifiers(layout, span, head).first, head.last)


def _kind(layout: Layout, span: Range, head: Range) -> Range | None:
    """An organisation that says so only with what stands before it: an "IT service provider"."""
    named = _modifiers(layout, span, head)
    return Range(named.first, head.last) if named else None


def _company(layout: Layout, span: Range, head: Range) -> Range | None:
    """What a company is told by: a "software company", an "azienda di trasporti"."""
    if not _latin(layout):
        return _modifiers(layout, span, head) if layout.lexicon.language == "en" else None
    end = _complement(layout, span, head.last, adjective=False)
    return Range(head.last + 1, end) if end > head.last + 1 else None


def _compound(layout: Layout, span: Range) -> Range | None:
    """A compound such as "Lebensmittelbranche" or "energibolag"."""
    if layout.lexicon.language not in _COMPOUNDING:
        return None
    endings = phrases("organisation", "ending", COMMON)
    for index in range(*span):
        word = layout.scan.folded[index]
        if word.endswith(endings) and not word.startswith(_NO_TRADE):
            ending = next(ending for ending in endings if word.endswith(ending))
            if len(word) >= len(ending) + _STEM:
                return Range(index, index + 1)
    return None


def _modifiers(layout: Layout, span: Range, head: Range) -> Range:
    """The words before a noun that say more than praise: not "a leading" but "IT service"."""
    scan = layout.scan
    first = head.first
    if scan.best(head.first - 1, head.first, "and"):
        return Range(first, first)
    while first > span.first and head.first - first < _LONGEST and scan.gaps[first] in _WITHIN:
        word = scan.folded[first - 1]
        joint = scan.best(first - 1, first, "and") is not None
        if not joint and (
            _is_small(layout, first - 1)
            or word.isdecimal()
            or scan.best(first - 1, first, "article", "qualifier")
            or _boasts(layout, first - 1)
        ):
            break
        first -= 1
    while first < head.first and scan.best(first, first + 1, "and"):
        first += 1
    return Range(first, head.first)


def _complement(layout: Layout, span: Range, at: int, *, adjective: bool) -> int:
    """Where ends what follows a noun of a Latin language: "de communication", or an adjective."""
    scan = layout.scan
    end = at
    while end < span.last and end - at < _LONGEST and scan.gaps[end] in _WITHIN:
        word = scan.folded[end]
        of = word in _OF
        if word.isdecimal() or (_is_small(layout, end) and not of):
            break
        if not of and (word.endswith(_PARTICIPLES) or _boasts(layout, end) or (end == at and not adjective)):
            break
        end += 1
    while end > at and scan.folded[end - 1] in _OF:
        end -= 1
    return end


_READERS = ({"sector": _sector}, {"field": _behind, "firm": _firm, "kind": _kind}, {"generic": _company})
"""Who reads the words for an industry at a cue, those first that say it most plainly."""


def _is_small(layout: Layout, index: int) -> bool:
    """Whether a word is a small one of the language: "it", but not "IT"."""
    scan = layout.scan
    return (
        scan.folded[index] in layout.lexicon.stop_words
        and not scan.text[scan.starts[index] : scan.ends[index]].isupper()
    )


def _boasts(layout: Layout, index: int) -> bool:
    """Whether a word praises, or tells the size or age of a company."""
    word = layout.scan.folded[index]
    whole, begun = _praise()
    return word in whole or word.startswith(begun)


@cache
def _praise() -> tuple[frozenset[str], tuple[str, ...]]:
    """The words of praise, and the beginnings of others."""
    listed = phrases("organisation", "boast", COMMON)
    return frozenset(listed), tuple(phrase[:-1] for phrase in listed if phrase.endswith("*"))


def _latin(layout: Layout) -> bool:
    """Whether what a noun is about stands behind it."""
    return layout.lexicon.language in ("fr", "es", "it")
