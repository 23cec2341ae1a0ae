"""The pace holds its limits, whoever waits or is cancelled; a budget is passed by no more than what was in flight."""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.errors import BudgetReachedError, UsageError
from extractor.models.limits import Budget, Pace
from extractor.models.prices import Price
from extractor.models.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

Result = TypeVar("Result")


class _Skipping(selectors.DefaultSelector):
    """Waits for nothing: time is moved on instead. Where there is nothing left to wait for, it says so."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits, and nothing will ever happen"
            self.now += max(1e-9, timeout)  # no clock stands still
        return ready


def virtually(work: Callable[[], Coroutine[Any, Any, Result]], start_s: float = 0.0) -> Result:
    """Runs `work` in a loop whose clock begins at `start_s` and costs no time."""

    def loop() -> asyncio.AbstractEventLoop:
        selector = _Skipping()
        selector.now = start_s
        made = asyncio.SelectorEventLoop(selector)
        made.time = lambda: selector.now  # type: ignore[method-assign]
        return made

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(work())


async def leave(pace: Pace, sizes: list[int]) -> list[float]:
    """When each of these requests left; all ask at once."""
    left_s = [0.0] * len(sizes)

    async def one(n: int) -> None:
        async with pace.turn(sizes[n]):
            left_s[n] = asyncio.get_running_loop().time()

    async with asyncio.TaskGroup() as group:
        for n in range(len(sizes)):
            group.create_task(one(n))
    return left_s


def in_any_minute(left_s: list[float], sizes: list[int]) -> list[int]:
    """The sum of `sizes` in the minute that begins with each."""
    return [sum(size for at, size in zip(left_s, sizes, strict=True) if first <= at < first + 60) for first in left_s]


@settings(max_examples=50, deadline=None)
@given(rpm=st.integers(1, 150), count=st.integers(1, 200))
def test_no_minute_has_more_requests_than_allowed_and_none_waits_longer_than_needed(rpm: int, count: int) -> None:
    left_s = virtually(lambda: leave(Pace(concurrency=1000, rpm=rpm), [1] * count))
    # a hair's breadth for sums of floats
    assert max(in_any_minute([at * (1 + 1e-9) for at in left_s], [1] * count)) <= rpm
    burst = max(1.0, rpm / 60)
    assert left_s[-1] <= max(0.0, count - burst) * 60 / (rpm - burst + 1) + 1e-3


@settings(max_examples=50, deadline=None)
@given(tpm=st.integers(2_000, 1_000_000), sizes=st.lists(st.integers(1, 20_000), min_size=1, max_size=30))
def test_no_minute_has_more_tokens_than_allowed_but_for_one_request(tpm: int, sizes: list[int]) -> None:
    left_s = virtually(lambda: leave(Pace(concurrency=1000, tpm=tpm), sizes))
    assert left_s == sorted(left_s)
    assert max(in_any_minute([at * (1 + 1e-9) for at in left_s], sizes)) <= tpm + max(sizes) + 1
    # a second's worth may leave at once, and leaves so much less for the rest of the minute
    assert left_s[-1] <= sum(sizes[:-1]) * 60 / (tpm * 59 / 60) + 1e-3


def test_rates_hold_from_one_event_loop_to_the_next() -> None:
    pace = Pace(rpm=60)
    first = virtually(lambda: leave(pace, [1]))
    second = virtually(lambda: leave(pace, [1, 1]), start_s=first[-1])
    # one a second
    assert first + second == pytest.approx([0, 1, 2], abs=1e-6)


def test_requests_leave_in_the_order_in_which_they_came() -> None:
    async def run() -> list[int]:
        pace, order = Pace(concurrency=3), []

        async def one(n: int) -> None:
            async with pace.turn(n):
                order.append(n)
                await asyncio.sleep(n % 5)

        async with asyncio.TaskGroup() as group:
            for n in range(60):
                group.create_task(one(n))
        return order

    assert virtually(run) == list(range(60))


moves = st.sampled_from(["wait", "end", "fail", "cancel", "throttle", "answer"])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(moves, st.integers(0, 30)), max_size=60), st.sampled_from([None, 100]))
def test_no_slot_is_lost_or_given_twice(played: list[tuple[str, int]], rate: int | None) -> None:
    async def run() -> None:
        pace = Pace(concurrency=4, rpm=rate, tpm=rate)
        tasks: list[asyncio.Task[None]] = []
        ends: list[asyncio.Future[str]] = []
        under_way: list[int] = []

        async def one(n: int) -> None:
            async with pace.turn(50) as turn:
                under_way.append(n)
                try:
                    what = await ends[n]
                    turn.answered() if what == "answer" else turn.throttled() if what == "throttle" else None
                    if what == "fail":
                        raise ConnectionError
                finally:
                    under_way.remove(n)

        for what, n in played:
            if what == "wait":
                ends.append(asyncio.get_running_loop().create_future())
                tasks.append(asyncio.create_task(one(len(tasks))))
            elif what == "cancel" and n < len(tasks):
                tasks[n].cancel()
            elif n < len(ends) and not ends[n].done():
                ends[n].set_result(what)
            for _ in range(n):
                await asyncio.sleep(0)
            assert pace.in_flight == len(under_way) <= 4
        for end in ends:
            if not end.done():
                end.set_result("end")
        await asyncio.gather(*tasks, return_exceptions=True)
        assert pace.in_flight == 0
        assert len(await leave(pace, [1] * 10)) == 10

    virtually(run)


def test_the_limit_doubles_each_round_trip_until_a_throttle_and_then_grows_by_one() -> None:
    async def run() -> None:
        pace = Pace(concurrency=100)
        assert pace.limit == 50
        for _ in range(50):
            async with pace.turn(1) as turn:
                turn.answered()
        assert pace.limit == 100
        async with pace.turn(1) as turn:
            turn.throttled()
        assert pace.limit == 50
        for _ in range(51):
            async with pace.turn(1) as turn:
                turn.answered()
        assert pace.limit == 51
        for _ in range(10_000):
            async with pace.turn(1) as turn:
                turn.answered()
        assert pace.limit == 100

    asyncio.run(run())


@pytest.mark.parametrize(("concurrency", "start"), [(1, 1), (8, 8), (16, 16), (32, 16), (64, 32), (256, 128)])
def test_where_the_limit_starts(concurrency: int, start: int) -> None:
    assert Pace(concurrency=concurrency).limit == start


def test_requests_sent_together_halve_the_limit_once() -> None:
    async def run() -> None:
        pace = Pace(concurrency=16)
        async with pace.turn(1) as one, pace.turn(1) as two:
            one.throttled()
            async with pace.turn(1) as three:
                two.throttled()
                assert (pace.limit, pace.throttled_times) == (8, 1)
                three.throttled()
                assert (pace.limit, pace.throttled_times) == (4, 2)
        for _ in range(5):
            async with pace.turn(1) as turn:
                turn.throttled()
        assert (pace.limit, pace.throttled_times) == (1, 7)

    asyncio.run(run())


def test_a_pause_is_everybodys_and_ends_at_the_furthest_end() -> None:
    async def run() -> None:
        pace = Pace(concurrency=4)
        assert pace.paused_for_s == 0.0
        begun = time.monotonic()
        async with pace.turn(1) as one, pace.turn(1) as two, pace.turn(1) as three:
            one.throttled(0.1)
            two.throttled(0.3)
            three.throttled(0.2)
        assert 0.0 < pace.paused_for_s <= 0.3
        await leave(pace, [1] * 8)
        assert time.monotonic() - begun >= 0.3
        assert (pace.paused_for_s, pace.throttled_times) == (0.0, 1)

    asyncio.run(run())


def test_a_pause_that_begins_while_the_first_waits_holds_it() -> None:
    async def run() -> None:
        pace = Pace(concurrency=1)
        async with pace.turn(1) as turn:
            waiting = asyncio.create_task(leave(pace, [1]))
            await asyncio.sleep(0)
            begun = time.monotonic()
            turn.throttled(0.2)
        await waiting
        assert time.monotonic() - begun >= 0.2

    asyncio.run(run())


def test_a_throttle_while_the_first_waits_for_the_rate_holds_it() -> None:
    async def run() -> None:
        pace = Pace(concurrency=2, rpm=60)
        clock = asyncio.get_running_loop().time
        async with pace.turn(1) as turn:
            second = asyncio.create_task(leave(pace, [1]))
            await asyncio.sleep(0.5)
            turn.throttled()
            await asyncio.sleep(4.5)
            ended = clock()
        # the rate let it go after a second, but then one at once was the limit
        assert (await second)[0] >= ended

    virtually(run)


def test_answers_that_came_together_are_taken_up_one_in_a_round() -> None:
    async def rounds_of(count: int) -> list[int]:
        pace, loop, rounds = Pace(), asyncio.get_running_loop(), 0
        taken: list[int] = []

        def turn() -> None:
            nonlocal rounds
            rounds += 1
            if len(taken) < count:
                loop.call_soon(turn)

        async def answer() -> None:
            await pace.taken_up()
            taken.append(rounds)

        turn()
        await asyncio.gather(*(answer() for _ in range(count)))
        return taken

    taken = virtually(lambda: rounds_of(20))
    assert len(taken) == len(set(taken)) == 20


PRICE = Price(input=1.0, cached=0.5, output=4.0)
asked = st.tuples(
    st.integers(1, 40_000),  # bytes of the body
    st.none() | st.integers(1, 3000),  # max_output_tokens
    st.integers(0, 30_000),  # tokens in
    st.integers(0, 9_000),  # tokens out
    st.integers(1, 9),  # seconds
    st.sampled_from(["settled", "settled", "settled", "failed", "cancelled"]),
)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(asked, min_size=1, max_size=30),
    st.integers(1, 300_000),
    st.integers(1, 30).map(lambda cents: cents / 100),
    st.integers(1, 8),
)
def test_a_budget_is_passed_by_no_more_than_what_was_in_flight_took(
    requests: list[Any], max_tokens: int, max_cost_usd: float, at_once: int
) -> None:
    async def run() -> None:
        budget = Budget(PRICE, max_tokens=max_tokens, max_cost_usd=max_cost_usd)
        slots = asyncio.Semaphore(at_once)
        in_flight: dict[int, Usage] = {}
        last: list[Usage] = []  # those in flight when the last one left
        spent = Usage()

        async def one(n: int) -> None:
            nonlocal last, spent
            size, most, given, made, seconds, end = requests[n]
            took = Usage(0, given, 0, made, PRICE.of(given, 0, made))
            async with slots, budget.reserve(size, most) as held:
                in_flight[n] = took if end == "settled" else Usage()
                last = list(in_flight.values())
                try:
                    await asyncio.sleep(seconds)
                    if end == "failed":
                        raise ConnectionError
                    if end == "cancelled":
                        raise asyncio.CancelledError
                    held.settle(took)
                    spent += took
                finally:
                    del in_flight[n]

        ends = await asyncio.gather(*(one(n) for n in range(len(requests))), return_exceptions=True)
        more = sum(last, Usage())
        total = budget.spent
        assert (total.input_tokens, total.output_tokens) == (spent.input_tokens, spent.output_tokens)
        assert total.cost_usd == pytest.approx(spent.cost_usd)
        assert total.input_tokens + total.output_tokens <= max_tokens + more.input_tokens + more.output_tokens
        assert (total.cost_usd or 0.0) <= max_cost_usd + (more.cost_usd or 0.0) + 1e-9
        assert total.requests == sum(not isinstance(end, BudgetReachedError) for end in ends)

    virtually(run)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 20_000), st.integers(1, 4000), st.integers(1, 9)), min_size=1, max_size=30),
    st.integers(1, 300_000),
    st.booleans(),
)
def test_a_budget_is_kept_and_used_where_requests_take_what_is_estimated(
    requests: list[tuple[int, int, int]], limit: int, in_money: bool
) -> None:
    async def run() -> None:
        budget = Budget(PRICE, max_cost_usd=limit / 1e6) if in_money else Budget(PRICE, max_tokens=limit)

        async def one(given: int, made: int, seconds: int) -> None:
            async with budget.reserve(2 * given, made) as held:  # two bytes a token
                await asyncio.sleep(seconds)
                held.settle(Usage(0, given, 0, made, PRICE.of(given, 0, made)))

        ends = await asyncio.gather(*(one(*request) for request in requests), return_exceptions=True)
        # in tokens, or in millionths of a dollar
        took = [given + (4 if in_money else 1) * made for given, made, _ in requests]
        spent = sum(size for size, end in zip(took, ends, strict=True) if end is None)
        assert spent <= limit + 1e-6
        for size, end in zip(took, ends, strict=True):
            if end is not None:
                assert isinstance(end, BudgetReachedError)
                assert spent + size > limit - 1e-6
        assert budget.spent.requests == sum(end is None for end in ends)

    virtually(run)


def test_who_does_not_fit_waits_for_those_in_flight_to_take_less() -> None:
    async def run() -> None:
        budget = Budget(None, max_tokens=1000)
        async with budget.reserve(200, 700) as held:
            waiting = asyncio.create_task(_spend(budget, 200, 700, Usage(0, 100, 0, 300, None)))
            await asyncio.sleep(0)
            assert not waiting.done()
            held.settle(Usage(0, 100, 0, 50, None))
        await waiting
        assert (budget.spent.requests, budget.spent.output_tokens) == (2, 350)

    virtually(run)


async def _spend(budget: Budget, size: int, most: int | None, took: Usage | None) -> None:
    async with budget.reserve(size, most) as held:
        held.settle(took)


def test_who_waits_for_the_budget_may_be_cancelled() -> None:
    async def run() -> None:
        budget = Budget(None, max_tokens=1000)
        async with budget.reserve(200, 700):
            waiting = [asyncio.create_task(_spend(budget, 200, 700, Usage())) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[1].cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert [task.cancelled() for task in waiting] == [False, True, False]
        assert budget.spent.requests == 3

    virtually(run)


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        # 200,000 bytes are 100,000 tokens, $0.1, and 1,000 out are $0.004
        (
            {"max_cost_usd": 5.0},
            r"^budget: \$4\.98 of \$5\.00 spent, and the next request may take \$0\.1040 more: stopped",
        ),
        (
            {"max_tokens": 5_000_000},
            r"^budget: 4,980,000 of 5,000,000 tokens spent, and the next .* 101,000 more: stopped",
        ),
    ],
)
def test_a_budget_that_is_reached_says_how_to_go_on(limits: dict[str, Any], says: str) -> None:
    async def run() -> None:
        budget = Budget(PRICE, **limits)
        await _spend(budget, 9_960_000, 1, Usage(0, 4_980_000, 0, 0, 4.98))
        with pytest.raises(BudgetReachedError, match=says) as caught:
            await _spend(budget, 200_000, 1000, None)
        assert caught.value.fatal
        assert "The same command goes on" in str(caught.value)
        assert budget.spent.requests == 1

    virtually(run)


def test_a_budget_in_money_needs_a_price() -> None:
    with pytest.raises(UsageError, match="--prices"):
        Budget(None, max_cost_usd=1.0)


def test_what_a_server_does_not_say_counts_as_the_most_it_may_be() -> None:
    async def run() -> None:
        budget = Budget(PRICE)
        await _spend(budget, 2000, 500, None)
        assert (budget.spent.requests, budget.spent.input_tokens, budget.spent.output_tokens) == (1, 1000, 500)
        assert budget.spent.cost_usd == pytest.approx((1000 * 1 + 500 * 4) / 1e6)

    virtually(run)


def test_what_a_request_takes_is_learnt_from_those_before() -> None:
    async def run() -> None:
        budget = Budget(None, max_tokens=10_000)
        # two bytes a token, and 4,000 tokens out, until an answer says otherwise
        assert budget.expected(3000) == 1500 + 4000
        assert budget.expected(3000, 100) == 1500 + 100
        await _spend(budget, 4000, 1, Usage(0, 1000, 0, 300, None))
        await _spend(budget, 2000, 1, Usage(0, 1000, 0, 100, None))
        assert budget.expected(3000) == 1000 + 200
        assert budget.expected(3000, 50) == 1000 + 50
        # for the budget the worst counts: two bytes a token and 300 out, of which 7,600 left hold just this one
        async with budget.reserve(14_600) as held:
            assert (held.most.input_tokens, held.most.output_tokens) == (7300, 300)
        with pytest.raises(BudgetReachedError):
            await _spend(budget, 14_602, None, None)

    virtually(run)
