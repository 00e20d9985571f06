"""csv and csv.gz: encodings, NUL, quotes without end, cells and rows without measure, bombs."""

import gzip
import io
import zipfile
from pathlib import Path

from tests.hostile import read, refused

MB = 1 << 20


@read("a.csv", ("客户号", "b"), ("周", "1"))
def gbk(path: Path) -> None:
    path.write_bytes("客户号,b\n周,1\n".encode("gbk"))


@read("a.csv", ("客户号", "b"), ("周𠮷", "1"))
def gb18030_beyond_gbk(path: Path) -> None:
    path.write_bytes("客户号,b\n周𠮷,1\n".encode("gb18030"))


@read("a.csv", ("客户号", "b"), ("周", "1"))
def utf_16_with_its_mark(path: Path) -> None:
    path.write_bytes("\ufeff客户号,b\n周,1\n".encode("utf-16-be"))


@refused("a.csv", "binary", ", row 1")
def utf_16_without_its_mark(path: Path) -> None:
    path.write_bytes("customer,b\nx,1\n".encode("utf-16-le"))


@refused("a.csv", "binary", ", row 1")
def utf_16_of_chinese_without_its_mark(path: Path) -> None:
    path.write_bytes("客户号,b\n周,1\n".encode("utf-16-le"))


@refused("a.csv", "not_text", ", line 2, byte 9")
def latin_1_junk(path: Path) -> None:
    path.write_bytes(b"a,b\n1,caf\xe9\n2,\xff\n")


@refused("a.csv", "not_text", ", line 3, byte 10")
def two_encodings_in_one_file(path: Path) -> None:
    path.write_bytes("a,b\n周,1\n".encode() + "吴,1\n".encode("gbk"))


@refused("a.csv", "not_text", ", line 2, byte 12")
def a_lone_surrogate(path: Path) -> None:
    path.write_bytes("\ufeffa,b\n".encode("utf-16-le") + "x\ud800y".encode("utf-16-le", "surrogatepass"))


@refused("a.csv", "not_text", ", line 2, byte 7")
def a_surrogate_in_utf_8(path: Path) -> None:
    path.write_bytes(b"a,b\nx\xed\xa0\x80,1\n")


@read("a.csv", ("a", "b"), ("x\0y", "1"), ("2", "2"))
def nul_in_a_cell(path: Path) -> None:
    path.write_bytes(b"a,b\nx\0y,1\n2,2\n")


@refused("a.csv", "binary", ", row 1")
def nul_in_the_header(path: Path) -> None:
    path.write_bytes(b"a\0,b\n1,2\n")


@read("a.csv", ("a", "b"), ("x", "1"), ("\ufeffa", "b"), ("y", "2"))
def a_byte_order_mark_in_the_middle(path: Path) -> None:
    """Two files put one behind the other; typing trims the mark."""
    path.write_bytes(b"\xef\xbb\xbfa,b\nx,1\n" + b"\xef\xbb\xbfa,b\ny,2\n")


@read("a.csv", ("a", "b"), ("周" * 1_000_001, "1"), ("2", "2"))
def a_cell_of_ten_megabytes(path: Path) -> None:
    path.write_text("a,b\n" + "周" * (10 * MB // 3) + ",1\n2,2\n", "utf-8")


@refused("a.csv", "row_too_long", ", line 2")
def a_row_of_a_hundred_megabytes(path: Path) -> None:
    path.write_bytes(b"a,b\n" + b"x" * (100 * MB) + b",1\n")


@refused("a.csv", "row_too_long", ", row 2, line 4000003")
def a_quote_that_is_never_closed(path: Path) -> None:
    path.write_bytes(b'a,b\n1,2\n"' + b"x,y\n" * (25 * MB))


@refused("a.csv", "row_too_long", ", line 1")
def one_line_without_end(path: Path) -> None:
    path.write_bytes(b"a," * (16 * MB))


@refused("a.csv", "too_wide", ", row 1")
def a_million_columns(path: Path) -> None:
    path.write_text(",".join(f"c{n}" for n in range(1_000_000)) + "\n1,2\n")


@read("a.csv", ("a", "b"), (None, None))
def a_row_of_five_million_cells(path: Path) -> None:
    path.write_bytes(b"a,b\n" + b"," * 5_000_000 + b"x\n")


@refused("a.csv", "too_heavy")
def a_row_of_cells_that_do_not_fit_into_memory(path: Path) -> None:
    path.write_text("a,b\n" + "周吴," * 5_300_000 + "\n", "utf-8")


@refused("a.csv", "duplicate_header", ", row 1")
def one_column_twice(path: Path) -> None:
    path.write_text("客户号,姓名,客户号\n1,2,3\n", "utf-8")


@refused("a.csv", "empty_file")
def nothing(path: Path) -> None:
    path.write_bytes(b"")


@refused("a.csv", "empty_file")
def nothing_but_its_mark(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf")


@read("a.csv", ("a", "b"))
def only_a_header(path: Path) -> None:
    path.write_text("a,b\n")


@read("a.csv", ("a", "b"), ("x", "1"))
def a_million_empty_rows(path: Path) -> None:
    path.write_bytes(b"a,b\n" + b",\n" * 1_000_000 + b"x,1\n")


@read("a.csv", ("a", "b"), ("=cmd|' /C calc'!A0", "1"), ("@SUM(A1)", "'tis"))
def formulas(path: Path) -> None:
    path.write_text("a,b\n=cmd|' /C calc'!A0,1\n'@SUM(A1),'tis\n")


@refused("a.csv", "bad_quotes", ", row 2, line 3")
def a_quote_in_the_middle(path: Path) -> None:
    path.write_text('a,b\n1,2\n"3"x,4\n')


@refused("a.csv", "really")
def a_workbook_by_another_name(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")


@refused("a.csv", "not_text", ", line 3, byte 24")
def a_text_that_is_an_archive_too(path: Path) -> None:
    """A polyglot: csv to one reader, zip to another."""
    archived = io.BytesIO()
    with zipfile.ZipFile(archived, "w") as archive:
        archive.writestr(zipfile.ZipInfo("x"), b"\xff\xff")
    path.write_bytes(b"a,b\n1,2\n" + archived.getvalue())


@refused("a.csv", "old_workbook")
def an_old_workbook_called_text(path: Path) -> None:
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600)


@refused("a.csv.gz", "inflates")
def a_gzip_bomb(path: Path) -> None:
    with gzip.open(path, "wb", 9) as file:
        file.write(b"a,b\n")
        for _ in range(300):
            file.write(b"1,2\n" * (MB // 4))


@refused("a.csv.gz", "inflates")
def a_gzip_bomb_of_many_members(path: Path) -> None:
    path.write_bytes(gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n" * (MB // 4), 9) * 300)


@refused("a.csv.gz", "broken_archive")
def a_gzip_cut_short(path: Path) -> None:
    path.write_bytes(gzip.compress(b"a,b\n" + b"1234567,x\n" * 100_000)[:-20])


@refused("a.csv.gz", "broken_archive")
def a_gzip_with_a_flipped_bit(path: Path) -> None:
    data = bytearray(gzip.compress(b"a,b\n" + bytes(range(48, 58)) * 1000))
    data[-6] ^= 1
    path.write_bytes(data)


@refused("a.csv.gz", "really")
def a_gzip_in_a_gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(gzip.compress(b"a,b\n1,2\n")))


@refused("a.csv.gz", "broken_archive")
def a_text_called_gzip(path: Path) -> None:
    path.write_bytes(b"a,b\n1,2\n")
