"""One answer of a practice: plain values, and how notebook, terminal and page show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nmt_analytics.errors import UsageError
from nmt_analytics.outcomes.answers import NUMBERS

if TYPE_CHECKING:
    import pandas
    from plotly.graph_objects import Figure

    from nmt_analytics.reporting.bundle import Bundle


@dataclass(frozen=True, repr=False)
class Answer:
    """One answer of a practice: `data` (plain values), and how it is shown."""

    data: Any
    _present: Callable[[Any], Bundle]

    @property
    def bundle(self) -> Bundle:
        """What a page shows of it."""
        return self._present(self.data)

    @property
    def table(self) -> pandas.DataFrame:
        """A tidy pandas frame: one row per number, with its counts, interval, unit and hidden."""
        import pandas  # noqa: PLC0415 - costs a second; the command line does not need it

        if hasattr(self.data, "records"):
            return pandas.DataFrame(self.data.records(), columns=list(self.data.columns))
        return _flat(self.bundle)

    def figure(self) -> Figure:
        """A Plotly figure; UsageError when this answer has none."""
        from nmt_analytics.reporting import figures  # noqa: PLC0415 - imports Plotly

        drawn = self.bundle.figure
        if drawn is None:
            raise UsageError("This answer is a table or a sentence; it has no figure.")
        return figures.to_plotly(drawn)

    def sentence(self) -> str:
        """The answer in one plain sentence."""
        bundle = self.bundle
        return " ".join(filter(None, (bundle.title, bundle.sentence)))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return self.bundle.to_mime()

    def __repr__(self) -> str:
        return self.sentence()


def answered(data: Any, present: str, *more: object) -> Answer:
    """The answer that the function `present` of reporting/presentation.py shows."""

    def show(value: Any) -> Bundle:
        from nmt_analytics.reporting import presentation  # noqa: PLC0415 - only when shown

        bundle: Bundle = getattr(presentation, present)(value, *more)
        return bundle

    return Answer(data, show)


def _flat(bundle: Bundle) -> pandas.DataFrame:
    """The bundle's results, one row each: their levels, then metric, unit, period and numbers."""
    import pandas  # noqa: PLC0415

    levels = dict.fromkeys(name for result in bundle.results for name in result.levels)
    columns = (*levels, "metric", "unit", "period", *NUMBERS, "hidden")
    rows = [
        [result.levels.get(name, "") for name in levels]
        + [getattr(result, name) for name in columns[len(levels) :]]
        for result in bundle.results
    ]
    return pandas.DataFrame(rows, columns=list(columns))
