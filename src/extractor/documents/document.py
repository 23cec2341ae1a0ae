"""What every reader makes: the text, and the segments that tile it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

SegmentKind = Literal["heading", "item", "row", "text"]

# Characters that change how a line is displayed or ends it, but say nothing: C0 and C1 controls, zero-width and
# bidirectional marks (Unicode UAX 9), line and paragraph separators, the byte order mark.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\u2028\u2029\ufeff]+")


@dataclass(frozen=True, slots=True)
class Segment:
    """One heading, list item, table row or sentence: the half-open range `[start, end)` of `Document.text`.

    `body` is where its content begins: behind white space, a list marker and a bold lead-in label such as
    "**Team Leadership:**". `start <= body <= end`.
    """

    start: int
    end: int
    body: int
    kind: SegmentKind


@dataclass(frozen=True, slots=True)
class Document:
    """A posting as text. Offsets everywhere are Unicode code points of `text`, half-open.

    `segments` tile `text`: the first starts at 0, each starts where the one before ends, the last ends at
    `len(text)`. `sha256` is of the bytes that were read, in hex. `warnings` are sentences for a person.
    """

    id: str
    source: str
    media_type: str
    sha256: str
    text: str
    segments: tuple[Segment, ...]
    warnings: tuple[str, ...] = ()

    def shown(self, number: int) -> str:
        """Segment `number` on one line, as a model is shown it: white space folded, unseen characters gone."""
        segment = self.segments[number]
        return one_line(self.text[segment.start : segment.end])

    def line_of(self, offset: int) -> int:
        """The line, counted from 1, on which the character at `offset` stands."""
        return self.text.count("\n", 0, offset) + 1


def one_line(text: str) -> str:
    """`text` on one line: white space folded to single spaces, control and direction marks removed."""
    return " ".join(UNSEEN.sub(" ", text).split())
