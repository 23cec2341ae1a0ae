"""Recording and replaying: matched on the body, scrubbed of all that isn't needed, and refused when stale."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from extractor import Extractor, JobPosting
from extractor.documents import read
from extractor.errors import CassetteError, CutOffError
from tests.servers.scripted import ScriptedServer
from tests.servers.steps import answer, cut_off

KEY = "sk-a-key-that-must-never-be-written"
ONE, OTHER = b"A cook is wanted.\n", b"A baker is wanted.\n"


def reply(title: str) -> str:
    given: dict[str, Any] = {
        "kind": {"value": "vacancy", "at": [0]},
        "language": {"value": "en", "at": [0]},
        "title": {"value": title, "at": [0]},
    }
    return json.dumps(given)


def record(folder: Path, *steps: Any) -> None:
    with (
        ScriptedServer(list(steps)) as server,
        Extractor(model="scripted", base_url=server.base_url, api_key=KEY, record=folder) as made,
    ):
        for data, name in ((ONE, "one.txt"), (OTHER, "other.txt")):
            made.extract(read(data, source=name))


def replay(folder: Path, data: bytes, name: str, model: str = "scripted", **settings: Any) -> str | None:
    made: Extractor[JobPosting] = Extractor(model=model, replay=folder, **settings)
    with made:
        return made.extract(read(data, source=name)).record.title


def test_what_was_recorded_plays_back_without_a_key_or_a_server(tmp_path: Path) -> None:
    record(tmp_path, answer(reply("cook")), answer(reply("baker")))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.yaml", "other.yaml"]
    assert replay(tmp_path, ONE, "one.txt") == "cook"
    assert replay(tmp_path, OTHER, "other.txt") == "baker"


def test_a_cassette_holds_no_key_address_or_header_beyond_the_type(tmp_path: Path) -> None:
    record(tmp_path, answer(reply("cook")), answer(reply("baker")))
    written = (tmp_path / "one.yaml").read_text()
    for secret in (KEY, "uthorization", "127.0.0.1", "ser-agent", "tainless", "ookie", "Date"):
        assert secret not in written


def test_one_posting_is_never_answered_with_anothers_recording(tmp_path: Path) -> None:
    record(tmp_path, answer(reply("cook")), answer(reply("baker")))
    with pytest.raises(
        CassetteError, match=r"Record it anew: extractor extract one\.txt --model scripted --record"
    ) as e:
        replay(tmp_path, OTHER, "one.txt")
    assert str(tmp_path / "one.yaml") in str(e.value)


@pytest.mark.parametrize("changed", [{"model": "another"}, {"parameters": {"temperature": 0}}, {"prompt": "generic"}])
def test_a_changed_request_is_refused(tmp_path: Path, changed: dict[str, Any]) -> None:
    record(tmp_path, answer(reply("cook")), answer(reply("baker")))
    with pytest.raises(CassetteError, match="have changed since"):
        replay(tmp_path, ONE, "one.txt", **changed)


def test_a_missing_cassette_names_the_command_that_records_it(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match=r"extractor extract third\.txt --model scripted --record"):
        replay(tmp_path, ONE, "third.txt")


@pytest.mark.parametrize("content", ["", "- not a cassette", "interactions: [", "\0", "{version: 1}"])
def test_a_broken_cassette_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "one.yaml").write_text(content)
    with pytest.raises(CassetteError, match=r"one\.yaml"):
        replay(tmp_path, ONE, "one.txt")


def test_a_run_that_fails_leaves_the_old_cassette(tmp_path: Path) -> None:
    record(tmp_path, answer(reply("cook")), answer(reply("baker")))
    before = (tmp_path / "one.yaml").read_bytes()
    with pytest.raises(CutOffError):
        record(tmp_path, cut_off("{"))
    assert (tmp_path / "one.yaml").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.yaml", "other.yaml"]


def test_two_documents_of_one_name_are_not_recorded_over_each_other(tmp_path: Path) -> None:
    with (
        ScriptedServer([answer(reply("cook"))]) as server,
        Extractor(model="scripted", base_url=server.base_url, record=tmp_path) as made,
    ):
        made.extract(read(ONE, source="a/one.txt"))
        with pytest.raises(CassetteError, match="rename"):
            made.extract(read(OTHER, source="b/one.txt"))


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        ScriptedServer([answer(reply("cook"))]) as server,
        Extractor(model="scripted", base_url=server.base_url, record=tmp_path / "file") as made,
        pytest.raises(CassetteError, match="can't be written"),
    ):
        made.extract(read(ONE, source="one.txt"))


def test_documents_side_by_side_pass_one_at_a_time(tmp_path: Path) -> None:
    record(tmp_path, answer(reply("cook")), answer(reply("baker")))

    async def both() -> list[str | None]:
        async with Extractor(model="scripted", replay=tmp_path) as made:
            results = await asyncio.gather(
                *(made.aextract(read(data, source=name)) for data, name in ((ONE, "one.txt"), (OTHER, "other.txt")))
            )
        return [result.record.title for result in results]

    assert asyncio.run(both()) == ["cook", "baker"]


SEEDS = Path(__file__).parents[2] / "seeds"
CASSETTES = Path(__file__).parents[2] / "cassettes"


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.stem)
def test_the_seeds_play_back(path: Path) -> None:
    with Extractor(model="relay", replay=CASSETTES) as made:
        result = made.extract(path)
    assert result.usage.requests >= 1
    assert result.evidence
    for spans in result.evidence.values():
        assert all(0 <= span.start < span.end <= len(result.document.text) for span in spans)


def test_the_published_cassettes_hold_no_secret() -> None:
    cassettes = list(CASSETTES.glob("*.yaml"))
    assert len(cassettes) == 5
    for path in cassettes:
        for exchange in yaml.safe_load(path.read_text("utf-8"))["interactions"]:
            request, response = exchange["request"], exchange["response"]
            assert request["uri"] == "https://model.invalid/v1/chat/completions"
            assert {name.lower() for name in request["headers"]} == {"content-type"}
            assert {name.lower() for name in response["headers"]} == {"content-type"}
