"""The one document that a verb's argument names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from extractor.documents import Document


def open_document(path: Path, max_bytes: int) -> Document:
    """The document at `path`, or on standard input where it is `-`. Raises `DocumentError`."""
    from extractor.documents import load
    from extractor.runs.inputs import standard_input

    return standard_input(max_bytes) if str(path) == "-" else load(path, max_bytes=max_bytes)
