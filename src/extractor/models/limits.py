"""How fast requests leave, and how much they may take: shared by all requests of an extractor."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiolimiter import AsyncLimiter

from extractor.errors import BudgetReachedError, UsageError
from extractor.models.usage import Usage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from extractor.models.prices import Price


class Pace:
    """How fast requests leave: at most `concurrency` at once, and `rpm` of them and `tpm` tokens a minute.

    How many may leave at once adapts to the server, as TCP's congestion control does (RFC 5681): one more with each
    answer until it first throttles, which doubles them in each round trip; half at a throttle; from then on one more in
    each round trip. No minute sees more than `rpm` requests, nor more than `tpm` tokens and one request.
    """

    def __init__(self, *, concurrency: int = 32, rpm: float | None = None, tpm: float | None = None) -> None:
        self.concurrency = concurrency
        self.in_flight = 0
        self.throttled_times = 0
        """How often the limit was halved."""
        self._limit = float(min(concurrency, max(16, concurrency // 2)))
        self._rates = rpm, tpm
        self._owed = 0.0
        self._paused_until = 0.0
        self._gate: _Gate | None = None

    @property
    def limit(self) -> int:
        """How many requests may be under way at once now."""
        return int(self._limit)

    @property
    def paused_for_s(self) -> float:
        """Seconds until requests may leave again; 0.0 when they may."""
        return max(0.0, self._paused_until - time.monotonic())

    @asynccontextmanager
    async def turn(self, tokens: float) -> AsyncIterator[Turn]:
        """Waits until a request of about `tokens` may leave; the block is one attempt. First come, first served."""
        gate = await self._here()
        async with gate.lock:
            await self._clear(gate)
            if gate.rpm:
                await gate.rpm.acquire()
            if gate.tpm:
                # the one before is paid for, not this one: it may be larger than the bucket
                while self._owed > 0:
                    part = min(self._owed, gate.tpm.max_rate)
                    await gate.tpm.acquire(part)
                    self._owed -= part
            await self._clear(gate)  # much may have happened meanwhile
            if gate.tpm:
                self._owed += tokens
            self.in_flight += 1
        try:
            yield Turn(self, self.throttled_times)
        finally:
            self.in_flight -= 1
            gate.stirred.set()

    async def taken_up(self) -> None:
        """Waits until an answer that has come may be worked on: one of those that came together in a round of the loop.

        All worked on in one round, the next requests would leave together after the last, and their answers come
        together again: in waves, with nothing under way between them.
        """
        gate = await self._here()
        async with gate.landing:
            await asyncio.sleep(0)

    async def _here(self) -> _Gate:
        """The gate of the running loop: its parts can't be shared between loops."""
        loop = asyncio.get_running_loop()
        if self._gate is None or self._gate.loop is not loop:
            gate = _Gate(loop, asyncio.Lock(), asyncio.Event(), asyncio.Lock(), *map(_limiter, self._rates))
            if self._gate is not None:
                for limiter in (gate.rpm, gate.tpm):
                    if limiter:
                        await limiter.acquire(limiter.max_rate)  # what left in the last loop may have been a burst
            self._gate = gate
        return self._gate

    async def _clear(self, gate: _Gate) -> None:
        """Waits until nothing is in the way but the rates. One at a time does; the others wait for the lock."""
        while True:
            if (left_s := self.paused_for_s) > 0:
                await asyncio.sleep(left_s)
            elif self.in_flight >= self.limit:
                gate.stirred.clear()
                await gate.stirred.wait()
            else:
                return

    def _grow(self) -> None:
        step = 1 / self._limit if self.throttled_times else 1.0
        self._limit = min(self._limit + step, float(self.concurrency))

    def _shrink(self, epoch: int, after_s: float | None) -> None:
        if epoch == self.throttled_times:
            self.throttled_times += 1
            self._limit = max(1.0, self._limit / 2)
        if after_s is not None:
            self._paused_until = max(self._paused_until, time.monotonic() + after_s)


@dataclass(frozen=True, slots=True)
class _Gate:
    """What requests wait at, in one event loop: the first in the queue holds the lock, and looks when it's stirred.

    So the limiters have one to wait for at most; of several they would let the smallest go first.
    """

    loop: asyncio.AbstractEventLoop
    lock: asyncio.Lock
    stirred: asyncio.Event
    landing: asyncio.Lock
    rpm: AsyncLimiter | None
    tpm: AsyncLimiter | None


def _limiter(per_minute: float | None) -> AsyncLimiter | None:
    """At most `per_minute` in any minute, at most a second's worth of them at once."""
    if per_minute is None:
        return None
    burst = max(1.0, per_minute / 60)
    # the bucket's first fill comes on top of what leaks in a minute
    return AsyncLimiter(burst, 60 * burst / (per_minute - burst + 1))


@dataclass(frozen=True, slots=True)
class Turn:
    """One attempt under way. `epoch` counts the throttles before it left."""

    pace: Pace
    epoch: int

    def answered(self) -> None:
        """The server gave an answer: more requests may be under way."""
        self.pace._grow()

    def throttled(self, after_s: float | None = None) -> None:
        """The server wants fewer requests, and with `after_s` none at all for so many seconds.

        Those that were under way together are one throttle, however many of them say so.
        """
        self.pace._shrink(self.epoch, after_s)


# Half of the 4 characters a token that OpenAI gives for English, since other languages take more:
# help.openai.com/en/articles/4936856
_BYTES_PER_TOKEN = 2
# The five seeds' records take 528 to 965 tokens (cassettes/); a model that reasons first takes some thousands more.
_OUTPUT_TOKENS = 4000


class Budget:
    """What may be spent: `max_cost_usd` by `price`, and `max_tokens`; None is no limit.

    A request reserves the most that it may take before it leaves, and settles what it took. So a limit is passed only
    where requests take more than they reserved, and by no more than those in flight took together.

    Raises `UsageError` for a limit in money where no price is known.
    """

    def __init__(
        self, price: Price | None, *, max_cost_usd: float | None = None, max_tokens: int | None = None
    ) -> None:
        if max_cost_usd is not None and price is None:
            raise UsageError(
                "a budget in money needs the model's price: give a file of prices (--prices), or limit the tokens "
                "(--max-tokens)."
            )
        self.spent = Usage()
        self._price = price
        self._max_cost_usd = math.inf if max_cost_usd is None else max_cost_usd
        self._max_tokens = math.inf if max_tokens is None else max_tokens
        self._in_flight = 0
        self._reserved_tokens = 0
        self._reserved_usd = 0.0
        self._settled = asyncio.Event()
        # what those that were answered have taught
        self._answers = 0
        self._bytes = 0
        self._densest = 0.0  # tokens a byte
        self._longest = 0

    def expected(self, body_bytes: int, max_output_tokens: int | None = None) -> int:
        """Tokens, in and out, that a request takes: by the mean of those answered."""
        dense = self.spent.input_tokens / self._bytes if self._bytes else 1 / _BYTES_PER_TOKEN
        made = self.spent.output_tokens / self._answers if self._answers else _OUTPUT_TOKENS
        return math.ceil(body_bytes * dense + min(made, max_output_tokens or made))

    @asynccontextmanager
    async def reserve(self, body_bytes: int, max_output_tokens: int | None = None) -> AsyncIterator[Reservation]:
        """Holds the most that a request may take while the block runs: `max_output_tokens`, or the worst seen so far.

        Waits while it doesn't fit and others are in flight: they may take less than they hold. Raises
        `BudgetReachedError` where it doesn't fit and none is.
        """
        while not self._fits(held := self._most(body_bytes, max_output_tokens)):
            if not self._in_flight:
                raise BudgetReachedError(self._reached(held.most))
            await self._settled.wait()
        tokens, usd = _amounts(held.most)
        self._in_flight += 1
        self._reserved_tokens += tokens
        self._reserved_usd += usd
        try:
            yield held
        finally:
            self._in_flight -= 1
            self._reserved_tokens -= tokens
            self._reserved_usd -= usd
            self.spent += held.took
            if held.took.input_tokens:
                self._answers += 1
                self._bytes += body_bytes
                self._densest = max(self._densest, held.took.input_tokens / body_bytes)
                self._longest = max(self._longest, held.took.output_tokens)
            # each event belongs to the loop in which it was waited for
            settled, self._settled = self._settled, asyncio.Event()
            settled.set()

    def _most(self, body_bytes: int, max_output_tokens: int | None) -> Reservation:
        given = math.ceil(body_bytes * (self._densest or 1 / _BYTES_PER_TOKEN))
        made = max_output_tokens or self._longest or _OUTPUT_TOKENS
        return Reservation(Usage(0, given, 0, made, self._price.of(given, 0, made) if self._price else None))

    def _fits(self, held: Reservation) -> bool:
        spent_tokens, spent_usd = _amounts(self.spent)
        tokens, usd = _amounts(held.most)
        return (
            spent_tokens + self._reserved_tokens + tokens <= self._max_tokens
            and spent_usd + self._reserved_usd + usd <= self._max_cost_usd
        )

    def _reached(self, most: Usage) -> str:
        spent_tokens, spent_usd = _amounts(self.spent)
        tokens, usd = _amounts(most)
        if spent_usd + usd > self._max_cost_usd:
            spent, limit, more = _usd(spent_usd), _usd(self._max_cost_usd), _usd(usd)
        else:
            spent, limit, more = f"{spent_tokens:,}", f"{self._max_tokens:,} tokens", f"{tokens:,}"
        return (
            f"budget: {spent} of {limit} spent, and the next request may take {more} more: stopped. "
            "The same command goes on from here with a new budget."
        )


class Reservation:
    """The `most` that an attempt may take, and what it `took`: nothing until it's settled."""

    __slots__ = ("most", "took")

    def __init__(self, most: Usage) -> None:
        self.most = most
        self.took = Usage(requests=1)

    def settle(self, took: Usage | None) -> None:
        """What an answer took. None where the server doesn't say: then it's the most that it may have taken."""
        self.took += took or self.most


def _amounts(usage: Usage) -> tuple[int, float]:
    """Tokens, and US dollars as far as they are known."""
    return usage.input_tokens + usage.output_tokens, usage.cost_usd or 0.0


def _usd(amount: float) -> str:
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.4f}"
