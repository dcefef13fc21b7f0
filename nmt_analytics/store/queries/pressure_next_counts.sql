-- grain: one row per bucket of clients, whether pressure that was not right was adjusted, and
--     whether it was not right again (1) in the client's next session
-- reads the view session_outcomes and the temporary table sessions_followed
select
    s.bucket,
    s.pressure_adjusted_when_not_right as was_adjusted,
    cast(n.pressure_felt <> 'right' as integer) as not_right_again,
    count(*) as n
from session_outcomes as s
inner join sessions_followed as n on s.next_session_number = n.session_number
where s.pressure_adjusted_when_not_right is not null and n.pressure_felt <> 'not_recorded'
group by s.bucket, was_adjusted, not_right_again
order by s.bucket, was_adjusted, not_right_again
