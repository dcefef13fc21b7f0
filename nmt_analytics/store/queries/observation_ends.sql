-- grain: one row per reason why the observation of relief ended
-- reads the view session_outcomes
select
    observation_ended,
    count(*) as n_sessions,
    count(distinct client_number) as n_clients,
    cast(sum(n_contradictions) as bigint) as n_contradictions,
    (select count(distinct client_number) from session_outcomes where n_contradictions > 0)
        as n_clients_contradicting
from session_outcomes
group by observation_ended
order by observation_ended
