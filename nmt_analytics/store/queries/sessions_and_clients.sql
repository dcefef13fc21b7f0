-- grain: one row: how many sessions and clients there are in the period, with answers in it, in all
-- reads the temporary tables session_outcomes and sessions_in_order
select
    (select count(*) from session_outcomes) as n_sessions,
    (select count(*) from session_outcomes where n_answers > 0) as n_sessions_with_answers,
    (select count(distinct client_id) from session_outcomes) as n_clients,
    (select count(*) from sessions_in_order) as n_sessions_in_all,
    (select count(distinct client_id) from sessions_in_order) as n_clients_in_all
