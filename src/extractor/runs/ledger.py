"""Operations on the store's tables, many in one transaction."""

from __future__ import annotations

import time
from math import inf
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from extractor.errors import StoreError
from extractor.models.base import Kept
from extractor.models.usage import Usage
from extractor.outcome import Result
from extractor.runs import tables
from extractor.runs.operations import Claim, Finished, Held, Lookup, Record, Release
from extractor.runs.owners import BEAT_S, Owner, dead, forget

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from extractor.runs.database import Database
    from extractor.runs.operations import Operation

_UNWRITTEN = 500  # results that wait for a transaction, at most
_LARGEST = 2**31 - 1  # no count of tokens is larger, and sums of it fit

_answers, _results, _claims, _owners = tables.answers.c, tables.results.c, tables.claims.c, tables.owners.c
_KEYS: sa.BindParameter[Any] = sa.bindparam("keys", expanding=True)
_GONE: sa.BindParameter[Any] = sa.bindparam("gone", expanding=True)

_FIND_RESULTS = sa.select(_results.key, _results.body, _results.error_type, _results.error_message).where(
    _results.key.in_(_KEYS)
)
_FIND_ANSWERS = sa.select(
    _answers.key, _answers.made_at, _answers.body, *(_answers[name] for name in tables.USAGE)
).where(_answers.key.in_(_KEYS))
_FIND_CLAIMS = (
    sa.select(_claims.key, _claims.owner, _owners.host, _owners.beat)
    .select_from(tables.claims.outerjoin(tables.owners, _claims.owner == _owners.id))
    .where(_claims.key.in_(_KEYS))
)
_FIND_OWNERS = sa.select(_owners.id, _owners.host, _owners.beat)
_RELEASE = sa.delete(tables.claims).where(_claims.key.in_(_KEYS), _claims.owner == sa.bindparam("owner"))
_FORGET_CLAIMS = sa.delete(tables.claims).where(_claims.owner.in_(_GONE))
_FORGET_OWNERS = sa.delete(tables.owners).where(_owners.id.in_(_GONE))


class Ledger:
    """Does operations in batches, and holds the claims that it has been granted until they end.

    `locks` is the folder of the owners' lock files.
    """

    def __init__(self, database: Database, locks: Path) -> None:
        self._database = database
        self._locks = locks
        self._owner: Owner | None = None  # made with the first claim: who only reads needs none
        self._registered = False  # whether the owner's row was committed
        self._held: set[str] = set()
        self._unwritten: dict[str, Finished] = {}
        self._due: float | None = None
        insert = sqlite.insert if database.sqlite else postgresql.insert
        self._put_answers, self._put_results, self._put_claims, self._put_owner = (
            _upsert(insert(table)) for table in (tables.answers, tables.results, tables.claims, tables.owners)
        )

    @property
    def wait_s(self) -> float | None:
        """Seconds until `do` must be called, whether or not anything is asked. None: it needn't."""
        return None if self._due is None else max(0.0, self._due - time.monotonic())

    def do(self, operations: Sequence[Operation]) -> list[Any]:
        """The answer to each operation, once all that must be is written. Raises `StoreError`: nothing was written."""
        try:
            return self._database.patiently(lambda: self._do(operations))
        except StoreError:
            self._held.difference_update(_ended(operations))
            self._due = time.monotonic() + BEAT_S
            raise

    def end(self) -> None:
        """Writes what is left to write and gives all claims back. Raises `StoreError`."""
        try:
            if self._owner or self._unwritten:
                self._database.patiently(self._end)
        finally:
            if self._owner:
                self._owner.end()

    def _do(self, operations: Sequence[Operation]) -> list[Any]:
        for one in operations:
            if isinstance(one, Finished):
                self._unwritten[one.key] = one
        claims = [one for one in operations if isinstance(one, Claim)]
        results = self._results({one.key for one in operations if isinstance(one, Lookup)})
        answers: dict[str, tuple[float, Kept]] = {}
        wanted = {one.key for one in claims}
        ended = _ended(operations)
        granted: set[str] = set()
        due = self.wait_s == 0
        must = ended or due or len(self._unwritten) >= _UNWRITTEN
        if not must:  # where all is answered already, no transaction need begin
            answers = self._answers(wanted)
            wanted = {one.key for one in claims if _fit(answers, one) is None}
        if wanted or must:
            with self._database.writing() as now:
                self._write([one for one in operations if isinstance(one, Record)], now)
                self._release(ended)
                answers |= self._answers(wanted)  # others may have been faster
                wanted = {one.key for one in claims if _fit(answers, one) is None}
                taken = self._taken(wanted, self._held - ended, now)
                granted = wanted - taken
                self._hold(granted, now, beat=due)
            self._held = (self._held - ended) | granted
            self._unwritten.clear()
            self._registered = self._owner is not None
            if due or self._owner is None:
                self._due = None
        if self._due is None and (self._owner or self._unwritten):
            self._due = time.monotonic() + BEAT_S
        verdicts = iter(_verdicts(claims, answers, granted))
        return [
            next(verdicts) if isinstance(one, Claim) else results.get(one.key) if isinstance(one, Lookup) else None
            for one in operations
        ]

    def _end(self) -> None:
        with self._database.writing() as now:
            self._write([], now)
            if self._owner:
                self._forget({self._owner.id})

    def _results(self, keys: set[str]) -> dict[str, Result]:
        found = {key: self._unwritten[key].result for key in keys & self._unwritten.keys()}
        if missing := keys - found.keys():
            for key, body, name, message in self._database.connection.execute(_FIND_RESULTS, {"keys": list(missing)}):
                found[key] = Result(body, None if name is None else (name, message))
        return found

    def _answers(self, keys: set[str]) -> dict[str, tuple[float, Kept]]:
        """The answers there are, each with the time it was made at."""
        if not keys:
            return {}
        rows = self._database.connection.execute(_FIND_ANSWERS, {"keys": list(keys)})
        return {key: (made_at, Kept(body, Usage(*used))) for key, made_at, body, *used in rows}

    def _write(self, records: Iterable[Record], now: float) -> None:
        """Writes answers, and all results that wait."""
        connection = self._database.connection
        if rows := [
            {"key": one.key, "model": _text(one.model), "made_at": now, "body": one.kept.body, **_used(one.kept.usage)}
            for one in records
        ]:
            connection.execute(self._put_answers, rows)
        if self._unwritten:
            connection.execute(self._put_results, [_row(one, now) for one in self._unwritten.values()])

    def _release(self, keys: set[str]) -> None:
        if keys and self._owner:
            self._database.connection.execute(_RELEASE, {"keys": list(keys), "owner": self._owner.id})

    def _taken(self, keys: set[str], held: set[str], now: float) -> set[str]:
        """Those of `keys` that somebody is asking for; the dead lose their claims."""
        taken = keys & held
        if not keys:
            return taken
        alive: dict[str, bool] = {}
        for key, owner, host, beat in self._database.connection.execute(_FIND_CLAIMS, {"keys": list(keys)}):
            if self._owner and owner == self._owner.id:
                continue  # in `held`, or left by a release that couldn't be written
            if owner not in alive:
                alive[owner] = host is not None and not dead(self._locks, owner, host, now - beat)
            if alive[owner]:
                taken.add(key)
        self._forget({owner for owner, lives in alive.items() if not lives})
        return taken

    def _hold(self, keys: set[str], now: float, *, beat: bool) -> None:
        """Claims what nobody holds, and says from time to time that this process lives."""
        connection = self._database.connection
        if keys and self._owner is None:
            self._owner = Owner(self._locks)
            others = connection.execute(_FIND_OWNERS).all()
            self._forget({one for one, host, last in others if dead(self._locks, one, host, now - last)})
        if self._owner and (beat or not self._registered):
            connection.execute(self._put_owner, {"id": self._owner.id, "host": self._owner.host, "beat": now})
        if self._owner and keys:
            connection.execute(self._put_claims, [{"key": key, "owner": self._owner.id} for key in keys])

    def _forget(self, owners: set[str]) -> None:
        if owners:
            for statement in (_FORGET_CLAIMS, _FORGET_OWNERS):
                self._database.connection.execute(statement, {"gone": list(owners)})
            for owner in owners:
                forget(self._locks, owner)


def _ended(operations: Iterable[Operation]) -> set[str]:
    """The keys whose claims end."""
    return {one.key for one in operations if isinstance(one, (Record, Release))}


def _fit(answers: dict[str, tuple[float, Kept]], claim: Claim) -> Kept | None:
    """The answer, where it will do."""
    made_at, kept = answers.get(claim.key, (-inf, None))
    return kept if made_at > claim.after else None


def _verdicts(
    claims: Iterable[Claim], answers: dict[str, tuple[float, Kept]], granted: set[str]
) -> Iterator[Kept | Held | None]:
    """The answer to each claim; of several claims to one key the first is granted."""
    left = set(granted)
    for claim in claims:
        if kept := _fit(answers, claim):
            yield kept
        elif claim.key in left:
            left.discard(claim.key)
            yield None
        else:
            yield Held(answers[claim.key][0] if claim.key in answers else -inf)


def _upsert(insert: sqlite.Insert | postgresql.Insert) -> sa.Executable:
    key, *others = insert.table.c
    return insert.on_conflict_do_update(
        index_elements=[key], set_={column.name: insert.excluded[column.name] for column in others}
    )


def _row(one: Finished, now: float) -> dict[str, Any]:
    name, message = one.result.error or (None, None)
    return {
        "key": one.key,
        "document": _text(one.document),
        "source": _text(one.source),
        "made_at": now,
        "body": one.result.body,
        "error_type": name,
        "error_message": message and _text(message),
        **_used(one.usage),
    }


def _used(usage: Usage) -> dict[str, float | None]:
    # a server may say anything; no number of its makes the others' writing fail
    counts = {name: max(0, min(getattr(usage, name), _LARGEST)) for name in tables.COUNTS}
    return {**counts, "cost_usd": usage.cost_usd}


def _text(text: str) -> str:
    """What any database takes: a path's undecodable bytes and NUL are replaced."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
