-- grain: one row per session of the period, and one per check-in asked or answered about one of them,
--     with a fingerprint of what it says; when clients came back is left out, since each later
--     session would change it
-- reads the temporary tables session_outcomes and follow_ups_linked
select
    'sessions' as kind,
    md5_number_lower(concat_ws(
        '|', cast(session_id as varchar), cast(client_id as varchar), cast(local_on as varchar),
        condition, stress_level, activity_level, severity_band, pressure_felt, nutrient_shortfall,
        modality, body_region, therapist,
        cast(coalesce(severity_before, -1) as varchar), cast(coalesce(pain_before, -1) as varchar),
        cast(coalesce(pain_after, -1) as varchar), cast(coalesce(hold_seconds, -1) as varchar),
        cast(coalesce(pressure_adjusted_when_not_right, -1) as varchar)
    )) as content
from session_outcomes
union all
select
    'follow_ups' as kind,
    md5_number_lower(concat_ws(
        '|', coalesce(cast(f.asked_session_id as varchar), ''),
        coalesce(cast(f.asked_seconds_after as varchar), ''), cast(f.is_answered as varchar),
        coalesce(cast(f.answered_session_id as varchar), ''),
        coalesce(cast(f.answered_seconds_after as varchar), ''),
        coalesce(cast(f.relief_holding as varchar), ''), coalesce(cast(f.soreness as varchar), ''),
        coalesce(cast(f.pain as varchar), ''), coalesce(cast(f.recommend as varchar), '')
    )) as content
from follow_ups_linked as f
left join session_outcomes as asked on f.asked_session_id = asked.session_id
left join session_outcomes as told on f.answered_session_id = told.session_id
where asked.session_id is not null or told.session_id is not null
