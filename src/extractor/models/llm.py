"""A language model behind any OpenAI-compatible API: instructor's requests and parsing over the SDK's transport.

instructor builds the request once per schema; it is kept as bytes, and each document is spliced in. That is what makes
a call cheap (building the schema anew at each call is most of instructor's cost), keeps the prefix the same to the byte
for the provider's cache, and keeps document text out of every template.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from extractor.documents.document import one_line
from extractor.errors import InvalidAnswerError, ModelError, UsageError
from extractor.models.base import Deferred, DeferredError, Kept, Reply, Request
from extractor.models.limits import Pace
from extractor.models.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager

    from openai.types.chat import ChatCompletion

    from extractor.models.base import Answers
    from extractor.models.limits import Budget
    from extractor.models.prices import Price
    from extractor.models.telemetry import Telemetry
    from extractor.models.transport import Transport
    from extractor.prompts import Prompt
    from extractor.records.citing import Answer, AnswerSchema, Claim

MODES = ("JSON_SCHEMA", "TOOLS", "JSON", "MD_JSON")
_SLOT = "\ue000document\ue000"  # private-use characters: no prompt holds them
_FAULTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A request body in two halves; between them goes a document's user message, escaped as in a JSON string."""

    head: bytes
    tail: bytes
    response_model: type[Answer]


class LanguageModel:
    """The model `name` at `base_url` (None: the OpenAI API).

    `timeout_s` bounds one attempt; `deadline_s` bounds a whole answer: its attempts, the waits between them and the
    re-asks. `reasks` is how often an answer that doesn't fit the schema is asked again. `parameters` go into each
    request's body (`temperature`, `reasoning_effort`, …). `answers` are asked for an answer before the server is, and
    keep what it answers. `pace` and `budget` hold for all requests; `telemetry` is told of each.

    Raises `UsageError` for an unknown mode.
    """

    repeats = False

    def __init__(
        self,
        name: str,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        mode: str = "JSON_SCHEMA",
        timeout_s: float = 120.0,
        deadline_s: float = 300.0,
        attempts: int = 6,
        reasks: int = 1,
        parameters: Mapping[str, Any] | None = None,
        price: Price | None = None,
        answers: Answers | None = None,
        pace: Pace | None = None,
        budget: Budget | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        if mode not in MODES:
            raise UsageError(f"mode {mode!r} is unknown: choose one of {', '.join(MODES)}.")
        self.name = name
        self.mode = mode
        self.pace = pace or Pace()
        self._connection: dict[str, Any] = {
            "api_key": api_key,
            "base_url": base_url,
            "timeout_s": timeout_s,
            "attempts": attempts,
            "pace": self.pace,
            "budget": budget,
            "max_output_tokens": _most_output(parameters or {}),
        }
        self._deadline_s = deadline_s
        self._reasks = reasks
        self._parameters = dict(parameters or {})
        self._price = price
        self._answers = answers
        self._telemetry = telemetry
        self._prepared = lru_cache(maxsize=64)(self._prepare)

    @property
    def fingerprint(self) -> str:
        """Of what goes into each request's body besides prompt, schema and document, and of the re-asks."""
        made = orjson.dumps([self.mode, self._parameters, self._reasks], option=orjson.OPT_SORT_KEYS)
        return sha256(made).hexdigest()[:16]

    @cached_property
    def _transport(self) -> Transport:
        from extractor.models.transport import Transport  # openai costs 0.8 s to import

        return Transport(self.name, **self._connection)

    def connected(self) -> AbstractAsyncContextManager[None]:
        """Holds connections open while the block runs."""
        return self._transport.connected()

    def size(self, request: Request) -> int:
        """Bytes of the body that asks this request."""
        prepared = self._prepared(request.prompt, request.schema)
        message = orjson.dumps(request.prompt.user(request.document))
        return len(prepared.head) + len(message) + len(prepared.tail)

    async def answer(self, request: Request) -> Reply:
        """The facts that the document states, as the model answers. Raises `ModelError` with the usage till then."""
        prompt, document = request.prompt, request.document
        prepared = self._prepared(prompt, request.schema)
        user = prompt.again(document, request.again) if request.again else prompt.user(document)
        message, faults = user, ""
        usage = paid = Usage()
        asking = _Asking(self._transport, self._deadline_s, self._price)
        try:
            async with self.connected():
                for _ in range(1 + self._reasks):
                    body = prepared.head + orjson.dumps(message)[1:-1] + prepared.tail
                    kept, stored = await self._kept(body, asking, request)
                    usage += kept.usage
                    paid += Usage() if stored else kept.usage
                    await self.pace.taken_up()
                    claims, faults = self._parse(prepared, request, self._transport.read(kept.body))
                    if not faults:
                        return Reply(tuple(claims), usage, paid)
                    # the errors, not the transcript: a transcript grows with every turn
                    message = prompt.invalid(user, faults)
            raise InvalidAnswerError(
                f"model {self.name}: its answer doesn't fit the schema, asked {1 + self._reasks} times: "
                f"{one_line(faults)[:300]}. Try another mode (--mode) or a stronger model."
            )
        except ModelError as error:
            # a new one: others who wanted the same answer have met this very error, and have their own bill
            failed = type(error)(str(error), usage + asking.failed)
            failed.paid = paid + asking.failed
            raise failed from error

    async def _kept(self, body: bytes, asking: _Asking, request: Request) -> tuple[Kept, bool]:
        """The answer to a request's body, and whether the store had it."""
        sent = Deferred.of(body)

        async def ask() -> Kept:
            if request.deferred:
                raise DeferredError(sent)
            answer = asking.ask(body)
            return await (self._telemetry.chat(body, answer) if self._telemetry else answer)

        if self._answers is None:
            return await ask(), False
        return await self._answers.once(sent.key, self.name, ask, anew=request.anew)

    def _parse(self, prepared: _Prepared, request: Request, completion: ChatCompletion) -> tuple[list[Claim], str]:
        """The claims of an answer, and its faults as lines for the model to mend."""
        try:
            answer = _handlers(self.mode).response_parser(
                response=completion,
                response_model=prepared.response_model,
                validation_context=None,
                strict=None,
                stream=False,
                is_async=True,
            )
        except ValidationError as error:
            return [], _lines([(fault["loc"], fault["msg"]) for fault in error.errors()])
        except ValueError as error:  # instructor found no JSON where the mode has it
            return [], f"- {one_line(str(error))[:200]}"
        claims = list(request.schema.claims(answer, request.document))
        return claims, _lines(request.schema.faults(claims))

    def _prepare(self, prompt: Prompt, schema: AnswerSchema) -> _Prepared:
        messages = [{"role": "system", "content": prompt.system(schema)}, {"role": "user", "content": _SLOT}]
        response_model, body = _handlers(self.mode).request_handler(
            schema.response_model, {"model": self.name, "messages": messages, **self._parameters}
        )
        # instructor marks no schema strict, gives tools a title, and prints a schema in messages over many lines
        if self.mode == "JSON_SCHEMA":
            body["response_format"]["json_schema"].update(schema=schema.json_schema, strict=True)
        elif self.mode == "TOOLS":
            function = body["tools"][0]["function"]
            function.update(description="The record.", parameters=schema.json_schema, strict=True)
        else:
            printed = json.dumps(schema.response_model.model_json_schema(), indent=2, ensure_ascii=False)
            small = json.dumps(schema.json_schema, separators=(",", ":"), ensure_ascii=False)
            system = body["messages"][0]
            system["content"] = system["content"].replace(printed, small)
        # split inside the message's JSON string: what a mode adds behind the user's words stays behind them
        head, tail = orjson.dumps(body).split(orjson.dumps(_SLOT)[1:-1])
        return _Prepared(head, tail, response_model)


class _Asking:
    """The requests for one answer, under one deadline that begins with the first: a store may spare it."""

    def __init__(self, transport: Transport, deadline_s: float, price: Price | None) -> None:
        self._transport = transport
        self._deadline_s = deadline_s
        self._price = price
        self._deadline: float | None = None
        self.failed = Usage()
        """What the last request took, if it failed."""

    async def ask(self, body: bytes) -> Kept:
        """The answer to a request's body, and what it took. Raises `ModelError`."""
        from extractor.models.transport import Tally

        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + self._deadline_s
        tally = Tally(self._price)
        try:
            return Kept(await self._transport.fetch(body, self._deadline, tally), tally.usage)
        except ModelError:
            self.failed = tally.usage
            raise
        finally:
            self._deadline += tally.waited_s


@cache
def _handlers(mode: str) -> Any:
    """instructor's `request_handler` and `response_parser` of a mode."""
    from instructor import Mode
    from instructor.v2.core.providers import Provider
    from instructor.v2.core.registry import mode_registry

    return mode_registry.get_handlers(Provider.OPENAI, Mode[mode])


def _most_output(parameters: Mapping[str, Any]) -> int | None:
    """How many tokens an answer may have, where the parameters say so."""
    given = parameters.get("max_completion_tokens", parameters.get("max_tokens"))
    return given if isinstance(given, int) else None


def _lines(faults: list[tuple[tuple[int | str, ...], str]]) -> str:
    lines = [f"- {'.'.join(map(str, place)) or 'the answer'}: {what}" for place, what in faults[:_FAULTS_SHOWN]]
    if len(faults) > _FAULTS_SHOWN:
        lines.append(f"- and {len(faults) - _FAULTS_SHOWN} more")
    return "\n".join(lines)
