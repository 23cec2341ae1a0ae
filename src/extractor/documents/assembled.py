"""Documents made of named facts and of passages, each in its own form: a reply of an API, a mail, front matter."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from extractor.documents import lines
from extractor.documents.blocks import Block
from extractor.documents.characters import composed, uniform
from extractor.documents.document import one_line
from extractor.documents.mending import mended
from extractor.documents.tags import without_leftovers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Part(NamedTuple):
    """A fact on a line ("Location: Malmö"), a heading, or a passage of text or HTML."""

    kind: Literal["fact", "heading", "text", "html"]
    content: str


def assembled(parts: Iterable[Part]) -> tuple[str, Callable[[], list[Block]], list[str]]:
    """The parts one below the other, what finds their blocks, and warnings. Parts that say nothing are left out.

    Facts become rows, each on a line of its own; a blank line stands between other parts.
    """
    written: list[str] = []
    finders: list[Callable[[], list[Block]]] = []
    warnings: list[str] = []
    at = 0
    before = ""
    for kind, content in parts:
        text, find, notes = _read(kind, _whole(content))
        if not any(map(str.isalnum, text)):
            continue
        warnings += [note for note in notes if note not in warnings]
        if written:
            gap = "\n" if before == kind == "fact" else "\n\n"
            written.append(gap)
            at += len(gap)
        finders.append(partial(_shifted, find, at))
        written.append(text)
        at += len(text)
        before = kind
    return "".join(written), partial(_all, finders), warnings


def _read(kind: str, content: str) -> tuple[str, Callable[[], list[Block]], list[str]]:
    if kind == "html":
        from extractor.documents.markup import read_html

        return read_html(content)
    if kind in ("fact", "heading"):
        text, notes = mended(content)
        text = composed(one_line(text))
        return text, partial(_one, len(text), kind), notes
    text, notes = mended(without_leftovers(content))
    text = composed(text).strip("\n").rstrip()
    return text, partial(lines.blocks, text, 0, len(text), {}), notes


def _whole(content: str) -> str:
    """What a string of JSON or of a header may hold besides, made text: half characters, NULs, other line ends."""
    try:
        content.encode()
    except UnicodeEncodeError:
        content = content.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return uniform(content)[0]


def _one(length: int, kind: str) -> list[Block]:
    return [Block(0, length, 0, "heading" if kind == "heading" else "row", apart=True)]


def _shifted(find: Callable[[], list[Block]], by: int) -> list[Block]:
    return [
        block._replace(start=block.start + by, end=block.end + by, body=block.body + by) if by else block
        for block in find()
    ]


def _all(finders: list[Callable[[], list[Block]]]) -> list[Block]:
    return [block for find in finders for block in find()]
