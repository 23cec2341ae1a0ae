"""Streams of work: order, bounds, failures and early ends, driven by events."""

from __future__ import annotations

import asyncio
import gc
import itertools
import threading
from collections import Counter
from concurrent.futures import CancelledError
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.streams import mapped, pumped, streamed, threaded

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterator

Value = TypeVar("Value")
BOTH = pytest.mark.parametrize("ordered", [True, False], ids=["ordered", "unordered"])


def run(work: Coroutine[Any, Any, Value], *, forgetting: bool = True) -> Value:
    """The result of `work`, after which no task is left and the loop has nothing to complain of.

    `forgetting` looks for errors that nobody has seen, which takes a tenth of a second.
    """
    complaints: list[dict[str, Any]] = []

    async def watched() -> Value:
        asyncio.get_running_loop().set_exception_handler(lambda _, said: complaints.append(said))
        async with asyncio.timeout(20):
            result = await work
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return result

    result = asyncio.run(watched())
    if forgetting:
        gc.collect()
    assert complaints == []
    return result


async def settled() -> None:
    """Lets everything happen that waits for nothing."""
    for _ in range(20):
        await asyncio.sleep(0)


async def read(stream: AsyncIterator[Value], into: list[Value]) -> None:
    """Those that come before an error, too."""
    async for result in stream:
        into.append(result)  # noqa: PERF401


class Bench:
    """Work that ends when it is told to, and counts what is begun, under way, taken and cancelled."""

    def __init__(self) -> None:
        self.taken = 0
        self.under_way: dict[int, asyncio.Future[None]] = {}
        self.most_under_way = 0
        self.cancelled: list[int] = []
        self.input_closed = False

    async def items(self, count: int | None = None) -> AsyncGenerator[int]:
        try:
            for item in itertools.count() if count is None else range(count):
                self.taken += 1
                yield item
        finally:
            self.input_closed = True

    async def work(self, item: int) -> int:
        self.under_way[item] = asyncio.get_running_loop().create_future()
        self.most_under_way = max(self.most_under_way, len(self.under_way))
        try:
            await self.under_way[item]
        except asyncio.CancelledError:
            self.cancelled.append(item)
            raise
        finally:
            del self.under_way[item]
        return -item

    def end(self, item: int) -> None:
        self.under_way[item].set_result(None)

    def fail(self, item: int) -> None:
        self.under_way[item].set_exception(ArithmeticError(item))


@given(
    count=st.integers(0, 25),
    at_once=st.integers(1, 7),
    ordered=st.booleans(),
    choices=st.lists(st.integers(0, 6), min_size=25, max_size=25),
)
def test_whatever_ends_first_the_results_are_those_of_the_items(
    count: int, at_once: int, ordered: bool, choices: list[int]
) -> None:
    bench = Bench()
    ends, results = [], []

    async def in_drawn_order() -> None:
        for choice in choices[:count]:
            await settled()
            waiting = sorted(bench.under_way)
            assert 0 < len(waiting) <= at_once
            ends.append(waiting[choice % len(waiting)])
            bench.end(ends[-1])

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(in_drawn_order())
            async for result in mapped(bench.items(count), bench.work, at_once=at_once, ordered=ordered):
                results.append(result)
                assert bench.taken - len(results) <= 4 * at_once

    run(main(), forgetting=False)
    assert results == ([-item for item in range(count)] if ordered else [-item for item in ends])
    assert Counter(results) == Counter(-item for item in range(count))
    assert bench.most_under_way <= at_once


@BOTH
def test_a_slow_reader_holds_the_input_back(ordered: bool) -> None:
    bench = Bench()

    async def instant(item: int) -> int:
        return item

    async def main() -> None:
        async with aclosing(mapped(bench.items(), instant, at_once=3, ordered=ordered)) as results:
            assert await anext(results) == 0
            await settled()
            assert bench.taken == 1 + 4 * 3  # the one that was read, and those held
            assert [await anext(results) for _ in range(100)] == list(range(1, 101))
            await settled()
            assert bench.taken == 101 + 4 * 3

    run(main())


@BOTH
def test_slow_work_holds_the_input_back(ordered: bool) -> None:
    bench = Bench()

    async def main() -> None:
        async with aclosing(mapped(bench.items(), bench.work, at_once=5, ordered=ordered)) as results:
            first = asyncio.ensure_future(anext(results))
            await settled()
            assert bench.taken == len(bench.under_way) == 5
            bench.end(0)
            assert await first == 0
            await settled()
            assert bench.taken == 6

    run(main())


def test_those_behind_a_slow_first_one_are_held_up_to_the_bound() -> None:
    bench = Bench()

    async def main() -> None:
        async with aclosing(mapped(bench.items(), bench.work, at_once=2, ordered=True)) as results:
            first = asyncio.ensure_future(anext(results))
            for item in range(1, 8):
                await settled()
                bench.end(item)
            await settled()
            assert bench.taken == 4 * 2
            assert list(bench.under_way) == [0]
            bench.end(0)
            assert [await first, *[await anext(results) for _ in range(7)]] == [-item for item in range(8)]

    run(main())


@BOTH
def test_what_the_input_raises_comes_after_the_results(ordered: bool) -> None:
    bench = Bench()
    results: list[int] = []

    async def breaking() -> AsyncIterator[int]:
        async for item in bench.items(3):
            yield item
        raise LookupError("the cursor is gone")

    async def main() -> None:
        async def end_all() -> None:
            for item in (2, 0, 1):
                await settled()
                bench.end(item)

        async with asyncio.TaskGroup() as group:
            group.create_task(end_all())
            with pytest.raises(LookupError, match="cursor"):
                await read(mapped(breaking(), bench.work, at_once=8, ordered=ordered), results)

    run(main())
    assert results == ([0, -1, -2] if ordered else [-2, 0, -1])


@BOTH
def test_what_work_raises_ends_the_rest(ordered: bool) -> None:
    bench = Bench()
    results: list[int] = []

    async def main() -> None:
        async def end_some() -> None:
            await settled()
            bench.fail(3)  # unseen where 2 has to come first
            bench.fail(2)
            bench.end(1)
            bench.end(0)

        async with asyncio.TaskGroup() as group:
            group.create_task(end_some())
            with pytest.raises(ArithmeticError):
                await read(mapped(bench.items(), bench.work, at_once=6, ordered=ordered), results)

    run(main())
    if ordered:
        assert results == [0, -1]
    assert {4, 5} <= set(bench.cancelled)
    assert not bench.under_way


@BOTH
def test_closing_early_cancels_what_is_under_way_and_waits_for_it(ordered: bool) -> None:
    bench = Bench()
    left = []

    async def slow_to_leave(item: int) -> int:
        try:
            return await bench.work(item)
        except asyncio.CancelledError:
            await settled()
            left.append(item)
            raise

    async def main() -> None:
        async with aclosing(mapped(bench.items(), slow_to_leave, at_once=4, ordered=ordered)) as results:
            first = asyncio.ensure_future(anext(results))
            await settled()
            bench.end(0)
            await first
            await settled()
            bench.fail(1)  # nobody will ask
            await settled()
            assert sorted(bench.under_way) == [2, 3, 4, 5]
        assert sorted(left) == [2, 3, 4, 5]

    run(main())


@BOTH
def test_a_cancelled_reader_leaves_nothing_behind(ordered: bool) -> None:
    bench = Bench()

    async def main() -> None:
        reader = asyncio.ensure_future(read(mapped(bench.items(), bench.work, at_once=4, ordered=ordered), []))
        await settled()
        assert len(bench.under_way) == 4
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        assert sorted(bench.cancelled) == [0, 1, 2, 3]

    run(main())


@BOTH
def test_cancelling_the_task_that_takes_the_items_ends_them(ordered: bool) -> None:
    bench = Bench()
    takers: list[asyncio.Task[Any] | None] = []

    async def idle() -> AsyncIterator[int]:
        takers.append(asyncio.current_task())
        yield 0
        yield 1
        await asyncio.Future()  # nothing more, ever

    async def main() -> None:
        async def stop() -> None:
            await settled()
            assert takers[0] is not None
            takers[0].cancel()
            for item in (1, 0):
                await settled()
                bench.end(item)

        async with asyncio.TaskGroup() as group:
            group.create_task(stop())
            results = [result async for result in mapped(idle(), bench.work, at_once=8, ordered=ordered)]
        assert results == ([0, -1] if ordered else [-1, 0])

    run(main())


def test_either_kind_of_iterable_is_streamed() -> None:
    async def main() -> list[int]:
        return [item async for item in streamed(Bench().items(3))] + [item async for item in streamed(iter([7, 8]))]

    assert run(main()) == [0, 1, 2, 7, 8]


class Elsewhere:
    """A loop in a thread of its own."""

    def __enter__(self) -> asyncio.AbstractEventLoop:
        self.loop = asyncio.new_event_loop()
        self.complaints: list[dict[str, Any]] = []
        self.loop.set_exception_handler(lambda _, said: self.complaints.append(said))
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        return self.loop

    def __exit__(self, *_: object) -> None:
        async def left() -> int:
            gc.collect()
            await settled()
            return len(asyncio.all_tasks()) - 1

        assert asyncio.run_coroutine_threadsafe(left(), self.loop).result(20) == 0
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
        assert self.complaints == []


def negated(items: AsyncIterator[int]) -> AsyncGenerator[int]:
    async def work(item: int) -> int:
        return -item

    return mapped(items, work, at_once=2, ordered=True)


def hung(items: AsyncIterator[int]) -> AsyncGenerator[int]:
    """The first result comes, the others hang."""

    async def work(item: int) -> int:
        if item:
            await asyncio.Future()
        return -item

    return mapped(items, work, at_once=3, ordered=True)


def test_items_are_taken_by_the_thread_that_reads_and_work_runs_in_the_loop() -> None:
    takers, workers = set(), set()

    def items() -> Iterator[int]:
        for item in range(50):
            takers.add(threading.get_ident())
            yield item

    def mapping(asked: AsyncIterator[int]) -> AsyncGenerator[int]:
        async def work(item: int) -> int:
            workers.add(threading.get_ident())
            return -item

        return mapped(asked, work, at_once=4, ordered=True)

    with Elsewhere() as loop:
        assert list(pumped(loop, items(), mapping)) == [-item for item in range(50)]
    assert takers == {threading.get_ident()}
    assert len(workers) == 1
    assert workers != takers


def test_an_endless_input_is_taken_only_as_results_are() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        while True:
            taken += 1
            yield taken

    with Elsewhere() as loop:
        results = pumped(loop, items(), negated)
        for read, result in enumerate(itertools.islice(results, 300), 1):
            assert result == -read
            assert taken - read <= 4 * 2
        results.close()


@pytest.mark.parametrize("error", [LookupError, ValueError, StopAsyncIteration])
def test_what_the_items_raise_comes_after_the_results(error: type[Exception]) -> None:
    def items() -> Iterator[int]:
        yield from (1, 2, 3)
        raise error

    with Elsewhere() as loop:
        results = pumped(loop, items(), negated)
        assert list(itertools.islice(results, 3)) == [-1, -2, -3]
        # an iterator's end can't be passed on as it is: PEP 479
        with pytest.raises(RuntimeError if error is StopAsyncIteration else error):
            next(results)


def test_what_is_no_iterable_is_said_at_once() -> None:
    with Elsewhere() as loop, pytest.raises(TypeError, match="not iterable"):
        next(iter(pumped(loop, 5, negated)))  # type: ignore[arg-type]


def test_closing_waits_until_nothing_is_under_way() -> None:
    with Elsewhere() as loop:
        results = pumped(loop, itertools.count(), hung)
        assert next(results) == 0
        results.close()
        assert asyncio.all_tasks(loop) == set()


def test_an_interrupt_leaves_nothing_under_way() -> None:
    with Elsewhere() as loop:
        results = pumped(loop, itertools.count(), hung)
        assert next(results) == 0
        with pytest.raises(KeyboardInterrupt):
            results.throw(KeyboardInterrupt)  # as by Ctrl-C while it waits
        assert asyncio.all_tasks(loop) == set()


def test_an_interrupt_where_items_are_made_is_raised_at_once() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise KeyboardInterrupt

    with Elsewhere() as loop:
        with pytest.raises(KeyboardInterrupt):
            list(pumped(loop, items(), hung))
        assert asyncio.all_tasks(loop) == set()


def test_a_generator_forgotten_in_the_loops_own_thread_does_not_wait_for_itself() -> None:
    closed = threading.Event()

    with Elsewhere() as loop:
        results = pumped(loop, itertools.count(), hung)
        next(results)

        def forget() -> None:
            results.close()
            closed.set()

        loop.call_soon_threadsafe(forget)
        assert closed.wait(20)


def test_a_loop_that_is_cleared_ends_the_reader() -> None:
    with Elsewhere() as loop:

        def clear() -> None:
            for task in asyncio.all_tasks(loop):
                task.cancel()

        results = pumped(loop, itertools.count(), hung)
        assert next(results) == 0
        loop.call_soon_threadsafe(clear)
        with pytest.raises(CancelledError):
            next(results)


def test_two_readers_of_one_loop_do_not_meet() -> None:
    with Elsewhere() as loop:
        one, two = pumped(loop, range(100), negated), pumped(loop, range(1000, 1100), negated)
        assert list(zip(one, two, strict=True)) == [(-item, -1000 - item) for item in range(100)]


def test_items_that_make_their_thread_wait_hold_nothing_else_up() -> None:
    waits, takers = threading.Event(), set()

    def items() -> Iterator[int]:
        takers.add(threading.get_ident())
        yield 1
        waits.wait()
        yield 2

    async def main() -> None:
        async with aclosing(threaded(items())) as stream:
            assert await anext(stream) == 1
            second = asyncio.ensure_future(anext(stream))
            await settled()  # the loop runs
            assert not second.done()
            waits.set()
            assert await second == 2
            with pytest.raises(StopAsyncIteration):
                await anext(stream)

    run(main())
    assert takers.isdisjoint({threading.get_ident()})


def test_a_thread_takes_few_items_ahead() -> None:
    taken = read = 0

    def items() -> Iterator[int]:
        nonlocal taken
        while True:
            taken += 1
            assert taken - read <= 17  # one of them on its way to the reader
            yield taken

    async def main() -> None:
        nonlocal read
        async with aclosing(threaded(items())) as stream:
            async for item in stream:
                read += 1
                assert item == read
                if read == 2000:
                    break

    run(main())


def test_what_threaded_items_raise_is_raised() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("gone")

    async def main() -> None:
        stream = threaded(items())
        assert await anext(stream) == 1
        with pytest.raises(LookupError, match="gone"):
            await anext(stream)

    run(main())


def test_leaving_items_that_wait_for_ever_is_no_wait() -> None:
    waits = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        waits.wait()
        yield 2

    async def main() -> None:
        async with aclosing(threaded(items())) as stream:
            assert await anext(stream) == 1
            second = asyncio.ensure_future(anext(stream))
            await settled()
            second.cancel()
            with pytest.raises(asyncio.CancelledError):
                await second

    run(main())
    waits.set()  # its item is for a loop that is closed
    for thread in threading.enumerate():
        if thread.name == "extractor-input":
            thread.join(20)
            assert not thread.is_alive()
