"""`nmt-analytics map`: a file that nobody knows becomes one that loads by itself from then on.

The guesses are checked on the form tools' own fixtures, the questions by an owner who answers from
a list, and nothing that stands in a row may be shown or written.
"""

from pathlib import Path

import pytest
from factories import LOADED_AT, ask_store, empty_practice

from nmt_analytics.errors import UnreadableFileError, UsageError
from nmt_analytics.intake.drafting.asking import Owner
from nmt_analytics.intake.drafting.map_file import Draft, Said, map_file
from nmt_analytics.intake.drafting.mapping_text import mapping_text
from nmt_analytics.intake.drafting.summaries import summarise
from nmt_analytics.intake.mapping import form_bases, known_mappings, parse_mapping, read_mapping
from nmt_analytics.intake.own_mappings import load_all, mappings_for, named_mapping
from nmt_analytics.intake.preview import preview
from nmt_analytics.intake.wordlists import answers_of
from nmt_analytics.settings import Settings

EXPORTS = Path(__file__).parent / "fixtures" / "exports"
FIXTURES_OF_MAPPINGS = sorted((Path(__file__).parent / "fixtures" / "mappings").glob("*.toml"))

BOOKINGS = """\
Booking ID,Date,Time,Customer,Email,Therapist,Duration,Status,Comments,Stress level,Pain before
1,13/07/2026,10:00,Ann Abel,ann@example.org,Pat,60 min,Completed,hurts a lot,Hoch,7
2,14/07/2026,11:00,Ben Blau,ben@example.org,Pat,45 min,Cancelled,hurts a lot,niedrig,5
3,02/07/2026,11:00,Ben Blau,BEN@example.org,Pat,45 min,Completed,hurts a lot,niedrig,5
"""


def written(settings: Settings, text: str, name: str = "export.csv") -> Path:
    path = settings.folder / name
    path.write_text(text, encoding="utf-8")
    return path


def answering(answers: dict[str, list[str]], shown: list[str]) -> Owner:
    """An owner who answers questions that start so with these in turn, and all else by Enter."""
    left = {start: iter(texts) for start, texts in answers.items()}

    def ask(question: str) -> str:
        shown.append(question)
        assert len(shown) < 100, "asked again and again"
        return next(
            (next(texts, "") for start, texts in left.items() if question.startswith(start)), ""
        )

    return Owner(ask, shown.append)


FORMS = [
    ("google_forms.csv", 3, {"relief_holding", "soreness"}),
    ("google_sheets.csv", 2, {"relief_holding", "soreness"}),
    ("microsoft_forms.xlsx", 2, {"relief_holding", "soreness"}),
    ("microsoft_forms_cp1252.csv", 2, {"relief_holding", "soreness"}),
    ("microsoft_forms_german.csv", 1, {"relief_holding", "soreness"}),
    ("typeform.csv", 2, {"relief_holding", "soreness"}),
    ("typeform_2016.csv", 2, {"relief_holding", "soreness"}),
    ("surveymonkey.csv", 2, {"relief_holding", "soreness"}),
    ("qualtrics.csv", 2, {"soreness"}),
    ("qualtrics_legacy.csv", 2, {"soreness"}),
    ("redcap_repeating.csv", 2, {"relief_holding", "soreness"}),
    ("redcap_longitudinal.csv", 2, {"relief_holding", "soreness"}),
    ("kobotoolbox.csv", 2, {"relief_holding", "soreness"}),
    ("limesurvey.csv", 2, {"relief_holding", "soreness"}),
]


@pytest.mark.parametrize(("file", "n_rows", "answers"), FORMS, ids=[each[0] for each in FORMS])
def test_the_guesses_alone_load_every_form_tools_export(
    file: str, n_rows: int, answers: set[str], tmp_path: Path
) -> None:
    practice = empty_practice(tmp_path, "Europe/Berlin")
    draft = map_file(practice, EXPORTS / file, Said())
    assert draft.path.parent == tmp_path / "mappings"
    assert draft.mapping.table == "follow_ups"
    assert answers <= set(draft.mapping.columns)
    receipts = load_all(practice, EXPORTS / file, loaded_at=LOADED_AT)
    assert [receipt.mapping for receipt in receipts] == [draft.path.stem]
    assert receipts[0].n_accepted == n_rows


def test_every_form_base_is_guessed_here() -> None:
    files = {file for file, *_ in FORMS}
    for base in form_bases():
        assert any(file.startswith(base.name.removesuffix("_german")) for file in files)


@pytest.mark.parametrize("kind", [*known_mappings(), *form_bases()], ids=lambda kind: kind.name)
def test_a_mapping_written_as_text_reads_back_the_same(kind) -> None:  # type: ignore[no-untyped-def]
    again = parse_mapping(mapping_text(kind), name=kind.name, where=kind.name)
    assert {**vars(again), "source": ""} == {**vars(kind), "source": ""}


@pytest.mark.parametrize("path", FIXTURES_OF_MAPPINGS, ids=lambda path: path.stem)
def test_a_mapping_of_a_wide_file_reads_back_the_same(path: Path) -> None:
    kind = read_mapping(path)
    again = parse_mapping(mapping_text(kind), name=kind.name, where=kind.name)
    assert {**vars(again), "source": ""} == {**vars(kind), "source": ""}


def test_an_unknown_booking_export_becomes_sessions_with_ends_and_without_cancelled_ones(
    tmp_path: Path,
) -> None:
    practice = empty_practice(tmp_path, "Europe/Berlin")
    path = written(practice, BOOKINGS)
    draft = map_file(practice, path, Said())
    assert draft.mapping.columns == {
        "session_id": ("Booking ID",),
        "client_id": ("Email",),
        "therapist_id": ("Therapist",),
        "started_at": ("Date", "Time"),
        "stress_level": ("Stress level",),
        "pain_before": ("Pain before",),
    }
    (receipt,) = load_all(practice, path, loaded_at=LOADED_AT)
    assert receipt.n_skipped == {"cancelled": 1}
    found = ask_store(
        practice,
        "select started_at, ended_at - started_at as lasted, stress_level from sessions order by 1",
    )
    assert found.astype(str).values.tolist() == [
        ["2026-07-02 09:00:00", "0 days 00:45:00", "low"],
        ["2026-07-13 08:00:00", "0 days 01:00:00", "high"],
    ]


def test_nothing_out_of_a_row_is_shown_or_written(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    path = written(practice, BOOKINGS)
    shown: list[str] = []
    draft = map_file(practice, path, Said(), answering({}, shown))
    told = "\n".join([*shown, *draft.lines(), draft.path.read_text(encoding="utf-8")]).lower()
    for secret in ("abel", "blau", "example.org", "hurts", "13/07", "completed", "10:00"):
        assert secret not in told
    assert "3 of 3 filled, 2 different answers" in told
    assert "3 of 3 filled, whole numbers 5 to 7" in told
    assert "3 of 3 filled, e-mail addresses" in told


def test_a_mapping_is_named_by_its_file_or_by_its_name(tmp_path: Path) -> None:
    settings = empty_practice(tmp_path)
    draft = map_file(settings, written(settings, BOOKINGS), Said())
    by_file = named_mapping(settings, str(draft.path))
    assert by_file.columns == draft.mapping.columns
    assert named_mapping(settings, draft.path.stem) == by_file
    assert named_mapping(settings, "jane").name == "jane"
    with pytest.raises(UsageError, match=r'no mapping "janes"\. Did you mean "jane"') as refused:
        named_mapping(settings, "janes")
    assert "acuity" in str(refused.value) and draft.path.stem in str(refused.value)


AMBIGUOUS = "Email,Timestamp,How sore are you?\na@x.org,5/7/2026 10:00:00,3\n"


@pytest.mark.parametrize(
    "record",
    [
        "Jane Roe,jane@example.com,neck,better",
        "Jane Roe,2026-07-01 10:00 AM,neck",
        "Jane Roe,2026-07-01T10:00:00Z,neck",
        "Jane Roe,(212) 555-0123,neck",
        "Jane Roe,neck,7",
        "Jane Roe,neck,7,7",
    ],
)
def test_a_record_where_the_names_of_columns_should_be_is_never_repeated(
    record: str, tmp_path: Path
) -> None:
    settings = empty_practice(tmp_path)
    path = tmp_path / "nameless.csv"
    path.write_text(f"{record}\n{record.replace('Jane', 'Ann')}\n", encoding="utf-8")
    for ask in (lambda: preview(settings, path), lambda: map_file(settings, path, Said())):
        with pytest.raises(UnreadableFileError, match="looks like a record") as refused:
            ask()
        assert "Jane" not in str(refused.value)


def test_the_order_of_day_and_month_is_asked_for_when_the_file_does_not_show_it(
    tmp_path: Path,
) -> None:
    practice = empty_practice(tmp_path)
    path = written(practice, AMBIGUOUS)
    with pytest.raises(UsageError, match=r"--day-first.*--month-first"):
        map_file(practice, path, Said())
    assert mappings_for(practice, path) == (None,)
    shown: list[str] = []
    answers = {"Is the day first": ["", "perhaps", "month"]}
    asked = map_file(practice, path, Said(), answering(answers, shown))
    assert asked.mapping.times.date_order == "month_first"
    assert not [line for line in shown if "2026" in line]


@pytest.mark.parametrize(
    ("said", "moment"),
    [("day_first", "2026-07-05 10:00:00"), ("month_first", "2026-05-07 10:00:00")],
)
def test_what_is_said_of_the_order_holds_for_every_later_export(
    said: str, moment: str, tmp_path: Path
) -> None:
    practice = empty_practice(tmp_path)
    path = written(practice, AMBIGUOUS)
    map_file(practice, path, Said(date_order=said))
    load_all(practice, path, loaded_at=LOADED_AT)
    found = ask_store(practice, "select answered_at from follow_ups").astype(str)
    assert found.values.tolist() == [[moment]]


def test_an_order_that_the_file_shows_is_kept_for_exports_that_do_not_show_it(
    tmp_path: Path,
) -> None:
    practice = empty_practice(tmp_path)
    first = written(practice, AMBIGUOUS.replace("5/7", "13/7"))
    assert map_file(practice, first, Said()).mapping.times.date_order == "day_first"
    later = written(practice, AMBIGUOUS, "later.csv")
    (receipt,) = load_all(practice, later, loaded_at=LOADED_AT)
    assert receipt.n_accepted == 1


def test_the_owner_changes_a_guess_and_cannot_choose_what_cannot_be(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    text = "Who,When,A,B\nann,2026-07-01 10:00,3,often\n"
    path = written(practice, text)
    shown: list[str] = []
    answers = {"client_id": ["7", "1"], "answered_at": ["2"], "soreness": ["4", "3"]}
    answers["Which?"] = ["check-in", "1"]
    answers["Write 1, 2 or 3"] = ["1"]
    draft = map_file(practice, path, Said(), answering(answers, shown))
    assert draft.mapping.columns == {
        "client_id": ("Who",),
        "answered_at": ("When",),
        "soreness": ("A",),
    }
    assert "Write a number from 1 to 4, several, or - for none." in shown
    assert any(line.startswith('"B" cannot be that: 1 of 1 filled, 1 different') for line in shown)


def test_a_file_in_which_nobody_is_named_is_refused_with_a_way_on(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    path = written(practice, "Timestamp,How sore are you?\n2026-07-05 10:00:00,3\n")
    with pytest.raises(UsageError, match=r"client_id \(the client\) or session_id .*--into"):
        map_file(practice, path, Said())
    assert not (tmp_path / "mappings").exists()


def test_check_ins_without_a_question_that_is_known_are_no_check_ins(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    text = "Timestamp,Email Address,How do you like tea?\n2026-07-05 10:00:00,a@example.org,3\n"
    with pytest.raises(UsageError, match=r"relief_holding \(.*\) or soreness .*says nothing"):
        map_file(practice, written(practice, text), Said(into="follow_ups"))


@pytest.mark.parametrize(
    "header",
    [
        "ResponseId,RecordedDate,Email,Duration (in seconds)",  # how long the survey took
        "participant_id,email,prescreening_survey_timestamp,has_diabetes",
    ],
)
def test_what_a_row_is_about_is_asked_where_no_column_shows_it(header: str, tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    path = written(practice, f"{header}\nR_1,2026-07-05 10:00:00,a@example.org,30\n")
    with pytest.raises(UsageError, match="a session, a note about one, or a check-in"):
        map_file(practice, path, Said())


def test_a_known_export_needs_no_mapping_and_a_written_one_is_not_overwritten(
    tmp_path: Path,
) -> None:
    practice = empty_practice(tmp_path)
    with pytest.raises(UsageError, match=r"is known .* --base acuity"):
        map_file(practice, EXPORTS / "acuity.csv", Said())
    path = written(practice, BOOKINGS)
    map_file(practice, path, Said())
    with pytest.raises(UsageError, match="exists already"):
        map_file(practice, path, Said())


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (Said(base="frehsa"), 'no base "frehsa". Did you mean "fresha"'),
        (Said(into="session"), 'no table "session". Did you mean "sessions"'),
    ],
)
def test_a_wrong_name_is_a_usage_error(said: Said, message: str, tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    with pytest.raises(UsageError, match=message):
        map_file(practice, written(practice, BOOKINGS), said)


FRESHA = (
    "Appointment reference,Client,Team member,Resource,Scheduled date,Scheduled time,Duration,"
    "Services,Status\n#F6,Cyd Invented,Pat Example,,06/07/2026,10:30,45m,NMT,Completed\n"
)


def test_a_known_export_is_changed_in_the_one_thing_that_it_leaves_open(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    path = written(practice, FRESHA, "fresha.csv")
    with pytest.raises(UnreadableFileError, match=r"--base fresha .*--day-first"):
        load_all(practice, path, loaded_at=LOADED_AT)
    draft = map_file(practice, path, Said(base="fresha", date_order="day_first"))
    assert draft.path.name == "fresha.toml"
    (receipt,) = load_all(practice, path, loaded_at=LOADED_AT)
    assert (receipt.mapping, receipt.n_accepted) == ("fresha", 1)
    found = ask_store(practice, "select started_at, ended_at from sessions").astype(str)
    assert found.values.tolist() == [["2026-07-06 10:30:00", "2026-07-06 11:15:00"]]


def test_notes_of_a_form_tool_become_session_notes(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    text = (
        '"Timestamp","Email Address","Stress level","What was treated? (condition)",'
        '"How did the pressure feel?","Hold in seconds"\n'
        '"2026/07/05 9:16:41 PM GMT+2","a@x.org","8","Trigger points","just right","30"\n'
    )
    path = written(practice, text)
    draft = map_file(practice, path, Said())
    assert draft.mapping.table == "session_notes"
    load_all(practice, path, loaded_at=LOADED_AT)
    found = ask_store(
        practice,
        "select noted_at, stress_level, condition, pressure_felt, hold_seconds from session_notes",
    )
    assert found.astype(str).values.tolist() == [
        ["2026-07-05 19:16:41", "high", "myofascial_trigger_points", "right", "30"]
    ]
    assert any("0-3 is read as low" in remark for remark in draft.remarks)


CODED = "Timestamp,Email Address,Stress level,Muscles still relaxed?,How sore?\n" + "".join(
    f"2026/07/{day:02} 9:16:41 PM GMT,a@x.org,{1 + day % 3},{1 + day % 2},{1 + day % 5}\n"
    for day in range(1, 26)
)
"""Answers as code numbers, and a score on a scale from 1 to 5."""


def test_what_code_numbers_stand_for_is_asked_on_a_terminal(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    path = written(practice, CODED)
    shown: list[str] = []
    answers = {"relief_holding: what does 1": ["huh"], "Write one of yes": ["yes"]}
    answers["relief_holding: what does 2"] = ["no"]
    draft = map_file(practice, path, Said(into="follow_ups"), answering(answers, shown))
    assert draft.mapping.values["relief_holding"] == {"1": "yes", "2": "no"}
    assert "relief_holding: what does 1 stand for? yes, no or -: " in shown
    load_all(practice, path, loaded_at=LOADED_AT)
    found = ask_store(
        practice, "select relief_holding, count(*) as n from follow_ups group by 1 order by 1"
    )
    assert found.values.tolist() == [[False, 13], [True, 12]]


def test_code_numbers_and_short_scales_are_never_guessed(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    notes = map_file(
        practice, written(practice, CODED), Said(into="session_notes", out=tmp_path / "n.toml")
    )
    assert "stress_level" not in notes.mapping.columns and not notes.mapping.bands
    assert any("such as 1 = low and 2 = moderate" in remark for remark in notes.remarks)
    asked = map_file(practice, written(practice, CODED), Said(into="follow_ups"))
    assert "relief_holding" not in asked.mapping.columns
    assert any("such as 1 = true and 2 = false" in remark for remark in asked.remarks)
    assert any("soreness: the answers run from 1 to 5" in remark for remark in asked.remarks)


def test_answers_that_no_list_knows_are_counted_and_never_copied(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    text = "Timestamp,Email Address,Are your muscles still relaxed?,How sore?\n" + "".join(
        f"2026/07/0{day} 9:16:41 PM GMT,a@x.org,{answer},1\n"
        for day, answer in ((1, "yes"), (2, "well... ask Xanthippe"))
    )
    draft = map_file(practice, written(practice, text), Said())
    assert any("1 of 2 different answers have no word" in remark for remark in draft.remarks)
    assert "xanthippe" not in draft.path.read_text(encoding="utf-8").lower()


def test_two_mappings_that_fit_equally_well_are_no_answer(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    path = written(practice, BOOKINGS)
    draft = map_file(practice, path, Said())
    draft.path.with_name("other.toml").write_bytes(draft.path.read_bytes())
    with pytest.raises(UsageError, match=r"fit this file equally well: export, other.*--mapping"):
        load_all(practice, path, loaded_at=LOADED_AT)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (["", ""], "empty"),
        (["3", "", "10"], "2 of 3 filled, whole numbers 3 to 10"),
        (["3", "87"], "2 of 2 filled, whole numbers, some above 10"),
        (["1,5", "2"], "2 of 2 filled, numbers"),
        (["ja", "Nein"], "2 of 2 filled, yes or no"),
        (["10:00", "9:30 pm"], "2 of 2 filled, times of day"),
        (["1.7.2026"], "1 of 1 filled, dates"),
        (["2026-07-01T10:00:00.000+02:00"], "1 of 1 filled, dates and times"),
        (["'+49 30 1234567"], "1 of 1 filled, telephone numbers"),
        (
            [f"text number {n}, at length" for n in range(13)],
            "13 of 13 filled, texts, 13 different",
        ),
    ],
)
def test_a_column_is_described_without_an_example(cells: list[str], sentence: str) -> None:
    assert summarise(cells).sentence() == sentence


@pytest.mark.parametrize(
    ("kind", "text", "word"),
    [
        ("yes_no", "Yes / Oui", "true"),
        ("yes_no", "Ja, viel besser", "true"),
        ("yes_no", "No longer", "false"),
        ("yes_no", "Yes / No", ""),
        ("yes_no", "maybe", ""),
        ("level", "Hoch", "high"),
        ("pressure_felt", "Zu stark!", "too_strong"),
        ("condition", "Trigger points", "myofascial_trigger_points"),
    ],
)
def test_an_answer_becomes_our_word_where_a_list_knows_it(kind: str, text: str, word: str) -> None:
    assert answers_of(kind, [text]) == {text: word}


def test_the_preview_says_why_what_and_how_many(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path, "Australia/Melbourne")
    ((receipt, lines),) = preview(practice, EXPORTS / "cliniko.csv")
    assert lines[0] == receipt.sentence()
    assert lines[1].startswith(
        "  taken for Cliniko: appointments report (mapping cliniko), because it has "
        '"Appointment ID", "Start Time"'
    )
    assert "  Patient ID(s) -> client_id, stored as a pseudonym" in lines
    assert "  Cancellation Time -> only to leave out: cancelled" in lines
    dropped = next(line for line in lines if line.startswith("  not read, so not stored: "))
    assert "Appointment Notes" in dropped and "Patient ID(s)" not in dropped
    assert sum(line.startswith("  left out (") for line in lines) == len(receipt.n_skipped) == 4
    assert not practice.store.exists()


def test_the_preview_of_a_mapping_of_ones_own_names_it(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    path = written(practice, BOOKINGS)
    map_file(practice, path, Said())
    ((_, lines),) = preview(practice, path)
    assert "(mapping export)" in lines[1]
    assert "  Date + Time -> started_at" in lines
    assert "  Duration -> ended_at, counted from the start" in lines


def test_a_draft_says_what_was_written_and_what_comes_next(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    draft: Draft = map_file(practice, written(practice, BOOKINGS), Said())
    lines = draft.lines()
    assert lines[0] == f"Wrote {tmp_path / 'mappings' / 'export.toml'} (sessions):"
    assert "  client_id is read from Email" in lines
    assert "nmt-analytics check" in lines[-1]
