"""Postings a second, and CPU a posting, against other clients: the same postings, answers, latency and concurrency.

Each client is a program of its own (`peers/`), with a server of its own in another process; they run in turn, several
times. A slow client gets fewer postings, so that its turn ends. At high latency the extractor gets many: it begins with
half of the requests at once and needs some round trips to reach them all, as a long run has.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks import posting
from benchmarks.client import serving

_ROOT = Path(__file__).parents[1]
_PEERS = _ROOT / ".venv-peers" / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Setting:
    """A latency, how many requests are in flight, how many postings a client extracts, and how often."""

    latency_ms: int
    at_once: int
    ours: int
    peers: int
    rounds: int


_SETTINGS = [Setting(0, 32, 1000, 300, 3), Setting(200, 64, 2000, 320, 1), Setting(2000, 256, 12_800, 512, 1)]
_CLIENTS = {
    "bare": "aiohttp, no client: what the server can do",
    "ours": "extractor, every fact proven",
    "stored": "extractor, answers and records stored too",
    "instructor": "instructor as documented, no evidence",
    "langchain": "LangChain as documented, no evidence",
    "langextract": "langextract, a chunk a posting, grounded",
}


@dataclass(frozen=True, slots=True)
class Run:
    """What one process did: postings a second, milliseconds of its CPU for each, the machine's load before."""

    rate: float
    cpu_ms: float
    load: float


def run(client: str, setting: Setting, answers: dict[str, str]) -> Run:
    """One client in a process of its own, against a server in another."""
    mine = client in ("ours", "stored")
    number = setting.ours if mine else min(setting.ours, 2560) if client == "bare" else setting.peers
    load = os.getloadavg()[0]
    with serving(answers[client], setting.latency_ms) as url, tempfile.TemporaryDirectory() as folder:
        command = [sys.executable if mine else str(_PEERS), "-m", f"benchmarks.peers.{'ours' if mine else client}"]
        command += [url, str(number), str(setting.at_once)]
        if client == "stored":
            command.append(f"{folder}/store.db")
        environment = {**os.environ, "PYTHONPATH": "src"}
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=_ROOT, env=environment)
    wall_s, cpu_s = map(float, done.stdout.split())
    return Run(number / wall_s, cpu_s / number * 1000, load)


def table(setting: Setting, answers: dict[str, str]) -> None:
    """Runs every client in turn, and prints what came of it."""
    runs: dict[str, list[Run]] = {client: [] for client in _CLIENTS}
    for _ in range(setting.rounds):
        for client in _CLIENTS:
            runs[client].append(run(client, setting, answers))
    most = setting.at_once / setting.latency_ms * 1000 if setting.latency_ms else None
    print(
        f"\nServer at {setting.latency_ms:,} ms, {setting.at_once} in flight"
        + (f": {most:,.0f} postings a second at most" if most else "")
        + f". {setting.ours:,} postings for the extractor, {setting.peers:,} for the others; "
        + ("one run each" if setting.rounds == 1 else f"medians of {setting.rounds} runs each")
        + "\n"
    )
    print(
        "| client                                     | postings/s | share | ratio | CPU ms | runs, postings/s (load) |"
    )
    print(
        "|--------------------------------------------|-----------:|------:|------:|-------:|-------------------------|"
    )
    for client, name in _CLIENTS.items():
        rate = statistics.median(each.rate for each in runs[client])
        cpu_ms = statistics.median(each.cpu_ms for each in runs[client])
        ratio = statistics.median(mine.rate / each.rate for mine, each in zip(runs["ours"], runs[client], strict=True))
        share = f"{rate / most:5.0%}" if most else "    –"
        every = ", ".join(f"{each.rate:.1f} ({each.load:.1f})" for each in runs[client])
        print(f"| {name:42} | {rate:10.1f} | {share} | {ratio:5.1f} | {cpu_ms:6.2f} | {every} |", flush=True)


def main() -> None:
    from extractor.documents import from_text

    document = from_text(posting.TEXT)
    cited = posting.answer([document.shown(number) for number in range(len(document.segments))])
    record = posting.record(cited)
    answers = dict.fromkeys(_CLIENTS, record)
    answers |= {"ours": json.dumps(cited), "stored": json.dumps(cited), "langextract": posting.extractions(cited)}
    print(f"Postings of {len(posting.TEXT):,} characters, {posting.FACTS} facts each; ratio: the extractor's to theirs")
    for setting in _SETTINGS:
        table(setting, answers)


if __name__ == "__main__":
    main()
