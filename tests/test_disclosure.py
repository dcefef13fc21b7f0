"""The door out: what each audience may see, and that what is hidden cannot be reckoned back."""

import random
from dataclasses import fields, replace
from itertools import product

import pytest

from nmt_analytics.outcomes.answers import NUMBERS, OutcomeTable, Row
from nmt_analytics.outcomes.disclosure import (
    BESIDE_HIDDEN,
    NOBODY,
    NOT_TO_BE_SHARED,
    coarse_share,
    publish,
    publish_counts,
)
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.periods import ALL

SHARE, DAYS, POINTS = (
    METRICS[name] for name in ("relief_at_4_days", "relief_days_median", "pain_change")
)
SESSIONS, CLIENTS = METRICS["sessions"], METRICS["clients"]


def cell(n_clients: int, *levels: str, **values: object) -> Row:
    """A cell of so many clients with two sessions each, and a narrow interval around 50."""
    row = Row(
        "all",
        levels,
        n_sessions=2 * n_clients,
        n_clients=n_clients,
        value=50.0,
        ci_lower=40.0,
        ci_upper=60.0,
        known_lower=50.0,
        known_upper=50.0,
    )
    return replace(row, **values)  # type: ignore[arg-type]


def line_of(*n_clients: int) -> list[Row]:
    """One cell per number of clients, by one dimension."""
    return [cell(n, f"level {i}") for i, n in enumerate(n_clients)]


def hidden_in(rows: tuple[Row, ...]) -> list[int]:
    return [i for i, row in enumerate(rows) if row.is_hidden]


# --- what is hidden, and how ---------------------------------------------------------------------


@pytest.mark.parametrize(("audience", "minimum"), [("owner", 5), ("shared", 10)])
def test_a_cell_with_too_few_clients_is_hidden(audience: str, minimum: int) -> None:
    (below,) = publish([cell(minimum - 1)], SHARE, audience)
    (enough,) = publish([cell(minimum)], SHARE, audience)
    assert below.is_hidden and not enough.is_hidden


@pytest.mark.parametrize("audience", ["owner", "shared"])
def test_a_hidden_row_has_a_reason_and_no_number_at_all(audience: str) -> None:
    (row,) = publish([cell(3, "ischemia")], SHARE, audience)
    assert row.hidden.startswith("hidden")
    assert row.showing == "hidden"
    assert [getattr(row, name) for name in NUMBERS] == [None] * len(NUMBERS)
    assert (row.period, row.levels) == ("all", ("ischemia",))


def test_hidden_is_neither_zero_nor_blank_in_the_records() -> None:
    rows = publish([cell(3, "ischemia"), cell(4, "cramp"), cell(30, "other")], SHARE, "owner")
    hidden, *_ = OutcomeTable(SHARE, ("condition",), ALL, rows).records()
    assert hidden["value"] is None and hidden["n_clients"] is None
    assert hidden["hidden"] == "hidden: fewer than 5 clients"


def test_nobody_at_all_is_a_reason_of_its_own_for_the_owner_and_like_too_few_when_shared() -> None:
    nobody = [Row("all", (), n_sessions=0, n_clients=0)]
    (row,) = publish(nobody, SHARE, "owner")
    assert (row.hidden, row.needs_clients) == (NOBODY, 5)
    (row,) = publish(nobody, SHARE, "shared")
    assert row.hidden == NOT_TO_BE_SHARED


def test_no_sessions_are_counted_as_none_for_the_owner_and_hidden_when_shared() -> None:
    none = [Row("all", (), n_sessions=0, n_clients=0, value=0.0)]
    assert publish(none, SESSIONS, "owner")[0].value == 0.0
    assert publish(none, SESSIONS, "shared")[0].value is None


def test_every_field_of_a_row_is_either_a_number_or_says_what_it_is() -> None:
    # A number added to Row must be listed in NUMBERS, so that hiding clears it.
    words = {"period", "levels", "hidden", "showing", "needs_clients"}
    assert {each.name for each in fields(Row)} - words == set(NUMBERS)


# --- the next smallest goes with it --------------------------------------------------------------


def test_the_next_smallest_level_is_hidden_beside_a_single_hidden_one() -> None:
    rows = publish(line_of(40, 3, 12, 9), SHARE, "owner")
    assert hidden_in(rows) == [1, 3]
    assert rows[3].hidden == BESIDE_HIDDEN
    assert rows[3].needs_clients is None


def test_two_hidden_levels_keep_each_other() -> None:
    assert hidden_in(publish(line_of(40, 3, 12, 4), SHARE, "owner")) == [1, 3]


def test_a_number_without_levels_needs_no_complement() -> None:
    assert hidden_in(publish([cell(40)], SHARE, "owner")) == []


def grid(n_clients: dict[tuple[str, str], int]) -> list[Row]:
    return [cell(n, *levels) for levels, n in n_clients.items()]


def test_hiding_goes_on_until_no_row_and_no_column_has_a_single_hidden_cell() -> None:
    # A single small cell needs one more in its row, one more in its column, and their corner.
    sizes = {
        ("a", "x"): 3, ("a", "y"): 20, ("a", "z"): 30,
        ("b", "x"): 25, ("b", "y"): 40, ("b", "z"): 50,
        ("c", "x"): 60, ("c", "y"): 70, ("c", "z"): 80,
    }  # fmt: skip
    rows = publish(grid(sizes), SHARE, "owner")
    hidden = {rows[i].levels for i in hidden_in(rows)}
    assert hidden == {("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")}


def test_a_cell_alone_in_its_column_is_the_last_to_be_hidden_beside_another() -> None:
    # The total of column z is its only cell: hiding that one would protect nothing.
    sizes = {("a", "x"): 3, ("a", "y"): 20, ("a", "z"): 6, ("b", "x"): 9, ("b", "y"): 9}
    rows = publish(grid(sizes), SHARE, "owner")
    assert not rows[2].is_hidden
    assert {rows[i].levels for i in hidden_in(rows)} == set(sizes) - {("a", "z")}


@pytest.mark.parametrize("audience", ["owner", "shared"])
def test_no_line_of_a_thousand_random_tables_has_a_single_hidden_cell(audience: str) -> None:
    chance = random.Random(3)
    n_hidden = 0
    for _ in range(1000):
        sizes = {
            levels: chance.choice((1, 4, 6, 9, 15, 40)) for levels in product("abcd", ("x", "y"))
        }
        rows = publish(grid(sizes), SHARE, audience)
        n_hidden += len(hidden_in(rows))
        for place, level in [*product([0], "abcd"), *product([1], "xy")]:
            line = [row for row in rows if row.levels[place] == level]
            assert sum(row.is_hidden for row in line) != 1
    assert n_hidden > 1000


# --- how strongly a number may be shown ----------------------------------------------------------


def test_five_to_nineteen_clients_are_few_and_say_how_many_more_they_need() -> None:
    few, enough = publish([cell(19), cell(20)], SHARE, "owner")
    assert (few.showing, few.needs_clients) == ("few clients", 1)
    assert (enough.showing, enough.needs_clients) == ("full", None)


def test_an_interval_of_thirty_points_is_wide_and_says_how_many_more_clients_it_needs() -> None:
    (narrow,) = publish([cell(20, ci_lower=36.0, ci_upper=65.9)], SHARE, "owner")
    (wide,) = publish([cell(20, ci_lower=20.0, ci_upper=80.0)], SHARE, "owner")
    assert narrow.showing == "full"
    # Twice as wide as it may be: four times as many clients, and one for being below, not at it.
    assert (wide.showing, wide.needs_clients) == ("wide interval", 61)


def test_only_shares_have_points_to_be_wide_in() -> None:
    (row,) = publish([cell(20, ci_lower=2.0, ci_upper=80.0)], DAYS, "owner")
    assert row.showing == "full"


def test_a_hidden_cell_tells_the_owner_how_many_more_suffice_and_not_how_many_there_are() -> None:
    told = {publish([cell(n)], SHARE, "owner")[0].needs_clients for n in (1, 2, 3, 4)}
    assert told == {4}
    assert publish([cell(3)], SHARE, "shared")[0].needs_clients is None


# --- shared --------------------------------------------------------------------------------------


def test_shared_counts_are_rounded_to_five() -> None:
    (row,) = publish([cell(23, n_sessions=48)], SHARE, "shared")
    assert (row.n_clients, row.n_sessions) == (25, 50)
    (sessions,) = publish([cell(23, n_sessions=48, value=48.0)], SESSIONS, "shared")
    (clients,) = publish([cell(23, n_sessions=48, value=23.0)], CLIENTS, "shared")
    assert (sessions.value, clients.value) == (50, 25)


def test_a_shared_share_is_computed_from_rounded_counts_in_whole_percent() -> None:
    # 18 of 47 sessions are 38.3 %; of rounded counts 20 of 45, 44 %.
    assert coarse_share(100 * 18 / 47, 47) == 44
    row = cell(23, n_sessions=47, value=100 * 18 / 47, ci_lower=26.0, ci_upper=52.0)
    (shared,) = publish([row], SHARE, "shared")
    assert shared.value == 44
    # 26 % of 47 is 12.2, so 10 of 45; 52 % is 24.4, so 25 of 45.
    assert (shared.ci_lower, shared.ci_upper) == (22, 56)


def test_no_shared_share_tells_the_exact_count_behind_it() -> None:
    for n_sessions in range(20, 60):
        for n in range(n_sessions + 1):
            alike = {
                (other, of)
                for of in range(n_sessions - 2, n_sessions + 3)
                for other in range(of + 1)
                if coarse_share(100 * other / of, of)
                == coarse_share(100 * n / n_sessions, n_sessions)
            }
            assert len({other for other, _ in alike}) >= 3


def test_a_shared_share_lies_between_its_ends() -> None:
    chance = random.Random(5)
    for _ in range(500):
        low, value, high = sorted(chance.uniform(0, 100) for _ in range(3))
        n_clients = chance.randint(10, 60)
        row = cell(n_clients, value=value, ci_lower=low, ci_upper=high)
        (shared,) = publish([row], SHARE, "shared")
        if not shared.is_hidden:
            assert shared.ci_lower is not None and shared.ci_upper is not None
            assert shared.value is not None
            assert shared.ci_lower <= shared.value <= shared.ci_upper


@pytest.mark.parametrize("value", [0.0, 100.0, 1.0, 99.0])
def test_a_share_of_none_or_all_is_not_shared(value: float) -> None:
    (shared,) = publish([cell(30, value=value)], SHARE, "shared")
    (owner,) = publish([cell(30, value=value)], SHARE, "owner")
    assert shared.hidden == NOT_TO_BE_SHARED
    assert owner.value == value


def test_a_share_that_is_too_certain_takes_another_cell_with_it() -> None:
    rows = [cell(40, "a"), cell(30, "b", value=100.0), cell(20, "c")]
    assert hidden_in(publish(rows, SHARE, "shared")) == [1, 2]


def test_a_shared_row_does_not_say_why_it_is_hidden() -> None:
    rows = [cell(40, "a"), cell(30, "b", value=100.0), cell(20, "c"), cell(3, "d")]
    shared = publish(rows, SHARE, "shared")
    assert {row.hidden for row in shared} == {"", NOT_TO_BE_SHARED}


def test_shared_times_are_whole_and_points_have_one_digit() -> None:
    days = cell(30, value=6.4321, ci_lower=5.51, ci_upper=float("inf"))
    (row,) = publish([days], DAYS, "shared")
    assert (row.value, row.ci_lower, row.ci_upper) == (6, 6, float("inf"))
    (row,) = publish([cell(30, value=-2.3456, ci_lower=None)], POINTS, "shared")
    assert (row.value, row.ci_lower) == (-2.3, None)


def test_what_is_shared_of_a_cell_does_not_change_with_two_clients_more_or_less() -> None:
    told = {
        publish([cell(n, n_sessions=30, value=50.0)], SHARE, "shared")[0] for n in range(18, 23)
    }
    assert len(told) == 1


def test_the_clients_that_a_shared_number_still_needs_are_rounded_too() -> None:
    (row,) = publish([cell(20, ci_lower=20.0, ci_upper=80.0)], SHARE, "shared")
    assert (row.showing, row.needs_clients) == ("wide interval", 60)


# --- counts in a line ----------------------------------------------------------------------------


def test_counts_of_a_line_pass_the_same_door() -> None:
    assert publish_counts([(120, 40), (7, 3), (31, 12)], "owner") == (
        (120, ""),
        (None, BESIDE_HIDDEN),
        (None, BESIDE_HIDDEN),
    )
    assert publish_counts([(120, 40), (7, 3), (8, 4)], "owner") == (
        (120, ""),
        (None, "hidden: fewer than 5 clients"),
        (None, "hidden: fewer than 5 clients"),
    )
    assert publish_counts([(122, 40), (31, 12)], "shared") == ((120, ""), (30, ""))
    assert publish_counts([(122, 40), (31, 9)], "shared") == ((None, NOT_TO_BE_SHARED),) * 2
    assert publish_counts([], "owner") == ()
