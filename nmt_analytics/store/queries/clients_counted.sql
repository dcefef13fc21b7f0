-- grain: one row: the clients and sessions of the period with an answer about relief
-- reads the view session_outcomes
select
    count(distinct client_number) filter (where relief_lower is not null) as n_clients,
    count(*) filter (where relief_lower is not null) as n_sessions
from session_outcomes
