"""What a scripted server does with one request: every way to answer, and every way to fail."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import orjson
from aiohttp import web

from tests.servers.completions import Usage, completion, failure
from tests.servers.listening import reply

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

_PAGE = "<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>"
_CHUNK = b"a" * 65_536
_TICK_S = 0.005  # how often a drip looks at the clock and at its event
_LINGER_NONE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request under way: the `n`th, counted from 0. `leave(answered)` takes it out of those in flight.

    A step that sends its last byte, or resets, leaves before: whoever sees that finds the counts settled.
    """

    http: web.BaseRequest
    body: dict[str, Any]
    n: int
    leave: Callable[[bool], None]

    @property
    def identity(self) -> str:
        """The completion's id."""
        return f"chatcmpl-{self.n}"


Step: TypeAlias = Callable[[Exchange], Awaitable[web.StreamResponse]]


def answer(
    content: str | None,
    *,
    usage: Usage = "counted",
    finish_reason: str = "stop",
    tool: bool = True,
    refusal: str | None = None,
) -> Step:
    """A completion: see `completions.completion`. A request with tools gets a tool call, unless `tool` is False."""

    async def play(exchange: Exchange) -> web.Response:
        said = completion(
            exchange.body,
            exchange.identity,
            content,
            finish_reason=finish_reason,
            refusal=refusal,
            tool=tool,
            usage=usage,
        )
        return reply(said)

    return play


def cut_off(content: str) -> Step:
    """The answer reached the limit of output tokens."""
    return answer(content, finish_reason="length")


def refusal(text: str) -> Step:
    """The model declines."""
    return answer(None, refusal=text)


def filtered() -> Step:
    """The provider's content filter stopped the answer."""
    return answer("", finish_reason="content_filter")


def empty_content() -> Step:
    """A completion that says nothing."""
    return answer("")


def empty_choices() -> Step:
    """A completion without a choice."""

    async def play(exchange: Exchange) -> web.Response:
        return reply({**completion(exchange.body, exchange.identity, ""), "choices": []})

    return play


def status(code: int, body: Mapping[str, Any] | str | None = None, headers: Mapping[str, str] | None = None) -> Step:
    """An HTTP status; `body` is JSON, or plain text, or by default an error in the API's format."""
    if body is None:
        kind = "server_error" if code >= 500 else "requests" if code == 429 else "invalid_request_error"
        body = failure(f"Scripted status {code}.", kind, "rate_limit_exceeded" if code == 429 else None)

    async def play(_: Exchange) -> web.Response:
        if isinstance(body, str):
            return web.Response(text=body, status=code, headers=headers)
        return reply(body, code, headers)

    return play


def quota() -> Step:
    """The account has no credit left."""
    said = "You exceeded your current quota, please check your plan and billing details."
    return status(429, failure(said, "insufficient_quota", "insufficient_quota"))


def wrong_key() -> Step:
    """The key is rejected, and repeated in full as careless gateways do: callers must not print it."""

    async def play(exchange: Exchange) -> web.Response:
        key = exchange.http.headers.get("Authorization", "").removeprefix("Bearer ")
        said = f"Incorrect API key provided: {key}."
        return reply(failure(said, "invalid_request_error", "invalid_api_key"), 401)

    return play


def unknown_model() -> Step:
    """The server doesn't know the model."""

    async def play(exchange: Exchange) -> web.Response:
        said = f"The model `{exchange.body.get('model')}` does not exist or you do not have access to it."
        return reply(failure(said, "invalid_request_error", "model_not_found"), 404)

    return play


def error_inside_200(code: int | str = 502) -> Step:
    """A gateway's report of its upstream's failure, under status 200."""
    return status(200, {"error": {"message": "Upstream failed.", "code": code}})


def garbage(text: str = _PAGE) -> Step:
    """A web page under status 200."""

    async def play(_: Exchange) -> web.Response:
        return web.Response(text=text, content_type="text/html")

    return play


def wrong_content_type(content: str) -> Step:
    """A right completion that is labelled as plain text."""

    async def play(exchange: Exchange) -> web.Response:
        said = completion(exchange.body, exchange.identity, content)
        return web.Response(body=orjson.dumps(said), content_type="text/plain")

    return play


def truncated_json(content: str = "{}") -> Step:
    """Half a completion in a whole HTTP response."""

    async def play(exchange: Exchange) -> web.Response:
        whole = orjson.dumps(completion(exchange.body, exchange.identity, content))
        return web.Response(body=whole[: len(whole) // 2], content_type="application/json")

    return play


def latency(step: Step, seconds: float) -> Step:
    """`step`, after a while."""

    async def play(exchange: Exchange) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await step(exchange)

    return play


def hang() -> Step:
    """Not one byte, ever."""

    async def play(_: Exchange) -> NoReturn:
        await _cancellation()

    return play


def drip(content: str, seconds_per_byte: float, release: threading.Event | None = None) -> Step:
    """A completion byte by byte; what is left follows at once when `release` is set."""

    async def play(exchange: Exchange) -> web.StreamResponse:
        body = orjson.dumps(completion(exchange.body, exchange.identity, content))
        response = await _begun(exchange, len(body))
        clock = asyncio.get_running_loop().time
        begun, sent, last = clock(), 0, len(body) - 1
        while sent < last and not (release and release.is_set()):
            due = min(last, 1 + int((clock() - begun) / seconds_per_byte))
            await response.write(body[sent:due])
            sent = due
            await asyncio.sleep(_TICK_S)
        exchange.leave(True)
        await response.write(body[sent:])
        return response

    return play


def endless_stream() -> Step:
    """A completion whose content never ends, as fast as the client reads."""

    async def play(exchange: Exchange) -> NoReturn:
        response = await _begun(exchange, None)
        await response.write(b'{"object":"chat.completion","choices":[{"message":{"content":"')
        while True:
            await response.write(_CHUNK)
            await asyncio.sleep(0)  # a fast reader would starve every other connection

    return play


def reset(*, mid_headers: bool = False) -> Step:
    """The connection is reset (RST) before the first byte, or within the headers."""

    async def play(exchange: Exchange) -> NoReturn:
        if mid_headers:
            _transport(exchange).write(b"HTTP/1.1 200 OK\r\nContent-Type: applic")
        await _reset(exchange)

    return play


def reset_mid_body(content: str = "{}") -> Step:
    """The connection is reset (RST) halfway through a completion."""

    async def play(exchange: Exchange) -> NoReturn:
        body = orjson.dumps(completion(exchange.body, exchange.identity, content))
        response = await _begun(exchange, len(body))
        await response.write(body[: len(body) // 2])
        await _reset(exchange)

    return play


async def _begun(exchange: Exchange, length: int | None) -> web.StreamResponse:
    """A response whose headers are sent; without a length, its body is chunked."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    if length is None:
        response.enable_chunked_encoding()
    else:
        response.content_length = length
    await response.prepare(exchange.http)
    return response


async def _reset(exchange: Exchange) -> NoReturn:
    transport = _transport(exchange)
    exchange.leave(False)
    # closed with nothing to linger for, a socket sends RST: socket(7), SO_LINGER
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
    transport.abort()
    await _cancellation()


def _transport(exchange: Exchange) -> asyncio.WriteTransport:
    transport = exchange.http.transport
    assert isinstance(transport, asyncio.WriteTransport)
    return transport


async def _cancellation() -> NoReturn:
    """Waits to be cancelled, as a handler is when its connection is gone."""
    await asyncio.Future()
    raise AssertionError
