-- grain: one row: a fingerprint of what the period's sessions and their check-ins say
-- reads the view session_outcomes and the temporary table sessions_in_order
-- when clients came back is left out, since every later session would change it
select
    count(*) as n_sessions,
    cast(coalesce(sum(cast(md5_number_lower(concat_ws(
        '|', cast(s.session_id as varchar), cast(s.client_id as varchar), cast(o.local_on as varchar),
        condition, stress_level, activity_level, severity_band, pressure_felt, nutrient_shortfall,
        modality, body_region, therapist,
        cast(coalesce(severity_before, -1) as varchar), cast(coalesce(pain_before, -1) as varchar),
        cast(coalesce(pain_after, -1) as varchar), cast(coalesce(hold_seconds, -1) as varchar),
        cast(coalesce(pressure_adjusted_when_not_right, -1) as varchar),
        cast(coalesce(flare_up, -1) as varchar), cast(coalesce(soreness_any, -1) as varchar),
        cast(coalesce(recommend, -1) as varchar), cast(coalesce(relief_lower, -1) as varchar),
        cast(coalesce(relief_upper, -1) as varchar), cast(coalesce(soreness_lower, -1) as varchar),
        cast(coalesce(soreness_upper, -1) as varchar), cast(n_asked as varchar),
        cast(n_answered as varchar)
    )) as hugeint)), 0) as varchar) as content
from session_outcomes as o
inner join sessions_in_order as s on o.session_number = s.session_number
