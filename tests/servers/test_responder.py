from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import openai
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGES: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Où ?"}]
TOOLS: list[Any] = [{"type": "function", "function": {"name": "Record", "parameters": {"type": "object"}}}]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def commanded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server in a process of its own."""
    path = tmp_path_factory.mktemp("command") / "answer.json"
    path.write_bytes('{"Ort": "Malmö"}\r\n'.encode())
    line = [sys.executable, "-m", "tests.servers.scripted", "--answer", str(path), "--latency-ms", "50"]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.terminate()


def test_the_command_answers_with_a_file(client: openai.OpenAI, commanded: str) -> None:
    there = client.with_options(base_url=commanded)
    begun = time.monotonic()
    completion = there.chat.completions.create(model="m-1", messages=MESSAGES)
    assert time.monotonic() - begun >= 0.05
    assert completion.choices[0].message.content == '{"Ort": "Malmö"}\r\n'
    # 13 characters of the messages, 18 of the answer
    assert completion.usage
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (4, 5)
    called = there.chat.completions.create(model="m-1", messages=MESSAGES, tools=TOOLS)
    assert called.choices[0].message.tool_calls
    assert completion.id != called.id


def test_the_command_knows_other_addresses_and_bodies(client: openai.OpenAI, commanded: str) -> None:
    there = client.with_options(base_url=commanded)
    assert [model.object for model in there.models.list()] == ["model"]
    with pytest.raises(openai.BadRequestError, match="parse the JSON"):
        there.post("/chat/completions", content=b"{", cast_to=object)
    with pytest.raises(openai.NotFoundError, match="Invalid URL"):
        there.post("/completions", content=b"{}", cast_to=object)
    with pytest.raises(openai.APIStatusError, match="Content-Length"):
        there.post("/chat/completions", content=iter([b"{}"]), cast_to=object)


def test_the_command_reads_requests_however_they_are_cut(commanded: str) -> None:
    requests = []
    for text in ("a", "b" * 100_000, "c"):
        body = json.dumps({"model": "m-1", "messages": [{"role": "user", "content": text}]})
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        requests.append(head + body)
    stream = "".join(requests).encode()
    url, content = urlsplit(commanded), b""
    with socket.create_connection((url.hostname, url.port), timeout=5) as connection:
        for start in range(0, len(stream), 40_001):
            connection.sendall(stream[start : start + 40_001])
            time.sleep(0.01)
        while content.count(b"Malm") < 3:
            content += connection.recv(65536)
    assert content.count(b"HTTP/1.1 200 OK\r\n") == 3
