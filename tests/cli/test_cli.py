"""The command line as a user meets it: real processes, real files, real pipes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from extractor.runs.inputs import SUFFIXES
from tests.servers.scripted import ScriptedServer
from tests.servers.steps import answer, wrong_key

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"
SEED = next(SEEDS.glob("004*.txt"))
GOOD = json.dumps({"kind": {"value": "vacancy", "at": [0]}, "language": {"value": "en", "at": [0]}})


def run(*arguments: str | Path, stdin: bytes | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """`extractor …` as a process of its own."""
    result = subprocess.run(
        [sys.executable, "-m", "extractor", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
        timeout=60,
    )
    return subprocess.CompletedProcess(
        result.args, result.returncode, result.stdout.decode("utf-8"), result.stderr.decode("utf-8")
    )


def lines(result: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def imported(*arguments: str | Path) -> tuple[set[str], str]:
    """The modules that `extractor …` has imported when it ends, and what it printed."""
    code = (
        "import sys\n"
        "from extractor.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "sys.stderr.write('\\n'.join(['', *sys.modules]))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=True
    )
    return set(result.stderr.splitlines()), result.stdout


CLIENTS = {"aiohttp", "httpx", "instructor", "jinja2", "openai", "rich", "sqlalchemy", "tenacity", "vcr"}


def test_help_names_the_verbs_and_imports_none_of_them() -> None:
    modules, said = imported("--help")
    for verb in ("extract", "show", "eval", "compare", "schema", "text", "store", "batch"):
        assert f"  {verb} " in said
    assert modules & (CLIENTS | {"asyncio", "importlib.metadata", "pydantic", "pydantic_settings"}) == set()
    ours = {name for name in modules if name.startswith("extractor.")}
    assert ours == {"extractor.cli", "extractor.cli.messages", "extractor.cli.verbs", "extractor.errors"}


def test_a_verb_imports_the_rooms_that_it_goes_through() -> None:
    modules, said = imported("extract", SEED)
    assert json.loads(said)["id"] == SEED.stem
    assert modules & CLIENTS == set()
    rooms = {"cli.show", "documents.markup", "documents.pdf", "models.cassettes", "models.llm", "models.telemetry"}
    rooms |= {"published", "runs.contents", "runs.flat", "runs.operations", "runs.worker"}
    assert modules & {f"extractor.{room}" for room in rooms} == set()

    modules, said = imported("text", SEED)
    assert said.strip() == SEED.read_text("utf-8").strip()
    rooms = {"extraction", "models", "outcome", "recognise", "records", "runs"}
    assert modules & (CLIENTS | {f"extractor.{room}" for room in rooms}) == set()

    modules, said = imported("schema")
    assert json.loads(said)["title"] == "JobPosting"
    rooms = {"extraction", "models", "outcome", "recognise", "runs", "settings"}
    assert modules & (CLIENTS | {f"extractor.{room}" for room in rooms}) == set()


def test_plugins_of_pydantic_are_let_in_where_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "plugged.py").write_text(
        "import sys; sys.stderr.write('plugged in')\n"
        "class Plugin:\n"
        "    def new_schema_validator(self, *_): return None, None, None\n"
        "plugin = Plugin()\n"
    )
    package = tmp_path / "plugged-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged\nVersion: 1\n")
    (package / "entry_points.txt").write_text("[pydantic]\nplugged = plugged:plugin\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    assert "plugged in" not in run("schema", PYTHONPATH=path).stderr
    assert "plugged in" in run("schema", PYTHONPATH=path, PYDANTIC_DISABLE_PLUGINS="").stderr


def test_a_folder_becomes_a_line_a_posting_and_says_who_answered() -> None:
    result = run("extract", SEEDS)
    assert result.returncode == 0
    assert [line["id"] for line in lines(result)] == [path.stem for path in sorted(SEEDS.glob("*.txt"))]
    assert "built-in rules answer" in result.stderr
    assert "5 extracted, 0 failed" in result.stderr


def test_the_cassettes_play_back() -> None:
    result = run("extract", SEEDS, "--model", "relay", "--replay", ROOT / "cassettes", "--with-text")
    assert result.returncode == 0, result.stderr
    for line in lines(result):
        assert line["provenance"]["model"] == "relay"
        for spans in line["evidence"].values():
            assert all(line["text"][span["start"] : span["end"]].strip() for span in spans)


def test_standard_input_is_a_posting() -> None:
    result = run("extract", "-", "--model", "rules", stdin=SEED.read_bytes())
    (line,) = lines(result)
    assert line["source"] == "stdin"
    assert line["record"] == lines(run("extract", SEED, "--model", "rules"))[0]["record"]


def test_one_bad_document_stops_no_other(tmp_path: Path) -> None:
    good, empty, binary = tmp_path / "good.txt", tmp_path / "empty.txt", tmp_path / "binary.bin"
    good.write_text("A cook is wanted in Lund.\n")
    empty.write_bytes(b"")
    binary.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    gone = tmp_path / "gone.txt"
    result = run("extract", empty, binary, gone, good, "--model", "rules")
    assert result.returncode == 1
    *failed, done = lines(result)
    assert [line["error"]["type"] for line in failed] == ["EmptyDocumentError", "NotTextError", "UnreadableError"]
    for line, path in zip(failed, (empty, binary, gone), strict=True):
        assert str(path) in line["error"]["message"]
        assert line["source"] == str(path)
    assert done["id"] == "good"
    assert "1 extracted, 3 failed" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    path = tmp_path / "closed.txt"
    path.write_text("secret")
    path.chmod(0)
    result = run("extract", path, "--model", "rules")
    path.chmod(stat.S_IRUSR)
    assert lines(result)[0]["error"]["type"] == "UnreadableError"


def test_a_limit_on_bytes_is_named(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_bytes(b"word " * 50)
    result = run("extract", path, "--model", "rules", "--max-bytes", "100")
    assert result.returncode == 1
    assert "--max-bytes" in lines(result)[0]["error"]["message"]


def test_json_is_one_array_and_an_empty_folder_is_said(tmp_path: Path) -> None:
    result = run("extract", SEED, SEED, "--model", "rules", "--format", "json")
    assert len(json.loads(result.stdout)) == 2
    nothing = run("extract", tmp_path, "--model", "rules")
    assert nothing.returncode == 1
    assert "no postings there" in nothing.stderr
    assert all(suffix in nothing.stderr for suffix in SUFFIXES)


def test_a_table_shows_facts_with_grade_line_and_words() -> None:
    result = run("extract", SEED, "--model", "rules", "--format", "table", COLUMNS="200")
    assert result.returncode == 0
    assert "apply_by" in result.stdout
    assert "2025-09-15" in result.stdout
    assert "derived" in result.stdout
    assert "September 15, 2025" in result.stdout


def test_output_goes_to_a_file_and_a_bad_place_is_named(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    assert run("extract", SEED, "--model", "rules", "--output", target).stdout == ""
    assert json.loads(target.read_text("utf-8"))["id"] == SEED.stem
    wrong = run("extract", SEED, "--model", "rules", "--output", tmp_path / "no" / "out.jsonl")
    assert wrong.returncode == 1
    assert "No such file or directory" in wrong.stderr
    assert "Traceback" not in wrong.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("form", ["jsonl", "json", "table"])
def test_a_full_disk_is_one_line(form: str) -> None:
    result = run("extract", SEED, "--model", "rules", "--format", form, "--output", "/dev/full")
    assert result.returncode == 1
    assert "No space left on device" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_reader_that_leaves_is_no_error_to_shout_about() -> None:
    command = f"{sys.executable} -m extractor extract {SEEDS} {SEEDS} {SEEDS} --with-text --model rules | head -c 10"
    result = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert "Traceback" not in result.stderr
    assert "Exception" not in result.stderr


def test_a_wrong_key_stops_the_run() -> None:
    with ScriptedServer([wrong_key()]) as server:
        at = ("--model", "x", "--base-url", server.base_url, "--concurrency", "2", "--no-store")
        result = run("extract", *[SEEDS] * 4, *at, OPENAI_API_KEY="sk-wrong-key")
        asked = len(server.requests)
    assert result.returncode == 1
    said = [line["error"]["type"] for line in lines(result)]
    assert 1 <= asked <= 2  # the other one under way; of 20
    assert said == ["KeyRejectedError"] * asked
    assert lines(result)[0]["id"] == min(SEEDS.glob("*.txt")).stem
    assert "sk-wrong-key" not in result.stdout + result.stderr
    assert "stopped" in result.stderr
    assert f"0 extracted, {asked} failed" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["extract", SEED, "--schema", "no.such:Thing"], "no.such"),
        (["extract", SEED, "--schema", "nonsense"], "module:Class"),
        (["extract", SEED, "--schema", "json:loads"], "schema"),
        (["extract", SEED, "--schema", "json:Nothing"], "Nothing"),
        (["extract", SEED, "--schema", "nowhere.py:Thing"], "nowhere.py"),
        (["extract", SEED, "--model", "gpt-5-mini"], "OPENAI_API_KEY"),
        (["extract", SEED, "--param", "temperature"], "name=value"),
        (["extract", SEED, "--format", "xml"], "xml"),
        (["extract", SEED, "--record", "a", "--replay", "b"], "exclude"),
        (["extract", SEED, "--prompt", "nowhere"], "nowhere"),
        (["extract"], "PATH..."),
        (["dance"], "dance"),
    ],
)
def test_what_can_not_be_carried_out_is_exit_status_2(arguments: list[str | Path], says: str) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_schema_of_the_users_own(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from pydantic import BaseModel\n\n\nclass Job(BaseModel):\n    title: str | None\n    towns: list[str]\n"
    )
    given = json.dumps({"title": {"value": "IT Project Manager", "at": [0]}, "towns": [{"value": "Malmö", "at": [1]}]})
    with ScriptedServer([answer(given)]) as server:
        result = run(
            "extract", SEED, "--schema", f"{tmp_path}/mine.py:Job", "--model", "x", "--base-url", server.base_url
        )
    assert lines(result)[0]["record"] == {"title": "IT Project Manager", "towns": ["Malmö"]}, result.stderr
    shown = run("schema", "--schema", f"{tmp_path}/mine.py:Job")
    assert set(json.loads(shown.stdout)["properties"]) == {"title", "towns"}


def test_schema_prints_the_record_and_the_answer() -> None:
    record, given = json.loads(run("schema").stdout), json.loads(run("schema", "--answer").stdout)
    assert list(record["properties"]) == list(given["properties"])
    assert "at" in given["properties"]["kind"]["properties"]


def test_text_shows_what_the_reader_saw(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html><body><script>evil()</script><h1>Cook</h1><ul><li>Soup<li>Bread</ul></body></html>")
    assert "evil" not in run("text", page).stdout
    numbered = run("text", page, "--segments").stdout.splitlines()
    assert [line.split("| ")[0] for line in numbered] == ["0", "1", "2"]
    assert "Soup" in numbered[1]


def test_show_marks_and_lists(tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.txt"
    hostile.write_bytes(SEED.read_bytes() + b"\n\x1b]0;owned\x07 \xe2\x80\xae desrever [red]markup[/red]\n")
    result = run("show", hostile, "--model", "rules", COLUMNS="160")
    assert result.returncode == 0
    assert "Malmö" in result.stdout
    assert "apply_by" in result.stdout
    assert "\x1b]0" not in result.stdout
    assert "\u202e" not in result.stdout
    assert "[red]markup[/red]" in result.stdout
