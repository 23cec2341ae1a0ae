"""How values are compared: normalisation, similarity, and the plan that a schema gives.

Comparison is Unicode-normalised (NFKC), case-blind, folds white space and ignores trailing punctuation.

========  ======================================  ======================================================
how       the default for                         similarity of two values
========  ======================================  ======================================================
`text`    `str`                                   `similarity`
`exact`   enums, `bool`, `str` with a pattern,    1 if equal, else 0
          everything else
`number`  `int`, `float`, `Decimal`               1 if equal to a relative 1e-9, else 0
`date`    `date`, `datetime`                      1 if the same moment, else 0; two that aren't ISO 8601
                                                  ("immediately") as text
`set`     a list inside an object                 2 |a ∩ b| / (|a| + |b|), the Dice coefficient
========  ======================================  ======================================================

`Annotated[str, compared("exact")]` declares otherwise.
"""

from __future__ import annotations

import json
import math
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast, get_args, get_origin

from pydantic import BaseModel

from extractor.records.markers import unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

Comparison = Literal["text", "exact", "number", "date", "set"]
_TRAILING = " .,;:!?…。"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value without parts, at `path` inside an item of a list; `path` is empty where the item is it."""

    name: str
    path: tuple[str, ...]
    comparison: Comparison
    key: bool


@dataclass(frozen=True, slots=True)
class Field:
    """What one row of a score table is about: a top-level scalar, a sub-field of an object, or a list.

    `path` leads from the record to the value or to the list. The key among the `leaves` tells an item of a
    list from another; the others are its `attributes`.
    """

    name: str
    path: tuple[str, ...]
    listed: bool
    leaves: tuple[Leaf, ...]
    attributes: tuple[Leaf, ...]


@cache
def fields_of(schema: type[BaseModel]) -> tuple[Field, ...]:
    """The fields of `schema` as they are scored, in its order.

    The key of an item is what the schema marks with `Key`; else its texts; else its first leaf.
    """
    fields: list[Field] = []
    for name, annotation in _annotations(schema):
        marks, types, _ = unwrapped(annotation)
        item = _item_type(types)
        if item is not None and "compared" not in marks:
            leaves = _keyed(list(_leaves(item, (), ())))
            attributes = tuple(leaf for leaf in leaves if not leaf.key)
            fields.append(Field(name, (name,), True, leaves, attributes))
            continue
        for leaf in _leaves(annotation, (name,), ()):
            itself = Leaf("", (), leaf.comparison, key=True)
            fields.append(Field(leaf.name, leaf.path, False, (itself,), ()))
    return tuple(fields)


def value_at(value: Any, path: tuple[str, ...]) -> Any:
    """What stands at `path` inside a record or an item, in JSON's types; None where nothing does."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def normalised(text: str) -> str:
    """`text` for comparison: NFKC, case folded, white space folded, trailing punctuation off.

    A text of nothing but punctuation keeps it.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    folded = " ".join(text.casefold().split())
    return folded.rstrip(_TRAILING) or folded


def similarity(a: str, b: str) -> float:
    """How alike two normalised texts are, from 0 to 1; 1 for equal ones, symmetric.

    The greater of two normalised Indel similarities `1 - d / (|a| + |b|)`, `d` being the least number of
    characters to insert and delete (so `2 · LCS / (|a| + |b|)`): of the texts, and of the texts with their
    words in alphabetical order, so that a change of order costs nothing. RapidFuzz calls them `ratio` and
    `token_sort_ratio`.
    """
    if a == b:
        return 1.0
    from rapidfuzz.distance import Indel

    return max(Indel.normalized_similarity(a, b), Indel.normalized_similarity(words_sorted(a), words_sorted(b)))


def words_sorted(text: str) -> str:
    """`text` with its words in alphabetical order."""
    return " ".join(sorted(text.split()))


def prepared(comparison: Comparison, value: Any) -> Any:
    """`value`, of JSON's types, ready to be compared; None where it states nothing (null, "", [], {})."""
    if value is None or value in ("", [], {}):
        return None
    match comparison:
        case "number":
            return float(value)
        case "text":
            return normalised(str(value)) or None
        case "date":
            return _moment(str(value)) or normalised(str(value)) or None
        case "set":
            members = value if isinstance(value, list) else [value]
            return tuple(sorted({_canonical(member) for member in members if member not in (None, "")})) or None
        case "exact":
            return _canonical(value)


def alike(comparison: Comparison, a: Any, b: Any) -> float:
    """The similarity of two prepared values, from 0 to 1; two absent ones are equal."""
    if a is None or b is None:
        return float(a is b)
    if a == b:
        return 1.0
    match comparison:
        case "number":
            return float(math.isclose(a, b))
        case "set":
            return 2 * len(set(a) & set(b)) / (len(a) + len(b))
        case "text":
            return similarity(a, b)
        case "date" if isinstance(a, str) and isinstance(b, str):
            return similarity(a, b)
        case _:
            return 0.0


def _moment(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _canonical(value: Any) -> str:
    """One string for equal values of JSON's types."""
    if isinstance(value, str):
        return normalised(value)
    if isinstance(value, dict):
        stated = {key: _canonical(part) for key, part in value.items() if part is not None}
        return json.dumps(stated, sort_keys=True)
    if isinstance(value, list):
        return json.dumps([_canonical(part) for part in value])
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(float(value))
    return str(value)


def _annotations(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """Each field's name and type, with its markers put back on it."""
    for name, info in model.model_fields.items():
        yield name, Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation


def _leaves(annotation: Any, path: tuple[str, ...], inside: tuple[type, ...]) -> Iterator[Leaf]:
    marks, types, _ = unwrapped(annotation)
    model = next((t for t in types if isinstance(t, type) and issubclass(t, BaseModel)), None)
    if model is not None and "compared" not in marks and model not in inside:
        for name, part in _annotations(model):
            yield from _leaves(part, (*path, name), (*inside, model))
        return
    comparison = cast("Comparison", marks["compared"]) if "compared" in marks else _by_type(types, marks)
    yield Leaf(".".join(path), path, comparison, key=bool(marks.get("key")))


def _keyed(leaves: list[Leaf]) -> tuple[Leaf, ...]:
    if any(leaf.key for leaf in leaves):
        return tuple(leaves)
    texts = {leaf for leaf in leaves if leaf.comparison in ("text", "set")} or set(leaves[:1])
    return tuple(Leaf(leaf.name, leaf.path, leaf.comparison, leaf in texts) for leaf in leaves)


def _by_type(types: list[Any], marks: dict[str, str | bool]) -> Comparison:
    plain = {get_origin(t) or t for t in types}
    if len(plain) == 1:
        only = plain.pop()
        if only is str:
            return "exact" if "pattern" in marks else "text"
        if only in (int, float, Decimal):
            return "number"
        if only in (date, datetime):
            return "date"
        if only in (list, set, frozenset, tuple):
            return "set"
    elif plain <= {int, float, Decimal}:
        return "number"
    return "exact"


def _item_type(types: list[Any]) -> Any:
    """The type of a list's items, or None for what is no list."""
    lists = [t for t in types if (get_origin(t) or t) in (list, set, frozenset, tuple)]
    if len(lists) != 1:
        return None
    return next(iter(get_args(lists[0])), Any)
