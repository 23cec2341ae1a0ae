"""The form of a schema's values, and the JSON schema that carries them to a model under strict rules."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import BaseModel

from extractor.errors import SchemaError
from extractor.records.markers import unwrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]
LeafKind = Literal["text", "number", "date", "judged", "lifted"]

NULL: Json = {"type": "null"}
NUMBERS: Json = {"type": "array", "items": {"type": "integer"}}
# The string formats that OpenAI's strict schemas know ("Supported schemas" in its guide to structured outputs).
_FORMATS = frozenset({"date", "date-time", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
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


class Builder:
    """Walks a JSON schema and its annotations together; every error names the place."""

    def __init__(self, name: str, definitions: Json) -> None:
        self.name = name
        self.definitions = definitions

    def carry(self, node: Json, annotation: Any, path: str, inside: tuple[str, ...] = ()) -> tuple[Shape, Json]:
        """The shape of a value, and the JSON schema that carries it where it isn't null."""
        marks, types, nullable = unwrapped(annotation)
        while "$ref" in node:
            reference = node["$ref"].rsplit("/", 1)[-1]
            if reference in inside:
                self._fail(path, f"{reference} contains itself; a record has a fixed depth")
            inside = (*inside, reference)
            node = self.definitions[reference]
        branches = [node_ for node_ in node.get("anyOf") or node.get("oneOf") or () if node_ != NULL]
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
                carried = NUMBERS if kind == "lifted" else {"type": "string", **kept}
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
                return Shape(kind="object", nullable=nullable, parts=parts), strict_object(properties)
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


def _types_of(values: list[Any]) -> str | list[str]:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", NoneType: "null"}
    found = list(dict.fromkeys(names[type(value)] for value in values))
    return found[0] if len(found) == 1 else found


def _nullable(node: Json) -> Json:
    if "anyOf" in node:
        return {"anyOf": [*node["anyOf"], NULL]}
    if node["type"] in ("object", "array"):
        return {"anyOf": [node, NULL]}
    widened = {**node, "type": [*([node["type"]] if isinstance(node["type"], str) else node["type"]), "null"]}
    if "enum" in node:
        widened["enum"] = [*node["enum"], None]
    return widened


def strict_object(properties: Json) -> Json:
    """The schema of an object under strict rules: every property required, no other allowed."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def hoisted(root: Json) -> Json:
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
