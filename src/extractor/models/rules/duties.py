"""Responsibilities and benefits: the items of their sections, and the sentences elsewhere that state one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extractor.models.rules.layout import Layout, Line

_SHORTEST = 12  # characters; less is a label or a stray word
_PROSE = frozenset((None, "summary", "about", "details", "responsibilities", "benefits"))


def duties(layout: Layout) -> tuple[list[list[int]], list[list[int]]]:
    """The segment numbers of each responsibility and of each benefit."""
    found: list[list[int]] = []
    offered: list[list[int]] = []
    last: Line | None = None
    for line in layout.lines:
        if line.kind == "heading" or line.label:
            last = None
            continue
        if line.end - line.start < _SHORTEST and line.section not in ("responsibilities", "benefits"):
            continue
        if line.section == "responsibilities" and not _seeks(line):
            _item(found, line, last, layout)
        elif line.section == "benefits":
            _item(offered, line, last, layout)
        elif line.section in _PROSE and line.kind != "row":
            if line.has("cue", "offer") and not line.has("cue", "duty"):
                offered.append([line.number])
            elif line.has("cue", "duty") and not line.has("cue", "teaser") and not line.has("cue", "self"):
                found.append([line.number])
        last = line
    return found, offered


def _seeks(line: Line) -> bool:
    """Whether a sentence says who is sought, and nothing of what there is to do."""
    return line.kind == "text" and line.has("cue", "hiring") and not line.has("cue", "duty")


def _item(found: list[list[int]], line: Line, last: Line | None, layout: Layout) -> None:
    """Adds an item; the further sentences of a long one, on its own line, belong to it."""
    if (
        found
        and last is not None
        and found[-1][-1] == last.number == line.number - 1
        and (last.kind == "item" or len(found[-1]) > 1)
        and line.kind == "text"
        and "\n" not in layout.text[last.end : line.start]
    ):
        found[-1].append(line.number)
    else:
        found.append([line.number])
