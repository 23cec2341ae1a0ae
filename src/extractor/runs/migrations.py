"""The store's schema as a list of steps, each from one version to the next. A step is never changed, only followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection


def _made(connection: Connection) -> None:
    """Answers by request, results by document, and who is asking for what."""
    octets = "BYTEA" if connection.dialect.name == "postgresql" else "BLOB"
    usage = """
        requests BIGINT NOT NULL,
        input_tokens BIGINT NOT NULL,
        cached_tokens BIGINT NOT NULL,
        output_tokens BIGINT NOT NULL,
        cost_usd DOUBLE PRECISION
    """
    # the bodies stand last: SQLite walks through them to what stands behind
    for statement in (
        "CREATE TABLE extractor_version (version BIGINT NOT NULL)",
        f"""CREATE TABLE extractor_answers (
            key TEXT PRIMARY KEY,
            model TEXT NOT NULL,
            made_at DOUBLE PRECISION NOT NULL,
            {usage},
            body {octets} NOT NULL
        )""",
        f"""CREATE TABLE extractor_results (
            key TEXT PRIMARY KEY,
            document TEXT NOT NULL,
            source TEXT NOT NULL,
            made_at DOUBLE PRECISION NOT NULL,
            error_type TEXT,
            error_message TEXT,
            {usage},
            body {octets}
        )""",
        "CREATE TABLE extractor_owners (id TEXT PRIMARY KEY, host TEXT NOT NULL, beat DOUBLE PRECISION NOT NULL)",
        "CREATE TABLE extractor_claims (key TEXT PRIMARY KEY, owner TEXT NOT NULL)",
    ):
        connection.exec_driver_sql(statement)


MIGRATIONS: list[Callable[[Connection], None]] = [_made]
