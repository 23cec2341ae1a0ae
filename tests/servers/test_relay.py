from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import openai
import pytest

from tests.servers.relay import relay

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEY = "sk-not-a-key"
ROOT = Path(__file__).parents[2]
SCHEMA = {"type": "object", "properties": {"Ort": {"type": "string"}}}
FORMAT: Any = {"type": "json_schema", "json_schema": {"name": "Record", "schema": SCHEMA}}
TOOLS: list[Any] = [{"type": "function", "function": {"name": "Record", "parameters": SCHEMA}}]
CHOICE: Any = {"type": "function", "function": {"name": "Record"}}


def messages(text: str) -> list[Any]:
    return [{"role": "system", "content": "Read it."}, {"role": "user", "content": text}]


def wait_for(path: Path) -> None:
    until = time.monotonic() + 5
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.01)


def old(path: Path, content: bytes) -> None:
    """A file that was written long ago, so that nobody waits to see whether it still grows."""
    path.write_bytes(content)
    os.utime(path, (1e9, 1e9))


@contextmanager
def answering(folder: Path, answers: Mapping[int, str], suffix: str = "txt") -> Iterator[None]:
    """A thread that answers each request as soon as it lies there, in the way the request says."""

    def run() -> None:
        for n, answer in answers.items():
            wait_for(folder / f"{n}.request.json")
            part = folder / f"{n}.answer.{suffix}.part"
            old(part, answer.encode())
            part.replace(folder / f"{n}.answer.{suffix}")

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(run)
        yield
        done.result()


async def post(url: str, text: str, **options: Any) -> tuple[int, Any]:
    """The status and the body of the response."""
    body = {"model": "m-1", "messages": messages(text), **options}
    headers = {"Authorization": f"Bearer {KEY}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{url}/chat/completions", json=body) as response,
    ):
        return response.status, await response.json()


def ask(folder: Path, text: str, timeout_s: float = 5, **options: Any) -> Any:
    """The completion that a relay over `folder` gives."""

    async def run() -> Any:
        async with relay(folder, timeout_s=timeout_s) as url:
            status, body = await post(url, text, **options)
        assert status == 200
        return body

    return asyncio.run(run())


def said(completion: Any) -> str:
    content = completion["choices"][0]["message"]["content"]
    assert isinstance(content, str)
    return content


def test_a_request_is_laid_down_and_answered_to_the_letter(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    answer = ' {"Ort": "Malmö"\r\n'  # neither valid nor tidy

    async def run() -> Any:
        async with relay(folder) as url, openai.AsyncOpenAI(api_key=KEY, base_url=url, max_retries=0) as client:
            return await client.chat.completions.create(
                model="m-1", messages=messages("Plats: Malmö"), response_format=FORMAT, temperature=0
            )

    with answering(folder, {1: answer}):
        completion = asyncio.run(run())
    choice = completion.choices[0]
    assert (choice.message.content, choice.finish_reason) == (answer, "stop")
    assert (completion.model, completion.id) == ("m-1", "chatcmpl-1")
    # out come 18 characters; in go the messages' 8 + 12 and the format's, printed without spaces
    assert completion.usage.completion_tokens == 5
    printed = json.dumps(FORMAT, separators=(",", ":"))
    assert completion.usage.prompt_tokens == -(-(20 + len(printed)) // 4)
    laid = (folder / "1.request.json").read_text()
    assert json.loads(laid) == {
        "model": "m-1",
        "messages": messages("Plats: Malmö"),
        "response_format": FORMAT,
        "temperature": 0,
    }
    assert '\n  "model": "m-1"' in laid
    assert "Malmö" in laid


def test_the_readable_request_says_all_that_an_answerer_needs(tmp_path: Path) -> None:
    with answering(tmp_path, {1: "{}"}):
        ask(tmp_path, "Plats: Malmö", response_format=FORMAT)
    readable = (tmp_path / "1.request.md").read_text()
    assert "`1.answer.txt.part` and rename it to `1.answer.txt`" in readable
    assert "\n# system\n\nRead it.\n\n# user\n\nPlats: Malmö\n" in readable
    assert json.loads(readable.partition("```json\n")[2].partition("```")[0]) == SCHEMA


def test_a_request_with_tools_gets_the_answer_as_arguments(tmp_path: Path) -> None:
    with answering(tmp_path, {1: '{"Ort":"Malmö"}'}, "json"):
        message = ask(tmp_path, "Plats: Malmö", tools=TOOLS, tool_choice=CHOICE)["choices"][0]["message"]
    assert message["tool_calls"][0]["function"] == {"name": "Record", "arguments": '{"Ort":"Malmö"}'}
    assert message["content"] is None
    assert "tool_calls[0].function.arguments" in (tmp_path / "1.request.md").read_text()


def test_what_was_answered_is_answered_again_at_once(tmp_path: Path) -> None:
    with answering(tmp_path, {1: "once"}):
        ask(tmp_path, "a")
    assert said(ask(tmp_path, "a", timeout_s=0)) == "once"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.answer.txt", "1.request.json", "1.request.md"]


def test_numbers_go_on_beyond_whatever_lies_in_the_folder(tmp_path: Path) -> None:
    old(tmp_path / "9.answer.txt", b"of a request that is gone")
    old(tmp_path / "notes.md", b"")
    with answering(tmp_path, {10: "ten"}):
        assert said(ask(tmp_path, "a")) == "ten"


def test_one_answer_serves_all_who_ask_the_same(tmp_path: Path) -> None:
    async def run() -> list[tuple[int, Any]]:
        async with relay(tmp_path) as url:
            return [*await asyncio.gather(post(url, "a"), post(url, "a"), post(url, "b"))]

    with answering(tmp_path, {1: "one", 2: "two"}):
        first, second, other = (said(completion) for _, completion in asyncio.run(run()))
    assert first == second
    assert {first, other} == {"one", "two"}
    assert not (tmp_path / "3.request.json").exists()


def test_a_file_that_is_still_written_is_not_read(tmp_path: Path) -> None:
    words = ["slow", " but", " whole"]

    def write() -> None:
        wait_for(tmp_path / "1.request.json")
        with (tmp_path / "1.answer.txt").open("w") as file:
            for word in words:
                file.write(word)
                file.flush()
                time.sleep(0.1)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(write)
        assert said(ask(tmp_path, "a")) == "slow but whole"
        done.result()


def test_without_an_answer_the_status_is_504_and_the_answer_may_come_later(tmp_path: Path) -> None:
    async def run() -> tuple[int, Any, Any]:
        async with relay(tmp_path, timeout_s=0.1) as url:
            status, body = await post(url, "a")
            old(tmp_path / "1.answer.txt", b"late")
            return status, body, (await post(url, "a"))[1]

    status, body, later = asyncio.run(run())
    assert status == 504
    assert "1.answer.txt" in body["error"]["message"]
    assert said(later) == "late"


def test_an_answer_that_is_no_text_is_an_error_that_names_it(tmp_path: Path) -> None:
    async def run() -> tuple[int, Any]:
        async with relay(tmp_path, timeout_s=0.1) as url:
            await post(url, "a")
            old(tmp_path / "1.answer.txt", b"\xff")
            return await post(url, "a")

    status, body = asyncio.run(run())
    assert status == 500
    assert "request 1 isn't UTF-8" in body["error"]["message"]


def test_closing_leaves_no_client_waiting(tmp_path: Path) -> None:
    async def run() -> None:
        async with relay(tmp_path) as url:
            task = asyncio.create_task(post(url, "a"))
            await asyncio.to_thread(wait_for, tmp_path / "1.request.json")
        async with asyncio.timeout(2):
            with pytest.raises(aiohttp.ClientConnectionError):
                await task

    asyncio.run(run())


def test_other_addresses_and_bodies(tmp_path: Path) -> None:
    async def run() -> None:
        async with relay(tmp_path) as url, aiohttp.ClientSession() as session:
            async with session.get(f"{url}/models") as response:
                assert [model["object"] for model in (await response.json())["data"]] == ["model"]
            async with session.post(f"{url}/chat/completions", data=b"[]") as response:
                assert response.status == 400
            async with session.post(f"{url}/completions", data=b"{}") as response:
                assert response.status == 404

    asyncio.run(run())
    assert list(tmp_path.iterdir()) == []


def test_the_command_serves_a_folder_and_writes_no_key(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.servers.relay", str(tmp_path), "--timeout-s", "5"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        with answering(tmp_path, {1: "yes"}):
            _, completion = asyncio.run(post(url, "a"))
        process.terminate()
    assert said(completion) == "yes"
    assert len(list(tmp_path.iterdir())) == 3
    assert not [path for path in tmp_path.iterdir() if KEY in path.read_text()]
