"""Plain text and Markdown, line by line: headings, list items, table rows, and hard-wrapped paragraphs made whole."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from extractor.documents.blocks import Block, behind_lead_in
from extractor.documents.sentences import CONNECTIVES, MONTHS

if TYPE_CHECKING:
    from extractor.documents.document import SegmentKind

# With the white space behind it. Bullets come as geometric shapes, dingbats, arrows, pictographs, and as the
# private-use characters that symbol fonts leave behind.
_MARKER = re.compile(
    r"""(?:
      [-+*‐‑−–—―»›¤][ \t\xa0]+
    | -(?=[A-ZÀ-ÖØ-Þ])
    | [•·‣⁃∙\u2190-\u21ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\ue000-\uf8ff\U0001f000-\U0001faff]
      [\ufe0f\u200d]?[ \t\xa0]*
    | \(?\d{1,2}\)[ \t\xa0]+
    | (?P<ordinal>\d{1,2}\.)[ \t\xa0]+
    | \d{1,2}(?:\.\d{1,2})+\.[ \t\xa0]+
    | \(?(?:[a-zA-Z]|[ivx]{1,4})\)[ \t\xa0]+
    | o(?:\t|[ ]{2,}|[ ](?=[A-ZÀ-ÖØ-Þ]))[ \t]*
    )(?=\S)""",
    re.VERBOSE,
)
_RULE = re.compile(r"[\W_]+")  # nothing to read
_BARE_MARKER = re.compile(r"[-+*–—•·‣⁃∙o\u25a0-\u27bf\ue000-\uf8ff]|\d{1,2}[.)]")
_FIELD = re.compile(r"[\w .-]+:(?:\s|$)")
_FIELD_LINE = re.compile(rf"(?m)^{_FIELD.pattern}")
_ATX = re.compile(r"#{1,6}[ \t]+(?=[^#\s])")
_WHOLLY = re.compile(r"(\*{1,3}|_{1,3})(?![\s*_])(?:(?!\1).){1,100}\1:?")
_LABEL = re.compile(r"[^\W\d_a-zß-ÿ][^:.!?\n]{0,40}:[ \t]+\S")
_BULLET_WITHIN = re.compile(r"[•●▪■➢✓✔](?:(?<=\S[ \t].)|(?<=\S[ \t][ \t].))[ \t]+(?=\S)")
_TAB = re.compile(r"\t\s*")


class _Line(NamedTuple):
    """A line that isn't blank; `body` stands behind quote and list marks, `indent` is the width before `start`."""

    start: int
    body: int
    end: int
    kind: SegmentKind | Literal["rule"]
    indent: int
    apart: bool


def blocks(text: str, start: int, end: int, bold: dict[int, int]) -> list[Block]:
    """The blocks of the lines of `text[start:end]`; `bold` as for `behind_lead_in`.

    Lines that were wrapped at a width belong to one block, a paragraph's or a list item's; every other line is
    a block of its own. A tab between two cells parts them, and so do bullets within a line.
    """
    lines = _lines(text, start, end, bold)
    out: list[Block] = []
    set_in: list[int] = []
    widths = [indent + stop - begin for begin, _, stop, _, indent, _ in lines]
    evenly = _even_width(widths)
    width = evenly
    flowing = False
    for number, (begin, body, stop, form, indent, apart) in enumerate(lines):
        if not number or apart:
            width = evenly or _width(lines, widths, number)
        elif form == "text" and _goes_on(text, lines, number, out[-1], width, flowing=flowing or evenly > 0):
            flowing = flowing or text[body].islower()
            out[-1] = out[-1]._replace(end=stop)
            continue
        elif form == "rule" and text[body] in "=-" and _is_title(text, lines[number - 1], out[-1]):
            out[-1] = out[-1]._replace(kind="heading")
        flowing = False
        if form == "text" and indent >= 3 and text[body].isalnum():
            set_in.append(len(out))
        kind = "text" if form == "rule" else form
        led = kind != "heading" and (bold or text[body] in "*_")
        out.append(Block(begin, stop, behind_lead_in(text, body, stop, bold) if led else body, kind, apart))
    if len(set_in) > 1:
        out = _with_items_set_in(out, set_in)
    bulleted = not text.isascii() and _BULLET_WITHIN.search(text, start, end) is not None
    if bulleted or text.find("\t", start, end) >= 0:
        out = [part for block in out for part in _parts(text, block)]
    return out


def _lines(text: str, start: int, end: int, bold: dict[int, int]) -> list[_Line]:
    front = front_matter(text) if start == 0 else 0
    out: list[_Line] = []
    at, apart = start, True
    for raw in text[start:end].split("\n"):
        line = raw.strip()
        begin, indent = at, 0
        if len(line) < len(raw):
            indent = len(raw) - len(raw.lstrip())
            begin += indent
        stop = body = begin + len(line)
        at += len(raw) + 1
        in_front = begin < front
        comment = in_front and line[:1] == "#"
        if comment or line[:1] == ">":
            line = line.lstrip("# \t" if comment else "> \t")
        if not line:
            apart = True
            continue
        body -= len(line)
        kind, marked = _kind(line, bold.get(body) == stop, in_front)
        if in_front and not comment and _FIELD.match(line):
            kind, marked, apart = "text" if line[-1] == ":" else "row", 0, True
        if kind == "text" and out and out[-1].kind == "rule" and _is_bare_marker(text, out[-1]):
            begin, _, _, _, indent, apart = out.pop()
            kind = "item"
        out.append(_Line(begin, body + marked, stop, kind, indent, apart))
        apart = False
    return out


def _is_bare_marker(text: str, line: _Line) -> bool:
    """Whether a list marker has the line to itself, as in text taken from a PDF."""
    return line.end - line.start <= 3 and _BARE_MARKER.fullmatch(text, line.start, line.end) is not None


def _kind(line: str, bold: bool, front: bool) -> tuple[SegmentKind | Literal["rule"], int]:
    """What kind of line it is, and the length of the mark it begins with; `front` within front matter."""
    first = line[0]
    if bold and len(line) <= 100 and line[-1] not in ".,;":
        return "heading", 0
    if first.isalpha() and first != "o" and ")" not in line[:5]:
        return "text", 0
    if first in "-*•" and line[1:2] == " " and line[2:3].isalnum():
        return "item", 2  # as most are, and the patterns below would find
    if first == "#":
        hashes = _ATX.match(line)
        return ("heading", hashes.end()) if hashes and not front else ("text", 0)
    if first in "*_" and _WHOLLY.fullmatch(line) and line.rstrip("*_")[-1] not in ".,;":
        return "heading", 0
    if _RULE.fullmatch(line) or (len(line) <= 3 and _BARE_MARKER.fullmatch(line)):
        return "rule", 0
    if first == "|" and line.count("|") > 2:
        return "row", len(line) - len(line.lstrip("| \t"))
    marker = _MARKER.match(line)
    if marker is None:
        return "text", 0
    if marker["ordinal"] and line[marker.end() :].partition(" ")[0].lower() in MONTHS:  # "1. Oktober"
        return "text", 0
    return "item", marker.end()


def _goes_on(text: str, lines: list[_Line], number: int, block: Block, width: int, *, flowing: bool) -> bool:
    """Whether line `number` goes on with `block`, which ends in the line above: wrapped, or set in below an item.

    A wrapped line is one that the next word would have made longer than `width`. Where the next line doesn't
    begin with a small letter, this alone proves little: lines around it have to flow.
    """
    above, line = lines[number - 1], lines[number]
    if above.kind not in ("text", "item"):
        return False
    first, last = text[line.body], text[above.end - 1]
    if last == ":":
        return False
    if block.kind == "item" and line.indent > block.start - text.rfind("\n", 0, block.start) - 1:
        return not _LABEL.match(text, line.body)
    length = above.indent + above.end - above.start
    word = text.find(" ", line.body, line.end)
    wrapped = width >= 30 and length + 1 + (line.end if word < 0 else word) - line.body >= 0.88 * width
    if first.islower() or first in ",;)]&%":
        return wrapped if last == ";" else wrapped or length >= 40
    if last.isalpha() and (wrapped or length >= 40 or block.start < above.start):
        ending = text[max(above.body, above.end - 12) : above.end].rsplit(maxsplit=1)[-1]
        if ending.lower() in CONNECTIVES and (len(ending) > 1 or ending.islower()):
            return True
    if wrapped and text.count("(", above.body, above.end) > text.count(")", above.body, above.end):
        return True
    if last == "-" and above.end - above.body > 1 and text[above.end - 2].isalpha() and first.isalpha():
        return True
    if not wrapped or width < 50 or last in ".!?;…" or _LABEL.match(text, line.body):
        return False
    return flowing or (last in ",&/(–-" and first.isalnum()) or _flows(text, lines, number, width)


def _flows(text: str, lines: list[_Line], number: int, width: int) -> bool:
    """Whether line `number` is long and goes on, soon, in one that begins with a small letter."""
    for line, below in pairwise(lines[number : number + 5]):
        long = line.indent + line.end - line.start >= 0.8 * width
        if not long or below.kind != "text" or below.apart:
            return False
        if text[below.body].islower():
            return True
    return False


def _width(lines: list[_Line], widths: list[int], number: int) -> int:
    """The width, in characters, of the lines from `number` to the next blank one: a tenth of them may be longer."""
    last = number + 1
    while last < len(lines) and not lines[last].apart:
        last += 1
    group = sorted(widths[number:last])
    return group[-1 - len(group) // 10]


def _even_width(widths: list[int]) -> int:
    """The width that the whole text is wrapped at, or 0: a quarter of its lines come close to it."""
    if len(widths) < 4:
        return 0
    widths = sorted(widths)
    longest = widths[-1 - len(widths) // 20]
    if not 60 <= longest <= 110:
        return 0
    close = len(widths) - bisect_left(widths, 0.8 * longest)
    return longest if close >= max(4, len(widths) / 4) else 0


def _is_title(text: str, line: _Line, block: Block) -> bool:
    """Whether `line`, all of `block`, is short enough to be underlined."""
    short = line.kind == "text" and line.start == block.start and line.end - line.body <= 100
    return short and text[line.end - 1] not in ".,;" and not _FIELD.match(text, line.body)


def _with_items_set_in(blocks: list[Block], set_in: list[int]) -> list[Block]:
    """`blocks`, those of the numbers `set_in` made list items that stand two or more below each other.

    Lists lose their bullets, not their indent, when they are copied from a page.
    """
    if len(set_in) == sum(block.kind == "text" for block in blocks):
        return blocks  # the margin of the whole text
    chosen = set(set_in)
    out = list(blocks)
    for number in set_in:
        below = number + 1 in chosen and not blocks[number + 1].apart
        above = number - 1 in chosen and not blocks[number].apart
        if below or above:
            out[number] = blocks[number]._replace(kind="item")
    return out


def _parts(text: str, block: Block) -> list[Block]:
    """`block` cut at its tabs, or at the bullets of a list that lost its line ends."""
    if block.kind == "row":
        return [block]
    cuts = list(_BULLET_WITHIN.finditer(text, block.body, block.end))
    led = block.kind == "item" or (cuts and text[block.body : cuts[0].start()].rstrip().endswith(":"))
    kind: SegmentKind = "item"
    if len(cuts) + (block.kind == "item") < 2 or not (led or block.end - block.start > 150):
        cuts = [tab for tab in _TAB.finditer(text, block.body, block.end) if text[tab.start() - 1] != ":"]
        kind = "text"
        if not cuts or block.kind == "item":
            return [block]
    out = [block._replace(end=_rstrip(text, block.start, cuts[0].start()))]
    for cut, following in zip(cuts, [*cuts[1:], None], strict=True):
        end = following.start() if following else block.end
        start = cut.start() if kind == "item" else cut.end()
        out.append(Block(start, _rstrip(text, start, end), cut.end(), kind, apart=False))
    return [part for part in out if part.body < part.end]


def _rstrip(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end


def front_matter(text: str) -> int:
    """Where the YAML block on top of a Markdown file ends, its closing line left out; 0 where there is none."""
    if not text.startswith("---\n"):
        return 0
    end = text.find("\n---\n", 3) + 1 or (len(text) - 3 if text.endswith("\n---") else 0)
    return end if end and _FIELD_LINE.search(text, 4, end) else 0
