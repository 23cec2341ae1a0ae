"""Many postings through one extractor: order, failures in their places, progress, and every way to end."""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import subprocess
import sys
import threading
from collections import Counter
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from extractor import Extraction, Extractor, Failure, JobPosting, Progress, Usage
from extractor.documents import Document, from_text
from extractor.errors import InvalidAnswerError, KeyRejectedError, RefusedError, UnreadableError
from extractor.models.base import Reply
from extractor.records.citing import Claim
from tests.servers.completions import used
from tests.servers.scripted import ScriptedServer
from tests.servers.steps import answer, drip, hang, unknown_model, wrong_key

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
    from pathlib import Path

    from aiohttp import web

    from extractor.extraction import Posting
    from extractor.models.base import Request
    from tests.servers.steps import Exchange, Step

GOOD = json.dumps({"kind": {"value": "vacancy", "at": [0]}, "language": {"value": "en", "at": [0]}})
FACTS = tuple(Claim(field, None, value, (0,)) for field, value in (("kind", "vacancy"), ("language", "en")))
BOTH = pytest.mark.parametrize("unordered", [False, True], ids=["ordered", "unordered"])


class Waiting:
    """A model that answers a document when it is told to; "refuse" in the text is refused."""

    name = "waiting"
    repeats = True
    fingerprint = "0"

    def __init__(self) -> None:
        self.under_way: dict[str, asyncio.Future[None]] = {}
        self.arrived = threading.Semaphore(0)

    async def answer(self, request: Request) -> Reply:
        text = request.document.text
        self.under_way[text] = asyncio.get_running_loop().create_future()
        self.arrived.release()
        try:
            await self.under_way[text]
        finally:
            del self.under_way[text]
        if "refuse" in text:
            raise RefusedError("refused", Usage(requests=1))
        return Reply(FACTS, Usage(requests=1))

    def end(self, text: str) -> None:
        """From any thread."""
        future = self.under_way[text]
        future.get_loop().call_soon_threadsafe(future.set_result, None)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        yield


async def settled() -> None:
    for _ in range(30):
        await asyncio.sleep(0)


def texts(results: Iterable[Extraction[Any] | Failure]) -> list[str]:
    return [result.document.text if isinstance(result, Extraction) else result.id for result in results]


def wanted(trade: str, n: int) -> str:
    """Long enough to be seen to be English: nothing has to be asked again."""
    return f"{trade} {n} is wanted for the kitchen of our house, and you will be working with all of us."


def cooks(count: int | None = None) -> Iterator[str]:
    return (wanted("Cook", n) for n in (itertools.count() if count is None else range(count)))


def asked(server: ScriptedServer, **settings: Any) -> Extractor[JobPosting]:
    return Extractor(model="scripted", base_url=server.base_url, api_key="sk-none", **settings)


def by_text(**steps: Step) -> Any:
    """A script: the step whose name is in the posting, else a good answer."""

    def script(body: dict[str, Any], _: int) -> Step:
        posting = body["messages"][-1]["content"]
        return next((step for word, step in steps.items() if word in posting), answer(GOOD, usage=used(100, 10)))

    return script


def test_results_come_in_the_order_of_the_postings() -> None:
    all_there = asyncio.Event()

    async def together(exchange: Exchange) -> web.StreamResponse:
        if exchange.n == 7:
            all_there.set()
        await all_there.wait()
        return await answer(GOOD)(exchange)

    with ScriptedServer([together]) as server, asked(server, concurrency=8) as extractor:
        results = list(extractor.extract_many(cooks(40)))
    assert texts(results) == list(cooks(40))
    assert server.peak_in_flight == 8


@BOTH
def test_as_they_end_or_in_order(unordered: bool) -> None:
    model = Waiting()

    async def main() -> list[str]:
        async def end_backwards() -> None:
            for text in ("Three", "Two", "One"):
                await settled()
                model.end(text)

        async with asyncio.TaskGroup() as group:
            group.create_task(end_backwards())
            made = Extractor(model=model).aextract_many(["One", "Two", "Three"], unordered=unordered)
            return texts([result async for result in made])

    assert asyncio.run(main()) == (["Three", "Two", "One"] if unordered else ["One", "Two", "Three"])


def test_a_posting_may_be_of_every_type(tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_text("Cook by path")
    gone = tmp_path / "gone.txt"
    known = Failure("known", "elsewhere", UnreadableError("it was unreadable"))
    given: list[Posting] = [
        "Cook by text",
        b"Cook by bytes",
        file,
        from_text("Cook by document", id="own"),
        known,
        gone,
        "  ",
    ]
    results = list(Extractor(model="rules").extract_many(given))
    first = results[:4]
    assert [type(result) for result in first] == [Extraction] * 4
    assert texts(first) == ["Cook by text", "Cook by bytes", "Cook by path", "Cook by document"]
    assert [result.document.id for result in first[2:] if isinstance(result, Extraction)] == ["file", "own"]
    assert results[4] is known
    unread, empty = results[5:]
    assert isinstance(unread, Failure)
    assert (unread.id, unread.source) == ("gone", str(gone))
    assert isinstance(empty, Failure)
    assert type(empty.error).__name__ == "EmptyDocumentError"


def test_asynchronous_postings() -> None:
    async def postings() -> AsyncIterator[str]:
        for text in cooks(5):
            await asyncio.sleep(0)
            yield text

    async def main() -> list[str]:
        return texts([result async for result in Extractor(model="rules").aextract_many(postings())])

    assert asyncio.run(main()) == list(cooks(5))


@BOTH
def test_progress_counts_what_became_of_each(unordered: bool) -> None:
    known = Failure("known", "elsewhere", UnreadableError("it was unreadable"))
    progress = Progress()
    script = by_text(nonsense=answer("[]", usage=used(30, 3)))
    with ScriptedServer(script) as server, asked(server) as extractor:
        given: list[Posting] = [wanted("Cook", 0), "", wanted("Baker", 0), known, wanted("nonsense", 0)]
        results = list(extractor.extract_many(given, progress=progress, unordered=unordered))
    assert len(results) == 5
    assert (progress.extracted, progress.failed, progress.stored, progress.under_way) == (2, 3, 0, 0)
    assert progress.failures == Counter(EmptyDocumentError=1, UnreadableError=1, InvalidAnswerError=1)
    # the failed one was asked twice, and is paid for too
    assert progress.paid.requests == 4
    assert (progress.paid.input_tokens, progress.paid.output_tokens) == (2 * 100 + 2 * 30, 2 * 10 + 2 * 3)
    (invalid,) = (result for result in results if isinstance(result, Failure) and result.usage.requests)
    assert isinstance(invalid.error, InvalidAnswerError)
    assert not progress.stopping


def test_progress_tells_what_is_under_way() -> None:
    model, progress = Waiting(), Progress()

    async def main() -> None:
        async with aclosing(Extractor(model=model).aextract_many(["One", "Two", "refuse"], progress=progress)) as made:
            first = asyncio.ensure_future(anext(made))
            await settled()
            assert (progress.under_way, progress.extracted, progress.failed) == (3, 0, 0)
            model.end("refuse")
            await settled()
            assert (progress.under_way, progress.extracted, progress.failed) == (2, 0, 1)
            model.end("One")
            assert isinstance(await first, Extraction)
            assert (progress.under_way, progress.extracted, progress.failed) == (1, 1, 1)
        assert progress.under_way == 0

    asyncio.run(main())


def test_stopping_from_another_thread_lets_what_is_under_way_end() -> None:
    model, progress, taken = Waiting(), Progress(), []

    def postings() -> Iterator[str]:
        for text in cooks():
            taken.append(text)
            yield text

    def stop() -> None:
        for _ in range(4):
            model.arrived.acquire()
        progress.stop()
        for text in tuple(model.under_way):
            model.end(text)

    stopper = threading.Thread(target=stop)
    stopper.start()
    with Extractor(model=model, concurrency=4) as extractor:
        results = list(extractor.extract_many(postings(), progress=progress))
    stopper.join()
    assert texts(results) == taken == list(cooks(4))
    assert progress.extracted == 4


def test_stopping_ends_the_wait_for_a_posting() -> None:
    progress = Progress()
    closed = []

    async def idle() -> AsyncIterator[str]:
        try:
            yield "Cook"
            await asyncio.Future()
        finally:
            closed.append(True)

    async def main() -> None:
        results = Extractor(model="rules").aextract_many(idle(), progress=progress)
        assert isinstance(await anext(results), Extraction)
        rest = asyncio.ensure_future(anext(results))
        await settled()
        stopper = threading.Thread(target=progress.stop)
        stopper.start()
        with pytest.raises(StopAsyncIteration):
            await rest
        stopper.join()
        assert closed == [True]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_a_run_that_is_stopped_before_takes_nothing() -> None:
    progress, postings = Progress(), cooks()
    progress.stop()
    assert list(Extractor(model="rules").extract_many(postings, progress=progress)) == []
    assert next(postings) == wanted("Cook", 0)


@pytest.mark.parametrize(("step", "kind"), [(wrong_key(), "KeyRejectedError"), (unknown_model(), "UnknownModelError")])
def test_what_no_other_document_would_fare_better_with_stops_the_run(step: Step, kind: str) -> None:
    with ScriptedServer(by_text(**{"Cook 2 ": step})) as server, asked(server, concurrency=1) as extractor:
        made = extractor.extract_many(cooks())
        results = list(itertools.islice(made, 3))
        with pytest.raises(Exception, match="scripted") as raised:
            next(made)
    *good, failure = results
    assert texts(good) == list(cooks(2))
    assert isinstance(failure, Failure)
    assert type(failure.error).__name__ == kind
    assert raised.value is failure.error
    assert len(server.requests) == 3


def test_what_was_under_way_beside_a_wrong_key_still_ends() -> None:
    release, all_there = threading.Event(), asyncio.Event()
    reject = wrong_key()

    async def rejected(exchange: Exchange) -> web.StreamResponse:
        await all_there.wait()
        return await reject(exchange)

    answers = by_text(**{"Cook 0 ": rejected, "Cook": drip(GOOD, 3600, release)})

    def script(body: dict[str, Any], n: int) -> Step:
        if n == 3:
            all_there.set()
        step: Step = answers(body, n)
        return step

    progress = Progress()
    with ScriptedServer(script) as server, asked(server, concurrency=4) as extractor:
        made = extractor.extract_many(cooks(), progress=progress)
        failure = next(made)
        assert isinstance(failure, Failure)
        assert isinstance(failure.error, KeyRejectedError)
        assert progress.stopping
        release.set()
        results = list(itertools.islice(made, 3))
        with pytest.raises(KeyRejectedError):
            next(made)
    assert texts(results) == list(cooks(4))[1:]
    assert len(server.requests) == 4
    assert (progress.extracted, progress.failed) == (3, 1)


def test_what_the_postings_raise_comes_after_the_results_before_it() -> None:
    def postings() -> Iterator[str]:
        yield from cooks(3)
        raise LookupError("the cursor is gone")

    made = Extractor(model="rules").extract_many(postings())
    assert texts(itertools.islice(made, 3)) == list(cooks(3))
    with pytest.raises(LookupError, match="cursor"):
        next(made)


def test_postings_are_taken_by_the_thread_that_reads_as_results_are() -> None:
    taken, takers = 0, set()

    def postings() -> Iterator[str]:
        nonlocal taken
        for text in cooks():
            taken += 1
            takers.add(threading.get_ident())
            yield text

    with Extractor(model="rules", concurrency=3) as extractor:
        made = extractor.extract_many(postings())
        for read, result in enumerate(itertools.islice(made, 60), 1):
            assert isinstance(result, Extraction)
            assert taken - read <= 4 * 3
        made.close()
    assert takers == {threading.get_ident()}


def test_leaving_early_leaves_nothing_under_way() -> None:
    progress = Progress()
    with ScriptedServer(by_text(**{"Cook 0 ": answer(GOOD), "Cook": hang()})) as server:
        with asked(server, concurrency=4) as extractor:
            for result in extractor.extract_many(cooks(), progress=progress):
                assert isinstance(result, Extraction)
                break
            gc.collect()
            assert progress.under_way == 0
            # and it is as good as new
            assert isinstance(extractor.extract("Cook 0 again"), Extraction)
        gc.collect()


def test_two_runs_of_one_extractor_at_once() -> None:
    made: dict[str, list[str]] = {}

    with ScriptedServer(by_text()) as server, asked(server, concurrency=4) as extractor:

        def one(name: str) -> None:
            made[name] = texts(extractor.extract_many(wanted(name, n) for n in range(15)))

        threads = [threading.Thread(target=one, args=(name,)) for name in ("Cook", "Baker")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        side_by_side = zip(extractor.extract_many(cooks(9)), extractor.extract_many(cooks(9)), strict=True)
        assert [texts(pair) for pair in side_by_side] == [[text, text] for text in cooks(9)]
    assert made == {name: [wanted(name, n) for n in range(15)] for name in ("Cook", "Baker")}


def test_two_runs_in_one_loop_at_once() -> None:
    async def main(extractor: Extractor[JobPosting]) -> None:
        async def one(name: str) -> list[str]:
            given = [wanted(name, n) for n in range(15)]
            return texts([result async for result in extractor.aextract_many(given)])

        cook, baker = await asyncio.gather(one("Cook"), one("Baker"))
        assert cook == [wanted("Cook", n) for n in range(15)]
        assert baker == [wanted("Baker", n) for n in range(15)]

    with ScriptedServer(by_text()) as server:
        asyncio.run(main(asked(server, concurrency=4)))


def test_many_inside_a_running_loop_as_in_a_notebook() -> None:
    async def cell(extractor: Extractor[JobPosting]) -> list[str]:
        return texts(extractor.extract_many(cooks(5)))

    with ScriptedServer(by_text()) as server, asked(server) as extractor:
        assert asyncio.run(cell(extractor)) == list(cooks(5))


def test_an_asynchronous_run_that_is_left_early_leaves_nothing_under_way() -> None:
    closed = []

    async def postings() -> AsyncGenerator[str]:
        try:
            for text in cooks():
                yield text
        finally:
            closed.append(True)

    async def main(server: ScriptedServer) -> None:
        given = postings()
        async with aclosing(given), aclosing(asked(server, concurrency=4).aextract_many(given)) as made:
            assert isinstance(await anext(made), Extraction)
        assert closed == [True]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with ScriptedServer(by_text(**{"Cook 0 ": answer(GOOD), "Cook": hang()})) as server:
        asyncio.run(main(server))
    gc.collect()


def test_documents_pass_as_they_are() -> None:
    document: Document = from_text("Cook", id="mine", source="a database")
    (result,) = Extractor(model="rules").extract_many([document])
    assert isinstance(result, Extraction)
    assert result.document is document


@pytest.mark.parametrize("end", ["extractor.close()", "pass"], ids=["closed", "left"])
def test_a_run_that_nobody_reads_to_its_end_makes_no_noise(end: str) -> None:
    code = f"""
from extractor import Extractor

extractor = Extractor(model="rules")
run = extractor.extract_many(f"Cook number {{n}} is wanted." for n in range(1000))
next(run)
{end}
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
