-- grain: one row per reason why the observation of relief ended
-- reads the temporary table session_outcomes
select
    observation_ended,
    count(*) as n_sessions,
    count(distinct client_id) as n_clients,
    cast(sum(n_contradictions) as bigint) as n_contradictions,
    (select count(distinct client_id) from session_outcomes where n_contradictions > 0)
        as n_clients_contradicting
from session_outcomes
group by observation_ended
order by observation_ended
