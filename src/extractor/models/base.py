"""The one protocol that every answerer keeps."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from extractor.models.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from extractor.documents import Document
    from extractor.prompts import Prompt
    from extractor.records.citing import AnswerSchema, Claim


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of one document. With `again`, only these unsupported claims are, under `schema.only(…)`.

    `anew` asks again what a store already has an answer to; with `deferred` nothing is sent, and `DeferredError` is
    raised for what it has none to.
    """

    document: Document
    schema: AnswerSchema
    prompt: Prompt
    again: tuple[Claim, ...] = ()
    anew: bool = False
    deferred: bool = False


@dataclass(frozen=True, slots=True)
class Deferred:
    """What would be sent: the JSON of a request's body, and the key that its answer is kept by."""

    key: str
    body: bytes

    @classmethod
    def of(cls, body: bytes) -> Deferred:
        """The request of this body."""
        return cls(sha256(body).hexdigest(), body)


class DeferredError(Exception):
    """A signal and no failure: the answer to `request`, which wasn't to be sent, isn't kept."""

    def __init__(self, request: Deferred) -> None:
        super().__init__(request.key)
        self.request = request


@dataclass(frozen=True, slots=True)
class Reply:
    """The facts claimed, valid by the record's schema, and what all attempts took.

    `paid` is the part of `usage` that was paid now, the rest when a stored answer was got; None: all of it.
    """

    claims: tuple[Claim, ...]
    usage: Usage = Usage()  # noqa: RUF009  frozen
    paid: Usage | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it came: a completion's JSON, and what getting it took, failed attempts included."""

    body: bytes
    usage: Usage


class Answers(Protocol):
    """Where answers that were paid for are kept."""

    async def once(
        self, key: str, model: str, ask: Callable[[], Awaitable[Kept]], *, anew: bool = False
    ) -> tuple[Kept, bool]:
        """The kept answer of `key` and True; or what `ask` gives, durably kept before it is returned, and False.

        However many want the same key at once, one asks. `anew` asks although an answer is kept, and replaces it.
        Raises what `ask` raises, and `StoreError`.
        """


class Model(Protocol):
    """Who answers.

    `repeats` says that the same request has the same answer, so that asking again is idle and keeping it too.
    """

    @property
    def name(self) -> str:
        """As provenance names it."""

    @property
    def repeats(self) -> bool:
        """Whether the same request has the same answer always."""

    @property
    def fingerprint(self) -> str:
        """What decides an answer besides the name and the request, in hex digits."""

    async def answer(self, request: Request) -> Reply:
        """The facts that the document states. Raises `ModelError`."""

    def connected(self) -> AbstractAsyncContextManager[None]:
        """Holds connections open while the block runs; calls outside of one open their own."""
