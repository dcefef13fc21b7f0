"""practice.toml and the folder it stands in.

The only module that reads practice.toml or looks for it. What may stand in it says
settings_checks.py: unknown keys are an error that names the nearest known one, so that a misspelt
setting is never silently ignored.
"""

import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from nmt_analytics.errors import SettingsError
from nmt_analytics.printable import printable
from nmt_analytics.settings_checks import (
    AUDIENCES,
    SECURITIES,
    check_address,
    check_conditions,
    check_month,
    check_report,
    check_sections,
    check_word,
    check_zone,
)
from nmt_analytics.vocabulary import CONDITIONS

FILE_NAME = "practice.toml"


@dataclass(frozen=True)
class ReportSettings:
    """One [[report]] of practice.toml: which report is due, how often, and how long to wait.

    `parameters` go to its notebook, `keep` is how many periods' pages stay (0: all), `tell` are
    mail addresses told of this report alone, `formats` are of settings_checks.FORMATS.
    """

    name: str
    every: str = "quarter"
    wait_days: int = 21
    audience: str = "owner"
    parameters: dict[str, Any] = field(default_factory=dict)
    keep: int = 0
    tell: tuple[str, ...] = ()
    formats: tuple[str, ...] = ("html",)


@dataclass(frozen=True)
class MailSettings:
    """[mail] of practice.toml: who is told after a run, and through which server.

    The password is never in the file: it is in the environment variable `password_variable`, or
    in the system's keyring under `nmt-analytics` and `user`.
    """

    to: tuple[str, ...] = ()
    sender: str = ""
    host: str = ""
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password_variable: str = "NMT_ANALYTICS_MAIL_PASSWORD"
    attach: bool = False
    always: bool = False


@dataclass(frozen=True)
class Settings:
    """The settings of one practice; paths are absolute."""

    folder: Path
    name: str
    time_zone: str
    inbox: Path
    store: Path
    notebooks: Path
    reports: Path
    key_file: Path
    keep_inbox: bool = False
    audience: str = "owner"
    extra_conditions: tuple[str, ...] = ()
    report: tuple[ReportSettings, ...] = (ReportSettings("quarterly_outcomes"),)
    year_starts: int = 1
    mail: MailSettings = MailSettings()
    on_finish: str = ""
    shows_therapists: bool = False
    therapist_names: dict[str, str] = field(default_factory=dict)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The vocabulary's conditions and the practice's own, in order of display."""
        return CONDITIONS[:-1] + self.extra_conditions + CONDITIONS[-1:]

    @property
    def zone(self) -> ZoneInfo:
        """The practice's time zone."""
        return ZoneInfo(self.time_zone)

    def local(self, moment: datetime) -> datetime:
        """A moment in the practice's time zone; without a zone it is taken for UTC."""
        known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return known.astimezone(self.zone)


def find_practice(start: Path | None = None) -> Path:
    """The nearest folder from `start` (default: here) upwards that holds a practice.toml."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise SettingsError(
        f"No {FILE_NAME} in {here} or above it, so this is not a practice's folder. "
        f"Change to the practice's folder, or make a new one: nmt-analytics init FOLDER"
    )


def read_settings(folder: Path) -> Settings:
    """The settings in `folder`/practice.toml; raises SettingsError naming key and remedy."""
    path = folder / FILE_NAME
    content = _read(path)
    try:
        return _settings_from(content, folder.resolve())
    except SettingsError as fault:
        raise SettingsError(f"{path}: {fault}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"{path} does not exist. Make a practice's folder: nmt-analytics init FOLDER"
        ) from None
    except NotADirectoryError:
        raise SettingsError(
            f"{path.parent} is a file. Name the practice's folder, in which {FILE_NAME} lies."
        ) from None
    except OSError as fault:
        raise SettingsError(
            f"{path} could not be read ({fault.strerror}). Check its rights."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise SettingsError(
            f"{path}: not valid TOML ({fault}). Mend that line: texts stand in quotes, lists "
            "in [ ], and each name once."
        ) from None


def _settings_from(content: dict[str, Any], folder: Path) -> Settings:
    reports = content.pop("report", None)
    check_sections(content)
    practice, folders = content.get("practice", {}), content.get("folders", {})
    privacy, therapists = content.get("privacy", {}), content.get("therapists", {})
    settings = Settings(
        folder=folder,
        name=printable(" ".join(practice.get("name", "").split())) or folder.name,
        time_zone=practice.get("timezone", "UTC"),
        inbox=_resolve(folder, folders.get("inbox", "data/inbox")),
        store=_resolve(folder, folders.get("store", "data/practice.duckdb")),
        notebooks=_resolve(folder, folders.get("notebooks", "notebooks")),
        reports=_resolve(folder, folders.get("reports", "reports")),
        key_file=_resolve(folder, privacy.get("key_file", "practice.key")),
        keep_inbox=folders.get("keep_inbox", False),
        audience=privacy.get("audience", "owner"),
        year_starts=practice.get("year_starts", 1),
        mail=MailSettings(**_as_tuples(content.get("mail", {}))),
        on_finish=content.get("run", {}).get("on_finish", ""),
        extra_conditions=tuple(content.get("vocabulary", {}).get("extra_conditions", ())),
        shows_therapists=therapists.get("show", False),
        therapist_names={code: str(name) for code, name in therapists.get("names", {}).items()},
    )
    if reports is not None:
        settings = replace(settings, report=_reports(reports))
    _check_values(settings)
    return settings


def _reports(entries: Any) -> tuple[ReportSettings, ...]:
    if not isinstance(entries, list):
        raise SettingsError("write each report as [[report]], in two brackets.")
    for entry in entries:
        check_report(entry)
    reports = tuple(ReportSettings(**_as_tuples(entry)) for entry in entries)
    for number, report in enumerate(reports):
        if any((report.name, report.every) == (each.name, each.every) for each in reports[:number]):
            raise SettingsError(
                f'two [[report]] have the name {report.name} and every = "{report.every}", so '
                "that their pages would replace each other. Keep one of them."
            )
    return reports


def _check_values(settings: Settings) -> None:
    """Raises SettingsError for a value that does not exist, or that another one needs."""
    check_zone(settings.time_zone)
    check_word(settings.audience, AUDIENCES, "privacy.audience")
    check_month(settings.year_starts)
    check_word(settings.mail.security, SECURITIES, "mail.security")
    check_conditions(settings.extra_conditions)
    mail = settings.mail
    told = [*mail.to, *(address for report in settings.report for address in report.tell)]
    if told and not (mail.host and mail.sender):
        raise SettingsError("[mail] needs host and sender to write to anybody.")
    for address in filter(None, (*told, mail.sender)):
        check_address(address)


def _as_tuples(entry: dict[str, Any]) -> dict[str, Any]:
    """The values of a table, its lists as tuples."""
    return {key: tuple(v) if isinstance(v, list) else v for key, v in entry.items()}


def _resolve(folder: Path, value: str) -> Path:
    path = Path(value).expanduser()
    return path if path.is_absolute() else folder / path
