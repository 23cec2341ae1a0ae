"""`extractor eval` and `extractor compare`: real processes, real files, recorded answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_cli import ROOT, SEEDS, run
from tests.servers.scripted import ScriptedServer
from tests.servers.steps import wrong_key

GOLD = SEEDS / "gold.jsonl"
SCHEMA = "from pydantic import BaseModel\n\n\nclass Job(BaseModel):\n    title: str | None\n    towns: list[str]\n"


def jsonl(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


@pytest.fixture
def small(tmp_path: Path) -> list[str | Path]:
    """The arguments that score two right facts of three, and none that is wrong."""
    (tmp_path / "mine.py").write_text(SCHEMA)
    text = "A cook for Lund and Ystad."
    gold = jsonl(
        tmp_path / "gold.jsonl", {"id": "a", "text": text, "record": {"title": "cook", "towns": ["Lund", "Ystad"]}}
    )
    predicted = jsonl(tmp_path / "p.jsonl", {"id": "a", "record": {"title": "Cook", "towns": ["Lund"]}})
    return ["eval", gold, "--predictions", predicted, "--schema", f"{tmp_path}/mine.py:Job"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The seeds scored by the rules and from the cassettes: their run files, reports and tables."""
    folder = tmp_path_factory.mktemp("runs")
    made: dict[str, Path] = {}
    made["relay report"] = folder / "relay.html"
    more: dict[str, list[str | Path]] = {
        "rules": [],
        "relay": ["--replay", ROOT / "cassettes", "--report", made["relay report"]],
    }
    for name, options in more.items():
        made[name], made[f"{name} table"] = folder / f"{name}.json", folder / f"{name}.txt"
        result = run("eval", GOLD, "--model", name, *options, "--output", made[name])
        assert result.returncode == 0, result.stderr
        assert result.stderr == ""
        made[f"{name} table"].write_text(result.stdout, "utf-8")
    return made


def test_a_run_file_holds_what_scoring_again_takes(runs: dict[str, Path]) -> None:
    rules, relay = (json.loads(runs[name].read_text("utf-8")) for name in ("rules", "relay"))
    for made, name in ((rules, "rules"), (relay, "relay")):
        assert list(made["predictions"]) == [f"seed-00{n}" for n in range(5)]
        assert [by["model"] for by in made["fingerprints"]["provenance"]] == [name]
        assert made["effort"]["failed"] == 0
    assert all(one["latency_s"] > 0 for one in rules["predictions"].values())
    # what is played back has no latency of its own, but the usage that was recorded
    assert relay["effort"]["latency_s"] is None
    assert relay["effort"]["requests"] >= 1
    assert relay["scores"]["micro"]["relaxed"]["f1"] > 0.8


def test_the_table_says_what_the_run_file_says(runs: dict[str, Path]) -> None:
    micro = json.loads(runs["relay"].read_text("utf-8"))["scores"]["micro"]
    table = runs["relay table"].read_text("utf-8")
    (line,) = [line.split() for line in table.splitlines() if line.startswith("micro")]
    figures = [micro[grade][name] for grade in ("relaxed", "strict") for name in ("precision", "recall", "f1")]
    assert line[1:4] + line[5:8] == [f"{figure:.2f}" for figure in figures]
    assert line[8:] == [str(micro["support"]), str(micro["predicted"])]
    low, high = line[4].split("–")
    assert float(low) <= micro["relaxed"]["f1"] <= float(high)
    for said in ("skills.requirement", "mistakes", "evidence: verbatim", "tokens", "5 documents"):
        assert said in table


def test_the_rules_are_the_second_opinion_on_likely_gold_errors(runs: dict[str, Path]) -> None:
    report = runs["relay report"].read_text("utf-8")
    assert "Likely gold errors" in report
    assert "Not looked for" not in report


def test_what_extract_writes_can_be_scored(runs: dict[str, Path], tmp_path: Path) -> None:
    lines, output = tmp_path / "p.jsonl", tmp_path / "run.json"
    run("extract", SEEDS, "--model", "relay", "--replay", ROOT / "cassettes", "--output", lines)
    result = run("eval", GOLD, "--predictions", lines, "--output", output)
    assert result.returncode == 0, result.stderr
    first, second = (json.loads(path.read_text("utf-8")) for path in (runs["relay"], output))
    assert second["scores"] == first["scores"]
    assert second["mistakes"] == first["mistakes"]


def test_a_figure_that_is_not_reached_is_exit_status_1(small: list[str | Path]) -> None:
    # 3 facts in the gold, 2 predicted, 2 right: recall 2/3, F1 4/5
    met = run(*small, "--fail-under", "micro.relaxed.f1=0.8", "--fail-under", "fields.towns.strict.recall=.5")
    assert met.returncode == 0, met.stderr
    unmet = run(*small, "--fail-under", "micro.relaxed.f1=0.9", "--fail-under", "micro.strict.precision=1")
    assert unmet.returncode == 1
    assert unmet.stderr == "extractor: micro.relaxed.f1 is 0.8000, wanted 0.9.\n"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--fail-under", "micro.relaxed.fl=0.9"], "there is no fl"),
        (["--fail-under", "micro.relaxed.f1"], "figure=number"),
        (["--fail-under", "micro.relaxed.f1=nan"], "figure=number"),
        (["--model", "rules"], "--predictions"),
        (["--output", "no/where/run.json"], "no/where"),
        (["--report", "no/where/report.html"], "no/where"),
        (["--predictions", "nowhere.jsonl"], "nowhere.jsonl"),
    ],
)
def test_what_can_not_be_carried_out_is_exit_status_2(small: list[str | Path], options: list[str], says: str) -> None:
    result = run(*small, *options)
    assert result.returncode == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_wish_for_a_figure_that_there_is_not_costs_nothing() -> None:
    with ScriptedServer([wrong_key()]) as server:
        result = run(
            *("eval", GOLD, "--model", "x", "--base-url", server.base_url, "--fail-under", "fields.salry.strict.f1=1"),
            OPENAI_API_KEY="sk-test",
        )
        assert not server.requests
    assert result.returncode == 2
    assert "there is no salry" in result.stderr


def test_every_fault_of_a_gold_file_is_told_at_once(tmp_path: Path) -> None:
    first, *_ = map(json.loads, GOLD.read_text("utf-8").splitlines())
    gold = jsonl(
        tmp_path / "gold.jsonl",
        {**first, "record": {**first["record"], "kind": "joke", "openings": "two"}},
        {**first, "id": "b", "source": 7},
        {"id": "c", "text": "x"},
    )
    result = run("eval", gold, "--model", "rules")
    assert result.returncode == 2
    places = [line.removeprefix("extractor: ").split(": ")[:2] for line in result.stderr.splitlines()]
    assert places == [
        [f"{gold}:1", "/record/kind"],
        [f"{gold}:1", "/record/openings"],
        [f"{gold}:2", "/source"],
        [f"{gold}:3", "/record"],
    ]


def test_a_document_that_fails_is_exit_status_1_and_the_others_are_scored(tmp_path: Path) -> None:
    (tmp_path / "picture.bin").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    record = {**json.loads(GOLD.read_text("utf-8").splitlines()[0])["record"]}
    gold = jsonl(
        tmp_path / "gold.jsonl",
        {"id": "bad", "path": "picture.bin", "record": record},
        {"id": "good", "text": "A cook is wanted in Lund.", "record": record},
    )
    output, report = tmp_path / "run.json", tmp_path / "report.html"
    result = run("eval", gold, "--model", "rules", "--output", output, "--report", report)
    assert result.returncode == 1
    assert "picture.bin" in result.stderr
    made = json.loads(output.read_text("utf-8"))
    assert made["predictions"]["bad"]["error"]["type"] == "NotTextError"
    assert made["predictions"]["good"]["record"]["language"] == "en"
    assert "The document can&#39;t be read." in report.read_text("utf-8").replace("can't", "can&#39;t")


def test_a_document_without_a_prediction_is_named(small: list[str | Path]) -> None:
    gold = Path(small[1])
    line = json.loads(gold.read_text("utf-8"))
    jsonl(gold, line, {**line, "id": "forgotten"})
    result = run(*small)
    assert "1 documents have no prediction" in result.stderr
    assert "forgotten" in result.stderr


def test_two_runs_are_compared(runs: dict[str, Path], tmp_path: Path) -> None:
    report = tmp_path / "compared.html"
    result = run("compare", runs["rules"], runs["relay"], "--report", report)
    assert result.returncode == 0, result.stderr
    before, after = (
        json.loads(runs[name].read_text("utf-8"))["scores"]["micro"]["relaxed"]["f1"] for name in ("rules", "relay")
    )
    (line,) = [line.split() for line in result.stdout.splitlines() if line.startswith("micro")]
    assert line[1:4] == [f"{before:.2f}", f"{after:.2f}", f"{after - before:+.2f}"]
    assert "of 5 documents moved" in result.stdout
    assert "rules → relay" in report.read_text("utf-8")
    same = run("compare", runs["relay"], runs["relay"])
    assert "0 of 5 documents moved" in same.stdout


def test_runs_against_other_gold_and_what_is_no_run_are_refused(
    runs: dict[str, Path], small: list[str | Path], tmp_path: Path
) -> None:
    other = tmp_path / "other.json"
    run(*small, "--output", other)
    for second, says in ((other, "different gold"), (GOLD, "no run file"), (tmp_path / "gone.json", "gone.json")):
        result = run("compare", runs["relay"], second)
        assert result.returncode == 2
        assert says in result.stderr
        assert "Traceback" not in result.stderr


def test_what_is_not_installed_is_named_with_the_remedy() -> None:
    code = (
        "import sys; sys.modules['rapidfuzz'] = None; sys.argv = ['extractor', 'eval', 'gold.jsonl']\n"
        "from extractor.cli import main; main()\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr == (
        "extractor: evaluation needs rapidfuzz, not installed: pip install 'posting-extractor[evaluation]'\n"
    )


@pytest.mark.parametrize("verb", ["eval", "compare"])
def test_help_imports_no_library_that_scores_or_draws(verb: str) -> None:
    code = (
        f"import sys; sys.argv = ['extractor', {verb!r}, '--help']\n"
        "from extractor.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'scipy', 'rapidfuzz', 'matplotlib', 'jinja2', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
