"""Many coroutines at once over a stream of items: bounded, in order or as they come; streams between threads."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from concurrent.futures import CancelledError
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterable,
        AsyncIterator,
        Awaitable,
        Callable,
        Generator,
        Iterable,
        Iterator,
    )

Item = TypeVar("Item")
Result = TypeVar("Result")
_END: Any = object()
_AHEAD = 16  # items that `threaded` takes before they are wanted: to wake another thread for each costs more


async def mapped(
    items: AsyncIterable[Item], work: Callable[[Item], Awaitable[Result]], *, at_once: int, ordered: bool
) -> AsyncGenerator[Result]:
    """The result of `work` for each item, in the order of the items, or as they come.

    No more than `at_once` are worked on, and no more than four times as many are held: behind a slow one that must
    come first, or because the reader is slow. Then no further item is taken. What an item's work or the stream of
    items raises is raised here, after what came before it. The items are taken by a task of their own: cancelling it
    ends them. Closing the iterator cancels what is under way, and waits for its end.
    """
    working, held = asyncio.Semaphore(at_once), asyncio.Semaphore(4 * at_once)
    results: asyncio.Queue[Any] = asyncio.Queue()
    tasks: set[asyncio.Task[Result]] = set()

    async def feed() -> None:
        remaining = aiter(items)
        while True:
            await held.acquire()
            await working.acquire()
            item = await anext(remaining, _END)
            if item is _END:
                return
            task = asyncio.ensure_future(work(item))
            tasks.add(task)
            if ordered:
                results.put_nowait(task)
            task.add_done_callback(ended)
            await asyncio.sleep(0)  # the work on the first begins before all are begun

    def ended(task: asyncio.Task[Result]) -> None:
        tasks.discard(task)
        working.release()
        if not ordered:
            results.put_nowait(task)
        if not task.cancelled():
            task.exception()  # now it counts as seen: nobody may come to look at it any more
        end()

    def end(_: object = None) -> None:
        # as they come, the last to end is the last to be told of
        if feeder.done() and (ordered or not tasks):
            results.put_nowait(_END)

    feeder = asyncio.ensure_future(feed())
    feeder.add_done_callback(end)
    try:
        while (task := await results.get()) is not _END:
            result = await task
            held.release()
            yield result
        if not feeder.cancelled():
            await feeder
    finally:
        under_way = [feeder, *tasks]
        for each in under_way:
            each.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def streamed(items: Iterable[Item] | AsyncIterable[Item]) -> AsyncGenerator[Item]:
    """The items, whichever kind of iterable they are in."""
    if hasattr(items, "__aiter__"):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item


async def threaded(items: Iterable[Item]) -> AsyncGenerator[Item]:
    """The items, taken a few ahead by a thread of its own: where that waits, on standard input say, all else goes on.

    Closing it leaves the thread to end with the item that it waits for, or with the process.
    """
    loop, remaining = asyncio.get_running_loop(), iter(items)
    ready: deque[tuple[Any, BaseException | None]] = deque()
    filled, room = asyncio.Event(), threading.Semaphore(_AHEAD)
    waiting = left = False

    def take() -> None:
        item: Any = None
        while item is not _END:
            room.acquire()
            if left:
                return
            error = None
            try:
                item = next(remaining, _END)
            except BaseException as raised:  # noqa: BLE001  raised below, behind the items before it
                item, error = _END, raised
            ready.append((item, error))
            if waiting:
                with suppress(RuntimeError):  # the loop was closed meanwhile
                    loop.call_soon_threadsafe(filled.set)

    threading.Thread(target=take, name="extractor-input", daemon=True).start()
    try:
        while True:
            while not ready:
                filled.clear()
                waiting = True
                if not ready:  # filled before it could be seen that somebody waits
                    await filled.wait()
                waiting = False
            item, error = ready.popleft()
            room.release()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        left = True
        room.release()


def pumped(
    loop: asyncio.AbstractEventLoop,
    items: Iterable[Item],
    mapping: Callable[[AsyncIterator[Item]], AsyncGenerator[Result]],
) -> Generator[Result]:
    """What `mapping` makes of `items`: it runs in `loop`, another thread's, while the items are taken in this one.

    So a generator, a file or a database cursor is used by the thread that made it. Items are taken while this
    iterator is waited on. Closing it cancels what is under way, and waits for its end. Raises
    `concurrent.futures.CancelledError` where the loop's owner has cancelled it.
    """
    told: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    taken = asyncio.Semaphore(0)
    over = threading.Event()
    home = 0
    running: asyncio.Task[None]

    async def run() -> None:
        asked = _asked(lambda more: told.put(("more", more)))
        async with aclosing(asked) as wanted, aclosing(mapping(wanted)) as results:
            async for result in results:
                told.put(("result", result))
                await taken.acquire()

    def begin() -> None:
        nonlocal running, home
        home, running = threading.get_ident(), loop.create_task(run())
        running.add_done_callback(end)

    def end(task: asyncio.Task[None]) -> None:
        told.put(("end", CancelledError() if task.cancelled() else task.exception()))
        over.set()

    def cancel() -> None:
        running.cancel()

    remaining = iter(items)
    loop.call_soon_threadsafe(begin)
    try:
        while True:
            kind, value = told.get()
            if kind == "more":
                _answer(value, remaining)
            elif kind == "result":
                yield value
                if over.is_set():
                    raise CancelledError
                loop.call_soon_threadsafe(taken.release)
            elif value is not None:
                raise value
            else:
                return
    finally:
        if not over.is_set() and not loop.is_closed():
            loop.call_soon_threadsafe(cancel)
            # a forgotten generator may be closed by any thread: the loop's own mustn't wait for itself
            if threading.get_ident() != home:
                over.wait()


async def _asked(ask: Callable[[asyncio.Future[Any]], object]) -> AsyncGenerator[Any]:
    """The items that another thread gives by `_answer`, each when it is asked for by a future."""
    loop = asyncio.get_running_loop()
    while True:
        more: asyncio.Future[Any] = loop.create_future()
        ask(more)
        if (item := await more) is _END:
            return
        yield item


def _answer(more: asyncio.Future[Any], remaining: Iterator[Any]) -> None:
    """Gives the next item, or what taking it raised, to the future's loop."""
    item, error = _END, None
    try:
        item = next(remaining, _END)
    except Exception as raised:  # noqa: BLE001  raised there, behind the results of the items before it
        error = raised

    def settle() -> None:
        if not more.done():
            more.set_result(item) if error is None else more.set_exception(error)

    more.get_loop().call_soon_threadsafe(settle)
