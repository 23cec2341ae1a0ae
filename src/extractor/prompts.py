"""Loads, renders and fingerprints the prompts in `prompts/`.

A prompt is a folder: `prompt.toml` (version, description), `system.md` (static for one schema, so that providers cache
it as a prefix), `user.md` (the numbered segments), `invalid.md` (an answer didn't fit the schema) and `again.md` (facts
that the document doesn't support are asked again). They are Jinja templates, rendered in a sandbox; text of a document
is only ever a value in them and is never rendered itself.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractor.errors import PromptError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2 import Environment

    from extractor.documents import Document
    from extractor.records.citing import AnswerSchema, Claim

_PARTS = ("system.md", "user.md", "invalid.md", "again.md")
_NEIGHBOURS = 2  # segments shown on each side of a fact that is asked again: the sentence before and after, twice


def _built_in() -> Path:
    """Where the shipped prompts are: inside the wheel, or the top of a checkout."""
    packaged = Path(__file__).parent / "_prompts"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "prompts"


@dataclass(frozen=True, eq=False)
class Prompt:
    """One prompt folder. `Prompt.load` reads it; nothing is read afterwards."""

    name: str
    version: str
    sources: dict[str, str]

    @classmethod
    def load(cls, name: str) -> Prompt:
        """The prompt in the folder `name`, or the built-in one of that name.

        Raises `PromptError` if there is none, or a part of it is missing or unreadable.
        """
        folder = Path(name)
        if not folder.is_dir():
            folder = _built_in() / name
        if not folder.is_dir():
            known = ", ".join(sorted(path.parent.name for path in _built_in().glob("*/prompt.toml")))
            raise PromptError(f"prompt {name!r}: no such folder, and the built-in prompts are {known}.")
        sources: dict[str, str] = {}
        path = folder / "prompt.toml"
        try:
            version = str(tomllib.loads(path.read_text("utf-8"))["version"])
            for part in _PARTS:
                path = folder / part
                sources[part] = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PromptError(f"prompt {name!r}: {path} can't be read: {error}.") from None
        except KeyError:
            raise PromptError(f'prompt {name!r}: {path} lacks its version; add a line version = "1".') from None
        return cls(folder.name, version, sources)

    def system(self, schema: AnswerSchema) -> str:
        """The system message: the same for every document of one schema."""
        fields = [
            {
                "name": name,
                "description": schema.descriptions[name],
                "listed": shape.kind == "list",
                "lifted": (shape.item or shape).kind == "lifted",
            }
            for name, shape in schema.shapes.items()
        ]
        return self._render("system.md", fields=fields)

    def user(self, document: Document) -> str:
        """The user message: every segment of the document."""
        return self._render("user.md", segments=_numbered(document, range(len(document.segments))))

    def invalid(self, user: str, errors: str) -> str:
        """The user message again, with what was wrong with the last answer."""
        return self._render("invalid.md", user=user, errors=errors)

    def again(self, document: Document, claims: Iterable[Claim]) -> str:
        """The user message that asks these claims again, showing the neighbourhood of what they cite."""
        claims = list(claims)
        last = len(document.segments)
        around = {
            near
            for claim in claims
            for number in claim.at
            for near in range(max(0, number - _NEIGHBOURS), min(last, number + _NEIGHBOURS + 1))
        }
        facts = "\n".join(
            f"- {claim.field}: {json.dumps(claim.value, ensure_ascii=False)}, at {json.dumps(claim.at)}"
            for claim in claims
        )
        # a claim without a usable citation may stand anywhere
        shown = sorted(around) if all(claim.at for claim in claims) and around else range(last)
        return self._render("again.md", segments=_numbered(document, shown), facts=facts)

    def fingerprint(self, schema: AnswerSchema) -> str:
        """16 hex digits that change with any word of the prompt or the answer schema."""
        material = json.dumps([self.version, self.sources, schema.json_schema], sort_keys=True)
        return hashlib.sha256(material.encode()).hexdigest()[:16]

    @cached_property
    def _environment(self) -> Environment:
        from jinja2 import DictLoader, StrictUndefined
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        return ImmutableSandboxedEnvironment(
            loader=DictLoader(self.sources), undefined=StrictUndefined, keep_trailing_newline=False, auto_reload=False
        )

    def _render(self, part: str, **values: Any) -> str:
        from jinja2 import TemplateError

        try:
            return self._environment.get_template(part).render(values)
        except TemplateError as error:
            raise PromptError(f"prompt {self.name!r}, {part}: {error}") from None


def _numbered(document: Document, numbers: Iterable[int]) -> str:
    return "\n".join(f"{number}| {document.shown(number)}" for number in numbers)
