"""Every way a server can fail: one named error each, what can pass is tried again, all attempts are counted."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from extractor.documents import from_text
from extractor.errors import (
    CutOffError,
    DeadlineError,
    EmptyAnswerError,
    FilteredError,
    KeyRejectedError,
    ModelError,
    QuotaError,
    RateLimitedError,
    RefusedError,
    RequestRejectedError,
    ServerError,
    UnknownModelError,
    UnreachableError,
)
from extractor.models import transport
from extractor.models.base import Reply, Request
from extractor.models.llm import LanguageModel
from extractor.prompts import Prompt
from extractor.records.citing import AnswerSchema
from extractor.records.posting import JobPosting
from tests.servers import steps
from tests.servers.scripted import ScriptedServer

SCHEMA = AnswerSchema(JobPosting)
PROMPT = Prompt.load("posting")
GOOD = json.dumps({"kind": {"value": "vacancy", "at": [0]}, "language": {"value": "en", "at": [0]}})
KEY = "sk-a-key-that-must-never-be-seen"


def ask(server: ScriptedServer | str, **settings: Any) -> Reply:
    """One request to the server."""
    url = server if isinstance(server, str) else server.base_url
    settings = {"timeout_s": 5, "deadline_s": 10, "attempts": 2, **settings}
    model = LanguageModel("scripted", api_key=KEY, base_url=url, **settings)
    return asyncio.run(model.answer(Request(from_text("A cook is wanted."), SCHEMA, PROMPT)))


@pytest.mark.parametrize(
    ("step", "error", "says"),
    [
        (steps.wrong_key(), KeyRejectedError, "OPENAI_API_KEY"),
        (steps.status(403, {"error": {"message": "not yours"}}), KeyRejectedError, "not yours"),
        (steps.unknown_model(), UnknownModelError, "--model"),
        (steps.quota(), QuotaError, "credit"),
        (steps.status(400, {"error": {"message": "too long"}}), RequestRejectedError, "too long"),
        (steps.status(422, {"error": {"message": "no schema"}}), RequestRejectedError, "--mode"),
        (steps.refusal("I would rather not."), RefusedError, "rather not"),
        (steps.filtered(), FilteredError, "filter"),
        (steps.cut_off('{"kind": '), CutOffError, "cut off"),
        (steps.empty_choices(), EmptyAnswerError, "without content"),
        (steps.empty_content(), EmptyAnswerError, "without content"),
    ],
)
def test_what_will_not_pass_fails_at_once_with_its_remedy(step: Any, error: type[ModelError], says: str) -> None:
    with ScriptedServer([step]) as server:
        with pytest.raises(error, match=says) as caught:
            ask(server, attempts=5)
        assert len(server.requests) == 1
    assert "\n" not in str(caught.value)
    assert caught.value.usage is not None
    assert caught.value.usage.requests == 1


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (steps.status(429, {"error": {"message": "slow down"}}), RateLimitedError),
        (steps.status(500, {"error": {"message": "oops"}}), ServerError),
        (steps.status(503, {"error": {"message": "busy"}}), ServerError),
        (steps.reset(), UnreachableError),
        (steps.reset_mid_body(), UnreachableError),
        (steps.truncated_json(), ServerError),
        (steps.garbage(), ServerError),
        (steps.error_inside_200(), ServerError),
    ],
)
def test_what_may_pass_is_tried_again_and_then_named(step: Any, error: type[ModelError]) -> None:
    with ScriptedServer([step, steps.answer(GOOD)]) as server:
        reply = ask(server)
        assert len(server.requests) == 2
    assert reply.usage.requests == 2
    assert {claim.pointer for claim in reply.claims} == {"/kind", "/language"}
    with ScriptedServer([step]) as server:
        with pytest.raises(error, match="Tried 2 times") as caught:
            ask(server)
        assert len(server.requests) == 2
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("step", [steps.hang(), steps.drip(GOOD, seconds_per_byte=0.2)])
def test_a_server_that_never_ends_is_left_at_the_deadline(step: Any) -> None:
    start = time.monotonic()
    with ScriptedServer([step]) as server, pytest.raises(DeadlineError, match="allow more time"):
        ask(server, timeout_s=0.3, deadline_s=0.5)
    assert time.monotonic() - start < 5


def test_an_endless_answer_is_cut_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER_BYTES", 1_000_000)
    with ScriptedServer([steps.endless_stream()]) as server, pytest.raises(ServerError, match="more than 1 MB"):
        ask(server, attempts=1)


def test_retry_after_is_honoured() -> None:
    busy = steps.status(429, {"error": {"message": "slow down"}}, headers={"Retry-After": "1"})
    with ScriptedServer([busy, steps.answer(GOOD)]) as server:
        ask(server)
        first, second = server.requests
    assert second.monotonic_s - first.monotonic_s >= 1.0


def test_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    busy = steps.status(503, {"error": {"message": "back at noon"}}, headers={"Retry-After": "3600"})
    start = time.monotonic()
    with ScriptedServer([busy]) as server, pytest.raises(ServerError, match="back at noon"):
        ask(server)
    assert time.monotonic() - start < 5


def test_nobody_there_is_said_with_the_address() -> None:
    with ScriptedServer([]) as server:
        gone = server.base_url
    with pytest.raises(UnreachableError, match="--base-url") as caught:
        ask(gone, attempts=1)
    assert gone in str(caught.value)


@pytest.mark.parametrize("echo", [f"Incorrect API key provided: {KEY}", f"<html>{KEY}</html>"])
def test_the_key_is_never_repeated(echo: str) -> None:
    for status in (400, 401, 429, 500):
        with ScriptedServer([steps.status(status, {"error": {"message": echo}})]) as server:
            with pytest.raises(ModelError) as caught:
                ask(server, attempts=1)
            assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
        seen = f"{caught.value!r} {caught.value}"
        assert KEY not in seen


def test_tokens_and_money_of_failed_attempts_are_counted() -> None:
    used = {"prompt_tokens": 1000, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": 400}}
    with ScriptedServer([steps.answer('{"kind": 3}', usage=used), steps.answer(GOOD, usage=used)]) as server:
        model = LanguageModel("gpt-5-mini", base_url=server.base_url)
        request = Request(from_text("A cook is wanted."), SCHEMA, PROMPT)
        usage = asyncio.run(model.answer(request)).usage
    assert (usage.requests, usage.input_tokens, usage.cached_tokens, usage.output_tokens) == (2, 2000, 800, 200)
    # gpt-5-mini: $0.25, cached $0.025, output $2 a million
    assert usage.cost_usd == pytest.approx((1200 * 0.25 + 800 * 0.025 + 200 * 2) / 1e6)


def test_a_model_without_a_price_has_no_cost() -> None:
    with ScriptedServer([steps.answer(GOOD)]) as server:
        assert ask(server).usage.cost_usd is None
