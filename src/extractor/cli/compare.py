"""`extractor compare`: two runs of `eval`, and what changed between them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from extractor.evaluation import Comparison

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_LISTED = 10  # documents that moved; the report has all


@app.command()
def compare(
    run_a: Annotated[Path, typer.Argument(metavar="RUN_A.json", help="The run before.")],
    run_b: Annotated[Path, typer.Argument(metavar="RUN_B.json", help="The run after.")],
    report: Annotated[Path | None, typer.Option(metavar="FILE.html", help="Write a page to look at.")] = None,
) -> None:
    """Prints the differences B - A with their 95 % intervals, and the documents that moved most."""
    from extractor.cli.figures import need

    need(*(["matplotlib"] if report else []))

    from extractor import evaluation

    runs = evaluation.load_run(run_a), evaluation.load_run(run_b)
    compared = evaluation.compare(*runs)
    if report:
        from extractor.evaluation.report import comparison_report, write

        write(comparison_report(compared, *runs), report)
    _show(compared)


def _show(compared: Comparison) -> None:
    from extractor.cli.figures import differences_table, plain, terminal
    from extractor.documents import one_line

    console = terminal()
    console.print(differences_table(compared))
    console.print(
        "* the interval leaves 0 out: more than the choice of documents explains; with few documents, trust no star",
        soft_wrap=True,
    )
    console.print()
    console.print(f"{len(compared.moved)} of {compared.documents} documents moved", soft_wrap=True)
    for moved in compared.moved[:_LISTED]:
        console.print(
            f"{one_line(moved.document)}: relaxed F1 {plain(moved.a)} → {plain(moved.b)}, "
            f"{len(moved.gained)} gold facts gained, {len(moved.lost)} lost",
            soft_wrap=True,
        )
    if len(compared.moved) > _LISTED:
        console.print(f"… and {len(compared.moved) - _LISTED} more (--report)", soft_wrap=True)
