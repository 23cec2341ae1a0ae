"""Processes that want answers of a store, to be told what to answer, or to be killed.

They are forked from a process that has imported what they need: starting an interpreter for each takes a second.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from extractor.models.base import Kept
from extractor.models.usage import Usage
from extractor.runs.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["__main__", "asyncio", "extractor.runs.ledger", "extractor.runs.database", "psycopg"])


class Asker:
    """A process that wants `keys`.

    It says `ready` when the store is open, `asking KEY` each time that it really asks, `got KEY` and, in the end,
    `done`. Told `go`, it begins, and answers by itself; told `wait`, it waits for each answer: `answer` or `fail`.
    """

    def __init__(self, process: BaseProcess, connection: Connection) -> None:
        self._process = process
        self._connection = connection

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def hears(self, word: str) -> None:
        self._connection.send(word)

    def says(self) -> str:
        word: str = self._connection.recv()
        return word

    def dies(self) -> None:
        """By SIGKILL."""
        self._process.kill()
        self._process.join()


@contextmanager
def asker(where: str, *keys: str) -> Iterator[Asker]:
    """The process while the block runs."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=_want, args=(where, keys, theirs, os.environ["XDG_CACHE_HOME"]))
    process.start()
    theirs.close()
    try:
        yield Asker(process, ours)
    finally:
        process.kill()
        process.join()
        ours.close()


def _want(where: str, keys: tuple[str, ...], connection: Connection, cache: str) -> None:
    os.environ["XDG_CACHE_HOME"] = cache
    asyncio.run(_all(Store(where), keys, connection))


async def _all(store: Store, keys: tuple[str, ...], connection: Connection) -> None:
    loop = asyncio.get_running_loop()
    heard: asyncio.Queue[str] = asyncio.Queue()

    def hear() -> None:
        while True:
            loop.call_soon_threadsafe(heard.put_nowait, connection.recv())

    async def one(key: str) -> None:
        async def ask() -> Kept:
            connection.send(f"asking {key}")
            if by_itself:
                await asyncio.sleep(random.uniform(0, 0.02))
            elif await heard.get() == "fail":
                raise ValueError(key)
            return Kept(f"{os.getpid()} on {key}".encode(), Usage(1, 10, 0, 5, 0.25))

        await store.once(key, "model", ask)
        connection.send(f"got {key}")

    async with store.connected():
        connection.send("ready")
        threading.Thread(target=hear, daemon=True).start()
        by_itself = await heard.get() == "go"
        await asyncio.gather(*map(one, keys))
    connection.send("done")
