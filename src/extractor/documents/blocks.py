"""What stands between a reader of text or HTML and the segments: blocks, and which of them are headings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from extractor.documents.document import SegmentKind

_LONGEST_LEAD_IN = 80
_LONGEST_HEADING = 120
_SHORT = 60
_PICTOGRAPHS = "\U0001f000"  # from here on
_LEAD_IN = re.compile(r"(\*{1,3}|_{1,3})(?![\s*_])[^\n]{1,80}?(?::\1|\1[ \t]?:|\1[ \t]+[-–—](?=[ \t]))[ \t]*(?=\S)")
_AFTER_BOLD = re.compile(r"\s*(?::|[-–—](?=\s))?\s*")
_LABEL = re.compile(r"[^\W\d_][^:\n]{0,40}:\s")


class Block(NamedTuple):
    """A heading, a list item, a table row or a paragraph: `text[start:end]`, without white space at either end.

    `body` as in `Segment`. `apart` where a blank line, or the edge of an element, stands before it.
    """

    start: int
    end: int
    body: int
    kind: SegmentKind
    apart: bool


def behind_lead_in(text: str, start: int, end: int, bold: dict[int, int]) -> int:
    """Where the content of `text[start:end]` begins: behind a label in bold or italics, else at `start`.

    `bold` maps the start of each emphasised run that an HTML element makes to its end.
    """
    if start in bold:
        stop = bold[start]
        if stop - start > _LONGEST_LEAD_IN or stop >= end:
            return start
        after = _AFTER_BOLD.match(text, stop, end)
        behind = after.end() if after else stop
        labelled = text[stop - 1] == ":" or text[stop:behind].strip() or text[stop] == "\n"
        return behind if labelled and behind < end else start
    if text[start] in "*_":
        label = _LEAD_IN.match(text, start, end)
        if label:
            return label.end()
    return start


def with_headings(text: str, blocks: list[Block]) -> list[Block]:
    """`blocks`, those made headings that stand like one: a short line before a list or alone above prose, a line
    that ends with a colon, a line in capitals, the title on top."""
    out = list(blocks)
    for number, block in enumerate(blocks[:-1]):  # nothing is headed by the last
        start, end, body, kind, _ = block
        if end - start > _LONGEST_HEADING:
            continue
        if kind == "text":
            heads = _is_heading(text, block, out[number - 1] if number else None, blocks[number + 1])
        elif kind == "item" and text[start] >= _PICTOGRAPHS:
            # "🚀 What we offer", and below it a list with plain bullets
            after = blocks[number + 1]
            plain = after.kind == "item" and text[after.start] < _PICTOGRAPHS
            heads = plain and end - body <= _SHORT and text[end - 1] not in ".,;"
        else:
            continue
        if heads:
            out[number] = block._replace(kind="heading")
    return out


def _is_heading(text: str, block: Block, before: Block | None, after: Block) -> bool:
    line = text[block.body : block.end]
    first, last, length = line[0], line[-1], len(line)
    above_list = after.kind == "item"
    if last == ":":
        return (above_list or length <= _SHORT) and "\n" not in line and first not in "{<["
    above_prose = after.kind == "text" and block.apart and after.end - after.start > max(1.5 * length, 80)
    capitals = length > 3 and line.isupper()
    if not (above_list or above_prose or capitals or before is None) or length > _SHORT or last in ".,;!":
        return False
    if "\n" in line or first in "{<[" or line.count(" ") > 8 or _LABEL.match(line) or not any(map(str.isalpha, line)):
        return False
    if capitals:
        return True
    if first.islower() or "@" in line:
        return False
    if above_list or before is None:
        return True
    among_lines = before.kind == "text" and before.end - before.start <= _SHORT + 20
    return "," not in line and (not among_lines or text[before.end - 1] in ".!?")
