"""What one run did, kept while it is at work."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nmt_analytics.errors import (
    DEFECT,
    FINE,
    NO_NEW_DATA,
    NOTHING_DUE,
    NmtError,
    NoDataError,
    RefusedRowsError,
)
from nmt_analytics.schedule.history import Result, RunRecord

if TYPE_CHECKING:
    from nmt_analytics.intake.load import Receipt


@dataclass
class Outcome:
    """What one run did, and the errors that it met."""

    receipts: list["Receipt"] = field(default_factory=list)
    unlinked: list[str] = field(default_factory=list)
    """What was stored without having found a session, in lines."""
    pages: list[Path] = field(default_factory=list)
    up_to_date: list[Path] = field(default_factory=list)
    problems: list[NmtError] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Report and period of each page that could not be made."""
    printed: list[Path] = field(default_factory=list)
    removed: list[Path] = field(default_factory=list)
    """Folders of the pages that practice.toml does not want kept."""
    waits: list[str] = field(default_factory=list)
    has_new_data: bool = False
    defect: str = ""

    @property
    def error(self) -> NmtError | None:
        """The first error, whose exit code the run ends with; all of them are named."""
        if not self.problems:
            return None
        first = self.problems[0]
        return type(first)("\n".join(str(problem) for problem in self.problems))

    @property
    def result(self) -> Result:
        """The run in two words: made, nothing due, no new data or failed."""
        harmless = RefusedRowsError, NoDataError
        if self.defect or any(not isinstance(each, harmless) for each in self.problems):
            return "failed"
        if self.pages:
            return "made"
        return "nothing due" if self.has_new_data else "no new data"

    @property
    def exit_code(self) -> int:
        """0, or that of the first error, or that of a defect."""
        if self.defect:
            return DEFECT
        return self.problems[0].exit_code if self.problems else FINE

    @property
    def exit_code_told_apart(self) -> int:
        """The exit code, with one of its own for each kind of quiet run (`run --exit-code`)."""
        quiet = {"nothing due": NOTHING_DUE, "no new data": NO_NEW_DATA}
        return self.exit_code or quiet.get(self.result, FINE)

    def lines(self) -> list[str]:
        """The run in words for the terminal: one line per file and page."""
        loaded = [line for receipt in self.receipts for line in receipt.lines()]
        made = [f"Made {page}" for page in self.pages]
        printed = [f"Printed {page}" for page in self.printed]
        unchanged = [f"Up to date: {page}" for page in self.up_to_date]
        return loaded + self.unlinked + made + printed + unchanged + self.waits

    def record(
        self, started_at: datetime, seconds: float, reports: Path, is_at_work: bool = False
    ) -> RunRecord:
        """The run as the history keeps it; one that is still at work counts as interrupted."""
        return RunRecord(
            started_at=started_at.isoformat(timespec="seconds"),
            seconds=round(seconds, 1),
            result="interrupted" if is_at_work else self.result,
            exit_code=self.exit_code,
            loaded=[receipt.sentence() for receipt in self.receipts],
            made=[page.relative_to(reports).as_posix() for page in self.pages],
            failed=[f"{report}/{period}" for report, period in self.failed],
            problems=[*([self.defect] if self.defect else []), *map(str, self.problems)],
        )
