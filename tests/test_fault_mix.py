"""Whatever servers do, each document of a run ends as one record or one named error."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from tenacity import wait_none

from extractor import Extraction, Extractor, Failure, JobPosting
from extractor.models import transport
from tests.servers import steps
from tests.servers.scripted import ScriptedServer

GOOD = json.dumps({"kind": {"value": "vacancy", "at": [0]}, "language": {"value": "en", "at": [0]}})
WRONG = json.dumps({"kind": {"value": "a cook", "at": [0]}})

# Each fault, and the error that a document ends in which meets nothing else. None: it ends as a record.
FAULTS: dict[str, tuple[steps.Step, str | None]] = {
    "429": (steps.status(429), "RateLimitedError"),
    "429 with Retry-After": (steps.status(429, headers={"Retry-After": "0.05"}), "RateLimitedError"),
    "500": (steps.status(500), "ServerError"),
    "503": (steps.status(503), "ServerError"),
    "400": (steps.status(400), "RequestRejectedError"),
    "hang": (steps.hang(), "DeadlineError"),
    "slow drip": (steps.drip(GOOD, 1.0), "DeadlineError"),
    "reset": (steps.reset(), "UnreachableError"),
    "reset mid-headers": (steps.reset(mid_headers=True), "UnreachableError"),
    "reset mid-body": (steps.reset_mid_body(GOOD), "UnreachableError"),
    "truncated JSON": (steps.truncated_json(GOOD), "ServerError"),
    "a web page": (steps.garbage(), "ServerError"),
    "wrong schema": (steps.answer(WRONG), "InvalidAnswerError"),
    "no JSON": (steps.answer("I'd rather not say."), "InvalidAnswerError"),
    "cut off": (steps.cut_off(GOOD), "CutOffError"),
    "refusal": (steps.refusal("I can't help with that."), "RefusedError"),
    "filtered": (steps.filtered(), "FilteredError"),
    "empty choices": (steps.empty_choices(), "EmptyAnswerError"),
    "empty content": (steps.empty_content(), "EmptyAnswerError"),
    "wrong content type": (steps.wrong_content_type(GOOD), None),
    "error inside a 200": (steps.error_inside_200(), "ServerError"),
}
DOCUMENTS = 8


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries again without the random wait."""
    monkeypatch.setattr(transport, "_BACKOFF", wait_none())


def run(server: ScriptedServer, documents: int) -> list[Extraction[JobPosting] | Failure]:
    """What becomes of so many documents; each is asked twice at most."""
    settings: dict[str, Any] = {"timeout_s": 0.5, "deadline_s": 5, "attempts": 2, "reasks": 0, "concurrency": 8}
    with Extractor(model="scripted", base_url=server.base_url, **settings) as extractor:
        return list(extractor.extract_many(f"Cook number {n} is wanted." for n in range(documents)))


@pytest.mark.parametrize("name", FAULTS)
def test_alone(name: str) -> None:
    fault, error = FAULTS[name]
    with ScriptedServer([fault]) as server:
        outcomes = run(server, DOCUMENTS)
    assert len(outcomes) == DOCUMENTS
    for outcome in outcomes:
        if error is None:
            assert isinstance(outcome, Extraction)
        else:
            assert isinstance(outcome, Failure)
            assert type(outcome.error).__name__ == error
            assert "\n" not in str(outcome.error)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mixed_at_random(seed: int) -> None:
    rng = random.Random(seed)
    known = {error for _, error in FAULTS.values()}

    def script(_: dict[str, Any], __: int) -> steps.Step:
        # half of all requests are answered well
        return rng.choice([*(fault for fault, _ in FAULTS.values()), *[steps.answer(GOOD)] * len(FAULTS)])

    with ScriptedServer(script) as server:
        outcomes = run(server, 60)
    assert len(outcomes) == 60
    texts = {outcome.document.text for outcome in outcomes if isinstance(outcome, Extraction)}
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert len(texts) + len(failures) == 60
    assert {type(failure.error).__name__ for failure in failures} <= known
    assert texts
    assert failures
