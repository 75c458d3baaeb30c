"""Tables from files, whoever made them; and no file that does harm."""

import io
import zipfile

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from education.glossary import spreadsheet
from education.glossary.spreadsheet import (
    MAX_COLUMNS,
    MAX_ROWS,
    TableError,
    escaped,
    from_csv,
    from_xlsx,
    unescaped,
)


def workbook(rows, edit=None):
    """An XLSX file with these rows; edit(workbook) may do more."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if edit:
        edit(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data, change):
    """The workbook with its parts changed: change(name, content) gives the new content."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


@given(st.text(alphabet="'=+-@|%\t\r \nab1", max_size=8) | st.text(max_size=20))
@example("'=1+1")
@example("=1+1")
def test_what_is_made_safe_comes_back(text):
    safe = escaped(text)
    assert unescaped(safe) == text
    assert safe.strip()[:1] not in set("=+-@|%")


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\n1,2\n",
        b"\xef\xbb\xbfa,b\r\n1,2\r\n",
        b"a;b\r\n1;2",
        b"a\tb\n1\t2\n",
        b'"a","b"\r"1","2"\r',
        "a;b\r\n1;2\r\n".encode("utf-16"),
        b"\na,b\n\n1,2\n\n",
    ],
)
def test_every_dialect_is_the_same_table(data):
    if data.startswith(b"\n"):
        data = data[1:]
    table = from_csv(data)
    assert table.header == ["a", "b"]
    assert [cells for _, cells in table.rows] == [["1", "2"]]


def test_rows_are_numbered_as_a_spreadsheet_shows_them():
    table = from_csv(b'a,b\n"x\ny",1\n\n"2nd",2\n')
    assert [number for number, _ in table.rows] == [2, 4]
    assert table.rows[0][1] == ["x\ny", "1"]


def test_quotes_and_unusual_line_ends_stay_in_their_cell():
    text = 'a,b\n"said ""now""\u2028then",x\x0by\n'
    assert from_csv(text.encode()).rows == [(2, ['said "now"\u2028then', "x\x0by"])]


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        (b"a,b\n\x00\n", "binary"),
        ("a,b\né\n".encode("latin-1"), "UTF-8"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"x," * 10_000 + b"\n", "columns"),
        (b"a,a\n", "same name"),
        (b"a\n" * (MAX_ROWS + 3), "rows"),
        (b"a" * (5 * 2**20 + 1), "MB"),
    ],
)
def test_what_is_no_table_is_refused(data, part):
    with pytest.raises(TableError, match=part):
        from_csv(data)


def test_a_cell_past_the_limit_of_csv_is_a_problem_of_its_row():
    table = from_csv(b"a,b\n1,2\n" + b"x" * 200_000 + b",2\n")
    assert table.problems[0][0] == 3


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(data):
    for read in (from_csv, from_xlsx):
        try:
            read(data)
        except TableError:
            pass


def test_a_workbook():
    import datetime

    rows = [["a", "b", None], ["x", 3.0, None], [None, None], [datetime.date(2026, 1, 2), True]]
    table = from_xlsx(workbook(rows))
    assert table.header == ["a", "b"]
    assert table.rows == [(2, ["x", "3"]), (4, ["2026-01-02T00:00:00", "True"])]


def test_a_workbook_that_lies_about_its_size():
    data = repacked(
        workbook([["a", "b"], ["1", "2"]]),
        lambda name, content: content.replace(b'ref="A1:B2"', b'ref="A1:A1"'),
    )
    assert from_xlsx(data).rows == [(2, ["1", "2"])]


def test_a_cell_in_the_far_corner_takes_no_time():
    def edit(book):
        book.active.cell(row=1_000_000, column=16_000, value="far")

    table = from_xlsx(workbook([["a"], ["1"]], edit))
    assert table.rows == [(2, ["1"])]


def test_a_workbook_with_too_many_columns():
    with pytest.raises(TableError, match="columns"):
        from_xlsx(workbook([["x"] * (MAX_COLUMNS + 1)]))


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x03\x04rubbish", b"term,aliases\n"])
def test_what_is_no_workbook(data):
    with pytest.raises(TableError, match="sound XLSX"):
        from_xlsx(data)


def test_a_packed_file_that_is_no_workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(TableError, match="sound XLSX"):
        from_xlsx(out.getvalue())


def test_a_bomb_is_not_unpacked(monkeypatch):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"xl/{number}.xml", b"0" * 20_000_000)
    assert len(out.getvalue()) < 200_000
    with pytest.raises(TableError, match="too large"):
        from_xlsx(out.getvalue())


def test_entities_are_not_expanded():
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x>&a;</x>'
    data = repacked(
        workbook([["a"]]),
        lambda name, content: bomb if name.endswith("sheet1.xml") else content,
    )
    with pytest.raises(TableError, match="sound XLSX"):
        from_xlsx(data)


def test_limits_are_what_the_page_says():
    assert spreadsheet.MAX_BYTES == 5 * 1024 * 1024
    assert MAX_ROWS == 20_000
