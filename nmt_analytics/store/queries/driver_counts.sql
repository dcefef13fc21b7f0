-- grain: one row per bucket of clients, combination of drivers and interval (lower, upper] of relief
-- reads the view session_outcomes
select
    bucket,
    condition,
    stress_level,
    activity_level,
    nutrient_shortfall,
    cast(severity_before as double) as severity_before,
    cast(hold_seconds as double) as hold_seconds,
    cast(relief_lower as double) as lower,
    relief_upper as upper,
    count(*) as n
from session_outcomes
where relief_lower is not null
group by
    bucket, condition, stress_level, activity_level, nutrient_shortfall, severity_before,
    hold_seconds, relief_lower, relief_upper
order by
    bucket, condition, stress_level, activity_level, nutrient_shortfall, severity_before,
    hold_seconds, lower, upper
