-- grain: one row per session that left a check-in unanswered which would have narrowed the interval of
--     its relief
-- reads the view follow_ups_linked and the temporary tables sessions_followed and sessions_in_order
-- on the days that intervals are rounded to: on a day that bounds the interval an answer was given,
-- and one after the next session would have told about that session
select distinct o.session_number
from sessions_followed as o
inner join sessions_in_order as s on o.session_number = s.session_number
inner join follow_ups_linked as f on o.session_number = f.asked_session_number
where
    not f.is_answered
    and floor((f.asked_seconds_after + 43200) / 86400.0) > o.relief_lower
    and (
        o.relief_lost_day is null
        or floor((f.asked_seconds_after + 43200) / 86400.0) < o.relief_lost_day
    )
    and (
        s.next_started_at is null
        or f.asked_seconds_after < date_diff('second', s.over_at, s.next_started_at)
    )
