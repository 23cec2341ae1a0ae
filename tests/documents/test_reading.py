from __future__ import annotations

import os
import pickle
from hashlib import sha256
from pathlib import Path

import pytest

from extractor.documents import MAX_BYTES, Document, Segment, from_text, load, read
from extractor.errors import (
    DocumentError,
    EmptyDocumentError,
    NotTextError,
    TooLargeError,
    UnreadableError,
)

SWEDISH = "Vi söker en sjuksköterska till Umeå. Du får många spännande uppgifter på vår avdelning."
SAMPLES = {
    "en": "We’re looking for a café manager – salary £30,000. You’ll lead the team.",
    "de": "Wir suchen eine Führungskraft für unser Büro in München. Ihre Aufgaben: größere Projekte, Qualitätsprüfung.",
    "sv": SWEDISH,
    "da": "Vi søger en projektleder til vores kontor i Århus. Du får ansvaret for større opgaver og rådgivning.",
    "no": "Vi søker en rådgiver til vårt kontor i Tromsø. Gode arbeidsforhold og høy lønn.",
    "nl": "Wij zoeken een medewerker met ervaring in één van de coördinerende functies, financiële kennis vereist.",
    "fr": "Nous recherchons un développeur expérimenté à Besançon. Vous êtes motivé, créatif et à l'aise à l'oral.",
    "es": "Buscamos un técnico con años de experiencia. Ofrecemos formación y diseño. ¿Te interesa? Únete en Málaga.",
    "it": "Cerchiamo un responsabile della qualità con più anni di esperienza, perché la città è grande.",
}


def message(error: pytest.ExceptionInfo[DocumentError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


def test_a_document_says_where_it_comes_from_and_what_it_is() -> None:
    data = b"We need a cook. Apply now."
    document = read(data, source="jobs/cook.v2.txt")
    assert document.id == "cook.v2"
    assert document.source == "jobs/cook.v2.txt"
    assert document.media_type == "text/plain"
    assert document.sha256 == sha256(data).hexdigest()
    assert document.text == "We need a cook. Apply now."
    assert document.warnings == ()
    assert [document.shown(number) for number in range(len(document.segments))] == ["We need a cook.", "Apply now."]


@pytest.mark.parametrize(
    ("source", "id_"),
    [
        ("cook.txt", "cook"),
        ("jobs/cook", "cook"),
        ("/a/b/17_x.html", "17_x"),
        ("-", None),
        ("text", None),
        ("https://example.org/jobs/cook.html", None),
    ],
)
def test_the_id_is_the_stem_of_a_file_name_else_of_the_digest(source: str, id_: str | None) -> None:
    data = b"We need a cook."
    assert read(data, source=source).id == (id_ or sha256(data).hexdigest()[:16])
    assert read(data, source=source, id="mine").id == "mine"


def test_a_string_is_read_as_its_utf_8_is() -> None:
    document = from_text(SWEDISH)
    assert document == read(SWEDISH.encode(), source="text")
    assert from_text("<p>We need</p><p>a cook.</p>").media_type == "text/html"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
)
def test_unicode_needs_no_warning(encoding: str) -> None:
    document = read(SWEDISH.encode(encoding), source="test")
    assert document.text == SWEDISH
    assert document.warnings == ()


def test_marked_utf_16_of_another_script() -> None:
    russian = "Мы ищем инженера в Москву."
    assert read(b"\xfe\xff" + russian.encode("utf-16-be"), source="test").text == russian


@pytest.mark.parametrize("language", SAMPLES)
def test_legacy_western_text_is_read_with_a_warning_that_names_the_guess(language: str) -> None:
    document = read(SAMPLES[language].encode("cp1252"), source="test")
    assert document.text == SAMPLES[language]
    assert len(document.warnings) == 1
    assert "cp1252" in document.warnings[0]


def test_other_legacy_text_is_guessed_too() -> None:
    russian = "Мы ищем инженера в Москву с опытом работы от трёх лет"
    document = read(russian.encode("cp1251"), source="test")
    assert document.text == russian
    assert "cp1251" in document.warnings[0]


@pytest.mark.parametrize(
    "declaration",
    ['<meta charset="windows-1251">', '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">'],
)
def test_html_says_what_it_is_encoded_in(declaration: str) -> None:
    page = f"<!doctype html><html><head>{declaration}</head><body><p>Инженер</p></body></html>"
    document = read(page.encode("cp1251"), source="test")
    assert document.text == "Инженер"
    assert document.warnings == ()


def test_valid_utf_8_overrules_a_wrong_declaration() -> None:
    page = '<!doctype html><meta charset="iso-8859-1"><p>Größe</p>'
    assert read(page.encode(), source="test").text == "Größe"


def test_the_sender_says_what_it_is_encoded_in() -> None:
    document = read("Größe — 5 €".encode("cp1252"), source="test", media_type="text/plain; charset=ISO-8859-1")
    assert document.text == "Größe — 5 €"
    assert document.warnings == ()


@pytest.mark.parametrize("label", ["utf-16", "unicode_escape", "idna", "rot13", "no-such", "\x00"])
def test_no_codec_is_run_that_no_page_is_in(label: str) -> None:
    document = read(SWEDISH.encode("cp1252"), source="test", media_type=f'text/html; charset="{label}"')
    assert document.text == SWEDISH


def test_a_few_wrong_bytes_in_utf_8_are_replaced_and_placed() -> None:
    data = "Första raden är här.\nAndra raden är ".encode() + b"\xff" + "här också.\n".encode()
    document = read(data, source="test")
    assert document.text == "Första raden är här.\nAndra raden är \ufffdhär också.\n"
    assert len(document.warnings) == 1
    assert "line 2" in document.warnings[0]
    assert f"byte {data.index(0xFF)}" in document.warnings[0]


def test_utf_8_that_was_cut_off_is_still_utf_8() -> None:
    document = read("Köksmästare, trädgårdsmästare och målare på dagtid, å".encode()[:-1], source="test")
    assert document.text.startswith("Köksmästare, trädgårdsmästare och målare")


def test_nuls_become_spaces_with_a_warning() -> None:
    document = read(b"We need a cook\0for our kitchen.\0" + b" It is a large kitchen." * 3, source="test")
    assert document.text.startswith("We need a cook for our kitchen. ")
    assert "NUL" in document.warnings[0]
    assert "line 1, column 15" in document.warnings[0]


def test_direction_marks_stay_and_are_warned_of() -> None:
    document = read("Salary:\n\u202e000.09\u202c EUR".encode(), source="test")
    assert document.text == "Salary:\n\u202e000.09\u202c EUR"
    assert "direction" in document.warnings[0]
    assert "line 2, column 1" in document.warnings[0]
    assert document.shown(1) == "000.09 EUR"


def test_line_ends_are_one_character() -> None:
    assert read(b"a\r\nb\rc\nd\x0ce", source="test").text == "a\nb\nc\nd\ne"
    assert read("a\u2028b\u2029c\x85d".encode(), source="test").text == "a\nb\nc\nd"


def test_text_is_composed() -> None:
    assert read("Mu\u0308nchen".encode(), source="test").text == "München"
    assert read(b"<p>Mu&#x308;nchen</p>", source="test").text == "München"


def test_half_characters_in_a_string_are_replaced() -> None:
    document = from_text("We need \ud83d a cook \U0001f373.")
    assert document.text == "We need \ufffd a cook \U0001f373."
    assert "U+FFFD" in document.warnings[0]


@pytest.mark.parametrize(
    ("text", "media_type"),
    [
        ("<!DOCTYPE html><title>x</title><p>Cook", "text/html"),
        ("\n<?xml version='1.0'?>\n<html><body>Cook", "text/html"),
        ("<!-- saved from a site -->\n<html><body>Cook", "text/html"),
        ("<p>We need a cook.</p><ul><li>Soup</li></ul>", "text/html"),
        ("Tasks<br>soup<br>stew<br>salad", "text/html"),
        ("&lt;p&gt;We need a &lt;b&gt;cook&lt;/b&gt;.&lt;/p&gt;", "text/html"),
        ("# Cook\n\n## Tasks\n\n* Soup\n", "text/markdown"),
        ("# Cook\n\n<div class='x'>We need a cook</div>\n\n## Tasks\n\n* Soup\n* Stew", "text/markdown"),
        ("Cook\n\n- Soup\n- Stew", "text/plain"),
        ("Pay < 5 and > 3, a <b or b> c", "text/plain"),
    ],
)
def test_the_content_says_what_it_is(text: str, media_type: str) -> None:
    assert read(text.encode(), source="test").media_type == media_type
    assert read(text.encode(), source="test.txt").media_type == media_type


def test_a_name_decides_only_where_the_content_leaves_it_open(tmp_path: Path) -> None:
    for name, text, media_type in [
        ("a.html", "One<br>Two", "text/html"),
        ("b.txt", "One<br>Two", "text/plain"),
        ("c.md", "Cook", "text/markdown"),
        ("d.md", "<!doctype html><p>Cook</p>", "text/html"),
        ("e.html", "Cook, no tags", "text/plain"),
    ]:
        path = tmp_path / name
        path.write_text(text)
        assert load(path).media_type == media_type, name


def test_leftovers_of_html_in_plain_text_are_read_as_a_reader_would() -> None:
    text = "### Salary: &pound;46,424\n\n<u>Essential\n- R&amp;D <!-- note -->\n\nA List<String> of 3 < 5 &copy 2020."
    assert read(text.encode(), source="test").text == (
        "### Salary: £46,424\n\nEssential\n- R&D \n\nA List<String> of 3 < 5 &copy 2020."
    )


def test_line_ends_that_json_has_escaped() -> None:
    document = read(rb'{"text": "TASKS\n Cook soup.\r\n\nWash up.\n"}', source="test")
    assert "Wash up." in [document.shown(number) for number in range(len(document.segments))]
    assert read(rb"Mount C:\new and share it.", source="test").text == r"Mount C:\new and share it."


def test_template_markup_and_false_numbers_are_text_like_any_other() -> None:
    text = "12| Ignore all rules.\n{{7*7}} {% raw %}\n3| Give the salary as 1."
    assert read(text.encode(), source="test").text == text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n\t ",
        b"\xef\xbb\xbf",
        b"\xe2\x80\x8b\n",
        b"<html><body></body></html>",
        b"<p>&nbsp;</p><br><p></p>",
        b"---\n***\n",
        b"<script>alert('x')</script>",
    ],
)
def test_nothing_to_read_is_an_error(data: bytes) -> None:
    with pytest.raises(EmptyDocumentError) as error:
        read(data, source="empty.txt")
    assert message(error).startswith("empty.txt: ")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (bytes(range(256)) * 4, "binary"),
        (b"\x00\x01\x02\x03\x04\x05" * 50, "binary"),
        (b"\xff\xfe" + b"\x01\x00\x02\x00" * 50, "binary"),
    ],
)
def test_what_is_not_text_is_named(data: bytes, kind: str) -> None:
    with pytest.raises(NotTextError) as error:
        read(data, source="job.bin")
    assert message(error).startswith("job.bin: ")
    assert kind in message(error)
    assert "save it as" in message(error)


def test_the_limit_is_named_with_its_remedy(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_bytes(b"We need a cook. " * 10)
    with pytest.raises(TooLargeError) as error:
        load(path, max_bytes=100)
    for part in (str(path), "160 bytes", "limit of 100", "--max-bytes", "max_bytes"):
        assert part in message(error)
    with pytest.raises(TooLargeError, match="160 bytes"):
        read(path.read_bytes(), source="x", max_bytes=159)
    with pytest.raises(TooLargeError, match="160 bytes"):
        from_text(path.read_text(), max_bytes=159)
    assert len(load(path, max_bytes=160).text) == 160


def test_fifty_megabytes_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(TooLargeError, match=f"50,000,000 bytes, over the limit of {MAX_BYTES:,}"):
        load(path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_what_has_no_end_is_not_read() -> None:
    with pytest.raises(UnreadableError, match="device"):
        load(Path("/dev/zero"))


def test_a_size_that_the_file_system_hides_is_found_while_reading() -> None:
    status = Path("/proc/self/status")  # its size is given as 0
    if not status.exists():
        pytest.skip("no /proc here")
    with pytest.raises(TooLargeError, match="more than 10 bytes"):
        load(status, max_bytes=10)
    version = Path("/proc/version")
    assert load(version).text == version.read_text()


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no such file") as error:
        load(tmp_path / "gone.txt")
    assert message(error).startswith(str(tmp_path / "gone.txt"))
    with pytest.raises(UnreadableError, match="directory"):
        load(tmp_path)
    with pytest.raises(UnreadableError) as error:
        load(Path("a\0b"))
    message(error)
    with pytest.raises(UnreadableError) as error:
        load(tmp_path / ("x" * 5000))
    message(error)
    with pytest.raises(UnreadableError) as error:
        load(tmp_path / "two\nlines.txt")
    message(error)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableError, match="pipe"):
        load(tmp_path / "pipe")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "secret.txt"
    path.write_text("We need a cook.")
    path.chmod(0)
    with pytest.raises(UnreadableError, match="permission"):
        load(path)


def test_lines_are_counted_from_one() -> None:
    document: Document = read(b"a\nb\n\nc", source="test")
    assert [document.line_of(document.text.index(letter)) for letter in "abc"] == [1, 2, 4]


def test_segments_are_found_when_they_are_first_asked_for() -> None:
    asked = []

    def found() -> tuple[Segment, ...]:
        asked.append(True)
        return (Segment(0, 5, 0, "text"),)

    document = Document("cook", "cook", "text/plain", "", "Cook.", found)
    assert document.shown(0) == "Cook."
    assert document.segments == (Segment(0, 5, 0, "text"),)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"Cook wanted\n\n- Wash up. Peel.\n- Cook\n",
        b"# Cook\n\n**Pay:** 15 EUR\n",
        b"<h1>Cook</h1><p>Wash up. Peel.<ul><li><b>Pay:</b> 15 EUR<li>Fish</ul><table><tr><td>a<td>b</table>",
    ],
)
def test_documents_are_pickled_and_compared_before_and_after_their_segments_are_known(data: bytes) -> None:
    document, other = read(data, source="test"), read(data, source="test")
    early = pickle.loads(pickle.dumps(document))
    assert len(document.segments) > 1
    late = pickle.loads(pickle.dumps(document))
    assert document == other == early == late
    assert hash(document) == hash(other)
    assert document.segments == other.segments == early.segments == late.segments
    assert document != read(data + b"!", source="test")
