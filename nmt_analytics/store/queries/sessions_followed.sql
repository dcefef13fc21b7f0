-- grain: one row per session known, with what its check-ins tell; narrow, since there can be millions
-- reads the views sessions_described and follow_ups_linked and the temporary table sessions_in_order
-- parameters: $as_of (UTC)
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
),
answers_summed as (
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
),
answers_rounded as (
    select
        *,
        case
            when relief_lost_seconds is not null
                then greatest(cast(floor((relief_lost_seconds + 43200) / 86400.0) as integer), 1)
        end as relief_lost_day,
        cast(floor((relief_held_seconds + 43200) / 86400.0) as integer) as relief_held_day,
        case
            when soreness_gone_seconds is not null
                then greatest(cast(floor((soreness_gone_seconds + 1800) / 3600.0) as integer), 1)
        end as soreness_gone_hour,
        cast(floor((last_sore_seconds + 1800) / 3600.0) as integer) as last_sore_hour
    from answers_summed
),
regions_of_many as (
    -- a practice's own words: what fewer clients share could be a name in the wrong column
    select body_region
    from sessions_described
    group by body_region
    having count(distinct client_id) >= 5
),
last_day_known as (
    select max(local_on) as last_on from sessions_in_order
)
select
    s.session_number,
    o.client_number,
    o.bucket,
    s.local_on,
    o.next_session_number,
    coalesce(s.condition, 'not_recorded') as condition,
    coalesce(s.stress_level, 'not_recorded') as stress_level,
    coalesce(s.activity_level, 'not_recorded') as activity_level,
    coalesce(s.pressure_felt, 'not_recorded') as pressure_felt,
    coalesce(s.nutrient_shortfall, 'not_recorded') as nutrient_shortfall,
    s.modality,
    case
        when s.body_region is null then 'not_recorded'
        else coalesce(r.body_region, 'other_regions')
    end as body_region,
    s.therapist_id,
    s.severity_before,
    s.pain_before,
    s.pain_after,
    s.hold_seconds,
    s.pressure_adjusted,
    a.worst_pain_72_hours,
    case
        when a.n_relief_answers > 0
            then least(a.relief_held_day, coalesce(a.relief_lost_day, a.relief_held_day + 1) - 1)
    end as relief_lower,
    case when a.n_relief_answers > 0 then a.relief_lost_day end as relief_lost_day,
    cast(coalesce(a.n_contradictions, 0) as smallint) as n_contradictions,
    case
        when a.n_soreness_answers > 0
            then least(a.last_sore_hour, coalesce(a.soreness_gone_hour, a.last_sore_hour + 1) - 1)
    end as soreness_lower,
    case when a.n_soreness_answers > 0 then a.soreness_gone_hour end as soreness_gone_hour,
    a.soreness_any,
    a.recommend,
    date_diff('day', s.local_on, coalesce(o.next_on, l.last_on)) as return_lower,
    s.over_at + interval 28 day > $as_of as is_not_yet_over,
    cast(coalesce(a.n_answers, 0) as smallint) as n_answers,
    cast(coalesce(a.n_asked, 0) as smallint) as n_asked,
    cast(coalesce(a.n_answered, 0) as smallint) as n_answered
from sessions_described as s
inner join sessions_in_order as o on s.session_number = o.session_number
left join answers_rounded as a on s.session_number = a.session_number
left join regions_of_many as r on s.body_region = r.body_region
cross join last_day_known as l
