"""Which lines fill a field: "Label: value", a label above its value, a form's label run into it."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from extractor.models.rules.cues import Range
from extractor.models.rules.lines import MARKUP, TRAILING
from extractor.recognise.patterns import pattern
from extractor.recognise.words import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from extractor.documents import Segment
    from extractor.models.rules.cues import Scan
    from extractor.models.rules.lines import Line

PROFILE_LABELS = {
    "experience": "requirements",
    "skills": "requirements",
    "education": "education",
    "languages": "languages",
}
"""Labels of what is asked of the person, and the section that such a line stands for."""
_LONGEST = 6  # words in a label
_LABELLED = 80  # characters in which the colon behind a label stands
_PROSE = 60  # characters of a value that says more than a field
_NO_VALUE = frozenset(("null", "{", "[", "{}", "[]", ""))
_OPENED = frozenset(("{", "[", ""))
_LABEL = pattern(r"[^:\n]{2,60}?(?=[\s*_\"”')]*:(?!//))")
_AFTER_LABEL = pattern(r"[\s*_\"”')]*:[\s*_\"'“”]*")
_CAMEL = pattern(r"(?<=[a-zß-ÿ])(?=[A-Z])|_")


def label(lines: list[Line], segments: Sequence[Segment], scan: Scan, front: int, slots: dict[int, int]) -> None:
    """Gives each line that fills a field its `label` and `value`, and those that open a section `opens`.

    A field of data that no label names, and one that holds a placeholder, is "ignored". `front` is where the front
    matter ends, `slots` are the placeholders, start to end.
    """
    text = scan.text
    json = text.lstrip()[:1] in ("{", "[")
    group: str | None = None
    above: list[str] = []  # the words of the key over the group
    around: str | None = None  # the section that this key opens
    for line, following in zip_longest(lines, lines[1:]):
        if line.label or _in_bold(line, segments[line.number], scan):
            continue
        colon = text.find(":", line.start, min(line.end, line.start + _LABELLED))
        match = _LABEL.match(text, line.start, line.end) if colon > 0 else None
        after = match and _AFTER_LABEL.match(text, match.end(), line.end)
        line.keyed = line.keyed and after is not None
        if match and after:
            words = folded(_spaced(match[0]))
            name = (_named(above + words, scan) if line.keyed and above else None) or _named(words, scan)
            section = scan.lexicon.name("headings", words)
            value = min(after.end(), line.end)
            said = text[value : line.end].strip(TRAILING)
            if line.keyed:
                if said in _OPENED:
                    group, above, around = name, words, section
                if name == "generic":
                    name, section = group, section or around
                # a string that goes on in the next line is prose
                open_ended = json and text[value - 1] == '"' and text.find('"', value, line.end + 3) < 0
                _key(line, name, section, said, value, open_ended=open_ended)
            elif name in PROFILE_LABELS and said:
                line.opens, line.value, line.alone = PROFILE_LABELS[name], value, line.kind != "item"
            elif name and name != "generic" and said:
                line.label, line.value = name, value
            elif section and said and line.kind != "heading":
                line.opens, line.value = section, value
            # the mark that opens a slot is off the line already
            if line.label and any(slots.get(line.value - off, -1) >= line.end - 1 for off in (-1, 0, 1, 2)):
                line.label = "ignored"
        elif json and text[line.start : line.end] in _NO_VALUE:
            line.label = "ignored"
        elif (
            (line.start < front or (json and text[line.start - 1] == '"'))
            and group
            and _is_short(text[line.start : line.end])
        ):
            line.label = group
        elif not json:
            _run_in(line, scan)
        if not line.label and not line.opens and following and following.kind != "heading":
            _above(line, following, scan)


def _is_short(said: str) -> bool:
    return len(said) <= _PROSE or " " not in said


def _named(words: list[str], scan: Scan) -> str | None:
    return scan.lexicon.name("labels", words) if 0 < len(words) <= _LONGEST else None


def _key(line: Line, name: str | None, section: str | None, said: str, value: int, *, open_ended: bool) -> None:
    """A field of front matter or JSON: its label, or the section that its prose is."""
    if said in ("true", "false") and name != "workplace":
        line.label = "ignored"
    elif said in _NO_VALUE:
        opened = section and said in _OPENED
        line.kind, line.label = ("heading", None) if opened else (line.kind, "ignored")
    elif name in (None, "ignored") and (
        section or open_ended or (line.end - value > _PROSE and said.count(" ") > _LONGEST)
    ):
        line.start = value
    else:
        line.label = name or "ignored"
    line.value = value
    profile = PROFILE_LABELS.get(line.label or "")
    if profile:
        line.label, line.opens = None, profile
    elif line.label != "ignored":
        line.opens = section


def _in_bold(line: Line, segment: Segment, scan: Scan) -> bool:
    """The label in bold that a segment's `body` leaves out."""
    if segment.body == segment.start or line.kind == "heading":
        return False
    lead = scan.text[segment.start : segment.body].strip(MARKUP + ":.0123456789)(")
    line.label = _named(folded(_spaced(lead)), scan) if lead else None
    return line.label is not None


def _run_in(line: Line, scan: Scan) -> None:
    """A form's label or heading without a colon, in capitals, before its content: "Posting Number GS526P"."""
    if line.kind not in ("text", "heading"):
        return
    span = scan.between(line.start, line.end)
    letters = [scan.text[start] for start in scan.starts[span.first : min(span.last, span.first + _LONGEST + 1)]]
    if not letters or not letters[0].isupper():
        return
    for count in range(len(letters) - 1, 1, -1):
        if letters[count - 1].isupper() and (letters[count].isupper() or letters[count].isdigit()):
            content = scan.starts[span.first + count]
            words = Range(span.first, span.first + count)
            name = scan.name("labels", words)
            section = None if name else scan.name("headings", words)
            if name or section:
                line.label, line.opens, line.value, line.kind = name, section, content, "text"
                return


def _above(line: Line, following: Line, scan: Scan) -> None:
    """A line that is nothing but a label, and the line below it that is its value."""
    if line.end - line.start > _PROSE or following.end - following.start > _PROSE + 20 or following.label:
        return
    if line.kind in ("heading", "row") or scan.text[line.end : line.end + 3].strip(MARKUP)[:1] == ":":
        words = folded(_spaced(scan.text[line.start : line.end]))
        name = _named(words, scan)
        if (
            name
            and name not in PROFILE_LABELS
            and name not in ("ignored", "generic")
            and not (following.kind == "item" and scan.lexicon.name("headings", words))
        ):
            following.label, following.label_at = name, (line.number,)


def _spaced(written: str) -> str:
    """A field's name as words: "PositionTitle" and "position_title" are "Position Title"."""
    return _CAMEL.sub(" ", written)
