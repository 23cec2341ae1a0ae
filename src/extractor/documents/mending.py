"""Text made whole that printing, copying or a wrong encoding broke: what a reader reads, letter for letter."""

from __future__ import annotations

import re

_SOFT_HYPHEN = "\xad"
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_SPACELESS = "\u200b\u2060\ufeff"  # zero-width space, word joiner, byte order mark
_JOINERS = "\u200c\u200d"  # Persian, Indic scripts and emoji need them, Latin letters don't
_BROKEN_WORD = re.compile("\xad+[ \t]*\n[ \t]*(?=[a-zß-öø-ÿ])|\xad+")
_BETWEEN_LETTERS = re.compile(f"(?<=[A-Za-zÀ-ɏ])[{_JOINERS}]+(?=[A-Za-zÀ-ɏ])")
# UTF-8 read as Windows-1252 or Latin-1: what its first bytes look like, and those that follow
_LEADS = "ÂÃâÄÅÎÏÐÑïð"
_MOJIBAKE = re.compile(f"[{_LEADS}][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_DOUBLED = re.compile(r"  (?:(?<=\w[\w,;]  )|(?<=\w \w  )|(?<=\w  \w  )) ?(?=[^\W_])")
_FEW = 10  # doubled spaces that somebody typed


def mended(text: str) -> tuple[str, list[str]]:
    """`text` without soft hyphens, ligatures, zero-width characters, mojibake and doubled spaces, and a warning for
    each kind that was found.

    Words broken by a soft hyphen at the end of a line are joined. Mojibake is judged, and mended, by ftfy. Doubled
    spaces are mended where they stand in prose throughout, not in columns or where somebody typed a few.
    """
    warnings = []
    if not text.isascii():
        if any(lead in text for lead in _LEADS) and _MOJIBAKE.search(text):
            decoded = "\n".join(_decoded(line) if _MOJIBAKE.search(line) else line for line in text.split("\n"))
            if decoded != text:
                text = decoded
                warnings.append("Letters that had been decoded wrongly (mojibake, such as “fÃ¼r”) were mended.")
        if _SOFT_HYPHEN in text:
            text = _BROKEN_WORD.sub("", text)
            warnings.append("Soft hyphens were taken out.")
        if any(ligature in text for ligature in _LIGATURES):
            for ligature, letters in _LIGATURES.items():
                text = text.replace(ligature, letters)
            warnings.append("Ligatures (such as “ﬁ”) were spelt out.")
        spaceless = _without_zero_width(text)
        if spaceless != text:
            text = spaceless
            warnings.append("Zero-width characters were taken out.")
    if "  " in text and _is_doubled(text):
        text = _DOUBLED.sub(" ", text)
        warnings.append("Doubled spaces were made one.")
    return text, warnings


def _decoded(line: str) -> str:
    from ftfy import fix_encoding  # 0.1 s, and most texts need none

    return fix_encoding(line)


def _without_zero_width(text: str) -> str:
    for mark in _SPACELESS:
        text = text.replace(mark, "")
    if any(joiner in text for joiner in _JOINERS):
        text = _BETWEEN_LETTERS.sub("", text)
    return text


def _is_doubled(text: str) -> bool:
    """Whether gaps of two or three spaces stand in prose throughout: columns have one or two a line."""
    count = len(_DOUBLED.findall(text))
    return count > _FEW and count > 2 * (text.count("\n") + 1) and 10 * count > text.count(" ")
