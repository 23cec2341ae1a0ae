"""The synchronous door to asynchronous work."""

from __future__ import annotations

import asyncio
import threading
import weakref
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractAsyncContextManager

Result = TypeVar("Result")


class Door:
    """Runs coroutines for callers that have no event loop, or have one they can't await in (notebooks).

    One loop in one thread, started at the first call; it holds what `connected` opens until `close`.
    """

    def __init__(self, connected: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        self._connected = connected
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._shut: Callable[[], object] = lambda: None

    def run(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """The result of `work()`; an interrupted wait cancels it."""
        loop = self.open()
        future = asyncio.run_coroutine_threadsafe(work(), loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def open(self) -> asyncio.AbstractEventLoop:
        """The loop, running, with the connections held."""
        with self._lock:
            if self._loop is None:
                loop = asyncio.new_event_loop()
                thread = threading.Thread(target=loop.run_forever, name="extractor", daemon=True)
                thread.start()
                held = AsyncExitStack()
                asyncio.run_coroutine_threadsafe(held.enter_async_context(self._connected()), loop).result()
                # runs when the extractor is forgotten too, and at exit
                self._shut = weakref.finalize(self, _stop, loop, thread, held)
                self._loop = loop
            return self._loop

    def close(self) -> None:
        """Closes the connections and ends the thread; the next call starts anew."""
        with self._lock:
            self._shut()
            self._loop = None


def _stop(loop: asyncio.AbstractEventLoop, thread: threading.Thread, held: AsyncExitStack) -> None:
    asyncio.run_coroutine_threadsafe(_leave(held), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def _leave(held: AsyncExitStack) -> None:
    """Ends what is still under way, a run that nobody reads any more say, and lets go of what is held."""
    under_way = asyncio.all_tasks() - {asyncio.current_task()}
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)
    await held.aclose()
