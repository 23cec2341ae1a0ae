from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from extractor.errors import UsageError
from extractor.evaluation.compare import compare
from extractor.evaluation.effort import effort_of
from extractor.evaluation.gold import GoldDocument
from extractor.evaluation.predictions import Prediction, load_predictions
from extractor.evaluation.runs import Run, evaluate, figure_at, likely_gold_errors, load_run, save
from extractor.grounding import Grade
from tests.evaluation.made import Thing, part, thing

if TYPE_CHECKING:
    from pathlib import Path

GOLD = {
    "one": GoldDocument("one", thing(title="bolt", colours=["red", "blue"]), text="A bolt, red or blue."),
    "two": GoldDocument("two", thing(title="nut", parts=[part("thread")]), text="A nut with a thread."),
    "three": GoldDocument("three", thing(title="washer"), text="A washer."),
}


def run(**records: Any) -> Run:
    return evaluate(Thing, GOLD, {name: Prediction(record=record) for name, record in records.items()})


@pytest.fixture(scope="module")
def first() -> Run:
    return run(one=thing(title="bolt", colours=["red"]), two=thing(title="nut"), three=thing(title="washer"))


@pytest.fixture(scope="module")
def second() -> Run:
    return run(
        one=thing(title="bolt", colours=["red", "blue"]),
        two=thing(parts=[part("thread", "high")]),
        three=thing(title="washer"),
    )


def test_a_run_knows_its_scores_and_its_mistakes(first: Run) -> None:
    # 6 facts; title, red, title, title are right
    assert first.scores.micro.relaxed.recall == pytest.approx(4 / 6)
    assert first.scores.micro.relaxed.precision == 1.0
    assert [(m.document, m.kind, m.gold_pointer) for m in first.mistakes] == [
        ("one", "missed", "/colours/1"),
        ("two", "missed", "/parts/0"),
    ]
    text = GOLD["one"].text or ""
    assert [text[start:end] for start, end in first.mistakes[0].places] == ["blue"]


def test_a_document_that_failed_is_missed() -> None:
    failed = evaluate(Thing, GOLD, {"one": Prediction(error={"type": "ModelError", "message": "refused"})})
    assert failed.scores.micro.relaxed.recall == 0.0
    assert (failed.effort.documents, failed.effort.failed) == (1, 1)


def test_a_gold_document_that_cannot_be_read_still_counts() -> None:
    gold = {"a": GoldDocument("a", thing(title="bolt"), text=" ")}
    scored = evaluate(Thing, gold, {"a": Prediction(record=thing(title="nut"))})
    assert [mistake.kind for mistake in scored.mistakes] == ["missed", "spurious"]


def test_a_run_comes_back_from_its_file(second: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    save(second, path)
    assert load_run(path) == second
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.json"]
    written = json.loads(path.read_text())
    assert written["scores"]["fields"]["colours"]["strict"]["recall"] == 1.0
    assert written["predictions"]["one"]["record"]["colours"] == ["red", "blue"]


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"version": 2}'])
def test_a_file_that_is_no_run(tmp_path: Path, content: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(content)
    with pytest.raises(UsageError, match="is no run file of this version") as caught:
        load_run(path)
    assert "\n" not in str(caught.value)


def test_places_that_cannot_be_read_or_written(first: Run, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load_run(tmp_path / "none.json")
    with pytest.raises(UsageError, match="can't write"):
        save(first, tmp_path / "none" / "run.json")


@pytest.mark.parametrize(
    ("path", "figure"),
    [
        ("scores.micro.relaxed.recall", 4 / 6),
        ("micro.relaxed.recall", 4 / 6),
        ("scores.fields.title.strict.f1", 1.0),
        ("scores.fields.colours.support", 2),
        ("effort.failed", 0),
    ],
)
def test_a_figure_by_its_path(first: Run, path: str, figure: float) -> None:
    assert figure_at(first, path) == pytest.approx(figure)


def test_names_with_dots(second: Run) -> None:
    assert figure_at(second, "attributes.parts.level.accuracy") == 0.0
    assert figure_at(second, "fields.maker.name.support") == 0


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("micro.relaxed.f2", "there is no f2; there are precision, recall, f1, intervals"),
        ("micro.f1", "there is no f1; there are relaxed, strict, support, predicted"),
        ("fields.title.relaxed.f1.low", "nothing stands below fields.title.relaxed.f1"),
        ("micro.relaxed", "is no number; go on to one of precision"),
        ("fields.price.relaxed.f1", "is undefined"),
        ("", "there is no ; there are documents, micro"),
    ],
)
def test_a_path_that_goes_wrong(first: Run, path: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        figure_at(first, path)


def test_run_against_run(first: Run, second: Run) -> None:
    found = compare(first, second)
    assert found.documents == 3
    # 4 right of 6 and 4 predicted; then 5 right of 6 and 5 predicted
    recall = found.micro.relaxed.recall
    assert (recall.a, recall.b) == pytest.approx((4 / 6, 5 / 6))
    assert recall.difference == pytest.approx(1 / 6)
    assert recall.interval is not None
    assert recall.interval.low <= 1 / 6 <= recall.interval.high
    assert found.fields["title"].strict.recall.difference == pytest.approx(-1 / 3)
    assert found.fields["price"].relaxed.f1.difference is None
    level = found.attributes["parts.level"]
    assert (level.a, level.b, level.difference, level.interval) == (None, 0.0, None, None)
    assert [(moved.document, moved.gained, moved.lost) for moved in found.moved] == [
        # f1 from 2 * 2 / 5 to 1
        ("one", ("/colours/1",), ()),
        # one of two either way; the part is found now, but its level is wrong
        ("two", (), ("/title",)),
    ]
    assert (found.moved[0].a, found.moved[0].b) == pytest.approx((0.8, 1.0))


def test_a_run_against_itself(first: Run) -> None:
    found = compare(first, first)
    assert found.moved == ()
    assert found.micro.strict.f1.difference == 0.0
    assert found.micro.strict.f1.interval == (0.0, 0.0)


def test_a_document_moves_by_a_spurious_fact_alone(first: Run) -> None:
    more = run(one=thing(title="bolt", colours=["red"]), two=thing(title="nut"), three=thing(title="washer", price=5))
    [moved] = compare(first, more).moved
    assert (moved.document, moved.gained, moved.lost) == ("three", (), ())
    assert (moved.a, moved.b) == pytest.approx((1.0, 2 / 3))


def test_likely_gold_errors() -> None:
    first = {name: Prediction(record=thing(title="nut")) for name in GOLD}
    second = {"one": Prediction(record=thing(title="nut")), "three": Prediction(error={"message": "refused"})}
    assert likely_gold_errors(Thing, GOLD, first, second) == []  # the document of "one" knows no nut
    second["two"] = Prediction(record=thing(title="thread", colours=["thread"]))
    first["two"] = Prediction(record=thing(title="thread"))
    [found] = likely_gold_errors(Thing, GOLD, first, second)
    assert (found.document, found.gold_pointer, found.gold, found.predicted) == ("two", "/title", "nut", "thread")
    text = GOLD["two"].text or ""
    assert [text[start:end] for start, end in found.places] == ["thread"]


def test_runs_compare_whatever_the_order_of_their_gold(first: Run) -> None:
    turned = dict(reversed(GOLD.items()))
    again = evaluate(Thing, turned, first.predictions)
    assert compare(first, again).moved == ()


def test_runs_against_other_gold_are_refused(first: Run) -> None:
    other = evaluate(Thing, {"one": GOLD["one"]}, {})
    with pytest.raises(UsageError, match="different gold records"):
        compare(first, other)


def test_the_ways_of_predicting_are_told_once_each() -> None:
    predictions = {
        name: Prediction(record=thing(), provenance={"model": model})
        for name, model in (("one", "rules"), ("two", "rules"), ("three", "other"))
    }
    assert evaluate(Thing, GOLD, predictions).fingerprints.provenance == ({"model": "rules"}, {"model": "other"})


def prediction(requests: int, cost: float | None, latency: float, *grades: str) -> Prediction:
    return Prediction.model_validate(
        {
            "record": thing(),
            "evidence": {
                f"/colours/{n}": [{"start": 0, "end": 1, "grade": "verbatim"}, {"start": 0, "end": 1, "grade": grade}]
                for n, grade in enumerate(grades)
            },
            "usage": {
                "requests": requests,
                "input_tokens": 100,
                "cached_tokens": 0,
                "output_tokens": 10 * requests,
                "cost_usd": cost,
            },
            "latency_s": latency,
        }
    )


def test_effort() -> None:
    known = [prediction(1, 0.01, 1.0, "verbatim", "cited"), prediction(3, 0.03, 3.0, "derived", "cited")]
    found = effort_of(known)
    assert (found.requests, found.input_tokens, found.output_tokens) == (2, 100, 20)
    assert found.cost_usd == pytest.approx(0.02)
    assert found.grades == {
        Grade.VERBATIM: 0.25,
        Grade.ASSEMBLED: 0,
        Grade.DERIVED: 0.25,
        Grade.CITED: 0.5,
        Grade.UNSUPPORTED: 0,
    }
    assert found.latency_s is not None
    assert found.latency_s["p50"] == 2.0
    assert effort_of([*known, prediction(1, None, 1.0)]).cost_usd is None


def test_what_left_the_record_counts_as_unsupported() -> None:
    lost = Prediction(record=thing(), evidence={"/title": ()}, unsupported=({"pointer": "/colours/-"},))
    assert effort_of([lost]).grades[Grade.UNSUPPORTED] == 1.0


def test_effort_of_nothing() -> None:
    found = effort_of([])
    assert (found.requests, found.cost_usd, found.latency_s, found.grades) == (None, None, None, {})


def test_predictions_are_read_from_lines(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    lines: list[dict[str, Any]] = [
        {
            "id": "a",
            "source": "a.txt",
            "record": thing(title="bolt"),
            "evidence": {"/title": [{"start": 2, "end": 6, "grade": "verbatim"}]},
            "usage": {"requests": 1},
        },
        {"id": "b", "error": {"type": "RefusedError", "message": "no"}},
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    found = load_predictions(path, Thing)
    assert found["a"].record == thing(title="bolt")
    assert found["a"].evidence is not None
    assert found["a"].evidence["/title"][0].grade is Grade.VERBATIM
    assert found["a"].usage is not None
    assert found["a"].usage.requests == 1
    assert (found["b"].record, found["b"].error) == (None, {"type": "RefusedError", "message": "no"})


def test_every_fault_of_predictions_is_told(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    lines = [
        {"id": "a", "record": thing(level="none")},
        {"id": "b", "record": thing(), "evidence": {"/title": [{"start": 0, "end": 1, "grade": "sure"}]}},
        {"id": "c"},
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    with pytest.raises(UsageError) as caught:
        load_predictions(path, Thing)
    told = [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]
    assert [line.split(" ")[:2] for line in told] == [
        ["1:", "/record/level:"],
        ["2:", "/evidence//title/0/grade:"],
        ["3:", "/record:"],
    ]
