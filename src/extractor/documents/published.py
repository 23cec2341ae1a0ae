"""What a web page publishes about itself: its schema.org JobPosting items, in JSON-LD and in microdata."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

TYPE = "JobPosting"
# what templates put around a script's content, for browsers that were old in 2000
_OPENING = re.compile(r"(?://|/\*)?\s{0,9}(?:<!--|<!\[CDATA\[)\s{0,9}(?:\*/)?")
_CLOSING = re.compile(r"(?://|/\*)?\s{0,9}(?:-->|\]\]>)\s{0,9}(?:\*/)?\Z")
_SOURCES = {"audio", "embed", "iframe", "img", "source", "track", "video"}
_LINKS = {"a", "area", "link"}
# A page may be made to be costly: these hold what is taken from one to more than any posting has.
_MOST = 100  # items, and values of one property
_DEEPEST = 8  # levels of an item; what lies deeper is left out
_NODES = 10_000  # nodes that are copied in place of their names
_LONGEST = 2_000_000  # characters of a script, and of all microdata


def items(markup: str, tree: LexborHTMLParser | None) -> tuple[tuple[dict[str, Any], ...], list[str]]:
    """The JobPosting items of a page as they stand there, JSON-LD before microdata, and warnings.

    A node that only names another by its `@id` is given with that other in its place. Microdata is turned into the
    shape of JSON-LD; a property that holds elements is given as HTML. JSON that isn't valid is a warning, and not
    mended. `tree` is `markup`, parsed; None where it nests too deep for that, and nothing is read.
    """
    if TYPE not in markup or tree is None:
        return (), []
    warnings: list[str] = []
    scripts = [node.text() for node in tree.css('script[type*="ld+json" i]')]
    found = postings([value for script in scripts for value in _parsed(script, warnings)])
    if f"schema.org/{TYPE}" in markup:
        scopes = tree.css(f'[itemscope][itemtype*="schema.org/{TYPE}"]:not([itemprop])')
        found += [_microdata(scope) for scope in scopes[:_MOST]]
    return tuple(found), warnings


def postings(graph: Any) -> list[dict[str, Any]]:
    """The JobPosting nodes anywhere in JSON-LD, with what they name by `@id` in its place; parsed JSON in, and out."""
    nodes = list(_nodes(graph))
    # of nodes with one @id the one that says most: the others but name it
    named: dict[str, dict[str, Any]] = {}
    for node in nodes:
        name = node.get("@id")
        if isinstance(name, str) and len(node) > max(1, len(named.get(name, ()))):
            named[name] = node
    budget = _NODES

    def whole(value: Any, levels: int) -> Any:
        nonlocal budget
        if isinstance(value, list):
            return [whole(one, levels - 1) for one in value[:_MOST]] if levels else None
        if not isinstance(value, dict):
            return value
        budget -= 1
        if not levels or budget < 0:
            return None
        if value.keys() == {"@id"} and isinstance(value["@id"], str):
            return whole(named[value["@id"]], levels - 1) if value["@id"] in named else value
        return {name: whole(part, levels - 1) for name, part in value.items()}

    stated = (node for node in nodes if _is_posting(node) and node.keys() - {"@id", "@type", "@context"})
    return [whole(node, _DEEPEST) for node in islice(stated, _MOST)]


def _parsed(script: str, warnings: list[str]) -> list[Any]:
    """The value of a script, in a list; [] where it has none."""
    source = script.strip()
    if "<!" in source[:20]:
        source = _OPENING.sub("", source, count=1)
        end = source[-20:]
        source = (source[:-20] + _CLOSING.sub("", end)).strip()
    if len(source) > _LONGEST:
        warnings.append(f"JSON-LD of the page isn't read: it is longer than {_LONGEST:,} characters.")
        return []
    try:
        # not strict: line ends inside strings are common, and leave nothing open
        return [json.loads(source, strict=False, parse_constant=_no_number)]
    except (ValueError, RecursionError) as error:
        if TYPE in source:
            warnings.append(f"JSON-LD of the page isn't read: it is no valid JSON ({error}).")
        return []


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number that JSON has")


def _nodes(graph: Any) -> Iterator[dict[str, Any]]:
    """Every object in `graph`, in its order. Without recursion: what was parsed may nest deep."""
    stack = [graph]
    while stack:
        at = stack.pop()
        if isinstance(at, dict):
            yield at
            stack.extend(reversed(list(at.values())))
        elif isinstance(at, list | tuple):
            stack.extend(reversed(at))


def _is_posting(node: dict[str, Any]) -> bool:
    """Whether a node is of the type, whatever the address that the type is written with."""
    types = node.get("@type")
    named = types if isinstance(types, list) else [types]
    return any(isinstance(name, str) and re.split(r"[/#:]", name)[-1] == TYPE for name in named)


def _microdata(scope: LexborNode) -> dict[str, Any]:
    """An element with `itemscope` as a JSON-LD node, by the rules of the HTML standard for the values."""
    item: dict[str, Any] = {"@type": _type_of(scope)}
    left = _LONGEST
    stack = [(child, item, 1) for child in _children(scope)]
    while stack and left > 0:
        node, owner, level = stack.pop()
        attributes = node.attributes
        if "itemprop" in attributes:
            value: Any
            if "itemscope" in attributes:
                value = {"@type": _type_of(node)}
            else:
                value = _value(node)
                left -= len(value)
            for name in (attributes["itemprop"] or "").split():
                before = owner.get(name, [])
                owner[name] = [*_listed(before), value][:_MOST] if before else value
            if isinstance(value, dict):
                owner, level = value, level + 1
        elif "itemscope" in attributes:
            continue  # a thing of its own
        if level < _DEEPEST:
            stack += [(child, owner, level) for child in _children(node)]
    return item


def _children(node: LexborNode) -> list[LexborNode]:
    return list(node.iter())[::-1]


def _type_of(scope: LexborNode) -> str:
    return re.split(r"[/#]", ((scope.attributes.get("itemtype") or "").split() or [""])[0])[-1]


def _value(node: LexborNode) -> str:
    attributes, tag = node.attributes, node.tag or ""
    if attributes.get("content") is not None:  # on any element: pages do so
        return attributes["content"] or ""
    if tag in _LINKS and "href" in attributes:
        return attributes["href"] or ""
    if tag in _SOURCES and "src" in attributes:
        return attributes["src"] or ""
    if tag == "time" and attributes.get("datetime"):
        return attributes["datetime"] or ""
    if tag in ("data", "meter") and "value" in attributes:
        return attributes["value"] or ""
    return (node.inner_html or "") if next(iter(node.iter()), None) is not None else node.text()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
