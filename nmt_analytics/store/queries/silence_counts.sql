-- grain: one row per interval (lower, upper] of relief; n_fell_silent of its n sessions left a
--     check-in unanswered that would have narrowed the interval, or told nothing more and never
--     came back
-- reads the view session_outcomes and the temporary table sessions_fallen_silent
select
    cast(o.relief_lower as double) as lower,
    o.relief_upper as upper,
    count(*) as n,
    count(*) filter (where q.session_number is not null or o.observation_ended = 'lost')
        as n_fell_silent
from session_outcomes as o
left join sessions_fallen_silent as q on o.session_number = q.session_number
where o.relief_lower is not null
group by o.relief_lower, o.relief_upper
order by lower, upper
