"""What a restated page says of its first release: counted over what the page is about, no more."""

import csv
import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from factories import copied, days_after, empty_practice, follow_up, quiet, session, write_rows
from unattended import notebook, page_names, run

from nmt_analytics.practice import Practice
from nmt_analytics.schedule.inbox import load_files
from nmt_analytics.schedule.making import make_report
from nmt_analytics.schema import FOLLOW_UPS, SESSIONS
from nmt_analytics.settings import Settings, read_settings

REPORTS = "".join(
    f'[[report]]\nname = "{name}"\nevery = "quarter"\nwait_days = 10\n'
    for name in ("quarterly_outcomes", "condition_review")
)
OF_ALL = (
    'period: str = "2026Q3"\nas_of: str = ""\nloaded_by: str = ""\naudience: str = "owner"',
    "import nmt_analytics as nmt\npractice = nmt.open_practice(as_of=as_of, loaded_by=loaded_by,"
    " audience=audience)\npractice.overview(period)",
    'practice.outcome("relief_at_4_days", period=period)',
    "practice.per_client(period=period)",
)
OF_ONE = (
    f'{OF_ALL[0]}\ncondition: str = "ischemia"',
    f"{OF_ALL[1].removesuffix('practice.overview(period)')}review = practice.only("
    "condition=condition)\nyear = practice.twelve_months(period)\nreview.overview(year)",
    'review.outcome("relief_at_4_days", period=year)',
)
CONDITIONS = {"muscle_spasm": range(1, 13), "ischemia": range(13, 29)}
RELEASED, LATER = datetime(2026, 10, 12, 3), datetime(2026, 10, 20, 3)


def visits(month: int) -> list[dict[str, object]]:
    """A visit of each of 28 clients on the 5th: twelve for spasms, sixteen for ischemia."""
    return [
        session(
            number,
            session_id=f"S{month}-{number}",
            started_at=f"2026-{month:02d}-05 10:00",
            ended_at=f"2026-{month:02d}-05 11:00",
            condition=condition,
        )
        for condition, numbers in CONDITIONS.items()
        for number in numbers
    ]


def check_in(month: int, number: int, day: float = 4, **values: object) -> dict[str, object]:
    """What a client says so many days after the visit of that month: relief holds, unless odd."""
    moment = days_after(day, f"2026-{month:02d}-05 11:00")
    return follow_up(
        follow_up_id=f"F{month}-{number}-{day}",
        session_id=f"S{month}-{number}",
        client_id=f"C{number}",
        asked_at=moment,
        answered_at=moment,
        relief_holding=number % 2 == 0,
        **values,
    )


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Visits in April and in July, check-ins of the even clients; the pages of both are made."""
    made = empty_practice(tmp_path_factory.mktemp("begun"), extra=REPORTS)
    notebook(made.folder, OF_ALL, "quarterly_outcomes")
    notebook(made.folder, OF_ONE, "condition_review")
    made.inbox.mkdir(parents=True)
    for month, night in ((4, datetime(2026, 7, 12, 3)), (7, RELEASED)):
        answers = [check_in(month, number) for number in range(2, 29, 2)]
        write_rows(made.inbox / f"sessions_{month}.csv", SESSIONS, visits(month))
        write_rows(made.inbox / f"check_ins_{month}.csv", FOLLOW_UPS, answers)
        assert run(made, night).problems == []
    return made


@pytest.fixture
def settings(begun: Settings, tmp_path: Path) -> Settings:
    """A copy of that practice, for one test to change."""
    return copied(begun, tmp_path / "practice")


def said_of(settings: Settings, report: str, page: str) -> str:
    manifest = json.loads((settings.reports / report / page / "manifest.json").read_text())
    return str(manifest.get("restatement", ""))


def drop(settings: Settings, rows: list[dict[str, object]]) -> None:
    write_rows(settings.inbox / "late.csv", FOLLOW_UPS, rows)


def test_a_page_about_one_condition_counts_what_came_of_that_condition(settings: Settings) -> None:
    late = [*range(1, 12, 2), 13, 15]  # six of spasms, two of ischemia
    drop(settings, [check_in(7, number) for number in late])

    restated = run(settings, LATER)

    assert sorted(page_names(restated)) == ["2026Q3", "2026Q3,ischemia", "2026Q3,muscle_spasm"]
    for report, page, n in (
        ("quarterly_outcomes", "2026Q3", 8),
        ("condition_review", "2026Q3,muscle_spasm", 6),
        ("condition_review", "2026Q3,ischemia", 2),
    ):
        start = f"{n} late or corrected check-ins came in after the first release."
        assert said_of(settings, report, page).startswith(start), page


def test_late_answers_about_one_condition_leave_the_pages_of_others_alone(
    settings: Settings,
) -> None:
    drop(settings, [check_in(7, number) for number in (13, 15, 17)])

    restated = run(settings, LATER)

    assert sorted(page_names(restated)) == ["2026Q3", "2026Q3,ischemia"]


def test_a_page_over_twelve_months_is_restated_when_an_earlier_quarter_of_them_changes(
    settings: Settings,
) -> None:
    drop(settings, [check_in(4, number) for number in (13, 15, 17, 19)])

    restated = run(settings, LATER)

    pages = [(page.parent.parent.name, page.parent.name) for page in restated.pages]
    assert sorted(pages) == [
        ("condition_review", "2026Q2,ischemia"),
        ("condition_review", "2026Q3,ischemia"),
        ("quarterly_outcomes", "2026Q2"),
    ]
    said = said_of(settings, "condition_review", "2026Q3,ischemia")
    assert said.startswith("4 late or corrected check-ins came in")
    # Sixteen answers of two visits said that it holds; of twenty now, four say that it does not.
    assert "elieved on day 4: 100\xa0% before, 80\xa0% now" in said
    assert "Check-ins answered" not in said  # all that were asked were answered, before and now


def test_what_happened_after_the_period_closed_is_not_counted(settings: Settings) -> None:
    july = [check_in(7, number) for number in (1, 3, 5)]
    # The 10th of October is the last day that counts; the 11th is not part of the page.
    after_closing = [check_in(7, number, day=98) for number in (7, 9, 11)]
    drop(settings, july + after_closing)
    write_rows(settings.inbox / "sessions_10.csv", SESSIONS, visits(10))

    run(settings, LATER)

    said = said_of(settings, "quarterly_outcomes", "2026Q3")
    assert said.startswith("3 late or corrected check-ins came in")


def test_a_check_in_that_names_no_session_counts_where_it_is_linked(settings: Settings) -> None:
    # Clients 1 and 3 came again on 20 July: the answers of the 24th are about that visit.
    again = [
        session(
            number,
            session_id=f"A{number}",
            started_at="2026-07-20 10:00",
            ended_at="2026-07-20 11:00",
            condition="ischemia",
        )
        for number in (1, 3)
    ]
    late = [check_in(7, number, day=19) | {"session_id": None} for number in (1, 3)]
    write_rows(settings.inbox / "sessions_again.csv", SESSIONS, again)
    drop(settings, late)

    run(settings, LATER)

    came = "2 late or corrected sessions and 2 late or corrected check-ins came in"
    assert said_of(settings, "condition_review", "2026Q3,ischemia").startswith(came)
    assert said_of(settings, "condition_review", "2026Q3,muscle_spasm") == ""


def test_a_corrected_record_counts_once_and_one_that_says_the_same_not_at_all(
    settings: Settings,
) -> None:
    corrected = [
        visit | {"condition": "ischemia"} for visit in visits(7) if visit["client_id"] == "C1"
    ]
    write_rows(settings.inbox / "sessions_late.csv", SESSIONS, corrected)
    drop(settings, [check_in(7, 2), check_in(7, 4) | {"relief_holding": False}])

    run(settings, LATER)

    came = "1 late or corrected session and 1 late or corrected check-in came in"
    assert said_of(settings, "quarterly_outcomes", "2026Q3").startswith(came)
    assert said_of(settings, "condition_review", "2026Q3,ischemia").startswith(
        "1 late or corrected session came in"
    )
    # The session that is another condition's now is one less here.
    assert said_of(settings, "condition_review", "2026Q3,muscle_spasm").startswith(came)


def test_a_number_that_stayed_is_not_said_to_have_moved(settings: Settings) -> None:
    # Per client the share is another one than per session: both stand in the results.
    sessions = [
        session(
            1,
            session_id=f"M{day}",
            started_at=f"2026-07-{day} 10:00",
            ended_at=f"2026-07-{day} 11:00",
            condition="muscle_spasm",
        )
        for day in (10, 15, 20)
    ]
    moments = {day: days_after(4, f"2026-07-{day} 11:00") for day in (10, 15, 20)}
    answers = [
        follow_up(
            follow_up_id=f"FM{day}",
            session_id=f"M{day}",
            client_id="C1",
            asked_at=moment,
            answered_at=moment,
            relief_holding=False,
        )
        for day, moment in moments.items()
    ]
    write_rows(settings.inbox / "sessions_more.csv", SESSIONS, sessions)
    drop(settings, answers)
    run(settings, datetime(2026, 10, 14, 3))
    with (settings.reports / "quarterly_outcomes/2026Q3/results.csv").open(
        encoding="utf-8-sig", newline=""
    ) as file:
        rows = [row for row in csv.DictReader(file) if row["metric"] == "relief_at_4_days"]
    assert len({row["value"] for row in rows if row["period"] == "2026Q3"}) > 1
    first = settings.reports / "released/quarterly_outcomes/2026Q3"
    for kept in first.iterdir():  # what is there now is the first release
        for path in kept.iterdir():
            path.unlink()
        kept.rmdir()
    manifest = settings.reports / "quarterly_outcomes/2026Q3/manifest.json"
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**content, "releases": [], "notebook_hash": "another"}))

    run(settings, LATER)

    said = said_of(settings, "quarterly_outcomes", "2026Q3")
    assert said == "The report's notebook was changed. No main number moved."


def test_a_look_ahead_before_the_period_is_over_is_no_release(settings: Settings) -> None:
    write_rows(settings.inbox / "sessions_10.csv", SESSIONS, visits(10))
    run(settings, datetime(2026, 11, 1, 3))
    make_report(Practice(settings), "quarterly_outcomes", "2026Q4", {}, progress=quiet)
    more = [visit | {"session_id": f"{visit['session_id']}b"} for visit in visits(11)]
    write_rows(settings.inbox / "sessions_11.csv", SESSIONS, more)
    write_rows(settings.inbox / "check_ins_11.csv", FOLLOW_UPS, [check_in(10, 2)])

    made = run(settings, datetime(2027, 1, 12, 3))

    assert "2026Q4" in page_names(made)
    assert said_of(settings, "quarterly_outcomes", "2026Q4") == ""
    assert not (settings.reports / "released/quarterly_outcomes/2026Q4").exists()


def test_a_page_that_counts_less_than_its_first_release_says_that_it_does(
    settings: Settings,
) -> None:
    # Made by hand while practice.toml did not name it: without a wait, up to the last load.
    toml = settings.folder / "practice.toml"
    whole = toml.read_text()
    toml.write_text(whole.partition("[[report]]")[0] + '[[report]]\nname = "data_quality"\n')
    drop(settings, [check_in(7, number, day=98) for number in (2, 4, 6)])
    unnamed = read_settings(settings.folder)
    load_files(unnamed, None, None, progress=quiet)
    shutil.rmtree(settings.reports / "quarterly_outcomes/2026Q3")
    make_report(Practice(unnamed), "quarterly_outcomes", "2026Q3", {}, progress=quiet)
    toml.write_text(whole)

    run(read_settings(settings.folder), LATER)

    said = said_of(settings, "quarterly_outcomes", "2026Q3")
    assert said.startswith("It counts what had happened until the wait for late answers was over")
    assert "late or corrected" not in said


def test_a_page_without_numbers_to_compare_does_not_say_that_none_moved(
    settings: Settings,
) -> None:
    notebook(settings.folder, (*OF_ALL[:1], OF_ALL[1].rpartition("\n")[0]), "quarterly_outcomes")
    run(settings, datetime(2026, 10, 13, 3))  # made anew, and its first release is taken away
    page = settings.reports / "quarterly_outcomes/2026Q3"
    shutil.rmtree(settings.reports / "released/quarterly_outcomes/2026Q3")
    content = json.loads((page / "manifest.json").read_text())
    (page / "manifest.json").write_text(json.dumps({**content, "releases": []}))
    drop(settings, [check_in(7, 1)])

    run(settings, LATER)

    assert said_of(settings, "quarterly_outcomes", "2026Q3") == (
        "1 late or corrected check-in came in after the first release."
    )
