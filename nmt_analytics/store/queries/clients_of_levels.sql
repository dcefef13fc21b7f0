-- grain: one row per level of each dimension and client: a fingerprint of what the client's sessions
--     and check-ins there say
-- reads the view session_outcomes and the temporary table sessions_in_order
-- when clients came back counts only for $outcome 'return', since every later session changes it
-- parameters: $outcome, $by_first, $by_second ('' for none)
with sessions_chosen as (
    select
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
        cast(s.client_id as varchar) as client,
        cast(md5_number_lower(concat_ws(
            '|', cast(s.session_id as varchar), cast(o.local_on as varchar),
            condition, stress_level, activity_level, severity_band, pressure_felt,
            nutrient_shortfall, modality, body_region, therapist,
            coalesce(cast(pain_change as varchar), ''), coalesce(cast(pain_responder as varchar), ''),
            coalesce(cast(hold_seconds as varchar), ''),
            coalesce(cast(pressure_adjusted_when_not_right as varchar), ''),
            coalesce(cast(flare_up as varchar), ''), coalesce(cast(soreness_any as varchar), ''),
            coalesce(cast(recommend as varchar), ''), coalesce(cast(relief_lower as varchar), ''),
            coalesce(cast(relief_upper as varchar), ''), coalesce(cast(soreness_lower as varchar), ''),
            coalesce(cast(soreness_upper as varchar), ''), cast(n_asked as varchar),
            cast(n_answered as varchar),
            case $outcome when 'return' then concat_ws(
                '|', cast(return_lower as varchar), cast(return_upper as varchar)
            ) else '' end
        )) as hugeint) as content
    from session_outcomes as o
    inner join sessions_in_order as s on o.session_number = s.session_number
)
select first_level, second_level, client, cast(sum(content) as varchar) as known
from sessions_chosen
group by first_level, second_level, client
order by first_level, second_level, client
