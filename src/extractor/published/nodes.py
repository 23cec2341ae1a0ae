"""Nodes of JSON-LD as web pages publish them: their properties read as text, numbers and nodes, and what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from extractor.records.plain import lines_of, says_nothing, without_marker

if TYPE_CHECKING:
    from collections.abc import Iterator

# what is one number in any country: "50,000" and "50000.00", but not "50.000"
_AMOUNT = re.compile(r"\d{1,9}(?:\.\d{1,2})?|\d{1,3}(?:,\d{3}){1,2}(?:\.\d{1,2})?")
_RANGE = re.compile(r"(\S+)\s*[-\u2013]\s*(\S+)")
_TOO_MUCH = 1e10
_MOST = 200  # values of a property, and lines
_LONGEST = 2_000  # characters of a text that is one value
_SHOWN = 60  # characters of a value that a warning quotes

Partial = dict[str, Any]
"""A record, or a part of one, in which what isn't stated has no key."""


@dataclass(slots=True)
class Doubts:
    """What is wrong with the values of an item: `odd` sentences, and the `empty` properties."""

    odd: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)

    def warnings(self) -> list[str]:
        """For a person, one a line."""
        empty = [f"empty: {', '.join(dict.fromkeys(self.empty))}"] if self.empty else []
        return [f"JobPosting of the page: {what}." for what in dict.fromkeys([*self.odd, *empty])]


@dataclass(frozen=True, slots=True)
class Node:
    """One JSON-LD object at `path` of an item. What it gives is never a value that says nothing: that is a doubt."""

    values: dict[str, Any]
    doubts: Doubts
    path: str = ""

    def doubt(self, name: str, value: Any, why: str) -> None:
        """Notes a value that isn't taken."""
        quoted = " ".join(str(value).split())
        shown = f"{quoted[:_SHOWN]}…" if len(quoted) > _SHOWN else quoted
        self.doubts.odd.append(f"{self._at(name)}: {shown!r} {why}")

    def listed(self, name: str) -> list[Any]:
        """The values of a property, null ones left out: JSON-LD may write one without a list, and nest lists."""
        value = self.values.get(name)
        values = value if isinstance(value, list) else [value]
        flat = (inner for one in values for inner in (one if isinstance(one, list) else [one]))
        return list(islice((one for one in flat if one is not None), _MOST))

    def nodes(self, name: str) -> list[Node]:
        """The objects under a property."""
        return [self.node(name, value) for value in self.listed(name) if isinstance(value, dict)]

    def node(self, name: str, value: dict[str, Any]) -> Node:
        """`value` as the object under a property."""
        return Node(value, self.doubts, self._at(name))

    def strings(self, name: str) -> Iterator[str]:
        """The texts under a property as they stand, of objects their names."""
        for value in self.listed(name):
            if isinstance(value, dict):
                value = value.get("@value", value.get("name"))  # noqa: PLW2901
            if isinstance(value, bool):
                self.doubt(name, value, "is no text")
            elif isinstance(value, int | float):
                yield f"{value:g}" if isinstance(value, float) else str(value)
            elif isinstance(value, str) and value.strip():
                yield value
            elif isinstance(value, str):
                self.doubts.empty.append(self._at(name))

    def lines(self, name: str) -> list[str]:
        """The lines of the texts under a property, each once, without list markers and HTML."""
        found = (without_marker(line) for text in self.strings(name) for line in lines_of(text))
        return [line for line in dict.fromkeys(islice(found, _MOST)) if not self.says_nothing(name, line)]

    def texts(self, name: str) -> list[str]:
        """The texts under a property, each once and on one line, without HTML."""
        found = (" ".join(lines_of(text)) for text in self.strings(name))
        return [text for text in dict.fromkeys(found) if not self.says_nothing(name, text)]

    def text(self, name: str) -> str | None:
        """The one text under a property; None where there is none, or several."""
        said = self.texts(name)
        if len(said) > 1:
            self.doubt(name, "; ".join(said), "is several values")
            return None
        if said and len(said[0]) > _LONGEST:
            self.doubt(name, said[0], "is too long")
            return None
        return said[0] if said else None

    def says_nothing(self, name: str, text: str) -> bool:
        """Whether `text` only stands where a value is lacking, which is noted."""
        nothing = says_nothing(text)
        if nothing:
            self.doubt(name, text, "says nothing")
        return nothing

    def amount(self, name: str) -> float | None:
        """The number above 0 under a property."""
        number = self.values.get(name)
        given = number if isinstance(number, int | float) else self.text(name)
        if given is None:
            return None
        amount = _figure(given) if isinstance(given, str) and _AMOUNT.fullmatch(given) else given
        if isinstance(amount, str | bool):
            self.doubt(name, given, "is no plain number")
        elif not 0 < amount < _TOO_MUCH:  # NaN fails too, and integers that no float can hold
            self.doubt(name, given, "is no amount")
        else:
            return float(amount)
        return None

    def bounds(self, name: str) -> tuple[float | None, float | None]:
        """The two numbers under a property, of "40000-50000"; one number is both."""
        given = self.values.get(name)
        parts = _RANGE.fullmatch(given.strip()) if isinstance(given, str) else None
        if parts and all(map(_AMOUNT.fullmatch, parts.groups())):
            return _figure(parts[1]), _figure(parts[2])
        amount = self.amount(name)
        return amount, amount

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name


def _figure(text: str) -> float:
    return float(text.replace(",", ""))


def stated(parts: Partial) -> Partial:
    """`parts` without those that say nothing."""
    return {name: part for name, part in parts.items() if part not in (None, "", [], {})}


def terms_in(text: str, section: str) -> set[str]:
    """The terms of a closed vocabulary that `text` names in any of the nine languages."""
    from extractor.recognise.terms import find_terms

    return {found.value for found in find_terms(text, section)}
