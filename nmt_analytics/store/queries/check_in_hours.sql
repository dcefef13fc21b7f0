-- grain: one row per hour after the session at which clients were asked (half days up to 36 hours,
--     then whole days); counts check-ins asked about sessions of the period
-- reads the views session_outcomes and follow_ups_linked
with check_ins_by_hour as (
    select
        s.client_number,
        f.is_answered,
        case
            when f.asked_seconds_after < 42 * 3600
                then 12 * cast(floor((f.asked_seconds_after + 21600) / 43200.0) as integer)
            else 24 * cast(floor((f.asked_seconds_after + 43200) / 86400.0) as integer)
        end as hours
    from follow_ups_linked as f
    inner join session_outcomes as s on f.asked_session_number = s.session_number
)
select
    hours,
    count(*) as n_asked,
    count(*) filter (where is_answered) as n_answered,
    count(distinct client_number) as n_clients
from check_ins_by_hour
group by hours
order by hours
