"""Batches at a server: submitted once whatever happens in between, fetched when they have ended."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from extractor import Store
from extractor.errors import (
    KeyRejectedError,
    ModelError,
    RequestRejectedError,
    ServerError,
    UnreachableError,
    UsageError,
)
from extractor.runs.batch import FailedLine, prepare
from extractor.runs.batch_api import Batches, State, state_file
from extractor.settings import Settings
from tests.runs.test_batch import model, offline, posting, requests
from tests.servers.batches import Answer, BatchServer, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    Opened = Callable[[Path, BatchServer], Batches]

KEY = "sk-not-a-key"


@pytest.fixture
def batches() -> Iterator[Opened]:
    """The batches listed with a file, at a server; each time as by a new process."""
    with ExitStack() as opened:
        yield lambda path, server: opened.enter_context(
            Batches.of(path, Settings.load(base_url=server.base_url, api_key=KEY))
        )


def prepared(folder: Path, name: str, *numbers: int, store: Store | None = None) -> Path:
    with offline(store) as extractor:
        (path,) = prepare(extractor, map(posting, numbers), folder / name).files
    return path


def test_a_batch_goes_up_and_comes_down(tmp_path: Path, folder: Path, batches: Opened) -> None:
    path, store = prepared(tmp_path, "requests.jsonl", 0, 4, 8), Store(folder / "store")
    with BatchServer(model, holding=True, key=KEY) as server:
        state, new = batches(path, server).submit(path)
        assert (state, new) == (State("requests.jsonl", "batch_0", "in_progress"), True)
        assert server.files["file-0"] == path.read_bytes()
        # by another process, and another day
        later = batches(path, server)
        (known,) = later.status()
        assert known.running
        assert later.collect(store) == [(known, None)]
        server.finish()
        ((state, found),) = later.collect(store)
        assert state == State("requests.jsonl", "batch_0", "completed", 3, 0, 3)
        assert found
        assert (found.kept, found.missing, found.usage.requests) == (3, 0, 3)
        assert batches(path, server).collect(store) == []
    with offline(store) as extractor:
        titles = [outcome.to_dict()["record"]["title"] for outcome in extractor.extract_many(map(posting, (0, 4, 8)))]
    assert titles == ["Cook 0", "Cook 4", "Cook 8"]


def test_what_expired_or_failed_becomes_the_next_batch(tmp_path: Path, folder: Path, batches: Opened) -> None:
    answers: dict[int, Answer] = {0: "good", 4: None, 8: Rejected(400, "Too long.")}

    def once(body: dict[str, Any]) -> Answer:
        number = int(body["messages"][-1]["content"].split("Cook ")[1].split()[0])
        said = answers.pop(number, "good")
        return model(body) if said == "good" else said

    store = Store(folder / "store")
    first = prepared(tmp_path, "first.jsonl", 0, 4, 8, store=store)
    names = {request["custom_id"] for request in requests(first)[1:]}
    told: list[FailedLine] = []
    with BatchServer(once) as server:
        listed = batches(first, server)
        listed.submit(first)
        ((state, found),) = listed.collect(store, failed=told.append)
        assert (state.status, state.completed, state.failed) == ("expired", 1, 2)
        assert found
        assert (found.kept, found.failed, found.missing) == (1, 2, 0)
        assert {line.custom_id for line in told} == names
        assert {(line.code, line.message) for line in told} == {
            ("batch_expired", "This request could not be executed in time."), ("invalid_request_error", "Too long."),
        }  # fmt: skip
        second = prepared(tmp_path, "second.jsonl", 0, 4, 8, store=store)
        assert {request["custom_id"] for request in requests(second)} == names
        listed = batches(second, server)
        listed.submit(second)
        ((_, found),) = listed.collect(store)
        assert found
        assert (found.kept, found.failed) == (2, 0)


@pytest.mark.parametrize("lost", ["POST /v1/files", "POST /v1/batches"])
def test_a_broken_connection_submits_nothing_twice(tmp_path: Path, lost: str, batches: Opened) -> None:
    path = prepared(tmp_path, "requests.jsonl", 0)
    with BatchServer(model, losing={lost}) as server:
        with pytest.raises(UnreachableError, match="goes on from here"):
            batches(path, server).submit(path)
        assert len(server.batches) == (lost == "POST /v1/batches")
        state, _ = batches(path, server).submit(path)
        assert (state.batch, len(server.batches)) == ("batch_0", 1)


def test_a_run_that_ended_after_the_upload_goes_on(tmp_path: Path, batches: Opened) -> None:
    path = prepared(tmp_path, "requests.jsonl", 0)
    with BatchServer(model) as server:
        batches(path, server).submit(path)
        listed = json.loads((tmp_path / "requests.batches.json").read_bytes())
        listed["batches"][0]["batch"] = None
        (tmp_path / "requests.batches.json").write_text(json.dumps(listed))
        assert batches(path, server).status() == [State("requests.jsonl", None, "not submitted")]
        # the server knows the batch of that file
        batches(path, server).submit(path)
        assert (server.uploaded, len(server.batches)) == (1, 1)
        (tmp_path / "requests.batches.json").write_text(json.dumps(listed))
        server.batches.clear()
        batches(path, server).submit(path)
        assert (server.uploaded, len(server.batches)) == (1, 1)


def test_a_server_that_lists_nothing_is_not_asked_again(tmp_path: Path, batches: Opened) -> None:
    path = prepared(tmp_path, "requests.jsonl", 0)
    with BatchServer(model, losing={"POST /v1/batches"}, listing=False) as server:
        with pytest.raises(UnreachableError):
            batches(path, server).submit(path)
        with pytest.raises(ServerError, match="may have been submitted by an earlier run, as file-0"):
            batches(path, server).submit(path)
        assert len(server.batches) == 1


def test_a_file_is_submitted_once_under_any_name(tmp_path: Path, batches: Opened) -> None:
    path, other = prepared(tmp_path, "requests.jsonl", 0), prepared(tmp_path, "other.jsonl", 4)
    with BatchServer(model, holding=True) as server:
        together = batches(path, server)
        assert [together.submit(path)[1], together.submit(other)[1]] == [True, True]
        assert state_file(other) == tmp_path / "requests.batches.json"
        renamed = path.rename(tmp_path / "renamed.jsonl")
        state, new = batches(renamed, server).submit(renamed)
        assert (state.batch, new, len(server.batches)) == ("batch_0", False, 2)
        assert [state.requests for state in batches(other, server).status()] == ["requests.jsonl", "other.jsonl"]


def test_two_processes_submit_nothing_twice(tmp_path: Path, batches: Opened) -> None:
    path = prepared(tmp_path, "requests.jsonl", 0)
    told: list[str] = []

    def another() -> None:
        with pytest.raises(UsageError) as refused:
            second.submit(path)
        told.append(str(refused.value))

    def meanwhile(body: dict[str, Any]) -> Answer:
        # the batch is being made: the first hasn't heard of it yet
        thread = threading.Thread(target=another)
        thread.start()
        thread.join(5)
        return model(body)

    with BatchServer(meanwhile) as server:
        first, second = batches(path, server), batches(path, server)
        assert first.submit(path)[1]
        # it began before the first had submitted, and goes by what is known now
        assert not second.submit(path)[1]
        assert server.uploaded == 1
    assert [text.split(": ")[1] for text in told] == ["another process submits or collects batches there"]


def test_a_batch_that_failed_says_why_and_may_go_again(tmp_path: Path, folder: Path, batches: Opened) -> None:
    path = prepared(tmp_path, "requests.jsonl", 0)
    path.write_bytes(path.read_bytes() * 2)
    with BatchServer(model) as server:
        listed = batches(path, server)
        state, _ = listed.submit(path)
        assert state.status == "failed"
        assert state.faults == ("line 2: duplicate_custom_id: This custom_id is not new.",)
        ((state, found),) = listed.collect(Store(folder / "store"))
        assert (state.running, found) == (False, None)
        assert listed.submit(path)[1]
        assert len(server.batches) == 2


def test_a_batch_that_expired_without_an_answer_may_go_again(tmp_path: Path, folder: Path, batches: Opened) -> None:
    answers: list[Answer] = [None]
    store = Store(folder / "store")
    path = prepared(tmp_path, "requests.jsonl", 0, store=store)
    with BatchServer(lambda body: answers.pop() if answers else model(body)) as server:
        listed = batches(path, server)
        listed.submit(path)
        ((state, _),) = listed.collect(store)
        assert state.status == "expired"
        same = prepared(tmp_path, "again.jsonl", 0, store=store)
        assert same.read_bytes() == path.read_bytes()
        assert listed.submit(same)[1]
        ((_, found),) = listed.collect(store)
        assert found
        assert found.kept == 1


def test_collecting_that_ended_between_two_steps_goes_on(tmp_path: Path, folder: Path, batches: Opened) -> None:
    path, store = prepared(tmp_path, "requests.jsonl", 0, 4), Store(folder / "store")
    with BatchServer(model) as server:
        batches(path, server).submit(path)
        server.losing.add("GET /v1/batches/batch_0")  # what does no harm is asked for again
        output = server.files.pop("file-1")
        with pytest.raises(RequestRejectedError, match=r"requests\.output\.jsonl: rejected \(404"):
            batches(path, server).collect(store)
        assert not server.losing
        server.files["file-1"] = output
        state = tmp_path / "requests.batches.json"
        before = state.read_bytes()
        ((_, found),) = batches(path, server).collect(store)
        assert found
        assert found.kept == 2
        # killed before it said so
        state.write_bytes(before)
        ((_, found),) = batches(path, server).collect(store)
        assert found
        assert (found.kept, found.known) == (0, 2)


def test_a_rejected_key_is_one_line_without_the_key(tmp_path: Path, batches: Opened) -> None:
    path = prepared(tmp_path, "requests.jsonl", 0)
    with BatchServer(model, key="sk-another") as server:
        with pytest.raises(KeyRejectedError, match=r"the key was rejected .* OPENAI_API_KEY") as caught:
            batches(path, server).submit(path)
        assert KEY not in str(caught.value)
        assert not server.files
    with pytest.raises(UsageError, match="need a key"):
        Batches.of(path, Settings.load())


def test_a_server_without_batches_and_one_that_is_away_are_named(tmp_path: Path, batches: Opened) -> None:
    path = prepared(tmp_path, "requests.jsonl", 0)
    with BatchServer(model) as server:
        elsewhere = Settings.load(base_url=server.base_url.removesuffix("/v1"))
        with (
            Batches.of(path, elsewhere) as others,
            pytest.raises(RequestRejectedError, match=r"404: .* usually ends in /v1"),
        ):
            others.submit(path)
    with pytest.raises(ModelError, match=r"requests\.jsonl: .* Check --base-url"):
        batches(path, server).submit(path)


def test_a_state_leads_the_key_nowhere(tmp_path: Path, batches: Opened) -> None:
    path = prepared(tmp_path, "requests.jsonl", 0)
    with BatchServer(model) as server, BatchServer(model) as other:
        batches(path, server).submit(path)
        for asked in (batches(path, other).status, lambda: batches(path, other).submit(path)):
            with pytest.raises(UsageError, match=rf"was submitted at {server.base_url}"):
                asked()


def test_what_is_no_file_of_requests_or_no_state_is_named(tmp_path: Path, batches: Opened) -> None:
    path, good = tmp_path / "letter.jsonl", prepared(tmp_path, "requests.jsonl", 0)
    path.write_text("Dear Sir")
    with BatchServer(model) as server:
        with pytest.raises(UsageError, match=r"letter\.jsonl: no file that 'batch prepare' writes"):
            batches(path, server).submit(path)
        (tmp_path / "requests.batches.json").write_text('{"batches": [{"odd": 1}]}')
        with pytest.raises(UsageError, match=r"requests\.batches\.json: no list of batches"):
            batches(good, server).submit(good)
        assert not server.files
