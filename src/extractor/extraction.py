"""One document through all rooms: read, ask, prove. The only place that knows the order."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from pydantic import BaseModel, ValidationError

from extractor.documents import Document, from_text, load, read
from extractor.door import Door
from extractor.errors import ModelError, SchemaError, UnsupportedError, UsageError
from extractor.grounding import Grade, Ground, Grounded, Span
from extractor.models.base import Model, Request
from extractor.models.cassettes import Cassettes
from extractor.models.usage import Usage
from extractor.prompts import Prompt
from extractor.recognise import NAMES
from extractor.records.citing import AnswerSchema, Claim
from extractor.records.posting import JobPosting
from extractor.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from extractor.records.shapes import Shape

Record = TypeVar("Record", bound=BaseModel)


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

    `evidence` maps a fact's JSON Pointer ("/title", "/skills/3") to the spans of `document.text` that state it.
    """

    document: Document
    record: Record
    evidence: dict[str, tuple[Span, ...]]
    unsupported: tuple[Unsupported, ...]
    warnings: tuple[str, ...]
    usage: Usage
    provenance: Provenance

    def to_dict(self, *, with_text: bool = False) -> dict[str, Any]:
        """A line of the output, in JSON's types; `with_text` adds the text that the offsets count in."""
        document = self.document
        line: dict[str, Any] = {
            "id": document.id,
            "source": document.source,
            "media_type": document.media_type,
            "record": self.record.model_dump(mode="json"),
            "evidence": {
                pointer: [
                    {"start": span.start, "end": span.end, "grade": span.grade.value}
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
        if with_text:
            line["text"] = document.text
        return line


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
        **settings: Any,
    ) -> None: ...
    @overload
    def __init__(
        self,
        schema: type[Record],
        *,
        model: str | Model | None = None,
        prompt: str | None = None,
        **settings: Any,
    ) -> None: ...
    def __init__(
        self,
        schema: type[Any] = JobPosting,
        *,
        model: str | Model | None = None,
        prompt: str | None = None,
        **settings: Any,
    ) -> None:
        named = model if isinstance(model, str) else None
        self.settings = Settings.load(model=named, **settings)
        self._answers = AnswerSchema(schema)
        _check_recognisers(schema.__name__, self._answers.shapes)
        self._narrowed = lru_cache(maxsize=64)(self._answers.only)
        self.model = self._configured(schema) if model is None or isinstance(model, str) else model
        built_in = "posting" if schema is JobPosting else "generic"
        self._prompt = Prompt.load(prompt or built_in)
        folder = self.settings.record or self.settings.replay
        self._cassettes = Cassettes(folder, recording=folder is self.settings.record) if folder else None
        self._door = Door(self.model.connected)

    def extract(self, posting: str | bytes | Path | Document) -> Extraction[Record]:
        """The record of one posting: its text, its bytes, the path of its file, or a `Document`.

        A `str` is always text, never a path: postings aren't trusted to name files.
        """
        return self._door.run(lambda: self.aextract(posting))

    async def aextract(self, posting: str | bytes | Path | Document) -> Extraction[Record]:
        """As `extract`, for a running event loop."""
        document = self.read(posting)
        request = Request(document, self._answers, self._prompt)
        ground = Ground(document)
        async with self._tape(document):
            facts, usage, warnings = await self._proven(request, ground)
        record, evidence, unsupported = self._settle(ground, _once(facts), warnings)
        return Extraction(document, record, evidence, unsupported, tuple(warnings), usage, self.provenance)

    async def _proven(self, request: Request, ground: Ground) -> tuple[list[Grounded], Usage, list[str]]:
        """The facts with their evidence, the doubtful ones asked once more; usage; warnings."""
        reply = await self.model.answer(request)
        facts = [ground.prove(claim, self._shape(claim)) for claim in reply.claims]
        usage, warnings = reply.usage, list(request.document.warnings)
        doubtful = [fact for fact in facts if fact.lost or not fact.supported]
        if doubtful and not self.model.repeats:
            claims = tuple(fact.claim for fact in doubtful)
            narrow = self._narrowed(frozenset(claim.field for claim in claims))
            try:
                second = await self.model.answer(replace(request, schema=narrow, again=claims))
            except ModelError as error:
                # the first answer is paid for and stands without its doubtful facts
                warnings.append(f"asking again about {len(claims)} unsupported facts failed: {error}")
                usage += error.usage or Usage()
            else:
                usage += second.usage
                facts = _amend(facts, [ground.prove(claim, self._shape(claim)) for claim in second.claims])
        return facts, usage, warnings

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
        await self._held.enter_async_context(self.model.connected())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._held.__aexit__(kind, error, trace)

    def _configured(self, schema: type[BaseModel]) -> Model:
        settings = self.settings
        if settings.model is None or settings.model == "rules":
            if schema is not JobPosting:
                raise UsageError(
                    f"the built-in rules know JobPosting alone, not {schema.__name__}: "
                    "name a language model (--model, EXTRACTOR_MODEL)."
                )
            from extractor.models.rules import Rules

            return Rules()
        if settings.api_key is None and settings.base_url is None and settings.replay is None:
            raise UsageError(
                f"model {settings.model} at the OpenAI API needs a key: set OPENAI_API_KEY, "
                "or name another address (--base-url), or use --model rules."
            )
        from extractor.models.llm import LanguageModel

        return LanguageModel(
            settings.model,
            api_key=settings.api_key.get_secret_value() if settings.api_key else None,
            base_url=settings.base_url,
            mode=settings.mode,
            timeout_s=settings.timeout_s,
            deadline_s=settings.deadline_s,
            attempts=settings.attempts,
            reasks=settings.reasks,
            parameters=settings.parameters,
            prices_path=settings.prices,
        )

    def _tape(self, document: Document) -> AbstractAsyncContextManager[None]:
        return self._cassettes.of(document, self.model.name) if self._cassettes else nullcontext()

    def _shape(self, claim: Claim) -> Shape:
        shape = self._answers.shapes[claim.field]
        return shape if claim.index is None or shape.item is None else shape.item

    def _settle(
        self, ground: Ground, facts: list[Grounded], warnings: list[str]
    ) -> tuple[Record, dict[str, tuple[Span, ...]], tuple[Unsupported, ...]]:
        """The record by the policy for unsupported values, its evidence, and what was unsupported."""
        policy = self.settings.unsupported
        kept: list[Claim] = []
        evidence: dict[str, tuple[Span, ...]] = {}
        unsupported: list[Unsupported] = []
        counts: Counter[str] = Counter()
        for fact in facts:
            claim = fact.claim
            at_top = claim.index is None
            # a field that may not be null can't leave the record
            bound = at_top and not self._answers.shapes[claim.field].nullable
            keep = fact.supported or policy == "keep" or bound
            pointer = Claim(claim.field, None if at_top else counts[claim.field], None, ()).pointer
            if not keep:
                pointer = pointer if at_top else f"/{claim.field}/-"
            doubts = [] if fact.supported else [Unsupported(pointer, claim.value, claim.at)]
            doubts += [
                Unsupported("/".join([pointer, *map(str, lost.path)]), lost.value, claim.at) for lost in fact.lost
            ]
            if doubts and policy == "fail":
                first = doubts[0]
                raise UnsupportedError(
                    f"{ground.document.source}: {first.pointer} is {first.value!r}, which the document doesn't state "
                    f"(segments cited: {list(first.at) or 'none'})."
                )
            unsupported += doubts
            if not keep:
                continue
            if bound and not fact.supported:
                warnings.append(f"{pointer} may not be null, so {claim.value!r} stays although unsupported")
            spans = fact.spans
            if doubts and (policy == "keep" or not fact.supported):
                spans += tuple(ground.whole(claim.at, Grade.UNSUPPORTED))
            evidence[pointer] = spans
            counts[claim.field] += 1
            kept.append(Claim(claim.field, claim.index, claim.value if policy == "keep" else fact.value, claim.at))
        try:
            record = self._answers.schema.model_validate(self._answers.assemble(kept), by_name=True)
        except ValidationError as error:
            fault = error.errors()[0]
            place = "".join(f"/{part}" for part in fault["loc"])
            raise UnsupportedError(
                f"{ground.document.source}: without its {len(unsupported)} unsupported values the record isn't valid: "
                f"{place or 'record'}: {fault['msg']}."
            ) from None
        return record, evidence, tuple(unsupported)  # type: ignore[return-value]  # made of this schema


def _check_recognisers(path: str, shapes: Mapping[str, Shape]) -> None:
    """Raises `SchemaError` where a field names a recogniser that isn't there."""
    for name, shape in shapes.items():
        leaf = shape.item if shape.kind == "list" and shape.item else shape
        if leaf.by is not None and leaf.by not in NAMES:
            known = ", ".join(sorted(NAMES))
            raise SchemaError(f"{path}.{name}: no recogniser is called {leaf.by!r}; there are {known}.")
        _check_recognisers(f"{path}.{name}", leaf.parts)


def _amend(first: list[Grounded], second: list[Grounded]) -> list[Grounded]:
    """The facts with those replaced that asking again has mended; what is mended but matches none comes last."""
    sound = {_key(fact) for fact in first if fact.supported and not fact.lost}
    # a fact that stood already mends none of the others
    answers = [fact for fact in second if fact.supported and _key(fact) not in sound]
    amended: list[Grounded | None] = [fact if fact.supported and not fact.lost else None for fact in first]

    def fill(fits: Callable[[Grounded, Grounded], bool]) -> None:
        for place, fact in enumerate(first):
            answer = next((a for a in answers if amended[place] is None and fits(fact, a)), None)
            if answer is not None:
                answers.remove(answer)
                amended[place] = answer

    fill(_alike)
    # an unsupported fact has no letters to be known by: the order was kept
    fill(lambda fact, answer: fact.claim.field == answer.claim.field and not fact.supported)
    return [now or before for now, before in zip(amended, first, strict=True)] + answers


def _alike(one: Grounded, other: Grounded) -> bool:
    """Whether two facts are about the same thing: a scalar of one field, or items that share a text."""
    if one.claim.field != other.claim.field:
        return False
    return one.claim.index is None or bool(_texts(one.claim.value) & _texts(other.claim.value))


def _texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        # enum values and codes are shared by unlike facts
        return {part.casefold() for part in value.values() if isinstance(part, str) and len(part) > 3}
    return {value.casefold()} if isinstance(value, str) else set()


def _once(facts: list[Grounded]) -> list[Grounded]:
    """The facts without repetitions: the first of equal items of one list stays."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for fact in facts:
        key = _key(fact)
        if fact.claim.index is None or key not in seen:
            kept.append(fact)
        seen.add(key)
    return kept


def _key(fact: Grounded) -> tuple[str, str]:
    return fact.claim.field, repr(fact.value).casefold()  # parts stand in the schema's order
