"""What a vacancy is called: its title and its reference."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from extractor.models.rules.cues import Scan
from extractor.models.rules.layout import PROFILE
from extractor.recognise.patterns import pattern
from extractor.recognise.places import find_countries
from extractor.recognise.words import folded, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from extractor.models.rules.layout import Layout
    from extractor.models.rules.lines import Line

Fact = dict[str, Any]

_EDGES = " \t\r\n\xa0,;:.!?*_#\"“”„»«'’`|•·–—-/<>=+"
GENDERS = pattern(
    r"\s*[(\[]\s*(?:[a-zA-Z*]{1,2}(?:\s*[/|,·.\\]\s*[a-zA-Z*]{1,4}){1,3}|[mwdfxhvMWDFXHV]{2,4})\s*[)\]]"
    r"|(?<=\s)[mwfhdMWFHD]\s?/\s?[mwfhdMWFHD](?:\s?/\s?[mwfhdxMWFHDX])?(?!\w)"
)
"""Letters that open a title to all: "(m/w/d)", "[f|m|x]", "(mwd)", and "m/w" standing free."""
_GROUP = pattern(r"\s*[(\[]([^()\[\]]*)[)\]]")
_TITLE_BREAK = pattern(r"\s+[@|/–—-]\s+|\s*,\s+|:\s+")
_LISTS = PROFILE | {"responsibilities", "benefits", "ignored"}
# "Cook at Acme", "Koch bei der Acme GmbH": a preposition that leads to the employer, in any language
_AT = pattern(
    r"\s+(?:at|bei|beim|hos|chez|bij|presso|till|til|@)\s+(?:(?:the|der|dem|den|det|de|het)\s+)?(?=[A-ZÀ-ÞŠŽ][^\s,]*[a-zß-ÿ&])"
)
_APART = frozenset((",", "-", "–", "—", "|", "/", "//", ":"))
_ID = 8  # characters of `"id": "`
_MOST = 50  # candidates that are compared
_STOP = pattern(r"[,;:!?\n(]|\.\s|\s[–—-]\s")  # ends a title within a sentence
_LONGEST_TITLE = 14  # words
_CODE = pattern(r"(?=[\w./-]*\d)[A-Za-z0-9][\w./-]{2,}")


def title_of(layout: Layout, places: Sequence[Fact] = ()) -> Fact | None:
    """The advertised title, without the `places` of work: of the candidates the one best placed."""
    best: tuple[float, str, int] | None = None
    whole = layout.text.casefold()
    for score, text, number in islice(_candidates(layout), _MOST):
        name = clean_title(text, layout)
        words = name.split()
        if not words or len(words) > _LONGEST_TITLE or not any(c.isalpha() for c in name) or "://" in name:
            continue
        if text.rstrip(" *_\"'").endswith(("!", "?", "…")):
            score -= 3.5  # noqa: PLW2901
        if name[0].isupper():
            score += min(whole.count(name.casefold()), 3) / 2  # noqa: PLW2901
        if best is None or score > best[0]:
            best = (score, name, number)
    if best is None:
        return None
    score, name, number = best
    name = _without_place(_AT.split(name, maxsplit=1)[0], layout, places)
    return {"value": " ".join(name.split()), "at": [number]}


def _candidates(layout: Layout) -> Iterator[tuple[float, str, int]]:
    """Possible titles, with how likely they are by their place, and their segments."""
    for place, line in enumerate(layout.labelled("title")):
        yield 10 - place, layout.said(line), line.number
    headings = 0
    begun = False
    for place, line in enumerate(layout.lines):
        if line.label:
            continue
        said = layout.text[line.start : line.end]
        if place == 0:
            said = said.removeprefix("Subject: ")  # a mail's
        hiring = [] if line.kind == "item" and line.section in _LISTS else line.of("cue", "hiring")
        for cue in hiring:
            yield (8 if line.kind == "heading" else 6) - place / 100, _after_hiring(layout, line, cue.end), line.number
        begun = begun or (line.kind == "heading" and line.section in _LISTS)
        if line.kind == "heading" and not hiring:
            if not line.named and not layout.lexicon.name("labels", folded(said)):
                if not any(cue.start == line.start for cue in line.of("cue", "employer")):  # "About Acme"
                    yield 3 if begun else 9 - 2 * headings, said, line.number
                headings += 1
            elif line.named and headings == 0 and line.section in ("summary", "details"):
                yield 7.5, _without_section(layout, line), line.number
        elif place < 3 and line.section not in _LISTS and line.end - line.start < 100 and said[-1] not in ".!?:":
            yield 7 - place / 10, said, line.number


def _without_section(layout: Layout, line: Line) -> str:
    """What a heading such as "Night baker: job description" names beside the section."""
    cues = line.cues.get("headings", ())
    cue = max(cues, key=lambda cue: cue.words, default=None)
    if cue is None or cue.start == line.start:
        return ""
    rest = layout.text[line.start : cue.start].strip(_EDGES)
    return rest if " " in rest else ""


def _after_hiring(layout: Layout, line: Line, start: int) -> str:
    """The noun phrase behind "we are looking for a"."""
    scan = layout.scan
    first, last = scan.between(start, line.end)
    levels = {cue.start for cue in line.of("seniority")}
    while first < last and scan.starts[first] not in levels:
        cue = scan.best(first, last, "article", "qualifier")
        if cue is None:
            break
        first += cue.words
    if first >= last:
        return ""
    for index in range(first + 1, last):
        if _STOP.search(scan.gaps[index]) or scan.best(index, last, "clause"):
            last = index
            break
    begin = scan.starts[first]
    return layout.text[begin - (layout.text[begin - 1] in "([") : scan.ends[last - 1]]


def clean_title(text: str, layout: Layout) -> str:
    """A title without gender marks, and without what stands apart in it: places, pay, terms, the employer."""
    text = GENDERS.sub("", text)
    text = _GROUP.sub(lambda group: "" if layout.lexicon.name("title", folded(group[1])) else group[0], text)
    text = text.strip(_EDGES)
    parts = _TITLE_BREAK.split(text)
    marks = _TITLE_BREAK.findall(text)
    while len(parts) > 1 and _is_beside(parts[-1], layout):
        parts.pop()
        marks.pop()
    while len(parts) > 1 and _is_beside(parts[0], layout):
        parts.pop(0)
        marks.pop(0)
    text = parts[0] + "".join(mark + part for mark, part in zip(marks, parts[1:], strict=True))
    return text.strip(_EDGES) + (")" if text.count("(") > text.strip(_EDGES).count(")") else "")


def _without_place(text: str, layout: Layout, places: Sequence[Fact]) -> str:
    """A title without the place at its end: "in Leeds", ", Oslo", "– Madrid, España"."""
    scan = Scan(words_of(text), layout.lexicon)
    known = [cue.start for cue in scan.cues if cue.section == "place" and cue.end == len(text.rstrip(_EDGES))]
    for place in places:
        named = [place["city"], place["region"]]
        known += [at for name in named if name and (at := text.casefold().rfind(name.casefold())) > 0]
    for start in sorted(known):
        before = scan.between(start, start).first
        if before == 0:
            continue
        rest = text[start:].partition(",")[2]
        preposition = scan.best(before - 1, before, "clause") or scan.best(before - 1, before, "article")
        apart = scan.gaps[before].strip(" (") in _APART
        if (apart or preposition) and (not rest or find_countries(f",{rest}")):
            return text[: scan.starts[before - 1] if preposition else scan.ends[before - 1]].rstrip(_EDGES)
    return text


def _is_beside(part: str, layout: Layout) -> bool:
    """Whether a part of a title says something else: where, when, how much, for whom."""
    cues = Scan(words_of(part), layout.lexicon).cues
    if any(cue.section in ("workplace", "employment_type", "place") or cue.name in ("start", "soon") for cue in cues):
        return True
    return any(layout.said(line).strip(_EDGES) == part.strip(_EDGES) for line in layout.labelled("employer"))


def reference_of(layout: Layout) -> Fact | None:
    """The vacancy's identifier, by its label or a phrase before it."""
    # a bare "id" is the board's; a longer key means the vacancy
    for line in sorted(layout.labelled("reference"), key=lambda line: line.keyed and line.value - line.start < _ID):
        match = _CODE.search(layout.text, line.value, line.end)
        if match:
            return {"value": match[0].rstrip("."), "at": line.at}
    for line in layout.having("cue", "reference"):
        for cue in line.of("cue", "reference"):
            match = _CODE.search(layout.text, cue.end, min(cue.end + 24, line.end))
            if match:
                return {"value": match[0].rstrip("."), "at": [line.number]}
    return None
