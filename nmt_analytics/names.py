"""What can be asked for by name, as catalogues to read; and metrics of one's own.

The door for `define` is outcomes/own_metrics.py: here stands only who may ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nmt_analytics import catalogues
from nmt_analytics.catalogues import Catalogue
from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes.claims import CLAIMS
from nmt_analytics.outcomes.metrics import METRICS, Metric
from nmt_analytics.outcomes.own_metrics import define_metric
from nmt_analytics.settings import Settings

if TYPE_CHECKING:
    from nmt_analytics.outcomes.claims import Claim
    from nmt_analytics.schema import Table


class Names:
    """The names that a practice knows."""

    settings: Settings
    audience: str
    _own: dict[str, Metric]

    @property
    def metrics(self) -> Catalogue[Metric]:
        """Every metric that can be asked for, as a table to read."""
        return catalogues.list_metrics(METRICS | self._own)

    @property
    def measures(self) -> Catalogue[tuple[str, str]]:
        """Every column that a metric of one's own can be made of (see `define`)."""
        return catalogues.list_measures()

    @property
    def dimensions(self) -> Catalogue[str]:
        """Every dimension that a number can be broken down by, as a table to read."""
        return catalogues.list_dimensions()

    @property
    def claims_list(self) -> Catalogue[Claim]:
        """Every published promise and what judges it, as a table to read."""
        return catalogues.list_claims(CLAIMS)

    @property
    def tables(self) -> Catalogue[Table]:
        """The tables that `sql` can ask, with their columns."""
        return catalogues.list_tables()

    def named(self, metric: str) -> Metric:
        """The metric of that name, of the practice's own ones too."""
        return self.metrics[metric]

    def define(
        self,
        name: str,
        *,
        mean_of: str | None = None,
        share_of: str | None = None,
        ratio_of: Sequence[str] | None = None,
        among: str | Sequence[str] | None = None,
        label: str = "",
        better: str = "",
    ) -> Catalogue[Metric]:
        """A metric of one's own, to be asked for by `name` like every other.

        One of: `mean_of="hold_seconds"` or `mean_of="pain_after - pain_before"`;
        `share_of="pain_after <= 2"`; `ratio_of=["pain_after", "pain_before"]`, a sum divided by a
        sum. `among=["pain_before >= 5", "stress_level = high"]`: only sessions that meet all of
        them. `measures` lists the columns. `label` is what pages call it, `better` "up" or "down".

        A share is of how sessions went; of what kind they were is a breakdown (by=…).

        It is estimated, hidden and drawn as ours are. A cell whose conditions leave fewer than
        five clients out is hidden too, and conditions are for the owner alone: UsageError where
        others are to see it, and for whatever is none of the columns, signs and words.
        """
        if among and self.audience == "shared":
            raise UsageError(
                "Conditions are for the owner: beside the number without them they could give "
                "back what is hidden. Leave among away, or break the number down: by=…"
            )
        self._own[name] = define_metric(
            name,
            mean_of=mean_of,
            share_of=share_of,
            ratio_of=ratio_of,
            among=among,
            label=label,
            better=better,
            conditions=self.settings.conditions,
        )
        return catalogues.list_metrics({name: self._own[name]})
