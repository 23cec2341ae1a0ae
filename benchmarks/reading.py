"""How fast saved portal pages are read on one core, and what is left of them, against other readers.

Each reads the same pages, of 300 kB and made up (`pages.py`), in a process of its own, one after the other.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import pages

_ROOT = Path(__file__).parents[1]
_PEERS = _ROOT / ".venv-peers" / "bin" / "python"
_PAGES = 30
_READERS = {
    "ours": "extractor",
    "trafilatura": "trafilatura, favouring recall",
    "beautifulsoup": "BeautifulSoup over lxml, without scripts, styles, nav, header, footer",
}


def measured(reader: str, folder: str) -> tuple[float, float, int, int]:
    """CPU seconds a page, at best and in the middle; the posting's facts that lack, the noise that is kept."""
    python = sys.executable if reader == "ours" else str(_PEERS)
    command = [python, "-m", "benchmarks.peers.page_readers", reader, folder]
    environment = {**os.environ, "PYTHONPATH": "src"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=_ROOT, env=environment)
    best, middle, lacking, noise = done.stdout.split()
    return float(best), float(middle), int(lacking), int(noise)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number in range(_PAGES):
            Path(folder, f"{number:03}.html").write_text(pages.page(number), encoding="utf-8")
        print(f"{_PAGES} pages of 300 kB; wanted: 100 a second\n")
        print("| reader | pages a second: median | at best | ms a page | facts lost | noise kept |")
        print("|--------|---------------------:|--------:|----------:|-----------:|-----------:|")
        for reader, name in _READERS.items():
            best, middle, lacking, noise = measured(reader, folder)
            print(
                f"| {name} | {1 / middle:.0f} | {1 / best:.0f} | {1000 * middle:.1f} | "
                f"{lacking} of {len(pages.FACTS)} | {noise} of {len(pages.NOISE)} |"
            )


if __name__ == "__main__":
    main()
