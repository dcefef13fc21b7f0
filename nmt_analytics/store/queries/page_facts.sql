-- grain: one row per session of the period, and one per check-in asked or answered about one of them,
--     with a fingerprint of what it says; when clients came back is left out, since each later
--     session would change it
-- reads the views session_outcomes and follow_ups_linked and the temporary table sessions_in_order
select
    'sessions' as kind,
    md5_number_lower(concat_ws(
        '|', cast(s.session_id as varchar), cast(s.client_id as varchar), cast(o.local_on as varchar),
        condition, stress_level, activity_level, severity_band, pressure_felt, nutrient_shortfall,
        modality, body_region, therapist,
        cast(coalesce(severity_before, -1) as varchar), cast(coalesce(pain_before, -1) as varchar),
        cast(coalesce(pain_after, -1) as varchar), cast(coalesce(hold_seconds, -1) as varchar),
        cast(coalesce(pressure_adjusted_when_not_right, -1) as varchar)
    )) as content
from session_outcomes as o
inner join sessions_in_order as s on o.session_number = s.session_number
union all
select
    'follow_ups' as kind,
    md5_number_lower(concat_ws(
        '|', coalesce(cast(a.session_id as varchar), ''),
        coalesce(cast(f.asked_seconds_after as varchar), ''), cast(f.is_answered as varchar),
        coalesce(cast(t.session_id as varchar), ''),
        coalesce(cast(f.answered_seconds_after as varchar), ''),
        coalesce(cast(f.relief_holding as varchar), ''), coalesce(cast(f.soreness as varchar), ''),
        coalesce(cast(f.pain as varchar), ''), coalesce(cast(f.recommend as varchar), '')
    )) as content
from follow_ups_linked as f
left join sessions_in_order as a on f.asked_session_number = a.session_number
left join sessions_in_order as t on f.answered_session_number = t.session_number
where
    f.asked_session_number in (select session_number from session_outcomes)
    or f.answered_session_number in (select session_number from session_outcomes)
