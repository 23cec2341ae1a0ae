"""The lines that a document's segments come to, without markup, comments and the directives of templates."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.documents import Document
    from extractor.models.rules.cues import Cue, Scan

MARKUP = " \t\r\n\xa0#>*_~`|\"'“”„{[<-–—•·/"
"""What may stand before the content of a line."""
TRAILING = " \t\r\n\xa0*_|,;\"'“”]}"
"""What may stand behind it."""
_KEY = re.compile(r'\s*"[\w .-]{1,60}"\s*:')
_NEXT_KEY = re.compile(r'\s*\n\s*(?="[\w .-]{1,60}"\s*:)|\s*\n\s*[\]}]')
_TEMPLATE = re.compile(r"\s*(?:\{[%{#<]|<!--)")
_REMARK = re.compile(r"^[ \t]*#[^\n]*\n(?:[ \t]*#[^\n]*\n)*", re.MULTILINE)
_LIQUID = re.compile(r"\{%-?\s*(end)?comment\b[^%]*%\}")


@dataclass(slots=True)
class Line:
    """A segment, or a field of one: `text[start:end]`, without list marker and markup.

    `label` is the field that it fills, and then its content begins at `value`; `label_at` are segments above that
    state the label. `opens` is the section that it opens itself; `section` is the one in which it stands, `preferred`
    where that softens its demands. `keyed`: it belongs to front matter or JSON. `named`: it is a heading that the
    vocabulary knows.
    """

    number: int
    start: int
    end: int
    kind: str
    keyed: bool
    value: int = 0
    label: str | None = None
    label_at: tuple[int, ...] = ()
    opens: str | None = None
    section: str | None = None
    preferred: bool = False
    named: bool = False
    cues: dict[str, list[Cue]] = field(default_factory=dict)

    @property
    def at(self) -> list[int]:
        """The segments that state what the line says."""
        return [*self.label_at, self.number]

    def of(self, section: str, *names: str) -> list[Cue]:
        """The cues of a section in the line's content."""
        cues = self.cues.get(section)
        if not cues:
            return []
        return [cue for cue in cues if cue.start >= self.value and (not names or cue.name in names)]

    def has(self, section: str, *names: str) -> bool:
        """Whether a cue of a section stands in the line's content."""
        return bool(self.of(section, *names))


def lines_of(document: Document, scan: Scan) -> list[Line]:
    """The lines that say something, in order."""
    text = document.text
    front = _front_matter(text)
    silent = [*_comments(text), *(match.span() for match in _REMARK.finditer(text, 0, front))]
    lines: list[Line] = []
    for number, segment in enumerate(document.segments):
        if any(a <= segment.start < b for a, b in silent) or _TEMPLATE.match(text, segment.start):
            continue
        for first, last in _fields(text, segment.body, segment.end):
            start, end = _bared(text, first, last)
            if start < end:
                keyed = first < front or _KEY.match(text, first) is not None
                line = Line(number, start, end, segment.kind, keyed, start)
                cues: dict[str, list[Cue]] = defaultdict(list)
                for cue in scan.within(start, end):
                    cues[cue.section].append(cue)
                line.cues = cues
                lines.append(line)
    return lines


def _fields(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The fields of JSON in a segment, or the segment as it is."""
    at = start
    if text.find('":', start, end) >= 0:
        for match in _NEXT_KEY.finditer(text, start, end):
            yield at, match.start()
            at = match.end()
    yield at, end


def _bared(text: str, start: int, end: int) -> tuple[int, int]:
    """`text[start:end]` without markup and white space at its ends."""
    while start < end and text[start] in MARKUP:
        start += 1
    while end > start and text[end - 1] in TRAILING:
        end -= 1
    return start, end


def _front_matter(text: str) -> int:
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
