"""Parquet: typed columns back into text in canonical form."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yuandian.operations.files.cells import number
from yuandian.operations.files.rows import FileError, Limits, RowSource, named

BUFFER = 1 << 20


def parquet_rows(path: Path, limits: Limits) -> RowSource:
    """The rows of a .parquet. Times with a zone come out in UTC with a Z, others as they stand."""
    try:
        schema = pq.ParquetFile(path).schema_arrow
    except MemoryError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise FileError("not_parquet", path.name, why=str(error)[:120]) from error
    names = named(schema.names, path.name, limits)
    for nth, name in names.items():
        if not _is_plain(schema.types[nth]):
            raise FileError("not_plain", path.name, column=name, type=str(schema.types[nth])[:120])
    most = max(1, min(limits.batch_rows, limits.batch_cells // len(schema.names)))

    def read() -> Iterator[pa.Table]:
        first = 1
        try:
            with pq.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER) as file:
                for batch in file.iter_batches(batch_size=most, use_threads=False):
                    yield _texts(batch, names, first, limits)
                    first += batch.num_rows
        except MemoryError:
            raise
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            raise FileError("not_parquet", f"{path.name}, row {first}", why=str(error)[:120]) from error

    return RowSource(tuple(names.values()), read)


def _is_plain(kind: pa.DataType) -> bool:
    types = pa.types
    if types.is_dictionary(kind):
        return _is_plain(kind.value_type)
    checks = (
        types.is_string, types.is_large_string, types.is_string_view, types.is_integer, types.is_floating,
        types.is_boolean, types.is_date, types.is_timestamp, types.is_decimal, types.is_null,
        types.is_struct, types.is_list, types.is_map,
    )  # fmt: skip
    return any(check(kind) for check in checks)


def _texts(batch: pa.RecordBatch, names: dict[int, str], first: int, limits: Limits) -> pa.Table:
    arrays = [_cut(_text(batch.column(nth)), limits) for nth in names]
    own = [pa.array(range(first, first + batch.num_rows), pa.int64()), pa.nulls(batch.num_rows, pa.int64())]
    return pa.table([*arrays, *own], names=[*names.values(), "_row", "_width"])


def _text(column: pa.Array) -> pa.Array:
    kind, types = column.type, pa.types
    if types.is_dictionary(kind):
        return _text(column.dictionary_decode())
    if types.is_timestamp(kind):
        return _moments(column)
    if types.is_date(kind):
        return column.cast(pa.date32()).cast(pa.string())
    if types.is_floating(kind) or types.is_nested(kind) or types.is_decimal(kind):
        return pa.array([None if value is None else _one(value) for value in column.to_pylist()], pa.string())
    text = column.cast(pa.string())
    text.validate(full=True)
    return text


def _one(value: object) -> str:
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)


def _moments(column: pa.Array) -> pa.Array:
    zone = "Z" if column.type.tz else ""
    moments = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    if zone:
        moments = moments.cast(pa.timestamp("us", "UTC"))
    return pc.strftime(moments, format=f"%Y-%m-%dT%H:%M:%S{zone}")


def _cut(text: pa.Array, limits: Limits) -> pa.Array:
    cut = pc.utf8_slice_codeunits(text, 0, limits.cell + 1)
    return pc.if_else(pc.equal(cut, ""), pa.scalar(None, pa.string()), cut)
