"""instructor, as its documentation shows it: one client, `create` for each posting."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import instructor
from openai import AsyncOpenAI

from benchmarks.peers.protocol import at_once, measured
from extractor.records.posting import JobPosting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence


def documented(url: str, concurrency: int) -> Callable[[Sequence[str]], Awaitable[None]]:
    # a connection gets 5 s by default: too few for a busy client with hundreds of them
    server = AsyncOpenAI(base_url=url, api_key="none", timeout=600)
    client = instructor.from_openai(server, mode=instructor.Mode.JSON_SCHEMA)

    async def call(text: str) -> None:
        record = await client.create(
            model="scripted",
            response_model=JobPosting,
            messages=[{"role": "user", "content": f"Extract the job posting: {text}"}],
        )
        assert len(record.skills) == 17

    return partial(at_once, concurrency, call)


if __name__ == "__main__":
    asyncio.run(measured(documented))
