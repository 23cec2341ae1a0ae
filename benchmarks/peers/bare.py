"""No client at all: bodies as long as the extractor's, posted by aiohttp. It shows what the server can do."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import aiohttp

from benchmarks.peers.protocol import at_once, measured

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

_PROMPT = "x" * 14_000  # the extractor's body less the posting: instructions, examples and schema


def bare(url: str, concurrency: int) -> Callable[[Sequence[str]], Awaitable[None]]:
    async def run(postings: Sequence[str]) -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def call(text: str) -> None:
                messages = [{"role": "system", "content": _PROMPT}, {"role": "user", "content": text}]
                body = {"model": "scripted", "messages": messages}
                async with session.post(f"{url}/chat/completions", json=body) as response:
                    assert json.loads(await response.read())["choices"]

            await at_once(concurrency, call, postings)

    return run


if __name__ == "__main__":
    asyncio.run(measured(bare))
