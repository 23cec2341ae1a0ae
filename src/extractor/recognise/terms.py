"""Closed vocabularies in text: seniority, kinds of employment, levels, conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.recognise import vocabulary

if TYPE_CHECKING:
    from extractor.recognise.found import Found


def find_terms(text: str, section: str) -> list[Found[str]]:
    """The terms of one table of the vocabulary, in all its languages; `value` is the key of the table.

    A term inside a longer one is no term: "temporary contract" is not also "temporary".
    """
    found = vocabulary.find(text, section)
    found.sort(key=lambda term: (term.start, -term.end))
    kept: list[Found[str]] = []
    reached = 0  # the furthest end so far: whatever ends before it lies inside a term that began earlier
    for term in found:
        same = bool(kept) and (term.start, term.end) == (kept[-1].start, kept[-1].end)
        if same or term.end > reached:
            kept.append(term)
            reached = max(reached, term.end)
    return kept
