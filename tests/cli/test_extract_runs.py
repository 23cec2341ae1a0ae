"""`extractor extract` over many postings: where they come from, how a run ends, what it says then."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.servers.completions import used
from tests.servers.scripted import ScriptedServer
from tests.servers.steps import answer, drip, hang, quota

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aiohttp import web

    from tests.servers.steps import Exchange, Step

GOOD = json.dumps({"kind": {"value": "vacancy", "at": [0]}, "language": {"value": "en", "at": [0]}})
PATIENCE_S = 60  # until a test that hangs is given up


def wanted(trade: str) -> str:
    """Long enough to be seen to be English: nothing has to be asked again."""
    return f"{trade} is wanted for the kitchen of our house, and you will be working with all of us.\n"


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def cooks(path: Path, count: int) -> Path:
    """A file of lines of JSON, their ids counted from 0."""
    given = ({"id": str(number), "text": wanted(f"Cook {number}")} for number in range(count))
    return written(path, "".join(json.dumps(line) + "\n" for line in given))


@contextmanager
def extracting(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """`extractor extract …` at work; killed where a test leaves it running."""
    command = [sys.executable, "-m", "extractor", "extract", *map(str, arguments), "--no-store"]
    pipe = subprocess.PIPE
    environment = {**os.environ, "OPENAI_API_KEY": "sk-none"}
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def run(*arguments: str | Path) -> tuple[int, list[dict[str, Any]], str]:
    """Exit status, lines of the output, and what was said."""
    with extracting(*arguments) as process:
        out, said = process.communicate(timeout=PATIENCE_S)
    return process.returncode, [json.loads(line) for line in out.splitlines()], said


def rest(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit status, and what comes yet on stdout and stderr."""
    assert process.stdout is not None
    assert process.stderr is not None
    # not communicate: it passes over what was read ahead with a line
    out, said = process.stdout.read(), process.stderr.read()
    assert "Traceback" not in said
    return process.wait(PATIENCE_S), out, said


def stopping(process: subprocess.Popen[str]) -> str:
    """What is said about the stop, once it is."""
    assert process.stderr is not None
    return next(line for line in process.stderr if "stopping" in line)


class Door:
    """A step that says when `count` requests have come, and lets them all through when it is opened."""

    def __init__(self, count: int) -> None:
        self._left = count
        self.full, self.open = threading.Event(), threading.Event()

    async def __call__(self, exchange: Exchange) -> web.StreamResponse:
        self._left -= 1
        if not self._left:
            self.full.set()
        return await drip(GOOD, 3600, self.open)(exchange)


def test_postings_come_from_everywhere_in_their_order(tmp_path: Path) -> None:
    folder = written(tmp_path / "folder/b.txt", wanted("Baker")).parent
    written(folder / "a/deep.md", wanted("Cook"))
    written(folder / "ignored.csv", "a,b\n")
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text(wanted("Waiter"))
    for name in ("2.page", "1.page"):
        written(tmp_path / f"globbed/x/{name}", f"<html><body><p>{wanted('Host')}</body></html>")
    rows = cooks(tmp_path / "rows.jsonl", 2)
    rows.write_text(rows.read_text() + '{"broken\n')
    listed = written(tmp_path / "list", f"{tmp_path}/listed.txt\r\n\r\n{tmp_path}/gone.txt\r\n")
    written(tmp_path / "listed.txt", wanted("Porter"))
    arguments = (folder, tmp_path / "globbed/**/*.page", rows, "--files-from", listed, "--model", "rules")
    status, lines, said = run(*arguments)
    assert status == 1
    assert [line["id"] for line in lines] == [
        "deep", "b", "caf\\udce9", "1", "2", "0", "1", "rows-3", "listed", "gone",
    ]  # fmt: skip
    assert [line["id"] for line in lines if "error" in line] == ["rows-3", "gone"]
    assert lines[6]["source"] == f"{rows}:2"
    assert "8 extracted, 2 failed" in said
    assert f"failed: 2 UnreadableError: {rows}:3, {tmp_path}/gone.txt" in said


def test_all_well_is_exit_status_0_and_unordered_loses_nothing(tmp_path: Path) -> None:
    status, lines, said = run(cooks(tmp_path / "rows.jsonl", 80), "--model", "rules", "--unordered")
    assert status == 0
    assert sorted(int(line["id"]) for line in lines) == list(range(80))
    assert "80 extracted, 0 failed" in said


def test_the_summary_names_the_kinds_and_the_first_documents_of_each(tmp_path: Path) -> None:
    for number in range(5):
        written(tmp_path / f"{number}.txt", "  ")
    written(tmp_path / "7.txt", "\0\1\2" * 100)
    status, lines, said = run(tmp_path, "--model", "rules")
    assert status == 1
    assert len(lines) == 6
    names = ", ".join(f"{tmp_path}/{number}.txt" for number in range(3))
    assert f"failed: 5 EmptyDocumentError: {names}, …\n" in said
    assert f"failed: 1 NotTextError: {tmp_path}/7.txt\n" in said
    assert "0 extracted, 6 failed" in said


def test_a_list_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    status, lines, said = run("--files-from", tmp_path / "gone", "--model", "rules")
    assert status == 1
    assert lines == []
    assert f"{tmp_path}/gone: the list of files can't be read" in said
    assert "Traceback" not in said


def test_lines_on_standard_input_are_answered_as_they_come_and_a_stop_ends_the_wait_for_more() -> None:
    with extracting("-", "--model", "rules") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            # the next line is written only when this one is answered
            process.stdin.write(json.dumps({"id": str(number), "text": wanted("Cook")}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == str(number)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 128 + signal.SIGTERM  # standard input is open yet
        assert process.stderr is not None
        said = process.stderr.read()
    assert "3 extracted, 0 failed" in said
    assert "Fatal" not in said


def test_an_exhausted_quota_stops_the_run_and_leaves_whole_json(tmp_path: Path) -> None:
    def script(body: dict[str, Any], _: int) -> Step:
        return quota() if "Cook 2 " in body["messages"][-1]["content"] else answer(GOOD, usage=used(100, 10))

    rows, target = cooks(tmp_path / "rows.jsonl", 50), tmp_path / "out.json"
    with ScriptedServer(script) as server:
        at = ("--model", "x", "--base-url", server.base_url, "--concurrency", "1")
        status, _, said = run(rows, *at, "--format", "json", "--output", target)
        asked = len(server.requests)
    assert status == 1
    assert asked == 3
    given = json.loads(target.read_text("utf-8"))
    assert [line["id"] for line in given] == ["0", "1", "2"]
    assert given[2]["error"]["type"] == "QuotaError"
    assert "stopped" in said
    assert "2 extracted, 1 failed, 3 requests, 200 + 20 tokens" in said


def test_what_is_in_flight_at_a_signal_is_finished_and_written(tmp_path: Path) -> None:
    door, rows = Door(2 * 3), cooks(tmp_path / "rows.jsonl", 50)
    with ScriptedServer([door]) as server:
        at = (rows, "--model", "x", "--base-url", server.base_url, "--concurrency", "3")
        # at once: a process takes seconds to start
        with extracting(*at) as interrupted, extracting(*at) as terminated:
            assert door.full.wait(PATIENCE_S)
            runs = {signal.SIGINT: interrupted, signal.SIGTERM: terminated}
            for number, process in runs.items():
                process.send_signal(number)
                assert "3 in flight" in stopping(process)
            door.open.set()
            results = {number: rest(process) for number, process in runs.items()}
        asked = len(server.requests)
    assert asked == 2 * 3
    for number, (status, out, said) in results.items():
        lines = [json.loads(line) for line in out.splitlines()]
        assert status == 128 + number
        assert [line["id"] for line in lines] == ["0", "1", "2"]
        assert all("record" in line for line in lines)
        assert "3 extracted, 0 failed" in said


def test_a_second_signal_leaves_at_once_with_what_was_written(tmp_path: Path) -> None:
    door = Door(3)  # the third may come when the first was answered

    def script(body: dict[str, Any], _: int) -> Step:
        return answer(GOOD) if "Cook 0 " in body["messages"][-1]["content"] else door

    with ScriptedServer(script) as server:
        at = ("--model", "x", "--base-url", server.base_url, "--concurrency", "3", "--grace", "3600")
        with extracting(cooks(tmp_path / "rows.jsonl", 50), *at, "--format", "json") as process:
            assert door.full.wait(PATIENCE_S)
            process.send_signal(signal.SIGTERM)
            stopping(process)
            process.send_signal(signal.SIGTERM)
            status, out, said = rest(process)
    assert status == 128 + signal.SIGTERM
    assert [line["id"] for line in json.loads(out)] == ["0"]
    assert "1 extracted, 0 failed" in said


def test_what_outlasts_the_grace_period_is_left(tmp_path: Path) -> None:
    def script(body: dict[str, Any], _: int) -> Step:
        return answer(GOOD) if "Cook 0 " in body["messages"][-1]["content"] else hang()

    with ScriptedServer(script) as server:
        at = ("--model", "x", "--base-url", server.base_url, "--concurrency", "3", "--grace", "0.1")
        with extracting(cooks(tmp_path / "rows.jsonl", 50), *at) as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            status, out, said = rest(process)
    assert status == 128 + signal.SIGINT
    assert json.loads(first)["id"] == "0"
    assert out == ""
    assert "what was still in flight is lost" in said
    assert "1 extracted, 0 failed" in said
