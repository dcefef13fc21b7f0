-- grain: one row per session known, described by itself and its notes
-- reads the temporary table notes_joined
-- a view, not a copy: reads the session variables as_of and loaded_by (UTC)
select
    cast(s.rowid as integer) as session_number,
    s.session_id,
    s.client_id,
    s.therapist_id,
    s.started_at,
    coalesce(s.ended_at, s.started_at) as over_at,
    s.local_on,
    coalesce(s.modality, n.modality, 'neuromuscular_therapy') as modality,
    coalesce(s.condition, n.condition) as condition,
    coalesce(s.body_region, n.body_region) as body_region,
    coalesce(s.severity_before, n.severity_before) as severity_before,
    coalesce(s.pain_before, n.pain_before) as pain_before,
    coalesce(s.pain_after, n.pain_after) as pain_after,
    coalesce(s.stress_level, n.stress_level) as stress_level,
    coalesce(s.activity_level, n.activity_level) as activity_level,
    coalesce(s.hold_seconds, n.hold_seconds) as hold_seconds,
    coalesce(s.pressure_felt, n.pressure_felt) as pressure_felt,
    coalesce(s.pressure_adjusted, n.pressure_adjusted) as pressure_adjusted,
    coalesce(s.nutrient_shortfall, n.nutrient_shortfall) as nutrient_shortfall,
    coalesce(s.previous_relief_holding, n.previous_relief_holding) as previous_relief_holding
from sessions as s
left join notes_joined as n on s.session_id = n.session_id
where
    s.known_from <= getvariable('loaded_by')
    and s.known_until > getvariable('loaded_by')
    and s.started_at <= getvariable('as_of')
