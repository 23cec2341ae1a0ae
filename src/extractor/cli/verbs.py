"""The verbs: what `--help` lists. The module of one is imported, and its options are read, when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

_HELP = {
    "extract": "Extract records from files, folders, globs, lines of JSON, tables, or - for standard input.",
    "show": "Show one document with its facts marked in place and listed.",
    "eval": "Measure extracted records, or those in a file, against a gold file.",
    "compare": "Compare two runs that 'eval --output' kept: what changed, how sure that is, where.",
    "schema": "Print the JSON Schema of the record, or of the answer that a model fills.",
    "text": "Print a document as its reader saw it; with --segments, as a model is shown it.",
    "store": "Count, prune or export what earlier runs have kept.",
    "batch": "Ask many documents in files: OpenAI's Batch API, vLLM's run_batch, any gateway that takes the format.",
}
# eval is a built-in function's name
_MODULES = {name: name for name in _HELP} | {"eval": "evaluate"}


class Verbs(TyperGroup):
    """Lists every verb by its name and help alone; each is the `app` of its module."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name, help=said) for name, said in _HELP.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The name, the verb itself in place of its entry in the list, and the arguments that are left."""
        name, listed, rest = super().resolve_command(ctx, args)
        if name is None or listed is None:
            return name, listed, rest
        verb = get_command(import_module(f"{__package__}.{_MODULES[name]}").app)
        verb.help = listed.help
        return name, verb, rest
