"""Client CPU of one extraction over HTTP at zero latency, against instructor used as its documentation shows.

Both ask the same kind of server for the same posting and schema, one call after the other; ours also proves every fact.
Each client runs in a process of its own, in turn, several times; CPU is that process's own (time.process_time), so the
server isn't counted, nor are imports and the first calls.
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

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

_PAIRS, _WARM, _CALLS = 5, 20, 100


@contextmanager
def serving(answer: str, latency_ms: int = 0) -> Iterator[str]:
    """The base URL of a server, in a process of its own, that always gives this answer, after a while."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer.json"
        file.write_text(answer, "utf-8")
        options = ["--answer", str(file), "--latency-ms", str(latency_ms)]
        command = [sys.executable, "-m", "tests.servers.scripted", *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as server:
            assert server.stdout is not None
            try:
                yield server.stdout.readline().strip()
            finally:
                server.terminate()


async def cpu_ms(call: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds of this process's CPU for one call, the mean of many."""
    for _ in range(_WARM):
        await call()
    start = time.process_time()
    for _ in range(_CALLS):
        await call()
    return (time.process_time() - start) / _CALLS * 1000


async def ours(url: str) -> float:
    from extractor import Extractor

    async with Extractor(model="scripted", base_url=url) as extractor:
        extraction = await extractor.aextract(posting.TEXT)
        assert not extraction.unsupported, extraction.unsupported
        assert len(extraction.evidence) == posting.FACTS
        return await cpu_ms(lambda: extractor.aextract(posting.TEXT))


async def theirs(url: str) -> float:
    import instructor
    from openai import AsyncOpenAI

    from extractor import JobPosting

    client = instructor.from_openai(AsyncOpenAI(base_url=url, api_key="none"), mode=instructor.Mode.JSON_SCHEMA)
    return await cpu_ms(
        lambda: client.create(
            model="scripted",
            response_model=JobPosting,
            messages=[{"role": "user", "content": f"Extract the job posting: {posting.TEXT}"}],
        )
    )


_CLIENTS = {"ours": ours, "theirs": theirs}


def measured(client: str, url: str) -> float:
    """What a client measures of itself, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.client", client, url]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    return float(done.stdout)


def main() -> None:
    from extractor.documents import from_text

    document = from_text(posting.TEXT)
    answer = posting.answer([document.shown(number) for number in range(len(document.segments))])
    with serving(json.dumps(answer)) as cited, serving(posting.record(answer)) as bare:
        pairs = [(measured("ours", cited), measured("theirs", bare)) for _ in range(_PAIRS)]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    least = min(pair[0] for pair in pairs)
    ratio = statistics.median(theirs / ours for ours, theirs in pairs)
    print(
        f"Posting of {len(posting.TEXT)} characters, {posting.FACTS} facts; {_PAIRS} processes of {_CALLS} calls each\n"
    )
    print("| client                                  | CPU ms a call | ratio |")
    print("|-----------------------------------------|--------------:|------:|")
    print(f"| extractor, every fact proven            | {mine:13.2f} | {1:5.1f} |")
    print(f"| instructor as documented, no evidence   | {other:13.2f} | {ratio:5.1f} |")
    print(f"\nLeast of ours: {least:.2f} ms")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(asyncio.run(_CLIENTS[sys.argv[1]](sys.argv[2])))
    else:
        main()
