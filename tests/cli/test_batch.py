"""`extractor batch` as a user meets it."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from extractor import Store
from extractor.cli import main
from extractor.runs.batch import collect
from tests.runs.test_batch import answered, model, posting, requests, result, written
from tests.servers.batches import BatchServer
from tests.servers.completions import completion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEXT = "next: 'extractor batch prepare'"


class Run(Protocol):
    def __call__(self, *arguments: str | Path, status: int = 0) -> tuple[list[str], list[str]]: ...


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Run]:
    """`extractor batch …` in this process, with its exit status; the lines of stdout and stderr."""
    monkeypatch.setenv("EXTRACTOR_MODEL", "scripted")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    loggers = [logging.getLogger(name) for name in ("extractor", "extractor.cli")]
    former = [(logger.level, logger.propagate, list(logger.handlers)) for logger in loggers]

    def call(*arguments: str | Path, status: int = 0) -> tuple[list[str], list[str]]:
        monkeypatch.setattr(sys, "argv", ["extractor", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert (ended.value.code or 0) == status, said.err
        return said.out.splitlines(), said.err.splitlines()

    yield call
    for logger, (level, propagate, handlers) in zip(loggers, former, strict=True):
        logger.setLevel(level)
        logger.propagate = propagate
        logger.handlers = handlers


@pytest.fixture
def postings(tmp_path: Path) -> Path:
    folder = tmp_path / "postings"
    folder.mkdir()
    for n in (4, 5, 6):
        (folder / f"cook-{n}.txt").write_text(posting(n))
    return folder


def titles(lines: list[str]) -> list[str]:
    return [json.loads(line)["record"]["title"] for line in lines]


def test_two_batches_at_a_server_give_every_record(run: Run, postings: Path, tmp_path: Path) -> None:
    first, second, records = tmp_path / "first.jsonl", tmp_path / "second.jsonl", tmp_path / "records.jsonl"
    store = ("--store", tmp_path / "store.sqlite")
    with BatchServer(model, holding=True) as server:
        at = ("--base-url", server.base_url)
        out, err = run("batch", "prepare", postings, "--output", first, *store)
        assert out == [str(first)]
        assert err[0] == "3 requests; 3 documents wait for an answer, 0 are extracted, 0 failed"
        assert err[1] == f"next: extractor batch submit {first}"
        assert run("batch", "submit", first, *at)[0] == ["first.jsonl: batch_0 in_progress"]
        assert run("batch", "submit", first, *at)[0] == ["first.jsonl: batch_0 in_progress (submitted before)"]
        out, err = run("batch", "collect", "--requests", first, *at, *store, status=3)
        assert err == ["first.jsonl: batch_0 in_progress", "next: the same command, when the batches have ended"]
        # what is under way isn't asked again
        (postings / "cook-7.txt").write_text(posting(8))
        out, err = run("batch", "prepare", postings, "--output", tmp_path / "more.jsonl", *store)
        assert err[0].startswith("1 requests; 4 documents wait for an answer (3 of a batch under way), ")
        assert len(requests(tmp_path / "more.jsonl")) == 1
        (postings / "cook-7.txt").unlink()
        server.finish()
        assert run("batch", "status", first, *at)[0] == ["first.jsonl: batch_0 completed 3 of 3 done, 0 failed"]
        out, err = run("batch", "collect", postings, "--requests", first, *at, *store, status=3)
        assert titles(out) == ["Cook 4"]
        assert re.match(r"first\.jsonl: 3 answers kept, \d+ \+ \d+ tokens$", err[0])
        assert err[1] == "1 extracted, 0 failed, 2 wait for an answer"
        assert err[2].startswith(NEXT)

        run("batch", "prepare", postings, "--output", second, *store)
        run("batch", "submit", second, *at)
        server.finish()
        out, err = run("batch", "collect", postings, "--requests", second, *at, *store, "--output", records)
        assert out == []
        assert err[-1] == "3 extracted, 0 failed, 0 wait for an answer"
        assert titles(records.read_text().splitlines()) == ["Cook 4", "Cook 5", "Cook 6"]
        _, err = run("batch", "prepare", postings, "--output", tmp_path / "third.jsonl", *store)
        assert err[0] == "0 requests; 0 documents wait for an answer, 3 are extracted, 0 failed"
        assert not (tmp_path / "third.jsonl").exists()
        # a live run with the same options has nothing left to do: there is nobody it could ask
        out, err = run("extract", postings, *at, *store)
        assert out == records.read_text().splitlines()
        assert err == ["3 extracted, 0 failed, 3 of all from the store"]


def test_any_engine_may_answer_the_file(run: Run, postings: Path, tmp_path: Path) -> None:
    (postings / "empty.txt").touch()
    asked, store = tmp_path / "requests.jsonl", ("--store", tmp_path / "store.sqlite")
    _, err = run("batch", "prepare", postings, "--output", asked, *store, status=1)
    assert "empty.txt" in err[0]
    assert err[1].endswith("3 documents wait for an answer, 0 are extracted, 1 failed")
    cook, *others = requests(asked)
    output = written(tmp_path / "output.jsonl", [answered(cook), "{", result("request-1", completion({}, "c", "{}"))])
    errors = written(tmp_path / "errors.jsonl", [result(others[0]["custom_id"], None, 400, "CUDA\nout of memory")])
    given = ("--results", output, "--errors", errors, "--requests", asked)
    out, err = run("batch", "collect", postings, *given, *store, status=3)
    assert [json.loads(line)["id"] for line in out] == ["cook-4", "empty"]
    assert err[0].startswith(f"extractor: {output}:2: no JSON (")
    assert err[1] == f"extractor: {output}:3: request-1: nothing was asked by this name"
    assert err[2] == f"extractor: {errors}:1: {others[0]['custom_id']} 400: CUDA out of memory"
    assert err[3].startswith("1 answers kept, ")
    assert err[3].endswith(", 1 failed, 1 without a line, 1 not asked for, 1 unreadable")
    # without postings: the answers alone
    out, err = run("batch", "collect", "--results", output, *store, status=1)
    assert out == []
    assert "0 answers kept, 1 known before, 1 not asked for, 1 unreadable" in err
    assert err[-1].startswith(NEXT)


def test_what_cannot_be_done_is_one_line(run: Run, postings: Path, tmp_path: Path, monkeypatch: Any) -> None:
    asked = tmp_path / "requests.jsonl"
    run("batch", "prepare", postings, "--output", asked)
    for arguments, status, said in (
        (["prepare", postings, "--output", asked], 2, "is there already"),
        (["prepare", postings, "--output", tmp_path / "b.jsonl", "--model", "rules"], 2, "name a language model"),
        (["prepare", postings, "--output", tmp_path / "no" / "b.jsonl"], 1, "No such file"),
        (["collect"], 2, "nothing to collect"),
        (["collect", "--requests", asked, "--base-url", "http://127.0.0.1:9/v1"], 2, "extractor batch submit"),
        (["collect", "--results", tmp_path / "gone"], 1, "gone: No such file"),
        (["status", asked, "--base-url", "http://127.0.0.1:9/v1"], 2, "extractor batch submit"),
        (["submit", asked], 2, "OPENAI_API_KEY"),
    ):
        out, err = run("batch", *arguments, status=status)
        assert out == []
        assert len(err) == 1
        assert said in err[0]
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    with BatchServer(model, key="sk-theirs") as server:
        out, err = run("batch", "submit", asked, "--base-url", server.base_url, status=1)
    assert (out, len(err)) == ([], 1)
    assert "the key was rejected" in err[0]
    assert "sk-mine" not in err[0]


def test_a_failed_batch_says_why(run: Run, postings: Path, tmp_path: Path) -> None:
    asked = tmp_path / "requests.jsonl"
    run("batch", "prepare", postings, "--output", asked)
    asked.write_bytes(asked.read_bytes() * 2)
    with BatchServer(model) as server:
        at = ("--base-url", server.base_url)
        assert run("batch", "submit", asked, *at)[0] == ["requests.jsonl: batch_0 failed"]
        out, _ = run("batch", "status", asked, *at)
        assert out[1] == "    line 4: duplicate_custom_id: This custom_id is not new."
        _, err = run("batch", "collect", "--requests", asked, *at, status=1)
        assert err[0].startswith("extractor: requests.jsonl: batch_0 failed: line 4: duplicate_custom_id")
        # it is no batch under way
        asked.rename(tmp_path / "failed.jsonl")
        run("batch", "prepare", postings, "--output", asked)
        assert len(requests(asked)) == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_collecting_that_is_killed_loses_and_repeats_nothing(tmp_path: Path) -> None:
    lines = [json.dumps(result(f"{n:064x}", completion({}, "c", str(n)))) + "\n" for n in range(300)]
    place, pipe = tmp_path / "store.sqlite", tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "extractor", "batch", "collect", "--results", str(pipe), "--store", str(place)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)}) as run:
        with pipe.open("w") as file:
            file.writelines(lines[:200])
            file.write("no result\n")
            file.flush()
            assert run.stderr is not None
            # it has come to this line, and no more than 64 answers were on their way
            assert b":201: " in run.stderr.readline()
            run.kill()
        run.wait()
    store = Store(place)
    found = collect(store, written(tmp_path / "all", map(str.strip, lines)))
    assert found.known >= 200 - 64
    assert found.kept + found.known == 300
    assert sorted(answer["key"] for answer in store.export()) == [f"{n:064x}" for n in range(300)]
