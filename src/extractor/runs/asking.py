"""Whoever claims an answer first asks for it, the others wait: in all processes that share a store."""

from __future__ import annotations

import asyncio
import math
import random
from typing import TYPE_CHECKING

from extractor.runs.operations import Claim, Held, Record, Release

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from extractor.models.base import Kept
    from extractor.runs.worker import Worker

# seconds between looks at an answer that another process is asking for: a model takes seconds
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 1.0


async def once(
    worker: Worker, key: str, model: str, ask: Callable[[], Awaitable[Kept]], anew: bool
) -> tuple[Kept, bool]:
    """As `Store.once`, where nobody else in this loop wants the key."""
    after = math.inf if anew else -math.inf
    pause_s = _FIRST_PAUSE_S
    while (verdict := await _claimed(worker, Claim(key, after))) is not None:
        if not isinstance(verdict, Held):
            return verdict, True
        # what is made from now on was made anew
        after = min(after, verdict.made_at)
        await asyncio.sleep(pause_s * random.uniform(0.75, 1.25))  # noqa: S311
        pause_s = min(_LONGEST_PAUSE_S, 1.5 * pause_s)
    try:
        kept = await ask()
        await worker.do(Record(key, model, kept))
    except BaseException:
        worker.tell(Release(key))
        raise
    return kept, False


async def _claimed(worker: Worker, claim: Claim) -> Kept | Held | None:
    """The answer to a claim; None: it is granted. Whoever is cancelled between the two gives it back."""
    verdict = worker.do(claim)
    try:
        granted: Kept | Held | None = await verdict
    except asyncio.CancelledError:
        if not verdict.cancelled() and verdict.exception() is None and verdict.result() is None:
            worker.tell(Release(claim.key))
        raise
    return granted
