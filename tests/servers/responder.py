"""One fixed answer as fast as Python can send it, so that a benchmark measures its client and not the server."""

from __future__ import annotations

import asyncio
import re
import sys
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, Any

import orjson

from tests.servers.completions import completion, failure
from tests.servers.listening import BACKLOG, COMPLETIONS, UNPARSED, base_url, elsewhere, loopback, parsed

if TYPE_CHECKING:
    from collections.abc import Callable

    Respond = Callable[[str, str, bytes], tuple[dict[str, Any], int]]

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_UNMEASURED = failure("This server wants a Content-Length.", "invalid_request_error"), 411


class Responder(asyncio.Protocol):
    """One HTTP/1.1 keep-alive connection: `respond(method, path, body)` is sent after `latency_s`, in order."""

    def __init__(self, respond: Respond, latency_s: float) -> None:
        self._respond = respond
        self._latency_s = latency_s
        self._unread = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (end := self._unread.find(b"\r\n\r\n")) >= 0:
            if _CHUNKED.search(self._unread, 0, end):
                self._send(*_UNMEASURED)
                self._transport.close()
                return
            length = _LENGTH.search(self._unread, 0, end)
            start = end + 4
            whole = start + (int(length[1]) if length else 0)
            if len(self._unread) < whole:
                return
            method, path, _ = self._unread[: self._unread.index(b"\r\n")].decode("latin-1").split(" ", 2)
            body, code = self._respond(method, path, bytes(self._unread[start:whole]))
            del self._unread[:whole]
            if self._latency_s:
                asyncio.get_running_loop().call_later(self._latency_s, self._send, body, code)
            else:
                self._send(body, code)

    def _send(self, body: dict[str, Any], code: int) -> None:
        if self._transport.is_closing():
            return
        content = orjson.dumps(body)
        head = f"HTTP/1.1 {code} {HTTPStatus(code).phrase}\r\nContent-Type: application/json\r\n"
        self._transport.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)


async def answering(text: str, latency_s: float, port: int) -> None:
    """Answers every chat completion with `text` until cancelled; prints the base URL when it listens.

    Raises `OSError` where `port` is taken.
    """
    numbers = count()

    def respond(method: str, path: str, content: bytes) -> tuple[dict[str, Any], int]:
        if (method, path) != COMPLETIONS:
            return elsewhere(method, path)
        body = parsed(content)
        return UNPARSED if body is None else (completion(body, f"chatcmpl-{next(numbers)}", text), 200)

    listener = loopback(port)
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: Responder(respond, latency_s), sock=listener, backlog=BACKLOG)
    sys.stdout.write(f"{base_url(listener)}\n")
    sys.stdout.flush()
    await asyncio.Future()
