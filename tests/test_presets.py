"""Every known export loads as it is: recognised, its dates and statuses understood, nobody named.

Each fixture is invented, with exactly the header and the formats that the real export has.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest
from factories import LOADED_AT, ask_store, empty_practice

from nmt_analytics.errors import UnreadableFileError
from nmt_analytics.intake.formats import read_table
from nmt_analytics.intake.load import load_file
from nmt_analytics.intake.mapping import known_mappings, recognise
from nmt_analytics.intake.receipt import Receipt
from nmt_analytics.settings import Settings

EXPORTS = Path(__file__).parent / "fixtures" / "exports"


@dataclass(frozen=True)
class Export:
    """What a fixture must come out as; times in UTC, clients counted."""

    file: str
    time_zone: str
    started_at: tuple[str, ...]
    n_clients: int
    n_therapists: int
    skipped: dict[str, int]
    minutes: tuple[int, ...] = (60,)
    n_lines_of_one_session: int = 0


KNOWN = {
    "acuity": Export(
        "acuity.csv",
        "America/New_York",
        # The zone of each row counts, not the practice's: London is on summer time in July.
        ("2025-12-02 09:00", "2026-07-01 08:00", "2026-07-01 11:30"),
        n_clients=2,
        n_therapists=2,
        skipped={"not yet held": 1},
    ),
    "cliniko": Export(
        "cliniko.csv",
        "Australia/Melbourne",
        ("2025-11-02 21:00", "2026-06-30 22:00", "2026-07-03 02:00"),
        n_clients=2,
        n_therapists=1,
        skipped={"unavailable": 1, "group appointment": 1, "no-show": 1, "cancelled": 1},
    ),
    "jane": Export(
        "jane_Appointments_20260701_20260722.csv",
        "America/Vancouver",
        ("2026-07-02 17:00", "2026-07-02 18:00"),
        n_clients=2,
        n_therapists=1,
        skipped={"break": 1, "no-show": 1, "deleted": 2, "cancelled": 1},
    ),
    "simplepractice": Export(
        "simplepractice.csv",
        "America/Chicago",
        ("2026-04-27 17:00", "2026-07-03 14:30", "2026-07-10 19:00"),
        n_clients=2,
        n_therapists=1,
        skipped={},
        minutes=(),
        n_lines_of_one_session=1,
    ),
    "calendly": Export(
        "calendly.csv",
        "America/New_York",
        # The clocks went forward on 8 March: 11 am was 16:00 UTC before and is 15:00 after.
        ("2026-03-03 16:00", "2026-03-10 16:00", "2026-03-13 13:00"),
        n_clients=2,
        n_therapists=1,
        skipped={"cancelled": 1, "no-show": 1},
    ),
    "fresha": Export(
        "fresha.csv",
        "Europe/London",
        ("2026-07-04 14:00", "2026-07-05 09:30", "2026-07-08 15:00"),
        n_clients=3,
        n_therapists=1,
        skipped={"cancelled": 1, "no-show": 1},
        minutes=(60, 90, 45),
    ),
    "vagaro": Export(
        "vagaro_TransactionList.xlsx",
        "America/Denver",
        ("2026-07-01 16:00", "2026-07-02 15:30"),
        n_clients=2,
        n_therapists=0,
        skipped={"total": 1, "no appointment": 1},
        minutes=(),
        n_lines_of_one_session=1,
    ),
    # Not one of its rows was held.
    "vagaro_cancellations": Export(
        "vagaro_Cancellations.xlsx",
        "America/Denver",
        (),
        n_clients=0,
        n_therapists=0,
        skipped={"cancelled or no-show": 3},
        minutes=(),
    ),
}


def test_every_known_booking_export_has_its_fixture_here() -> None:
    names = {kind.name for kind in known_mappings() if not kind.name.startswith("canonical_")}
    assert names == set(KNOWN)


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_export_is_recognised_by_its_header(name: str) -> None:
    table = read_table(EXPORTS / KNOWN[name].file, is_header=lambda row: recognise(row) is not None)
    kind = recognise(table.columns)
    assert kind is not None
    assert kind.name == name
    assert kind.title
    assert table.faults == []


Loaded = tuple[str, Settings, Receipt]


@pytest.fixture(scope="module", params=KNOWN)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """A known export's name, a practice into which it was loaded, and the receipt."""
    expected = KNOWN[request.param]
    practice = empty_practice(tmp_path_factory.mktemp(request.param), expected.time_zone)
    return (
        request.param,
        practice,
        load_file(practice, EXPORTS / expected.file, loaded_at=LOADED_AT),
    )


def test_a_known_export_loads_as_the_sessions_that_were_held(loaded: Loaded) -> None:
    name, practice, receipt = loaded
    expected = KNOWN[name]
    assert receipt.mapping == name
    assert receipt.n_skipped == expected.skipped
    assert receipt.n_quarantined == 0
    n_sessions = len(expected.started_at)
    assert receipt.n_accepted + receipt.n_unchanged == n_sessions + expected.n_lines_of_one_session

    sessions = ask_store(practice, "select * from sessions order by started_at")
    assert tuple(sessions["started_at"].dt.strftime("%Y-%m-%d %H:%M")) == expected.started_at
    assert sessions["client_id"].nunique() == expected.n_clients
    assert sessions["therapist_id"].nunique() == expected.n_therapists
    lengths = (sessions["ended_at"] - sessions["started_at"]).dropna().dt.total_seconds()
    assert set(lengths) == {60 * minutes for minutes in expected.minutes}


def test_nothing_of_a_known_export_that_names_anyone_reaches_the_store(loaded: Loaded) -> None:
    name, practice, receipt = loaded
    content = practice.store.read_bytes().lower()
    for text in (b"invented", b"@example", b"example.org", b"neck, left", b"pat example"):
        assert text not in content
    named = {"Notes", "Phone", "First Name", "notes_text", "Invitee Name", "Appointment Notes"}
    table = read_table(EXPORTS / KNOWN[name].file, is_header=lambda row: recognise(row) is not None)
    assert named & set(table.columns) <= set(receipt.dropped_columns)


def test_a_known_export_loaded_again_changes_nothing(loaded: Loaded) -> None:
    name, practice, _ = loaded
    before = practice.store.read_bytes()
    assert load_file(practice, EXPORTS / KNOWN[name].file, loaded_at=LOADED_AT).already_loaded
    assert practice.store.read_bytes() == before


def test_ids_that_a_spreadsheet_rounded_are_refused_with_the_way_to_export_again(
    tmp_path: Path,
) -> None:
    practice = empty_practice(tmp_path, "Australia/Melbourne")
    with pytest.raises(UnreadableFileError, match="Export the file again"):
        load_file(practice, EXPORTS / "cliniko_saved_from_a_spreadsheet.csv", loaded_at=LOADED_AT)
    assert not practice.store.exists()
