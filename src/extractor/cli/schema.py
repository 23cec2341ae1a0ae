"""`extractor schema`: the record's schema, or the answer schema that a model is given."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from extractor.cli import options

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def schema(
    schema: options.Schema = None,
    answer: Annotated[bool, typer.Option("--answer", help="The answer schema, with its citations.")] = False,
) -> None:
    """Prints one JSON object."""
    from extractor.records.citing import AnswerSchema
    from extractor.records.posting import JobPosting

    model = options.load_schema(schema) if schema else JobPosting
    built = AnswerSchema(model)  # also says what can't be carried
    shown = built.json_schema if answer else model.model_json_schema()
    sys.stdout.write(json.dumps(shown, indent=None if answer else 2, ensure_ascii=False) + "\n")
