"""What pages publish as JobPosting, from the command line: filled in, and as gold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_cli import lines, run

if TYPE_CHECKING:
    from pathlib import Path

BODY = """<h1>Night baker</h1><p>Norrbrød AB is looking for a night baker in Lund.</p>
<h2>Your tasks</h2><ul><li>Bake bread at night</li><li>Clean the ovens</li></ul>
<h2>Your profile</h2><ul><li>Good knowledge of sourdough</li></ul><p>Part-time.</p>"""


def page(**properties: Any) -> str:
    item = json.dumps({"@type": "JobPosting", **properties})
    published = f'<script type="application/ld+json">{item}</script>' if properties else ""
    return f"<html><body>{published}{BODY}</body></html>"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    (folder / "more").mkdir(parents=True)
    place = {"@type": "Place", "address": {"addressLocality": "Lund", "addressCountry": "SE"}}
    (folder / "a.html").write_text(page(title="Night baker", jobLocation=place, totalJobOpenings=2), "utf-8")
    (folder / "b.html").write_text(page(), "utf-8")
    (folder / "more" / "a.html").write_text(page(title="Pastry cook", skills="Null"), "utf-8")
    return folder


def test_merging_fills_what_the_text_leaves_open_and_says_so(pages: Path) -> None:
    plain, filled = (
        lines(run("extract", pages / "a.html", "--model", "rules", "--no-store", *more)) for more in ((), ("--merge",))
    )
    assert plain[0]["record"]["openings"] is None
    assert filled[0]["record"]["openings"] == 2
    assert filled[0]["evidence"]["/openings"] == [{"start": 0, "end": 0, "grade": "published"}]
    assert filled[0]["record"]["title"] == plain[0]["record"]["title"] == "Night baker"
    assert plain[0]["reconciliation"]["/openings"] == {"kind": "only_page", "page": 2}
    assert filled[0]["reconciliation"] == plain[0]["reconciliation"]


def test_a_store_keeps_merged_records_apart(pages: Path, tmp_path: Path) -> None:
    found = [
        lines(run("extract", pages / "a.html", "--model", "rules", "--store", tmp_path / "s.sqlite", *more))[0][
            "record"
        ]
        for more in ((), ("--merge",), (), ("--merge",))
    ]
    assert [record["openings"] for record in found] == [None, 2, None, 2]


def test_pages_are_gold_for_what_they_publish(pages: Path, tmp_path: Path) -> None:
    kept, report = tmp_path / "run.json", tmp_path / "report.html"
    result = run(
        "eval", "--gold-from-page", pages, "--model", "rules", "--output", kept, "--report", report,
        EXTRACTOR_MERGE="true",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "publish no JobPosting: 1 pages" in result.stderr
    scores = json.loads(kept.read_text("utf-8"))["scores"]
    assert scores["documents"] == 2
    fields = {
        name: (score["support"], score["predicted"], score["relaxed"]["f1"])
        for name, score in scores["fields"].items()
        if score["support"] or score["predicted"]
    }
    # one page calls its night baker a pastry cook; the openings stand on the page alone, and can't leak out of the gold
    assert fields == {"title": (2, 2, 0.5), "locations": (1, 1, 1.0), "openings": (1, 0, 0.0)}
    assert report.stat().st_size > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name one gold"),
        (("gold.jsonl", "--gold-from-page", "pages"), "name one gold"),
        (("--gold-from-page", "pages/b.html"), "no page there publishes a JobPosting"),
    ],
)
def test_gold_is_one_thing_and_there(pages: Path, arguments: tuple[str, ...], said: str) -> None:
    given = [argument.replace("pages", str(pages)) if "/" in argument else argument for argument in arguments]
    result = run("eval", *given)
    assert result.returncode == 2
    assert said in result.stderr
