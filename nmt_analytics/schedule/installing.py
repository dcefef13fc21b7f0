"""Handing the run to the system's own scheduler: cron, systemd, launchd, Task Scheduler.

`plan_installation` says exactly what would be written and called; `install` and `remove` do it.
Every entry carries the practice's folder in its name, so that a second install replaces the first
and two practices do not get in each other's way.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from nmt_analytics.errors import SettingsError, UsageError, unknown_name
from nmt_analytics.schedule.entries import SYSTEMS, Installation
from nmt_analytics.settings import Settings

_AT = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
Runner = Callable[..., "subprocess.CompletedProcess[str]"]


def plan_installation(
    settings: Settings, at: str = "06:30", system: str | None = None, home: Path | None = None
) -> Installation:
    """What would be installed for this practice to run every day at `at` (local time, HH:MM)."""
    if not _AT.fullmatch(at):
        raise UsageError(f'"{at}" is not a time of day. Write HH:MM, for example 06:30.')
    chosen = system or _system_here()
    if chosen not in SYSTEMS:
        raise unknown_name("scheduler", chosen, tuple(SYSTEMS))
    folder = str(settings.folder)
    if not folder.isprintable():
        raise SettingsError(
            f"The folder's name {folder!r} holds a character that schedulers cannot carry, such as "
            "a line break. Move the practice to a folder without it."
        )
    code = hashlib.sha256(folder.encode()).hexdigest()[:8]
    return SYSTEMS[chosen](settings, at, f"nmt-analytics-{code}", home or Path.home())


def install(settings: Settings, plan: Installation, run: Runner = subprocess.run) -> None:
    """Install the entry, or replace the one of this practice that is there.

    Raises SettingsError when the scheduler does not take it; then there is no entry in it.
    """
    settings.reports.mkdir(parents=True, exist_ok=True)  # schedulers write what we say there
    if plan.crontab:
        _write_crontab([*_crontab_without(plan.name, run), *plan.crontab], run)
    for path, text in plan.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding=_encoding(path))
    for command in plan.before:
        _try(command, run)
    try:
        for command in plan.start:
            _call(command, run)
    except SettingsError:
        remove(plan, run)
        raise


def remove(plan: Installation, run: Runner = subprocess.run) -> None:
    """Remove the entry; nothing happens where there is none."""
    if plan.crontab:
        _write_crontab(_crontab_without(plan.name, run), run)
    if not any(path.exists() for path in plan.files):
        return
    for command in plan.stop:
        _try(command, run)
    for path in plan.files:
        path.unlink(missing_ok=True)
    for command in plan.after_removal:
        _try(command, run)


def installed(
    settings: Settings, home: Path | None = None, run: Runner = subprocess.run
) -> list[Installation]:
    """The schedulers of this machine that have an entry of this practice, at whatever time."""
    plans = [plan_installation(settings, system=system, home=home) for system in SYSTEMS]
    return [plan for plan in plans if _has_entry(plan, run)]


def is_installed(plan: Installation, run: Runner = subprocess.run) -> bool:
    """Whether exactly this entry is there."""
    if plan.crontab:
        return "\n".join(plan.crontab) in "\n".join(_crontab_if_any(run))
    return all(
        path.is_file() and path.read_text(encoding=_encoding(path)) == text
        for path, text in plan.files.items()
    )


def _has_entry(plan: Installation, run: Runner) -> bool:
    if plan.crontab:
        return plan.crontab[0] in _crontab_if_any(run)
    return any(path.exists() for path in plan.files)


def _system_here() -> str:
    if sys.platform == "darwin":
        return "launchd"
    if sys.platform == "win32":
        return "windows"
    has_systemd = shutil.which("systemctl") and Path("/run/systemd/system").exists()
    return "systemd" if has_systemd else "cron"


def _encoding(path: Path) -> str:
    return "utf-16" if path.suffix == ".xml" else "utf-8"


def _crontab_if_any(run: Runner) -> list[str]:
    return _read_crontab(run) if shutil.which("crontab") else []


def _read_crontab(run: Runner) -> list[str]:
    if shutil.which("crontab") is None:
        raise SettingsError("There is no crontab on this machine. Install cron, then try again.")
    found = run(["crontab", "-l"], capture_output=True, text=True, check=False)
    if found.returncode and "no crontab" not in found.stderr.lower():
        raise SettingsError(f"crontab could not be read: {found.stderr.strip()}")
    return [] if found.returncode else found.stdout.splitlines()


def _crontab_without(name: str, run: Runner) -> list[str]:
    """The crontab without what stands between our marks."""
    lines = _read_crontab(run)
    begins, ends = f"# {name} begins", f"# {name} ends"
    while begins in lines and ends in lines[lines.index(begins) :]:
        first = lines.index(begins)
        del lines[first : lines.index(ends, first) + 1]
    return lines


def _write_crontab(lines: Sequence[str], run: Runner) -> None:
    text = "".join(f"{line}\n" for line in lines)
    done = run(["crontab", "-"], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SettingsError(f"crontab did not take the entry: {done.stderr.strip()}")


def _call(command: Sequence[str], run: Runner) -> None:
    fault = _try(command, run)
    if fault:
        others = ", ".join(SYSTEMS)
        raise SettingsError(
            f"{' '.join(command)} failed: {fault.rstrip('.')}. So it is not installed there. "
            f"Choose another scheduler with --system: {others}."
        )


def _try(command: Sequence[str], run: Runner) -> str:
    """Call a command; what went wrong, or ''."""
    try:
        done = run(list(command), capture_output=True, text=True, check=False)
    except OSError as fault:
        return str(fault.strerror)
    return done.stderr.strip() or str(done.returncode) if done.returncode else ""
