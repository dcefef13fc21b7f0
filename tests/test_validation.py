"""Row rules: every rule refuses its example and lets its neighbour pass, by name and line.

One row is written per value, so that each rule is seen alone:

| written              | read as          |
|----------------------|------------------|
| 7, 07, 7.0           | 7                |
| 5.5  3,5  nan  0x5   | refused          |
| 5e0  １  1_0  half   | refused          |
| 11, -1               | refused: range   |
| Too Light, too-light | too_light        |
| Yes, N, TRUE, 0      | yes, no, yes, no |
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from factories import (
    LOADED_AT,
    Row,
    ask_store,
    empty_practice,
    follow_up,
    make_practice,
    session,
    write_rows,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt_analytics.errors import UnreadableFileError
from nmt_analytics.intake.identity import find_identity
from nmt_analytics.intake.load import check_file, load_file
from nmt_analytics.intake.local_days import local_days
from nmt_analytics.intake.receipt import Receipt
from nmt_analytics.intake.rules import RULES
from nmt_analytics.schema import FACTS, FOLLOW_UPS, SESSIONS, Table
from nmt_analytics.settings import read_settings

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")


def load_rows(
    folder: Path, of: Table, rows: Sequence[Row], time_zone: str = "UTC", extra: str = ""
) -> Receipt:
    """The receipt of a canonical file with these rows, loaded into a new practice."""
    practice = empty_practice(folder, time_zone, extra)
    path = write_rows(folder / f"{of.name}.csv", of, rows)
    return load_file(practice, path, loaded_at=LOADED_AT)


def stored(folder: Path, sql: str) -> pd.DataFrame:
    """The rows of one SELECT on the store of the practice in `folder`."""
    return ask_store(read_settings(folder), sql)


# rule → table, the row that breaks it, the column at fault, a row that is just right
EXAMPLES: dict[str, tuple[Table, Row, str, Row]] = {
    "conformance.time": (
        SESSIONS,
        session(1, started_at="07/01/2026 10:00"),
        "started_at",
        session(2, started_at="2026-7-1T10:00:00.5"),
    ),
    "conformance.time_skipped": (
        SESSIONS,
        session(1, started_at="2026-03-08 02:30", ended_at=None),
        "started_at",
        session(2, started_at="2026-03-08 03:00", ended_at=None),
    ),
    "conformance.whole_number": (
        SESSIONS,
        session(1, pain_before="5.5"),
        "pain_before",
        session(2, pain_before="5.0"),
    ),
    "conformance.range": (
        SESSIONS,
        session(1, pain_before=11),
        "pain_before",
        session(2, pain_before=10),
    ),
    "conformance.word": (
        SESSIONS,
        session(1, stress_level="lowish"),
        "stress_level",
        session(2, stress_level=" Low"),
    ),
    "conformance.yes_no": (
        SESSIONS,
        session(1, pressure_adjusted="perhaps"),
        "pressure_adjusted",
        session(2, pressure_adjusted="NO"),
    ),
    "conformance.short_words": (
        SESSIONS,
        session(1, body_region="neck; she cried"),
        "body_region",
        session(2, body_region="Neck/upper back - left_side"),
    ),
    "completeness.required": (SESSIONS, session(1, client_id="  "), "client_id", session(2)),
    "completeness.client_or_session": (
        FOLLOW_UPS,
        follow_up(1, session_id=None),
        "client_id",
        follow_up(2, session_id=None, client_id="C2"),
    ),
    "completeness.asked_or_answered": (
        FOLLOW_UPS,
        follow_up(1, asked_at=None, answered_at=None),
        "asked_at",
        follow_up(2, asked_at=None, pain=3),
    ),
    "completeness.answered_at": (
        FOLLOW_UPS,
        follow_up(1, answered_at=None, pain=3),
        "answered_at",
        follow_up(2, answered_at=None),
    ),
    "plausibility.year": (
        SESSIONS,
        session(1, started_at="1989-12-31 23:00", ended_at=None),
        "started_at",
        session(2, started_at="1990-01-01 00:00", ended_at=None),
    ),
    "plausibility.future": (
        SESSIONS,
        session(1, started_at="2026-10-26 06:01", ended_at=None),
        "started_at",
        session(2, started_at="2026-10-26 01:59", ended_at=None),
    ),
    "plausibility.ended_before_started": (
        SESSIONS,
        session(1, ended_at="2026-07-01 09:59"),
        "ended_at",
        session(2, ended_at="2026-07-01 10:00"),
    ),
    "plausibility.session_length": (
        SESSIONS,
        session(1, ended_at="2026-07-02 10:01"),
        "ended_at",
        session(2, ended_at="2026-07-02 10:00"),
    ),
    "plausibility.answered_before_asked": (
        FOLLOW_UPS,
        follow_up(1, answered_at="2026-07-02 10:59"),
        "answered_at",
        follow_up(2, answered_at="2026-07-02 11:00"),
    ),
}

# Rules that no single row can show: broken records and two rows of one key.
BROKEN_TEXTS: dict[str, tuple[str, int]] = {
    "record.too_many_cells": ("C1,2026-07-01 10:00,3,4\n", 2),
    "record.too_few_cells": ("C1,2026-07-01 10:00\n", 2),
    "record.unclosed_quote": ('C1,"2026-07-01 10:00,3\nC2,2026-07-01 11:00,3\n', 2),
    "record.stray_quote": ('C1,"2026"-07-01 10:00,3\n', 2),
    "plausibility.key_twice": ("C1,2026-07-01 10:00,3\nC1,2026-07-01 10:00,4\n", 2),
}


def test_every_rule_has_its_example_here() -> None:
    assert set(EXAMPLES) | set(BROKEN_TEXTS) == set(RULES)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Receipt]:
    """The receipt of each table's file, in which every rule has its example and its neighbour."""
    receipts = {}
    for of in (SESSIONS, FOLLOW_UPS):
        rows = [
            row | {of.key: f"{rule} {kind}"}
            for rule, (_, broken, _, right) in rules_of(of).items()
            for kind, row in (("right", right), ("broken", broken))
        ]
        folder = tmp_path_factory.mktemp(of.name)
        receipts[of.name] = load_rows(folder, of, rows, time_zone="America/New_York")
    return receipts


def rules_of(of: Table) -> dict[str, tuple[Table, Row, str, Row]]:
    return {rule: example for rule, example in EXAMPLES.items() if example[0] is of}


@pytest.mark.parametrize("rule", EXAMPLES)
def test_a_rule_refuses_its_example_and_lets_the_neighbour_pass(
    judged: dict[str, Receipt], rule: str
) -> None:
    of, _, column, _ = EXAMPLES[rule]
    receipt, rules = judged[of.name], list(rules_of(of))
    line = 3 + 2 * rules.index(rule)
    at_fault = [(each.rule, each.column) for each in receipt.problems if line in each.lines]
    assert at_fault == [(rule, column)]
    assert receipt.quarantined == dict.fromkeys(rules, 1)
    n = len(rules)
    assert (receipt.n_read, receipt.n_accepted, receipt.n_quarantined) == (2 * n, n, n)


@pytest.mark.parametrize("rule", BROKEN_TEXTS)
def test_a_broken_record_is_refused_alone(tmp_path: Path, rule: str) -> None:
    text, line = BROKEN_TEXTS[rule]
    practice = empty_practice(tmp_path)
    path = tmp_path / "sessions.csv"
    last = "C9,2026-07-09 10:00,3\n"
    path.write_text(f"client_id,started_at,pain_before\n{text}{last}")
    receipt = load_file(practice, path, loaded_at=LOADED_AT)
    assert set(receipt.quarantined) == {rule}
    assert receipt.problems[0].lines[0] == line
    assert receipt.adds_up
    days = ask_store(practice, "select local_on::varchar as d from sessions")["d"].tolist()
    assert "2026-07-09" in days


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_a_rule_is_named_in_the_fields_words_and_says_how_to_mend(rule) -> None:  # type: ignore[no-untyped-def]
    kind, _, name = rule.name.partition(".")
    assert kind in ("record", "conformance", "completeness", "plausibility")
    assert name.replace("_", "").isalpha()
    assert rule.mend.endswith(".")
    assert not rule.fault.endswith(".")


SCORES = {
    "0": 0,
    "10": 10,
    "7": 7,
    " 7 ": 7,
    "07": 7,
    "7.0": 7,
    "+7": 7,
    "": None,
    "   ": None,
}
NO_SCORES = ("5.5", "3,5", "nan", "0x5", "5e0", "５", "1_0", "half", "6-7", "7/10", "٧", "∞", "-")
OUT_OF_RANGE = ("11", "-1", "100", "99999")


def scores_of(folder: Path, texts: list[str]) -> tuple[Receipt, dict[int, int | None]]:
    """The receipt, and what was stored by line, of sessions with these texts as a score."""
    rows = [session(n, pain_before=text) for n, text in enumerate(texts)]
    receipt = load_rows(folder, SESSIONS, rows)
    refused = {line for problem in receipt.problems for line in problem.lines}
    found = stored(folder, "select pain_before from sessions order by rowid")["pain_before"]
    values = [
        None if is_empty else int(value)
        for is_empty, value in zip(found.isna(), found, strict=True)
    ]
    lines = [line for line in range(2, 2 + len(texts)) if line not in refused]
    return receipt, dict(zip(lines, values, strict=True))


def test_scores_are_whole_numbers_from_0_to_10(tmp_path: Path) -> None:
    texts = [*SCORES, *NO_SCORES[:9]]
    receipt, stored = scores_of(tmp_path, texts)
    assert list(stored.values()) == list(SCORES.values())
    assert receipt.quarantined == {"conformance.whole_number": 9}


def test_scores_in_other_digits_or_out_of_range_are_refused(tmp_path: Path) -> None:
    texts = [*NO_SCORES[9:], *OUT_OF_RANGE]
    receipt, stored = scores_of(tmp_path, texts)
    assert stored == {}
    assert receipt.quarantined == {
        "conformance.whole_number": len(NO_SCORES[9:]),
        "conformance.range": len(OUT_OF_RANGE),
    }


def test_words_are_folded_to_the_vocabulary(tmp_path: Path) -> None:
    rows = [
        session(1, pressure_felt="Too Light", condition="Muscle-Spasm"),
        session(2, pressure_felt="too-light", condition=" muscle  spasm"),
        session(3, pressure_felt="TOO_LIGHT", condition="frozen shoulder"),
    ]
    extra = '[vocabulary]\nextra_conditions = ["frozen_shoulder"]'
    assert load_rows(tmp_path, SESSIONS, rows, extra=extra).n_accepted == 3
    found = stored(tmp_path, "select condition, pressure_felt from sessions order by rowid")
    assert found["pressure_felt"].tolist() == ["too_light"] * 3
    assert found["condition"].tolist() == ["muscle_spasm", "muscle_spasm", "frozen_shoulder"]


def test_yes_and_no_are_read_in_their_usual_spellings(tmp_path: Path) -> None:
    texts = ["Yes", "y", "TRUE", "1", "No", "n", "false", "0", ""]
    rows = [session(n, pressure_adjusted=text) for n, text in enumerate(texts)]
    assert load_rows(tmp_path, SESSIONS, rows).n_accepted == 9
    found = stored(tmp_path, "select pressure_adjusted as is_yes from sessions order by rowid")[
        "is_yes"
    ]
    assert found[:8].tolist() == [True] * 4 + [False] * 4
    assert found.isna().tolist() == [False] * 8 + [True]


def test_a_record_that_breaks_several_rules_is_counted_once(tmp_path: Path) -> None:
    row = session(1, pain_before=11, stress_level="?", ended_at="2026-06-30 10:00")
    receipt = load_rows(tmp_path, SESSIONS, [row, session(2)])
    assert receipt.n_quarantined == 1
    assert receipt.quarantined == {
        "conformance.range": 1,
        "conformance.word": 1,
        "plausibility.ended_before_started": 1,
    }
    found = stored(tmp_path, "select line, column_name, rule from quarantine order by rule")
    assert found.values.tolist() == [
        [2, "pain_before", "conformance.range"],
        [2, "stress_level", "conformance.word"],
        [2, "ended_at", "plausibility.ended_before_started"],
    ]


def test_identical_records_are_one_row_and_contradicting_ones_none(tmp_path: Path) -> None:
    rows = [
        session(1),
        session(1),
        session(2, pain_before=3),
        session(2, pain_before=4),
        session(2, pain_before=4),
        session(3),
    ]
    receipt = load_rows(tmp_path, SESSIONS, rows)
    assert (receipt.n_accepted, receipt.n_unchanged, receipt.n_quarantined) == (2, 1, 3)
    assert receipt.problems[0].lines == (4, 5, 6)


def test_a_refused_twin_does_not_take_the_right_record_with_it(tmp_path: Path) -> None:
    receipt = load_rows(tmp_path, SESSIONS, [session(1, pain_before=11), session(1, pain_before=1)])
    assert receipt.n_accepted == 1
    assert receipt.quarantined == {"conformance.range": 1}


def test_nothing_is_ever_repeated_from_a_refused_row(tmp_path: Path) -> None:
    secret = "Xanthippe"
    row = session(1, **{c.name: secret for c in SESSIONS.file_columns if c.name != "body_region"})
    receipt = load_rows(tmp_path, SESSIONS, [row])
    assert receipt.n_quarantined == 1
    listed = (tmp_path / "data" / "quarantine" / "sessions.csv").read_text()
    assert secret not in "\n".join(receipt.lines()) + listed + str(receipt)
    assert secret.encode() not in (tmp_path / "data" / "practice.duckdb").read_bytes()
    assert listed.splitlines()[0] == "line,column,rule,what is wrong,how to mend it"
    assert "2,stress_level,conformance.word," in listed


# ---------------------------------------------------------------------------------- unknown words


UNKNOWN = (
    ("stress_level", "hihg", "high"),
    ("stress_level", "Moderat ", "moderate"),
    ("activity_level", "medium", "moderate"),
    ("condition", "muscle spasms", "muscle_spasm"),
    ("condition", "frozn sholder", "frozen_shoulder"),
    ("nutrient_shortfall", "magnesum", "magnesium"),
    ("pressure_felt", "too hard", "too_strong"),
    ("stress_level", "Jane Miller", ""),
)
"""Column, what stands in it, and the word that was meant, one a record."""


def test_an_unknown_word_is_refused_with_the_nearest_one_known(tmp_path: Path) -> None:
    extra = '[vocabulary]\nextra_conditions = ["frozen_shoulder"]'
    practice = empty_practice(tmp_path, extra=extra)
    rows = [session(n, **{name: text}) for n, (name, text, _) in enumerate(UNKNOWN)]
    path = write_rows(tmp_path / "sessions.csv", SESSIONS, [*rows, session(99)])
    checked = check_file(practice, path)
    receipt = load_file(practice, path, loaded_at=LOADED_AT)
    listed = (tmp_path / "data" / "quarantine" / "sessions.csv").read_text().replace('""', '"')
    assert receipt.n_accepted == 1
    for line, (name, text, meant) in enumerate(UNKNOWN, start=2):
        for problems in (checked.problems, receipt.problems):
            (problem,) = [each for each in problems if line in each.lines]
            assert (problem.column, problem.nearest) == (name, meant)
        (told,) = [each for each in receipt.lines() if f"line {line}, column {name}:" in each]
        (kept,) = [each for each in listed.splitlines() if each.startswith(f"{line},{name},")]
        for said in (told, kept):
            assert (f'Did you mean "{meant}"?' in said) == ("Did you mean" in said) == bool(meant)
        assert text.strip() not in "\n".join(receipt.lines()) + listed


def test_each_unknown_word_is_suggested_its_own(tmp_path: Path) -> None:
    words = ["hihg", "lwo", "hgih", "qqq"]
    rows = [session(number, stress_level=word) for number, word in enumerate(words)]
    receipt = load_rows(tmp_path, SESSIONS, rows)
    found = {problem.nearest: problem.lines for problem in receipt.problems}
    assert found == {"high": (2, 4), "low": (3,), "": (5,)}
    assert (receipt.n_quarantined, receipt.quarantined) == (4, {"conformance.word": 4})


def test_names_in_a_column_of_words_suggest_nothing(tmp_path: Path) -> None:
    """Hundreds of different words are not misspelt levels."""
    letters = [chr(97 + number // 26) + chr(97 + number % 26) for number in range(300)]
    rows = [session(number, stress_level=f"high{word}") for number, word in enumerate(letters)]
    (problem,) = load_rows(tmp_path, SESSIONS, rows).problems
    assert (problem.n_records, problem.nearest) == (300, "")


# ------------------------------------------------------------------------------------- times


TIMES = {
    "2026-07-01 10:00": "2026-07-01 14:00:00",
    "2026-07-01T10:00:30": "2026-07-01 14:00:30",
    "2026-07-01 10:00Z": "2026-07-01 10:00:00",
    "2026-07-01T10:00:00+02:00": "2026-07-01 08:00:00",
    "2026-07-01 10:00:00 -0330": "2026-07-01 13:30:00",
    "2026-01-01 23:30-05": "2026-01-02 04:30:00",
    "2024-02-29 10:00": "2024-02-29 15:00:00",
}
NO_TIMES = (
    "2026-02-30 10:00",
    "2025-02-29 10:00",
    "2026-07-01",
    "10:00",
    "2026-07-01 25:00",
    "1/7/26 9:00",
    "infinity",
    "2026-07-01 10:00 PST",
    "20260701 1000",
    "2026-07-01 10:00 pm",
    "46204.5",
)


def test_times_become_utc(tmp_path: Path) -> None:
    rows = [
        session(n, started_at=text, ended_at=None, pain_before=n) for n, text in enumerate(TIMES)
    ]
    practice = make_practice(tmp_path, rows, time_zone="America/New_York")
    found = ask_store(
        practice,
        "select started_at::varchar as at, local_on::varchar as d from sessions "
        "order by pain_before",
    )
    moments = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in TIMES.values()]
    local = [moment.astimezone(practice.zone).date().isoformat() for moment in moments]
    assert found["at"].tolist() == list(TIMES.values())
    assert found["d"].tolist() == local


def test_what_is_no_date_and_time_is_refused(tmp_path: Path) -> None:
    rows = [session(n, started_at=text, ended_at=None) for n, text in enumerate(NO_TIMES)]
    receipt = load_rows(tmp_path, SESSIONS, rows)
    assert receipt.quarantined == {"conformance.time": len(NO_TIMES)}
    assert receipt.n_quarantined == len(NO_TIMES)


def convert(local: datetime, zone_name: str) -> datetime | None:
    """What the day table makes of a local time: UTC, or None when the clocks skipped it."""
    days = local_days(zone_name, 2030)
    row = int((local.date() - date(1990, 1, 1)).days)
    assert days["day"][row] == np.datetime64(local.date())
    moment = np.datetime64(local)
    if days["skipped_from"][row] <= moment < days["changes_at"][row]:
        return None
    later = moment >= days["changes_at"][row]
    offset = days["later_offset_seconds" if later else "offset_seconds"][row]
    return local - timedelta(seconds=int(offset))


@settings(max_examples=400, deadline=None)
@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2030, 12, 31)),
    st.sampled_from((*ZONES, "Africa/Casablanca", "America/Sao_Paulo", "Pacific/Apia")),
)
def test_the_day_table_agrees_with_zoneinfo(local: datetime, zone_name: str) -> None:
    assert_as_zoneinfo(local.replace(microsecond=0), zone_name)


@pytest.mark.parametrize("zone_name", [*ZONES, "America/Sao_Paulo", "Pacific/Apia"])
def test_the_day_table_agrees_around_every_change_of_the_clocks(zone_name: str) -> None:
    days = local_days(zone_name, 2030)
    changes = {
        moment.astype("datetime64[s]").astype(datetime)
        for name in ("changes_at", "skipped_from")
        for moment in days[name]
        if not np.isnat(moment)
    }
    assert bool(changes) == (zone_name not in ("UTC", "Asia/Kolkata"))
    for moment in changes:
        for minutes in (-1501, -90, -61, -60, -31, -1, 0, 1, 29, 30, 59, 60, 61, 90, 1501):
            assert_as_zoneinfo(moment + timedelta(minutes=minutes), zone_name)


def assert_as_zoneinfo(local: datetime, zone_name: str) -> None:
    """PEP 495: fold=0 is the first of two; what does not come back does not exist."""
    zone = ZoneInfo(zone_name)
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    exists = moment.astimezone(zone).replace(tzinfo=None) == local
    found = convert(local, zone_name) if local.year in range(1990, 2031) else None
    if local.year in range(1990, 2031):
        assert found == (moment.replace(tzinfo=None) if exists else None), (local, zone_name)


def test_a_time_that_the_clocks_showed_twice_is_the_first(tmp_path: Path) -> None:
    practice = make_practice(
        tmp_path,
        [session(1, started_at="2025-11-02 01:30", ended_at="2025-11-02 02:30")],
        time_zone="America/New_York",
    )
    found = ask_store(
        practice, "select started_at::varchar as s, ended_at::varchar as e from sessions"
    )
    assert found.values.tolist() == [["2025-11-02 05:30:00", "2025-11-02 07:30:00"]]


# ---------------------------------------------------------------------------------- identity


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("anna@example.org", "an e-mail address"),
        ("left arm, see www.example.org", "a web address"),
        ("https://zoom.us/j/1", "a web address"),
        ("10.0.0.17", "an IP address"),
        ("2001:db8::1", "an IP address"),
        ("+1 212 555 2368", "a phone number"),
        ("born 3/5/1980", "a date"),
        ("1980-05-03", "a date"),
        ("3 May 1980", "a date"),
        ("may 3, 1980", "a date"),
        ("born 03-may-80", "a date"),
        ("555 1234", "a long number"),
        ("4111 1111 1111 1111", "a long number"),
        ("neck", None),
        ("L4/L5 disc - left", None),
        ("hip 2", None),
        ("march tendon 12", None),
        ("T1-T12", None),
        ("Schulter-Nacken", None),
    ],
)
def test_what_tells_who_somebody_is_is_found(text: str, kind: str | None) -> None:
    assert find_identity(text) == kind


@pytest.mark.parametrize("column", ["body_region", "condition", "stress_level"])
def test_an_identity_in_a_stored_column_refuses_the_file(tmp_path: Path, column: str) -> None:
    rows = [session(1), session(2, **{column: "anna@example.org"})]
    with pytest.raises(UnreadableFileError) as caught:
        load_rows(tmp_path, SESSIONS, rows)
    said = str(caught.value)
    assert f"sessions.csv, line 3, column {column}: this looks like an e-mail address" in said
    assert "anna" not in said
    assert not (tmp_path / "data" / "practice.duckdb").exists()


def test_a_column_of_many_different_texts_is_taken_for_names(tmp_path: Path) -> None:
    names = ["".join(chr(97 + int(d)) for d in str(n)) for n in range(201)]
    rows = [session(n, body_region=name) for n, name in enumerate(names)]
    assert load_rows(tmp_path / "few", SESSIONS, rows[:200]).n_accepted == 200
    with pytest.raises(UnreadableFileError, match="more than 200 different texts look like"):
        load_rows(tmp_path / "many", SESSIONS, rows)


@pytest.mark.parametrize("of", FACTS, ids=lambda of: of.name)
@pytest.mark.parametrize("rounded", ["1.01E+18", "1E+18", "1010000000000000000"])
def test_ids_that_a_spreadsheet_rounded_refuse_the_file(
    tmp_path: Path, of: Table, rounded: str
) -> None:
    moment = {"sessions": "started_at", "session_notes": "noted_at"}.get(of.name, "asked_at")
    fine = {"client_id": "10E4-B", moment: "2026-07-01 10:00"}
    rows = [{"client_id": rounded, moment: f"2026-07-0{day} 10:00"} for day in (1, 2)]
    with pytest.raises(UnreadableFileError, match=r"line 3, column client_id.*rounded the ids"):
        load_rows(tmp_path, of, [fine, *rows])


@pytest.mark.parametrize(
    "ids", [("3E21", "12E+4B"), ("1010000000000000000", "1010000000000000001")]
)
def test_ids_that_only_look_like_numbers_are_fine(tmp_path: Path, ids: tuple[str, str]) -> None:
    rows = [session(n, client_id=each) for n, each in enumerate(ids)]
    assert load_rows(tmp_path, SESSIONS, rows).n_accepted == 2


def test_the_receipt_speaks_of_lines_columns_and_remedies(tmp_path: Path) -> None:
    rows = [session(n, pain_before=11 if n < 12 else 1) for n in range(20)]
    receipt = load_rows(tmp_path, SESSIONS, rows)
    assert receipt.lines() == [
        "sessions.csv: 20 records read: 8 new, 12 refused.",
        "  refused (conformance.range): sessions.csv, lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 "
        "more, column pain_before: outside the range of this column. "
        "Scores run from 0 to 10; seconds of pressure from 1 to 600.",
    ]
