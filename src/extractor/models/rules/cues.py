"""Finds the phrases of a language's vocabulary in a text, all of them in one pass over its words."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from functools import cache, lru_cache, reduce
from itertools import chain, compress
from operator import contains
from typing import TYPE_CHECKING, Any, NamedTuple

from extractor.recognise.patterns import pattern
from extractor.recognise.vocabulary import COMMON, apart, phrases, table

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from extractor.recognise.words import Words

_PHRASE_WORD = pattern(r"\d+%|[^\W_]+[+#]*\*?|(?<!\S)\*(?!\S)")
_APART = pattern(r"[,;:!?()\[\]{}\"“”„|•]|[.…]\s|\n\s*\n")
_LONGEST_GAP = 4  # characters between the words of a phrase
_REMEMBERED = 10_000  # words whose phrases are kept at hand
_SHELF = 3  # letters by which phrases are laid together; none has fewer before the `*` of its first word
_KEY = 2  # letters by which a word with an open end is looked up; no phrase has fewer before its `*`
# Boards label their fields in English whatever the posting's language.
_ENGLISH_EVERYWHERE = frozenset(
    ("headings", "labels", "seniority", "employment_type", "workplace", "education_level", "documents")
)
# What the recognisers and the rules about names read for themselves.
_UNUSED = frozenset(("stop_words", "country", "organisation", "industry", "words"))
# Sections that are about the inside of a phrase: their phrases are marks, in any case of letters.
_INSIDE = frozenset(("cut", "list"))


class Cue(NamedTuple):
    """A phrase of `section`/`name` at `text[start:end]`, `words` long."""

    start: int
    end: int
    section: str
    name: str
    words: int


class Mark(NamedTuple):
    """A phrase of `cut` or `list`, `words` long."""

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


Marks = dict[str, tuple[Mark, ...]]
"""Marks by name, the longest first."""


_Phrase = tuple[str, str, str]  # section, name, and the phrase as it is written
_NO_MARKS: Marks = {}
_NONE_OPEN: dict[str, Any] = {}


class _Node:
    """A place in the tree of words: what may follow, and the phrases that end here."""

    __slots__ = ("after", "any", "ends", "marks", "open", "plain")

    def __init__(self) -> None:
        self.after: dict[str, _Node] = {}
        self.open: dict[str, list[tuple[str, _Node]]] = _NONE_OPEN
        self.any: _Node | None = None
        self.plain = True  # only whole words follow
        self.ends: tuple[_Phrase, ...] = ()  # the phrase itself only where its case counts
        self.marks = _NO_MARKS

    def grow(self, word: str) -> _Node:
        """The place behind one more word: a plain one, "begin*" or "*"."""
        if word[-1] != "*":
            node = self.after.get(word)
            if node is None:
                node = self.after[word] = _Node()
            return node
        if self.plain:
            self.plain, self.open = False, {}
        if word == "*":
            self.any = self.any or _Node()
            return self.any
        held = self.open.setdefault(word[:-1][:_KEY], [])
        for prefix, node in held:
            if prefix == word[:-1]:
                return node
        held.append((word[:-1], _Node()))
        return held[-1][1]

    def follow(self, word: str) -> Sequence[_Node]:
        """The places behind `word`."""
        child = self.after.get(word)
        onward = [node for prefix, node in self.open.get(word[:_KEY], ()) if word.startswith(prefix)]
        return [*onward, *filter(None, (child, self.any))]


class _Begun(NamedTuple):
    """What begins with a word: the marks that are this word alone, and the places behind it.

    They are worth a look where the next word is one of `after`.
    """

    marks: Marks
    nodes: tuple[_Node, ...]
    after: Container[str]


class _AnyWord:
    def __contains__(self, _: object) -> bool:
        return True


_NOTHING = _Begun(_NO_MARKS, (), frozenset())
_ANY_WORD = _AnyWord()


class Lexicon(dict[str, _Begun]):
    """The phrases of one language, by their first word; the labels and closed vocabularies of English beside them.

    They lie in shelves by the first letters of theirs. A shelf is sorted, and the tree behind a first word grows, when
    a text has it: a posting has few of them.
    """

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.stop_words = frozenset(table(language)["stop_words"].split())
        self.closing, self.verbs, self.empty, self.generic = (
            frozenset(phrases("words", name, language)) for name in ("closing", "verb", "empty", "generic")
        )
        self._laid: dict[str, list[_Phrase]] = defaultdict(list)
        self._sorted: dict[str, dict[str, list[_Phrase]]] = {}
        self._grown: dict[str, _Node] = {}
        for tongue in dict.fromkeys((language, "en", COMMON)):
            for section, lists in table(tongue).items():
                if section not in _UNUSED and (tongue in (language, COMMON) or section in _ENGLISH_EVERYWHERE):
                    for name, listed in lists.items():
                        for phrase in apart(listed):
                            begins = phrase[:_SHELF]
                            key = begins if begins.isalpha() else _first_word(phrase)[:_SHELF]
                            self._laid[key.lower()].append((section, name, phrase))

    def __missing__(self, word: str) -> _Begun:
        if len(self) >= _REMEMBERED:
            self.clear()
        shelf = self._shelf(word)
        keys = [key for key in shelf if key[-1] == "*" and word.startswith(key[:-1])]
        if word in shelf:
            keys.append(word)
        found = self._together([self._node(key) for key in keys]) if keys else _NOTHING
        self[word] = found
        return found

    def _shelf(self, word: str) -> dict[str, list[_Phrase]]:
        """The phrases that begin as `word` does, by their first words."""
        begins = word[:_SHELF]
        shelf = self._sorted.get(begins)
        if shelf is None:
            shelf = {}
            for phrase in self._laid.get(begins, ()):
                shelf.setdefault(_first_word(phrase[2]).lower(), []).append(phrase)
            self._sorted[begins] = shelf
        return shelf

    def _together(self, nodes: list[_Node]) -> _Begun:
        marks = reduce(_longest_first, [node.marks for node in nodes if node.marks], _NO_MARKS)
        always = any(node.ends or not node.plain for node in nodes)
        after = _ANY_WORD if always else frozenset().union(*(node.after for node in nodes))
        return _Begun(marks, tuple(nodes), after)

    def _node(self, begun: str) -> _Node:
        """The tree behind a first word, or behind the beginning of one."""
        root = self._grown.get(begun)
        if root is None:
            root = _Node()
            for section, name, phrase in self._shelf(begun)[begun]:
                exact = phrase[1:].strip(".") if phrase.startswith("=") else ""
                words = _words(phrase.lower())
                node = root
                for word in words[1:]:
                    node = node.grow(word)
                if section in _INSIDE:
                    node.marks = {**node.marks, name: (Mark(name, len(words)),)}
                elif (section, name, exact) not in node.ends:
                    node.ends += ((section, name, exact),)
            self._grown[begun] = root  # whole, for other threads read it too
        return root

    def name(self, section: str, words: list[str]) -> str | None:
        """The name under which these folded words stand in the section, as a whole phrase."""
        if not words or words[0] not in self._shelf(words[0]):
            return None
        node: _Node | None = self._node(words[0])
        for word in words[1:]:
            node = node and node.after.get(word)
        return next((name for held, name, _ in node.ends if held == section), None) if node else None


class Scan:
    """A text's words, by number, and the cues in it, by place; `marks` are those of `cut` and `list` at each word."""

    def __init__(self, words: Words, lexicon: Lexicon) -> None:
        self.text, self.starts, self.ends, self.gaps, self.folded = words
        self.lexicon = lexicon
        self.cues: list[Cue] = []
        marks, nodes, after = zip(*map(lexicon.__getitem__, self.folded), strict=True) if self.folded else ((), (), ())
        self.marks: list[Marks] = list(marks)
        following = chain(self.folded[1:], ("",))
        for first in compress(range(len(nodes)), map(contains, after, following)):
            for node in nodes[first]:
                self._collect(node, first, first)
        self._cue_starts = [cue.start for cue in self.cues]

    def _collect(self, node: _Node, first: int, at: int) -> None:
        """Adds the phrases that end at word `at`, and those that go on."""
        if node.marks and at > first:
            self.marks[first] = _longest_first(self.marks[first], node.marks)
        for section, name, exact in node.ends:
            if not exact or self.text.startswith(exact, self.starts[first]):
                self.cues.append(Cue(self.starts[first], self.ends[at], section, name, at - first + 1))
        at += 1
        if at < len(self.folded):
            word = self.folded[at]
            if node.plain:
                child = node.after.get(word)
                onward: Sequence[_Node] = (child,) if child else ()
            else:
                onward = node.follow(word)
            if onward and ((gap := self.gaps[at]) == " " or _joins(gap, self.ends[at - 1] - self.starts[at - 1])):
                for further in onward:
                    self._collect(further, first, at)

    def best(self, index: int, last: int, *names: str) -> Mark | None:
        """The longest of the marks at a word, up to `last`, that are of these names; the first name of equals."""
        found = self.marks[index]
        if not found:
            return None
        best: Mark | None = None
        for name in names:
            for mark in found.get(name, ()):
                if index + mark.words <= last:
                    if best is None or mark.words > best.words:
                        best = mark
                    break
        return best

    def within(self, start: int, end: int) -> list[Cue]:
        """The cues inside of `text[start:end]`."""
        first = bisect_left(self._cue_starts, start)
        if first == len(self.cues) or self.cues[first].start >= end:
            return []
        return [cue for cue in self.cues[first : bisect_left(self._cue_starts, end)] if cue.end <= end]

    def between(self, start: int, end: int) -> Range:
        """The words that begin inside of `text[start:end]`."""
        return Range(bisect_left(self.starts, start), bisect_left(self.starts, end))

    def name(self, section: str, span: Range) -> str | None:
        """The name under which these words stand in the section, as a whole phrase."""
        if not span or self.lexicon[self.folded[span.first]] is _NOTHING:
            return None
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


def _words(phrase: str) -> list[str]:
    """The words of a phrase, with their stars."""
    words = phrase.replace("-", " ").replace("'", " ").split()
    return words if "".join(words).replace("*", "").isalpha() else _PHRASE_WORD.findall(phrase)


def _first_word(phrase: str) -> str:
    """The word that a phrase begins with, and its star."""
    word, _, _ = phrase.partition(" ")
    if word.isalpha():
        return word
    words = _PHRASE_WORD.search(word)
    return words[0] if words else ""


def _longest_first(one: Marks, other: Marks) -> Marks:
    if not one:
        return other
    return {
        name: tuple(sorted({*one.get(name, ()), *other.get(name, ())}, key=lambda mark: -mark.words))
        for name in (*one, *other)
    }


@lru_cache(maxsize=1000)
def _joins(gap: str, length: int) -> bool:
    """Whether a phrase may run over what stands between two words, the first of them of this length."""
    if len(gap) > _LONGEST_GAP:
        return False
    # "z. B." is one phrase, the end of a sentence isn't
    return not _APART.search(gap) or (gap == ". " and length < 3)
