"""What each of the system's schedulers is handed, in its own words: files, lines, commands.

Nothing is written or called here. Paths are absolute and quoted as each scheduler reads them, so
that a folder may be called what it likes (a line break alone cannot be carried).
"""

import os
import plistlib
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from nmt_analytics.schedule.history import SCHEDULER_LOG
from nmt_analytics.settings import Settings

_TASK = """\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>{description}</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <StartBoundary>2026-01-01T{at}:00</StartBoundary>
      <ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT4H</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{program}</Command>
      <Arguments>{arguments}</Arguments>
      <WorkingDirectory>{folder}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


@dataclass(frozen=True)
class Installation:
    """What one scheduler needs: files to write, commands to call, and how it is undone.

    `crontab` holds the lines of a crontab entry, for the one scheduler that keeps no files.
    `before` may fail (there was nothing to replace); `after_removal` is called when files are gone.
    """

    system: str
    name: str
    files: dict[Path, str] = field(default_factory=dict)
    crontab: tuple[str, ...] = ()
    before: tuple[tuple[str, ...], ...] = ()
    start: tuple[tuple[str, ...], ...] = ()
    stop: tuple[tuple[str, ...], ...] = ()
    after_removal: tuple[tuple[str, ...], ...] = ()
    remark: str = ""

    def lines(self) -> list[str]:
        """Exactly what would be installed, for people."""
        lines = [f"Scheduler: {self.system}. {self.remark}"]
        for path, text in self.files.items():
            lines += [f"File {path}:", *(f"    {line}" for line in text.splitlines())]
        if self.crontab:
            lines += ["Lines in your crontab:", *(f"    {line}" for line in self.crontab)]
        return lines + [f"Command: {shlex.join(each)}" for each in (*self.before, *self.start)]


def command_of(settings: Settings) -> list[str]:
    """This Python, this package, this practice: absolute, whatever the scheduler's PATH is.

    -P: a folder that happens to be called nmt_analytics where the scheduler starts is not imported.
    """
    run = ("-P", "-m", "nmt_analytics", "run", "--practice", str(settings.folder))
    return [sys.executable, *run]


def cron(settings: Settings, at: str, name: str, _: Path) -> Installation:
    """Two lines of a crontab between our marks: every day, and soon after the machine starts."""
    hour, minute = (int(part) for part in at.split(":"))
    log = shlex.quote(str(settings.reports / SCHEDULER_LOG))
    # To cron an unescaped % ends the command, even in quotes.
    command = f"{shlex.join(command_of(settings))} >> {log} 2>&1".replace("%", r"\%")
    return Installation(
        "cron",
        name,
        crontab=(
            f"# {name} begins",
            f"{minute} {hour} * * * {command}",
            f"@reboot sleep 60; {command}",
            f"# {name} ends",
        ),
        remark="What a machine that was switched off misses is caught up when it starts; after "
        "sleep, by the next day's run.",
    )


def systemd(settings: Settings, at: str, name: str, home: Path) -> Installation:
    """A service and its timer among the user's own units."""
    units = home / ".config/systemd/user"
    what = " ".join(settings.name.split()).replace("%", "%%")
    where = str(settings.folder).replace("%", "%%")
    run = " ".join(_systemd_word(word) for word in command_of(settings))
    service = (
        f"[Unit]\nDescription=Reports of {what}\n\n"
        f"[Service]\nType=oneshot\nWorkingDirectory={where}\nExecStart={run}\nNice=10\n"
    )
    timer = (
        f"[Unit]\nDescription=Reports of {what}, daily\n\n"
        f"[Timer]\nOnCalendar=*-*-* {at}:00\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )
    unit, control = f"{name}.timer", ("systemctl", "--user")
    return Installation(
        "systemd",
        name,
        files={units / f"{name}.service": service, units / unit: timer},
        start=(
            (*control, "daemon-reload"),
            (*control, "enable", unit),
            (*control, "restart", unit),
        ),
        stop=((*control, "disable", "--now", unit),),
        after_removal=((*control, "daemon-reload"),),
        remark="What was missed is caught up after sleep. It runs while you are logged in; to have "
        "it run without that: loginctl enable-linger",
    )


def launchd(settings: Settings, at: str, name: str, home: Path) -> Installation:
    """A property list among the user's launch agents."""
    hour, minute = (int(part) for part in at.split(":"))
    log = str(settings.reports / SCHEDULER_LOG)
    content = {
        "Label": name,
        "ProgramArguments": command_of(settings),
        "WorkingDirectory": str(settings.folder),
        "StartCalendarInterval": {"Hour": hour, "Minute": minute},
        "RunAtLoad": True,  # at login, for what was missed while the machine was off
        "ProcessType": "Background",
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }
    path = home / "Library/LaunchAgents" / f"{name}.plist"
    domain = f"gui/{os.getuid() if sys.platform != 'win32' else 0}"
    leave = ("launchctl", "bootout", f"{domain}/{name}")
    return Installation(
        "launchd",
        name,
        files={path: plistlib.dumps(content).decode()},
        before=(leave,),
        start=(("launchctl", "bootstrap", domain, str(path)),),
        stop=(leave,),
        remark="What was missed is caught up after sleep and at login.",
    )


def windows(settings: Settings, at: str, name: str, _: Path) -> Installation:
    """A task of the Task Scheduler, as XML."""
    program, *arguments = command_of(settings)
    text = _TASK.format(
        description=escape(" ".join(f"Reports of {settings.name}".split())),
        at=at,
        program=escape(program),
        arguments=escape(subprocess.list2cmdline(arguments)),
        folder=escape(str(settings.folder)),
    )
    path = settings.store.parent / f"{name}.xml"
    return Installation(
        "windows",
        name,
        files={path: text},
        start=(("schtasks", "/Create", "/TN", name, "/XML", str(path), "/F"),),
        stop=(("schtasks", "/Delete", "/TN", name, "/F"),),
        remark="What was missed is caught up as soon as the machine is on and you are logged in.",
    )


def _systemd_word(word: str) -> str:
    """One word of a command line as a unit file carries it."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{plain}"' if _needs_quotes(plain) else plain


def _needs_quotes(word: str) -> bool:
    return not word or any(character in " \t\"';\\" for character in word)


SYSTEMS = {"systemd": systemd, "cron": cron, "launchd": launchd, "windows": windows}
"""Every scheduler we know, by the name that `--system` takes."""
