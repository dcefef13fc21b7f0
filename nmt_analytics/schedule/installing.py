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
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from nmt_analytics.errors import SettingsError, UsageError
from nmt_analytics.settings import Settings

SYSTEMS = ("systemd", "cron", "launchd", "windows")
_AT = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
Runner = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True)
class Installation:
    """What one scheduler needs: files to write, commands to call, and how it is undone.

    `crontab` holds the lines of a crontab entry, for the one scheduler that keeps no files.
    """

    system: str
    name: str
    files: dict[Path, str] = field(default_factory=dict)
    crontab: tuple[str, ...] = ()
    start: tuple[tuple[str, ...], ...] = ()
    stop: tuple[tuple[str, ...], ...] = ()
    remark: str = ""

    def lines(self) -> list[str]:
        """Exactly what would be installed, for people."""
        lines = [f"Scheduler: {self.system} ({self.remark})" if self.remark else self.system]
        for path, text in self.files.items():
            lines += [f"File {path}:", *(f"    {line}" for line in text.splitlines())]
        if self.crontab:
            lines += ["Lines in your crontab:", *(f"    {line}" for line in self.crontab)]
        return lines + [f"Command: {' '.join(command)}" for command in self.start]


def plan_installation(
    settings: Settings, at: str = "06:30", system: str | None = None, home: Path | None = None
) -> Installation:
    """What would be installed for this practice to run every day at `at` (local time, HH:MM)."""
    if not _AT.fullmatch(at):
        raise UsageError(f'"{at}" is not a time of day. Write HH:MM, for example 06:30.')
    chosen = system or _system_here()
    if chosen not in SYSTEMS:
        raise UsageError(f'"{chosen}" is no scheduler. Known: {", ".join(SYSTEMS)}.')
    folder = str(settings.folder)
    if any(character in folder for character in '\n\r%"'):
        raise SettingsError(
            f"The folder's name {folder!r} holds a character that schedulers cannot carry. "
            "Move the practice to a folder without it."
        )
    code = hashlib.sha256(folder.encode()).hexdigest()[:8]
    make = {"cron": _cron, "systemd": _systemd, "launchd": _launchd, "windows": _windows}[chosen]
    return make(settings, at, f"nmt-analytics-{code}", home or Path.home())


def install(plan: Installation, run: Runner = subprocess.run) -> None:
    """Install (or replace) the entry; SettingsError when the scheduler refuses it."""
    if plan.system == "cron":
        _write_crontab([*_crontab_without(plan.name, run), *plan.crontab], run)
        return
    for path, text in plan.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-16" if path.suffix == ".xml" else "utf-8")
    for command in plan.start:
        _call(command, run)


def remove(plan: Installation, run: Runner = subprocess.run) -> None:
    """Remove the entry; nothing happens where there is none."""
    if plan.system == "cron":
        _write_crontab(_crontab_without(plan.name, run), run)
        return
    for command in plan.stop:
        run(list(command), capture_output=True, text=True, check=False)
    for path in plan.files:
        path.unlink(missing_ok=True)


def is_installed(plan: Installation, run: Runner = subprocess.run) -> bool:
    """Whether an entry of this practice is there."""
    if plan.system == "cron":
        return any(line == f"# {plan.name}" for line in _read_crontab(run))
    return all(path.is_file() for path in plan.files)


def _command(settings: Settings) -> list[str]:
    """This Python, this package, this practice: absolute, whatever the scheduler's PATH is."""
    return [sys.executable, "-m", "nmt_analytics", "run", "--practice", str(settings.folder)]


def _system_here() -> str:
    if sys.platform == "darwin":
        return "launchd"
    if sys.platform == "win32":
        return "windows"
    return (
        "systemd" if shutil.which("systemctl") and Path("/run/systemd/system").exists() else "cron"
    )


def _quoted(words: Sequence[str]) -> str:
    return " ".join(f'"{word}"' if " " in word or "'" in word else word for word in words)


def _plain(name: str) -> str:
    """A practice's name without what a unit file would take for its own."""
    return " ".join(name.replace("%", " ").split())


def _cron(settings: Settings, at: str, name: str, _: Path) -> Installation:
    hour, minute = at.split(":")
    log = settings.reports / "scheduler.log"
    line = f'{int(minute)} {int(hour)} * * * {_quoted(_command(settings))} >> "{log}" 2>&1'
    return Installation(
        "cron",
        name,
        crontab=(f"# {name}", line),
        remark="a run that a switched-off machine misses is caught up by the next one",
    )


def _systemd(settings: Settings, at: str, name: str, home: Path) -> Installation:
    units = home / ".config/systemd/user"
    service = (
        f"[Unit]\nDescription=Reports of {_plain(settings.name)}\n\n[Service]\nType=oneshot\n"
        f"WorkingDirectory={settings.folder}\nExecStart={_quoted(_command(settings))}\n"
    )
    timer = (
        f"[Unit]\nDescription=Reports of {_plain(settings.name)}, daily\n\n[Timer]\n"
        f"OnCalendar=*-*-* {at}:00\nPersistent=true\nRandomizedDelaySec=60\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )
    control = ("systemctl", "--user")
    return Installation(
        "systemd",
        name,
        files={units / f"{name}.service": service, units / f"{name}.timer": timer},
        start=((*control, "daemon-reload"), (*control, "enable", "--now", f"{name}.timer")),
        stop=((*control, "disable", "--now", f"{name}.timer"),),
        remark="catches up after sleep",
    )


def _launchd(settings: Settings, at: str, name: str, home: Path) -> Installation:
    import plistlib  # noqa: PLC0415 - only on a Mac

    hour, minute = (int(part) for part in at.split(":"))
    log = str(settings.reports / "scheduler.log")
    content = {
        "Label": name,
        "ProgramArguments": _command(settings),
        "WorkingDirectory": str(settings.folder),
        "StartCalendarInterval": {"Hour": hour, "Minute": minute},
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }
    path = home / "Library/LaunchAgents" / f"{name}.plist"
    return Installation(
        "launchd",
        name,
        files={path: plistlib.dumps(content).decode()},
        start=(("launchctl", "load", "-w", str(path)),),
        stop=(("launchctl", "unload", "-w", str(path)),),
        remark="catches up after sleep",
    )


def _windows(settings: Settings, at: str, name: str, _: Path) -> Installation:
    program, *arguments = _command(settings)
    text = f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>{escape(_plain(settings.name))}</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2026-01-01T{at}:00</StartBoundary>
      <ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <StartWhenAvailable>true</StartWhenAvailable>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(program)}</Command>
      <Arguments>{escape(_quoted(arguments))}</Arguments>
      <WorkingDirectory>{escape(str(settings.folder))}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""
    path = settings.folder / "data" / f"{name}.xml"
    return Installation(
        "windows",
        name,
        files={path: text},
        start=(("schtasks", "/Create", "/TN", name, "/XML", str(path), "/F"),),
        stop=(("schtasks", "/Delete", "/TN", name, "/F"),),
        remark="catches up after sleep",
    )


def _read_crontab(run: Runner) -> list[str]:
    if shutil.which("crontab") is None:
        raise SettingsError("There is no crontab on this machine. Install cron, then try again.")
    found = run(["crontab", "-l"], capture_output=True, text=True, check=False)
    return found.stdout.splitlines() if found.returncode == 0 else []


def _crontab_without(name: str, run: Runner) -> list[str]:
    """The crontab without our entry: its mark and the line below it."""
    kept, is_ours = [], False
    for line in _read_crontab(run):
        if line == f"# {name}":
            is_ours = True
        elif is_ours:
            is_ours = False
        else:
            kept.append(line)
    return kept


def _write_crontab(lines: Sequence[str], run: Runner) -> None:
    done = run(
        ["crontab", "-"],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SettingsError(f"crontab did not take the entry: {done.stderr.strip()}")


def _call(command: Sequence[str], run: Runner) -> None:
    try:
        done = run(list(command), capture_output=True, text=True, check=False)
    except OSError as fault:
        raise SettingsError(f"{command[0]} could not be called: {fault.strerror}.") from None
    if done.returncode:
        raise SettingsError(f"{' '.join(command)} failed: {done.stderr.strip()}")
