"""The store: every answer that was paid for, and what became of each document, in SQLite or PostgreSQL."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from extractor.errors import StoreError
from extractor.runs.place import place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from datetime import timedelta
    from pathlib import Path

    from extractor.models.base import Kept
    from extractor.models.usage import Usage
    from extractor.outcome import Result
    from extractor.runs.contents import Pruned, Stats
    from extractor.runs.worker import Worker


class Store:
    """Keeps answers and results by key, for this process and others.

    `where` is the path of a SQLite file, a URL (postgresql://…), or None for a file under the user's cache directory.
    A key is ASCII, and stands for all that the answer depends on.

    Its asynchronous methods work while a `connected` block runs; a call outside of one has a block of its own. All
    raise `StoreError`, in one line that names the store and the remedy. The others open the store and close it again.
    """

    def __init__(self, where: str | Path | None = None) -> None:
        self._place = place(where)
        self._lock = threading.Lock()
        self._users = 0
        self._worker: Worker | None = None
        # an answer that is being asked for: what becomes of it, None where its asker was cancelled
        self._asked: dict[tuple[Any, str], asyncio.Future[tuple[Kept, bool] | BaseException | None]] = {}

    def __repr__(self) -> str:
        return f"Store({self.name!r})"

    @property
    def name(self) -> str:
        """The file's path, or the URL without its password."""
        return self._place.name

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Holds the store open while the block runs; the last block to end writes what is left and closes it."""
        from extractor.runs.worker import Worker

        with self._lock:
            self._users += 1
            if self._worker is None:
                self._worker = Worker(self._place)
            worker = self._worker
        try:
            await worker.opened()
            yield
        except BaseException:
            with suppress(StoreError):
                await self._leave()
            raise
        await self._leave()

    async def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            worker = None if self._users else self._worker
            if worker:
                self._worker = None
        if worker:
            await worker.close()

    async def result(self, key: str) -> Result | None:
        """What became of a document; None: nothing yet."""
        from extractor.runs.operations import Lookup

        if (worker := self._ready) is None:
            async with self.connected():
                return await self.result(key)
        found: Result | None = await worker.do(Lookup(key))
        return found

    def keep_result(self, key: str, document: str, source: str, result: Result, usage: Usage) -> None:
        """Keeps what became of the document of this id and source, in place of what was known of it.

        It is written with the next answer, within seconds, or when the last block ends: losing it costs no money.
        """
        if self._worker is None:
            raise RuntimeError("a result is kept while a connected() block runs")
        from extractor.runs.operations import Finished

        self._worker.tell(Finished(key, document, source, result, usage))

    async def once(
        self, key: str, model: str, ask: Callable[[], Awaitable[Kept]], *, anew: bool = False
    ) -> tuple[Kept, bool]:
        """The kept answer of `key` and True; or what `ask` gives, durably kept before it is returned, and False.

        However many want the same key at once, here or in other processes, one asks, and the others get its answer as
        a kept one; those here get its error too. `anew` asks although an answer is kept, and replaces it.
        """
        from extractor.runs.asking import once

        if (worker := self._ready) is None:
            async with self.connected():
                return await self.once(key, model, ask, anew=anew)
        loop = asyncio.get_running_loop()
        place = loop, key
        while (asked := self._asked.get(place)) is not None:
            outcome = await asyncio.shield(asked)
            if isinstance(outcome, BaseException):
                raise outcome
            if outcome and not (anew and outcome[1]):
                return outcome[0], True
        asked = self._asked[place] = loop.create_future()
        outcome = None
        try:
            outcome = await once(worker, key, model, ask, anew)
        except Exception as error:
            outcome = error
            raise
        finally:
            del self._asked[place]
            asked.set_result(outcome)
        return outcome

    def stats(self) -> Stats:
        """What is in the store."""
        from extractor.runs import contents

        return contents.stats(self._place)

    def prune(self, older_than: timedelta) -> Pruned:
        """Removes answers and results that are older, in small steps beside which others can write.

        A SQLite file becomes smaller; PostgreSQL gives the space back in its own time.
        """
        from extractor.runs import contents

        return contents.prune(self._place, older_than)

    def export(self) -> Iterator[dict[str, Any]]:
        """All that is in the store, in JSON's types: each answer, then each record or failure."""
        from extractor.runs import contents

        return contents.export(self._place)

    def typical_output_tokens(self, model: str) -> float | None:
        """The mean of the kept answers of this model; None where there are none, or no store."""
        from extractor.runs import contents

        return contents.typical_output_tokens(self._place, model)

    @property
    def _ready(self) -> Worker | None:
        """The open store's thread."""
        return self._worker if self._worker and self._worker.ready else None
