-- grain: one row per check-in known (or question at the next session's intake), with the session
--     that was asked about and the session that an answer tells about
-- a view, not a copy, of the temporary tables follow_ups_named and follow_ups_placed
select
    case when is_asked then session_number end as asked_session_number,
    case when is_asked then asked_seconds_after end as asked_seconds_after,
    is_answered,
    case when is_told then session_number end as answered_session_number,
    case when is_told then answered_seconds_after end as answered_seconds_after,
    relief_holding,
    soreness,
    pain,
    recommend
from follow_ups_named
where not is_searched
union all
select *
from follow_ups_placed
