"""Blocks to the segments that tile the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.documents.blocks import with_headings
from extractor.documents.document import Segment
from extractor.documents.sentences import starts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from extractor.documents.blocks import Block
    from extractor.documents.document import SegmentKind

_LONG_ITEM = 600
_LONGEST = 1_000


def tiled(text: str, find_blocks: Callable[[], list[Block]]) -> tuple[Segment, ...]:
    """The segments of `text`, given what finds its blocks in order: one a heading, list item, table row or sentence.

    An item or a row of more than 600 characters is cut at its sentences too, and what is then longer than 1,000
    at a semicolon, a comma or a space. White space goes with the segment before it.
    """
    begun: list[tuple[int, int, SegmentKind]] = []
    for start, end, body, kind, _ in with_headings(text, find_blocks()):
        begun.append((start, body, kind))
        at = body
        if kind == "text" or end - start > _LONG_ITEM:
            for sentence in starts(text, body, end):
                if sentence - at > _LONGEST:
                    begun.extend((cut, cut, "text") for cut in _cuts(text, at, sentence))
                begun.append((sentence, sentence, "text"))
                at = sentence
        if end - at > _LONGEST:
            begun.extend((cut, cut, "text") for cut in _cuts(text, at, end))
    if not begun:
        return ()
    ends = [start for start, _, _ in begun[1:]]
    ends.append(len(text))
    begun[0] = (0, *begun[0][1:])
    return tuple([Segment(start, end, body, kind) for (start, body, kind), end in zip(begun, ends, strict=True)])


def _cuts(text: str, start: int, end: int) -> Iterator[int]:
    """Where a passage without an end in sight is cut."""
    while end - start > _LONGEST:
        stop = start + _LONGEST
        for mark in ("; ", ", ", " "):
            at = text.rfind(mark, start + _LONGEST // 2, stop)
            if at >= 0:
                stop = at + len(mark)
                break
        while stop < end and text[stop].isspace():
            stop += 1
        if stop < end:
            yield stop
        start = stop
