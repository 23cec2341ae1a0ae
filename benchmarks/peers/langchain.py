"""LangChain, as its documentation shows it: `ChatOpenAI.with_structured_output`, and `abatch` for many."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from langchain_openai import ChatOpenAI  # type: ignore[import-not-found]  # in .venv-peers alone

from benchmarks.peers.protocol import measured
from extractor.records.posting import JobPosting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence


def documented(url: str, concurrency: int) -> Callable[[Sequence[str]], Awaitable[None]]:
    # a connection gets 5 s by default: too few for a busy client with hundreds of them
    chat = ChatOpenAI(model="scripted", base_url=url, api_key="none", timeout=600)
    model = chat.with_structured_output(JobPosting)

    async def run(postings: Sequence[str]) -> None:
        asked = [f"Extract the job posting: {text}" for text in postings]
        for record in await model.abatch(asked, {"max_concurrency": concurrency}):
            assert len(record.skills) == 17

    return run


if __name__ == "__main__":
    asyncio.run(measured(documented))
