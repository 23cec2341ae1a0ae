"""A demand as it is said: its statements, the cues in each, and what is cut off them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.models.rules.cues import Range
from extractor.recognise.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.models.rules.cues import Cue, Mark, Scan

# The first character is consumed before it is judged: so the engine skips to it.
_STATEMENT = pattern(
    r"[.!?](?<=[^\W\d_][^\W\d_)\]*].)(?<!\bjf.)(?<!\bca.)(?<!\bnr.)(?<!\bkl.)\s+(?=[*_]*[^\W\d_a-zß-ÿ])"
    r"|\.(?<=[a-zß-ÿ]{2}.)(?=[A-ZÀ-Þ][a-zß-ÿ]{3})|;\s|\s[–—-]\s|\s//\s|\n\s*\n|[•\t]|<br\s*/?>"
)
_FLOWING = frozenset((" ", ", ", "-", "/", " & ", "'", "’", " (", ") "))  # no statement ends in these
_ASIDE = frozenset(("clause", "example", "able"))  # marks behind which something else is said
_TAILS = frozenset(("tail", "open_end"))
_EDGES = " \t\r\n\xa0,;:.!?*_\"“”„»«’'`•·–—-/|<>"


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
    """One statement, `text[start:end]`: its words, the cues in it, and whether it is `softened` to a preference.

    `marked` are the names of the marks at its words: most loops over the words look for one that isn't there.
    """

    __slots__ = ("cues", "end", "marked", "scan", "softened", "start", "text", "whole")

    def __init__(self, scan: Scan, start: int, end: int, *, softened: bool = False) -> None:
        self.scan = scan
        self.text = scan.text
        self.start = start
        self.end = end
        self.whole = scan.between(start, end)
        self.marked: set[str] = set().union(*scan.marks[self.whole.first : self.whole.last])
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
            if cue.name == "qualifier" and after < last and self.scan.gaps[after] == "-":  # "high-pressure"
                break
            verbal = cue.name == "able" or (verbal and cue.name != "lead")
            first += cue.words
        return Range(first, self.without_tail(first, last)), verbal

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
        if not softened and self.marked.isdisjoint(_ASIDE):
            return span
        for index in range(span.first + 1, span.last):
            if not self.scan.marks[index]:
                continue
            clause = self.scan.best(index, span.last, "clause", "example")
            aside = "," in self.scan.gaps[index] and (
                self.scan.starts[index] in softened or (clause is not None and clause.name == "clause")
            )
            soft = softened.get(self.scan.starts[index])  # "… preferred, besides …"
            aside = aside or (soft is not None and self.text.startswith(",", soft))
            if aside or self.scan.best(index, span.last, "able"):
                return Range(span.first, self.without_tail(span.first, index))
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

    def without_tail(self, first: int, last: int) -> int:
        """Where a range ends that is cut before its open end: "or similar", "is a plus"."""
        if self.marked.isdisjoint(_TAILS):
            return last
        marks = self.scan.marks
        for index in range(first, last):
            found = marks[index]
            if not found:
                continue
            for tail in found.get("tail", ()):
                if index + tail.words == last and not self._needs(first, index, tail):
                    return self.without_tail(first, index)
            if index > first and "open_end" in found and self.scan.best(index, last, "open_end"):
                return self.without_tail(first, index)
        return last

    def _needs(self, first: int, index: int, tail: Mark) -> bool:
        """Whether a lone adjective before a noun of the tail means nothing without it: "technical background"."""
        if tail.words > 1 or index != first + 1:
            return False
        start = self.scan.starts[index]
        softened = any(cue.start == start for cue in self.of("requirement"))
        return not softened and self.text[self.scan.starts[first]].islower()

    def has_attitude(self, span: Range) -> bool:
        """Whether a word in a range is personal: an ability or an attitude."""
        if "skill" not in self.cues:
            return False
        start, end = self.scan.starts[span.first], self.scan.ends[span.last - 1]
        return any(start <= cue.start < end for cue in self.of("skill", "soft", "cultural"))
