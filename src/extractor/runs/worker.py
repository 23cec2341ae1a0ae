"""One thread that does what many coroutines ask of a store, in batches: they share its transactions."""

from __future__ import annotations

import asyncio
import math
import queue
import threading
import time
from collections import defaultdict
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from extractor.runs.operations import Claim, Record, Release
from extractor.runs.place import cache_folder

if TYPE_CHECKING:
    from extractor.runs.ledger import Ledger
    from extractor.runs.operations import Operation
    from extractor.runs.place import Place

_BATCH = 500  # operations in one transaction, at most
# Between two transactions, so that the next has more to do: most of what one costs doesn't grow with what it does.
# PostgreSQL has the same as commit_delay. A model takes seconds, and a store that isn't busy never waits.
_GATHER_S = 0.02

Asked = tuple["Operation", "asyncio.Future[Any] | None"]


class Worker:
    """Opens the store at a place in a thread of its own, and works there until `close`.

    Made, used and closed by event loops; any number of them.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._queue: queue.SimpleQueue[list[Asked] | None] = queue.SimpleQueue()
        # what one pass of a loop asks for: it is handed over at once, for one transaction
        self._gathered: dict[asyncio.AbstractEventLoop, list[Asked]] = {}
        self._opened: Future[None] = Future()
        self._closed: Future[None] = Future()
        self.ready = False
        threading.Thread(target=self._work, name="extractor store", daemon=True).start()

    async def opened(self) -> None:
        """Waits for the store to be open. Raises `StoreError`."""
        if not self.ready:  # every posting asks, and each such wait wakes the loop by a socket
            await asyncio.shield(asyncio.wrap_future(self._opened))
            self.ready = True

    async def close(self) -> None:
        """Does what was asked before, writes what is left to write, and closes the store. Raises `StoreError`."""
        self.ready = False
        for loop in list(self._gathered):
            self._hand_over(loop)
        self._queue.put(None)
        await asyncio.shield(asyncio.wrap_future(self._closed))

    def do(self, operation: Operation) -> asyncio.Future[Any]:
        """What the operation is answered by, in the running loop. Raises `StoreError`."""
        if not self.ready:
            raise RuntimeError("the store is used after its last connected() block")
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        if (gathered := self._gathered.get(loop)) is None:
            gathered = self._gathered[loop] = []
            loop.call_soon(self._hand_over, loop)
        gathered.append((operation, future))
        return future

    def tell(self, operation: Operation) -> None:
        """Asks for an operation that nobody waits for."""
        self._queue.put([(operation, None)])

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        if gathered := self._gathered.pop(loop, None):
            self._queue.put(gathered)

    def _work(self) -> None:
        try:
            from extractor.runs.database import Database
            from extractor.runs.ledger import Ledger

            database = Database(self._place, create=True)
            ledger = Ledger(database, cache_folder() / "owners")
        except BaseException as error:  # noqa: BLE001  raised where it is awaited
            self._opened.set_exception(error)
            self._closed.set_result(None)
            return
        self._opened.set_result(None)
        try:
            with database:
                more, written = True, -math.inf
                while more:
                    batch, more = self._take(ledger.wait_s, written + _GATHER_S)
                    self._do(ledger, batch)
                    if _writes(batch):
                        written = time.monotonic()
                ledger.end()
        except BaseException as error:  # noqa: BLE001
            self._closed.set_exception(error)
        else:
            self._closed.set_result(None)

    def _take(self, wait_s: float | None, write_at: float) -> tuple[list[Asked], bool]:
        """Waits for work and takes what there is of it, no writing before `write_at`; and whether more may come."""
        batch: list[Asked] = []
        with suppress(queue.Empty):
            asked = self._queue.get(timeout=wait_s)
            while asked is not None:
                batch += asked
                if _writes(asked) and (early_s := write_at - time.monotonic()) > 0:
                    time.sleep(early_s)
                if len(batch) >= _BATCH:
                    break
                asked = self._queue.get_nowait()
            else:
                return batch, False
        return batch, True

    def _do(self, ledger: Ledger, batch: list[Asked]) -> None:
        outcomes: list[Any]
        try:
            outcomes = ledger.do([operation for operation, _ in batch])
        except Exception as error:  # noqa: BLE001  raised where it is awaited
            outcomes = [error] * len(batch)
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Operation, asyncio.Future[Any], Any]]] = defaultdict(list)
        for (operation, future), outcome in zip(batch, outcomes, strict=True):
            if future is not None:
                by_loop[future.get_loop()].append((operation, future, outcome))
        for loop, settled in by_loop.items():
            try:
                loop.call_soon_threadsafe(self._settle, settled)
            except RuntimeError:  # the loop is closed
                self._give_back(settled)

    def _settle(self, settled: list[tuple[Operation, asyncio.Future[Any], Any]]) -> None:
        """Tells the waiting coroutines of one loop, in that loop."""
        for operation, future, outcome in settled:
            if future.done():
                self._give_back([(operation, future, outcome)])
            elif isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    def _give_back(self, settled: list[tuple[Operation, asyncio.Future[Any], Any]]) -> None:
        """Ends the claims that were granted to coroutines that are no more."""
        for operation, _, outcome in settled:
            if isinstance(operation, Claim) and outcome is None:
                self.tell(Release(operation.key))


def _writes(batch: list[Asked]) -> bool:
    """Whether somebody waits for these to be written."""
    return any(isinstance(operation, (Claim, Record)) for operation, _ in batch)
