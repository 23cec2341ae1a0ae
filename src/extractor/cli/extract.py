"""`extractor extract`: postings in, records out."""

from __future__ import annotations

import sys
from collections import deque
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from extractor.cli import options

if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import AsyncIterator, Callable, Iterable

    from pydantic import BaseModel

    from extractor.documents import Document
    from extractor.extraction import Extraction, Extractor

HELP = "Extract records from files, folders of postings (.txt, .md, .html), or - for standard input."

Source = TypeVar("Source")
_AHEAD = 8  # documents asked about at a time; results still come in the order of the inputs


class Format(StrEnum):
    """How records are written."""

    JSONL = "jsonl"
    JSON = "json"
    TABLE = "table"


def extract(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, folders, or - for standard input.")],
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    mode: options.Mode = None,
    schema: options.Schema = None,
    prompt: options.PromptFolder = None,
    output_format: Annotated[Format, typer.Option("--format", help="jsonl: a line a posting.")] = Format.JSONL,
    output: Annotated[Path | None, typer.Option(help="Write here instead of to standard output.")] = None,
    with_text: Annotated[bool, typer.Option("--with-text", help="Add the text that offsets count in.")] = False,
    unsupported: options.Unsupported = None,
    param: options.Parameters = None,
    timeout: options.Timeout = None,
    deadline: options.Deadline = None,
    max_bytes: options.MaxBytes = None,
    prices: options.Prices = None,
    record: options.Record = None,
    replay: options.Replay = None,
) -> None:
    """Writes records to stdout or `output`, messages to stderr. Exit status 1 where a document failed."""
    extractor = options.extractor(
        schema,
        prompt,
        param,
        model=model,
        base_url=base_url,
        mode=mode,
        unsupported=unsupported,
        timeout_s=timeout,
        deadline_s=deadline,
        max_bytes=max_bytes,
        prices=prices,
        record=record,
        replay=replay,
    )
    import asyncio

    failed = asyncio.run(_run(extractor, paths, output_format, output, with_text))
    if failed:
        raise typer.Exit(1)


async def _run(
    extractor: Extractor[BaseModel], paths: list[Path], form: Format, output: Path | None, with_text: bool
) -> int:
    """Writes every result as it comes; returns how many documents failed."""
    from extractor.cli.inputs import open_document, walk
    from extractor.cli.writers import writer
    from extractor.models.usage import Usage

    done, failed, usage = 0, 0, Usage()
    with writer(form, output, with_text) as write:
        limit = extractor.settings.max_bytes
        async for path, result, _ in each(extractor, walk(paths), lambda path: open_document(path, limit)):
            write(path, result)
            if isinstance(result, Exception):
                failed += 1
                sys.stderr.write(f"extractor: {result}\n")
                usage += getattr(result, "usage", None) or Usage()
            else:
                done += 1
                usage += result.usage
                for warning in result.warnings:
                    sys.stderr.write(f"{path}: {warning}\n")
                if result.unsupported:
                    sys.stderr.write(f"{path}: {len(result.unsupported)} values unsupported by the text\n")
    if not done and not failed:
        sys.stderr.write("extractor: no postings there: a folder's .txt, .md and .html files are read.\n")
        return 1
    cost = "" if usage.cost_usd is None or not usage.requests else f", ${usage.cost_usd:.4f}"
    asked = (
        f", {usage.requests} requests, {usage.input_tokens} + {usage.output_tokens} tokens{cost}"
        if usage.requests
        else ""
    )
    sys.stderr.write(f"{done} extracted, {failed} failed{asked}\n")
    return failed


async def each(
    extractor: Extractor[BaseModel], sources: Iterable[Source], opened: Callable[[Source], Document]
) -> AsyncIterator[tuple[Source, Extraction[Any] | Exception, float | None]]:
    """The result of each source in order, and the seconds from the opened document to its record.

    Some are asked ahead; what would fail every document alike is asked once. `opened` may raise `DocumentError`.
    """
    import asyncio
    from time import perf_counter

    from extractor.errors import ExtractorError, ModelError

    fatal: ModelError | None = None
    ahead: deque[tuple[Source, Task[tuple[Extraction[Any], float]]]] = deque()

    async def one(source: Source) -> tuple[Extraction[Any], float]:
        document = opened(source)
        if fatal is not None:
            raise type(fatal)(str(fatal))
        begun = perf_counter()
        extraction = await extractor.aextract(document)
        return extraction, perf_counter() - begun

    async with extractor:
        remaining = iter(sources)
        while True:
            while len(ahead) < _AHEAD and (source := next(remaining, None)) is not None:
                ahead.append((source, asyncio.create_task(one(source))))
            if not ahead:
                return
            source, task = ahead.popleft()
            try:
                yield source, *await task
            except ExtractorError as error:
                if isinstance(error, ModelError) and error.fatal:
                    fatal = error
                yield source, error, None
