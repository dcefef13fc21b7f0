-- grain: one row per therapist, in the order of their first session
-- parameters: $loaded_by (UTC)
select cast(therapist_id as varchar) as therapist
from sessions
where therapist_id is not null and known_from <= $loaded_by
group by therapist_id
order by min(started_at), therapist_id
