"""Every way a server can fail: one named error each, what can pass is tried again, all attempts are counted."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import time
from typing import Any

import pytest
from tenacity import wait_none

from extractor.documents import from_text
from extractor.errors import (
    BudgetReachedError,
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
from extractor.models import endless, transport
from extractor.models.base import Reply, Request
from extractor.models.limits import Budget, Pace
from extractor.models.llm import LanguageModel
from extractor.models.prices import prices
from extractor.prompts import Prompt
from extractor.records.citing import AnswerSchema
from extractor.records.posting import JobPosting
from tests.servers import steps
from tests.servers.scripted import ScriptedServer

SCHEMA = AnswerSchema(JobPosting)
PROMPT = Prompt.load("posting")
GOOD = json.dumps({"kind": {"value": "vacancy", "at": [0]}, "language": {"value": "en", "at": [0]}})
KEY = "sk-a-key-that-must-never-be-seen"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries again without the random wait."""
    monkeypatch.setattr(transport, "_BACKOFF", wait_none())


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
    monkeypatch.setattr(endless, "MAX_ANSWER_BYTES", 1_000_000)
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
        model = LanguageModel("gpt-5-mini", base_url=server.base_url, price=prices()["gpt-5-mini"])
        request = Request(from_text("A cook is wanted."), SCHEMA, PROMPT)
        usage = asyncio.run(model.answer(request)).usage
    assert (usage.requests, usage.input_tokens, usage.cached_tokens, usage.output_tokens) == (2, 2000, 800, 200)
    # gpt-5-mini: $0.25, cached $0.025, output $2 a million
    assert usage.cost_usd == pytest.approx((1200 * 0.25 + 800 * 0.025 + 200 * 2) / 1e6)


def test_a_model_without_a_price_has_no_cost() -> None:
    with ScriptedServer([steps.answer(GOOD)]) as server:
        assert ask(server).usage.cost_usd is None


PRICE = prices()["gpt-5-mini"]  # $0.25, cached $0.025, output $2 a million
BODY = b'{"model":"scripted","messages":[{"role":"user","content":"A cook is wanted."}]}'


def fetch(server: ScriptedServer, count: int, *, deadline_s: float = 10, **given: Any) -> list[Any]:
    """`count` requests that are made at once: the bytes of each, or its error."""
    given = {"timeout_s": 5, "attempts": 2, **given}

    async def run() -> list[Any]:
        sender = transport.Transport("scripted", api_key=KEY, base_url=server.base_url, **given)
        deadline = asyncio.get_running_loop().time() + deadline_s
        async with sender.connected():
            asked = [sender.fetch(BODY, deadline, transport.Tally(PRICE)) for _ in range(count)]
            return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(run())


def held(step: steps.Step, whole: asyncio.Event) -> steps.Step:
    """`step`, once `whole` is set by a script: it runs in the server's loop too."""

    async def play(exchange: steps.Exchange) -> Any:
        await whole.wait()
        return await step(exchange)

    return play


def read(raw: bytes) -> Any:
    """What the bytes of a stored answer say."""
    sender = transport.Transport("scripted", api_key=KEY, base_url=None, timeout_s=5, attempts=1)
    return sender.read(raw)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        (steps.refusal("I would rather not."), RefusedError),
        (steps.filtered(), FilteredError),
        (steps.cut_off("{"), CutOffError),
        (steps.empty_content(), EmptyAnswerError),
        (steps.empty_choices(), EmptyAnswerError),
    ],
)
def test_what_was_paid_for_is_fetched_and_then_refused(step: Any, error: type[ModelError]) -> None:
    with ScriptedServer([step]) as server:
        (raw,) = fetch(server, 1)
    assert json.loads(raw)["usage"]["prompt_tokens"] > 0
    with pytest.raises(error):
        read(raw)


def test_an_answer_is_the_bytes_that_were_sent() -> None:
    sent = {"choices": [{"message": {"content": "Sm\u00f6rg\u00e5s"}}], "of_its_own": 1.50}
    with ScriptedServer([steps.status(200, json.dumps(sent, indent=3))]) as server:
        assert fetch(server, 1) == [json.dumps(sent, indent=3).encode()]
    # no id, no model, no finish_reason: a server that leaves out what the SDK's models demand
    assert read(json.dumps(sent).encode()).choices[0].message.content == "Smörgås"


@pytest.mark.parametrize("code", ["429", 429, 500, "502", "overloaded", None, 42])
def test_a_passing_failure_under_status_200_is_tried_again(code: Any) -> None:
    inside = steps.status(200, {"choices": [], "error": {"message": "Upstream failed.", "code": code}})
    pace = Pace()
    with ScriptedServer([inside, steps.answer(GOOD)]) as server:
        assert read(fetch(server, 1, pace=pace)[0]).choices[0].message.content == GOOD
    assert pace.throttled_times == (str(code) == "429")


@pytest.mark.parametrize(
    ("code", "error"), [(401, KeyRejectedError), ("404", UnknownModelError), (400, RequestRejectedError)]
)
def test_a_lasting_failure_under_status_200_is_not(code: Any, error: type[ModelError]) -> None:
    said = {"error": {"message": "No.", "code": code}}
    with ScriptedServer([steps.status(200, said)]) as server:
        assert [type(end) for end in fetch(server, 1)] == [error]
        assert len(server.requests) == 1
    with pytest.raises(error):
        read(json.dumps(said).encode())


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("", ServerError),
        ("[]", ServerError),
        ("{}", ServerError),
        ('"choices"', ServerError),
        ('{"choices": null}', ServerError),
        ('{"choices": {"0": {}}}', ServerError),
        ('{"error": "overloaded"}', ServerError),
        ('{"choices": [null]}', EmptyAnswerError),
        ('{"choices": [{}]}', EmptyAnswerError),
        ('{"choices": [{"message": null}]}', EmptyAnswerError),
        ('{"choices": [{"message": "words"}]}', EmptyAnswerError),
        ('{"choices": [{"message": {"content": ""}}], "usage": {"prompt_tokens": null}}', EmptyAnswerError),
        ('{"choices": [{"message": {"content": null}}], "usage": {"prompt_tokens_details": 3}}', EmptyAnswerError),
        ('{"choices": [{"message": {"content": null}}], "usage": [12]}', EmptyAnswerError),
    ],
)
def test_answers_of_a_wrong_shape(said: str, error: type[ModelError]) -> None:
    with ScriptedServer([steps.status(200, said)]) as server:
        (end,) = fetch(server, 1, attempts=1)
    if error is ServerError:
        assert type(end) is ServerError
    else:
        assert end == said.encode()
    with pytest.raises(error):
        read(said.encode())


def test_no_more_requests_at_once_than_the_limit() -> None:
    with ScriptedServer([steps.latency(steps.answer(GOOD), 0.02)]) as server:
        ends = fetch(server, 60, pace=Pace(concurrency=12))
        assert (len(server.requests), server.peak_in_flight) == (60, 12)
    assert all(isinstance(end, bytes) for end in ends)


def test_hundreds_of_requests_at_once() -> None:
    whole = asyncio.Event()

    def script(_: dict[str, Any], n: int) -> steps.Step:
        if n == 255:
            whole.set()
        return held(steps.answer(GOOD), whole)

    with ScriptedServer(script) as server:
        ends = fetch(server, 256, pace=Pace(concurrency=1024))
        assert server.peak_in_flight == 256
    assert all(isinstance(end, bytes) for end in ends)


def test_the_limit_grows_with_the_answers() -> None:
    pace = Pace(concurrency=48)
    waves = [asyncio.Event() for _ in range(4)]

    def script(_: dict[str, Any], n: int) -> steps.Step:
        # nobody is answered before the wave is whole: 16, 32, then 48 at most
        wave = (n >= 16) + (n >= 48) + (n >= 96)
        if n in (15, 47, 95, 143):
            waves[wave].set()
        return held(steps.answer(GOOD), waves[wave])

    with ScriptedServer(script) as server:
        ends = fetch(server, 144, pace=pace)
        assert server.peak_in_flight == 48
    assert all(isinstance(end, bytes) for end in ends)
    assert (pace.limit, pace.throttled_times, pace.in_flight) == (48, 0, 0)


@pytest.mark.parametrize("code", [429, 503])
def test_a_throttle_halves_the_limit_once_for_those_sent_together(code: int) -> None:
    pace = Pace(concurrency=16)
    whole = asyncio.Event()

    def script(_: dict[str, Any], n: int) -> steps.Step:
        if n == 15:
            whole.set()
        return held(steps.status(code), whole) if n < 16 else steps.answer(GOOD)

    with ScriptedServer(script) as server:
        ends = fetch(server, 16, pace=pace)
        assert len(server.requests) == 32
    assert all(isinstance(end, bytes) for end in ends)
    # eight at once then, and one more for each round trip: for eight answers, and for eight more
    assert (pace.throttled_times, pace.limit) == (1, 9)


@pytest.mark.parametrize("code", [429, 502, 503])
def test_a_retry_after_pauses_everybody_once(code: int) -> None:
    pace = Pace(concurrency=4)
    busy = steps.status(code, headers={"Retry-After": "0.6"})
    with ScriptedServer([busy] * 4, default=steps.answer(GOOD)) as server:
        ends = fetch(server, 12, pace=pace, deadline_s=2)
        at_s = [request.monotonic_s for request in server.requests]
    assert all(isinstance(end, bytes) for end in ends)
    assert len(at_s) == 16
    assert 0.6 <= at_s[4] - at_s[0] < 4 * 0.6
    assert pace.throttled_times == 1


def test_a_wait_that_is_too_long_for_one_request_is_waited_for_by_the_others() -> None:
    busy = steps.status(503, headers={"Retry-After": "1"})
    with ScriptedServer([busy, steps.answer(GOOD)]) as server:
        told, other = fetch(server, 2, pace=Pace(concurrency=1), deadline_s=0.9)
        first, second = server.requests
    assert type(told) is ServerError
    assert isinstance(other, bytes)
    assert second.monotonic_s - first.monotonic_s >= 1.0


def test_waiting_for_a_turn_takes_nothing_from_the_deadline() -> None:
    answered = steps.latency(steps.answer(GOOD), 0.3)
    # the last one's turn comes after 1.2 s, and then it has to be tried again
    with ScriptedServer([answered] * 4 + [steps.status(500)], default=answered) as server:
        ends = fetch(server, 5, pace=Pace(concurrency=1), deadline_s=1)
    assert all(isinstance(end, bytes) for end in ends)


@pytest.mark.parametrize(
    ("given", "again"),
    [
        ("soon", True),
        ("nan", True),
        ("-5", True),
        ("", True),
        ("Wed, 21 Oct 2015 07:28:00 GMT", True),
        ("Wed, 21 Oct 99999999999999999999 07:28:00 GMT", True),
        ("inf", False),
        ("1e300", False),
        ("Fri, 31 Dec 9999 23:59:59 GMT", False),
    ],
)
def test_a_retry_after_that_is_none_or_never_comes(given: str, again: bool) -> None:
    busy = steps.status(429, headers={"Retry-After": given})
    with ScriptedServer([busy, steps.answer(GOOD)]) as server:
        (end,) = fetch(server, 1)
    assert isinstance(end, bytes) == again


def test_requests_arrive_no_faster_than_the_rate() -> None:
    with ScriptedServer([steps.answer(GOOD)]) as server:
        begun = time.monotonic()
        fetch(server, 45, pace=Pace(concurrency=200, rpm=1200))
        at_s = [request.monotonic_s - begun for request in server.requests]
    # 20 at once, and (1,200 - 19) / 60 = 19.7 a second from then on
    assert all(at >= (n + 1 - 20) / 19.7 for n, at in enumerate(at_s))


def test_a_budget_is_kept_by_requests_at_once() -> None:
    used = {"prompt_tokens": 900, "completion_tokens": 100}
    budget = Budget(PRICE, max_tokens=25_500)
    with ScriptedServer([steps.latency(steps.answer(GOOD, usage=used), 0.02)]) as server:
        ends = fetch(server, 60, pace=Pace(concurrency=8), budget=budget)
        paid = [end for end in ends if isinstance(end, bytes)]
        # each takes 1,000; the first eight leave before anything is learnt, and all the rest fits exactly
        assert len(server.requests) == len(paid) == 25
    assert {type(end) for end in ends} == {bytes, BudgetReachedError}
    assert budget.spent.requests == 25
    assert budget.spent.input_tokens + budget.spent.output_tokens == 25_000
    assert budget.spent.cost_usd == pytest.approx(25 * (900 * 0.25 + 100 * 2) / 1e6)


def test_failed_attempts_reserve_and_give_back() -> None:
    used = {"prompt_tokens": 900, "completion_tokens": 100}
    budget = Budget(None, max_tokens=4100)
    with ScriptedServer([steps.status(500), steps.reset()], default=steps.answer(GOOD, usage=used)) as server:
        ends = fetch(server, 1, budget=budget, attempts=5)
        assert len(server.requests) == 3
    assert isinstance(ends[0], bytes)
    assert (budget.spent.requests, budget.spent.input_tokens, budget.spent.output_tokens) == (3, 900, 100)


def test_retries_are_counted_and_logged_without_text_or_key(caplog: pytest.LogCaptureFixture) -> None:
    script = [steps.status(500, {"error": {"message": f"{KEY}: A cook is wanted."}}), steps.status(429)]
    tally = transport.Tally(None)

    async def run(url: str) -> None:
        sender = transport.Transport("scripted", api_key=KEY, base_url=url, timeout_s=5, attempts=3)
        async with sender.connected():
            await sender.fetch(BODY, asyncio.get_running_loop().time() + 10, tally)

    caplog.set_level(logging.INFO, logger="extractor")
    with ScriptedServer(script, default=steps.answer(GOOD)) as server:
        asyncio.run(run(server.base_url))
    assert (tally.retries, tally.usage.requests) == (2, 3)
    records = [vars(record) for record in caplog.records if record.name == "extractor"]
    assert [record["msg"] for record in records] == ["request.retried", "request.throttled", "request.retried"]
    assert [records[n]["error"] for n in (0, 2)] == ["ServerError", "RateLimitedError"]
    assert [records[n]["attempt"] for n in (0, 2)] == [1, 2]
    assert records[1]["limit"] == 8
    assert KEY not in str(records)
    assert "cook" not in str(records)


def test_what_waits_for_a_turn_is_not_sent_after_a_wrong_key() -> None:
    with ScriptedServer([steps.wrong_key()]) as server:
        outcomes = fetch(server, 20, pace=Pace(concurrency=1))
        assert {type(outcome) for outcome in outcomes} == {KeyRejectedError}
        assert len(server.requests) == 1


def test_a_request_leaves_no_garbage_to_be_looked_for() -> None:
    count = 20

    async def run(url: str) -> int:
        sender = transport.Transport("scripted", api_key=KEY, base_url=url, timeout_s=5, attempts=3)
        async with sender.connected():
            for _ in range(2):  # the first time much is made once and for all
                gc.collect()
                for _ in range(count):
                    await sender.fetch(BODY, asyncio.get_running_loop().time() + 10, transport.Tally(None))
                left = gc.collect()
        return left

    gc.disable()
    try:
        with ScriptedServer([], default=steps.answer(GOOD)) as server:
            assert asyncio.run(run(server.base_url)) < count
    finally:
        gc.enable()
