"""The options that several verbs share, and the extractor that they make."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from extractor.cli.messages import LOG

if TYPE_CHECKING:
    from pydantic import BaseModel

    from extractor.extraction import Extractor
    from extractor.runs.store import Store

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
Merge = Annotated[
    bool, typer.Option("--merge", help="Fill what the text leaves open with what its page publishes as JobPosting.")
]
TextColumn = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="The column of a table that holds the postings, by name or number; else guessed."
    ),
]
IdColumn = Annotated[str | None, typer.Option(metavar="NAME", help="The column that holds their ids.")]
Timeout = Annotated[float | None, typer.Option(help="Seconds for one attempt.")]
Deadline = Annotated[float | None, typer.Option(help="Seconds for one answer, retries included.")]
StorePlace = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="PATH|URL",
        help="Keep answers in this file, or at postgresql://…; default: the user's cache.",
    ),
]
NoStore = Annotated[bool, typer.Option("--no-store", help="Keep no answers, use none that are kept.")]
Concurrency = Annotated[int | None, typer.Option(help="Requests at once, at most (default 32); fewer when throttled.")]
Rpm = Annotated[float | None, typer.Option(help="Requests a minute, at most.")]
Tpm = Annotated[float | None, typer.Option(help="Tokens a minute, at most.")]
MaxCost = Annotated[float | None, typer.Option(metavar="USD", help="Stop before more than this is spent.")]
MaxTokens = Annotated[int | None, typer.Option(help="Stop before more tokens than this are used.")]
MaxBytes = Annotated[int | None, typer.Option(help="Bytes at most of one document.")]
Prices = Annotated[Path | None, typer.Option(help="A file of prices in place of the built-in ones.")]
Record = Annotated[Path | None, typer.Option(help="Record the exchanges with the model in this folder.")]
Replay = Annotated[Path | None, typer.Option(help="Play recorded exchanges back: no key, no network.")]
Telemetry = Annotated[
    str | None, typer.Option(help="OpenTelemetry spans and metrics: off (default), on, or content, with the texts.")
]


def the_store(place: str | None, none: bool) -> Store | None:
    """The store that these options ask for; by default the one in the user's cache. Raises `UsageError`."""
    from extractor.errors import UsageError
    from extractor.runs.store import Store

    if none and place:
        raise UsageError("--store and --no-store exclude each other.")
    return None if none else Store(place)


def extractor(
    schema: str | None,
    prompt: str | None,
    parameters: list[str] | None,
    store: Store | None = None,
    **settings: Any,
) -> Extractor[BaseModel]:
    """The extractor that these options ask for; says so where the built-in rules step in. Raises `UsageError`."""
    from extractor.extraction import Extractor
    from extractor.records.posting import JobPosting

    chosen = load_schema(schema) if schema else JobPosting
    made: Extractor[BaseModel] = Extractor(
        chosen, prompt=prompt, parameters=_parsed(parameters) or None, store=store, **settings
    )
    if made.settings.model is None:
        LOG.warning(
            "No language model is configured (--model, EXTRACTOR_MODEL): the built-in rules answer.",
            extra={"event": "command.warned"},
        )
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
