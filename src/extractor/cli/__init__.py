"""The command line: one module a verb, imported when it is called; a verb imports its room when it runs."""

from __future__ import annotations

import gc
import os
import sys
from typing import Annotated

import typer

from extractor.cli.messages import LOG, STDERR
from extractor.cli.verbs import Verbs

_FAILED = {"event": "command.failed"}

app = typer.Typer(
    name="extractor",
    cls=Verbs,
    help="Turns job postings into validated records with the evidence for every fact.",
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    # plain help: drawing boxes would cost more than all else that --help does
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"extractor {version('posting-extractor')}\n")
        raise typer.Exit


@app.callback()
def every_verb(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """What holds for every verb."""


def main() -> None:
    """The console script. Exit status: 0 all done, 1 some documents failed, 2 the call can't be carried out."""
    # most of what a short run makes is imported, and stays: looking through it for garbage costs a tenth of the run
    gc.set_threshold(50_000)
    # pydantic would look for plugins in every package there is; `PYDANTIC_DISABLE_PLUGINS=` has it do so
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
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
    finally:
        gc.freeze()  # the process ends: what is left needs no look either
