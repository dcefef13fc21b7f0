-- grain: one row per session known, described by itself and its notes, beside the client's next one
-- parameters: $as_of, $loaded_by (UTC)
with sessions_known as (
    select *, coalesce(ended_at, started_at) as over_at
    from sessions
    where known_from <= $loaded_by and known_until > $loaded_by and started_at <= $as_of
),
notes_beside_sessions as (
    select
        s.session_id,
        n.*,
        greatest(
            date_diff('second', n.noted_at, s.started_at),
            date_diff('second', s.over_at, n.noted_at),
            0
        ) as seconds_apart
    from session_notes as n
    inner join sessions_known as s on n.client_id = s.client_id and n.noted_on = s.local_on
    where n.known_from <= $loaded_by and n.known_until > $loaded_by and n.noted_at <= $as_of
),
notes_of_nearest_sessions as (
    select
        *,
        rank() over (partition by note_id order by seconds_apart) as nearness,
        count(*) over (partition by note_id, seconds_apart) as n_as_near
    from notes_beside_sessions
),
notes_joined as (
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
),
sessions_described as (
    select
        s.session_id,
        s.client_id,
        s.therapist_id,
        s.started_at,
        s.over_at,
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
    from sessions_known as s
    left join notes_joined as n on s.session_id = n.session_id
),
clients_numbered as (
    select
        client_id,
        row_number() over (order by client_id) as client_number,
        count(*) over () as n_clients
    from (select distinct client_id from sessions_known) as clients
),
last_day_known as (
    select max(local_on) as last_on from sessions_known
)
select
    s.*,
    lead(s.session_id) over in_order as next_session_id,
    lead(s.started_at) over in_order as next_started_at,
    lead(s.local_on) over in_order as next_on,
    lead(s.previous_relief_holding) over in_order as relief_held_at_next,
    l.last_on,
    -- up to a thousand clients a bucket is one client, above it one of 500 groups of clients
    case when c.n_clients <= 1000 then c.client_number else c.client_number * 7919 % 500 end as bucket
from sessions_described as s
inner join clients_numbered as c on s.client_id = c.client_id
cross join last_day_known as l
window in_order as (partition by s.client_id order by s.started_at, s.session_id)
