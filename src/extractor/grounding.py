"""Proves claims: finds each value in the document, grades how it stands there, and names what nothing supports.

Grades, from docs/record.md: `verbatim` letter for letter but for case, white space and punctuation; `assembled` every
word in the cited segments but not side by side; `derived` computed from the text and computes again; `cited` the model
names the lines and code can't recompute the value; `unsupported` nothing in the document states it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from extractor.recognise import recogniser

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from extractor.documents import Document
    from extractor.records.citing import Claim
    from extractor.records.shapes import Shape

_WORD = re.compile(r"[^\W_]+[+#]*")  # C++ and C# are words of their own
_CODE = 3  # letters at most in an ISO code, which is found by recomputing alone: "de" stands in any Spanish text
_PART = 4  # letters at least of a word found inside a compound: "Linux" in "Linuxkenntnisse"


class Grade(StrEnum):
    """How the document supports a value, strongest first."""

    VERBATIM = "verbatim"
    ASSEMBLED = "assembled"
    DERIVED = "derived"
    CITED = "cited"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` states a value, or a part of it. `moved`: it was found elsewhere than the model cited."""

    start: int
    end: int
    grade: Grade
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """A part of a fact that nothing supports; `path` leads to it inside the fact."""

    path: tuple[str | int, ...]
    value: Any


@dataclass(frozen=True, slots=True)
class Grounded:
    """A claim with its evidence: `value` is the claim's without what is `lost`; without `spans` all is unsupported."""

    claim: Claim
    value: Any
    spans: tuple[Span, ...]
    lost: tuple[Lost, ...] = ()

    @property
    def supported(self) -> bool:
        """Whether the document states the fact."""
        return bool(self.spans)


class _Words:
    """The words of a text, folded, with their places; made only where a value isn't found as it is written."""

    def __init__(self, text: str) -> None:
        places = [match.span() for match in _WORD.finditer(text)]
        self.starts = [start for start, _ in places]
        self.ends = [end for _, end in places]
        lowered = text.lower()
        plain = lowered if len(lowered) == len(text) else text  # "İ" grows when it is lowered
        self.words = [
            word if (word := plain[start:end]).isascii() and plain is lowered else _fold(text[start:end])
            for start, end in places
        ]
        # all words without what stands between them, so that "problem solving" finds "Problem-Solving"
        self.squeezed = "".join(self.words)
        self.offsets = list(accumulate(map(len, self.words), initial=0))


class Ground:
    """A document made searchable, once, for all its claims."""

    def __init__(self, document: Document) -> None:
        self.document = document

    @cached_property
    def _index(self) -> _Words:
        return _Words(self.document.text)

    @cached_property
    def _segment_starts(self) -> list[int]:
        return [segment.start for segment in self.document.segments]

    @cached_property
    def _segments_with(self) -> dict[str, set[int]]:
        """Of each word, the segments in which it stands."""
        found: dict[str, set[int]] = defaultdict(set)
        for start, word in zip(self._index.starts, self._index.words, strict=True):
            found[word].add(bisect_right(self._segment_starts, start) - 1)
        return found

    def prove(self, claim: Claim, shape: Shape) -> Grounded:
        """The claim with the places that state it, first among the segments it cites, then anywhere."""
        if shape.kind == "lifted":
            spans = self.whole(claim.at, Grade.VERBATIM) if claim.value else []
            return Grounded(claim, claim.value, tuple(spans))
        located = _Located(self, _windows(self.document, self._known(claim.at)))
        value = located.walk(claim.value, shape, ())
        # parts that code can't recompute rest on the lines the model names
        spans = located.spans or ([] if located.lost else self.whole(claim.at, Grade.CITED))
        if spans and located.judged and not any(span.grade is Grade.CITED for span in spans):
            spans = [*spans, *self.whole(claim.at, Grade.CITED)]
        if value is _NOTHING or not spans:
            return Grounded(claim, claim.value, ())
        return Grounded(claim, value, tuple(dict.fromkeys(spans)), tuple(located.lost))

    def _known(self, numbers: Iterable[int]) -> list[int]:
        return sorted({number for number in numbers if 0 <= number < len(self.document.segments)})

    def whole(self, numbers: Iterable[int], grade: Grade) -> list[Span]:
        """The segments of these numbers from body to end, neighbours as one span."""
        spans: list[Span] = []
        text, last = self.document.text, None
        for number in self._known(numbers):
            segment = self.document.segments[number]
            end = segment.start + len(text[segment.start : segment.end].rstrip())
            if last is not None and number == last + 1:
                spans[-1] = replace(spans[-1], end=end)
            else:
                spans.append(Span(segment.body, max(end, segment.body), grade))
            last = number
        return spans

    def verbatim(self, value: str, start: int, end: int) -> tuple[int, int] | None:
        """Where `value` stands in `text[start:end]` but for case, white space and punctuation."""
        text, bare = self.document.text, value.strip()
        place = text.find(bare, start, end)
        if place >= 0 and bare and not (_joins(text, place) or _joins(text, place + len(bare))):
            return place, place + len(bare)
        needle = "".join(map(_fold, _WORD.findall(value)))
        if not needle:
            return None
        first, last = bisect_left(self._index.starts, start), bisect_right(self._index.ends, end)
        low, high = self._index.offsets[first], self._index.offsets[max(first, last)]
        inside_compound = None
        place = self._index.squeezed.find(needle, low, high)
        while place >= 0:
            a = bisect_right(self._index.offsets, place) - 1
            b = bisect_left(self._index.offsets, place + len(needle)) - 1
            begins, ends = self._index.offsets[a] == place, self._index.offsets[b + 1] == place + len(needle)
            if begins and ends:
                return self._index.starts[a], self._index.ends[b]
            if inside_compound is None and a == b and (begins or ends) and len(needle) >= _PART:
                inside_compound = self._inside(a, place - self._index.offsets[a], len(needle))
            place = self._index.squeezed.find(needle, place + 1, high)
        return inside_compound

    def _inside(self, word: int, skipped: int, length: int) -> tuple[int, int]:
        """Offsets of a piece of one word; of the whole word where folding changed its length ("ß")."""
        start, end = self._index.starts[word], self._index.ends[word]
        if end - start != len(self._index.words[word]):
            return start, end
        return start + skipped, start + skipped + length

    def assembled(self, value: str, windows: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """The pieces of `windows` that hold every word of `value`, longest runs first; [] where one is missing."""
        words = [_fold(word) for word in _WORD.findall(value)]
        places: dict[str, list[int]] = defaultdict(list)
        for start, end in windows:
            for index in range(bisect_left(self._index.starts, start), bisect_right(self._index.ends, end)):
                places[self._index.words[index]].append(index)
        pieces: list[tuple[int, int]] = []
        at = 0
        while at < len(words):
            best = (0, -1)
            for index in places.get(words[at], ()):
                run = 1
                while (
                    at + run < len(words)
                    and index + run < len(self._index.words)
                    and self._index.words[index + run] == words[at + run]
                    and index + run in places[words[at + run]]
                ):
                    run += 1
                if run > best[0]:
                    best = (run, index)
            run, index = best
            if run:
                pieces.append((self._index.starts[index], self._index.ends[index + run - 1]))
                at += run
                continue
            compound = self._shared_head(words[at], places) if len(words[at]) >= 2 * _PART else None
            if compound is None:
                return []
            pieces.extend(compound)
            at += 1
        return pieces

    def _shared_head(self, word: str, places: dict[str, list[int]]) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """A compound whose end stands at a later word: "Projektleitung" in "Projekt- und Teamleitung"."""
        for split in range(len(word) - _PART, _PART - 2, -1):
            for index in places.get(word[:split], ()):
                if self.document.text[self._index.ends[index] : self._index.ends[index] + 1] != "-":
                    continue
                tail = word[split:]
                for later in sorted(i for other, found in places.items() if other.endswith(tail) for i in found):
                    if later > index:
                        skipped = len(self._index.words[later]) - len(tail)
                        return (self._index.starts[index], self._index.ends[index]), self._inside(
                            later, skipped, len(tail)
                        )
        return None

    def near(self, value: str) -> Iterator[tuple[int, int]]:
        """The single segments, as windows, in which every word of `value` stands."""
        words = {_fold(word) for word in _WORD.findall(value)}
        if not words:
            return
        for number in sorted(set.intersection(*(self._segments_with.get(word, set()) for word in words))):
            segment = self.document.segments[number]
            yield segment.start, segment.end


_NOTHING: Any = object()


class _Located:
    """Walks one claim's value and collects where its leaves stand."""

    def __init__(self, ground: Ground, windows: list[tuple[int, int]]) -> None:
        self._ground = ground
        self._windows = windows
        self.spans: list[Span] = []
        self.lost: list[Lost] = []
        self.judged = False

    def walk(self, value: Any, shape: Shape, path: tuple[str | int, ...]) -> Any:
        """`value` without its unsupported parts; `_NOTHING` where that leaves no valid value."""
        if value is None or value == "":
            return value
        if shape.kind == "object":
            parts = {}
            for name, part in value.items():
                kept = self.walk(part, shape.parts[name], (*path, name))
                if kept is _NOTHING:
                    if not shape.parts[name].nullable:
                        return _NOTHING
                    if shape.parts[name].optional:
                        continue
                    kept = None
                parts[name] = kept
            return parts
        if shape.kind == "list":
            assert shape.item is not None
            items = [self.walk(item, shape.item, (*path, index)) for index, item in enumerate(value)]
            return [item for item in items if item is not _NOTHING]
        found = self._find(value, shape)
        if found:
            self.spans.extend(found)
            return value
        if shape.kind == "judged":
            # the model's reading of lines it names; only one that a recogniser could have confirmed is worth a mark
            self.judged = self.judged or shape.by is not None or not path
            return value
        self.lost.append(Lost(path, value))
        return _NOTHING

    def _find(self, value: Any, shape: Shape) -> list[Span]:
        document = self._ground.document
        whole = [(0, len(document.text))]
        text = str(value)
        if shape.kind == "judged" and (self._windows or not shape.by):
            # a word that names it elsewhere says nothing of the lines that the model read it from
            whole = []
        # a document's language is a matter of all of it: that is where it is stated, not where it was moved to
        elsewhere = shape.by != "document_language"
        for windows, moved in ((self._windows, False), (whole, elsewhere)):
            # some plain number stands in every document, so it counts among the cited lines alone
            if shape.by and not (moved and shape.by == "number"):
                found = _recompute(document.text, value, shape.by, windows)
                if not found and shape.kind == "number" and not moved:
                    found = _recompute(document.text, value, "number", windows)
                if found:
                    return [Span(*found, Grade.DERIVED, moved)]
            if shape.kind in ("text", "lifted") and not (shape.by and len(text) <= _CODE):
                for start, end in windows:
                    place = self._ground.verbatim(text, start, end)
                    if place:
                        return [Span(*place, Grade.VERBATIM, moved)]
                groups = [[near] for near in self._ground.near(text)] if moved else [windows]
                for group in groups:
                    pieces = self._ground.assembled(text, group)
                    if pieces:
                        return [Span(*piece, Grade.ASSEMBLED, moved) for piece in pieces]
        return []


def _recompute(text: str, value: Any, by: str, windows: list[tuple[int, int]]) -> tuple[int, int] | None:
    """Where a recogniser computes `value` from one of the windows."""
    read = recogniser(by)
    for start, end in windows:
        for found in read(text[start:end]):
            if _equal(found.value, value):
                return start + found.start, start + found.end
    return None


def _equal(computed: object, claimed: Any) -> bool:
    if isinstance(computed, int | float) and isinstance(claimed, int | float):
        return abs(computed - claimed) <= 1e-9 * max(1.0, abs(claimed))
    # a date's first ten characters: a claimed time of day isn't computed
    return str(computed).casefold() == str(claimed).casefold() or str(computed) == str(claimed)[:10]


def _windows(document: Document, cited: list[int]) -> list[tuple[int, int]]:
    """The cited segments as ranges of the text, neighbours as one."""
    windows: list[tuple[int, int]] = []
    for number in cited:
        segment = document.segments[number]
        if windows and windows[-1][1] == segment.start:
            windows[-1] = (windows[-1][0], segment.end)
        else:
            windows.append((segment.start, segment.end))
    return windows


def _joins(text: str, at: int) -> bool:
    """Whether the characters on both sides of `at` belong to one word."""
    return 0 < at < len(text) and text[at - 1].isalnum() and (text[at].isalnum() or text[at] in "+#")


def _fold(word: str) -> str:
    return word.lower() if word.isascii() else unicodedata.normalize("NFKC", word).casefold()
