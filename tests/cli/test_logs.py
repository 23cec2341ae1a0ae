"""What a run says on stderr, to a person and to a machine: real processes against a real server."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from extractor.extraction import Extractor
from tests.servers import steps
from tests.servers.scripted import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.steps import Step

Done: TypeAlias = subprocess.CompletedProcess[str]

KEY = "sk-not-a-key"
GOOD = json.dumps({"kind": {"value": "vacancy", "at": [0]}, "language": {"value": "en", "at": [0]}})
# the only document fields that every outcome has
PAID = ("requests", "input_tokens", "cached_tokens", "output_tokens", "cost_usd")


def script(body: dict[str, Any], n: int) -> Step:
    """The first request is put off; a lute isn't taken, and with a viola the key isn't any more."""
    if n == 0:
        return steps.status(429, headers={"Retry-After": "0"})
    asked = body["messages"][-1]["content"]
    return steps.status(400) if "lute" in asked else steps.wrong_key() if "viola" in asked else steps.answer(GOOD)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Postings, the first of them empty."""
    folder = tmp_path_factory.mktemp("postings")
    (folder / "a.txt").write_bytes(b"")
    for name in ("harpsichord", "lute", "spinet", "viola"):
        (folder / f"{name[0]}.txt").write_text(f"We are looking for a {name} tuner.")
    return folder


@pytest.fixture(scope="module")
def told(folder: Path) -> list[dict[str, Any]]:
    """What a run says to a machine."""
    with ScriptedServer(script) as server:
        done = run(*asking(server, folder), "--log-json")
        assert done.returncode == 1
        told = records(done.stderr)
        assert len(server.requests) == told[-1]["requests"]
    return told


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "extractor", *map(str, arguments)]


def run(*arguments: str | Path) -> Done:
    environment = {**os.environ, "OPENAI_API_KEY": KEY}
    return subprocess.run(command(*arguments), capture_output=True, text=True, check=False, env=environment, timeout=60)


def asking(server: ScriptedServer, *paths: str | Path) -> list[str | Path]:
    return [
        "extract",
        *paths,
        "--model",
        "gpt-4o-mini",
        "--base-url",
        server.base_url,
        "--no-store",
        "--concurrency",
        "1",
    ]


def records(stderr: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stderr.splitlines()]


def test_every_message_is_a_json_object_and_the_bill_adds_up(told: list[dict[str, Any]], folder: Path) -> None:
    outcomes = [record for record in told if record["event"] in ("document.extracted", "document.failed")]
    empty, extracted, rejected, _, _ = outcomes
    assert [record["id"] for record in outcomes] == ["a", "h", "l", "s", "v"]
    assert extracted["event"] == "document.extracted"
    assert extracted["source"] == str(folder / "h.txt")
    assert extracted["stored"] is False
    assert extracted["seconds"] >= 0
    assert extracted["facts"] >= 1
    assert (rejected["event"], rejected["error"]) == ("document.failed", "RequestRejectedError")
    assert "400" in rejected["message"]
    assert empty["error"] == "EmptyDocumentError"
    assert empty["requests"] == 0
    stopped, finished = told[-2:]
    assert (stopped["event"], finished["event"]) == ("run.stopped", "run.finished")
    counts = {"extracted": 2, "failed": 3, "stored": 0, "retries": 1, "status": 1}
    assert {name: finished[name] for name in counts} == counts
    assert finished["failures"] == {"RequestRejectedError": 1, "EmptyDocumentError": 1, "KeyRejectedError": 1}
    for name in PAID:
        assert finished[name] == pytest.approx(sum(record[name] for record in outcomes))
    assert finished["cost_usd"] > 0
    for record in told:
        assert record["time"].startswith("20")
        assert record["level"] in ("INFO", "WARNING", "ERROR")


def test_a_retry_and_its_cause_are_told(told: list[dict[str, Any]]) -> None:
    (retried,) = (record for record in told if record["event"] == "request.retried")
    assert retried["error"] == "RateLimitedError"
    assert retried["attempt"] == 1
    assert "wait_s" in retried


def test_neither_a_posting_nor_the_key_is_told(told: list[dict[str, Any]]) -> None:
    said = json.dumps(told)
    assert "the key was rejected" in said
    assert KEY not in said
    assert "tuner" not in said


def test_a_person_reads_the_same_messages(folder: Path) -> None:
    plain, machine = (run("extract", folder, folder / "gone", *how) for how in ((), ("--log-json",)))
    said = [
        f"extractor: {record['message']}" if record["level"] == "ERROR" else record["message"]
        for record in records(machine.stderr)
        if record["level"] != "INFO" or record["event"] == "run.finished"
    ]
    assert plain.stderr.splitlines() == "\n".join(said).splitlines()
    assert "built-in rules answer" in plain.stderr.splitlines()[0]
    assert plain.stderr.splitlines()[-1] == "4 extracted, 2 failed"
    assert f"extractor: {folder / 'a.txt'}" in plain.stderr
    assert plain.stdout == machine.stdout


def test_what_ends_a_command_is_json_too(tmp_path: Path) -> None:
    for arguments, status in ((("extract",), 2), (("extract", "x", "--files-from", tmp_path / "gone"), 1)):
        result = run(*arguments, "--model", "rules", "--log-json")
        assert result.returncode == status
        assert records(result.stderr)[-1]["event"] == "command.failed"
    nothing = run("extract", tmp_path, "--model", "rules", "--log-json")
    assert nothing.returncode == 1
    (record,) = records(nothing.stderr)
    assert record["event"] == "run.stopped"


def test_a_signal_is_told_when_it_comes(folder: Path) -> None:
    with ScriptedServer([steps.hang()]) as server:
        arguments = [*asking(server, folder / "h.txt"), "--log-json", "--grace", "0.1"]
        process = subprocess.Popen(command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while not server.requests and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    told = records(said)
    assert [record["event"] for record in told] == ["run.stopping", "run.stopped", "run.finished"]
    assert told[0]["signal"] == "SIGTERM"
    assert told[0]["in_flight"] == 1
    assert told[-1]["status"] == process.returncode == 128 + signal.SIGTERM


@pytest.mark.skipif(sys.platform == "darwin", reason="file names there are UTF-8")
def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\n.txt"
    with open(path, "wb"):  # noqa: PTH123  bytes
        pass
    told = records(run("extract", tmp_path, "--model", "rules", "--log-json").stderr)
    assert [record["event"] for record in told] == ["document.failed", "run.finished"]


@pytest.fixture
def heard() -> Iterator[list[logging.LogRecord]]:
    """What a program hears that listens to the logger."""
    told: list[logging.LogRecord] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record)

    logger, ear = logging.getLogger("extractor"), Ear()
    level = logger.level
    logger.addHandler(ear)
    logger.setLevel(logging.INFO)
    yield told
    logger.removeHandler(ear)
    logger.setLevel(level)


def test_a_program_hears_the_same(heard: list[logging.LogRecord]) -> None:
    with Extractor(model="rules") as extractor:
        list(extractor.extract_many(["A cook is wanted in Lund, Sweden.", b""]))
    *doubts, done, failed = heard
    assert {doubt.levelname for doubt in doubts} <= {"WARNING"}
    assert (done.__dict__["event"], done.levelname) == ("document.extracted", "INFO")
    assert done.__dict__["seconds"] >= 0
    assert (failed.__dict__["event"], failed.levelname) == ("document.failed", "ERROR")
    assert failed.__dict__["error"] == "EmptyDocumentError"


def test_a_program_that_does_not_listen_hears_nothing() -> None:
    code = "import extractor\nlist(extractor.Extractor(model='rules').extract_many(['A cook is wanted.', b'']))\n"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
