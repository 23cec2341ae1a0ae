"""Readers of saved pages, each run in a process of its own: `page_readers NAME FOLDER`.

Prints the CPU seconds a page takes at best and in the middle, the facts of the posting that its texts lack, and what
of the noise around it they hold.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.pages import FACTS, NOISE

if TYPE_CHECKING:
    from collections.abc import Callable

_ROUNDS = 5


def ours() -> Callable[[bytes], str]:
    from extractor.documents import read

    return lambda page: read(page, source="page.html").text


def trafilatura() -> Callable[[bytes], str]:
    from trafilatura import extract  # type: ignore[import-not-found]

    return lambda page: extract(page, favor_recall=True) or ""


def beautifulsoup() -> Callable[[bytes], str]:
    from bs4 import BeautifulSoup  # type: ignore[import-not-found]

    def text(page: bytes) -> str:
        soup = BeautifulSoup(page, "lxml")
        for unread in soup(["script", "style", "noscript", "template", "nav", "header", "footer"]):
            unread.decompose()
        return str(soup.get_text("\n", strip=True))

    return text


def main() -> None:
    reader = {"ours": ours, "trafilatura": trafilatura, "beautifulsoup": beautifulsoup}[sys.argv[1]]()
    pages = [path.read_bytes() for path in sorted(Path(sys.argv[2]).iterdir())]
    texts = [reader(pages[0])]
    times = []
    for _ in range(_ROUNDS):
        start = time.process_time()
        texts = [reader(page) for page in pages]
        times.append((time.process_time() - start) / len(pages))
    lacking = sum(any(fact not in text for text in texts) for fact in FACTS)
    noise = sum(any(said in text for text in texts) for said in NOISE)
    print(min(times), statistics.median(times), lacking, noise)


if __name__ == "__main__":
    main()
