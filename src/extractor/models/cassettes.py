"""Records exchanges with a model, one cassette a document, and plays them back without a network.

vcrpy with its defaults would answer one posting with another's recording, and write keys down: cassettes/README.md says
what is kept here. It patches the HTTP library for the whole process, so documents pass one at a time.
"""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractor.errors import CassetteError, UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from extractor.documents import Document

# The address isn't part of what is played back, and may name an account or carry credentials. RFC 2606: no such host.
_ADDRESS = "https://model.invalid/v1/chat/completions"
_KEPT_HEADERS = frozenset({"content-type"})


class Cassettes:
    """The folder `folder`; `recording` writes cassettes there, otherwise they are played back.

    Raises `UsageError` for a folder to play from that isn't there.
    """

    def __init__(self, folder: Path, *, recording: bool) -> None:
        if not recording and not folder.is_dir():
            raise UsageError(f"cassettes {folder}: no such folder. Record some with --record {folder}.")
        self.folder = folder
        self.recording = recording
        self._recorded: set[Path] = set()
        self._turn = asyncio.Lock()

    def path(self, document: Document) -> Path:
        """The cassette of a document: named after its file, or its id."""
        stem = Path(document.source).stem if Path(document.source).suffix else document.id
        return self.folder / (re.sub(r"[^\w.-]+", "_", stem) + ".yaml")

    @asynccontextmanager
    async def of(self, document: Document, model: str) -> AsyncIterator[None]:
        """Records, or plays back, what is asked of `document` while the block runs. Raises `CassetteError`."""
        path = self.path(document)
        remedy = f"extractor extract {document.source} --model {model} --record {self.folder}"
        async with self._turn:
            if self.recording:
                async with self._record(path):
                    yield
                return
            if not path.is_file():
                raise CassetteError(f"{document.source}: no cassette {path}. Record it: {remedy}")
            tape = _vcr("none").use_cassette(str(path))
            try:
                tape.__enter__()
            except Exception as error:  # yaml and vcrpy raise many kinds for a file that isn't a cassette
                raise CassetteError(f"cassette {path} is broken ({error!r:.80}). Record it anew: {remedy}") from error
            try:
                yield
            except CassetteError:
                raise CassetteError(
                    f"{document.source}: cassette {path} holds no exchange for this request: the text, prompt, schema, "
                    f"model or parameters have changed since. Record it anew: {remedy}"
                ) from None
            finally:
                tape.__exit__(None, None, None)

    @asynccontextmanager
    async def _record(self, path: Path) -> AsyncIterator[None]:
        if path in self._recorded:
            raise CassetteError(f"two documents of this run share the cassette {path}: rename one of their files.")
        self._recorded.add(path)
        # beside its place and moved there when whole: a run that fails leaves the old cassette
        part = path.with_suffix(".part")
        with _writing(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
        tape = _vcr("all").use_cassette(str(part))
        tape.__enter__()
        try:
            yield
        except BaseException:
            tape.__exit__(*sys.exc_info())
            raise
        with _writing(path):
            tape.__exit__(None, None, None)
            part.replace(path)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CassetteError(f"cassette {path} can't be written: {error.strerror}.") from error


def _vcr(mode: str) -> Any:
    import vcr

    return vcr.VCR(
        record_mode=mode,
        serializer="yaml",
        match_on=("method", "body"),
        before_record_request=_scrub_request,
        before_record_response=_scrub_response,
        decode_compressed_response=True,
        record_on_exception=False,
    )


def _scrub_request(request: Any) -> Any:
    request.uri = _ADDRESS
    request.headers = {name: value for name, value in request.headers.items() if name.lower() in _KEPT_HEADERS}
    return request


def _scrub_response(response: dict[str, Any]) -> dict[str, Any]:
    headers = response["headers"]
    kept = {name: value for name, value in headers.items() if name.lower() in _KEPT_HEADERS}
    return {**response, "headers": kept}
