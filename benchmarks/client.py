"""Client CPU of one extraction over HTTP at zero latency, against instructor used as its documentation shows.

Both ask the same server in another process, for the same posting and schema, one call after the other; ours also proves
every fact. CPU is this process's own (time.process_time), so the server isn't counted.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import posting
from extractor import Extractor, JobPosting
from extractor.documents import from_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

_ROUNDS, _CALLS = 7, 60


@contextmanager
def serving(answer: str) -> Iterator[str]:
    """The base URL of a server, in a process of its own, that always gives this answer."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer.json"
        file.write_text(answer, "utf-8")
        command = [sys.executable, "-m", "tests.servers.scripted", "--answer", str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as server:
            assert server.stdout is not None
            try:
                yield server.stdout.readline().strip()
            finally:
                server.terminate()


async def cpu_ms(call: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds of this process's CPU for one call, the mean of a round."""
    start = time.process_time()
    for _ in range(_CALLS):
        await call()
    return (time.process_time() - start) / _CALLS * 1000


async def main() -> None:
    import instructor
    from openai import AsyncOpenAI

    document = from_text(posting.TEXT)
    answer = posting.answer([document.shown(number) for number in range(len(document.segments))])
    with serving(json.dumps(answer)) as cited, serving(posting.record(answer)) as bare:
        peer = instructor.from_openai(AsyncOpenAI(base_url=bare, api_key="none"), mode=instructor.Mode.JSON_SCHEMA)
        async with Extractor(model="scripted", base_url=cited) as extractor:

            async def ours() -> None:
                await extractor.aextract(posting.TEXT)

            async def theirs() -> None:
                await peer.create(
                    model="scripted",
                    response_model=JobPosting,
                    messages=[{"role": "user", "content": f"Extract the job posting: {posting.TEXT}"}],
                )

            extraction = await extractor.aextract(posting.TEXT)
            assert not extraction.unsupported, extraction.unsupported
            await theirs()
            rounds = [(await cpu_ms(ours), await cpu_ms(theirs)) for _ in range(_ROUNDS)]
    mine, other = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(b / a for a, b in rounds)
    print(f"Posting of {len(posting.TEXT)} characters, {len(extraction.evidence)} facts, {_ROUNDS} x {_CALLS} calls\n")
    print("| client                                  | CPU ms a call | ratio |")
    print("|-----------------------------------------|--------------:|------:|")
    print(f"| extractor, every fact proven            | {mine:13.2f} | {1:5.1f} |")
    print(f"| instructor as documented, no evidence   | {other:13.2f} | {ratio:5.1f} |")


if __name__ == "__main__":
    asyncio.run(main())
