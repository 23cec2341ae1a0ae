"""Text as web pages publish it in structured data: HTML in it, or nothing but a word for "nothing"."""

from __future__ import annotations

import re
from html import escape, unescape

_MARKUP = re.compile(r"<[a-zA-Z/!?]|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_LINE = re.compile(r"(?i)</?(?:p|br|div|li|ul|ol|h[1-6]|tr|table|section|article|dd|dt|dl)\b[^<>]*>")
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_MARKER = re.compile(r"(?:[•·▪●‣◦*\u2013-]|\d{1,2}[.)])\s+")
# Folded words that stand where a value is lacking, in nine languages.
_NOTHING = frozenset(
    """
    null|none|nil|n/a|na|n.a|nan|undefined|unavailable|not available|not specified|unspecified|not applicable|unknown
    |not provided|not disclosed|tbd|tba|to be determined|false|true|string|test|default|no value|empty|0
    |keine angabe|keine angaben|k.a|k. a|nicht angegeben|unbekannt|ej angivet|saknas|ikke oplyst|ikke angivet
    |ikke oppgitt
    |niet opgegeven|onbekend|n.v.t|non précisé|non spécifié|non renseigné|inconnu|no especificado|no disponible
    |desconocido|non specificato|non disponibile
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
# letters in brackets that open a title to all: (m/w/d), [f|m|x], (mwd), (all genders)
_GENDER = re.compile(
    r"\s*[(\[]\s*(?:[a-z*]{1,3}(?:\s*[/|,·.]\s*[a-z*]{1,4}){1,3}|[mwdfxhv]{2,4}|all genders|gn\*?)\s*[)\]]",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\{\{|\{%|\$\{|\[object Object\]|\A\[[^\[\]]*\]\Z|\A%\w+%\Z|\A#\w+#\Z")


def escaped(text: str | None) -> str | None:
    """`text` on one line, None where it says nothing; escaped where `lines_of` would take it for HTML."""
    folded = " ".join((text or "").split())
    return (escape(folded, quote=False) if _MARKUP.search(folded) else folded) or None


def lines_of(text: str) -> list[str]:
    """The lines of a text that may hold HTML, its list markers gone; blank ones are left out."""
    if _MARKUP.search(text):
        text = _bare(text)
        if _LINE.search(text):  # it was escaped twice, as feeds do
            text = _bare(text)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    found = (" ".join(line.split()) for line in text.split("\n"))
    return [line for line in found if line]


def without_marker(line: str) -> str:
    """A line without what marks it as an item of a list."""
    return _MARKER.sub("", line, count=1) if _MARKER.match(line) else line


def without_gender(title: str) -> str:
    """A title without the marks that open it to all, as the record has it."""
    return _GENDER.sub("", title).strip()


def says_nothing(text: str) -> bool:
    """Whether a text only stands where a value is lacking: "Null", "n/a", "{{title}}"."""
    word = text.casefold().strip(" .:*-")
    return word in _NOTHING or not any(map(str.isalnum, word)) or _TEMPLATE.search(text) is not None


def _bare(markup: str) -> str:
    text = _LINE.sub("\n", markup.replace("\n", " ")) if _LINE.search(markup) else markup
    return _ENTITY.sub(lambda entity: unescape(entity[0]), _TAG.sub("", text))
