-- grain: one row per check-in known, beside the session that it names
-- is_asked, is_told: whether it was asked about that session, and whether its answer tells about it;
-- is_searched: whether its session has to be searched for, by follow_up_number
-- reads the temporary table sessions_in_order
-- parameters: $as_of, $loaded_by (UTC)
with follow_ups_dated as (
    select
        f.rowid as follow_up_number,
        f.session_id as named_session_id,
        s.session_number,
        s.over_at,
        s.next_started_at,
        f.source,
        case when f.asked_at <= $as_of then f.asked_at end as asked_at,
        case when f.answered_at <= $as_of then f.answered_at end as answered_at,
        f.relief_holding,
        f.soreness,
        f.pain,
        f.recommend
    from follow_ups as f
    left join sessions_in_order as s on f.session_id = s.session_id
    where f.known_from <= $loaded_by and f.known_until > $loaded_by
),
follow_ups_judged as (
    -- nearly all check-ins name a session and were answered while it was the client's latest one;
    -- of these nothing has to be searched for
    select
        *,
        coalesce(session_number is not null and source = 'check_in' and asked_at is not null, false)
            as is_asked,
        coalesce(
            source = 'check_in'
            and answered_at > over_at
            and (
                next_started_at is null
                or (next_started_at > over_at and answered_at <= next_started_at)
            ), false
        ) as is_told
    from follow_ups_dated
)
select
    cast(follow_up_number as integer) as follow_up_number,
    session_number,
    is_asked,
    -- seconds fit into an integer: no time before 1990 is loaded
    cast(greatest(date_diff('second', over_at, asked_at), 0) as integer) as asked_seconds_after,
    answered_at is not null as is_answered,
    is_told,
    cast(date_diff('second', over_at, answered_at) as integer) as answered_seconds_after,
    (named_session_id is null or session_number is not null)
    and (
        (answered_at is not null and not is_told)
        or (named_session_id is null and source = 'check_in' and asked_at is not null)
    ) as is_searched,
    relief_holding,
    soreness,
    pain,
    recommend
from follow_ups_judged
