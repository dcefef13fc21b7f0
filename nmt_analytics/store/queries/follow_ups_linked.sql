-- grain: one row per check-in known (or question at the next session's intake), with the session
--     that was asked about and the session that an answer tells about
-- reads the temporary table sessions_in_order
-- parameters: $as_of, $loaded_by (UTC)
with sessions_observed as (
    -- where two sessions of a client overlap, only the later one is followed by any time of its own
    select * from sessions_in_order where next_started_at is null or next_started_at > over_at
),
follow_ups_dated as (
    select
        f.follow_up_id,
        coalesce(s.client_id, f.client_id) as client_id,
        f.session_id as named_session_id,
        s.session_id is not null as is_session_known,
        s.over_at as named_over_at,
        s.next_started_at as named_next_started_at,
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
follow_ups_known as (
    -- nearly all check-ins name a session and were answered while it was the client's latest one;
    -- of these nothing has to be searched for
    select
        *,
        coalesce(is_session_known and source = 'check_in' and asked_at is not null, false)
            as is_asked_of_named,
        coalesce(
            source = 'check_in'
            and answered_at > named_over_at
            and (
                named_next_started_at is null
                or (named_next_started_at > named_over_at and answered_at <= named_next_started_at)
            ), false
        ) as is_told_of_named
    from follow_ups_dated
),
follow_ups_placed as (
    -- an intake form is filled in around the start of the next session, so it cannot be about a
    -- session that ended within the half day before it
    select
        *,
        case when source = 'intake' then answered_at - interval 12 hour else answered_at end
            as answer_link_at
    from follow_ups_known
    where named_session_id is null or is_session_known
),
answers_linked as (
    select
        f.follow_up_id,
        s.session_id,
        date_diff(
            'second', s.over_at, least(f.answered_at, coalesce(s.next_started_at, f.answered_at))
        ) as seconds_after
    from follow_ups_placed as f
    asof inner join sessions_observed as s
        on f.client_id = s.client_id and f.answer_link_at > s.over_at
    where
        f.answered_at is not null
        and not f.is_told_of_named
        and (f.source = 'intake' or s.next_started_at is null or f.answered_at <= s.next_started_at)
        and (f.source = 'intake' or f.named_over_at is null or f.answered_at > f.named_over_at)
        and (f.named_session_id is not null or f.answer_link_at <= s.over_at + interval 60 day)
),
asked_linked as (
    select f.follow_up_id, s.session_id, date_diff('second', s.over_at, f.asked_at) as seconds_after
    from follow_ups_placed as f
    asof inner join sessions_observed as s
        on f.client_id = s.client_id and f.asked_at > s.over_at
    where
        f.source = 'check_in'
        and f.asked_at is not null
        and f.named_session_id is null
        and f.asked_at <= s.over_at + interval 60 day
)
select
    case when f.is_asked_of_named then f.named_session_id else q.session_id end as asked_session_id,
    case
        when f.is_asked_of_named
            then greatest(date_diff('second', f.named_over_at, f.asked_at), 0)
        else q.seconds_after
    end as asked_seconds_after,
    f.answered_at is not null as is_answered,
    case when f.is_told_of_named then f.named_session_id else a.session_id end
        as answered_session_id,
    case
        when f.is_told_of_named then date_diff('second', f.named_over_at, f.answered_at)
        else a.seconds_after
    end as answered_seconds_after,
    f.relief_holding,
    f.soreness,
    f.pain,
    f.recommend
from follow_ups_known as f
left join asked_linked as q on f.follow_up_id = q.follow_up_id
left join answers_linked as a on f.follow_up_id = a.follow_up_id
union all
select
    null as asked_session_id,
    null as asked_seconds_after,
    true as is_answered,
    session_id as answered_session_id,
    date_diff('second', over_at, next_started_at) as answered_seconds_after,
    relief_held_at_next as relief_holding,
    null as soreness,
    null as pain,
    null as recommend
from sessions_observed
where relief_held_at_next is not null
