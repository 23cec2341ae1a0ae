"""The one document that a verb's argument names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from extractor.documents import Document


def open_document(path: Path, max_bytes: int) -> Document:
    """The document at `path`, or on standard input where it is `-`. Raises `DocumentError`."""
    if str(path) == "-":
        from extractor.runs.inputs import standard_input

        return standard_input(max_bytes)
    from extractor.documents import load

    return load(path, max_bytes=max_bytes)
