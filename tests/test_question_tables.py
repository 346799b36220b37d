"""The question import reads tables as spreadsheets write them, and says why it cannot read a file."""

import pytest

from qader_sse.question_sources import CSV_COLUMNS
from tests.support.question_files import Import, as_csv, row


@pytest.mark.parametrize(
    ("separator", "named"), [(",", "commas"), (";", "semicolons"), ("\t", "tabs")]
)
@pytest.mark.parametrize("first_line", ["", "sep={}\r\n"])
def test_the_separator_of_a_table_is_found_and_named(
    separator: str, named: str, first_line: str, import_file: Import
) -> None:
    good = row(hint="a,b; c")
    content = first_line.format(separator) + as_csv(good, separator=separator)
    code, output = import_file("new.csv", content)
    assert (code, f"new.csv (cells separated by {named}): 1 question added" in output) == (0, True)
    content = first_line.format(separator) + as_csv(row(difficulty=9), separator=separator)
    _, output = import_file("bad.csv", content)
    assert f"bad.csv (cells separated by {named}): nothing was imported" in output
    assert "row 2 (t-1): difficulty: this must be at most 5" in output


def test_empty_rows_of_a_table_are_counted_and_passed_over(import_file: Import) -> None:
    lines = as_csv(row(), row(code="t-2", difficulty=9)).splitlines(keepends=True)
    empty = "," * (len(CSV_COLUMNS) - 1) + "\r\n"
    content = "".join([lines[0], "\r\n", empty, *lines[1:], empty])
    _, output = import_file("bad.csv", content)
    assert "1 to correct:\n  row 5 (t-2): difficulty: this must be at most 5" in output


def test_a_cell_with_several_lines_is_one_row(import_file: Import) -> None:
    content = as_csv(row(question_text="one\ntwo\nthree"), row(code="t-2", difficulty=9))
    assert "1 to correct:\n  row 3 (t-2): difficulty" in import_file("bad.csv", content)[1]


ARABIC = as_csv(row(question_text="أوجد ناتج الجمع", hint="اجمع العددين"))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("bad.json", "[{]", "this is not JSON: line 1, column 3: "),
        ("bad.json", "[" * 100_000, "this is no JSON that can be read"),
        ("bad.json", "[" + "9" * 5_000 + "]", "this is no JSON that can be read"),
        ("bad.json", '["é"]'.encode("latin-1"), "this is not in UTF-8, from line 1 on. Save it"),
        ("bad.json", {"rows": []}, "this must be a list of questions, or hold one"),
        ("bad.json", {"questions": {}}, "this must be a list of questions, or hold one"),
        ("bad.json", {"sections": {}, "questions": []}, "sections: this must be a list"),
        ("bad.csv", "code\né".encode("latin-1"), "this is not in UTF-8, from line 2 on. Save it"),
        ("bad.csv", ARABIC.encode("cp1256"), "from line 2 on. It looks like Windows-1256. Save it as"),
        ("bad.csv", ARABIC.encode("utf-16"), "this is in UTF-16. Save it as UTF-8; in Excel that is"),
        ("bad.csv", ARABIC.encode("utf-16-le"), "this is in UTF-16. Save it as UTF-8"),
        ("bad.json", ARABIC.encode("utf-16-be"), "this is in UTF-16. Save it as UTF-8"),
        ("bad.csv", b"PK\x03\x04", "this is a spreadsheet and not a text. Save it as UTF-8"),
        ("bad.csv", as_csv(row()) + '"open', "row 3 cannot be read: a cell that begins with"),
        ("bad.csv", as_csv(row()) + '"a"b', "row 3 cannot be read: a cell that begins with"),
        ("bad.csv", as_csv(columns=CSV_COLUMNS[1:]), "column code is missing"),
        ("bad.csv", as_csv(columns=[*CSV_COLUMNS, "colour"]), "column colour is unknown"),
        ("bad.csv", as_csv(columns=[*CSV_COLUMNS, "code"]), "column code stands there twice"),
        ("bad.csv", as_csv(row()).rstrip() + ",x", "row 2: more cells than columns"),
        ("bad.csv", "", "column code is missing"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(
    name: str, content: object, expected: str, import_file: Import
) -> None:
    code, output = import_file(name, content)
    assert (code, expected in output) == (1, True), output
    for internal in ("Traceback", "codec", "pydantic", "String should"):
        assert internal not in output


def test_a_csv_file_may_start_with_a_byte_order_mark(import_file: Import) -> None:
    code, output = import_file("excel.CSV", b"\xef\xbb\xbf" + as_csv(row()).encode())
    assert (code, "1 question added" in output) == (0, True)


def test_optional_columns_of_a_csv_file_may_be_left_out(import_file: Import) -> None:
    code, output = import_file("short.csv", as_csv(row(), columns=CSV_COLUMNS[:-4]))
    assert (code, "1 question added" in output) == (0, True)
