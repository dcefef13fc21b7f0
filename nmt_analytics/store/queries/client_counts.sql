-- grain: one row per bucket of clients, sessions that the client has with the outcome, and interval
--     (lower, upper]; n counts sessions, so n / n_of_client counts each client once
-- reads the view session_outcomes; an exact value has lower = upper
-- parameters: $outcome
with sessions_with_outcome as (
    select
        client_number,
        bucket,
        cast(case $outcome
            when 'relief' then relief_lower
            when 'soreness' then soreness_lower
            when 'soreness_any' then soreness_any
            when 'pain_change' then pain_change
            when 'pain_responder' then pain_responder
            when 'flare_up' then flare_up
        end as double) as lower,
        case $outcome
            when 'relief' then relief_upper
            when 'soreness' then soreness_upper
        end as upper
    from session_outcomes
    where lower is not null
),
sessions_of_clients as (
    select
        bucket,
        lower,
        coalesce(upper, lower) as upper,
        count(*) over (partition by client_number) as n_of_client
    from sessions_with_outcome
)
select bucket, lower, upper, n_of_client, count(*) as n
from sessions_of_clients
group by bucket, lower, upper, n_of_client
order by bucket, lower, upper, n_of_client
