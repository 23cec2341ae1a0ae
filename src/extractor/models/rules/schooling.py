"""Degrees and their subjects, and how long and in what a person must have worked."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from extractor.models.rules.cues import Range, outermost
from extractor.models.rules.naming import names_in
from extractor.recognise.years import find_years

if TYPE_CHECKING:
    from extractor.models.rules.cues import Cue
    from extractor.models.rules.layout import Layout
    from extractor.models.rules.statements import Statement

Fact = dict[str, Any]

_NEAR = 30  # characters between the word for experience and its years
_ABBREVIATION = 3  # letters in "MS", "BSc"
_AS = frozenset(("as", "als", "som", "comme", "como", "come"))
_WITH = frozenset(("with", "mit", "med", "avec", "con", "met"))
_LONGEST_SUBJECT = 5  # words


def degrees(statement: Statement) -> list[Cue]:
    """The words for degrees in a statement; two or three letters are one only where a degree's context follows."""
    cues = [*statement.of("education_level"), *statement.of("degree")]
    if not cues:
        return []
    return [cue for cue in outermost(cues) if cue.end - cue.start > _ABBREVIATION or statement.abbreviates_degree(cue)]


def education(layout: Layout, statement: Statement, *, preferred: bool) -> tuple[list[Fact], Range]:
    """The alternatives of schooling in a statement that has `degrees`, and the words behind their subjects."""
    cues = degrees(statement)
    marks = [cue.start for cue in statement.of("cue", "experience")]
    marks += [found.start for found in layout.read(find_years, statement.start, statement.end)]
    stop = min((mark for mark in marks if mark > cues[0].end), default=statement.end)
    entries: list[Fact] = []
    for cue, following in zip_longest(cues, cues[1:]):
        end = max(cue.end, min(following.start if following else stop, stop))
        names = names_in(statement, layout.scan.between(cue.end, end), subjects=True)
        softened = any(cue.start <= soft.start < end for soft in statement.of("requirement", "preferred"))
        entries.append(
            {
                "level": cue.name if cue.section == "education_level" else None,
                "fields": [name.text for name in names if name.span.size <= _LONGEST_SUBJECT],
                "requirement": "preferred" if preferred or softened else "required",
            }
        )
    # "BSc or MSc in Physics": the subject stands once
    for entry, following_entry in zip(entries[-2::-1], entries[:0:-1], strict=True):
        entry["fields"] = entry["fields"] or following_entry["fields"]
    if any(entry["level"] for entry in entries):
        entries = [entry for entry in entries if entry["level"]]
    if any(entry["fields"] for entry in entries):
        entries = [entry for entry in entries if entry["level"] or entry["fields"]]
    found = [entry for number, entry in enumerate(entries) if entry not in entries[:number]]
    return found, layout.scan.between(stop, statement.end)


def experience(layout: Layout, statement: Statement, whole: Range) -> tuple[list[Fact], list[Range]]:
    """The demands for experience that a range of a statement makes, and the words that may name skills."""
    found: list[Fact] = []
    spans: list[Range] = []
    while whole:
        begin = layout.scan.starts[whole.first]
        years = layout.read(find_years, begin, statement.end)
        marks = [(cue.start, cue.end) for cue in statement.of("cue", "experience") if cue.start >= begin]
        if not marks and (found or not years):
            break
        marks += [(mark.start, mark.end) for mark in years]
        area, others, rest = _area(statement, whole, sorted(marks))
        limit = layout.scan.starts[rest.first] if rest else statement.end
        least, most = next((mark.value for mark in years if mark.start < limit), (None, None))
        named = statement.cut(area) or None
        if found and (named is None or (least is None and most is None)):
            # a second demand is one only with years and an area: "or, without a degree, five years of …"
            if found[-1]["min_years"] is None and found[-1]["max_years"] is None:
                found[-1].update(min_years=least, max_years=most)
            break
        found.append({"area": named, "min_years": least, "max_years": most})
        spans += [*others[:1], _practised(statement, area), *others[1:]]
        whole = rest
    return found, [*spans, whole]


def _practised(statement: Statement, area: Range) -> Range:
    """What of an area may be skills: not what somebody worked as, but what they worked with."""
    words = statement.scan.folded
    if _AS.isdisjoint(words[max(area.first - 2, 0) : area.first]):
        return area
    first = next((index for index in range(*area) if words[index] in _WITH), area.last)
    return Range(first, area.last)


def _area(statement: Statement, whole: Range, marks: list[tuple[int, int]]) -> tuple[Range, list[Range], Range]:
    """What the experience is in: behind the words for it, else before them. What stands before it and with it;
    and what follows the comma before another demand."""
    first, end = marks[0]
    for start, stop in marks[1:]:
        if start - end > _NEAR:
            break
        end = max(end, stop)
    limit = next((start for start, _ in marks if start > end), statement.end)
    if limit < statement.end:
        comma = statement.text.rfind(",", end, limit)
        limit = comma if comma >= 0 else limit
    behind, _ = statement.trimmed(statement.scan.between(end, limit))
    before, _ = statement.trimmed(Range(whole.first, statement.scan.between(first, first).first))
    area = statement.settled(statement.demanded(behind))
    rest = Range(statement.scan.between(limit, limit).first, whole.last)
    if area:
        return area, [before, Range(area.last, behind.last)], rest
    return statement.settled(before), [Range(0, 0)], rest
