"""Which documents the arguments of a verb name."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.documents import Document

# What a folder's postings are named; a file that is named itself is read whatever its name.
_SUFFIXES = frozenset({".txt", ".md", ".markdown", ".html", ".htm", ".xhtml"})


def walk(paths: list[Path]) -> Iterator[Path]:
    """The files that the arguments name, folders in the order of their names. A missing one is yielded too."""
    for path in paths:
        if path.is_dir():
            yield from sorted(
                file for file in path.rglob("*") if file.suffix.lower() in _SUFFIXES and not file.name.startswith(".")
            )
        else:
            yield path


def open_document(path: Path, max_bytes: int) -> Document:
    """The document at `path`, or on standard input where it is `-`. Raises `DocumentError`."""
    from extractor.documents import load, read

    if str(path) == "-":
        return read(sys.stdin.buffer.read(max_bytes + 1), source="stdin", max_bytes=max_bytes)
    return load(path, max_bytes=max_bytes)
