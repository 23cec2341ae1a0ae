"""Results as Arrow tables, data frames and Parquet files, with nested columns that follow from the schema."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractor.documents import one_line
from extractor.errors import UsageError
from extractor.outcome import Extraction
from extractor.runs.arrow import ArrowRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pydantic import BaseModel

    from extractor.outcome import Failure

_LOG = logging.getLogger("extractor")
# What is held of a Parquet file: one group of its rows.
_GROUP = 4096
_GROUP_BYTES = 64_000_000


def to_arrow(
    results: Iterable[Extraction[Any] | Failure], schema: type[BaseModel] | None = None, *, with_text: bool = False
) -> Any:
    """A `pyarrow.Table` with a row for each result, and nested columns.

    `id`, `source`, `media_type`, `record` (as `schema` has it: by default that of the first record, or JobPosting where
    there is none), `evidence` (a list: `pointer`, `start`, `end`, `grade`, `moved`, `page`), `unsupported` (`pointer`,
    `value`, `at`), for JobPosting `published` and `reconciliation` (`pointer`, `kind`, `page`), `warnings`, `usage`,
    `provenance`, `error` (`type`, `message`: all that a failure has), and with `with_text` the `text` that offsets
    count in. `unsupported.value` and `reconciliation.page` are JSON as text.

    A value that its column can't hold, such as a whole number beyond 64 bits, is left out, and a warning in its row
    says so. Raises `UsageError` where pyarrow isn't installed, or a record isn't of the schema.
    """
    remaining = iter(results)
    first: list[Extraction[Any] | Failure] = []
    if schema is None:
        from extractor.records.posting import JobPosting

        schema = JobPosting
        for result in remaining:
            first.append(result)
            if isinstance(result, Extraction):
                schema = type(result.record)
                break
    rows = ArrowRows(schema, with_text=with_text)
    for result in chain(first, remaining):
        rows.add(result)
    return rows.taken()


def to_pandas(
    results: Iterable[Extraction[Any] | Failure], schema: type[BaseModel] | None = None, *, with_text: bool = False
) -> Any:
    """A `pandas.DataFrame`: the columns of `to_arrow`, but each field of the record is one of its own.

    A field that is called as another column is `record.id`. Objects are dicts, lists arrays; whole numbers stay whole
    where some are missing (`Int64`), dates are `datetime.date`. Raises `UsageError` as `to_arrow`, and where pandas
    isn't installed.
    """
    try:
        import pandas
    except ImportError:
        raise UsageError("to_pandas needs pandas, not installed: pip install pandas.") from None
    table = to_arrow(results, schema, with_text=with_text)
    at = table.schema.get_field_index("record")
    taken = set(table.column_names)
    fields = table.select(["record"]).flatten()
    names = [name.removeprefix("record.") for name in fields.column_names]
    table = table.remove_column(at)
    for offset, (name, values) in enumerate(zip(names, fields.columns, strict=True)):
        table = table.add_column(at + offset, f"record.{name}" if name in taken else name, values)
    import pyarrow

    return table.to_pandas(types_mapper={pyarrow.int64(): pandas.Int64Dtype()}.get)


@contextmanager
def parquet_file(
    path: Path, schema: type[BaseModel], *, with_text: bool, finished: Callable[[], bool]
) -> Iterator[Callable[[Extraction[Any] | Failure], None]]:
    """A function that writes one result into a Parquet file, whose rows are those of `to_arrow`.

    They go to `path` with ".part" behind it, which gets its own name at the end: not where an error ends the block, or
    where it wasn't `finished`. Then that file holds the rows until there. Raises `UsageError`, `OSError`.
    """
    rows = ArrowRows(schema, with_text=with_text)
    from pyarrow.parquet import ParquetWriter

    whole = Path(os.path.realpath(path))  # a link stays one
    if whole.exists() and not whole.is_file():
        raise UsageError(f"{one_line(str(path))}: Parquet is written to a file, and this is none.")
    part = whole.with_name(f"{whole.name}.part")
    named = False
    try:
        with part.open("wb") as file:
            with ParquetWriter(file, rows.schema, compression="zstd") as writer:

                def write(result: Extraction[Any] | Failure) -> None:
                    rows.add(result)
                    if rows.count >= _GROUP or rows.nbytes >= _GROUP_BYTES:
                        writer.write_table(rows.taken(), row_group_size=2 * _GROUP)

                done = False
                try:
                    yield write
                    done = finished()
                finally:
                    writer.write_table(rows.taken(), row_group_size=2 * _GROUP)
            file.flush()
            os.fsync(file.fileno())  # before the name, which could outlive a fall of power otherwise
        if done:
            part.replace(whole)
            named = True
    finally:
        if not named:
            _LOG.warning(
                "%s: the run wasn't finished: what rows there are stand in %s",
                one_line(str(path)),
                one_line(str(part)),
                extra={"event": "output.partial"},
            )
