"""Numbers and uncertainty as a person says them; every phrase known, used and careful."""

import math
import re
import tomllib
from pathlib import Path
from string import Formatter

import answers
import pytest

from nmt_analytics.intake.rules import RULES
from nmt_analytics.outcomes.disclosure import BESIDE_HIDDEN, NOT_TO_BE_SHARED
from nmt_analytics.outcomes.metrics import DIMENSIONS, METRICS
from nmt_analytics.periods import parse_period
from nmt_analytics.reporting import wording
from nmt_analytics.reporting.phrases import has_phrase, reason_in_words, say

REPORTING = Path(wording.__file__).parent
PHRASES = tomllib.loads((REPORTING / "phrases.toml").read_text(encoding="utf-8"))
LISTS = ("glossary", "methods")
SPEAKING = [
    *REPORTING.rglob("*.py"),
    *REPORTING.parent.glob("*.py"),
    *REPORTING.parent.glob("exploring/*.py"),
    *REPORTING.parent.glob("schedule/*.py"),
]
CODE = "\n".join(path.read_text(encoding="utf-8") for path in SPEAKING)
DAYS, SHARE, PAIN = (
    METRICS[name] for name in ("relief_days_median", "relief_at_4_days", "pain_change")
)


def plain(text):
    return text.replace(wording.NO_BREAK, " ").replace(wording.MINUS, "-")


def said(row, metric):
    return plain(wording.in_words(row, metric))


def flat(area, path=""):
    for name, value in area.items():
        if isinstance(value, dict):
            yield from flat(value, f"{path}{name}.")
        elif name in LISTS:
            continue
        else:
            yield f"{path}{name}", value


@pytest.mark.parametrize(
    ("row", "metric", "words"),
    [
        (answers.row(), DAYS, "about 9 days (likely 7 to 11)"),
        (answers.row(value=1.2, lower=0.6, upper=1.4), DAYS, "about 1 day"),
        (answers.row(value=0.3, lower=0.1, upper=2.0), DAYS, "less than a day (likely 0 to 2)"),
        (answers.row(upper=math.inf), DAYS, "about 9 days (likely 7 or longer)"),
        (answers.row(value=58.3, lower=52.1, upper=63.9), SHARE, "58 % (likely 52 to 64)"),
        (answers.row(value=0.2, lower=0.0, upper=1.4), SHARE, "under 1 % (likely 0 to 1)"),
        (answers.row(value=99.8, lower=97.0, upper=100.0), SHARE, "over 99 % (likely 97 to 100)"),
        (
            answers.row(value=-2.34, lower=-2.6, upper=-2.04),
            PAIN,
            "fell by 2.3 points (likely 2.0 to 2.6)",
        ),
        (
            answers.row(value=-0.3, lower=-0.9, upper=0.3),
            PAIN,
            "fell by 0.3 points (likely between a fall of 0.9 and a rise of 0.3)",
        ),
        (answers.row(value=0.01, lower=-0.2, upper=0.2), PAIN, None),
        (answers.row(value=3012.0), METRICS["sessions"], "3,012 sessions"),
        (answers.row(value=1.0), METRICS["clients"], "1 client"),
        (answers.hidden(), DAYS, "hidden: fewer than 5 clients"),
        (answers.few(), DAYS, "about 9 days (likely 7 to 11); few clients"),
    ],
)
def test_a_cell_reads_as_a_person_would_say_it(row, metric, words):
    if words is None:
        assert said(row, metric).startswith("did not move")
    else:
        assert said(row, metric) == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (-0.3, "days", "0"),
        (0.3, "days", "0"),
        (-2.6, "days", "−3"),
        (2.6, "%", "+3"),
        (-0.04, "points", "0.0"),
        (-0.1, "points", "−0.1"),
        (1234.0, "sessions", "+1,234"),
    ],
)
def test_a_change_has_its_sign_and_nothing_has_none(value, unit, words):
    assert wording.signed(value, unit) == words


def test_a_median_that_half_outlast_is_longer_than_the_last_day_known():
    never = answers.row(value=None, lower=None, upper=None, known=(21.0, math.inf))
    assert said(never, DAYS) == "longer than 21 days"
    unheard = answers.row(value=None, lower=None, upper=None, known=(0.0, math.inf))
    assert said(unheard, DAYS) == "an unknown time"


def test_a_range_that_rounds_to_its_number_is_not_said_beside_it():
    sure = answers.row(value=30.0, lower=29.7, upper=30.2)
    assert said(sure, METRICS["hold_seconds_median"]) == "about 30 seconds"
    assert wording.likely_range(sure, METRICS["hold_seconds_median"]) == "30"  # a column has it
    fell = answers.row(value=-2.31, lower=-2.34, upper=-2.26)
    assert said(fell, PAIN) == "fell by 2.3 points"


def test_a_range_without_any_end_is_any_length():
    assert wording.range_in_words(0.2, math.inf, "days") == "any length"
    assert wording.range_in_words(4.0, math.inf, "days") == "4 or longer"


def test_what_check_ins_cannot_tell_is_said_only_when_more_clients_would_not_help():
    between = answers.row(value=5.0, lower=4.6, upper=5.4, known=(4.0, 6.0))
    assert said(between, DAYS).endswith("; your check-ins cannot tell 4 from 6 days")
    assert wording.settling_day(between, DAYS) == "day 5"
    within_chance = answers.row(value=5.0, lower=3.0, upper=8.0, known=(4.0, 6.0))
    assert "cannot tell" not in said(within_chance, DAYS)


def test_a_share_is_undetermined_beyond_ten_points_and_names_its_own_day():
    apart = answers.row(value=58.0, lower=50.0, upper=66.0, known=(52.0, 63.0))
    assert said(apart, SHARE).endswith("your check-ins cannot tell 52 from 63 %")
    assert wording.settling_day(apart, SHARE) == "day 4"
    close = answers.row(value=58.0, lower=50.0, upper=66.0, known=(54.0, 64.0))
    assert "cannot tell" not in said(close, SHARE)


def test_soreness_is_settled_by_an_hour():
    apart = answers.row(value=58.0, lower=50.0, upper=66.0, known=(30.0, 63.0))
    assert wording.settling_day(apart, METRICS["soreness_gone_by_24_hours"]) == "hour 24"


def test_a_hidden_cell_says_no_number_anywhere():
    row = answers.hidden(needs_clients=3)
    for text in (
        wording.in_words(row, DAYS),
        wording.estimate_with_range(row, DAYS),
        wording.likely_range(row, DAYS),
        wording.open_range(row, DAYS),
    ):
        assert not re.search(r"\d", text.replace("fewer than 5", ""))


@pytest.mark.parametrize("reason", [BESIDE_HIDDEN, NOT_TO_BE_SHARED])
def test_a_long_reason_has_a_short_form_that_still_says_hidden(reason):
    brief = wording.hidden_briefly(answers.hidden(reason=reason))
    assert brief.startswith("hidden")
    assert len(brief) <= 30


def test_an_interval_of_a_change_names_both_directions_when_it_holds_zero():
    assert plain(wording.change_range(-0.9, 0.3, "points")) == (
        "between a fall of 0.9 and a rise of 0.3"
    )
    assert plain(wording.change_range(-2.6, -2.0, "points")) == "2.0 to 2.6"
    assert plain(wording.change_range(3.0, 12.0, "%")) == "3 to 12"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026Q3", "July to September 2026"),
        ("2026-07", "July 2026"),
        ("all", "all time"),
    ],
)
def test_a_period_is_said_in_words(text, words):
    assert wording.period_in_words(parse_period(text)) == words


def test_levels_are_said_in_the_way_of_their_dimension():
    assert wording.level_in_sentence("stress_level", "high") == "under high stress"
    assert wording.level_in_sentence("condition", "muscle_spasm") == "for muscle spasm"
    assert wording.level_in_sentence("condition", "not_recorded") == "where it is not recorded"
    assert wording.level_label("month", "2026-07") == "Jul 2026"
    assert plain(wording.level_label("quarter", "2026Q3")) == "Q3 2026"
    assert wording.levels_label(("condition", "stress_level"), ("ischemia", "low")) == (
        "Ischemia, low stress"
    )


def test_every_metric_and_every_dimension_has_its_words():
    for name in METRICS:
        assert has_phrase(f"metric.{name}.says"), name
        assert "{value}" in PHRASES["metric"][name]["says"]
        assert has_phrase(f"metric.{name}.topic"), name
    for name in DIMENSIONS:
        for area in ("dimension", "across", "level"):
            assert has_phrase(f"{area}.{name}"), f"{area}.{name}"


def test_every_phrase_that_the_code_asks_for_exists():
    asked = set(re.findall(r'\bsay\(\s*"([a-z_0-9.%]+)"', CODE))
    assert len(asked) > 100
    assert {name for name in asked if not has_phrase(name)} == set()


def test_every_reason_to_refuse_a_record_is_said_in_words():
    assert {name.replace(".", "_") for name in RULES} == set(PHRASES["rule"])


def test_every_phrase_is_said_somewhere():
    """A phrase counts as said when the code names it, or builds its name from a part."""
    built = [
        re.escape(each).replace(r"\{\}", "[a-z_0-9%]+")
        for each in re.sub(
            r"\{[^{}]*\}", "{}", " ".join(re.findall(r'f"([a-z_{][^"\s]*)"', CODE))
        ).split()
    ]
    quoted = set(re.findall(r'"([a-z_0-9.]+)"', CODE))
    unsaid = [
        name
        for name, _ in flat(PHRASES)
        if name not in quoted
        and not name.startswith(("reason.", "units."))
        and not any(re.fullmatch(each, name) for each in built)
    ]
    assert unsaid == []


def test_no_phrase_claims_a_cause_or_speaks_statistics():
    forbidden = re.compile(
        r"reduc|caused|thanks to|significan|p-value|p =|hazard|median|confidence|bootstrap"
        r"|must|should have|best|worst performer|rank",
        re.IGNORECASE,
    )
    texts = [text for name, text in flat(PHRASES) if isinstance(text, str)]
    assert len(texts) > 300
    assert [text for text in texts if forbidden.search(text)] == []


def test_the_glossary_and_the_methods_are_terms_with_texts():
    for area in LISTS:
        assert [each.keys() for each in PHRASES[area]] == [{"term", "text"}] * len(PHRASES[area])
        assert len(PHRASES[area]) > 5
        assert has_phrase(f"method.{'glossary_title' if area == 'glossary' else 'title'}")


def test_every_phrase_can_be_filled_in():
    for name, text in flat(PHRASES):
        for each in [text] if isinstance(text, str) else text:
            fields = [field for _, field, _, _ in Formatter().parse(each) if field is not None]
            assert all(re.fullmatch(r"[a-z_]+", field) for field in fields), name


def test_reasons_of_the_statistics_are_said_in_an_owners_words():
    assert reason_in_words("the interval reaches across the limit") == (
        "the likely range reaches across the limit"
    )
    assert reason_in_words("an unknown reason") == "an unknown reason"


def test_a_phrase_without_its_values_is_an_error():
    with pytest.raises(KeyError):
        say("number.about")
