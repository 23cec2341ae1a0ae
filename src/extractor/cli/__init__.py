"""The command line: one module a verb; a verb imports its room when it runs."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from extractor.cli import batch, compare, evaluate, extract, schema, show, store, text
from extractor.cli.messages import LOG, STDERR

_FAILED = {"event": "command.failed"}

app = typer.Typer(
    name="extractor",
    help="Turns job postings into validated records with the evidence for every fact.",
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    # plain help: drawing boxes would cost more than all else that --help does
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command(help=extract.HELP)(extract.extract)
app.command(help=show.HELP)(show.show)
app.command("eval", help=evaluate.HELP)(evaluate.evaluate)
app.command(help=compare.HELP)(compare.compare)
app.command(help=schema.HELP)(schema.schema)
app.command(help=text.HELP)(text.text)
app.add_typer(store.app, name="store")
app.add_typer(batch.app, name="batch")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"extractor {version('posting-extractor')}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """What holds for every verb."""


def main() -> None:
    """The console script. Exit status: 0 all done, 1 some documents failed, 2 the call can't be carried out."""
    from extractor.errors import ExtractorError, UsageError

    LOG.addHandler(STDERR)
    LOG.setLevel("INFO")
    LOG.propagate = False
    try:
        app()
    except UsageError as error:
        LOG.error("%s", error, extra=_FAILED)
        sys.exit(2)
    except ExtractorError as error:
        LOG.error("%s", error, extra=_FAILED)
        sys.exit(1)
    except BrokenPipeError:
        # the reader of our output has left (`| head`): nobody is there to be told, also not at exit
        sys.stdout = None
        sys.exit(1)
    except OSError as error:
        LOG.error("%s: %s.", error.filename or "output", error.strerror, extra=_FAILED)
        sys.exit(1)
