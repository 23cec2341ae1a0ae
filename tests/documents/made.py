"""Files that the tests write: PDFs byte by byte, Word documents, archives that lie."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeAlias
from zipfile import ZIP_DEFLATED, ZipFile

import docx

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from docx.document import Document as WordFile

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPACES = " ".join(
    f'xmlns:{prefix}="{space}"'
    for prefix, space in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "r": _RELATIONS,
        "v": "urn:schemas-microsoft-com:vml",
    }.items()
)

Line: TypeAlias = "tuple[float, float, str] | tuple[float, float, str, float]"
"""Where it begins from the left and from the bottom, in points, what it says, and its size if not 11."""


def pdf(*pages: Sequence[Line], resources: bytes = b"", packed: bool = False) -> bytes:
    """A PDF whose pages show these lines, in Helvetica and in the order given."""
    contents = [_contents(page) for page in pages]
    return pdf_of(*contents, resources=resources, packed=packed)


def pdf_of(*contents: bytes, resources: bytes = b"", packed: bool = False, trailer: bytes = b"") -> bytes:
    """A PDF of A4 pages with these content streams; `packed` compresses them."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(contents)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(contents)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for number, content in enumerate(contents):
        stream = zlib.compress(content) if packed else content
        how = b"/Filter/FlateDecode" if packed else b""
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>%b>>/Contents %d 0 R>>"
            % (resources, 5 + 2 * number),
            b"<</Length %d%b>>stream\n%b\nendstream" % (len(stream), how, stream),
        ]
    return numbered(objects, trailer)


def numbered(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1, the catalogue first."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    begin = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, begin)
    return bytes(out)


def column(*lines: str, left: float = 60, top: float = 780, leading: float = 14) -> list[Line]:
    """Lines below each other; an empty one leaves a gap."""
    return [(left, top - number * leading, line) for number, line in enumerate(lines) if line]


def _contents(lines: Sequence[Line]) -> bytes:
    out = []
    for left, bottom, text, *size in lines:
        written = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        out.append(b"BT /F %g Tf %g %g Td (%b) Tj ET" % (size[0] if size else 11, left, bottom, written))
    return b"\n".join(out)


def word(build: Callable[[WordFile], object]) -> bytes:
    """The Word file that `build` fills."""
    document = docx.Document()
    build(document)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def word_of(body: str, **parts: str) -> bytes:
    """A small Word file with this XML for a body, w: its prefix; `parts` are others of its folder, by their names."""
    package = "http://schemas.openxmlformats.org/package/2006"
    types = "".join(f'<Override PartName="/word/{name}.xml" ContentType="{_WORD}.{name}+xml"/>' for name in parts)
    relations = "".join(f'<Relationship Id="{name}" Type="{_RELATIONS}/{name}" Target="{name}.xml"/>' for name in parts)
    return archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>{types}</Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="a" '
            f'Type="{_RELATIONS}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{package}/relationships">'
            f"{relations}</Relationships>",
            "word/document.xml": f"<w:document {SPACES}><w:body>{body}</w:body></w:document>",
            **{f"word/{name}.xml": xml for name, xml in parts.items()},
        }
    )


def archive(files: dict[str, str | bytes], **options: Any) -> bytes:
    """A ZIP archive."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED, **options) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return out.getvalue()


def replaced(data: bytes, name: str, content: bytes) -> bytes:
    """The archive with another file of that name in it."""
    with ZipFile(BytesIO(data)) as file:
        return archive({**{other: file.read(other) for other in file.namelist()}, name: content})


def overfull(data: bytes, name: str, claimed: int) -> bytes:
    """The archive with a file of 2 GB under that name, of which its directory claims that it has so many bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(b" " * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    with ZipFile(BytesIO(data)) as file:
        out = BytesIO(archive({other: file.read(other) for other in file.namelist() if other != name}))
    with ZipFile(out, "a") as file:
        file.writestr(name, piece * 2_000 + packer.flush())
        info = file.getinfo(name)
        info.compress_type, info.file_size = ZIP_DEFLATED, claimed
    return out.getvalue()
