-- grain: one row per session with a note that belongs to it: each column as it was noted last
-- parameters: $as_of, $loaded_by (UTC)
with notes_beside_sessions as (
    select
        s.session_id,
        n.*,
        greatest(
            date_diff('second', n.noted_at, s.started_at),
            date_diff('second', coalesce(s.ended_at, s.started_at), n.noted_at),
            0
        ) as seconds_apart
    from session_notes as n
    inner join sessions as s on n.client_id = s.client_id and n.noted_on = s.local_on
    where
        n.known_from <= $loaded_by and n.known_until > $loaded_by and n.noted_at <= $as_of
        and s.known_from <= $loaded_by and s.known_until > $loaded_by and s.started_at <= $as_of
),
notes_of_nearest_sessions as (
    select
        *,
        rank() over (partition by note_id order by seconds_apart) as nearness,
        count(*) over (partition by note_id, seconds_apart) as n_as_near
    from notes_beside_sessions
)
-- of several notes each column has what was noted last; a note as near to two sessions has none
select
    session_id,
    max_by(modality, row(noted_at, note_id)) as modality,
    max_by(condition, row(noted_at, note_id)) as condition,
    max_by(body_region, row(noted_at, note_id)) as body_region,
    max_by(severity_before, row(noted_at, note_id)) as severity_before,
    max_by(pain_before, row(noted_at, note_id)) as pain_before,
    max_by(pain_after, row(noted_at, note_id)) as pain_after,
    max_by(stress_level, row(noted_at, note_id)) as stress_level,
    max_by(activity_level, row(noted_at, note_id)) as activity_level,
    max_by(hold_seconds, row(noted_at, note_id)) as hold_seconds,
    max_by(pressure_felt, row(noted_at, note_id)) as pressure_felt,
    max_by(pressure_adjusted, row(noted_at, note_id)) as pressure_adjusted,
    max_by(nutrient_shortfall, row(noted_at, note_id)) as nutrient_shortfall,
    max_by(previous_relief_holding, row(noted_at, note_id)) as previous_relief_holding
from notes_of_nearest_sessions
where nearness = 1 and n_as_near = 1
group by session_id
