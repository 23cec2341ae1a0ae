"""HTML: the text that a reader sees, and its blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from extractor.documents import lines
from extractor.documents.appearance import Appearance, styled
from extractor.documents.blocks import Block, behind_lead_in
from extractor.documents.characters import composed
from extractor.documents.mending import mended
from extractor.documents.tags import is_overgrown, without_tags

if TYPE_CHECKING:
    from collections.abc import Callable

    from selectolax.lexbor import LexborHTMLParser

    from extractor.documents.document import SegmentKind


# What an element, or a piece of text, does to the text of the page. Numbers, not an Enum: they are compared for
# every element. From _BLOCK on, an element ends the line.
_SKIPPED, _TEXT, _BREAK, _INLINE, _APART, _BOLD = range(6)
_BLOCK, _LINED, _HEADING, _LIST, _NUMBERED, _ITEM, _ROW, _CELL, _TERM, _DETAIL = range(6, 16)
_ROLES = {
    tag: role
    for role, tags in {
        _SKIPPED: "-comment head title script style noscript template nav svg iframe object embed audio video canvas "
        "select datalist textarea",
        _TEXT: "-text",
        _BREAK: "br",
        _APART: "span a button label time small data output",  # style alone often sets them apart
        _BOLD: "b strong em i u",
        _BLOCK: "address article aside blockquote body caption center details dialog div dl fieldset figcaption figure "
        "footer form header hgroup hr html legend main p search section table tbody tfoot thead",
        _LINED: "pre listing xmp",  # keep their line ends
        _HEADING: "h1 h2 h3 h4 h5 h6 summary",
        _LIST: "ul menu dir",
        _NUMBERED: "ol",
        _ITEM: "li",
        _ROW: "tr",
        _CELL: "td th",
        _TERM: "dt",
        _DETAIL: "dd",
    }.items()
    for tag in tags.split()
}
_BLOCKS = "p,div,li,table,h1,h2,h3,h4,h5,h6,dd,section,article,blockquote"
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
_BULLETED = re.compile(r"\n[ \t]*[•·▪●‣◦][ \t]*\S")
_LISTED = re.compile(r"\n[ \t]*(?:[*–-]|\d{1,2}[.)])[ \t]+\S")
_BULLET = re.compile(r"[•·▪●‣◦*–-]\s+(?=\S)|[•·▪●‣◦](?=\S)")
_ENDS_WORD = re.compile(r"[^\W_A-ZÀ-ÖØ-Þ]\Z|[)%€$£]\Z")
_ENDS_WHOLE = re.compile(r"[^\W_]{2}\Z")
_BEGINS_WHOLE = re.compile(r"[A-ZÀ-ÖØ-Þ][^\W_]|\d")
_LONGEST_CELL = 200  # characters; a longer "cell" is a column of the page's layout


@dataclass(slots=True)
class _Passage:
    """A block as it will stand in the text: its lines, each with the length of the bold run that it begins with."""

    kind: SegmentKind
    mark: str
    lines: list[tuple[str, int]]

    def is_label(self) -> bool:
        """Whether it is but a lead-in to what comes next."""
        line, bold = self.lines[0]
        return len(self.lines) == 1 and len(line) <= 80 and (bold == len(line) or line.endswith(":"))

    def is_cell(self) -> bool:
        """Whether it can be part of a row."""
        short = self.kind == "text" and sum(len(line) for line, _ in self.lines) <= _LONGEST_CELL
        return short and not any(_BULLET.match(line) for line, _ in self.lines)


_Place: TypeAlias = tuple[_Passage, int, int]  # a passage, and where it starts and ends in the text


class _Page:
    """The passages of a page, gathered while its tree is walked."""

    def __init__(self) -> None:
        self.passages: list[_Passage] = []
        self.bold = self.lined = self.heading = 0  # open elements of the kind
        # since the last piece of text, an element ended that style may keep apart (1), and one began (2)
        self.parted = 0
        self._pieces: list[str] = []
        self._leading = 0  # of the pieces, the bold ones that the line begins with
        self._lines: list[tuple[str, int]] = []
        self._mark = ""
        self._lists: list[int] = []  # of each open list the next number, or 0
        self._items: list[int] = []  # of each open list item the passage it began with, or -1
        self._rows: list[list[int]] = []  # of each open row where it and its cells end
        self._term = -1  # the passage of the term last defined

    def add(self, text: str) -> None:
        """A piece of text."""
        pieces = self._pieces
        if "\n" in text and (self.lined or _keeps_lines(text)):
            begun = bool(pieces) or not self._lines
            *ended, text = text.split("\n")
            for line in ended:
                if line.strip() or begun:  # else it ends the line that a <br> has ended
                    self._append(line)
                    self.end_line()
                begun = True
        if self.parted:
            if pieces and _stands_apart(pieces[-1], text, beside=self.parted > 1):
                pieces.append(" ")
            self.parted = 0
        self._append(text)

    def _append(self, text: str) -> None:
        if self._leading == len(self._pieces) and (self.bold or text.isspace()):
            self._leading += 1
        self._pieces.append(text)

    def end_line(self) -> None:
        """The line ends, the block goes on."""
        if self._pieces or self._lines:
            bold = len(_folded(self._pieces[: self._leading])) if self._leading else 0
            self._lines.append((_folded(self._pieces), bold))
            self._pieces.clear()
            self._leading = 0

    def end_block(self) -> None:
        """What was gathered is a passage."""
        if self._pieces:
            self.end_line()
        gathered = self._lines
        while gathered and not gathered[-1][0]:
            gathered.pop()
        while gathered and not gathered[0][0]:
            del gathered[0]
        if not gathered:
            return
        self._lines = []
        if self.heading:
            self.passages.append(_Passage("heading", "", [(" ".join(line for line, _ in gathered), 0)]))
        elif self._mark:
            bullet = _BULLET.match(gathered[0][0])
            if bullet:
                line, bold = gathered[0]
                gathered[0] = (line[bullet.end() :], max(bold - bullet.end(), 0))
            self.passages.append(_Passage("item", self._mark, gathered))
            self._mark = ""
            self._items[-1] = len(self.passages) - 1
        elif self._items and 0 <= self._items[-1] == len(self.passages) - 1 and self.passages[-1].is_label():
            self.passages[-1].lines.extend(gathered)
        else:
            self.passages.append(_Passage("text", "  " * len(self._items), gathered))

    def enter(self, role: int) -> None:
        """An element begins that ends the line."""
        if self._pieces or self._lines:
            self.end_block()
        if role == _BLOCK:
            return
        if role == _ITEM:
            number = self._lists[-1] if self._lists else 0
            if number:
                self._lists[-1] += 1
            self._mark = "  " * (len(self._lists) - 1) + (f"{number}. " if number else "- ")
            self._items.append(-1)
        elif role in (_LIST, _NUMBERED):
            self._lists.append(int(role == _NUMBERED))
        elif role == _HEADING:
            self.heading += 1
        elif role == _ROW:
            self._rows.append([len(self.passages)])
        elif role == _TERM:
            self._term = len(self.passages)

    def leave(self, role: int) -> None:
        """The element ends."""
        if self._pieces or self._lines:
            self.end_block()
        if role == _BLOCK:
            return
        if role == _ITEM:
            self._items.pop()
            self._mark = ""
        elif role in (_LIST, _NUMBERED):
            self._lists.pop()
        elif role == _HEADING:
            self.heading -= 1
        elif role == _CELL and self._rows:
            self._rows[-1].append(len(self.passages))
        elif role == _ROW:
            self._merge(self._rows.pop())
        elif role == _DETAIL and self._term >= 0:
            self._merge([self._term, self._term + 1, len(self.passages)])
            self._term = -1

    def _merge(self, ends: list[int]) -> None:
        """Make one row of the cells whose passages end at `ends`, where each is but one."""
        begin, end = ends[0], ends[-1]
        cells = self.passages[begin:end]
        each_one = all(after - before <= 1 for before, after in pairwise(ends))
        if len(cells) > 1 and each_one and all(cell.is_cell() for cell in cells):
            row = " | ".join(" ".join(line for line, _ in cell.lines) for cell in cells)
            self.passages[begin:end] = [_Passage("row", "", [(row, 0)])]


def tree_of(markup: str) -> LexborHTMLParser | None:
    """The page's tree; None where it nests so deep that to make it would take too long."""
    from selectolax.lexbor import LexborHTMLParser

    return None if is_overgrown(markup) else LexborHTMLParser(markup)


def read_html(markup: str) -> tuple[str, Callable[[], list[Block]], list[str]]:
    """The text of a page or a fragment, what finds its blocks, and warnings.

    Lists become "- " or "1. " items set in by their depth, a table's row becomes a line with " | " between the
    cells. Scripts, hidden parts, menus, consent dialogs and lists of other jobs are left out.
    """
    return read_tree(markup, tree_of(markup))


def read_tree(markup: str, tree: LexborHTMLParser | None) -> tuple[str, Callable[[], list[Block]], list[str]]:
    """As `read_html`, of a page whose tree is there already."""
    if tree is None:
        text, warnings = mended(without_tags(markup))
        text = composed(text)
        warning = "The HTML nests too deep to be read in full; its text was taken without its lists and tables."
        return text, partial(lines.blocks, text, 0, len(text), {}), [warning, *warnings]
    page = _Page()
    _walk(tree, page)
    text, places, bold = _rendered(page.passages)
    warnings = mended(text)[1]
    if warnings:
        whole = (_mended(passage) for passage in page.passages)
        text, places, bold = _rendered([passage for passage in whole if any(line for line, _ in passage.lines)])
    return text, partial(_all_blocks, text, places, bold), warnings


def _mended(passage: _Passage) -> _Passage:
    """Line by line, so that what is bold stays so."""
    whole = [(_folded([mended(line)[0]]), len(_folded([mended(line[:bold])[0]]))) for line, bold in passage.lines]
    return _Passage(passage.kind, passage.mark, whole)


def _stands_apart(before: str, text: str, *, beside: bool) -> bool:
    """Whether `text` is a word of its own, behind an element that style may keep apart, or `beside` it in another."""
    if text[:1].isupper() and _ENDS_WORD.search(before):
        return True
    whole = beside and _ENDS_WHOLE.search(before) and _BEGINS_WHOLE.match(text)
    return bool(whole) and not (text[0].isdigit() and before[-1].isdigit())


def _folded(pieces: list[str]) -> str:
    return composed(" ".join("".join(pieces).split()))


def _keeps_lines(text: str) -> bool:
    """Whether the line ends in a piece of text are meant, and not only the layout of the source."""
    text = text.strip()
    if "\n" not in text:
        return False
    if _BLANK_LINE.search(text) or _BULLETED.search(text):
        return True
    return len(_LISTED.findall(text)) > 1


def _walk(tree: LexborHTMLParser, page: _Page) -> None:
    """Fill `page`. Without recursion: pages nest thousands deep."""
    look = Appearance(tree)
    roles: dict[int, int] = {}  # by tag_id, a number for the tags of HTML and an address for others
    above: list[tuple[int, bool, bool, bool]] = []  # of the open elements the role; whether bold, lined and suspected
    page.lined += tree.css_first(_BLOCKS) is None
    node = tree.body or tree.root
    while node is not None:
        role = roles.get(node.tag_id)
        if role is None:
            role = roles[node.tag_id] = _ROLES.get(node.tag or "", _INLINE)
        child = None
        if role == _TEXT:
            page.add(node.text_content or "")
        elif role == _BREAK:
            page.end_line()
        elif role != _SKIPPED:
            attributes = node.attributes
            drops = look.drops(node, attributes)
            if not drops:
                bold, lined = role == _BOLD, role == _LINED
                style = attributes.get("style") if attributes else None
                if style:
                    emphasis, keeps_lines = styled(style)
                    bold = bold if emphasis is None else emphasis
                    lined = lined or keeps_lines
                if role >= _BLOCK:
                    page.enter(role)
                elif role == _APART and page.parted:
                    page.parted = 2
                page.bold += bold
                page.lined += lined
                suspected = drops is False
                look.suspects += suspected
                above.append((role, bold, lined, suspected))
                child = node.first_child
                if child is None:
                    _leave(page, look, *above.pop())
        following = child or node.next
        while following is None and above and node is not None:
            _leave(page, look, *above.pop())
            node = node.parent
            following = node.next if above and node is not None else None
        node = following


def _leave(page: _Page, look: Appearance, role: int, bold: bool, lined: bool, suspected: bool) -> None:
    if role >= _BLOCK:
        page.leave(role)
    elif role == _APART:
        page.parted = 1
    page.bold -= bold
    page.lined -= lined
    look.suspects -= suspected


def _rendered(passages: list[_Passage]) -> tuple[str, list[_Place], dict[int, int]]:
    """The passages as text, a blank line between them but in lists and tables; where each stands in it, and what
    is bold, as for `behind_lead_in`."""
    written: list[str] = []
    places: list[_Place] = []
    bold: dict[int, int] = {}
    at = 0
    before = None
    for passage in passages:
        if before is not None:
            gap = "\n" if before.kind == passage.kind != "text" or passage.mark.isspace() else "\n\n"
            written.append(gap)
            at += len(gap)
        begin = at
        margin = passage.mark
        for number, (line, bold_length) in enumerate(passage.lines):
            if number:
                written.append("\n")
                at += 1
                margin = " " * len(passage.mark)
            if line:
                written += (margin, line)
                at += len(margin)
                if bold_length:
                    bold[at] = at + bold_length
                at += len(line)
        places.append((passage, begin, at))
        before = passage
    return "".join(written), places, bold


def _all_blocks(text: str, places: list[_Place], bold: dict[int, int]) -> list[Block]:
    return [block for place in places for block in _blocks(text, *place, bold)]


def _blocks(text: str, passage: _Passage, begin: int, end: int, bold: dict[int, int]) -> list[Block]:
    mark = passage.mark
    start, body = begin + len(mark) - len(mark.lstrip()), begin + len(mark)
    kind = passage.kind
    if kind == "text":
        first = text[body]
        if len(passage.lines) > 1 or not first.isalpha() or first == "o" or ")" in text[body : body + 5]:
            return lines.blocks(text, begin, end, bold)
        if bold.get(body) == end and end - body <= 100 and text[end - 1] not in ".,;":
            kind = "heading"
    elif kind == "item" and any(not line or _BULLET.match(line) for line, _ in passage.lines[1:]):
        return lines.blocks(text, begin, end, bold)
    if kind in ("item", "text"):
        body = behind_lead_in(text, body, end, bold)
    return [Block(start, end, body, kind, apart=kind in ("text", "heading"))]
