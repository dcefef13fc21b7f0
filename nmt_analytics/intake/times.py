"""How other programs write times → ISO 8601 text: local as it stands, or UTC where a zone is named.

What no format fits is passed on unchanged, for the row rules to refuse.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nmt_analytics.intake.mapping_parts import Times
from nmt_analytics.intake.zones import with_offset

_ISO = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M")
_DURATION = re.compile(
    r"(?:(\d{1,2})\s*(?:h|hrs?|hours?|std\.?|stunden?)\.?)?\s*"
    r"(?:(\d{1,4})\s*(?:m|mins?|minutes?|minuten?)?\.?)?",
    re.IGNORECASE,
)
_CLOCK_DURATION = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?")
_HAS_TIME_OF_DAY = ("%H", "%I", "%X", "%c")


@lru_cache(maxsize=1 << 16)
def read_time(text: str, times: Times, zone_name: str = "") -> str:
    """`text` as YYYY-MM-DD HH:MM:SS, with +00:00 when the mapping or `zone_name` fixes the zone."""
    moment = parse_time(text, times)
    if moment is None:
        return text
    if moment.tzinfo is None and zone_name:
        zone = _zone(zone_name)
        if zone is None or _is_skipped(moment, zone):
            return text
        moment = moment.replace(tzinfo=zone)
    if moment.tzinfo is None:
        return moment.isoformat(sep=" ")
    return moment.astimezone(UTC).isoformat(sep=" ")


@lru_cache(maxsize=1 << 12)
def read_duration(text: str) -> int | None:
    """Minutes in a text such as 45m, 1h 30m, 1:30 or 90; None for anything else."""
    found = _CLOCK_DURATION.fullmatch(text) or _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    hours, minutes = found.groups()
    return 60 * int(hours or 0) + int(minutes or 0)


@lru_cache(maxsize=1 << 16)
def after(text: str | None, seconds: int, zone_name: str) -> str | None:
    """The moment (UTC) that comes `seconds` after the time `text`; `text` when it is none."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone_name))
    return (moment.astimezone(UTC) + timedelta(seconds=seconds)).isoformat(sep=" ")


@lru_cache(maxsize=1 << 16)
def parse_time(text: str, times: Times) -> datetime | None:
    """The moment that `text` says, with its offset where it has one; None when no format fits."""
    zoned = with_offset(text)
    for pattern in times.formats or _ISO:
        try:
            moment = datetime.strptime(zoned if "%z" in pattern else text, pattern)
        except ValueError:
            continue
        if not any(mark in pattern for mark in _HAS_TIME_OF_DAY):
            if not times.time_of_day:
                return None
            hour, minute = map(int, times.time_of_day.split(":"))
            moment = moment.replace(hour=hour, minute=minute)
        return moment
    return None


@lru_cache
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _is_skipped(moment: datetime, zone: ZoneInfo) -> bool:
    there = moment.replace(tzinfo=zone)
    return there.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment
