"""What a notebook asks: every answer has its table, sentence and figure, and hides what it must."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from factories import days_after, follow_up, make_practice, session, write_rows

import nmt_analytics as nmt
from nmt_analytics.answer import Answer
from nmt_analytics.errors import NoDataError, SettingsError, UsageError
from nmt_analytics.intake.load import load_file
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.practice import Practice
from nmt_analytics.schema import FOLLOW_UPS, SESSIONS
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import Store

QUARTER = "2026Q3"
PARTS_OF_A_PAGE: dict[str, Callable[[Practice], Answer]] = {
    "therapists": lambda p: p.therapists(period="2026-07"),
    "at_a_glance": lambda p: p.at_a_glance("2026-07"),
    "findings": lambda p: p.findings("2026-07"),
    "answer_times": lambda p: p.answer_times("2026-07"),
    "endings": lambda p: p.endings("2026-07"),
    "refusals": lambda p: p.refusals(),
    "glossary": lambda p: p.glossary(),
    "method": lambda p: p.method("2026-07"),
}
NUMBERS = ["n_sessions", "n_clients", "value", "ci_lower", "ci_upper"]
WITH_KNOWN = [*NUMBERS, "known_lower", "known_upper"]

Ask = Callable[[Practice], Answer]
ANSWERS: dict[str, tuple[Ask, list[str]]] = {
    "overview": (lambda p: p.overview(QUARTER), []),
    "outcome": (lambda p: p.outcome("relief_days_median", None, QUARTER), []),
    "outcome by one": (lambda p: p.outcome("pain_change", "condition", QUARTER), ["condition"]),
    "outcome by two": (
        lambda p: p.outcome("sessions", ["condition", "stress_level"], QUARTER),
        ["condition", "stress_level"],
    ),
    "side_by_side": (lambda p: p.side_by_side(["flare_ups", "soreness_any"], QUARTER), []),
    "relief_curve": (lambda p: p.relief_curve("stress_level", QUARTER), ["stress_level", "day"]),
    "soreness_curve": (lambda p: p.soreness_curve(None, QUARTER), ["hour"]),
    "compare": (lambda p: p.compare("pain_change", QUARTER), []),
    "compare_groups": (
        lambda p: p.compare_groups("relief_at_4_days", "stress_level", "2026"),
        ["stress_level", "p_value"],
    ),
    "drivers": (lambda p: p.drivers(QUARTER), ["term", "level", "reference"]),
    "claims": (lambda p: p.claims(QUARTER), ["claim", "promise", "verdict", "reason", "settle"]),
    "control_chart": (
        lambda p: p.control_chart("pain_change", "month", QUARTER),
        ["centre", "lower_limit", "upper_limit", "signal", "verdict"],
    ),
    "return_guide": (lambda p: p.return_guide("condition", QUARTER), ["condition"]),
    "silence": (lambda p: p.silence(14, QUARTER), []),
    "naive_averages": (lambda p: p.naive_averages(QUARTER), []),
    "per_client": (lambda p: p.per_client(QUARTER), ["counted"]),
    "pain": (lambda p: p.pain(QUARTER), ["points"]),
    "pressure": (lambda p: p.pressure(QUARTER), ["pressure_felt"]),
    "data_quality": (lambda p: p.data_quality(QUARTER), ["check_in"]),
    "answer_times": (lambda p: p.answer_times(QUARTER), []),
    "at_a_glance": (lambda p: p.at_a_glance(QUARTER), []),
    "findings": (lambda p: p.findings(QUARTER), ["level", "reference"]),
}
WITHOUT_FIGURE = {
    "overview",
    "at_a_glance",
    "findings",
    "compare",
    "claims",
    "naive_averages",
    "per_client",
    "outcome by two",
}


@pytest.fixture(scope="module")
def settings(example: Settings) -> Settings:
    return example


# --- every answer ---------------------------------------------------------------------------------


def test_every_question_of_a_practice_has_its_answer_here() -> None:
    asked = {
        name
        for name, method in inspect.getmembers(Practice)
        if getattr(method, "__annotations__", {}).get("return") == "Answer"
    }
    assert asked == {name.split(" ")[0] for name in ANSWERS} | set(PARTS_OF_A_PAGE)


def test_the_parts_of_a_page_show_themselves_even_for_a_small_practice(tmp_path: Path) -> None:
    rows = [session(number) for number in range(1, 7)]
    answers = [follow_up(number, relief_holding=True) for number in range(1, 7)]
    practice = Practice(make_practice(tmp_path, rows, answers))
    for name, ask in PARTS_OF_A_PAGE.items():
        shown = ask(practice)._repr_mimebundle_()
        assert shown["text/html"], name
        table = ask(practice).table
        assert table.loc[table["hidden"] != "", NUMBERS].isna().all(axis=None)
    practice.store.close()


@pytest.mark.parametrize("name", ANSWERS)
def test_a_table_is_tidy_with_counts_interval_unit_and_hidden(
    name: str, practice: Practice
) -> None:
    ask, dimensions = ANSWERS[name]
    table = ask(practice).table
    numbers = NUMBERS if name == "drivers" else WITH_KNOWN
    assert set(table.columns) >= {*numbers, *dimensions, "unit", "period", "hidden"}
    assert len(table) > 0
    assert (table["hidden"] == "").any()
    for number in numbers:
        assert table[number].dropna().map(lambda each: isinstance(each, int | float)).all()


@pytest.mark.parametrize("name", ANSWERS)
def test_a_hidden_row_has_no_numbers(name: str, practice: Practice, shared: Practice) -> None:
    ask, _ = ANSWERS[name]
    for audience in (practice, shared):
        table = ask(audience).table
        numbers = [number for number in WITH_KNOWN if number in table.columns]
        assert table.loc[table["hidden"] != "", numbers].isna().all(axis=None)


@pytest.mark.parametrize("name", [*ANSWERS, *PARTS_OF_A_PAGE])
def test_every_column_of_a_table_is_explained_and_saved(
    name: str, practice: Practice, tmp_path: Path
) -> None:
    ask = ANSWERS[name][0] if name in ANSWERS else PARTS_OF_A_PAGE[name]
    answer = ask(practice)
    columns, table = answer.columns, answer.table
    assert list(columns) == list(table.columns)
    assert all(len(meaning.split()) > 1 for meaning in columns.values())
    assert answer.to_excel(tmp_path / "answer.xlsx").stat().st_size > 0
    saved = answer.to_csv(tmp_path / "answer.csv").read_text(encoding="utf-8-sig")
    assert saved.splitlines()[0].split(",") == list(columns)


def test_something_is_hidden_in_the_example_so_that_hiding_was_tried(practice: Practice) -> None:
    table = practice.outcome("relief_days_median", "condition", QUARTER).table
    hidden = table.set_index("condition")["hidden"]
    assert hidden["ischemia"].startswith("hidden: fewer than 5 clients")


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_says_a_sentence_and_shows_itself(name: str, practice: Practice) -> None:
    answer = ANSWERS[name][0](practice)
    assert len(answer.sentence()) > 20
    assert answer.sentence().endswith((".", "?", "!", ":"))
    # Findings stand in a terminal as a list, each with a dash before it.
    in_lines = " ".join(repr(answer).removeprefix("- ").split())
    first = answer.sentence().split(". ")[0]
    assert in_lines.startswith(" ".join(first.split()))
    shown = answer._repr_mimebundle_()
    assert shown["text/html"] and shown["text/plain"]


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_has_a_figure_or_says_that_it_has_none(name: str, practice: Practice) -> None:
    answer = ANSWERS[name][0](practice)
    if name in WITHOUT_FIGURE:
        with pytest.raises(UsageError, match="it has no figure"):
            answer.figure()
    else:
        assert len(answer.figure().data) > 0


@pytest.mark.parametrize("name", ["outcome by one", "relief_curve", "compare", "drivers", "pain"])
def test_an_answer_is_the_same_to_the_last_byte_whoever_asks(
    name: str, practice: Practice, settings: Settings
) -> None:
    ask, _ = ANSWERS[name]
    asked_anew = Practice(settings, store=Store(settings.store))
    assert asked_anew.store is not practice.store
    assert ask(asked_anew).table.to_csv() == ask(practice).table.to_csv()
    asked_anew.store.close()


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_shared_has_no_exact_count_in_it(name: str, shared: Practice) -> None:
    table = ANSWERS[name][0](shared).table
    for number in ("n_sessions", "n_clients"):
        assert (table[number].dropna().astype(int) % 5 == 0).all()
    shares = table.loc[table["unit"] == "%", "value"].dropna()
    if name != "data_quality":  # there they are shares of the rounded counts beside them
        assert (shares == shares.round()).all()


@pytest.mark.parametrize("name", ANSWERS)
def test_a_period_without_data_is_answered_too(name: str, settings: Settings) -> None:
    practice = Practice(settings, as_of="2023-10-01")
    answer = ANSWERS[name][0](practice)
    assert answer.sentence()
    if name != "data_quality":  # records are counted whenever their sessions were
        assert (answer.table["value"].dropna() == 0).all()


# --- when -----------------------------------------------------------------------------------------


def test_a_practice_as_of_a_moment_counts_what_had_happened_by_then(practice: Practice) -> None:
    before = practice.as_of("2026-08-15")
    earlier, now = (
        each.outcome("sessions", None, QUARTER).data.rows[0].value for each in (before, practice)
    )
    sql = practice.sql(
        "select count(*) as n, count(distinct client_id) as n_clients from sessions "
        "where local_on between '2026-07-01' and '2026-08-15'"
    )
    assert earlier == sql["n"][0] < now
    assert str(before.last_day()) <= "2026-08-15"


def test_an_answer_given_later_does_not_count_earlier(practice: Practice) -> None:
    # Relief of sessions late in September was asked about in October.
    before = practice.as_of("2026-09-30").outcome("relief_at_14_days", None, "2026-09").data.rows[0]
    now = practice.outcome("relief_at_14_days", None, "2026-09").data.rows[0]
    assert before.n_sessions < now.n_sessions


def test_nothing_was_known_before_it_was_loaded(settings: Settings) -> None:
    practice = Practice(settings, loaded_by="2026-10-24")
    assert not practice.outcome("sessions").data.rows[0].value
    with pytest.raises(NoDataError):
        practice.last_day()


def test_the_moments_that_were_asked_for_are_kept(practice: Practice) -> None:
    assert practice.fixed_moments == {}
    assert practice.as_of("2026-08-15 12:00").fixed_moments == {
        "as_of": "2026-08-15T16:00:00+00:00"
    }


def test_a_practice_that_stays_open_sees_the_next_load(tmp_path: Path) -> None:
    rows = [session(number) for number in range(1, 7)]
    answers = [follow_up(number, relief_holding=True) for number in range(1, 7)]
    settings = make_practice(tmp_path, rows, answers)
    practice = Practice(settings)
    relief = practice.outcome("relief_days_q25").data.rows[0]
    assert (relief.value, relief.known_lower) == (None, 1)
    day_three = days_after(3)
    lost = follow_up(7, session_id="S1", asked_at=day_three, answered_at=day_three)
    more = write_rows(
        tmp_path / "more" / "follow_ups.csv", FOLLOW_UPS, [lost | {"relief_holding": False}]
    )
    load_file(settings, more)
    assert practice.outcome("relief_at_4_days").data.rows[0].value < 100
    load_file(settings, write_rows(tmp_path / "more" / "sessions.csv", SESSIONS, [session(8)]))
    assert practice.outcome("sessions").data.rows[0].value == 7
    practice.store.close()


# --- opening and asking wrongly -------------------------------------------------------------------


def test_a_practice_is_opened_by_its_folder_or_found_from_within(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(settings.folder / "data")
    for opened in (nmt.open_practice(), nmt.open_practice(settings.folder)):
        assert opened.settings.name.startswith("Riverbend")
        assert dict(opened.metrics) == METRICS


def test_a_folder_without_a_practice_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nmt-analytics init"):
        nmt.open_practice(tmp_path)


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda p: p.outcome("relief_at_5_days"), "relief_at_4_days"),
        (lambda p: p.outcome("sessions", "conditon"), 'Did you mean "condition"'),
        (lambda p: p.outcome("sessions", None, "autumn"), "not a period"),
        (lambda p: p.outcome(5), 'no metric "5"'),
        (lambda p: p.outcome("sessions", 7), 'no dimension "7"'),
        (lambda p: p.relief_curve(["condition", "stress_level"]), "drawn by one dimension"),
        (lambda p: p.side_by_side([]), "Only shares stand side by side"),
        (lambda p: p.side_by_side(["flare_ups", "pain_change"]), "Only shares stand side by side"),
        (lambda p: p.latest_period("decade"), 'no kind of period "decade".*quarter'),
        (lambda p: p.compare("sessions"), "Name a period"),
        (lambda p: p.silence(5), "4, 7, 14"),
        (lambda p: p.control_chart("sessions", "day"), "month or quarter"),
        (lambda p: p.as_of("soon"), "not a moment"),
        (lambda p: Practice(p.settings, audience="world"), "owner or shared"),
    ],
)
def test_a_wrong_question_is_answered_with_the_right_words(
    ask: Callable[[Practice], Any], says: str, practice: Practice
) -> None:
    with pytest.raises(UsageError, match=says):
        ask(practice)


def test_a_year_may_be_a_number_and_one_share_a_word(practice: Practice) -> None:
    assert practice.outcome("sessions", None, 2026).data == (  # type: ignore[arg-type]
        practice.outcome("sessions", None, "2026").data
    )
    both = [practice.side_by_side(each).data for each in ("flare_ups", ["flare_ups"])]
    assert both[0] == both[1]


def test_therapists_are_numbered_and_never_named(practice: Practice) -> None:
    table = practice.outcome("sessions", "therapist").table
    assert set(table["therapist"]) == {"therapist 1", "therapist 2", "therapist 3", "not_recorded"}
