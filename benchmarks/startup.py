"""How long a whole process takes, and how fast the built-in rules are on one core."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import posting
from extractor import Extractor
from extractor.documents import from_text

_ROOT = Path(__file__).parents[1]
_RUNS = 11


def wall_s(*arguments: str) -> float:
    """Seconds of wall-clock time of `extractor …` as a process of its own, the median of several."""
    command = [sys.executable, "-m", "extractor", *arguments]
    times = []
    for _ in range(_RUNS):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=_ROOT)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def rules_per_s() -> float:
    """Postings of 3,000 characters a second: read, extracted, proven; CPU time of one core."""
    texts = [posting.TEXT.replace("Valley", f"Valley {number}") for number in range(200)]
    with Extractor(model="rules") as extractor:
        extractor.extract(posting.TEXT)
        start = time.process_time()
        for text in texts:
            extractor.extract(from_text(text))
        return len(texts) / (time.process_time() - start)


def main() -> None:
    seed = next((_ROOT / "seeds").glob("004*.txt"))
    print("| what                                             | measured | wanted |")
    print("|--------------------------------------------------|---------:|-------:|")
    print(f"| `extractor --help`, s                            | {wall_s('--help'):8.2f} |  <= 0.2 |")
    print(f"| one seed through the rules, whole process, s     | {wall_s('extract', str(seed)):8.2f} |  <= 0.6 |")
    print(f"| rules, postings of {len(posting.TEXT)} characters a second    | {rules_per_s():8.0f} |  >= 150 |")


if __name__ == "__main__":
    main()
