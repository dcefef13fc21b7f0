"""What came of one file: counts that add up, and the sentences that say so."""

from dataclasses import dataclass, field

from nmt_analytics.intake.rules import RULES, mend

N_SHOWN = 10


@dataclass(frozen=True)
class Problem:
    """One rule broken in one column: where, never what was written there."""

    rule: str
    column: str
    n_records: int
    lines: tuple[int, ...]
    """The first lines of the file on which it is broken, ten at most."""
    nearest: str = ""
    """The column's word that is nearest to the unknown one written there."""

    def sentence(self, file_name: str) -> str:
        """Where, what and what to do."""
        rule = RULES[self.rule]
        column = f", column {self.column}" if self.column else ""
        advice = mend(self.rule, self.column, self.nearest)
        return f"{file_name}, {self._where()}{column}: {rule.fault}. {advice}"

    def _where(self) -> str:
        listed = ", ".join(str(line) for line in self.lines)
        more = f" and {self.n_records - len(self.lines):,} more"
        word = "line" if self.n_records == 1 else "lines"
        return f"{word} {listed}" + (more if self.n_records > len(self.lines) else "")


@dataclass(frozen=True)
class Receipt:
    """One file's way into the store, in records of the file.

    n_read = n_accepted + n_unchanged + n_corrected + all of n_skipped + n_quarantined.
    `quarantined` counts records by rule; a record that breaks two rules stands in both.
    """

    file_name: str
    mapping: str
    table_names: tuple[str, ...]
    n_read: int = 0
    n_accepted: int = 0
    n_unchanged: int = 0
    n_corrected: int = 0
    n_skipped: dict[str, int] = field(default_factory=dict)
    n_quarantined: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    """What is wrong, most frequent first."""
    used_columns: dict[str, str] = field(default_factory=dict)
    """Our column → the header(s) it is read from."""
    dropped_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    n_missing: int = 0
    """Rows in the store from earlier files of this kind and span that this file no longer has."""
    already_loaded: bool = False
    import_id: int | None = None

    @property
    def adds_up(self) -> bool:
        """Whether every record read is accounted for."""
        found = self.n_accepted + self.n_unchanged + self.n_corrected
        return self.n_read == found + sum(self.n_skipped.values()) + self.n_quarantined

    def sentence(self) -> str:
        """The receipt in one line."""
        if self.already_loaded:
            return f"{self.file_name}: loaded before; nothing has changed."
        counts = [
            (self.n_accepted, "new"),
            (self.n_unchanged, "unchanged"),
            (self.n_corrected, "corrected"),
            (sum(self.n_skipped.values()), "left out"),
            (self.n_quarantined, "refused"),
        ]
        parts = [f"{n:,} {word}" for n, word in counts if n] or ["nothing in it"]
        return f"{self.file_name}: {self.n_read:,} records read: {', '.join(parts)}."

    def lines(self) -> list[str]:
        """The receipt at length: what was left out or refused and why, and what was dropped."""
        lines = [self.sentence()]
        lines += [f"  left out ({rule}): {n:,}" for rule, n in self.n_skipped.items()]
        lines += [
            f"  refused ({problem.rule}): {problem.sentence(self.file_name)}"
            for problem in self.problems[:N_SHOWN]
        ]
        if self.dropped_columns:
            lines.append(f"  not read, so not stored: {', '.join(self.dropped_columns)}")
        if self.n_missing:
            lines.append(
                f"  {self.n_missing:,} rows of earlier files are not in this one; they are kept."
            )
        return lines + [f"  {note}" for note in self.notes]
