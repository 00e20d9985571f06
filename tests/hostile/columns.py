"""Parquet: damaged, nested without end, small files that become large, texts that are none."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.hostile import read, refused

MB = 1 << 20


def _written(path: Path, **columns: object) -> bytearray:
    pq.write_table(pa.table(columns), path, compression="none")
    return bytearray(path.read_bytes())


@refused("a.parquet", "not_parquet")
def cut_short(path: Path) -> None:
    path.write_bytes(_written(path, a=["x"] * 1000)[:-100])


@refused("a.parquet", "not_parquet")
def a_footer_larger_than_the_file(path: Path) -> None:
    data = _written(path, a=["x"])
    data[-8:-4] = (2**31 - 1).to_bytes(4, "little")
    path.write_bytes(data)


@refused("a.parquet", "not_parquet")
def a_footer_of_junk(path: Path) -> None:
    data = _written(path, a=["x"] * 10)
    length = int.from_bytes(data[-8:-4], "little")
    data[-8 - length : -8] = b"\xff" * length
    path.write_bytes(data)


@refused("a.parquet", "not_parquet", ", row 1")
def pages_of_junk(path: Path) -> None:
    data = _written(path, a=[f"x{n}" for n in range(1000)])
    data[4:200] = b"\xff" * 196
    path.write_bytes(data)


@refused("a.parquet", "too_heavy")
def a_small_file_that_becomes_gigabytes(path: Path) -> None:
    """One cell of a megabyte, kept once and meant twenty thousand times."""
    pq.write_table(pa.table({"a": pa.array(["x" * MB] * 400)}), path, compression="zstd")
    pq.write_table(
        pa.table({"a": pa.DictionaryArray.from_arrays(pa.array([0] * 20_000), pa.array(["x" * MB]))}), path
    )


@refused("a.parquet", "too_wide")
def columns_without_end(path: Path) -> None:
    pq.write_table(pa.table({f"c{n}": [1] for n in range(2_001)}), path)


def _nested(path: Path, depth: int) -> None:
    value, kind = None, pa.int64()
    for _ in range(depth):
        value, kind = [value], pa.list_(kind)
    pq.write_table(pa.table({"a": pa.array([value], kind)}), path)


@read("a.parquet", ("a",), ("[" * 30 + "null" + "]" * 30,))
def lists_in_lists(path: Path) -> None:
    _nested(path, 30)


@refused("a.parquet", "not_parquet")
def lists_in_lists_without_end(path: Path) -> None:
    _nested(path, 1000)


@refused("a.parquet", "not_plain")
def bytes_that_are_no_text(path: Path) -> None:
    pq.write_table(pa.table({"a": pa.array([b"\xff\xfe"], pa.binary())}), path)


@refused("a.parquet", "not_parquet", ", row 1")
def a_text_that_is_not_unicode(path: Path) -> None:
    data = _written(path, a=["abcdefgh"])
    path.write_bytes(bytes(data).replace(b"abcdefgh", b"abc\xff\xfe\xfdgh"))


@read("a.parquet", ("a",), ("inf",), ("nan",), (f"{-1e308:.0f}",))
def numbers_beyond_measure(path: Path) -> None:
    pq.write_table(pa.table({"a": [float("inf"), float("nan"), -1e308]}), path)


@refused("a.parquet", "empty_file")
def nothing(path: Path) -> None:
    path.write_bytes(b"")


@refused("a.parquet", "really")
def a_workbook_called_parquet(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + b"\0" * 50)
