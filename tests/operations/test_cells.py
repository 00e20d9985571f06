"""A15: a text that a spreadsheet would compute leaves harmless, and comes back as it was."""

import csv

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yuandian.operations.files import harmless, plain
from yuandian.operations.files.opening import open_rows

SIGNS = "=+-@\t\r\n\0＝＋－＠"
texts = st.text(st.sampled_from([*SIGNS, "'", "1", ".", "x", "周"]), max_size=6) | st.text()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("-x", "'-x"),
        ("\t=1", "'\t=1"),
        ("＝1+1", "'＝1+1"),
        ("'=1", "''=1"),
        ("''=1", "'''=1"),
        ("-1,234.5", "-1,234.5"),
        ("+8613900001402", "+8613900001402"),
        ("+86 139", "'+86 139"),
        ("'tis", "'tis"),
        ("", ""),
    ],
)
def test_what_a_spreadsheet_would_compute_gets_an_apostrophe(text, written):
    assert harmless(text) == written
    assert plain(written) == text


@given(texts)
@example("'-1")
@example("''")
def test_every_text_comes_back(text):
    assert plain(harmless(text)) == text


@given(texts)
def test_nothing_that_computes_is_left(text):
    out = harmless(text)
    assert not out.startswith(tuple(SIGNS)) or not set(out) - set("+-0123456789.,"), out


@pytest.mark.req("X5")
def test_an_exported_csv_reads_back_as_it_was(tmp_path):
    cells = ["=cmd|' /C calc'!A0", "'=1", "-5", "@周", "'tis", "+86 139", "'", "a\n=b"]
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["'=a", "b"])
        writer.writerows([harmless(cell), ""] for cell in cells)
    source = open_rows(path)
    assert source.header == ("=a", "b")
    assert [cell for batch in source for cell in batch["=a"].to_pylist()] == cells
