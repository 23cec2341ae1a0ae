"""The options that several verbs share, and the extractor that they make."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel

    from extractor.extraction import Extractor

Model = Annotated[
    str | None, typer.Option(help="Name of the model; 'rules' for the built-in rules. [env: EXTRACTOR_MODEL]")
]
BaseUrl = Annotated[
    str | None,
    typer.Option(help="Address of an OpenAI-compatible API. [env: EXTRACTOR_BASE_URL; the key: OPENAI_API_KEY]"),
]
Mode = Annotated[
    str | None, typer.Option(help="How the schema is put to the model: JSON_SCHEMA, TOOLS, JSON or MD_JSON.")
]
Schema = Annotated[str | None, typer.Option(help="A pydantic model of your own: module:Class, or file.py:Class.")]
PromptFolder = Annotated[str | None, typer.Option("--prompt", help="A prompt folder, or a built-in prompt's name.")]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--param", help="A field of each request's body, as name=JSON: temperature=0. Repeatable."),
]
Unsupported = Annotated[
    str | None, typer.Option(help="Values that the document doesn't support: drop (default), keep or fail.")
]
Timeout = Annotated[float | None, typer.Option(help="Seconds for one attempt.")]
Deadline = Annotated[float | None, typer.Option(help="Seconds for one answer, retries included.")]
MaxBytes = Annotated[int | None, typer.Option(help="Bytes at most of one document.")]
Prices = Annotated[Path | None, typer.Option(help="A file of prices in place of the built-in ones.")]
Record = Annotated[Path | None, typer.Option(help="Record the exchanges with the model in this folder.")]
Replay = Annotated[Path | None, typer.Option(help="Play recorded exchanges back: no key, no network.")]


def extractor(
    schema: str | None, prompt: str | None, parameters: list[str] | None, **settings: Any
) -> Extractor[BaseModel]:
    """The extractor that these options ask for; says so where the built-in rules step in. Raises `UsageError`."""
    from extractor.extraction import Extractor
    from extractor.records.posting import JobPosting

    chosen = load_schema(schema) if schema else JobPosting
    made: Extractor[BaseModel] = Extractor(chosen, prompt=prompt, parameters=_parsed(parameters) or None, **settings)
    if made.settings.model is None:
        sys.stderr.write("No language model is configured (--model, EXTRACTOR_MODEL): the built-in rules answer.\n")
    return made


def load_schema(name: str) -> type[BaseModel]:
    """The class that `module:Class` or `file.py:Class` names. Raises `SchemaError`."""
    import importlib
    import importlib.util

    from extractor.errors import SchemaError

    module_name, _, attribute = name.rpartition(":")
    if not module_name or not attribute:
        raise SchemaError(f"schema {name!r}: write it as module:Class or file.py:Class.")
    sys.path.insert(0, str(Path.cwd()))
    try:
        if module_name.endswith(".py"):
            spec = importlib.util.spec_from_file_location(Path(module_name).stem, module_name)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            # pydantic looks annotations up in the module's namespace
            sys.modules[spec.name] = module
            spec.loader.exec_module(module)
        else:
            module = importlib.import_module(module_name)
    except Exception as error:
        raise SchemaError(
            f"schema {name!r}: {module_name} can't be imported: {type(error).__name__}: {error}."
        ) from error
    try:
        found: type[BaseModel] = getattr(module, attribute)
    except AttributeError:
        raise SchemaError(f"schema {name!r}: {module_name} has no {attribute}.") from None
    return found


def _parsed(parameters: list[str] | None) -> dict[str, Any]:
    import json

    from extractor.errors import UsageError

    parsed = {}
    for parameter in parameters or ():
        name, found, value = parameter.partition("=")
        if not found:
            raise UsageError(f"--param {parameter!r}: write it as name=value.")
        try:
            parsed[name] = json.loads(value)
        except ValueError:
            parsed[name] = value  # a bare word is a string: reasoning_effort=low
    return parsed
