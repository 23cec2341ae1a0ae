"""Bytes to text: which encoding they are in, and whether they are text at all."""

from __future__ import annotations

import codecs
import re

from extractor.errors import NotTextError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is the first half of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARATION = (
    rb"(?i)<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})|<\?xml[^>]{0,100}?encoding=[\"']([\w.:-]{1,40})"
)
# Python's codecs for the labels of the Encoding Standard, <https://encoding.spec.whatwg.org/#names-and-labels>,
# which has some labels mean a larger encoding than they say.
_OF_PAGES = r"cp(?:125\d|866|874|932|949)|iso8859-\d+|koi8-[ru]|mac-(?:roman|cyrillic)|euc_jp|gb18030|big5"
_LARGER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
# What a guess may be. The nine languages were written in Windows-1252; its sisters decode most letters alike, and
# are believed only where it doesn't fit.
_WESTERN = "cp1252"
_SISTERS = ["cp1250", "cp1254", "cp1257", "iso8859_15"]
_OTHERS = [
    "cp1251",
    "cp1253",
    "koi8_r",
    "mac_roman",
    "cp850",
    "cp437",
    "shift_jis",
    "euc_jp",
    "gb18030",
    "big5",
    "euc_kr",
]
_SAMPLE = 100_000  # bytes that are looked at to tell
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b"))
_MOST_CONTROLS = 0.03  # of all characters; of random bytes it is a tenth


def decode(data: bytes, source: str, charset: str | None = None) -> tuple[str, list[str]]:
    """The text of `data`, and warnings. `charset` is what its sender says it is in.

    In this order decide: a byte order mark; the NULs of UTF-16 and UTF-32; UTF-8, where it is valid; what the sender
    or the HTML declares; UTF-8 after all, where few bytes are wrong; a guess by charset-normalizer. The last two
    give a warning. Raises NotTextError.
    """
    marked = unicode_by_marks(data)
    if marked:
        encoding, mark = marked
        return _checked(*_decoded(data[mark:], encoding), source)
    sample = data[:_SAMPLE]
    _check_controls(len(sample) - len(sample.translate(None, _CONTROLS)), len(sample), source)
    try:
        return data.decode(), []
    except UnicodeDecodeError as error:
        fault = error
    declared = _known(charset) or _declared(data)
    if declared:
        return _decoded(data, declared)
    if mostly_utf8(data):
        return _decoded(data, "utf-8")
    encoding = guessed(data, fault.start)
    text, warnings = _decoded(data, encoding)
    return text, [f"This isn't UTF-8; it was read as {encoding}, a guess from its letters.", *warnings]


def unicode_by_marks(data: bytes) -> tuple[str, int] | None:
    """The Unicode encoding that `data` begins in, by its byte order mark or by NULs, and the length of the mark.

    None where neither tells it.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding, len(bom)
    sample = data[:_SAMPLE]
    wide = _wide(sample) if b"\0" in sample else None
    return (wide, 0) if wide else None


def mostly_utf8(data: bytes) -> bool:
    """Whether few of the bytes that aren't ASCII are wrong as UTF-8."""
    text = data.decode(errors="replace")
    wrong = text.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    return len(text) - len(text.encode("ascii", "ignore")) >= 2 * wrong


def _decoded(data: bytes, encoding: str) -> tuple[str, list[str]]:
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        text = data.decode(encoding, "replace")
        return text, [
            f"Bytes that aren't {encoding} were replaced by U+FFFD, the first on line {line} (byte {fault.start})."
        ]


def _checked(text: str, warnings: list[str], source: str) -> tuple[str, list[str]]:
    _check_controls(sum(map(text.count, _CONTROLS.decode())), len(text), source)
    return text, warnings


def _check_controls(count: int, size: int, source: str) -> None:
    if count > 3 and count > _MOST_CONTROLS * size:
        raise NotTextError(
            f"{source}: this looks like binary data ({count:,} control characters in {size:,}), not text; "
            "save it as text or HTML"
        )


def _wide(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, by where the NULs of its ASCII letters stand."""
    quarters = [sample[at::4].count(0) for at in range(4)]
    letters = len(sample) / 4
    if letters >= 1:
        empty = [count > 0.9 * letters for count in quarters]
        full = [count < 0.1 * letters for count in quarters]
        if full[0] and empty[2] and empty[3]:
            return "utf-32-le"
        if empty[0] and empty[1] and full[3]:
            return "utf-32-be"
        low, high = quarters[0] + quarters[2], quarters[1] + quarters[3]
        if high > 0.8 * letters and low < 0.1 * letters:
            return "utf-16-le"
        if low > 0.8 * letters and high < 0.1 * letters:
            return "utf-16-be"
    return None


def _declared(data: bytes) -> str | None:
    declaration = re.search(_DECLARATION, data[:2048])
    return _known((declaration[1] or declaration[2]).decode()) if declaration else None


def _known(label: str | None) -> str | None:
    """Python's name of the 8-bit or East Asian encoding called `label`; None for Unicode's and unknown ones."""
    try:
        name = codecs.lookup(label or "").name
    except (LookupError, ValueError):
        return None
    name = _LARGER.get(name, name)
    return name if re.fullmatch(_OF_PAGES, name) else None


def guessed(data: bytes, first: int) -> str:
    """The likeliest 8-bit or East Asian encoding; `first` is where the first byte stands that isn't UTF-8."""
    from charset_normalizer import from_bytes

    sample = data[data.rfind(b"\n", 0, first) + 1 :][:_SAMPLE]
    matches = from_bytes(sample, cp_isolation=[_WESTERN, *_SISTERS, *_OTHERS])
    best = matches.best()
    if best is None:
        return _WESTERN
    sister = best.encoding in _SISTERS and any(_WESTERN in match.could_be_from_charset for match in matches)
    return _WESTERN if sister else best.encoding
