"""The one protocol that every answerer keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from extractor.models.usage import Usage

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from extractor.documents import Document
    from extractor.prompts import Prompt
    from extractor.records.citing import AnswerSchema, Claim


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of one document. With `again`, only these unsupported claims are, under `schema.only(…)`."""

    document: Document
    schema: AnswerSchema
    prompt: Prompt
    again: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """The facts claimed, valid by the record's schema, and what all attempts took."""

    claims: tuple[Claim, ...]
    usage: Usage = Usage()  # noqa: RUF009  frozen


class Model(Protocol):
    """Who answers. `repeats` says that the same request has the same answer, so that asking again is idle."""

    @property
    def name(self) -> str:
        """As provenance names it."""

    @property
    def repeats(self) -> bool:
        """Whether the same request has the same answer always."""

    async def answer(self, request: Request) -> Reply:
        """The facts that the document states. Raises `ModelError`."""

    def connected(self) -> AbstractAsyncContextManager[None]:
        """Holds connections open while the block runs; calls outside of one open their own."""
