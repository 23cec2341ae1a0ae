"""Who employs, where they are on the web, and in what industry."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from typing import TYPE_CHECKING, Any

from extractor.models.rules.cues import Range, Scan
from extractor.models.rules.industry import industry_of
from extractor.models.rules.layout import PROFILE
from extractor.recognise.contacts import find_urls
from extractor.recognise.vocabulary import COMMON, phrases
from extractor.recognise.words import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.models.rules.layout import Layout
    from extractor.models.rules.lines import Line

Fact = dict[str, Any]

_EDGES = " \t\r\n\xa0,;:.!?*_#\"“”„»«'’`|•·–—-/<>=+"
_MOST = 50  # candidates that are compared
_OFTEN = 6  # times; more make a name no likelier
_SHORTEST = 3  # letters in a name without a legal form
# Words that may stand within a name before a legal form; others end it: "Mitarbeiter der Acme GmbH".
_WITHIN = frozenset(("of", "de", "du", "des", "di", "del", "della", "för", "for", "für", "van"))
_OF_NAMES = frozenset(("van", "von"))  # with them a surname begins
_QUIET = PROFILE | {"responsibilities"}


def employer_of(layout: Layout, title: Fact | None) -> Fact | None:
    """Who employs, where they are on the web, in what industry."""
    client = next((line for line in layout.having("cue", "client") if _for_client(line)), None)
    fact: Fact = {"name": None, "website": None, "industry": None, "on_behalf_of_client": client is not None}
    at: list[int] = [client.number] if client else []
    named = None if client else _employer_name(layout, title)
    if named:
        fact["name"], number = named
        at.append(number)
    for line in layout.labelled("employer"):
        for url in find_urls(layout.said(line)):
            fact["website"] = url.value
            at.append(line.number)
    for line in layout.labelled("website"):
        fact["website"] = layout.said(line).strip(_EDGES)
        at.append(line.number)
        break
    industry = industry_of(layout, fact["name"])
    if industry:
        fact["industry"], number = industry
        at.append(number)
    if not at:
        return None
    return {**fact, "at": sorted(set(at))}


def _for_client(line: Line) -> bool:
    """Whether a line that names a client seeks somebody for them or describes them; others serve clients."""
    if line.section in _QUIET:
        return False
    opens = any(cue.start == line.value for cue in line.of("cue", "client"))
    return opens or line.has("cue", "hiring", "being", "self")


def _employer_name(layout: Layout, title: Fact | None) -> tuple[str | None, int] | None:
    """The likeliest name of an organisation: by label, else by what stands around it and how often it comes."""
    for line in layout.labelled("employer"):
        said = layout.said(line)
        if not find_urls(said):
            withheld = said.strip(_EDGES).casefold() in phrases("organisation", "withheld", COMMON)
            return None if withheld else said.strip(_EDGES), line.number
    titled = title["value"].casefold() if title else ""
    scores: dict[str, float] = {}
    places: dict[str, int] = {}
    formal: set[str] = set()
    tried: set[str] = set()
    forms = _forms(layout.scan)
    for line in layout.lines:
        if line.section in PROFILE or len(tried) >= _MOST:
            continue
        for weight, name, form in _employer_names(layout, line, forms):
            if name.casefold() in layout.lexicon.stop_words or titled.endswith(name.casefold()):
                continue
            tried.add(name)
            if name not in places:
                if layout.lexicon.name("headings", folded(name)):
                    continue
                count = _times(layout.text, name)
                if count == 1 and " " not in name:
                    continue
                scores[name] = count / 2
                places[name] = line.number
            scores[name] += weight
            if form:
                formal.add(name)
    if not scores:
        return None
    best = max(scores, key=lambda name: scores[name])
    # "Acme" is known by its full name
    name = max((name for name in formal if name.startswith(f"{best} ")), key=lambda name: scores[name], default=best)
    dotted = name in formal and "." in name.split()[-1] and f"{name}." in layout.text  # "Galli S.r.l."
    return name + "." * dotted, places[name]


def _employer_names(layout: Layout, line: Line, forms: list[Range]) -> Iterator[tuple[float, str, bool]]:
    """The names that stand where a line would name who employs, how likely that makes them, and if formal."""
    scan = layout.scan
    heading = line.kind == "heading"
    span = scan.between(line.start, line.end)
    own = forms[bisect_left(forms, (span.first + 1,)) : bisect_left(forms, (span.last,))]
    for form in own:
        name = _name_before(scan, Range(span.first, form.first), formal=True)
        if name:
            yield 3, _written(scan, _begun(layout, line, Range(name.first, form.last))), True
    for cue in line.of("headings", "about"):
        if heading and cue.start == line.start:
            behind = scan.between(cue.end, line.end)
            if behind and _name_after(scan, behind) == behind:
                yield 4, _written(scan, behind), False
    for cue in line.of("cue", "hiring", "self", "being", "employer"):
        weight = 3
        if cue.name == "employer":
            behind = scan.between(cue.end, line.end)
            name = _name_after(scan, behind)
            weight = 4 if heading and cue.start == line.start and name.last == behind.last else 2
        else:
            name = Range(0, 0) if heading else _subject(layout, scan.between(line.start, cue.start))
        name = _begun(layout, line, name)
        name = Range(name.first, min((form.last for form in own if form.first in range(*name)), default=name.last))
        if name and len(_written(scan, name)) >= _SHORTEST:
            yield weight, _written(scan, name), False


def _times(text: str, name: str) -> int:
    """How often a name stands in a text, as words of its own."""
    count = 0
    at = text.find(name)
    while at >= 0 and count < _OFTEN:
        end = at + len(name)
        count += not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum())
        at = text.find(name, end)
    return count


def _forms(scan: Scan) -> list[Range]:
    """The legal forms in a text, and the words for public bodies."""
    known = _forms_by_word()
    found = []
    for index in [index for index, word in enumerate(scan.folded) if word in known]:
        word = scan.folded[index]
        if scan.text.startswith(known[word], scan.starts[index]):
            for form in known[word]:
                last = scan.between(scan.starts[index], scan.starts[index] + len(form)).last
                if scan.text[scan.starts[index] : scan.ends[last - 1]] == form:
                    found.append(Range(index, last))
                    break
    return found


@cache
def _forms_by_word() -> dict[str, tuple[str, ...]]:
    """The forms as written, by their first words."""
    found: dict[str, tuple[str, ...]] = {}
    for name in ("form", "public"):
        for form in phrases("organisation", name, COMMON):
            written = form.lstrip("=").rstrip(".")
            first = folded(written)[0]
            found[first] = (*found.get(first, ()), written)
    return found


def _subject(layout: Layout, span: Range) -> Range:
    """The name at the end of a range, before the beginning of a verb: "Acme is [looking for]"."""
    first, last = span
    while last - 1 > first and layout.scan.folded[last - 1] in layout.lexicon.stop_words and last > span.last - 2:
        last -= 1
    return _name_before(layout.scan, Range(first, last))


def _begun(layout: Layout, line: Line, name: Range) -> Range:
    """A name without the words that begin its sentence: "We at Acme are looking for", "Join Acme"."""
    first, last = name
    for cue in line.of("cue", "employer"):
        if first < last and cue.start == layout.scan.starts[first]:
            first += cue.words
    while (
        first < last
        and layout.scan.folded[first] in layout.lexicon.stop_words
        and layout.scan.folded[first] not in _OF_NAMES
    ):
        first += 1
    return Range(min(first, last), last)


def _written(scan: Scan, span: Range) -> str:
    return " ".join(scan.text[scan.starts[span.first] : scan.ends[span.last - 1]].split())


def _name_after(scan: Scan, span: Range) -> Range:
    """The name with capitals at the beginning of a range, behind an article."""
    first, last = span
    while first < last and not _capital(scan, first) and scan.best(first, last, "article"):
        first += 1
    end = first
    index = first
    while index < last and (index == first or _flows(scan, index)):
        if _capital(scan, index) or (index > first and scan.gaps[index] == "."):
            end = index + 1
        elif not _connects(scan, index):
            break
        index += 1
    return Range(first, end)


def _name_before(scan: Scan, span: Range, *, formal: bool = False) -> Range:
    """The name with capitals at the end of a range; a `formal` one has few small words within."""
    first, last = span
    begin = last
    index = last - 1
    while index >= first and (index == last - 1 or _flows(scan, index + 1)):
        if _capital(scan, index):
            begin = index
        elif index > first and scan.gaps[index] == ".":  # "Acme.com"
            pass
        elif index == last - 1 or not _connects(scan, index) or (formal and scan.folded[index] not in _WITHIN):
            break
        index -= 1
    return Range(begin, last)


def _capital(scan: Scan, index: int) -> bool:
    return scan.text[scan.starts[index]].isupper()


def _flows(scan: Scan, index: int) -> bool:
    """Whether a word may belong to the name that the word before it belongs to."""
    gap = scan.gaps[index]
    return gap in (" ", ".", "-", "'", "’", " & ", "&", ". ") and (
        gap != ". " or scan.ends[index - 1] - scan.starts[index - 1] < 4
    )


def _connects(scan: Scan, index: int) -> bool:
    """Whether a small word may stand within a name: "Team for Digital Services"."""
    return bool(scan.best(index, index + 1, "article") or scan.best(index, index + 1, "clause", "and"))
