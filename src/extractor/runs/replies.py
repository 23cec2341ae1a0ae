"""Replies of APIs, saved as files: a document for each job that one holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from extractor.documents import one_line, read
from extractor.documents.ats import job_id, objects
from extractor.errors import DocumentError, TooLargeError
from extractor.outcome import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from extractor.documents import Document

SUFFIX = ".json"
_MOST = 20  # times the limit of a posting: a reply is in memory as a whole


def jobs_of(path: Path, source: str, stem: str, max_bytes: int) -> Iterator[Document | Failure]:
    """A document for each job of a file that holds several, by the id that it gives them, its source "file.json#3".

    A file that holds one, or none that is known here, is one document. Raises `OSError`.
    """
    if path.stat().st_size > _MOST * max_bytes:
        message = (
            f"{one_line(source)}: a reply of more than {_MOST * max_bytes:,} bytes, {_MOST} times the limit of a "
            "posting; save its jobs as lines of JSON, or raise it by --max-bytes (max_bytes in Python)"
        )
        yield Failure(stem, source, TooLargeError(message))
        return
    data = path.read_bytes()
    try:
        jobs = objects(json.loads(data, strict=False))
    except (ValueError, RecursionError):
        jobs = []
    if len(jobs) < 2:
        yield _read(data, source, stem, max_bytes)
        return
    del data
    for number, job in enumerate(jobs, 1):
        yield _read(json.dumps(job).encode(), f"{source}#{number}", job_id(job) or f"{stem}-{number}", max_bytes)


def _read(data: bytes, source: str, id_: str, max_bytes: int) -> Document | Failure:
    try:
        return read(data, source=source, id=id_, max_bytes=max_bytes)
    except DocumentError as error:
        return Failure(id_, source, error)
