"""The progress display on a terminal: how far, how fast, how long yet, at what price."""

from __future__ import annotations

import math
import threading
from collections import deque
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from extractor.cli.messages import to_stderr
from extractor.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import RenderableType

    from extractor import outcome
    from extractor.cli.messages import Messages
    from extractor.models.limits import Pace

_EVERY_S = 0.25


@contextmanager
def shown(
    run: outcome.Progress, pace: Pace | None, messages: Messages, count: Callable[[], int | None]
) -> Iterator[None]:
    """Shows on stderr how `run` gets on while the block runs; `messages` stand above.

    `count` says how many documents there are, None where nobody knows. It is called in a thread of its own: a folder
    may hold very many, and the total may as well come later.
    """
    display = _Display(run, pace, messages)
    ended = threading.Event()

    def draw() -> None:
        while not ended.wait(_EVERY_S):
            display.draw()

    drawing = threading.Thread(target=draw, name="drawing", daemon=True)
    with display:
        messages.write = display.above
        try:
            drawing.start()
            threading.Thread(target=display.expect, args=(count,), name="counting", daemon=True).start()
            yield
        finally:
            ended.set()
            drawing.join()
            messages.write = to_stderr
            display.draw()


class _Display(Progress):
    """A bar with the documents done, and below it what they took, as things are when it is drawn."""

    def __init__(self, run: outcome.Progress, pace: Pace | None, messages: Messages) -> None:
        self._run = run
        self._pace = pace
        self._messages = messages
        self._above: deque[str] = deque()
        super().__init__(
            BarColumn(bar_width=24),
            TextColumn("{task.description}", markup=False),
            console=Console(stderr=True),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
        )
        self.add_task("", total=None)

    def above(self, line: str) -> None:
        """Puts a line above the bar, when that is drawn next: drawing it for each would cost more than the run."""
        self._above.append(line)

    def draw(self) -> None:
        """The lines that have come, and the bar below them."""
        lines = [self._above.popleft() for _ in range(len(self._above))]
        with self.console:  # written at once
            if lines:
                self.console.print(Text("\n".join(lines)), soft_wrap=True)
            self.refresh()

    def expect(self, count: Callable[[], int | None]) -> None:
        """Finds out how many documents there are."""
        try:
            total = count()
        except (OSError, UnreadableError):
            return  # the run meets it too, and says so
        self.update(self.task_ids[0], total=total)

    def get_renderables(self) -> Iterable[RenderableType]:
        """The bar and the figures."""
        for task in self.tasks:  # one; none yet while the display is made
            done = self._run.extracted + self._run.failed
            parts = [f"{done:,} documents" if task.total is None else f"{done:,} of {task.total:,.0f}"]
            if task.speed:
                parts.append(f"{task.speed:.{0 if task.speed >= 100 else 1}f}/s")
            if task.speed and task.time_remaining is not None:
                parts.append(f"{timedelta(seconds=math.ceil(task.time_remaining))} left")
            self.update(task.id, completed=done, description=" · ".join(parts))
            yield self.make_tasks_table([task])
            yield Text(" · ".join(self._figures()), no_wrap=True, overflow="ellipsis")

    def _figures(self) -> Iterator[str]:
        run, paid = self._run, self._run.paid
        if run.stored:
            yield f"{run.stored:,} stored"
        if paid.requests:
            yield f"{_short(paid.input_tokens)} + {_short(paid.output_tokens)} tokens"
            if paid.cost_usd is not None:
                yield f"${paid.cost_usd:.4f}" if paid.cost_usd < 1 else f"${paid.cost_usd:,.2f}"
        if retries := self._messages.seen["request.retried"]:
            yield f"{retries:,} retried"
        if run.failed:
            yield f"{run.failed:,} failed"
        if self._pace:
            yield f"{self._pace.in_flight} of {self._pace.limit} in flight"
            if self._pace.paused_for_s > 0:
                yield f"paused {math.ceil(self._pace.paused_for_s)} s"
        if run.stopping:
            yield "stopping"


def _short(count: int) -> str:
    """1,234 as 1.2k."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.1f}{letter}"
    return str(count)
