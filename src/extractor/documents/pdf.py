"""PDF: the text layer, page by page, in reading order."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from extractor.documents.bounded import bounded
from extractor.errors import EmptyDocumentError, TooLargeError, UnreadableError

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfTextPage

MOST_PAGES = 300
_OCR = "run OCR first, for instance ocrmypdf, and read what that makes"
_END = 2_048  # bytes; a whole file ends by %%EOF within them
# PDFium writes U+FFFE for the hyphen at which it has joined a word that two lines share.
_HYPHEN = re.compile("\ufffe(?=(\\w*))")
_AFTER_HYPHEN = frozenset(  # "Aus- und Weiterbildung"
    ["and", "e", "ed", "eller", "en", "et", "o", "oder", "of", "og", "och", "or", "ou", "u", "und", "y"]
)
_NOT_LETTERS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")


class _Line(NamedTuple):
    text: str
    begin: float  # the base line of its first character, in points from the bottom of the page
    end: float  # that of its last, lower where two lines share a word
    height: float  # of its last character's font, in points


def read_pdf(data: bytes) -> tuple[list[str], list[str]]:
    """The text of each page, and warnings. Lines stay as they are; a blank line stands where a page leaves a gap.

    Raises EmptyDocumentError where there is no text layer, TooLargeError, UnreadableError.
    """
    pages, warnings = bounded("extractor.documents.pdf:layer", data)
    return pages, warnings


def layer(data: bytes) -> tuple[list[str], list[str]]:
    """As `read_pdf`, without bounds."""
    import pypdfium2
    from pypdfium2.raw import FPDF_ERR_PASSWORD

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == FPDF_ERR_PASSWORD:
            raise UnreadableError("this PDF is locked by a password; save a copy without one") from None
        raise UnreadableError("this PDF is damaged, and can't be opened; save it anew, or as text") from None
    with document:
        return _pages(document, data)


def _pages(document: PdfDocument, data: bytes) -> tuple[list[str], list[str]]:
    count = len(document)
    if count > MOST_PAGES:
        raise TooLargeError(
            f"this PDF has {count:,} pages, over the limit of {MOST_PAGES}; a posting has a few: "
            "take them out of it, for instance by qpdf --pages"
        )
    pages, mute, broken = [], [], []
    for number in range(count):
        try:
            page = document[number]
        except RuntimeError:
            pages.append("")
            broken.append(number + 1)
            continue
        text = _text(page.get_textpage())
        pages.append(text)
        if not any(map(str.isalnum, text)) and next(page.get_objects(max_depth=1), None) is not None:
            mute.append(number + 1)
    text = "".join(pages)
    if not any(map(str.isalnum, text)) or 2 * len(_NOT_LETTERS.findall(text)) > len(text):
        raise _without_text(count, mute, broken, text)
    warnings = []
    if mute:
        warnings.append(f"No text layer on {_numbers(mute)}, which may be scanned; {_OCR}.")
    if broken:
        warnings.append(f"The PDF is damaged: {_numbers(broken)} can't be read.")
    if b"%%EOF" not in data[-_END:]:
        warnings.append("The PDF doesn't end as it should: it may have been cut off, and pages be missing.")
    return pages, warnings


def _without_text(count: int, mute: list[int], broken: list[int], text: str) -> EmptyDocumentError | UnreadableError:
    pages = "the one page" if count == 1 else f"the {count} pages"
    if text.strip() and not mute:
        return EmptyDocumentError(f"the text layer of this PDF doesn't say which letters it shows; {_OCR}")
    if mute:
        return EmptyDocumentError(f"this is a scanned PDF without a text layer on {pages} it has; {_OCR}")
    if broken:
        return UnreadableError(f"this PDF is damaged: {_numbers(broken)} can't be read; save it anew, or as text")
    return EmptyDocumentError(f"there is nothing on {pages} of this PDF; check where it comes from")


def _numbers(pages: list[int]) -> str:
    shown = ", ".join(map(str, pages[:5])) + (f" and {len(pages) - 5} more" if len(pages) > 5 else "")
    return f"page {shown}" if len(pages) == 1 else f"pages {shown}"


def _text(page: PdfTextPage) -> str:
    """The text of a page, a blank line wherever it leaves a gap, begins a column or changes the size."""
    found = _lines(page)
    steps = [(above.end - below.begin) / below.height for above, below in pairwise(found)]
    forward = sorted(step for step in steps if step > 0.5)
    # of the font's height, ascenders and descenders counted, of which lines set double take up to twice
    widest = 1.3 * min(forward[len(forward) // 4], 1.6) if forward else 0.0
    out = [found[0].text] if found else []
    for (above, below), step in zip(pairwise(found), steps, strict=True):
        apart = step > widest or step < -1 or abs(above.height - below.height) > 0.12 * below.height
        out += ("\n\n" if apart else "\n", below.text)
    return "".join(out)


def _lines(page: PdfTextPage) -> list[_Line]:
    from ctypes import c_double

    from pypdfium2.raw import FS_RECTF
    from pypdfium2.raw import FPDFText_GetCharIndexFromTextIndex as index
    from pypdfium2.raw import FPDFText_GetCharOrigin as origin
    from pypdfium2.raw import FPDFText_GetLooseCharBox as box

    raw = page.raw  # pypdfium2's own object costs more at each call than the call
    left, begin, end, area = c_double(), c_double(), c_double(), FS_RECTF()
    out = []
    at = 0  # in UTF-16, as PDFium counts
    for line in page.get_text_range(errors="replace").split("\r\n"):
        shown = line.strip()
        after = at + len(line) + (sum(map("\uffff".__lt__, line)) if line and max(line) > "\uffff" else 0)
        if shown:
            first = index(raw, at + len(line) - len(line.lstrip()))
            last = index(raw, after - 1 - len(line) + len(line.rstrip()))
            origin(raw, first, left, begin)
            origin(raw, last, left, end)
            box(raw, last, area)
            height = abs(area.top - area.bottom) or 1.0
            out.append(_Line(_HYPHEN.sub(_hyphen, shown), begin.value, end.value, height))
        at = after + 2
    return out


def _hyphen(mark: re.Match[str]) -> str:
    """What stands between the halves of a word: nothing, unless the hyphen is the word's own."""
    rest = mark[1]
    return "- " if rest in _AFTER_HYPHEN else "-" if rest[:1].isupper() or rest[:1].isdigit() else ""
