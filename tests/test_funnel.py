"""Therapists in a funnel: limits of chance around the practice's own share, and no ranking."""

import math
import re
from pathlib import Path
from shutil import copy

import pytest
from factories import days_after, empty_practice, follow_up, make_practice, quiet, session
from page_reading import read_page
from proof_figures import record

from nmt_analytics import Practice, schedule, simulation
from nmt_analytics.errors import UsageError
from nmt_analytics.intake.load import load_file
from nmt_analytics.outcomes.funnel import FAR, NEAR, funnel, limits_at
from nmt_analytics.reporting.answers.presentation import present_therapists
from nmt_analytics.settings import read_settings

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
ON = "[therapists]\nshow = true\n"
DAY = 7


def practice_of(folder, *, extra=ON, sessions_each=1, **therapists):
    """A practice in which each therapist has (clients, share of them still relieved on day 7)."""
    sessions, answers = [], []
    for nth, (therapist, (n_clients, share)) in enumerate(therapists.items()):
        for client in range(n_clients):
            for visit in range(sessions_each):
                number = len(sessions) + 1
                start = (
                    f"2026-07-{1 + nth:02d} 10:00" if visit == 0 else f"2026-08-{nth + 1:02d} 10:00"
                )
                end = start.replace("10:00", "11:00")
                sessions.append(
                    session(
                        number,
                        client_id=f"{therapist}-{client}",
                        therapist_id=therapist,
                        started_at=start,
                        ended_at=end,
                    )
                )
                at = days_after(DAY, end)
                holds = client < share * n_clients
                answers.append(follow_up(number, asked_at=at, answered_at=at, relief_holding=holds))
    return Practice(make_practice(folder, sessions, answers, extra=extra))


def asked(practice):
    return funnel(practice.view, "relief_at_7_days", "2026Q3")


def positions(found):
    return {each.name: each.position for each in found.therapists}


@pytest.fixture(scope="module")
def far_apart(tmp_path_factory):
    """Two therapists of 100 clients each, 60 % of them relieved; one of 40 with 15 %; two small."""
    folder = tmp_path_factory.mktemp("apart")
    many = {"T1": (100, 0.6), "T2": (100, 0.6), "T3": (40, 0.15)}
    return practice_of(folder, **many, T4=(8, 0.5), T5=(3, 0.5))


def test_who_lies_outside_is_said_and_who_has_few_clients_is_not_compared(far_apart):
    found = asked(far_apart)

    assert positions(found) == {
        "therapist 1": "within",
        "therapist 2": "within",
        "therapist 3": "below",
        "therapist 4": "not compared",
        "therapist 5": "not compared",
    }
    assert [each.name for each in found.outside] == ["therapist 3"]


def test_limits_are_those_of_a_binomial_where_each_client_came_once(far_apart):
    found = asked(far_apart)
    share = (found.whole.value or 0) / 100
    for limits in found.limits[5::10]:
        width = math.log(limits.far_upper / (100 - limits.far_upper)) - math.log(
            limits.far_lower / (100 - limits.far_lower)
        )
        spread = 1 / limits.n - 1 / (found.whole.n_sessions or 1)
        binomial = 2 * FAR * math.sqrt(spread / (share * (1 - share)))
        assert width == pytest.approx(binomial, rel=0.03)
        assert limits.far_lower < limits.near_lower < found.whole.value
        assert found.whole.value < limits.near_upper < limits.far_upper
    assert pytest.approx((1.95996, 3.09023), abs=1e-5) == (NEAR, FAR)


def test_clients_who_come_twice_and_answer_alike_widen_the_limits(tmp_path):
    once = asked(practice_of(tmp_path / "once", T1=(60, 0.5), T2=(60, 0.5)))
    twice = asked(practice_of(tmp_path / "twice", sessions_each=2, T1=(60, 0.5), T2=(60, 0.5)))

    assert twice.whole.n_sessions == 2 * (once.whole.n_sessions or 0)
    # As many clients, alike in both visits: with twice the answers no narrower at one's own place.
    narrow, wide = (
        limits_at(each.whole, _error(each), each.therapists[0].row.n_sessions or 0)
        for each in (once, twice)
    )
    assert wide.far_upper == pytest.approx(narrow.far_upper, abs=0.5)


def _error(found):
    """The error that the drawn limits were made with, read back from one of them."""
    limits = found.limits[-1]
    reach = math.log(limits.near_upper / (100 - limits.near_upper)) - math.log(
        found.whole.value / (100 - found.whole.value)
    )
    return reach / NEAR / math.sqrt((found.whole.n_sessions or 0) / limits.n - 1)


def test_limits_narrow_with_more_answers(far_apart):
    widths = [each.far_upper - each.far_lower for each in asked(far_apart).limits]
    assert widths == sorted(widths, reverse=True)


# --- names ----------------------------------------------------------------------------------------


def test_the_owners_names_are_found_by_the_codes_of_the_files(tmp_path):
    extra = ON + 'names = { T2 = "Ben", T9 = "Nobody" }\n'
    practice = practice_of(tmp_path, extra=extra, T1=(30, 0.5), T2=(30, 0.5))
    shown = practice.therapists(period="2026Q3")

    assert [each.name for each in shown.data.therapists] == ["therapist 1", "Ben"]
    assert shown.data.unknown == ("T9",)
    assert "T9, of whom no session is known" in shown.bundle.caption


def test_a_shared_page_shows_numbers_in_place_of_names(tmp_path):
    extra = ON + 'names = { T1 = "Ann" }\n'
    practice = practice_of(tmp_path, extra=extra, T1=(30, 0.5), T2=(30, 0.5))
    shared = Practice(practice.settings, audience="shared").therapists(period="2026Q3")

    assert {each.name for each in shared.data.therapists} == {"therapist 1", "therapist 2"}
    assert "Ann" not in str(shared.bundle)


def test_names_do_not_move_when_a_new_therapist_or_a_later_session_comes(tmp_path):
    before = practice_of(tmp_path / "a", T1=(30, 0.5), T2=(30, 0.5))
    after = practice_of(tmp_path / "b", T1=(40, 0.5), T2=(31, 0.5), T3=(30, 0.9))

    assert list(positions(asked(after)))[:2] == list(positions(asked(before)))


# --- when there is nothing to compare -------------------------------------------------------------


def test_without_the_owners_word_nothing_is_counted(tmp_path):
    practice = practice_of(tmp_path, extra="", T1=(30, 0.5), T2=(30, 0.5))
    shown = practice.therapists(period="2026Q3")

    assert (shown.data.therapists, shown.data.whole.value) == ((), None)
    assert (shown.bundle.why, shown.bundle.results) == ("off", ())
    assert "show = true" in shown.bundle.items[0].text


@pytest.mark.parametrize(
    ("therapists", "reason"),
    [({"T1": (30, 0.5)}, "one therapist"), ({"T1": (6, 0.5), "T2": (6, 0.5)}, "too few clients")],
)
def test_one_therapist_or_too_few_clients_are_sentences(tmp_path, therapists, reason):
    shown = practice_of(tmp_path, **therapists).therapists(period="2026Q3")

    assert shown.data.reason == reason
    assert (shown.bundle.kind, shown.bundle.figure) == ("empty", None)


def test_only_shares_can_be_compared(tmp_path):
    practice = practice_of(tmp_path, T1=(6, 0.5))
    with pytest.raises(UsageError, match="pain_change is no share"):
        practice.therapists("pain_change", "2026Q3")


# --- on the page ----------------------------------------------------------------------------------


def test_the_figure_has_a_dot_for_each_shown_therapist_and_none_for_a_hidden_one(far_apart):
    bundle = present_therapists(asked(far_apart))
    dots = [trace for trace in bundle.figure["data"] if trace["mode"] == "markers"]
    shown = [each.row for each in asked(far_apart).therapists if not each.row.is_hidden]

    assert [trace["y"] for trace in dots] == [[row.value] for row in shown]
    assert [trace["marker"].get("symbol") for trace in dots[1:3]] == [None, "diamond"]
    hidden = [each.row for each in asked(far_apart).therapists if each.row.is_hidden]
    assert hidden
    assert "hidden" in bundle.caption


def test_the_title_counts_and_does_not_rank(far_apart):
    bundle = present_therapists(asked(far_apart))
    text = " ".join((bundle.title, bundle.sentence, bundle.caption))

    assert bundle.title.startswith("Still relieved on day 7: 1 of 3")
    assert "Therapist 3 lies below the limits" in bundle.sentence
    assert "a reason to ask why, not a verdict" in bundle.sentence
    assert [line[0] for line in bundle.table.rows] == [f"Therapist {n}" for n in range(1, 6)]
    assert not re.search(r"\b(best|worst|better|worse|rank|first place)\b", text)


@pytest.mark.parametrize("extra", [ON, ""])
def test_the_section_stands_on_the_quarterly_page_when_switched_on_and_not_otherwise(
    tmp_path, extra
):
    practice = practice_of(tmp_path, extra=extra, T1=(40, 0.6), T2=(40, 0.5))
    practice.settings.notebooks.mkdir()
    copy(NOTEBOOKS / "quarterly_outcomes.ipynb", practice.settings.notebooks)
    made = schedule.make_report(practice, "quarterly_outcomes", "2026Q3", progress=quiet)
    page = "".join(read_page(made).text)
    results = (made.parent / "results.csv").read_text("utf-8-sig")

    assert ("Therapists see different clients" in page) == bool(extra)
    assert ("therapist 2" in results) == bool(extra)


def test_settings_say_who_is_named(tmp_path):
    (tmp_path / "practice.toml").write_text(ON + 'names = { "7" = "Ann" }\n', "utf-8")
    settings = read_settings(tmp_path)

    assert (settings.shows_therapists, settings.therapist_names) == (True, {"7": "Ann"})


@pytest.mark.prove
def test_therapists_who_do_not_differ_lie_within_the_limits_as_often_as_they_say(tmp_path):
    """Invented practices in which therapists change nothing and clients come eight times."""
    inside = []
    for seed in range(1, 41):
        made = simulation.simulate(900, seed, years=1, n_therapists=3)
        settings = empty_practice(tmp_path / str(seed), "America/New_York", ON)
        simulation.write(made, settings.inbox)
        for name in ("sessions.csv", "follow_ups.csv"):
            load_file(settings, settings.inbox / name)
        found = funnel(Practice(settings).view, "relief_at_7_days", "2026")
        for each in found.therapists:
            limits = limits_at(found.whole, _error(found), each.row.n_sessions or 1)
            value = each.row.value or 0.0
            near = limits.near_lower <= value <= limits.near_upper
            inside.append((near, limits.far_lower <= value <= limits.far_upper))
    near, far = (sum(column) / len(inside) for column in zip(*inside, strict=True))
    record("therapists_within_limits", {"therapists": len(inside), "near": near, "far": far})
    assert len(inside) == 120
    assert 0.9 <= near < 1
    assert far >= 0.97
