"""Peak memory of `extractor extract` over 1,000 postings and over 100,000: it may not depend on how many there are.

The postings are short, and a schema of two fields is asked for, so that so many end in minutes; what a run
kept of each posting would show all the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pydantic import BaseModel

from benchmarks.client import serving

_ROOT = Path(__file__).parents[1]
_NUMBERS = (1_000, 100_000)


class Opening(BaseModel):
    """What is asked for."""

    title: str | None
    employer: str | None


_ANSWER = {"title": {"value": "Gardener", "at": [0]}, "employer": {"value": "Rose Park", "at": [1]}}


def run(number: int, url: str, folder: Path) -> tuple[float, float]:
    """The peak of a process's resident memory in MB, and its seconds, for so many postings."""
    lines, output = folder / f"{number}.jsonl", folder / f"{number}.out.jsonl"
    with lines.open("w", encoding="utf-8") as file:
        for each in range(number):
            file.write(json.dumps({"text": f"Gardener\nEmployer: Rose Park\nReference {each}"}) + "\n")
    command = [sys.executable, "-m", "extractor", "extract", str(lines), "--output", str(output)]
    command += ["--model", "scripted", "--base-url", url, "--schema", "benchmarks.memory:Opening"]
    command += ["--store", str(folder / f"{number}.db")]
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=_ROOT, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    with output.open("rb") as written:
        assert sum(1 for _ in written) == number
    return usage.ru_maxrss / 1000, time.perf_counter() - start  # Linux counts kB


def main() -> None:
    print("| postings | peak, MB | ratio | seconds | load |")
    print("|---------:|---------:|------:|--------:|-----:|")
    with serving(json.dumps(_ANSWER)) as url, tempfile.TemporaryDirectory() as folder:
        first: float | None = None
        for number in _NUMBERS:
            load = os.getloadavg()[0]
            peak, seconds = run(number, url, Path(folder))
            first = first or peak
            print(f"| {number:8,} | {peak:8.0f} | {peak / first:5.2f} | {seconds:7.0f} | {load:4.1f} |", flush=True)


if __name__ == "__main__":
    main()
