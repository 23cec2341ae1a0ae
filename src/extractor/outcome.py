"""What becomes of a document: an extraction with all that vouches for it, or a failure; and of a run, its progress."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import orjson
from pydantic import BaseModel

from extractor.errors import BudgetReachedError, ModelError, SchemaError
from extractor.grounding import Grade, Span
from extractor.models.base import Answers
from extractor.models.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from extractor.documents import Document
    from extractor.errors import ExtractorError
    from extractor.models.base import Reply
    from extractor.published.reconciling import Verdict

Record = TypeVar("Record", bound=BaseModel)
_GRADES = {grade.value: grade for grade in Grade}


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A value that nothing in the document supports, and the segments that were cited for it.

    `pointer` is where it stands in the record, or would stand: `/skills/-` is an item that was left out of the list.
    """

    pointer: str
    value: Any
    at: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made a record: enough to know whether another was made the same way."""

    extractor: str
    model: str
    schema: str
    prompt: str | None
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class Extraction(Generic[Record]):
    """A record, and beside it all that vouches for it.

    `evidence` maps a fact's JSON Pointer ("/title", "/skills/3") to the spans of `document.text` that state it; what
    was filled from the page (setting `merge`) has an empty span of the grade `published`.
    `usage` is what the record took, whenever that was; `paid` is what was paid for it by this call: nothing where the
    answers were in the store. `stored`: the record itself was. `latency_s` is how long making it took, None then.
    """

    document: Document
    record: Record
    evidence: dict[str, tuple[Span, ...]]
    unsupported: tuple[Unsupported, ...]
    warnings: tuple[str, ...]
    usage: Usage
    provenance: Provenance
    paid: Usage = Usage()  # noqa: RUF009  frozen
    latency_s: float | None = None
    stored: bool = False

    @property
    def published(self) -> dict[str, Any] | None:
        """What the page itself publishes as schema.org JobPosting: a partial record in JSON's types, or None.

        Only what is stated has a key; None for records of other schemas too. See `extractor.published.reading`.
        """
        if not self.document.published:
            return None
        from extractor.published.reading import from_jsonld
        from extractor.records.posting import JobPosting

        if not isinstance(self.record, JobPosting):
            return None
        return from_jsonld(self.document.published)[0] or None

    @property
    def reconciliation(self) -> dict[str, Verdict]:
        """A verdict by JSON Pointer for each fact that the text or the page states; {} where no page publishes any."""
        published = self.published
        if not published:
            return {}
        from extractor.published.reconciling import reconcile, stated

        return reconcile(stated(self.record.model_dump(mode="json"), self.evidence), published)

    def to_jsonld(self) -> dict[str, Any]:
        """The record as a schema.org JobPosting with the document's text as its description.

        `extractor.records.jsonld` names what Google requires beyond it. Raises `SchemaError` for other schemas.
        """
        from extractor.records.jsonld import to_jsonld
        from extractor.records.posting import JobPosting

        if not isinstance(self.record, JobPosting):
            raise SchemaError(f"{type(self.record).__name__} isn't JobPosting: schema.org has no words for its fields.")
        source = self.document.source
        url = source if source.startswith(("https://", "http://")) else None
        return to_jsonld(self.record, description=self.document.text, url=url)

    def to_dict(self, *, with_text: bool = False) -> dict[str, Any]:
        """A line of the output, in JSON's types; `with_text` adds the text that the offsets count in.

        The same answers give the same line, whether they were paid now or before. `published` and `reconciliation`
        stand in it where the page publishes something.
        """
        document = self.document
        line = {
            "id": document.id,
            "source": document.source,
            "media_type": document.media_type,
            "record": self.record.model_dump(mode="json"),
            **self._vouching(),
        }
        published = self.published
        if published:
            line["published"] = published
            line["reconciliation"] = {
                pointer: {"kind": verdict.kind} | ({} if verdict.page is None else {"page": verdict.page})
                for pointer, verdict in self.reconciliation.items()
            }
        if with_text:
            line["text"] = document.text
        return line

    def dumped(self) -> bytes:
        """All but the document, for `restored`: two lines of JSON, the record first; evidence as bare numbers."""
        rest = {
            "evidence": {pointer: [*map(list, spans)] for pointer, spans in self.evidence.items()},
            "unsupported": self.unsupported,
            "warnings": self.warnings,
            "usage": self.usage,
            "provenance": self.provenance,
        }
        return self.record.model_dump_json().encode() + b"\n" + orjson.dumps(rest)

    @classmethod
    def restored(cls, document: Document, schema: type[Record], dumped: bytes) -> Extraction[Record]:
        """The extraction that `dumped` came from. Raises `ValueError` where the record isn't valid by `schema`."""
        record, _, rest = dumped.partition(b"\n")
        made: dict[str, Any] = orjson.loads(rest)
        return cls(
            document,
            schema.model_validate_json(record, by_name=True),
            {
                pointer: tuple([Span(start, end, _GRADES[grade], moved) for start, end, grade, moved in spans])
                for pointer, spans in made["evidence"].items()
            },
            tuple(Unsupported(lost["pointer"], lost["value"], tuple(lost["at"])) for lost in made["unsupported"]),
            tuple(made["warnings"]),
            Usage(**made["usage"]),
            Provenance(**made["provenance"]),
            stored=True,
        )

    def _vouching(self) -> dict[str, Any]:
        return {
            "evidence": {
                pointer: [
                    {"start": span.start, "end": span.end}
                    | ({"page": self.document.page_of(span.start)} if self.document.pages else {})
                    | {"grade": span.grade.value}
                    | ({"moved": True} if span.moved else {})
                    for span in spans
                ]
                for pointer, spans in self.evidence.items()
            },
            "unsupported": [asdict(value) for value in self.unsupported],
            "warnings": list(self.warnings),
            "usage": asdict(self.usage),
            "provenance": asdict(self.provenance),
        }


@dataclass(frozen=True, slots=True)
class Failure:
    """A document without a record, and why; `usage` and `paid` as `Extraction`'s.

    `stored`: it failed so in an earlier run, and wasn't tried again.
    """

    id: str
    source: str
    error: ExtractorError
    usage: Usage = Usage()  # noqa: RUF009  frozen
    paid: Usage = Usage()  # noqa: RUF009
    stored: bool = False

    @property
    def unasked(self) -> bool:
        """Whether the document wasn't asked about for want of money: that is no result, and the next run asks."""
        return isinstance(self.error, BudgetReachedError)

    def to_dict(self, *, with_text: bool = False) -> dict[str, Any]:  # noqa: ARG002  as Extraction's
        """A line of the output, in JSON's types."""
        error = {"type": type(self.error).__name__, "message": str(self.error)}
        return {"id": self.id, "source": self.source, "error": error}


@dataclass(frozen=True, slots=True)
class Result:
    """What is kept of a finished document: `Extraction.dumped()`, or the class and the message of its error."""

    body: bytes | None = None
    error: tuple[str, str] | None = None


class Journal(Answers, Protocol):
    """Where answers, and what became of documents, outlive a run."""

    async def result(self, key: str) -> Result | None:
        """What became of a document; None: nothing yet."""

    def keep_result(self, key: str, document: str, source: str, result: Result, usage: Usage) -> None:
        """Keeps what became of the document of this id and source, soon: losing it costs no money."""

    def connected(self) -> AbstractAsyncContextManager[None]:
        """Holds the journal open while the block runs. Raises `StoreError`."""


@dataclass(slots=True)
class Progress:
    """How far a run is: give one to `extract_many`, look at it at any time, and `stop` the run by it.

    `extracted` counts records, `failures` the others by the error's name; `stored` those of either that an earlier run
    had left. `paid` is what this run has paid, for failed documents too. `under_way` are begun and not done.
    """

    extracted: int = 0
    stored: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    paid: Usage = Usage()  # noqa: RUF009  frozen
    under_way: int = 0
    stopping: bool = False
    _hearers: list[Callable[[], object]] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def failed(self) -> int:
        """Documents without a record."""
        return self.failures.total()

    def count(self, outcome: Extraction[Any] | Failure) -> None:
        """Counts what became of one more document."""
        self.paid += outcome.paid
        self.stored += outcome.stored
        if isinstance(outcome, Extraction):
            self.extracted += 1
        elif not outcome.unasked:
            self.failures[type(outcome.error).__name__] += 1

    def stop(self) -> None:
        """Lets no further document begin; those under way end, and so does the run. Any thread may call it."""
        self.stopping = True
        for hearer in tuple(self._hearers):
            hearer()

    @contextmanager
    def heard(self, hearer: Callable[[], object]) -> Iterator[None]:
        """Has `stop` call `hearer` while the block runs."""
        self._hearers.append(hearer)
        try:
            yield
        finally:
            self._hearers.remove(hearer)


class Spent:
    """What the answers for one document took, and what of it was paid now; failed answers too."""

    def __init__(self) -> None:
        self.usage = Usage()
        self.paid = Usage()

    async def on(self, answer: Awaitable[Reply]) -> Reply:
        """The reply, its usage counted."""
        try:
            reply = await answer
        except ModelError as error:
            self._add(error.usage or Usage(), error.paid)
            raise
        self._add(reply.usage, reply.paid)
        return reply

    def _add(self, usage: Usage, paid: Usage | None) -> None:
        self.usage += usage
        self.paid += usage if paid is None else paid
