"""Many documents: at once, counted, told of, and stopped by what no other document would survive."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

from extractor.errors import ModelError
from extractor.events import tell
from extractor.models.base import Deferred, DeferredError
from extractor.outcome import Extraction, Failure, Progress, Record
from extractor.streams import mapped, streamed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable
    from contextlib import AbstractAsyncContextManager

Posting = TypeVar("Posting")


async def outcomes(
    postings: AsyncIterable[Posting] | Iterable[Posting],
    outcome_of: Callable[[Posting], Awaitable[Extraction[Record] | Failure]],
    connected: AbstractAsyncContextManager[None],
    *,
    at_once: int,
    ordered: bool,
    progress: Progress,
) -> AsyncGenerator[Extraction[Record] | Failure]:
    """What becomes of each posting, as `Extractor.aextract_many` says."""
    fatal: ModelError | None = None

    async def wanted() -> AsyncGenerator[Posting]:
        loop, feeder = asyncio.get_running_loop(), asyncio.current_task()
        assert feeder is not None  # mapped's: to stop ends its wait for a posting too
        with progress.heard(lambda: loop.call_soon_threadsafe(feeder.cancel)):
            async with aclosing(streamed(postings)) as remaining:
                if progress.stopping:
                    return
                async for posting in remaining:
                    yield posting
                    if progress.stopping:
                        return

    async def work(posting: Posting) -> Extraction[Record] | Failure:
        nonlocal fatal
        progress.under_way += 1
        try:
            outcome = await outcome_of(posting)
        finally:
            progress.under_way -= 1
        if isinstance(outcome, Failure) and isinstance(outcome.error, ModelError) and outcome.error.fatal:
            fatal = fatal or outcome.error
            progress.stop()
        progress.count(outcome)
        return outcome

    async with (
        connected,
        aclosing(wanted()) as items,
        aclosing(mapped(items, work, at_once=at_once, ordered=ordered)) as ended,
    ):
        async for outcome in ended:
            if not (isinstance(outcome, Failure) and outcome.unasked):
                tell(outcome)
                yield outcome
    if fatal is not None:
        raise fatal


async def kept(
    postings: AsyncIterable[Posting] | Iterable[Posting],
    outcome_of: Callable[[Posting], Awaitable[Extraction[Record] | Failure]],
    connected: AbstractAsyncContextManager[None],
    *,
    at_once: int,
) -> AsyncGenerator[Extraction[Record] | Failure | Deferred]:
    """What the kept answers make of each posting, as `Extractor.akept_many` says."""

    async def work(posting: Posting) -> Extraction[Record] | Failure | Deferred:
        try:
            return await outcome_of(posting)
        except DeferredError as lacking:
            return lacking.request

    async with (
        connected,
        aclosing(streamed(postings)) as items,
        aclosing(mapped(items, work, at_once=at_once, ordered=True)) as ended,
    ):
        async for outcome in ended:
            # a record that was there before has been told of
            if isinstance(outcome, Failure) or (isinstance(outcome, Extraction) and not outcome.stored):
                tell(outcome)
            yield outcome
