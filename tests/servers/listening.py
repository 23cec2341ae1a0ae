"""HTTP on loopback for the API's two addresses, closed at once whatever its connections are doing."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from tests.servers.completions import failure, models

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

COMPLETIONS = ("POST", "/v1/chat/completions")
BACKLOG = 1024  # connections that a benchmark opens at once
UNPARSED = failure("We could not parse the JSON body of your request.", "invalid_request_error"), 400


def loopback(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1; port 0 takes a free one. Raises `OSError` where it's taken."""
    return socket.create_server(("127.0.0.1", port), backlog=BACKLOG)


def base_url(listener: socket.socket) -> str:
    """The address as a client's `base_url` wants it."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def reply(body: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """`body` as JSON."""
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json", headers=headers)


def parsed(content: bytes) -> dict[str, Any] | None:
    """A request's JSON object; None where it is none."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def elsewhere(method: str, path: str) -> tuple[dict[str, Any], int]:
    """What stands at the other addresses: the list of models, or nothing."""
    if (method, path) == ("GET", "/v1/models"):
        return models("tests"), 200
    return failure(f"Invalid URL ({method} {path})", "invalid_request_error"), 404


@asynccontextmanager
async def listening(listener: socket.socket, complete: Handler) -> AsyncIterator[None]:
    """Serves while the block runs; `complete` answers `POST /v1/chat/completions` and is cancelled with its client."""

    async def handle(http: web.BaseRequest) -> web.StreamResponse:
        if (http.method, http.path) == COMPLETIONS:
            return await complete(http)
        return reply(*elsewhere(http.method, http.path))

    server = web.Server(handle, handler_cancellation=True, access_log=None)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.SockSite(runner, listener, backlog=BACKLOG).start()
        yield
    finally:
        for connection in server.connections:
            # a polite close waits for a client that may never read
            if connection.transport is not None:
                connection.transport.abort()
        await runner.cleanup()
