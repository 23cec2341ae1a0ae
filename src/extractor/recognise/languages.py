"""Names of natural languages in a text, and the language that a text is written in."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from extractor.recognise import vocabulary
from extractor.recognise.words import words_of

if TYPE_CHECKING:
    from extractor.recognise.found import Found

_ENOUGH = 100_000  # characters that are looked at; a posting has some thousand


def find_languages(text: str) -> list[Found[str]]:
    """Each language that is named, in any of the nine languages; `value` is its ISO 639-1 code.

    Inflected and compounded names count ("englischer Sprache", "Englischkenntnisse"), so an adjective of origin does.
    """
    return vocabulary.find(text, "language", vocabulary.COMMON)


def detect_language(text: str) -> str | None:
    """The ISO 639-1 code of the language that most of the text is written in; None where too little tells.

    Knows the languages of the vocabulary, and a few more that it mustn't be mistaken for.
    """
    return _detected(text[:_ENOUGH])


@lru_cache(maxsize=4)  # who fills a record and who proves it ask about the same text
def _detected(text: str) -> str | None:
    index = _stop_words()
    scores: dict[str, float] = defaultdict(float)
    for word, count in Counter(filter(index.__contains__, words_of(text).folded)).items():
        # a word that several languages share tells little about any of them
        share = count / len(index[word]) ** 2
        for language in index[word]:
            scores[language] += share
    if not scores:
        return None
    first, second = (*sorted(scores, key=lambda language: scores[language], reverse=True), "")[:2]
    # one word of its own is too little, and so is a narrow lead
    return first if scores[first] >= 1.5 and scores[first] >= 1.25 * scores.get(second, 0.0) else None


@cache
def _stop_words() -> dict[str, tuple[str, ...]]:
    """Of each stop word the languages that have it."""
    listed = {language: vocabulary.stop_words(language) for language in vocabulary.languages()}
    index: dict[str, tuple[str, ...]] = {}
    for language, more in vocabulary.table(vocabulary.COMMON)["stop_words"].items():
        listed[language] = f"{listed.get(language, '')} {more}"
    for language, words in listed.items():
        for word in dict.fromkeys(words.split()):
            index[word] = (*index.get(word, ()), language)
    return index
