"""What is in a store: counted, pruned, exported."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from extractor.cli.store import app
from extractor.errors import UsageError
from extractor.models.base import Kept
from extractor.models.usage import Usage
from extractor.outcome import Result
from extractor.runs import tables
from extractor.runs.contents import Pruned
from extractor.runs.database import Database
from extractor.runs.place import place
from extractor.runs.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

USAGE = Usage(2, 1000, 400, 300, 0.5)


def filled(where: str, answers: Iterable[tuple[str, Kept]], results: Iterable[tuple[str, Result]] = ()) -> Store:
    store = Store(where)

    async def keep(key: str, kept: Kept) -> None:
        async def ask() -> Kept:
            return kept

        await store.once(key, "a model", ask)

    async def fill() -> None:
        async with store.connected():
            await asyncio.gather(*(keep(key, kept) for key, kept in answers))
            for key, result in results:
                store.keep_result(key, f"id of {key}", f"/of/{key}", result, USAGE)

    asyncio.run(fill())
    return store


def aged(where: str, days: float, *keys: str) -> None:
    """Makes these answers and results older."""
    with Database(place(where), create=False) as database:
        for table in (tables.answers, tables.results):
            older = sa.update(table).where(table.c.key.in_(keys)).values(made_at=table.c.made_at - days * 86_400)
            database.connection.execute(older)


def test_an_empty_store_is_counted(where: str) -> None:
    found = filled(where, []).stats()
    assert (found.answers, found.results, found.failures, found.output_tokens) == (0, 0, 0, 0)
    assert found.cost_usd == 0
    assert found.oldest is None
    assert found.newest is None
    assert found.size_bytes > 0
    assert Store(where).typical_output_tokens("a model") is None
    assert list(Store(where).export()) == []


def test_stats_sum_what_was_paid(where: str) -> None:
    before = datetime.now(UTC)
    kept = [("a", Kept(b"{}", Usage(1, 10, 4, 3, 0.25))), ("b", Kept(b"{}", Usage(2, 20, 0, 7, 0.5)))]
    store = filled(where, kept, [("d", Result(b"{}")), ("e", Result(None, ("CutOffError", "cut off")))])
    found = store.stats()
    assert (found.answers, found.results, found.failures) == (2, 2, 1)
    assert (found.input_tokens, found.cached_tokens, found.output_tokens) == (30, 4, 10)
    assert found.cost_usd == 0.75
    assert found.oldest is not None
    assert found.newest is not None
    second = timedelta(seconds=1)
    assert before - second <= found.oldest <= found.newest <= datetime.now(UTC) + second
    assert store.typical_output_tokens("a model") == 5
    assert store.typical_output_tokens("another") is None


def test_one_unknown_price_makes_the_cost_unknown(where: str) -> None:
    kept = [("a", Kept(b"{}", Usage(1, 10, 4, 3, None))), ("b", Kept(b"{}", USAGE))]
    assert filled(where, kept).stats().cost_usd is None


def test_pruning_removes_what_is_older_and_nothing_else(where: str) -> None:
    answers = [(f"a{n}", Kept(b"{}", USAGE)) for n in range(500)]
    store = filled(where, answers, [("d", Result(b"{}")), ("e", Result(b"{}"))])
    old = [key for key, _ in answers[:450]]
    aged(where, 31, *old, "d")
    aged(where, 29, "a499", "e")
    assert store.prune(timedelta(days=30)) == Pruned(450, 1)
    assert store.prune(timedelta(days=30)) == Pruned(0, 0)
    assert {line["key"] for line in store.export()} == {key for key, _ in answers[450:]} | {"e"}


def test_pruning_makes_the_file_smaller(folder: Path) -> None:
    path = folder / "store.sqlite"
    answers = [(f"a{n}", Kept(b"x" * 50_000, USAGE)) for n in range(200)]
    store = filled(str(path), answers)
    assert path.stat().st_size > 10_000_000
    aged(str(path), 31, *[key for key, _ in answers[:190]])
    store.prune(timedelta(days=30))
    assert path.stat().st_size < 1_000_000
    assert store.stats().answers == 10


def test_the_export_says_all_that_is_kept(where: str) -> None:
    answers = [("a", Kept(b'{"id": "chatcmpl-1"}', USAGE)), ("b", Kept(b"\xff not JSON", USAGE))]
    store = filled(where, answers, [("d", Result(b"[1]")), ("e", Result(None, ("CutOffError", "cut off")))])
    usage = {"requests": 2, "input_tokens": 1000, "cached_tokens": 400, "output_tokens": 300, "cost_usd": 0.5}
    lines = list(store.export())
    for line in lines:
        assert datetime.fromisoformat(line.pop("made_at")).utcoffset() == timedelta(0)
        assert line.pop("usage") == usage
    assert lines == [
        {"kind": "answer", "key": "a", "model": "a model", "completion": {"id": "chatcmpl-1"}},
        {"kind": "answer", "key": "b", "model": "a model", "completion": "\ufffd not JSON"},
        {"kind": "record", "key": "d", "id": "id of d", "source": "/of/d", "result": [1]},
        {
            "kind": "failure",
            "key": "e",
            "id": "id of e",
            "source": "/of/e",
            "error": {"type": "CutOffError", "message": "cut off"},
        },
    ]


def test_the_export_goes_on_beyond_a_page(where: str) -> None:
    keys = [f"a{n}" for n in range(450)]
    store = filled(where, [(key, Kept(b"{}", USAGE)) for key in keys])
    assert [line["key"] for line in store.export()] == sorted(keys)


def test_the_verbs(where: str, tmp_path: Path) -> None:
    filled(where, [("a", Kept(b'{"text": "K\xc3\xb6chin"}', USAGE))], [("d", Result(b"{}"))])
    aged(where, 31, "a")
    output = tmp_path / "kept.jsonl"

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, [*arguments, "--store", where], catch_exceptions=False)
        assert result.exit_code == 0
        return result.stdout

    said = run("stats")
    assert "answers  1\n" in said
    assert "$0.5000" in said
    assert [json.loads(line)["kind"] for line in run("export").splitlines()] == ["answer", "record"]
    run("export", "--output", str(output))
    assert [json.loads(line)["kind"] for line in output.read_text("utf-8").splitlines()] == ["answer", "record"]
    assert run("prune", "--older-than", "30d") == "1 answers and 0 results removed\n"
    assert run("export").count("\n") == 1


@pytest.mark.parametrize("age", ["30", "d", "-1d", "1.5d", "30 days", ""])
def test_an_age_is_a_number_and_a_unit(age: str) -> None:
    with pytest.raises(UsageError, match="30d"):
        CliRunner().invoke(app, ["prune", "--older-than", age], catch_exceptions=False)


def test_a_failing_export_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    output = tmp_path / "kept.jsonl"
    output.write_text("precious")
    CliRunner().invoke(app, ["export", "--output", str(output), "--store", str(tmp_path / "no store")])
    assert output.read_text() == "precious"
