-- grain: one row: the first and the last local date on which a session known was held
-- parameters: $as_of, $loaded_by (UTC)
select
    min(local_on) as first_on,
    max(local_on) as last_on
from sessions
where known_from <= $loaded_by and known_until > $loaded_by and started_at <= $as_of
