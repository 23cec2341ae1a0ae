from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import aiohttp
import openai
import pytest

from tests.servers import steps
from tests.servers.completions import used
from tests.servers.conftest import KEY
from tests.servers.scripted import ScriptedServer

Ask: TypeAlias = Callable[..., Any]

MESSAGES: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Où ?"}]
TOOLS: list[Any] = [{"type": "function", "function": {"name": "Record", "parameters": {"type": "object"}}}]


@pytest.fixture
def ask(client: openai.OpenAI) -> Ask:
    def ask(server: ScriptedServer, timeout: float = 5.0, **options: Any) -> Any:
        there = client.with_options(base_url=server.base_url, timeout=timeout)
        return there.chat.completions.create(**{"model": "m-1", "messages": MESSAGES, **options})

    return ask


def port_of(server: ScriptedServer) -> int:
    port = urlsplit(server.base_url).port
    assert port
    return port


def opened(server: ScriptedServer) -> socket.socket:
    """A connection on which a request has been sent, to see the bytes of the response as they come."""
    connection = socket.create_connection(("127.0.0.1", port_of(server)), timeout=5)
    connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    return connection


def received(connection: socket.socket) -> tuple[bytes, bool]:
    """All that comes, and whether a reset ended it."""
    content = b""
    try:
        while chunk := connection.recv(65536):
            content += chunk
    except ConnectionResetError:
        return content, True
    return content, False


def wait_for(server: ScriptedServer, in_flight: int) -> None:
    until = time.monotonic() + 5
    while server.in_flight != in_flight:
        assert time.monotonic() < until
        time.sleep(0.002)


def test_an_answer_is_a_chat_completion(ask: Ask) -> None:
    with ScriptedServer([steps.answer("Çà, là.")]) as server:
        completion = ask(server)
    choice = completion.choices[0]
    assert (choice.message.content, choice.message.refusal, choice.finish_reason) == ("Çà, là.", None, "stop")
    assert (completion.model, completion.object) == ("m-1", "chat.completion")
    # "Be brief." and "Où ?" have 9 + 4 characters, the answer 7
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (4, 2)
    assert completion.usage.total_tokens == 6


def test_the_schema_counts_as_input(ask: Ask) -> None:
    wanted = {"type": "json_object"}  # 22 characters, with the messages' 13: 35
    with ScriptedServer([steps.answer("")]) as server:
        assert ask(server, response_format=wanted).usage.prompt_tokens == 9


def test_usage_is_what_the_script_says_or_left_out(ask: Ask) -> None:
    script = [steps.answer("a", usage=used(100, 7, cached=60)), steps.answer("a", usage=None)]
    with ScriptedServer(script) as server:
        given = ask(server).usage
        assert (given.prompt_tokens, given.completion_tokens, given.total_tokens) == (100, 7, 107)
        assert given.prompt_tokens_details.cached_tokens == 60
        assert ask(server).usage is None


def test_a_request_with_tools_gets_a_tool_call(ask: Ask) -> None:
    with ScriptedServer([steps.answer('{"a":1}'), steps.answer("Hm.", tool=False)]) as server:
        message = ask(server, tools=TOOLS, tool_choice={"type": "function", "function": {"name": "Record"}}).choices[0]
        function = message.message.tool_calls[0].function
        assert (function.name, function.arguments, message.message.content) == ("Record", '{"a":1}', None)
        plain = ask(server, tools=TOOLS).choices[0].message
        assert (plain.content, plain.tool_calls) == ("Hm.", None)


def test_steps_are_consumed_in_order_and_the_last_repeats(ask: Ask) -> None:
    with ScriptedServer([steps.answer("a"), steps.answer("b")]) as server:
        assert [ask(server).choices[0].message.content for _ in range(4)] == ["a", "b", "b", "b"]
        assert server.answered == 4


def test_a_default_follows_the_script(ask: Ask) -> None:
    with ScriptedServer([steps.answer("a")], default=steps.answer("z")) as server:
        assert [ask(server).choices[0].message.content for _ in range(3)] == ["a", "z", "z"]


def test_a_function_chooses_by_the_request_and_its_number(ask: Ask) -> None:
    with ScriptedServer(lambda body, n: steps.answer(f"{body['messages'][1]['content']} {n}")) as server:
        assert [ask(server).choices[0].message.content for _ in range(2)] == ["Où ? 0", "Où ? 1"]


def test_requests_are_recorded_as_they_came(ask: Ask) -> None:
    before = time.monotonic()
    with ScriptedServer([steps.answer("a")]) as server:
        ask(server, temperature=0.5)
        ask(server)
    first, second = server.requests
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert json.loads(first.body) == first.json
    assert (first.json["temperature"], first.json["messages"]) == (0.5, MESSAGES)
    assert before <= first.monotonic_s <= second.monotonic_s <= time.monotonic()


def test_a_body_of_many_megabytes_arrives_whole(ask: Ask) -> None:
    long = "ä" * 3_000_000
    with ScriptedServer([steps.answer("a")]) as server:
        ask(server, messages=[{"role": "user", "content": long}])
    assert server.requests[0].json["messages"][0]["content"] == long


@pytest.mark.parametrize(
    ("step", "error", "code"),
    [
        (steps.quota(), openai.RateLimitError, "insufficient_quota"),
        (steps.wrong_key(), openai.AuthenticationError, "invalid_api_key"),
        (steps.unknown_model(), openai.NotFoundError, "model_not_found"),
        (steps.status(400), openai.BadRequestError, None),
        (steps.status(429), openai.RateLimitError, "rate_limit_exceeded"),
        (steps.status(503), openai.InternalServerError, None),
        (steps.status(422, {"error": {"code": "odd"}}), openai.UnprocessableEntityError, "odd"),
    ],
)
def test_an_error_has_its_status_and_the_format_of_the_api(
    ask: Ask, step: steps.Step, error: type[openai.APIStatusError], code: str | None
) -> None:
    with ScriptedServer([step]) as server, pytest.raises(error) as raised:
        ask(server)
    assert raised.value.code == code
    assert server.answered == 1


def test_a_status_carries_its_headers_and_text(ask: Ask) -> None:
    step = steps.status(429, "Slow down.", {"Retry-After": "3"})
    with ScriptedServer([step]) as server, pytest.raises(openai.RateLimitError) as raised:
        ask(server)
    assert raised.value.response.headers["retry-after"] == "3"
    assert raised.value.response.text == "Slow down."


def test_a_rejected_key_is_repeated_in_the_error(ask: Ask) -> None:
    with ScriptedServer([steps.wrong_key()]) as server, pytest.raises(openai.AuthenticationError, match=KEY):
        ask(server)


def test_a_hang_sends_nothing_and_ends_with_its_client(ask: Ask) -> None:
    with ScriptedServer([steps.hang()]) as server:
        with pytest.raises(openai.APITimeoutError):
            ask(server, timeout=0.25)
        wait_for(server, 0)
        assert (server.answered, server.peak_in_flight) == (0, 1)


def test_a_drip_is_slow_until_its_event_releases_it() -> None:
    release = threading.Event()
    with ScriptedServer([steps.drip("so", 60.0, release)]) as server, opened(server) as connection:
        content = b""
        while not content.endswith(b"\r\n\r\n{"):
            content += connection.recv(65536)
        connection.settimeout(0.05)
        with pytest.raises(TimeoutError):
            connection.recv(65536)
        assert (server.in_flight, server.answered) == (1, 0)
        connection.settimeout(5)
        release.set()
        while not content.endswith(b"}}}"):
            content += connection.recv(65536)
        assert (server.in_flight, server.answered) == (0, 1)
    assert json.loads(content.partition(b"\r\n\r\n")[2])["choices"][0]["message"]["content"] == "so"


def test_a_drip_comes_to_its_end(ask: Ask) -> None:
    with ScriptedServer([steps.drip("so", 0.0001)]) as server:
        begun = time.monotonic()
        assert ask(server).choices[0].message.content == "so"
    # the completion has more than 250 bytes, all but the last of them on time
    assert time.monotonic() - begun > 0.025


def test_latency_comes_before_the_step(ask: Ask) -> None:
    with ScriptedServer([steps.latency(steps.answer("a"), 0.1)]) as server:
        begun = time.monotonic()
        ask(server)
        assert time.monotonic() - begun >= 0.1


@pytest.mark.parametrize(
    ("step", "start", "whole_head"),
    [
        (steps.reset(), b"", False),
        (steps.reset(mid_headers=True), b"HTTP/1.1 200", False),
        (steps.reset_mid_body(), b"HTTP/1.1 200", True),
    ],
)
def test_a_reset_is_a_reset(step: steps.Step, start: bytes, whole_head: bool) -> None:
    with ScriptedServer([step]) as server:
        with opened(server) as connection:
            content, was_reset = received(connection)
        assert (server.in_flight, server.answered) == (0, 0)
    head, end, body = content.partition(b"\r\n\r\n")
    assert was_reset
    assert content.startswith(start)
    assert bool(content) == bool(start)
    assert (bool(end), bool(body)) == (whole_head, whole_head)
    if whole_head:
        lengths = [int(line.split(b":")[1]) for line in head.splitlines() if line.lower().startswith(b"content-length")]
        assert len(body) < lengths[0]


@pytest.mark.parametrize("step", [steps.reset(), steps.reset(mid_headers=True), steps.reset_mid_body()])
def test_the_sdk_sees_a_lost_connection(ask: Ask, step: steps.Step) -> None:
    with ScriptedServer([step]) as server, pytest.raises((openai.APIConnectionError, openai.APIError)):
        ask(server)


def test_what_is_no_completion_has_status_200() -> None:
    script = [steps.truncated_json(), steps.garbage(), steps.wrong_content_type("a"), steps.error_inside_200()]

    async def get(server: ScriptedServer) -> list[tuple[int, str, str]]:
        async with aiohttp.ClientSession() as session:
            seen = []
            for _ in script:
                async with session.post(f"{server.base_url}/chat/completions", json={"model": "m"}) as response:
                    seen.append((response.status, response.content_type, await response.text()))
            return seen

    with ScriptedServer(script) as server:
        truncated, page, labelled, inside = asyncio.run(get(server))
    assert truncated[:2] == (200, "application/json")
    assert truncated[2].startswith("{")
    with pytest.raises(json.JSONDecodeError):
        json.loads(truncated[2])
    assert page[:2] == (200, "text/html")
    assert "<html>" in page[2]
    assert labelled[:2] == (200, "text/plain")
    assert json.loads(labelled[2])["choices"][0]["message"]["content"] == "a"
    assert inside[:2] == (200, "application/json")
    assert json.loads(inside[2])["error"]["code"] == 502


def test_completions_that_are_no_answer(ask: Ask) -> None:
    script = [
        steps.cut_off('{"a'),
        steps.refusal("No."),
        steps.filtered(),
        steps.empty_content(),
        steps.empty_choices(),
    ]
    with ScriptedServer(script) as server:
        cut, refused, filtered, silent = (ask(server).choices[0] for _ in range(4))
        assert ask(server).choices == []
    assert (cut.finish_reason, cut.message.content) == ("length", '{"a')
    assert (refused.message.refusal, refused.message.content) == ("No.", None)
    assert filtered.finish_reason == "content_filter"
    assert (silent.finish_reason, silent.message.content) == ("stop", "")


def test_an_endless_stream_goes_on_and_leaves_others_their_turn(ask: Ask) -> None:
    with ScriptedServer([steps.endless_stream()], default=steps.answer("a")) as server, opened(server) as connection:
        size = 0
        while size < 5_000_000:
            chunk = connection.recv(1_000_000)
            assert chunk
            size += len(chunk)
        assert ask(server).choices[0].message.content == "a"
        assert server.in_flight == 1


@pytest.mark.parametrize(
    "step", [steps.hang(), steps.drip("a", 60.0), steps.endless_stream(), steps.latency(steps.hang(), 60.0)]
)
def test_closing_never_waits_for_a_connection(step: steps.Step) -> None:
    with ScriptedServer([step]) as server:
        connections = [opened(server) for _ in range(5)]
        wait_for(server, 5)
        begun = time.monotonic()
    assert time.monotonic() - begun < 2
    assert server.in_flight == 0
    for connection in connections:
        connection.close()


def test_closing_forgets_idle_connections_and_frees_the_port(ask: Ask) -> None:
    with ScriptedServer([steps.answer("a")]) as server:
        connection = opened(server)
        assert connection.recv(65536)
        port = port_of(server)
    assert received(connection)[0] == b""
    connection.close()
    with ScriptedServer([steps.answer("b")], port=port) as server:
        assert ask(server).choices[0].message.content == "b"


def test_a_client_that_vanishes_harms_nobody(ask: Ask) -> None:
    with ScriptedServer([steps.endless_stream()], default=steps.answer("a")) as server:
        connection = opened(server)
        assert connection.recv(65536)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        wait_for(server, 0)
        assert ask(server).choices[0].message.content == "a"


async def _many(server: ScriptedServer, count: int, release: threading.Event) -> int:
    async with openai.AsyncOpenAI(api_key=KEY, base_url=server.base_url, max_retries=0) as client:
        calls = [
            asyncio.create_task(client.chat.completions.create(model="m-1", messages=MESSAGES)) for _ in range(count)
        ]
        await asyncio.to_thread(wait_for, server, count)
        release.set()
        return len(await asyncio.gather(*calls))


def test_counts_of_requests_at_once_and_the_async_door() -> None:
    release = threading.Event()

    async def run() -> ScriptedServer:
        async with ScriptedServer([steps.drip("a", 60.0, release)]) as server, asyncio.timeout(5):
            assert await _many(server, 20, release) == 20
        return server

    server = asyncio.run(run())
    assert (server.peak_in_flight, server.in_flight, server.answered, len(server.requests)) == (20, 0, 20, 20)


def test_other_addresses_and_bodies(client: openai.OpenAI) -> None:
    with ScriptedServer([steps.answer("a")]) as server:
        there = client.with_options(base_url=server.base_url)
        assert [model.object for model in there.models.list()] == ["model"]
        with pytest.raises(openai.BadRequestError, match="parse the JSON"):
            there.post("/chat/completions", content=b"{", cast_to=object)
        with pytest.raises(openai.NotFoundError, match="Invalid URL"):
            client.with_options(base_url=server.base_url[:-3]).chat.completions.create(model="m-1", messages=MESSAGES)
        assert [(request.body, request.json) for request in server.requests] == [(b"{", None)]
