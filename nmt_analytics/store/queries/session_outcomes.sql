-- grain: one row per session held in the period, with what its check-ins tell
-- reads the temporary table sessions_followed, so that one period after the other costs little
-- a view, not a copy: reads the session variables from_on, until_on (local dates, both included),
--     only_dimension and only_level (the one level whose sessions count; '' and '' for all)
select
    session_number,
    client_number,
    bucket,
    local_on,
    next_session_number,
    condition,
    stress_level,
    activity_level,
    case
        when severity_before <= 3 then 'mild'
        when severity_before <= 6 then 'moderate'
        when severity_before <= 10 then 'severe'
        else 'not_recorded'
    end as severity_band,
    pressure_felt,
    nutrient_shortfall,
    modality,
    body_region,
    coalesce(cast(therapist_id as varchar), 'not_recorded') as therapist,
    year(local_on) || 'Q' || quarter(local_on) as quarter,
    year(local_on) || '-' || lpad(cast(month(local_on) as varchar), 2, '0') as month,
    severity_before,
    pain_before,
    pain_after,
    hold_seconds,
    cast(hold_seconds between 20 and 40 as integer) as hold_in_range,
    cast(nullif(pressure_felt, 'not_recorded') = 'right' as integer) as pressure_right,
    case when pressure_felt in ('too_light', 'too_strong') then cast(pressure_adjusted as integer) end
        as pressure_adjusted_when_not_right,
    pain_after - pain_before as pain_change,
    case
        when pain_before >= 4 and pain_after is not null
            then cast(
                pain_before - pain_after >= 2
                and 10 * (pain_before - pain_after) >= 3 * pain_before as integer
            )
    end as pain_responder,
    cast(worst_pain_72_hours >= pain_before + 2 as integer) as flare_up,
    relief_lower,
    case
        when relief_lower is not null
            then coalesce(cast(relief_lost_day as double), cast('infinity' as double))
    end as relief_upper,
    case
        when relief_lost_day is not null then 'relief_ended'
        when next_session_number is not null then 'returned'
        when is_not_yet_over then 'not_yet_over'
        else 'lost'
    end as observation_ended,
    n_contradictions,
    soreness_lower,
    case
        when soreness_lower is not null
            then coalesce(cast(soreness_gone_hour as double), cast('infinity' as double))
    end as soreness_upper,
    soreness_any,
    recommend,
    return_lower,
    case
        when next_session_number is null then cast('infinity' as double)
        else cast(return_lower as double)
    end as return_upper,
    n_answers,
    n_asked,
    n_answered
from sessions_followed
where
    local_on between getvariable('from_on') and getvariable('until_on')
    and case getvariable('only_dimension')
        when 'condition' then condition
        when 'stress_level' then stress_level
        when 'activity_level' then activity_level
        when 'modality' then modality
        when 'body_region' then body_region
        else ''
    end = getvariable('only_level')
