"""Bytes to documents: the text of a posting, and the segments that tile it."""

from __future__ import annotations

from extractor.documents.document import Document, Segment, SegmentKind, one_line
from extractor.documents.reading import MAX_BYTES, from_text, load, read

__all__ = ["MAX_BYTES", "Document", "Segment", "SegmentKind", "from_text", "load", "one_line", "read"]
