-- grain: one row per time after the session at which clients answered (half days up to 36 hours,
--     then whole days; the hour 696, day 29, holds all later ones); counts answers that say
--     something about sessions of the period
-- reads the views session_outcomes and follow_ups_linked
with answers_by_hour as (
    select
        s.client_number,
        least(
            case
                when f.answered_seconds_after < 42 * 3600
                    then 12 * cast(floor((f.answered_seconds_after + 21600) / 43200.0) as integer)
                else 24 * cast(floor((f.answered_seconds_after + 43200) / 86400.0) as integer)
            end, 696
        ) as hours,
        f.relief_holding is not null as is_about_relief,
        f.soreness is not null as is_about_soreness
    from follow_ups_linked as f
    inner join session_outcomes as s on f.answered_session_number = s.session_number
    where f.relief_holding is not null or f.soreness is not null
)
select
    hours,
    count(*) as n_answers,
    count(*) filter (where is_about_relief) as n_about_relief,
    count(*) filter (where is_about_soreness) as n_about_soreness,
    count(distinct client_number) as n_clients,
    count(distinct client_number) filter (where not is_about_soreness) as n_clients_relief_alone,
    count(distinct client_number) filter (where not is_about_relief) as n_clients_soreness_alone,
    count(distinct client_number) filter (where is_about_relief and is_about_soreness) as n_clients_both
from answers_by_hour
group by hours
order by hours
