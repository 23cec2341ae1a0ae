"""Bytes, files and strings to documents; a reader for each media type, chosen by the content."""

from __future__ import annotations

import re
import stat
from functools import partial
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal

from extractor.documents import lines
from extractor.documents.assembled import Part, assembled
from extractor.documents.characters import composed, direction_warnings, uniform
from extractor.documents.decoding import decode
from extractor.documents.document import Document, Segment, one_line
from extractor.documents.kinds import binary
from extractor.documents.mail import MEDIA_TYPE as MAIL
from extractor.documents.mail import is_mail, read_mail
from extractor.documents.mending import mended
from extractor.documents.segments import tiled
from extractor.documents.tags import ESCAPED_TAG, TAG, unescaped, without_leftovers
from extractor.errors import DocumentError, EmptyDocumentError, TooLargeError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from extractor.documents.blocks import Block

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
_NAMED = 10  # attachments
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

    Raises EmptyDocumentError, NotTextError, TooLargeError, UnreadableError where it is damaged or locked.
    """
    if len(data) > max_bytes:
        raise _too_large(source, f"{len(data):,} bytes", max_bytes)
    called, _, parameters = (media_type or "").partition(";")
    charset = _CHARSET.search(parameters)
    digest = sha256(data).hexdigest()
    id_ = id or _id(source, digest)
    try:
        kind = binary(data)
        if kind:
            return _binary(data, kind, source, id_, digest)
    except DocumentError as error:
        raise type(error)(f"{one_line(source)}: {error}") from None
    called = _called(called, source)
    if is_mail(data, called):
        return _mailed(data, source, id_, digest, max_bytes)
    text, warnings = decode(data, one_line(source), charset[1] if charset else None)
    return _document(text, source, called, id_, digest, warnings)


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
            data = file.read(status.st_size + 1)
            if len(data) > status.st_size:  # it has grown, or its file system tells no sizes
                data += file.read(max_bytes + 1 - len(data))
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
    called, id_ = _called("", source), id or _id(source, digest)
    if is_mail(data, called):
        return _mailed(data, source, id_, digest, max_bytes)
    return _document(text, source, called, id_, digest, warnings)


def _binary(data: bytes, kind: Literal["pdf", "zip"], source: str, id_: str, digest: str) -> Document:
    """The document in a PDF or a Word file. The errors it raises don't name it."""
    blocks: Callable[[], list[Block]]
    if kind == "pdf":
        from extractor.documents.pdf import read_pdf

        pages, notes = read_pdf(data)
        whole = [mended(uniform(page)[0]) for page in pages]
        text, begins = _joined([composed(page) for page, _ in whole])
        notes = [*notes, *dict.fromkeys(note for _, found in whole for note in found)]
        blocks = partial(lines.blocks, text, 0, len(text), {})
        return _made(text, blocks, source, "application/pdf", id_, digest, notes, begins)
    from extractor.documents.docx import MEDIA_TYPE, read_docx

    text, blocks, notes = read_docx(data)
    return _made(text, blocks, source, MEDIA_TYPE, id_, digest, notes)


def _joined(pages: list[str]) -> tuple[str, tuple[int, ...]]:
    """The text of all pages, and where each begins in it: after a blank line, unless a sentence goes on there."""
    out: list[str] = []
    begins = []
    at = 0
    last = "."
    for page in pages:
        if at:
            gap = "\n" if page[:1].islower() and last not in ".!?:" else "\n\n"
            out.append(gap)
            at += len(gap)
        begins.append(at)
        out.append(page)
        at += len(page)
        last = page[-1:] or last
    return "".join(out), tuple(begins)


def _document(text: str, source: str, called: str, id_: str, digest: str, warnings: list[str]) -> Document:
    text, replaced = uniform(text)
    media_type = _media_type(text, called)
    notes: list[str] = []
    published: tuple[dict[str, Any], ...] = ()
    blocks: Callable[[], list[Block]]
    job = _job(text, source)
    front = lines.front_matter(text)
    if front:
        front += 4  # and the line that closes it
    if job is not None:
        from extractor.documents import ats

        media_type = ats.MEDIA_TYPE
        text, blocks, notes = ats.read_job(job)
    elif media_type == "text/html":
        from extractor.documents.markup import read_tree, tree_of
        from extractor.documents.published import items

        markup = _unescaped(text[front:])
        tree = tree_of(markup)
        published, lacks = items(markup, tree)
        text, blocks, notes = (
            assembled([Part("text", text[:front]), Part("html", markup)]) if front else read_tree(markup, tree)
        )
        notes = [*notes, *lacks]
    else:
        text, notes = mended(without_leftovers(text))
        text = composed(text)
        blocks = partial(lines.blocks, text, 0, len(text), {})
    if not any(map(str.isalnum, text)):
        seen = "has nothing but white space, marks or markup in it" if text or digest != _NOTHING else "is empty"
        raise EmptyDocumentError(f"{one_line(source)}: the document {seen}; check where it comes from")
    notes = [*warnings, *replaced, *notes]
    return _made(text, blocks, source, media_type, id_, digest, notes, published=published)


def _job(text: str, source: str) -> dict[str, Any] | None:
    """The job that a reply of an API holds; None where the text is none. Raises UnreadableError where it holds many."""
    if text[:100].lstrip()[:1] not in ("{", "["):
        return None
    from extractor.documents import ats

    jobs = ats.objects(ats.parsed(text))
    if len(jobs) > 1:
        raise UnreadableError(
            f"{one_line(source)}: this holds {len(jobs)} postings; `extractor extract` takes each by itself from a "
            "file named .json (postings() in Python)"
        )
    return jobs[0] if jobs else None


def _mailed(data: bytes, source: str, id_: str, digest: str, max_bytes: int) -> Document:
    """The document in a mail; where it says next to nothing, with the first of its attachments that can be read."""
    try:
        mail = read_mail(data)
    except UnreadableError as error:
        raise _unreadable(source, str(error)) from None
    text, blocks, notes = assembled(mail.parts)
    warnings = [*mail.warnings, *notes]
    inner = None
    left = []
    for name, content in mail.attached:
        if mail.refers and inner is None:
            try:
                inner = read(content, source=f"{source}#{name}", max_bytes=max_bytes)
            except DocumentError as error:
                warnings.append(f"An attachment can't be read: {error}.")
            else:
                warnings += [f"The mail says little itself; its attachment {name} was read with it.", *inner.warnings]
                continue
        left.append(name)
    if left:
        more = f" and {len(left) - _NAMED:,} more" if len(left) > _NAMED else ""
        warnings.append(f"Attachments that were not read: {', '.join(left[:_NAMED])}{more}.")
    if inner is None:
        if not any(map(str.isalnum, text)):
            raise EmptyDocumentError(f"{one_line(source)}: the mail has no text; check where it comes from")
        return _made(text, blocks, source, MAIL, id_, digest, warnings)
    head = f"{text}\n\n" if text else ""
    segments = partial(_with_attached, head, blocks, inner)
    pages = tuple(len(head) + page for page in inner.pages)
    return Document(
        id_, source, MAIL, digest, head + inner.text, segments, tuple(dict.fromkeys(warnings)), pages, inner.published
    )


def _with_attached(head: str, blocks: Callable[[], list[Block]], inner: Document) -> tuple[Segment, ...]:
    by = len(head)
    behind = (Segment(start + by, end + by, body + by, kind) for start, end, body, kind in inner.segments)
    return (*tiled(head, blocks), *behind)


def _made(
    text: str,
    blocks: Callable[[], list[Block]],
    source: str,
    media_type: str,
    id_: str,
    digest: str,
    warnings: list[str],
    pages: tuple[int, ...] = (),
    published: tuple[dict[str, Any], ...] = (),
) -> Document:
    notes = (*warnings, *direction_warnings(text))
    return Document(id_, source, media_type, digest, text, partial(tiled, text, blocks), notes, pages, published)


def _called(media_type: str, source: str) -> str:
    """What its sender calls the document, in lower case: a media type, else the suffix of its name."""
    return media_type.strip().lower() or PurePath(source).suffix.lower()


def _media_type(text: str, called: str) -> str:
    """What `text` is, by its tags and marks; where they leave it open, what it is `called`, by a suffix or a name."""
    head = text[:_HEAD]
    if _PAGE.match(head):
        return "text/html"
    tags = len(TAG.findall(head)) if "<" in head else 0
    escaped = len(ESCAPED_TAG.findall(head)) if "lt;" in head else 0
    front = lines.front_matter(head)
    marks = sum(map(f"\n{head}".count, _MARKDOWN)) + head.startswith("---\n") + (front > 0)
    known = _TYPES.get(called)
    opens = not marks and TAG.match(head.lstrip()) is not None
    if max(tags, escaped) > (0 if opens or known == "text/html" else max(2, marks)):
        return "text/html"
    return "text/markdown" if marks > 1 or known == "text/markdown" else "text/plain"


def _unescaped(markup: str) -> str:
    """`markup` itself, or what it stands for where its tags are written as "&lt;p&gt;", as feeds have it."""
    head = markup[:_HEAD]
    escaped = "lt;" in head and len(ESCAPED_TAG.findall(head)) > len(TAG.findall(head))
    return unescaped(markup) if escaped else markup


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
