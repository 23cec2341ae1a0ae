"""Who employs, where they are on the web, and in what industry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from extractor.models.rules.cues import Range, Scan
from extractor.models.rules.layout import PROFILE
from extractor.recognise.contacts import find_urls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.models.rules.layout import Layout
    from extractor.models.rules.lines import Line

Fact = dict[str, Any]

_EDGES = " \t\r\n\xa0,;:.!?*_#\"“”„»«'’`|•·–—-/<>=+"
_MOST = 50  # candidates that are compared


def employer_of(layout: Layout, title: Fact | None) -> Fact | None:
    """Who employs, where they are on the web, in what industry."""
    client = next(iter(layout.having("cue", "client")), None)
    fact: Fact = {"name": None, "website": None, "industry": None, "on_behalf_of_client": client is not None}
    at: list[int] = [client.number] if client else []
    named = None if client else _employer_name(layout, title)
    if named:
        fact["name"] = named[0]
        at.append(named[1])
    for line in layout.labelled("employer"):
        for url in find_urls(layout.said(line)):
            fact["website"] = url.value
            at.append(line.number)
    for field in ("website", "industry"):
        for line in layout.labelled(field):
            fact[field] = layout.said(line).strip(_EDGES)
            at.append(line.number)
            break
    if not at:
        return None
    return {**fact, "at": sorted(set(at))}


def _employer_name(layout: Layout, title: Fact | None) -> tuple[str, int] | None:
    """The likeliest name of an organisation: by label, else by what stands around it and how often it comes."""
    for line in layout.labelled("employer"):
        if not find_urls(layout.said(line)):
            return layout.said(line).strip(_EDGES), line.number
    titled = title["value"].casefold() if title else ""
    scores: dict[str, float] = {}
    places: dict[str, int] = {}
    for line in layout.lines:
        if line.section in PROFILE or len(places) == _MOST:
            continue
        for weight, name in _employer_names(layout, line):
            if name.casefold() in layout.lexicon.stop_words or name.casefold() in titled:
                continue
            if name not in places:
                count = len(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)", layout.text))
                if count == 1 and " " not in name:
                    continue
                scores[name] = min(count, 6) / 2
                places[name] = line.number
            scores[name] += weight
    if not scores:
        return None
    name = max(scores, key=lambda name: scores[name])
    return name, places[name]


def _employer_names(layout: Layout, line: Line) -> Iterator[tuple[float, str]]:
    """The names that stand where a line would name who employs, with how likely that makes them."""
    scan = layout.scan
    heading = line.kind == "heading"
    for cue in line.of("headings", "about"):
        if heading and cue.start == line.start:
            span = scan.between(cue.end, line.end)
            if span and _name_after(scan, span) == span:
                yield 4, _written(scan, span)
    for cue in line.of("cue", "hiring", "self", "being", "employer"):
        if cue.name == "employer":
            name = _name_after(scan, scan.between(cue.end, line.end))
        else:
            name = Range(0, 0) if heading else _name_before(scan, scan.between(line.start, cue.start))
        first, last = name
        # "We at Acme are looking for": a sentence's first words are no part of the name
        while first < last and _written(scan, Range(first, first + 1)).casefold() in layout.lexicon.stop_words:
            first += 1
        name = Range(first, last)
        if first < last and len(_written(scan, name)) > 2:
            yield 2 if cue.name == "employer" else 3, _written(scan, name)


def _written(scan: Scan, span: Range) -> str:
    return " ".join(scan.text[scan.starts[span.first] : scan.ends[span.last - 1]].split())


def _name_after(scan: Scan, span: Range) -> Range:
    """The name with capitals at the beginning of a range, behind an article."""
    first, last = span
    while first < last and not _capital(scan, first) and scan.best(first, last, "article"):
        first += 1
    end = first
    index = first
    while index < last and (index == first or _flows(scan, index)):
        if _capital(scan, index) or (index > first and scan.gaps[index] == "."):
            end = index + 1
        elif not _connects(scan, index):
            break
        index += 1
    return Range(first, end)


def _name_before(scan: Scan, span: Range) -> Range:
    """The name with capitals at the end of a range."""
    first, last = span
    begin = last
    index = last - 1
    while index >= first and (index == last - 1 or _flows(scan, index + 1)):
        if _capital(scan, index):
            begin = index
        elif index == last - 1 or not _connects(scan, index):
            break
        index -= 1
    return Range(begin, last)


def _capital(scan: Scan, index: int) -> bool:
    return scan.text[scan.starts[index]].isupper()


def _flows(scan: Scan, index: int) -> bool:
    """Whether a word may belong to the name that the word before it belongs to."""
    gap = scan.gaps[index]
    return gap in (" ", ".", "-", "'", "’", " & ", "&", ". ") and (
        gap != ". " or scan.ends[index - 1] - scan.starts[index - 1] < 4
    )


def _connects(scan: Scan, index: int) -> bool:
    """Whether a small word may stand within a name: "Team for Digital Services"."""
    return bool(scan.best(index, index + 1, "article") or scan.best(index, index + 1, "clause", "and"))
