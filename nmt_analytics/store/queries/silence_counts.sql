-- grain: one row per interval (lower, upper] of relief; n_fell_silent of its n sessions left a
--     check-in unanswered that would have narrowed the interval, or told nothing more and never
--     came back
-- reads the temporary tables session_outcomes, sessions_in_order and follow_ups_linked
with sessions_silent_within as (
    -- on the days that intervals are rounded to: on a day that bounds the interval an answer was
    -- given, and one after the next session would have told about that session
    select distinct o.session_id
    from session_outcomes as o
    inner join sessions_in_order as s on o.session_id = s.session_id
    inner join follow_ups_linked as f on o.session_id = f.asked_session_id
    where
        not f.is_answered
        and floor((f.asked_seconds_after + 43200) / 86400.0) > o.relief_lower
        and floor((f.asked_seconds_after + 43200) / 86400.0) < o.relief_upper
        and (
            s.next_started_at is null
            or f.asked_seconds_after < date_diff('second', s.over_at, s.next_started_at)
        )
)
select
    cast(o.relief_lower as double) as lower,
    o.relief_upper as upper,
    count(*) as n,
    count(*) filter (where q.session_id is not null or o.observation_ended = 'lost')
        as n_fell_silent
from session_outcomes as o
left join sessions_silent_within as q on o.session_id = q.session_id
where o.relief_lower is not null
group by o.relief_lower, o.relief_upper
order by lower, upper
