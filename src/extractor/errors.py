"""Every error a caller may catch.

ExtractorError
├── UsageError              the call itself can't be carried out: an option, a file of settings
│   ├── SchemaError         a schema that can't be imported or carried, naming the field
│   └── PromptError         a prompt that isn't there or doesn't render
├── DocumentError           one document can't be read; the others go on
│   ├── EmptyDocumentError
│   ├── NotTextError        binary, or of a kind that no reader knows
│   ├── TooLargeError
│   └── UnreadableError     vanished, not permitted, not a file
├── ModelError              the model gave no usable answer to one request
│   ├── KeyRejectedError    401, 403: no other document will fare better
│   ├── QuotaError          the account has no credit left
│   ├── BudgetReachedError  the next request might pass --max-cost or --max-tokens
│   ├── UnknownModelError   404: no such model at this address
│   ├── RequestRejectedError  400, 413, 422: the server doesn't take this request
│   ├── UnreachableError    no connection, or it broke, until the deadline
│   ├── DeadlineError       no whole answer in the time allowed
│   ├── ServerError         5xx, or something that isn't a chat completion, until the deadline
│   ├── RateLimitedError    429 until the deadline
│   ├── RefusedError        the model declined
│   ├── FilteredError       the provider's content filter cut the answer
│   ├── CutOffError         the answer reached the token limit
│   ├── EmptyAnswerError    no choice, or nothing in it
│   └── InvalidAnswerError  the answer doesn't fit the schema, also after the re-asks
├── UnsupportedError        policy `fail`: a value that nothing in the document supports
├── StoreError              the store can't be opened, read or written
└── CassetteError           no recorded exchange for this request, or a broken cassette

Each carries one line that a person can act on: the document, the place, the remedy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extractor.models.usage import Usage


class ExtractorError(Exception):
    """The root of the hierarchy; `str(error)` is one line."""


class UsageError(ExtractorError):
    """The call can't be carried out as it was made."""


class SchemaError(UsageError):
    """A schema that can't be imported or can't be carried to a model."""


class PromptError(UsageError):
    """A prompt that isn't there or doesn't render."""


class DocumentError(ExtractorError):
    """One document can't be read."""


class EmptyDocumentError(DocumentError):
    """No bytes, or nothing but white space and markup."""


class NotTextError(DocumentError):
    """Binary data, or a kind of file that no reader knows."""


class TooLargeError(DocumentError):
    """More bytes than the limit that the message names."""


class UnreadableError(DocumentError):
    """The file vanished, isn't permitted or isn't a file; or it is damaged, locked or beyond its reader's bounds."""


class ModelError(ExtractorError):
    """The model gave no usable answer.

    `usage` is what that took all the same; `paid` the part of it that was paid now (None: all).
    """

    fatal = False
    """Whether every other document would meet the same error."""

    def __init__(self, message: str, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.usage = usage
        self.paid: Usage | None = None


class KeyRejectedError(ModelError):
    """401 or 403."""

    fatal = True


class QuotaError(ModelError):
    """The account's quota or credit is exhausted."""

    fatal = True


class BudgetReachedError(ModelError):
    """The next request might take more than what is left of the budget."""

    fatal = True


class UnknownModelError(ModelError):
    """404: the server knows no such model, or the address is wrong."""

    fatal = True


class RequestRejectedError(ModelError):
    """400, 413 or 422: the server doesn't take this request."""


class UnreachableError(ModelError):
    """No connection, or it broke, until the deadline."""


class DeadlineError(ModelError):
    """No whole answer within the time allowed."""


class ServerError(ModelError):
    """5xx, or an answer that isn't a chat completion, until the deadline."""


class RateLimitedError(ModelError):
    """429 until the deadline."""


class RefusedError(ModelError):
    """The model declined to answer."""


class FilteredError(ModelError):
    """The provider's content filter cut the answer."""


class CutOffError(ModelError):
    """The answer reached the limit of output tokens."""


class EmptyAnswerError(ModelError):
    """A completion without a choice or without content."""


class InvalidAnswerError(ModelError):
    """The answer doesn't fit the schema, also after the re-asks."""


class UnsupportedError(ExtractorError):
    """Under the policy `fail`: the document doesn't support a value."""


class StoreError(ExtractorError):
    """The store can't be opened, read or written."""


class CassetteError(ExtractorError):
    """No recorded exchange for this request, or a broken cassette."""
