"""What is in a store: counted, pruned, exported. Each opens the store by itself."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa

from extractor.runs import tables
from extractor.runs.database import Database
from extractor.runs.migrations import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from extractor.runs.place import Place

_PAGE = 200  # rows in memory
# removed in one step: a run beside it waits a moment at most
_ROWS = 1_000
_PAGES = 2_000
_answers, _results = tables.answers.c, tables.results.c


@dataclass(frozen=True, slots=True)
class Stats:
    """What is in a store. `results` are finished documents, of which `failures` ended in an error.

    Tokens and cost are those of the answers; `cost_usd` is None where the price of one isn't known. Times are UTC.
    """

    version: int
    answers: int
    results: int
    failures: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_usd: float | None
    oldest: datetime | None
    newest: datetime | None
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many answers and results were removed."""

    answers: int
    results: int


def stats(place: Place) -> Stats:
    """See `Store.stats`."""
    with Database(place, create=False) as database:
        return database.patiently(lambda: _stats(database))


def _stats(database: Database) -> Stats:
    execute = database.connection.execute
    count, first, last, given, cached, made, cost, priced = execute(
        sa.select(
            sa.func.count(),
            sa.func.min(_answers.made_at),
            sa.func.max(_answers.made_at),
            *(
                sa.func.sum(column)
                for column in (_answers.input_tokens, _answers.cached_tokens, _answers.output_tokens, _answers.cost_usd)
            ),
            sa.func.count(_answers.cost_usd),
        ).select_from(tables.answers)
    ).one()
    finished, failed, began, ended = execute(
        sa.select(
            sa.func.count(),
            sa.func.count(_results.error_type),
            sa.func.min(_results.made_at),
            sa.func.max(_results.made_at),
        ).select_from(tables.results)
    ).one()
    times = [at for at in (first, began, last, ended) if at is not None]
    return Stats(
        version=len(MIGRATIONS),
        answers=count,
        results=finished,
        failures=failed,
        input_tokens=int(given or 0),
        cached_tokens=int(cached or 0),
        output_tokens=int(made or 0),
        cost_usd=(cost or 0.0) if priced == count else None,
        oldest=_time(min(times)) if times else None,
        newest=_time(max(times)) if times else None,
        size_bytes=_size_bytes(database),
    )


def prune(place: Place, older_than: timedelta) -> Pruned:
    """See `Store.prune`."""
    before = time.time() - older_than.total_seconds()
    with Database(place, create=False) as database:
        pruned = Pruned(*(_prune(database, table, before) for table in (tables.answers, tables.results)))
        database.patiently(lambda: _shrink(database))
    return pruned


def _prune(database: Database, table: sa.TableClause, before: float) -> int:
    old = sa.select(table.c.key).where(table.c.made_at < before).limit(_ROWS)
    removal = sa.delete(table).where(table.c.key.in_(old))

    def step() -> int:
        with database.writing():
            return database.connection.execute(removal).rowcount

    removed = 0
    while done := database.patiently(step):
        removed += done
    return removed


def _shrink(database: Database) -> None:
    """Gives a SQLite file's free pages back to the disk."""
    if not database.sqlite:
        return
    pages = database.connection.exec_driver_sql
    while pages("PRAGMA freelist_count").scalar_one():
        # the script runs to its end, where a statement without rows would be left after its first page
        database.connection.connection.executescript(f"PRAGMA incremental_vacuum({_PAGES})")
    pages("PRAGMA wal_checkpoint(TRUNCATE)")


def _size_bytes(database: Database) -> int:
    path = database.place.path
    if path is not None:
        files = (path, path.with_name(f"{path.name}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())
    tables_of_its_own = (tables.answers, tables.results)
    sizes = sa.select(*(sa.func.pg_total_relation_size(table.name) for table in tables_of_its_own))
    return sum(database.connection.execute(sizes).one())


def export(place: Place) -> Iterator[dict[str, Any]]:
    """See `Store.export`."""
    with Database(place, create=False) as database:
        for row in _rows(database, tables.answers):
            yield {
                "kind": "answer",
                "key": row.key,
                "model": row.model,
                "made_at": _time(row.made_at).isoformat(),
                "usage": _usage(row),
                "completion": _parsed(row.body),
            }
        for row in _rows(database, tables.results):
            line = {
                "kind": "record" if row.error_type is None else "failure",
                "key": row.key,
                "id": row.document,
                "source": row.source,
                "made_at": _time(row.made_at).isoformat(),
                "usage": _usage(row),
            }
            if row.error_type is None:
                line["result"] = _parsed(row.body)
            else:
                line["error"] = {"type": row.error_type, "message": row.error_message}
            yield line


def _rows(database: Database, table: sa.TableClause) -> Iterator[sa.Row[Any]]:
    """All rows by key, a page at a time: neither memory nor an old snapshot is held."""
    statement = sa.select(table).where(table.c.key > sa.bindparam("last")).order_by(table.c.key).limit(_PAGE)

    def after(last: str) -> Sequence[sa.Row[Any]]:
        return database.patiently(lambda: database.connection.execute(statement, {"last": last}).all())

    rows = after("")
    while rows:
        yield from rows
        rows = after(rows[-1].key)


def typical_output_tokens(place: Place, model: str) -> float | None:
    """See `Store.typical_output_tokens`."""
    mean = sa.select(sa.func.avg(_answers.output_tokens)).where(_answers.model == model)
    with Database(place, create=True) as database:
        found = database.patiently(lambda: database.connection.execute(mean).scalar())
    return None if found is None else float(found)


def _usage(row: sa.Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in tables.USAGE}


def _parsed(body: bytes) -> Any:
    """JSON's value, or the text of what isn't JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
