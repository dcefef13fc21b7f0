"""From a file to the store: what is counted, what is kept, what never changes."""

import itertools
import os
import stat
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories import (
    LOADED_AT,
    ask_store,
    empty_practice,
    follow_up,
    make_practice,
    note,
    session,
    write_rows,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from nmt_analytics.errors import NmtError, SettingsError, UnreadableFileError
from nmt_analytics.intake import comparison
from nmt_analytics.intake.facts import content_hash
from nmt_analytics.intake.load import check_file, load_file
from nmt_analytics.intake.quarantine import quarantine_file
from nmt_analytics.schema import FOLLOW_UPS, SESSION_NOTES, SESSIONS, Table
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import Connection, Store, rehearsal

EXAMPLE = Path(__file__).parents[1] / "data" / "example"


def rows(practice: Settings, sql: str) -> list[dict[str, Any]]:
    """The rows of one SELECT on the practice's store."""
    frame = ask_store(practice, sql).astype(object)
    return frame.where(frame.notna(), None).to_dict("records")


def one(practice: Settings, sql: str) -> Any:
    """The single value that a SELECT answers with."""
    ((value,),) = [tuple(row.values()) for row in rows(practice, sql)]
    return value


def stored_hash(practice: Settings) -> str:
    """The content hash that the store keeps, checked against one counted from scratch."""
    store = Store(practice.store)
    kept = store.info()["content_hash"]
    store.close()
    with rehearsal(practice.store) as connection:
        assert content_hash(connection) == kept
    return kept


# -------------------------------------------------------------------------------- what is kept


def test_a_canonical_file_lands_in_the_store(tmp_path: Path) -> None:
    practice = make_practice(
        tmp_path,
        [session(1, stress_level="high"), session(2)],
        [follow_up(1, relief_holding=True, soreness=3)],
        [note(1, condition="ischemia")],
    )
    assert one(practice, "select count(*) as n from sessions") == 2
    found = rows(
        practice,
        "select stress_level, relief_holding, soreness from follow_ups join sessions "
        "using (session_id)",
    )
    assert found == [{"stress_level": "high", "relief_holding": True, "soreness": 3}]
    assert one(practice, "select condition from session_notes") == "ischemia"


def test_the_example_practice_loads_whole(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path, "America/New_York")
    for name in ("sessions.csv", "follow_ups.csv"):
        n_lines = len((EXAMPLE / name).read_text().splitlines())
        receipt = load_file(practice, EXAMPLE / name)
        assert receipt.n_accepted == receipt.n_read == n_lines - 1
    orphans = "select count(*) as n from follow_ups anti join sessions using (session_id)"
    assert one(practice, orphans) == 0


def test_columns_may_come_in_any_order_and_strange_ones_are_not_read(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    path = tmp_path / "sessions.csv"
    path.write_text(
        "Diary,pain_before,started_at,First Name,client_id\n"
        "she cried all day,7,2026-07-01 10:00,Xanthippe,C1\n"
    )
    receipt = load_file(practice, path)
    assert receipt.n_accepted == 1
    assert receipt.dropped_columns == ("Diary", "First Name")
    assert one(practice, "select pain_before from sessions") == 7
    assert b"cried" not in practice.store.read_bytes()
    assert b"Xanthippe" not in practice.store.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace(",", ";"),
        lambda text: text.rstrip("\n"),
        lambda text: "".join(
            ",".join(f'"{cell}"' for cell in line.split(",")) + "\n" for line in text.splitlines()
        ),
        lambda text: "Report of 2026\n\n" + text,
    ],
    ids=["CRLF", "BOM", "semicolons", "no last line end", "all quoted", "title above"],
)
def test_how_a_file_is_written_makes_no_difference(tmp_path: Path, change: Any) -> None:
    plain = make_practice(tmp_path / "plain", [session(n, pain_before=n) for n in range(9)])
    other = empty_practice(tmp_path / "other")
    path = tmp_path / "sessions.csv"
    path.write_text(change((plain.inbox / "sessions.csv").read_text()), newline="")
    receipt = load_file(other, path)
    assert (receipt.n_accepted, receipt.n_quarantined) == (9, 0)
    assert stored_hash(other) == stored_hash(plain)


def test_a_workbook_loads_as_its_csv_does(tmp_path: Path) -> None:
    plain = make_practice(
        tmp_path / "plain", [session(n, pain_before=n, pressure_adjusted=n > 1) for n in range(3)]
    )
    book = Workbook()
    sheet = book.active
    sheet.append(
        ["session_id", "client_id", "started_at", "ended_at", "pain_before", "pressure_adjusted"]
    )
    for n in range(3):
        start = datetime(2026, 7, 1, 10)
        sheet.append([f"S{n}", f"C{n}", start, start + timedelta(hours=1), n, n > 1])
    path = tmp_path / "sessions.xlsx"
    book.save(path)
    other = empty_practice(tmp_path / "other")
    assert load_file(other, path).n_accepted == 3
    assert stored_hash(other) == stored_hash(plain)


def test_ids_that_a_file_does_not_give_are_made_of_what_identifies_the_row(tmp_path: Path) -> None:
    sessions = [
        session(1, session_id=None, client_id="C", started_at=f"2026-07-0{d} 10:00", ended_at=None)
        for d in (1, 2)
    ]
    asked = [
        follow_up(
            1, follow_up_id=None, session_id=None, client_id="C", asked_at=moment, answered_at=None
        )
        for moment in ("2026-07-02 11:00", "2026-07-03 11:00")
    ]
    practice = make_practice(tmp_path, sessions, asked)
    again = write_rows(tmp_path / "more.csv", SESSIONS, [*sessions, session(3)])
    receipt = load_file(practice, again)
    assert (receipt.n_unchanged, receipt.n_accepted) == (2, 1)
    changed = [{**asked[0], "answered_at": "2026-07-02 12:00", "pain": 2}, asked[1]]
    receipt = load_file(practice, write_rows(tmp_path / "answers.csv", FOLLOW_UPS, changed))
    assert (receipt.n_corrected, receipt.n_unchanged) == (1, 1)


def test_times_of_import_are_kept_apart(tmp_path: Path) -> None:
    practice = make_practice(tmp_path, [session(1)], [follow_up(1)])
    found = rows(practice, "select import_id, loaded_at from imports order by import_id")
    assert [row["import_id"] for row in found] == [1, 2]
    assert found[0]["loaded_at"] == LOADED_AT
    assert found[1]["loaded_at"] == LOADED_AT + timedelta(microseconds=1)


# --------------------------------------------------------------------------- the same file again


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    practice = make_practice(tmp_path, [session(1), session(2)])
    before = practice.store.read_bytes()
    receipt = load_file(practice, practice.inbox / "sessions.csv")
    assert receipt.already_loaded
    assert "nothing has changed" in receipt.sentence()
    assert practice.store.read_bytes() == before


def test_the_same_rows_in_another_file_are_unchanged(tmp_path: Path) -> None:
    practice = make_practice(tmp_path, [session(1), session(2)])
    before = stored_hash(practice)
    path = write_rows(tmp_path / "export (1).csv", SESSIONS, [session(2), session(1)])
    receipt = load_file(practice, path)
    assert (receipt.n_unchanged, receipt.n_accepted, receipt.n_corrected) == (2, 0, 0)
    assert stored_hash(practice) == before
    assert one(practice, "select count(*) as n from sessions") == 2


def test_a_file_is_read_anew_once_the_practice_knows_its_conditions(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    path = write_rows(tmp_path / "sessions.csv", SESSIONS, [session(1, condition="whiplash")])
    assert load_file(practice, path).n_quarantined == 1
    assert load_file(practice, path).already_loaded
    wiser = empty_practice(tmp_path, extra='[vocabulary]\nextra_conditions = ["whiplash"]')
    assert load_file(wiser, path).n_accepted == 1
    assert not quarantine_file(wiser, "sessions.csv").exists()


def test_a_row_of_the_future_passes_when_its_day_has_come(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    row = session(1, started_at="2026-11-01 10:00", ended_at=None)
    path = write_rows(tmp_path / "sessions.csv", SESSIONS, [row])
    assert load_file(practice, path, loaded_at=LOADED_AT).quarantined == {"plausibility.future": 1}
    assert load_file(practice, path, loaded_at=LOADED_AT).already_loaded
    receipt = load_file(practice, path, loaded_at=datetime(2026, 11, 2))
    assert receipt.n_accepted == 1
    assert one(practice, "select count(*) as n from quarantine") == 0


# ---------------------------------------------------------------------- order, corrections, history


ALL_ORDERS = ["".join(each) for each in itertools.permutations("abcd")]
SIX_ORDERS = ["abcd", "adcb", "bdac", "cbad", "dbca", "cdab"]
"""In these any three of four files come in each of their six orders once."""


def test_six_orders_hold_every_order_of_any_three_files() -> None:
    threes = [three for order in SIX_ORDERS for three in itertools.combinations(order, 3)]
    assert sorted(threes) == sorted(itertools.permutations("abcd", 3))


@pytest.mark.parametrize(
    "orders", [SIX_ORDERS, pytest.param(ALL_ORDERS, marks=pytest.mark.prove)], ids=len
)
def test_the_same_files_in_any_order_give_the_same_content(
    tmp_path: Path, orders: list[str]
) -> None:
    files = {
        "a": (SESSIONS, [session(1, pain_before=4), session(2)]),
        "b": (SESSIONS, [session(2), session(3, condition="ischemia")]),
        "c": (
            FOLLOW_UPS,
            [follow_up(1, pain=2), follow_up(9, session_id=None, client_id="C2")],
        ),
        "d": (SESSION_NOTES, [note(1, stress_level="low")]),
    }
    for name, (of, some) in files.items():
        write_rows(tmp_path / f"{name}.csv", of, some)
    hashes = set()
    for order in orders:
        practice = empty_practice(tmp_path / order)
        for name in order:
            load_file(practice, tmp_path / f"{name}.csv")
        hashes.add(stored_hash(practice))
    assert len(hashes) == 1
    assert stored_hash(make_practice(tmp_path / "other", [session(1)])) not in hashes


def test_what_is_in_a_row_moves_the_content_hash(tmp_path: Path) -> None:
    variants = [
        [session(1), session(2)],
        [session(1, pain_before=2), session(2)],
        [session(1, pain_after=2), session(2)],
        [session(1), session(2, pain_before=2)],
        [session(1, client_id="C2"), session(2, client_id="C1")],
        [session(1)],
    ]
    hashes = [
        stored_hash(make_practice(tmp_path / str(n), some)) for n, some in enumerate(variants)
    ]
    assert len(set(hashes)) == len(variants)


def test_a_correction_supersedes_and_the_old_row_is_kept(tmp_path: Path) -> None:
    practice = make_practice(tmp_path, [session(1, pain_before=8), session(2)])
    path = write_rows(tmp_path / "later.csv", SESSIONS, [session(1, pain_before=3), session(2)])
    later = LOADED_AT + timedelta(days=30)
    receipt = load_file(practice, path, loaded_at=later)
    assert (receipt.n_corrected, receipt.n_unchanged, receipt.n_accepted) == (1, 1, 0)
    known = (
        "select pain_before from sessions where pain_before is not null "
        "and known_from <= {0} and known_until > {0}"
    )
    for moment, expected in ((LOADED_AT, 8), (later - timedelta(seconds=1), 8), (later, 3)):
        assert one(practice, known.format(f"timestamp '{moment}'")) == expected
    versions = rows(
        practice,
        "select import_id, known_from, year(known_until) as until from sessions "
        "where pain_before is not null order by known_from",
    )
    assert [row["import_id"] for row in versions] == [1, 2]
    assert [row["until"] for row in versions] == [2026, 9999]
    stored_hash(practice)


def test_a_correction_back_and_forth_keeps_every_version(tmp_path: Path) -> None:
    practice = make_practice(tmp_path, [session(1, pain_before=1)])
    for n, pain in enumerate((2, 3, 2), start=1):
        some = [session(1, pain_before=pain, therapist_id=f"T{n}")]
        load_file(practice, write_rows(tmp_path / f"{n}.csv", SESSIONS, some), loaded_at=LOADED_AT)
    found = rows(practice, "select pain_before, known_from, known_until from sessions order by 2")
    assert [row["pain_before"] for row in found] == [1, 2, 3, 2]
    spans = [(row["known_from"], row["known_until"]) for row in found]
    assert all(end == start for (_, end), (start, _) in itertools.pairwise(spans))
    stored_hash(practice)


def test_columns_that_a_file_does_not_have_keep_what_is_known(tmp_path: Path) -> None:
    practice = make_practice(tmp_path, [session(1, pain_before=8, modality="massage")])
    path = tmp_path / "short.csv"
    path.write_text("session_id,client_id,started_at,pain_after\nS1,C1,2026-07-01 10:00,2\n")
    assert load_file(practice, path).n_corrected == 1
    found = rows(
        practice,
        "select pain_before, pain_after, modality, ended_at is null as is_open from sessions "
        "where year(known_until) = 9999",
    )
    assert found == [{"pain_before": 8, "pain_after": 2, "modality": "massage", "is_open": False}]


def test_an_emptied_cell_is_a_correction_too(tmp_path: Path) -> None:
    practice = make_practice(tmp_path, [session(1, pain_before=8)])
    path = write_rows(tmp_path / "later.csv", SESSIONS, [session(1)])
    assert load_file(practice, path).n_corrected == 1
    now = "select pain_before from sessions where year(known_until) = 9999"
    assert one(practice, now) is None


def test_rows_missing_from_a_later_export_are_reported_and_kept(tmp_path: Path) -> None:
    days = [session(n, started_at=f"2026-07-{n:02} 10:00", ended_at=None) for n in range(1, 9)]
    practice = make_practice(tmp_path, days)
    without_two = [row for row in days if row["session_id"] not in ("S3", "S4")]
    receipt = load_file(practice, write_rows(tmp_path / "later.csv", SESSIONS, without_two))
    assert receipt.n_missing == 2
    assert any("2 rows of earlier files are not in this one" in line for line in receipt.lines())
    assert one(practice, "select count(*) as n from sessions") == 8
    other_rows = [session(20, started_at="2026-07-05 09:00", ended_at=None)]
    other = load_file(practice, write_rows(tmp_path / "other.csv", SESSIONS, other_rows))
    assert other.n_missing == 0


# ------------------------------------------------------------------------------------- quarantine


def test_a_mended_file_takes_its_rows_out_of_quarantine(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    path = tmp_path / "sessions.csv"
    write_rows(path, SESSIONS, [session(1, pain_before="eight"), session(2)])
    assert load_file(practice, path).n_quarantined == 1
    listed = quarantine_file(practice, path.name)
    assert listed.read_text().splitlines()[1].startswith("2,pain_before,conformance.whole_number,")
    if sys.platform != "win32":
        assert stat.S_IMODE(listed.stat().st_mode) == 0o600
        assert stat.S_IMODE(listed.parent.stat().st_mode) == 0o700
    other = write_rows(tmp_path / "other.csv", SESSIONS, [session(3, pain_before="nine")])
    load_file(practice, other)
    write_rows(path, SESSIONS, [session(1, pain_before=8), session(2)])
    receipt = load_file(practice, path)
    assert (receipt.n_accepted, receipt.n_unchanged) == (1, 1)
    assert not listed.exists()
    assert rows(practice, "select line, rule from quarantine") == [
        {"line": 2, "rule": "conformance.whole_number"}
    ]


def test_the_list_of_refused_lines_can_be_made_again(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    path = write_rows(tmp_path / "sessions.csv", SESSIONS, [session(1, pain_before="eight")])
    load_file(practice, path)
    listed = quarantine_file(practice, path.name)
    text = listed.read_text()
    listed.unlink()
    assert load_file(practice, path).already_loaded
    assert listed.read_text() == text


# ------------------------------------------------------------------------------- check and refusal


def test_a_check_says_what_a_load_would_do_and_changes_nothing(tmp_path: Path) -> None:
    practice = make_practice(tmp_path, [session(1), session(2)])
    some = [session(1), session(2, pain_before=3), session(3), session(4, pain_before=99)]
    path = write_rows(tmp_path / "more.csv", SESSIONS, some)

    def everything() -> dict[Path, bytes]:
        return {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}

    before = everything()
    checked = check_file(practice, path)
    assert everything() == before
    loaded = load_file(practice, path)
    assert (checked.n_unchanged, checked.n_corrected, checked.n_accepted) == (1, 1, 1)
    assert checked == replace(loaded, import_id=None)


def test_a_check_needs_no_store(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    path = write_rows(tmp_path / "sessions.csv", SESSIONS, [session(1)])
    assert check_file(practice, path).n_accepted == 1
    assert not practice.store.parent.exists()


def test_a_store_keeps_its_time_zone(tmp_path: Path) -> None:
    practice = make_practice(tmp_path, [session(1)], time_zone="Europe/Berlin")
    moved = empty_practice(tmp_path, "Europe/London")
    path = write_rows(tmp_path / "more.csv", SESSIONS, [session(2)])
    before = practice.store.read_bytes()
    with pytest.raises(SettingsError, match="time zone Europe/Berlin"):
        load_file(moved, path)
    assert practice.store.read_bytes() == before


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"missing.csv: there is no such file"):
        load_file(empty_practice(tmp_path), tmp_path / "missing.csv")


@pytest.mark.parametrize("text", ["", "\n", "client_id,started_at\n"])
def test_a_file_without_rows_loads_nothing_or_is_refused(tmp_path: Path, text: str) -> None:
    practice = empty_practice(tmp_path)
    path = tmp_path / "sessions.csv"
    path.write_text(text)
    try:
        receipt = load_file(practice, path)
    except UnreadableFileError:
        assert not practice.store.exists()
    else:
        assert (receipt.n_read, receipt.n_accepted) == (0, 0)


def test_the_store_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has other rights")
    mask = os.umask(0)
    try:
        practice = make_practice(tmp_path, [session(1)])
    finally:
        os.umask(mask)
    assert stat.S_IMODE(practice.store.stat().st_mode) == 0o600


# -------------------------------------------------------------------------- nothing is ever lost

CELLS = st.one_of(
    st.sampled_from(
        [
            *("", "S1", "C1", "2026-07-01 10:00", "7", "high", "yes", "1.01E+18", "a@b.org", "NaN"),
            *(
                '"',
                '""',
                ",",
                "\n",
                "\r\n",
                "'",
                "\x00",
                "\u2028",
                "=1+1",
                "ß",
                "\ufeff",
                ";",
                "\t",
            ),
        ]
    ),
    st.text(max_size=8),
)
HEADERS = st.lists(
    st.sampled_from([*(c.name for c in SESSIONS.file_columns), "Notes", "", "client_id"]),
    min_size=1,
    max_size=8,
)


def test_a_load_that_loses_a_record_is_a_defect_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice = make_practice(tmp_path, [session(1)])
    before = practice.store.read_bytes()
    path = write_rows(tmp_path / "more.csv", SESSIONS, [session(2), session(3), session(4)])
    drop_refused = comparison.drop_refused

    def lose_one(connection: Connection, of: Table) -> None:
        drop_refused(connection, of)
        connection.execute(f"delete from arriving_{of.name} where line = 3")

    monkeypatch.setattr(comparison, "drop_refused", lose_one)
    with pytest.raises(AssertionError, match=r"not accounted for: more.csv: 3 records read: 2 new"):
        load_file(practice, path)
    monkeypatch.undo()
    assert practice.store.read_bytes() == before
    assert load_file(practice, path).n_accepted == 3


@pytest.mark.parametrize("n_files", [25, pytest.param(500, marks=pytest.mark.prove)])
def test_no_malformed_file_ends_in_a_traceback_or_an_unexplained_record(
    tmp_path_factory: pytest.TempPathFactory, n_files: int
) -> None:
    @settings(max_examples=n_files, deadline=None)
    @given(HEADERS, st.lists(st.lists(CELLS, max_size=9), max_size=6), st.sampled_from("\n\r"))
    def load_invented(header: list[str], records: list[list[str]], line_end: str) -> None:
        load_malformed(tmp_path_factory.mktemp("malformed"), header, records, line_end)

    load_invented()


def load_malformed(
    folder: Path, header: list[str], records: list[list[str]], line_end: str
) -> None:
    """Load such a file into a new practice: refused in words, or every record accounted for."""
    practice = empty_practice(folder)
    text = line_end.join(
        ",".join(cells) for cells in [["client_id", "started_at", *header], *records]
    )
    path = folder / "sessions.csv"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        receipt = load_file(practice, path)
    except NmtError as refusal:
        assert str(refusal).startswith("sessions.csv")
        assert not practice.store.exists()
        return
    assert receipt.adds_up
    found = one(
        practice,
        "select n_accepted + n_unchanged + n_corrected + n_skipped + n_quarantined from imports",
    )
    assert found == receipt.n_read == one(practice, "select n_read from imports")
    assert one(practice, "select count(*) as n from sessions") == receipt.n_accepted
    stored_hash(practice)
