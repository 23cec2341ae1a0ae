from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.documents import read
from extractor.documents.kinds import binary
from extractor.errors import NotTextError

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
BMP = b"BM" + (64).to_bytes(4, "little") + bytes(58)


@pytest.mark.parametrize(
    ("data", "kind", "remedy"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG image", "OCR"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a JPEG image", "OCR"),
        (b"GIF89a\x01\0\x01\0", "a GIF image", "OCR"),
        (b"II*\0\x08\0\0\0", "a TIFF image", "OCR"),
        (b"MM\0*\0\0\0\x08", "a TIFF image", "OCR"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "a WebP image", "OCR"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC", "OCR"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF", "OCR"),
        (BMP, "a BMP image", "OCR"),
        (b"\0\0\x01\0\x01\0\x10\x10", "an icon", "OCR"),
        (b"8BPS\0\x01", "a Photoshop image", "OCR"),
        (b"AT&TFORM\0\0\x10\0DJVM", "a DjVu file", "OCR"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript file", "ps2pdf"),
        (b"\xc5\xd0\xd3\xc6\x1e\0\0\0", "an EPS picture", "OCR"),
        (b"{\\rtf1\\ansi We need a cook.}", "an RTF file", "save it as DOCX"),
        (b"\r\n{\\rtf1\\ansi We need a cook.}", "an RTF file", "save it as DOCX"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip archive", "unpack it"),
        (b"BZh91AY&SY", "a bzip2 archive", "unpack it"),
        (b"\xfd7zXZ\0\0\x04", "an xz archive", "unpack it"),
        (b"]\0\0\x80\0\xff\xff", "an LZMA archive", "unpack it"),
        (b"(\xb5/\xfd\x04\0", "a Zstandard archive", "unpack it"),
        (b"7z\xbc\xaf'\x1c\0\x04", "a 7-Zip archive", "unpack it"),
        (b"Rar!\x1a\x07\x01\0", "a RAR archive", "unpack it"),
        (b"job.txt".ljust(257, b"\0") + b"ustar\00000".ljust(255, b"\0"), "a tar archive", "unpack it"),
        (OLE, "an old Microsoft Office file", "save it as DOCX"),
        (OLE + "WordDocument".encode("utf-16-le"), "an old Word file (.doc)", "save it as DOCX"),
        (OLE + "Workbook".encode("utf-16-le"), "an old Excel file (.xls)", "save its sheet as CSV"),
        (OLE + "PowerPoint Document".encode("utf-16-le"), "an old PowerPoint file", "export it as PDF"),
        (OLE + "__substg1.0_1000001F".encode("utf-16-le"), "an Outlook message (.msg)", "save it as .eml"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "locked by a password", "save it without one"),
        (b"SQLite format 3\0\x10\0", "an SQLite database", "CSV"),
        (b"PAR1\x15\x04", "a Parquet file", ".parquet"),
        (b"bplist00\xd1\x01", "property list", "save it as text"),
        (b"\x7fELF\x02\x01\x01\0", "a program", "check the path"),
        (b"MZ\x90\0\x03\0\0\0", "a program", "check the path"),
        (b"\xca\xfe\xba\xbe\0\0\0\x34", "a program", "check the path"),
        (b"\0asm\x01\0\0\0", "a program", "check the path"),
        (b"ID3\x04\0\0", "a sound", "words as text"),
        (b"\xff\xfb\x90\x64\0\0", "a sound", "words as text"),
        (b"OggS\0\x02", "a sound", "words as text"),
        (b"fLaC\0\0\0\x22", "a sound", "words as text"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a sound", "words as text"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "a video", "words as text"),
        (b"\x1aE\xdf\xa3\x01\0", "a video", "words as text"),
    ],
)
def test_what_no_reader_reads_is_named_with_its_remedy(data: bytes, kind: str, remedy: str) -> None:
    with pytest.raises(NotTextError) as error:
        read(data, source="job.bin")
    message = str(error.value)
    assert message.startswith("job.bin: this is a")
    assert kind in message
    assert remedy in message.partition("; ")[2]
    assert "\n" not in message


@pytest.mark.parametrize(
    "text",
    [
        "BM Partners seek a cook.",
        "MZ Group seeks a cook.",
        "RIFF Ltd seeks a cook.",
        "ID3 and other learners of trees are what you know.",
        "GIF to PNG: we convert images.",
        "PKF seeks an accountant.",
        "[]\n\nWe need a cook.",
        "7z and RAR are what you know.",
        "PAR1 golf club seeks a cook.",
        "BZh seeks a cook.",
    ],
)
def test_text_may_begin_like_other_files(text: str) -> None:
    assert read(text.encode(), source="x").text == text


@given(st.text(min_size=1).map(str.encode) | st.binary())
def test_any_bytes_are_a_kind_or_none(data: bytes) -> None:
    try:
        assert binary(data) in ("pdf", "zip", None)
    except NotTextError as error:
        assert "; " in str(error)  # noqa: PT017


@given(st.from_regex(r"[A-Za-z0-9<{\[ ][A-Za-zÀ-ÿ ,.]{6,80}", fullmatch=True))
def test_plain_words_are_no_binary(text: str) -> None:
    assert binary(text.encode()) is None
