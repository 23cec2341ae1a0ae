"""What a store is asked to do, one operation each, and what it may answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from extractor.models.base import Kept
    from extractor.models.usage import Usage
    from extractor.outcome import Result


@dataclass(frozen=True, slots=True)
class Lookup:
    """What became of a document. Answered by a `Result` or None."""

    key: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer of `key` if it was made later than `after`, or the right to ask for it.

    Answered by a `Kept`, a `Held`, or None: ask, then give a `Record` or a `Release`.
    """

    key: str
    after: float


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody else asks at present; the answer that there is was made at `made_at`, -inf where there is none."""

    made_at: float


@dataclass(frozen=True, slots=True)
class Record:
    """An answer, to be kept for good; its claim ends."""

    key: str
    model: str
    kept: Kept


@dataclass(frozen=True, slots=True)
class Release:
    """A claim ends without an answer."""

    key: str


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a document, to be kept with the next writing that must be."""

    key: str
    document: str
    source: str
    result: Result
    usage: Usage


Operation: TypeAlias = Lookup | Claim | Record | Release | Finished
