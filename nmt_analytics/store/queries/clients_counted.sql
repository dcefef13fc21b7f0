-- grain: one row: the clients and sessions of the period with an answer about relief
-- reads the temporary table session_outcomes
select
    count(distinct client_id) filter (where relief_lower is not null) as n_clients,
    count(*) filter (where relief_lower is not null) as n_sessions
from session_outcomes
