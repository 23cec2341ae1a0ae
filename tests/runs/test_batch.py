"""Requests into files, answers out of files: the same records as a live run, whatever the engine's files are like."""

from __future__ import annotations

import json
import tracemalloc
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from extractor import Extractor, Failure, JobPosting, Store
from extractor.errors import UsageError
from extractor.models.base import Deferred
from extractor.models.llm import MODES
from extractor.models.prices import Price
from extractor.runs.batch import Collected, FailedLine, collect, prepare
from tests.servers.completions import completion, failure, used
from tests.servers.scripted import ScriptedServer
from tests.servers.steps import answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from extractor.extraction import Posting

NOBODY = "http://127.0.0.1:9/v1"  # whatever is sent there fails
TITLE, SOUP, SKILLS = 0, 2, 3
KEY = "ab" * 32


def posting(n: int) -> str:
    return f"Cook {n} wanted\n\nYour tasks:\n- Cook soup {n}.\n\nYou know sauces and knives.\n"


def skill(name: str) -> dict[str, Any]:
    return {"name": name, "type": "hard", "requirement": "required", "at": [SKILLS]}


def model(body: dict[str, Any]) -> str:
    """A model that goes by the request alone.

    Of the cooks by their number in fours, the second is first said to know rockets, the third answered without a kind,
    the fourth both. Cook 3 never gets a kind.
    """
    said = body["messages"][-1]["content"]
    if "These facts were given" in said:
        return json.dumps({"skills": [skill("knives")]})
    number = int(said.split("Cook ")[1].split()[0])
    fields = {
        "kind": {"value": "vacancy", "at": [TITLE]},
        "language": {"value": "en", "at": [SKILLS]},
        "title": {"value": f"Cook {number}", "at": [TITLE]},
        "skills": [skill("sauces"), skill("rockets" if number % 2 else "knives")],
        "responsibilities": [[SOUP]],
    }
    if number % 4 > 1 and ("didn't fit the schema" not in said or number == 3):
        del fields["kind"]
    return json.dumps(fields)


def offline(store: Store | None = None, **settings: Any) -> Extractor[JobPosting]:
    """An extractor that couldn't send anything."""
    if store is None and not settings:
        return storeless()
    return Extractor(model="scripted", base_url=NOBODY, store=store, **settings)


@cache
def storeless() -> Extractor[JobPosting]:
    """One for all tests: each new one costs 100 ms."""
    return Extractor(model="scripted", base_url=NOBODY)


def requests(*files: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in files for line in path.read_bytes().splitlines()]


def result(name: str, body: Any, status: int = 200, error: Any = None) -> dict[str, Any]:
    """A line of results."""
    response = {"status_code": status, "request_id": "r", "body": body}
    return {"id": "b", "custom_id": name, "response": response, "error": error}


def answered(request: dict[str, Any]) -> dict[str, Any]:
    return result(request["custom_id"], completion(request["body"], "chatcmpl-0", model(request["body"])))


def written(path: Path, lines: Iterable[Any]) -> Path:
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def rounds(extractor: Extractor[JobPosting], store: Store, folder: Path, given: list[Posting]) -> Iterator[int]:
    """The number of requests in each batch until nothing is left to ask."""
    for n in count():
        prepared = prepare(extractor, given, folder / f"{n}.jsonl")
        if not prepared.files:
            return
        yield prepared.requests
        # the order isn't kept
        results = written(folder / f"{n}.out", map(answered, reversed(requests(*prepared.files))))
        assert collect(store, results, requests=prepared.files).kept == prepared.requests


def test_a_batch_gives_what_a_live_run_gives(tmp_path: Path, folder: Path) -> None:
    given: list[Posting] = [posting(n) for n in range(20)]
    with (
        ScriptedServer(lambda body, _: answer(model(body))) as server,
        Extractor(model="scripted", base_url=server.base_url, store=Store(folder / "live")) as live,
    ):
        expected = [outcome.to_dict(with_text=True) for outcome in live.extract_many(given)]
    assert [one["id"] for one in expected if "error" in one] == [expected[3]["id"]]
    store = Store(folder / "batch")
    with offline(store) as extractor:
        # all; then 5 without a kind, 5 with a rocket, 5 with both; at last those of both that have a kind by now
        assert list(rounds(extractor, store, tmp_path, given)) == [20, 15, 4]
        outcomes = list(extractor.extract_many(given))
    found = [outcome.to_dict(with_text=True) for outcome in outcomes]
    for one in (expected[3], found[3]):
        assert one["error"].pop("message").startswith("model scripted: its answer doesn't fit the schema")
    assert found == expected
    assert all(outcome.stored and not outcome.paid.requests for outcome in outcomes)


@pytest.mark.parametrize("mode", MODES)
def test_the_body_is_the_live_one_to_the_byte(tmp_path: Path, mode: str) -> None:
    text = posting(0) + '- We love {{ 7*7 }}, "quotes", \\ and \u2028 too\n'
    content = model({"messages": [{"content": text}]})
    content = f"```json\n{content}\n```" if mode == "MD_JSON" else content
    with (
        ScriptedServer([answer(content)]) as server,
        Extractor(model="scripted", base_url=server.base_url, mode=mode, parameters={"seed": 1}) as live,
    ):
        live.extract(text)
        sent = server.requests[0].body
    with offline(mode=mode, parameters={"seed": 1}) as extractor:
        (path,) = prepare(extractor, [text], tmp_path / "requests.jsonl").files
    line = path.read_bytes()
    assert line.count(b"\n") == 1
    assert line.endswith(b',"method":"POST","url":"/v1/chat/completions","body":' + sent + b"}\n")
    assert json.loads(line)["body"] == json.loads(sent)


def test_documents_alike_are_one_request_and_what_cannot_be_read_is_none(tmp_path: Path) -> None:
    given: list[Posting] = [posting(1), posting(1), tmp_path / "gone.txt", posting(2), ""]
    with offline() as extractor:
        prepared = prepare(extractor, given, tmp_path / "requests.jsonl")
        outcomes = list(extractor.kept_many(given))
    assert (prepared.requests, prepared.waiting, prepared.extracted, prepared.failed) == (2, 3, 0, 2)
    assert [type(outcome) for outcome in outcomes] == [Deferred, Deferred, Failure, Deferred, Failure]
    names = [request["custom_id"] for request in requests(*prepared.files)]
    assert len(set(names)) == 2
    assert {outcome.key for outcome in outcomes if isinstance(outcome, Deferred)} == set(names)


def test_a_live_run_leaves_its_answers_to_a_batch_and_a_batch_to_a_live_run(tmp_path: Path, folder: Path) -> None:
    store = Store(folder / "store")
    with (
        ScriptedServer(lambda body, _: answer(model(body))) as server,
        Extractor(model="scripted", base_url=server.base_url, store=store) as live,
    ):
        live.extract(posting(0))
        with offline(store) as extractor:
            prepared = prepare(extractor, map(posting, range(4, 8)), tmp_path / "requests.jsonl")
            assert prepare(extractor, [posting(0)], tmp_path / "none.jsonl").extracted == 1
        first, *_ = requests(*prepared.files)
        collect(store, written(tmp_path / "out", [answered(first)]))
        list(live.extract_many(map(posting, range(4, 8))))
        # cook 0, then 5 and 6 twice and 7 thrice: 4 was answered by the batch
        assert len(server.requests) == 1 + 2 + 2 + 3


def test_what_failed_on_the_way_in_a_live_run_goes_into_a_batch(tmp_path: Path, folder: Path) -> None:
    store = Store(folder / "store")
    with offline(store, attempts=1) as extractor:
        (lost,) = extractor.extract_many([posting(0)])
        assert isinstance(lost, Failure)
        prepared = prepare(extractor, [posting(0)], tmp_path / "requests.jsonl")
        collect(store, written(tmp_path / "out", map(answered, requests(*prepared.files))))
        (found,) = extractor.kept_many([posting(0)])
        assert not isinstance(found, Failure | Deferred)
        # the record takes the failure's place
        (again,) = extractor.extract_many([posting(0)])
        assert not isinstance(again, Failure)


def test_a_key_that_a_batch_waits_for_is_free_to_others(tmp_path: Path, folder: Path) -> None:
    store = Store(folder / "store")
    with offline(store) as extractor:
        prepare(extractor, [posting(0)], tmp_path / "requests.jsonl")
        with (
            ScriptedServer([answer(model({"messages": [{"content": posting(0)}]}))]) as server,
            Extractor(model="scripted", base_url=server.base_url, store=Store(folder / "store")) as live,
        ):
            assert live.extract(posting(0)).record.title == "Cook 0"


def test_files_are_split_at_both_limits(tmp_path: Path) -> None:
    given: list[Posting] = [posting(n) for n in range(10, 17)]
    with offline() as extractor:
        whole = prepare(extractor, given, tmp_path / "whole.jsonl")
        lines = whole.files[0].read_bytes().splitlines(keepends=True)
        by_number = prepare(extractor, given, tmp_path / "number.jsonl", max_requests=3)
        size = len(lines[0]) + len(lines[1])
        by_size = prepare(extractor, given, tmp_path / "size.jsonl", max_bytes=size)
    assert [path.name for path in by_number.files] == ["number.jsonl", "number-2.jsonl", "number-3.jsonl"]
    assert [len(requests(path)) for path in by_number.files] == [3, 3, 1]
    assert [len(requests(path)) for path in by_size.files] == [2, 2, 2, 1]
    assert all(path.stat().st_size <= size for path in by_size.files)
    for prepared in (by_number, by_size):
        assert b"".join(path.read_bytes() for path in prepared.files) == b"".join(lines)


def test_a_run_that_ends_early_leaves_no_file_and_hinders_no_other(tmp_path: Path) -> None:
    class GoneError(Exception):
        pass

    def broken() -> Iterator[Posting]:
        for n in range(6):
            yield posting(n)
        raise GoneError

    with offline() as extractor:
        with pytest.raises(GoneError):
            prepare(extractor, broken(), tmp_path / "requests.jsonl", max_requests=2)
        assert list(tmp_path.iterdir()) == []
        # what a killed one leaves
        (tmp_path / "requests.jsonl.part").write_text('{"custom_id":"')
        assert prepare(extractor, [posting(0)], tmp_path / "requests.jsonl").requests == 1
        assert [path.name for path in tmp_path.iterdir()] == ["requests.jsonl"]


@pytest.mark.parametrize("name", ["requests.jsonl", "requests-2.jsonl"])
def test_requests_that_may_be_under_way_are_not_written_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious")
    (tmp_path / "requests-other.jsonl").touch()
    with offline() as extractor, pytest.raises(UsageError, match=rf"{name} is there already"):
        prepare(extractor, [posting(0)], tmp_path / "requests.jsonl")
    assert (tmp_path / name).read_text() == "precious"


def test_the_built_in_rules_take_no_batches(tmp_path: Path) -> None:
    with Extractor(model="rules") as extractor, pytest.raises(UsageError, match="name a language model"):
        prepare(extractor, [posting(0)], tmp_path / "requests.jsonl")


def test_an_answer_costs_half_its_list_price(tmp_path: Path, folder: Path) -> None:
    store = Store(folder / "store")
    body = completion({"model": "m-2026-01-01"}, "c", "{}", usage=used(2_000_000, 1_000_000, cached=1_000_000))
    found = collect(store, written(tmp_path / "out", [result(KEY, body)]), prices={"m": Price(4.0, 2.0, 10.0)})
    # fresh 4, cached 2, output 10, at half
    assert found.usage.cost_usd == pytest.approx(8.0)
    assert (found.usage.requests, found.usage.input_tokens, found.usage.output_tokens) == (1, 2_000_000, 1_000_000)
    assert store.stats().cost_usd == pytest.approx(8.0)


def test_collecting_again_keeps_and_costs_nothing_more(tmp_path: Path, folder: Path) -> None:
    store = Store(folder / "store")
    results = written(tmp_path / "out", [result(KEY, completion({}, "c", "first"))])
    assert collect(store, results).kept == 1
    later = written(tmp_path / "later", [result(KEY, completion({}, "c", "second"))])
    assert collect(store, later) == Collected(known=1)
    (kept,) = store.export()
    assert kept["completion"]["choices"][0]["message"]["content"] == "first"


VLLM = failure("Too long.", "BadRequestError", 400)
FAULTS = {
    "no completion": (result(KEY, {"object": "list"}), "200", "no completion"),
    "a status": (result(KEY, failure("Slow down.", "requests", "rate_limit"), 429), "rate_limit", "Slow down."),
    "an error inside 200": (result(KEY, {"error": {"message": "Upstream."}}), "200", "Upstream."),
    "an expired request": (
        {"custom_id": KEY, "response": None, "error": {"code": "batch_expired", "message": "Late."}},
        "batch_expired",
        "Late.",
    ),
    "a string": (result(KEY, None, 400, "Broken\nprompt."), "400", "Broken prompt."),
    "an object in an object": (result(KEY, None, 400, VLLM), "400", "Too long."),
    "a completion with an error": (result(KEY, completion({}, "c", "{}"), 200, "Half."), "200", "Half."),
    "no response": ({"custom_id": KEY}, None, "no completion"),
    "other kinds throughout": ({"custom_id": KEY, "response": [1], "error": {"error": 7}}, None, "no completion"),
    "a status that is a word": (result(KEY, completion({}, "c", "{}")) | {"error": {"message": ["a"]}}, "200", "['a']"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_line_without_an_answer_is_named_and_the_others_are_kept(tmp_path: Path, folder: Path, fault: str) -> None:
    line, code, message = FAULTS[fault]
    told: list[FailedLine] = []
    good = result("cd" * 32, completion({}, "c", "{}"))
    found = collect(Store(folder / "store"), written(tmp_path / "out", [line, good]), failed=told.append)
    assert found.kept == 1
    assert found.failed == 1
    assert told == [FailedLine(f"{tmp_path / 'out'}:1", KEY, code, message)]


def test_lines_that_are_no_results_are_counted(tmp_path: Path, folder: Path) -> None:
    good = json.dumps(result(KEY, completion({}, "c", "{}")))
    odd = ["{", "7", "[]", '{"custom_id": 7}', '{"custom_id": "\\ud800"}', "\x00", "\u2028", "[" * 100_000, good[:-2]]
    told: list[FailedLine] = []
    path = written(tmp_path / "out", ["", *odd, "   ", good])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\xff\xfe\r\n")
    found = collect(Store(folder / "store"), path, failed=told.append)
    assert (found.kept, found.unreadable, found.failed) == (1, len(odd) + 1, 0)
    assert [line.custom_id for line in told] == [None] * found.unreadable
    assert all("\n" not in line.message and len(line.message) < 300 for line in told)


def test_what_was_not_asked_is_not_kept(tmp_path: Path, folder: Path) -> None:
    store = Store(folder / "store")
    with offline() as extractor:
        asked = prepare(extractor, [posting(0), posting(4), posting(8)], tmp_path / "requests.jsonl").files
    first, second, _ = requests(*asked)
    names = ["request-1", KEY, first["custom_id"] + "0", first["custom_id"].upper()]
    strange = [result(name, completion({}, "c", "{}")) for name in names]
    lines = [*strange, answered(first), answered(first), result(second["custom_id"], None, 500)]
    found = collect(store, written(tmp_path / "out", lines), requests=asked)
    assert (found.kept, found.unknown, found.repeated, found.failed, found.missing) == (1, 4, 1, 1, 1)
    # without the requests, a name that can be one is taken
    assert collect(store, written(tmp_path / "out", strange)).kept == 1


def test_a_failure_beside_an_answer_takes_nothing_away(tmp_path: Path, folder: Path) -> None:
    lost, good = result(KEY, None, 500), result(KEY, completion({}, "c", "{}"))
    for name, lines in (("before", [lost, good]), ("after", [good, lost])):
        found = collect(Store(folder / name), written(tmp_path / name, lines))
        assert (found.kept, found.failed, found.repeated) == (1, 0, 1)


def test_a_file_of_requests_that_is_none_is_named(tmp_path: Path, folder: Path) -> None:
    other = written(tmp_path / "other", [{"custom_id": "x"}])
    with pytest.raises(UsageError, match="other:1: no line that 'batch prepare' writes"):
        collect(Store(folder / "store"), requests=[other])


def test_memory_does_not_grow_with_the_files(tmp_path: Path, folder: Path) -> None:
    def collecting(lines: int) -> int:
        path = tmp_path / f"{lines}.out"
        written(path, (result(f"{n:064x}", completion({}, "c", "x" * 1_000)) for n in range(lines)))
        tracemalloc.reset_peak()
        assert collect(Store(folder / str(lines)), path).kept == lines
        return tracemalloc.get_traced_memory()[1]

    with offline() as extractor:
        prepare(extractor, [posting(0)], tmp_path / "first.jsonl")  # what is made once
        collecting(4)
        tracemalloc.start()
        try:
            few, many = collecting(300), collecting(900)
            tracemalloc.reset_peak()
            (path,) = prepare(extractor, map(posting, range(60)), tmp_path / "requests.jsonl").files
            preparing = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert many < 1.25 * few
    assert preparing < path.stat().st_size / 2
