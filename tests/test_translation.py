"""Their words into ours: offsets in words, order of day and month, lengths, keys, blank cells."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from factories import LOADED_AT, ask_store, empty_practice

from nmt_analytics.errors import UnreadableFileError
from nmt_analytics.intake.date_order import DateOrderError, decide_order, order_of
from nmt_analytics.intake.load import load_file
from nmt_analytics.intake.mapping import parse_mapping
from nmt_analytics.intake.mapping_parts import Times
from nmt_analytics.intake.receipt import Receipt
from nmt_analytics.intake.times import read_duration
from nmt_analytics.intake.zones import with_offset

BOTH = Times(formats=("%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M"))


def load_text(
    folder: Path, text: str, mapping: str, name: str = "export.csv"
) -> tuple[Receipt, list[dict[str, object]]]:
    """The receipt of a file with this text in a new practice, and its sessions in order of time."""
    practice = empty_practice(folder, "Europe/Berlin")
    path = folder / name
    path.write_text(text, encoding="utf-8")
    kind = parse_mapping(mapping, name="test", where="test.toml")
    receipt = load_file(practice, path, kind, loaded_at=LOADED_AT)
    found = ask_store(practice, "select * from sessions order by started_at")
    return receipt, found.astype(str).fillna("").to_dict("records")


def sessions(*lines: str) -> str:
    return 'table = "sessions"\n' + "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9:16 PM GMT+11", "9:16 PM +1100"),
        ("9:16 PM GMT+5:30", "9:16 PM +0530"),
        ("9:16 PM GMT-3", "9:16 PM -0300"),
        ("9:16 PM GMT−3", "9:16 PM -0300"),
        ("9:16 PM UTC+0200", "9:16 PM +0200"),
        ("9:16 PM GMT", "9:16 PM +0000"),
        ("11:55 pm CET", "11:55 pm +0100"),
        ("11:55 pm MESZ", "11:55 pm +0200"),
        ("9:16 PM EST", "9:16 PM -0500"),
        ("9:16 PM PST", "9:16 PM -0800"),
        ("9:16 PM ACST", "9:16 PM +0930"),
        ("9:16 PM IST", "9:16 PM IST"),
        ("9:16 PM", "9:16 PM"),
        ("2026-07-01 10:00:00 +1000", "2026-07-01 10:00:00 +1000"),
        ("2026-07-01T10:00:00.000-04:00", "2026-07-01T10:00:00.000-04:00"),
    ],
)
def test_an_offset_in_words_is_read_where_it_has_one_meaning(text: str, expected: str) -> None:
    assert with_offset(text) == expected


@pytest.mark.parametrize(
    ("pattern", "order"),
    [
        ("%d/%m/%Y", "day_first"),
        ("%d.%m.%y %H:%M", "day_first"),
        ("%m/%d/%Y %I:%M %p", "month_first"),
        ("%Y-%m-%d", ""),
        ("%d %b %Y", ""),
        ("%B %d, %Y", ""),
    ],
)
def test_a_format_of_digits_has_an_order_and_one_with_the_months_name_has_none(
    pattern: str, order: str
) -> None:
    assert order_of(pattern) == order


def formats_decided(texts: Sequence[str], times: Times = BOTH) -> set[str]:
    return {order_of(pattern) for pattern in decide_order(texts, times).formats} - {""}


def test_one_day_after_the_twelfth_decides_for_the_whole_column() -> None:
    assert formats_decided(["07/05/2026 10:00", "07/13/2026 10:00"]) == {"month_first"}
    assert formats_decided(["07/05/2026 10:00", "13/07/2026 10:00"]) == {"day_first"}


def test_dates_that_fit_both_orders_are_never_guessed() -> None:
    with pytest.raises(DateOrderError, match="no date in it shows"):
        decide_order(["07/05/2026 10:00", "01/02/2026 10:00"], BOTH)


def test_dates_of_both_orders_in_one_column_are_not_read_each_by_its_own() -> None:
    with pytest.raises(DateOrderError, match="some dates have the day first and some the month"):
        decide_order(["13/07/2026 10:00", "07/13/2026 10:00"], BOTH)


def test_dates_that_mean_the_same_either_way_need_no_order() -> None:
    assert len(formats_decided(["05/05/2026 10:00", "2026-07-05 10:00", "soon"])) == 1


def test_what_the_owner_said_holds_whatever_the_file_shows() -> None:
    said = Times(formats=BOTH.formats, date_order="day_first")
    assert formats_decided(["07/13/2026 10:00"], said) == {"day_first"}


ORDERED = sessions(
    "[columns]",
    'client_id = "Who"',
    'started_at = "Start"',
    'ended_at = "End"',
    "[times]",
    'formats = ["%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"]',
)


def test_a_file_that_leaves_the_order_open_is_refused_with_how_to_say_it(tmp_path: Path) -> None:
    text = "Who,Start,End\nA,07/05/2026 10:00,\nB,07/06/2026 10:00,\n"
    with pytest.raises(UnreadableFileError) as caught:
        load_text(tmp_path / "a", text, ORDERED)
    said = str(caught.value)
    assert 'column "Start"' in said and "--day-first or --month-first" in said
    assert "07/05" not in said
    _, found = load_text(tmp_path / "b", text, ORDERED + '\ndate_order = "day_first"')
    assert [row["started_at"] for row in found] == ["2026-05-07 08:00:00", "2026-06-07 08:00:00"]


def test_two_digit_years_are_of_this_century_and_what_is_before_1990_is_refused(
    tmp_path: Path,
) -> None:
    mapping = sessions(
        "[columns]",
        'client_id = "Who"',
        'started_at = "Start"',
        "[times]",
        'formats = ["%m/%d/%y %H:%M:%S"]',
    )
    # As Microsoft Forms writes it; 2/29 exists in the leap year 2020 alone.
    years = ["7/2/20 11:00:22", "2/29/20 11:00:22", "2/29/21 11:00:22", "7/2/69 11:00:22"]
    text = "Who,Start\n" + "".join(f"A,{each}\n" for each in years)
    receipt, found = load_text(tmp_path, text, mapping)
    assert [row["started_at"] for row in found] == ["2020-02-29 10:00:22", "2020-07-02 09:00:22"]
    assert receipt.quarantined == {"conformance.time": 1, "plausibility.year": 1}


def test_each_column_shows_its_own_order(tmp_path: Path) -> None:
    text = "Who,Start,End\nA,07/13/2026 10:00,13/07/2026 11:00\n"
    _, found = load_text(tmp_path, text, ORDERED)
    assert (found[0]["started_at"], found[0]["ended_at"]) == (
        "2026-07-13 08:00:00",
        "2026-07-13 09:00:00",
    )


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("45m", 45),
        ("1h", 60),
        ("1h 30m", 90),
        ("1 Std. 15 Min.", 75),
        ("90", 90),
        ("60 min", 60),
        ("1:30", 90),
        ("01:30:00", 90),
        ("", None),
        ("long", None),
        ("45 or so", None),
    ],
)
def test_how_long_a_session_took_is_read_in_minutes(text: str, minutes: int | None) -> None:
    assert read_duration(text) == minutes


def test_a_session_ends_after_its_length_by_the_clock_that_does_not_jump(tmp_path: Path) -> None:
    mapping = sessions(
        "[columns]",
        'client_id = "Who"',
        'started_at = ["Day", "Time"]',
        "[times]",
        'formats = ["%Y-%m-%d %H:%M"]',
        'duration_column = "Length"',
    )
    text = (
        "Who,Day,Time,Length\n"
        "A,2026-03-29,01:30,1h 30m\n"  # the clocks go forward at 2:00 in Berlin
        "B,2026-07-01,10:00,45m\n"
        "C,2026-07-02 10:00,,unknown\n"
    )
    receipt, found = load_text(tmp_path, text, mapping)
    assert receipt.n_accepted == 3
    assert [(row["started_at"], row["ended_at"]) for row in found] == [
        ("2026-03-29 00:30:00", "2026-03-29 02:00:00"),
        ("2026-07-01 08:00:00", "2026-07-01 08:45:00"),
        ("2026-07-02 08:00:00", ""),
    ]


def test_the_client_is_known_by_the_first_of_several_columns_that_is_filled(
    tmp_path: Path,
) -> None:
    mapping = sessions(
        'first_of = ["client_id"]',
        'missing = ["N/A"]',
        "[columns]",
        'client_id = ["Mail", "Phone", "Name"]',
        'started_at = "When"',
    )
    text = (
        "Mail,Phone,Name,When\n"
        "a@x.org,1,Ann,2026-07-01 10:00\n"
        "A@x.org,,Anna,2026-07-02 10:00\n"
        "N/A,1,Ann,2026-07-03 10:00\n"
        ",,Ann,2026-07-04 10:00\n"
        ",,ann,2026-07-05 10:00\n"
    )
    _, found = load_text(tmp_path, text, mapping)
    clients = [row["client_id"] for row in found]
    assert clients[0] == clients[1]
    assert clients[3] == clients[4]
    assert len(set(clients)) == 3


STATES = "Who,When,Number,Ids,Cancelled\n"


def skipping(condition: str) -> str:
    return sessions(
        'missing = ["N/A"]',
        "[columns]",
        'client_id = "Who"',
        'started_at = "When"',
        "[[skip]]",
        'rule = "no session"',
        condition,
    )


@pytest.mark.parametrize(
    ("condition", "n_skipped"),
    [
        ('column = "Cancelled"\nis_empty = false', 1),
        ('column = "Cancelled"\nis_empty = true', 2),
        ('column = "Number"\nabove = 1', 1),
        ('column = "Ids"\ncontains = ","', 1),
        ('file = "*No Show*"', 0),
        ('file = "EXPORT*"', 3),
    ],
)
def test_records_that_are_no_session_are_told_by_their_cells_or_their_file(
    condition: str, n_skipped: int, tmp_path: Path
) -> None:
    text = STATES + (
        "A,2026-07-01 10:00,1,7,\nB,2026-07-02 10:00,12,7,N/A\n"
        'C,2026-07-03 10:00,,"7, 8",2026-07-02\n'
    )
    receipt, found = load_text(tmp_path, text, skipping(condition))
    assert sum(receipt.n_skipped.values()) == n_skipped
    assert len(found) == 3 - n_skipped


def test_what_a_base_row_says_is_carried_down_to_the_rows_of_its_record(tmp_path: Path) -> None:
    mapping = sessions(
        "[columns]",
        'client_id = "email"',
        'started_at = "when"',
        'stress_level = "stress"',
        "[carry_down]",
        'by = "record_id"',
        'columns = ["email", "stress"]',
        "[[skip]]",
        'rule = "base form"',
        'column = "form"',
        "is_empty = true",
    )
    text = (
        "record_id,form,email,stress,when\n"
        "1,,a@x.org,low,\n1,visit,,,2026-07-01 10:00\n1,visit,,high,2026-07-02 10:00\n"
        "2,,b@x.org,,\n2,visit,,,2026-07-03 10:00\n1,visit,,,2026-07-04 10:00\n"
    )
    receipt, found = load_text(tmp_path, text, mapping)
    assert receipt.n_skipped == {"base form": 2}
    assert [row["stress_level"] for row in found] == ["low", "high", "", "high"]
    clients = [row["client_id"] for row in found]
    assert clients[0] == clients[1] == clients[3] != clients[2]
