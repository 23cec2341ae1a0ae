"""Tables in and every form of output, by the command line."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from tests.cli.test_cli import GOOD, SEED, SEEDS, lines, run
from tests.servers.scripted import ScriptedServer
from tests.servers.steps import answer, wrong_key

if TYPE_CHECKING:
    from pathlib import Path

RULES = ("--model", "rules", "--no-store")
TABLE = 'job_id,description,city\n7,"A cook is wanted in Lund.\nGood Linux skills are required.",Lund\n8,,Lund\n'


def test_a_table_becomes_a_line_a_row_and_the_guess_is_said_once(tmp_path: Path) -> None:
    table = tmp_path / "offers.csv"
    table.write_text(TABLE)
    result = run("extract", table, *RULES)
    one, failed = lines(result)
    assert (one["id"], one["source"]) == ("7", f"{table}:2")
    assert failed["source"] == f"{table}:3"
    assert failed["error"]["type"] == "EmptyDocumentError"
    assert result.returncode == 1
    said = f"{table}: the text is in column 'description'; the id is in column 'job_id'"
    assert result.stderr.count(said) == 1
    told = run("extract", table, *RULES, "--text-column", "city", "--id-column", "1")
    assert [line["id"] for line in lines(told)] == ["7", "8"]
    assert "column" not in told.stderr


def test_a_table_on_standard_input() -> None:
    result = run("extract", "-", *RULES, stdin=TABLE.encode())
    assert [line["id"] for line in lines(result)] == ["7", "8"]


def test_a_table_whose_text_is_not_obvious_is_exit_status_2(tmp_path: Path) -> None:
    table = tmp_path / "offers.csv"
    table.write_text("id,title,pay\n1,Cook,5\n")
    result = run("extract", table, *RULES)
    assert result.returncode == 2
    assert "'id', 'title', 'pay'" in result.stderr
    assert "--text-column" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "jsonld", "parquet"])
def test_the_suffix_of_the_output_says_its_form(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"records.{form}"
    result = run("extract", SEEDS, *RULES, "--output", path)
    assert result.returncode == 0, result.stderr
    assert list(tmp_path.iterdir()) == [path]
    if form == "parquet":
        ids = pq.read_table(path).column("id").to_pylist()
    else:
        text = path.read_text("utf-8")
        if form == "csv":
            ids = [row["id"] for row in csv.DictReader(io.StringIO(text))]
        else:
            found = json.loads(text) if form == "json" else list(map(json.loads, text.splitlines()))
            ids = [posting.get("id") for posting in found]
    named = [seed.stem for seed in sorted(SEEDS.glob("*.txt"))]
    assert ids == ([None] * len(named) if form == "jsonld" else named)


def test_the_option_overrules_the_suffix_and_another_suffix_is_jsonl(tmp_path: Path) -> None:
    named, other = tmp_path / "records.csv", tmp_path / "records.txt"
    run("extract", SEED, *RULES, "--output", named, "--format", "jsonl")
    run("extract", SEED, *RULES, "--output", other)
    assert named.read_bytes() == other.read_bytes()
    assert json.loads(named.read_bytes())["id"] == SEED.stem


def test_csv_says_what_the_lines_say_and_failures_have_a_row(tmp_path: Path) -> None:
    gone = tmp_path / "gone.txt"
    result = run("extract", SEEDS, gone, *RULES, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    records = lines(run("extract", SEEDS, gone, *RULES))
    assert [row["id"] for row in rows] == [line["id"] for line in records]
    for row, line in zip(rows[:-1], records, strict=False):
        assert row["title"] == (line["record"]["title"] or "")
        assert row["kind"] == line["record"]["kind"]
    assert rows[-1]["error.type"] == "UnreadableError"
    assert str(gone) in rows[-1]["error.message"]


def test_a_posting_can_not_make_a_spreadsheet_execute(tmp_path: Path) -> None:
    posting = tmp_path / "=1+1.txt"
    posting.write_text('=HYPERLINK("https://a.example";"Cook")\nA cook is wanted.\n')
    result = run("extract", posting, *RULES, "--format", "csv", "--with-text")
    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert row["id"] == "'=1+1"
    assert row["text"].startswith("'=HYPERLINK")


def test_csv_goes_in_where_csv_came_out(tmp_path: Path) -> None:
    table = tmp_path / "offers.csv"
    run("extract", SEEDS, *RULES, "--with-text", "--output", table)
    again = lines(run("extract", table, *RULES))
    before = lines(run("extract", SEEDS, *RULES))
    assert [line["id"] for line in again] == [line["id"] for line in before]
    assert [line["record"]["title"] for line in again] == [line["record"]["title"] for line in before]


def test_json_ld_is_an_object_a_posting(tmp_path: Path) -> None:
    result = run("extract", SEED, tmp_path / "gone.txt", *RULES, "--format", "jsonld")
    (posting,) = lines(result)
    assert posting["@type"] == "JobPosting"
    assert "gone.txt" in result.stderr
    assert result.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--format", "parquet"], "--output"),
        (["--format", "parquet", "--output", "/dev/null"], "written to a file"),
        (["--format", "jsonld", "--schema", "{}/notes.py:Note"], "Note"),
        (["--format", "jsonl", "--output", "{}/posting.txt"], "is what is read"),
    ],
)
def test_what_can_not_be_written_is_exit_status_2(tmp_path: Path, arguments: list[str], says: str) -> None:
    (tmp_path / "notes.py").write_text(
        "from pydantic import BaseModel\nclass Note(BaseModel):\n    title: str | None\n"
    )
    posting = tmp_path / "posting.txt"
    posting.write_text("A cook is wanted.\n")
    result = run("extract", posting, *RULES, *(argument.format(tmp_path) for argument in arguments))
    assert result.returncode == 2
    assert says in result.stderr
    assert posting.read_text() == "A cook is wanted.\n"


def test_a_run_that_ends_before_its_documents_leaves_a_file_named_so(tmp_path: Path) -> None:
    path = tmp_path / "offers.parquet"
    with ScriptedServer([answer(GOOD), wrong_key()]) as server:
        at = ("--model", "x", "--base-url", server.base_url, "--concurrency", "1", "--no-store")
        result = run("extract", SEEDS, *at, "--output", path, OPENAI_API_KEY="sk-wrong-key")
    assert result.returncode == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["offers.parquet.part"]
    rows = pq.read_table(f"{path}.part").to_pylist()
    assert 1 <= len(rows) < 5
    assert rows[-1]["error"]["type"] == "KeyRejectedError"
    assert f"{path}.part" in result.stderr
