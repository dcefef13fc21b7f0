"""What a form tool's export always has is known; only the questions are still to be said.

Each base in mappings/forms, completed with a question → column list, loads its invented fixture as
the answers that stand in it.
"""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import pytest
from factories import LOADED_AT, ask_store, empty_practice

from nmt_analytics.intake.formats import read_table
from nmt_analytics.intake.load import load_file
from nmt_analytics.intake.mapping import Mapping, parse_mapping, recognise
from nmt_analytics.intake.receipt import Receipt
from nmt_analytics.intake.times import read_time
from nmt_analytics.settings import Settings

EXPORTS = Path(__file__).parent / "fixtures" / "exports"
FORMS = resources.files("nmt_analytics.intake").joinpath("mappings", "forms")
RELAXED = "Are the treated muscles still more relaxed?"
SORE = "How sore are you?"
SORE_LONG = "How sore are you? (0 = not at all, 10 = unbearable)"
YES_NO = {"1": "true", "2": "false"}

ADA, BEN = "2026-07-05 19:16:41", "2026-07-15 22:06:16"
"""When the two invented clients answered (UTC): in Berlin 21:16 that day and 00:06 the next."""


@dataclass(frozen=True)
class Form:
    """A fixture, the base it is of, and what its owner says about it."""

    file: str
    base: str
    questions: AnyMapping[str, str]
    words: AnyMapping[str, str] = field(default_factory=dict)
    skip_events: tuple[str, ...] = ()
    skipped: AnyMapping[str, int] = field(default_factory=dict)
    quarantined: AnyMapping[str, int] = field(default_factory=dict)
    n_clients: int = 2
    answered_at: tuple[str, ...] = (ADA, BEN)
    soreness: tuple[int, ...] = (2, 0)


def asking(relief: str, soreness: str, **others: str) -> dict[str, str]:
    return {"relief_holding": relief, "soreness": soreness, **others}


REDCAP = asking("relief", "sore", answered_at="check_in_timestamp")
FORM_EXPORTS = [
    Form(
        "google_forms.csv",
        "google_forms",
        asking(RELAXED, SORE_LONG),
        words={"Yes / Oui": "true", "No / Non": "false"},
        answered_at=("2026-01-14 22:55:17", "2026-07-05 18:39:45", "2026-07-05 19:16:41"),
        soreness=(1, 0, 2),
    ),
    # One date lies after the 12th: the sheet has the month first.
    Form("google_sheets.csv", "google_forms", asking(RELAXED, SORE_LONG)),
    Form(
        "microsoft_forms.xlsx",
        "microsoft_forms",
        asking(RELAXED, SORE),
        quarantined={"completeness.client_or_session": 1},
    ),
    Form(
        "microsoft_forms_cp1252.csv",
        "microsoft_forms",
        asking(RELAXED, SORE),
    ),
    Form(
        "microsoft_forms_german.csv",
        "microsoft_forms_german",
        asking("Sind die Muskeln noch lockerer?", "Wie stark ist der Muskelkater? (0–10)"),
        words={"Ja": "true", "Nein": "false"},
        quarantined={"completeness.client_or_session": 1},
        n_clients=1,
        answered_at=("2026-07-05 19:16:00",),
    ),
    Form("typeform_2016.csv", "typeform", asking(RELAXED, SORE, client_id="Who are you?")),
    Form(
        "typeform.csv",
        "typeform",
        asking(RELAXED, SORE, client_id="Hi {{field:7d956171}}, who are you?"),
        skipped={"not completed": 1},
    ),
    Form("surveymonkey.csv", "surveymonkey", asking(RELAXED, SORE_LONG)),
    Form(
        "qualtrics.csv",
        "qualtrics",
        asking(f"Q1 - {RELAXED}", f"Q2 - {SORE}"),
        words=YES_NO,
        skipped={"preview": 1, "not completed": 1},
    ),
    Form(
        "qualtrics_legacy.csv",
        "qualtrics",
        asking(f"Q1 - {RELAXED}", f"Q2 - {SORE}"),
        words=YES_NO,
    ),
    Form(
        "redcap_repeating.csv",
        "redcap_repeating",
        REDCAP,
        skipped={"base form": 2},
        quarantined={"completeness.asked_or_answered": 1},
    ),
    Form(
        "redcap_longitudinal.csv",
        "redcap_longitudinal",
        REDCAP,
        skip_events=("intake_arm_1",),
        skipped={"not a check-in": 2},
    ),
    Form(
        "kobotoolbox.csv",
        "kobotoolbox",
        asking("Check/Relief", "Check/Sore", client_id="Check/Client"),
    ),
    Form(
        "limesurvey.csv",
        "limesurvey",
        asking("Relief", "Sore"),
        words={"Y": "true", "N": "false"},
        skipped={"not completed": 1},
    ),
]


def base_text(name: str) -> str:
    return FORMS.joinpath(f"{name}.toml").read_text(encoding="utf-8")


def base(name: str) -> Mapping:
    return parse_mapping(base_text(name), name=name, where=name)


def completed(form: Form) -> Mapping:
    """The base with the owner's questions, words and skipped events put in."""
    columns = "".join(f'{ours} = "{theirs}"\n' for ours, theirs in form.questions.items())
    text = base_text(form.base).replace("[columns]\n", "[columns]\n" + columns)
    if form.words:
        words = "".join(f'"{theirs}" = {ours}\n' for theirs, ours in form.words.items())
        text += f"\n[values.relief_holding]\n{words}"
    if form.skip_events:
        text += (
            '\n[[skip]]\nrule = "not a check-in"\ncolumn = "redcap_event_name"\n'
            f"values = {list(form.skip_events)}\n"
        )
    return parse_mapping(text, name=form.base, where=form.file)


Loaded = tuple[Form, Settings, Receipt]


@pytest.fixture(scope="module", params=FORM_EXPORTS, ids=lambda form: form.file)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """A form, a practice into which its export was loaded, and the receipt."""
    form: Form = request.param
    practice = empty_practice(tmp_path_factory.mktemp("form"), "Europe/Berlin")
    receipt = load_file(practice, EXPORTS / form.file, completed(form), loaded_at=LOADED_AT)
    return form, practice, receipt


def test_every_form_tool_has_its_fixture_here() -> None:
    names = {each.name.removesuffix(".toml") for each in FORMS.iterdir()}
    assert names == {form.base for form in FORM_EXPORTS}


@pytest.mark.parametrize("form", FORM_EXPORTS, ids=lambda form: form.file)
def test_a_form_export_is_recognised_by_what_the_tool_always_writes(form: Form) -> None:
    kinds = [base(each.name.removesuffix(".toml")) for each in FORMS.iterdir()]
    table = read_table(
        EXPORTS / form.file, is_header=lambda row: any(kind.is_header(row) for kind in kinds)
    )
    fits = {kind.name: kind.n_recognised(table.columns) for kind in kinds}
    assert {name for name, n in fits.items() if n} == {form.base}
    assert set(form.questions.values()) <= set(table.columns)
    assert (table.faults, table.n_blank) == ([], 0)


@pytest.mark.parametrize("form", FORM_EXPORTS, ids=lambda form: form.file)
def test_without_its_questions_a_form_is_never_loaded_by_itself(form: Form) -> None:
    table = read_table(EXPORTS / form.file)
    assert recognise(table.columns) is None


def test_a_form_whose_questions_are_known_loads_as_its_answers(loaded: Loaded) -> None:
    form, practice, receipt = loaded
    assert receipt.n_skipped == form.skipped
    assert receipt.quarantined == form.quarantined
    answers = ask_store(practice, "select * from follow_ups order by answered_at")
    assert tuple(answers["answered_at"].astype(str)) == form.answered_at
    n = len(form.answered_at)
    soreness = list(form.soreness)[:n]
    assert list(answers["soreness"]) == soreness
    assert list(answers["relief_holding"]) == [sore > 0 for sore in soreness]
    assert answers["client_id"].nunique() == form.n_clients


def test_nothing_of_a_form_that_names_anyone_reaches_the_store(loaded: Loaded) -> None:
    _, practice, _ = loaded
    content = practice.store.read_bytes().lower()
    for text in (b"example.org", b"invented", b"erfunden", b"192.0.2", b"jaw, left", b"aaaa1111"):
        assert text not in content


def test_the_same_person_is_the_same_client_through_booking_and_form(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path, "Europe/Berlin")
    load_file(practice, EXPORTS / "acuity.csv", loaded_at=LOADED_AT)
    surveys = [form for form in FORM_EXPORTS if form.file in ("surveymonkey.csv", "typeform.csv")]
    for form in surveys:
        load_file(practice, EXPORTS / form.file, completed(form), loaded_at=LOADED_AT)
    found = ask_store(
        practice,
        "select count(*) as n from follow_ups where client_id in (select client_id from sessions)",
    )
    assert found["n"][0] == 4


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026/07/05 9:16:41 PM GMT+2", "2026-07-05 19:16:41+00:00"),
        ("2026/07/06 12:09:45 AM GMT+5:30", "2026-07-05 18:39:45+00:00"),
        ("2026/01/14 11:55:17 pm CET", "2026-01-14 22:55:17+00:00"),
        ("2026/01/14 11:55:17 PM GMT", "2026-01-14 23:55:17+00:00"),
    ],
)
def test_google_writes_its_offset_in_words(text: str, moment: str) -> None:
    assert read_time(text, base("google_forms").times) == moment
