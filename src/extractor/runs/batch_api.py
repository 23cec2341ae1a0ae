"""Batches at a server: files of requests go up, batches of them are looked after, their answers come down."""

from __future__ import annotations

import hashlib
import os
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from extractor.documents import one_line
from extractor.errors import (
    KeyRejectedError,
    RateLimitedError,
    RequestRejectedError,
    ServerError,
    UnreachableError,
    UsageError,
)
from extractor.runs.batch import FailedLine, collect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Self

    import openai
    from openai.types import Batch

    from extractor.models.prices import Price
    from extractor.outcome import Journal
    from extractor.runs.batch import Collected
    from extractor.settings import Settings

_STATE = ".batches.json"
_ENDED = ("completed", "failed", "expired", "cancelled")
_LOOKED_THROUGH = 1000  # of a server's batches, the newest first, for one that may have been made


@dataclass(frozen=True, slots=True)
class Submitted:
    """A file of requests, known by its content, and what the server calls it and its batch: None until it has said."""

    requests: str
    sha256: str
    base_url: str | None
    file: str | None = None
    batch: str | None = None
    collected: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """How a file's batch stands: `status` is the server's word, or "not submitted".

    `completed` and `failed` count requests of `total`; `faults` say why the whole batch failed.
    """

    requests: str
    batch: str | None
    status: str
    completed: int = 0
    failed: int = 0
    total: int = 0
    faults: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        """Whether more is to come."""
        return self.status.lower() not in _ENDED

    @property
    def idle(self) -> bool:
        """Whether it ended without any answer: what it asked may be asked again."""
        return not (self.running or self.completed) and (self.status.lower() != "completed" or self.failed > 0)


def state_file(requests: str | Path) -> Path | None:
    """The state file beside `requests` that lists this file, whatever it was called then; None where none does."""
    path = Path(requests)
    if path.name.endswith(_STATE):
        return path
    digest = _digest(path)
    for state in sorted(path.parent.glob(f"*{_STATE}")):
        if any(one.sha256 == digest for one in _load(state)):
            return state
    return None


def under_way(folder: Path) -> list[Path]:
    """The files of requests in a folder that were submitted and aren't collected."""
    listed = {one.sha256: one for state in folder.glob(f"*{_STATE}") for one in _load(state) if not one.collected}
    paths = {folder / one.requests for one in listed.values()}
    return sorted(path for path in paths if path.exists() and _digest(path) in listed)


class Batches:
    """The batches that a state file lists, at the server of `settings`.

    The state is written after each step, and a step that may have been done is looked for: what was submitted once
    isn't again. The SDK tries again what does no harm. All raise `ModelError`, `UsageError` and `OSError`, in one line.

    A context manager closes its connections.
    """

    def __init__(self, state: Path, settings: Settings) -> None:
        if settings.api_key is None and settings.base_url is None:
            raise UsageError("batches at the OpenAI API need a key: set OPENAI_API_KEY, or name another (--base-url).")
        self._path = state
        self._settings = settings
        self._all = {one.sha256: one for one in _load(state)}
        self._where = f"batches at {settings.base_url or 'the OpenAI API'}"

    @classmethod
    def of(cls, requests: str | Path, settings: Settings) -> Batches:
        """Those that are listed with a file of requests; none yet for a new one. See `state_file`."""
        path = Path(requests)
        return cls(state_file(path) or path.with_suffix(_STATE), settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if "_client" in self.__dict__:  # making one only to close it would take 50 ms
            self._client.close()

    def submit(self, requests: str | Path) -> tuple[State, bool]:
        """Uploads a file and has its batch made, to be done within 24 h; how it stands, and whether it's new.

        A file that was submitted isn't again, but where its batch ended without an answer. After a run that ended
        between the two steps the server's list says whether the batch was made.
        """
        path = Path(requests)
        _check(path)
        with self._alone():
            return self._submit(path, _digest(path))

    def _submit(self, path: Path, digest: str) -> tuple[State, bool]:
        known = self._all.get(digest)
        if known and known.batch:
            state = self._state(known)
            if not state.idle:
                return state, False
            known = None
        batch: Batch | None = None
        if known and known.file:
            self._check_place(known)
            batch = self._made_of(known.file, path)
        else:
            known = Submitted(path.name, digest, self._settings.base_url)
            with self._named(path.name), path.open("rb") as content:
                uploaded = self._once.files.create(file=(path.name, content), purpose="batch")
            known = self._keep(replace(known, file=uploaded.id))
        if batch is None:
            with self._named(path.name):
                batch = self._once.batches.create(
                    input_file_id=known.file or "", endpoint="/v1/chat/completions", completion_window="24h"
                )
        self._keep(replace(known, batch=batch.id))
        return _state(path.name, batch), True

    def status(self) -> list[State]:
        """How each batch stands."""
        return [self._state(one) for one in self._all.values()]

    def collect(
        self,
        store: Journal,
        *,
        prices: Mapping[str, Price] | None = None,
        failed: Callable[[FailedLine], object] = lambda line: None,  # noqa: ARG005
    ) -> list[tuple[State, Collected | None]]:
        """Fetches what has ended and wasn't collected before, and keeps its answers: see `batch.collect`.

        The files lie beside the requests: NAME.output.jsonl and NAME.errors.jsonl. None stands for what is still
        running, or failed as a whole: that is told once.
        """
        with self._alone():
            return [*self._collected(store, prices, failed)]

    def _collected(
        self, store: Journal, prices: Mapping[str, Price] | None, failed: Callable[[FailedLine], object]
    ) -> Iterator[tuple[State, Collected | None]]:
        for one in list(self._all.values()):
            if one.collected or not one.batch:
                continue
            batch = self._retrieve(one)
            state = _state(one.requests, batch)
            if state.running or state.status.lower() == "failed":
                yield state, None
                if not state.running:
                    self._keep(replace(one, collected=True))
                continue
            requests = self._path.parent / one.requests
            files = {"output": batch.output_file_id, "errors": batch.error_file_id}
            results = [
                self._download(identity, requests.with_suffix(f".{kind}.jsonl"))
                for kind, identity in files.items()
                if identity
            ]
            asked = [requests] if requests.exists() and _digest(requests) == one.sha256 else []
            collected = collect(store, *results, requests=asked, prices=prices, failed=failed)
            self._keep(replace(one, collected=True))
            yield state, collected

    @cached_property
    def _client(self) -> openai.OpenAI:
        import openai

        key = self._settings.api_key
        return openai.OpenAI(
            api_key=key.get_secret_value() if key else "none", base_url=self._settings.base_url, max_retries=2
        )

    @cached_property
    def _once(self) -> openai.OpenAI:
        """For what would be made twice, were it asked for again."""
        return self._client.with_options(max_retries=0)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keeps other processes from the state meanwhile, where the system can, and sees what they wrote before."""
        with ExitStack() as held:
            try:
                import fcntl

                folder = os.open(self._path.parent, os.O_RDONLY)
                held.callback(os.close, folder)
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageError(
                    f"{self._path}: another process submits or collects batches there: try again when it has ended."
                ) from None
            except (ImportError, OSError):
                pass  # Windows, a file system without locks
            self._all = {one.sha256: one for one in _load(self._path)}
            yield

    def _keep(self, one: Submitted) -> Submitted:
        self._all[one.sha256] = one
        part = self._path.with_name(f"{self._path.name}.part")
        with part.open("wb") as file:
            listed = {"batches": [asdict(each) for each in self._all.values()]}
            file.write(orjson.dumps(listed, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
        return one

    def _state(self, one: Submitted) -> State:
        return _state(one.requests, self._retrieve(one)) if one.batch else State(one.requests, None, "not submitted")

    def _retrieve(self, one: Submitted) -> Batch:
        self._check_place(one)
        with self._named(one.requests):
            return self._client.batches.retrieve(one.batch or "")

    def _check_place(self, one: Submitted) -> None:
        if one.base_url != self._settings.base_url:
            # not gone after by itself: a state file could lead the key anywhere
            place = f"at {one.base_url}: name it (--base-url)" if one.base_url else "at the OpenAI API: no --base-url"
            raise UsageError(f"{one.requests} was submitted {place}.")

    def _made_of(self, file: str, path: Path) -> Batch | None:
        """The batch of an uploaded file; None where there is none."""
        try:
            with self._named(path.name):
                newest = islice(self._client.batches.list(limit=100), _LOOKED_THROUGH)
                return next((batch for batch in newest if batch.input_file_id == file), None)
        except (RequestRejectedError, ServerError) as error:
            raise ServerError(
                f"{path} may have been submitted by an earlier run, as {file}, and the server can't say ({error}) "
                f"Look there; to submit it again, remove it from {self._path}."
            ) from error

    def _download(self, identity: str, path: Path) -> Path:
        part = path.with_name(f"{path.name}.part")
        with (
            self._named(path.name),
            self._client.files.with_streaming_response.content(identity) as response,
            part.open("wb") as file,
        ):
            for chunk in response.iter_bytes():
                file.write(chunk)
        part.replace(path)
        return path

    @contextmanager
    def _named(self, name: str) -> Iterator[None]:
        """Names what the SDK raises, in one line with its remedy."""
        import httpx2
        import openai

        try:
            yield
        except openai.APIStatusError as error:
            told = error.body if isinstance(error.body, dict) else {}
            code, said = error.status_code, f"{error.status_code}: {self._say(told.get('message') or error.message)}"
            if code in (401, 403):
                hint = "Set OPENAI_API_KEY to a key that may use files and batches."
                raise KeyRejectedError(f"{self._where}: the key was rejected ({said}). {hint}") from error
            if code == 429:
                raise RateLimitedError(f"{self._where}: {name}: too many requests ({said}). Try later.") from error
            if code >= 500:
                raise ServerError(f"{self._where}: {name}: the server failed ({said}). Try again.") from error
            hint = "Check --base-url (it usually ends in /v1), and that the server has batches."
            raise RequestRejectedError(f"{self._where}: {name}: rejected ({said}). {hint}") from error
        except (openai.APIError, httpx2.HTTPError) as error:
            hint = "Check --base-url and the network. The same command goes on from here."
            raise UnreachableError(f"{self._where}: {name}: {self._say(error)}. {hint}") from error

    def _say(self, told: object) -> str:
        text, key = one_line(str(told)), self._settings.api_key
        if key:
            text = text.replace(key.get_secret_value(), "…")
        return text[:200].rstrip(".")


def _state(requests: str, batch: Batch) -> State:
    counts = batch.request_counts
    faults = (batch.errors.data if batch.errors else None) or []
    return State(
        requests,
        batch.id,
        str(batch.status),
        *((counts.completed, counts.failed, counts.total) if counts else (0, 0, 0)),
        tuple(
            one_line(f"{f'line {fault.line}: ' if fault.line else ''}{fault.code}: {fault.message}")[:200]
            for fault in faults
        ),
    )


def _load(state: Path) -> list[Submitted]:
    try:
        listed: list[dict[str, Any]] = orjson.loads(state.read_bytes())["batches"]
        return [Submitted(**one) for one in listed]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{state}: no list of batches ({error!r:.80}): restore it, or move it away.") from None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(path: Path) -> None:
    """Raises `UsageError` where a file doesn't begin as a file of requests does."""
    with path.open("rb") as file:
        if not file.read(14).startswith(b'{"custom_id":"'):
            raise UsageError(f"{path}: no file that 'batch prepare' writes: name its files.")
