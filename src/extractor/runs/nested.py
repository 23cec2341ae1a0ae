"""The form of a schema's values as columns: structs, lists and leaves, from its JSON schema."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

Kind = Literal["text", "integer", "number", "boolean", "date", "time", "json", "list", "struct"]

_LEAVES: dict[str, Kind] = {"string": "text", "integer": "integer", "number": "number", "boolean": "boolean"}
_FORMATS: dict[str, Kind] = {"date": "date", "date-time": "time"}
_OF_VALUES: dict[type, Kind] = {str: "text", bool: "boolean", int: "integer", float: "number"}


@dataclass(frozen=True, slots=True)
class Form:
    """A struct with `parts`, a list of `item`, or a leaf: `time` is a date with its time, `json` any JSON as text."""

    kind: Kind
    item: Form | None = None
    parts: Mapping[str, Form] = field(default_factory=dict)


_JSON = Form("json")


def form_of(schema: type[BaseModel]) -> Form:
    """The form of a record of `schema`, as `model_dump(mode="json", by_alias=False)` writes it.

    What columns can't hold is text with JSON in it: an object of any keys, a tuple, a model within itself.
    """
    root = schema.model_json_schema(mode="serialization", by_alias=False)
    return _form(root, root.get("$defs", {}), frozenset())


def _form(node: Any, definitions: dict[str, Any], inside: frozenset[str]) -> Form:
    if not isinstance(node, dict):
        return _JSON
    while "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[-1]
        if name in inside:
            return _JSON
        inside |= {name}
        node = definitions[name]
    branches = [branch for branch in node.get("anyOf") or node.get("oneOf") or () if branch != {"type": "null"}]
    if branches:
        return _one_of([_form(branch, definitions, inside) for branch in branches])
    values = node.get("enum", [node["const"]] if "const" in node else [])
    if values:
        return _one_of([Form(_OF_VALUES.get(type(value), "json")) for value in values if value is not None])
    kind = node.get("type")
    if kind == "array" and "items" in node and "prefixItems" not in node:
        return Form("list", item=_form(node["items"], definitions, inside))
    if kind == "object" and node.get("properties"):
        parts = {name: _form(part, definitions, inside) for name, part in node["properties"].items()}
        return Form("struct", parts=parts)
    if kind == "string" and node.get("format") in _FORMATS:
        return Form(_FORMATS[node["format"]])
    return Form(_LEAVES.get(kind, "json"))


def _one_of(forms: list[Form]) -> Form:
    """The form of a value that has one of several: a number for two kinds of them, text for leaves that differ."""
    if all(form == forms[0] for form in forms):
        return forms[0] if forms else _JSON
    kinds = {form.kind for form in forms}
    if kinds == {"integer", "number"}:
        return Form("number")
    return Form("text") if kinds <= {"text", "date", "time"} else _JSON
