"""The same files in any order give the same store and the same numbers.

Every known booking export, every form tool's export, our own columns and a workbook filled in by
hand, shuffled with fixed seeds.
"""

import random
import shutil
from pathlib import Path

import pytest
from factories import LOADED_AT, empty_practice, follow_up, note, write_rows

from nmt_analytics.intake.drafting.map_file import Said, map_file
from nmt_analytics.intake.own_mappings import load_all
from nmt_analytics.outcomes.fates import unlinked
from nmt_analytics.practice import Practice
from nmt_analytics.schema import FOLLOW_UPS, SESSION_NOTES
from nmt_analytics.settings import Settings

EXPORTS = Path(__file__).parent / "fixtures" / "exports"
BOOKINGS = (
    "acuity.csv",
    "calendly.csv",
    "cliniko.csv",
    "fresha.csv",
    "jane_Appointments_20260701_20260722.csv",
    "simplepractice.csv",
    "vagaro_TransactionList.xlsx",
)
FORMS = (
    "google_forms.csv",
    "kobotoolbox.csv",
    "limesurvey.csv",
    "microsoft_forms_german.csv",
    "qualtrics.csv",
    "redcap_repeating.csv",
    "surveymonkey.csv",
    "typeform.csv",
)
ADA = "ada@example.org"
PLAIN = f"""\
session_id,client_id,started_at,ended_at
S0,{ADA},2026-07-01 08:00,2026-07-01 09:00
S1,{ADA},2026-07-01 10:00,2026-07-01 11:00
S2,ben@example.org,2026-07-02 10:00,
"""
WITH_STRESS = f"""\
session_id,client_id,started_at,stress_level
S1,{ADA},2026-07-01 10:00,high
S7,{ADA},2026-07-09 10:00,low
"""
"""One session that both files tell of, each with a column that the other one lacks."""


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, list[Path]]:
    """A practice that knows every form's questions, nothing loaded, and all its files."""
    practice = empty_practice(tmp_path_factory.mktemp("any order"), "Europe/Berlin")
    for form in FORMS:
        map_file(practice, EXPORTS / form, Said())
    own = practice.folder / "own"
    files = [
        write_rows(own / "notes.csv", SESSION_NOTES, [note(1, client_id=ADA, stress_level="low")]),
        write_rows(
            own / "follow_ups.csv",
            FOLLOW_UPS,
            [
                follow_up(1, soreness=3, relief_holding=True),
                follow_up(2, session_id=None, client_id=ADA.upper(), relief_holding=False),
                follow_up(3, session_id="of nobody", pain=2),
            ],
        ),
    ]
    for name, text in (("sessions.csv", PLAIN), ("stress.csv", WITH_STRESS)):
        files.append(own / name)
        files[-1].write_text(text, encoding="utf-8")
    return practice, [*(EXPORTS / name for name in (*BOOKINGS, *FORMS)), *files]


def loaded(mapped: tuple[Settings, list[Path]], folder: Path, seed: int) -> Practice:
    practice, files = mapped
    shutil.copytree(practice.folder / "mappings", folder / "mappings")
    settings = empty_practice(folder, "Europe/Berlin")
    chance = random.Random(seed)
    for path in chance.sample(files, len(files)):
        for receipt in load_all(settings, path, loaded_at=LOADED_AT):
            assert receipt.adds_up
    return Practice(settings)


@pytest.mark.parametrize("n_orders", [2, pytest.param(40, marks=pytest.mark.prove)])
def test_all_kinds_of_files_in_any_order_give_the_same_store_and_numbers(
    mapped: tuple[Settings, list[Path]], tmp_path: Path, n_orders: int
) -> None:
    found = set()
    for seed in range(n_orders):
        practice = loaded(mapped, tmp_path / str(seed), seed)
        answers = practice.outcome("follow_up_response", by="condition").table
        found.add(
            (
                practice.store.info()["content_hash"],
                str(unlinked(practice.view)),
                practice.store.frame("select count(*) as n from sessions_in_order").to_csv(),
                answers.to_csv(),
            )
        )
    assert len(found) == 1
