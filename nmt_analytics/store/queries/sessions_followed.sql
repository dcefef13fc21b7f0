-- grain: one row per session known, with what its check-ins tell; narrow, since there can be millions
-- reads the view sessions_described and the temporary tables sessions_in_order and follow_ups_linked
-- parameters: $as_of (UTC)
with answers_rounded as (
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
