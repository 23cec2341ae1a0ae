from __future__ import annotations

from email.message import EmailMessage, Message

import pytest

from extractor.documents import from_text, read
from extractor.errors import EmptyDocumentError, UnreadableError

from . import made
from .seen import parts

LONG = "We need a cook who stews, bakes and roasts for three hundred people a day in our canteen in Turku. " * 3


def message(subject: str = "Cook wanted", body: str = LONG) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = "Aino <aino@keittiö.example>"
    mail["To"] = "jobs@list.example"
    mail["Date"] = "Mon, 02 Mar 2026 09:30:00 +0200"
    mail["Message-ID"] = "<1@list.example>"
    if body:
        mail.set_content(body)
    return mail


def test_a_message_as_its_reader_sees_it() -> None:
    mail = message("Köchin für Köln gesucht", "Aufgaben:\n- Suppe kochen\n- Brot backen\n\n-- \nAino\nTel. 040 123\n")
    document = read(mail.as_bytes(), source="offer.eml")
    assert (document.media_type, document.id) == ("message/rfc822", "offer")
    assert document.text == (
        "Subject: Köchin für Köln gesucht\nSent: Mon, 02 Mar 2026 09:30:00 +0200\n\n"
        "Aufgaben:\n- Suppe kochen\n- Brot backen\n\n-- \nAino\nTel. 040 123"
    )
    assert parts(document)[:4] == [
        ("row", "Subject: Köchin für Köln gesucht"),
        ("row", "Sent: Mon, 02 Mar 2026 09:30:00 +0200"),
        ("heading", "Aufgaben:"),
        ("item", "Suppe kochen"),
    ]
    assert document.warnings == ()


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_bodies_are_decoded(encoding: str, charset: str) -> None:
    mail = message(body="")
    mail.set_content("Smörgåsar för ålänningar.\n", charset=charset, cte=encoding)
    for data in (mail.as_bytes(), mail.as_bytes().replace(b"\n", b"\r\n"), b"From aino Mon Mar 2\n" + mail.as_bytes()):
        assert read(data, source="mail").text.endswith("\n\nSmörgåsar för ålänningar.")
    if encoding != "8bit":
        assert from_text(mail.as_string()).text.endswith("\n\nSmörgåsar för ålänningar.")


def test_of_two_forms_the_one_that_says_more_is_read() -> None:
    mail = message(body="Your mail program shows no HTML. https://list.example/" + "x" * 3_000)
    mail.add_alternative(f"<p>{LONG}</p><ul><li>Soup</li></ul>", subtype="html")
    assert read(mail.as_bytes(), source="mail").text.endswith("\n\n- Soup")
    mail = message(body=f"{LONG}\n* Soup\n")
    mail.add_alternative("<p>See the text version.</p>", subtype="html")
    assert read(mail.as_bytes(), source="mail").text.endswith("\n* Soup")
    mail = message(body="- Soup\n")
    mail.add_alternative("<ol><li>Soup</li></ol>", subtype="html")
    assert read(mail.as_bytes(), source="mail").text.endswith("\n\n1. Soup")


def test_pictures_within_the_text_are_nothing_to_warn_of() -> None:
    mail = message(body="")
    mail.set_content(f'<p>{LONG}<img src="cid:logo"></p>', subtype="html")
    mail.add_related(b"\x89PNG\r\n\x1a\nx", "image", "png", cid="<logo>", filename="logo.png", disposition="inline")
    assert read(mail.as_bytes(), source="mail").warnings == ()


def test_a_forwarded_message_is_read_with_what_is_said_of_it() -> None:
    mail = message("Fwd: Cook wanted", "Something for you?\n")
    mail.add_attachment(message())
    text = read(mail.as_bytes(), source="mail").text
    assert text.startswith("Subject: Fwd: Cook wanted\n")
    assert "\n\nSomething for you?\n\nSubject: Cook wanted\n" in text
    assert text.endswith(LONG.strip())


def test_attachments_that_are_not_read_are_named() -> None:
    mail = message()
    mail.add_attachment(b"%PDF-1.7", "application", "pdf", filename="Würde.pdf")
    mail.add_attachment("a;b", filename="b.csv")
    document = read(mail.as_bytes(), source="mail")
    assert document.text.endswith(LONG.strip())
    assert document.warnings == ("Attachments that were not read: Würde.pdf, b.csv.",)


def test_the_attachment_of_a_mail_that_says_little_is_read_with_it() -> None:
    mail = message("Offer", "See the file.\n")
    pdf = made.pdf(made.column("Harbour pilot", "Guide ships through the fog."), made.column("Apply by 1 May 2026."))
    mail.add_attachment(b"\x89PNG\r\n\x1a\nx", "image", "png", filename="photo.png")
    mail.add_attachment(pdf, "application", "octet-stream", filename="offer.bin")
    mail.add_attachment("more", filename="more.txt")
    document = read(mail.as_bytes(), source="a/b.eml")
    head = "Subject: Offer\nSent: Mon, 02 Mar 2026 09:30:00 +0200\n\nSee the file.\n\n"
    assert document.text.startswith(f"{head}Harbour pilot")
    assert document.text.endswith("Apply by 1 May 2026.")
    assert [document.page_of(document.text.index(word)) for word in ("Subject", "Harbour", "Apply")] == [None, 1, 2]
    assert document.segments[0].start == 0
    assert document.segments[-1].end == len(document.text)
    assert all(one.end == after.start for one, after in zip(document.segments, document.segments[1:], strict=False))
    assert (document.id, document.source, document.media_type) == ("b", "a/b.eml", "message/rfc822")
    assert document.warnings[0].startswith("An attachment can't be read: a/b.eml#photo.png: this is a PNG image")
    assert document.warnings[1:] == (
        "The mail says little itself; its attachment offer.bin was read with it.",
        "Attachments that were not read: photo.png, more.txt.",
    )


def test_an_attached_page_keeps_its_lists() -> None:
    mail = message("Offer", "Hi.\n")
    mail.add_attachment(f"<!doctype html><p>{LONG}</p><ul><li>Soup</li></ul>", subtype="html", filename="job.html")
    document = read(mail.as_bytes(), source="mail")
    assert parts(document)[-1] == ("item", "Soup")


@pytest.mark.parametrize(
    "text",
    [
        "Subject: Cook\nFrom: 1 May\nDate: 2 May\n\nWe cook.",
        "Location: Turku\nTo: be filled\n\nWe cook.",
        "Received: two calls\n\nWe cook.",
        "Message-ID: 7\nWe cook without a blank line: really",
        "Dear all:\n\nMIME-Version: 1.0\nSubject: x\n\nWe cook.",
        "\nMIME-Version: 1.0\nSubject: x\n\nWe cook.",
    ],
)
def test_text_that_is_labelled_is_no_mail(text: str) -> None:
    document = read(text.encode(), source="a.txt")
    assert (document.media_type, document.text) == ("text/plain", text)


def test_what_is_called_a_mail_needs_fewer_headers() -> None:
    text = "Subject: Cook\nFrom: a@b.example\n\nWe cook."
    assert read(text.encode(), source="a.eml").text == "Subject: Cook\n\nWe cook."
    assert read(text.encode(), source="a", media_type="message/rfc822").text == "Subject: Cook\n\nWe cook."
    assert read(b"We cook.", source="a.eml").media_type == "text/plain"


def test_a_sending_date_is_no_date_of_posting() -> None:
    from extractor import Extractor

    with Extractor(model="rules") as extractor:
        record = extractor.extract(read(message().as_bytes(), source="mail")).to_dict()["record"]
    assert record["posted_on"] is None


def test_mails_that_hold_nothing_or_too_much() -> None:
    with pytest.raises(EmptyDocumentError, match=r"^a\.eml: the mail has no text"):
        read(b"MIME-Version: 1.0\nTo: b\n\n--\n", source="a.eml")
    nested: Message = message()
    for _ in range(60):
        outer = EmailMessage()
        outer["Subject"], outer["MIME-Version"] = "Fwd", "1.0"
        outer.set_type("message/rfc822")
        outer.set_payload([nested])
        nested = outer
    inner = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(300))
    for data in (nested.as_bytes(), b"MIME-Version: 1.0\nSubject: x\n" + inner + b"\n" * 100_000):
        with pytest.raises(UnreadableError, match=r"^a\.eml: this mail can't be taken apart: its parts are too many"):
            read(data, source="a.eml")
    broken = b"Subject: =?x-none?q?C=F6ok?= =?utf-8?b?####?=\nMIME-Version: 1.0\n\nWe cook.\n"
    assert read(broken, source="a.eml").text.endswith("\n\nWe cook.")
