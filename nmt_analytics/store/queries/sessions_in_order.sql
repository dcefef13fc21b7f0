-- grain: one row per session known: whose it is, when it was over, and when the client's next one was
-- reads the view sessions_described
with clients_numbered as (
    select
        client_id,
        cast(row_number() over (order by client_id) as integer) as client_number,
        count(*) over () as n_clients
    from (select distinct client_id from sessions_described) as clients
)
select
    s.session_number,
    s.session_id,
    s.client_id,
    c.client_number,
    -- up to a thousand clients a bucket is one client, above it one of 500 groups of clients
    cast(
        case
            when c.n_clients <= 1000 then c.client_number
            else cast(c.client_number as bigint) * 7919 % 500
        end as smallint
    ) as bucket,
    s.local_on,
    s.over_at,
    lead(s.session_number) over in_order as next_session_number,
    lead(s.started_at) over in_order as next_started_at,
    lead(s.local_on) over in_order as next_on,
    lead(s.previous_relief_holding) over in_order as relief_held_at_next
from sessions_described as s
inner join clients_numbered as c on s.client_id = c.client_id
window in_order as (partition by c.client_number order by s.started_at, s.session_id)
