"""What a schema can say about a field beyond its type. Plain `Annotated` metadata: JSON Schema doesn't change."""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin


@dataclass(frozen=True, slots=True)
class Marker:
    """One statement about the annotated type: `Annotated[str, Marker("by", "language")]`."""

    key: str
    value: str | bool


def recomputed(by: str) -> Marker:
    """The value is computed from the text by the recogniser `by`: see `extractor.recognise.recogniser`."""
    return Marker("by", by)


Lifted = Annotated[str, Marker("lifted", True)]
"""A string that stands in the document as whole segments: the model gives their numbers, never the text."""


def compared(how: Literal["text", "exact", "number", "date", "set"]) -> Marker:
    """How the evaluation compares the value, where its type alone says it wrongly: see `extractor.evaluation`."""
    return Marker("compared", how)


Key = Marker("key", True)
"""On a field of a list's items: it tells one item from another when a prediction is compared with the gold."""


def unwrapped(annotation: Any) -> tuple[dict[str, Any], list[Any], bool]:
    """What the markers on an annotation say, the types under it, and whether `None` is one of them.

    A pattern that a string must match is said as `pattern: True`.
    """
    marks: dict[str, Any] = {}
    types: list[Any] = []
    nullable = False
    stack = [annotation]
    while stack:
        current = stack.pop()
        origin = get_origin(current)
        if origin is Annotated:
            inner, *metadata = get_args(current)
            marks.update({m.key: m.value for m in metadata if isinstance(m, Marker)})
            if any(getattr(m, "pattern", None) for m in metadata):
                marks["pattern"] = True
            stack.append(inner)
        elif origin in (Union, UnionType):
            stack.extend(get_args(current))
        elif current is NoneType or current is None:
            nullable = True
        else:
            types.append(current)
    return marks, types, nullable
