"""Cuts a demand into the names of what it demands: lead-ins and open ends off, lists apart, examples out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from extractor.models.rules.cues import Range
from extractor.recognise.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.models.rules.cues import Cue, Mark, Scan

_LONGEST = 9  # words in a name; what is longer is a description
_LATIN = frozenset(("fr", "es", "it"))
# the verb that a list of ways of working shares
_WORKING = frozenset(
    (
        "work",
        "working",
        "arbeiten",
        "arbeta",
        "arbeide",
        "arbejde",
        "jobbe",
        "jobba",
        "werken",
        "travailler",
        "lavorare",
        "trabajar",
    )
)
_TOWARDS = frozenset(("to", "for", "on", "at", "as"))  # behind an attitude or a skill, not behind what is shared
_SUFFIX = 3  # letters that two nouns or verbs of one form share at their ends
_PARENTHESES = pattern(r"\(([^()]*)\)|\[([^\[\]]*)\]\([^()]*\)")
# The first character is consumed before it is judged: so the engine skips to it.
_STATEMENT = pattern(
    r"[.!?](?<=[^\W\d_][^\W\d_)\]*].)(?<!\bjf.)(?<!\bca.)(?<!\bnr.)(?<!\bkl.)\s+(?=[*_]*[^\W\d_a-zß-ÿ])"
    r"|\.(?<=[a-zß-ÿ]{2}.)(?=[A-ZÀ-Þ][a-zß-ÿ]{3})|;\s|\s[–—-]\s|\s//\s|\n\s*\n|[•\t]|<br\s*/?>"
)
_FLOWING = frozenset((" ", ", ", "-", "/", " & ", "'", "’", " (", ") "))  # no statement ends in these
_NO_NAME = frozenset("[]@")  # of a link or an address
_LETTER = pattern(r"[^\W\d_]")
_EDGES = " \t\r\n\xa0,;:.!?*_\"“”„»«’'`•·–—-/|<>"
_ACRONYMS = pattern(r"[A-Z][A-Z0-9&]{1,7}(?:\s*/\s*[A-Z][A-Z0-9&]{1,7})*")


_SPEAKING = frozenset(("duty", "demand", "offer", "self", "teaser"))  # cues with which a sentence begins


class Name(NamedTuple):
    """A thing that is asked for, and its own words."""

    text: str
    span: Range


def statements(scan: Scan, start: int, end: int) -> Iterator[Statement]:
    """The statements in `text[start:end]`, apart at full stops, semicolons and dashes."""
    whole = Statement(scan, start, end)
    if _FLOWING.issuperset(scan.gaps[whole.whole.first + 1 : whole.whole.last]):
        if whole.whole:
            yield whole
        return
    at = start
    for match in _STATEMENT.finditer(scan.text, start, end):
        stop = match.start()
        if scan.text.count("(", at, stop) <= scan.text.count(")", at, stop):
            statement = Statement(scan, at, stop)
            if statement.whole:
                yield statement
            at = match.end()
    statement = Statement(scan, at, end)
    if statement.whole:
        yield statement


class Statement:
    """One statement, `text[start:end]`: its words, the cues in it, and whether it is `softened` to a preference."""

    __slots__ = ("cues", "end", "scan", "softened", "start", "text", "whole")

    def __init__(self, scan: Scan, start: int, end: int, *, softened: bool = False) -> None:
        self.scan = scan
        self.text = scan.text
        self.start = start
        self.end = end
        self.whole = scan.between(start, end)
        self.cues: dict[str, list[Cue]] = {}
        for cue in scan.within(start, end):
            self.cues.setdefault(cue.section, []).append(cue)
        self.softened = softened or bool(self.of("requirement", "preferred"))

    def of(self, section: str, *names: str) -> list[Cue]:
        """The statement's cues of a section."""
        cues = self.cues.get(section)
        if not cues:
            return []
        return [cue for cue in cues if cue.name in names] if names else cues

    def cut(self, span: Range) -> str:
        """The text of the words, with what belongs to them: the dot of ".NET", a closing parenthesis."""
        if not span:
            return ""
        start, end = self.scan.starts[span.first], self.scan.ends[span.last - 1]
        if start - 1 > self.start and self.text[start - 1] == "." and self.text[start - 2].isspace():
            start -= 1
        text = self.text[start:end]
        opened = text.count("(") - text.count(")")
        if opened > 0 and self.text[end : end + 1] == ")":
            text += ")"
        elif opened:
            text = text.replace("(", "").replace(")", "")
        return " ".join(text.split()).lstrip("" if text[0] == "." else _EDGES).rstrip(_EDGES)

    def trimmed(self, span: Range) -> tuple[Range, bool]:
        """A range without lead-ins before it and open ends behind it, and whether a verb follows the lead-in."""
        first, last = span
        verbal = False
        marks = self.scan.marks
        while first < last and marks[first]:
            cue = self.scan.best(first, last, "able", "opener", "lead", "qualifier", "article")
            if cue is None:
                break
            after = first + cue.words
            if cue.name == "qualifier" and after < last and self.scan.gaps[after] == "-":  # "high-performance"
                break
            verbal = cue.name == "able" or (verbal and cue.name != "lead")
            first += cue.words
        return Range(first, self._without_tail(first, last)), verbal

    def behind_joint(self, span: Range) -> Range:
        """A range without the conjunctions and prepositions that it begins with."""
        first, last = span
        while first < last and (
            self.scan.best(first, last, "and", "or", "clause") or self.scan.best(first, last, "article")
        ):
            first += 1
        return Range(first, last)

    def demanded(self, span: Range) -> Range:
        """A range up to the comma behind which something else is said: ", with a focus on …", ", ideally …"."""
        softened = {cue.start: cue.end for cue in self.of("requirement", "preferred")}
        for index in range(span.first + 1, span.last):
            if not self.scan.marks[index]:
                continue
            clause = self.scan.best(index, span.last, "clause", "example")
            aside = "," in self.scan.gaps[index] and (
                self.scan.starts[index] in softened or (clause is not None and clause.name == "clause")
            )
            soft = softened.get(self.scan.starts[index])  # "… preferred, alongside …"
            aside = aside or (soft is not None and self.text.startswith(",", soft))
            if aside or self.scan.best(index, span.last, "able"):
                return Range(span.first, self._without_tail(span.first, index))
        return span

    def settled(self, span: Range) -> Range:
        """A range without the small words at its end, which lead to what is cut off."""
        first, last = span
        while last > first and self.scan.best(last - 1, last, "and", "or", "clause", "example", "article", "qualifier"):
            last -= 1
        return Range(first, last)

    def requires(self, span: Range) -> bool:
        """Whether a softened statement requires a range all the same: "Python, ideally [Django]" before "ideally"."""
        for cue in self.of("requirement", "preferred"):
            first = self.scan.between(cue.start, cue.end).first
            aside = first > self.whole.first and "," in self.scan.gaps[first]
            if aside and span.last <= first and cue.end < self.scan.ends[self.whole.last - 1]:
                return True
        return False

    def abbreviates_degree(self, cue: Cue) -> bool:
        """Whether the few letters of a cue are followed by what follows a degree: "MS in …", "BA/MA", "MS degree"."""
        after = self.scan.between(cue.end, self.end).first
        if after >= self.whole.last or self.scan.gaps[after].strip():
            return True
        start = self.scan.starts[after]
        degree = any(other.start == start for other in (*self.of("degree"), *self.of("education_level")))
        return degree or self.scan.best(after, self.whole.last, "clause", "or") is not None

    def names(self, span: Range, *, subjects: bool = False) -> Iterator[Name]:
        """The names in a range, in its order: a category, then its examples in parentheses or behind "such as".

        Names of `subjects` of study may be any word; other names are none where they say nothing.
        """
        if not span:
            return
        at = span.first
        start, end = self.scan.starts[span.first], self.scan.ends[span.last - 1] + 1
        closed = self.text.find(")", start, end) >= 0
        for match in _PARENTHESES.finditer(self.text, start, end) if closed else ():
            # an acronym is a part of the name before it, and a link's text is text
            if match[1] is None or _ACRONYMS.fullmatch(match[1].strip()):
                continue
            inner = self.scan.between(*match.span())
            if inner:
                yield from self._with_examples(Range(at, inner.first), subjects=subjects)
                yield from self._with_examples(inner, subjects=subjects)
                at = max(at, inner.last)
        yield from self._with_examples(Range(at, span.last), subjects=subjects)

    def _with_examples(self, span: Range, *, subjects: bool) -> Iterator[Name]:
        marks, gaps, first = self.scan.marks, self.scan.gaps, span.first
        for index in range(*span):
            example = self.scan.best(index, span.last, "example") if "example" in marks[index] else None
            if example or (index > first and ":" in gaps[index]):
                yield from self._list(Range(first, index), subjects=subjects)
                first = index + (example.words if example else 0)
        yield from self._list(Range(first, span.last), subjects=subjects)

    def _list(self, span: Range, *, subjects: bool) -> Iterator[Name]:
        """The names of a list without examples."""
        span, verbal = self.trimmed(span)
        if not span:
            return
        parts = self._parts(span)
        if verbal and self._is_one_ability(parts):
            parts = [span]
        # the range itself is trimmed already
        trimmed: list[tuple[Range, bool]] = [(parts[0], verbal)] if verbal or parts == [span] else []
        led = set()  # where a lead-in begins a demand of its own
        for part in parts[len(trimmed) :]:
            inner, able = self.trimmed(part)
            if inner:
                trimmed.append((inner, able or verbal))
                if inner.first > part.first:
                    led.add(inner.first)
        if not verbal:
            trimmed = self._coordinated(trimmed)
        parts = [part for part, _ in trimmed]
        attitude = ""
        closed = False
        for number, (part, able) in enumerate(trimmed):
            if closed and part.first not in led and not self._has_attitude(part):
                continue  # the clause goes on: "skills to work with sales, [marketing and service]"
            inner = part if able else self._up_to_clause(part)
            closed = inner.last < part.last and self._closes(Range(inner.last, part.last))
            if attitude and inner.size < _LONGEST and not self._has_attitude(inner):
                yield Name(f"{attitude} {self.cut(inner)}", inner)
                continue
            towards = not able and inner == part and part.size > 2 and self._is_attitude(part)
            attitude = self.cut(Range(part.first, part.first + 2)) if towards else ""
            inner = Range(inner.first, self._without_tail(*inner))
            if not able and "requirement" in self.cues:
                inner = self._before_praise(inner)
            silent = self._is_empty(inner) if subjects else self._says_nothing(inner, able=able)
            if 0 < inner.size <= _LONGEST and not silent:
                text = self._shared(inner, parts, number)
                if _LETTER.search(text) and not self._is_link(inner, text):
                    yield Name(text, inner)

    def _is_link(self, span: Range, text: str) -> bool:
        """Whether it is a link or an address, or a piece of its markup."""
        return not _NO_NAME.isdisjoint(text) or "www." in text or "//" in self.scan.gaps[span.first]

    def _is_one_ability(self, parts: list[Range]) -> bool:
        """Whether verbs share one object: "plan, bake and sell fine bread"; not "work alone and in a team"."""
        sizes = [part.size for part in parts]
        adverbial = any(
            self.scan.best(part.first, part.last, "clause") or self.scan.best(part.first, part.last, "article")
            for part in parts[1:]
        )
        return min(sizes) == 1 < max(sizes) and not adverbial

    def _without_tail(self, first: int, last: int) -> int:
        """Where a range ends that is cut before its open end: "or similar", "is a plus"."""
        marks = self.scan.marks
        for index in range(first, last):
            found = marks[index]
            if not found:
                continue
            for tail in found.get("tail", ()):
                if index + tail.words == last and not self._needs(first, index, tail):
                    return self._without_tail(first, index)
            if index > first and "open_end" in found and self.scan.best(index, last, "open_end"):
                return self._without_tail(first, index)
        return last

    def _needs(self, first: int, index: int, tail: Mark) -> bool:
        """Whether a lone adjective before a noun of the tail means nothing without it: "technical background"."""
        if tail.words > 1 or index != first + 1:
            return False
        start = self.scan.starts[index]
        softened = any(cue.start == start for cue in self.of("requirement"))
        return not softened and self.text[self.scan.starts[first]].islower()

    def _parts(self, span: Range) -> list[Range]:
        """A range at its commas, conjunctions and slashes outside of parentheses."""
        parts = []
        first = span.first
        depth = 0
        marks, gaps = self.scan.marks, self.scan.gaps
        for index in range(span.first + 1, span.last):
            gap = gaps[index]
            if gap != " ":
                depth += gap.count("(") - gap.count(")")
            joint = "and" in marks[index] or "or" in marks[index]
            if depth > 0 or index < first or not (joint or gap != " "):
                continue
            cue = self.scan.best(index, span.last, "and", "or") if joint else None
            if cue or (gap != " " and self._parts_at(index, gap, span.last)):
                parts.append(Range(first, index))
                first = index + (cue.words if cue else 0)
        parts.append(Range(first, span.last))
        return [part for part in parts if part]

    def _parts_at(self, index: int, gap: str, last: int) -> bool:
        mark = gap.strip()
        if mark != "/":
            return "," in gap or mark in ("&", "|", "+")
        if len(gap) > 1:
            return True
        # "TCP/IP" is one, "design/development" two; "online publishing/editorial industry" is one again
        alone = (
            index + 1 == last or self.scan.gaps[index + 1] != " " or bool(self.scan.best(index + 1, last, "and", "or"))
        )
        return alone and min(self.scan.ends[i] - self.scan.starts[i] for i in (index - 1, index)) > _SUFFIX

    def _coordinated(self, parts: list[tuple[Range, bool]]) -> list[tuple[Range, bool]]:
        """Parts that share one complement are one: "operation and support of networks"."""
        out: list[tuple[Range, bool]] = []
        for part, able in parts:
            if out and self._belong(out[-1][0], part):
                out[-1] = (Range(out[-1][0].first, part.last), able)
            else:
                out.append((part, able))
        return out

    def _belong(self, before: Range, after: Range) -> bool:
        if after.size < 2 or before.size != 1:
            return False
        alike = self.scan.folded[before.first][-_SUFFIX:] == self.scan.folded[after.first][-_SUFFIX:]
        named = self.scan.marks[after.first + 1]
        of = "article" in named and "clause" not in named
        if self.scan.lexicon.language in _LATIN:  # "gestion et suivi de …", but "rigueur et esprit d'équipe"
            return alike and of
        return alike or (of and self.scan.folded[after.first + 1] not in _TOWARDS)

    def _says_nothing(self, span: Range, *, able: bool) -> bool:
        """Whether a sentence or a clause begins here, or a word like "skills" stands alone, and no name."""
        first, last = span
        written = self.text[self.scan.starts[first] : self.scan.ends[first]]
        if self.scan.folded[first] in self.scan.lexicon.stop_words and not (len(written) > 1 and written.isupper()):
            return True
        if self._is_empty(span) or (span.size == 1 and self.scan.best(first, last, "head")):
            return True
        start = self.scan.starts[first]
        speaking = [cue.name for cue in self.of("cue") if cue.start == start and cue.name in _SPEAKING]
        if not speaking:
            clausal = "clause" in self.scan.marks[first] and self.scan.best(first, last, "clause")
            finite = not self.scan.lexicon.verbs.isdisjoint(self.scan.folded[first + 1 : last])
            return not able and bool(clausal or finite) and not self._has_attitude(span)
        # "sens du service" demands and is the name
        return any(name != "demand" for name in speaking) or not (able or self._has_attitude(span))

    def _closes(self, span: Range) -> bool:
        """Whether a clause begins whose lists name no skills: "to …", "who …"."""
        clause = self.scan.best(*span, "clause")
        last = span.first + (clause.words if clause else 1)
        return " ".join(self.scan.folded[span.first : last]) in self.scan.lexicon.closing

    def _is_empty(self, span: Range) -> bool:
        """Whether a word alone names nothing: "customers", "equivalent"."""
        return span.size == 1 and self.scan.folded[span.first] in self.scan.lexicon.empty

    def _before_praise(self, span: Range) -> Range:
        """A noun phrase without the verb that makes it a preference: "Python [would be good]"."""
        if not self.scan.lexicon.verbs.isdisjoint(self.scan.folded[span.first + 1 : span.last]):
            soft = max(cue.start for cue in self.of("requirement"))
            for index in range(span.first + 1, span.last):
                if self.scan.folded[index] in self.scan.lexicon.verbs and self.scan.starts[index] < soft:
                    return Range(span.first, index)
        return span

    def _up_to_clause(self, span: Range) -> Range:
        """A noun phrase without the clause behind it; an attitude keeps what it is towards."""
        marks = self.scan.marks
        for index in range(span.first + 1, span.last):
            if "clause" in marks[index] and not self._within_skill(index):
                if index == span.first + 1 and self._is_attitude(span):
                    return span
                return Range(span.first, index)
        return span

    def _within_skill(self, index: int) -> bool:
        """Whether a word stands inside of a phrase that is a skill: "work under pressure"."""
        start = self.scan.starts[index]
        return any(cue.start < start < cue.end for cue in self.of("skill"))

    def _is_attitude(self, span: Range) -> bool:
        """Whether it is an attitude towards something: "interest in", "passion for"."""
        following = self.scan.best(span.first + 1, span.last, "clause")
        return following is not None and self._has_attitude(Range(span.first, span.first + 1))

    def _has_attitude(self, span: Range) -> bool:
        start, end = self.scan.starts[span.first], self.scan.ends[span.last - 1]
        return any(start <= cue.start < end for cue in self.of("skill", "soft", "cultural"))

    def _shared(self, part: Range, parts: list[Range], number: int) -> str:
        """The part's text with the word that the list shares: "network [administration] and system administration"."""
        text = self.cut(part)
        if len(parts) == 1 or (part.size != 1 and number == 0):
            return text
        lead, tail = parts[0], parts[-1]
        if number < len(parts) - 1:
            if part.size != 1:
                return text
            if self.text[self.scan.ends[part.first] : self.scan.ends[part.first] + 1] == "-":
                return _completed(text, self.cut(tail))
            following = next((other for other in parts[number + 1 :] if other.size > 1), tail)
            head = following.last - 1
            shares = following.size == 2 and self.scan.best(head, following.last, "head") is not None
            if shares and text[1:].islower() and (len(parts) > 2 or not self._has_attitude(part)):
                return f"{text} {self.cut(Range(head, following.last))}"
            return text
        if self.scan.folded[lead.first] in _WORKING:  # "work alone and [work] in a team"
            begin = part.first
            while begin > lead.last and not self.scan.best(begin - 1, begin, "and", "or"):
                begin -= 1
            if "clause" in self.scan.marks[begin] or "article" in self.scan.marks[begin]:
                return f"{self.cut(Range(lead.first, lead.first + 1))} {self.cut(Range(begin, part.last))}"
        if part.size != 1:
            return text
        before = self.cut(lead)
        if self.text[self.scan.starts[part.first] - 1] == "-" and "-" in before:
            return f"{before.rpartition('-')[0]}-{text}"
        heads = (self.scan.best(i, i + 1, "head") for i in (lead.last - 1, part.first))
        if len(parts) == 2 and lead.size in (2, 3) and text.islower() and any(heads):
            return f"{self.cut(Range(lead.first, lead.last - 1))} {text}"
        return text


def _completed(part: str, tail: str) -> str:
    """ "Netzwerk-" beside "Netzwerk-Architektur": with what follows the other's last hyphen, if any."""
    last = tail.split(maxsplit=1)[0]
    part = part.rstrip("-")
    return f"{part}-{last.rpartition('-')[2]}" if "-" in last else part
