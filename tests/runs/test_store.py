"""The store as one process uses it: what is kept is found again, and nothing is asked twice."""

from __future__ import annotations

import asyncio
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractor.models.base import Kept
from extractor.models.usage import Usage
from extractor.outcome import Result
from extractor.runs.store import Store
from tests.runs.looped import looped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

USAGE = Usage(2, 1000, 400, 300, 0.5)

counts = st.integers(0, 2**31 - 1)
usages = st.builds(
    Usage, counts, counts, counts, counts, st.none() | st.floats(0, 1e6, allow_nan=False, allow_infinity=False)
)
keys = st.text("0123456789abcdef", min_size=1)
# what PostgreSQL takes as text, and UTF-8 can say
words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
outcomes = st.builds(Result, st.binary(), st.none()) | st.builds(Result, st.none(), st.tuples(words, words))


def saying(kept: Kept) -> Callable[[], Awaitable[Kept]]:
    async def ask() -> Kept:
        return kept

    return ask


async def never() -> Kept:
    raise AssertionError("asked, although the answer is kept")


class Asked:
    """An `ask` that counts, and waits until it is told what to answer."""

    def __init__(self) -> None:
        self.times = 0
        self.began = asyncio.Event()
        self._answer: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()

    async def __call__(self) -> Kept:
        self.times += 1
        self.began.set()
        return await asyncio.shield(self._answer)

    def answer(self, body: bytes) -> None:
        self._answer.set_result(Kept(body, USAGE))

    def fail(self, error: Exception) -> None:
        self._answer.set_exception(error)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.dictionaries(keys, st.builds(Kept, st.binary(), usages), max_size=20))
@looped
async def test_an_answer_is_found_again_byte_for_byte(where: str, answers: dict[str, Kept]) -> None:
    store = Store(where)
    async with store.connected():
        wanted = (store.once(key, "model", saying(kept), anew=True) for key, kept in answers.items())
        assert await asyncio.gather(*wanted) == [(kept, False) for kept in answers.values()]
    store = Store(where)
    async with store.connected():
        wanted = (store.once(key, "model", never) for key in answers)
        assert await asyncio.gather(*wanted) == [(kept, True) for kept in answers.values()]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(results=st.dictionaries(keys, outcomes, max_size=20))
@looped
async def test_a_result_is_found_at_once_and_in_the_next_run(where: str, results: dict[str, Result]) -> None:
    store = Store(where)
    async with store.connected():
        for key, result in results.items():
            store.keep_result(key, "a document", "/a/source", result, USAGE)
        assert await asyncio.gather(*map(store.result, results)) == list(results.values())
    store = Store(where)
    async with store.connected():
        assert await asyncio.gather(*map(store.result, results)) == list(results.values())
        assert await store.result("never kept") is None


@looped
async def test_a_result_replaces_the_former(where: str) -> None:
    store = Store(where)
    async with store.connected():
        store.keep_result("k", "id", "source", Result(None, ("CutOffError", "cut off")), USAGE)
    async with store.connected():
        store.keep_result("k", "id", "source", Result(b"a record"), USAGE)
    async with store.connected():
        assert await store.result("k") == Result(b"a record")


@looped
async def test_names_and_counts_that_a_database_refuses_do_not_stop_the_others(where: str) -> None:
    store = Store(where)
    hostile = Usage(-1, 10**30, -(10**30), 10**19, float("inf"))
    async with store.connected():
        for key in "ab":
            store.keep_result(key, "nul \0", "lone \udcff", Result(None, ("Odd", "\0 \ud800")), hostile)
        kept, _ = await store.once("c", "a\0\udcff", saying(Kept(b"{}", hostile)))
        assert kept.body == b"{}"
    async with store.connected():
        failed = await store.result("a")
        assert failed is not None
        assert failed.error is not None
        assert failed.error[0] == "Odd"
        assert (await store.once("c", "a", never))[0].body == b"{}"
    assert store.stats().results == 2


@looped
async def test_without_a_block_each_call_opens_the_store_by_itself(where: str) -> None:
    store = Store(where)
    assert await store.result("k") is None
    assert await store.once("k", "model", saying(Kept(b"1", USAGE))) == (Kept(b"1", USAGE), False)
    assert await store.once("k", "model", never) == (Kept(b"1", USAGE), True)
    with pytest.raises(RuntimeError, match="block"):
        store.keep_result("k", "id", "source", Result(b""), USAGE)


@looped
async def test_blocks_are_counted(where: str) -> None:
    store = Store(where)
    async with store.connected():
        async with store.connected():
            await store.once("k", "model", saying(Kept(b"1", USAGE)))
        assert (await store.once("k", "model", never))[1]
    async with store.connected():
        assert (await store.once("k", "model", never))[1]


@looped
async def test_many_at_once_ask_once(where: str) -> None:
    store, ask = Store(where), Asked()
    async with store.connected():
        waiting = [asyncio.create_task(store.once("k", "model", ask)) for _ in range(50)]
        await ask.began.wait()
        ask.answer(b"one answer")
        got = await asyncio.gather(*waiting)
    assert ask.times == 1
    assert {kept.body for kept, _ in got} == {b"one answer"}
    assert [from_store for _, from_store in got].count(False) == 1


@looped
async def test_two_loops_in_one_process_ask_once(where: str) -> None:
    store, ask = Store(where), Asked()
    async with store.connected():
        mine = asyncio.create_task(store.once("k", "model", ask))
        await ask.began.wait()
        theirs = asyncio.create_task(asyncio.to_thread(asyncio.run, store.once("k", "model", never)))
        await asyncio.sleep(0)
        ask.answer(b"one answer")
        assert (await mine)[1] is False
        assert await theirs == (Kept(b"one answer", USAGE), True)


@looped
async def test_an_error_reaches_all_who_wait_and_leaves_the_key_free(where: str) -> None:
    store, other, ask = Store(where), Store(where), Asked()
    async with store.connected(), other.connected():
        waiting = [asyncio.create_task(store.once("k", "model", ask)) for _ in range(3)]
        await ask.began.wait()
        ask.fail(ValueError("no answer"))
        assert [str(error) for error in await asyncio.gather(*waiting, return_exceptions=True)] == ["no answer"] * 3
        assert ask.times == 1
        assert await other.once("k", "model", saying(Kept(b"2", USAGE))) == (Kept(b"2", USAGE), False)


@looped
async def test_a_cancelled_asker_hands_over_to_one_who_waits(where: str) -> None:
    store, first, second = Store(where), Asked(), Asked()
    async with store.connected():
        asking = asyncio.create_task(store.once("k", "model", first))
        await first.began.wait()
        waiting = [asyncio.create_task(store.once("k", "model", second)) for _ in range(3)]
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await second.began.wait()
        second.answer(b"2")
        assert sorted(from_store for _, from_store in await asyncio.gather(*waiting)) == [False, True, True]
        assert second.times == 1


@looped
async def test_a_cancelled_waiter_disturbs_nobody(where: str) -> None:
    store, ask = Store(where), Asked()
    async with store.connected():
        asking = asyncio.create_task(store.once("k", "model", ask))
        await ask.began.wait()
        waiting = asyncio.create_task(store.once("k", "model", never))
        await asyncio.sleep(0)
        waiting.cancel()
        ask.answer(b"1")
        assert await asking == (Kept(b"1", USAGE), False)


@pytest.mark.parametrize("steps", range(4))
@looped
async def test_whenever_it_is_cancelled_the_key_is_free_again(where: str, steps: int) -> None:
    store, other = Store(where), Store(where)
    async with store.connected(), other.connected():
        asking = asyncio.create_task(store.once("k", "model", Asked()))
        for _ in range(steps):
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert (await other.once("k", "model", saying(Kept(b"2", USAGE))))[1] is False


@looped
async def test_asked_anew_an_answer_is_replaced(where: str) -> None:
    store = Store(where)
    async with store.connected():
        await store.once("k", "model", saying(Kept(b"old", USAGE)))
        assert await store.once("k", "model", saying(Kept(b"new", USAGE)), anew=True) == (Kept(b"new", USAGE), False)
        assert await store.once("k", "model", never) == (Kept(b"new", USAGE), True)


@looped
async def test_two_who_want_it_anew_ask_once(where: str) -> None:
    store, other, ask = Store(where), Store(where), Asked()
    async with store.connected(), other.connected():
        await store.once("k", "model", saying(Kept(b"old", USAGE)))
        asking = asyncio.create_task(store.once("k", "model", ask, anew=True))
        await ask.began.wait()
        here = asyncio.create_task(store.once("k", "model", never, anew=True))
        elsewhere = asyncio.create_task(other.once("k", "model", never, anew=True))
        # who doesn't want it anew doesn't wait
        assert await other.result("k") is None
        assert (await Store(where).once("k", "model", never))[0].body == b"old"
        ask.answer(b"new")
        assert await asking == (Kept(b"new", USAGE), False)
        assert await here == await elsewhere == (Kept(b"new", USAGE), True)


@looped
async def test_wanted_anew_an_answer_that_is_just_being_looked_up_does_not_do(where: str) -> None:
    store = Store(where)
    async with store.connected():
        await store.once("k", "model", saying(Kept(b"old", USAGE)))
        old, new = await asyncio.gather(
            store.once("k", "model", never), store.once("k", "model", saying(Kept(b"new", USAGE)), anew=True)
        )
    assert old == (Kept(b"old", USAGE), True)
    assert new == (Kept(b"new", USAGE), False)


@looped
async def test_wanted_anew_an_old_answer_does_not_do_where_the_other_asker_failed(where: str) -> None:
    store, other, ask = Store(where), Store(where), Asked()
    async with store.connected(), other.connected():
        await store.once("k", "model", saying(Kept(b"old", USAGE)))
        asking = asyncio.create_task(store.once("k", "model", ask, anew=True))
        await ask.began.wait()
        elsewhere = asyncio.create_task(other.once("k", "model", saying(Kept(b"new", USAGE)), anew=True))
        await other.result("k")
        ask.fail(ValueError("no answer"))
        with pytest.raises(ValueError, match="no answer"):
            await asking
        assert await elsewhere == (Kept(b"new", USAGE), False)


def test_the_file_and_its_log_are_their_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "store.sqlite"

    @looped
    async def keep() -> None:
        store = Store(path)
        async with store.connected():
            await store.once("k", "model", saying(Kept(b"1", USAGE)))
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
            assert modes == {"store.sqlite": 0o600, "store.sqlite-wal": 0o600, "store.sqlite-shm": 0o600}

    keep()
    assert [file.name for file in path.parent.iterdir()] == ["store.sqlite"]


def test_by_default_it_is_in_the_users_cache(tmp_path: Path) -> None:
    asyncio.run(Store().once("k", "model", saying(Kept(b"1", USAGE))))
    assert [path for path in tmp_path.rglob("store.sqlite") if "cache" in str(path).casefold()]
    assert Store().stats().answers == 1


def test_the_database_library_is_imported_when_a_store_is_opened() -> None:
    code = (
        "import sys; from extractor.runs.store import Store; Store('x'); Store('postgresql://h/d')\n"
        "heavy = {'sqlalchemy', 'psycopg', 'platformdirs'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
