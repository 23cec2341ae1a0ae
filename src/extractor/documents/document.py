"""What every reader makes: the text, and the segments that tile it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

SegmentKind = Literal["heading", "item", "row", "text"]

# Characters that change how a line is displayed or ends it, but say nothing: C0 and C1 controls, zero-width and
# bidirectional marks (Unicode UAX 9), line and paragraph separators, the byte order mark.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\u2028\u2029\ufeff]+")


class Segment(NamedTuple):
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

    `sha256` is of the bytes that were read, in hex. `warnings` are sentences for a person. The segments are given, or
    found when they are first asked for: to find them costs more than to read the text.

    `pages` are the offsets at which pages begin, for what has pages. `published` are the schema.org JobPosting items
    that a web page publishes about itself, as they stand there.
    """

    id: str
    source: str
    media_type: str
    sha256: str
    text: str
    # not compared: they follow from the rest
    _segments: tuple[Segment, ...] | Callable[[], tuple[Segment, ...]] = field(repr=False, compare=False)
    warnings: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    published: tuple[dict[str, Any], ...] = field(default=(), hash=False)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segments that tile `text`.

        The first starts at 0, each starts where the one before ends, the last ends at `len(text)`.
        """
        found = self._segments
        if not isinstance(found, tuple):
            found = found()
            object.__setattr__(self, "_segments", found)
        return found

    def shown(self, number: int) -> str:
        """Segment `number` on one line, as a model is shown it: white space folded, unseen characters gone."""
        segment = self.segments[number]
        return one_line(self.text[segment.start : segment.end])

    def page_of(self, offset: int) -> int | None:
        """The page, counted from 1, on which the character at `offset` stands; None where there are no pages."""
        return bisect_right(self.pages, offset) or None

    def line_of(self, offset: int) -> int:
        """The line, counted from 1, on which the character at `offset` stands."""
        return self.text.count("\n", 0, offset) + 1


def one_line(text: str) -> str:
    """`text` on one line: white space folded to single spaces, control and direction marks removed."""
    line = " ".join(text.split())
    # most lines hold none of them, which is quicker to see than to search for
    return line if line.isprintable() else " ".join(UNSEEN.sub(" ", line).split())
