"""Opening files: every encoding, delimiter and ending gives the same rows; what cannot be read says where."""

import gzip
import os
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuandian.operations.files import ENDINGS, FileError, Limits, read_apart, sweep
from yuandian.operations.files.opening import open_rows
from yuandian.operations.files.words import FAULTS

HEADER = ("客户号", "姓名", "金额")
ROWS = [("C1", "周小云", "1,234.50"), ("C2", '他说"好"\n再见', "7"), ("C3", None, "￥8")]


def quoted(cell: str | None) -> str:
    return '"' + (cell or "").replace('"', '""') + '"'


def text(delimiter: str = ",", end: str = "\r\n") -> str:
    return "".join(delimiter.join(map(quoted, row)) + end for row in (HEADER, *ROWS))


def rows_of(path: Path, **limits) -> list[tuple]:
    source = open_rows(path, Limits(**limits))
    found = [tuple(row.values()) for batch in source for row in batch.to_pylist()]
    assert all(len(row) == len(source.header) + 2 for row in found)
    return [row[:-2] for row in found]


def fault_of(path: Path, **limits) -> FileError:
    with pytest.raises(FileError) as caught:
        list(open_rows(path, Limits(**limits)))
    return caught.value


@pytest.mark.req("X5")
@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_every_csv_gives_the_same_rows(tmp_path, encoding, delimiter, ending):
    path = tmp_path / f"customers{ending}"
    data = text(delimiter).encode(encoding)
    path.write_bytes(gzip.compress(data) if ending.endswith("gz") else data)
    assert open_rows(path).header == HEADER
    assert rows_of(path) == ROWS


@pytest.mark.req("X5")
def test_a_workbook_gives_the_same_rows(tmp_path):
    path = tmp_path / "customers.xlsx"
    book = openpyxl.Workbook()
    for row in (HEADER, *ROWS):
        book.active.append(row)
    book.create_sheet("other").append(["not read"])
    book.save(path)
    assert open_rows(path).header == HEADER
    assert rows_of(path) == ROWS


@pytest.mark.req("X5")
def test_parquet_gives_the_same_rows(tmp_path):
    path = tmp_path / "customers.parquet"
    pq.write_table(pa.table(list(zip(*ROWS, strict=True)), names=list(HEADER)), path)
    assert open_rows(path).header == HEADER
    assert rows_of(path) == ROWS


def test_typed_cells_of_a_workbook_become_plain_text(tmp_path):
    path = tmp_path / "typed.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["a", "b", "c", "d", "e", "f", "g", "h"])
    moment = datetime(2026, 11, 25, 9, 30)
    book.active.append([1.0, 13900001402.0, 0.1 + 0.2, True, date(2026, 11, 25), moment, 1e20, 1e-7])
    book.active.append([])
    book.active.append(["x"])
    book.save(path)
    assert rows_of(path) == [
        ("1", "13900001402", "0.3", "true", "2026-11-25", "2026-11-25 09:30:00", "1" + "0" * 20, "0.0000001"),
        ("x", *[None] * 7),
    ]
    assert [batch["_row"].to_pylist() for batch in open_rows(path)] == [[1, 3]]


def test_typed_columns_of_parquet_become_plain_text(tmp_path):
    path = tmp_path / "typed.parquet"
    moments = pa.array([datetime(2026, 11, 25, 9, 30)], pa.timestamp("us"))
    columns = {
        "integer": pa.array([7]),
        "float": pa.array([1234.5]),
        "decimal": pa.array([Decimal("12.30")]),
        "date": pa.array([date(2026, 11, 25)]),
        "time": moments,
        "zoned": moments.cast(pa.timestamp("ms", "Asia/Shanghai")),
        "flag": pa.array([True]),
        "code": pa.array(["a"]).dictionary_encode(),
        "data": pa.array([{"b": ["1", "二"]}]),
        "nothing": pa.array([None], pa.string()),
    }
    pq.write_table(pa.table(columns), path)
    assert rows_of(path) == [
        ("7", "1234.5", "12.30", "2026-11-25", "2026-11-25T09:30:00.000000", "2026-11-25T09:30:00.000000Z", "true",
         "a", '{"b": ["1", "二"]}', None),
    ]  # fmt: skip


def test_rows_are_numbered_as_in_the_file_and_empty_ones_left_out(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("\na,b\n1,2\n\n,\n3,4\n")
    batch = next(iter(open_rows(path)))
    assert batch["_row"].to_pylist() == [1, 4]
    assert batch["a"].to_pylist() == ["1", "3"]


def test_a_ragged_row_keeps_its_place_and_tells_its_width(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3\n4,5,6\n7,8\n")
    batch = next(iter(open_rows(path)))
    assert batch["a"].to_pylist() == ["1", None, None, "7"]
    assert batch["_width"].to_pylist() == [None, 1, 3, None]


def test_columns_without_a_name_are_not_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(",a,_row,,\n0,1,9,,\n")
    assert open_rows(path).header == ("a",)
    assert rows_of(path) == [("1",)]


def test_batches_are_bounded_in_rows_cells_and_characters(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "xx,yy\n" * 10)

    def sizes(**limits):
        return [batch.num_rows for batch in open_rows(path, Limits(**limits))]

    assert sizes(batch_rows=4) == [4, 4, 2]
    assert sizes(batch_cells=6) == [3, 3, 3, 1]
    assert sizes(batch_characters=11) == [3, 3, 3, 1]


def test_a_source_can_be_read_again_and_apart(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "xx,yy\n" * 10)
    limits = Limits(batch_rows=4)
    source = open_rows(path, limits)
    first = [batch.to_pylist() for batch in source]
    assert [batch.to_pylist() for batch in source] == first
    with read_apart(path, tmp_path / "staging", limits) as kept:
        assert kept.header == ("a", "b")
        path.unlink()
        assert [batch.to_pylist() for batch in kept] == first
        assert [batch.to_pylist() for batch in kept] == first
    assert list((tmp_path / "staging").iterdir()) == []


def test_what_a_killed_import_left_is_swept(tmp_path):
    old, new = tmp_path / "rows-old", tmp_path / "rows-new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "rows.arrow").touch()
    os.utime(old, (1000, 1000))
    sweep(tmp_path, before=2000)
    sweep(tmp_path / "not there", before=2000)
    assert list(tmp_path.iterdir()) == [new]


def test_a_poisoned_cell_stays_in_its_row(tmp_path):
    """F14: NUL, a lone surrogate and a cell of ten megabytes are for the typing to refuse, one row each."""
    path = tmp_path / "a.csv"
    lone = "b\ud800".encode("utf-16-le", "surrogatepass")
    data = (
        "\ufeffa\r\nx\0y\r\n".encode("utf-16-le")
        + "z".encode("utf-16-le") * 10_000_000
        + "\r\n".encode("utf-16-le")
    )
    path.write_bytes(data)
    batches = list(open_rows(path))
    assert [len(cell) for batch in batches for cell in batch["a"].to_pylist()] == [3, 1_000_001]
    path.write_bytes("\ufeffa\r\n".encode("utf-16-le") + lone)
    assert fault_of(path).code == "not_text"


@pytest.mark.parametrize(
    ("name", "data", "code", "where"),
    [
        ("a.csv", b"", "empty_file", "a.csv"),
        ("a.csv", b"\n\n  \n", "empty_file", "a.csv"),
        ("a.csv", b"_row,,_width\n1,2,3\n", "no_header", "a.csv, row 1"),
        ("a.csv", b"a,b,A\n", "duplicate_header", "a.csv, row 1"),
        ("a.csv", "ａ,b,a\n".encode(), "duplicate_header", "a.csv, row 1"),
        ("a.xls", b"x", "unknown_ending", "a.xls"),
        ("a", b"x", "unknown_ending", "a"),
        ("a.csv", b"a\0,b\n", "binary", "a.csv, row 1"),
        ("a.csv", b"a,b\n1,2\nx,\xff\xfe\n", "not_text", "a.csv, line 3, byte 10"),
        ("a.csv", b'a,b\n1,2\n"3,4\n5,6\n', "bad_quotes", "a.csv, row 2, line 4"),
        ("a.csv", b'a,b\n1,"2"x\n', "bad_quotes", "a.csv, row 1, line 2"),
        ("a.csv", b"PK\x03\x04rest", "really", "a.csv"),
        ("a.csv", gzip.compress(b"a\n1\n", mtime=0), "really", "a.csv"),
        ("a.csv.gz", b"a\n1\n", "broken_archive", "a.csv.gz"),
        ("a.csv.gz", gzip.compress(b"a\n" + b"1234567\n" * 999, mtime=0)[:-12], "broken_archive", "a.csv.gz"),
        ("a.xlsx", b"not a zip", "not_a_workbook", "a.xlsx"),
        ("a.parquet", b"not parquet", "not_parquet", "a.parquet"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_to_do(tmp_path, name, data, code, where):
    path = tmp_path / name
    path.write_bytes(data)
    fault = fault_of(path)
    assert (fault.code, fault.where) == (code, where)
    assert str(fault) == f"{where}: {fault.what}. {fault.fix}"
    assert " / " in fault.what
    assert " / " in fault.fix


def test_a_missing_file_is_told_apart(tmp_path):
    assert fault_of(tmp_path / "a.csv").code == "unreadable"


def test_too_many_columns_and_too_long_rows(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(",".join(f"c{n}" for n in range(2001)) + "\n")
    assert fault_of(path).code == "too_wide"
    path.write_text("a\n" + "x" * 300 + "\n")
    assert fault_of(path, row=200).where == "a.csv, line 2"
    path.write_text('a\n"' + "x\n" * 300 + '"\n')
    assert fault_of(path, row=200).code == "row_too_long"


@pytest.mark.req("X5")
def test_bombs_are_refused_before_they_burst(tmp_path):
    """A17: gzip and zip that inflate without end, entities in a workbook."""
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a\n" + b"0\n" * 3_000_000))
    assert fault_of(path, inflated_free=1_000_000, inflation=50).code == "inflates"
    assert open_rows(path).header == ("a",)

    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<x>" + " " * 5_000_000 + "</x>")
    assert fault_of(path, inflated_free=1_000_000, inflation=50).code == "inflates"

    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/sharedStrings.xml"] = (
        b'<?xml version="1.0"?><!-- <sst> --><!DOCTYPE x [<!ENTITY a "aaaa">]>'
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&a;</t></si></sst>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    assert fault_of(path).code == "declares_entities"


def test_every_fault_is_worded_in_both_languages():
    assert all(len(texts) == 4 and all(texts) for texts in FAULTS.values())
    assert set(ENDINGS) == {".csv", ".csv.gz", ".xlsx", ".parquet"}


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(cells, cells, cells).filter(any), max_size=30),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    size=st.integers(1, 7),
)
def test_any_text_survives_the_way_through_a_file(tmp_path_factory, rows, delimiter, encoding, size):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    lines = [("一", "b", "c"), *rows]
    path.write_bytes("\n".join(delimiter.join(map(quoted, row)) for row in lines).encode(encoding))
    assert rows_of(path, batch_rows=size) == [tuple(cell or None for cell in row) for row in rows]
