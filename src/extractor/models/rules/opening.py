"""What a posting says of itself first: its kind, title, reference, employer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from extractor.models.rules.cues import Scan
from extractor.models.rules.layout import PROFILE, key_words
from extractor.recognise.contacts import find_urls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.models.rules.layout import Layout, Line

Fact = dict[str, Any]

_EDGES = " \t\r\n\xa0,;:.!?*_#\"“”„»«'’`|•·–—-/<>=+"
# (m/w/d), (f/m/x), (all genders), [m|w|d], *in, :in: marks that make a title open to all
_GENDER = re.compile(
    r"\s*[(\[]\s*(?:[a-zA-Z*]{1,2}(?:\s*[/|,·.\\]\s*[a-zA-Z*]{1,4}){1,3}|[mwdfxhvMWDFXHV]{2,4}|\w{1,6} genders?)\s*[)\]]"
    r"|(?<=\s)[mwfhdMWFHD]\s?/\s?[mwfhdMWFHD](?:\s?/\s?[mwfhdxMWFHDX])?(?!\w)"
)
_TITLE_BREAK = re.compile(r"\s+[@|/–—-]\s+|\s*,\s+|:\s+")
_HEAD = 400  # characters
_LONGEST_TITLE = 14  # words
_CODE = re.compile(r"(?=[\w./-]*\d)[A-Za-z0-9][\w./-]{2,}")
_NAME = re.compile(
    r"[^\W\d_a-zß-ÿ][\w&.'’-]*(?:\s+(?:[^\W\d_a-zß-ÿ][\w&.'’-]*|&|of|for|de|la|der|für|och|og|di|e|y|and|the|des|du|per|van|von)(?=[\s,.;:!?)]|$))*"
)


def kind_of(layout: Layout) -> str:
    """The kind of the document, by what its headings and cues say."""
    cues: dict[str, set[str]] = {"template": set(), "overview": set(), "other": set(), "vacancy": set()}
    for cue in layout.scan.cues:
        if cue.section == "kind":
            cues[cue.name].add(layout.text[cue.start : cue.end].casefold())
    sections = {line.section for line in layout.lines if line.kind == "heading" and line.section}
    sought = sum(cue.section == "cue" and cue.name in ("hiring", "duty", "demand") for cue in layout.scan.cues)
    if _several(layout):
        return "several"
    if _is_template(layout):
        return "template"
    if len(cues["overview"]) > 1:
        return "overview"
    labels = {line.label for line in layout.lines if line.label}
    posting = len(cues["vacancy"]) + 2 * len(sections & {"responsibilities", "requirements", "application"})
    posting += 2 * bool(labels & {"title", "employer", "deadline", "salary"}) + min(sought, 4)
    if posting < 3 or 2 * len(cues["other"]) > posting:
        return "other"
    return "vacancy"


def _is_template(layout: Layout) -> bool:
    """Whether the text tells its reader to use it: at length, or at its head."""
    cues = [cue for cue in layout.scan.cues if (cue.section, cue.name) == ("kind", "template")]
    return any(cue.words > 2 or cue.start < _HEAD for cue in cues)


def _several(layout: Layout) -> bool:
    """Whether duties and demands come twice under the same headings."""
    headings: dict[tuple[str, ...], int] = {}
    for line in layout.lines:
        if line.kind == "heading" and line.section in ("responsibilities", "requirements"):
            words = key_words(layout.text[line.start : line.end])
            if layout.scan.name("headings", layout.scan.between(line.start, line.end)) == line.section:
                headings[words] = headings.get(words, 0) + 1
    return sum(count > 1 for count in headings.values()) > 1


def title_of(layout: Layout) -> Fact | None:
    """The advertised title: of the candidates the one best placed."""
    best: tuple[float, str, int] | None = None
    whole = layout.text.casefold()
    for score, text, number in _candidates(layout):
        name = clean_title(text, layout)
        words = name.split()
        if not words or len(words) > _LONGEST_TITLE or not any(c.isalpha() for c in name) or "://" in name:
            continue
        if text.rstrip(" *_\"'").endswith(("!", "?", "…")):
            score -= 3.5  # noqa: PLW2901
        score += min(whole.count(name.casefold()), 3) / 2  # noqa: PLW2901
        if best is None or score > best[0]:
            best = (score, name, number)
    return {"value": best[1], "at": [best[2]]} if best else None


def _candidates(layout: Layout) -> Iterator[tuple[float, str, int]]:
    """Possible titles, with how likely they are by their place, and their segments."""
    for place, line in enumerate(layout.labelled("title")):
        yield 10 - place, layout.said(line), line.number
    headings = 0
    for place, line in enumerate(layout.lines):
        if line.label:
            continue
        said = layout.text[line.start : line.end]
        hiring = line.of("cue", "hiring")
        for cue in hiring:
            yield (8 if line.kind == "heading" else 6) - place / 100, _after_hiring(layout, line, cue.end), line.number
        if line.kind == "heading" and not hiring:
            if not line.named:
                yield 9 - 2 * headings, said, line.number
                headings += 1
            elif headings == 0 and line.section == "summary":
                yield 7.5, _without_section(layout, line), line.number
        elif place < 3 and line.end - line.start < 100 and said[-1] not in ".!?:":
            yield 7 - place / 10, said, line.number


def _without_section(layout: Layout, line: Line) -> str:
    """What a heading such as "Night baker: job description" names beside the section."""
    cues = line.cues["headings"]
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
        cue = scan.best(first, last, "cut", "article", "qualifier")
        if cue is None:
            break
        first += cue.words
    if first >= last:
        return ""
    for index in range(first + 1, last):
        if not scan.joined[index] or scan.best(index, last, "list", "clause"):
            last = index
            break
    begin = scan.starts[first]
    return layout.text[begin - (layout.text[begin - 1] in "([") : scan.ends[last - 1]]


def clean_title(text: str, layout: Layout) -> str:
    """A title without gender marks, and without what stands apart in it: places, pay, terms, the employer."""
    text = _GENDER.sub("", text).strip(_EDGES)
    parts = _TITLE_BREAK.split(text)
    marks = _TITLE_BREAK.findall(text)
    while len(parts) > 1 and _is_beside(parts[-1], layout):
        parts.pop()
        marks.pop()
    while len(parts) > 1 and _is_beside(parts[0], layout):
        parts.pop(0)
        marks.pop(0)
    text = _without_place(parts[0] + "".join(mark + part for mark, part in zip(marks, parts[1:], strict=True)), layout)
    return text.strip(_EDGES) + (")" if text.count("(") > text.strip(_EDGES).count(")") else "")


def _without_place(text: str, layout: Layout) -> str:
    """A title without "in Leeds" at its end."""
    scan = Scan(text, layout.lexicon)
    for cue in scan.cues:
        before = scan.between(cue.start, cue.start).first - 1
        if cue.section == "place" and cue.end == len(text.rstrip(_EDGES)) and before > 0:
            if scan.best(before, before + 1, "list", "clause"):
                return text[: scan.starts[before]]
    return text


def _is_beside(part: str, layout: Layout) -> bool:
    """Whether a part of a title says something else: where, when, how much, for whom."""
    cues = Scan(part, layout.lexicon).cues
    if any(cue.section in ("workplace", "employment_type", "place") or cue.name in ("start", "soon") for cue in cues):
        return True
    return any(layout.said(line).strip(_EDGES) == part.strip(_EDGES) for line in layout.labelled("employer"))


def reference_of(layout: Layout) -> Fact | None:
    """The vacancy's identifier, by its label or a phrase before it."""
    for line in layout.labelled("reference"):
        match = _CODE.search(layout.text, line.value, line.end)
        if match:
            return {"value": match[0].rstrip("."), "at": line.at}
    for line in layout.having("cue", "reference"):
        for cue in line.of("cue", "reference"):
            match = _CODE.search(layout.text, cue.end, min(cue.end + 24, line.end))
            if match:
                return {"value": match[0].rstrip("."), "at": [line.number]}
    return None


def employer_of(layout: Layout, title: Fact | None) -> Fact | None:
    """Who employs, where they are on the web, in what industry."""
    client = next(iter(layout.having("cue", "client")), None)
    fact: Fact = {"name": None, "website": None, "industry": None, "on_behalf_of_client": client is not None}
    at: list[int] = [client.number] if client else []
    named = None if client else _employer_name(layout, title)
    if named:
        fact["name"] = named[0]
        at.append(named[1])
    for line in layout.labelled("employer"):
        for url in find_urls(layout.said(line)):
            fact["website"] = url.value
            at.append(line.number)
    for field in ("website", "industry"):
        for line in layout.labelled(field):
            fact[field] = layout.said(line).strip(_EDGES)
            at.append(line.number)
            break
    if not at:
        return None
    return {**fact, "at": sorted(set(at))}


def _employer_name(layout: Layout, title: Fact | None) -> tuple[str, int] | None:
    """The likeliest name of an organisation: by label, else by what stands around it and how often it comes."""
    for line in layout.labelled("employer"):
        if not find_urls(layout.said(line)):
            return layout.said(line).strip(_EDGES), line.number
    titled = title["value"].casefold() if title else ""
    scores: dict[str, float] = {}
    places: dict[str, int] = {}
    for line in layout.lines:
        if line.section in PROFILE:
            continue
        for weight, name in _employer_names(layout, line):
            if name.casefold() in layout.lexicon.stop_words or name.casefold() in titled:
                continue
            if name not in places:
                count = len(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)", layout.text))
                if count == 1 and " " not in name:
                    continue
                scores[name] = min(count, 6) / 2
                places[name] = line.number
            scores[name] += weight
    if not scores:
        return None
    name = max(scores, key=lambda name: scores[name])
    return name, places[name]


def _employer_names(layout: Layout, line: Line) -> Iterator[tuple[float, str]]:
    text = layout.text
    for cue in [*line.cues["headings"], *line.cues["cue"]]:
        if cue.section == "headings" and cue.name == "about" and line.kind == "heading":
            match = _NAME.fullmatch(text[cue.end : line.end].strip(_EDGES))
            if match and cue.start == line.start:
                yield 4, match[0]
        elif cue.section == "cue" and cue.name in ("hiring", "self", "being") and line.kind != "heading":
            before = text[line.start : cue.start].strip()
            names = list(_NAME.finditer(before))
            if names and names[-1].end() == len(before) and len(names[-1][0]) > 2:
                yield 3, names[-1][0]
        elif cue.section == "cue" and cue.name == "employer":
            match = _NAME.match(text, cue.end + 1, line.end)
            if match and len(match[0]) > 2:
                yield 2, match[0]
