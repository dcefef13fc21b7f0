-- grain: one row: whether anything about the time up to $as_of was learned or corrected since $since
-- parameters: $as_of, $since, $loaded_by (UTC)
with facts as (
    select started_at as happened_at, known_from, known_until from sessions
    union all
    select noted_at as happened_at, known_from, known_until from session_notes
    union all
    select least(asked_at, answered_at) as happened_at, known_from, known_until from follow_ups
)
select count(*) > 0 as is_any
from facts
where
    (happened_at is null or happened_at <= $as_of)
    and (
        known_from > $since and known_from <= $loaded_by
        or known_until > $since and known_until <= $loaded_by
    )
