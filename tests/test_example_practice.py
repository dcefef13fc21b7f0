"""The example practice: canonical files, made again byte for byte, and the story it tells."""

import csv
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from nmt_analytics.simulation import SimulatedPractice, simulate, write
from nmt_analytics.simulation.sessions import BODY_REGIONS
from nmt_analytics.vocabulary import (
    CONDITIONS,
    LEVELS,
    MODALITIES,
    NUTRIENT_SHORTFALLS,
    PRESSURE_FELT,
    SOURCES,
)

EXAMPLE = Path(__file__).parents[1] / "data" / "example"
TIME = r"20\d\d-[01]\d-[0-3]\d [0-2]\d:[0-5]\d"
SCORE, YES_NO, OPTIONAL = r"\d|10", "yes|no", "|"

SESSION_CELLS = {
    "session_id": r"S\d{4}",
    "client_id": r"C\d{3}",
    "therapist_id": r"T[123]" + OPTIONAL,
    "started_at": TIME,
    "ended_at": TIME,
    "modality": "|".join(MODALITIES),
    "condition": "|".join(CONDITIONS) + OPTIONAL,
    "body_region": "|".join(BODY_REGIONS) + OPTIONAL,
    "severity_before": SCORE + OPTIONAL,
    "pain_before": SCORE + OPTIONAL,
    "pain_after": SCORE + OPTIONAL,
    "stress_level": "|".join(LEVELS) + OPTIONAL,
    "activity_level": "|".join(LEVELS) + OPTIONAL,
    "hold_seconds": "[1-6][05]" + OPTIONAL,
    "pressure_felt": "|".join(PRESSURE_FELT) + OPTIONAL,
    "pressure_adjusted": YES_NO + OPTIONAL,
    "nutrient_shortfall": "|".join(NUTRIENT_SHORTFALLS) + OPTIONAL,
    "previous_relief_holding": YES_NO + OPTIONAL,
}
FOLLOW_UP_CELLS = {
    "follow_up_id": r"F\d{5}",
    "client_id": r"C\d{3}",
    "session_id": r"S\d{4}",
    "source": "|".join(SOURCES),
    "asked_at": TIME,
    "answered_at": TIME + OPTIONAL,
    "relief_holding": YES_NO + OPTIONAL,
    "soreness": SCORE + OPTIONAL,
    "pain": SCORE + OPTIONAL,
    "recommend": SCORE + OPTIONAL,
}


@pytest.fixture(scope="module")
def example() -> SimulatedPractice:
    """Made again from what truth.json says about it."""
    made = json.loads((EXAMPLE / "truth.json").read_text(encoding="utf-8"))["practice"]
    return simulate(made["n_sessions"], made["seed"])


@pytest.fixture(scope="module")
def quarter(example) -> pd.Series:
    return example.sessions.started_at.dt.to_period("Q").astype(str)


# The bytes hold for the numpy of requirements.lock: its random streams may change between versions.
def test_the_example_is_made_again_byte_for_byte(example, tmp_path) -> None:
    write(example, tmp_path)
    for name in ("sessions.csv", "follow_ups.csv", "truth.json"):
        assert (tmp_path / name).read_bytes() == (EXAMPLE / name).read_bytes(), name


def test_the_readme_of_the_example_names_the_command_that_makes_it() -> None:
    made = json.loads((EXAMPLE / "truth.json").read_text(encoding="utf-8"))["practice"]
    command = f"simulate data/example --sessions {made['n_sessions']} --seed {made['seed']}"
    assert command in (EXAMPLE / "README.md").read_text(encoding="utf-8")


def test_the_example_stays_below_two_megabytes() -> None:
    assert sum(file.stat().st_size for file in EXAMPLE.iterdir()) < 2_000_000


@pytest.mark.parametrize(
    ("name", "cells"), [("sessions", SESSION_CELLS), ("follow_ups", FOLLOW_UP_CELLS)]
)
def test_the_files_have_the_canonical_columns_and_words(name, cells) -> None:
    with (EXAMPLE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        assert tuple(reader.fieldnames or ()) == tuple(cells)
        rows = list(reader)
    assert len(rows) >= 3000
    for column, pattern in cells.items():
        wrong = [row[column] for row in rows if not re.fullmatch(pattern, row[column])]
        assert wrong == [], column
        is_filled = [row[column] != "" for row in rows]
        assert any(is_filled), column
        assert all(is_filled) or pattern.endswith(OPTIONAL), column


def test_the_bytes_written_say_what_the_frames_say(example) -> None:
    for name in ("sessions", "follow_ups"):
        frame = getattr(example, name)
        text = frame.apply(lambda column: column.astype("string"))
        for column in frame.columns[frame.dtypes == "boolean"]:
            text[column] = text[column].map({"True": "yes", "False": "no"})
        for column in frame.select_dtypes("datetime64").columns:
            text[column] = frame[column].dt.strftime("%Y-%m-%d %H:%M").astype("string")
        written = pd.read_csv(EXAMPLE / f"{name}.csv", dtype="string", keep_default_na=False)
        pd.testing.assert_frame_equal(written, text.fillna(""), check_dtype=False)


def test_nobody_is_treated_twice_a_day_or_on_a_sunday_and_nobody_is_double_booked(example) -> None:
    sessions = example.sessions.assign(client=example.hidden.client_id)
    assert not sessions.duplicated(["client_id", "started_at"]).any()
    assert not sessions.assign(on=sessions.started_at.dt.date).duplicated(["client_id", "on"]).any()
    with_therapist = sessions[sessions.therapist_id.notna()]
    assert not with_therapist.duplicated(["therapist_id", "started_at"]).any()
    assert sessions.started_at.dt.day_of_week.max() == 5
    assert sessions.started_at.dt.hour.between(8, 18).all()
    assert (sessions.ended_at - sessions.started_at == pd.Timedelta(minutes=50)).all()
    assert sessions.started_at.is_monotonic_increasing


def test_the_example_is_three_years_of_a_practice_of_its_size(example, quarter) -> None:
    by_quarter = example.sessions.groupby(quarter).agg(
        n_sessions=("session_id", "size"), n_clients=("client_id", "nunique")
    )
    assert list(by_quarter.index[[0, -1]]) == ["2023Q4", "2026Q3"]
    assert by_quarter.n_sessions.between(180, 330).all()
    assert by_quarter.n_clients.between(60, 120).all()
    assert example.sessions.therapist_id.nunique() == 3
    answered = example.follow_ups.answered_at
    assert answered.notna().mean() == pytest.approx(0.70, abs=0.02)
    assert pd.Timestamp("2026-10-10") < answered.max() < pd.Timestamp("2026-11-01")


def test_the_example_tells_its_story(example, quarter) -> None:
    metrics = example.truth["metrics"]
    assert 8 < metrics["relief_days_median"]["overall"] < 9
    by_stress = metrics["relief_days_median"]["stress_level"]
    assert by_stress["high"] / by_stress["low"] == pytest.approx(0.68, abs=0.05)
    by_condition = metrics["relief_days_median"]["condition"]
    assert by_condition["nerve_damage"] + 3 < by_condition["myofascial_trigger_points"]
    assert metrics["soreness_gone_by_36_hours"]["overall"] > 90
    assert -3 < metrics["pain_change"]["overall"] < -2
    assert metrics["hold_seconds_median"]["overall"] == 30
    is_right = (example.sessions.pressure_felt == "right").groupby(quarter).mean()
    assert is_right.iloc[-4:].mean() - is_right.iloc[:4].mean() > 0.08


def test_one_rare_condition_is_hidden_in_the_last_quarter_and_shown_over_all(
    example, quarter
) -> None:
    clients = example.sessions.groupby("condition", observed=False).client_id
    in_last = (
        example.sessions[quarter == "2026Q3"].groupby("condition", observed=False).client_id
    ).nunique()
    assert 1 <= in_last["ischemia"] < 5 <= clients.nunique()["ischemia"]
    assert in_last.drop("ischemia").min() >= 5
