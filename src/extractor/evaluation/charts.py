"""Charts of scores as SVG for a page: text stays text, and colours are the page's own, light or dark."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from extractor.evaluation.compare import Difference

_WIDTH, _ROW, _MARGIN = 390, 19, 62  # points, which a page shows as pixels
_BAR = 0.62  # of a row's height
# matplotlib knows no CSS variables: it draws in colours that nobody would choose, and the variables replace them
_COLOURS = {"#010203": "--ink", "#010204": "--dim", "#010205": "--line", "#010206": "--bar", "#010207": "--accent"}
_INK, _DIM, _LINE, _FILL, _ACCENT = _COLOURS


class Bar(NamedTuple):
    """A row of a chart: `value` with its interval, and a second value marked beside it; None where undefined."""

    name: str
    value: float | None
    interval: tuple[float, float] | None
    second: float | None = None


def bars(rows: Sequence[Bar], names: tuple[str, str]) -> str:
    """Figures from 0 to 1 as bars with whiskers, and the second ones as diamonds; `names` are those of the two."""
    with _style():
        figure, axes = _canvas([row.name for row in rows])
        places = range(len(rows))
        shown: list[Any] = [axes.barh(places, [row.value or 0.0 for row in rows], height=_BAR, color=_FILL)]
        for place, row in zip(places, rows, strict=True):
            if row.interval:
                axes.plot(row.interval, (place, place), color=_INK, linewidth=1.1, solid_capstyle="butt")
        marked = [(row.second, place) for place, row in zip(places, rows, strict=True) if row.second is not None]
        if marked:
            second, at = zip(*marked, strict=True)
            shown.append(axes.scatter(second, at, marker="D", s=17, color=_ACCENT, zorder=3))
        axes.set_xlim(0, 1.02)
        figure.legend(
            shown,
            names[: len(shown)],
            loc="outside upper left",
            ncols=2,
            frameon=False,
            labelcolor=_INK,
            borderaxespad=0,
        )
        return _svg(figure)


def differences(rows: Sequence[tuple[str, Difference, bool]]) -> str:
    """Differences by name with their intervals, about a line at 0; those that are certain stand out."""
    with _style():
        figure, axes = _canvas([name for name, _, _ in rows])
        for place, (_, of, certain) in enumerate(rows):
            colour = _ACCENT if certain else _DIM
            if of.interval:
                axes.plot(of.interval, (place, place), color=colour, linewidth=1.4)
            if of.difference is not None:
                axes.scatter([of.difference], [place], s=22, color=colour, zorder=3)
        axes.axvline(0, color=_INK, linewidth=1)
        return _svg(figure)


def _canvas(names: Sequence[str]) -> tuple[Figure, Axes]:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH / 72, (len(names) * _ROW + _MARGIN) / 72), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    axes.set_yticks(range(len(names)), names, color=_INK)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(length=0, labelcolor=_INK)
    axes.grid(axis="x", color=_LINE, linewidth=1)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure, axes


def _style() -> AbstractContextManager[Any]:
    from matplotlib import rc_context

    # a field's name is no formula, and the same figures make the same page
    return rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": "extractor", "text.parse_math": False, "font.size": 10.5}
    )


def _svg(figure: Figure) -> str:
    written = StringIO()
    figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    drawn = written.getvalue()
    for colour, variable in _COLOURS.items():
        drawn = drawn.replace(colour, f"var({variable})")
    # the XML prologue has no place in a page, nor has metadata that names the library's address
    return re.sub(r"(?s)<metadata>.*?</metadata>", "", drawn[drawn.index("<svg") :])
