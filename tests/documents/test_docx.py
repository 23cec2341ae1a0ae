from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from extractor.documents import read
from extractor.errors import DocumentError, EmptyDocumentError, NotTextError, TooLargeError, UnreadableError
from tests.documents.made import SPACES, archive, overfull, replaced, word, word_of
from tests.documents.seen import parts

if TYPE_CHECKING:
    from pathlib import Path

    from docx.document import Document as WordFile


def error(data: bytes, kind: type[DocumentError]) -> str:
    with pytest.raises(kind) as caught:
        read(data, source="job.docx")
    message = str(caught.value)
    assert message.startswith("job.docx: ")
    assert "\n" not in message
    assert len(message) < 350
    return message


def seen(body: str, **others: str) -> list[tuple[str, str]]:
    return parts(read(word_of(body, **others), source="job.docx"))


def p(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def item(text: str, level: int = 0) -> str:
    return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>')


def posting(document: WordFile) -> None:
    document.add_heading("Cook (m/f/x)", 0)
    document.add_paragraph("We are a hotel.").add_run("\nWe need you.").bold = True
    document.add_heading("Your tasks", 1)
    document.add_paragraph("Peel potatoes & onions", style="List Bullet")
    last = document.add_paragraph(style="List Number")
    last.add_run("Cleaning:").bold = True
    last.add_run(" wash up")
    document.add_paragraph().add_run("What we offer").bold = True
    table = document.add_table(2, 2)
    for cell, text in zip(
        (*table.rows[0].cells, *table.rows[1].cells), ("Salary", "3,000 €", "Place", ""), strict=True
    ):
        cell.text = text
    inner = table.cell(1, 1).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "Town", "Bern"
    document.add_paragraph("Write to us.")
    section = document.sections[0]
    section.header.paragraphs[0].text = "Grand Hotel, Bern"
    section.footer.paragraphs[0].text = "hotel.example"


def test_headings_lists_and_tables_in_their_order() -> None:
    document = read(word(posting), source="job.docx")
    assert document.media_type == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert document.warnings == ()
    assert document.pages == ()
    assert document.text == (
        "Grand Hotel, Bern\n\n"
        "Cook (m/f/x)\n\n"
        "We are a hotel.\nWe need you.\n\n"
        "Your tasks\n\n"
        "- Peel potatoes & onions\n- Cleaning: wash up\n\n"
        "What we offer\n\n"
        "Salary | 3,000 €\n\n"
        "Place\n\n"
        "Town | Bern\n\n"
        "Write to us.\n\n"
        "hotel.example"
    )
    assert parts(document)[1:] == [
        ("heading", "Cook (m/f/x)"),
        ("text", "We are a hotel."),
        ("text", "We need you."),
        ("heading", "Your tasks"),
        ("item", "Peel potatoes & onions"),
        ("item", "wash up"),
        ("heading", "What we offer"),
        ("row", "Salary | 3,000 €"),
        ("text", "Place"),
        ("row", "Town | Bern"),
        ("text", "Write to us."),
        ("text", "hotel.example"),
    ]


def test_lists_within_lists() -> None:
    body = item("One") + item("Two", 1) + item("Three", 2) + item("Four") + p("Done.")
    text = read(word_of(body), source="x").text
    assert text == "- One\n  - Two\n    - Three\n- Four\n\nDone."


def test_what_a_style_says_holds_for_those_based_on_it() -> None:
    styles = (
        f'<w:styles {SPACES}><w:style w:styleId="a"><w:name w:val="heading 2"/></w:style>'
        '<w:style w:styleId="b"><w:name w:val="Rubrik"/><w:basedOn w:val="a"/></w:style>'
        '<w:style w:styleId="c"><w:name w:val="Punkt"/><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="d"><w:name w:val="Ring"/><w:basedOn w:val="e"/></w:style>'
        '<w:style w:styleId="e"><w:name w:val="Ring 2"/><w:basedOn w:val="d"/></w:style>'
        '<w:style w:styleId="f"><w:name w:val="Nivå"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style></w:styles>'
    )
    styled = [
        ("b", "Uppgifter."),
        ("c", "Skala potatis."),
        ("d", "Skriv till oss."),
        ("f", "Lön."),
        ("none", "Så klart."),
    ]
    body = "".join(p(text, f'<w:pStyle w:val="{style}"/>') for style, text in styled)
    assert [kind for kind, _ in seen(body, styles=styles)] == ["heading", "item", "text", "heading", "text"]


def test_number_zero_takes_a_paragraph_out_of_its_list() -> None:
    assert seen(p("No item here.", '<w:numPr><w:numId w:val="0"/></w:numPr>')) == [("text", "No item here.")]


def test_what_is_filled_in_inserted_or_linked_is_read_and_what_is_deleted_or_hidden_is_not() -> None:
    run = "<w:r><w:t>{}</w:t></w:r>".format
    body = (
        f"<w:sdt><w:sdtPr/><w:sdtContent>{p('In a form field.')}</w:sdtContent></w:sdt><w:p>"
        f"<w:ins>{run('Inserted, ')}</w:ins><w:del><w:r><w:delText>deleted, </w:delText></w:r></w:del>"
        f"<w:moveFrom>{run('moved off, ')}</w:moveFrom><w:moveTo>{run('moved here, ')}</w:moveTo>"
        f"<w:smartTag><w:smartTagPr/>{run('tagged, ')}</w:smartTag><w:hyperlink>{run('linked, ')}</w:hyperlink>"
        f"<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden, </w:t></w:r><w:sdt><w:sdtContent>{run('chosen')}</w:sdtContent>"
        f"</w:sdt><w:fldSimple w:instr='DATE'>{run(', a date')}</w:fldSimple><w:r><w:instrText>CODE</w:instrText></w:r>"
        "<w:r><w:t>, well</w:t><w:noBreakHyphen/><w:t>known.</w:t></w:r><!-- remark --></w:p>"
    )
    assert seen(body) == [
        ("text", "In a form field."),
        ("text", "Inserted, moved here, tagged, linked, chosen, a date, well-known."),
    ]


def test_a_text_box_is_read_once_behind_its_paragraph() -> None:
    box = f"<w:txbxContent>{p('Boxed.')}</w:txbxContent>"
    body = (
        f"<w:p><w:r><w:t>Before.</w:t></w:r><w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>"
        f"<w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>{p('After.')}"
    )
    assert [text for _, text in seen(body)] == ["Before.", "Boxed.", "After."]


def test_a_cell_over_several_rows_is_read_once() -> None:
    rows = [("<w:vMerge w:val='restart'/>", "Pay", "Day"), ("<w:vMerge/>", "ignored", "Night")]
    body = "".join(
        f"<w:tr><w:tc><w:tcPr>{merged}</w:tcPr>{p(left)}</w:tc><w:tc>{p(right)}</w:tc></w:tr>"
        for merged, left, right in rows
    )
    assert read(word_of(f"<w:tbl>{body}</w:tbl>"), source="x").text == "Pay | Day\n\nNight"


def test_headers_say_their_text_once_and_no_page_numbers() -> None:
    def build(document: WordFile) -> None:
        document.add_paragraph("We need a cook.")
        document.sections[0].header.paragraphs[0].text = "Grand Hotel"
        second = document.add_section()
        second.header.is_linked_to_previous = False
        second.header.paragraphs[0].text = "Grand Hotel"
        second.footer.paragraphs[0].text = "Page "
        second.footer.paragraphs[0].add_run()._r.append(second.footer.paragraphs[0]._p.makeelement(FIELD))
        second.footer.paragraphs[0]._p[-1][-1].text = " PAGE \\* MERGEFORMAT "
        document.add_paragraph("Write to us.")

    assert read(word(build), source="x").text == "Grand Hotel\n\nWe need a cook.\n\nWrite to us."


FIELD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}instrText"


def test_a_file_that_is_pasted_in_is_missed() -> None:
    document = read(word_of(p("We need a cook.") + '<w:altChunk r:id="x"/>'), source="x")
    assert "pasted" in " ".join(document.warnings)


@pytest.mark.parametrize(
    "kind",
    [
        b"ms-word.document.macroEnabled.main+xml",
        b"ms-word.template.macroEnabledTemplate.main+xml",
        b"openxmlformats-officedocument.wordprocessingml.template.main+xml",
    ],
)
def test_macros_and_templates_are_word_files_too(kind: bytes) -> None:
    types = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName='
    types += (
        b'"/word/document.xml" ContentType="application/vnd.%b"/><Default Extension="rels" ContentType="r"/></Types>'
    )
    data = replaced(word_of(p("We need a cook.")), "[Content_Types].xml", types % kind)
    assert read(data, source="x").text == "We need a cook."


def test_relations_to_what_is_not_there_are_passed_over() -> None:
    data = word(posting)
    broken = data.replace(b"word/theme/theme1.xml", b"word/theme/theme2.xml")
    assert broken != data
    assert read(broken, source="x").text == read(data, source="x").text


@pytest.mark.parametrize("body", ["", "<w:p/>", p(" ")])
def test_no_text_is_an_error(body: str) -> None:
    assert "no text in this Word file" in error(word_of(body), EmptyDocumentError)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["xl/workbook.xml", "[Content_Types].xml", "_rels/.rels"], "Excel"),
        (["ppt/presentation.xml", "[Content_Types].xml", "_rels/.rels"], "PowerPoint"),
        (["META-INF/manifest.xml", "content.xml"], "OpenDocument"),
        (["META-INF/container.xml"], "EPUB"),
        (["Index/Document.iwa"], "Pages"),
        (["jobs/a.txt", "jobs/b.txt"], "ZIP archive"),
        ([], "ZIP archive"),
    ],
)
def test_other_archives_are_named(names: list[str], kind: str) -> None:
    message = error(archive(dict.fromkeys(names, "<x/>")), NotTextError)
    assert kind in message
    assert re.search("; (save|export|unpack) it", message)


def test_strict_open_xml_is_named() -> None:
    data = word_of(p("We need a cook."))
    relations = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" '
        b'Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument" Target="word/document.xml"/>'
        b"</Relationships>"
    )
    assert "Strict" in error(replaced(data, "_rels/.rels", relations), NotTextError)


def test_cut_off_or_damaged() -> None:
    data = word(posting)
    assert "damaged" in error(data[: len(data) // 2], UnreadableError)
    assert "damaged" in error(b"PK\3\4", UnreadableError)
    at = data.index(b"word/document.xml") + 100
    assert "damaged" in error(data[:at] + bytes(50) + data[at + 50 :], UnreadableError)
    assert "damaged" in error(replaced(data, "word/document.xml", b"<w:document>"), UnreadableError)
    assert "damaged" in error(word_of("<w:p>" * 1000 + "</w:p>" * 1000), UnreadableError)  # deeper than libxml2 goes


def test_locked_by_a_password() -> None:
    data = bytearray(word_of(p("We need a cook.")))
    data[6] |= 1  # the flag of its first file
    data[data.index(b"PK\1\2") + 8] |= 1  # and in the directory
    assert "password" in error(bytes(data), UnreadableError)


@pytest.mark.parametrize(("claimed", "seen_as"), [(2_000_000_000, "unpacks to over"), (100, "damaged")])
def test_what_unpacks_to_gigabytes_whatever_it_says(claimed: int, seen_as: str) -> None:
    data = overfull(word_of(p("We need a cook.")), "word/document.xml", claimed)
    assert len(data) < 3_000_000
    assert seen_as in error(data, DocumentError)


def test_many_parts_count_together() -> None:
    blank = f"<w:styles {SPACES}>{' ' * 20_000_000}</w:styles>"
    error(word_of(p("We need a cook."), styles=blank, header=blank, footer=blank), TooLargeError)


def test_a_hundred_thousand_files() -> None:
    # the directory is what counts; its entries may share one file
    one = archive({"a": b""})
    at, end = one.index(b"PK\1\2"), one.index(b"PK\5\6")
    entries = one[at:end] * 100_000
    counts = (0xFFFF).to_bytes(2, "little") * 2
    tail = one[end : end + 8] + counts + len(entries).to_bytes(4, "little") + at.to_bytes(4, "little") + b"\0\0"
    message = error(one[:at] + entries + tail, TooLargeError)
    assert "100,000 files" in message
    assert "limit of 10,000" in message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_entities_are_not_expanded(encoding: str) -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>'
    bomb += f"<w:document {SPACES}><w:body>{p('&l9;')}</w:body></w:document>"
    data = replaced(word_of(""), "word/document.xml", bomb.encode(encoding))
    message = error(data, UnreadableError)
    assert ("amplification" if encoding == "utf-32" else "entities") in message


def test_nor_files_read_that_entities_name(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    declared = f'<!DOCTYPE x [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'
    bomb = f"{declared}<w:document {SPACES}><w:body>{p('We need a cook. &s;')}</w:body></w:document>"
    content = f'<?xml version="1.0" encoding="utf-32"?>{bomb}'.encode("utf-32")  # in which nobody looks for its mark
    assert read(replaced(word_of(""), "word/document.xml", content), source="x").text == "We need a cook."
