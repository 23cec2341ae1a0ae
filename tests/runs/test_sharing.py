"""Several processes on one store: each key asked once in all, and the dead hold nobody up."""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from extractor.models.base import Kept
from extractor.models.usage import Usage
from extractor.outcome import Result
from extractor.runs import tables
from extractor.runs.database import Database
from extractor.runs.owners import Owner, dead, forget
from extractor.runs.place import place
from extractor.runs.store import Store
from tests.runs.asker import asker
from tests.runs.looped import looped

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.postgres import Postgres

USAGE = Usage(1, 10, 0, 5, 0.25)


async def here() -> Kept:
    return Kept(b"asked here", USAGE)


async def never() -> Kept:
    raise AssertionError("asked, although another asks")


@looped
async def test_an_answer_outlives_a_killed_process(where: str) -> None:
    with asker(where, "k") as process:
        process.hears("go")
        assert [process.says() for _ in range(3)] == ["ready", "asking k", "got k"]
        process.dies()
    kept, from_store = await Store(where).once("k", "model", never)
    assert from_store
    assert kept == Kept(f"{process.pid} on k".encode(), USAGE)


@looped
async def test_what_a_killed_process_was_asking_for_is_asked_at_once(where: str) -> None:
    with asker(where, "k", "l") as process:
        process.hears("wait")
        assert [process.says() for _ in range(3)] == ["ready", "asking k", "asking l"]
        process.dies()
    # the test would hang if the owner had to fall silent first
    assert await Store(where).once("k", "model", here) == (Kept(b"asked here", USAGE), False)
    assert await Store(where).once("l", "model", here) == (Kept(b"asked here", USAGE), False)


@looped
async def test_a_living_asker_is_waited_for(where: str) -> None:
    with asker(where, "k") as process:
        process.hears("wait")
        assert [process.says() for _ in range(2)] == ["ready", "asking k"]
        store = Store(where)
        async with store.connected():
            waiting = asyncio.create_task(store.once("k", "model", never))
            assert await store.result("k") is None  # by now the key was claimed in vain
            process.hears("answer")
            assert await waiting == (Kept(f"{process.pid} on k".encode(), USAGE), True)


@looped
async def test_where_a_living_asker_fails_the_one_who_waits_asks(where: str) -> None:
    with asker(where, "k") as process:
        process.hears("wait")
        assert [process.says() for _ in range(2)] == ["ready", "asking k"]
        store = Store(where)
        async with store.connected():
            waiting = asyncio.create_task(store.once("k", "model", here))
            assert await store.result("k") is None
            process.hears("fail")
            assert await waiting == (Kept(b"asked here", USAGE), False)


def test_processes_that_want_the_same_ask_once_in_all(where: str) -> None:
    keys = [f"k{n}" for n in range(50)]
    with asker(where, *keys) as one, asker(where, *reversed(keys)) as other:
        # both begin with nothing: one of them makes the tables
        assert [one.says(), other.says()] == ["ready", "ready"]
        for process in (one, other):
            process.hears("go")
        said = [*iter(one.says, "done"), *iter(other.says, "done")]
    assert sorted(said) == sorted([f"asking {key}" for key in keys] + [f"got {key}" for key in keys] * 2)


def test_a_file_that_many_processes_make_at_once_is_made_once(folder: Path) -> None:
    path = str(folder / "store.sqlite")
    with ExitStack() as processes:
        askers = [processes.enter_context(asker(path)) for _ in range(8)]
        assert [process.says() for process in askers] == ["ready"] * 8
    assert Store(path).stats().version == 1


@pytest.mark.parametrize(("silent_s", "asks"), [(31.0, True), (-5.0, False)])
@looped
async def test_an_owner_elsewhere_is_dead_when_it_has_been_silent(where: str, silent_s: float, asks: bool) -> None:
    store = Store(where)
    async with store.connected():
        with Database(place(where), create=True) as database, database.writing() as now:
            execute = database.connection.execute
            execute(sa.insert(tables.owners), {"id": "o", "host": "elsewhere", "beat": now - silent_s})
            execute(sa.insert(tables.claims), {"key": "k", "owner": "o"})
        waiting = asyncio.create_task(store.once("k", "model", here))
        # by the answer to this the claim has been decided upon
        assert await store.result("k") is None
        if not asks:
            with Database(place(where), create=True) as database, database.writing():
                database.connection.execute(sa.delete(tables.claims))
        assert await waiting == (Kept(b"asked here", USAGE), False)


@looped
async def test_all_claims_end_with_the_last_block(where: str) -> None:
    store = Store(where)
    async with store.connected():
        asking = asyncio.create_task(store.once("k", "model", asyncio.Event().wait))  # type: ignore[arg-type]
        await store.result("k")
    with Database(place(where), create=False) as database:
        for table in (tables.claims, tables.owners):
            assert database.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0
    asking.cancel()


def test_an_owner_on_this_host_is_dead_when_its_lock_is_free(tmp_path: Path) -> None:
    owner = Owner(tmp_path)
    assert not dead(tmp_path, owner.id, owner.host, 0.0)
    assert dead(tmp_path, owner.id, owner.host, 31.0)
    assert not dead(tmp_path, owner.id, "elsewhere", 0.0)
    # as after a crash: nobody holds the lock that was held
    assert owner._lock is not None
    os.close(owner._lock)
    assert dead(tmp_path, owner.id, owner.host, 0.0)
    forget(tmp_path, owner.id)
    assert not dead(tmp_path, owner.id, owner.host, 0.0)
    assert not list(tmp_path.iterdir())


def test_where_locks_cannot_be_had_the_heartbeat_counts(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    owner = Owner(tmp_path / "file" / "not a folder")
    assert not dead(tmp_path / "file", owner.id, owner.host, 0.0)
    assert dead(tmp_path / "file", owner.id, owner.host, 31.0)
    owner.end()


@looped
async def test_a_run_outlives_the_servers_restart(server: Postgres) -> None:
    store = Store(server.url())
    async with store.connected():
        await store.once("before", "model", here)

        async def meanwhile() -> Kept:
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(server.start)
            return Kept(b"paid for", USAGE)

        store.keep_result("k", "id", "source", Result(b"made"), USAGE)
        assert await store.once("after", "model", meanwhile) == (Kept(b"paid for", USAGE), False)
        # nothing was forgotten, and nobody is thought dead
        assert await store.once("before", "model", never) == (Kept(b"asked here", USAGE), True)
        assert await store.once("after", "model", never) == (Kept(b"paid for", USAGE), True)
        assert await store.result("k") == Result(b"made")
