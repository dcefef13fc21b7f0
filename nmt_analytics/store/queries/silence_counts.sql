-- grain: one row per interval (lower, upper] of relief; n_fell_silent of its n sessions stopped
--     answering before relief was over, without coming back or being too recent
-- reads the temporary table session_outcomes
select
    cast(relief_lower as double) as lower,
    relief_upper as upper,
    count(*) as n,
    count(*) filter (where observation_ended = 'lost') as n_fell_silent
from session_outcomes
where relief_lower is not null
group by relief_lower, relief_upper
order by lower, upper
