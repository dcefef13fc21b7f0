-- grain: one row per session with check-ins: what they tell, in seconds after the session
-- reads the view follow_ups_linked
with check_ins_by_session as not materialized (
    -- nearly all tell of the session that they ask about: such a row counts for both
    select
        coalesce(answered_session_number, asked_session_number) as session_number,
        asked_session_number is not null
        and coalesce(answered_session_number = asked_session_number, true) as is_asked,
        is_answered,
        answered_seconds_after as seconds_after,
        relief_holding,
        soreness,
        pain,
        recommend
    from follow_ups_linked
    where answered_session_number is not null or asked_session_number is not null
    union all
    select asked_session_number, true, is_answered, null, null, null, null, null
    from follow_ups_linked
    where answered_session_number <> asked_session_number
),
sums as (
    select
        session_number,
        min(seconds_after) filter (where not relief_holding) as relief_lost_seconds,
        max(seconds_after) filter (where relief_holding) as relief_held_seconds,
        count(relief_holding) filter (where seconds_after is not null) as n_relief_answers,
        max(seconds_after) filter (where soreness > 0) as last_sore_seconds,
        min(seconds_after) filter (where soreness = 0) as soreness_gone_seconds,
        count(soreness) filter (where seconds_after is not null) as n_soreness_answers,
        max(cast(soreness > 0 as tinyint)) filter (where seconds_after <= 48 * 3600)
            as soreness_any,
        max(pain) filter (where seconds_after <= 72 * 3600) as worst_pain_72_hours,
        -- of two answers of the same second the higher one, so that the choice is always the same
        max_by(recommend, 100 * cast(seconds_after as bigint) + recommend)
            filter (where recommend is not null and seconds_after is not null) as recommend,
        count(seconds_after) as n_answers,
        count(*) filter (where is_asked) as n_asked,
        count(*) filter (where is_asked and is_answered) as n_answered
    from check_ins_by_session
    group by session_number
),
sums_that_contradict as (
    select session_number, relief_lost_seconds, last_sore_seconds
    from sums
    where relief_held_seconds >= relief_lost_seconds or soreness_gone_seconds <= last_sore_seconds
),
answers_before_and_after as (
    -- relief held before it was first lost, soreness gone after it was last felt
    select
        c.session_number,
        max(c.seconds_after) filter (where c.relief_holding and c.seconds_after < s.relief_lost_seconds)
            as relief_held_seconds,
        count(*) filter (where c.relief_holding and c.seconds_after > s.relief_lost_seconds)
            as n_contradictions,
        min(c.seconds_after) filter (where c.soreness = 0 and c.seconds_after > s.last_sore_seconds)
            as soreness_gone_seconds
    from check_ins_by_session as c
    inner join sums_that_contradict as s on c.session_number = s.session_number
    group by c.session_number
)
select
    s.session_number,
    s.relief_lost_seconds,
    coalesce(
        case when s.relief_held_seconds >= s.relief_lost_seconds
            then b.relief_held_seconds else s.relief_held_seconds
        end, 0
    ) as relief_held_seconds,
    s.n_relief_answers,
    coalesce(b.n_contradictions, 0) as n_contradictions,
    coalesce(s.last_sore_seconds, 0) as last_sore_seconds,
    case when s.soreness_gone_seconds <= s.last_sore_seconds
        then b.soreness_gone_seconds else s.soreness_gone_seconds
    end as soreness_gone_seconds,
    s.n_soreness_answers,
    s.soreness_any,
    s.worst_pain_72_hours,
    s.recommend,
    s.n_answers,
    s.n_asked,
    s.n_answered
from sums as s
left join answers_before_and_after as b on s.session_number = b.session_number
