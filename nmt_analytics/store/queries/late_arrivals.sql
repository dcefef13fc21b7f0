-- grain: one row: sessions and check-ins about sessions of the period that were loaded after $since
-- a check-in that names no session counts when its client had one of them in the 60 days before
-- parameters: $from_on, $until_on (local dates), $since (UTC)
with sessions_of_period as (
    select session_id, client_id, started_at, known_from from sessions
    where local_on between $from_on and $until_on and known_until > $since
)
select
    (select count(distinct session_id) from sessions_of_period where known_from > $since)
        as n_sessions,
    (
        select count(distinct f.follow_up_id)
        from follow_ups as f
        inner join sessions_of_period as s
            on
                f.session_id = s.session_id
                or (
                    f.session_id is null
                    and f.client_id = s.client_id
                    and coalesce(f.answered_at, f.asked_at)
                    between s.started_at and s.started_at + interval 60 day
                )
        where f.known_from > $since
    ) as n_follow_ups
