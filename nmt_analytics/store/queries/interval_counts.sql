-- grain: one row per level of each dimension, bucket of clients and interval (lower, upper]
-- reads the view session_outcomes; an exact value has lower = upper;
-- n counts sessions, for the outcome check_in the check-ins that were answered (1) or not (0)
-- parameters: $outcome, $by_first, $by_second ('' for none)
with sessions_chosen as (
    select
        client_number,
        bucket,
        n_asked,
        n_answered,
        case $by_first
            when 'condition' then condition
            when 'stress_level' then stress_level
            when 'activity_level' then activity_level
            when 'severity_band' then severity_band
            when 'pressure_felt' then pressure_felt
            when 'nutrient_shortfall' then nutrient_shortfall
            when 'modality' then modality
            when 'body_region' then body_region
            when 'therapist' then therapist
            when 'quarter' then quarter
            when 'month' then month
            else ''
        end as first_level,
        case $by_second
            when 'condition' then condition
            when 'stress_level' then stress_level
            when 'activity_level' then activity_level
            when 'severity_band' then severity_band
            when 'pressure_felt' then pressure_felt
            when 'nutrient_shortfall' then nutrient_shortfall
            when 'modality' then modality
            when 'body_region' then body_region
            when 'therapist' then therapist
            when 'quarter' then quarter
            when 'month' then month
            else ''
        end as second_level,
        cast(case $outcome
            when 'session' then 1
            when 'silent' then cast(n_answers = 0 as integer)
            when 'relief' then relief_lower
            when 'soreness' then soreness_lower
            when 'return' then return_lower
            when 'soreness_any' then soreness_any
            when 'pain_change' then pain_change
            when 'pain_responder' then pain_responder
            when 'flare_up' then flare_up
            when 'hold_seconds' then hold_seconds
            when 'hold_in_range' then hold_in_range
            when 'pressure_right' then pressure_right
            when 'pressure_adjusted_when_not_right' then pressure_adjusted_when_not_right
            when 'recommend' then recommend
        end as double) as lower,
        case $outcome
            when 'relief' then relief_upper
            when 'soreness' then soreness_upper
            when 'return' then return_upper
        end as upper
    from session_outcomes
),
sessions_with_outcome as (
    select
        client_number, bucket, first_level, second_level, lower, coalesce(upper, lower) as upper,
        1 as n, 1 as n_sessions
    from sessions_chosen
    where lower is not null
    union all
    select client_number, bucket, first_level, second_level, 1, 1, n_answered, 1
    from sessions_chosen
    where $outcome = 'check_in' and n_asked > 0
    union all
    select client_number, bucket, first_level, second_level, 0, 0, n_asked - n_answered, 0
    from sessions_chosen
    where $outcome = 'check_in' and n_asked > n_answered
),
clients_of_levels as (
    select first_level, second_level, count(distinct client_number) as n_clients,
        cast(sum(n_sessions) as bigint) as n_sessions
    from sessions_with_outcome
    group by first_level, second_level
)
select
    s.first_level,
    s.second_level,
    c.n_clients,
    c.n_sessions,
    s.bucket,
    s.lower,
    s.upper,
    cast(sum(s.n) as bigint) as n
from sessions_with_outcome as s
inner join clients_of_levels as c
    on s.first_level = c.first_level and s.second_level = c.second_level
group by s.first_level, s.second_level, c.n_clients, c.n_sessions, s.bucket, s.lower, s.upper
order by s.first_level, s.second_level, s.bucket, s.lower, s.upper
