"""`extractor eval`: how good the records are, measured against gold."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from extractor.documents import Document
    from extractor.evaluation import GoldDocument, Prediction, Run, Suspicion
    from extractor.extraction import Extractor
    from extractor.outcome import Failure

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_NAMED = 3  # documents that a message names of many


@app.command()
def evaluate(
    gold: Annotated[
        Path | None, typer.Argument(metavar="GOLD", help="JSONL: id, text or path, and the true record.")
    ] = None,
    gold_from_page: Annotated[
        Path | None,
        typer.Option(metavar="PAGES", help="In place of GOLD: what web pages publish of themselves as JobPosting."),
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Score this output of 'extract'; no model is asked then.")
    ] = None,
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    mode: options.Mode = None,
    schema: options.Schema = None,
    prompt: options.PromptFolder = None,
    unsupported: options.Unsupported = None,
    param: options.Parameters = None,
    store: options.StorePlace = None,
    no_store: options.NoStore = False,
    concurrency: options.Concurrency = None,
    timeout: options.Timeout = None,
    deadline: options.Deadline = None,
    prices: options.Prices = None,
    record: options.Record = None,
    replay: options.Replay = None,
    output: Annotated[Path | None, typer.Option(metavar="RUN.json", help="Keep the run: for 'compare'.")] = None,
    report: Annotated[Path | None, typer.Option(metavar="REPORT.html", help="Write a page to look at.")] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(metavar="FIGURE=NUMBER", help="Exit status 1 below it: micro.relaxed.f1=0.9. Repeatable."),
    ] = None,
) -> None:
    """Prints the scores. Exit status 1 where a figure is below `fail_under` or a document failed."""
    from extractor.cli.figures import need

    need(*(["matplotlib"] if report else []))

    from extractor import evaluation
    from extractor.errors import UsageError
    from extractor.records.posting import JobPosting

    asked = [model, base_url, mode, prompt, unsupported, param, store, concurrency, timeout, deadline, prices]
    asked += [record, replay]
    if predictions and any(option is not None for option in asked):
        raise UsageError("--predictions are scored as they are: leave --model and what belongs to it away.")
    for path in (output, report):
        if path and not path.parent.is_dir():
            raise UsageError(f"{path}: there is no folder {path.parent}.")
    wanted = dict(map(_demand, fail_under or ()))
    chosen = options.load_schema(schema) if schema else JobPosting
    if (gold is None) == (gold_from_page is None):
        raise UsageError("name one gold: a file (GOLD), or web pages (--gold-from-page PAGES).")
    documents = evaluation.load_gold(gold, chosen) if gold else _published(gold_from_page, chosen)
    _demandable(chosen, documents, wanted)
    if predictions:
        predicted = _under_gold_ids(evaluation.load_predictions(predictions, chosen), documents)
    else:
        extractor = options.extractor(
            schema,
            prompt,
            param,
            store=options.the_store(store, no_store),
            concurrency=concurrency,
            model=model,
            base_url=base_url,
            mode=mode,
            unsupported=unsupported,
            timeout_s=timeout,
            deadline_s=deadline,
            prices=prices,
            record=record,
            replay=replay,
        )
        predicted = _predicted(extractor, documents)
    if gold_from_page:
        predicted = {
            name: one.model_copy(update={"record": evaluation.only_stated(one.record, documents[name].record)})
            if name in documents
            else one
            for name, one in predicted.items()
        }
    run = evaluation.evaluate(chosen, documents, predicted)
    if output:
        evaluation.save(run, output)
    if report:
        from extractor.evaluation.report import report_of, write

        write(report_of(run, chosen, documents, _suspicions(chosen, documents, run)), report)
    _show(run)
    _say_what_lacks(documents, predicted)
    unmet = list(_unmet(run, wanted))
    for line in unmet:
        sys.stderr.write(f"extractor: {line}\n")
    if unmet or run.effort.failed:
        raise typer.Exit(1)


def _published(pages: Path | None, schema: type[BaseModel]) -> dict[str, GoldDocument]:
    """What the pages publish as gold; says what is left out. Raises `UsageError` where they publish nothing."""
    from extractor.documents import load, one_line
    from extractor.errors import DocumentError, UsageError
    from extractor.evaluation import gold_from_pages
    from extractor.outcome import Failure
    from extractor.records.posting import JobPosting
    from extractor.runs.inputs import postings

    if schema is not JobPosting or pages is None:
        raise UsageError("--gold-from-page is for the schema JobPosting alone: leave --schema away.")

    def opened() -> Iterator[Document]:
        for posting in postings(pages):
            try:
                if isinstance(posting, Failure):
                    raise posting.error
                yield load(posting) if isinstance(posting, Path) else posting
            except DocumentError as error:
                sys.stderr.write(f"{one_line(str(error))}\n")

    found, silent = gold_from_pages(opened())
    if not found:
        raise UsageError(f"{pages}: no page there publishes a JobPosting; {silent} were read.")
    if silent:
        sys.stderr.write(f"left out, as they publish no JobPosting: {silent} pages\n")
    return found


def _predicted(extractor: Extractor[BaseModel], gold: dict[str, GoldDocument]) -> dict[str, Prediction]:
    from extractor.errors import DocumentError, ModelError
    from extractor.evaluation import Prediction
    from extractor.outcome import Failure

    def opened() -> Iterator[Document | Failure]:
        for name, document in gold.items():
            try:
                yield document.read()
            except DocumentError as error:
                yield Failure(name, name, error)

    # what is played back takes no time that says anything
    timed = extractor.settings.replay is None
    found = {}
    try:
        for result in extractor.extract_many(opened(), retry_failed=True):
            if isinstance(result, Failure):
                error = {"type": type(result.error).__name__, "message": str(result.error)}
                found[result.id] = Prediction(error=error, usage=result.usage if result.usage.requests else None)
            else:
                line = {**result.to_dict(), "latency_s": result.latency_s if timed else None}
                found[result.document.id] = Prediction.model_validate(line)
    except ModelError as error:
        # no other document would fare better: each has failed of it
        said = {"type": type(error).__name__, "message": str(error)}
        found |= {name: Prediction(error=said) for name in gold if name not in found}
    finally:
        extractor.close()
    return found


def _under_gold_ids(predicted: dict[str, Prediction], gold: dict[str, GoldDocument]) -> dict[str, Prediction]:
    """The predictions, those made of a file, which `extract` calls by its stem, under the id that the gold gives it."""
    ids: dict[str, list[str]] = {}
    for name, document in gold.items():
        ids.setdefault(Path(document.source or document.path or "").stem, []).append(name)

    def known(name: str) -> str:
        meant = [] if name in gold else ids.get(name, [])
        return meant[0] if len(meant) == 1 and meant[0] not in predicted else name

    return {known(name): prediction for name, prediction in predicted.items()}


def _suspicions(schema: type[BaseModel], gold: dict[str, GoldDocument], run: Run) -> list[Suspicion] | None:
    """Likely gold errors, by the built-in rules as a second opinion; None where there is none to be had."""
    from extractor.errors import ExtractorError
    from extractor.evaluation import Prediction, likely_gold_errors
    from extractor.extraction import Extractor
    from extractor.models.rules import Rules
    from extractor.records.posting import JobPosting

    rules = Rules()
    if schema is not JobPosting or any(made.get("model") == rules.name for made in run.fingerprints.provenance):
        return None
    second = {}
    with Extractor(model=rules) as extractor:
        for name, document in gold.items():
            try:
                record = extractor.extract(document.read()).record
            except ExtractorError:
                continue  # the run has met it too, and says so
            second[name] = Prediction(record=record.model_dump(mode="json"))
    return likely_gold_errors(schema, gold, run.predictions, second)


def _show(run: Run) -> None:
    from extractor.cli import figures

    console = figures.terminal()
    console.print(figures.scores_table(run.scores))
    console.print()
    if any(accuracy.support for accuracy in run.scores.attributes.values()):
        console.print(figures.attributes_table(run.scores.attributes))
        console.print()
    if run.mistakes:
        console.print(figures.mistakes_table(run))
        console.print()
    for line in (f"{run.scores.documents} documents", *figures.effort_lines(run.effort)):
        console.print(line, soft_wrap=True)


def _say_what_lacks(gold: dict[str, GoldDocument], predicted: dict[str, Prediction]) -> None:
    from extractor.documents import one_line

    for name, prediction in predicted.items():
        if prediction.error:
            said = prediction.error.get("message") or "failed"
            sys.stderr.write(f"{one_line(name)}: {one_line(said)}\n")
    absent = [one_line(name) for name in gold if name not in predicted]
    if absent:
        named = ", ".join(absent[:_NAMED]) + (", …" if len(absent) > _NAMED else "")
        sys.stderr.write(f"{len(absent)} documents have no prediction, all their facts are missed: {named}\n")


def _demand(given: str) -> tuple[str, float]:
    from extractor.errors import UsageError

    figure, _, number = given.rpartition("=")
    try:
        wanted = float(number)
    except ValueError:
        wanted = float("nan")
    if not figure or wanted != wanted:  # noqa: PLR0124  NaN alone differs from itself
        raise UsageError(f"--fail-under {given!r}: write it as figure=number: micro.relaxed.f1=0.9.")
    return figure.strip(), wanted


def _demandable(schema: type[BaseModel], gold: dict[str, GoldDocument], wanted: dict[str, float]) -> None:
    """Raises `UsageError` for a figure that no run could have, before any model is paid."""
    from extractor.evaluation import Prediction, evaluate, figure_at

    scored = [figure for figure in wanted if figure.partition(".")[0] != "effort"]
    if scored:
        perfect = evaluate(schema, gold, {name: Prediction(record=one.record) for name, one in gold.items()})
        for figure in scored:
            figure_at(perfect, figure)


def _unmet(run: Run, wanted: dict[str, float]) -> list[str]:
    """A line for each figure that isn't what was wanted, or isn't there."""
    from extractor.errors import UsageError
    from extractor.evaluation import figure_at

    lines = []
    for figure, least in wanted.items():
        try:
            value = figure_at(run, figure)
        except UsageError as error:
            lines.append(str(error))
        else:
            if value < least:
                lines.append(f"{figure} is {value:.4f}, wanted {least:g}.")
    return lines
