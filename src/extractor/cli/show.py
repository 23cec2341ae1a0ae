"""`extractor show`: one document in the terminal with its facts marked and listed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from extractor.cli import options

if TYPE_CHECKING:
    from rich.text import Text

    from extractor.extraction import Extraction

app = typer.Typer(add_completion=False, rich_markup_mode=None)

# colours that stay apart on dark and light terminals; fields take them in the schema's order
_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")


@app.command()
def show(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file, or - for standard input.")],
    model: options.Model = None,
    base_url: options.BaseUrl = None,
    mode: options.Mode = None,
    schema: options.Schema = None,
    prompt: options.PromptFolder = None,
    param: options.Parameters = None,
    max_bytes: options.MaxBytes = None,
    replay: options.Replay = None,
) -> None:
    """Prints the text, then the facts."""
    from rich.console import Console
    from rich.text import Text

    from extractor.cli.inputs import open_document
    from extractor.cli.writers import facts

    extractor = options.extractor(
        schema, prompt, param, model=model, base_url=base_url, mode=mode, max_bytes=max_bytes, replay=replay
    )
    with extractor:
        result = extractor.extract(open_document(path, extractor.settings.max_bytes))
    for warning in result.warnings:
        sys.stderr.write(f"{path}: {warning}\n")
    console = Console(highlight=False, markup=False, emoji=False)
    console.print(_marked(result))
    console.print()
    console.print(facts(result))
    for value in result.unsupported:
        console.print(Text(f"unsupported: {value.pointer} {value.value!r}", "yellow"))


def _marked(result: Extraction[Any]) -> Text:
    """The document's text, each evidence span in its field's colour; longer spans lie under shorter ones."""
    from rich.text import Text

    from extractor.documents.document import UNSEEN

    # one character for one: offsets stay true, and the terminal obeys nothing in the text
    text = UNSEEN.sub(lambda run: "\ufffd" * len(run.group()), result.document.text)
    marked = Text(text)
    fields = list(type(result.record).model_fields)
    spans = [
        (span, fields.index(pointer[1:].partition("/")[0]))
        for pointer, found in result.evidence.items()
        for span in found
    ]
    for span, field in sorted(spans, key=lambda pair: pair[0].start - pair[0].end):
        marked.stylize(f"{_COLOURS[field % len(_COLOURS)]} underline", span.start, span.end)
    return marked
