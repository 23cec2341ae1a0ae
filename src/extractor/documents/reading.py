"""Bytes, files and strings to documents; a reader for each media type, chosen by the content."""

from __future__ import annotations

import re
import stat
from hashlib import sha256
from html import unescape
from pathlib import PurePath
from typing import TYPE_CHECKING

from extractor.documents import lines
from extractor.documents.characters import composed, direction_warnings, uniform
from extractor.documents.decoding import decode
from extractor.documents.document import Document, one_line
from extractor.documents.segments import tiled
from extractor.documents.tags import without_leftovers
from extractor.errors import EmptyDocumentError, TooLargeError, UnreadableError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 10_000_000

_TYPES = {
    "text/html": "text/html",
    "application/xhtml+xml": "text/html",
    "text/markdown": "text/markdown",
    "text/x-markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
}
_NOTHING = sha256().hexdigest()
_HEAD = 20_000  # characters that the media type is told by
_PAGE = re.compile(
    r"(?i)\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--[^>]{0,500}-->\s*)?(?:<!doctype\s+html|<(?:html|head|body)\b)"
)
_SHAPE = "p|div|br|ul|ol|li|h[1-6]|table|tr|td|strong|b|em|span|section|article|main|script|style|title|pre|font|a"
_TAG = re.compile(rf"(?i)</?(?:{_SHAPE})(?=[\s/>])[^<>]*>")
_ESCAPED_TAG = re.compile(rf"(?i)&lt;/?(?:{_SHAPE})(?=[\s/]|&gt;)")
_MARKDOWN = ("\n# ", "\n## ", "\n### ", "\n**", "\n* ", "](http", "](mailto:")
_CHARSET = re.compile(r"(?i)charset\s*=\s*[\"']?([\w.:-]+)")


def read(
    data: bytes,
    *,
    source: str,
    media_type: str | None = None,
    id: str | None = None,  # noqa: A002 - as `Document.id`
    max_bytes: int = MAX_BYTES,
) -> Document:
    """The document in `data`.

    `source` is where it comes from, for people: a path, an address. `media_type` is what its sender calls it, as in
    an HTTP header; without it the content decides. `id` is the file name's stem where `source` names a file, else
    the first 16 digits of the SHA-256.

    Raises EmptyDocumentError, NotTextError, TooLargeError.
    """
    if len(data) > max_bytes:
        raise _too_large(source, f"{len(data):,} bytes", max_bytes)
    called, _, parameters = (media_type or "").partition(";")
    charset = _CHARSET.search(parameters)
    text, warnings = decode(data, one_line(source), charset[1] if charset else None)
    digest = sha256(data).hexdigest()
    return _document(text, source, called.strip().lower(), id or _id(source, digest), digest, warnings)


def load(path: Path, *, max_bytes: int = MAX_BYTES) -> Document:
    """The document in the file at `path`, of which no more than `max_bytes` and one byte are read.

    Raises EmptyDocumentError, NotTextError, TooLargeError, UnreadableError.
    """
    source = str(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise _unreadable(source, "this is a directory; name the files in it")
        if not stat.S_ISREG(status.st_mode):
            raise _unreadable(source, "this is a pipe or a device; save what it gives to a file")
        if status.st_size > max_bytes:
            raise _too_large(source, f"{status.st_size:,} bytes", max_bytes)
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise _unreadable(source, "there is no such file, or no longer; check the path") from None
    except PermissionError:
        raise _unreadable(source, "no permission to read it; ask its owner, or chmod +r") from None
    except (OSError, ValueError) as error:
        raise _unreadable(source, f"it can't be read ({error}); check the path") from error
    if len(data) > max_bytes:
        raise _too_large(source, f"more than {max_bytes:,} bytes", max_bytes)
    return read(data, source=source, id=path.stem, max_bytes=max_bytes)


def from_text(
    text: str,
    *,
    source: str = "text",
    id: str | None = None,  # noqa: A002 - as `Document.id`
    max_bytes: int = MAX_BYTES,
) -> Document:
    """The document in a string; its size and its SHA-256 are those of the string in UTF-8.

    Raises EmptyDocumentError, TooLargeError.
    """
    warnings = []
    try:
        data = text.encode()
    except UnicodeEncodeError as fault:
        data = text.encode("utf-8", "surrogatepass")
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        warnings.append(f"Half characters (lone surrogates) were replaced by U+FFFD, the first at {fault.start}.")
    if len(data) > max_bytes:
        raise _too_large(one_line(source), f"{len(data):,} bytes", max_bytes)
    digest = sha256(data).hexdigest()
    return _document(text, source, "", id or _id(source, digest), digest, warnings)


def _document(text: str, source: str, called: str, id_: str, digest: str, warnings: list[str]) -> Document:
    text, replaced = uniform(text)
    media_type = _media_type(text, called or PurePath(source).suffix.lower())
    notes: list[str] = []
    if media_type == "text/html":
        from extractor.documents.markup import read_html

        text, blocks, notes = read_html(_unescaped(text))
    else:
        text = composed(without_leftovers(text))
        blocks = lines.blocks(text, 0, len(text), {})
    if not any(map(str.isalnum, text)):
        seen = "has nothing but white space, marks or markup in it" if text or digest != _NOTHING else "is empty"
        raise EmptyDocumentError(f"{one_line(source)}: the document {seen}; check where it comes from")
    warnings = [*warnings, *replaced, *notes, *direction_warnings(text)]
    return Document(id_, source, media_type, digest, text, tiled(text, blocks), tuple(warnings))


def _media_type(text: str, called: str) -> str:
    """What `text` is, by its tags and marks; where they leave it open, what it is `called`, by a suffix or a name."""
    head = text[:_HEAD]
    if _PAGE.match(head):
        return "text/html"
    tags = len(_TAG.findall(head)) if "<" in head else 0
    escaped = len(_ESCAPED_TAG.findall(head)) if "&lt;" in head else 0
    marks = sum(map(f"\n{head}".count, _MARKDOWN)) + head.startswith("---\n")
    known = _TYPES.get(called)
    opens = not marks and _TAG.match(head.lstrip()) is not None
    if max(tags, escaped) > (0 if opens or known == "text/html" else max(2, marks)):
        return "text/html"
    return "text/markdown" if marks > 1 or known == "text/markdown" else "text/plain"


def _unescaped(markup: str) -> str:
    """`markup` itself, or what it stands for where its tags are written as "&lt;p&gt;", as feeds have it."""
    head = markup[:_HEAD]
    return unescape(markup) if len(_ESCAPED_TAG.findall(head)) > len(_TAG.findall(head)) else markup


def _id(source: str, digest: str) -> str:
    path = PurePath(source)
    named = "://" not in source and (path.suffix or len(path.parts) > 1)
    return (path.stem if named else "") or digest[:16]


def _too_large(source: str, size: str, max_bytes: int) -> TooLargeError:
    return TooLargeError(
        f"{one_line(source)}: {size}, over the limit of {max_bytes:,}; raise it by --max-bytes (max_bytes in Python)"
    )


def _unreadable(source: str, reason: str) -> UnreadableError:
    return UnreadableError(f"{one_line(source)}: {one_line(reason)}")
