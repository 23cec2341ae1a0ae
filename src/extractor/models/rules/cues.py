"""Finds the phrases of a language's vocabulary in a text, all of them in one pass over its words."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from functools import cache, lru_cache
from typing import NamedTuple

from extractor.recognise.vocabulary import COMMON, phrases, table

_WORD = re.compile(r"\d+ ?%|[^\W_]+[+#]*")
_PHRASE_WORD = re.compile(r"\d+%|[^\W_]+[+#]*\*?|(?<!\S)\*(?!\S)")
_APART = re.compile(r"[,;:!?()\[\]{}\"“”„|•]|[.…]\s|\n\s*\n")
_LIGATURE = re.compile("[\ufb00-\ufb06]")
_LONGEST_GAP = 4  # characters between the words of a phrase
_REMEMBERED = 20_000  # words whose phrases are kept at hand
_KEY = 2  # letters by which a word with an open end is looked up; no phrase has fewer before its `*`
# Boards label their fields in English whatever the posting's language.
_ENGLISH_EVERYWHERE = frozenset(
    ("headings", "labels", "seniority", "employment_type", "workplace", "education_level", "documents")
)
# What the recognisers read for themselves.
_UNUSED = frozenset(("stop_words", "country"))
# Sections that are about the inside of a phrase, where `Scan.inside` looks them up.
_INSIDE = frozenset(("cut", "list"))


class Cue(NamedTuple):
    """A phrase of `section`/`name` at `text[start:end]`, `words` long."""

    start: int
    end: int
    section: str
    name: str
    words: int


class Range(NamedTuple):
    """The words `[first, last)` of a text."""

    first: int
    last: int

    def __bool__(self) -> bool:
        return self.last > self.first

    @property
    def size(self) -> int:
        """How many words they are."""
        return self.last - self.first


class _Node:
    """A place in the tree of words: what may follow, and the phrases that end here."""

    __slots__ = ("after", "any", "ends", "goes_on", "open")

    def __init__(self) -> None:
        self.after: dict[str, _Node] = {}
        self.open: dict[str, list[tuple[str, _Node]]] = {}
        self.any: _Node | None = None
        self.goes_on = False
        self.ends: list[tuple[str, str, str]] = []  # section, name, and the phrase where its case counts

    def grow(self, word: str) -> _Node:
        """The place behind one more word: a plain one, "begin*" or "*"."""
        self.goes_on = True
        if word == "*":
            self.any = self.any or _Node()
            return self.any
        if not word.endswith("*"):
            return self.after.setdefault(word, _Node())
        held = self.open.setdefault(word[:-1][:_KEY], [])
        for prefix, node in held:
            if prefix == word[:-1]:
                return node
        held.append((word[:-1], _Node()))
        return held[-1][1]

    def follow(self, word: str) -> tuple[_Node, ...]:
        """The places behind `word`."""
        child = self.after.get(word)
        opened = self.open.get(word[:_KEY]) if self.open else None
        if opened is None and self.any is None:
            return _NOWHERE if child is None else (child,)
        onward = [node for prefix, node in opened or () if word.startswith(prefix)]
        if child is not None:
            onward.append(child)
        if self.any is not None:
            onward.append(self.any)
        return tuple(onward)


_NO_CUES: dict[str, list[Cue]] = {}
_NOWHERE: tuple[_Node, ...] = ()


class Lexicon:
    """The phrases of one language; the labels and closed vocabularies of English beside them."""

    def __init__(self, language: str) -> None:
        self._cues = _Node()
        self._inside = _Node()
        # most words of a text are the same few hundred
        self.cues = lru_cache(maxsize=_REMEMBERED)(self._cues.follow)
        self.inside = lru_cache(maxsize=_REMEMBERED)(self._inside.follow)
        self.stop_words = frozenset(table(language)["stop_words"].split())
        self._names: dict[tuple[str, tuple[str, ...]], str] = {}
        for tongue in dict.fromkeys((language, "en", COMMON)):
            for section, lists in table(tongue).items():
                if section not in _UNUSED and (tongue in (language, COMMON) or section in _ENGLISH_EVERYWHERE):
                    for name in lists:
                        for phrase in phrases(section, name, tongue):
                            self._add(section, name, phrase)

    def _add(self, section: str, name: str, phrase: str) -> None:
        exact = phrase[1:].strip(".") if phrase.startswith("=") else ""
        words = tuple(_PHRASE_WORD.findall(phrase.lower()))
        node = self._inside if section in _INSIDE else self._cues
        for word in words:
            node = node.grow(word)
        if (section, name, exact) not in node.ends:
            node.ends.append((section, name, exact))
            self._names.setdefault((section, words), name)

    def name(self, section: str, words: list[str]) -> str | None:
        """The name under which these folded words stand in the section, as a whole phrase."""
        return self._names.get((section, tuple(words)))


class Scan:
    """The words of a text, by number, and the cues in it, by place.

    `folded` are the words for comparison, `gaps` what stands between each and the one before it.
    """

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = text
        self.lexicon = lexicon
        self._read_words()
        self._inside: list[dict[str, list[Cue]] | None] = [None] * len(self.starts)
        self.cues: list[Cue] = []
        first = lexicon.cues
        for index, word in enumerate(self.folded):
            for node in first(word):
                self._collect(node, index, index, self.cues)
        self._cue_starts = [cue.start for cue in self.cues]

    def _read_words(self) -> None:
        text = self.text.lower()
        if len(text) != len(self.text):  # a few capitals have two letters for their small one
            text = "".join(low if len(low := letter.lower()) == 1 else letter for letter in self.text)
        matches = list(_WORD.finditer(text))
        self.starts = [match.start() for match in matches]
        self.ends = [match.end() for match in matches]
        self.folded = [match[0] for match in matches]
        self.gaps = [text[end:start] for end, start in zip([0, *self.ends], self.starts, strict=False)]
        if "%" in text:
            self.folded = [word.replace(" ", "") for word in self.folded]
        if _LIGATURE.search(text):
            self.folded = [unicodedata.normalize("NFKC", word) for word in self.folded]

    def _collect(self, node: _Node, first: int, at: int, cues: list[Cue]) -> None:
        """Adds the phrases that end at word `at`, and those that go on."""
        for section, name, exact in node.ends:
            if not exact or self.text.startswith(exact, self.starts[first]):
                cues.append(Cue(self.starts[first], self.ends[at], section, name, at - first + 1))
        if node.goes_on and at + 1 < len(self.folded):
            gap = self.gaps[at + 1]
            if gap == " " or _joins(gap, self.ends[at] - self.starts[at]):
                for onward in node.follow(self.folded[at + 1]):
                    self._collect(onward, first, at + 1, cues)

    def inside(self, index: int) -> dict[str, list[Cue]]:
        """The cues of `cut` and `list` that begin at a word, by name, longest first."""
        found = self._inside[index]
        if found is None:
            found = _NO_CUES
            nodes = self.lexicon.inside(self.folded[index])
            if nodes:
                cues: list[Cue] = []
                for node in nodes:
                    self._collect(node, index, index, cues)
                found = {}
                for cue in sorted(cues, key=_by_length):
                    found.setdefault(cue.name, []).append(cue)
            self._inside[index] = found
        return found

    def best(self, index: int, last: int, *names: str) -> Cue | None:
        """The longest of the inside cues at a word, up to `last`, that are of these names; the first name of equals."""
        found = self._inside[index]
        if found is None:
            found = self.inside(index)
        if not found:
            return None
        best: Cue | None = None
        for name in names:
            for cue in found.get(name, ()):
                if index + cue.words <= last:
                    if best is None or cue.words > best.words:
                        best = cue
                    break
        return best

    def within(self, start: int, end: int) -> list[Cue]:
        """The cues inside of `text[start:end]`."""
        first, last = bisect_left(self._cue_starts, start), bisect_left(self._cue_starts, end)
        return [cue for cue in self.cues[first:last] if cue.end <= end]

    def between(self, start: int, end: int) -> Range:
        """The words that begin inside of `text[start:end]`."""
        return Range(bisect_left(self.starts, start), bisect_left(self.starts, end))

    def name(self, section: str, span: Range) -> str | None:
        """The name under which these words stand in the section, as a whole phrase."""
        return self.lexicon.name(section, self.folded[span.first : span.last])


@cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of a language (ISO 639-1), made once."""
    return Lexicon(language)


def outermost(cues: list[Cue]) -> list[Cue]:
    """The cues without those that lie inside of another."""
    kept: list[Cue] = []
    for cue in sorted(cues, key=lambda cue: (cue.start, -cue.end)):
        if not kept or cue.end > kept[-1].end:
            kept.append(cue)
    return kept


def folded(text: str) -> list[str]:
    """The words of `text` for comparison; "C++", "C#" and "100 %" are words of their own."""
    text = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text.lower())
    return [word.replace(" ", "") for word in _WORD.findall(text)]


def _by_length(cue: Cue) -> int:
    return -cue.words


@lru_cache(maxsize=1000)
def _joins(gap: str, length: int) -> bool:
    """Whether a phrase may run over what stands between two words, the first of them of this length."""
    if len(gap) > _LONGEST_GAP:
        return False
    # "z. B." is one phrase, the end of a sentence isn't
    return not _APART.search(gap) or (gap == ". " and length < 3)
