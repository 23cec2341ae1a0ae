"""HTML as a stream of tags: what can be said and done without a tree."""

from __future__ import annotations

import re
from html import unescape


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SHAPE = "p|div|br|ul|ol|li|h[1-6]|table|tr|td|strong|b|em|span|section|article|main|script|style|title|pre|font|a"
TAG = re.compile(rf"(?i)</?(?:{_SHAPE})(?=[\s/>])[^<>]*>")
ESCAPED_TAG = re.compile(rf"(?i)&(?:amp;)*lt;/?(?:{_SHAPE})(?=[\s/]|&(?:amp;)*gt;)")
"""A tag as feeds write it, "&lt;p&gt;", be it escaped once or more often."""
_MANY = 10_000  # elements; fewer are parsed in a fraction of a second, however they nest
_STYLED = 50  # elements of formatting with attributes; the standard keeps no more than three that are alike
_DEEPEST = 512  # levels, as in browsers; the time to parse grows with the elements times the levels
_MOST_COPIES = 500_000  # of formatting left open, which the standard copies into each later paragraph
_FORMATTING = _names("a b big code em font i nobr s small strike strong tt u")
_VOID = _names("area base br col embed hr img input link meta source track wbr")
# These end where the next of them begins, so that alone they don't nest.
_SELF_ENDING = _names("p li dt dd tr td th thead tbody tfoot option optgroup colgroup")
_LINES = _names(
    "address article aside blockquote br center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr "
    "li main nav ol p pre section table td th tr ul"
)
# Formatting with attributes, and little else. Ignoring case would be three times slower: it can't skip from "<" to "<".
_FORMATTED = re.compile(r"<([bcefinstuBCEFINSTU][a-zA-Z]{0,5})[\s/]")
# Most texts hold no tags: these patterns are compiled, by the `re` module's own cache, where they are first used.
# A piece is a comment, an element whose content isn't markup, or a tag. What isn't closed reaches to the end.
_PIECE = (
    r"(?is)<!--.*?(?:-->|\Z)"
    r"|<(?P<raw>script|style|textarea|title|xmp|iframe|noembed|noframes)\b.*?(?:</(?P=raw)\b[^>]*(?:>|\Z)|\Z)"
    r"|<(?P<end>/?)(?P<name>[a-z][^\s/>]*)(?:[^>\"']++|\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z))*+(?:>|\Z)"
    r"|<[!?/][^>]*(?:>|\Z)"
)
_LEFT_OVER = (
    r"(?i)</?(?P<name>a|abbr|b|blockquote|br|center|code|div|em|font|h[1-6]|hr|i|li|ol|p|small|span|strong|sub|sup|table"
    r"|tbody|td|th|thead|tr|u|ul)(?=[\s/>])[^<>]*>"
)
_ENTITY = r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});"


def is_overgrown(markup: str) -> bool:
    """Whether to parse it would take seconds or gigabytes: it nests over 512 levels deep, or leaves formatting open.

    Only pages of more than 10,000 elements, or of 50 that format by their attributes, are looked at closely.
    """
    styled = sum(name.lower() in _FORMATTING for name in _FORMATTED.findall(markup))
    if styled <= _STYLED and (markup.count("<") <= _MANY or markup.count("<") - markup.count("</") <= _MANY):
        return False
    depth = copies = formatting = 0
    opened: dict[str, int] = {}
    for piece in re.finditer(_PIECE, markup):
        name = (piece["name"] or "").lower()
        if name in _SELF_ENDING:
            copies += formatting
        elif name and name not in _VOID:
            step = -1 if piece["end"] else 1
            if step < 0 and not opened.get(name):
                continue
            opened[name] = opened.get(name, 0) + step
            depth += step
            formatting += step if name in _FORMATTING else 0
        if depth > _DEEPEST or copies > _MOST_COPIES:
            return True
    return False


def unescaped(markup: str) -> str:
    """What `markup` stands for whose tags are escaped, once or up to three times."""
    for _ in range(3):
        markup = unescape(markup)
        if not ESCAPED_TAG.search(markup) or TAG.search(markup):
            break
    return markup


def without_tags(markup: str) -> str:
    """The text between the tags, a line end in place of each that begins or ends a block."""
    text = unescape(re.sub(_PIECE, _line_end, markup))
    return re.sub(r"\n\s*\n", "\n\n", text).strip()


def without_leftovers(text: str) -> str:
    r"""Plain text or Markdown without what HTML and JSON left in it: tags, entities, line ends written as "\n"."""
    if "<" in text:
        comments = text.rfind("-->") + 3
        text = re.sub(r"(?s)<!--.*?-->", "", text[:comments]) + text[comments:] if comments > 2 else text
        text = re.sub(_LEFT_OVER, _line_end, text)
    if "&" in text:
        text = re.sub(_ENTITY, lambda entity: unescape(entity[0]), text)
    if text.count("\\n") > 2:  # not by accident
        text = re.sub(r"(?:\\r)?\\n", "\n", text)
    return text


def _line_end(tag: re.Match[str]) -> str:
    return "\n" if (tag["name"] or "").lower() in _LINES else ""
