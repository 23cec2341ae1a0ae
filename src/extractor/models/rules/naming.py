"""Cuts a demand into the names of what it demands: lead-ins and open ends off, lists apart, examples out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from extractor.models.rules.cues import Range
from extractor.recognise.numbers import words
from extractor.recognise.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.models.rules.statements import Statement

_LONGEST = 9  # words in a name; what is longer is a description
_LATIN = frozenset(("fr", "es", "it"))
# the verb that a list of ways of working shares
_WORKING = words("work working arbeiten arbeta arbeide arbejde jobbe jobba werken travailler lavorare trabajar")
_TOWARDS = frozenset(("to", "for", "on", "at", "as"))  # behind an attitude or a skill, not behind what is shared
_SUFFIX = 3  # letters that two nouns or verbs of one form share at their ends
_JOINTS = frozenset(("and", "or"))
_FLOWING = frozenset((" ",))
_PARENTHESES = pattern(r"\(([^()]*)\)|\[([^\[\]]*)\]\([^()]*\)")
_NO_NAME = frozenset("[]@")  # of a link or an address
_LETTER = pattern(r"[^\W\d_]")
_ACRONYMS = pattern(r"[A-Z][A-Z0-9&]{1,7}(?:\s*/\s*[A-Z][A-Z0-9&]{1,7})*")
_SPEAKING = frozenset(("duty", "demand", "offer", "self", "teaser"))  # cues with which a sentence begins


class Name(NamedTuple):
    """A thing that is asked for, and its own words."""

    text: str
    span: Range


def names_in(statement: Statement, span: Range, *, subjects: bool = False) -> Iterator[Name]:
    """The names in a range, in its order: a category, then its examples in parentheses or behind "such as".

    Names of `subjects` of study may be any word; other names are none where they say nothing.
    """
    if not span:
        return
    at = span.first
    start, end = statement.scan.starts[span.first], statement.scan.ends[span.last - 1] + 1
    closed = statement.text.find(")", start, end) >= 0
    for match in _PARENTHESES.finditer(statement.text, start, end) if closed else ():
        # an acronym is a part of the name before it, and a link's text is text
        if match[1] is None or _ACRONYMS.fullmatch(match[1].strip()):
            continue
        inner = statement.scan.between(*match.span())
        if inner:
            yield from _with_examples(statement, Range(at, inner.first), subjects=subjects)
            yield from _with_examples(statement, inner, subjects=subjects)
            at = max(at, inner.last)
    yield from _with_examples(statement, Range(at, span.last), subjects=subjects)


def _with_examples(statement: Statement, span: Range, *, subjects: bool) -> Iterator[Name]:
    marks, gaps, first = statement.scan.marks, statement.scan.gaps, span.first
    exemplified = "example" in statement.marked or ":" in "".join(gaps[first + 1 : span.last])
    for index in range(*span) if exemplified else ():
        example = statement.scan.best(index, span.last, "example") if "example" in marks[index] else None
        if example or (index > first and ":" in gaps[index]):
            yield from _list(statement, Range(first, index), subjects=subjects)
            first = index + (example.words if example else 0)
    yield from _list(statement, Range(first, span.last), subjects=subjects)


def _list(statement: Statement, span: Range, *, subjects: bool) -> Iterator[Name]:
    """The names of a list without examples."""
    span, verbal = statement.trimmed(span)
    if not span:
        return
    parts = _parts(statement, span)
    if verbal and _is_one_ability(statement, parts):
        parts = [span]
    # the range itself is trimmed already
    trimmed: list[tuple[Range, bool]] = [(parts[0], verbal)] if verbal or parts == [span] else []
    led = set()  # where a lead-in begins a demand of its own
    for part in parts[len(trimmed) :]:
        inner, able = statement.trimmed(part)
        if inner:
            trimmed.append((inner, able or verbal))
            if inner.first > part.first:
                led.add(inner.first)
    if not verbal:
        trimmed = _coordinated(statement, trimmed)
    parts = [part for part, _ in trimmed]
    attitude = ""
    closed = False
    for number, (part, able) in enumerate(trimmed):
        if closed and part.first not in led and not statement.has_attitude(part):
            continue  # the clause goes on: "skills to deal with growers, [millers and drivers]"
        inner = part if able else _up_to_clause(statement, part)
        closed = inner.last < part.last and _closes(statement, Range(inner.last, part.last))
        if attitude and inner.size < _LONGEST and not statement.has_attitude(inner):
            yield Name(f"{attitude} {statement.cut(inner)}", inner)
            continue
        towards = not able and inner == part and part.size > 2 and _is_attitude(statement, part)
        attitude = statement.cut(Range(part.first, part.first + 2)) if towards else ""
        inner = Range(inner.first, statement.without_tail(*inner))
        if not able and "requirement" in statement.cues:
            inner = _before_praise(statement, inner)
        silent = _is_empty(statement, inner) if subjects else _says_nothing(statement, inner, able=able)
        if 0 < inner.size <= _LONGEST and not silent:
            text = _shared(statement, inner, parts, number)
            if _LETTER.search(text) and not _is_link(statement, inner, text):
                yield Name(text, inner)


def _is_link(statement: Statement, span: Range, text: str) -> bool:
    """Whether it is a link or an address, or a piece of its markup."""
    return not _NO_NAME.isdisjoint(text) or "www." in text or "//" in statement.scan.gaps[span.first]


def _is_one_ability(statement: Statement, parts: list[Range]) -> bool:
    """Whether verbs share one object: "plan, bake and sell fine bread"; not "work alone and in a team"."""
    sizes = [part.size for part in parts]
    adverbial = any(
        statement.scan.best(part.first, part.last, "clause") or statement.scan.best(part.first, part.last, "article")
        for part in parts[1:]
    )
    return min(sizes) == 1 < max(sizes) and not adverbial


def _parts(statement: Statement, span: Range) -> list[Range]:
    """A range at its commas, conjunctions and slashes outside of parentheses."""
    marks, gaps = statement.scan.marks, statement.scan.gaps
    if statement.marked.isdisjoint(_JOINTS) and _FLOWING.issuperset(gaps[span.first + 1 : span.last]):
        return [span]
    parts = []
    first = span.first
    depth = 0
    for index in range(span.first + 1, span.last):
        gap = gaps[index]
        if gap != " ":
            depth += gap.count("(") - gap.count(")")
        joint = "and" in marks[index] or "or" in marks[index]
        if depth > 0 or index < first or not (joint or gap != " "):
            continue
        cue = statement.scan.best(index, span.last, "and", "or") if joint else None
        if cue or (gap != " " and _parts_at(statement, index, gap, span.last)):
            parts.append(Range(first, index))
            first = index + (cue.words if cue else 0)
    parts.append(Range(first, span.last))
    return [part for part in parts if part]


def _parts_at(statement: Statement, index: int, gap: str, last: int) -> bool:
    mark = gap.strip()
    if mark != "/":
        return "," in gap or mark in ("&", "|", "+")
    if len(gap) > 1:
        return True
    # "TCP/IP" is one, "design/development" two; "wine growing/bottling trade" is one again
    alone = (
        index + 1 == last
        or statement.scan.gaps[index + 1] != " "
        or bool(statement.scan.best(index + 1, last, "and", "or"))
    )
    return alone and min(statement.scan.ends[i] - statement.scan.starts[i] for i in (index - 1, index)) > _SUFFIX


def _coordinated(statement: Statement, parts: list[tuple[Range, bool]]) -> list[tuple[Range, bool]]:
    """Parts that share one complement are one: "operation and support of networks"."""
    out: list[tuple[Range, bool]] = []
    for part, able in parts:
        if out and _belong(statement, out[-1][0], part):
            out[-1] = (Range(out[-1][0].first, part.last), able)
        else:
            out.append((part, able))
    return out


def _belong(statement: Statement, before: Range, after: Range) -> bool:
    if after.size < 2 or before.size != 1:
        return False
    alike = statement.scan.folded[before.first][-_SUFFIX:] == statement.scan.folded[after.first][-_SUFFIX:]
    named = statement.scan.marks[after.first + 1]
    of = "article" in named and "clause" not in named
    if statement.scan.lexicon.language in _LATIN:  # "gestion et suivi de …", but "rigueur et esprit d'équipe"
        return alike and of
    return alike or (of and statement.scan.folded[after.first + 1] not in _TOWARDS)


def _says_nothing(statement: Statement, span: Range, *, able: bool) -> bool:
    """Whether a sentence or a clause begins here, or a word like "skills" stands alone, and no name."""
    first, last = span
    written = statement.text[statement.scan.starts[first] : statement.scan.ends[first]]
    if statement.scan.folded[first] in statement.scan.lexicon.stop_words and not (
        len(written) > 1 and written.isupper()
    ):
        return True
    if _is_empty(statement, span) or (span.size == 1 and statement.scan.best(first, last, "head")):
        return True
    start = statement.scan.starts[first]
    speaking = [cue.name for cue in statement.of("cue") if cue.start == start and cue.name in _SPEAKING]
    if not speaking:
        clausal = "clause" in statement.scan.marks[first] and statement.scan.best(first, last, "clause")
        finite = not statement.scan.lexicon.verbs.isdisjoint(statement.scan.folded[first + 1 : last])
        return not able and bool(clausal or finite) and not statement.has_attitude(span)
    # "sens du service" demands and is the name
    return any(name != "demand" for name in speaking) or not (able or statement.has_attitude(span))


def _closes(statement: Statement, span: Range) -> bool:
    """Whether a clause begins whose lists name no skills: "to …", "who …"."""
    clause = statement.scan.best(*span, "clause")
    last = span.first + (clause.words if clause else 1)
    return " ".join(statement.scan.folded[span.first : last]) in statement.scan.lexicon.closing


def _is_empty(statement: Statement, span: Range) -> bool:
    """Whether a word alone names nothing: "customers", "equivalent"."""
    return span.size == 1 and statement.scan.folded[span.first] in statement.scan.lexicon.empty


def _before_praise(statement: Statement, span: Range) -> Range:
    """A noun phrase without the verb that makes it a preference: "Python [would be good]"."""
    if not statement.scan.lexicon.verbs.isdisjoint(statement.scan.folded[span.first + 1 : span.last]):
        soft = max(cue.start for cue in statement.of("requirement"))
        for index in range(span.first + 1, span.last):
            if statement.scan.folded[index] in statement.scan.lexicon.verbs and statement.scan.starts[index] < soft:
                return Range(span.first, index)
    return span


def _up_to_clause(statement: Statement, span: Range) -> Range:
    """A noun phrase without the clause behind it; an attitude keeps what it is towards."""
    marks = statement.scan.marks
    for index in range(span.first + 1, span.last) if "clause" in statement.marked else ():
        if "clause" in marks[index] and not _within_skill(statement, index):
            if index == span.first + 1 and _is_attitude(statement, span):
                return span
            return Range(span.first, index)
    return span


def _within_skill(statement: Statement, index: int) -> bool:
    """Whether a word stands inside of a phrase that is a skill: "work under pressure"."""
    skills = statement.of("skill")
    start = statement.scan.starts[index]
    return bool(skills) and any(cue.start < start < cue.end for cue in skills)


def _is_attitude(statement: Statement, span: Range) -> bool:
    """Whether it is an attitude towards something: "interest in", "passion for"."""
    if not statement.has_attitude(Range(span.first, span.first + 1)):
        return False
    return statement.scan.best(span.first + 1, span.last, "clause") is not None


def _shared(statement: Statement, part: Range, parts: list[Range], number: int) -> str:
    """The part's text with the word that the list shares: "network [administration] and system administration"."""
    text = statement.cut(part)
    if len(parts) == 1 or (part.size != 1 and number == 0):
        return text
    lead, tail = parts[0], parts[-1]
    if number < len(parts) - 1:
        if part.size != 1:
            return text
        if statement.text[statement.scan.ends[part.first] : statement.scan.ends[part.first] + 1] == "-":
            return _completed(text, statement.cut(tail))
        following = next((other for other in parts[number + 1 :] if other.size > 1), tail)
        head = following.last - 1
        shares = following.size == 2 and statement.scan.best(head, following.last, "head") is not None
        if shares and text[1:].islower() and (len(parts) > 2 or not statement.has_attitude(part)):
            return f"{text} {statement.cut(Range(head, following.last))}"
        return text
    if statement.scan.folded[lead.first] in _WORKING:  # "work alone and [work] in a team"
        begin = part.first
        while begin > lead.last and not statement.scan.best(begin - 1, begin, "and", "or"):
            begin -= 1
        if "clause" in statement.scan.marks[begin] or "article" in statement.scan.marks[begin]:
            return f"{statement.cut(Range(lead.first, lead.first + 1))} {statement.cut(Range(begin, part.last))}"
    if part.size != 1:
        return text
    before = statement.cut(lead)
    if statement.text[statement.scan.starts[part.first] - 1] == "-" and "-" in before:
        return f"{before.rpartition('-')[0]}-{text}"
    heads = (statement.scan.best(i, i + 1, "head") for i in (lead.last - 1, part.first))
    if len(parts) == 2 and lead.size in (2, 3) and text.islower() and any(heads):
        return f"{statement.cut(Range(lead.first, lead.last - 1))} {text}"
    return text


def _completed(part: str, tail: str) -> str:
    """ "Netzwerk-" beside "Netzwerk-Architektur": with what follows the other's last hyphen, if any."""
    last = tail.split(maxsplit=1)[0]
    part = part.rstrip("-")
    return f"{part}-{last.rpartition('-')[2]}" if "-" in last else part
