"""What the attributes of a page's elements say of them: not seen, not content, bold, with its own line ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from extractor.documents.others import letters, lists_of_others

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selectolax.lexbor import LexborHTMLParser, LexborNode

_Suspicion = Literal["hidden", "consent", "menu", "others"]

# Consent managers by their ids and classes. No shorter words: "banner", "meta" or "tags" alone would drop the
# salary of many a page.
_CONSENT = re.compile(
    r"cookie[-_]?(?:banner|bar|bot|box|consent|dialog|hint|info|law|layer|manager|modal|notice|overlay|popup|"
    r"script|wall|wrapper)|(?:consent|gdpr|privacy)[-_]?(?:banner|container|dialog|layer|manager|modal|popup|overlay|root|"
    r"sdk)|onetrust|usercentrics|didomi|qc-cmp2|truste|iubenda-cs|klaro|tarteaucitron|axeptio|sp_message|coi-?overlay|"
    r"cmp(?:box|wrapper)|osano-cm|cc-(?:window|banner)"
)
_OTHERS = re.compile(
    r"(?:similar|related|recommended|suggested|other|more)[-_]?(?:jobs?|vacanc(?:y|ies)|postings?|offers?|openings|roles)"
)
_HIDDEN_ROLES = frozenset(["navigation", "menu", "menubar", "search", "dialog", "alertdialog"])
_UNSEEN_STYLE = re.compile(r"(?i)\b(?:display\s*:\s*none|visibility\s*:\s*hidden)")
_BOLD_STYLE = re.compile(r"(?i)\bfont-weight\s*:\s*(?:bold|[6-9]00)")
_LIGHT_STYLE = re.compile(r"(?i)\bfont-weight\s*:\s*(?:normal|lighter|[1-5]00)")
_LINES_STYLE = re.compile(r"(?i)\bwhite-space\s*:\s*(?:pre|break-spaces)")
_DEEPEST = 3  # suspects within suspects that are weighed: to weigh each of thousands would take hours
_CONTENT = frozenset(["html", "body", "main", "article"])


class Appearance:
    """What of a page isn't read, asked from element to element on a walk over its tree.

    A hidden element that holds half of the page's text stays, and so does a consent banner around the main
    heading: pages hide their whole content until a script has run, or name it after the banner that covers it.
    """

    def __init__(self, tree: LexborHTMLParser) -> None:
        self.suspects = 0
        """Open elements that were suspected and stay."""
        self._body = tree.body or tree.root
        self._half: float | None = None
        self._named: dict[str, _Suspicion | None] = {}
        self._others = lists_of_others(tree)

    def drops(self, node: LexborNode, attributes: Mapping[str, str | None]) -> bool | None:
        """Whether an element isn't read: False where it was suspected and stays, None where it wasn't."""
        if self._others and node.mem_id in self._others:
            return letters(node) <= self._half_of_all() or None
        suspicion = self._suspicion(node, attributes)
        if suspicion is None:
            return None
        if self.suspects >= _DEEPEST:
            return False
        if suspicion == "hidden":
            return letters(node) <= self._half_of_all()
        if suspicion == "consent":
            return node.css_first("main,h1,article") is None
        links = node.css("a")
        if suspicion == "others":
            return len(links) > 1 and node.css_first("main,h1") is None and letters(node) <= self._half_of_all()
        return 2 * sum(map(letters, links)) > letters(node)

    def _suspicion(self, node: LexborNode, attributes: Mapping[str, str | None]) -> _Suspicion | None:
        """Why a reader of the posting may not see an element, or not read it."""
        tag = node.tag
        if tag in _CONTENT:
            return None
        if attributes:
            if tag == "dialog" or attributes.get("hidden", "until-found") != "until-found":
                return "hidden"
            role, style = attributes.get("role"), attributes.get("style")
            if role in _HIDDEN_ROLES or (style and _UNSEEN_STYLE.search(style)):
                return "hidden"
            named = self._by_name(f"{attributes.get('id') or ''} {attributes.get('class') or ''}")
            if named:
                return named
            if role == "contentinfo" or attributes.get("aria-hidden") == "true":
                return "menu"
        elif tag == "dialog":
            return "hidden"
        return "menu" if tag == "footer" or (tag in ("ul", "ol") and _heads_site(node)) else None

    def _by_name(self, name: str) -> _Suspicion | None:
        try:
            return self._named[name]
        except KeyError:
            low = name.lower()
        suspicion: _Suspicion | None = None
        if _CONSENT.search(low):
            suspicion = "consent"
        elif "breadcrumb" in low:
            suspicion = "menu"
        elif _OTHERS.search(low):
            suspicion = "others"
        self._named[name] = suspicion
        return suspicion

    def _half_of_all(self) -> float:
        if self._half is None:
            self._half = letters(self._body) / 2 if self._body is not None else 0.0
        return self._half


def styled(style: str) -> tuple[bool | None, bool]:
    """What a style attribute says: bold, None where it leaves that to the tag; and whether line ends are kept."""
    bold = True if _BOLD_STYLE.search(style) else False if _LIGHT_STYLE.search(style) else None
    return bold, _LINES_STYLE.search(style) is not None


def _heads_site(node: LexborNode) -> bool:
    """Whether `node` lies in the site's header, not in the posting's own."""
    header = None
    above = node.parent
    while above is not None:
        if above.tag in ("main", "article"):
            return False
        if above.tag == "header":
            header = above
        above = above.parent
    return header is not None and header.css_first("h1") is None
