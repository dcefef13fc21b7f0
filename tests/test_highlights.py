"""What stands out: ranked by certainty, at most five, never from few clients, with advice."""

from dataclasses import replace

import answers
from answers import stand_out

from nmt_analytics.outcomes.disclosure import NOBODY
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.outcomes.verdicts import NOT_SUPPORTED
from nmt_analytics.reporting.wording import NO_BREAK


def plain(text):
    return text.replace(NO_BREAK, " ")


def failing(name="relief_lasts"):
    return answers.claim(name, NOT_SUPPORTED, reason="the whole interval lies below 4 days")


def test_a_promise_that_fails_stands_first():
    sure = answers.change(likely=(16.0, 20.0))
    found = stand_out([sure], answers.claims(failing()), [answers.ratio()])
    assert [each.tone for each in found.items] == ["worse", "better", ""]
    assert found.items[0].text.startswith("The promise does not hold: Treated muscles")
    assert "about 9 days (likely 7 to 11)" in plain(found.items[0].evidence)
    assert "180 sessions of 60 clients" in plain(found.items[0].evidence)


def test_the_more_certain_change_comes_first():
    small = answers.change("relief_at_4_days", now=64.0, before=60.0, likely=(0.5, 7.5))
    large = answers.change("follow_up_response", now=80.0, before=60.0, likely=(15.0, 25.0))
    found = stand_out([small, large])
    assert "check-ins were answered" in found.items[0].text
    assert "still relieved on day 4" in found.items[1].text


def test_at_most_five_stand_out_with_advice_kept_a_place():
    changes = [answers.change(name) for name in ("relief_at_4_days", "relief_at_7_days")]
    ratios = [answers.ratio(), answers.ratio("condition", "nerve_damage", "muscle_spasm")]
    claims = answers.claims(failing("relief_lasts"), failing("soreness_gone"))
    asked = answers.quality(check_ins=((24, 250, 80), (36, 250, 80)))
    found = stand_out(changes, claims, ratios, quality=asked)
    assert len(found.items) == 5
    assert [each.tone for each in found.items[-2:]] == ["data", "data"]


def test_nothing_seen_is_said_and_nothing_is_made_up():
    unseen = answers.change(now=61.0, before=60.0, likely=(-6.0, 8.0))
    found = stand_out([unseen], ratios=[answers.ratio(value=1.02)])
    assert found.items == ()
    assert found.sentence.startswith("Nothing stands out")


def test_few_clients_never_stand_out():
    change = answers.change()
    rare = answers.change().__class__(
        change.metric, answers.few(value=78.0), change.previous, 18.0, 10.0, 26.0
    )
    assert stand_out([rare]).items == ()


def test_much_silence_is_told_before_all_numbers_and_little_is_not():
    much = answers.silence(lowest=22.7, highest=71.6)
    told, *rest = stand_out([answers.change()], silence=much).items
    assert [each.tone for each in rest] == ["better"]
    assert plain(told.text) == (
        "Of 64 % of sessions too little was heard to know when relief ended. "
        "Still relieved on day 14: anything within 23 to 72 % is possible."
    )
    assert told.action == "You could ask those who fall silent once more."
    assert told.tone == "data"
    assert stand_out(silence=answers.silence(lowest=40.0, highest=58.0)).items == ()


def test_a_day_that_nobody_is_asked_on_becomes_advice():
    asked = answers.quality(check_ins=((24, 250, 180), (36, 250, 170), (336, 200, 120)))
    advice = stand_out(quality=asked).items
    assert [plain(each.text) for each in advice] == [
        "Nobody is asked around day 4: what you promise for then cannot be checked."
    ]
    assert advice[0].action == "You could ask around day 4."


def test_few_answers_become_advice_with_their_share():
    asked = answers.quality(check_ins=((24, 100, 30), (36, 100, 30), (96, 100, 30), (336, 100, 30)))
    (advice,) = stand_out(quality=asked).items
    assert plain(advice.text) == "Only 30 % of check-ins are answered."
    assert plain(advice.evidence) == "400 check-ins asked"


def test_a_period_without_sessions_gets_no_advice_about_asking():
    assert stand_out(quality=answers.quality(check_ins=(), ended=())).items == ()


def test_where_no_check_in_is_asked_answers_at_the_next_session_are_not_denied():
    unasked, much = answers.quality(check_ins=()), answers.silence(lowest=14.0, highest=93.0)
    doubt, advice = stand_out(quality=unasked, silence=much).items
    assert doubt.action == ""  # nobody fell silent who could be asked once more
    assert advice.text.startswith("No check-in is asked: how long relief lasts is known only from")
    unheard = replace(answers.silence(), row=answers.hidden(reason=NOBODY))
    (nobody,) = stand_out(quality=unasked, silence=unheard).items
    assert nobody.text.startswith("Nobody is asked how long relief lasts")


def test_a_number_that_hangs_on_clients_who_come_often_becomes_advice():
    (advice,) = stand_out(clients=answers.clients(per_client=66.0)).items
    said = "60 % counted by session, but 66 % if each client counts once."
    assert plain(advice.text).endswith(said)
    assert stand_out(clients=answers.clients(per_client=64.0)).items == ()


def test_days_that_check_ins_cannot_tell_apart_become_a_question_to_ask():
    relief = answers.Change(
        METRICS["relief_days_median"],
        answers.row(value=10.0, lower=8.0, upper=12.0, known=(7.0, 14.0)),
        answers.row(value=9.0, lower=7.0, upper=11.0, period="2026Q2"),
    )
    (advice,) = stand_out([relief]).items
    assert advice.text == (
        "Half of sessions have lost relief somewhere between day 7 and day 14: "
        "your check-ins cannot tell when."
    )
    assert plain(advice.action) == "You could ask around day 10."


def test_where_every_number_is_hidden_nothing_is_said_to_stand_out_or_not():
    change = answers.Change(METRICS["pain_change"], answers.hidden(), answers.hidden(), reason="x")
    found = stand_out([change])
    assert (found.kind, found.why, found.items) == ("empty", "too_few", ())
