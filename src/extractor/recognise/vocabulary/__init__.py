"""The words that postings use, one TOML file a language, and the search for them.

A file holds `stop_words` and tables of phrase lists, with the same keys in each language; `common.toml` holds
what is the same in all. Of TOML they use tables, bare or quoted keys and literal strings, which one expression reads
in a third of the time. Phrases are separated by commas or line ends. They match whole words without regard to
case; a hyphen equals a space, and a straight apostrophe a curly one. `=X` matches in this case only, `x*` matches
any word that begins so (with three letters at least where it is a phrase's first), a lone `*` any one word inside
a phrase.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache, lru_cache
from importlib import resources
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from extractor.recognise.found import Found
from extractor.recognise.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMON = "common"
"""The name of what is the same in all languages, to be asked for alone like a language."""
_HYPHENS = "\u2010-\u2013-"  # hyphen, non-breaking hyphen, figure dash, en dash, hyphen-minus
_APOSTROPHES = "'\u2018\u2019`\u00b4"
# a word, a sign, or the break before a list item or paragraph, which no phrase crosses; hyphens aren't tokens
_TOKEN = pattern(rf"\w+|\n[ \t]*[\n{_HYPHENS}]|[^\w\s{_HYPHENS}]")
# three apostrophes end a string, but for one that stands right before them
_ENTRY = pattern(r"^\[(\w+)\]|^\"?(\w+)\"? = (?:'''\n?((?>[^']+|'(?!''(?!')))*)'''|'([^'\n]*)')", re.MULTILINE)
_STEM = 3  # letters at least before a star in a first word
_KEPT = 20_000  # characters of the longest text whose tokens are kept for the next table


@cache
def languages() -> tuple[str, ...]:
    """The ISO 639-1 codes of the languages there is a file for."""
    files = (entry.name for entry in resources.files(__name__).iterdir())
    return tuple(sorted(name[:-5] for name in files if name.endswith(".toml") and name != f"{COMMON}.toml"))


@cache
def table(language: str) -> Mapping[str, Any]:
    """The file of one language, or of `common`, as it is written."""
    whole: dict[str, Any] = {}
    here = whole
    for section, key, lines, line in _ENTRY.findall(_source(language)):
        if section:
            here = whole[section] = {}
        else:
            here[key] = lines or line
    return MappingProxyType(whole)


def stop_words(language: str) -> str:
    """Those of one language; the rest of its file isn't looked at, for all languages are asked which a text is in."""
    return _source(language).partition("\nstop_words = '''")[2].partition("'''")[0]


def _source(language: str) -> str:
    return resources.files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8")


@cache
def names(section: str, language: str | None = None) -> tuple[str, ...]:
    """The keys of a table in one language and in what is common; in all languages where none is named."""
    found: dict[str, None] = {}
    for chosen in _chosen(language):
        found.update(dict.fromkeys(table(chosen).get(section, ())))
    return tuple(found)


@cache
def phrases(section: str, name: str, language: str | None = None) -> tuple[str, ...]:
    """The phrases of one language and those common to all; of all languages where none is named."""
    found: dict[str, None] = {}
    for chosen in _chosen(language):
        listed = table(chosen).get(section, {}).get(name, "")
        found.update(dict.fromkeys(apart(listed)))
    return tuple(found)


def apart(listed: str) -> Iterator[str]:
    """The phrases of a list as a file has it."""
    return filter(None, map(str.strip, listed.replace("\n", ",").split(",")))


def _chosen(language: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys((language, COMMON) if language else (*languages(), COMMON)))


class _Node:
    """A place in the tree of words; `names` end here. Keys are `word`, `=Word`, `prefix*` and `*`."""

    __slots__ = ("after", "cased", "names", "prefixes")

    def __init__(self) -> None:
        self.after: dict[str, _Node] = {}
        self.names: tuple[str, ...] = ()
        self.cased = False
        self.prefixes: tuple[int, ...] = ()

    def goes_on(self, key: str) -> None:
        """Notes what kind of key may follow."""
        if key[0] == "=":
            self.cased = True
        elif key[-1] == "*" and len(key) - 1 not in self.prefixes:
            self.prefixes = (*self.prefixes, len(key) - 1)

    def keys(self, written: str, folded: str) -> list[str]:
        """The keys that a word answers to."""
        keys = [folded]
        if self.cased:
            keys.append("=" + written)
        if self.prefixes and folded[0].isalnum():
            keys.extend([folded[:length] + "*" for length in self.prefixes])
        return keys


class _Tree:
    """The phrases of a table by the first keys of theirs; the tree behind one grows when a text has it.

    By `words` and `stems`, the first words and how those with a star begin, most words of a text are passed over.
    """

    def __init__(self, section: str, language: str | None) -> None:
        self._phrases: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._grown: dict[str, _Node] = {}
        self._root = _Node()
        lists = [table(chosen).get(section, {}) for chosen in _chosen(language)]
        for name in names(section, language):
            for phrase in apart("\n".join([listed[name] for listed in lists if name in listed])):
                word, _, _ = phrase.partition(" ")
                key = word.lower() if word.isalpha() else next(_keys(phrase))
                self._phrases[key].append((name, phrase))
        for key in self._phrases:
            self._root.goes_on(key)
        stems = [key for key in self._phrases if key[-1] == "*"]
        self.words = frozenset(key.lstrip("=").lower() for key in self._phrases.keys() - stems)
        self.stems = frozenset(key[:_STEM] for key in stems)

    def begun(self, written: str, folded: str) -> list[_Node]:
        """The places behind a first word."""
        return [self._node(key) for key in self._root.keys(written, folded) if key in self._phrases]

    def _node(self, begun: str) -> _Node:
        found = self._grown.get(begun)
        if found is None:
            found = _Node()
            for name, phrase in self._phrases[begun]:
                node = found
                for key in islice(_keys(phrase), 1, None):
                    node.goes_on(key)
                    node = node.after.setdefault(key, _Node())
                if name not in node.names:
                    node.names = (*node.names, name)
            self._grown[begun] = found  # whole, for other threads read it too
        return found


_tree = cache(_Tree)


def _keys(phrase: str) -> Iterator[str]:
    exact = phrase.startswith("=")
    for word in phrase.removeprefix("=").replace("-", " ").split():
        if word.isalpha():
            yield _key(word, exact)
            continue
        star = word.endswith("*")
        *tokens, last = _TOKEN.findall(word.rstrip("*")) or [""]
        for token in tokens:
            yield _key(token, exact)
        yield last.lower() + "*" if star else _key(last, exact)


def _key(token: str, exact: bool) -> str:
    if not token[0].isalnum():
        return "'" if token in _APOSTROPHES else token
    return "=" + token if exact else token.lower()


@lru_cache(maxsize=64)
def _tokens(text: str) -> tuple[list[tuple[int, int]], list[str], list[str]]:
    """Of each token its place, and how it is written in the text and in the tree."""
    matches = list(_TOKEN.finditer(text))
    written = [match.group() for match in matches]
    folded = ["'" if word in _APOSTROPHES else word.lower() for word in written]
    return [match.span() for match in matches], written, folded


def find(text: str, section: str, language: str | None = None) -> list[Found[str]]:
    """Every phrase of a table in the text, `value` the key it stands under, in the order of the text.

    Of each key the leftmost and then longest phrases, without overlap; phrases of different keys may overlap.
    """
    places, written, folded = (_tokens if len(text) <= _KEPT else _tokens.__wrapped__)(text)
    tree = _tree(section, language)
    words, stems = tree.words, tree.stems
    found: list[Found[str]] = []
    free: dict[str, int] = {}
    for first, word in enumerate(folded):
        if word not in words and word[:_STEM] not in stems:
            continue
        for name, last in _ends(tree, first, written, folded).items():
            if free.get(name, 0) <= first:
                free[name] = last
                found.append(Found(places[first][0], places[last - 1][1], name))
    return found


def _ends(tree: _Tree, first: int, written: list[str], folded: list[str]) -> dict[str, int]:
    """Of each key with a phrase that begins at token `first`, the token after its longest one."""
    ends: dict[str, int] = {}
    reached = tree.begun(written[first], folded[first])
    at = first
    while reached:
        at += 1
        for node in reached:
            for name in node.names:
                ends[name] = at
        if at == len(folded):
            break
        reached = [
            node.after[key] for node in reached for key in node.keys(written[at], folded[at]) if key in node.after
        ]
    return ends
