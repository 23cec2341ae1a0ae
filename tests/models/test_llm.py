"""What is sent, in each mode, and what comes back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from extractor.documents import from_text
from extractor.errors import InvalidAnswerError, UsageError
from extractor.models.base import Request
from extractor.models.llm import MODES, LanguageModel
from extractor.prompts import Prompt
from extractor.records.citing import AnswerSchema
from extractor.records.posting import JobPosting
from tests.servers import steps
from tests.servers.scripted import ScriptedServer

SCHEMA = AnswerSchema(JobPosting)
PROMPT = Prompt.load("posting")
TEXT = 'A cook is wanted: {{7*7}}, "quotes", \\ and "```json".'
GOOD = json.dumps({"kind": {"value": "vacancy", "at": [0]}, "language": {"value": "en", "at": [0]}})


def ask(server: ScriptedServer, mode: str, **settings: Any) -> dict[str, Any]:
    """The facts that come back."""
    model = LanguageModel("scripted", base_url=server.base_url, mode=mode, **settings)
    reply = asyncio.run(model.answer(Request(from_text(TEXT), SCHEMA, PROMPT)))
    return {claim.pointer: claim.value for claim in reply.claims}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_round_trips(mode: str) -> None:
    content = f"Here you are:\n```json\n{GOOD}\n```" if mode == "MD_JSON" else GOOD
    with ScriptedServer([steps.answer(content)]) as server:
        assert ask(server, mode) == {"/kind": "vacancy", "/language": "en"}
        body = server.requests[0].json
    assert TEXT in body["messages"][-1]["content"]
    assert body["messages"][0]["content"].startswith(PROMPT.system(SCHEMA))
    schema = json.dumps(SCHEMA.json_schema, separators=(",", ":"), ensure_ascii=False)
    if mode == "JSON_SCHEMA":
        assert body["response_format"]["json_schema"] == {
            "name": "JobPosting", "schema": SCHEMA.json_schema, "strict": True,
        }  # fmt: skip
    elif mode == "TOOLS":
        assert body["tools"][0]["function"]["parameters"] == SCHEMA.json_schema
        assert body["tools"][0]["function"]["strict"] is True
    else:
        assert schema in body["messages"][0]["content"]


def test_the_prefix_is_the_same_to_the_byte_for_every_document() -> None:
    with ScriptedServer([steps.answer(GOOD)]) as server:
        model = LanguageModel("scripted", base_url=server.base_url)

        async def both() -> None:
            for text in ("One.", "Another one, longer."):
                await model.answer(Request(from_text(text), SCHEMA, PROMPT))

        asyncio.run(both())
        first, second = (request.body for request in server.requests)
    shared = next(at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    assert first[:shared].endswith(b"0| ")


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("I'd rather talk about cooking.", "Invalid JSON"),
        ('{"language": {"value": "en", "at": [0]}}', "kind"),
        ('{"kind": {"value": "job", "at": [0]}, "language": {"value": "en", "at": [0]}}', "kind"),
        ('{"kind": {"value": "vacancy"}, "language": {"value": "en", "at": [0]}}', "kind.at"),
        (GOOD[:-1] + ', "skills": [{"name": "x", "at": [0]}]}', "skills.0.type"),
        (GOOD[:-1] + ', "responsibilities": [["a"]]}', "responsibilities.0.0"),
        ("[]", "the answer"),
        ("null", "the answer"),
    ],
)
def test_a_re_ask_names_the_fault_and_its_place(bad: str, says: str) -> None:
    with ScriptedServer([steps.answer(bad), steps.answer(GOOD)]) as server:
        ask(server, "JSON_SCHEMA")
        again = server.requests[1].json["messages"][-1]["content"]
    assert says in again
    assert TEXT in again


def test_no_re_ask_where_none_is_wanted() -> None:
    with ScriptedServer([steps.answer("{}")]) as server:
        with pytest.raises(InvalidAnswerError, match="asked 1 times"):
            ask(server, "JSON_SCHEMA", reasks=0)
        assert len(server.requests) == 1


def test_an_unknown_mode_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="JSON_SCHEMA, TOOLS, JSON, MD_JSON"):
        LanguageModel("x", mode="XML")
