"""The characters of a text made uniform: line ends, NULs, Unicode's composed form."""

from __future__ import annotations

import re
from itertools import groupby
from unicodedata import combining, is_normalized, normalize

_LINE_ENDS = "\v\f\u2028\u2029"
_NEXT_LINE = re.compile("(?<!Ã)\x85")  # behind "Ã" it is the rest of an "Å" in UTF-8
_DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # UAX 9: embeddings, overrides, isolates
_LONGEST_RUN = 200


def uniform(text: str) -> tuple[str, list[str]]:
    r"""`text` with "\n" as its only line end and without NULs, and a warning if there were any."""
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    for end in _LINE_ENDS:
        text = text.replace(end, "\n")
    if "\x85" in text:
        text = _NEXT_LINE.sub("\n", text)
    if "\0" not in text:
        return text, []
    count, first = text.count("\0"), _place(text, text.find("\0"))
    return text.replace("\0", " "), [f"NUL characters ({count:,}) were replaced by spaces, the first on {first}."]


def composed(text: str) -> str:
    """`text` in Unicode's normal form C."""
    if text.isascii() or is_normalized("NFC", text):
        return text
    return normalize("NFC", re.sub(r"[^\x00-\x7f\s]+", _in_order, text))


def _in_order(run: re.Match[str]) -> str:
    """A long run, its marks in canonical order: `normalize` would take time with the square of their number."""
    if run.end() - run.start() <= _LONGEST_RUN:
        return run[0]
    return "".join(
        "".join(sorted(marks, key=combining)) for _, marks in groupby(run[0], lambda mark: combining(mark) > 0)
    )


def direction_warnings(text: str) -> list[str]:
    """A warning where characters turn the direction in which the text is shown, so that it looks as it isn't."""
    if text.isascii():
        return []
    found = [mark for mark in _DIRECTIONS if mark in text]
    if not found:
        return []
    count = sum(map(text.count, found))
    first = _place(text, min(map(text.find, found)))
    return [f"Characters that turn the text's direction ({count:,}), the first on {first}: it may not look as it is."]


def _place(text: str, offset: int) -> str:
    return f"line {text.count(chr(10), 0, offset) + 1}, column {offset - text.rfind(chr(10), 0, offset)}"
