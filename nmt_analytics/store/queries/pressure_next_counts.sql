-- grain: one row per bucket of clients, whether pressure that was not right was adjusted, and
--     whether it was not right again (1) in the client's next session
-- reads the temporary tables session_outcomes and sessions_in_order
select
    s.bucket,
    s.pressure_adjusted_when_not_right as was_adjusted,
    cast(n.pressure_felt <> 'right' as integer) as not_right_again,
    count(*) as n
from session_outcomes as s
inner join sessions_in_order as n on s.next_session_id = n.session_id
where s.pressure_adjusted_when_not_right is not null and n.pressure_felt is not null
group by s.bucket, was_adjusted, not_right_again
order by s.bucket, was_adjusted, not_right_again
