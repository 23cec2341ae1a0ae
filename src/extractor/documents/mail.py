"""E-mail: what a message says, and the files that it carries."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from extractor.documents.assembled import Part
from extractor.documents.decoding import decode
from extractor.documents.document import one_line
from extractor.errors import NotTextError, UnreadableError

if TYPE_CHECKING:
    from email.message import Message

MEDIA_TYPE = "message/rfc822"

_HEAD = 20_000  # bytes in which its headers end
_HEADERS = re.compile(rb"(?:From [^\n]*\n)?((?:[!-9;-~]{1,60}:[^\n]*\n(?:[ \t]+[^\n]*\n)*)+)(?:\r?\n|\Z)")
_NAME = re.compile(rb"(?m)^([!-9;-~]{1,60}):")
# Every message has one of the first by RFC 5322 or MIME, and no posting that begins with "Label: value" lines has.
_OF_MAIL = frozenset([b"message-id", b"mime-version", b"received", b"return-path", b"x-mailer", b"x-unsent"])
_OF_LETTERS = frozenset([b"from", b"to", b"subject", b"date"])
_DEEPEST = 20  # messages and parts within each other
_MOST_PARTS = 1_000
_MOST_LINES = 20_000_000  # times its boundaries: the parser compares each line with those of all open parts
_FEW = 200  # letters of a message that only says that its text is attached
_LONGEST = 1_000  # characters of a header
_TOO_DEEP = "this mail can't be taken apart: its parts are too many or nest too deep; save its text"
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(slots=True)
class Mail:
    """What is read of a message: its parts in order, warnings, and its attachments, each with its name."""

    parts: list[Part] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    attached: list[tuple[str, bytes]] = field(default_factory=list)
    said: int = 0
    """Letters of its bodies."""

    @property
    def refers(self) -> bool:
        """Whether it says next to nothing itself and has attachments."""
        return bool(self.attached) and self.said < _FEW


def is_mail(data: bytes, called: str) -> bool:
    """Whether `data` is a message: by the header lines that it begins with, to the first blank line.

    Fewer are enough where it is `called` ".eml" or "message/rfc822".
    """
    head = data[:_HEAD]
    if b":" not in head[: head.find(b"\n") + 1] and not head.startswith(b"From "):
        return False
    head = head[: head.rfind(b"\n") + 1].removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    headers = _HEADERS.match(head)
    if headers is None:
        return False
    names = {name.lower() for name in _NAME.findall(headers[1])}
    if called in (".eml", MEDIA_TYPE):
        return len(names & (_OF_LETTERS | _OF_MAIL)) > 1
    return not names.isdisjoint(_OF_MAIL) and not names.isdisjoint(_OF_LETTERS)


def read_mail(data: bytes) -> Mail:
    """The message in `data`: "Subject: …" and "Sent: …", then its bodies, of alternatives the one that says more.

    Signatures, quoted replies and forwarded messages stay. Raises UnreadableError, without the document's name.
    """
    from email import message_from_bytes  # the compat32 policy: its headers never raise

    out = Mail()
    if data.count(b"\n") * data.lower().count(b"boundary=") > _MOST_LINES:
        raise UnreadableError(_TOO_DEEP)
    try:
        _message(message_from_bytes(data), out, 0)
    except RecursionError:
        raise UnreadableError(_TOO_DEEP) from None
    return out


def _message(message: Message, out: Mail, depth: int) -> None:
    for name, label in (("subject", "Subject"), ("date", "Sent")):
        value = _header(message.get(name))
        if value:
            out.parts.append(Part("fact", f"{label}: {value}"))
    _part(message, out, depth)


def _part(part: Message, out: Mail, depth: int) -> None:
    if depth > _DEEPEST or len(out.parts) > _MOST_PARTS:
        raise UnreadableError(_TOO_DEEP)
    kind = part.get_content_type()
    inner = part.get_payload()
    if isinstance(inner, list):
        parts = [one for one in inner if not isinstance(one, str)]
        if kind == "message/rfc822" or part.get_content_maintype() == "message":
            for one in parts:
                _message(one, out, depth + 1)
        elif kind == "multipart/alternative":
            _alternative(parts, out, depth + 1)
        else:
            for one in parts:
                _part(one, out, depth + 1)
        return
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes) or not content.strip():
        return
    attached = part.get_content_disposition() == "attachment"
    if attached or kind not in ("text/plain", "text/html"):
        drawn = part.get_content_maintype() == "image" and not attached  # a logo within the text
        if not drawn and not kind.endswith("-signature"):
            out.attached.append((_header(part.get_filename()) or kind, content))
        return
    _body(content, kind, part, out)


def _alternative(parts: list[Message], out: Mail, depth: int) -> None:
    """Of several forms of the same, the one with more text; the last, which is the richest, where they are equal."""
    read = []
    for part in parts:
        one = Mail()
        _part(part, one, depth)
        read.append(one)
    best = max(reversed(read), key=lambda one: one.said, default=None)
    if best is not None:
        out.parts += best.parts
        out.warnings += best.warnings
        out.said += best.said
    for one in read:
        out.attached += one.attached


def _body(content: bytes, kind: str, part: Message, out: Mail) -> None:
    charset = part.get_content_charset()
    try:
        text, warnings = decode(content, "a part of the mail", charset)
    except NotTextError:
        out.attached.append((kind, content))
        return
    seen = text
    if kind == "text/html":
        from extractor.documents.markup import read_html

        seen = read_html(text)[0]
    out.parts.append(Part("html" if kind == "text/html" else "text", text))
    out.warnings += warnings
    out.said += sum(map(str.isalnum, _ADDRESS.sub("", seen)))


def _header(raw: object) -> str:
    """A header as it is meant; what can't be decoded as it stands there."""
    from email.errors import MessageError
    from email.header import decode_header, make_header

    text = str(raw or "")[:_LONGEST]
    try:
        return one_line(str(make_header(decode_header(text))))
    except (MessageError, LookupError, ValueError):
        return one_line(text)
