"""One answer of a practice: plain values, and how notebook, terminal and page show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nmt_analytics.errors import NoDataError, UsageError
from nmt_analytics.outcomes.answers import NUMBERS

if TYPE_CHECKING:
    import pandas
    from plotly.graph_objects import Figure

    from nmt_analytics.catalogues import Catalogue
    from nmt_analytics.reporting.bundle import Bundle


@dataclass(frozen=True, repr=False)
class Answer:
    """One answer of a practice. As the last line of a cell it shows its sentence, figure and table.

    `.table` is a pandas frame, `.columns` says what its columns mean, `.figure()` is a Plotly
    figure, `.sentence()` is text; `.to_excel(file)` and `.to_csv(file)` write the numbers. `.data`
    holds the plain values. What is too small to be shown is hidden in all of them.
    """

    data: Any
    _present: Callable[[Any], Bundle]

    @property
    def bundle(self) -> Bundle:
        """What a page shows of it."""
        return self._present(self.data)

    @property
    def table(self) -> pandas.DataFrame:
        """A tidy pandas frame: one row per number, with its counts, interval, unit and hidden.

        `hidden` is empty or the reason why there is no number; in such a row every number is
        missing. Durations and shares are in `unit`; intervals are of 95 %. `.columns` explains
        each column.
        """
        import pandas  # noqa: PLC0415 - costs a second; the command line does not need it

        records = self._records()
        return pandas.DataFrame(records, columns=list(self._column_names()))

    @property
    def columns(self) -> Catalogue[str]:
        """What each column of `.table` means."""
        from nmt_analytics.catalogues import Catalogue  # noqa: PLC0415
        from nmt_analytics.reporting.tables import meaning_of  # noqa: PLC0415

        return Catalogue("column", {name: meaning_of(name) for name in self._column_names()})

    def figure(self) -> Figure:
        """A Plotly figure in the report's look.

        Raises UsageError for an answer that has none, NoDataError where there is nothing to draw.
        """
        from nmt_analytics.reporting import figures, live  # noqa: PLC0415 - imports Plotly

        bundle = self.bundle
        if bundle.kind == "empty":
            raise NoDataError(f"There is nothing to draw. {bundle.said}")
        if bundle.figure is None:
            raise UsageError(
                "This answer is a table or a sentence; it has no figure. Its numbers: .table"
            )
        return figures.to_plotly(bundle.figure, live.shown_figure)

    def sentence(self) -> str:
        """The answer in one plain sentence, or a few."""
        return self.bundle.said

    def to_csv(self, path: str | Path) -> Path:
        """Write `.table` to a csv file that a spreadsheet opens safely; its whole path.

        Text that a spreadsheet would take for a formula is kept from being one. Raises UsageError
        when the file cannot be written.
        """
        from nmt_analytics.reporting import tables  # noqa: PLC0415

        file = Path(path).expanduser().resolve()
        with _writing(file):
            tables.write_records_csv(file, self._column_names(), self._records())
        return file

    def to_excel(self, path: str | Path) -> Path:
        """Write `.table` to an xlsx workbook with the meaning of its columns; its whole path.

        Raises UsageError when the file cannot be written.
        """
        from nmt_analytics.reporting import tables  # noqa: PLC0415

        file = Path(path).expanduser().resolve()
        with _writing(file):
            tables.write_records_xlsx(file, self._column_names(), self._records(), self.sentence())
        return file

    def _column_names(self) -> tuple[str, ...]:
        if hasattr(self.data, "records"):
            return tuple(self.data.columns)
        levels = dict.fromkeys(name for each in self.bundle.results for name in each.levels)
        return (*levels, "metric", "unit", "period", *NUMBERS, "hidden")

    def _records(self) -> list[Mapping[str, object]]:
        """One mapping for each number, with the column names as keys."""
        if hasattr(self.data, "records"):
            return list(self.data.records())
        names = self._column_names()
        return [
            {name: each.levels.get(name, "") for name in names if not hasattr(each, name)}
            | {name: getattr(each, name) for name in names if hasattr(each, name)}
            for each in self.bundle.results
        ]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from nmt_analytics.reporting import live  # noqa: PLC0415 - jinja2, only when shown

        return live.shown(self.bundle)

    def __repr__(self) -> str:
        from nmt_analytics.reporting.plain_text import as_text  # noqa: PLC0415

        return as_text(self.bundle)


def answered(data: Any, present: str, *more: object) -> Answer:
    """The answer that the function `present` of reporting/answers/presentation.py shows."""

    def show(value: Any) -> Bundle:
        from nmt_analytics.reporting.answers import presentation  # noqa: PLC0415 - only when shown

        bundle: Bundle = getattr(presentation, present)(value, *more)
        return bundle

    return Answer(data, show)


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    """A fault of the disk while a file is written becomes an error with advice."""
    try:
        yield
    except OSError as fault:
        raise UsageError(
            f"{file} could not be written ({fault.strerror}). Name a file in a folder that exists, "
            "and close it if another program has it open."
        ) from None
