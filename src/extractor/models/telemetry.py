"""OpenTelemetry: a span for each document and each request in it, and what requests took as metrics.

Names by the semantic conventions for generative AI as last released (github.com/open-telemetry/semantic-conventions,
v1.41.1, docs/gen-ai). What they don't know is called `extractor.…`.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib import metadata
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import orjson

from extractor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

    from opentelemetry.trace import Span

    from extractor.models.base import Kept

_TOKEN_BUCKETS = [4**power for power in range(14)]
_SECOND_BUCKETS = [0.01 * 2**power for power in range(14)]
# fields of a request's body: the rest of their attributes' names
_PARAMETERS = {
    "frequency_penalty": "frequency_penalty",
    "max_completion_tokens": "max_tokens",
    "max_tokens": "max_tokens",
    "presence_penalty": "presence_penalty",
    "seed": "seed",
    "temperature": "temperature",
    "top_p": "top_p",
}


class Ended(Protocol):
    """Says what became of a document."""

    def __call__(self, document: str, *, stored: bool, error: Exception | None = None) -> None:
        """`document` is its id; `stored` says that an earlier run had left the outcome."""


class Telemetry:
    """Tells the tracer and the meter that the program has set up about requests to `base_url` (None: the OpenAI API).

    No text is told, unless by `content`: then all that is asked and answered. Raises `UsageError` where the package
    isn't there.
    """

    def __init__(self, base_url: str | None, *, content: bool = False) -> None:
        try:
            from opentelemetry import metrics, trace
        except ImportError:
            raise UsageError(
                "telemetry needs the package opentelemetry-api: pip install 'posting-extractor[telemetry]'."
            ) from None
        self._trace = trace
        self._content = content
        address = urlsplit(base_url or "https://api.openai.com")
        self._about: dict[str, str | int] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",  # by the conventions the API's flavour, whoever serves it
            "server.address": address.hostname or "",
            "server.port": address.port or (80 if address.scheme == "http" else 443),
        }
        version = metadata.version("posting-extractor")
        self._tracer = trace.get_tracer("extractor", version)
        meter = metrics.get_meter("extractor", version)
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            unit="{token}",
            description="Number of input and output tokens used.",
            explicit_bucket_boundaries_advisory=_TOKEN_BUCKETS,
        )
        self._seconds = meter.create_histogram(
            "gen_ai.client.operation.duration",
            unit="s",
            description="GenAI operation duration.",
            explicit_bucket_boundaries_advisory=_SECOND_BUCKETS,
        )

    @contextmanager
    def document(self, schema: str) -> Iterator[Ended]:
        """A span around one document, the parent of its requests' spans."""

        def ended(document: str, *, stored: bool, error: Exception | None = None) -> None:
            span.set_attributes({"extractor.document.id": document, "extractor.stored": stored})
            if error is not None:
                self._failed(span, error)

        with self._span(f"extract {schema}", self._trace.SpanKind.INTERNAL, {"extractor.schema": schema}) as span:
            yield ended

    async def chat(self, body: bytes, answer: Awaitable[Kept]) -> Kept:
        """What `answer` gives or raises, in a span around all its attempts; `body` is what it asks."""
        asked = orjson.loads(body)
        about = self._about | {"gen_ai.request.model": asked["model"]}
        begun = perf_counter()
        with self._span(f"chat {asked['model']}", self._trace.SpanKind.CLIENT, about) as span:
            if span.is_recording():
                span.set_attributes(self._request(asked))
            try:
                kept = await answer
            except BaseException as error:
                about["error.type"] = type(error).__name__
                raise
            else:
                said = orjson.loads(kept.body)
                if isinstance(said.get("model"), str):
                    about["gen_ai.response.model"] = said["model"]
                used = {"input": kept.usage.input_tokens, "output": kept.usage.output_tokens}
                if any(used.values()):  # a server that doesn't count says none
                    for kind, tokens in used.items():
                        self._tokens.record(tokens, about | {"gen_ai.token.type": kind})
                if span.is_recording():
                    span.set_attributes(self._response(said, kept))
                return kept
            finally:
                self._seconds.record(perf_counter() - begun, about)

    @contextmanager
    def _span(self, name: str, kind: Any, attributes: dict[str, Any]) -> Iterator[Span]:
        """A span that ends with the block. What the block raises is named; its message might quote a posting."""
        with self._tracer.start_as_current_span(
            name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                self._failed(span, error)
                raise

    def _failed(self, span: Span, error: BaseException) -> None:
        span.set_attribute("error.type", type(error).__name__)
        span.set_status(self._trace.StatusCode.ERROR)

    def _request(self, asked: dict[str, Any]) -> dict[str, Any]:
        said = {f"gen_ai.request.{name}": asked[field] for field, name in _PARAMETERS.items() if field in asked}
        if "response_format" in asked:
            said["gen_ai.output.type"] = "json"
        if self._content:
            messages = [
                {"role": message["role"], "parts": [{"type": "text", "content": message["content"]}]}
                for message in asked["messages"]
            ]
            said["gen_ai.input.messages"] = orjson.dumps(messages).decode()
        return said

    def _response(self, said: dict[str, Any], kept: Kept) -> dict[str, Any]:
        choices = [choice for choice in said["choices"] if isinstance(choice, dict)]
        told: dict[str, Any] = {
            "gen_ai.response.finish_reasons": [str(choice.get("finish_reason")) for choice in choices],
            "gen_ai.usage.input_tokens": kept.usage.input_tokens,
            "gen_ai.usage.cache_read.input_tokens": kept.usage.cached_tokens,
            "gen_ai.usage.output_tokens": kept.usage.output_tokens,
            "extractor.attempts": kept.usage.requests,
        }
        for field in ("id", "model"):
            if isinstance(said.get(field), str):
                told[f"gen_ai.response.{field}"] = said[field]
        if self._content:
            told["gen_ai.output.messages"] = orjson.dumps([_message(choice) for choice in choices]).decode()
        return told


def _message(choice: dict[str, Any]) -> dict[str, Any]:
    """A choice as the conventions' gen-ai-output-messages.json has it, whatever a server makes of its message."""
    message = _part(choice.get("message"))
    parts = [{"type": "text", "content": message["content"]}] if message.get("content") else []
    calls = message.get("tool_calls")
    for call in map(_part, calls if isinstance(calls, list) else ()):
        function = _part(call.get("function"))
        named = {"id": call.get("id"), "name": function.get("name")}
        parts.append({"type": "tool_call", **named, "arguments": function.get("arguments")})
    return {"role": "assistant", "parts": parts, "finish_reason": str(choice.get("finish_reason"))}


def _part(said: object) -> dict[str, Any]:
    return said if isinstance(said, dict) else {}
