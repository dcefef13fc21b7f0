"""Any export file becomes a table of text, with every record accounted for.

Titles, header rows, ragged and unclosed rows. Workbooks and the plain fast lane have tests of
their own (test_workbooks.py, test_plain_csv.py).
"""

import csv
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from nmt_analytics.errors import NmtError, UnreadableFileError, UsageError
from nmt_analytics.intake.formats import TextTable, read_table, sniff_layout

SHARED = Path(__file__).parents[2] / "shared"
HEADER = ["Start Time", "Client", "Note", "Score"]

reuses_its_folder = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def written(folder: Path, content: str | bytes, name: str = "export.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, content: str | bytes) -> TextTable:
    return read_table(written(folder, content))


# --- real files -------------------------------------------------------------------------------

# file: (rows, columns, header rows, first column, last column)
SAMPLES = {
    "exports/encoding_non_utf8_test.csv": (5, 3, 1, "name", "phone"),
    "exports/qualtrics_legacy_bom_two_header_rows.csv": (
        1,
        15,
        2,
        "ResponseID",
        "LocationAccuracy",
    ),
    "exports/qualtrics_three_header_rows_german.csv": (1, 20, 3, "StartDate", "Q2 - Topics"),
    "exports/redcap_checkboxes-1.csv": (4, 13, 1, "record_id", "form_2_complete"),
    "exports/redcap_decimal-comma-and-dot.csv": (4, 9, 1, "record_id", "demographics_complete"),
    "exports/redcap_longitudinal.csv": (
        18,
        125,
        1,
        "study_id",
        "completion_project_questionnaire_complete",
    ),
    "exports/redcap_repeating-instruments.csv": (6, 15, 1, "record_id", "bp_complete"),
    "exports/redcap_russian_utf8.csv": (3, 402, 1, "Column 1", "tests_results_complete"),
    "exports/redcap_survey.csv": (2, 33, 1, "participant_id", "completion_data_complete"),
    "exports/surveymonkey_one_header_macroman_foodworldcup.csv": (
        1373,
        48,
        1,
        "RespondentID",
        "Location (Census Region)",
    ),
    "exports/surveymonkey_two_header_rows_macroman_starwars.csv": (
        1186,
        38,
        2,
        "RespondentID",
        "Location (Census Region)",
    ),
    "exports/surveymonkey_two_header_rows_response_steak.csv": (
        550,
        15,
        2,
        "RespondentID",
        "Location (Census Region)",
    ),
    "exports/typeform_2016_new_coder_part1_head.csv": (399, 51, 1, "#", "Network ID"),
    "realdata/amitriptyline_crossover_pain_CR_lineends.csv": (244, 8, 1, "ID", "Time3"),
    "realdata/licorice_gargle_postop_throat_pain.csv": (
        235,
        20,
        1,
        "rownames",
        "pod1am_throatPain",
    ),
    "realdata/painr_labels.csv": (47, 3, 1, "name", "var_name"),
    "realdata/painr_neckpain_physio_labelled.csv": (603, 35, 1, "patient_code", "painint_6months"),
}


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_real_export_decodes_to_the_right_table(sample: str) -> None:
    path = SHARED / sample
    if not path.is_file():
        pytest.skip("the shared samples are not here")
    table = read_table(path)
    n_rows, n_columns, n_header_rows, first, last = SAMPLES[sample]
    assert (len(table.rows), len(table.columns)) == (n_rows, n_columns)
    assert (table.n_header_rows, table.columns[0]) == (n_header_rows, first)
    assert table.columns[-1] == last
    assert (table.faults, table.n_blank, table.skipped_above) == ([], 0, 0)
    assert sniff_layout(path).columns == table.columns

    second_route = pd.read_csv(
        path,
        header=None,
        skiprows=n_header_rows,
        dtype=str,
        keep_default_na=False,
        encoding=table.encoding,
    ).iloc[:, :n_columns]
    assert table.rows == list(second_route.itertuples(index=False, name=None))


def test_every_shared_sample_is_listed_here() -> None:
    if not SHARED.is_dir():
        pytest.skip("the shared samples are not here")
    present = {
        f"{folder}/{path.name}"
        for folder in ("exports", "realdata")
        for path in (SHARED / folder).glob("*.csv")
    }
    assert present <= set(SAMPLES)


# --- delimiters, line ends, quoting -----------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends_are_recognised(
    tmp_path: Path, delimiter: str, line_end: str
) -> None:
    lines = ["a,b,c", "1,x y,2", "3,,4"]
    table = read(tmp_path, line_end.join(lines).replace(",", delimiter) + line_end)
    assert table.columns == ("a", "b", "c")
    assert table.rows == [("1", "x y", "2"), ("3", "", "4")]
    assert (table.delimiter, table.lines) == (delimiter, [2, 3])


def test_a_semicolon_file_may_hold_decimal_commas_and_quoted_lists(tmp_path: Path) -> None:
    table = read(tmp_path, 'Id;Schmerz, 0-10;Wo?\r\n1;3,5;"Hals;Schulter;"\r\n2;4,0;"Knie;"\r\n')
    assert table.columns == ("Id", "Schmerz, 0-10", "Wo?")
    assert table.rows == [("1", "3,5", "Hals;Schulter;"), ("2", "4,0", "Knie;")]


def test_lists_with_semicolons_do_not_make_a_comma_file_a_semicolon_file(tmp_path: Path) -> None:
    table = read(tmp_path, "Timestamp,Where\n" + "2026-07-01,neck;back;knee\n" * 5)
    assert table.delimiter == ","
    assert table.rows[0] == ("2026-07-01", "neck;back;knee")


def test_quoted_line_breaks_keep_the_line_numbers_right(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,"b\nwith break",c\r\n1,"x\ny\r\nz",2\r\n3,4,5\r\n')
    assert table.columns == ("a", "b with break", "c")
    assert table.rows == [("1", "x\ny\r\nz", "2"), ("3", "4", "5")]
    assert (table.header_line, table.lines) == (1, [3, 6])


def test_cells_keep_their_blanks_and_quotes(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b\n  x ,"say ""hi"""\n5" pipe,\u2028\n')
    assert table.rows == [("  x ", 'say "hi"'), ('5" pipe', "\u2028")]


def test_one_column_is_a_table_too(tmp_path: Path) -> None:
    table = read(tmp_path, "Email\na@example.org\n\nb@example.org\n")
    assert (table.columns, table.rows) == (("Email",), [("a@example.org",), ("b@example.org",)])
    assert (table.lines, table.n_blank) == ([2, 4], 1)


def test_the_spreadsheet_hint_names_the_delimiter(tmp_path: Path) -> None:
    table = read(tmp_path, "sep=|\na|b\n1|2\n")
    assert (table.columns, table.rows, table.header_line) == (("a", "b"), [("1", "2")], 2)
    assert read(tmp_path, 'sep="\n').columns == ('sep="',)


def test_what_the_caller_says_wins_over_the_evidence(tmp_path: Path) -> None:
    path = written(tmp_path, "x;1,2\na;b,c\nunit;d,e\n1;2,3\n")
    table = read_table(path, delimiter=",", skip_rows=1, header_rows=2)
    assert table.columns == ("a;b - unit;d", "c - e")
    assert (table.rows, table.skipped_above) == ([("1;2", "3")], 1)
    with pytest.raises(UsageError, match="cannot be a delimiter"):
        read_table(path, delimiter=",,")


# --- headers ----------------------------------------------------------------------------------


def test_title_lines_above_the_header_are_skipped_and_counted(tmp_path: Path) -> None:
    content = "Jane Payments\n\nJuly 1 2026 to July 22 2026\nDate,Payer,Amount\nJuly 1 2026,x,5\n"
    table = read(tmp_path, content)
    assert table.columns == ("Date", "Payer", "Amount")
    assert (table.header_line, table.skipped_above, table.lines) == (4, 3, [5])


def test_titles_padded_with_commas_are_titles_too(tmp_path: Path) -> None:
    table = read(tmp_path, "Report,,,\nPractice:,Quiet Hands,,\nA,B,C,D\n1,2,3,x\n2,2,3,y\n")
    assert (table.columns, len(table.rows), table.header_line) == (("A", "B", "C", "D"), 2, 3)


def test_the_caller_may_recognise_the_header(tmp_path: Path) -> None:
    path = written(tmp_path, "from,to,by\nJan,Dec,me\nStart,Client,State\nx,y,z\n")
    table = read_table(path, is_header=lambda cells: "Client" in cells)
    assert table.columns == ("Start", "Client", "State")
    assert table.rows == [("x", "y", "z")]


def test_the_caller_may_recognise_what_several_header_rows_make_together(tmp_path: Path) -> None:
    content = "V1,V2,Q1,\nResponseID,Status,Sore?,\nR_1,0,yes,\n"
    table = read_table(
        written(tmp_path, content), is_header=lambda cells: {"ResponseID", "Status"} <= set(cells)
    )
    assert table.columns == ("ResponseID", "Status", "Q1 - Sore?")
    assert (table.header_line, table.n_header_rows) == (1, 2)


def test_surveymonkey_joins_question_and_choice(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        "Respondent ID,Where is it tight?,,,How long?\n"
        ",Neck,Back,Other (please specify),Response\n"
        "1,Neck,,,3\n2,,Back,knee,4\n",
    )
    assert table.columns == (
        "Respondent ID",
        "Where is it tight? - Neck",
        "Where is it tight? - Back",
        "Where is it tight? - Other (please specify)",
        "How long?",
    )
    assert (table.n_header_rows, len(table.rows)) == (2, 2)


def test_qualtrics_three_header_rows_become_names_with_their_questions(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        "StartDate,ResponseId,Q1\nAnfangsdatum,Antwort-ID,Sore?\n"
        '"{""ImportId"":""startDate""}","{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}"\n'
        "2026-07-01 10:00:00,R_1,yes\n",
    )
    assert table.columns == ("StartDate", "ResponseId", "Q1 - Sore?")
    assert (table.n_header_rows, table.lines) == (3, [4])


def test_kobo_tags_are_no_row(tmp_path: Path) -> None:
    table = read(tmp_path, '"start";"pain";"_id"\r\n"";"#pain";""\r\n"2026";"3";"7"\r\n')
    assert (table.columns, table.rows) == (("start", "pain", "_id"), [("2026", "3", "7")])


def test_names_are_folded_and_made_unique(tmp_path: Path) -> None:
    header = '"How  bad\nis it?\u00a0",Charge,Paid,Charge,Charge (2),Charge,,x'
    table = read(tmp_path, header + "\n1,2,3,4,5,6,7,8\n")
    assert table.columns == (
        "How bad is it?",
        "Charge",
        "Paid",
        "Charge (3)",
        "Charge (2)",
        "Charge (4)",
        "Column 7",
        "x",
    )


def test_a_comma_at_every_line_end_makes_no_column(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b,\n1,2,\n3,4,\n").columns == ("a", "b")
    assert read(tmp_path, "a,b\n1,2,\n3,4,\n").rows == [("1", "2"), ("3", "4")]
    assert read(tmp_path, "a,b,,\n1,2\n3,4,,\n").rows == [("1", "2"), ("3", "4")]


def test_a_column_without_a_name_keeps_its_cells(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b,\n1,2,\n3,4,remark\n5,6\n")
    assert table.columns == ("a", "b", "Column 3")
    assert table.rows == [("1", "2", ""), ("3", "4", "remark"), ("5", "6", "")]


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path) -> None:
    table = read(tmp_path, "session_id,started_at\n")
    assert (table.columns, table.rows) == (("session_id", "started_at"), [])


# --- records that are no rows -----------------------------------------------------------------


def test_ragged_records_are_faults_with_their_lines(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b,c\n1,2,3\n4,5\n6,7,8,9\n,,\n\n10,11,12\n")
    assert table.rows == [("1", "2", "3"), ("10", "11", "12")]
    assert table.faults == [(3, "record.too_few_cells"), (4, "record.too_many_cells")]
    assert (table.n_blank, table.n_records, table.lines) == (2, 6, [2, 7])


def test_an_unclosed_quote_costs_its_own_line_only(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b,c\n1,"tight,3\n4,5,6\n7,8,9\n')
    assert table.faults == [(2, "record.unclosed_quote")]
    assert table.rows == [("4", "5", "6"), ("7", "8", "9")]


def test_an_unclosed_quote_that_a_later_one_seems_to_close_is_found(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b,c\n1,"tight,3\n4,5,6\n7,loose",9\n10,11,12\n')
    assert table.faults == [(2, "record.unclosed_quote")]
    assert table.rows == [("4", "5", "6"), ("7", 'loose"', "9"), ("10", "11", "12")]


def test_an_unclosed_quote_on_the_last_line_is_one_fault(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b,c\n1,2,3\n4,"5,6')
    assert (table.rows, table.faults) == ([("1", "2", "3")], [(3, "record.unclosed_quote")])


def test_letters_after_a_closing_quote_are_one_fault(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b,c\n1,"x"y,3\n4,5,6\n')
    assert (table.rows, table.faults) == ([("4", "5", "6")], [(2, "record.stray_quote")])


def test_a_note_over_several_lines_is_one_row_even_with_commas(tmp_path: Path) -> None:
    note = "Sore, tired\nneck, back, knee\nslept well"
    table = read(tmp_path, f'a,b,c,d\n1,"{note}",3,4\n5,6,7,8\n')
    assert table.rows == [("1", note, "3", "4"), ("5", "6", "7", "8")]
    assert table.faults == []


plain_cell = st.text(alphabet="abcxyz 0123456789", min_size=1, max_size=6)
good_cell = plain_cell | plain_cell.map(lambda text: f",{text}, {text}")
PIECES = {
    "row": st.lists(good_cell, min_size=4, max_size=4),
    "short": st.lists(plain_cell, min_size=1, max_size=3),
    "long": st.lists(plain_cell, min_size=5, max_size=7),
    "unclosed": st.lists(plain_cell, min_size=4, max_size=4),
    "blank": st.just(["", "", "", ""]),
}
pieces = st.sampled_from(sorted(PIECES)).flatmap(
    lambda kind: st.tuples(st.just(kind), PIECES[kind])
)


@reuses_its_folder
@given(parts=st.lists(pieces, max_size=12))
def test_every_good_row_around_bad_ones_is_read(
    tmp_path: Path, parts: list[tuple[str, list[str]]]
) -> None:
    lines = [",".join(HEADER)]
    rows, row_lines, faults, n_blank = [], [], [], 0
    for line, (kind, cells) in enumerate(parts, start=2):
        if kind == "row":
            rows.append(tuple(cells))
            row_lines.append(line)
            lines.append(",".join(f'"{cell}"' if "," in cell else cell for cell in cells))
        elif kind == "unclosed":
            faults.append((line, "record.unclosed_quote"))
            lines.append(f'{cells[0]},{cells[1]},"{cells[2]},{cells[3]}')
        elif kind == "blank":
            n_blank += 1
            lines.append(",".join(cells))
        else:
            faults.append((line, f"record.too_{'few' if kind == 'short' else 'many'}_cells"))
            lines.append(",".join(cells))
    table = read_table(
        written(tmp_path, "\n".join(lines) + "\n"), is_header=lambda cells: cells[0] == HEADER[0]
    )
    assert (table.rows, table.lines) == (rows, row_lines)
    assert (table.faults, table.n_blank) == (faults, n_blank)
    assert table.n_records == len(parts)


# --- round trips ------------------------------------------------------------------------------

any_text = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from('\n\r\t",;|'),
    max_size=8,
)


def fits_one_record(cell: str) -> bool:
    """A cell with both line breaks and delimiters may look like swallowed rows (records.py)."""
    return not (set(cell) & set("\r\n") and set(cell) & set(",;|\t"))


def encode_rows(rows: list[list[str]], delimiter: str, line_end: str) -> str:
    def quoted(cell: str) -> str:
        needs = set(cell) & {delimiter, '"', "\n", "\r"}
        return '"' + cell.replace('"', '""') + '"' if needs else cell

    return "".join(delimiter.join(quoted(cell) for cell in row) + line_end for row in rows)


@reuses_its_folder
@given(
    rows=st.lists(st.lists(any_text.filter(fits_one_record), min_size=4, max_size=4), max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
)
def test_any_rows_in_a_named_dialect_read_back_identical(
    tmp_path: Path, rows: list[list[str]], delimiter: str, line_end: str, encoding: str
) -> None:
    path = written(tmp_path, encode_rows([HEADER, *rows], delimiter, line_end).encode(encoding))
    table = read_table(path, delimiter=delimiter, encoding=encoding, header_rows=1, skip_rows=0)
    assert table.columns == tuple(HEADER)
    assert table.rows == [tuple(row) for row in rows if any(row)]
    assert table.n_blank == sum(not any(row) for row in rows)
    assert table.faults == []


word = st.text("abcdefghij ÄÖéñ0123456789.:-/,;'()\n", min_size=1, max_size=10)


@reuses_its_folder
@given(
    rows=st.lists(st.lists(word.filter(fits_one_record), min_size=3, max_size=3), max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
)
def test_any_rows_in_an_unnamed_dialect_read_back_identical(
    tmp_path: Path, rows: list[list[str]], delimiter: str, line_end: str, encoding: str
) -> None:
    header = HEADER[:3]
    path = written(tmp_path, encode_rows([header, *rows], delimiter, line_end).encode(encoding))
    table = read_table(path, is_header=lambda cells: list(cells) == header)
    assert (table.columns, table.delimiter) == (tuple(header), delimiter)
    assert table.rows == [tuple(row) for row in rows]
    assert (table.faults, table.n_blank) == ([], 0)


@reuses_its_folder
@given(st.binary(max_size=300) | st.text('ab1,;"\n\r\t| ', max_size=200).map(str.encode))
def test_any_bytes_are_a_table_or_an_error_with_advice(tmp_path: Path, data: bytes) -> None:
    path = written(tmp_path, data)
    try:
        table = read_table(path)
    except UnreadableFileError as error:
        assert str(error).startswith("export.csv: ")
        return
    assert len(set(table.columns)) == len(table.columns) > 0
    assert all(len(row) == len(table.columns) and any(row) for row in table.rows)
    assert table.lines == sorted(set(table.lines))
    assert not {line for line, _ in table.faults} & set(table.lines)
    below = [*table.lines, *(line for line, _ in table.faults)]
    assert all(line > table.header_line for line in below)


@reuses_its_folder
@given(st.text("ab1,; \n", min_size=1, max_size=200))
def test_without_quotes_each_line_is_one_record(tmp_path: Path, text: str) -> None:
    assume(text.strip())
    try:
        table = read_table(written(tmp_path, text))
    except NmtError:
        assume(False)
    n_lines = len(text.removesuffix("\n").split("\n"))
    assert table.n_records == n_lines - table.skipped_above - table.n_header_rows


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n \n", "empty"),
        (b",,,\n,,\n", "no header"),
        (b"%PDF-1.7\n", "CSV or Excel instead of PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"\(\.xls\).*\.xlsx"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "password-protected",
        ),
        (b"PK\x03\x04garbage", "damaged"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "web page"),
        (b"\xff\xfe" + "<!DOCTYPE html><p>x".encode("utf-16-le"), "web page"),
        (
            b'<?xml version="1.0"?><W xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "XML",
        ),
        (b'[{"id": 1}]', "JSON"),
        (b'{"id": 1}\n{"id": 2}\n', "JSON"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"SQLite format 3\0", "database"),
        (bytes(8) + b"DUCK" + bytes(100), "database"),
        (bytes(range(256)) * 8, "not a text file"),
    ],
)
def test_strangers_are_refused_with_the_way_out(tmp_path: Path, data: bytes, says: str) -> None:
    path = written(tmp_path, data, "Clients.xls")
    for reading in (read_table, sniff_layout):
        with pytest.raises(UnreadableFileError, match=rf"(?s)^Clients\.xls: .*{says}"):
            reading(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no such file"):
        read_table(tmp_path / "nowhere.csv")
    with pytest.raises(UnreadableFileError, match="folder"):
        read_table(tmp_path)


# --- the layout alone -------------------------------------------------------------------------


def test_the_layout_of_a_large_file_is_known_from_its_beginning(tmp_path: Path) -> None:
    row = "2026-07-01 10:00,é,x,5\r\n"
    path = written(tmp_path, ",".join(HEADER) + "\r\n" + row * 60_000)
    layout = sniff_layout(path)
    assert layout.columns == tuple(HEADER)
    assert (layout.encoding, layout.delimiter, layout.notes) == ("utf-8", ",", ())
    assert len(read_table(path).rows) == 60_000


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8"])
def test_the_beginning_of_a_large_file_is_cut_between_characters(
    tmp_path: Path, encoding: str
) -> None:
    text = "Wann;Wo\n" + "2026-07-01;Müßiggang\n" * 50_000
    layout = sniff_layout(written(tmp_path, text.encode(encoding)))
    assert (layout.columns, layout.notes) == (("Wann", "Wo"), ())


def test_rows_agree_with_the_csv_module_on_a_regular_file(tmp_path: Path) -> None:
    path = written(tmp_path, 'a,b\n1,"x ""y"" z"\n2,"p,q"\n3,"r\ns"\n')
    with path.open(newline="") as file:
        expected = [tuple(row) for row in csv.reader(file)][1:]
    assert read_table(path).rows == expected
