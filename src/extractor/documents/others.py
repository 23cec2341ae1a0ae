"""The lists of other jobs that a page shows around the posting."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

# What stands above them, in the nine languages.
_HEADING = re.compile(
    r"""(?ix)\s*(?:
      (?:similar|related|recommended|suggested|other|more|further|latest|recent|new(?:est)?)\s(?:open\s|current\s)?
        (?:jobs|vacancies|positions|openings|roles|opportunities|postings|job\soffers)\b
    | jobs\s(?:like\sthis|you\s(?:may|might)|similar\sto)\b | (?:you\s(?:may|might)|people)\salso\b
    | (?:ähnliche|weitere|andere|passende|verwandte|empfohlene|neueste)\s
        (?:jobs|stellen|stellenangebote|stellenanzeigen|jobangebote|positionen|anzeigen|vakanzen)\b
    | (?:liknande|relaterade|andra|fler)\s(?:lediga\s)?(?:jobb|annonser|tjänster|platsannonser)\b
    | (?:lignende|relaterede|relaterte|andre|flere)\s(?:ledige\s)?(?:jobs?|jobber|stillinger|(?:job)?annonc?er)\b
    | (?:vergelijkbare|soortgelijke|gerelateerde|andere|meer|overige)\s(?:vacatures|banen|functies|jobs)\b
    | (?:offres|emplois|postes|annonces)\s(?:d['’]emploi\s)?(?:similaires|associée?s|recommandée?s)\b
    | (?:autres\s|plus\sd['’]\s?)(?:offres|emplois|postes|annonces)\b
    | (?:ofertas|empleos|vacantes|trabajos)\s(?:de\s(?:empleo|trabajo)\s)?(?:similares|relacionad|recomendad)
    | (?:otras|otros|más)\s(?:ofertas|empleos|vacantes|trabajos)\b
    | (?:offerte|annunci|lavori|posizioni)\s(?:di\slavoro\s)?(?:simili|correlat[ie]|consigliat[ie])\b
    | (?:altre|altri)\s(?:offerte|annunci|posizioni|lavori)\b
    )"""
)
_HEADINGS = "h2,h3,h4,h5,h6"
_LONGEST = 80  # characters of such a heading
_MOST = 20  # of them on a page
_CARD = 5  # levels from a link to the title in it
_UNREAD = frozenset(["script", "style", "noscript", "template"])


def lists_of_others(tree: LexborHTMLParser) -> frozenset[int]:
    """The `mem_id`s of such headings and of what they head: what follows one, to the next of its rank, as long as it
    holds links."""
    headings = [heading for heading in tree.css(_HEADINGS) if _HEADING.match(heading.text()[:_LONGEST])]
    return frozenset(name for heading in headings[:_MOST] for name in _headed(heading))


def _headed(heading: LexborNode) -> set[int]:
    """A heading, or an element around it that holds no more, and the elements behind it that hold links."""
    node: LexborNode | None = heading
    rank = heading.tag or ""
    alike = ["h1", "main", *(tag for tag in _HEADINGS.split(",") if tag <= rank)]
    parts = ",".join(alike)
    while node is not None and node.tag not in ("body", "main", "article", "html", None):
        out: set[int] = set()
        links = 0
        after = node.next
        while after is not None:
            if after.is_element_node and letters(after):
                held = len(after.css("a"))
                if not held or after.tag in alike or not all(map(_of_card, after.css(parts))):
                    break
                links += held
                out.add(after.mem_id)
            after = after.next
        if links > 1:
            return out | {node.mem_id}
        if node.prev is not None and _says(node.prev):
            break  # what is above isn't the heading's
        node = node.parent
    return set()


def _of_card(heading: LexborNode) -> bool:
    """Whether a heading is a link, or in one: the title of another job, not of a part of the page."""
    above: LexborNode | None = heading
    for _ in range(_CARD):
        if above is None or above.tag == "a":
            break
        above = above.parent
    linked = above is not None and above.tag == "a"
    return heading.tag not in ("h1", "main") and (linked or heading.css_first("a") is not None)


def _says(node: LexborNode) -> bool:
    before: LexborNode | None = node
    while before is not None:
        if letters(before):
            return True
        before = before.prev
    return False


def letters(node: LexborNode) -> int:
    """Characters that a reader sees in `node`, white space not counted."""
    count = 0
    for part in node.traverse(include_text=True):
        if part.is_text_node:
            above = part.parent
            if above is None or above.tag not in _UNREAD:
                count += len("".join((part.text_content or "").split()))
    return count
