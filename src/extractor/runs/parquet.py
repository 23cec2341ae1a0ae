"""The rows of a Parquet file: two of its columns, a small batch at a time."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Self

from extractor.documents import one_line
from extractor.errors import UnreadableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BATCH = 64  # rows: a cell may be megabytes long
_SAMPLE = 20  # rows that tell which column holds texts


class Cells(NamedTuple):
    """The posting's text in a row as bytes, and its id; None and "" where there is none."""

    text: bytes | None
    id: str


def pyarrow(what: str) -> Any:
    """The library, which `what` needs. Raises `UsageError`."""
    try:
        import pyarrow
    except ImportError:
        raise UsageError(f"{what} needs pyarrow, not installed: pip install 'posting-extractor[arrow]'.") from None
    return pyarrow


class ParquetRows:
    """The rows of a Parquet file at a path, or in an open file. Raises `UnreadableError`, `UsageError`."""

    def __init__(self, file: Path | IO[bytes], source: str) -> None:
        self._arrow = pyarrow(f"{one_line(source)}: to read Parquet")
        from pyarrow.parquet import ParquetFile

        self._source = source
        with self._faults(source):
            # without a buffer, all of a column that stands in one group of rows would be held
            self._file = ParquetFile(file, buffer_size=1 << 20)
            self._fields = list(self._file.schema_arrow)
        self.names = [field.name for field in self._fields]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def beginning(self) -> list[list[str]]:
        """The columns' names, and the first rows under them, with "" for what isn't text."""
        names = [
            name for at, name in enumerate(self.names) if self._holds(at, texts=True) and self.names.count(name) == 1
        ]
        batch = None
        if self._file.num_row_groups:
            with suppress(UnreadableError), self._faults(self._source):  # said where its rows would be
                batch = next(self._file.iter_batches(_SAMPLE, row_groups=[0], columns=names), None)
        if batch is None:
            return [self.names]
        shown = {name: [cell or b"" for cell in self._bytes(batch.column(name))] for name in names}
        rows = [
            [shown[name][row].decode("latin-1") if name in shown else "" for name in self.names]
            for row in range(batch.num_rows)
        ]
        return [self.names, *rows]

    def holds_files(self, column: int) -> bool:
        """Whether the cells of a column are bytes of files; otherwise they are strings. Raises `UsageError`."""
        if self._holds(column, texts=True):
            return False
        if self._holds(column, texts=False):
            return True
        field = self._fields[column]
        place = one_line(self._source)
        raise UsageError(f"{place}: column {field.name!r} holds {field.type}, no text; name another by --text-column.")

    def rows(self, text: int, id_: int | None) -> Iterator[tuple[int, Cells | UnreadableError]]:
        """Each row with its number from 1; an error in place of the rest of a group of rows that can't be read."""
        wanted = list({text, text if id_ is None else id_})
        for column in wanted:
            if self.names.count(self.names[column]) > 1:
                place = one_line(self._source)
                raise UsageError(f"{place}: more than one column is called {self.names[column]!r}; rename one.")
        number = end = 0
        for group in range(self._file.num_row_groups):
            number, end = end, end + self._file.metadata.row_group(group).num_rows
            try:
                with self._faults(f"{self._source}:{number + 1}"):
                    batches = self._file.iter_batches(
                        _BATCH, row_groups=[group], columns=[self.names[column] for column in wanted]
                    )
                    for batch in batches:
                        texts = self._bytes(batch.column(self.names[text]))
                        ids = batch.column(self.names[id_]).to_pylist() if id_ is not None else [None] * len(texts)
                        for cell, named in zip(texts, ids, strict=True):
                            number += 1
                            yield number, Cells(cell, _id(named))
            except UnreadableError as error:
                yield number + 1, UnreadableError(f"{error}; rows up to {end:,} are left out")

    def _holds(self, column: int, *, texts: bool) -> bool:
        types = self._arrow.types
        type_ = self._fields[column].type
        if types.is_dictionary(type_):
            type_ = type_.value_type
        if texts:
            return bool(types.is_string(type_) or types.is_large_string(type_) or types.is_string_view(type_))
        return bool(types.is_binary(type_) or types.is_large_binary(type_) or types.is_binary_view(type_))

    def _bytes(self, column: Any) -> list[bytes | None]:
        """Strings as bytes, since those of a broken file aren't always UTF-8."""
        if self._arrow.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        cells: list[bytes | None] = column.cast(self._arrow.large_binary()).to_pylist()
        return cells

    @contextmanager
    def _faults(self, place: str) -> Iterator[None]:
        try:
            yield
        except (self._arrow.ArrowException, OSError) as error:
            said = one_line(str(error)).rstrip(".")
            raise UnreadableError(f"{one_line(place)}: this Parquet can't be read: {said}") from None


def _id(value: Any) -> str:
    """An id as text: pandas makes floats of whole numbers where some are missing."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
