"""How a client is measured: called with `URL NUMBER CONCURRENCY`, it prints seconds, and seconds of its own CPU.

Imports, and a few postings to warm up, aren't counted; nor is the server, which is another process.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from benchmarks import posting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

_WARM = 16


async def measured(run: Callable[[str, int], Callable[[Sequence[str]], Awaitable[None]]]) -> None:
    """Prints what `run(URL, CONCURRENCY)` takes for so many postings, all distinct."""
    url, number, at_once = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    postings = [posting.another(each) for each in range(_WARM + number)]
    extract = run(url, at_once)
    await extract(postings[:_WARM])
    wall, cpu = time.perf_counter(), time.process_time()
    await extract(postings[_WARM:])
    print(time.perf_counter() - wall, time.process_time() - cpu)


async def at_once(number: int, call: Callable[[str], Awaitable[None]], postings: Sequence[str]) -> None:
    """Calls for each posting, so many at once."""
    remaining = iter(postings)

    async def work() -> None:
        for text in remaining:
            await call(text)

    await asyncio.gather(*(work() for _ in range(number)))
