"""One document through all rooms: read, ask, prove. The only place that knows the order."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Generic, Self, TypeAlias, cast, overload

import orjson

from extractor import errors, many
from extractor.documents import Document, from_text, load, read
from extractor.door import Door
from extractor.errors import (
    DocumentError,
    ExtractorError,
    ModelError,
    StoreError,
    UsageError,
)
from extractor.grounding import Ground, Grounded, check_recognisers
from extractor.models.base import Deferred, Model, Request
from extractor.models.configured import configured, recorder, tracer
from extractor.outcome import Extraction, Failure, Progress, Provenance, Record, Result, Spent, Unsupported
from extractor.prompts import Prompt
from extractor.records.citing import AnswerSchema, Claim
from extractor.records.posting import JobPosting
from extractor.settings import Settings
from extractor.settling import amend, once, settle
from extractor.streams import pumped

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Generator, Iterable
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

    from extractor.outcome import Journal
    from extractor.records.shapes import Shape

Posting: TypeAlias = str | bytes | Path | Document | Failure

__all__ = ["Extraction", "Extractor", "Failure", "Posting", "Progress", "Provenance", "Unsupported"]


class Extractor(Generic[Record]):
    """Extracts records of `schema`, any pydantic model, with `model`.

    `model` is a name at an OpenAI-compatible API, `"rules"`, or anything that keeps the `Model` protocol; without one
    the settings decide, and without any setting the built-in rules answer. `prompt` is a folder or the name of a
    built-in prompt. Further settings are those of `Settings`, by name.

    A context manager keeps connections open between calls: `with` for `extract`, `async with` for `aextract`.

    Raises `UsageError`, `SchemaError` or `PromptError` when it is made; `extract` raises `DocumentError`, `ModelError`
    and, under the policy `fail`, `UnsupportedError`.
    """

    @overload
    def __init__(
        self: Extractor[JobPosting],
        *,
        model: str | Model | None = None,
        prompt: str | None = None,
        store: Journal | None = None,
        **settings: Any,
    ) -> None: ...
    @overload
    def __init__(
        self,
        schema: type[Record],
        *,
        model: str | Model | None = None,
        prompt: str | None = None,
        store: Journal | None = None,
        **settings: Any,
    ) -> None: ...
    def __init__(
        self,
        schema: type[Any] = JobPosting,
        *,
        model: str | Model | None = None,
        prompt: str | None = None,
        store: Journal | None = None,
        **settings: Any,
    ) -> None:
        named = model if isinstance(model, str) else None
        self.settings = Settings.load(model=named, **settings)
        self.schema = schema
        self._answers = AnswerSchema(schema)
        check_recognisers(schema.__name__, self._answers.shapes)
        self._narrowed = lru_cache(maxsize=64)(self._answers.only)
        self._cassettes = recorder(self.settings)
        # what is recorded or played back is neither taken from a store nor kept there
        self._store = None if self._cassettes else store
        self._telemetry = tracer(self.settings)
        self.model = (
            configured(self.settings, schema, self._store, self._telemetry)
            if model is None or isinstance(model, str)
            else model
        )
        if self.model.repeats:
            self._store = None
        built_in = "posting" if schema is JobPosting else "generic"
        self._prompt = Prompt.load(prompt or built_in)
        self._door = Door(self._connected)

    def extract(self, posting: str | bytes | Path | Document) -> Extraction[Record]:
        """The record of one posting: its text, its bytes, the path of its file, or a `Document`.

        A `str` is always text, never a path: postings aren't trusted to name files.
        """
        return _succeeded(self._door.run(lambda: self._traced(posting, retry_failed=True, connected=True)))

    async def aextract(self, posting: str | bytes | Path | Document) -> Extraction[Record]:
        """As `extract`, for a running event loop."""
        return _succeeded(await self._traced(posting, retry_failed=True))

    def extract_many(
        self,
        postings: Iterable[Posting],
        *,
        unordered: bool = False,
        retry_failed: bool = False,
        progress: Progress | None = None,
    ) -> Generator[Extraction[Record] | Failure]:
        """What becomes of each posting, in their order, or `unordered` as it comes; memory stays bounded.

        `postings` may be endless: they are taken as results are, by this thread. A document that fails is a `Failure`
        in its place, and so is each `Failure` among the postings. What failed in an earlier run on the same store
        isn't tried again but by `retry_failed`. `progress` is kept up to date, and can stop the run.

        Raises, after the results of what was under way, what no other document would fare better with
        (`ModelError.fatal`: a wrong key, a spent budget). Raises `StoreError` at once. The same call again goes on.
        """
        yield from pumped(
            self._door.open(),
            postings,
            lambda items: self.aextract_many(items, unordered=unordered, retry_failed=retry_failed, progress=progress),
        )

    def aextract_many(
        self,
        postings: AsyncIterable[Posting] | Iterable[Posting],
        *,
        unordered: bool = False,
        retry_failed: bool = False,
        progress: Progress | None = None,
    ) -> AsyncGenerator[Extraction[Record] | Failure]:
        """As `extract_many`, for a running event loop and asynchronous streams of postings."""
        return many.outcomes(
            postings,
            partial(self._traced, retry_failed=retry_failed, connected=True),
            self._connected(),
            at_once=self.settings.concurrency,
            ordered=not unordered,
            progress=progress or Progress(),
        )

    def kept_many(self, postings: Iterable[Posting]) -> Generator[Extraction[Record] | Failure | Deferred]:
        """What the kept answers make of each posting, in their order: nothing is sent.

        A `Deferred` is the request that must be answered next before its document can be finished: `runs.batch` has
        many of them answered at once. A document that failed in an earlier run is seen in the light of the answers
        that there are now. Raises `UsageError` where no language model is to be asked, and `StoreError`.
        """
        yield from pumped(self._door.open(), postings, self.akept_many)

    def akept_many(
        self, postings: AsyncIterable[Posting] | Iterable[Posting]
    ) -> AsyncGenerator[Extraction[Record] | Failure | Deferred]:
        """As `kept_many`, for a running event loop and asynchronous streams of postings."""
        from extractor.models.llm import LanguageModel

        if not isinstance(self.model, LanguageModel):
            raise UsageError(f"{self.model.name} answers no batches: name a language model (--model, EXTRACTOR_MODEL).")
        kept = partial(self._outcome, retry_failed=True, connected=True, deferred=True)
        return many.kept(postings, kept, self._connected(), at_once=self.settings.concurrency)

    async def known(self, document: Document) -> Result | None:
        """What the store has of this document, asked as this extractor asks."""
        if self._store is None:
            return None
        async with self._connected():
            return await self._store.result(self._key(document))

    def request(self, document: Document, *, anew: bool = False, deferred: bool = False) -> Request:
        """What the model is asked first."""
        return Request(document, self._answers, self._prompt, anew=anew, deferred=deferred)

    async def _traced(
        self, posting: Posting, *, retry_failed: bool, connected: bool = False
    ) -> Extraction[Record] | Failure:
        """As `_outcome`, and tells the tracer."""
        if self._telemetry is None:
            return await self._outcome(posting, retry_failed=retry_failed, connected=connected)
        with self._telemetry.document(self.schema.__name__) as ended:
            outcome = await self._outcome(posting, retry_failed=retry_failed, connected=connected)
            if isinstance(outcome, Failure):
                ended(outcome.id, stored=outcome.stored, error=outcome.error)
            else:
                ended(outcome.document.id, stored=outcome.stored)
            return outcome

    async def _outcome(
        self, posting: Posting, *, retry_failed: bool, connected: bool = False, deferred: bool = False
    ) -> Extraction[Record] | Failure:
        """The record of one posting, or why there is none; out of the store, or into it.

        `connected`: the run holds the connections open, so that each document needn't.
        """
        if isinstance(posting, Failure):
            return posting
        try:
            document = await asyncio.to_thread(self.read, posting) if _slow(posting) else self.read(posting)
        except DocumentError as error:
            path = posting if isinstance(posting, Path) else None
            return Failure(path.stem if path else "", str(path or type(posting).__name__), error)
        async with nullcontext() if connected else self._connected():
            if self._store is None:
                return (await self._attempted(self.request(document, deferred=deferred)))[0]
            key = self._key(document)
            known = await self._store.result(key)
            if known and known.body is not None:
                try:
                    return Extraction.restored(document, self.schema, known.body)
                except (ValueError, KeyError, TypeError):
                    pass  # the user's model has become stricter, or the bytes are damaged: the answers are in the store
            failed = known.error if known else None
            if failed and not retry_failed:
                kind, message = failed
                again = getattr(errors, kind, ModelError)(message)
                return Failure(document.id, document.source, again, stored=True)
            anew = failed is not None and not deferred
            outcome, result = await self._attempted(self.request(document, anew=anew, deferred=deferred))
            if result:
                self._store.keep_result(key, document.id, document.source, result, outcome.usage)
            return outcome

    async def _attempted(self, request: Request) -> tuple[Extraction[Record] | Failure, Result | None]:
        """The record of one document by the model, or why there is none; and what the store should know of it."""
        document = request.document
        ground = Ground(document)
        spent = Spent()
        begun = perf_counter()
        try:
            async with self._tape(document):
                facts, warnings, whole = await self._proven(request, ground, spent)
            took_s = perf_counter() - begun
            record, evidence, unsupported = settle(
                self._answers, ground, once(facts), self.settings.unsupported, warnings
            )
            if isinstance(record, JobPosting) and document.published:
                from extractor.published import from_jsonld, merged

                published, lacks = from_jsonld(document.published)
                warnings += lacks
                if self.settings.merge:
                    record, evidence = merged(record, evidence, published)
        except StoreError:
            raise  # no other document would fare better
        except ExtractorError as error:
            failure = Failure(document.id, document.source, error, spent.usage, spent.paid)
            lasting = isinstance(error, ModelError) and not error.fatal
            return failure, Result(error=(type(error).__name__, str(error))) if lasting else None
        extraction = Extraction(
            document,
            cast("Record", record),
            evidence,
            unsupported,
            tuple(warnings),
            spent.usage,
            self.provenance,
            spent.paid,
            took_s,
        )
        return extraction, Result(extraction.dumped()) if whole and self._store else None

    async def _proven(self, request: Request, ground: Ground, spent: Spent) -> tuple[list[Grounded], list[str], bool]:
        """The facts with their evidence, the doubtful ones asked once more; warnings; whether all that was asked."""
        warnings = list(request.document.warnings)
        reply = await spent.on(self.model.answer(request))
        facts = [ground.prove(claim, self._shape(claim)) for claim in reply.claims]
        doubtful = [fact for fact in facts if fact.lost or not fact.supported]
        if not doubtful or self.model.repeats:
            return facts, warnings, True
        claims = tuple(fact.claim for fact in doubtful)
        narrow = self._narrowed(frozenset(claim.field for claim in claims))
        try:
            second = await spent.on(self.model.answer(replace(request, schema=narrow, again=claims)))
        except ModelError as error:
            if error.fatal and self._store is not None:
                raise  # the first answer is in the store: the next run asks only the second
            # the first answer is paid for and stands without its doubtful facts
            warnings.append(f"asking again about {len(claims)} unsupported facts failed: {error}")
            return facts, warnings, False
        return amend(facts, [ground.prove(claim, self._shape(claim)) for claim in second.claims]), warnings, True

    def read(self, posting: str | bytes | Path | Document) -> Document:
        """The document that `extract` would see. Raises `DocumentError`."""
        limit = self.settings.max_bytes
        match posting:
            case Document():
                return posting
            case Path():
                return load(posting, max_bytes=limit)
            case bytes():
                return read(posting, source="bytes", max_bytes=limit)
        return from_text(posting, max_bytes=limit)

    @cached_property
    def provenance(self) -> Provenance:
        """What will stand in each extraction."""
        asked = not self.model.repeats
        return Provenance(
            extractor=metadata.version("posting-extractor"),
            model=self.model.name,
            schema=self._answers.schema.__name__,
            prompt=f"{self._prompt.name}@{self._prompt.version}" if asked else None,
            fingerprint=self._prompt.fingerprint(self._answers) if asked else None,
        )

    def close(self) -> None:
        """Closes connections that `extract` opened."""
        self._door.close()

    def __enter__(self) -> Self:
        self._door.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        self._held = AsyncExitStack()
        await self._held.enter_async_context(self._connected())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._held.__aexit__(kind, error, trace)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[None]:
        async with self._store.connected() if self._store else nullcontext(), self.model.connected():
            yield

    @cached_property
    def _recipe(self) -> bytes:
        """A digest of all that decides a record besides the document."""
        made, schema = self.provenance, self.schema.model_json_schema()
        parts = [
            made.extractor,
            made.model,
            made.fingerprint,
            self.model.fingerprint,
            self.settings.unsupported,
            self.settings.merge,
            schema,
        ]
        return sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).digest()

    def _key(self, document: Document) -> str:
        """What a store knows the outcome of this document by: the text alone wouldn't say how it is cut up."""
        parts = (self._recipe, document.media_type.encode(), document.sha256.encode(), document.text.encode())
        return sha256(b"\0".join(parts)).hexdigest()

    def _tape(self, document: Document) -> AbstractAsyncContextManager[None]:
        return self._cassettes.of(document, self.model.name) if self._cassettes else nullcontext()

    def _shape(self, claim: Claim) -> Shape:
        shape = self._answers.shapes[claim.field]
        return shape if claim.index is None or shape.item is None else shape.item


def _succeeded(outcome: Extraction[Record] | Failure) -> Extraction[Record]:
    if isinstance(outcome, Failure):
        raise outcome.error
    return outcome


def _slow(posting: Posting) -> bool:
    """Whether reading a posting may take so long that others shouldn't wait: it is for a parser of its own."""
    if isinstance(posting, Path):
        return posting.suffix.lower() in (".pdf", ".docx")
    return isinstance(posting, bytes) and posting.startswith((b"%PDF", b"PK"))
