"""The places of a store under test: a SQLite file and a PostgreSQL schema, each new."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.servers.postgres import Postgres, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _cache_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for a SQLite file, in memory where that can be had: a disk takes its time over each fsync."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest) -> str:
    """The place of a new store."""
    if request.param == "sqlite":
        folder: Path = request.getfixturevalue("folder")
        return str(folder / "store.sqlite")
    server: Postgres = request.getfixturevalue("server")
    return server.url()
