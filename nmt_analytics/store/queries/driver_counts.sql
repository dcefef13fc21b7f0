-- grain: one row per bucket of clients, combination of drivers and interval (lower, upper] of relief
-- reads the view session_outcomes
-- parameters: $n_groups: of 500 groups of clients as many as count, client by client; 500: all count
select
    case when $n_groups = 500 then bucket else client_number end as bucket,
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
where relief_lower is not null and ($n_groups = 500 or bucket < $n_groups)
group by
    case when $n_groups = 500 then bucket else client_number end,
    condition, stress_level, activity_level, nutrient_shortfall, severity_before, hold_seconds,
    relief_lower, relief_upper
order by
    bucket, condition, stress_level, activity_level, nutrient_shortfall, severity_before,
    hold_seconds, lower, upper
