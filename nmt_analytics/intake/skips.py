"""Which records of an export are no session or check-in: the named rules that leave them out."""

from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

from nmt_analytics.intake.mapping_parts import (
    MappingError,
    check_keys,
    check_tables,
    read_text_list,
)

_CONDITIONS = ("values", "is_empty", "contains", "above")


@dataclass(frozen=True)
class SkipRule:
    """Records to leave out: by what stands in `column`, or all of a file called like `file`."""

    rule: str
    column: str = ""
    values: tuple[str, ...] = ()
    is_empty: bool | None = None
    contains: str = ""
    above: float | None = None
    file: str = ""
    """A pattern such as *cancelled*, for programs that export one file for each status."""

    def holds(self, value: str, missing: tuple[str, ...] = ()) -> bool:
        """Whether a record with `value` in the column is to be left out.

        `missing` are the words that stand for an empty cell.
        """
        value = value.strip()
        if self.is_empty is not None:
            return (not value or value in missing) == self.is_empty
        if self.contains:
            return self.contains in value
        if self.above is not None:
            return _is_above(value, self.above)
        return value.casefold() in [each.casefold() for each in self.values]

    def holds_for_file(self, name: str) -> bool:
        """Whether every record of a file called `name` is to be left out."""
        return bool(self.file) and fnmatch(name.casefold(), self.file.casefold())


def _is_above(value: str, limit: float) -> bool:
    try:
        return float(value) > limit
    except ValueError:
        return False


def read_skips(entries: Any) -> tuple[SkipRule, ...]:
    """[[skip]]: rule and file; or rule, column and one of values, is_empty, contains, above."""
    return tuple(_skip(entry) for entry in check_tables(entries, "[[skip]]"))


def _skip(entry: Any) -> SkipRule:
    skip = check_keys(entry, ("rule", "column", "file", *_CONDITIONS), "[[skip]]")
    is_by_column = "column" in skip and sum(name in skip for name in _CONDITIONS) == 1
    is_by_file = "file" in skip and not {"column", *_CONDITIONS} & set(skip)
    if "rule" not in skip or not (is_by_column or is_by_file):
        raise MappingError(
            "each [[skip]] needs a rule (its name), a column, and one of values, is_empty, "
            "contains and above; or a rule and a file."
        )
    above = skip.get("above")
    if above is not None and not isinstance(above, int | float):
        raise MappingError("skip.above must be a number.")
    return SkipRule(
        rule=str(skip["rule"]),
        column=str(skip.get("column", "")),
        values=read_text_list(skip.get("values", []), "skip.values"),
        is_empty=skip.get("is_empty"),
        contains=str(skip.get("contains", "")),
        above=above,
        file=str(skip.get("file", "")),
    )
