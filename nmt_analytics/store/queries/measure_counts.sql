-- grain: one row per level of each dimension, bucket of clients and value of a measure of one's own
-- reads the view session_outcomes; for a ratio lower is what is above the line and upper
-- what is below it, else lower = upper is the value; n counts sessions
-- n_clients_left_out: clients whose sessions have the value but do not meet the conditions
-- parameters: $by_first, $by_second ('' for none), $value, $minus, $over (columns, '' for none),
--     $columns, $comparisons, $numbers, $words, $is_among (lists of equal length: the conditions;
--     one that is not among is the share itself)
with sessions_named as (
    select
        session_number,
        client_number,
        bucket,
        map(
            [
                'condition', 'stress_level', 'activity_level', 'severity_band', 'pressure_felt',
                'nutrient_shortfall', 'modality', 'body_region', 'therapist', 'quarter', 'month'
            ],
            [
                condition, stress_level, activity_level, severity_band, pressure_felt,
                nutrient_shortfall, modality, body_region, therapist, quarter, month
            ]
        ) as words,
        map(
            [
                'severity_before', 'pain_before', 'pain_after', 'hold_seconds', 'recommend',
                'hold_in_range', 'pressure_right', 'pressure_adjusted_when_not_right', 'flare_up',
                'pain_responder', 'soreness_any'
            ],
            [
                cast(severity_before as double), pain_before, pain_after, hold_seconds, recommend,
                hold_in_range, pressure_right, pressure_adjusted_when_not_right, flare_up,
                pain_responder, soreness_any
            ]
        ) as numbers
    from session_outcomes
),
conditions as (
    select
        unnest(cast($columns as varchar[])) as column_name,
        unnest(cast($comparisons as varchar[])) as comparison,
        unnest(cast($numbers as double[])) as number,
        unnest(cast($words as varchar[])) as word,
        unnest(cast($is_among as boolean[])) as is_among
),
conditions_of_sessions as (
    select
        s.session_number,
        c.is_among,
        case
            when c.word = '' then s.numbers[c.column_name] - c.number
            when c.word = 'not_recorded' or s.words[c.column_name] != 'not_recorded'
                then cast(s.words[c.column_name] != c.word as integer)
        end as distance,
        c.comparison
    from sessions_named as s
    cross join conditions as c
),
conditions_judged as (
    -- null where the column is not recorded
    select
        session_number,
        is_among,
        case comparison
            when '=' then distance = 0
            when '!=' then distance != 0
            when '<' then distance < 0
            when '<=' then distance <= 0
            when '>' then distance > 0
            when '>=' then distance >= 0
        end as is_met
    from conditions_of_sessions
),
sessions_judged as (
    select
        session_number,
        bool_and(coalesce(is_met, false)) filter (where is_among) as is_among,
        cast(any_value(is_met) filter (where not is_among) as integer) as share
    from conditions_judged
    group by session_number
),
sessions_measured as (
    select
        s.client_number,
        s.bucket,
        coalesce(s.words[$by_first], '') as first_level,
        coalesce(s.words[$by_second], '') as second_level,
        coalesce(j.is_among, true) as is_among,
        case
            when $value = '' then j.share
            when $minus = '' then s.numbers[$value]
            else s.numbers[$value] - s.numbers[$minus]
        end as lower,
        s.numbers[$over] as divisor
    from sessions_named as s
    left join sessions_judged as j on s.session_number = j.session_number
),
sessions_with_value as (
    select
        client_number, bucket, first_level, second_level, is_among, lower,
        case when $over = '' then lower else divisor end as upper
    from sessions_measured
    where lower is not null and ($over = '' or divisor is not null)
),
clients_of_levels as (
    select
        first_level,
        second_level,
        count(distinct client_number) filter (where is_among) as n_clients,
        count(distinct client_number) filter (where not is_among) as n_clients_left_out,
        count(*) filter (where is_among) as n_sessions
    from sessions_with_value
    group by first_level, second_level
)
select
    s.first_level,
    s.second_level,
    c.n_clients,
    c.n_clients_left_out,
    c.n_sessions,
    s.bucket,
    s.lower,
    s.upper,
    count(*) as n
from sessions_with_value as s
inner join clients_of_levels as c
    on s.first_level = c.first_level and s.second_level = c.second_level
where s.is_among
group by
    s.first_level, s.second_level, c.n_clients, c.n_clients_left_out, c.n_sessions,
    s.bucket, s.lower, s.upper
order by s.first_level, s.second_level, s.bucket, s.lower, s.upper
