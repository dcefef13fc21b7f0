"""A new practice's folder: settings, notebooks, empty inbox, key."""

import json
import os
import shutil
from importlib import resources
from pathlib import Path

from nmt_analytics.errors import SettingsError
from nmt_analytics.intake.pseudonyms import make_key
from nmt_analytics.settings import FILE_NAME, read_settings
from nmt_analytics.settings_checks import check_zone

_SETTINGS = """\
# Settings of this practice. A line that starts with # is a comment.

[practice]
name = {name}
timezone = {time_zone}             # where the sessions take place; dates and days follow it

[folders]
inbox = "data/inbox"                 # drop your exports here
store = "data/practice.duckdb"       # what was loaded
notebooks = "notebooks"
reports = "reports"
# keep_inbox = true                  # leave loaded files where they are

[privacy]
key_file = "practice.key"            # keep it secret and backed up: without it nothing can be added
audience = "owner"                   # "shared" hides more: for pages that leave the practice

[vocabulary]
extra_conditions = []                # for example ["frozen_shoulder"]

# [therapists]                       # without the marks: therapists beside each other, unranked
# show = true
# names = {{ T1 = "Anna" }}            # the code in your files, and the name on your own pages

# One [[report]] for each page that `nmt-analytics run` keeps up to date.
[[report]]
name = "quarterly_outcomes"
every = "quarter"                    # week, month, quarter or year
wait_days = 21                       # days after the period's end, so that late answers can arrive
"""

_IGNORED = "data/\nreports/\npractice.key\n"


def found_practice(
    folder: Path, *, name: str | None = None, time_zone: str = "", with_example: bool = False
) -> list[str]:
    """Make a practice's folder; what was done and what comes next, in lines.

    Raises SettingsError when there is a practice already, so that nothing is overwritten.
    """
    if (folder / FILE_NAME).exists():
        raise SettingsError(f"{folder / FILE_NAME} exists already. Choose another folder.")
    zone = time_zone or ("America/New_York" if with_example else _zone_of_this_machine())
    check_zone(zone)
    _make_folders(folder)
    written = _SETTINGS.format(name=_quoted(name or folder.resolve().name), time_zone=_quoted(zone))
    (folder / FILE_NAME).write_text(written, encoding="utf-8")
    settings = read_settings(folder)
    if not (folder / ".gitignore").exists():
        (folder / ".gitignore").write_text(_IGNORED, encoding="utf-8")
    _copy(packaged("notebooks"), settings.notebooks, ".ipynb")
    if with_example:
        _copy(packaged("example"), settings.inbox, ".csv")
    if not settings.key_file.exists():
        make_key(settings.key_file)
    return _next_steps(folder, zone, with_example)


def packaged(part: str) -> Path:
    """The folder of the package's own notebooks or of the example practice's files."""
    inside = Path(str(resources.files("nmt_analytics"))) / "_practice" / part
    if inside.is_dir():
        return inside
    checkout = Path(str(resources.files("nmt_analytics"))).parent
    return checkout / {"notebooks": "notebooks", "example": "data/example"}[part]


def _make_folders(folder: Path) -> None:
    try:
        if not folder.exists():
            folder.mkdir(parents=True, mode=0o700)
        for part in ("data/inbox", "notebooks", "reports"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        for part in ("data", "reports"):
            (folder / part).chmod(0o700)
    except OSError as fault:
        raise SettingsError(
            f"{folder} could not be made ({fault.strerror}). Choose another folder."
        ) from None


def _quoted(text: str) -> str:
    """Text as TOML writes it: a JSON string of what can be printed."""
    return json.dumps("".join(filter(str.isprintable, text)), ensure_ascii=False)


def _copy(source: Path, target: Path, suffix: str) -> None:
    for path in sorted(source.glob(f"*{suffix}")):
        if not (target / path.name).exists():
            shutil.copyfile(path, target / path.name)


def _next_steps(folder: Path, zone: str, with_example: bool) -> list[str]:
    lines = [f"Made {folder} with practice.toml (time zone {zone}), notebooks, inbox and a key."]
    if with_example:
        lines.append("Its inbox holds the files of an invented practice.")
    else:
        lines.append(f"Put your exports into {folder / 'data' / 'inbox'}.")
    return [*lines, f"Then: cd {folder} and nmt-analytics run"]


def _zone_of_this_machine() -> str:
    """The IANA name of this machine's time zone, or UTC when it does not tell."""
    named = os.environ.get("TZ", "").lstrip(":")
    linked = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    for candidate in (named, linked):
        if "/" in candidate and not candidate.startswith("/"):
            return candidate
    return "UTC"
