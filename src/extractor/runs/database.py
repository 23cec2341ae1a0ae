"""One connection to a store's database: opened, checked and migrated; its transactions; its faults, named."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl, unquote

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from extractor.runs import tables
from extractor.runs.migrations import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Self
    from urllib.parse import SplitResult

    from extractor.errors import StoreError
    from extractor.runs.place import Place

Outcome = TypeVar("Outcome")

_BUSY_S = 60  # how long a writer waits for another to be done
_AWAY_S = 60  # how long a PostgreSQL server may be away in the middle of a run: a restart, a failover
_OTHER = "Name another with --store."
_SERVER = "Check the URL (--store) and the server."

# One writer at a time, as SQLite has it: what a transaction reads stays true until it commits. The number is ours
# alone. A client that vanishes in a transaction is cut off, so that the others go on.
_BEGIN_POSTGRESQL = f"""
    BEGIN;
    SET LOCAL lock_timeout = '{_BUSY_S}s';
    SET LOCAL idle_in_transaction_session_timeout = '30s'
"""
_LOCK_POSTGRESQL = "SELECT pg_advisory_xact_lock(7310589491235876), extract(epoch FROM clock_timestamp())::float8"


class Database:
    """The connection to the store at a place, used by one thread. A context manager closes it.

    The driver is in autocommit, so a look-up is one statement and no more; `writing` begins a transaction by hand.
    """

    def __init__(self, place: Place, *, create: bool) -> None:
        """Opens the store and brings it up to date; makes one where there is none and `create`. Raises `StoreError`."""
        self.place = place
        try:
            self._engine = _engine(place, create)
            self.connection = self._engine.connect()
            try:
                self._check(create)
            except BaseException:
                self.close()
                raise
        except (DBAPIError, OSError) as error:
            raise self.named(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection."""
        self.connection.close()
        self._engine.dispose()

    @property
    def sqlite(self) -> bool:
        """Whether this is a SQLite file."""
        return self.place.path is not None

    @contextmanager
    def writing(self) -> Iterator[float]:
        """A transaction, alone: committed, durably, when the block ends. Gives the time by the store's clock."""
        try:
            yield self._begin()
            self.connection.exec_driver_sql("COMMIT")
        except BaseException:
            with suppress(SQLAlchemyError):  # a full disk has rolled back already, a lost server too
                self.connection.exec_driver_sql("ROLLBACK")
            raise

    def patiently(self, work: Callable[[], Outcome]) -> Outcome:
        """What `work` returns; it is repeated while a server comes back that has gone. Raises `StoreError`."""
        until = time.monotonic() + _AWAY_S
        while True:
            try:
                return work()
            except (DBAPIError, OSError) as error:
                if not self.connection.invalidated or time.monotonic() > until:
                    raise self.named(error) from error
            self.connection.rollback()  # by this SQLAlchemy lets it connect again
            time.sleep(0.5)

    def named(self, error: DBAPIError | OSError) -> StoreError:
        """The error in one line, with its remedy."""
        if isinstance(error, OSError):
            fault = error.strerror or str(error)
            if error.filename != str(self.place.path):
                fault = f"{error.filename}: {fault}"
            return self.place.error(fault, f"Allow writing there. {_OTHER}")
        cause = error.orig
        if isinstance(cause, sqlite3.Error):
            return self._named_sqlite(cause)
        said = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
        state = getattr(cause, "sqlstate", None)
        if state == "53100":
            return self.place.error(f"the server's disk is full ({said})", "Free some space there.")
        if state == "42501":
            return self.place.error(said, "Grant this user the right to create, read and write tables there.")
        if state == "55P03":
            return self.place.error(
                f"another process has been writing for {_BUSY_S} s", "See what it is, and try again."
            )
        return self.place.error(said, _SERVER)

    def _named_sqlite(self, error: sqlite3.Error) -> StoreError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest is detail
        if code == sqlite3.SQLITE_FULL:
            return self.place.error("the disk is full", f"Free some space. {_OTHER}")
        if code == sqlite3.SQLITE_IOERR:
            return self.place.error(
                f"it can't be written or read ({error})", "Check the disk, its space and its limits."
            )
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            return self.place.error(f"it or its folder is read-only ({error})", f"Allow writing. {_OTHER}")
        if code == sqlite3.SQLITE_NOTADB:
            return self.place.error("the file isn't a store", _OTHER)
        if code == sqlite3.SQLITE_CORRUPT:
            return self.place.error(f"it is damaged ({error})", "Move it away, and save what sqlite3's .recover can.")
        if code == sqlite3.SQLITE_BUSY:
            return self.place.error(
                f"another process has been writing for {_BUSY_S} s", "See what it is, and try again."
            )
        return self.place.error(str(error), _OTHER)

    def _begin(self) -> float:
        if self.sqlite:
            # at once, not at the first write: a transaction that read before can't always go on to write
            self.connection.exec_driver_sql("BEGIN IMMEDIATE")
            return time.time()
        unprepared = {"no_parameters": True}  # several statements in one message
        self.connection.exec_driver_sql(_BEGIN_POSTGRESQL, execution_options=unprepared)
        return float(self.connection.exec_driver_sql(_LOCK_POSTGRESQL).one()[1])

    def _check(self, create: bool) -> None:
        version = self._version()
        if not create and version == 0:
            raise self.place.error("there is no store there", _OTHER)
        if self.sqlite:
            self._tune()
        if version == len(MIGRATIONS):
            return
        with self.writing():
            version = self._version()  # another process may have been faster
            for step in MIGRATIONS[version:]:
                step(self.connection)
            if version == 0:
                self.connection.execute(sa.insert(tables.version), {"version": len(MIGRATIONS)})
            else:
                self.connection.execute(sa.update(tables.version), {"version": len(MIGRATIONS)})

    def _version(self) -> int:
        """The schema's version, 0 in an empty database. Raises `StoreError` where the tables aren't ours to change."""
        names = sa.inspect(self.connection).get_table_names()
        if tables.version.name not in names:
            if self.sqlite and names:
                raise self.place.error("the file is another program's database", _OTHER)
            return 0
        version = self.connection.execute(sa.select(tables.version.c.version)).scalar_one()
        if version > len(MIGRATIONS):
            raise self.place.error(
                f"made by a newer version (schema {version}, this one knows {len(MIGRATIONS)})",
                "Upgrade posting-extractor, or name another with --store.",
            )
        return int(version)

    def _tune(self) -> None:
        for pragma in (
            "auto_vacuum = INCREMENTAL",  # heeded by a file without tables: prune gives space back in small steps
            "journal_mode = WAL",
            # with WAL, NORMAL would lose the last commits when the power fails, and answers were paid for
            "synchronous = FULL",
            "fullfsync = ON",  # the same on macOS, where fsync leaves the data in the drive's cache
        ):
            self.connection.exec_driver_sql(f"PRAGMA {pragma}")


def _engine(place: Place, create: bool) -> sa.Engine:
    if place.path is not None:
        _made(place, place.path, create)
        url = sa.URL.create("sqlite", database=str(place.path))
        arguments: dict[str, object] = {"timeout": _BUSY_S}
    else:
        assert place.url is not None
        url = _postgresql(place.url)
        arguments = {"connect_timeout": 10, "application_name": "posting-extractor"}
    try:
        return sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT", connect_args=arguments)
    except ImportError:
        raise place.error("psycopg isn't installed", "pip install 'posting-extractor[postgres]'") from None


def _postgresql(parts: SplitResult) -> sa.URL:
    """The URL for SQLAlchemy. Its own parser sees the host elsewhere in odd cases, and might show a password."""
    return sa.URL.create(
        "postgresql+psycopg",
        username=unquote(parts.username or "") or None,
        password=unquote(parts.password or "") or None,
        host=parts.hostname,
        port=parts.port,
        database=unquote(parts.path.removeprefix("/")) or None,
        query=dict(parse_qsl(parts.query)),
    )


def _made(place: Place, path: Path, create: bool) -> None:
    """Sees that the file is there and may be written. Postings are in it: it is its owner's alone."""
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    elif not path.exists():
        raise place.error("there is no store there", _OTHER)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
