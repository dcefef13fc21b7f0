-- grain: one row per bucket of clients, day of an answer about relief, and whether it still held
-- n answers before the client's next session: each "holding" up to the first "not holding", and
--     that one; n_returned of them were followed by the next session within a week
-- reads the views session_outcomes and follow_ups_linked and the temporary table sessions_in_order
with last_day_known as (
    select max(local_on) as last_on from sessions_in_order
),
answers_before_the_next_session as (
    select
        s.bucket,
        f.relief_holding,
        f.answered_seconds_after as seconds_after,
        min(f.answered_seconds_after) filter (where not f.relief_holding)
            over (partition by s.session_number) as lost_seconds,
        date_diff('second', s.over_at, s.next_started_at) as next_seconds,
        date_diff('second', s.over_at, cast(l.last_on as timestamp)) as last_seconds
    from session_outcomes as o
    inner join sessions_in_order as s on o.session_number = s.session_number
    inner join follow_ups_linked as f on s.session_number = f.answered_session_number
    cross join last_day_known as l
    where
        f.relief_holding is not null
        and (
            s.next_started_at is null
            or f.answered_seconds_after < date_diff('second', s.over_at, s.next_started_at)
        )
)
select
    bucket,
    cast(floor((seconds_after + 43200) / 86400.0) as integer) as day,
    relief_holding as is_held,
    count(*) as n,
    count(*) filter (where next_seconds <= seconds_after + 7 * 86400) as n_returned
from answers_before_the_next_session
where
    case
        when relief_holding then lost_seconds is null or seconds_after < lost_seconds
        else seconds_after = lost_seconds
    end
    -- whoever was not yet followed for a week after the answer could still come
    and (next_seconds is not null or seconds_after + 7 * 86400 <= last_seconds)
group by bucket, day, is_held
order by bucket, day, is_held
