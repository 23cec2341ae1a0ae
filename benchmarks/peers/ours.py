"""The extractor, by the same protocol as the others; a fourth argument is the path of a store."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from benchmarks import posting
from benchmarks.peers.protocol import measured
from extractor import Extraction, Extractor, Store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence


def proven(url: str, concurrency: int) -> Callable[[Sequence[str]], Awaitable[None]]:
    store = Store(sys.argv[4]) if len(sys.argv) > 4 else None
    extractor = Extractor(model="scripted", base_url=url, concurrency=concurrency, store=store)

    async def run(postings: Sequence[str]) -> None:
        async for extraction in extractor.aextract_many(postings):
            assert isinstance(extraction, Extraction), extraction
            assert len(extraction.evidence) == posting.FACTS

    return run


if __name__ == "__main__":
    asyncio.run(measured(proven))
