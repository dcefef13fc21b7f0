-- grain: one row: notes and check-ins known that have found no session of their client so far
-- reads the temporary tables sessions_in_order and follow_ups_linked
-- parameters: $as_of, $loaded_by (UTC)
with notes_known as (
    select client_id, noted_on
    from session_notes
    where known_from <= $loaded_by and known_until > $loaded_by and noted_at <= $as_of
),
notes_unlinked as (
    select n.*
    from notes_known as n
    anti join sessions_in_order as s on n.client_id = s.client_id and n.noted_on = s.local_on
),
check_ins_unlinked as (
    select *
    from follow_ups_linked
    where asked_session_id is null and answered_session_id is null
)
select
    (select count(*) from notes_known) as n_notes,
    (select count(*) from notes_unlinked) as n_notes_unlinked,
    (select count(*) from check_ins_unlinked) as n_check_ins_unlinked
