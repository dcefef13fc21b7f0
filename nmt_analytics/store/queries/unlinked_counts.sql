-- grain: one row: notes and check-ins known, and those that have found no session so far
-- reads the views sessions_described and follow_ups_linked and the temporary table
--     sessions_in_order
-- parameters: $as_of, $loaded_by (UTC)
with notes_known as (
    select note_id, client_id, noted_at, noted_on
    from session_notes
    where known_from <= $loaded_by and known_until > $loaded_by and noted_at <= $as_of
),
notes_of_nearest_sessions as (
    select
        n.note_id,
        rank() over (
            partition by n.note_id
            order by
                greatest(
                    date_diff('second', n.noted_at, s.started_at),
                    date_diff('second', s.over_at, n.noted_at),
                    0
                )
        ) as nearness
    from notes_known as n
    inner join sessions_described as s on n.client_id = s.client_id and n.noted_on = s.local_on
),
notes_placed as (
    select note_id, count(*) as n_sessions
    from notes_of_nearest_sessions
    where nearness = 1
    group by note_id
),
notes_counted as (
    select
        count(*) as n_notes,
        count(*) filter (where p.note_id is null) as n_notes_unlinked,
        count(*) filter (where p.n_sessions > 1) as n_notes_between_sessions
    from notes_known as n
    left join notes_placed as p on n.note_id = p.note_id
),
check_ins_counted as (
    select count(*) as n_check_ins
    from follow_ups
    where known_from <= $loaded_by and known_until > $loaded_by
),
answers_too_early as (
    select count(*) as n_answers_before_session
    from follow_ups as f
    inner join sessions_in_order as s on f.session_id = s.session_id
    where
        f.known_from <= $loaded_by
        and f.known_until > $loaded_by
        and f.source = 'check_in'
        and f.asked_at is null
        and f.answered_at <= least(s.over_at, $as_of)
),
links_missing as (
    select count(*) as n_missing
    from follow_ups_linked
    where asked_session_number is null and answered_session_number is null
),
check_ins_unlinked as (
    select greatest(n_missing - n_answers_before_session, 0) as n_check_ins_unlinked
    from links_missing
    cross join answers_too_early
)
select *
from notes_counted
cross join check_ins_counted
cross join check_ins_unlinked
cross join answers_too_early
