from __future__ import annotations

import re
from io import StringIO

import pytest
from rich.console import Console

from extractor import Extraction, Extractor, JobPosting
from extractor.cli.writers import facts
from extractor.documents import Document, read
from extractor.documents.pdf import MOST_PAGES
from extractor.errors import DocumentError, EmptyDocumentError, TooLargeError, UnreadableError
from tests.documents.made import column, numbered, pdf, pdf_of
from tests.documents.seen import parts

POSTING = pdf(
    [
        (60, 780, "Cook (m/f/x)", 18),
        *column(
            "Grand Hotel, 10 Main Street",
            "",
            "We are a house with a hundred rooms, and seek somebody who",
            "likes to work with us on every day of the week but Sunday.",
            "",
            "Your tasks",
            "• Peel potatoes and all other vegetables that grow in the gar-",
            "den behind the house",
            "• Wash up",
            top=750,
        ),
    ],
    column("What we offer", "", "A salary of € 3,000 a month, and a room with a “view”."),
    packed=True,
)


def error(data: bytes, kind: type[DocumentError]) -> str:
    with pytest.raises(kind) as caught:
        read(data, source="job.pdf")
    message = str(caught.value)
    assert message.startswith("job.pdf: ")
    assert "\n" not in message
    return message


def test_lines_lists_and_gaps_are_what_a_reader_sees() -> None:
    document = read(POSTING, source="job.pdf")
    assert document.media_type == "application/pdf"
    assert document.warnings == ()
    assert document.text == (
        "Cook (m/f/x)\n\n"
        "Grand Hotel, 10 Main Street\n\n"
        "We are a house with a hundred rooms, and seek somebody who\n"
        "likes to work with us on every day of the week but Sunday.\n\n"
        "Your tasks\n"
        "• Peel potatoes and all other vegetables that grow in the garden behind the house\n"
        "• Wash up\n\n"
        "What we offer\n\n"
        "A salary of € 3,000 a month, and a room with a “view”."
    )
    assert parts(document)[2:6] == [
        (
            "text",
            "We are a house with a hundred rooms, and seek somebody who likes to work with us "
            "on every day of the week but Sunday.",
        ),
        ("heading", "Your tasks"),
        ("item", "Peel potatoes and all other vegetables that grow in the garden behind the house"),
        ("item", "Wash up"),
    ]


def page_of(document: Document, words: str) -> int | None:
    return document.page_of(document.text.index(words))


def test_each_place_has_its_page() -> None:
    document = read(POSTING, source="job.pdf")
    assert page_of(document, "Cook") == page_of(document, "Wash up") == 1
    assert page_of(document, "What we") == page_of(document, "view") == 2
    document = read(pdf(column("one"), [], column("three"), column("four")), source="job.pdf")
    assert [page_of(document, word) for word in ("one", "three", "four")] == [1, 3, 4]
    assert "\f" not in document.text


def test_a_sentence_goes_on_over_the_page() -> None:
    document = read(
        pdf(column("We are a house with a hundred rooms, and seek"), column("a cook.", "", "Now")), source="x"
    )
    assert parts(document)[0] == ("text", "We are a house with a hundred rooms, and seek a cook.")
    assert page_of(document, "a cook") == 2


def test_columns_are_read_one_after_the_other() -> None:
    left, right = column("Tasks", "• Soup", "• Stew"), column("Contact", "Ann Smith", left=320)
    assert read(pdf(left + right), source="x").text == "Tasks\n• Soup\n• Stew\n\nContact\nAnn Smith"


@pytest.mark.parametrize(
    ("above", "below", "read_as"),
    [
        ("a manage-", "ment job", "a management job"),
        ("Aus-", "und Weiterbildung", "Aus- und Weiterbildung"),
        ("Front-", "Backend", "Front-Backend"),
        ("COVID-", "19 rules", "COVID-19 rules"),
    ],
)
def test_a_word_that_two_lines_share_is_whole_and_keeps_its_own_hyphen(above: str, below: str, read_as: str) -> None:
    assert read(pdf(column(above, below)), source="x").text == read_as


def test_without_a_text_layer_it_is_scanned() -> None:
    picture = b"q 500 0 0 700 40 40 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"
    message = error(pdf_of(picture, picture), EmptyDocumentError)
    assert "scanned" in message
    assert "2 pages" in message
    assert "OCR first" in message


def test_a_scanned_page_among_others_is_a_warning() -> None:
    text = b"BT /F 11 Tf 60 700 Td (We need a cook.) Tj ET"
    document = read(pdf_of(text, b"0 0 100 100 re f", b""), source="x")
    assert document.text.strip() == "We need a cook."
    assert len(document.warnings) == 1
    assert "on page 2," in document.warnings[0]
    assert "OCR" in document.warnings[0]


@pytest.mark.parametrize("pages", [1, 3])
def test_blank_pages_are_nothing_to_read(pages: int) -> None:
    assert "nothing on" in error(pdf(*[[]] * pages), EmptyDocumentError)


def test_locked_by_a_password() -> None:
    # a user password that isn't empty: PDFium can't derive this /U from any other
    locked = b"/Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -4/O<%b>/U<%b>>>/ID[<00><00>]" % (b"1f" * 32, b"2e" * 32)
    data = pdf_of(b"BT /F 11 Tf 60 700 Td (We need a cook.) Tj ET", trailer=locked)
    assert "locked by a password" in error(data, UnreadableError)


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
        POSTING[: len(POSTING) // 2],
        b"%PDF-",
        numbered([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"]),
    ],
)
def test_damaged(data: bytes) -> None:
    assert "damaged" in error(data, UnreadableError)


def test_a_page_that_is_not_there() -> None:
    data = POSTING.replace(b"/Kids[4 0 R 6 0 R]", b"/Kids[4 0 R 2 0 R]")
    document = read(data, source="x")
    assert "Cook" in document.text
    assert "page 2" in " ".join(document.warnings)
    assert "damaged" in error(POSTING.replace(b"/Kids[4 0 R 6 0 R]", b"/Kids[2 0 R 2 0 R]"), UnreadableError)


def test_an_end_that_is_missing_is_a_warning() -> None:
    data = POSTING.replace(b"%%EOF\n", b"")
    (warning,) = read(data, source="x").warnings
    assert "cut off" in warning


def test_too_many_pages() -> None:
    content = b"BT /F 11 Tf 60 700 Td (We need a cook.) Tj ET"
    most = read(pdf_of(*[content] * MOST_PAGES), source="x")
    assert len(most.pages) == MOST_PAGES
    message = error(pdf_of(*[content] * 10_000), TooLargeError)
    assert "10,000 pages" in message
    assert f"limit of {MOST_PAGES}" in message
    assert "take them out" in message


def test_what_stands_before_its_mark_is_passed_over() -> None:
    assert read(b"\xef\xbb\xbf\r\n" + pdf(column("We need a cook.")), source="x").text == "We need a cook."
    assert read(b"HTTP/1.1 200 OK\r\n\r\n" + pdf(column("We need a cook.")), source="x").media_type == "application/pdf"
    assert read(b"A file that begins with %PDF- is a PDF.", source="x").media_type == "text/plain"


def test_evidence_names_its_page_also_where_it_is_restored() -> None:
    with Extractor(model="rules") as extractor:
        extraction = extractor.extract(POSTING)
    assert extraction.record.salary is not None
    assert extraction.record.salary.min == 3000
    evidence = extraction.to_dict()["evidence"]
    assert {span["page"] for span in evidence["/title"]} == {1}
    assert {span["page"] for span in evidence["/salary"]} == {2}
    again = Extraction.restored(extraction.document, JobPosting, extraction.dumped())
    assert again.evidence == extraction.evidence
    assert again.to_dict() == extraction.to_dict()
    out = StringIO()
    Console(width=100, file=out).print(facts(extraction))
    lines = out.getvalue().splitlines()
    assert "page" in lines[0]
    assert re.search(r"salary .* 2 .*3,000", next(line for line in lines if line.startswith("salary")))


def test_text_has_no_pages() -> None:
    document = read(b"We need a cook.", source="x")
    assert document.pages == ()
    assert document.page_of(0) is None
