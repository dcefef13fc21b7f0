"""What can be asked for by name, as catalogues that a person can read and complete with Tab."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from nmt_analytics.errors import unknown_name
from nmt_analytics.outcomes.claims import Claim
from nmt_analytics.outcomes.measures import NUMBERS, WORDS
from nmt_analytics.outcomes.metrics import DIMENSIONS, Metric
from nmt_analytics.reporting.bundle import Bundle
from nmt_analytics.reporting.bundle import Table as ShownTable
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.tables import meaning_of
from nmt_analytics.schema import TABLES, Table

T = TypeVar("T")
Cells = tuple[str, ...]


class Catalogue(Mapping[str, T], Generic[T]):
    """Names and what stands behind each; shows itself as a table.

    `catalogue["name"]` completes with Tab; a name that is not there is answered with the nearest.
    """

    def __init__(
        self,
        kind: str,
        entries: Mapping[str, T],
        labels: Cells = ("name", "meaning"),
        tell: Callable[[T], Cells] = lambda entry: (str(entry),),
    ) -> None:
        self._kind, self._entries, self._labels, self._tell = kind, dict(entries), labels, tell

    def __getitem__(self, name: str) -> T:
        if name not in self._entries:
            raise unknown_name(self._kind, name, tuple(self._entries))
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def get(self, name: str, default: Any = None) -> Any:
        """What stands behind the name, or `default`."""
        return self._entries.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bundle(self) -> Bundle:
        """The catalogue as a table."""
        rows = tuple((name, *self._tell(entry)) for name, entry in self._entries.items())
        return Bundle(kind="table", table=ShownTable(self._labels, self._labels, rows))

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._entries)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from nmt_analytics.reporting import live  # noqa: PLC0415 - jinja2, only when shown

        return live.shown(self.bundle)

    def __repr__(self) -> str:
        from nmt_analytics.reporting.plain_text import as_text  # noqa: PLC0415

        return as_text(self.bundle)


def list_metrics(metrics: Mapping[str, Metric]) -> Catalogue[Metric]:
    """Every metric: name, meaning, unit, whom it counts, and which direction is better."""

    def tell(metric: Metric) -> Cells:
        better = say(f"catalogue.{metric.direction or 'neither'}")
        return metric.meaning, metric.unit, metric.population, better

    return Catalogue("metric", metrics, _labels("name", "meaning", "unit", "over", "better"), tell)


def list_dimensions() -> Catalogue[str]:
    """Every dimension that a number can be broken down by, and what it is."""
    meanings = {name: meaning_of(name) for name in DIMENSIONS}
    return Catalogue("dimension", meanings, _labels("name", "meaning"))


def list_measures() -> Catalogue[tuple[str, str]]:
    """Every column that a metric of one's own can be made of: its unit and what it holds."""
    words = {name: ("", meaning_of(name)) for name in WORDS}
    return Catalogue(
        "column", {**NUMBERS, **words}, _labels("name", "unit", "meaning"), lambda each: each
    )


def list_tables() -> Catalogue[Table]:
    """Every table of the store: what a row of it is, and its columns."""

    def tell(table: Table) -> Cells:
        return table.grain, ", ".join(column.name for column in table.columns)

    tables = {table.name: table for table in TABLES}
    return Catalogue("table", tables, _labels("name", "grain", "columns"), tell)


def list_claims(claims: Mapping[str, Claim]) -> Catalogue[Claim]:
    """Every published promise and what judges it."""

    def tell(claim: Claim) -> Cells:
        return claim.promise, claim.means

    return Catalogue("promise", claims, _labels("name", "promise", "judged_by"), tell)


def _labels(*names: str) -> Cells:
    return tuple(say(f"catalogue.{name}") for name in names)
