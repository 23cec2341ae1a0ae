"""Results as tables: types that follow from the schema, and files that are whole or aren't there."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from extractor import Extractor, JobPosting, to_arrow, to_pandas
from extractor.documents import from_text
from extractor.errors import UnreadableError, UsageError
from extractor.grounding import Grade, Span
from extractor.models.usage import Usage
from extractor.outcome import Extraction, Failure, Provenance, Unsupported
from extractor.runs.flat import Flat, safe
from extractor.runs.nested import form_of
from extractor.runs.outputs import parquet_file

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.txt"))
FAILED = Failure("gone", "gone.txt", UnreadableError("gone.txt: there is no such file"))


class Colour(StrEnum):
    RED = "red"


class Size(Enum):
    SMALL = 1


class Course(BaseModel):
    title: str = Field(alias="Title")
    pages: int
    weight: float | None
    even: bool
    on: date | None
    at: datetime | None = None
    price: Decimal | None = None
    colours: list[Colour] = []
    size: Size | None = None
    level: Literal["low", "high"] | None = None
    either: int | str | None = None
    figure: int | float | None = None
    marks: list[int | None] = []


class Plan(BaseModel):
    name: str | None
    courses: list[Course]
    best: Course | None


def extraction(record: BaseModel, **more: Any) -> Extraction[Any]:
    given: dict[str, Any] = {
        "document": from_text("A course in spring.", source="a.txt", id="a"),
        "evidence": {},
        "unsupported": (),
        "warnings": (),
        "usage": Usage(2, 30, 10, 4, 0.5),
        "provenance": Provenance("1.0", "rules", "Plan", None, None),
    }
    return Extraction(record=record, **{**given, **more})


def course(**values: Any) -> Course:
    return Course.model_validate({"Title": "Bread", "pages": 3, "weight": None, "even": True, "on": None, **values})


@pytest.fixture(scope="module")
def seeds() -> list[Extraction[JobPosting] | Failure]:
    return list(Extractor(model="rules").extract_many(SEEDS))


def test_the_types_follow_from_the_schema() -> None:
    table = to_arrow([], Plan)
    item = pa.struct(
        [
            ("title", pa.string()),
            ("pages", pa.int64()),
            ("weight", pa.float64()),
            ("even", pa.bool_()),
            ("on", pa.date32()),
            ("at", pa.timestamp("us", tz="UTC")),
            ("price", pa.string()),
            ("colours", pa.list_(pa.string())),
            ("size", pa.int64()),
            ("level", pa.string()),
            ("either", pa.string()),
            ("figure", pa.float64()),
            ("marks", pa.list_(pa.int64())),
        ]
    )
    record = pa.struct([("name", pa.string()), ("courses", pa.list_(item)), ("best", item)])
    assert table.schema.field("record").type == record
    assert table.num_rows == 0
    assert table.column_names == [
        "id", "source", "media_type", "record", "evidence", "unsupported", "warnings", "usage", "provenance", "error",
    ]  # fmt: skip


def test_values_are_what_the_record_holds() -> None:
    best = course(
        weight=2,
        on="2026-03-01",
        at=datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2))),
        price="9.90",
        colours=["red"],
        size=1,
        level="low",
        either=5,
        figure=7,
        marks=[1, None],
    )
    (row,) = to_arrow([extraction(Plan(name="Baking", courses=[course(on=None)], best=best))]).to_pylist()
    assert row["record"]["best"] == {
        "title": "Bread", "pages": 3, "weight": 2.0, "even": True, "on": date(2026, 3, 1),
        "at": datetime(2026, 3, 1, 10, tzinfo=UTC), "price": "9.90", "colours": ["red"], "size": 1, "level": "low",
        "either": "5", "figure": 7.0, "marks": [1, None],
    }  # fmt: skip
    assert row["record"]["courses"][0]["on"] is None
    assert row["usage"] == {
        "requests": 2, "input_tokens": 30, "cached_tokens": 10, "output_tokens": 4, "cost_usd": 0.5,
    }  # fmt: skip
    assert row["error"] is None


def test_a_number_beyond_64_bits_is_left_out_and_said() -> None:
    made = extraction(Plan(name=None, courses=[course(), course(pages=10**30)], best=None), warnings=("Odd.",))
    (row,) = to_arrow([made]).to_pylist()
    assert [found["pages"] for found in row["record"]["courses"]] == [3, None]
    said = "/record/courses/1/pages: this doesn't fit a column of type integer and is left out: 1" + 30 * "0"
    assert row["warnings"] == ["Odd.", said]


def test_what_columns_can_not_hold_is_json_as_text() -> None:
    class Tree(BaseModel):
        name: str
        below: list[Tree]
        pair: tuple[int, str]
        free: dict[str, int]
        anything: Any

    # pydantic finds the name of a class in a function only so
    Tree.model_rebuild(_types_namespace={"Tree": Tree})
    leaf = Tree(name="b", below=[], pair=(1, "x"), free={}, anything=None)
    tree = Tree(name="a", below=[leaf], pair=(2, "ö"), free={"k": 1}, anything=[1])
    (row,) = to_arrow([extraction(tree)]).to_pylist()
    record = row["record"]
    assert json.loads(record["pair"]) == [2, "ö"]
    assert json.loads(record["free"]) == {"k": 1}
    assert json.loads(record["anything"]) == [1]
    assert json.loads(record["below"][0])["name"] == "b"


def test_evidence_what_is_unsupported_and_failures(seeds: list[Extraction[JobPosting] | Failure]) -> None:
    spans = {"/name": (Span(2, 8, Grade.VERBATIM, True), Span(12, 18, Grade.CITED)), "/best": ()}
    lost = Unsupported("/courses/-", {"title": "Ö"}, (3, 4))
    made = extraction(Plan(name="course", courses=[], best=None), evidence=spans, unsupported=(lost,))
    one, failed = to_arrow([made, FAILED]).to_pylist()
    assert one["evidence"] == [
        {"pointer": "/name", "start": 2, "end": 8, "grade": "verbatim", "moved": True, "page": None},
        {"pointer": "/name", "start": 12, "end": 18, "grade": "cited", "moved": False, "page": None},
    ]
    assert one["unsupported"] == [{"pointer": "/courses/-", "value": '{"title": "Ö"}', "at": [3, 4]}]
    assert failed == {
        **dict.fromkeys(one),
        "id": "gone",
        "source": "gone.txt",
        "error": {"type": "UnreadableError", "message": "gone.txt: there is no such file"},
    }


def test_records_of_the_built_in_schema_come_back(seeds: list[Extraction[JobPosting] | Failure]) -> None:
    rows = to_arrow(seeds, with_text=True).to_pylist()
    for row, made in zip(rows, seeds, strict=True):
        assert isinstance(made, Extraction)
        assert JobPosting.model_validate(row["record"]) == made.record
        assert row["text"] == made.document.text
        for span in row["evidence"]:
            assert row["text"][span["start"] : span["end"]]


def test_what_the_page_publishes_is_a_record_beside_it() -> None:
    page = (
        '<html><head><script type="application/ld+json">{"@type": "JobPosting", "title": "Cook", '
        '"datePosted": "2026-03-01"}</script></head><body><h1>Cook</h1><p>We seek a cook in Lund.</p></body></html>'
    )
    made = Extractor(model="rules").extract(from_text(page, source="a.html"))
    (row,) = to_arrow([made]).to_pylist()
    assert row["published"]["title"] == "Cook"
    assert row["published"]["posted_on"] == date(2026, 3, 1)
    kinds = {verdict["pointer"]: verdict["kind"] for verdict in row["reconciliation"]}
    assert kinds["/posted_on"] == "only_page"


def test_a_record_of_another_schema_is_refused() -> None:
    with pytest.raises(UsageError, match="its record is a Course, and those of the table are Plan"):
        to_arrow([extraction(course())], Plan)


def test_a_frame_has_the_records_fields_as_columns(seeds: list[Extraction[JobPosting] | Failure]) -> None:
    class Named(BaseModel):
        id: str
        openings: int | None

    frame = to_pandas([*seeds, FAILED])
    assert list(frame.columns[:6]) == ["id", "source", "media_type", "kind", "language", "title"]
    assert list(frame["kind"][:5]) == [made.record.kind for made in seeds if isinstance(made, Extraction)]
    assert pd.isna(frame["kind"].iloc[5])
    frame = to_pandas([extraction(Named(id="x", openings=2**60 + 1)), extraction(Named(id="y", openings=None))])
    assert list(frame["record.id"]) == ["x", "y"]
    assert frame["openings"].iloc[0] == 2**60 + 1
    assert frame["openings"].isna().tolist() == [False, True]


def test_a_parquet_file_is_read_by_others(tmp_path: Path, seeds: list[Extraction[JobPosting] | Failure]) -> None:
    path = tmp_path / "offers.parquet"
    results = [*seeds, FAILED]
    with parquet_file(path, JobPosting, with_text=False, finished=lambda: True) as write:
        for result in results:
            write(result)
    assert [entry.name for entry in tmp_path.iterdir()] == ["offers.parquet"]
    assert pq.read_table(path).equals(to_arrow(results))
    frame = pd.read_parquet(path)
    assert frame["record"].iloc[0]["title"] == seeds[0].record.title  # type: ignore[union-attr]
    found = (
        duckdb.connect()
        .execute(
            "select id, record.title, len(record.skills), record.skills[1].name, error.message "
            f"from read_parquet('{path}') order by id"
        )
        .fetchall()
    )
    expected = [
        (made.document.id, made.record.title, len(made.record.skills), made.record.skills[0].name, None)
        for made in seeds
        if isinstance(made, Extraction)
    ]
    assert found == [*expected, ("gone", None, None, None, str(FAILED.error))]


def test_rows_are_written_in_groups_as_they_come(tmp_path: Path) -> None:
    path = tmp_path / "offers.parquet"
    part = tmp_path / "offers.parquet.part"
    with parquet_file(path, Plan, with_text=False, finished=lambda: True) as write:
        begun = part.stat().st_size
        for _ in range(5000):
            write(Failure(str(uuid4()), "gone.txt", FAILED.error))  # ids that don't compress to nothing
        assert part.stat().st_size > begun
        assert not path.exists()
    assert pq.ParquetFile(path).num_row_groups == 2
    assert pq.read_metadata(path).num_rows == 5000


def test_a_partial_file_never_has_the_name_of_a_whole_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "offers.parquet"
    path.write_bytes(b"what was there before")
    with parquet_file(path, Plan, with_text=False, finished=lambda: False) as write:
        write(FAILED)
    assert path.read_bytes() == b"what was there before"
    assert pq.read_table(f"{path}.part").num_rows == 1
    assert f"{path}.part" in caplog.text

    def broken() -> None:
        with parquet_file(path, Plan, with_text=False, finished=lambda: True) as write:
            write(FAILED)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert path.read_bytes() == b"what was there before"


def test_a_link_stays_one_and_a_device_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link.parquet").symlink_to(tmp_path / "real.parquet")
    with parquet_file(tmp_path / "link.parquet", Plan, with_text=False, finished=lambda: True) as write:
        write(FAILED)
    assert (tmp_path / "link.parquet").is_symlink()
    assert pq.read_table(tmp_path / "real.parquet").num_rows == 1
    with (
        pytest.raises(UsageError, match="is none"),
        parquet_file(Path("/dev/null"), Plan, with_text=False, finished=lambda: True),
    ):
        pass


@pytest.mark.parametrize(
    ("library", "says"), [("pyarrow", r"pip install 'posting-extractor\[arrow\]'"), ("pandas", "pip install pandas")]
)
def test_what_is_not_installed_is_named(library: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UsageError, match=says):
        to_pandas([FAILED])


def test_a_row_of_csv_is_a_cell_a_fact() -> None:
    best = course(on="2026-03-01", weight=1.5, colours=["red", "red"], at=None)
    flat = Flat(Plan, with_text=True)
    rows = [flat.row(extraction(Plan(name="A; b", courses=[best, course()], best=best))), flat.row(FAILED)]
    one, failed = (dict(zip(flat.header, row, strict=True)) for row in rows)
    assert one["id"] == "a"
    assert one["name"] == "A; b"
    assert one["best.on"] == "2026-03-01"
    assert one["best.weight"] == "1.5"
    assert one["best.pages"] == "3"
    assert one["best.even"] == "true"
    assert one["best.colours"] == "red; red"
    assert one["best.at"] == one["error.type"] == ""
    assert one["courses"] == "Bread, 3, 1.5, even, 2026-03-01, red; red; Bread, 3, even"
    assert one["text"] == "A course in spring."
    assert {name for name, cell in failed.items() if cell} == {"id", "source", "error.type", "error.message"}


def test_a_field_called_as_another_column_is_told_apart() -> None:
    class Named(BaseModel):
        id: str
        text: str
        amount: int

    assert Flat(Named, with_text=True).header.count("id") == 1
    flat = Flat(Named, with_text=False)
    row = dict(zip(flat.header, flat.row(extraction(Named(id="mine", text="t", amount=-5))), strict=True))
    assert (row["id"], row["record.id"], row["text"]) == ("a", "mine", "t")
    assert row["amount"] == "-5"  # a number executes nothing


@pytest.mark.parametrize("sign", [*"=+-@\t\r\n＝＋－＠﹦﹢﹣﹫"])
@pytest.mark.parametrize("before", ["", " ", "\u00a0", "\ufeff", "'", "'' ", "\u200b\u202e", "\0"])
def test_a_cell_that_a_spreadsheet_would_execute_is_text(sign: str, before: str) -> None:
    cell = f"{before}{sign}HYPERLINK(1)"
    if sign in "\t\r\n" and before.strip("'"):
        assert safe(cell) == cell  # white space alone executes nothing
    else:
        assert safe(cell) == f"'{cell}"


@given(st.text(alphabet="'=+-@\t\r\n ＝a1;,\"", max_size=6), st.text(alphabet="'=+-@\t\r\n ＝a1;,\"", max_size=6))
def test_what_is_made_safe_can_be_told_from_all_else_and_stays_so(one: str, other: str) -> None:
    assert (safe(one) == safe(other)) == (one == other)
    assert safe(one).lstrip("' ")[:1] not in {"=", "+", "-", "@", "＝"} or safe(one).startswith("'")


def test_safe_cells_take_no_time_to_tell() -> None:
    for run in ("'" * 500_000, " \u200b" * 250_000, "\0" * 500_000, "' " * 250_000):
        assert safe(run + "a") == run + "a"


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
def test_cells_come_back_from_csv(cells: list[str]) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow([safe(cell) for cell in cells])
    (row,) = csv.reader(io.StringIO(stream.getvalue(), newline=""))
    assert row == [safe(cell) for cell in cells]


def test_the_form_names_what_serialising_writes() -> None:
    made = form_of(Course)
    assert list(made.parts) == list(Course.model_fields)
    assert {name: part.kind for name, part in form_of(JobPosting).parts["salary"].parts.items()} == {
        "min": "number", "max": "number", "currency": "text", "period": "text",
    }  # fmt: skip
