"""What a schema can say about a field beyond its type. Plain `Annotated` metadata: JSON Schema doesn't change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal


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
