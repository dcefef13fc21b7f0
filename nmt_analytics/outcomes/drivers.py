"""What lengthens or shortens relief, each adjusted for the rest: time ratios from an AFT model.

Arrays of counted sessions in, a `DriverFit` out: a table of ratios, or the reason why there is
none. Associations, not causes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from nmt_analytics.outcomes.covariates import Column, DesignMatrix
from nmt_analytics.outcomes.distributions import student_quantile
from nmt_analytics.outcomes.driver_rows import (
    NoTableError,
    Rows,
    collapse_to_cells,
    require_ends_in_every_level,
    require_enough,
    usable_rows,
)
from nmt_analytics.outcomes.likelihood.aft import (
    LOG_LOGISTIC,
    LOG_NORMAL,
    WEIBULL,
    Array,
    Cells,
    Maximum,
    maximise,
)
from nmt_analytics.outcomes.likelihood.aft_confidence import (
    Counts,
    jackknife_clients,
    sandwich_by_client,
)
from nmt_analytics.vocabulary import label

SANDWICH_FROM_CLIENTS = 200
NETWORK_SESSIONS = 100_000
BEYOND_THE_MODEL = (
    "With so many sessions the intervals are far narrower than the model's own error: "
    "the ratios under other distributions show how far that goes."
)
"""What is said from NETWORK_SESSIONS on."""
LARGEST_RATIO = 1000.0
"""A time ratio beyond this, over the range that a covariate takes, is a model running away."""
CLEARLY_BETTER = 5.0
DEFAULT_UNITS = MappingProxyType({"severity_before": 1.0, "hold_seconds": 10.0})

VarianceMethod = Literal["client jackknife", "client sandwich"]


@dataclass(frozen=True)
class TimeRatio:
    """Relief with `level` lasts `value` times as long as with `reference`, the rest being equal.

    For a number, `level` is the step ("+10") and `reference` is empty. `n_clients` and
    `n_sessions` have the level; for a number, all that were fitted.
    """

    term: str
    level: str
    reference: str
    value: float
    ci_lower: float
    ci_upper: float
    n_clients: int
    n_sessions: int


@dataclass(frozen=True)
class Sensitivity:
    """The same model under another error distribution; higher log-likelihood fits better."""

    log_likelihood: float
    scale: float
    ratios: dict[tuple[str, str], float]


@dataclass(frozen=True)
class DriverFit:
    """Time ratios with 95 % intervals, or `refusal`: why there is no table, in plain words.

    `names` and `coefficients` belong together, the intercept first: log days. `covariance` has
    one more row, for log scale. Refused fits have no terms and empty arrays.
    """

    distribution: str
    terms: list[TimeRatio]
    names: tuple[str, ...]
    coefficients: Array
    covariance: Array
    scale: float
    log_likelihood: float
    n_sessions: int
    n_clients: int
    variance_method: VarianceMethod | None
    sensitivity: dict[str, Sensitivity]
    refusal: str | None
    notes: list[str]


def fit_drivers(
    lower: ArrayLike,
    upper: ArrayLike,
    n: ArrayLike,
    bucket: ArrayLike,
    categorical: Mapping[str, ArrayLike],
    numeric: Mapping[str, ArrayLike],
    references: Mapping[str, str],
    units: Mapping[str, float] = DEFAULT_UNITS,
    *,
    n_clients: int | None = None,
) -> DriverFit:
    """Time ratios of all covariates together, from a Weibull model for interval-censored rows.

    Each row counts `n` sessions of one client (or of one hashed group of clients: `bucket`) whose
    relief ended in (lower, upper] days, 0 and inf allowed. `categorical` and `numeric` map terms
    to (rows,) values; `references` maps a term to the level it is compared with, `units` a number
    to the step that its ratio stands for. `n_clients` is the true count where buckets are groups.

    Intervals resample clients: delete-one-client jackknife below 200 clients, client-summed
    sandwich with CR1 from there, both with t(clients - 1). Fewer than 40 clients, a level whose
    ratio has no limit, or a model that does not settle give a `refusal`, never an exception.
    Source: Kalbfleisch & Prentice 2002, ch. 3 and 7; Lin & Wei 1989, JASA 84:1074-1078.
    """
    rows = usable_rows(lower, upper, n, bucket, categorical, numeric)
    try:
        fit = _fit_weibull(rows, references, units)
    except NoTableError as reason:
        fit = _refused(rows, str(reason))
    return fit if n_clients is None else replace(fit, n_clients=n_clients)


def _fit_weibull(
    rows: Rows, references: Mapping[str, str], units: Mapping[str, float]
) -> DriverFit:
    require_enough(rows)
    require_ends_in_every_level(rows)
    cells, counts, design = collapse_to_cells(rows, references, units)
    maximum = maximise(WEIBULL, cells)
    _require_settled(maximum, design)
    method, covariance = _covariance_by_client(cells, counts, maximum, rows.n_clients)
    terms = _time_ratios(rows, design.columns, maximum.estimate, covariance)
    sensitivity = _fit_other_distributions(cells, design.columns)
    return DriverFit(
        distribution=WEIBULL.name,
        terms=terms,
        names=tuple(column.name for column in design.columns),
        coefficients=maximum.estimate[:-1],
        covariance=covariance,
        scale=float(np.exp(maximum.estimate[-1])),
        log_likelihood=maximum.log_likelihood,
        n_sessions=rows.n_sessions,
        n_clients=rows.n_clients,
        variance_method=method,
        sensitivity=sensitivity,
        refusal=None,
        notes=rows.notes + design.notes + _cautions(rows, terms, maximum, sensitivity),
    )


def _require_settled(maximum: Maximum, design: DesignMatrix) -> None:
    if not maximum.converged:
        raise NoTableError(
            "The model does not settle: these check-in times and answers do not determine it."
        )
    span = np.ptp(design.values, axis=0) * np.abs(maximum.estimate[:-1])
    if span[1:].max() > np.log(LARGEST_RATIO):
        column = design.columns[1 + int(np.argmax(span[1:]))]
        raise NoTableError(
            f"The model runs away: the ratio of {label(column.term)} {label(column.level)} "
            "grows without limit."
        )


def _covariance_by_client(
    cells: Cells, counts: Counts, maximum: Maximum, n_clients: int
) -> tuple[VarianceMethod, Array]:
    if n_clients >= SANDWICH_FROM_CLIENTS:
        return "client sandwich", sandwich_by_client(counts, maximum)
    covariance = jackknife_clients(WEIBULL, cells, counts, maximum)
    if not np.isfinite(covariance).all():
        raise NoTableError("The model rests on a single client: without one it does not settle.")
    return "client jackknife", covariance


def _time_ratios(
    rows: Rows, columns: list[Column], estimate: Array, covariance: Array
) -> list[TimeRatio]:
    errors = np.sqrt(np.diag(covariance))
    reach = student_quantile(0.975, rows.n_clients - 1)
    ratios = []
    for position, column in enumerate(columns[1:], start=1):
        here = np.ones(len(rows.n), dtype=bool)
        if column.reference:
            here = rows.categorical[column.term].has(column.level)
        low, value, high = np.exp(
            estimate[position] + reach * errors[position] * np.array([-1, 0, 1])
        )
        ratios.append(
            TimeRatio(
                column.term,
                column.level,
                column.reference,
                float(value),
                float(low),
                float(high),
                n_clients=len(np.unique(rows.bucket[here])),
                n_sessions=round(rows.n[here].sum()),
            )
        )
    return ratios


def _fit_other_distributions(cells: Cells, columns: list[Column]) -> dict[str, Sensitivity]:
    fits = {each.name: maximise(each, cells) for each in (LOG_NORMAL, LOG_LOGISTIC)}
    return {
        name: Sensitivity(
            log_likelihood=fit.log_likelihood,
            scale=float(np.exp(fit.estimate[-1])),
            ratios={
                (column.term, column.level): float(np.exp(coefficient))
                for column, coefficient in zip(columns[1:], fit.estimate[1:-1], strict=True)
            },
        )
        for name, fit in fits.items()
        if fit.converged
    }


def _cautions(
    rows: Rows, terms: list[TimeRatio], maximum: Maximum, sensitivity: dict[str, Sensitivity]
) -> list[str]:
    cautions = ["These are associations, not causes."]
    for name, other in sensitivity.items():
        gain = other.log_likelihood - maximum.log_likelihood
        if gain > CLEARLY_BETTER:
            cautions.append(
                f"A {name} model fits better (log-likelihood higher by {gain:.0f}): "
                "compare its ratios."
            )
    if rows.n_sessions >= NETWORK_SESSIONS:
        cautions.append(BEYOND_THE_MODEL)
    if any(ratio.term == "nutrient_shortfall" for ratio in terms):
        cautions.append(
            "Trials of magnesium for cramps in adults found no benefit (Cochrane 2020)."
        )
    return cautions


def _refused(rows: Rows, reason: str) -> DriverFit:
    nothing = np.zeros(0)
    return DriverFit(
        distribution=WEIBULL.name,
        terms=[],
        names=(),
        coefficients=nothing,
        covariance=np.zeros((0, 0)),
        scale=np.nan,
        log_likelihood=np.nan,
        n_sessions=rows.n_sessions,
        n_clients=rows.n_clients,
        variance_method=None,
        sensitivity={},
        refusal=reason,
        notes=rows.notes,
    )
