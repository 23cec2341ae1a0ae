"""The words of a text, as phrases and stop words are compared with."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from extractor.recognise.patterns import pattern

_WORD = pattern(r"([^\W_]+[+#]*)")
_ASCII_WORD = pattern(r"([a-z0-9]+[+#]*)")  # finds the same in two thirds of the time
_WORD_OR_SHARE = pattern(r"(\d+ ?%|[^\W_]+[+#]*)")
_LIGATURE = pattern("[\ufb00-\ufb06]")
_KEPT = 100_000  # characters of the longest text whose words are kept for who asks next


class Words(NamedTuple):
    """The words of a text, folded for comparison, where each begins and ends, and what stands before each.

    The last of the `gaps` stands behind the last word.
    """

    text: str
    starts: list[int]
    ends: list[int]
    gaps: list[str]
    folded: list[str]


def words_of(text: str) -> Words:
    """The words of a text; "C++", "C#" and "100 %" are words of their own."""
    return (_remembered if len(text) <= _KEPT else _words)(text)


def _words(text: str) -> Words:
    lower = text.lower()
    if len(lower) != len(text):  # a few capitals have two letters for their small one
        lower = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    ascii_word = _ASCII_WORD if lower.isascii() else _WORD
    pieces = (_WORD_OR_SHARE if "%" in lower else ascii_word).split(lower)
    places = list(accumulate(map(len, pieces)))
    folded = pieces[1::2]
    if "%" in lower:
        folded = [word.replace(" ", "") for word in folded]
    if not lower.isascii() and _LIGATURE.search(lower):
        folded = [unicodedata.normalize("NFKC", word) for word in folded]
    return Words(text, places[:-1:2], places[1::2], pieces[::2], folded)


_remembered = lru_cache(maxsize=2)(_words)


def folded(text: str) -> list[str]:
    """The words of `text` for comparison; "C++", "C#" and "100 %" are words of their own."""
    text = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text.lower())
    if text.isascii() and "%" not in text:
        return _ASCII_WORD.findall(text)
    return [word.replace(" ", "") for word in _WORD_OR_SHARE.findall(text)]
