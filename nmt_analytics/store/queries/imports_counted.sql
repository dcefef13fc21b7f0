-- grain: one row: what all imports together read, stored and refused, as loaded by then
-- parameters: $loaded_by (UTC)
select
    coalesce(cast(sum(n_read) as bigint), 0) as n_read,
    coalesce(cast(sum(n_accepted + n_unchanged + n_corrected) as bigint), 0) as n_stored,
    coalesce(cast(sum(n_skipped) as bigint), 0) as n_skipped
from imports
where loaded_at <= $loaded_by
