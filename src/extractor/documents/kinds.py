"""What bytes are by the way they begin, and the one error for what no reader reads."""

from __future__ import annotations

from typing import Literal

from extractor.errors import NotTextError

_SAVE_TEXT = "save it as text or HTML"
_SAVE = "save it as DOCX, PDF or text"
_EXPORT = "export it as PDF or text"
_OCR = "run OCR first (for instance ocrmypdf or tesseract), and give what that makes"
_UNPACK = "unpack it and name the files in it"
_CSV = "save its rows as CSV or JSONL"
_LISTEN = "give its words as text"
_CHECK = "check the path"

# How other files begin, as their formats have it, and what can be done.
_SIGNATURES = {
    b"{\\rtf": ("an RTF file", _SAVE),
    b"%!PS": ("a PostScript file", "turn it into a PDF (for instance by ps2pdf), or save it as text"),
    b"\xc5\xd0\xd3\xc6": ("an EPS picture", _OCR),
    b"\x89PNG\r\n\x1a\n": ("a PNG image", _OCR),
    b"\xff\xd8\xff": ("a JPEG image", _OCR),
    b"GIF87a": ("a GIF image", _OCR),
    b"GIF89a": ("a GIF image", _OCR),
    b"II*\0": ("a TIFF image", _OCR),
    b"MM\0*": ("a TIFF image", _OCR),
    b"\0\0\1\0": ("an icon", _OCR),
    b"\0\0\0\x0cjP  \r\n": ("a JPEG 2000 image", _OCR),
    b"\0\0\0\x0cJXL \r\n": ("a JPEG XL image", _OCR),
    b"\xff\n": ("a JPEG XL image", _OCR),
    b"8BPS\0": ("a Photoshop image", _OCR),
    b"AT&TFORM": ("a DjVu file", _OCR),
    b"\x1f\x8b": ("a gzip archive", _UNPACK),
    b"\xfd7zXZ\0": ("an xz archive", _UNPACK),
    b"]\0\0": ("an LZMA archive", _UNPACK),
    b"\x28\xb5\x2f\xfd": ("a Zstandard archive", _UNPACK),
    b"\x04\x22\x4d\x18": ("an LZ4 archive", _UNPACK),
    b"7z\xbc\xaf\x27\x1c": ("a 7-Zip archive", _UNPACK),
    b"Rar!\x1a\x07": ("a RAR archive", _UNPACK),
    b"MSCF\0": ("a cabinet archive", _UNPACK),
    b"ITSF\3\0": ("a compiled help file", _SAVE_TEXT),
    b"SQLite format 3\0": ("an SQLite database", _CSV),
    b"PAR1\x15": ("a Parquet file", f"name it so (.parquet) to extract from its rows, or {_CSV}"),
    b"bplist00": ("an Apple property list or web archive", _SAVE_TEXT),
    b"\xffWPC": ("a WordPerfect file", _SAVE),
    b"\xdb\xa5-\0": ("an old Word file", _SAVE),
    b"\x7fELF": ("a program", _CHECK),
    b"\xca\xfe\xba\xbe": ("a program", _CHECK),
    b"\xcf\xfa\xed\xfe": ("a program", _CHECK),
    b"\0asm": ("a program", _CHECK),
    **dict.fromkeys((b"ID3\2", b"ID3\3", b"ID3\4"), ("a sound", _LISTEN)),
    b"OggS\0": ("a sound or a video", _LISTEN),
    b"fLaC\0": ("a sound", _LISTEN),
    b"\x1a\x45\xdf\xa3": ("a video", _LISTEN),
    b"FLV\1": ("a video", _LISTEN),
    b"wOF2\0": ("a font", _CHECK),
    b"OTTO\0": ("a font", _CHECK),
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# By the names of its streams, which are in UTF-16: [MS-CFB] 2.6, [MS-OFFCRYPTO] 2.3.4, [MS-DOC], [MS-XLS], [MS-OXMSG].
_OLE_STREAMS = {
    "EncryptedPackage": ("an Office file locked by a password", "open it with its password and save it without one"),
    "WordDocument": ("an old Word file (.doc)", "save it as DOCX or PDF"),
    "__substg1.0_": ("an Outlook message (.msg)", "save it as .eml or text"),
    "PowerPoint Document": ("an old PowerPoint file (.ppt)", "export it as PDF"),
    "Workbook": ("an old Excel file (.xls)", "save its sheet as CSV"),
    "Book": ("an old Excel file (.xls)", "save its sheet as CSV"),
}
# By a file in it that no other kind has.
_ZIPPED = {
    "xl/workbook.xml": ("an Excel file (.xlsx)", "save its sheet as CSV"),
    "xl/workbook.bin": ("an Excel file (.xlsb)", "save its sheet as CSV"),
    "ppt/presentation.xml": ("a PowerPoint file (.pptx)", "export it as PDF"),
    "visio/document.xml": ("a Visio file", _EXPORT),
    "META-INF/container.xml": ("an EPUB book", "save it as PDF or HTML"),
    "Index/Document.iwa": ("a Pages, Numbers or Keynote file", _EXPORT),
    "META-INF/manifest.xml": ("an OpenDocument file (.odt, .ods, .odp)", _SAVE),
    "META-INF/MANIFEST.MF": ("a Java program", _CHECK),
    "AndroidManifest.xml": ("an Android program", _CHECK),
}


def binary(data: bytes) -> Literal["pdf", "zip"] | None:
    """What reader of binary files `data` is for; None where it may be text.

    Raises NotTextError, without the document's name, for a kind that no reader knows.
    """
    if _pdf(data):
        return "pdf"
    if data.startswith((b"PK\3\4", b"PK\5\6", b"PK\7\x08")):
        return "zip"
    if data.startswith(_OLE):
        named = (seen for name, seen in _OLE_STREAMS.items() if name.encode("utf-16-le") in data)
        raise unread(*next(named, ("an old Microsoft Office file", _SAVE)))
    begin = data[:64].lstrip()
    for signature, seen in _SIGNATURES.items():
        if data.startswith(signature) or (signature in (b"{\\rtf", b"%!PS") and begin.startswith(signature)):
            raise unread(*seen)
    structured = _by_structure(data[:512], len(data))
    if structured:
        raise unread(*structured)
    return None


def unread_zip(names: frozenset[str], first: bytes) -> NotTextError:
    """The error for an archive that is no Word file: `names` are those in it, and `first` its first 200 bytes."""
    for name, seen in _ZIPPED.items():
        if name in names:
            return unread(*seen)
    if b"mimetypeapplication/epub" in first:
        return unread("an EPUB book", "save it as PDF or HTML")
    if b"mimetypeapplication/vnd.oasis" in first:
        return unread("an OpenDocument file (.odt, .ods, .odp)", _SAVE)
    return unread("a ZIP archive", _UNPACK)


def unread(kind: str, remedy: str) -> NotTextError:
    """The error for a kind of file that no reader reads."""
    return NotTextError(f"this is {kind}, which no reader here reads; {remedy}")


def _pdf(data: bytes) -> bool:
    """Whether it is a PDF: some have a few bytes before their mark, as what sent them left there."""
    at = data.find(b"%PDF-", 0, 1024)
    return at == 0 or (at > 0 and (not data[:at].strip(b"\xef\xbb\xbf\0 \t\r\n") or b"endobj" in data[at:]))


def _by_structure(head: bytes, size: int) -> tuple[str, str] | None:
    """What is told by more than its first bytes, since text may begin with these."""
    form = head[8:12]
    if head[:4] == b"RIFF" and form in (b"WEBP", b"WAVE", b"AVI "):
        return ("a WebP image", _OCR) if form == b"WEBP" else ("a sound or a video", _LISTEN)
    if head[4:8] == b"ftyp" and head[:2] == b"\0\0":
        return ("an image (HEIC or AVIF)", _OCR) if form[:3] in (b"hei", b"avi", b"mif") else ("a video", _LISTEN)
    if head[:2] == b"BM" and int.from_bytes(head[2:6], "little") == size:
        return "a BMP image", _OCR
    if head[:2] == b"MZ" and b"\0" in head[:64]:
        return "a program", _CHECK
    if head[:3] == b"BZh" and head[4:10] == b"1AY&SY":
        return "a bzip2 archive", _UNPACK
    if head[257:262] == b"ustar":
        return "a tar archive", _UNPACK
    if len(head) > 3 and head[0] == 0xFF and head[1] in (0xFB, 0xF3, 0xF2, 0xFA):
        return "a sound", _LISTEN
    return None
