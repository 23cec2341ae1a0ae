"""Results as rows for a spreadsheet: one cell a fact, and none that it would execute."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from extractor.documents import one_line
from extractor.documents.document import UNSEEN
from extractor.outcome import Failure
from extractor.runs.nested import Form, form_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from extractor.outcome import Extraction

_BEFORE = ("id", "source", "media_type")
_AFTER = ("unsupported", "warnings", "error.type", "error.message")
# https://owasp.org/www-community/attacks/CSV_Injection; the small forms are made normal as the full-width ones are.
# What is unseen or white space before such a sign, a program may leave out. UNSEEN is a class, and "+".
_EXECUTED = re.compile(rf"'*[\t\r\n]|['\s{UNSEEN.pattern[1:-2]}]*[=+\-@＝＋－＠﹦﹢﹣﹫]")


class Flat:
    """The columns of a CSV of results whose records are of `schema`.

    Objects are taken apart: `salary.min`. A list is one cell, its items parted by "; ". A field that is called as one
    of the other columns is `record.id`.
    """

    def __init__(self, schema: type[BaseModel], *, with_text: bool) -> None:
        self._leaves = list(_leaves(form_of(schema)))
        self._after = (*_AFTER, "text") if with_text else _AFTER
        taken = {*_BEFORE, *self._after}
        names = [".".join(path) for path in self._leaves]
        self.header = [*_BEFORE, *(f"record.{name}" if name in taken else name for name in names), *self._after]

    def row(self, result: Extraction[Any] | Failure) -> list[str]:
        """The cells of one result, below `header`."""
        if isinstance(result, Failure):
            facts = [""] * len(self._leaves)
            said = {"error.type": type(result.error).__name__, "error.message": str(result.error)}
            before = [result.id, result.source, ""]
        else:
            record = result.record.model_dump(mode="json", by_alias=False)
            facts = [_cell(_at(record, path)) for path in self._leaves]
            said = {
                "unsupported": plain([{"at": lost.pointer, "value": lost.value} for lost in result.unsupported]),
                "warnings": plain(list(result.warnings)),
                "text": result.document.text,
            }
            before = [result.document.id, result.document.source, result.document.media_type]
        return [*map(safe, before), *facts, *(safe(said.get(name, "")) for name in self._after)]


def safe(cell: str) -> str:
    """`cell` so that no spreadsheet takes it for a formula: by OWASP's rule an apostrophe stands before it then.

    One is also put before a cell that would look so, which lets it be taken away again: no two cells become the same.
    """
    return f"'{cell}" if _EXECUTED.match(cell) else cell


def plain(value: Any) -> str:
    """A value on one line; of an object the parts that say something."""
    if isinstance(value, dict):
        parts = [name if part is True else plain(part) for name, part in value.items()]
        return ", ".join(part for part, given in zip(parts, value.values(), strict=True) if _says(given))
    if isinstance(value, list):
        return "; ".join(map(plain, value))
    return f"{value:g}" if isinstance(value, float) and value < 1e6 else one_line(str(value))


def _says(value: Any) -> bool:
    return value is not None and value is not False and value not in ("", [])


def _leaves(form: Form, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, part in form.parts.items():
        if part.kind == "struct":
            yield from _leaves(part, (*path, name))
        else:
            yield (*path, name)


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):  # negative or not, a number is what it says
        return f"{value:.0f}" if value == value // 1 and abs(value) < 1e15 else repr(value)
    return safe(plain(value) if isinstance(value, dict | list) else str(value))
