"""Where a store is, and how messages name it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from extractor.errors import StoreError, UsageError

_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")


@dataclass(frozen=True, slots=True)
class Place:
    """A SQLite file, or else a PostgreSQL database by the parts of its URL. `name` shows no password."""

    name: str
    path: Path | None = None
    url: SplitResult | None = None

    def __repr__(self) -> str:
        return f"Place({self.name!r})"

    def error(self, fault: str, remedy: str) -> StoreError:
        """One line that names the store, what is wrong with it, and what to do."""
        fault = " ".join(fault.split()).rstrip(".")
        if self.url and self.url.password:
            # a driver may repeat what it was given
            fault = fault.replace(unquote(self.url.password), "…")
        return StoreError(f"store {self.name}: {fault}. {remedy}")


def place(where: str | Path | None) -> Place:
    """The place that `where` says: a path, a URL, or None for the file under the user's cache directory.

    Raises `UsageError` for a URL of another database, or one that can't be read.
    """
    if where is None:
        return _file(cache_folder() / "store.sqlite")
    if isinstance(where, Path) or "://" not in where:
        return _file(Path(where))
    scheme, _, rest = where.partition("://")
    if scheme == "sqlite":
        return _file(Path(rest.removeprefix("/")))
    if scheme not in _SCHEMES:
        raise UsageError(f"store {scheme}://…: a store is a SQLite file or a PostgreSQL database: postgresql://….")
    try:
        parts = urlsplit(f"postgresql://{rest}")
        user, host, port = parts.username, parts.hostname, parts.port
    except ValueError:
        raise _unreadable() from None
    if "@" in (parts.password or "") + parts.path + parts.query + parts.fragment:
        # an unquoted password: parsers disagree where the host begins, and would show a part of it
        raise _unreadable()
    shown = f"{user}@" * bool(user) + (host or "") + f":{port}" * bool(port) + parts.path
    return Place(f"postgresql://{shown}", url=parts)


def cache_folder() -> Path:
    """The package's folder under the user's cache directory."""
    from platformdirs import user_cache_path

    return user_cache_path("posting-extractor")


def _file(path: Path) -> Place:
    # absolute: the working directory may change, and no name is one of SQLite's special ones
    absolute = path.expanduser().absolute()
    return Place(str(absolute), path=absolute)


def _unreadable() -> UsageError:
    return UsageError(
        "store postgresql://…: the URL can't be read. Write postgresql://user:password@host:5432/database, "
        "with %40 for a @ in the password, %2F for /, %23 for #."
    )
