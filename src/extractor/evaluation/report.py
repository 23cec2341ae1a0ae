"""Pages that show a run, or what changed between two: one HTML file each, without scripts, for any browser.

Texts of postings are hostile. Jinja escapes every value, characters that steer a display are replaced, and the page's
own policy (Content-Security-Policy) forbids it scripts and the network.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from extractor.documents.document import UNSEEN, one_line
from extractor.errors import DocumentError, UsageError
from extractor.evaluation.charts import Bar, bars, differences
from extractor.evaluation.errors import Kind, by_field
from extractor.evaluation.marks import Piece, Row, pieces, plain, rows_of
from extractor.evaluation.predictions import Prediction
from extractor.evaluation.runs import tally_of
from extractor.evaluation.scores import MICRO, figure, table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from jinja2 import Environment
    from markupsafe import Markup
    from pydantic import BaseModel

    from extractor.documents import Document
    from extractor.evaluation.compare import Comparison, Difference
    from extractor.evaluation.errors import Mistake, Suspicion
    from extractor.evaluation.gold import GoldDocument
    from extractor.evaluation.runs import Run
    from extractor.evaluation.scores import Interval

_QUOTED = 200  # characters of the text beside a likely gold error


class _Shown(NamedTuple):
    """A document on the page."""

    name: str
    f1: float | None
    kinds: dict[Kind, int]
    error: str | None
    absent: bool
    rows: list[Row]
    pieces: list[Piece]


class _Suspected(NamedTuple):
    suspicion: Suspicion
    gold: str
    predicted: str
    quote: str


def report_of(
    run: Run,
    schema: type[BaseModel],
    gold: Mapping[str, GoldDocument],
    suspicions: Collection[Suspicion] | None = None,
) -> str:
    """The page of a run over the documents of `gold`, those with the lowest F1 first.

    `suspicions` are its likely gold errors, None where nobody looked for any.
    """
    documents = dict(_readable(gold))
    scores = run.scores
    stated = {name: score for name, score in scores.fields.items() if score.support or score.predicted}
    rows = {"micro": scores.micro, "macro": scores.macro, **stated}
    chart = bars(
        [
            Bar(name, of.relaxed.f1, of.relaxed.intervals.f1 if of.relaxed.intervals else None, of.strict.f1)
            for name, of in rows.items()
        ],
        ("F1 relaxed, with its 95 % interval", "F1 strict"),
    )
    wrong = by_field(run.mistakes)
    listed = {name: wrong[name] for name in in_order(run) if name in wrong}
    return _page(
        "run.html.j2",
        run=run,
        name=name_of(run),
        rows=rows,
        chart=chart,
        kinds=get_args(Kind),
        wrong={"all fields": _counted(run.mistakes), **listed},
        suspected=None if suspicions is None else [_suspected(one, documents) for one in suspicions],
        documents=_documents(run, schema, gold, documents),
    )


def comparison_report(compared: Comparison, a: Run, b: Run) -> str:
    """The page of what changed from run `a` to run `b`."""
    rows = {"micro": compared.micro, "macro": compared.macro, **compared.fields}
    stated = {name: row for name, row in rows.items() if row.relaxed.f1.a is not None or row.relaxed.f1.b is not None}
    chart = differences([(name, row.relaxed.f1, certain(row.relaxed.f1)) for name, row in stated.items()])
    values = {
        (mistake.document, mistake.gold_pointer): plain(mistake.gold) for run in (a, b) for mistake in run.mistakes
    }
    return _page(
        "comparison.html.j2",
        compared=compared,
        a=a,
        b=b,
        names=(name_of(a), name_of(b)),
        rows=stated,
        chart=chart,
        values=values,
    )


def write(page: str, path: Path) -> None:
    """Writes a page, whole or not at all. Raises `UsageError` where it can't."""
    part = path.with_name(path.name + ".part")
    try:
        # half a character, which JSON can hold and UTF-8 can't, becomes a question mark
        part.write_text(page, "utf-8", "replace")
        part.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: can't write the report: {error.strerror}.") from None


def name_of(run: Run) -> str:
    """Who predicted, as its provenance says."""
    made = (
        " ".join(str(part) for part in (by.get("model"), by.get("prompt")) if part)
        for by in run.fingerprints.provenance
    )
    return ", ".join(dict.fromkeys(filter(None, made))) or "predictions of unknown origin"


def certain(of: Difference) -> bool:
    """Whether the interval of a difference leaves 0 out. One without width says nothing: too few documents made it."""
    return of.interval is not None and (
        0 < of.interval.low < of.interval.high or of.interval.low < of.interval.high < 0
    )


def signed(value: float | None) -> str:
    """A difference to two places with its sign; a dash where it is undefined."""
    # adding 0.0 makes a rounded -0.0 positive
    return "–" if value is None else f"{round(value, 2) + 0.0:+.2f}"


def _documents(
    run: Run, schema: type[BaseModel], gold: Mapping[str, GoldDocument], documents: Mapping[str, Document]
) -> list[_Shown]:
    mistakes: dict[str, list[Mistake]] = {name: [] for name in gold}
    for mistake in run.mistakes:
        mistakes[mistake.document].append(mistake)
    counted = tally_of(run)
    figures = dict(zip(counted.documents, table(counted.counts)[:, MICRO, 0, 2], strict=True))
    shown = []
    for name in sorted(gold, key=lambda name: (figure(figures[name]) is None, figures[name])):
        document = documents.get(name)
        prediction = run.predictions.get(name, Prediction())
        rows = rows_of(schema, gold[name].record, prediction, mistakes[name], document)
        error = (prediction.error or {}).get("message")
        text = list(pieces(document.text, rows)) if document else []
        shown.append(
            _Shown(
                name, figure(figures[name]), _counted(mistakes[name]), error, name not in run.predictions, rows, text
            )
        )
    return shown


def _counted(mistakes: Iterable[Mistake]) -> dict[Kind, int]:
    counts: dict[Kind, int] = dict.fromkeys(get_args(Kind), 0)
    for mistake in mistakes:
        counts[mistake.kind] += 1
    return counts


def in_order(run: Run) -> list[str]:
    """The fields in the schema's order, each before its attributes."""
    names: list[str] = []
    for field in run.scores.fields:
        names += [field, *(name for name in run.scores.attributes if name.startswith(f"{field}."))]
    return names


def _readable(gold: Mapping[str, GoldDocument]) -> Iterator[tuple[str, Document]]:
    """The documents that can be read, by their ids; of the others the facts are shown, without the text."""
    for name, document in gold.items():
        try:
            yield name, document.read()
        except DocumentError:
            continue


def _suspected(suspicion: Suspicion, documents: Mapping[str, Document]) -> _Suspected:
    text = documents[suspicion.document].text if suspicion.document in documents else ""
    quote = " … ".join(one_line(text[start:end]) for start, end in suspicion.places)
    return _Suspected(suspicion, plain(suspicion.gold), plain(suspicion.predicted), quote[:_QUOTED])


def _page(template: str, *, chart: str, **values: Any) -> str:
    from markupsafe import Markup

    # matplotlib has escaped the names of fields, the only words in it that aren't ours
    return _environment().get_template(template).render(chart=Markup(chart), **values)  # noqa: S704


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters.update(breakable=_breakable, figure=_figure, bounds=_bounds, signed=signed)
    environment.tests["certain"] = certain
    return environment


def _visible(value: Any) -> Any:
    """Any text without characters that steer how it is displayed, one for one."""
    return UNSEEN.sub(lambda run: "\ufffd" * len(run.group()), value) if type(value) is str else value


def _breakable(name: str) -> Markup:
    """The name of a field, which a line may break behind a dot or an underscore."""
    from markupsafe import Markup, escape

    return escape(_visible(name)).replace(".", Markup(".<wbr>")).replace("_", Markup("_<wbr>"))


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _bounds(interval: Interval | None, form: str = "{:.2f}") -> str:
    return "" if interval is None else "–".join(form.format(bound) for bound in interval)
