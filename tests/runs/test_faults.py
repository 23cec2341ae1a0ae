"""What can be wrong with a store: one line each, that names it and says what to do."""

from __future__ import annotations

import asyncio
import os
import pwd
import resource
import sqlite3
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from extractor.errors import StoreError, UsageError
from extractor.models.base import Kept
from extractor.models.usage import Usage
from extractor.runs import tables
from extractor.runs.database import Database
from extractor.runs.place import place
from extractor.runs.store import Store
from tests.runs.asker import PROCESSES
from tests.runs.looped import looped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers.postgres import Postgres


async def ask() -> Kept:
    return Kept(b"x" * 300_000, Usage())


def fault(where: str | Path) -> str:
    """The line that opening the store ends with."""
    with pytest.raises(StoreError) as caught:
        asyncio.run(Store(where).result("k"))
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("store ")
    assert line.endswith(".")
    return line


def in_child(work: Callable[[str], str], where: str) -> str:
    """What `work` returns in a process that it may spoil."""
    with ProcessPoolExecutor(1, PROCESSES) as pool:
        return pool.submit(work, where).result()


def said(where: str) -> str:
    """As `fault`, for a child process: what it says, whatever that is."""
    try:
        asyncio.run(Store(where).once("k", "model", ask))
    except StoreError as error:
        return str(error)
    return "no error"


def test_a_store_of_a_newer_version(where: str) -> None:
    with Database(place(where), create=True) as database:
        database.connection.execute(sa.update(tables.version), {"version": 7})
    line = fault(where)
    assert "made by a newer version (schema 7, this one knows 1)" in line
    assert "pgrade" in line
    assert "--store" in line


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "postings.txt"
    path.write_text("A cook is wanted. " * 1000)
    assert fault(path) == f"store {path}: the file isn't a store. Name another with --store."
    assert path.read_text() == "A cook is wanted. " * 1000


def test_another_programs_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE places (url TEXT)")
    connection.close()
    before = path.read_bytes()
    assert "another program's database" in fault(path)
    assert path.read_bytes() == before


def test_a_folder(tmp_path: Path) -> None:
    assert fault(tmp_path).startswith(f"store {tmp_path}: Is a directory. ")


def test_a_path_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in fault(tmp_path / "file" / "store.sqlite")


def _as_nobody(folder: str) -> str:
    said(f"{folder}/open/store.sqlite")  # imports what it needs, while it may read it
    if os.geteuid() == 0:
        os.setresuid(*[pwd.getpwnam("nobody").pw_uid] * 3)
    return "\n".join([said(f"{folder}/closed/store.sqlite"), said(f"{folder}/closed/new.sqlite")])


def test_a_read_only_folder(folder: Path) -> None:
    closed = folder / "closed"
    asyncio.run(Store(closed / "store.sqlite").result("k"))
    (closed / "store.sqlite").chmod(0o666)
    folder.chmod(0o755)
    closed.chmod(0o555)
    old, new = in_child(_as_nobody, str(folder)).split("\n")
    assert old.startswith(f"store {closed}/store.sqlite: it or its folder is read-only")
    assert new == f"store {closed}/new.sqlite: Permission denied. Allow writing there. Name another with --store."


def _in_little_room(where: str) -> str:
    asyncio.run(Store(where).result("k"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    return said(where)


def test_a_limit_on_the_size_of_files(folder: Path) -> None:
    line = in_child(_in_little_room, str(folder / "store.sqlite"))
    assert line.startswith(f"store {folder}/store.sqlite: it can't be written or read (disk I/O error). Check the disk")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    try:
        command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no small disk here: mounting isn't permitted")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@looped
async def test_a_full_disk_and_room_again(small_disk: Path) -> None:
    store = Store(small_disk / "store.sqlite")
    async with store.connected():
        await store.once("k", "model", ask)
        filler = small_disk / "filler"
        filler.write_bytes(b"x" * (os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize))
        with pytest.raises(StoreError, match="the disk is full") as caught:
            await store.once("l", "model", ask)
        assert str(small_disk) in str(caught.value)
        filler.unlink()
        # the answer wasn't used, and isn't held by anybody
        assert (await store.once("l", "model", ask))[1] is False


def test_a_full_disk_ends_a_run_without_a_second_error(small_disk: Path) -> None:
    @looped
    async def run() -> None:
        store = Store(small_disk / "store.sqlite")
        async with store.connected():
            (small_disk / "filler").write_bytes(
                b"x" * (os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize)
            )
            await store.once("l", "model", ask)

    with pytest.raises(StoreError, match="the disk is full"):
        run()


@pytest.mark.parametrize("verb", ["stats", "export"])
def test_no_store_is_made_by_looking_for_one(tmp_path: Path, verb: str) -> None:
    store = Store(tmp_path / "store.sqlite")
    with pytest.raises(StoreError, match="there is no store there"):
        store.stats() if verb == "stats" else next(store.export())
    assert not list(tmp_path.iterdir())


def test_no_store_in_a_database(server: Postgres) -> None:
    with pytest.raises(StoreError, match="there is no store there"):
        Store(server.url()).stats()


def test_a_server_that_is_not_there_and_no_word_of_the_password() -> None:
    store = Store("postgresql://reader:s3cret%2F@127.0.0.1:1/jobs")
    line = fault("postgresql://reader:s3cret%2F@127.0.0.1:1/jobs")
    assert line.startswith("store postgresql://reader@127.0.0.1:1/jobs: ")
    assert "refused" in line
    assert line.endswith("Check the URL (--store) and the server.")
    assert "s3cret" not in line + repr(store)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://reader:s3/cret@127.0.0.1:1/jobs",
        "postgresql://reader:1#s3cret@127.0.0.1:1/jobs",
        "postgresql://reader:1?s3cret@127.0.0.1:1/jobs",
        "postgresql://reader:s3@cret@127.0.0.1:1/jobs",
        "postgresql://reader:s3cret@127.0.0.1:port/jobs",
        "postgresql://reader:s3cret@[::1/jobs",
    ],
)
def test_a_url_that_parsers_read_differently_is_refused_without_a_word_of_it(url: str) -> None:
    with pytest.raises(UsageError, match="%40") as caught:
        Store(url)
    assert "s3" not in str(caught.value)
    assert "cret" not in str(caught.value)


def test_a_password_beside_the_others_parameters_is_not_shown() -> None:
    url = "postgresql://reader@127.0.0.1:1/jobs?password=s3cret"
    assert "s3cret" not in fault(url) + repr(Store(url))


def test_a_database_that_is_not_there(server: Postgres) -> None:
    assert 'database "nowhere" does not exist' in fault(server.url().replace("/postgres?", "/nowhere?"))


def test_a_user_who_may_not_write(server: Postgres) -> None:
    import psycopg

    url = server.url()
    schema = url.rpartition("%3D")[2]
    with psycopg.connect(f"host={server.folder} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {schema} LOGIN")
        connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {schema}")
    line = fault(url.replace("postgres@", f"{schema}@"))
    assert "permission denied" in line
    assert "Grant" in line


def _without_psycopg(where: str) -> str:
    sys.modules["psycopg"] = None  # type: ignore[assignment]
    return said(where)


def test_without_the_driver_it_says_what_to_install() -> None:
    line = in_child(_without_psycopg, "postgresql://127.0.0.1/jobs")
    assert line == (
        "store postgresql://127.0.0.1/jobs: psycopg isn't installed. pip install 'posting-extractor[postgres]'"
    )


def test_other_databases_are_refused_before_anything_is_opened() -> None:
    with pytest.raises(UsageError, match="mysql"):
        Store("mysql://user:s3cret@host/db")
