-- grain: one row: how many sessions and clients there are in the period, with answers in it, in all
-- reads the view session_outcomes and the temporary table sessions_in_order
select
    (select count(*) from session_outcomes) as n_sessions,
    (select count(*) from session_outcomes where n_answers > 0) as n_sessions_with_answers,
    (select count(distinct client_number) from session_outcomes) as n_clients,
    (select count(*) from sessions_in_order) as n_sessions_in_all,
    (select count(distinct client_number) from sessions_in_order) as n_clients_in_all
