"""Files as spreadsheets of all countries write them: what is read, what is refused, and with which message."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tracker.cli.files import workbook
from tracker.cli.files.opening import open_orders
from tracker.cli.files.rows import BadFile, BadRow
from tracker.operations.drafts import Row

PERSIAN = "سلام، خیلی عالی بود و ممنون".replace("ی", "ي").replace("،", ",")

pytestmark = pytest.mark.sqlite  # nothing here depends on which database it is


def read(
    folder: Path, data: bytes, name: str = "orders.csv", form: str | None = None, encoding: str | None = None
) -> tuple[list[tuple[int, Row | str]], list[str]]:
    """What a file of these bytes holds, a row or what is wrong with it by its line, and what the user is told."""
    file = folder / name
    file.write_bytes(data)
    told: list[str] = []
    with open_orders(file, form, encoding, told.append) as orders:
        rows = [(line, orders.row(line, raw)) for line, raw in orders]
    return [(line, row.why if isinstance(row, BadRow) else row) for line, row in rows], told


def refused(folder: Path, data: bytes, name: str = "orders.csv", **options: str) -> str:
    """Why a file of these bytes is refused as a whole."""
    with pytest.raises(BadFile) as found:
        read(folder, data, name, **options)
    return str(found.value)


ROW = {"service": "4", "link": "https://x.example/a", "quantity": "100"}


@pytest.mark.parametrize(
    "text",
    [
        "service,link,quantity\n4,https://x.example/a,100\n",
        "service;link;quantity\r\n4;https://x.example/a;100\r\n",
        "service\tlink\tquantity\r4\thttps://x.example/a\t100\r",
        "sep=;\r\nservice;link;quantity\r\n4;https://x.example/a;100\r\n",
        '"sep=|"\nservice|link|quantity\n4|https://x.example/a|100\n',
        "\ufeff Service ;LINK;\u00a0Quantity\n4;https://x.example/a;100",
        '"service","link","quantity"\n"4","https://x.example/a","100"\n',
        "service;lİNK;quantity\n4;https://x.example/a;100\n",
        ",,\nservice,link,quantity,,\n,,,,\n \t,\u00a0,,,\n4,https://x.example/a,100,,\n,,,,",
        ",service,,link,quantity\n,4,,https://x.example/a,100\n",
        "service,link,quantity,,\n4,https://x.example/a,100\n",
    ],
)
def test_the_same_row_is_read_however_its_cells_are_parted(tmp_path: Path, text: str) -> None:
    ((_, row),), told = read(tmp_path, text.encode())

    assert row == ROW
    assert not told


def test_rows_keep_the_numbers_that_an_editor_shows(tmp_path: Path) -> None:
    text = 'sep=;\n\n;;\nService;Link;Comments\n4;a;"one\ntwo"\n\n5;b;=HYPERLINK(1)\n6;c'
    rows, _ = read(tmp_path, text.encode())

    assert [line for line, _ in rows] == [5, 8, 9]
    assert rows[2][1] == "2 cells where the header has 3"


@pytest.mark.parametrize(
    ("encoding", "comment", "told"),
    [
        ("utf-8", "ünlü سلام", None),
        ("utf-8-sig", "ünlü سلام", None),
        ("utf-16", "ünlü سلام", None),
        ("utf-32", "ünlü سلام", None),
        ("utf-16-le", "ünlü سلام", "it was read as UTF-16-LE, which is a guess; --encoding names another"),
        ("utf-16-be", "ünlü", "UTF-16-BE"),
        ("cp1252", "très belle image, où ça ? à côté – 5 €", "cp1252 (Western European)"),
        ("cp1252", "schöne Grüße, niño, São Paulo, “ja”", "cp1252"),
        ("cp1254", "çok güzel ağaç, teşekkürler ışık", "cp1254 (Turkish)"),
        ("cp1256", PERSIAN, "cp1256 (Arabic and Persian)"),
        ("cp1256", "جميل جدا شكرا لكم", "cp1256"),
    ],
)
def test_the_encoding_is_told_by_the_file_or_guessed_and_said(
    tmp_path: Path, encoding: str, comment: str, told: str | None
) -> None:
    text = f'service;link;comments\n9;https://x.example/a;"{comment}"\n'
    ((_, row),), said = read(tmp_path, text.encode(encoding))

    assert isinstance(row, dict)
    assert row["comments"] == comment
    assert told in said[0] if told else not said


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("привет, очень красиво".encode("cp1251"), "line 2 is neither UTF-8 nor"),
        ("ПРИВЕТ КРАСИВО".encode("cp1251"), "name its encoding with --encoding"),
        ("こんにちは".encode("shift_jis"), "line 2 is neither UTF-8 nor"),
        ("こんにちは".encode("euc_jp"), "line 2 is neither UTF-8 nor"),
        ("καλημέρα φίλε".encode("cp1253"), "is neither UTF-8 nor"),
        ("zażółć gęślą jaźń".encode("cp1250"), "is neither UTF-8 nor"),
        ("çok güzel ağaç".encode() + b"\xff", "line 2 is not UTF-8 text, though most of the file is"),
    ],
)
def test_a_comment_in_an_encoding_that_cannot_be_told_is_not_ordered_in_wrong_letters(
    tmp_path: Path, data: bytes, words: str
) -> None:
    assert words in refused(tmp_path, b"service,link,comments\n9,l," + data)


def test_the_user_names_the_encoding(tmp_path: Path) -> None:
    data = "service,link,comments\n9,l,привет\n".encode("cp1251")

    assert read(tmp_path, data, encoding="windows-1251") == (
        [(2, {"service": "9", "link": "l", "comments": "привет"})],
        [],
    )
    assert "there is no encoding 'cp9'" in refused(tmp_path, data, encoding="cp9")
    assert "there is no encoding 'hex'" in refused(tmp_path, data, encoding="hex")
    assert "it is not UTF-8 text" in refused(tmp_path, data, encoding="utf-8")


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        (
            "link",
            '"=HYPERLINK(""https://x.example"")"',
            "the link is a formula of a spreadsheet, =HYPERLINK(",
        ),
        ("quantity", "=A2*2", "the quantity is a formula"),
        ("comments", '"=CONCAT(A1;B1)"', "the comments is a formula"),
        ("panel_order_id", "1.2E+11", "was shortened by a spreadsheet to 1.2E+11"),
        ("panel_order_id", '"1,2E+11"', "was shortened"),
        ("ref", "1.23457E+15", "was shortened"),
        ("link", "#REF!", "the link is an error of a spreadsheet, #REF!"),
        ("service", "#BAŞV!", "an error of a spreadsheet"),
        ("quantity", "#####", "an error of a spreadsheet"),
        ("comments", "#DIV/0!", "an error of a spreadsheet"),
        ("service", "01-Feb", "the service was made a date by a spreadsheet, 01-Feb"),
        ("service", "2026-02-01", "was made a date"),
        ("panel_order_id", "1/2/2026", "was made a date"),
        ("quantity", "2026-02-01 00:00:00", "was made a date"),
    ],
)
def test_a_cell_that_a_spreadsheet_has_mangled_is_a_bad_row_that_says_so(
    tmp_path: Path, column: str, cell: str, words: str
) -> None:
    names = dict.fromkeys(("service", "link", column), "4") | {column: cell, "ref": "r"}
    if column == "ref":
        names["ref"] = cell
    text = ",".join(names) + "\n" + ",".join(names.values()) + "\n"
    ((line, why),), _ = read(tmp_path, text.encode())

    assert line == 2
    assert words in str(why)


@pytest.mark.parametrize(
    "comment", ["=) nice", "= great", "#1 fan!", "#wow!", "-1", "@you", "2026-02-01", "E+5"]
)
def test_a_comment_that_only_looks_odd_is_a_comment(tmp_path: Path, comment: str) -> None:
    ((_, row),), _ = read(tmp_path, f"service,link,ref,comments\n9,l,1E5-2026-02-01,{comment}\n".encode())

    assert row == {"service": "9", "link": "l", "ref": "1E5-2026-02-01", "comments": comment}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"service","link\n4,l\n', 'line 1 has a quotation mark (") that is opened and never closed'),
        ("service;lnk\n4;l\n", "unknown column 'lnk', did you mean 'link'?"),
        (";;\n\n", "the file is empty"),
        ("service,,\n4,l\n", "the column 'link' is missing"),
    ],
)
def test_a_header_that_is_wrong_is_told(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(tmp_path, text.encode())


def test_a_value_in_a_column_without_a_name_is_not_thrown_away(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, b"service,link,,quantity,\n4,l,7,1,\n4,l,,1,x\n4,l,,1,,y\n")

    assert [why for _, why in rows] == [
        "column C holds '7', and has no name in the first row",
        "column E holds 'x', and has no name in the first row",
        "6 cells where the header has 5",
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"service": 4, "link": "a", "link": "b"}', "the key 'link' is given twice"),
        ('{"service": 4, "link": "a", "fields": {"x": "1", "x": "2"}}', "the key 'x' is given twice"),
        ('{"service": 4, "link": "a", "quantity": NaN}', "NaN is no number that an order can have"),
        ('{"service": 4, "link": "a", "quantity": -Infinity}', "-Infinity is no number"),
        ('{"service": 4, "link": "a"', "this is not JSON: the line ends too early"),
        ("{'service': 4}", "this is not JSON, from character 2 on: \"'service': 4}\""),
        ("[", "an order must stand on one line"),
        ('[{"service": 4}]', "this is not a JSON object"),
        ('{"service": ' + "9" * 5000 + "}", "a number has 5000 digits"),
        ("[" * 100_000, "nested too deeply"),
        ('{"service": 4, "link": "a", "ref": 1.2E+11}', "the number 1.2E+11 is shortened"),
        ('{"service": 4, "link": "a", "ref": "1.2E+11"}', "the ref was shortened by a spreadsheet"),
        ('{"service": 4, "link": "a", "panel_order_id": "1.2E+11"}', "the panel_order_id was shortened"),
        ('{"service": "#REF!", "link": "a"}', "the service is an error of a spreadsheet"),
        ('{"service": 4, "link": "=HYPERLINK(\\"a\\")"}', "the link is a formula of a spreadsheet"),
    ],
)
def test_a_json_line_that_is_not_certain_is_refused(tmp_path: Path, line: str, words: str) -> None:
    ((_, why),), _ = read(tmp_path, line.encode(), "orders.jsonl")

    assert words in str(why)


def test_a_whole_number_that_a_program_wrote_with_a_point_is_that_number(tmp_path: Path) -> None:
    line = b'{"service": 4.0, "link": "a", "quantity": 100.0, "comments": "=) 1.5"}'
    rows, _ = read(tmp_path, line, "orders.jsonl")

    assert rows[0][1] == {"service": 4, "link": "a", "quantity": 100, "comments": "=) 1.5"}


def test_json_lines_are_parted_at_line_ends_only_and_read_in_any_encoding(tmp_path: Path) -> None:
    text = '{"service": 4, "link": "a\u2028b\u0085c"}\r\n\r{"service": 5, "link": "d"}\n'
    rows, _ = read(tmp_path, text.encode("utf-16"), "orders.jsonl")

    assert [line for line, _ in rows] == [1, 3]
    assert rows[0][1] == {"service": 4, "link": "a\u2028b\u0085c"}


# -- workbooks -----------------------------------------------------------------------------------------------


@pytest.fixture
def book() -> Iterator[Workbook]:
    made = Workbook()
    yield made
    made.close()


def saved(made: Workbook) -> bytes:
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


def sheet_of(made: Workbook, *rows: tuple[Any, ...]) -> bytes:
    for row in rows:
        made.worksheets[0].append(row)
    return saved(made)


def test_a_workbook_is_read_as_it_looks(tmp_path: Path, book: Workbook) -> None:
    data = sheet_of(
        book,
        (None, None),
        ("Service", "Link ", "Quantity", None, "Comments", "Ref"),
        (4, "https://x.example/a", 1000.0, None, None, 12345),
        (None, "  ", None),
        ("5", "https://x.example/b", None, None, "one_x000D_\ntwo\u2028three", "r\u00e9f"),
    )

    rows, told = read(tmp_path, data, "orders.xlsx")

    assert rows == [
        (3, {"service": "4", "link": "https://x.example/a", "quantity": "1000", "ref": "12345"}),
        (
            5,
            {
                "service": "5",
                "link": "https://x.example/b",
                "comments": "one\r\ntwo\u2028three",
                "ref": "réf",
            },
        ),
    ]
    assert not told


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("link", '=HYPERLINK("https://x.example","x")', "the link is a formula of a spreadsheet"),
        ("quantity", "=1+1", "a formula without a stored value"),
        ("panel_order_id", 1.2e17, "more than 15 digits"),
        ("ref", datetime.date(2026, 2, 1), "is a date or a time, 2026-02-01"),
        ("service", datetime.time(12, 30), "is a date or a time"),
        ("quantity", True, "TRUE, a truth value"),
        ("link", "#REF!", "an error of a spreadsheet"),
    ],
)
def test_a_cell_of_a_workbook_that_is_not_what_was_meant_is_a_bad_row(
    tmp_path: Path, book: Workbook, column: str, value: Any, words: str
) -> None:
    row = {"service": 4, "link": "l", "quantity": 5, column: value}
    ((line, why),), _ = read(tmp_path, sheet_of(book, tuple(row), tuple(row.values())), "orders.xlsx")

    assert line == 2
    assert words in str(why)


def test_a_formula_gives_the_value_that_was_stored_with_it(tmp_path: Path, book: Workbook) -> None:
    data = sheet_of(book, ("service", "link", "quantity"), (4, "l", "=2*50"))
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        texts = {part: parts.read(part) for part in parts.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    texts[sheet] = (
        texts[sheet]
        .replace(b"<f>2*50</f><v></v>", b"<f>2*50</f><v>100</v>")
        .replace(b"<f>2*50</f><v />", b"<f>2*50</f><v>100</v>")
    )
    ((_, row),), _ = read(tmp_path, zipped(texts), "orders.xlsx")

    assert row == {"service": "4", "link": "l", "quantity": "100"}


def zipped(texts: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, text in texts.items():
            parts.writestr(name, text)
    return data.getvalue()


def test_the_first_sheet_that_is_not_hidden_is_read_and_named(tmp_path: Path, book: Workbook) -> None:
    book.worksheets[0].append(("secret",))
    second = book.create_sheet("Orders")
    second.append(("service", "link"))
    second.append((4, "l"))
    book.create_sheet("Notes")
    book.worksheets[0].sheet_state = "hidden"

    rows, told = read(tmp_path, saved(book), "orders.xlsx")

    assert rows == [(2, {"service": "4", "link": "l"})]
    assert told == ["the sheet 'Orders' is read, the first that is visible; 2 others were left out"]


def test_rows_that_are_hidden_are_bad_unless_they_are_asked_for(tmp_path: Path, book: Workbook) -> None:
    sheet = book.worksheets[0]
    for row in (("service", "link"), (4, "a"), (4, "b"), (4, "c")):
        sheet.append(row)
    for number in (1, 3):
        sheet.row_dimensions[number].hidden = True

    file = tmp_path / "orders.xlsx"
    file.write_bytes(saved(book))
    told: list[str] = []
    with open_orders(file, None, None, told.append) as orders:
        assert [number for number, row in orders if isinstance(row, BadRow)] == [3]
    with open_orders(file, None, None, told.append, with_hidden=True) as orders:
        assert [number for number, row in orders if isinstance(row, BadRow)] == []
    assert told == ["1 hidden row is read too"]


def test_merged_cells_lack_their_value_in_all_rows_but_the_first(tmp_path: Path, book: Workbook) -> None:
    book.worksheets[0].append(("service", "link"))
    book.worksheets[0].append((4, "l"))
    book.worksheets[0].append((None, "m"))
    book.worksheets[0].merge_cells("A2:A3")

    rows, _ = read(tmp_path, saved(book), "orders.xlsx")

    assert rows[1] == (3, {"link": "m"})


def test_what_is_no_workbook_is_refused_with_what_to_do(tmp_path: Path, book: Workbook) -> None:
    good = sheet_of(book, ("service", "link"), (4, "l"))
    bomb = zipped({"xl/workbook.xml": b"", "xl/sharedStrings.xml": b"\0" * (workbook.MOST_TEXT + 1)})
    entities = zipped({"xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>'})

    assert "unpacked it is larger" in refused(tmp_path, bomb, "a.xlsx")
    assert "defines entities" in refused(tmp_path, entities, "a.xlsx")
    assert "save it as .xlsx without one" in refused(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls")
    assert "it is a workbook, whatever its name says" in refused(tmp_path, good, "a.csv")
    assert "it is not a workbook (.xlsx)" in refused(tmp_path, b"service,link\n", "a.xlsx")
    assert "it is not a workbook that can be read" in refused(tmp_path, good[:400], "a.xlsx")
    assert "it is not a workbook that can be read" in refused(
        tmp_path, zipped({"xl/workbook.xml": b"<no"}), "a.xlsx"
    )
    assert "is not an Excel workbook" in refused(tmp_path, zipped({"content.xml": b""}), "a.xlsx")
    assert "add --format csv" in refused(tmp_path, b"", "a.orders")


@pytest.mark.parametrize(
    ("cells", "read_after", "last"),
    [
        (['1,l,50,"oops'], [], 5),
        (['1,l,50,"oops', "1,l,50,", '4,l,,"good"'], [5], 4),
        (['4,l,,"a "b" c"'], [3, 4, 5], 2),
    ],
)
def test_the_rows_that_a_forgotten_quotation_mark_swallows_are_named(
    tmp_path: Path, cells: list[str], read_after: list[int], last: int
) -> None:
    lines = ["service,link,quantity,comments", *cells, *["1,l,50,"] * (4 - len(cells))]
    (line, why), *others = read(tmp_path, "\n".join(lines).encode())[0]

    assert line == 2
    assert ("all of lines 2 to" in str(why)) == (last > 2)
    assert last == 2 or f"lines 2 to {last} is in it, so none of them is read" in str(why)
    assert [number for number, _ in others] == read_after
