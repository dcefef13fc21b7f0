"""Every promise, and every verdict it can get, reached by data made for it."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, product
from math import exp, inf
from pathlib import Path

import pytest
from factories import days_after, follow_up, make_practice, session

from nmt_analytics.known_truth import invent_practice
from nmt_analytics.outcomes.answers import Row
from nmt_analytics.outcomes.claims import CLAIMS, judge_claims
from nmt_analytics.outcomes.drivers import TimeRatio
from nmt_analytics.outcomes.driving import HiddenRatio
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.outcomes.verdicts import (
    BEFORE_ROUNDING,
    CANNOT_TELL,
    MORE_CLIENTS,
    NOT_SUPPORTED,
    NOT_TESTABLE,
    SUPPORTED,
    TOO_SILENT,
    ClaimRow,
    ClaimsTable,
    against_limits,
    agree,
    below_zero,
    ratio_verdict,
)
from nmt_analytics.practice import Practice
from nmt_analytics.reporting.answers.promises import present_claims
from nmt_analytics.reporting.plain_text import as_text
from nmt_analytics.reporting.wording import NO_BREAK, estimate_in_words

Rows = list[dict[str, object]]
Answers = list[tuple[float, dict[str, object]]]
Described = list[tuple[dict[str, object], Answers]]
TESTABLE = [name for name in CLAIMS if name not in ("lactic_acid", "blood_flow", "nutrients")]


# --- practices made for a verdict ----------------------------------------------------------------


def made(described: Described, folder: Path) -> Practice:
    """A practice of these sessions with their answers (days after it); a client has two of them."""
    sessions: Rows = []
    answers: Rows = []
    for number, (values, told) in enumerate(described, start=1):
        day = "2026-07-01" if number % 2 else "2026-08-20"
        sessions.append(
            session(
                number,
                client_id=f"C{(number + 1) // 2}",
                started_at=f"{day} 10:00",
                ended_at=f"{day} 11:00",
                **values,
            )
        )
        for days, said in told:
            at = days_after(days, f"{day} 11:00")
            row = follow_up(len(answers) + 1, session_id=f"S{number}", asked_at=at, answered_at=at)
            answers.append(row | said)
    return Practice(make_practice(folder, sessions, answers))


def lasting(days: int) -> Answers:
    """Relief that was still there on one day and gone on the next."""
    held: Answers = [(days - 1, {"relief_holding": True})] if days > 1 else []
    return [*held, (days, {"relief_holding": False})]


def kept(n_sessions: int) -> Described:
    """Sessions that keep every promise: relief for about a week, depending on three things."""
    described: Described = []
    kinds = cycle(product(("low", "high"), ("low", "high"), (3, 5, 7), (0.9, 1.0, 1.12)))
    for _, (stress, activity, severity, luck) in zip(range(n_sessions), kinds, strict=False):
        slower = (0.65 if stress == "high" else 1) * (0.75 if activity == "high" else 1)
        days = round(12 * slower * exp(-0.08 * (severity - 5)) * luck)
        values = {
            "condition": "muscle_spasm",
            "stress_level": stress,
            "activity_level": activity,
            "severity_before": severity,
            "hold_seconds": 30,
            "pressure_felt": "too_strong",
            "pressure_adjusted": True,
            "pain_before": 8,
            "pain_after": 4,
        }
        described.append((values, [(1, {"soreness": 0}), *lasting(days)]))
    return described


def broken(n_sessions: int) -> Described:
    """Sessions that break every promise: relief for two or three days, whatever the client does."""
    described: Described = []
    kinds = cycle(product(("low", "high"), ("low", "high"), (3, 5, 7), (2, 3)))
    for _, (stress, activity, severity, days) in zip(range(n_sessions), kinds, strict=False):
        values = {
            "condition": "muscle_spasm",
            "stress_level": stress,
            "activity_level": activity,
            "severity_before": severity,
            "hold_seconds": 60,
            "pressure_felt": "too_strong",
            "pressure_adjusted": False,
            "pain_before": 4,
            "pain_after": 6,
        }
        described.append((values, [(1.5, {"soreness": 3}), *lasting(days)]))
    return described


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("claims")


@pytest.fixture(scope="module")
def tables(folder: Path) -> Iterator[dict[str, ClaimsTable]]:
    practices = {
        "kept": made(kept(216), folder / "kept"),
        "broken": made(broken(240), folder / "broken"),
        "thin": made(kept(24), folder / "thin"),
    }
    yield {name: practice.claims().data for name, practice in practices.items()}
    for practice in practices.values():
        practice.store.close()


def judged(table: ClaimsTable, claim: str) -> ClaimRow:
    """The row of one promise; of the named conditions, that of muscle spasm."""
    rows = [row for row in table.rows if row.claim == claim]
    return rows[0] if len(rows) == 1 else next(r for r in rows if r.level == "muscle_spasm")


def test_every_promise_has_its_rows_in_the_order_of_the_registry(
    tables: dict[str, ClaimsTable],
) -> None:
    for table in tables.values():
        assert list(dict.fromkeys(row.claim for row in table.rows)) == list(CLAIMS)


@pytest.mark.parametrize("claim", TESTABLE)
def test_a_promise_that_the_data_keep_is_supported(
    claim: str, tables: dict[str, ClaimsTable]
) -> None:
    row = judged(tables["kept"], claim)
    assert (row.verdict, row.settle) == (SUPPORTED, ""), row.reason


@pytest.mark.parametrize("claim", TESTABLE)
def test_a_promise_that_the_data_break_is_not_supported(
    claim: str, tables: dict[str, ClaimsTable]
) -> None:
    row = judged(tables["broken"], claim)
    assert (row.verdict, row.settle) == (NOT_SUPPORTED, ""), row.reason


@pytest.mark.parametrize("claim", TESTABLE)
def test_a_promise_with_few_clients_behind_it_cannot_be_judged(
    claim: str, tables: dict[str, ClaimsTable]
) -> None:
    row = judged(tables["thin"], claim)
    assert row.verdict == CANNOT_TELL
    assert row.settle in ("8 more answering clients", "more answering clients")


@pytest.mark.parametrize("claim", sorted(set(CLAIMS) - set(TESTABLE)))
def test_a_promise_about_the_inside_of_a_body_is_not_testable(
    claim: str, tables: dict[str, ClaimsTable]
) -> None:
    for table in tables.values():
        row = judged(table, claim)
        assert (row.verdict, row.rows, row.ratio) == (NOT_TESTABLE, (), None)


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_a_promise_says_what_it_is_read_to_mean(claim: object) -> None:
    assert getattr(claim, "promise", "") and getattr(claim, "means", "")


def test_the_promise_of_soreness_stands_beside_both_of_its_hours(
    tables: dict[str, ClaimsTable],
) -> None:
    row = judged(tables["kept"], "soreness_gone")
    assert [metric.name for metric, _ in row.rows] == [
        "soreness_gone_by_36_hours",
        "soreness_gone_by_24_hours",
    ]


def test_every_named_condition_has_a_verdict_of_its_own(tables: dict[str, ClaimsTable]) -> None:
    rows = {row.level: row for row in tables["kept"].rows if row.claim == "relieves_condition"}
    assert len(rows) == 8 and "other" not in rows
    assert rows["muscle_spasm"].verdict == SUPPORTED
    nobody = rows["ischemia"]
    assert (nobody.verdict, nobody.reason) == (CANNOT_TELL, "no answers")
    assert nobody.settle == "answers of at least 20 clients"


def test_one_failing_number_of_a_condition_decides(folder: Path) -> None:
    # Pain falls clearly, but relief is lost by day 3.
    described = [(values, lasting(3)) for values, _ in kept(48)]
    practice = made(described, folder / "short")
    row = judged(practice.claims().data, "relieves_condition")
    assert row.verdict == NOT_SUPPORTED
    assert [each.value for _, each in row.rows] == [100, 0]
    practice.store.close()


def test_relief_beyond_14_days_is_longer_than_promised(folder: Path) -> None:
    described = [(values, lasting(18 + i % 3)) for i, (values, _) in enumerate(kept(60))]
    practice = made(described, folder / "long")
    row = judged(practice.claims().data, "relief_lasts")
    assert (row.verdict, row.reason) == (NOT_SUPPORTED, "longer than promised: above 14 days")
    practice.store.close()


def test_check_ins_too_far_apart_name_the_one_that_would_settle_it(folder: Path) -> None:
    # Asked about soreness at 24 and 48 hours and about relief on days 1 and 21 only.
    told: Answers = [
        (1, {"soreness": 4, "relief_holding": True}),
        (2, {"soreness": 0}),
        (21, {"relief_holding": False}),
    ]
    practice = made([(values, told) for values, _ in kept(60)], folder / "seldom")
    table = practice.claims().data
    relief = judged(table, "relief_lasts")
    assert (relief.verdict, relief.settle) == (CANNOT_TELL, "a check-in at day 4 and day 14")
    soreness = judged(table, "soreness_gone")
    assert (soreness.verdict, soreness.settle) == (CANNOT_TELL, "a check-in at hour 36")
    condition = judged(table, "relieves_condition")
    assert (condition.verdict, condition.settle) == (CANNOT_TELL, "a check-in at day 4")
    practice.store.close()


def test_a_promise_about_relief_that_most_clients_are_silent_about_cannot_be_judged(
    folder: Path,
) -> None:
    silent: Described = [(values, []) for values, _ in kept(160)]
    practice = made([*kept(72), *silent], folder / "mostly_silent")
    condition = judged(practice.claims().data, "relieves_condition")
    assert (condition.verdict, condition.reason, condition.settle) == TOO_SILENT
    for audience in (practice, Practice(practice.settings, audience="shared")):
        relief = judged(audience.claims().data, "relief_lasts")
        assert (relief.verdict, relief.reason, relief.settle) == TOO_SILENT
        assert judged(audience.claims().data, "good_pain").verdict == SUPPORTED
        audience.store.close()


@pytest.mark.parametrize(
    ("n_silent", "opening"),
    [
        (12, "Relief lasts about 8 days (likely 7 to 9). "),
        (48, "Relief lasts about 8 days (likely 7 to 9), by what was heard; of too many sessions "),
        (160, "How long relief lasts cannot be told: "),
    ],
)
def test_a_page_opens_with_relief_as_far_as_silence_lets_it(
    folder: Path, n_silent: int, opening: str
) -> None:
    silent: Described = [(values, []) for values, _ in kept(n_silent)]
    practice = made([*kept(72), *silent], folder / f"silent_{n_silent}")
    said = str(practice.overview().sentence()).replace(NO_BREAK, " ")
    assert opening in said
    practice.store.close()


def test_more_clients_are_not_asked_for_where_most_do_not_answer(tmp_path: Path) -> None:
    silent = {"answering_probability": 0.25, "silence_when_relief_ends": 0.9}
    known = invent_practice("silent", tmp_path / "p", 1500, 1, intake_asked_share=0.1, **silent)
    row = judged(known.practice.claims("2026").data, "relief_lasts")
    assert row.rows[0][1].value is None  # the median alone would ask for more clients
    assert (row.verdict, row.reason, row.settle) == TOO_SILENT


def test_silence_about_relief_does_not_save_a_condition_that_pain_alone_decides(
    folder: Path,
) -> None:
    silent: Described = [(values | {"pain_after": 8}, []) for values, _ in kept(160)]
    told = [(values | {"pain_after": 8}, answers) for values, answers in kept(72)]
    practice = made([*told, *silent], folder / "silent_in_pain")
    condition = judged(practice.claims().data, "relieves_condition")
    assert condition.verdict == NOT_SUPPORTED
    assert condition.reason == "the whole interval lies below 50 %"
    practice.store.close()


def test_a_practice_without_any_answer_cannot_tell(folder: Path) -> None:
    practice = Practice(make_practice(folder / "silent", [session(n) for n in range(1, 30)]))
    table = practice.claims().data
    assert {judged(table, claim).verdict for claim in TESTABLE} == {CANNOT_TELL}
    assert all(judged(table, claim).settle for claim in TESTABLE)
    practice.store.close()


def test_a_hidden_time_ratio_says_why_nothing_can_be_judged(folder: Path) -> None:
    practice = made(kept(24), folder / "hidden")
    hidden = (HiddenRatio("stress_level", "high", "low", "hidden: fewer than 5 clients"),)
    table = judge_claims(practice.view, replace(practice.drivers().data, hidden=hidden), None)
    row = judged(table, "varies_with_stress")
    assert (row.verdict, row.reason) == (CANNOT_TELL, "hidden: fewer than 5 clients")
    assert judged(table, "varies_with_activity").reason != row.reason
    practice.store.close()


def test_a_screen_names_each_promise_once_and_a_file_on_every_line(
    tables: dict[str, ClaimsTable],
) -> None:
    table = tables["kept"]
    screen = " ".join(as_text(present_claims(table)).split())
    promise = "It relieves each of the named conditions"
    (row,) = {row.promise for row in table.rows if row.claim == "relieves_condition"}
    assert row == promise
    assert screen.count(promise) == 1
    n_numbers = sum(len(row.rows) for row in table.rows if row.claim == "relieves_condition")
    assert [record["promise"] for record in table.records()].count(promise) == n_numbers > 1
    for claim in table.rows:
        for metric, number in claim.rows:
            if claim.verdict == SUPPORTED and metric.unit == "%":
                assert " ".join(estimate_in_words(number, metric).split()) in screen


# --- rules on rows made by hand ------------------------------------------------------------------


SHARE, MEDIAN = METRICS["soreness_gone_by_36_hours"], METRICS["relief_days_median"]


def number(value: float | None, ci_lower: float | None, ci_upper: float | None, n: int = 30) -> Row:
    return Row("all", (), 2 * n, n, value, ci_lower, ci_upper, value, value)


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (number(70, 50, 85), SUPPORTED),
        (number(70, 49.9, 85), CANNOT_TELL),
        (number(30, 15, 50), CANNOT_TELL),
        (number(30, 15, 49.9), NOT_SUPPORTED),
        (number(70, 60, 80, n=19), CANNOT_TELL),
        (number(70, None, None), CANNOT_TELL),
        (Row("all", (), hidden="hidden: fewer than 5 clients", showing="hidden"), CANNOT_TELL),
    ],
)
def test_a_share_is_judged_by_its_whole_interval(row: Row, verdict: str) -> None:
    assert against_limits(SHARE, row, 50, None)[0] == verdict


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (number(9, 4, 14), SUPPORTED),
        (number(9, 3.9, 14), CANNOT_TELL),
        (number(9, 4, 14.1), CANNOT_TELL),
        (number(3, 2, 3.9), NOT_SUPPORTED),
        (number(15, 14.1, 20), NOT_SUPPORTED),
        (number(None, 14.1, inf), NOT_SUPPORTED),
        (number(None, 9, inf), CANNOT_TELL),
    ],
)
def test_a_median_is_judged_against_both_limits(row: Row, verdict: str) -> None:
    assert against_limits(MEDIAN, row, 4, 14)[0] == verdict


def known(value: float, low: float, high: float, known_lower: float, known_upper: float) -> Row:
    return Row("all", (), 60, 30, value, low, high, known_lower, known_upper)


def test_a_number_that_check_ins_leave_on_both_sides_of_a_limit_cannot_be_judged() -> None:
    row = known(60, 55, 65, 49, 66)
    verdict, reason, settle = against_limits(SHARE, row, 50, None)
    assert (verdict, settle) == (CANNOT_TELL, "a check-in at hour 36")
    assert "check-ins" in reason
    assert against_limits(SHARE, known(60, 55, 65, 50, 66), 50, None)[0] == SUPPORTED
    assert against_limits(MEDIAN, known(5, 4.2, 6, 3, 6), 4, 14)[2] == "a check-in at day 4"
    assert against_limits(MEDIAN, known(9, 8, 10, 8, 21), 4, 14)[2] == "a check-in at day 14"


def test_what_is_never_lost_within_the_check_ins_is_not_longer_than_promised() -> None:
    # Everybody still had relief on day 7, the last day asked.
    row = Row("all", (), 60, 30, None, inf, inf, 7, inf)
    assert against_limits(MEDIAN, row, 4, 14)[::2] == (CANNOT_TELL, "a check-in at day 14")


@pytest.mark.parametrize(
    ("row", "limits", "settle"),
    [
        # 20 points down to the end of the interval, 10 to the limit: half as wide, 4 x 30 clients.
        (number(60, 40, 80), (50, None), "about 90 more answering clients"),
        # 15 up, 10 to the limit: 2.25 x 30 = 67.5 clients, 37.5 more.
        (number(40, 30, 55), (50, None), "about 40 more answering clients"),
        # Of two limits the farther beyond: 5 to 4 days (6 / 5), 5 to 14 days (10 / 5): 4 x 30.
        (number(9, 3, 19), (4, 14), "about 90 more answering clients"),
        (number(50.1, 40, 60), (50, None), "more than 600 more answering clients"),
        (number(50, 40, 60), (50, None), "more than 600 more answering clients"),
        (number(None, 9, inf), (4, 14), "more answering clients"),
    ],
)
def test_an_open_promise_says_how_many_more_clients_it_takes(
    row: Row, limits: tuple[float, float | None], settle: str
) -> None:
    assert against_limits(MEDIAN, row, *limits)[2].startswith(settle)


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (number(-2, -3, -0.1), SUPPORTED),
        (number(-2, -4, 0), CANNOT_TELL),
        (number(1, 0, 2), NOT_SUPPORTED),
        (number(-2, -3, -1, n=19), CANNOT_TELL),
    ],
)
def test_a_fall_in_pain_is_judged_against_zero(row: Row, verdict: str) -> None:
    assert below_zero(row)[0] == verdict


def ratio(value: float, ci_lower: float, ci_upper: float, n_clients: int = 50) -> TimeRatio:
    return TimeRatio("stress_level", "high", "low", value, ci_lower, ci_upper, n_clients, 200)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (ratio(0.7, 0.6, 0.8), SUPPORTED),
        (ratio(1.3, 1.1, 1.5), SUPPORTED),
        (ratio(0.95, 0.92, 0.98), SUPPORTED),
        (ratio(1.0, 0.9, 1.1), NOT_SUPPORTED),
        (ratio(1.0, 0.89, 1.1), CANNOT_TELL),
        (ratio(0.7, 0.6, 0.8, n_clients=19), CANNOT_TELL),
    ],
)
def test_a_time_ratio_is_judged_against_one(found: TimeRatio, verdict: str) -> None:
    assert ratio_verdict(found)[0] == verdict


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        # Seven points apart that is 0.70 to 1.07: mild and severe may well differ.
        ((0.95, 1.01), CANNOT_TELL),
        ((0.986, 1.012), NOT_SUPPORTED),  # 0.906 to 1.087
        ((0.95, 0.99), SUPPORTED),
    ],
)
def test_a_ratio_of_each_point_is_judged_from_mild_to_severe(
    ends: tuple[float, float], verdict: str
) -> None:
    assert ratio_verdict(ratio(0.99, *ends), steps=7)[0] == verdict


@pytest.mark.parametrize(
    ("found", "settle"),
    [
        # On the log scale twice as far to the end of the interval as to 1: 4 x 50 clients.
        (ratio(exp(-0.2), exp(-0.6), exp(0.2)), "about 150 more answering clients"),
        # No difference to be found: three times narrower and it fits into 0.9 to 1.1.
        (ratio(1.0, 0.9**3, 1.1**3), "about 400 more answering clients"),
        (ratio(0.7, 0.4, 1.2, n_clients=19), "1 more answering client"),
    ],
)
def test_an_open_time_ratio_says_how_many_more_clients_it_takes(
    found: TimeRatio, settle: str
) -> None:
    assert ratio_verdict(found)[2] == settle


def test_no_verdict_hangs_on_rounding_a_number_to_be_shared() -> None:
    owner, shared = number(58.8, 48.9, 68.1, n=31), number(58, 50, 67)
    judged_by = [against_limits(SHARE, each, 50, None) for each in (owner, shared)]
    assert [verdict for verdict, _, _ in judged_by] == [CANNOT_TELL, SUPPORTED]
    assert agree(*judged_by) == (CANNOT_TELL, BEFORE_ROUNDING, MORE_CLIENTS)
    assert agree(judged_by[0], judged_by[0]) == judged_by[0]
    # Hidden or rounded down: the shared page says no more than its own number lets it.
    hidden = against_limits(SHARE, replace(shared, hidden="hidden", showing="hidden"), 50, None)
    assert agree(against_limits(SHARE, number(80, 70, 90), 50, None), hidden) == hidden


# --- the table, and the command ------------------------------------------------------------------


def test_each_record_has_every_column_and_hidden_numbers_are_empty(
    tables: dict[str, ClaimsTable],
) -> None:
    for table in tables.values():
        for record in table.records():
            assert set(table.columns) <= set(record)
            if record["hidden"]:
                assert record["value"] is None and record["n_clients"] is None
            if record["verdict"] == CANNOT_TELL:
                assert record["settle"]


def test_a_record_carries_the_number_that_decided(tables: dict[str, ClaimsTable]) -> None:
    records = {record["metric"]: record for record in tables["kept"].records()}
    assert records["pain_change"]["value"] == -4
    assert records["time_ratio_stress_level"]["unit"] == "times"
    # 0.65 times as long was put in; whole days blur it a little.
    assert records["time_ratio_stress_level"]["value"] == pytest.approx(0.65, abs=0.05)


@pytest.fixture
def run(type_in):
    """What `nmt-analytics claims` prints in a folder."""

    def run_claims(folder: Path, *options: str) -> str:
        typed = type_in(folder, "claims", *options)
        assert typed.code == 0, typed.err
        return typed.out

    return run_claims


def test_the_command_prints_every_promise_as_csv(
    tables: dict[str, ClaimsTable], folder: Path, run
) -> None:
    printed = list(csv.DictReader(io.StringIO(run(folder / "kept", "--format", "csv"))))
    table = tables["kept"]
    assert list(printed[0]) == list(table.columns)
    assert [row["verdict"] for row in printed] == [r["verdict"] for r in table.records()]
    assert float(printed[0]["value"]) == table.records()[0]["value"]


def test_the_command_prints_every_promise_as_json_for_one_period(
    tables: dict[str, ClaimsTable], folder: Path, run
) -> None:
    printed = json.loads(run(folder / "kept", "--period", "2026-07", "--format", "json"))
    assert {row["period"] for row in printed} == {"2026-07"}
    assert {row["claim"] for row in printed} == set(CLAIMS)


def test_the_command_prints_a_table_for_people(
    tables: dict[str, ClaimsTable], folder: Path, run
) -> None:
    printed = " ".join(run(folder / "thin").split())
    for words in ("settle", "data cannot tell", "8 more", "More answering clients would settle it"):
        assert words in printed


def test_a_table_for_people_tells_a_ratio_under_one_from_one_over_it(
    tables: dict[str, ClaimsTable], folder: Path, run
) -> None:
    ratio = judged(tables["kept"], "varies_with_severity").ratio
    assert 0.9 < ratio.value < 0.95
    shorter = f"relief lasts {100 * (1 - ratio.value):.0f} % shorter"
    assert shorter in " ".join(run(folder / "kept").split())


def test_the_command_looks_back_and_hides_more_when_shared(
    tables: dict[str, ClaimsTable], folder: Path, run
) -> None:
    shared = run(folder / "thin", "--audience", "shared", "--format", "json")
    assert {row["n_clients"] for row in json.loads(shared)} <= {None, 10}
    before = run(folder / "kept", "--as-of", "2026-06-30", "--format", "json")
    assert {row["verdict"] for row in json.loads(before)} == {CANNOT_TELL, NOT_TESTABLE}
