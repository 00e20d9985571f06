"""Workbooks: bombs, entities, links outside, wrong sizes, passwords, macros, names that climb."""

import io
import stat
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import openpyxl

from tests.hostile import read, refused

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
STRINGS_TYPE = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/'
    b'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)
TRAP = {"port": 0, "file": ""}
"""Where a parser would go that follows links: set by the test that listens there."""


def parts(*rows: tuple) -> dict[str, bytes]:
    """The parts of a small workbook as openpyxl writes it."""
    book, packed = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(packed)
    with zipfile.ZipFile(packed) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(path: Path, members: dict[str, bytes | Iterable[bytes]], how: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, content in members.items():
            with archive.open(name, "w", force_zip64=True) as part:
                for piece in [content] if isinstance(content, bytes) else content:
                    part.write(piece)


def sheet(rows: Iterable[bytes]) -> Iterator[bytes]:
    yield f'<worksheet xmlns="{NAMESPACE}"><sheetData>'.encode()
    yield from rows
    yield b"</sheetData></worksheet>"


def cell(text: str, place: str = "") -> str:
    return f'<c t="inlineStr"{place and f" r={place!r}"}><is><t>{text}</t></is></c>'


def row(*texts: str, number: str = "") -> bytes:
    return f"<row{number and f' r={number!r}'}>{''.join(map(cell, texts))}</row>".encode()


HEADER = row("a", "b")


@refused("a.xlsx", "inflates")
def a_bomb_of_a_gigabyte(path: Path) -> None:
    """Four megabytes that hold more than a gigabyte of rows."""
    pack(path, {**parts(("a", "b")), SHEET: sheet([HEADER, *[row("x", "y") * 10_000] * 1_400])})


@refused("a.xlsx", "too_heavy", seconds=2)
def a_bomb_that_keeps_to_the_measure(path: Path) -> None:
    """Inflates to less than the limit, but each short row claims all columns to the last."""
    wide = b"<row>" + cell("x", "XFD1").encode() + b"</row>"
    pack(path, {**parts(("a", "b")), SHEET: sheet([HEADER, *[wide * 10_000] * 100])})


@refused("a.xlsx", "too_heavy")
def strings_that_do_not_fit_into_memory(path: Path) -> None:
    """A quarter of a gigabyte in which one letter of each string makes all its letters wide."""
    long = b"<si><t>" + b"x" * (25 << 20) + "周</t></si>".encode()
    members, types = parts(("a", "b")), "[Content_Types].xml"
    members[types] = members[types].replace(b"</Types>", STRINGS_TYPE + b"</Types>")
    content = [f'<sst xmlns="{NAMESPACE}">'.encode(), *[long] * 10, b"</sst>"]
    pack(path, {**members, STRINGS: content}, zipfile.ZIP_STORED)


@refused("a.xlsx", "not_a_workbook")
def a_directory_that_lies_about_sizes(path: Path) -> None:
    pack(path, {**parts(("a", "b")), SHEET: sheet([HEADER, *[row("x", "y") * 1000] * 1000])})
    data, true = path.read_bytes(), 0
    with zipfile.ZipFile(path) as archive:
        true = archive.getinfo(SHEET).file_size
    path.write_bytes(data.replace(true.to_bytes(4, "little"), (1000).to_bytes(4, "little")))


@refused("a.xlsx", "inflates")
def ten_thousand_members(path: Path) -> None:
    pack(path, {**parts(("a", "b")), **{f"x{n}": b"" for n in range(10_000)}})


@refused("a.xlsx", "too_heavy", memory=120 << 20)
def a_million_columns(path: Path) -> None:
    pack(path, {**parts(("a",)), SHEET: sheet([b"<row>", *[b"<c><v>7</v></c>" * 1000] * 1000, b"</row>"])})


@refused("a.xlsx", "too_wide", ", row 1")
def more_columns_than_are_read(path: Path) -> None:
    pack(path, {**parts(("a",)), SHEET: sheet([row(*(f"c{n}" for n in range(2_001)))])})


@refused("a.xlsx", "too_many_rows")
def a_row_number_beyond_all_rows(path: Path) -> None:
    pack(path, {**parts(("a",)), SHEET: sheet([HEADER, row("x", "y", number="999999999999")])})


@read("a.xlsx", ("a", "b"), ("x", "y"))
def a_million_empty_rows(path: Path) -> None:
    pack(path, {**parts(("a",)), SHEET: sheet([HEADER, row("x", "y", number="1000000")])})


@read("a.xlsx", ("a", "b"), ("x", "y"), ("z", None))
def a_wrong_dimension(path: Path) -> None:
    members = parts(("a", "b"), ("x", "y"), ("z",))
    members[SHEET] = members[SHEET].replace(b'ref="A1:B3"', b'ref="A1:XFD1048576"')
    assert b"XFD" in members[SHEET]
    pack(path, members)


def _with_prolog(path: Path, prolog: str, text: str, part: str = SHEET) -> None:
    content = f'<?xml version="1.0"?>{prolog}'.encode() + b"".join(sheet([HEADER, row(text, "y")]))
    pack(path, {**parts(("a", "b")), part: content})


@refused("a.xlsx", "declares_entities")
def entities_that_multiply(path: Path) -> None:
    """A billion laughs."""
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    _with_prolog(path, f'<!DOCTYPE x [<!ENTITY e0 "ha">{levels}]>', "&e9;")


@refused("a.xlsx", "declares_entities")
def entities_that_grow_by_the_square(path: Path) -> None:
    _with_prolog(path, f'<!DOCTYPE x [<!ENTITY e "{"a" * 50_000}">]>', "&e;" * 50_000)


@refused("a.xlsx", "declares_entities")
def an_entity_from_a_file(path: Path) -> None:
    _with_prolog(path, f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{TRAP["file"]}">]>', "&e;")


@refused("a.xlsx", "declares_entities")
def an_entity_from_the_net(path: Path) -> None:
    _with_prolog(path, f'<!DOCTYPE x SYSTEM "http://127.0.0.1:{TRAP["port"]}/x.dtd">', "x")


@refused("a.xlsx", "declares_entities")
def a_dtd_behind_a_long_comment(path: Path) -> None:
    _with_prolog(path, f'<!--{"<x> " * 30_000}--><!DOCTYPE x [<!ENTITY e "x">]>', "&e;")


@refused("a.xlsx", "declares_entities")
def a_dtd_in_utf_16(path: Path) -> None:
    content = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{TRAP["file"]}">]><x>&e;</x>'
    pack(path, {**parts(("a", "b")), SHEET: content.encode("utf-16")})


@refused("a.xlsx", "declares_entities")
def a_dtd_in_a_part_of_another_name(path: Path) -> None:
    members = parts(("a", "b"))
    members = {
        name.replace("sheet1.xml", "sheet1.bin"): content.replace(b"sheet1.xml", b"sheet1.bin")
        for name, content in members.items()
    }
    members["xl/worksheets/sheet1.bin"] = (
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:{TRAP["port"]}/">]>'.encode()
        + b"".join(sheet([row("&e;", "b")]))
    )
    pack(path, members)


@read("a.xlsx", ("a", "b"), ("1", "2"))
def a_link_to_another_workbook(path: Path) -> None:
    members = parts(("a", "b"), (1, 2))
    target = f'Target="http://127.0.0.1:{TRAP["port"]}/book.xlsx" TargetMode="External"'
    members["xl/worksheets/_rels/sheet1.xml.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        f'externalLinkPath" {target}/></Relationships>'
    ).encode()
    pack(path, members)


@read("a.xlsx", ("a", "b"), (None, "2"), ("x", "3"))
def formulas(path: Path) -> None:
    """Never computed here: the value last computed counts, and openpyxl's own files have none."""
    book = openpyxl.Workbook()
    for values in (("a", "b"), ("=HYPERLINK(1)", 2), ("x", 3)):
        book.active.append(values)
    book.save(path)


@read("a.xlsx", ("a", "b"), ("1", "2"), (None, "3"))
def merged_cells(path: Path) -> None:
    """The value stands in the first of them; the others are empty."""
    book = openpyxl.Workbook()
    for values in (("a", "b"), (1, 2), (None, 3)):
        book.active.append(values)
    book.active.merge_cells("A2:A3")
    book.save(path)


@read("a.xlsx", ("a", "b"), ("1", "2"))
def a_hidden_sheet_before_the_one_that_is_seen(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["hidden"])
    book.active.sheet_state = "hidden"
    seen = book.create_sheet()
    seen.append(["a", "b"])
    seen.append([1, 2])
    book.active = seen
    book.save(path)


@read("a.xlsx", ("a", "b"), ("1", "2"))
def macros_by_another_name(path: Path) -> None:
    """An .xlsm called .xlsx: its code is never opened."""
    members = parts(("a", "b"), (1, 2))
    members["xl/vbaProject.bin"] = b"\xcc\x61hostile"
    members["[Content_Types].xml"] = members["[Content_Types].xml"].replace(
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    pack(path, members)


@refused("a.xlsx", "encrypted")
def a_password(path: Path) -> None:
    name = "EncryptedPackage".encode("utf-16-le")
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 1016 + name + b"\0" * 512)


@refused("a.xlsx", "not_a_workbook")
def a_password_on_the_members(path: Path) -> None:
    pack(path, parts(("a", "b")))
    data = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(magic, at + 1)) >= 0:
            data[at + offset] |= 1
    path.write_bytes(data)


@refused("a.xlsx", "old_workbook")
def an_old_workbook_by_another_name(path: Path) -> None:
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 1000 + "Workbook".encode("utf-16-le"))


@read("a.xlsx", ("a", "b"), ("1", "2"))
def names_that_climb_out(path: Path) -> None:
    """Nothing is ever unpacked, so nothing can land elsewhere (A18)."""
    pack(path, {**parts(("a", "b"), (1, 2)), "../../climbed.xml": b"<x/>", "/tmp/yuandian-climbed": b"x"})


@refused("a.xlsx", "declares_entities")
def a_link_instead_of_the_sheet(path: Path) -> None:
    members = parts(("a", "b"), (1, 2))
    members.pop(SHEET)
    pack(path, members)
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo(SHEET)
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "<../../../../../../etc/passwd")


@refused("a.xlsx", "not_a_workbook")
def cut_short(path: Path) -> None:
    pack(path, parts(("a", "b"), (1, 2)))
    path.write_bytes(path.read_bytes()[:-30])


@refused("a.xlsx", "not_a_workbook")
def a_flipped_bit(path: Path) -> None:
    pack(path, parts(("a", "b"), *[(n, n) for n in range(1000)]))
    with zipfile.ZipFile(path) as archive:
        begin = archive.getinfo(SHEET).header_offset
    data = bytearray(path.read_bytes())
    data[begin + 600] ^= 0xFF
    path.write_bytes(data)


@refused("a.xlsx", "not_a_workbook")
def a_text_before_the_archive(path: Path) -> None:
    pack(path, parts(("a", "b")))
    path.write_bytes(b"a,b\n1,2\n" + path.read_bytes())


@refused("a.xlsx", "not_a_workbook")
def a_text_called_workbook(path: Path) -> None:
    path.write_text("a,b\n1,2\n")


@refused("a.xlsx", "really")
def parquet_called_workbook(path: Path) -> None:
    path.write_bytes(b"PAR1" + b"\0" * 50 + b"PAR1")


@refused("a.xlsx", "not_a_workbook")
def a_string_that_is_not_there(path: Path) -> None:
    wrong = b'<row><c t="s"><v>99</v></c></row>'
    pack(path, {**parts(("a",)), SHEET: sheet([wrong])})


@refused("a.xlsx", "not_a_workbook")
def elements_a_million_deep(path: Path) -> None:
    deep = b"<x>" * 1_000_000 + b"</x>" * 1_000_000 + b"<c"
    pack(path, {**parts(("a",)), SHEET: sheet([deep])})


@read("a.xlsx", ("a", "b"), ("inf", "nan"), ("#VALUE!", "x\0"))
def numbers_beyond_measure(path: Path) -> None:
    rows = [
        HEADER,
        b"<row><c><v>1e400</v></c><c t='str'><v>nan</v></c></row>",
        b"<row><c t='e'><v>#VALUE!</v></c><c t='str'><v>x_x0000_</v></c></row>",
    ]
    pack(path, {**parts(("a",)), SHEET: sheet(rows)})


@refused("a.xlsx", "empty_file")
def nothing(path: Path) -> None:
    path.write_bytes(b"")


@refused("a.xlsx", "no_header", ", row 1")
def an_empty_sheet(path: Path) -> None:
    openpyxl.Workbook().save(path)
