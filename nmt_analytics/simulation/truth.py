"""What is true of an invented practice: every effect a named parameter with its meaning.

Only defaults and presets live here. The defaults are the story of the example practice.
"""

from dataclasses import asdict, dataclass, field, replace
from typing import Annotated, Any, get_type_hints

from nmt_analytics.errors import unknown_name
from nmt_analytics.vocabulary import CHECK_IN_HOURS

DISTRIBUTIONS = ("weibull", "lognormal", "loglogistic")


@dataclass(frozen=True)
class PracticeTruth:
    """The true effects behind a simulated practice.

    Log relief of a session = log(reference) + logs of the time ratios + the client's tendency +
    season + trend + error; a time ratio of 0.68 means that relief lasts 0.68 times as long.
    Raises UsageError for an unknown `relief_distribution`.
    """

    # How long relief lasts
    relief_days_reference: Annotated[
        float,
        "median relief in days: median client, muscle spasm, low stress and activity, "
        "severity 5, hold 30 s, no shortfall, first therapist, first day, mid-season",
    ] = 11.6
    relief_distribution: Annotated[
        str, "error of log relief: weibull, lognormal or loglogistic"
    ] = "weibull"
    relief_shape: Annotated[float, "1 / scale of that error (the Weibull shape)"] = 1.8
    client_sd: Annotated[float, "sd of the clients' own tendencies, on the log scale"] = 0.45
    stress_time_ratios: Annotated[dict[str, float], "time ratio against low stress"] = field(
        default_factory=lambda: {"low": 1.0, "moderate": 0.85, "high": 0.68}
    )
    activity_time_ratios: Annotated[dict[str, float], "time ratio against low activity"] = field(
        default_factory=lambda: {"low": 1.0, "moderate": 1.05, "high": 0.88}
    )
    severity_time_ratio: Annotated[float, "time ratio per point of severity before"] = 0.96
    hold_time_ratio: Annotated[float, "time ratio per 10 seconds of hold"] = 1.06
    condition_time_ratios: Annotated[dict[str, float], "time ratio against muscle spasm"] = field(
        default_factory=lambda: {
            "muscle_spasm": 1.0,
            "muscle_cramp": 1.08,
            "nerve_damage": 0.66,
            "nerve_compression": 0.8,
            "neural_entrapment": 0.78,
            "ischemia": 0.75,
            "myofascial_trigger_points": 1.18,
            "dysfunctional_gait": 0.92,
            "other": 1.0,
        }
    )
    shortfall_time_ratio: Annotated[
        float, "time ratio of a magnesium or calcium shortfall (1 = none, and that is the truth)"
    ] = 1.0
    therapist_time_ratios: Annotated[
        tuple[float, ...], "time ratio against the first therapist, hold aside; in turn if more"
    ] = (1.0, 1.04, 0.97)
    season_amplitude: Annotated[float, "log relief is this much lower in mid-January"] = 0.05
    relief_time_ratio_per_year: Annotated[float, "slow trend of relief (1 = none)"] = 1.0

    # Who comes, when, with what
    sessions_per_client: Annotated[float, "mean sessions of a client"] = 7.5
    booking_days_median: Annotated[float, "median days to the next planned session"] = 18.0
    booking_days_sd: Annotated[float, "sd of its logarithm"] = 0.4
    long_break_share: Annotated[float, "share of bookings that are four times as far off"] = 0.1
    early_return_when_relief_ends: Annotated[
        float, "probability to come sooner because relief ended, about four days after it did"
    ] = 0.15
    condition_shares: Annotated[dict[str, float], "share of clients with this main condition"] = (
        field(
            default_factory=lambda: {
                "muscle_spasm": 0.23,
                "muscle_cramp": 0.12,
                "nerve_damage": 0.08,
                "nerve_compression": 0.13,
                "neural_entrapment": 0.09,
                "ischemia": 0.01,
                "myofascial_trigger_points": 0.21,
                "dysfunctional_gait": 0.08,
                "other": 0.05,
            }
        )
    )
    main_condition_share: Annotated[float, "share of sessions about the main condition"] = 0.92
    stress_shares: Annotated[dict[str, float], "share of sessions at this stress level"] = field(
        default_factory=lambda: {"low": 0.3, "moderate": 0.45, "high": 0.25}
    )
    activity_shares: Annotated[dict[str, float], "share of sessions at this activity level"] = (
        field(default_factory=lambda: {"low": 0.3, "moderate": 0.5, "high": 0.2})
    )
    level_correlation: Annotated[float, "how alike a client's own levels are (latent)"] = 0.5
    shortfall_shares: Annotated[dict[str, float], "share of clients who report this shortfall"] = (
        field(
            default_factory=lambda: {
                "none": 0.58,
                "magnesium": 0.19,
                "calcium": 0.06,
                "both": 0.05,
                "unknown": 0.12,
            }
        )
    )
    modality_shares: Annotated[
        dict[str, float], "share of sessions in this modality (no effect on any outcome)"
    ] = field(
        default_factory=lambda: {
            "neuromuscular_therapy": 0.92,
            "massage": 0.06,
            "craniosacral": 0.015,
            "other": 0.005,
        }
    )
    severity_mean: Annotated[float, "mean severity before, 0-10"] = 5.3
    severity_client_sd: Annotated[float, "sd of severity between clients"] = 1.4
    severity_session_sd: Annotated[float, "sd of severity between a client's sessions"] = 1.3
    therapist_hold_seconds: Annotated[
        tuple[float, ...], "mean hold in seconds by therapist; in turn if more"
    ] = (30.0, 34.0, 26.0)
    hold_sd: Annotated[float, "sd of hold within a therapist, seconds (noted in fives)"] = 5.0

    # Pressure
    pressure_right_share: Annotated[float, "share felt right on the first day"] = 0.68
    pressure_right_change_per_year: Annotated[
        float, "what it gains each year: the one thing that really improves"
    ] = 0.045
    too_strong_share: Annotated[float, "of pressure not felt right, the share too strong"] = 0.6
    pressure_adjusted_share: Annotated[float, "of pressure not felt right, share adjusted"] = 0.86

    # Soreness
    sore_share: Annotated[float, "share of sessions that leave soreness"] = 0.6
    soreness_hours_median: Annotated[float, "median hours until soreness is gone, if any"] = 20.0
    soreness_hours_sd: Annotated[float, "sd of the logarithm of those hours"] = 0.4
    too_strong_soreness_ratio: Annotated[float, "times as long after too strong pressure"] = 1.25

    # Pain
    usual_pain_mean: Annotated[float, "mean of the clients' usual pain, 0-10"] = 4.7
    usual_pain_sd: Annotated[float, "sd of usual pain between clients"] = 1.2
    daily_pain_sd: Annotated[float, "sd of pain from day to day within a client"] = 1.5
    worst_of_days: Annotated[
        int, "clients come on the worst of this many days, so pain would fall by itself"
    ] = 2
    pain_persistence: Annotated[
        float, "share of the day's deviation still there after the session"
    ] = 0.4
    pain_effect: Annotated[float, "true effect of a session on pain, while relief lasts"] = -1.9
    flare_up_share: Annotated[float, "share of sessions with pain 2 points up for 72 hours"] = 0.03
    recommend_mean: Annotated[float, "mean willingness to recommend, 0-10, asked on day 7"] = 8.5

    # Check-ins
    check_in_hours: Annotated[
        tuple[int, ...], "hours after the session at which clients are asked"
    ] = CHECK_IN_HOURS
    answering_probability: Annotated[float, "probability that the median client answers"] = 0.83
    answering_client_sd: Annotated[float, "sd of answering between clients, logit scale"] = 0.9
    answer_delay_hours_median: Annotated[float, "median hours from question to answer"] = 1.5
    answer_delay_sd: Annotated[float, "sd of its logarithm"] = 1.2
    stopping_hazard: Annotated[
        float, "probability, at each check-in, to stop answering about this session for good"
    ] = 0.03
    silence_when_relief_ends: Annotated[
        float, "probability to stop answering about a session once its relief ended"
    ] = 0.05
    contradiction_rate: Annotated[
        float, "share of answers after 'not holding' that say 'holding' again"
    ] = 0.03
    intake_asked_share: Annotated[
        float, "share of sessions whose intake asks whether earlier relief still holds"
    ] = 0.9
    missing_share: Annotated[float, "share of each optional field left empty"] = 0.03

    def __post_init__(self) -> None:
        if self.relief_distribution not in DISTRIBUTIONS:
            raise unknown_name("relief distribution", self.relief_distribution, DISTRIBUTIONS)

    def described(self) -> dict[str, dict[str, Any]]:
        """Each parameter's true value and one-line meaning, by name, ready for JSON."""
        hints = get_type_hints(type(self), include_extras=True)
        return {
            name: {"value": value, "meaning": hints[name].__metadata__[0]}
            for name, value in asdict(self).items()
        }


_EXAMPLE = PracticeTruth()

PRESETS: dict[str, PracticeTruth] = {
    "friendly": replace(
        _EXAMPLE,
        answering_probability=0.97,
        answering_client_sd=0.3,
        stopping_hazard=0.0,
        silence_when_relief_ends=0.0,
        contradiction_rate=0.0,
        early_return_when_relief_ends=0.0,
        missing_share=0.0,
    ),
    "silent": replace(_EXAMPLE, silence_when_relief_ends=0.6),
    "returning": replace(_EXAMPLE, early_return_when_relief_ends=0.7),
    "small": replace(_EXAMPLE, sessions_per_client=20.0),
}
"""friendly: answers nearly complete and honest; silent: clients fall silent when relief ends;
returning: clients return because relief ended; small: few clients, many sessions each."""
