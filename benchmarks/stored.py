"""What the store costs a posting, and how fast postings are that it has already.

The cost is measured in one process that extracts with a store and without in turn, a few postings at a time, so that a
busy machine slows down both; CPU is the process's own (time.process_time), the store's thread included.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import posting
from benchmarks.client import serving
from benchmarks.peers.protocol import at_once

if TYPE_CHECKING:
    from extractor import Extraction, Extractor, JobPosting

_ROOT = Path(__file__).parents[1]
_AT_ONCE = 32
_BLOCKS, _BLOCK = 40, 64
_AGAIN = 10_000
_RUNS = 3
_NOWHERE = "http://127.0.0.1:9/v1"  # what is asked there fails


async def cpu_ms(extractor: Extractor[JobPosting], texts: list[str]) -> float:
    """Milliseconds of this process's CPU for each of these postings."""
    start = time.process_time()
    async for outcome in extractor.aextract_many(texts):
        assert outcome.paid.requests == 1, outcome
    return (time.process_time() - start) / len(texts) * 1000


async def added_ms(url: str, store: str) -> list[float]:
    """Milliseconds of CPU that a store adds to a posting, block by block."""
    from extractor import Extractor, Store

    with_store = Extractor(model="scripted", base_url=url, concurrency=_AT_ONCE, store=Store(store))
    without = Extractor(model="scripted", base_url=url, concurrency=_AT_ONCE)
    added = []
    async with with_store, without:
        for block in range(-1, _BLOCKS):
            texts = [posting.another((block + 1) * _BLOCK + each) for each in range(_BLOCK)]
            pair = await cpu_ms(with_store, texts), await cpu_ms(without, texts)
            if block >= 0:  # the first warms up
                added.append(pair[0] - pair[1])
    return added


async def alone_ms(extraction: Extraction[JobPosting], answer: bytes, store: str) -> float:
    """Milliseconds of CPU for what a run asks of the store for a posting, and nothing else."""
    from extractor import Store, Usage
    from extractor.models.base import Kept
    from extractor.outcome import Result

    async def ask() -> Kept:
        return Kept(answer, Usage(1, 4000, 0, 600))

    async def call(text: str) -> None:
        key = sha256(text.encode()).hexdigest()
        assert await kept.result(key) is None
        await kept.once(key, "scripted", ask)
        kept.keep_result(key, key, "posting", Result(extraction.dumped()), extraction.usage)

    kept = Store(store)
    texts = [posting.another(each) for each in range(_BLOCKS * _BLOCK)]
    async with kept.connected():
        await at_once(_AT_ONCE, call, [f"warm {text}" for text in texts[:_BLOCK]])
        start = time.process_time()
        await at_once(_AT_ONCE, call, texts)
    return (time.process_time() - start) / len(texts) * 1000


def command_s(lines: str, url: str, store: str, output: str) -> float:
    """Seconds of `extractor extract` as a process of its own."""
    command = [sys.executable, "-m", "extractor", "extract", lines, "--model", "scripted", "--base-url", url]
    command += ["--store", store, "--output", output]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=_ROOT)
    return time.perf_counter() - start


async def again_s(lines: str, store: str) -> tuple[float, float]:
    """Seconds of `aextract_many` over postings that are all stored, and of this process's CPU."""
    from extractor import Extractor, Store, postings

    extractor = Extractor(model="scripted", base_url=_NOWHERE, concurrency=_AT_ONCE, store=Store(store))
    wall, cpu = time.perf_counter(), time.process_time()
    stored = [outcome.stored async for outcome in extractor.aextract_many(postings(lines))]
    assert stored == [True] * _AGAIN
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    from extractor import Extractor
    from extractor.documents import from_text

    document = from_text(posting.TEXT)
    answer = json.dumps(posting.answer([document.shown(number) for number in range(len(document.segments))]))
    with tempfile.TemporaryDirectory() as folder, serving(answer) as url:
        lines, store = f"{folder}/postings.jsonl", f"{folder}/store.db"
        with Path(lines).open("w", encoding="utf-8") as file:
            file.writelines(json.dumps({"text": posting.another(number)}) + "\n" for number in range(_AGAIN))
        load = [os.getloadavg()[0]]
        with Extractor(model="scripted", base_url=url) as extractor:
            extraction = extractor.extract(posting.TEXT)
        alone = [asyncio.run(alone_ms(extraction, answer.encode(), f"{folder}/{run}.db")) for run in range(_RUNS)]
        added = asyncio.run(added_ms(url, f"{folder}/pairs.db"))
        load.append(os.getloadavg()[0])
        first = command_s(lines, url, store, f"{folder}/first.jsonl")
        api = [asyncio.run(again_s(lines, store)) for _ in range(_RUNS)]
        command = [_AGAIN / command_s(lines, _NOWHERE, store, f"{folder}/again.jsonl") for _ in range(_RUNS)]
        load.append(os.getloadavg()[0])
        assert Path(f"{folder}/first.jsonl").read_bytes() == Path(f"{folder}/again.jsonl").read_bytes()
        size = Path(store).stat().st_size

    low, middle, high = statistics.quantiles(added)
    print(f"Postings of {len(posting.TEXT):,} characters with {posting.FACTS} facts, {_AT_ONCE} at once; ", end="")
    print(f"load {', '.join(f'{each:.1f}' for each in load)}\n")
    print("| what                                              | measured | wanted   | every run |")
    print("|---------------------------------------------------|---------:|---------:|-----------|")
    row("what the store adds to a posting, CPU ms", f"{middle:.2f}", "<= 0.30", f"quartiles {low:.2f} to {high:.2f}")
    row("the store by itself, CPU ms a posting", f"{statistics.median(alone):.2f}", "<= 0.30", listed(alone, ".2f"))
    rates = [_AGAIN / wall_s for wall_s, _ in api]
    row(
        f"{_AGAIN:,} stored postings again, a second",
        f"{statistics.median(rates):.0f}",
        ">= 1,500",
        listed(rates, ".0f"),
    )
    cpu = [cpu_s / _AGAIN * 1000 for _, cpu_s in api]
    row("the same, CPU ms a posting", f"{statistics.median(cpu):.2f}", "", listed(cpu, ".2f"))
    row("the same, `extractor extract` as a process", f"{statistics.median(command):.0f}", "", listed(command, ".0f"))
    row("the first time, `extractor extract`, a second", f"{_AGAIN / first:.0f}", "", "")
    row("the store's file, kB a posting", f"{size / _AGAIN / 1000:.1f}", "", "")


def row(what: str, measured: str, wanted: str, every: str) -> None:
    print(f"| {what:49} | {measured:>8} | {wanted:>8} | {every} |")


def listed(figures: list[float], form: str) -> str:
    return ", ".join(format(figure, form) for figure in figures)


if __name__ == "__main__":
    main()
