-- grain: one row per session known, with what its check-ins tell
-- reads the temporary tables sessions_in_order and follow_ups_linked
-- parameters: $as_of (UTC)
with answers_of_sessions as (
    select
        f.answered_session_id as session_id,
        f.answered_seconds_after as seconds_after,
        f.relief_holding,
        f.soreness,
        f.pain,
        f.recommend
    from follow_ups_linked as f
    where f.answered_session_id is not null
),
turning_points as (
    select
        session_id,
        min(seconds_after) filter (where not relief_holding) as relief_lost_seconds,
        max(seconds_after) filter (where soreness > 0) as last_sore_seconds
    from answers_of_sessions
    group by session_id
),
what_answers_tell as (
    select
        a.session_id,
        min(t.relief_lost_seconds) as relief_lost_seconds,
        coalesce(
            max(a.seconds_after) filter (
                where a.relief_holding
                and (t.relief_lost_seconds is null or a.seconds_after < t.relief_lost_seconds)
            ), 0
        ) as relief_held_seconds,
        count(a.relief_holding) as n_relief_answers,
        count(*) filter (where a.relief_holding and a.seconds_after > t.relief_lost_seconds)
            as n_contradictions,
        coalesce(min(t.last_sore_seconds), 0) as last_sore_seconds,
        min(a.seconds_after) filter (
            where a.soreness = 0 and a.seconds_after > coalesce(t.last_sore_seconds, -1)
        ) as soreness_gone_seconds,
        count(a.soreness) as n_soreness_answers,
        max(cast(a.soreness > 0 as integer)) filter (where a.seconds_after <= 48 * 3600)
            as soreness_any,
        max(a.pain) filter (where a.seconds_after <= 72 * 3600) as worst_pain_72_hours,
        -- of two answers of the same second the higher one, so that the choice is always the same
        max_by(a.recommend, 100 * a.seconds_after + a.recommend)
            filter (where a.recommend is not null) as recommend,
        count(*) as n_answers
    from answers_of_sessions as a
    inner join turning_points as t on a.session_id = t.session_id
    group by a.session_id
),
relief_and_soreness_rounded as (
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
    from what_answers_tell
),
check_ins_counted as (
    select
        f.asked_session_id as session_id,
        count(*) as n_asked,
        count(*) filter (where f.is_answered) as n_answered
    from follow_ups_linked as f
    where f.asked_session_id is not null
    group by f.asked_session_id
),
regions_of_many as (
    -- a practice's own words: what fewer clients share could be a name in the wrong column
    select body_region
    from sessions_in_order
    group by body_region
    having count(distinct client_id) >= 5
)
select
    s.session_id,
    s.client_id,
    s.bucket,
    s.local_on,
    s.next_session_id,
    coalesce(s.condition, 'not_recorded') as condition,
    coalesce(s.stress_level, 'not_recorded') as stress_level,
    coalesce(s.activity_level, 'not_recorded') as activity_level,
    case
        when s.severity_before <= 3 then 'mild'
        when s.severity_before <= 6 then 'moderate'
        when s.severity_before <= 10 then 'severe'
        else 'not_recorded'
    end as severity_band,
    coalesce(s.pressure_felt, 'not_recorded') as pressure_felt,
    coalesce(s.nutrient_shortfall, 'not_recorded') as nutrient_shortfall,
    s.modality,
    case
        when s.body_region is null then 'not_recorded'
        else coalesce(r.body_region, 'other_regions')
    end as body_region,
    coalesce(cast(s.therapist_id as varchar), 'not_recorded') as therapist,
    year(s.local_on) || 'Q' || quarter(s.local_on) as quarter,
    year(s.local_on) || '-' || lpad(cast(month(s.local_on) as varchar), 2, '0') as month,
    s.severity_before,
    s.pain_before,
    s.pain_after,
    s.hold_seconds,
    cast(s.hold_seconds between 20 and 40 as integer) as hold_in_range,
    cast(s.pressure_felt = 'right' as integer) as pressure_right,
    case when s.pressure_felt in ('too_light', 'too_strong') then cast(s.pressure_adjusted as integer) end
        as pressure_adjusted_when_not_right,
    s.pain_after - s.pain_before as pain_change,
    case
        when s.pain_before >= 4 and s.pain_after is not null
            then cast(
                s.pain_before - s.pain_after >= 2
                and 10 * (s.pain_before - s.pain_after) >= 3 * s.pain_before as integer
            )
    end as pain_responder,
    cast(a.worst_pain_72_hours >= s.pain_before + 2 as integer) as flare_up,
    case
        when a.n_relief_answers > 0
            then least(a.relief_held_day, coalesce(a.relief_lost_day, a.relief_held_day + 1) - 1)
    end as relief_lower,
    case
        when a.n_relief_answers > 0
            then coalesce(cast(a.relief_lost_day as double), cast('infinity' as double))
    end as relief_upper,
    case
        when a.relief_lost_seconds is not null then 'relief_ended'
        when s.next_started_at is not null then 'returned'
        when s.over_at + interval 28 day > $as_of then 'not_yet_over'
        else 'lost'
    end as observation_ended,
    coalesce(a.n_contradictions, 0) as n_contradictions,
    case
        when a.n_soreness_answers > 0
            then least(a.last_sore_hour, coalesce(a.soreness_gone_hour, a.last_sore_hour + 1) - 1)
    end as soreness_lower,
    case
        when a.n_soreness_answers > 0
            then coalesce(cast(a.soreness_gone_hour as double), cast('infinity' as double))
    end as soreness_upper,
    a.soreness_any,
    a.recommend,
    date_diff('day', s.local_on, coalesce(s.next_on, s.last_on)) as return_lower,
    case
        when s.next_on is null then cast('infinity' as double)
        else cast(date_diff('day', s.local_on, s.next_on) as double)
    end as return_upper,
    coalesce(a.n_answers, 0) as n_answers,
    coalesce(c.n_asked, 0) as n_asked,
    coalesce(c.n_answered, 0) as n_answered
from sessions_in_order as s
left join relief_and_soreness_rounded as a on s.session_id = a.session_id
left join check_ins_counted as c on s.session_id = c.session_id
left join regions_of_many as r on s.body_region = r.body_region
