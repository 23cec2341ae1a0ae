"""Tables as postings: CSV, TSV and Parquet as programs write them, whole and broken."""

from __future__ import annotations

import csv
import io
import logging
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.documents import Document, load
from extractor.errors import UsageError
from extractor.outcome import Failure
from extractor.runs.delimited import read_rows
from extractor.runs.inputs import counted, postings
from tests.runs.test_inputs import on_stdin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SEED = next((Path(__file__).parents[2] / "seeds").glob("000*.txt"))
PROSE = "A cook is wanted in the kitchen of our house by the sea, who likes to bake bread and to make soup. " * 4


def written(rows: Sequence[Sequence[str]], encoding: str = "utf-8", **how: Any) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, **how).writerows(rows)
    return stream.getvalue().encode(encoding)


def file(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def seen(found: Iterator[Path | Document | Failure]) -> list[tuple[str, str | None]]:
    """The ids and the texts; None for a failure."""
    return [
        (posting.id, posting.text if isinstance(posting, Document) else None)
        for posting in found
        if isinstance(posting, Document | Failure)
    ]


def failures(found: Iterator[Path | Document | Failure]) -> list[str]:
    return [str(posting.error) for posting in found if isinstance(posting, Failure)]


def test_a_table_with_a_header_says_which_columns_it_takes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = [["city", "Job Description", "jobID"], ["Lund", "Cook\r\nwanted", "17"], ["Malmö", 'A "baker", too', ""]]
    table = file(tmp_path, "offers.csv", written(rows))
    with caplog.at_level(logging.WARNING, "extractor"):
        found = list(postings(table))
    assert seen(iter(found)) == [("17", "Cook\nwanted"), ("offers-3", 'A "baker", too')]
    assert [posting.source for posting in found if isinstance(posting, Document)] == [f"{table}:2", f"{table}:3"]
    (said,) = caplog.messages
    assert said == f"{table}: the text is in column 'Job Description'; the id is in column 'jobID'"


def test_a_table_without_a_header_is_told_by_its_rows(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = [["4146", "6751", "Cook", PROSE + "1", "None"], ["4147", "6752", "Baker", PROSE + "2", "None"]]
    table = file(tmp_path, "offers.tsv", written(rows, delimiter="\t"))
    assert seen(postings(table)) == [("offers-1", PROSE + "1"), ("offers-2", PROSE + "2")]
    assert "no header; the text is in column 4; ids are the rows' numbers" in caplog.text
    assert seen(postings(table, text_column="3", id_column="1")) == [("4146", "Cook"), ("4147", "Baker")]


def test_a_row_of_tsv_whose_text_has_bare_line_ends_is_a_posting_and_as_text_it_is_what_it_was(tmp_path: Path) -> None:
    data = SEED.read_bytes()
    first, *_ = data.decode().split("\t\n")
    ((id_, text),) = seen(postings(file(tmp_path, "row.tsv", data)))
    assert id_ == "row-1"
    assert text is not None
    assert text == first.rstrip("\n").split("\t")[3]
    as_text = file(tmp_path, "row.txt", data)
    assert list(postings(as_text)) == [as_text]
    assert load(as_text).text == data.decode()


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_delimiters_line_ends_and_encodings(tmp_path: Path, sign: str, ends: str, encoding: str) -> None:
    rows = [
        ["id", "Überschrift", "Beschreibung"],
        ["a", "x", "Köchin; gesucht,\tbald | " + PROSE],
        ["b", "y", "Bäcker"],
    ]
    table = file(tmp_path, "t.csv", written(rows, encoding, delimiter=sign, lineterminator=ends))
    assert [(id_, (text or "").strip()) for id_, text in seen(postings(table))] == [
        (id_, text.strip()) for id_, _, text in rows[1:]
    ]


def test_a_legacy_encoding_is_guessed_once_and_warned_of(tmp_path: Path) -> None:
    rows = [
        ["id", "text"],
        ["1", "Wir suchen eine Köchin für die Küche"],
        ["Ö", "Ein Bäcker mit Größe"],
        ["3", "Plain"],
    ]
    found = list(postings(file(tmp_path, "t.csv", written(rows, "cp1252"))))
    assert seen(iter(found)) == [(id_, text) for id_, text in rows[1:]]
    warned = [any("a guess" in said for said in doc.warnings) for doc in found if isinstance(doc, Document)]
    assert warned == [True, True, False]


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        (["id", "text", "description"], (1, 0)),  # ours, before others
        (["url", "description", "job_id"], (1, 2)),  # an id before an address
        (["ID", "description_html", "company_description"], (1, 0)),
        (["Annons-ID", "Annonstext", "Ort"], (1, 0)),
        (["Référence", "Texte", "Ville"], (1, 0)),
        (["beschreibung", "firma", "uuid"], (0, 2)),
        (["a", "b", "c"], (2, None)),  # by its cells
    ],
)
def test_columns_that_are_obvious(tmp_path: Path, header: list[str], columns: tuple[int, int | None]) -> None:
    rows = [[f"{row}{at}" for at in range(3)] for row in "xy"]
    if header == ["a", "b", "c"]:
        rows = [[*row[:2], PROSE + row[2]] for row in rows]
    text, id_ = columns
    table = file(tmp_path, "t.csv", written([header, *rows]))
    expected = [(row[id_] if id_ is not None else f"t-{at}", row[text]) for at, row in enumerate(rows, 2)]
    assert seen(postings(table)) == expected


def test_an_id_column_that_repeats_itself_is_none(tmp_path: Path) -> None:
    table = file(tmp_path, "t.csv", b"id,slug,text\n1,a,Cook\n1,b,Baker\n")
    assert seen(postings(table)) == [("a", "Cook"), ("b", "Baker")]
    assert seen(postings(table, id_column="id")) == [("1", "Cook"), ("1", "Baker")]


@pytest.mark.parametrize(
    ("rows", "named", "says"),
    [
        ([["id", "requirements", "benefits"], ["1", PROSE, PROSE]], {}, "'id', 'requirements', 'benefits'"),
        ([["id", "description", "body"], ["1", "x", "y"]], {}, "which column holds the text?"),
        ([["id", "title"], ["1", "x"]], {}, "--text-column"),
        ([["1", "2"], ["3", "4"]], {}, "2 columns without a header"),
        ([["id", "text"], ["1", "x"]], {"text_column": "body"}, "no column 'body' for --text-column"),
        ([["id", "text"], ["1", "x"]], {"id_column": "3"}, "no column '3' for --id-column"),
        ([["text", "text"], ["1", "x"]], {"text_column": "text"}, "2 columns are called 'text'"),
        ([["1", "2"], ["3", "4"]], {"text_column": "body"}, "from 1 to 2"),
    ],
)
def test_what_is_ambiguous_is_one_error_that_lists_the_columns(
    tmp_path: Path, rows: list[list[str]], named: dict[str, str], says: str
) -> None:
    table = file(tmp_path, "t.csv", written(rows))
    with pytest.raises(UsageError) as raised:
        list(postings(table, **named))  # type: ignore[arg-type]
    assert says in str(raised.value)
    assert str(table) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_broken_row_fails_in_its_place_and_the_others_go_on(tmp_path: Path) -> None:
    data = (
        b"id,text,city\n1,Cook,Lund\n"
        b"2,Baker, too,Lund\n"  # 3
        b"3,Smith\nwho goes on\nand on,Lund\n"  # 4, the lines behind it, and 6
        b"4,Tailor,\n"
        b"\n  \n"
        b'5,"Maid,Lund\n'  # 10: what it swallows is read after all
        b"6,Nurse,Lund,,\n7,Diver\x00,Lund\n"
        b"8,,Lund\n"  # 13
        b"9,Clerk,Lund"
    )
    table = file(tmp_path, "t.csv", data)
    good = [(id_, text) for id_, text in seen(postings(table)) if text]
    assert good == [("1", "Cook"), ("4", "Tailor"), ("6", "Nurse"), ("7", "Diver "), ("9", "Clerk")]
    places = [said.removeprefix(f"{table}:").split(":")[0] for said in failures(postings(table))]
    assert places == ["3", "4", "6", "9", "10", "13"]


def test_a_short_row_counts_where_the_text_is_whole(tmp_path: Path) -> None:
    # as spreadsheets leave out empty cells at the end; what ends with the text may have been cut there
    table = file(tmp_path, "t.csv", b"id,text,city,pay\n1,Cook,Lund,5\n2,Baker,Lund\n3,Smith\n")
    assert seen(postings(table)) == [("1", "Cook"), ("2", "Baker"), ("t-4", None)]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\xef\xbb\xbf\r\n\r\n", "is empty"),
        ("a.csv", b"PK\x03\x04rest", "ZIP archive, as Excel"),
        ("a.csv", b"%PDF-1.7 rest", "PDF"),
        ("a.csv", b"\x89PNG\r\n\x1a\n rest", "PNG"),
        ("a.tsv", b"Cook\tin\tLund\nand\nin\tMalmo\nand\tin\tYstad\tand\n", "no table"),
        ("a.parquet", b"", "can't be read"),
        ("a.parquet", b"id,text\n1,Cook\n", "can't be read"),
        ("a.parquet", b"PAR1" + b"\0" * 100 + b"PAR1", "can't be read"),
        ("gone.csv", None, "No such file"),
    ],
)
def test_what_is_no_table_is_one_failure(tmp_path: Path, name: str, data: bytes | None, says: str) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    (said,) = failures(postings(path))
    assert says in said
    assert str(path) in said
    assert "\n" not in said


def test_cells_longer_than_any_default_and_those_over_the_limit(tmp_path: Path) -> None:
    rows = [["id", "text", "html"], ["1", "long " * 60_000, "x" * 200_000], ["2", "Cook", ""], ["3", "y" * 400_000, ""]]
    table = file(tmp_path, "t.csv", written(rows))
    one, two, three = postings(table, max_bytes=350_000)
    assert isinstance(one, Document)
    assert len(one.text) == 300_000
    assert isinstance(two, Document)
    assert isinstance(three, Failure)
    assert "--max-bytes" in str(three.error)


def test_a_row_without_an_end_is_left_out_in_little_memory(tmp_path: Path) -> None:
    table = file(tmp_path, "t.csv", b"id,text\n1,Cook\n2," + b"x" * 20_000_000 + b"\n3,Baker\n")
    tracemalloc.start()
    try:
        found = seen(postings(table, max_bytes=10_000))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == [("1", "Cook"), ("t-3", None), ("3", "Baker")]
    assert peak < 5_000_000


def test_quotes_that_are_never_closed_cost_no_more_than_the_file_a_few_times() -> None:
    line, longest = b'"a","\n', 10_000
    size = 20_000 * len(line)
    rows = read_rows((100 * line for _ in range(200)), ",", 2, 1, longest, "t.csv")
    # each row that is broken takes so much until that is known, and the file is given again eight times at most
    assert 1 <= sum(1 for _ in rows) <= 9 * size / longest + 2


def test_a_long_table_is_read_in_little_memory(tmp_path: Path) -> None:
    rows = ([str(row), 10 * PROSE] for row in range(2000))
    table = file(tmp_path, "t.csv", written([["id", "text"], *rows]))
    assert next(iter(postings(table)))  # what is imported and compiled at first use is no part of it
    tracemalloc.start()
    try:
        found = sum(isinstance(posting, Document) for posting in postings(table))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == 2000
    assert peak < table.stat().st_size / 2  # of 8 MB


@given(
    st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), min_size=1, max_size=8),
    st.sampled_from([",", ";", "\t", "|"]),
    st.integers(1, 40),
)
@settings(max_examples=150, deadline=None)
def test_rows_come_back_as_they_were_written(rows: list[tuple[str, str]], sign: str, size: int) -> None:
    whole = [("text", "id"), *rows]
    stream = io.StringIO()
    csv.writer(stream, delimiter=sign, quoting=csv.QUOTE_ALL).writerows(whole)
    data = stream.getvalue().encode("utf-8", "replace")
    chunks = (data[at : at + size] for at in range(0, len(data), size))
    found = [
        tuple(cell.encode("latin-1").decode() for cell in row)
        for _, row in read_rows(chunks, sign, 2, 0, 100_000, "t")
        if isinstance(row, list)
    ]
    kept = [row for row in whole if any(row)]
    assert found == [tuple(cell.encode("utf-8", "replace").decode() for cell in row) for row in kept]


def test_lines_of_json_by_other_keys(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = b'{"job_id": 7, "description": "Cook"}\n{"description": "Baker"}\n{"body": "x", "description": "y"}\n'
    table = file(tmp_path, "t.jsonl", data)
    assert seen(postings(table, id_column="job_id")) == [("7", "Cook"), ("t-2", "Baker"), ("t-3", None)]
    assert caplog.messages == [f'{table}:1: the text is under "description"']
    named = seen(postings(table, text_column="body"))
    assert named == [("t-1", None), ("t-2", None), ("t-3", "x")]


def test_a_table_by_its_content_where_the_name_does_not_say(tmp_path: Path) -> None:
    data = written([["job_id", "description"], ["1", "Cook"]])
    assert seen(postings(file(tmp_path, "offers.dat", data))) == [("1", "Cook")]
    with on_stdin(data):
        assert seen(postings("-")) == [("1", "Cook")]
    with on_stdin(b"1\tCook\n2\tBaker\n"):
        assert seen(postings("-", text_column="2")) == [("stdin-1", "Cook"), ("stdin-2", "Baker")]
    prose = b"Title, Description\n\nA cook, who bakes, and\nmakes soup, is wanted.\n"
    assert list(postings(file(tmp_path, "posting.dat", prose))) == [tmp_path / "posting.dat"]
    with on_stdin(prose):
        ((_, text),) = seen(postings("-"))
    assert text == prose.decode()
    # what a suffix names is no table, whatever it looks like
    assert list(postings(file(tmp_path, "offers.txt", data))) == [tmp_path / "offers.txt"]
    assert counted([tmp_path / "offers.dat"]) is None
    assert counted([tmp_path / "posting.dat", tmp_path / "offers.txt"]) == 2


def parquet(path: Path, columns: dict[str, Any], **how: Any) -> Path:
    pq.write_table(pa.table(columns), path, **how)
    return path


def test_parquet_with_strings_in_every_form(tmp_path: Path) -> None:
    texts = ["Köchin gesucht", None, "Baker"]
    for type_ in (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
        table = parquet(tmp_path / "t.parquet", {"job_id": [1.0, 2.0, None], "description": pa.array(texts, type_)})
        found = seen(postings(table))
        assert found == [("1", "Köchin gesucht"), ("2", None), ("t-3", "Baker")]
    assert seen(postings(table, text_column="2", id_column="1")) == found


def test_parquet_with_files_in_it_reads_them_by_their_content(tmp_path: Path) -> None:
    page = b"<html><body><h1>Cook</h1><p>Lund</p></body></html>"
    table = parquet(tmp_path / "t.parquet", {"url": ["https://a.example/1"], "html": [page]})
    (found,) = postings(table)
    assert isinstance(found, Document)
    assert (found.id, found.media_type) == ("https://a.example/1", "text/html")
    assert "<" not in found.text


def test_parquet_by_its_prose_and_by_its_content(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    table = parquet(tmp_path / "t.odd", {"a": ["x"], "n": [1], "b": [PROSE]})
    assert seen(postings(table)) == [("t-1", PROSE)]
    assert "column 'b'" in caplog.text
    with on_stdin(table.read_bytes()):
        assert seen(postings("-")) == [("stdin-1", PROSE)]
    renamed = table.rename(tmp_path / "t.csv")
    assert seen(postings(renamed)) == [("t-1", PROSE)]
    with pytest.raises(UsageError, match="holds int64, no text"):
        list(postings(renamed, text_column="n"))


def test_a_group_of_rows_that_is_broken_fails_in_its_place(tmp_path: Path) -> None:
    table = parquet(
        tmp_path / "t.parquet", {"text": [f"Cook {row}" for row in range(30)]}, row_group_size=10, use_dictionary=False
    )
    place = pq.ParquetFile(table).metadata.row_group(1).column(0)
    data = bytearray(table.read_bytes())
    begin = place.data_page_offset
    data[begin : begin + 20] = b"\xff" * 20
    table.write_bytes(bytes(data))
    found = seen(postings(table))
    assert [text for _, text in found] == [
        *(f"Cook {row}" for row in range(10)), None, *(f"Cook {row}" for row in range(20, 30)),
    ]  # fmt: skip
    (said,) = failures(postings(table))
    assert f"{table}:11: " in said
    assert "rows up to 20 are left out" in said


def test_parquet_without_pyarrow_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = parquet(tmp_path / "t.parquet", {"text": ["Cook"]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install 'posting-extractor\[arrow\]'"):
        list(postings(table))
