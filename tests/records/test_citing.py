"""The answer schema of any model, and what comes back from an answer."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field, RootModel, field_validator

from extractor.documents import from_text
from extractor.errors import SchemaError
from extractor.records.citing import AnswerSchema, lift
from extractor.records.markers import Lifted, recomputed
from extractor.records.posting import JobPosting


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Wheel(BaseModel):
    size: float
    maker: str | None
    notes: list[Lifted]


class Car(BaseModel):
    """A user's own schema, with a bit of everything."""

    name: str = Field(description="The car's   name.")
    colour: Colour | None
    doors: int = 4
    built: date | None
    seen: datetime | None
    price: Decimal | None
    engine: Literal["diesel", "electric"] | None
    fuel: Annotated[str, recomputed("country")] | None
    sound: Lifted | None
    wheels: list[Wheel]
    spare: Wheel | None
    tags: list[str]
    features: list[Lifted]
    used: bool | None


def nodes(schema: Any) -> list[dict[str, Any]]:
    """Every dict in a schema."""
    if isinstance(schema, dict):
        return [schema, *(node for value in schema.values() for node in nodes(value))]
    if isinstance(schema, list):
        return [node for value in schema for node in nodes(value)]
    return []


@pytest.mark.parametrize("model", [JobPosting, Car])
def test_the_schema_keeps_the_strict_rules(model: type[BaseModel]) -> None:
    schema = AnswerSchema(model).json_schema
    Draft202012Validator.check_schema(schema)
    for node in nodes(schema):
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
        assert not {"default", "oneOf", "allOf", "minLength", "const", "uniqueItems"} & set(node)
    # a field may be named "title"; no node says one
    assert not [node for node in nodes(schema) if isinstance(node.get("title"), str)]


@pytest.mark.parametrize("model", [JobPosting, Car])
def test_nothing_long_is_said_twice(model: type[BaseModel]) -> None:
    said = [
        json.dumps(node)
        for node in nodes(AnswerSchema(model).json_schema)
        if ("type" in node or "anyOf" in node) and len(json.dumps(node)) > 40
    ]
    assert len(said) == len(set(said))


def test_each_fact_carries_its_citations() -> None:
    answer = {
        "name": {"value": "Beetle", "at": [0]},
        "colour": {"value": "red", "at": [0]},
        "doors": {"value": 2, "at": [1]},
        "built": {"value": "1961-05-01", "at": [1]},
        "seen": None,
        "price": {"value": 900.5, "at": [1]},
        "engine": None,
        "fuel": None,
        "sound": [2],
        "wheels": [{"size": 15, "maker": None, "notes": [[2], [0, 1]], "at": [1]}],
        "spare": None,
        "tags": [{"value": "classic", "at": [0]}],
        "features": [[2], [0, 1]],
        "used": {"value": True, "at": [0]},
    }
    document = from_text("- a\n- b\n- c.\n")
    schema = AnswerSchema(Car)
    Draft202012Validator(schema.json_schema).validate(answer)
    claims = list(schema.claims(schema.response_model.model_validate(answer), document))
    by_pointer = {claim.pointer: claim for claim in claims}
    assert by_pointer["/name"].value == "Beetle"
    assert by_pointer["/name"].at == (0,)
    assert by_pointer["/sound"].value == "c"
    assert by_pointer["/wheels/0"].value == {"size": 15, "maker": None, "notes": ["c", "a - b"]}
    assert by_pointer["/features/1"].value == "a - b"
    assert by_pointer["/features/1"].at == (0, 1)
    assert "/seen" not in by_pointer
    assert schema.faults(claims) == []
    record = schema.schema.model_validate(schema.assemble(claims))
    assert isinstance(record, Car)
    assert record.price == Decimal("900.5")


def test_an_optional_field_left_open_takes_its_default() -> None:
    schema = AnswerSchema(Car)
    document = from_text("- a\n")
    answer = schema.response_model.model_validate({"name": {"value": "Beetle", "at": [0]}})
    record = Car.model_validate(schema.assemble(schema.claims(answer, document)))
    assert record.doors == 4
    assert record.tags == []


def test_faults_name_the_place() -> None:
    class Strict(BaseModel):
        doors: int
        tags: list[str]

        @field_validator("tags")
        @classmethod
        def _short(cls, tags: list[str]) -> list[str]:
            if any(len(tag) > 5 for tag in tags):
                raise ValueError("a tag is at most five letters")
            return tags

    schema = AnswerSchema(Strict)
    answer = schema.response_model.model_validate(
        {"doors": {"value": "two", "at": [0]}, "tags": [{"value": "enormous", "at": [0]}]}
    )
    faults = dict(schema.faults(schema.claims(answer, from_text("two enormous doors"))))
    assert set(faults) == {("doors",), ("tags",)}
    assert "five letters" in faults["tags",]


def test_a_part_of_a_schema_is_judged_by_its_own_fields() -> None:
    part = AnswerSchema(JobPosting).only(frozenset({"skills"}))
    assert list(part.json_schema["properties"]) == ["skills"]
    skill = {"name": "Linux", "type": "tool", "requirement": "required", "at": [0]}
    right = part.response_model.model_validate({"skills": [skill]})
    wrong = part.response_model.model_validate({"skills": [{**skill, "type": "os"}]})
    document = from_text("Linux")
    assert part.faults(part.claims(right, document)) == []
    assert [place for place, _ in part.faults(part.claims(wrong, document))] == [("skills", 0, "type")]


class Looped(BaseModel):
    inner: Looped | None


class Open(BaseModel):
    anything: Any


class Mapped(BaseModel):
    prices: dict[str, float]


class Paired(BaseModel):
    pair: tuple[int, str]


class Bytes(BaseModel):
    blob: bytes


class At(BaseModel):
    at: str


class Places(BaseModel):
    spots: list[At]


class Either(BaseModel):
    thing: Wheel | At | None


class Names(RootModel[list[str]]):
    pass


class Empty(BaseModel):
    pass


class Called(BaseModel):
    call: type[int]


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (Looped, "Looped.inner"),
        (Open, "Open.anything"),
        (Mapped, "Mapped.prices"),
        (Paired, "Paired.pair"),
        (Bytes, "Bytes.blob"),
        (Places, "Places.spots"),
        (Either, "Either.thing"),
        (Names, "Names"),
        (Empty, "Empty"),
        (Called, "Called"),
        (str, "str"),
    ],
)
def test_what_cannot_be_carried_is_named(model: type[BaseModel], named: str) -> None:
    with pytest.raises(SchemaError, match=named) as caught:
        AnswerSchema(model)
    assert "\n" not in str(caught.value)


def test_descriptions_are_kept_for_the_prompt_and_out_of_the_schema() -> None:
    schema = AnswerSchema(Car)
    assert schema.descriptions["name"] == "The car's name."
    assert "The car's" not in json.dumps(schema.json_schema)


@given(st.lists(st.integers(-3, 12), max_size=4))
def test_lifted_text_is_the_documents_own_or_nothing(numbers: list[int]) -> None:
    document = from_text("## Duties\n- **Lead:** Run things.\n- Mend\n  things daily.\nThe end.\n")
    lifted = lift(document, numbers)
    assert "\n" not in lifted
    assert "Lead" not in lifted or numbers.count(1) + len(numbers) > 1
    if all(0 <= number < len(document.segments) for number in numbers):
        squeezed = "".join(document.text.split())
        assert all(word in squeezed for word in lifted.split())
    else:
        assert lifted == ""


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ("- **Lead:** Run things.", "Run things"),
        ("* Use [our tools](https://tools.example/x) daily.", "Use our tools daily"),
        ("1. Be **very** good", "Be very good"),
        ("- Wait and see...", "Wait and see..."),
        ("- Call snake_case_names [1] by 2 ** 3", "Call snake_case_names [1] by 2 ** 3"),
    ],
)
def test_an_item_is_lifted_as_a_reader_sees_it(line: str, item: str) -> None:
    assert lift(from_text(f"{line}\n- another\n"), [0]) == item
