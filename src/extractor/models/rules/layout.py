"""A document as the rules read it: its lines, each in the section that a heading above it opens."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from extractor.models.rules.cues import Lexicon, Range, Scan
from extractor.models.rules.labels import label
from extractor.models.rules.lines import Line, front_matter, lines_of
from extractor.recognise.contacts import find_placeholders
from extractor.recognise.patterns import pattern
from extractor.recognise.words import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from extractor.documents import Segment
    from extractor.models.rules.cues import Cue
    from extractor.recognise import Found
    from extractor.recognise.words import Words

PROFILE = frozenset(
    [
        "requirements",
        "preferred",
        "hard_skills",
        "preferred_skills",
        "soft_skills",
        "frameworks",
        "cultural_skills",
        "languages",
        "education",
        "certifications",
    ]
)
"""The sections that say what is asked of the person."""
_PREFERRED = frozenset(("preferred", "preferred_skills"))
_LISTED = PROFILE | {"responsibilities", "benefits", "documents"}
# Cues of prose that goes on with what a list of the section says; elsewhere a demand does.
_CONTINUES = {"responsibilities": ("duty",), "benefits": ("offer",), "documents": ("submit",)}
# Cues of a sentence before a list, and the section that they announce.
_ANNOUNCED = {"submit": "documents", "demand": "requirements", "duty": "responsibilities", "offer": "benefits"}
_SOUGHT = ("cue", "workplace", "place")  # sections whose lines are asked for
_ANNOUNCEMENT = 5  # words at least
_LONGEST_HEADING = 14  # words
_LONG_HEADING = 6  # words; one among more of them is chance
_LINE = 60  # characters of a line that may be a heading
_STOPS = (".", "!", "?", "…")
_ATX = pattern(r"\s*(#{1,6})\s")


class Layout:
    """The lines of a document, and what is asked of them."""

    def __init__(self, words: Words, segments: Sequence[Segment], lexicon: Lexicon) -> None:
        self.segments = segments
        self.text = words.text
        self.lexicon = lexicon
        self.scan = Scan(words, lexicon)
        self._read: dict[Callable[[str], list[Found[Any]]], tuple[list[int], list[Found[Any]]]] = {}
        front = front_matter(self.text)
        self.lines = lines_of(self.segments, self.scan, front)
        slots = {slot.start: slot.end for slot in self.read(find_placeholders, 0, len(self.text))}
        label(self.lines, self.segments, self.scan, front, slots)
        _Sections(self).assign()
        self._labelled: dict[str, list[Line]] = defaultdict(list)
        self._having: dict[tuple[str, str], list[Line]] = defaultdict(list)
        for line in self.lines:
            if line.label:
                self._labelled[line.label].append(line)
            for section in _SOUGHT:
                for cue in line.cues.get(section, ()):
                    held = self._having[section, cue.name]
                    if cue.start >= line.value and (not held or held[-1] is not line):
                        held.append(line)

    def having(self, section: str, *names: str) -> list[Line]:
        """The lines in whose content a cue of `cue`, `workplace` or `place` stands, by the order of the names."""
        return [line for name in names for line in self._having.get((section, name), ())]

    def said(self, line: Line) -> str:
        """The line's content."""
        return self.text[line.value : line.end]

    def labelled(self, *names: str) -> Iterator[Line]:
        """The lines whose label is one of these, by the order of the names."""
        for name in names:
            yield from self._labelled.get(name, ())

    def read(self, find: Callable[[str], list[Found[Any]]], start: int, end: int) -> list[Found[Any]]:
        """What a recogniser finds inside of `text[start:end]`; it reads the whole text once."""
        if find not in self._read:
            found = sorted(find(self.text), key=lambda one: one.start)
            self._read[find] = ([one.start for one in found], found)
        starts, found = self._read[find]
        first = bisect_left(starts, start)
        if first == len(starts) or starts[first] >= end:
            return []
        return [one for one in found[first : bisect_left(starts, end)] if one.end <= end]


class _Sections:
    """Walks the lines and keeps the section that is open."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.scan = layout.scan
        self.section: str | None = None
        self.preferred = False
        self.level = 0
        self.indent = 0  # of the field that opened the section, 0 where a heading did
        self.listed: bool | None = None  # whether the section's content comes as a list

    def assign(self) -> None:
        """Gives each line its section."""
        lines = self.layout.lines
        for line, following in zip_longest(lines, lines[1:]):
            if self._is_heading(line):
                line.kind = "heading"
                self._head(line, following)
                self.indent = line.indent if line.keyed else 0
            elif line.alone:
                line.section = line.opens
                continue
            elif line.opens or (line.keyed and line.indent <= self.indent):
                self._open(line.opens, 0)
                self.indent = line.indent if line.keyed else 0
            elif self.section and line.label is None:
                self._go_on(line)
            line.section, line.preferred = self.section, self.preferred

    def _open(self, section: str | None, level: int) -> None:
        self.section, self.preferred, self.level = section, section in _PREFERRED, level
        self.listed = None

    def _head(self, line: Line, following: Line | None) -> None:
        """A heading opens its section; one that says nothing closes another of its level or above."""
        name = line.opens or self._name(line) or self._announced(line)
        line.named = name is not None
        match = _ATX.match(self.layout.text, self.layout.segments[line.number].start)
        depth = len(match[1]) if match else 0
        self.listed = None
        if name == "requirements" and self.section in PROFILE:
            self._open(name, self.level or depth)
        elif name:
            self._open(name, depth)
        elif depth <= self.level if depth else following is None or following.kind != "item":
            self._open(None, 0)

    def _go_on(self, line: Line) -> None:
        """Prose behind a list is of the section only where it says so."""
        if self.section == "responsibilities" and line.kind == "item":
            if any(cue.start == line.value for cue in line.of("cue", "demand")):  # "You have …"
                self._open("requirements", self.level)
            return
        tail = self.layout.text[line.end - 1 : line.end + 1].strip("*_ \n")
        ended = tail.endswith(_STOPS)
        if self.listed is None:
            self.listed = line.kind == "item" or not ended
        elif (
            self.listed
            and line.kind == "text"
            and ended
            and self.section in _LISTED
            and not line.has("cue", *_CONTINUES.get(self.section or "", ("demand", "experience")))
        ):
            self._open(None, 0)

    def _is_heading(self, line: Line) -> bool:
        if line.kind == "heading":
            return line.label is None
        if line.kind == "row" or line.label or line.end - line.start > _LINE:
            return False
        return self.scan.name("headings", self.scan.between(line.start, line.end)) is not None

    def _name(self, line: Line) -> str | None:
        """The section that a heading names: by its longest phrase, of equal ones the last."""
        span = self.scan.between(line.start, line.end)
        name = self.scan.name("headings", span)
        if name or span.size > _LONGEST_HEADING:
            return name
        best: Cue | None = None
        for cue in line.cues.get("headings", ()):
            if best is None or cue.words >= best.words:
                best = cue
        return None if best is None or (best.words == 1 and span.size > _LONG_HEADING) else best.name

    def _announced(self, line: Line) -> str | None:
        """The section that a sentence before a list announces: "Please send us the following:"."""
        if self.scan.between(line.start, line.end).size < _ANNOUNCEMENT:
            return None
        said = {cue.name for cue in line.cues.get("cue", ())}
        return next((section for cue, section in _ANNOUNCED.items() if cue in said), None)


def key_words(text: str) -> tuple[str, ...]:
    """The words of a phrase, to tell whether two say the same."""
    return tuple(folded(text))


__all__ = ["PROFILE", "Layout", "Line", "Range", "key_words"]
