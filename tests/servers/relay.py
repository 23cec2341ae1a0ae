"""An OpenAI-compatible server whose model is a folder: `python -m tests.servers.relay FOLDER`.

Each request is laid into the folder as `<n>.request.json`, and readable as `<n>.request.md`; what then appears
beside it as `<n>.answer.txt` or `<n>.answer.json` is the answer, passed on to the letter. A person answers, or a
program.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from tests.servers.completions import completion, failure, words
from tests.servers.listening import UNPARSED, base_url, listening, loopback, parsed, reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from aiohttp import web

_POLL_S = 0.2
_STILL_S = 0.4  # a file that nobody touched for so long is whole, also where it was written in place

_HOW = """\
Request {n} to the model {model}. To answer, write the answer's text as it should stand in {place} to
`{n}.answer.txt.part` and rename it to `{n}.answer.txt` (or `.json`). It is passed on to the letter, never corrected.
"""


@asynccontextmanager
async def relay(folder: Path, *, port: int = 0, timeout_s: float = 600.0) -> AsyncIterator[str]:
    """Serves while the block runs, and gives the base URL.

    A request that is in the folder already is not laid again: it takes that answer, at once where it is there.
    After `timeout_s` without an answer the status is 504, and the answer may still come for the client's next try.
    Keys and other headers are never looked at. Raises `OSError` where `port` is taken.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)

    async def complete(http: web.BaseRequest) -> web.Response:
        body = parsed(await http.content.read())
        if body is None:
            return reply(*UNPARSED)
        n = _lay(folder, body)
        try:
            async with asyncio.timeout(timeout_s):
                text = await _answer(folder, n)
        except TimeoutError:
            said = f"No {n}.answer.txt or {n}.answer.json appeared within {timeout_s:g} s."
            return reply(failure(said, "server_error"), 504)
        except UnicodeDecodeError as error:
            return reply(failure(f"The answer to request {n} isn't UTF-8: {error}.", "server_error"), 500)
        return reply(completion(body, f"chatcmpl-{n}", text))

    listener = loopback(port)
    async with listening(listener, complete):
        yield base_url(listener)


def _lay(folder: Path, body: Mapping[str, Any]) -> int:
    """The number under which the request is in the folder, old or new."""
    printed = orjson.dumps(body, option=orjson.OPT_INDENT_2)
    for path in folder.glob("*.request.json"):
        if path.read_bytes() == printed:
            return int(path.name.partition(".")[0])
    # beyond every file, not only the requests: a forgotten answer must not meet a new one
    numbers = [int(number) for path in folder.iterdir() if (number := path.name.partition(".")[0]).isdecimal()]
    n = max(numbers, default=0) + 1
    _write(folder / f"{n}.request.md", _readable(n, body).encode())
    _write(folder / f"{n}.request.json", printed)
    return n


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


async def _answer(folder: Path, n: int) -> str:
    """The text of the answer, once it is there and whole. An empty file is one that is yet to be written."""
    while True:
        for path in (folder / f"{n}.answer.txt", folder / f"{n}.answer.json"):
            with suppress(FileNotFoundError):
                found = path.stat()
                if found.st_size and time.time() - found.st_mtime >= _STILL_S:
                    return path.read_bytes().decode()
        await asyncio.sleep(_POLL_S)


def _readable(n: int, body: Mapping[str, Any]) -> str:
    """The request as Markdown: how to answer, the messages, the schema."""
    tools = body.get("tools")
    place = "`tool_calls[0].function.arguments`" if tools else "`message.content`"
    parts = [_HOW.format(n=n, model=body.get("model"), place=place)]
    parts += [f"# {message.get('role')}\n\n{words(message)}\n" for message in body.get("messages", ())]
    wanted: Any = body.get("response_format")
    if tools:
        wanted = [tool["function"] for tool in tools]
    elif wanted and "json_schema" in wanted:
        wanted = wanted["json_schema"].get("schema")
    if wanted:
        schema = orjson.dumps(wanted, option=orjson.OPT_INDENT_2).decode()
        parts.append(f"# response format\n\n```json\n{schema}\n```\n")
    return "\n".join(parts)


async def _serve(folder: Path, port: int, timeout_s: float) -> None:
    async with relay(folder, port=port, timeout_s=timeout_s) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        await asyncio.Future()


def main() -> None:
    """Lays requests into a folder and answers with what appears beside them; prints the base URL when it listens."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.relay", description=main.__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--port", type=int, default=0, metavar="N")
    parser.add_argument("--timeout-s", type=float, default=600.0, metavar="N")
    options = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(options.folder, options.port, options.timeout_s))


if __name__ == "__main__":
    main()
