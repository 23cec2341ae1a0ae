"""What the attributes of a page's elements say of them: not seen, not content, bold, with its own line ends."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selectolax.lexbor import LexborHTMLParser, LexborNode

# One query for all: each selector costs a walk over the tree.
_QUERY = (
    "[hidden],[style],[role],[id],[aria-hidden=true],dialog,footer,header ul,header ol,"
    "[class*=cookie i],[class*=consent i],[class*=breadcrumb i]"
)
# Consent managers by their ids and classes. No shorter words: "banner", "meta" or "tags" alone would drop the
# salary of many a page.
_CONSENT = re.compile(
    r"(?i)cookie[-_]?(?:banner|bar|bot|box|consent|dialog|hint|info|law|layer|manager|modal|notice|overlay|popup|"
    r"script|wall|wrapper)|(?:consent|gdpr|privacy)[-_]?(?:banner|container|dialog|layer|manager|modal|popup|overlay|root|"
    r"sdk)|onetrust|usercentrics|didomi|qc-cmp2|truste|iubenda-cs|klaro|tarteaucitron|axeptio|sp_message|coi-?overlay|"
    r"cmp(?:box|wrapper)|osano-cm|cc-(?:window|banner)"
)
_HIDDEN_ROLES = frozenset(["navigation", "menu", "menubar", "search", "dialog", "alertdialog"])
_UNSEEN_STYLE = re.compile(r"(?i)\b(?:display\s*:\s*none|visibility\s*:\s*hidden)")
_BOLD_STYLE = re.compile(r"(?i)\bfont-weight\s*:\s*(?:bold|[6-9]00)")
_LIGHT_STYLE = re.compile(r"(?i)\bfont-weight\s*:\s*(?:normal|lighter|[1-5]00)")
_DEEPEST = 3  # suspects within suspects that are weighed
_LINES_STYLE = re.compile(r"(?i)\bwhite-space\s*:\s*(?:pre|break-spaces)")


@dataclass(frozen=True, slots=True)
class Appearance:
    """The `mem_id`s of the elements that are dropped, bold, not bold although their tag is, and that keep line ends."""

    dropped: set[int] = field(default_factory=set)
    bold: set[int] = field(default_factory=set)
    light: set[int] = field(default_factory=set)
    lined: set[int] = field(default_factory=set)


def appearance(tree: LexborHTMLParser) -> Appearance:
    """What is hidden, a menu, a consent dialog or styled in `tree`.

    A hidden element that holds half of the page's text stays, and so does a consent banner around the main
    heading: pages hide their whole content until a script has run, or name it after the banner that covers it.
    """
    out = Appearance()
    depths: dict[int, int] = {}  # of suspects among suspects, by mem_id
    half = None
    for node in tree.css(_QUERY):
        attributes = node.attributes
        style = attributes.get("style")
        if style:
            _note_style(out, node.mem_id, style)
        if node.tag in ("html", "body", "main", "article"):
            continue
        suspicion = _suspicion(node, attributes)
        if suspicion is None:
            continue
        depth = depths[node.mem_id] = _depth(node, depths)
        if depth > _DEEPEST:
            continue
        if suspicion == "hidden":
            half = _letters(tree.body) / 2 if half is None else half
            drop = _letters(node) <= half
        elif suspicion == "consent":
            drop = node.css_first("main,h1,article") is None
        else:
            drop = 2 * sum(map(_letters, node.css("a"))) > _letters(node)
        if drop:
            out.dropped.add(node.mem_id)
            depths[node.mem_id] = _DEEPEST
    return out


def _note_style(out: Appearance, mem_id: int, style: str) -> None:
    if _BOLD_STYLE.search(style):
        out.bold.add(mem_id)
    elif _LIGHT_STYLE.search(style):
        out.light.add(mem_id)
    if _LINES_STYLE.search(style):
        out.lined.add(mem_id)


def _suspicion(node: LexborNode, attributes: Mapping[str, str | None]) -> Literal["hidden", "consent", "menu"] | None:
    """Why a reader of the posting may not see an element, or not read it."""
    tag, role, style = node.tag, attributes.get("role"), attributes.get("style")
    if tag == "dialog" or role in _HIDDEN_ROLES or attributes.get("hidden", "until-found") != "until-found":
        return "hidden"
    if style and _UNSEEN_STYLE.search(style):
        return "hidden"
    name = f"{attributes.get('id') or ''} {attributes.get('class') or ''}".lower()
    if _CONSENT.search(name):
        return "consent"
    menu = tag == "footer" or role == "contentinfo" or attributes.get("aria-hidden") == "true" or "breadcrumb" in name
    return "menu" if menu or (tag in ("ul", "ol") and _heads_site(node)) else None


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


def _depth(node: LexborNode, depths: Mapping[int, int]) -> int:
    """How many suspects `node` lies in, itself counted: weighing each of thousands would take hours."""
    above = node.parent
    while above is not None:
        depth = depths.get(above.mem_id)
        if depth is not None:
            return depth + 1
        above = above.parent
    return 1


def _letters(node: LexborNode | None) -> int:
    """Characters that a reader sees in `node`, white space not counted."""
    if node is None:
        return 0
    unseen = sum(len("".join(script.text().split())) for script in node.css("script,style,noscript,template"))
    return len("".join(node.text().split())) - unseen
