-- grain: one row per session held in the period, with what its check-ins tell
-- reads the temporary table sessions_followed, so that one period after the other costs little
-- a view, not a copy: reads the session variables from_on, until_on (local dates, both included),
--     only_dimension and only_level (the one level whose sessions count; '' and '' for all)
select *
from sessions_followed
where
    local_on between getvariable('from_on') and getvariable('until_on')
    and case getvariable('only_dimension')
        when 'condition' then condition
        when 'stress_level' then stress_level
        when 'activity_level' then activity_level
        when 'modality' then modality
        when 'body_region' then body_region
        else ''
    end = getvariable('only_level')
