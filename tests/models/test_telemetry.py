"""What a tracer and a meter are told of real requests to a real server."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from extractor.errors import CutOffError, EmptyAnswerError, ModelError, RefusedError, ServerError, UsageError
from extractor.extraction import Extractor
from extractor.runs.store import Store
from tests.servers import steps
from tests.servers.completions import used
from tests.servers.scripted import ScriptedServer

if TYPE_CHECKING:
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan

    from tests.servers.steps import Step

KEY = "sk-not-a-key"
TEXT = "We are looking for a harpsichord tuner."
GOOD = json.dumps({"kind": {"value": "vacancy", "at": [0]}, "language": {"value": "en", "at": [0]}})


class Told:
    """What has been told since the last look."""

    def __init__(self) -> None:
        self._spans = InMemorySpanExporter()
        self._metrics = InMemoryMetricReader({Histogram: AggregationTemporality.DELTA})
        tracers = TracerProvider()
        tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        trace.set_tracer_provider(tracers)
        metrics.set_meter_provider(MeterProvider([self._metrics]))

    def spans(self) -> list[ReadableSpan]:
        """In the order in which they ended."""
        told = list(self._spans.get_finished_spans())
        self._spans.clear()
        return told

    def points(self) -> dict[str, list[Any]]:
        """The data points by their metric."""
        told = self._metrics.get_metrics_data()
        if told is None:
            return {}
        scopes = [scope for resource in told.resource_metrics for scope in resource.scope_metrics]
        return {metric.name: list(metric.data.data_points) for scope in scopes for metric in scope.metrics}


@pytest.fixture(scope="module")
def _everything() -> Told:
    # providers can be set once in a process
    return Told()


@pytest.fixture
def told(_everything: Told) -> Told:
    _everything.spans()
    _everything.points()
    return _everything


def extractor(server: ScriptedServer, **settings: Any) -> Extractor[Any]:
    asked: dict[str, Any] = {"telemetry": "on", "api_key": KEY, "attempts": 2} | settings
    return Extractor(model="scripted", base_url=server.base_url, **asked)


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_request_is_a_client_span_within_its_document(told: Told) -> None:
    with ScriptedServer([steps.answer(GOOD, usage=used(120, 30, cached=64))]) as server:
        with extractor(server, parameters={"temperature": 0.5, "max_completion_tokens": 900, "seed": 7}) as one:
            one.extract(TEXT)
        port = int(server.base_url.split(":")[2].split("/")[0])
    *chats, document = told.spans()
    assert document.name == "extract JobPosting"
    assert document.kind is SpanKind.INTERNAL
    assert document.parent is None
    chat = chats[0]
    assert chat.name == "chat scripted"
    assert chat.kind is SpanKind.CLIENT
    assert chat.parent is not None
    assert document.context is not None
    assert chat.parent.span_id == document.context.span_id
    assert chat.status.status_code is StatusCode.UNSET
    assert attributes(chat) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "scripted",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 900,
        "gen_ai.request.seed": 7,
        "gen_ai.output.type": "json",
        "gen_ai.response.model": "scripted",
        "gen_ai.response.id": "chatcmpl-0",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.cache_read.input_tokens": 64,
        "gen_ai.usage.output_tokens": 30,
        "server.address": "127.0.0.1",
        "server.port": port,
        "extractor.attempts": 1,
    }


def test_a_re_ask_is_a_request_of_its_own_and_a_retry_is_not(told: Told) -> None:
    retried = [steps.status(500, headers={"Retry-After": "0"}), steps.answer("{}"), steps.answer(GOOD)]
    with ScriptedServer(retried) as server, extractor(server) as one:
        one.extract(TEXT)
        assert len(server.requests) >= 3
    first, second, *_, document = told.spans()
    assert [attributes(span)["extractor.attempts"] for span in (first, second)] == [2, 1]
    for span in (first, second):
        assert span.parent is not None
        assert document.context is not None
        assert span.parent.span_id == document.context.span_id


def test_metrics_sum_tokens_and_time_in_the_conventions_buckets(told: Told) -> None:
    with (
        ScriptedServer([steps.answer(GOOD, usage=used(100, 20))]) as server,
        extractor(server, unsupported="keep") as one,
    ):
        requests = sum(one.extract(text).usage.requests for text in (TEXT, TEXT + " Apply now."))
    points = told.points()
    tokens = {point.attributes["gen_ai.token.type"]: point for point in points["gen_ai.client.token.usage"]}
    assert {kind: point.sum for kind, point in tokens.items()} == {"input": requests * 100, "output": requests * 20}
    # 4 to the power of 0 … 13, and a hundredth of a second doubled 13 times
    assert tokens["input"].explicit_bounds[:6] == (1, 4, 16, 64, 256, 1024)
    assert tokens["input"].explicit_bounds[-1] == 67_108_864
    (seconds,) = points["gen_ai.client.operation.duration"]
    assert seconds.count == requests
    assert seconds.explicit_bounds[0] == 0.01
    assert seconds.explicit_bounds[-1] == 81.92
    assert len(seconds.explicit_bounds) == len(tokens["input"].explicit_bounds) == 14
    for point in (seconds, *tokens.values()):
        told_of = dict(point.attributes)
        assert told_of["gen_ai.operation.name"] == "chat"
        assert told_of["gen_ai.request.model"] == told_of["gen_ai.response.model"] == "scripted"
        assert "error.type" not in told_of


@pytest.mark.parametrize(
    ("step", "error", "asked"),
    [
        (steps.status(503, headers={"Retry-After": "0"}), ServerError, False),
        (steps.garbage(), ServerError, False),
        (steps.truncated_json(), ServerError, False),
        (steps.empty_choices(), EmptyAnswerError, True),
        (steps.refusal("No."), RefusedError, True),
        (steps.cut_off(GOOD), CutOffError, True),
        (steps.status(200, {"choices": ["odd", {"message": "odd"}]}), EmptyAnswerError, True),
    ],
)
@pytest.mark.parametrize("how", ["on", "content"])
def test_an_error_is_named_where_it_happened(
    told: Told, how: str, step: Step, error: type[ModelError], asked: bool
) -> None:
    with ScriptedServer([step]) as server, extractor(server, telemetry=how) as one, pytest.raises(error):
        one.extract(TEXT)
    chat, document = told.spans()
    assert attributes(document)["error.type"] == error.__name__
    assert document.status.status_code is StatusCode.ERROR
    # an answer that came is no failed request, though it is of no use
    assert (attributes(chat).get("error.type") is None) == asked
    assert not chat.events
    (seconds,) = told.points()["gen_ai.client.operation.duration"]
    assert seconds.attributes.get("error.type") == (None if asked else error.__name__)


@pytest.mark.parametrize("mode", ["JSON_SCHEMA", "TOOLS"])
def test_content_is_told_only_where_it_is_asked_for(told: Told, mode: str) -> None:
    with ScriptedServer([steps.answer(GOOD)]) as server:
        for how in ("on", "content"):
            with extractor(server, telemetry=how, mode=mode) as one:
                one.extract(TEXT)
            spans = told.spans()
            everything = "".join(str(span.to_json()) for span in spans) + str(told.points())
            assert KEY not in everything
            assert ("harpsichord" in everything) == (how == "content")
            assert ("vacancy" in everything) == (how == "content")
    said = attributes(spans[0])
    system, user = json.loads(said["gen_ai.input.messages"])
    assert (system["role"], user["role"]) == ("system", "user")
    assert TEXT in user["parts"][0]["content"]
    (message,) = json.loads(said["gen_ai.output.messages"])
    (part,) = message["parts"]
    assert message["role"] == "assistant"
    assert message["finish_reason"] == "stop"
    if mode == "TOOLS":
        assert part.pop("id").startswith("call-chatcmpl-")
        assert part == {"type": "tool_call", "name": "JobPosting", "arguments": GOOD}
    else:
        assert part == {"type": "text", "content": GOOD}


def test_what_the_store_has_is_no_request(told: Told, tmp_path: Path) -> None:
    seen = []
    with ScriptedServer([steps.answer(GOOD)]) as server:
        for _ in range(2):
            with extractor(server, store=Store(tmp_path / "store.db")) as one:
                list(one.extract_many([TEXT]))
            seen.append(told.spans())
        requests = len(server.requests)
    first, second = seen
    assert [span.name for span in first] == ["chat scripted"] * requests + ["extract JobPosting"]
    assert attributes(first[-1])["extractor.stored"] is False
    (document,) = second
    assert attributes(document)["extractor.stored"] is True


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(UsageError, match=r"posting-extractor\[telemetry\]"):
        Extractor(model="rules", telemetry="on")
    Extractor(model="rules")


def test_nothing_is_imported_unless_it_is_on() -> None:
    code = (
        "import sys, extractor\n"
        "def made(**how):\n"
        "    extractor.Extractor(model='x', base_url='http://localhost', **how)\n"
        "    return 'opentelemetry' in sys.modules\n"
        "assert not made()\n"
        "assert made(telemetry='on')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
