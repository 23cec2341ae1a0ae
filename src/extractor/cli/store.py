"""`extractor store`: what is kept of earlier runs."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import timedelta

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)

Where = Annotated[
    str | None,
    typer.Option("--store", metavar="PATH_OR_URL", help="A SQLite file or postgresql://…, not the default file."),
]

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@app.command()
def stats(store: Where = None) -> None:
    """Say what is in the store, and what it cost."""
    from extractor.runs.store import Store

    kept = Store(store)
    found = kept.stats()
    lines = {
        "store": kept.name,
        "schema": found.version,
        "answers": found.answers,
        "results": f"{found.results}, {found.failures} of them failures",
        "tokens": f"{found.input_tokens} in ({found.cached_tokens} cached), {found.output_tokens} out",
        "cost": "unknown for some answers" if found.cost_usd is None else f"${found.cost_usd:.4f}",
        "oldest": f"{found.oldest:%Y-%m-%d %H:%M} UTC" if found.oldest else "none",
        "newest": f"{found.newest:%Y-%m-%d %H:%M} UTC" if found.newest else "none",
        "size": f"{found.size_bytes / 1e6:.1f} MB",
    }
    for name, value in lines.items():
        sys.stdout.write(f"{name:8} {value}\n")


@app.command()
def prune(
    older_than: Annotated[str, typer.Option(metavar="AGE", help="30d: also s, m, h, w.")],
    store: Where = None,
) -> None:
    """Remove what is older than an age, and give the space back."""
    from extractor.runs.store import Store

    pruned = Store(store).prune(_age(older_than))
    sys.stdout.write(f"{pruned.answers} answers and {pruned.results} results removed\n")


@app.command()
def export(
    output: Annotated[Path | None, typer.Option(help="Write here instead of to standard output.")] = None,
    store: Where = None,
) -> None:
    """Write all that is in the store, a line of JSON each."""
    from itertools import chain, islice

    import orjson

    from extractor.runs.store import Store

    lines = Store(store).export()
    head = list(islice(lines, 1))  # no file is replaced where there is no store
    stream = output.open("wb") if output else sys.stdout.buffer
    try:
        for line in chain(head, lines):
            stream.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        stream.flush()
    finally:
        if output:
            stream.close()


def _age(text: str) -> timedelta:
    from datetime import timedelta

    from extractor.errors import UsageError

    parts = re.fullmatch(r"([0-9]{1,6})([smhdw])", text.strip())
    if parts is None:
        raise UsageError(f"--older-than {text!r}: write a number and a unit: 90s, 30m, 12h, 30d, 4w.")
    return timedelta(**{_UNITS[parts[2]]: int(parts[1])})
