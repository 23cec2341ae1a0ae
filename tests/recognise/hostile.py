"""Texts that no posting is, for every recogniser: the laws they keep, and that none hangs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from extractor.recognise.found import Found

law = settings(deadline=None)  # vocabularies are compiled at the first call

LENGTH = 50_000
HANGS_S = 10.0  # of CPU, beyond any machine's noise: what grows with the square of the length takes minutes
HOSTILE = [
    (unit * (LENGTH // len(unit) + 1))[:LENGTH]
    for unit in (
        "1.", "1", "9 ", "111 ", "1,", "1-", "1/", "1'", "0", "€", "$", "(", "[", "<", "{", "_", "@", "+", ".", " ",
        "\n", "a", "å", "a ", "x", "X", "½", "a@b.", "a.com.", "http://", "www.", "may ", "2020 ", "year ", "week ",
        "kr ", "per ", "vingt-", "at least ", "quatre-vingt-dix-",
    )
]  # fmt: skip

_FRAGMENTS = [
    *"0123456789 .,:;-–+/%€$£'’()[]{}<>@_\n\t½İß", "\u00a0", "\u202f", "10", "2025", "000", "50.000", "1,5", "k", "kr",
    "EUR", "CHF", "salary", "Gehalt", "lön", "bonus", "from", "bis", "up to", "at least", "minst", "years", "Jahre",
    "års", "ans", "months", "Monate", "per", "week", "Stunden", "hours", "uur", "h", "September", "mars", "de", "den",
    "fünf", "vingt", "cinq", "half", "a", "to", "and", "experience", "http://", "www.", ".com", "tel.", "XX",
    "[your", "name]",
]  # fmt: skip
texts = (
    st.text()
    | st.lists(st.sampled_from(_FRAGMENTS), max_size=14).map("".join)
    | st.lists(st.sampled_from(_FRAGMENTS), max_size=14).map(" ".join)
)


def keeps_the_laws(found: Iterable[Found[object]], text: str) -> None:
    """Offsets lie inside the text, hold something, and come in order."""
    places = [(one.start, one.end) for one in found]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(text[start:end].strip() for start, end in places)
    assert [start for start, _ in places] == sorted(start for start, _ in places)


def seconds(read: Callable[[str], object], text: str) -> float:
    start = time.process_time()
    read(text)
    return time.process_time() - start
