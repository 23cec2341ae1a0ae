"""`extractor batch`: the same records by way of files that are answered at once, at half the price or offline."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from extractor.cli import options
from extractor.cli.messages import LOG, STDERR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from extractor.extraction import Extractor, Posting
    from extractor.runs.batch import Collected, FailedLine
    from extractor.runs.batch_api import Batches, State

# Exit status while documents wait: for a batch that is running, or for the next.
_UNFINISHED = 3
_OPENAI = "https://api.openai.com/v1"

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)

Requests = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="Files that 'batch prepare' wrote.", show_default=False)
]


@app.command()
def prepare(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Postings, as 'extract' takes them.", show_default=False)
    ],
    output: Annotated[Path, typer.Option(metavar="FILE", help="Write requests here; more go to FILE-2, FILE-3, …")],
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    mode: options.Mode = None,
    schema: options.Schema = None,
    prompt: options.PromptFolder = None,
    unsupported: options.Unsupported = None,
    param: options.Parameters = None,
    store: options.StorePlace = None,
    max_bytes: options.MaxBytes = None,
) -> None:
    """Write the requests that the documents wait for; those that are finished need none.

    The files' names go to stdout. Exit status 1 where a document failed.
    """
    from extractor.runs import batch, batch_api
    from extractor.runs.inputs import SUFFIXES

    STDERR.follow(as_json=False)
    extractor = _extractor(
        schema,
        prompt,
        param,
        store,
        model=model,
        base_url=base_url,
        mode=mode,
        unsupported=unsupported,
        max_bytes=max_bytes,
    )
    with extractor:
        asked = batch_api.under_way(output.parent)
        prepared = batch.prepare(extractor, _postings(paths, extractor), output, under_way=asked)
    for path in prepared.files:
        sys.stdout.write(f"{path}\n")
    if not prepared.waiting + prepared.extracted + prepared.failed:
        LOG.error("no postings there: of a folder, files named %s are read.", ", ".join(SUFFIXES))
        raise typer.Exit(1)
    asked_before = f" ({prepared.under_way} of a batch under way)" if prepared.under_way else ""
    LOG.info(
        "%d requests; %d documents wait for an answer%s, %d are extracted, %d failed",
        prepared.requests,
        prepared.waiting,
        asked_before,
        prepared.extracted,
        prepared.failed,
    )
    if prepared.files:
        LOG.info("next: extractor batch submit %s", " ".join(map(str, prepared.files)))
    elif not prepared.under_way:
        LOG.info("nothing is left to ask: 'extractor extract' with the same options writes the records")
    if prepared.failed:
        raise typer.Exit(1)


@app.command()
def submit(files: Requests, base_url: options.BaseUrl = None) -> None:
    """Upload files of requests and have them answered within 24 hours, each once however often this is run."""
    from extractor.runs.batch_api import Batches, state_file
    from extractor.settings import Settings

    settings = Settings.load(base_url=base_url)
    for path in files:
        # new files are listed with the first
        with Batches.of(path if state_file(path) else files[0], settings) as batches:
            state, new = batches.submit(path)
        sys.stdout.write(f"{_line(state)}{'' if new else ' (submitted before)'}\n")


@app.command()
def status(files: Requests, base_url: options.BaseUrl = None) -> None:
    """Say how the batches stand that were submitted with these files."""
    from extractor.settings import Settings

    for batches in _batches(files, Settings.load(base_url=base_url)):
        for state in batches.status():
            sys.stdout.write(f"{_line(state)}\n")
            for fault in state.faults:
                sys.stdout.write(f"    {fault}\n")


@app.command()
def collect(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH...]", help="Postings whose records to write.", show_default=False),
    ] = None,
    requests: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="What was asked: a file of 'batch prepare'. Repeatable.")
    ] = None,
    results: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Answers in a file, not at a server. Repeatable.")
    ] = None,
    errors: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Failures beside --results. Repeatable.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write records here instead of to standard output.")] = None,
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    mode: options.Mode = None,
    schema: options.Schema = None,
    prompt: options.PromptFolder = None,
    unsupported: options.Unsupported = None,
    param: options.Parameters = None,
    store: options.StorePlace = None,
    max_bytes: options.MaxBytes = None,
    prices: options.Prices = None,
) -> None:
    """Keep the answers in the store; write the records of the documents that are finished by them.

    Exit status 3 while documents or batches wait, else 1 where something failed.
    """
    from extractor.errors import UsageError
    from extractor.models import prices as listed
    from extractor.runs import batch
    from extractor.runs.store import Store
    from extractor.settings import Settings

    STDERR.follow(as_json=False)
    given = [*(results or ()), *(errors or ())]
    if not given and not requests:
        raise UsageError("nothing to collect: name what was submitted (--requests), or files of answers (--results).")
    settings = Settings.load(base_url=base_url, prices=prices)
    place, known = Store(store), listed.prices(settings.prices)
    # before anything is fetched: what is wrong with the options should come first
    extractor = None
    if paths:
        extractor = _extractor(
            schema,
            prompt,
            param,
            store,
            model=model,
            base_url=base_url,
            mode=mode,
            unsupported=unsupported,
            max_bytes=max_bytes,
        )
    running = failed = False
    if given:
        found = batch.collect(place, *given, requests=requests or (), prices=known, failed=_tell)
        failed = _counts("", found)
    else:
        for batches in _batches(requests or (), settings):
            for state, collected in batches.collect(place, prices=known, failed=_tell):
                if collected is not None:
                    failed |= _counts(f"{state.requests}: ", collected)
                elif state.running:
                    running = True
                    LOG.info("%s", _line(state))
                else:
                    failed = True
                    LOG.error("%s: %s", _line(state), "; ".join(state.faults) or "no reason given")
    left = True
    if extractor and paths:
        left, lost = _write(extractor, paths, output)
        failed |= lost
    if running:
        LOG.info("next: the same command, when the batches have ended")
    elif left:
        LOG.info("next: 'extractor batch prepare', options as before and another --output, writes what is left to ask")
    waiting = running or (left and bool(paths))
    if waiting or failed:
        raise typer.Exit(_UNFINISHED if waiting else 1)


def _extractor(
    schema: str | None, prompt: str | None, param: list[str] | None, store: str | None, **settings: Any
) -> Extractor[BaseModel]:
    """The extractor of these options; nothing is sent by it, so that it needs no key."""
    from extractor.runs.store import Store
    from extractor.settings import Settings

    known = Settings.load(**settings)
    if known.api_key is None and known.base_url is None:
        settings["base_url"] = _OPENAI
    return options.extractor(schema, prompt, param, store=Store(store), **settings)


def _postings(paths: list[Path], extractor: Extractor[Any]) -> Iterator[Posting]:
    from extractor.runs.inputs import postings

    return postings(*paths, max_bytes=extractor.settings.max_bytes)


def _batches(files: list[Path] | tuple[()], settings: Any) -> Iterator[Batches]:
    """The batches listed with each file, once."""
    from extractor.errors import UsageError
    from extractor.runs.batch_api import Batches, state_file

    states = dict.fromkeys(state_file(path) or path for path in files)
    for state in states:
        if state in files and not state.name.endswith(".batches.json"):
            raise UsageError(f"{state} was not submitted from here: extractor batch submit {state}")
        with Batches(state, settings) as batches:
            yield batches


def _write(extractor: Extractor[BaseModel], paths: list[Path], output: Path | None) -> tuple[bool, bool]:
    """Writes the records and failures there are; whether documents wait, and whether any failed."""
    from extractor.cli.writers import writer
    from extractor.models.base import Deferred
    from extractor.outcome import Failure

    waiting = extracted = failed = 0
    with extractor, writer("jsonl", output, schema=extractor.schema) as write:
        for outcome in extractor.kept_many(_postings(paths, extractor)):
            if isinstance(outcome, Deferred):
                waiting += 1
                continue
            write(outcome)
            failed += isinstance(outcome, Failure)
            extracted += not isinstance(outcome, Failure)
    LOG.info("%d extracted, %d failed, %d wait for an answer", extracted, failed, waiting)
    return waiting > 0, failed > 0


def _counts(name: str, found: Collected) -> bool:
    """Says what was collected; whether anything was wrong with it."""
    usage = found.usage
    parts = [f"{found.kept} answers kept"]
    parts += [f"{found.known} known before"] if found.known else []
    if usage.requests:
        parts.append(f"{usage.input_tokens} + {usage.output_tokens} tokens")
        parts += [] if usage.cost_usd is None else [f"${usage.cost_usd:.4f}"]
    wrong = {
        "failed": found.failed,
        "without a line": found.missing,
        "not asked for": found.unknown,
        "twice": found.repeated,
        "unreadable": found.unreadable,
    }
    parts += [f"{count} {what}" for what, count in wrong.items() if count]
    LOG.info("%s%s", name, ", ".join(parts))
    return any(wrong.values())


def _tell(line: FailedLine) -> None:
    said = " ".join(part for part in (line.custom_id, line.code) if part)
    LOG.error("%s: %s", line.place, f"{said}: {line.message}" if said else line.message)


def _line(state: State) -> str:
    done = f" {state.completed + state.failed} of {state.total} done, {state.failed} failed" if state.total else ""
    return f"{state.requests}: {state.batch or 'no batch'} {state.status}{done}"
