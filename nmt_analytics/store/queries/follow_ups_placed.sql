-- grain: one row per check-in whose session has to be searched for by client and time, with the
--     session that was asked about and the session that its answer tells about
-- reads the temporary tables follow_ups_named and sessions_in_order
-- parameters: $as_of (UTC)
with follow_ups_searched as (
    select
        n.follow_up_number,
        n.session_number as named_session_number,
        n.is_asked,
        n.asked_seconds_after,
        n.is_told,
        n.answered_seconds_after,
        s.over_at as named_over_at,
        coalesce(s.client_id, f.client_id) as client_id,
        f.source,
        case when f.asked_at <= $as_of then f.asked_at end as asked_at,
        case when f.answered_at <= $as_of then f.answered_at end as answered_at,
        f.relief_holding,
        f.soreness,
        f.pain,
        f.recommend
    from follow_ups_named as n
    inner join follow_ups as f on n.follow_up_number = f.rowid
    left join sessions_in_order as s on n.session_number = s.session_number
    where n.is_searched
),
sessions_observed as (
    -- where two sessions of a client overlap, only the later one is followed by any time of its own
    select *
    from sessions_in_order
    where
        (next_started_at is null or next_started_at > over_at)
        and client_id in (select client_id from follow_ups_searched)
),
answers_dated as (
    -- an intake form is filled in around the start of the next session, so it cannot be about a
    -- session that ended within the half day before it
    select
        *,
        case when source = 'intake' then answered_at - interval 12 hour else answered_at end
            as answer_link_at
    from follow_ups_searched
    where answered_at is not null and not is_told
),
answers_placed as (
    select
        f.follow_up_number,
        s.session_number,
        date_diff(
            'second', s.over_at, least(f.answered_at, coalesce(s.next_started_at, f.answered_at))
        ) as seconds_after
    from answers_dated as f
    asof inner join sessions_observed as s
        on f.client_id = s.client_id and f.answer_link_at > s.over_at
    where
        (f.source = 'intake' or s.next_started_at is null or f.answered_at <= s.next_started_at)
        and (f.source = 'intake' or f.named_over_at is null or f.answered_at > f.named_over_at)
        and (
            f.named_session_number is not null or f.answer_link_at <= s.over_at + interval 60 day
        )
),
asked_placed as (
    select
        f.follow_up_number,
        s.session_number,
        date_diff('second', s.over_at, f.asked_at) as seconds_after
    from follow_ups_searched as f
    asof inner join sessions_observed as s
        on f.client_id = s.client_id and f.asked_at > s.over_at
    where
        f.source = 'check_in'
        and f.named_session_number is null
        and f.asked_at <= s.over_at + interval 60 day
)
select
    case when f.is_asked then f.named_session_number else q.session_number end
        as asked_session_number,
    cast(case when f.is_asked then f.asked_seconds_after else q.seconds_after end as integer)
        as asked_seconds_after,
    f.answered_at is not null as is_answered,
    case when f.is_told then f.named_session_number else a.session_number end
        as answered_session_number,
    cast(case when f.is_told then f.answered_seconds_after else a.seconds_after end as integer)
        as answered_seconds_after,
    f.relief_holding,
    f.soreness,
    f.pain,
    f.recommend
from follow_ups_searched as f
left join asked_placed as q on f.follow_up_number = q.follow_up_number
left join answers_placed as a on f.follow_up_number = a.follow_up_number
union all
select
    null as asked_session_number,
    null as asked_seconds_after,
    true as is_answered,
    session_number as answered_session_number,
    cast(date_diff('second', over_at, next_started_at) as integer) as answered_seconds_after,
    relief_held_at_next as relief_holding,
    null as soreness,
    null as pain,
    null as recommend
from sessions_in_order
where relief_held_at_next is not null and next_started_at > over_at
