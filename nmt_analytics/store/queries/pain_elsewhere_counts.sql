-- grain: one row per bucket of clients and pain rated at a check-in at which relief was over
-- reads the views session_outcomes and follow_ups_linked
select s.bucket, cast(f.pain as double) as pain, count(*) as n
from follow_ups_linked as f
inner join session_outcomes as s on f.answered_session_number = s.session_number
where f.pain is not null and not f.relief_holding
group by s.bucket, f.pain
order by s.bucket, f.pain
