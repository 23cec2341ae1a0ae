"""The record is the contract's, field by field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from extractor.records.posting import JobPosting

SEEDS = Path(__file__).parents[2] / "seeds"
GOLD = [json.loads(line) for line in (SEEDS / "gold.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("line", GOLD, ids=lambda line: line["id"])
def test_gold_records_are_records_and_survive_a_round_trip(line: dict[str, object]) -> None:
    record = JobPosting.model_validate(line["record"])
    assert record.model_dump(mode="json") == line["record"]


def test_every_field_must_be_there_and_no_other() -> None:
    record = dict(GOLD[0]["record"])
    with pytest.raises(ValidationError, match="salary_range"):
        JobPosting.model_validate({**record, "salary_range": None})
    del record["benefits"]
    with pytest.raises(ValidationError, match="benefits"):
        JobPosting.model_validate(record)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("kind", "job"),
        ("language", "English"),
        ("posted_on", "last week"),
        ("workplace", "home"),
        ("openings", "many"),
        ("skills", [{"name": "Linux", "type": "os", "requirement": "required"}]),
        ("locations", [{"city": "Malmö", "region": None, "country": "Sverige", "postal_code": None}]),
    ],
)
def test_values_outside_the_vocabulary_are_refused(field: str, wrong: object) -> None:
    with pytest.raises(ValidationError, match=field):
        JobPosting.model_validate({**GOLD[0]["record"], field: wrong})


def test_the_schema_is_the_published_one() -> None:
    published = json.loads((SEEDS.parent / "docs" / "record.schema.json").read_text("utf-8"))
    assert JobPosting.model_json_schema() == published
