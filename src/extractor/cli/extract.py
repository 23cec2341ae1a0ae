"""`extractor extract`: postings in, records out."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import aclosing, contextmanager, nullcontext
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from extractor.cli import options
from extractor.cli.messages import LOG, STDERR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from pydantic import BaseModel

    from extractor.extraction import Extractor, Posting
    from extractor.outcome import Extraction, Failure
    from extractor.runs.estimate import Estimate

app = typer.Typer(add_completion=False, rich_markup_mode=None)

# Exit status of a run that ended before its documents did, because the budget was spent.
_BUDGET_SPENT = 3
_STOPPED = {"event": "run.stopped"}
_NAMED = 3  # failed documents that the summary names for each kind of error


class Format(StrEnum):
    """How records are written."""

    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    JSONLD = "jsonld"
    TABLE = "table"


# By the suffix of the output; without one, or another, it is JSONL.
_FORMATS = {
    ".json": Format.JSON,
    ".csv": Format.CSV,
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
    ".jsonld": Format.JSONLD,
}


@app.command()
def extract(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH...", help="Files, folders, globs, .jsonl, .csv, .tsv, .parquet, or - for stdin."),
    ] = None,
    files_from: Annotated[
        Path | None, typer.Option(metavar="LIST", help="A file of paths, one a line, or - for standard input.")
    ] = None,
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    mode: options.Mode = None,
    schema: options.Schema = None,
    prompt: options.PromptFolder = None,
    text_column: options.TextColumn = None,
    id_column: options.IdColumn = None,
    output_format: Annotated[
        Format | None, typer.Option("--format", help="By default as the suffix of --output says, or jsonl.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write here instead of to standard output.")] = None,
    unordered: Annotated[bool, typer.Option("--unordered", help="Write results as they come.")] = False,
    with_text: Annotated[bool, typer.Option("--with-text", help="Add the text that offsets count in.")] = False,
    unsupported: options.Unsupported = None,
    merge: options.Merge = False,
    param: options.Parameters = None,
    store: options.StorePlace = None,
    no_store: options.NoStore = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Ask again about documents that failed in an earlier run.")
    ] = False,
    concurrency: options.Concurrency = None,
    rpm: options.Rpm = None,
    tpm: options.Tpm = None,
    max_cost: options.MaxCost = None,
    max_tokens: options.MaxTokens = None,
    timeout: options.Timeout = None,
    deadline: options.Deadline = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask nothing: say how many documents, tokens and dollars to expect.")
    ] = False,
    grace: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="What requests in flight get after Ctrl-C or SIGTERM.")
    ] = 30.0,
    max_bytes: options.MaxBytes = None,
    prices: options.Prices = None,
    record: options.Record = None,
    replay: options.Replay = None,
    telemetry: options.Telemetry = None,
    log_json: Annotated[bool, typer.Option("--log-json", help="Messages as lines of JSON, for a machine.")] = False,
) -> None:
    """Writes records to stdout or `output`, messages to stderr.

    Exit status 1 where a document failed or the run met an error that stops it, 3 where the budget was spent, 128 and
    the signal's number where a signal ended it.
    """
    from extractor.errors import UsageError
    from extractor.runs.inputs import counted, listed, postings

    STDERR.follow(as_json=log_json)
    if not paths and not files_from:
        raise UsageError("nothing to extract: name files or folders (PATH...), or a list of them (--files-from).")
    if output and output.is_file() and any(path.is_file() and path.samefile(output) for path in paths or ()):
        raise UsageError(f"--output {output}: this is what is read; name another file.")
    form = output_format or _FORMATS.get(output.suffix.lower() if output else "", Format.JSONL)
    kept = options.the_store(store, no_store)
    extractor = options.extractor(
        schema,
        prompt,
        param,
        store=kept,
        model=model,
        base_url=base_url,
        mode=mode,
        unsupported=unsupported,
        merge=merge or None,
        concurrency=concurrency,
        rpm=rpm,
        tpm=tpm,
        max_cost_usd=max_cost,
        max_tokens=max_tokens,
        timeout_s=timeout,
        deadline_s=deadline,
        max_bytes=max_bytes,
        prices=prices,
        record=record,
        replay=replay,
        telemetry=telemetry,
    )
    limit = extractor.settings.max_bytes

    def wanted() -> Iterator[Posting]:
        how = {"text_column": text_column, "id_column": id_column}
        yield from postings(*(paths or ()), max_bytes=limit, **how)
        if files_from:
            for path in listed(files_from):
                yield from postings(path, max_bytes=limit, **how)

    if dry_run:
        from extractor.runs.estimate import estimate

        _expect(asyncio.run(estimate(extractor, wanted(), kept, retry_failed=retry_failed)))
        return

    def total() -> int | None:
        # a list that is no file can be read only once
        given = [] if not files_from else listed(files_from) if files_from.is_file() else [Path("-")]
        return counted([*(paths or ()), *given])

    run = _Run(extractor, wanted(), unordered, retry_failed, grace)
    display: AbstractContextManager[None] = nullcontext()
    # records that go to the terminal are progress enough, and would write over the display
    if sys.stderr.isatty() and not log_json and (output or not sys.stdout.isatty()):
        from extractor.cli.progress import shown

        # the built-in rules have no pace
        display = shown(run.progress, getattr(extractor.model, "pace", None), STDERR, total)
    with display:
        try:
            asyncio.run(run.write(form, output, with_text))
        except KeyboardInterrupt:
            if not run.status:
                raise
    run.summary()
    if run.status:
        raise typer.Exit(run.status)


def _expect(expected: Estimate) -> None:
    kept = f"{expected.stored} in the store" + (f" ({expected.failed} failed)" if expected.failed else "")
    lines = [f"{expected.documents} documents: {kept}, {expected.unreadable} unreadable, {expected.to_ask} to ask"]
    if expected.input_tokens:
        cost = "price unknown" if expected.cost_usd is None else f"${expected.cost_usd:.2f}"
        lines.append(f"about {expected.input_tokens:,} + {expected.output_tokens:,} tokens, {cost}")
    sys.stdout.write("\n".join(lines) + "\n")


class _Run:
    """One run of `extract`: results to the writer, messages to stderr, signals to the progress."""

    def __init__(
        self,
        extractor: Extractor[BaseModel],
        postings: Iterator[Posting],
        unordered: bool,
        retry_failed: bool,
        grace_s: float,
    ) -> None:
        from extractor.outcome import Progress

        self.progress = Progress()
        self.status = 0
        self._signalled = False
        self._extractor = extractor
        self._postings = postings
        self._how = {"unordered": unordered, "retry_failed": retry_failed, "progress": self.progress}
        self._grace_s = grace_s
        self._failed: dict[str, list[str]] = {}
        self._unfit = 0  # failures that are in the store, so that --retry-failed means them

    async def write(self, form: Format, output: Path | None, with_text: bool) -> None:
        """Writes every result as it comes, until there are no more or the run is stopped."""
        from extractor.cli.writers import writer
        from extractor.errors import BudgetReachedError, ModelError
        from extractor.streams import threaded

        written = writer(
            form, output, schema=self._extractor.schema, with_text=with_text, finished=lambda: not self.status
        )
        with written as write, self._signals():
            try:
                # in a thread of their own: to wait for standard input mustn't hold up what is in flight
                async with (
                    aclosing(threaded(self._postings)) as postings,
                    aclosing(self._extractor.aextract_many(postings, **self._how)) as results,  # type: ignore[arg-type]
                ):
                    async for result in results:
                        write(result)
                        self._note(result)
            except BudgetReachedError as error:
                LOG.error("%s", error, extra=_STOPPED)
                self.status = self.status or _BUDGET_SPENT
            except ModelError:
                # its document has said it; nothing after it was asked
                LOG.error("stopped: no other document would fare better.", extra=_STOPPED)
                self.status = self.status or 1
            except asyncio.CancelledError:
                if not self._signalled:
                    raise
                LOG.error("stopped: what was still in flight is lost.", extra=_STOPPED)

    def summary(self) -> None:
        """Says what became of the documents, what failed and where, and what it cost."""
        progress, paid = self.progress, self.progress.paid
        if not progress.extracted and not progress.failed and not self.status:
            from extractor.runs.inputs import SUFFIXES

            LOG.error("no postings there: of a folder, files named %s are read.", ", ".join(SUFFIXES), extra=_STOPPED)
            self.status = 1
            return
        lines = []
        for kind, names in self._failed.items():
            count = progress.failures[kind]
            more = ", …" if count > len(names) else ""
            lines.append(f"failed: {count} {kind}: {', '.join(names)}{more}")
        if self._unfit:
            lines.append(f"{self._unfit} of them failed in an earlier run: --retry-failed asks again")
        parts = [f"{progress.extracted} extracted, {progress.failed} failed"]
        if progress.stored:
            parts.append(f"{progress.stored} of all from the store")
        if paid.requests:
            parts.append(f"{paid.requests} requests, {paid.input_tokens} + {paid.output_tokens} tokens")
            if paid.cost_usd is not None:
                parts.append(f"${paid.cost_usd:.4f}")
        if progress.failed and not self.status:
            self.status = 1
        counts = {
            "event": "run.finished",
            "status": self.status,
            "extracted": progress.extracted,
            "failed": progress.failed,
            "failures": dict(progress.failures),
            "stored": progress.stored,
            "retries": STDERR.seen["request.retried"],
            **asdict(paid),
        }
        LOG.info("%s", "\n".join([*lines, ", ".join(parts)]), extra=counts)

    def _note(self, result: Extraction[Any] | Failure) -> None:
        """What the summary will name."""
        from extractor.documents import one_line
        from extractor.outcome import Failure

        if isinstance(result, Failure):
            named = self._failed.setdefault(type(result.error).__name__, [])
            if len(named) < _NAMED:
                named.append(one_line(result.source))
            self._unfit += result.stored

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM let what is in flight end within the grace period; a second one ends it at once."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def stop(number: int, _: object) -> None:
            again, self.status = self._signalled, 128 + number
            self._signalled = True
            self.progress.stop()
            if again:
                # not by way of the loop: whoever reads our output may hold it up
                raise KeyboardInterrupt
            # said by the loop: here it could meet a message that is half written
            loop.call_soon_threadsafe(wind_down, number)

        def wind_down(number: int) -> None:
            under_way = self.progress.under_way
            LOG.error(
                "stopping: %d in flight get %g s; once more stops at once. The same command goes on from here.",
                under_way,
                self._grace_s,
                extra={"event": "run.stopping", "signal": signal.Signals(number).name, "in_flight": under_way},
            )
            loop.call_later(self._grace_s, task.cancel)

        former = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)
