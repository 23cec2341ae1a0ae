"""Proves claims: finds each value in the document, grades how it stands there, and names what nothing supports.

Grades, from docs/record.md: `verbatim` letter for letter but for case, white space and punctuation; `assembled` every
word in the cited segments but not side by side; `derived` computed from the text and computes again; `cited` the model
names the lines and code can't recompute the value; `published` the text leaves it open and the page's structured data
states it; `unsupported` nothing in the document states it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from enum import StrEnum
from functools import cache, cached_property, lru_cache, partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from extractor.errors import SchemaError
from extractor.recognise import NAMES, recogniser

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from extractor.documents import Document, Segment
    from extractor.recognise import Recogniser
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
    PUBLISHED = "published"
    UNSUPPORTED = "unsupported"


class Span(NamedTuple):
    """`text[start:end]` states a value, or a part of it. `moved`: it was found elsewhere than the model cited."""

    start: int
    end: int
    grade: Grade
    moved: bool = False


class Lost(NamedTuple):
    """A part of a fact that nothing supports; `path` leads to it inside the fact."""

    path: tuple[str | int, ...]
    value: Any


class Grounded(NamedTuple):
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
    """The words that stand whole in `text[start:end]`, folded, with their places."""

    def __init__(self, text: str, start: int, end: int) -> None:
        places = [match.span() for match in _WORD.finditer(text, start, end)]
        if places and places[0][0] == start and _joins(text, start):
            del places[0]
        if places and places[-1][1] == end < len(text) and (_joins(text, end) or text[end] in "+#"):
            del places[-1]
        self.starts = [start for start, _ in places]
        self.ends = [end for _, end in places]
        self.words = [_fold(text[start:end]) for start, end in places]

    @cached_property
    def squeezed(self) -> str:
        """All words without what stands between them, so that "problem solving" finds "Problem-Solving"."""
        return "".join(self.words)

    @cached_property
    def offsets(self) -> list[int]:
        """Where each word begins in `squeezed`, and where the last one ends."""
        return list(accumulate(map(len, self.words), initial=0))


class Ground:
    """A document made searchable, once, for all its claims."""

    def __init__(self, document: Document) -> None:
        self.document = document
        # made only where a value isn't found as it is written
        self._words = lru_cache(maxsize=16)(partial(_Words, document.text))

    @cached_property
    def _segments_with(self) -> dict[str, set[int]]:
        """Of each word, the segments in which it stands."""
        found: dict[str, set[int]] = defaultdict(set)
        starts = [segment.start for segment in self.document.segments]
        everywhere = self._words(0, len(self.document.text))
        for start, word in zip(everywhere.starts, everywhere.words, strict=True):
            found[word].add(bisect_right(starts, start) - 1)
        return found

    def prove(self, claim: Claim, shape: Shape) -> Grounded:
        """The claim with the places that state it, first among the segments it cites, then anywhere."""
        if shape.kind == "lifted":
            spans = self.whole(claim.at, Grade.VERBATIM) if claim.value else []
            return Grounded(claim, claim.value, tuple(spans))
        located = _Located(self, [(first.start, last.end) for first, last in self._runs(claim.at)])
        value = located.walk(claim.value, shape, ())
        spans = located.spans
        # parts that code can't recompute rest on the lines the model names
        rests = located.judged if spans else not located.lost
        if rests:
            spans += self.whole(claim.at, Grade.CITED)
        if value is _NOTHING or not spans:
            return Grounded(claim, claim.value, ())
        once = spans if len(spans) == 1 else dict.fromkeys(spans)
        return Grounded(claim, value, tuple(once), tuple(located.lost))

    def _runs(self, numbers: Collection[int]) -> list[tuple[Segment, Segment]]:
        """The segments of these numbers, neighbours together: the first and the last of each run."""
        segments = self.document.segments
        if len(numbers) == 1:  # as for most facts
            (number,) = numbers
            return [(segments[number], segments[number])] if 0 <= number < len(segments) else []
        runs: list[tuple[Segment, Segment]] = []
        last = -1
        for number in sorted(set(numbers)):
            if not 0 <= number < len(segments):
                continue
            segment = segments[number]
            if runs and number == last + 1:
                runs[-1] = (runs[-1][0], segment)
            else:
                runs.append((segment, segment))
            last = number
        return runs

    def whole(self, numbers: Collection[int], grade: Grade) -> list[Span]:
        """The segments of these numbers from body to end, neighbours as one span."""
        spans: list[Span] = []
        for (_, _, body, _), (start, stop, _, _) in self._runs(numbers):
            end = start + len(self.document.text[start:stop].rstrip())
            spans.append(Span(body, max(end, body), grade))
        return spans

    def verbatim(self, value: str, start: int, end: int) -> tuple[int, int] | None:
        """Where `value` stands in `text[start:end]` but for case, white space and punctuation."""
        text, bare = self.document.text, value.strip()
        place = text.find(bare, start, end)
        if place >= 0 and bare:
            behind = place + len(bare)
            if not (_joins(text, place) or _joins(text, behind)):
                return place, behind
        needle = "".join(map(_fold, _WORD.findall(value)))
        if not needle:
            return None
        words = self._words(start, end)
        inside_compound = None
        place = words.squeezed.find(needle)
        while place >= 0:
            a = bisect_right(words.offsets, place) - 1
            b = bisect_left(words.offsets, place + len(needle)) - 1
            begins, ends = words.offsets[a] == place, words.offsets[b + 1] == place + len(needle)
            if begins and ends:
                return words.starts[a], words.ends[b]
            if inside_compound is None and a == b and (begins or ends) and len(needle) >= _PART:
                skipped = place - words.offsets[a]
                inside_compound = _inside(words.words[a], words.starts[a], words.ends[a], skipped, len(needle))
            place = words.squeezed.find(needle, place + 1)
        return inside_compound

    def assembled(self, value: str, windows: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """The pieces of `windows` that hold every word of `value`, longest runs first; [] where one is missing."""
        wanted = [_fold(word) for word in _WORD.findall(value)]
        found = self._within(windows)
        places: dict[str, list[int]] = defaultdict(list)
        for index, (word, _, _) in enumerate(found):
            places[word].append(index)
        pieces: list[tuple[int, int]] = []
        at = 0
        while at < len(wanted):
            best = (0, -1)
            for index in places.get(wanted[at], ()):
                run = 1
                while at + run < len(wanted) and index + run < len(found) and found[index + run][0] == wanted[at + run]:
                    run += 1
                if run > best[0]:
                    best = (run, index)
            run, index = best
            if run:
                pieces.append((found[index][1], found[index + run - 1][2]))
                at += run
                continue
            compound = self._shared_head(wanted[at], found, places) if len(wanted[at]) >= 2 * _PART else None
            if compound is None:
                return []
            pieces.extend(compound)
            at += 1
        return pieces

    def _within(self, windows: list[tuple[int, int]]) -> list[tuple[str, int, int]]:
        """The words of the windows with their places; an empty one between windows that other words part."""
        found: list[tuple[str, int, int]] = []
        last = 0
        for start, end in windows:
            if found and _WORD.search(self.document.text, last, start):
                found.append(("", last, start))
            words = self._words(start, end)
            found.extend(zip(words.words, words.starts, words.ends, strict=True))
            last = end
        return found

    def _shared_head(
        self, word: str, found: list[tuple[str, int, int]], places: dict[str, list[int]]
    ) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """A compound whose end stands at a later word: "Projektleitung" in "Projekt- und Teamleitung"."""
        for split in range(len(word) - _PART, _PART - 2, -1):
            for index in places.get(word[:split], ()):
                _, start, end = found[index]
                if self.document.text[end : end + 1] != "-":
                    continue
                tail = word[split:]
                for later in found[index + 1 :]:
                    if later[0].endswith(tail):
                        return (start, end), _inside(*later, len(later[0]) - len(tail), len(tail))
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

    __slots__ = ("_ground", "_windows", "judged", "lost", "spans")

    def __init__(self, ground: Ground, windows: list[tuple[int, int]]) -> None:
        self._ground = ground
        self._windows = windows
        self.spans: list[Span] = []
        self.lost: list[Lost] = []
        self.judged = False

    def walk(self, value: Any, shape: Shape, path: tuple[str | int, ...]) -> Any:
        """`value` without its unsupported parts, itself where it has none; `_NOTHING` where no valid value is left."""
        kind = shape.kind
        if value is None or value == "":
            return value
        if kind == "object":
            parts = value
            for name, part in value.items():
                form = shape.parts[name]
                if part is None or _is_vouched_for(form):
                    continue
                kept = self.walk(part, form, (*path, name))
                if kept is part:
                    continue
                if kept is _NOTHING and not form.nullable:
                    return _NOTHING
                if parts is value:
                    parts = dict(value)
                if kept is _NOTHING and form.optional:
                    del parts[name]
                else:
                    parts[name] = None if kept is _NOTHING else kept
            return parts
        if kind == "list":
            assert shape.item is not None
            if _is_vouched_for(shape.item):
                return value
            items = [self.walk(item, shape.item, (*path, index)) for index, item in enumerate(value)]
            return [item for item in items if item is not _NOTHING]
        found = self._find(value, shape)
        if found:
            self.spans += found
            return value
        if kind == "judged":
            # the model's reading of lines it names, where it is all there is or a recogniser could have confirmed it
            self.judged = True
            return value
        self.lost.append(Lost(path, value))
        return _NOTHING

    def _find(self, value: Any, shape: Shape) -> list[Span]:
        """Where a leaf stands: in the cited segments, else anywhere."""
        judged = shape.kind == "judged"
        if judged and not shape.by:
            return []
        found = self._search(value, shape, self._windows, moved=False)
        # a word that names it elsewhere says nothing of the lines that the model read a judged value from
        if found or (judged and self._windows):
            return found
        # a document's language is a matter of all of it: that is where it is stated, not where it was moved to
        everywhere = [(0, len(self._ground.document.text))]
        return self._search(value, shape, everywhere, moved=shape.by != "document_language")

    def _search(self, value: Any, shape: Shape, windows: list[tuple[int, int]], *, moved: bool) -> list[Span]:
        # some plain number stands in every document, so it counts among the cited lines alone
        if shape.by and not (moved and shape.by == "number"):
            source = self._ground.document.text
            cited_number = shape.kind == "number" and not moved
            read = _kept_recogniser if cited_number else recogniser
            found = _recompute(source, value, read(shape.by), windows)
            if not found and cited_number and shape.by != "number":
                found = _recompute(source, value, read("number"), windows)
            if found:
                return [Span(*found, Grade.DERIVED, moved)]
        if shape.kind not in ("text", "lifted"):
            return []
        text = str(value)
        if shape.by and len(text) <= _CODE:
            return []
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


def _is_vouched_for(part: Shape) -> bool:
    """Whether a part is the model's reading of lines that the rest of the object vouches for."""
    return part.kind == "judged" and not part.by


def _inside(word: str, start: int, end: int, skipped: int, length: int) -> tuple[int, int]:
    """Offsets of a piece of one word; of the whole word where folding changed its length ("ß")."""
    return (start + skipped, start + skipped + length) if end - start == len(word) else (start, end)


@cache
def _kept_recogniser(by: str) -> Recogniser:
    """The recogniser `by`, keeping its last readings: a range's bounds are looked for one after the other."""
    read = recogniser(by)
    return lru_cache(maxsize=1)(lambda passage: tuple(read(passage)))


def _recompute(text: str, value: Any, read: Recogniser, windows: list[tuple[int, int]]) -> tuple[int, int] | None:
    """Where `read`, a recogniser, computes `value` from one of the windows."""
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


def _joins(text: str, at: int) -> bool:
    """Whether the characters on both sides of `at` belong to one word."""
    return 0 < at < len(text) and text[at - 1].isalnum() and (text[at].isalnum() or text[at] in "+#")


def _fold(word: str) -> str:
    return word.lower() if word.isascii() else unicodedata.normalize("NFKC", word).casefold()


def check_recognisers(path: str, shapes: Mapping[str, Shape]) -> None:
    """Raises `SchemaError` where a field of the schema at `path` names a recogniser that isn't there."""
    for name, shape in shapes.items():
        leaf = shape.item if shape.kind == "list" and shape.item else shape
        if leaf.by is not None and leaf.by not in NAMES:
            known = ", ".join(sorted(NAMES))
            raise SchemaError(f"{path}.{name}: no recogniser is called {leaf.by!r}; there are {known}.")
        check_recognisers(f"{path}.{name}", leaf.parts)
