"""docs/guide.md from its first command to its last, on a practice that books with Acuity."""

import csv
import shlex
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from documents import code_blocks, commands_of

from nmt_analytics import simulation
from nmt_analytics.settings import read_settings

GUIDE = Path(__file__).parents[1] / "docs" / "guide.md"
PICTURES = GUIDE.parent / "pictures"
LARGEST_PICTURE = 300_000
ACUITY = (
    *("Start Time", "End Time", "Timezone", "First Name", "Last Name", "Phone", "Email", "Type"),
    *("Calendar", "Appointment Price", "Paid?", "Amount Paid Online", "Certificate Code", "Notes"),
    *("Date Scheduled", "Label", "Scheduled By", "Date Rescheduled", "Appointment ID"),
)
ASKED = {
    "client_id": "Email",
    "asked_at": "Date Sent",
    "answered_at": "Date Answered",
    "relief_holding": "Still relaxed?",
    "soreness": "Soreness (0-10)",
    "pain": "Pain (0-10)",
}
NOTES = ("condition", "stress_level", "pain_before", "pain_after", "hold_seconds")


def write_exports(inbox: Path) -> None:
    """A year of an invented practice as a booking program, a notes file and a form export it."""
    made = simulation.simulate(500, 1, years=1, n_therapists=2)
    mail = {client: f"{client.lower()}@example.org" for client in made.sessions["client_id"]}
    sessions = made.sessions.assign(mail=made.sessions["client_id"].map(mail))
    write_rows(inbox / "appointments.csv", ACUITY, map(_appointment, sessions.to_dict("records")))
    notes = sessions.rename(columns={"ended_at": "noted_at"})
    notes = notes.assign(client_id=notes["mail"])[["client_id", "noted_at", *NOTES]]
    notes.to_csv(inbox / "session_notes.csv", index=False, date_format="%Y-%m-%d %H:%M")
    asked = made.follow_ups[made.follow_ups["source"] == "check_in"]
    answers = asked.assign(
        client_id=asked["client_id"].map(mail),
        relief_holding=asked["relief_holding"].map({True: "yes", False: "no"}),
    )
    said = answers[list(ASKED)].rename(columns=ASKED)
    said.to_csv(inbox / "check-ins.csv", index=False, date_format="%Y-%m-%d %H:%M")


def _appointment(row: dict) -> dict[str, str]:
    written = dict.fromkeys(ACUITY, "")
    times = {"Start Time": row["started_at"], "End Time": row["ended_at"]}
    return written | {
        **{name: f"{at:%B} {at.day}, {at:%Y %I:%M %p}" for name, at in times.items()},
        "Timezone": "America/New_York",
        "Email": row["mail"],
        "Calendar": "" if pd.isna(row["therapist_id"]) else f"Room {row['therapist_id'][-1]}",
        "Appointment ID": row["session_id"],
    }


def write_rows(path: Path, head, rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, head)
        writer.writeheader()
        writer.writerows(rows)


def test_every_command_of_the_guide_does_what_it_says(tmp_path, type_in):
    folder = tmp_path
    commands = commands_of(GUIDE)
    assert len(commands) > 10
    for command in commands:
        program, *words = shlex.split(command)
        if program == "cd":
            folder = folder / words[0]
            write_exports(folder / "data" / "inbox")
            continue
        typed = type_in(folder, *words)
        assert typed.code == 0, f"{command}\n{typed.out}\n{typed.err}"
        assert typed.out.strip(), command

    reports = folder / "reports"
    made = {path.relative_to(reports).parts[0] for path in reports.rglob("report.html")}
    assert {"quarterly_outcomes", "condition_review", "data_quality"} <= made
    text = next(reports.glob("data_quality/*/report.html")).read_text(encoding="utf-8")
    assert "Data quality" in text


def test_the_settings_of_the_guide_are_understood(tmp_path):
    (tmp_path / "practice.toml").write_text("".join(code_blocks(GUIDE, "toml")), encoding="utf-8")
    settings = read_settings(tmp_path)

    assert settings.shows_therapists
    assert (
        settings.therapist_names
        == tomllib.loads(code_blocks(GUIDE, "toml")[0])["therapists"]["names"]
    )


@pytest.mark.parametrize("picture", sorted(PICTURES.glob("*.png")), ids=lambda path: path.name)
def test_pictures_are_small_and_each_is_shown(picture):
    documents = (GUIDE, GUIDE.parents[1] / "README.md")
    texts = " ".join(each.read_text(encoding="utf-8") for each in documents)

    assert picture.stat().st_size < LARGEST_PICTURE
    assert f"pictures/{picture.name}" in texts
