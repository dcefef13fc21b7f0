"""Someone asks to be forgotten: no row, no byte, no way back by an old file."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from factories import (
    KEY,
    ask_store,
    copied,
    days_after,
    empty_practice,
    follow_up,
    load_text,
    make_practice,
    note,
    session,
    write_rows,
)

from nmt_analytics.errors import NoDataError, SettingsError
from nmt_analytics.intake.forgetting import (
    CLIENT_WAS_FORGOTTEN,
    find_traces,
    forget_rows,
    let_return,
)
from nmt_analytics.intake.load import load_file
from nmt_analytics.intake.pseudonyms import Key, pseudonym
from nmt_analytics.outcomes.ledger import ledger_at, ledger_beside
from nmt_analytics.practice import Practice
from nmt_analytics.schedule.forgetting import forget, what_is_left
from nmt_analytics.schema import FOLLOW_UPS, SESSIONS
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import Store
from nmt_analytics.store.rewriting import rewritten

GONE, STAYS = "C3", "C4"
CLIENT = pseudonym(Key(bytes.fromhex(KEY)), "client", GONE)
SESSION = pseudonym(Key(bytes.fromhex(KEY)), "session", "S3")


def rows_of(numbers: range) -> list[dict[str, object]]:
    return [session(n, condition="ischemia", pain_before=8, pain_after=n % 5) for n in numbers]


@pytest.fixture
def practice(loaded: Settings, tmp_path: Path) -> Settings:
    return copied(loaded, tmp_path)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Thirty clients, each with a session, a note, a check-in by session and one by client."""
    by_client = {"session_id": None, "asked_at": days_after(2), "answered_at": days_after(2)}
    return make_practice(
        tmp_path_factory.mktemp("forgetting"),
        rows_of(range(1, 31)),
        [follow_up(n, soreness=2) for n in range(1, 31)]
        + [follow_up(f"B{n}", **by_client, client_id=f"C{n}", pain=1) for n in range(1, 31)],
        [note(n, stress_level="low") for n in range(1, 31)],
    )


def rows_in(settings: Settings) -> dict[str, int]:
    tables = ("sessions", "session_notes", "follow_ups")
    return {
        name: int(ask_store(settings, f"select count(*) as n from {name}")["n"][0])
        for name in tables
    }


def bytes_beside(settings: Settings) -> bytes:
    return b"".join(p.read_bytes() for p in settings.store.parent.iterdir() if p.is_file())


def holds(content: bytes, identity: UUID) -> bool:
    """Whether a UUID stands in it in any form: as DuckDB keeps it, as bytes, as text."""
    stored = (identity.int ^ (1 << 127)).to_bytes(16, "little")
    texts = (str(identity).encode(), identity.hex.encode())
    return any(each in content for each in (stored, identity.bytes, identity.bytes_le, *texts))


def test_every_row_of_the_client_goes_and_all_others_stay(practice: Settings) -> None:
    traces = find_traces(practice, f" {GONE} ")
    assert traces.n_rows == {"sessions": 1, "session_notes": 1, "follow_ups": 2}
    assert traces.file_names == ("follow_ups.csv", "session_notes.csv", "sessions.csv")
    forget_rows(practice, traces)
    assert rows_in(practice) == {"sessions": 29, "session_notes": 29, "follow_ups": 58}
    with pytest.raises(NoDataError, match="Nobody is known"):
        find_traces(practice, GONE)
    assert find_traces(practice, STAYS).n_rows["sessions"] == 1


def test_no_byte_of_the_client_is_left_in_any_version_of_the_store(practice: Settings) -> None:
    before = bytes_beside(practice)
    assert holds(before, CLIENT) and holds(before, SESSION)
    assert practice.store.with_name("practice.duckdb.previous").exists()
    forget_rows(practice, find_traces(practice, GONE))
    after = bytes_beside(practice)
    assert not holds(after, CLIENT) and not holds(after, SESSION)
    assert holds(after, pseudonym(Key(bytes.fromhex(KEY)), "client", STAYS))
    assert not practice.store.with_name("practice.duckdb.previous").exists()
    assert practice.store.stat().st_mode & 0o777 == 0o600


def test_the_store_is_as_if_the_client_had_never_been_loaded(
    practice: Settings, tmp_path: Path
) -> None:
    forget_rows(practice, find_traces(practice, GONE))
    others = [n for n in range(1, 31) if n != 3]
    never = make_practice(
        tmp_path / "never",
        [row for row in rows_of(range(1, 31)) if row["client_id"] != GONE],
        [follow_up(n, soreness=2) for n in others]
        + [
            follow_up(f"B{n}", session_id=None, asked_at=days_after(2),
                      answered_at=days_after(2), client_id=f"C{n}", pain=1)
            for n in others
        ],
        [note(n, stress_level="low") for n in others],
    )  # fmt: skip
    assert Store(practice.store).info()["content_hash"] == Store(never.store).info()["content_hash"]
    numbers = [
        [Practice(each).outcome(metric).data.rows for metric in ("clients", "pain_change")]
        for each in (practice, never)
    ]
    assert numbers[0] == numbers[1]


def test_an_old_file_does_not_bring_the_client_back(practice: Settings, tmp_path: Path) -> None:
    forget_rows(practice, find_traces(practice, GONE))
    again = write_rows(tmp_path / "again.csv", SESSIONS, rows_of(range(1, 32)))
    receipt = load_file(practice, again)
    assert receipt.n_skipped == {CLIENT_WAS_FORGOTTEN: 1}
    assert (receipt.n_unchanged, receipt.n_accepted) == (29, 1)
    # A check-in that names only the session says whose it is as well.
    answers = write_rows(
        tmp_path / "answers.csv",
        FOLLOW_UPS,
        [follow_up(n, follow_up_id=f"X{n}", answered_at=days_after(3)) for n in (3, 5)],
    )
    receipt = load_file(practice, answers)
    assert (receipt.n_skipped, receipt.n_accepted) == ({CLIENT_WAS_FORGOTTEN: 1}, 1)
    assert not holds(bytes_beside(practice), CLIENT)
    assert not holds(bytes_beside(practice), SESSION)


def test_a_client_who_returns_is_taken_in_anew_and_the_past_stays_forgotten(
    practice: Settings, tmp_path: Path
) -> None:
    forget_rows(practice, find_traces(practice, GONE))
    let_return(practice, GONE)
    anew = [
        *rows_of(range(1, 31)),
        session(99, client_id=GONE, started_at="2026-08-04 10:00", ended_at="2026-08-04 11:00"),
    ]
    receipt = load_file(practice, write_rows(tmp_path / "anew.csv", SESSIONS, anew))
    assert (receipt.n_skipped, receipt.n_accepted) == ({CLIENT_WAS_FORGOTTEN: 1}, 1)
    assert find_traces(practice, GONE).n_rows == {"sessions": 1}
    assert not holds(bytes_beside(practice), SESSION)


def test_a_client_whom_several_columns_name_is_typed_with_a_plus_between(tmp_path: Path) -> None:
    practice, _ = load_text(
        tmp_path,
        "First,Last,When\nAnn,Abel,2026-07-01 10:00\nAnn,Bell,2026-07-01 12:00\n",
        """
        table = "sessions"
        [columns]
        client_id = ["First", "Last"]
        started_at = "When"
        """,
    )
    with pytest.raises(NoDataError, match="Ann \\+ Abel"):
        find_traces(practice, "Ann Abel")
    traces = find_traces(practice, "ann +  ABEL")
    assert traces.n_rows == {"sessions": 1}
    forget(practice, traces)
    assert find_traces(practice, "Ann+Bell").n_rows == {"sessions": 1}
    let_return(practice, "Ann + Abel")
    done = practice.inbox / "done"
    done.mkdir(parents=True)
    (done / "a.csv").write_text("First,Last\nANN,Abel\n", encoding="utf-8")
    (done / "b.csv").write_text("First,Last\nAnn,Bell\n", encoding="utf-8")
    told = what_is_left(practice, traces, "Ann + Abel")
    assert "  inbox/done/a.csv" in told and "  inbox/done/b.csv" not in told


def test_only_who_was_forgotten_can_return(practice: Settings) -> None:
    with pytest.raises(NoDataError, match="Nobody of that identifier was forgotten"):
        let_return(practice, STAYS)
    assert rows_in(practice)["sessions"] == 30
    practice.key_file.write_text("11" * 32 + "\n", encoding="ascii")
    with pytest.raises(SettingsError, match="not the key"):
        let_return(practice, GONE)


def test_the_ledger_forgets_too(practice: Settings) -> None:
    ledger_at.cache_clear()
    ledger = ledger_at(ledger_beside(practice.store))
    ledger.note("scope", ledger.hashed([(str(CLIENT), "1"), ("other", "1")]))
    ledger.commit()
    forget(practice, find_traces(practice, GONE))
    (kept,) = json.loads(ledger.path.read_text("utf-8"))["sets"]["scope"]
    assert set(kept) == set(ledger.hashed([("other", "1")]))


def test_another_key_forgets_nobody(practice: Settings) -> None:
    practice.key_file.write_text("11" * 32 + "\n", encoding="ascii")
    with pytest.raises(SettingsError, match="not the key"):
        find_traces(practice, GONE)


def test_a_practice_without_data_has_nobody_to_forget(tmp_path: Path) -> None:
    with pytest.raises(NoDataError):
        find_traces(empty_practice(tmp_path), GONE)


def test_files_and_pages_are_listed_for_the_owner_to_judge(practice: Settings) -> None:
    done = practice.inbox / "done"
    done.mkdir()
    (done / "old.csv").write_text("client_id\nC3\n", encoding="utf-16")
    (done / "other.csv").write_text("client_id\nC31\nC33\n", encoding="utf-8")
    page = practice.reports / "quarterly_outcomes" / "2026Q3"
    page.mkdir(parents=True)
    for name in ("manifest.json", "report.html"):
        (page / name).write_text("{}", encoding="utf-8")
    lines = what_is_left(practice, find_traces(practice, GONE), GONE)
    told = "\n".join(lines)
    assert "inbox/done/old.csv" in told and "other.csv" not in told
    assert "inbox/sessions.csv" in told
    assert "reports/quarterly_outcomes/2026Q3/report.html" in told
    assert GONE not in told.replace("CSV", "")


# Killed, and typed


KILLED = """
import sys, time
from pathlib import Path
from nmt_analytics.intake import forgetting
from nmt_analytics.settings import read_settings
from nmt_analytics.store import files
settings = read_settings(Path(sys.argv[1]))
def stop(*args):
    print("here", flush=True)
    time.sleep(60)
place = {"half way": (forgetting, "_mark"), "written": (files, "flush"),
         "replaced": (files, "confirm_replacement")}[sys.argv[2]]
setattr(*place, stop)
forgetting.forget_rows(settings, forgetting.find_traces(settings, "C3"))
"""


@pytest.mark.parametrize("place", ["half way", "written", "replaced"])
def test_whoever_is_killed_has_the_old_store_or_the_new_one(practice: Settings, place: str) -> None:
    before = practice.store.read_bytes()
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(practice.folder), place],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        os.kill(process.pid, signal.SIGKILL)
    if place == "replaced":
        assert rows_in(practice)["sessions"] == 29
    else:
        assert practice.store.read_bytes() == before
        forget_rows(practice, find_traces(practice, GONE))
    assert not holds(bytes_beside(practice), CLIENT)
    left = {path.name for path in practice.store.parent.iterdir() if path.is_file()}
    assert left == {"practice.duckdb", "practice.duckdb.lock"}


def test_what_fails_half_way_changes_nothing(practice: Settings) -> None:
    before = bytes_beside(practice)
    with pytest.raises(ZeroDivisionError), rewritten(practice.store):
        raise ZeroDivisionError
    assert bytes_beside(practice) == before


def test_the_command_asks_for_the_identifier_and_repeats_it_nowhere(
    practice: Settings, type_in
) -> None:
    printed = type_in(practice.folder, "forget", answers=f"{GONE}\ny\n")
    assert printed.code == 0
    assert GONE not in printed.out + printed.err
    assert "1 sessions, 1 notes, 2 check-ins" not in printed.out
    assert "The store holds" in printed.err and "Forgotten" in printed.out
    assert rows_in(practice)["sessions"] == 29


def test_the_command_changes_nothing_unless_it_is_told_to(practice: Settings, type_in) -> None:
    def forget_typed(answers: str, *options: str):
        return type_in(practice.folder, "forget", *options, answers=answers)

    assert forget_typed(f"{GONE}\nn\n").code == 2
    assert forget_typed("\n").code == 2
    unknown = forget_typed("nobody\n", "--yes")
    assert unknown.code == 16
    assert "Nobody is known" in unknown.err
    assert rows_in(practice)["sessions"] == 30
    assert forget_typed(f"{GONE}\n", "--yes").code == 0
    assert rows_in(practice)["sessions"] == 29
    returned = forget_typed(f"{GONE}\n", "--returns")
    assert returned.code == 0
    assert "taken in again" in returned.out
