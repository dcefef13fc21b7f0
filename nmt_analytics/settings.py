"""practice.toml and the folder it stands in.

The only module that reads practice.toml or looks for it. Unknown keys are an error that names
the nearest known one, so that a misspelt setting is never silently ignored.
"""

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nmt_analytics.errors import SettingsError, nearest
from nmt_analytics.printable import printable
from nmt_analytics.vocabulary import CONDITIONS, checked_conditions

FILE_NAME = "practice.toml"
PERIODS = ("week", "month", "quarter", "year")
AUDIENCES = ("owner", "shared")
SECURITIES = ("starttls", "tls", "none")
FORMATS = ("html", "xlsx", "csv", "pdf")
"""What a page can be made as. The first three always are; a pdf needs Chromium, Chrome or Edge."""


@dataclass(frozen=True)
class ReportSettings:
    """One [[report]] of practice.toml: which report is due, how often, and how long to wait.

    `parameters` go to its notebook, `keep` is how many periods' pages stay (0: all), `tell` are
    mail addresses told of this report alone, `formats` are of FORMATS.
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


_KNOWN: dict[str, dict[str, type]] = {
    "practice": {"name": str, "timezone": str, "year_starts": int},
    "folders": {
        "inbox": str,
        "store": str,
        "notebooks": str,
        "reports": str,
        "keep_inbox": bool,
    },
    "privacy": {"key_file": str, "audience": str},
    "vocabulary": {"extra_conditions": list},
    "run": {"on_finish": str},
    "therapists": {"show": bool, "names": dict},
    "mail": {
        "to": list,
        "sender": str,
        "host": str,
        "port": int,
        "security": str,
        "user": str,
        "password_variable": str,
        "attach": bool,
        "always": bool,
    },
}
_IN_WORDS = {
    str: "text in quotes",
    bool: "true or false",
    list: "a list of texts in quotes [ ]",
    int: "a whole number",
    dict: "a table { }",
}
_REPORT_KEYS: dict[str, type] = {
    "name": str,
    "every": str,
    "wait_days": int,
    "audience": str,
    "parameters": dict,
    "keep": int,
    "tell": list,
    "formats": list,
}


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
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"{path} does not exist. Make a practice's folder: nmt-analytics init FOLDER"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise SettingsError(
            f"{path}: not valid TOML ({fault}). Mend that line: texts stand in quotes, lists "
            "in [ ], and each name once."
        ) from None
    return _settings_from(content, folder.resolve(), path)


def _settings_from(content: dict[str, Any], folder: Path, path: Path) -> Settings:
    reports = content.pop("report", None)
    _check_keys(content, path)
    practice, folders = content.get("practice", {}), content.get("folders", {})
    privacy, therapists = content.get("privacy", {}), content.get("therapists", {})
    settings = Settings(
        folder=folder,
        name=printable(" ".join(practice.get("name", "").split())) or folder.name,
        time_zone=_checked_zone(practice.get("timezone", "UTC"), path),
        inbox=_resolve(folder, folders.get("inbox", "data/inbox")),
        store=_resolve(folder, folders.get("store", "data/practice.duckdb")),
        notebooks=_resolve(folder, folders.get("notebooks", "notebooks")),
        reports=_resolve(folder, folders.get("reports", "reports")),
        key_file=_resolve(folder, privacy.get("key_file", "practice.key")),
        keep_inbox=folders.get("keep_inbox", False),
        audience=_one_of(privacy.get("audience", "owner"), AUDIENCES, "privacy.audience", path),
        year_starts=_month(practice.get("year_starts", 1), path),
        mail=_mail_settings(content.get("mail", {}), path),
        on_finish=content.get("run", {}).get("on_finish", ""),
        extra_conditions=checked_conditions(
            content.get("vocabulary", {}).get("extra_conditions", ()), path
        ),
        shows_therapists=therapists.get("show", False),
        therapist_names={code: str(name) for code, name in therapists.get("names", {}).items()},
    )
    if reports is not None:
        settings = _with_reports(settings, reports, path)
    return _check_addresses(settings, path)


def _with_reports(settings: Settings, reports: Any, path: Path) -> Settings:
    if not isinstance(reports, list):
        raise SettingsError(f"{path}: write each report as [[report]], in two brackets.")
    read = tuple(_report_settings(each, path) for each in reports)
    for number, report in enumerate(read):
        if any((report.name, report.every) == (each.name, each.every) for each in read[:number]):
            raise SettingsError(
                f"{path}: two [[report]] have the name {report.name} and every = "
                f'"{report.every}", so that their pages would replace each other. Keep one of them.'
            )
    return replace(settings, report=read)


def _report_settings(entry: dict[str, Any], path: Path) -> ReportSettings:
    for key, value in entry.items():
        expected = _REPORT_KEYS.get(key)
        if expected is None:
            raise _unknown_key(key, "[[report]]", tuple(_REPORT_KEYS), path)
        _check_kind(value, expected, f"report.{key}", path)
    if "name" not in entry:
        raise SettingsError(f'{path}: a [[report]] has no name. Add: name = "quarterly_outcomes"')
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    report = ReportSettings(**given)
    _one_of(report.every, PERIODS, "report.every", path)
    _one_of(report.audience, AUDIENCES, "report.audience", path)
    for each in report.formats:
        _one_of(each, FORMATS, "report.formats", path)
    if min(report.wait_days, report.keep) < 0:
        raise SettingsError(f"{path}: report.wait_days and report.keep are 0 or more.")
    return report


def _check_addresses(settings: Settings, path: Path) -> Settings:
    """The settings themselves, when whoever is to be told can be told."""
    mail = settings.mail
    told = [*mail.to, *(address for report in settings.report for address in report.tell)]
    if told and not (mail.host and mail.sender):
        raise SettingsError(f"{path}: [mail] needs host and sender to write to anybody.")
    for address in filter(None, (*told, mail.sender)):
        if "@" not in address or not address.isprintable() or any(c in address for c in " ,;<>"):
            raise SettingsError(f'{path}: "{address}" is no mail address. Write name@example.org.')
    return settings


def _mail_settings(entry: dict[str, Any], path: Path) -> MailSettings:
    mail = MailSettings(**entry | {"to": tuple(entry.get("to", ()))})
    _one_of(mail.security, SECURITIES, "mail.security", path)
    return mail


def _month(value: int, path: Path) -> int:
    if not 1 <= value <= 12:
        raise SettingsError(f"{path}: practice.year_starts is a month, 1 (January) to 12.")
    return value


def _check_keys(content: dict[str, Any], path: Path) -> None:
    for section, values in content.items():
        if section not in _KNOWN:
            raise _unknown_key(section, "the file", (*_KNOWN, "report"), path)
        if not isinstance(values, dict):
            raise SettingsError(f"{path}: {section} is a section. Write [{section}] above its keys")
        for key, value in values.items():
            expected = _KNOWN[section].get(key)
            if expected is None:
                raise _unknown_key(key, f"[{section}]", tuple(_KNOWN[section]), path)
            _check_kind(value, expected, f"{section}.{key}", path)


def _check_kind(value: object, expected: type, key: str, path: Path) -> None:
    is_kind = isinstance(value, expected) and (expected is bool or not isinstance(value, bool))
    if is_kind and isinstance(value, list):
        is_kind = all(isinstance(each, str) for each in value)
    if not is_kind:
        raise SettingsError(f"{path}: {key} must be {_IN_WORDS[expected]}.")


def _unknown_key(key: str, where: str, known: tuple[str, ...], path: Path) -> SettingsError:
    return SettingsError(
        f'{path}: unknown key "{key}" in {where}.{nearest(key, known)} Known: {", ".join(known)}.'
    )


def _one_of(value: str, allowed: tuple[str, ...], key: str, path: Path) -> str:
    if value not in allowed:
        raise SettingsError(f"{path}: {key} must be one of {', '.join(allowed)}.")
    return value


def _checked_zone(name: str, path: Path) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(
            f'{path}: practice.timezone "{name}" is no time zone. '
            'Write a name such as "Europe/Berlin" or "America/New_York".'
        ) from None
    return name


def _resolve(folder: Path, value: str) -> Path:
    path = Path(value).expanduser()
    return path if path.is_absolute() else folder / path
