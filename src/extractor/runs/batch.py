"""Batches by file: the requests that documents wait for go out, and what answered them comes back into the store.

The format is that of OpenAI's Batch API, which vLLM's run_batch and many gateways take too.
"""

from __future__ import annotations

import codecs
import glob
import os
import re
import sys
from contextlib import aclosing
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import orjson

from extractor.documents import one_line
from extractor.door import Door
from extractor.errors import UsageError
from extractor.models.base import Deferred, Kept
from extractor.models.prices import Price, price_of
from extractor.models.usage import Usage
from extractor.outcome import Failure
from extractor.streams import mapped, streamed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Self

    from extractor.extraction import Extractor, Posting
    from extractor.outcome import Journal

# What a file may hold: developers.openai.com/api/reference/resources/batches/methods/create
MAX_REQUESTS = 50_000
MAX_BYTES = 200_000_000
# What a batch costs of the list price: OpenAI's (platform.openai.com/docs/guides/batch), and its imitators'.
PRICE_SHARE = 0.5

_LINE = b'{"custom_id":"%s","method":"POST","url":"/v1/chat/completions","body":%s}\n'
_KEY = re.compile(r"[0-9a-f]{64}")
_AT_ONCE = 64  # answers that share the store's transactions
_LONGEST = 100_000_000  # bytes of a line: a document of 10 MB may take six times as much in JSON


@dataclass(frozen=True, slots=True)
class Prepared:
    """What `prepare` wrote: `files` with `requests` lines in all.

    Of the documents, `waiting` wait for an answer (those alike for the same), `under_way` of them for one that was
    asked for before; `extracted` have a record already, and `failed` can't have one.
    """

    files: tuple[Path, ...]
    requests: int
    waiting: int
    under_way: int
    extracted: int
    failed: int


def prepare(
    extractor: Extractor[Any],
    postings: Iterable[Posting],
    output: str | Path,
    *,
    under_way: Iterable[str | Path] = (),
    max_requests: int = MAX_REQUESTS,
    max_bytes: int = MAX_BYTES,
) -> Prepared:
    """Writes the next request of each document that isn't finished: to `output`, then output-2, output-3, …

    A line's `custom_id` is the key that its answer is kept by. The files are in their places once all are whole; where
    nothing is to be asked there is none. What the files `under_way` ask isn't asked again. Memory is bounded but for
    some 100 bytes a request. After `collect` the same call gives what is left to ask: unsupported facts, invalid
    answers, requests that failed or expired.

    Raises `UsageError` where `output` is there already or no language model is to be asked, `StoreError`, and
    `OSError`.
    """
    before = _asked(under_way) or {}
    asked: set[bytes] = set()
    waiting = again = extracted = failed = 0
    with _Files(Path(output), max_requests, max_bytes) as files:
        for outcome in extractor.kept_many(postings):
            if isinstance(outcome, Deferred):
                waiting += 1
                key = bytes.fromhex(outcome.key)
                if key in before:
                    again += 1
                elif key not in asked:
                    asked.add(key)
                    files.write(_LINE % (outcome.key.encode(), outcome.body))
            elif isinstance(outcome, Failure):
                failed += 1
            else:
                extracted += 1
        return Prepared(files.finish(), len(asked), waiting, again, extracted, failed)


class _Files:
    """Lines into files, each within the limits. A block that ends without `finish` leaves nothing."""

    def __init__(self, first: Path, max_requests: int, max_bytes: int) -> None:
        pattern = f"{glob.escape(first.stem)}-[0-9]*{glob.escape(first.suffix)}"
        for path in (first, *first.parent.glob(pattern)):
            if path.exists():
                raise UsageError(
                    f"{path} is there already: what it asks may be under way. Collect it and remove it, "
                    "or name another file (--output)."
                )
        self._first = first
        self._limits = max_requests, max_bytes
        self._lines = self._bytes = 0
        self._paths: list[Path] = []
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        for path in self._paths:
            _part(path).unlink(missing_ok=True)

    def write(self, line: bytes) -> None:
        """Writes a line, in a new file where it doesn't fit into the last."""
        most_lines, most_bytes = self._limits
        if self._file is None or self._lines == most_lines or self._bytes + len(line) > most_bytes:
            self._close()
            number = f"-{len(self._paths) + 1}" if self._paths else ""
            self._paths.append(self._first.with_stem(self._first.stem + number))
            self._file = _part(self._paths[-1]).open("wb")
            self._lines = self._bytes = 0
        self._file.write(line)
        self._lines += 1
        self._bytes += len(line)

    def finish(self) -> tuple[Path, ...]:
        """Puts the files in their places, the first last: where it is, all are."""
        self._close()
        for path in reversed(self._paths):
            _part(path).replace(path)
        return tuple(self._paths)

    def _close(self) -> None:
        if self._file is not None:
            with self._file as file:
                file.flush()
                os.fsync(file.fileno())
            self._file = None


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


@dataclass(frozen=True, slots=True)
class FailedLine:
    """A line without an answer: where it stands ("errors.jsonl:3"), and what its engine says of it."""

    place: str
    custom_id: str | None
    code: str | None
    message: str


@dataclass(slots=True)
class Collected:
    """What `collect` found.

    `kept` answers are new in the store and took `usage`, `known` were there. `failed` requests have lines without an
    answer. `missing` were asked and have no line, `unknown` lines weren't asked for, `repeated` have a request's second
    line and `unreadable` are no results at all.
    """

    kept: int = 0
    known: int = 0
    failed: int = 0
    missing: int = 0
    unknown: int = 0
    repeated: int = 0
    unreadable: int = 0
    usage: Usage = Usage()  # noqa: RUF009  frozen


@dataclass(frozen=True, slots=True)
class _Answer:
    key: bytes
    model: str
    body: dict[str, Any]


def collect(
    store: Journal,
    *results: str | Path,
    requests: Iterable[str | Path] = (),
    prices: Mapping[str, Price] | None = None,
    failed: Callable[[FailedLine], object] = lambda line: None,  # noqa: ARG005
) -> Collected:
    """Keeps the answers in `results`, files of output and of errors in any order, in the store, durably.

    With `requests`, the files that were asked, an answer to anything else isn't kept. Of several answers to a request
    the first is kept, and one that the store has stays; so collecting twice does no harm. An answer's cost is
    `PRICE_SHARE` of what `prices` has for its model. `failed` is told of each line without an answer.

    Raises `UsageError` for a file of requests that is none, `StoreError`, and `OSError`.
    """
    door = Door(store.connected)
    try:
        return door.run(lambda: acollect(store, *results, requests=requests, prices=prices, failed=failed))
    finally:
        door.close()


async def acollect(
    store: Journal,
    *results: str | Path,
    requests: Iterable[str | Path] = (),
    prices: Mapping[str, Price] | None = None,
    failed: Callable[[FailedLine], object] = lambda line: None,  # noqa: ARG005
) -> Collected:
    """As `collect`, for a running event loop."""
    from extractor.models.transport import Tally

    asked = _asked(requests)
    found = Collected()
    halved = {name: Price(*(PRICE_SHARE * part for part in astuple(price))) for name, price in (prices or {}).items()}

    async def keep(answer: _Answer) -> tuple[Kept, bool]:
        async def ask() -> Kept:
            tally = Tally(price_of(answer.model, halved))
            tally.attempt()
            tally.completion(answer.body)
            return Kept(orjson.dumps(answer.body), tally.usage)

        return await store.once(answer.key.hex(), answer.model, ask)

    answers = streamed(_answers(map(Path, results), asked, found, failed))
    async with store.connected(), aclosing(mapped(answers, keep, at_once=_AT_ONCE, ordered=False)) as outcomes:
        async for kept, known in outcomes:
            if known:
                found.known += 1
            else:
                found.kept += 1
                found.usage += kept.usage
    return found


def _asked(files: Iterable[str | Path]) -> dict[bytes, str] | None:
    """The model that each request in the files asks; None where there are no files."""
    asked: dict[bytes, str] = {}
    given = list(map(Path, files))
    for path in given:
        for place, line in _lines(path):
            try:
                said = orjson.loads(line or b"")
                asked[bytes.fromhex(said["custom_id"])] = sys.intern(said["body"]["model"])
            except (ValueError, KeyError, TypeError):
                raise UsageError(f"{place}: no line that 'batch prepare' writes: name its files.") from None
    return asked if given else None


def _answers(
    paths: Iterable[Path], asked: Mapping[bytes, str] | None, found: Collected, failed: Callable[[FailedLine], object]
) -> Iterator[_Answer]:
    """The answers in the files, one to a request; what else is there is counted, and told."""
    answered: dict[bytes, bool] = {}
    for path in paths:
        for place, line in _lines(path):
            result = _result(line)
            name, body = result.custom_id, result.body
            if name is None:
                found.unreadable += 1
            elif not _KEY.fullmatch(name) or (asked is not None and bytes.fromhex(name) not in asked):
                found.unknown += 1
                failed(FailedLine(place, one_line(name)[:64], None, "nothing was asked by this name"))
                continue
            else:
                key = bytes.fromhex(name)
                found.repeated += key in answered
                if body and not answered.get(key):
                    yield _Answer(key, asked[key] if asked else str(body.get("model")), body)
                answered[key] = answered.get(key, False) or body is not None
            if body is None:
                failed(FailedLine(place, name, result.code, result.message))
    found.failed = sum(not done for done in answered.values())
    found.missing = len(asked) - len(answered) if asked is not None else 0


@dataclass(frozen=True, slots=True)
class _Result:
    """A line of results: the completion, or why there is none."""

    custom_id: str | None = None
    body: dict[str, Any] | None = None
    code: str | None = None
    message: str = ""


def _result(line: bytes | None) -> _Result:
    if line is None:
        return _Result(message="a line longer than any answer")
    try:
        said = _object(orjson.loads(line))
    except orjson.JSONDecodeError as broken:
        return _Result(message=f"no JSON ({broken})")
    name = said.get("custom_id")
    if not isinstance(name, str):
        return _Result(message="no object with a custom_id")
    response = _object(said.get("response"))
    body, status = _object(response.get("body")), response.get("status_code")
    if not said.get("error") and status in (None, 200) and isinstance(body.get("choices"), list):
        return _Result(name, body)
    # an object of its own, in the response's body, or in an object once more; vLLM also has a string
    error = said.get("error") or body
    while isinstance(error, dict) and error.get("error"):
        error = error["error"]
    told = _object(error)
    code = told.get("code") or told.get("type") or status
    message = error if isinstance(error, str) else told.get("message") or "no completion"
    return _Result(name, None, None if code is None else one_line(str(code))[:60], one_line(str(message))[:200])


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _lines(path: Path) -> Iterator[tuple[str, bytes | None]]:
    """The lines of a file but for blank ones, each with its place; None for one too long to be held."""
    number = 0
    with path.open("rb") as file:
        while line := file.readline(_LONGEST):
            number += 1
            place = f"{path}:{number}"
            if len(line) == _LONGEST:
                while line and not line.endswith(b"\n"):
                    line = file.readline(_LONGEST)
                yield place, None
            elif text := line.removeprefix(codecs.BOM_UTF8).strip():
                yield place, text
