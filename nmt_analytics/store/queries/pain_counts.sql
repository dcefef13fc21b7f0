-- grain: one row per bucket of clients, pain before and pain after a session
-- reads the view session_outcomes
select bucket, cast(pain_before as double) as before, cast(pain_after as double) as after, count(*) as n
from session_outcomes
where pain_before is not null
group by bucket, pain_before, pain_after
order by bucket, pain_before, pain_after
