-- grain: one row: sessions whose client came back before telling that relief was over, and how
--     many of them were told at that next session whether it still held
-- reads the views session_outcomes and follow_ups_linked and the temporary table sessions_in_order
with sessions_back as (
    select
        s.session_number,
        s.client_number,
        date_diff('second', s.over_at, s.next_started_at) as next_seconds
    from session_outcomes as o
    inner join sessions_in_order as s on o.session_number = s.session_number
    where s.next_started_at is not null
),
answers_by_then as (
    select
        b.session_number,
        b.client_number,
        coalesce(
            bool_or(not f.relief_holding and f.answered_seconds_after < b.next_seconds), false
        ) as is_told_before,
        coalesce(
            bool_or(f.relief_holding is not null and f.answered_seconds_after = b.next_seconds),
            false
        ) as is_asked
    from sessions_back as b
    left join follow_ups_linked as f on b.session_number = f.answered_session_number
    group by b.session_number, b.client_number
)
select
    count(*) as n,
    count(distinct client_number) as n_clients,
    count(*) filter (where is_asked) as n_asked
from answers_by_then
where not is_told_before
