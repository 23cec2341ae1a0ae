"""`extractor text`: what the reader of a document saw."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from extractor.cli import options

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def text(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file, or - for standard input.")],
    segments: Annotated[bool, typer.Option("--segments", help="Numbered, one segment a line.")] = False,
    max_bytes: options.MaxBytes = None,
) -> None:
    """Prints the text; warnings go to stderr."""
    from extractor.cli.inputs import open_document
    from extractor.documents.document import UNSEEN
    from extractor.settings import Settings

    document = open_document(path, Settings.load(max_bytes=max_bytes).max_bytes)
    for warning in document.warnings:
        sys.stderr.write(f"{document.source}: {warning}\n")
    if segments:
        shown = "".join(f"{n}| {document.shown(n)}\n" for n in range(len(document.segments)))
    else:
        # a terminal would obey control characters; a file or pipe gets them as they are
        shown = UNSEEN.sub("\ufffd", document.text) if sys.stdout.isatty() else document.text
        shown += "" if shown.endswith("\n") else "\n"
    sys.stdout.write(shown)
