from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from extractor.errors import UsageError
from extractor.evaluation.gold import load_gold
from tests.evaluation.made import Thing, part, thing

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, *lines: Any) -> Path:
    path = folder / "gold.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8")
    return path


def faults(folder: Path, *lines: Any) -> list[str]:
    path = written(folder, *lines)
    with pytest.raises(UsageError) as caught:
        load_gold(path, Thing)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


def test_the_three_ways_to_give_a_document(tmp_path: Path) -> None:
    (tmp_path / "bolt.txt").write_text("A nut.")
    path = written(
        tmp_path,
        {"id": "a", "text": "A bolt.", "record": thing(title="bolt"), "note": "left alone"},
        "",
        {"id": "b", "content": "<p>A nail.</p>", "media_type": "text/html", "record": thing()},
        {"id": "c", "path": "bolt.txt", "record": thing()},
    )
    gold = load_gold(path, Thing)
    assert list(gold) == ["a", "b", "c"]
    assert gold["a"].record["title"] == "bolt"
    assert [gold[name].read().text.strip() for name in gold] == ["A bolt.", "A nail.", "A nut."]
    assert [gold[name].read().id for name in gold] == ["a", "b", "c"]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    assert faults(
        tmp_path,
        {"id": "a", "text": "x", "record": thing(level="middling", parts=[part("bolt", "none")])},
        "{",
        {"id": "c", "text": "x", "path": "y", "record": thing(price="5")},
        {"id": "b", "text": "x"},
        [],
        {"id": 7, "text": " ", "record": {**thing(), "prize": 5}},
    ) == [
        "1: /record/level: Input should be 'low' or 'high'; it is \"middling\"",
        "1: /record/parts/0/level: Input should be 'low' or 'high'; it is \"none\"",
        "2: is no JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        "3: : give one of text, content and path; it has text and path",
        f"3: /path: there is no file {tmp_path / 'y'}",
        '3: /record/price: Input should be a valid number; it is "5"',
        "4: /record: is missing",
        "5: is no JSON object",
        "6: /id: must be a text that isn't empty",
        "6: /text: must be a text that isn't empty",
        "6: /record/prize: Extra inputs are not permitted",
    ]


def test_an_id_stands_once(tmp_path: Path) -> None:
    line = {"id": "a", "text": "x", "record": thing()}
    assert faults(tmp_path, line, line) == ["2: /id: a stands on line 1 already"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ({"id": "a", "record": thing()}, ": give one of text, content and path; it has none"),
        ({"id": "a", "content": "x", "record": thing()}, "/media_type: must be a text that isn't empty"),
        ({"id": "a", "text": 5, "record": thing()}, "/text: must be a text that isn't empty"),
        ({"id": "a", "text": "x", "record": None}, "/record: Input should be an object; it is null"),
        ('{"id": "a", "text": "x", "record": {"price": NaN}}', None),
    ],
)
def test_each_fault(tmp_path: Path, line: Any, fault: str | None) -> None:
    [told] = faults(tmp_path, line)
    assert told == (f"1: {fault}" if fault is not None else "1: is no JSON: NaN is no number that JSON has")


def test_a_missing_name_is_told_by_its_place(tmp_path: Path) -> None:
    record = thing(parts=[part("bolt")])
    del record["parts"][0]["level"]
    assert faults(tmp_path, {"id": "a", "text": "x", "record": record}) == ["1: /record/parts/0/level: Field required"]


def test_a_long_wrong_value_stays_on_one_line(tmp_path: Path) -> None:
    [told] = faults(tmp_path, {"id": "a", "text": "x", "record": thing(level="hostile\nvalue " * 100)})
    assert len(told) < 150


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_a_file_without_documents(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="holds no document"):
        load_gold(path, Thing)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load_gold(tmp_path / "none.jsonl", Thing)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": "a", "text": "x\xff"}')
    with pytest.raises(UsageError, match=r"gold.jsonl:1: is no JSON"):
        load_gold(path, Thing)
