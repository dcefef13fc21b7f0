"""A panel of menus for a notebook: what, by what, when, against what; the answer below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nmt_analytics.errors import NmtError
from nmt_analytics.outcomes.metrics import DIMENSIONS
from nmt_analytics.periods import ALL, Period
from nmt_analytics.reporting import live
from nmt_analytics.reporting.bundle import Bundle
from nmt_analytics.reporting.findings import topic
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.plain_text import as_text
from nmt_analytics.reporting.wording import first_upper, period_in_words

if TYPE_CHECKING:
    from nmt_analytics.answer import Answer
    from nmt_analytics.questions import Questions

BEFORE = "before"
Option = tuple[str, Any]


class Panel:
    """Choose, and sentence, figure and table below follow.

    `answers` are those shown now, for a later cell to go on with. Where no menus work (on a page,
    in a terminal) the panel is its first answer.
    """

    def __init__(self, practice: Questions, periods: Sequence[Period]) -> None:
        self._practice, self._periods = practice, periods
        self.chosen: dict[str, Any] = {
            "outcome": "relief_days_median",
            "by": "condition",
            "and_by": "",
            "period": periods[0],
            "comparison": "",
        }

    @property
    def answers(self) -> list[Answer]:
        """What is chosen now, and with a comparison the change and the period before."""
        ask, chosen = self._practice, self.chosen
        metric, period = chosen["outcome"], chosen["period"]
        by = [name for name in dict.fromkeys((chosen["by"], chosen["and_by"])) if name]
        found = [ask.outcome(metric, by, period)]
        if chosen["comparison"] == BEFORE:
            found.append(ask.compare(metric, period))
            if by:
                found.append(ask.outcome(metric, by, period.previous))
        return found

    def show(self) -> list[Bundle]:
        """What stands below the menus; a question that cannot be asked is answered in words."""
        try:
            bundles = [answer.bundle for answer in self.answers]
        except NmtError as error:
            return [Bundle(kind="empty", sentence=str(error))]
        return [*bundles[:2], *map(self._as_earlier, bundles[2:])]

    def _as_earlier(self, bundle: Bundle) -> Bundle:
        """The breakdown of the period before, told apart from the one above it."""
        period = period_in_words(self.chosen["period"].previous)
        return replace(bundle, title=say("panel.earlier", period=period, title=bundle.title))

    def _options(self) -> Iterator[tuple[str, list[Option]]]:
        dimensions = [(say(f"dimension.{name}"), name) for name in DIMENSIONS]
        yield "outcome", [(topic(metric), name) for name, metric in self._practice.metrics.items()]
        yield "by", [(say("panel.nothing"), ""), *dimensions]
        yield "and_by", [(say("panel.nothing_more"), ""), *dimensions]
        yield "period", [(_label(each), each) for each in (*self._periods, ALL)]
        yield "comparison", [(say("panel.no_comparison"), ""), (say("panel.before"), BEFORE)]

    def _widget(self) -> Any:
        """The menus in a row that wraps, and the answer below them."""
        import ipywidgets as widgets  # noqa: PLC0415 - a third of a second that only a panel needs

        below = widgets.Output()

        def redraw(change: Any = None) -> None:
            if change is not None:
                self.chosen[change.owner.name] = change.new
            below.outputs = tuple(map(_output, self.show()))

        menus = []
        for name, options in self._options():
            menu = widgets.Dropdown(
                options=options,
                value=self.chosen[name],
                description=say(f"panel.{name}"),
                layout=widgets.Layout(width="17rem"),
                style={"description_width": "3.5rem"},
            )
            menu.name = name
            menu.observe(redraw, "value")
            menus.append(menu)
        redraw()
        row = widgets.HBox(menus, layout=widgets.Layout(flex_flow="row wrap"))
        return widgets.VBox([row, below])

    def _repr_mimebundle_(self, **settings: Any) -> dict[str, Any]:
        if not live.is_live():
            return live.shown(self.show()[0])
        mime: dict[str, Any] = self._widget()._repr_mimebundle_(**settings)
        return mime

    def __repr__(self) -> str:
        return as_text(self.show()[0])


def _label(period: Period) -> str:
    """A period as short as a menu wants it: `Year to September 2026`."""
    if period != ALL and period == period.twelve_months:
        return say("panel.year", month=f"{period.until_on:%B %Y}")
    return first_upper(period_in_words(period))


def _output(bundle: Bundle) -> dict[str, Any]:
    return {"output_type": "display_data", "data": live.shown(bundle), "metadata": {}}
