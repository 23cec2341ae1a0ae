from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from extractor.errors import UsageError
from extractor.evaluation.compare import Difference, compare
from extractor.evaluation.gold import GoldDocument
from extractor.evaluation.marks import Row, pieces, plain, rows_of
from extractor.evaluation.predictions import Prediction
from extractor.evaluation.report import certain, comparison_report, report_of, signed, write
from extractor.evaluation.runs import Run, evaluate, likely_gold_errors
from extractor.evaluation.scores import Interval
from extractor.grounding import Grade, Span
from tests.evaluation.made import Thing, part, thing

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = (
    '</style></div><script>alert(1)</script><img src=x onerror=alert(2)> " \' onclick=alert(3) x=" {{ 7 * 7 }} ]]>'
)
NAME = '"><script>alert("id")</script>'


def scored(gold: dict[str, GoldDocument], **records: Any) -> Run:
    return evaluate(Thing, gold, {name: Prediction(record=record) for name, record in records.items()})


def one(text: str, gold: dict[str, Any], predicted: dict[str, Any]) -> tuple[Run, dict[str, GoldDocument]]:
    documents = {"one": GoldDocument("one", gold, text=text)}
    return scored(documents, one=predicted), documents


def words(tree: LexborHTMLParser, selector: str) -> str:
    """The text of the one element that the selector finds."""
    (node,) = tree.css(selector)
    return node.text()


def assert_harmless(page: str) -> LexborHTMLParser:
    """Nothing in the page runs, loads or leads elsewhere."""
    tree = LexborHTMLParser(page)
    assert not tree.css("script, img, iframe, object, embed, link, base, form, foreignObject, image, animate, set")
    for node in tree.css("*"):
        for name, value in node.attributes.items():
            assert not name.startswith("on"), (node.tag, name)
            if name in ("href", "xlink:href", "src", "action"):
                assert (value or "").startswith("#")
    assert [node.attributes.get("http-equiv") for node in tree.css("meta")].count("Content-Security-Policy") == 1
    style = "".join(node.text() for node in tree.css("style"))
    assert "@import" not in style + page
    assert all(found.startswith("url(#") for found in re.findall(r"url\([^)]*", page))
    return tree


@pytest.fixture
def hostile() -> tuple[Run, dict[str, GoldDocument], str]:
    text = f"A bolt. {HOSTILE}\nA nut.\x1b[31m\u202eRed\x00."
    gold = {NAME: GoldDocument(NAME, thing(title=HOSTILE, colours=["bolt", HOSTILE]), text=text)}
    predicted = thing(title="bolt", colours=[HOSTILE, f"x{HOSTILE}"], parts=[part(HOSTILE, "high")])
    line = {"model": HOSTILE, "prompt": NAME}
    run = evaluate(Thing, gold, {NAME: Prediction(record=predicted, provenance=line)})
    return run, gold, text


def test_a_hostile_posting_stays_text(hostile: tuple[Run, dict[str, GoldDocument], str]) -> None:
    run, gold, _ = hostile
    suspicions = likely_gold_errors(Thing, gold, run.predictions, run.predictions)
    assert suspicions
    tree = assert_harmless(report_of(run, Thing, gold, suspicions))
    assert "Not looked for" not in words(tree, "body")
    seen = gold[NAME].read().text
    for control in ("\x1b", "\u202e", "\x00"):
        seen = seen.replace(control, "\ufffd")
    assert words(tree, ".text") == seen
    assert HOSTILE in words(tree, "h1")


def test_a_hostile_run_compares_harmlessly(hostile: tuple[Run, dict[str, GoldDocument], str]) -> None:
    run, gold, _ = hostile
    other = evaluate(Thing, gold, {NAME: Prediction(record=thing(title=HOSTILE), provenance={"model": NAME})})
    tree = assert_harmless(comparison_report(compare(run, other), run, other))
    assert NAME in words(tree, "h1")
    assert HOSTILE in words(tree, "body")


def test_a_failure_is_shown_and_stays_text() -> None:
    gold = {"one": GoldDocument("one", thing(title="bolt"), text="A bolt.")}
    run = evaluate(Thing, gold, {"one": Prediction(error={"type": "E", "message": HOSTILE})})
    tree = assert_harmless(report_of(run, Thing, gold))
    assert words(tree, ".failed") == HOSTILE
    assert "Not looked for" in words(tree, "body")


def test_each_verdict_stands_beside_both_sides_and_leads_to_its_place() -> None:
    run, gold = one(
        "A long steel bolt, red, blue, with a thread and a head.",
        thing(title="long steel bolt", colours=["red", "blue"], parts=[part("thread", "low")]),
        thing(title="steel bolt", colours=["red", "green"], parts=[part("thread", "high")]),
    )
    tree = assert_harmless(report_of(run, Thing, gold))
    rows = [[cell.text(deep=True).split() for cell in row.css("td")] for row in tree.css(".document tbody tr")]
    assert rows == [
        # 2 · 10 of 25 letters are common: 0.8, the right thing in the wrong extent
        [["title"], ["long", "steel", "bolt"], ["steel", "bolt"], ["boundary"]],
        [["parts"], ["thread", "·", "level:", "low"], ["thread", "·", "level:", "high"], ["wrong", "attribute"]],
        [["colours"], ["red"], ["red"], ["right"]],
        [["colours"], ["blue"], ["–"], ["missed"]],
        [["colours"], ["–"], ["green"], ["unsupported"]],
    ]
    assert [node.text() for node in tree.css(".part.wrong")] == ["level: low", "level: high"]
    ids = {node.attributes["id"] for node in tree.css(".text i")}
    links = [node.attributes["href"] for node in tree.css(".document td a")]
    assert len(links) == 4  # the text doesn't state "green"
    assert {(link or "")[1:] for link in links} == ids
    marks = {node.text(): node.attributes["class"] for node in tree.css(".text mark")}
    assert (marks["red"], marks["blue"], marks["thread"]) == ("right", "missed", "near")
    assert "green" not in words(tree, ".text")


def test_evidence_says_where_a_prediction_stands() -> None:
    text = "A bolt. Another bolt."
    gold = {"one": GoldDocument("one", thing(title="bolt"), text=text)}
    evidence = {"/title": (Span(16, 20, Grade.VERBATIM),)}
    prediction = Prediction(record=thing(title="bolt"), evidence=evidence)
    (row,) = rows_of(Thing, gold["one"].record, prediction, (), gold["one"].read())
    assert row.places == ((16, 20),)


def test_every_field_has_its_bar_with_its_name_as_text() -> None:
    run, gold = one("A red bolt.", thing(title="bolt", colours=["red"]), thing(title="bolt"))
    tree = assert_harmless(report_of(run, Thing, gold))
    names = [node.text() for node in tree.css("svg text")]
    assert [name for name in names if name in Thing.model_fields or name in ("micro", "macro")] == [
        *("micro", "macro", "title", "colours")
    ]
    # the page's own colours, so that they follow light and dark
    assert all("var(--bar)" in (chart.html or "") for chart in tree.css("svg"))


def test_the_same_run_makes_the_same_page() -> None:
    run, gold = one("A red bolt.", thing(title="bolt"), thing(title="nut"))
    assert report_of(run, Thing, gold) == report_of(run, Thing, gold)


def test_the_worst_document_comes_first() -> None:
    gold = {name: GoldDocument(name, thing(title="bolt"), text="A bolt.") for name in ("good", "bad")}
    run = scored(gold, good=thing(title="bolt"), bad=thing(title="washer"))
    tree = LexborHTMLParser(report_of(run, Thing, gold))
    assert [node.text() for node in tree.css("summary b")] == ["bad", "good"]


def test_half_a_character_can_be_written(tmp_path: Path) -> None:
    write("a\ud800b", tmp_path / "page.html")
    assert (tmp_path / "page.html").read_bytes() == b"a?b"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    with pytest.raises(UsageError, match="gone"):
        write("", tmp_path / "gone" / "page.html")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.1, 0.2, True), (-0.2, -0.1, True), (-0.1, 0.1, False), (0.0, 0.1, False), (0.4, 0.4, False)],
)
def test_when_a_difference_is_certain(low: float, high: float, expected: bool) -> None:
    assert certain(Difference(a=0.1, b=0.2, difference=0.1, interval=Interval(low, high))) is expected
    assert not certain(Difference(a=None, b=0.2, difference=None, interval=None))


def test_a_difference_has_its_sign() -> None:
    assert [signed(value) for value in (0.126, -0.126, -0.001, None)] == ["+0.13", "-0.13", "+0.00", "–"]


def test_values_in_words() -> None:
    assert plain({"min": 3.0, "max": None, "tags": ["a", "b"], "on": False}) == "min: 3, tags: a; b, on: no"
    values: list[Any] = [None, [], 2.5, 0, "0"]
    assert [plain(value) for value in values] == ["–", "–", "2.5", "0", "0"]


STATES = st.sampled_from(["right", "near", "missed", "spurious"])
PLACES = st.lists(st.tuples(st.integers(-3, 30), st.integers(-3, 30)), max_size=4)


@given(st.text(max_size=25), st.lists(st.tuples(STATES, PLACES), max_size=6))
def test_pieces_are_the_text_again_and_each_row_is_first_once(text: str, drawn: list[Any]) -> None:
    rows = [Row("field", state, state, (), (), tuple(places)) for state, places in drawn]
    found = list(pieces(text, rows))
    assert "".join(piece.text for piece in found) == text
    seen = {
        number for number, row in enumerate(rows) for start, end in row.places if max(start, 0) < min(end, len(text))
    }
    firsts = [number for piece in found for number in piece.first]
    assert sorted(firsts) == sorted(seen)
    place = 0
    for piece in found:
        covering = {
            number
            for number, row in enumerate(rows)
            for start, end in row.places
            if start <= place and place + len(piece.text) <= end
        }
        assert set(piece.rows) == covering
        assert piece.state in {rows[number].state for number in covering} | ({None} if not covering else set())
        place += len(piece.text)
