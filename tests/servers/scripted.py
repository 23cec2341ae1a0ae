"""An OpenAI-compatible server that answers by a script: `python -m tests.servers.scripted --answer FILE`."""

from __future__ import annotations

import argparse
import asyncio
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.servers.listening import UNPARSED, base_url, listening, loopback, parsed, reply
from tests.servers.responder import answering
from tests.servers.steps import Exchange, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aiohttp import web

    Script = Sequence[Step] | Callable[[dict[str, Any], int], Step]


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came. `headers` are looked up case-blind; `json` is None where the body is no JSON object.

    `monotonic_s` is when it was read whole, by `time.monotonic`.
    """

    headers: Mapping[str, str]
    body: bytes
    json: Any
    monotonic_s: float


class ScriptedServer:
    """Answers `POST /v1/chat/completions` by `script` while a `with` or `async with` block runs.

    It has a thread and an event loop of its own: the block may wait, or block, as it likes.

    `script` is a list, one step a request, after which `default` follows (None: the last step again and again), or a
    function of the request's body and its number, counted from 0. `requests[n]` is what the step of number n saw.
    `answered` counts responses sent whole, errors included; a client that left, or was reset, isn't in flight any more.
    Raises `OSError` where `port` is taken.
    """

    def __init__(self, script: Script, *, default: Step | None = None, port: int = 0) -> None:
        self._script = script
        self._default = default
        self._port = port
        self._arrived = 0
        self.requests: list[Received] = []
        self.answered = 0
        self.in_flight = 0
        self.peak_in_flight = 0

    def __enter__(self) -> Self:
        listener = loopback(self._port)
        self.base_url = base_url(listener)
        self._closing: Future[None] = Future()

        async def serve() -> None:
            async with listening(listener, self._complete):
                await asyncio.wrap_future(self._closing)

        # a daemon: a test that is killed shouldn't leave the process waiting
        self._thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set_result(None)
        self._thread.join()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        self.__exit__()

    async def _complete(self, http: web.BaseRequest) -> web.StreamResponse:
        content = await http.content.read()
        body = parsed(content)
        self.requests.append(Received(http.headers, content, body, time.monotonic()))
        n, self._arrived = self._arrived, self._arrived + 1
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        left = False

        def leave(answered: bool) -> None:
            nonlocal left
            if not left:
                left = True
                self.in_flight -= 1
                self.answered += answered

        try:
            if body is None:
                response: web.StreamResponse = reply(*UNPARSED)
            else:
                response = await self._step(body, n)(Exchange(http, body, n, leave))
            leave(True)
        finally:
            leave(False)
        return response

    def _step(self, body: dict[str, Any], n: int) -> Step:
        if callable(self._script):
            return self._script(body, n)
        if n < len(self._script):
            return self._script[n]
        return self._default or self._script[-1]


def main() -> None:
    """Answers every request with a file's text, until interrupted; prints the base URL when it listens."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.scripted", description=main.__doc__)
    parser.add_argument("--answer", type=Path, required=True, metavar="FILE")
    parser.add_argument("--latency-ms", type=float, default=0.0, metavar="N")
    parser.add_argument("--port", type=int, default=0, metavar="N")
    options = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(answering(options.answer.read_bytes().decode(), options.latency_ms / 1000, options.port))


if __name__ == "__main__":
    main()
