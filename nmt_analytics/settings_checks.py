"""What may stand in practice.toml: every key, the kind of value it takes, and what is said else.

Errors here do not name the file: settings.py, which reads it, does.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nmt_analytics.errors import SettingsError, nearest
from nmt_analytics.vocabulary import LONGEST_WORD

PERIODS = ("week", "month", "quarter", "year")
AUDIENCES = ("owner", "shared")
SECURITIES = ("starttls", "tls", "none")
FORMATS = ("html", "xlsx", "csv", "pdf")
"""What a page can be made as. The first three always are; a pdf needs Chromium, Chrome or Edge."""

_SECTIONS: dict[str, dict[str, type]] = {
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
_IN_WORDS = {
    str: "text in quotes",
    bool: "true or false",
    list: "a list of texts in quotes [ ]",
    int: "a whole number",
    dict: "a table { }",
}
_SHORT_WORDS = re.compile(rf"\w[\w \-/()'&,+]{{0,{LONGEST_WORD - 1}}}")


def check_sections(content: Mapping[str, Any]) -> None:
    """Raises SettingsError for a section or key that does not exist or holds another kind."""
    for section, values in content.items():
        if section not in _SECTIONS:
            raise _unknown_key(section, "the file", (*_SECTIONS, "report"))
        if not isinstance(values, dict):
            raise SettingsError(f"{section} is a section. Write [{section}] above its keys.")
        _check_keys(values, _SECTIONS[section], section, f"[{section}]")


def check_report(entry: Mapping[str, Any]) -> None:
    """Raises SettingsError for a [[report]] with a key or value that does not exist."""
    _check_keys(entry, _REPORT_KEYS, "report", "[[report]]")
    if "name" not in entry:
        raise SettingsError('a [[report]] has no name. Add: name = "quarterly_outcomes"')
    check_word(entry.get("every", PERIODS[0]), PERIODS, "report.every")
    check_word(entry.get("audience", AUDIENCES[0]), AUDIENCES, "report.audience")
    for each in entry.get("formats", ()):
        check_word(each, FORMATS, "report.formats")
    if min(entry.get("wait_days", 0), entry.get("keep", 0)) < 0:
        raise SettingsError("report.wait_days and report.keep are 0 or more.")


def check_word(word: str, allowed: Iterable[str], key: str) -> None:
    """Raises SettingsError unless the word is one of those allowed."""
    if word not in allowed:
        raise SettingsError(f"{key} must be one of {', '.join(allowed)}.")


def check_zone(name: str) -> None:
    """Raises SettingsError unless it is the name of a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(
            f'practice.timezone "{name}" is no time zone. '
            'Write a name such as "Europe/Berlin" or "America/New_York".'
        ) from None


def check_month(number: int) -> None:
    """Raises SettingsError unless it is a month."""
    if not 1 <= number <= 12:
        raise SettingsError("practice.year_starts is a month, 1 (January) to 12.")


def check_conditions(names: Iterable[str]) -> None:
    """Raises SettingsError unless all are short, plain words.

    What could be markup, a formula or a command to a terminal is none.
    """
    if not all(map(_SHORT_WORDS.fullmatch, names)):
        raise SettingsError(
            "vocabulary.extra_conditions are short words of letters, digits and _, such as "
            '"frozen_shoulder".'
        )


def check_address(address: str) -> None:
    """Raises SettingsError unless a mail can be written to it."""
    if "@" not in address or not address.isprintable() or any(c in address for c in " ,;<>"):
        raise SettingsError(f'"{address}" is no mail address. Write name@example.org.')


def _check_keys(values: Mapping[str, Any], known: dict[str, type], of: str, where: str) -> None:
    for key, value in values.items():
        if key not in known:
            raise _unknown_key(key, where, tuple(known))
        _check_kind(value, known[key], f"{of}.{key}")


def _check_kind(value: object, expected: type, key: str) -> None:
    is_kind = isinstance(value, expected) and (expected is bool or not isinstance(value, bool))
    if is_kind and isinstance(value, list):
        is_kind = all(isinstance(each, str) for each in value)
    if not is_kind:
        raise SettingsError(f"{key} must be {_IN_WORDS[expected]}.")


def _unknown_key(key: str, where: str, known: tuple[str, ...]) -> SettingsError:
    return SettingsError(
        f'unknown key "{key}" in {where}.{nearest(key, known)} Known: {", ".join(known)}.'
    )
