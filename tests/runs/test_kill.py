"""A run that is killed again and again: every record in the end, once, and no answer paid for twice that was kept."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from extractor.runs.store import Store
from tests.servers import steps
from tests.servers.scripted import ScriptedServer

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

DOCUMENTS, AT_ONCE = 300, 8
ANSWER = json.dumps({"kind": {"value": "vacancy", "at": [0]}, "language": {"value": "en", "at": [0]}})


def test_killed_until_it_is_done(where: str, tmp_path: Path) -> None:
    rng = random.Random(20_261_121)
    postings, output = tmp_path / "postings.jsonl", tmp_path / "records.jsonl"
    lines = [
        {"id": f"p{n}", "text": f"We are looking for a cook, number {n}, who works with us at our house."}
        for n in range(DOCUMENTS)
    ]
    postings.write_text("\n".join(map(json.dumps, lines)))
    reached, wanted = threading.Event(), DOCUMENTS * 10

    def script(_: dict[str, Any], n: int) -> steps.Step:
        if n >= wanted:
            reached.set()
        return steps.latency(steps.answer(ANSWER), rng.uniform(0, 0.01))

    lost: list[int] = []
    said = tmp_path / "messages.txt"
    with ScriptedServer(script) as server, said.open("wb") as messages:
        while True:
            reached.clear()
            wanted = len(server.requests) + rng.randrange(30, 110)
            child = subprocess.Popen(
                [
                    *(sys.executable, "-m", "extractor", "extract", postings, "--model", "scripted"),
                    *("--base-url", server.base_url, "--store", where, "--output", output),
                    *("--concurrency", str(AT_ONCE)),
                ],
                stderr=messages,
            )
            # whichever comes first: its end, or the request at which it dies, some instants later
            ended = threading.Thread(target=_told_of_its_end, args=(child, reached))
            ended.start()
            reached.wait()
            with_luck = threading.Event()
            with_luck.wait(rng.uniform(0, 0.03))
            child.send_signal(signal.SIGKILL)
            ended.join()
            # what the server had begun to answer to the dead, it ends
            while server.in_flight:
                with_luck.wait(0.01)
            lost.append(server.answered - Store(where).stats().answers - sum(lost))
            if child.returncode == 0:
                break
            assert child.returncode == -signal.SIGKILL, said.read_text()
            assert 0 <= lost[-1] <= AT_ONCE
        answered = server.answered
    records = [json.loads(line) for line in output.read_text().splitlines()]
    assert [record["id"] for record in records] == [line["id"] for line in lines]
    assert all(record["record"]["kind"] == "vacancy" for record in records)
    assert len(lost) > 3  # it was killed
    assert lost[-1] == 0
    assert answered == DOCUMENTS + sum(lost)


def _told_of_its_end(child: subprocess.Popen[bytes], told: threading.Event) -> None:
    child.wait()
    told.set()
