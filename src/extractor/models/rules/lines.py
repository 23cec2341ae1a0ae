"""The lines that a document's segments come to, without markup, comments and the directives of templates."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.recognise.patterns import pattern
from extractor.recognise.words import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from extractor.documents import Segment
    from extractor.models.rules.cues import Cue, Scan

MARKUP = " \t\r\n\xa0#>*_~`|\"'“”„{[<-–—•·/"
"""What may stand before the content of a line."""
TRAILING = " \t\r\n\xa0*_|,;\"'“”]}"
"""What may stand behind it."""
_KEY = pattern(r'\s*"[\w .-]{1,60}"\s*:')
_NEXT_KEY = pattern(r'\s*\n\s*(?="[\w .-]{1,60}"\s*:)|\s*\n\s*[\]}]')
_NEXT_LABEL = pattern(r"\n[ \t]*(?:[*_]{1,2})?([^\W\d_][^:\n]{1,40})(?=:[*_]{0,2}[ \t])")
_NUMBER = pattern(r"\s*\d{1,2}[.)]\s+(?=\D)")
_TEMPLATE = pattern(r"\s*(?:\{[%{#<]|<!--)")
_REMARK = pattern(r"^[ \t]*#[^\n]*\n(?:[ \t]*#[^\n]*\n)*", re.MULTILINE)
_LIQUID = pattern(r"\{%-?\s*(end)?comment\b[^%]*%\}")


@dataclass(slots=True)
class Line:
    """A segment, or a field of one: `text[start:end]`, without list marker and markup.

    `label` is the field that it fills, and then its content begins at `value`; `label_at` are segments above that
    state the label. `opens` is the section that it opens, for itself `alone` or for what follows too; `section` is
    the one in which it stands, `preferred` where that softens its demands. `keyed`: it is a field of front matter or
    JSON, at `indent`. `named`: it is a heading that the vocabulary knows.
    """

    number: int
    start: int
    end: int
    kind: str
    keyed: bool
    indent: int
    value: int
    cues: dict[str, list[Cue]]
    label: str | None = None
    label_at: tuple[int, ...] = ()
    opens: str | None = None
    alone: bool = False
    section: str | None = None
    preferred: bool = False
    named: bool = False

    @property
    def at(self) -> list[int]:
        """The segments that state what the line says."""
        return [*self.label_at, self.number]

    def of(self, section: str, *names: str) -> list[Cue]:
        """The cues of a section in the line's content."""
        cues = self.cues.get(section)
        if cues is None:
            return []
        return [cue for cue in cues if cue.start >= self.value and (not names or cue.name in names)]

    def has(self, section: str, *names: str) -> bool:
        """Whether a cue of a section stands in the line's content."""
        if section in self.cues:
            for cue in self.cues[section]:
                if cue.start >= self.value and (not names or cue.name in names):
                    return True
        return False


def lines_of(segments: Sequence[Segment], scan: Scan, front: int) -> list[Line]:
    """The lines that say something, in order; `front` is where the front matter ends."""
    text = scan.text
    silent = sorted([*_comments(text), *(match.span() for match in _REMARK.finditer(text, 0, front))])
    begun = [start for start, _ in silent]
    marked, quoted = "{" in text or "<!--" in text, '"' in text
    lines: list[Line] = []
    for number, segment in enumerate(segments):
        last = bisect_right(begun, segment.start) - 1
        if (last >= 0 and segment.start < silent[last][1]) or (marked and _TEMPLATE.match(text, segment.start)):
            continue
        for first, last in _fields(scan, segment.body, segment.end):
            start, end = _bared(text, first, last)
            if start < end:
                cues: dict[str, list[Cue]] = {}
                for cue in scan.within(start, end):
                    cues.setdefault(cue.section, []).append(cue)
                keyed = first < front or (quoted and _KEY.match(text, first) is not None)
                indent = first - text.rfind("\n", 0, first)
                lines.append(Line(number, start, end, segment.kind, keyed, indent, start, cues))
    return lines


def _fields(scan: Scan, start: int, end: int) -> list[tuple[int, int]]:
    """The fields that a segment joins, of JSON or "Label: value" lines; else the segment as it is."""
    text = scan.text
    fields: list[tuple[int, int]] = []
    at = start
    if text.find(":", start, end) < 0:
        pass
    elif text.find('":', start, end) >= 0:
        for match in _NEXT_KEY.finditer(text, start, end):
            fields.append((at, match.start()))
            at = match.end()
    elif text.find("\n", start, end) >= 0:
        for match in _NEXT_LABEL.finditer(text, start, end):
            if scan.lexicon.name("labels", folded(match[1])):
                fields.append((at, match.start()))
                at = match.start(1)
    return [*fields, (at, end)]


def _bared(text: str, start: int, end: int) -> tuple[int, int]:
    """`text[start:end]` without markup and white space at its ends."""
    number = _NUMBER.match(text, start, end)
    start = number.end() if number else start
    bare = text[start:end].lstrip(MARKUP)
    return end - len(bare), end - len(bare) + len(bare.rstrip(TRAILING))


def front_matter(text: str) -> int:
    """Where the front matter ends that the text begins with; 0 where there is none."""
    begun = text[:9].lstrip()
    return max(text.find("\n---", 3), 0) if begun.startswith("---") else 0


def _comments(text: str) -> list[tuple[int, int]]:
    """The spans of a template's comments."""
    spans: list[tuple[int, int]] = []
    opened: int | None = None
    for match in _LIQUID.finditer(text) if "{%" in text else ():
        if match[1] is None and opened is None:
            opened = match.start()
        elif match[1] and opened is not None:
            spans.append((opened, match.end()))
            opened = None
    return spans
