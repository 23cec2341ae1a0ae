"""The answer schema: what a model fills so that every fact says where it stands.

Of a schema `{title: str | None, skills: list[Skill], duties: list[Lifted]}` the model is asked for
`{"title": {"value": …, "at": [0]}, "skills": [{"name": …, "at": [4]}], "duties": [[7], [8, 9]]}`:
a *fact* is a top-level scalar or object, or an item of a top-level list, and `at` are the numbers of the
segments that state it. What a model answers comes apart again as `Claim`s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError, create_model
from pydantic.errors import PydanticInvalidForJsonSchema

from extractor.documents.document import one_line
from extractor.errors import SchemaError
from extractor.records.shapes import NULL, NUMBERS, Builder, Json, Shape, hoisted, strict_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from extractor.documents import Document

_LINK = re.compile(r"\[([^\[\]]{1,300})\]\([^()\s]{0,500}\)")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)([^*_]{1,300})(?<=\S)\1")


@dataclass(frozen=True, slots=True)
class Claim:
    """One fact as a model states it: `value` in JSON's types, `at` the numbers of the segments cited for it."""

    field: str
    index: int | None
    value: Any
    at: tuple[int, ...]

    @property
    def pointer(self) -> str:
        """JSON Pointer (RFC 6901) into the record."""
        return f"/{self.field}" if self.index is None else f"/{self.field}/{self.index}"


class _Cited(BaseModel):
    value: Any
    at: list[int]


class _CitedObject(BaseModel):
    model_config = ConfigDict(extra="allow")
    at: list[int]


class Answer(BaseModel):
    """Base of the generated response models. Leaves are checked later, as the record, by the user's schema."""

    model_config = ConfigDict(extra="ignore")


class AnswerSchema:
    """The answer schema of `schema`, any pydantic model; built once per schema.

    `json_schema` is valid under OpenAI's strict rules and says no more than it must; `response_model` validates an
    answer's form and gives instructor that JSON schema; `shapes` holds the form of each top-level field.

    Raises `SchemaError` for a type that can't be carried, naming the field.
    """

    def __init__(self, schema: type[BaseModel], only: frozenset[str] | None = None) -> None:
        if not (isinstance(schema, type) and issubclass(schema, BaseModel)) or issubclass(schema, RootModel):
            raise SchemaError(f"{schema!r} is not a schema: give a pydantic model class with named fields.")
        try:
            source = schema.model_json_schema(by_alias=False)
        except PydanticInvalidForJsonSchema as error:
            raise SchemaError(
                f"schema {schema.__name__}: {str(error).splitlines()[0]} Use types that JSON has."
            ) from None
        definitions = source.get("$defs", {})
        source = definitions[schema.__name__] if "$ref" in source else source  # a model that contains itself
        if not source.get("properties"):
            raise SchemaError(f"schema {schema.__name__} has no fields, so there is nothing to extract.")
        self.schema = schema
        self.descriptions: dict[str, str] = {}
        builder = Builder(schema.__name__, definitions)
        self.shapes: dict[str, Shape] = {}
        self._properties: Json = {}
        self._forms: dict[str, Any] = {}
        for name, node in source["properties"].items():
            if only is not None and name not in only:
                continue
            info = schema.model_fields[name]
            annotation = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
            shape, carried = builder.carry(node, annotation, name, (schema.__name__,))
            if name not in source.get("required", ()):
                shape = replace(shape, nullable=True, optional=True)
            self.shapes[name] = shape
            self._properties[name], self._forms[name] = _cite(shape, carried, f"{schema.__name__}.{name}")
            self.descriptions[name] = " ".join(str(node.get("description", "")).split())

    @cached_property
    def json_schema(self) -> Json:
        """What an answer has to keep to."""
        return hoisted(strict_object(self._properties))

    @cached_property
    def response_model(self) -> type[Answer]:
        """Validates the form of an answer."""
        return _response_model(self.schema.__name__, lambda: self.json_schema, self._forms)

    def only(self, fields: frozenset[str]) -> Self:
        """The answer schema of these top-level fields alone, for asking again about them."""
        return type(self)(self.schema, fields)

    def claims(self, answer: Answer, document: Document) -> Iterator[Claim]:
        """The facts of an answer, in the schema's order; lifted strings are taken from the document.

        A lifted value whose numbers name no segment has the value "".
        """
        for name, shape in self.shapes.items():
            given = getattr(answer, name)
            if given is None:
                continue
            if shape.kind == "list":
                assert shape.item is not None
                for index, item in enumerate(given):
                    yield _claim(name, index, shape.item, item, document)
            else:
                yield _claim(name, None, shape, given, document)

    def faults(self, claims: Iterable[Claim]) -> list[tuple[tuple[int | str, ...], str]]:
        """Where the claims don't make a valid record, and why; empty where they do."""
        try:
            self.schema.model_validate(self.assemble(claims), by_name=True)
        except ValidationError as error:
            return [
                (fault["loc"], fault["msg"])
                for fault in error.errors(include_url=False, include_context=False, include_input=False)
                # a part of the schema is judged by its own fields alone
                if not fault["loc"] or fault["loc"][0] in self.shapes
            ]
        return []

    def assemble(self, claims: Iterable[Claim]) -> Json:
        """The record's fields from its facts: what no claim fills is null, or an empty list."""
        record: Json = {
            name: [] if shape.kind == "list" else None
            for name, shape in self.shapes.items()
            if shape.kind == "list" or not shape.optional
        }
        for claim in claims:
            if claim.index is None:
                record[claim.field] = claim.value
            else:
                record[claim.field].append(claim.value)
        return record


def lift(document: Document, numbers: list[int]) -> str:
    """The text of these segments as one item: without list marker, bold lead-in, trailing full stop and Markdown.

    "" where a number names no segment.
    """
    pieces: list[str] = []
    segments = document.segments
    for number in numbers:
        if not 0 <= number < len(segments):
            return ""
        segment = segments[number]
        pieces.append(document.text[segment.start if pieces else segment.body : segment.end])
    text = one_line("".join(pieces))
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    if "**" in text or "__" in text:
        text = _EMPHASIS.sub(r"\2", text)
    return text[:-1].rstrip() if text.endswith(".") and not text.endswith("..") else text


def _claim(name: str, index: int | None, shape: Shape, given: Any, document: Document) -> Claim:
    if shape.kind == "lifted":
        return Claim(name, index, lift(document, given), tuple(given))
    # what `_cite_one` made of the shape
    value = _settle(shape, given.model_extra, document) if shape.kind == "object" else given.value
    return Claim(name, index, value, tuple(given.at))


def _settle(shape: Shape, given: Any, document: Document) -> Any:
    """`given` as the record has it: the text of lifted strings for their numbers, defaults for optional nulls."""
    if shape.kind == "object" and isinstance(given, dict):
        settled: Json = {}
        for key, part in shape.parts.items():
            value = given.get(key)  # what a server without strict schemas left out is null
            if value is None:
                if not part.optional:
                    settled[key] = None
            else:
                settled[key] = value if isinstance(value, str) else _settle(part, value, document)
        return settled
    if shape.kind == "lifted" and isinstance(given, list):
        return lift(document, [number for number in given if isinstance(number, int)])
    if shape.kind == "list" and isinstance(given, list):
        assert shape.item is not None
        return [_settle(shape.item, item, document) for item in given]
    return given


def _cite(shape: Shape, carried: Json, place: str) -> tuple[Json, Any]:
    """The JSON schema of a top-level field with its citations, and the type and default that validate it."""
    if shape.kind == "list":
        assert shape.item is not None
        node, form = _cite_one(shape.item, carried["items"], place)
        # a missing list is an empty one: servers without strict schemas leave out what they don't find
        return {"type": "array", "items": node}, (list[form], [])  # type: ignore[valid-type]
    node, form = _cite_one(shape, carried, place)
    if not shape.nullable:
        return node, (form, ...)
    return {"anyOf": [node, NULL]}, (form | None, None)


def _cite_one(shape: Shape, carried: Json, place: str) -> tuple[Json, Any]:
    if shape.kind == "lifted":
        return NUMBERS, list[int]
    if shape.kind == "object":
        if "at" in carried["properties"]:
            raise SchemaError(f"{place}: the name `at` is taken by the citations; rename that field.")
        return strict_object({**carried["properties"], "at": NUMBERS}), _CitedObject
    return strict_object({"value": carried, "at": NUMBERS}), _Cited


def _response_model(name: str, json_schema: Callable[[], Json], forms: dict[str, Any]) -> type[Answer]:
    class Response(Answer):
        @classmethod
        def model_json_schema(cls, *_: Any, **__: Any) -> Json:
            # instructor reads the title as the tool's name; models/llm.py takes it out again
            return {"title": name, **json_schema()}

    return create_model(name, __base__=Response, **forms)
