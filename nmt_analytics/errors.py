"""Every error that a user can meet, with its exit code.

An error says what is wrong, where, what was expected and what to do next. It never carries a
value out of a client's row. Anything else that is raised is a defect of ours (exit code 1).
"""

from difflib import get_close_matches

FINE = 0
DEFECT = 1
NOTHING_DUE = 17
NO_NEW_DATA = 18


class NmtError(Exception):
    """Base of all errors shown without a traceback. `exit_code` is stable and documented."""

    exit_code = DEFECT

    def _render_traceback_(self) -> list[str]:
        """What IPython and JupyterLab print in place of a traceback: the message alone."""
        return [str(self)]


class UsageError(NmtError):
    """A name, option or parameter that does not exist or does not fit."""

    exit_code = 2


class UnreadableFileError(NmtError):
    """A file could not be read as what it should be; nothing of it was loaded."""

    exit_code = 10


class RefusedRowsError(NmtError):
    """The file was loaded, but some of its rows were refused and wait in quarantine."""

    exit_code = 11


class StoreError(NmtError):
    """The store is missing, damaged, foreign or could not be written; the old one is untouched."""

    exit_code = 12


class ReportError(NmtError):
    """A report could not be made; the previous page is untouched."""

    exit_code = 13


class SettingsError(NmtError):
    """practice.toml, the key or the practice's folder is missing or not as it should be."""

    exit_code = 14


class BusyError(NmtError):
    """Another load or run is at work on this practice."""

    exit_code = 15


class NoDataError(NmtError):
    """There is nothing to do because there is no data."""

    exit_code = 16


EXIT_CODES: dict[int, str] = {
    FINE: "fine",
    DEFECT: "a defect of ours (with traceback)",
    UsageError.exit_code: "usage: a wrong name, option or value",
    UnreadableFileError.exit_code: "a file could not be read",
    RefusedRowsError.exit_code: "rows were refused",
    StoreError.exit_code: "the store",
    ReportError.exit_code: "a report",
    SettingsError.exit_code: "settings",
    BusyError.exit_code: "busy: another run is at work",
    NoDataError.exit_code: "nothing to do because there is no data",
    NOTHING_DUE: "run --exit-code: new data, but nothing was due",
    NO_NEW_DATA: "run --exit-code: no new data, and nothing was due",
}


def nearest(name: str, known: list[str] | tuple[str, ...]) -> str:
    """' Did you mean "x"?' for the known name nearest to `name`, or '' when none is near."""
    near = get_close_matches(str(name), known, n=1, cutoff=0.5)
    return f' Did you mean "{near[0]}"?' if near else ""


def unknown_name(kind: str, name: str, known: list[str] | tuple[str, ...]) -> UsageError:
    """The error for a `name` that is not among the `known` ones of its `kind`."""
    return UsageError(
        f'There is no {kind} "{name}".{nearest(name, known)} Known: {", ".join(known)}.'
    )
