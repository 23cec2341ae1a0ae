"""Which column of a table holds the postings' text, which their ids, and whether its first row names them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.documents import one_line
from extractor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Names in lower case, without accents, their words joined by "_": see `_plain`. The first two are those of JSON lines.
_OURS = ("text", "content")
_TEXTS = frozenset(
    re.findall(
        r"\w+",
        """
    description body posting job_posting job_description job_desc job_text job_ad job_content job_body job_details
    jobdescription jobtext jobposting advert advertisement advert_text ad_text ad_body posting_text posting_body
    posting_description full_text fulltext full_description position_description role_description vacancy_text
    vacancy_description raw html markdown document_text
    beschreibung stellenbeschreibung stellentext stellenanzeige stellenanzeigentext anzeige anzeigentext volltext inhalt
    annons annonstext beskrivning jobbeskrivning arbetsbeskrivning
    annonce annoncetekst beskrivelse jobbeskrivelse stillingsbeskrivelse stillingstekst stillingsopslag tekst
    omschrijving functieomschrijving vacature vacaturetekst
    texte annonce_texte descriptif description_du_poste description_poste offre offre_texte contenu
    texto descripcion descripcion_del_puesto oferta anuncio contenido
    testo descrizione descrizione_del_lavoro annuncio offerta contenuto
    """,
    )
)
_FORM = re.compile(r"_(?:html|text|plain|md|markdown|raw)$")  # "description_html" is a description
# The likelier first.
_IDS = re.findall(
    r"\w+",
    """
    id job_id jobid posting_id offer_id vacancy_id ad_id advert_id document_id doc_id record_id item_id external_id
    requisition_id req_id reference_id source_id stellen_id annons_id annonce_id vacature_id offre_id oferta_id
    uuid guid uid key reference reference_number referencenumber ref job_reference referenznummer slug url job_url
    posting_url link job_link permalink uri
    """,
)
# Names that a header has beside those above: they tell that it is one.
_OTHERS = frozenset(
    re.findall(
        r"\w+",
        """
    title job_title name company company_name employer organisation organization location city country salary date
    posted_at posted_on date_posted created_at language category type source titel firma unternehmen ort gehalt datum
    foretag lon virksomhed sted bedrijf plaats titre entreprise lieu titulo empresa ubicacion titolo azienda luogo
    """,
    )
)
_LONGEST_NAME = 100  # characters: a longer cell is no column's name
_PROSE = 200  # bytes of a text at least
_WORDS = 20
_LISTED = 40  # columns that an error lists


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table by their indices from 0; `names` is None where it has no header.

    `guessed` says in one line what was found without being told; "" where nothing was.
    """

    names: tuple[str, ...] | None
    width: int
    text: int
    id: int | None
    guessed: str


def choose(
    rows: Sequence[Sequence[str]], text_column: str | None, id_column: str | None, source: str, *, named: bool = False
) -> Columns:
    """The columns of the table that begins with `rows`, of which there is one at least; `named`: the first is a header.

    `text_column` and `id_column` are names, or numbers from 1. Raises `UsageError` where a column isn't there, or more
    than one may hold the text.
    """
    header = named or is_header(rows, text_column, id_column)
    names = tuple(rows[0]) if header else None
    others = rows[1:] if header else rows
    width = len(rows[0]) if header else Counter(map(len, rows)).most_common(1)[0][0]
    place = one_line(source)
    text = _told(text_column, names, width, "text", place) if text_column else _text(names, others, width, place)
    if id_column:
        id_: int | None = _told(id_column, names, width, "id", place)
    else:
        id_ = _id(names, others, text)
    found = []
    if not text_column:
        found.append(f"the text is in column {_called(text, names)}")
    if not id_column:
        found.append("ids are the rows' numbers" if id_ is None else f"the id is in column {_called(id_, names)}")
    if names is None:
        found.insert(0, "no header")
    return Columns(names, width, text, id_, "; ".join(found))


def is_table(rows: Sequence[Sequence[str]], text_column: str | None) -> bool:
    """Whether these are rows of a table beyond doubt: equally long, under a header that names a column of texts."""
    if len(rows) < 2 or len(rows[0]) < 2 or {len(row) for row in rows} != {len(rows[0])}:
        return False
    if text_column:
        return text_column in rows[0]
    return is_header(rows) and len(by_name(rows[0])) == 1


def by_name(names: Sequence[str]) -> list[int]:
    """The columns that hold the postings by their names: one, unless more than one may, or none does."""
    plain = [_plain(name) for name in names]
    for ours in _OURS:
        if plain.count(ours) == 1:
            return [plain.index(ours)]
    return [at for at, name in enumerate(plain) if name in _TEXTS or _FORM.sub("", name) in {*_TEXTS, *_OURS}]


def is_header(rows: Sequence[Sequence[str]], *told: str | None) -> bool:
    """Whether the first row names the columns: those of `told` do."""
    first, others = rows[0], rows[1:]
    if not set(told).isdisjoint(first):
        return True
    if any(len(cell) > _LONGEST_NAME or "\n" in cell for cell in first):
        return False
    plain = {_plain(cell) for cell in first}
    if plain & (_TEXTS | _OTHERS | {*_OURS, *_IDS}):
        return True
    # names are words, and each is another's; texts stand under one of them
    words = all(any(map(str.isalpha, name)) and "://" not in name and "@" not in name for name in first)
    return words and len(plain) == len(first) and any(_is_prose(others, at) for at in range(len(first)))


def _told(wanted: str, names: tuple[str, ...] | None, width: int, what: str, place: str) -> int:
    option = f"--{what}-column"
    if names and wanted in names:
        if names.count(wanted) > 1:
            raise UsageError(
                f"{place}: {names.count(wanted)} columns are called {wanted!r}; give its number: {option} N."
            )
        return names.index(wanted)
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= width:
        return int(wanted) - 1
    if names is None:
        raise UsageError(
            f"{place}: no column is called {wanted!r}, and its first row is no header; give the column's number from 1 "
            f"to {width}: {option} N."
        )
    raise UsageError(f"{place} has no column {wanted!r} for {option}; it has {_listed(names)}.")


def _text(names: tuple[str, ...] | None, rows: Sequence[Sequence[str]], width: int, place: str) -> int:
    found = by_name(names) if names else []
    if not found:
        found = [0] if width == 1 else [at for at in range(width) if _is_prose(rows, at)]
    if len(found) == 1:
        return found[0]
    has = _listed(names) if names else f"{width} columns without a header"
    raise UsageError(
        f"{place}: which column holds the text? Say it by --text-column (text_column in Python); it has {has}."
    )


def _id(names: tuple[str, ...] | None, rows: Sequence[Sequence[str]], text: int) -> int | None:
    plain = [_plain(name) for name in names] if names else []
    for name in _IDS:
        at = plain.index(name) if name in plain else text
        if at != text:
            cells = [row[at] for row in rows if at < len(row) and row[at].strip()]
            if len(set(cells)) == len(cells):
                return at
    return None


def _is_prose(rows: Sequence[Sequence[str]], at: int) -> bool:
    """Whether at least half of the cells are long and of many words."""
    cells = [row[at] for row in rows if at < len(row)]
    long = sum(len(cell) >= _PROSE and cell.count(" ") >= _WORDS for cell in cells)
    return 0 < len(cells) <= 2 * long


def _plain(name: str) -> str:
    """ "jobDescription", "Job Description" and "job-description" as "job_description"; no accents."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name[: 2 * _LONGEST_NAME])
    letters = unicodedata.normalize("NFKD", apart).casefold()
    return "_".join(re.findall(r"[^\W_]+", "".join(sign for sign in letters if not unicodedata.combining(sign))))


def _called(at: int, names: tuple[str, ...] | None) -> str:
    return str(at + 1) if names is None else _quoted(names[at])


def _quoted(name: str) -> str:
    line = one_line(name)
    return f"'{line if len(line) <= _LONGEST_NAME else f'{line[:_LONGEST_NAME]}…'}'"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(map(_quoted, names[:_LISTED])) + more
