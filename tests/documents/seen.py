"""What the tests of this room look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.documents import one_line, read

if TYPE_CHECKING:
    from extractor.documents import Document


def parts(document: Document) -> list[tuple[str, str]]:
    """Of each segment the kind and the content, on one line."""
    return [(part.kind, one_line(document.text[part.body : part.end])) for part in document.segments]


def seen(text: str, media_type: str | None = None) -> list[tuple[str, str]]:
    return parts(read(text.encode(), source="test", media_type=media_type))
