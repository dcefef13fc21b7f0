"""What is called plain is read alike by DuckDB and by us; everything else is not called plain."""

import codecs
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nmt_analytics.errors import UnreadableFileError
from nmt_analytics.intake.files import plain_csv
from nmt_analytics.intake.files.plain_csv import count_plain_records
from nmt_analytics.intake.formats import read_table

HEADER = ("a", "b", "c")

reuses_its_folder = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def written(folder: Path, content: bytes) -> Path:
    path = folder / "sessions.csv"
    path.write_bytes(content)
    return path


def read_by_duckdb(path: Path, n_columns: int) -> list[tuple[str, ...]]:
    """The file as the store reads it: all text, header skipped, nothing guessed."""
    rows = duckdb.connect().execute(
        """
        select * from read_csv($path, columns = $columns, header = true, auto_detect = false,
            delim = ',', quote = '"', escape = '"', nullstr = '', encoding = 'utf-8')
        """,
        {
            "path": str(path),
            "columns": {f"cell_{number}": "VARCHAR" for number in range(n_columns)},
        },
    )
    return [tuple(cell or "" for cell in row) for row in rows.fetchall()]


@pytest.mark.parametrize(
    "content",
    [
        b"a,b,c\n1,2,3\n",
        b"a,b,c\r\n1,2,3\r\n4,5,6\r\n",
        b"a,b,c\r\n1,2,3\r\n4,5,6",
        b"a,b,c\n1,2,3",
        b"a,b,c\n",
        b"a,b,c",
        codecs.BOM_UTF8 + "a,b,c\n1,é,3\n".encode(),
        b'a,b,c\n1,"x, y",3\n',
        b'a,b,c\n1,"say ""hi""",3\n',
        b'a,b,c\n"","""",",,"\n',
        b'"a","b","c"\n"1","2","3"\n',
        b"a,b,c\n,,3\n1,,\n",
    ],
)
def test_plain_files_are_called_plain_and_read_alike(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, content)
    table = read_table(path)
    assert table.rows == read_by_duckdb(path, 3)
    assert count_plain_records(path, HEADER) == len(table.rows)
    assert table.lines == [number + 2 for number in range(len(table.rows))]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x,b,c\n1,2,3\n",
        b"a,b\n1,2\n",
        b"a;b;c\n1;2;3\n",
        b"\na,b,c\n1,2,3\n",
        b"a,b,c\n1,2,3\n\n4,5,6\n",
        b"a,b,c\n1,2,3\n\n",
        b"a,b,c\n,,\n",
        b'a,b,c\n"",,""\n',
        b"a,b,c\n1,2\n",
        b"a,b,c\n1,2\n3,4,5,6\n",
        b"a,b,c\n1,2,3,\n",
        b"a,b,c\r1,2,3\r",
        b"a,b,c\r\n1,2,3\n",
        b"a,b,c\n1,2,3\r\n",
        b"a,b,c\n1,2\r,3\n",
        b"a,b,c\n1,\xe9,3\n",
        b"a,b,c\n1,\0,3\n",
        b'a,b,c\n1,"x\ny",3\n',
        b'a,b,c\n1,"x,3\n',
        b'a,b,c\n1,"x"y,3\n',
        b'a,b,c\n1,x"y",3\n',
        b'a,b,c\n1, "x",3\n',
        b'a,b,c\n1,"2,3\n4","5,6\n',
        "a,b,c\n1,2,3\n".encode("utf-16"),
        b"a,b,c\n#tag,#tag +x,#y\n1,2,3\n",
    ],
)
def test_anything_else_is_not_called_plain(tmp_path: Path, content: bytes) -> None:
    assert count_plain_records(written(tmp_path, content), HEADER) is None


def test_a_file_that_is_not_there_is_not_plain(tmp_path: Path) -> None:
    assert count_plain_records(tmp_path / "nowhere.csv", HEADER) is None
    assert count_plain_records(tmp_path, HEADER) is None


@pytest.mark.parametrize("n_bytes", [1, 7, 64])
def test_blocks_of_any_size_give_the_same_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_bytes: int
) -> None:
    monkeypatch.setattr(plain_csv, "_CHUNK_BYTES", n_bytes)
    good = b"a,b,c\r\n" + 'é,"x, y",3\r\n'.encode() * 50
    assert count_plain_records(written(tmp_path, good), HEADER) == 50
    for bad in (b"1,2\r\n", b",,\r\n", b'1,"x,3\r\n', b"\xe9,2,3\r\n", b"1,2,3\n"):
        path = written(tmp_path, good + bad + good[7:])
        assert count_plain_records(path, HEADER) is None


def test_a_line_too_long_for_a_reader_is_not_plain(tmp_path: Path) -> None:
    too_long = written(tmp_path, b"a,b,c\n1,2," + b"x" * 300_000 + b"\n")
    assert count_plain_records(too_long, HEADER) is None
    longest = written(tmp_path, b"a,b,c\n1,2," + b"x" * 30_000 + b"\n")
    assert count_plain_records(longest, HEADER) == 1


@reuses_its_folder
@given(st.text('1,"é\n\r x', max_size=40), st.sampled_from(["\n", "\r\n"]))
@example('"",,\n', "\n")
@example('""",",1,\n', "\n")
def test_whatever_is_called_plain_is_read_alike_by_both(
    tmp_path: Path, below: str, line_end: str
) -> None:
    path = written(tmp_path, ("a,b,c\n" + below).replace("\n", line_end).encode())
    n_records = count_plain_records(path, HEADER)
    if n_records is None:
        return
    table = read_table(path, delimiter=",", skip_rows=0, header_rows=1)
    assert len(table.rows) == n_records
    assert table.rows == read_by_duckdb(path, 3)
    assert (table.faults, table.n_blank) == ([], 0)
    assert table.lines == [number + 2 for number in range(len(table.rows))]


regular_cell = st.text('x1é,"', max_size=4)


@reuses_its_folder
@given(st.lists(st.lists(regular_cell, min_size=3, max_size=3).filter(any), max_size=8))
def test_every_regular_file_is_called_plain(tmp_path: Path, rows: list[list[str]]) -> None:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"') else cell

    lines = ["a,b,c", *(",".join(quoted(cell) for cell in row) for row in rows)]
    path = written(tmp_path, ("\n".join(lines) + "\n").encode())
    assert count_plain_records(path, HEADER) == len(rows)
    assert read_by_duckdb(path, 3) == [tuple(row) for row in rows]


def test_files_with_faults_are_never_called_plain(tmp_path: Path) -> None:
    for content in (b"a,b,c\n1,2\n", b'a,b,c\n1,"2,3\n', b"a,b,c\n1,2,3,4\n"):
        path = written(tmp_path, content)
        assert read_table(path).faults
        assert count_plain_records(path, HEADER) is None
    with pytest.raises(UnreadableFileError):
        read_table(written(tmp_path, b""))
