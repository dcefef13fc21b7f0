-- grain: one row per rule that refused records, as loaded by then; a record may break several
-- parameters: $loaded_by (UTC)
select q.rule, count(distinct row(q.import_id, q.line)) as n_records
from quarantine as q
inner join imports as i on q.import_id = i.import_id
where i.loaded_at <= $loaded_by
group by q.rule
order by n_records desc, q.rule
