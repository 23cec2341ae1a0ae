"""Word files (DOCX): what a reader sees, as the HTML of its headings, lists, tables and paragraphs."""

from __future__ import annotations

import posixpath
import re
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from extractor.documents.bounded import bounded
from extractor.documents.kinds import unread_zip
from extractor.errors import EmptyDocumentError, NotTextError, TooLargeError, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.etree import _Element as Element

    from extractor.documents.blocks import Block

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MOST_FILES = 10_000
_MOST_BYTES = 50_000_000  # of XML, inflated; a posting has a tenth of a million
_LONGEST_HEADING = 200  # characters; longer ones are paragraphs that somebody wanted large
_DEEPEST_BASE = 12  # styles that one is based on; a file may make a circle of them

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_PARAGRAPH, _TABLE, _RUN, _LINK, _BOX = (f"{_W}{tag}" for tag in ("p", "tbl", "r", "hyperlink", "txbxContent"))
_SIGNS = {f"{_W}tab": "\t", f"{_W}ptab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
# What stands around paragraphs and runs without being any: fields to fill in, insertions, versions of a drawing.
_AROUND = (
    *(f"{_W}{tag}" for tag in ("sdt", "smartTag", "customXml", "ins", "moveTo", "fldSimple")),
    f"{_MC}AlternateContent",
)
_TEXT_PARTS = frozenset(["officeDocument", "styles", "header", "footer"])  # the last word of a relationship's type
_HEADING = re.compile(r"(?:Title|[Hh]eading ([1-9]))")  # as Word names its own in every language
_DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
_ENTRY = b"PK\1\2"  # begins each entry of an archive's directory
_TYPES = "[Content_Types].xml"
_ROOT = "_rels/.rels"
_MACROS_OR_TEMPLATE = re.compile(
    rb"application/vnd\.(?:ms-word\.(?:document\.macroEnabled|template\.macroEnabledTemplate)"
    rb"|openxmlformats-officedocument\.wordprocessingml\.template)\.main\+xml"
)


class _Style(NamedTuple):
    """What a style, and those it is based on, make of a paragraph or a run."""

    heading: int  # its level from 1, or 0
    listed: int  # its depth from 1, or 0
    bold: bool


def read_docx(data: bytes) -> tuple[str, Callable[[], list[Block]], list[str]]:
    """The text of a Word file, what finds its blocks, and warnings.

    Headings, list items, tables and paragraphs in their order, text boxes behind the paragraph that they are tied to, a
    header before and a footer after all. What a revision deletes and what is hidden is left out.

    Raises EmptyDocumentError, NotTextError for another archive, TooLargeError, UnreadableError.
    """
    from extractor.documents.markup import read_html  # which the worker doesn't need

    markup, warnings = bounded("extractor.documents.docx:markup", data)
    text, blocks, notes = read_html(markup)
    if not any(map(str.isalnum, text)):
        raise EmptyDocumentError("there is no text in this Word file; if it shows pictures of text, run OCR first")
    return text, blocks, [*warnings, *notes]


def markup(data: bytes) -> tuple[str, list[str]]:
    """The file as HTML, and warnings; without bounds, but for what it unpacks to."""
    import docx

    document = docx.Document(BytesIO(_text_parts(data)))
    _unwrap(document.element)
    styles = _Styles(document.styles.element)
    headers: dict[str, None] = {}  # in their order, each once
    footers: dict[str, None] = {}
    for section in document.sections:
        first = section.different_first_page_header_footer
        above = [section.first_page_header, section.header] if first else [section.header]
        below = [section.first_page_footer, section.footer] if first else [section.footer]
        for parts, seen in ((above, headers), (below, footers)):
            for part in parts:
                if not part.is_linked_to_previous:
                    element = part._element
                    _drop_page_numbers(element)
                    _unwrap(element)
                    seen["".join(_written(element, styles))] = None
    pasted = next(document.element.iter(f"{_W}altChunk"), None) is not None
    warnings = ["Whole files are pasted into this Word file; their text was not read."] if pasted else []
    return "".join([*headers, *_written(document.element.body, styles), *footers]), warnings


def _text_parts(data: bytes) -> bytes:
    """A Word file of those parts of `data` that hold text and styles: python-docx would unpack every part unseen."""
    parts: dict[str, bytes] = {}
    count = data.count(_ENTRY)  # before its directory is read, which would take seconds and gigabytes
    if count > _MOST_FILES:
        raise TooLargeError(
            f"this archive holds {count:,} files, over the limit of {_MOST_FILES:,}; unpack it and name the files in it"
        )
    with ZipFile(BytesIO(data)) as archive:
        names = frozenset(archive.namelist())

        def take(name: str) -> bytes:
            return _unpacked(archive, name, _MOST_BYTES - sum(map(len, parts.values())))

        types = take(_TYPES) if {_TYPES, _ROOT} <= names else b""
        if b"wordprocessingml" not in types and b"ms-word" not in types:
            raise unread_zip(names, data[:200])
        parts[_TYPES] = _MACROS_OR_TEMPLATE.sub(f"{MEDIA_TYPE}.main+xml".encode(), types)
        parts[_ROOT], mains = _relations(take(_ROOT), "", names)
        for main in mains:
            parts[main] = take(main)
            folder, name = posixpath.split(main)
            relations = posixpath.join(folder, "_rels", f"{name}.rels")
            if relations in names:
                parts[relations], others = _relations(take(relations), folder, names)
                for other in others:
                    parts[other] = _without_table_styles(take(other))
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return packed.getvalue()


def _without_table_styles(part: bytes) -> bytes:
    """`part` without the styles of tables: no text depends on them, and to parse them takes more than all the rest."""
    head, *styles = part.split(b"<w:style ")
    out = [head]
    for style in styles:
        body, end, after = style.partition(b"</w:style>")
        table = end and b'w:type="table"' in body.partition(b">")[0]
        out += (after,) if table else (b"<w:style ", style)
    return b"".join(out)


def _relations(part: bytes, folder: str, names: frozenset[str]) -> tuple[bytes, list[str]]:
    """Relationships to what holds text and is there, and its names; `folder` is what their targets are relative to."""
    from lxml import etree

    root = etree.fromstring(part, etree.XMLParser(resolve_entities=False))
    targets = []
    for relation in list(root.iterchildren("*")):
        kind, target = relation.get("Type", ""), relation.get("Target", "")
        if kind.startswith("http://purl.oclc.org/ooxml/"):
            raise NotTextError('this Word file is "Strict Open XML", which no reader here reads; save it as plain DOCX')
        place = posixpath.normpath(posixpath.join(f"/{folder}", target)).lstrip("/")
        if kind.rpartition("/")[2] in _TEXT_PARTS and place in names:
            targets.append(place)
        else:
            root.remove(relation)
    return etree.tostring(root), targets


def _unpacked(archive: ZipFile, name: str, most: int) -> bytes:
    """A file of the archive, unpacked piece by piece: what the archive says of its size may be a lie."""
    info = archive.getinfo(name)
    if info.flag_bits & 1:
        raise UnreadableError("this archive is locked by a password; save a copy without one")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise UnreadableError("this Word file is packed as none should be; save it anew, or as text")
    out = bytearray()
    with archive.open(info) as file:
        while piece := file.read(65_536):
            out += piece
            if len(out) > most:
                raise TooLargeError(
                    f"this Word file unpacks to over {_MOST_BYTES:,} bytes of text; copy the posting out of it"
                )
    if any(mark in out for mark in _DOCTYPES):
        raise UnreadableError("this Word file declares XML entities, as none should; save it anew, or as text")
    return bytes(out)


def _drop_page_numbers(part: Element) -> None:
    """Leaves out the paragraphs of a header or footer that number the pages."""
    for paragraph in list(part.iter(_PARAGRAPH)):
        fields = [field.get(f"{_W}instr", "") for field in paragraph.iter(f"{_W}fldSimple")]
        fields += [field.text or "" for field in paragraph.iter(f"{_W}instrText")]
        parent = paragraph.getparent()
        if parent is not None and any("PAGE" in field.split() for field in fields):
            parent.remove(paragraph)


def _unwrap(root: Element) -> None:
    """Puts paragraphs and runs in the place of what stands around them: python-docx would pass over that."""
    for wrapper in list(root.iter(*_AROUND)):
        content: Element | None = wrapper
        if wrapper.tag == f"{_W}sdt":
            content = wrapper.find(f"{_W}sdtContent")
        elif wrapper.tag == f"{_MC}AlternateContent":
            content = next(wrapper.iterchildren("*"), None)
        for child in list(content if content is not None else ()):
            wrapper.addprevious(child)
        parent = wrapper.getparent()
        if parent is not None:
            parent.remove(wrapper)


def _written(element: Element, styles: _Styles) -> Iterator[str]:
    """The paragraphs and tables right below `element`, each list in as many <ul> as it is deep."""
    depth = 0
    for child in element.iterchildren(_PARAGRAPH, _TABLE):
        if child.tag == _TABLE:
            yield "</ul>" * depth
            depth = 0
            yield from _table(child, styles)
            continue
        style = styles[_value(child, "pPr", "pStyle")]
        line = _line(child, style, styles)
        if line:
            deep = 0 if style.heading else _depth(child, style)
            yield "<ul>" * (deep - depth) + "</ul>" * (depth - deep)
            depth = deep
            tag = "li" if deep else f"h{style.heading}" if style.heading and len(line) <= _LONGEST_HEADING else "p"
            yield f"<{tag}>{line}</{tag}>"
        for box in child.iter(_BOX):
            if next(box.iterancestors(_PARAGRAPH)) is child:
                yield "</ul>" * depth
                depth = 0
                yield from _written(box, styles)
    yield "</ul>" * depth


def _table(table: Element, styles: _Styles) -> Iterator[str]:
    yield "<table>"
    for row in table.iterchildren(f"{_W}tr"):
        yield "<tr>"
        for cell in row.iterchildren(f"{_W}tc"):
            merged = cell.find(f"{_W}tcPr/{_W}vMerge")
            if merged is None or merged.get(f"{_W}val") == "restart":  # else it goes on from the row above
                yield "<td>"
                yield from _written(cell, styles)
                yield "</td>"
        yield "</tr>"
    yield "</table>"


def _line(paragraph: Element, style: _Style, styles: _Styles) -> str:
    """The text of a paragraph, what is bold in <b>; its own runs and those of its links."""
    out: list[str] = []
    within = False
    for run in paragraph.iterchildren(_RUN, _LINK):
        for part in (run,) if run.tag == _RUN else run.iterchildren(_RUN):
            text, bold = _run(part, style, styles)
            if text:
                if bold != within and not text.isspace():
                    out.append("<b>" if bold else "</b>")
                    within = bold
                out.append(escape(text, quote=False))
    if within:
        out.append("</b>")
    return "".join(out).strip().replace("\n", "<br>")


def _run(run: Element, style: _Style, styles: _Styles) -> tuple[str, bool]:
    """The text of a run, none where it is hidden, and whether it is bold."""
    out = []
    bold = style.bold
    for child in run:
        tag = child.tag
        if tag == f"{_W}t":
            out.append(child.text or "")
        elif tag == f"{_W}rPr":
            if _is_on(child, "vanish"):
                return "", bold
            of_run = _is_on(child, "b")
            bold = (bold or styles[_value(child, "rStyle")].bold) if of_run is None else of_run
        elif tag in _SIGNS and child.get(f"{_W}type") in (None, "textWrapping"):
            out.append(_SIGNS[tag])
    return "".join(out), bold


def _depth(paragraph: Element, style: _Style) -> int:
    """How deep in lists the paragraph is, 0 outside."""
    numbered = paragraph.find(f"{_W}pPr/{_W}numPr")
    return style.listed if numbered is None else _listed(numbered)


def _listed(numbered: Element) -> int:
    """The depth that a paragraph's or a style's w:numPr says; list number 0 takes it out of every list."""
    if _value(numbered, "numId") in (None, "0"):
        return 0
    return min(int(_value(numbered, "ilvl") or 0), 8) + 1


class _Styles(dict[str | None, _Style]):
    """What each style comes to, by its id; None is the paragraphs' default."""

    def __init__(self, defined: Element) -> None:
        self._defined = {style.get(f"{_W}styleId"): style for style in defined.iterchildren(f"{_W}style")}
        default = (name for name, style in self._defined.items() if style.get(f"{_W}default") == "1")
        self._default = next((name for name in default if self._defined[name].get(f"{_W}type") == "paragraph"), None)

    def __missing__(self, name: str | None) -> _Style:
        heading, listed, bold = None, None, None
        style = self._defined.get(self._default if name is None else name)
        for _ in range(_DEEPEST_BASE):
            if style is None:
                break
            level = _HEADING.fullmatch(_value(style, "name") or "")
            outline = _value(style, "pPr", "outlineLvl")
            if heading is None and (level or outline):
                heading = int(level[1] or 1) if level else int(outline or 0) + 1
            numbered = style.find(f"{_W}pPr/{_W}numPr")
            if listed is None and numbered is not None:
                listed = _listed(numbered)
            letters = style.find(f"{_W}rPr")
            if bold is None and letters is not None:
                bold = _is_on(letters, "b")
            style = self._defined.get(_value(style, "basedOn"))
        made = self[name] = _Style(heading if heading and heading <= 6 else 0, listed or 0, bool(bold))
        return made


def _value(element: Element, *path: str) -> str | None:
    """The w:val of the element at `path`, each step one of its children by their names."""
    for step in path:
        found = element.find(_W + step)
        if found is None:
            return None
        element = found
    value: str | None = element.get(f"{_W}val")
    return value


def _is_on(properties: Element, name: str) -> bool | None:
    """Whether a property is switched on; None where nothing is said."""
    found = properties.find(_W + name)
    return None if found is None else found.get(f"{_W}val") not in ("0", "false", "off")
