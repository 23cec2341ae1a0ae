"""The answer schema: what a model fills so that every fact says where it stands.

Of a schema `{title: str | None, skills: list[Skill], duties: list[Lifted]}` the model is asked for
`{"title": {"value": …, "at": [0]}, "skills": [{"name": …, "at": [4]}], "duties": [[7], [8, 9]]}`:
a *fact* is a top-level scalar or object, or an item of a top-level list, and `at` are the numbers of the
segments that state it. What a model answers comes apart again as `Claim`s.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError, create_model
from pydantic.errors import PydanticInvalidForJsonSchema

from extractor.documents.document import one_line
from extractor.errors import SchemaError
from extractor.records.markers import Marker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from extractor.documents import Document

Json = dict[str, Any]
LeafKind = Literal["text", "number", "date", "judged", "lifted"]

AT: Json = {"type": "array", "items": {"type": "integer"}}
_NULL: Json = {"type": "null"}
# The string formats that OpenAI's strict schemas know ("Supported schemas" in its guide to structured outputs).
_FORMATS = frozenset({"date", "date-time", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
_LINK = re.compile(r"\[([^\[\]]{1,300})\]\([^()\s]{0,500}\)")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)([^*_]{1,300})(?<=\S)\1")
_SHORT = 40  # bytes: a repeated node shorter than this costs no more than a reference to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The form of one value: an object with `parts`, a list of `item`, or a leaf of `kind`.

    `by` names the recogniser that computes a leaf from the text. A `judged` leaf (an enum, a boolean) is the model's
    reading of the fact; it has no letters in the text to be found. A value that may be missing by the schema is
    `optional`: null in an answer, and then left to the schema's default.
    """

    kind: LeafKind | Literal["object", "list"]
    nullable: bool = False
    optional: bool = False
    by: str | None = None
    item: Shape | None = None
    parts: Mapping[str, Shape] = field(default_factory=dict)


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
        builder = _Builder(schema.__name__, definitions)
        self.shapes: dict[str, Shape] = {}
        properties: Json = {}
        forms: dict[str, Any] = {}
        for name, node in source["properties"].items():
            if only is not None and name not in only:
                continue
            info = schema.model_fields[name]
            annotation = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
            shape, carried = builder.carry(node, annotation, name, (schema.__name__,))
            if name not in source.get("required", ()):
                shape = replace(shape, nullable=True, optional=True)
            self.shapes[name] = shape
            properties[name], forms[name] = _cite(shape, carried, f"{schema.__name__}.{name}")
            self.descriptions[name] = " ".join(str(node.get("description", "")).split())
        self.json_schema = _hoist(_object(properties))
        self.response_model = _response_model(schema.__name__, self.json_schema, forms)

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
    for number in numbers:
        if not 0 <= number < len(document.segments):
            return ""
        segment = document.segments[number]
        pieces.append(document.text[segment.start if pieces else segment.body : segment.end])
    text = _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", one_line("".join(pieces))))
    return text[:-1].rstrip() if text.endswith(".") and not text.endswith("..") else text


def _claim(name: str, index: int | None, shape: Shape, given: Any, document: Document) -> Claim:
    if shape.kind == "lifted":
        return Claim(name, index, lift(document, given), tuple(given))
    if isinstance(given, _Cited):
        return Claim(name, index, given.value, tuple(given.at))
    return Claim(name, index, _settle(shape, given.model_extra or {}, document), tuple(given.at))


def _settle(shape: Shape, given: Any, document: Document) -> Any:
    """`given` as the record has it: the text of lifted strings for their numbers, defaults for optional nulls."""
    if shape.kind == "lifted" and isinstance(given, list):
        return lift(document, [number for number in given if isinstance(number, int)])
    if shape.kind == "object" and isinstance(given, dict):
        return {
            # what a server without strict schemas left out is null
            key: _settle(part, given.get(key), document)
            for key, part in shape.parts.items()
            if not (part.optional and given.get(key) is None)
        }
    if shape.kind == "list" and isinstance(given, list):
        assert shape.item is not None
        return [_settle(shape.item, item, document) for item in given]
    return given


def _object(properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


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
    return {"anyOf": [node, _NULL]}, (form | None, None)


def _cite_one(shape: Shape, carried: Json, place: str) -> tuple[Json, Any]:
    if shape.kind == "lifted":
        return AT, list[int]
    if shape.kind == "object":
        if "at" in carried["properties"]:
            raise SchemaError(f"{place}: the name `at` is taken by the citations; rename that field.")
        return _object({**carried["properties"], "at": AT}), _CitedObject
    return _object({"value": carried, "at": AT}), _Cited


class _Builder:
    """Walks a JSON schema and its annotations together; every error names the place."""

    def __init__(self, name: str, definitions: Json) -> None:
        self.name = name
        self.definitions = definitions

    def carry(self, node: Json, annotation: Any, path: str, inside: tuple[str, ...] = ()) -> tuple[Shape, Json]:
        """The shape of a value, and the JSON schema that carries it where it isn't null."""
        marks, types, nullable = _unwrap(annotation)
        while "$ref" in node:
            reference = node["$ref"].rsplit("/", 1)[-1]
            if reference in inside:
                self._fail(path, f"{reference} contains itself; a record has a fixed depth")
            inside = (*inside, reference)
            node = self.definitions[reference]
        branches = [node_ for node_ in node.get("anyOf") or node.get("oneOf") or () if node_ != _NULL]
        if len(branches) == 1:
            shape, carried = self.carry(branches[0], annotation, path, inside)
            return replace(shape, nullable=True), carried
        if branches:
            carried_branches = [self.carry(branch, Any, path, inside) for branch in branches]
            kinds = {shape.kind for shape, _ in carried_branches}
            if kinds & {"object", "list"}:
                self._fail(path, "a union of objects or lists can't be cited; use one model with optional fields")
            kind = kinds.pop() if len(kinds) == 1 else "text"
            shape = Shape(kind=kind, nullable=nullable, by=marks.get("by"))
            return shape, {"anyOf": [carried for _, carried in carried_branches]}
        return self._plain(node, types, marks, nullable, path, inside)

    def _plain(
        self, node: Json, types: list[Any], marks: Json, nullable: bool, path: str, inside: tuple[str, ...]
    ) -> tuple[Shape, Json]:
        by = marks.get("by")
        if "enum" in node or "const" in node:
            values = node.get("enum", [node.get("const")])
            shape = Shape(kind="judged", nullable=nullable, by=by)
            return shape, {"type": _types_of(values), "enum": values}
        match node.get("type"):
            case "string" if node.get("format") in {"binary", "base64", "base64url"}:
                self._fail(path, "bytes can't be carried; use str")
            case "string":
                kept = {key: node[key] for key in ("pattern",) if key in node}
                if node.get("format") in _FORMATS:
                    kept["format"] = node["format"]
                dated = node.get("format") in {"date", "date-time"}
                kind: LeafKind = "lifted" if marks.get("lifted") else "date" if dated else "text"
                carried = AT if kind == "lifted" else {"type": "string", **kept}
                return Shape(kind=kind, nullable=nullable, by=by or ("date" if dated else None)), carried
            case "integer" | "number":
                return Shape(kind="number", nullable=nullable, by=by or "number"), {"type": node["type"]}
            case "boolean":
                return Shape(kind="judged", nullable=nullable, by=by), {"type": "boolean"}
            case "array" if "items" in node and "prefixItems" not in node:
                inner = next((get_args(t)[0] for t in types if get_args(t)), Any)
                item, carried = self.carry(node["items"], inner, f"{path}[]", inside)
                return Shape(kind="list", nullable=nullable, item=item), {"type": "array", "items": carried}
            case "object" if node.get("properties"):
                model = next((t for t in types if isinstance(t, type) and issubclass(t, BaseModel)), None)
                parts: dict[str, Shape] = {}
                properties: Json = {}
                for name, part in node["properties"].items():
                    info = model.model_fields.get(name) if model else None
                    annotation = Annotated[info.annotation, *info.metadata, None] if info else Any
                    parts[name], carried = self.carry(part, annotation, f"{path}.{name}", inside)
                    if name not in node.get("required", ()):
                        parts[name] = replace(parts[name], nullable=True, optional=True)
                    properties[name] = _nullable(carried) if parts[name].nullable else carried
                return Shape(kind="object", nullable=nullable, parts=parts), _object(properties)
            case "object":
                self._fail(path, "a mapping with free keys can't be carried; use a list of models with a key field")
            case "array":
                self._fail(path, "a tuple or list without one item type can't be carried; use list[...] or a model")
            case "null":
                self._fail(path, "a field that can only be null holds nothing")
            case _:
                self._fail(path, "its type is open; declare str, a number, a date, an enum, a model or a list")
        raise AssertionError  # unreachable: every case returns or fails

    def _fail(self, path: str, why: str) -> None:
        raise SchemaError(f"{self.name}.{path}: {why}.")


def _unwrap(annotation: Any) -> tuple[Json, list[Any], bool]:
    """The markers on an annotation, the types under it, and whether `None` is one of them."""
    marks: Json = {}
    types: list[Any] = []
    nullable = False
    stack = [annotation]
    while stack:
        current = stack.pop()
        origin = get_origin(current)
        if origin is Annotated:
            inner, *metadata = get_args(current)
            marks.update({m.key: m.value for m in metadata if isinstance(m, Marker)})
            stack.append(inner)
        elif origin in {Union, UnionType}:
            stack.extend(get_args(current))
        elif current is NoneType:
            nullable = True
        else:
            types.append(current)
    return marks, types, nullable


def _types_of(values: list[Any]) -> str | list[str]:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", NoneType: "null"}
    found = list(dict.fromkeys(names[type(value)] for value in values))
    return found[0] if len(found) == 1 else found


def _nullable(node: Json) -> Json:
    if "anyOf" in node:
        return {"anyOf": [*node["anyOf"], _NULL]}
    if node["type"] in ("object", "array"):
        return {"anyOf": [node, _NULL]}
    widened = {**node, "type": [*([node["type"]] if isinstance(node["type"], str) else node["type"]), "null"]}
    if "enum" in node:
        widened["enum"] = [*node["enum"], None]
    return widened


def _hoist(root: Json) -> Json:
    """`root` with every node that repeats said once, under `$defs`."""
    counts: Counter[str] = Counter()

    def count(node: Any) -> None:
        if isinstance(node, dict) and ("type" in node or "anyOf" in node):
            key = json.dumps(node)
            counts[key] += 1
            if counts[key] > 1:
                return
        for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            count(child)

    count(root)
    repeated = [key for key, times in counts.items() if times > 1 and len(key) > _SHORT]
    names = {key: f"d{number}" for number, key in enumerate(repeated)}

    def shorten(node: Any, *, defining: bool = False) -> Any:
        if isinstance(node, list):
            return [shorten(child) for child in node]
        if not isinstance(node, dict):
            return node
        name = None if defining else names.get(json.dumps(node))
        return {"$ref": f"#/$defs/{name}"} if name else {key: shorten(child) for key, child in node.items()}

    short: Json = shorten(root)
    if names:
        short["$defs"] = {name: shorten(json.loads(key), defining=True) for key, name in names.items()}
    return short


def _response_model(name: str, json_schema: Json, forms: dict[str, Any]) -> type[Answer]:
    class Response(Answer):
        @classmethod
        def model_json_schema(cls, *_: Any, **__: Any) -> Json:
            # instructor reads the title as the tool's name; models/llm.py takes it out again
            return {"title": name, **json_schema}

    return create_model(name, __base__=Response, **forms)
