"""A server of files and batches: each request of a file is answered by a function of its body alone."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeAlias

import orjson
from aiohttp import web

from tests.servers.completions import CREATED, completion, failure
from tests.servers.listening import base_url, loopback, reply

if TYPE_CHECKING:
    from collections.abc import Callable

_RUNNING = "in_progress"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A request's line in the file of errors: the status and the message that it met."""

    status: int
    message: str


Answer: TypeAlias = str | Rejected | None
"""The text that a model answers; or a rejection; or None: the window closed before the request's turn."""


@dataclass(slots=True)
class Batch:
    """A batch as the server has it; what it is answered by is made when it ends."""

    id: str
    input_file_id: str
    status: str = "validating"
    output_file_id: str | None = None
    error_file_id: str | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"total": 0, "completed": 0, "failed": 0})

    def body(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "created_at": CREATED,
            "input_file_id": self.input_file_id,
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "errors": {"object": "list", "data": self.errors} if self.errors else None,
            "request_counts": self.counts,
        }


class BatchServer:
    """Answers files of requests by `answer`, last line first, while a `with` block runs.

    A batch ends when it's made; with `holding` it runs until `finish`. One whose file isn't as it should be fails. With
    a `key`, others are rejected. What is asked by a route in `losing` ("POST /v1/batches") is done once without its
    client being told: the connection breaks. Not every server is `listing` its batches. `uploaded` counts files that
    came.
    """

    def __init__(
        self,
        answer: Callable[[dict[str, Any]], Answer],
        *,
        holding: bool = False,
        key: str | None = None,
        losing: set[str] | None = None,
        listing: bool = True,
    ) -> None:
        self._answer = answer
        self._holding = holding
        self._key = key
        self._listing = listing
        self.losing = losing or set()
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, Batch] = {}
        self.uploaded = 0

    def __enter__(self) -> Self:
        listener = loopback(0)
        self.base_url = base_url(listener)
        self._closing: Future[None] = Future()

        async def serve() -> None:
            server = web.Server(self._handle, access_log=None)
            runner = web.ServerRunner(server, shutdown_timeout=0.1)
            await runner.setup()
            await web.SockSite(runner, listener).start()
            await asyncio.wrap_future(self._closing)
            for connection in server.connections:
                if connection.transport is not None:
                    connection.transport.abort()
            await runner.cleanup()

        self._thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set_result(None)
        self._thread.join()

    def finish(self) -> None:
        """Ends the batches that run; one with a request whose window closed has expired."""
        for batch in self.batches.values():
            if batch.status == _RUNNING:
                self._end(batch)

    async def _handle(self, http: web.BaseRequest) -> web.StreamResponse:
        if self._key and http.headers.get("Authorization") != f"Bearer {self._key}":
            given = http.headers.get("Authorization", "").removeprefix("Bearer ")
            said = f"Incorrect API key provided: {given}."
            return reply(failure(said, "invalid_request_error", "invalid_api_key"), 401)
        route = f"{http.method} {http.path}"
        response = await self._route(http, http.method, http.path.removeprefix("/v1/").split("/"))
        if route in self.losing:
            self.losing.discard(route)
            await _lose(http)
        return response

    async def _route(self, http: web.BaseRequest, method: str, path: list[str]) -> web.Response:
        match method, path:
            case "POST", ["files"]:
                return reply(self._uploaded(_parts(await http.content.read(), http.headers["Content-Type"])))
            case "GET", ["files", name, "content"] if name in self.files:
                return web.Response(body=self.files[name], content_type="application/octet-stream")
            case "POST", ["batches"]:
                return reply(self._made(orjson.loads(await http.content.read())).body())
            case "GET", ["batches"] if self._listing:
                newest = [batch.body() for batch in reversed(self.batches.values())]
                return reply({"object": "list", "data": newest, "has_more": False})
            case "GET", ["batches", name] if name in self.batches:
                return reply(self.batches[name].body())
        return reply(failure(f"Nothing at {method} {http.path}.", "invalid_request_error"), 404)

    def _uploaded(self, parts: dict[str, bytes]) -> dict[str, Any]:
        assert parts["purpose"] == b"batch"
        self.uploaded += 1
        return self._kept(parts["file"], "batch")

    def _kept(self, content: bytes, purpose: str) -> dict[str, Any]:
        name = f"file-{len(self.files)}"
        self.files[name] = content
        return {
            "id": name,
            "object": "file",
            "bytes": len(content),
            "created_at": CREATED,
            "filename": f"{name}.jsonl",
            "purpose": purpose,
            "status": "processed",
        }

    def _made(self, asked: dict[str, Any]) -> Batch:
        assert asked["endpoint"] == "/v1/chat/completions"
        assert asked["completion_window"] == "24h"
        batch = Batch(f"batch_{len(self.batches)}", asked["input_file_id"])
        self.batches[batch.id] = batch
        batch.errors = _faults(self.files[batch.input_file_id])
        batch.status = "failed" if batch.errors else _RUNNING
        if not batch.errors and not self._holding:
            self._end(batch)
        return batch

    def _end(self, batch: Batch) -> None:
        output, errors, expired = [], [], False
        for line in reversed(self.files[batch.input_file_id].splitlines()):
            request = orjson.loads(line)
            name, answer = request["custom_id"], self._answer(request["body"])
            result: dict[str, Any] = {"id": f"batch_req_{name[:8]}", "custom_id": name, "response": None, "error": None}
            if isinstance(answer, str):
                said = completion(request["body"], f"chatcmpl-{name[:8]}", answer)
                output.append(result | {"response": {"status_code": 200, "request_id": name[:8], "body": said}})
            elif answer is None:
                expired = True
                said = {"code": "batch_expired", "message": "This request could not be executed in time."}
                errors.append(result | {"error": said})
            else:
                said = failure(answer.message, "invalid_request_error")
                response = {"status_code": answer.status, "request_id": name[:8], "body": said}
                errors.append(result | {"response": response})
        batch.output_file_id = self._kept(_joined(output), "batch_output")["id"] if output else None
        batch.error_file_id = self._kept(_joined(errors), "batch_output")["id"] if errors else None
        batch.counts = {"total": len(output) + len(errors), "completed": len(output), "failed": len(errors)}
        batch.status = "expired" if expired else "completed"


def _faults(content: bytes) -> list[dict[str, Any]]:
    """What is wrong with a file of requests."""
    seen: set[str] = set()
    faults = []
    for number, line in enumerate(content.splitlines(), 1):
        try:
            request = orjson.loads(line)
            name, url, _ = request["custom_id"], request["url"], request["body"]["messages"]
        except (ValueError, KeyError, TypeError):
            faults.append({"code": "invalid_json_line", "line": number, "message": "This line is no request."})
            continue
        if name in seen:
            faults.append({"code": "duplicate_custom_id", "line": number, "message": "This custom_id is not new."})
        if url != "/v1/chat/completions" or request["method"] != "POST":
            faults.append({"code": "url_mismatch", "line": number, "message": "This url is not the batch's."})
        seen.add(name)
    return faults or ([] if seen else [{"code": "empty_file", "line": None, "message": "The file is empty."}])


def _joined(lines: list[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)


def _parts(content: bytes, content_type: str) -> dict[str, bytes]:
    """The parts of a form by name: RFC 7578."""
    boundary = content_type.split("boundary=")[1].strip('"').encode()
    parts = {}
    for part in content.split(b"--" + boundary)[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        parts[head.split(b' name="')[1].split(b'"')[0].decode()] = value.removesuffix(b"\r\n")
    return parts


async def _lose(http: web.BaseRequest) -> NoReturn:
    assert http.transport is not None
    http.transport.abort()
    await asyncio.Future()
    raise AssertionError
