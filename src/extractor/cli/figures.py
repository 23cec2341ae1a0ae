"""How figures are shown in a terminal, for the verbs that score."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.table import Table

    from extractor.evaluation import Comparison, Run, Scores
    from extractor.evaluation.compare import Difference
    from extractor.evaluation.effort import Effort
    from extractor.evaluation.errors import Kind
    from extractor.evaluation.scores import Accuracy, Figures, Interval, Score

_HEADS: dict[Kind, str] = {
    "missed": "missed",
    "spurious": "spurious",
    "unsupported": "unsupp.",
    "boundary": "boundary",
    "wrong_attribute": "attribute",
    "wrong_normalisation": "value",
}


def need(*modules: str) -> None:
    """Raises `UsageError` with the remedy where the libraries that score aren't installed."""
    from extractor.errors import UsageError

    missing = [name for name in ("numpy", "rapidfuzz", "scipy", *modules) if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"evaluation needs {', '.join(missing)}, not installed: pip install 'posting-extractor[evaluation]'"
        )


def terminal() -> Console:
    """Standard output, on which nothing in a value is taken for markup."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def scores_table(scores: Scores) -> Table:
    """A row a field that either side states, under micro and macro."""
    table = _table("", "P", "R", "F1", "95 %", "P", "R", "F1", "gold", "found", title="relaxed, then strict")
    for name, score in [("micro", scores.micro), ("macro", scores.macro), *scores.fields.items()]:
        if score.support or score.predicted:
            table.add_row(name, *_cells(score))
    return table


def attributes_table(attributes: dict[str, Accuracy]) -> Table:
    """A row an attribute that an aligned item states."""
    table = _table("", "accuracy", "95 %", "items", title="attributes of aligned items")
    for name, accuracy in attributes.items():
        if accuracy.support:
            table.add_row(name, plain(accuracy.accuracy), bounds(accuracy.interval), str(accuracy.support))
    return table


def mistakes_table(run: Run) -> Table:
    """How many mistakes of each kind each field has, and all together."""
    from extractor.evaluation import by_field
    from extractor.evaluation.report import in_order

    table = _table("", *_HEADS.values(), title="mistakes")
    fields = by_field(run.mistakes)
    rows = {"all": Counter(mistake.kind for mistake in run.mistakes)} | {
        name: fields[name] for name in in_order(run) if name in fields
    }
    for name, kinds in rows.items():
        table.add_row(name, *(str(kinds.get(kind) or "·") for kind in _HEADS))
    return table


def effort_lines(effort: Effort) -> Iterator[str]:
    """What is known of the evidence, the requests and the time of a run, a line each."""
    if effort.grades:
        shares = (f"{grade.value} {share:.1%}" for grade, share in effort.grades.items())
        yield f"evidence: {', '.join(shares)}"
    if effort.requests:
        cached = f" ({effort.cached_tokens:.0f} of them cached)" if effort.cached_tokens else ""
        cost = "" if effort.cost_usd is None else f", ${effort.cost_usd:.5f}"
        yield (
            f"per document: {effort.requests:.2f} requests, "
            f"{effort.input_tokens:.0f}{cached} + {effort.output_tokens:.0f} tokens{cost}"
        )
    if effort.latency_s:
        yield "latency: " + ", ".join(f"{name} {seconds:.3f} s" for name, seconds in effort.latency_s.items())


def differences_table(comparison: Comparison) -> Table:
    """F1 of both runs a row; a star where a difference is certain."""
    from extractor.evaluation.report import certain, signed

    table = _table("", "A", "B", "B - A", "95 %", "", "A", "B", "B - A", "", title="F1, relaxed, then strict")
    for name, row in [("micro", comparison.micro), ("macro", comparison.macro), *comparison.fields.items()]:
        relaxed, strict = row.relaxed.f1, row.strict.f1
        if relaxed.a is not None or relaxed.b is not None:
            interval = " ".join(map(signed, relaxed.interval or ()))
            stars = ["*" if certain(of) else "" for of in (relaxed, strict)]
            table.add_row(name, *_moved(relaxed), interval, stars[0], *_moved(strict), stars[1])
    return table


def plain(value: float | None) -> str:
    """A figure to two places; a dash where it is undefined."""
    return "–" if value is None else f"{value:.2f}"


def bounds(interval: Interval | None) -> str:
    """An interval, its bounds without the leading zero: `.55–.67`."""
    return "" if interval is None else "–".join(f"{bound:.2f}".removeprefix("0") for bound in interval)


def _cells(score: Score) -> Iterator[str]:
    def figures(of: Figures) -> list[str]:
        return [plain(of.precision), plain(of.recall), plain(of.f1)]

    yield from figures(score.relaxed)
    yield bounds(score.relaxed.intervals.f1) if score.relaxed.intervals else ""
    yield from figures(score.strict)
    yield str(score.support)
    yield str(score.predicted)


def _moved(of: Difference) -> tuple[str, str, str]:
    from extractor.evaluation.report import signed

    return plain(of.a), plain(of.b), signed(of.difference)


def _table(*heads: str, title: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), title=title, title_justify="left", title_style="bold")
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left", no_wrap=True, overflow="ellipsis")
    return table
