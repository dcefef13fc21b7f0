"""What is handed to the system's scheduler, held against each scheduler's own reader."""

import os
import plistlib
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import xmlschema
from factories import empty_practice

from nmt_analytics.errors import SettingsError, UsageError
from nmt_analytics.schedule import installing
from nmt_analytics.schedule.entries import SYSTEMS, Installation, command_of
from nmt_analytics.schedule.installing import plan_installation
from nmt_analytics.settings import Settings

TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
SCHEMA = Path(__file__).parent / "fixtures" / "task_scheduler.xsd"
FOLDERS = ("practice", "my practice", "Praxis für Füße", "100 % \"mine\" & 'yours' $HOME <\\>")
RUN = [sys.executable, "-P", "-m", "nmt_analytics", "run", "--practice"]


@pytest.fixture(params=FOLDERS)
def settings(tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    return empty_practice(tmp_path / request.param)


class Crontab:
    """Stands in for the crontab command: one user's table of lines."""

    def __init__(self, text: str = "", fault: str = "") -> None:
        self.text, self.fault = text, fault

    def __call__(self, command: list[str], **options: Any) -> "subprocess.CompletedProcess[str]":
        if self.fault or (command == ["crontab", "-l"] and not self.text):
            return subprocess.CompletedProcess(command, 1, "", self.fault or "no crontab for you")
        if command == ["crontab", "-"]:
            self.text = options["input"]
        found = self.text if command == ["crontab", "-l"] else ""
        return subprocess.CompletedProcess(command, 0, found, "")


class Calls:
    """Notes which commands were called, and does nothing."""

    def __init__(self, fails: str = "") -> None:
        self.commands: list[list[str]] = []
        self.fails = fails

    def __call__(self, command: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        self.commands.append(command)
        code = int(bool(self.fails) and self.fails in command)
        return subprocess.CompletedProcess(command, code, "", "not allowed" if code else "")


@pytest.fixture(autouse=True)
def crontab_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")


def plan(settings: Settings, system: str, at: str = "06:30") -> Installation:
    return plan_installation(settings, at, system, home=settings.folder / "home")


# cron


def test_installing_twice_leaves_one_entry_and_what_was_there(settings: Settings) -> None:
    crontab = Crontab("0 1 * * * backup\n")

    installing.install(settings, plan(settings, "cron", "05:00"), crontab)
    installing.install(settings, plan(settings, "cron"), crontab)

    before, begins, daily, at_start, ends = crontab.text.splitlines()
    assert before == "0 1 * * * backup"
    assert daily.startswith("30 6 * * * ")
    assert at_start.startswith("@reboot ")
    assert begins.removesuffix("begins") == ends.removesuffix("ends")
    assert installing.is_installed(plan(settings, "cron"), crontab)
    assert not installing.is_installed(plan(settings, "cron", "05:00"), crontab)


def as_cron_reads_it(line: str) -> list[str]:
    """The words that a shell sees of a crontab line after cron took its own marks out."""
    command = line.split(" ", 5)[5].replace(r"\%", "\0")
    return shlex.split(command.partition("%")[0].replace("\0", "%"))


def test_cron_calls_this_python_for_this_folder_whatever_it_is_called(settings: Settings) -> None:
    _, daily, _, _ = plan(settings, "cron").crontab

    words = as_cron_reads_it(daily)

    log = str(settings.reports / "scheduler.log")
    assert words == [*RUN, str(settings.folder), ">>", log, "2>&1"]


def test_removing_takes_our_entry_alone(settings: Settings, tmp_path: Path) -> None:
    other = empty_practice(tmp_path / "other")
    crontab = Crontab("0 1 * * * backup\n")
    installing.install(settings, plan(settings, "cron"), crontab)
    installing.install(other, plan(other, "cron"), crontab)

    installing.remove(plan(settings, "cron"), crontab)

    assert not installing.is_installed(plan(settings, "cron"), crontab)
    assert installing.is_installed(plan(other, "cron"), crontab)
    installing.remove(plan(other, "cron"), crontab)
    assert crontab.text == "0 1 * * * backup\n"


def test_a_crontab_that_cannot_be_read_is_not_written_over(settings: Settings) -> None:
    crontab = Crontab("0 1 * * * backup\n", fault="crontab: cannot open: Input/output error")

    with pytest.raises(SettingsError, match="could not be read"):
        installing.install(settings, plan(settings, "cron"), crontab)

    assert crontab.text == "0 1 * * * backup\n"


# systemd, launchd, Windows


def test_units_and_plists_are_files_that_are_written_replaced_and_removed(
    settings: Settings,
) -> None:
    for system in ("systemd", "launchd", "windows"):
        calls, found = Calls(), plan(settings, system)
        installing.install(settings, plan(settings, system, "05:00"), calls)
        installing.install(settings, found, calls)
        assert installing.is_installed(found)
        assert calls.commands[-1] == list(found.start[-1])
        (folder,) = {path.parent for path in found.files}
        ours = [path for path in folder.iterdir() if path.name.startswith(found.name)]
        assert sorted(ours) == sorted(found.files)

        installing.remove(found, calls)
        assert not installing.is_installed(found)
        assert not any(path.exists() for path in found.files)
        n_calls = len(calls.commands)
        installing.remove(found, calls)
        assert len(calls.commands) == n_calls


def test_a_plist_says_when_and_what_to_launchd(settings: Settings) -> None:
    (text,) = plan(settings, "launchd").files.values()

    content = plistlib.loads(text.encode())

    assert content["StartCalendarInterval"] == {"Hour": 6, "Minute": 30}
    assert content["ProgramArguments"] == [*RUN, str(settings.folder)]
    assert content["RunAtLoad"] is True


def test_a_second_install_with_launchd_takes_the_first_one_out_before(settings: Settings) -> None:
    calls, found = Calls(fails="bootout"), plan(settings, "launchd")

    installing.install(settings, found, calls)  # there is none yet: bootout fails, and that is fine

    label = f"gui/{os.getuid()}/{found.name}"
    assert [command[1] for command in calls.commands] == ["bootout", "bootstrap"]
    assert calls.commands[0] == ["launchctl", "bootout", label]


def test_a_task_keeps_to_the_schema_of_the_task_scheduler(settings: Settings) -> None:
    (text,) = plan(settings, "windows").files.values()

    root = ElementTree.fromstring(text.encode("utf-16"))

    xmlschema.XMLSchema(SCHEMA).validate(root)
    assert root.findtext(f".//{TASK}StartBoundary") == "2026-01-01T06:30:00"
    assert root.findtext(f".//{TASK}StartWhenAvailable") == "true"
    assert root.findtext(f".//{TASK}MultipleInstancesPolicy") == "IgnoreNew"
    assert root.findtext(f".//{TASK}WorkingDirectory") == str(settings.folder)
    assert root.findtext(f".//{TASK}Arguments") == subprocess.list2cmdline(command_of(settings)[1:])


def test_a_task_with_a_setting_that_windows_does_not_know_would_be_found(
    settings: Settings,
) -> None:
    (text,) = plan(settings, "windows").files.values()
    wrong = text.replace("StartWhenAvailable", "StartWhenPossible")

    with pytest.raises(xmlschema.XMLSchemaValidationError):
        xmlschema.XMLSchema(SCHEMA).validate(ElementTree.fromstring(wrong.encode("utf-16")))


def test_a_timer_catches_up_after_sleep(settings: Settings) -> None:
    texts = "\n".join(plan(settings, "systemd").files.values())

    assert "Persistent=true" in texts
    assert "OnCalendar=*-*-* 06:30:00" in texts


def systemd_words(line: str) -> list[str]:
    """The words of a line of a unit file: quotes, escapes, then specifiers, as systemd reads it."""
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line)]


def test_a_service_calls_this_python_for_this_folder_whatever_it_is_called(
    settings: Settings,
) -> None:
    service = next(iter(plan(settings, "systemd").files.values()))
    lines = dict(line.split("=", 1) for line in service.splitlines() if "=" in line)

    assert systemd_words(lines["ExecStart"]) == [*RUN, str(settings.folder)]
    assert lines["WorkingDirectory"].replace("%%", "%") == str(settings.folder)


def test_systemd_itself_finds_no_fault_with_the_units(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    if shutil.which("systemd-analyze") is None:
        assert os.environ.get("CI") != "true", "CI has to have systemd: see .ci/find-schedulers"
        pytest.skip("systemd is not on this machine")
    found = plan(settings, "systemd")
    installing.install(settings, found, Calls())

    def faults() -> str:
        # Without a place for sockets it gives up before it has read anything.
        checked = subprocess.run(
            ["systemd-analyze", "verify", "--user", *found.files],
            env=os.environ | {"XDG_RUNTIME_DIR": str(settings.folder)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        ours = [line for line in checked.stderr.splitlines() if found.name in line]
        return "\n".join(ours) if "Failed to initialize" not in checked.stderr else checked.stderr

    assert faults() == ""
    service = next(iter(found.files))
    service.write_text(service.read_text().replace("Nice=", "Nise=").replace("python", "pithon"))
    assert "Unknown key 'Nise'" in faults()
    assert "is not executable" in faults()


# All of them


def test_show_prints_exactly_what_is_installed(settings: Settings) -> None:
    for system in SYSTEMS:
        found = plan(settings, system)
        shown = "\n".join(found.lines())
        for text in (*found.files.values(), "\n".join(found.crontab)):
            assert all(line.strip() in shown for line in text.splitlines())
        assert all(shlex.join(command) in shown for command in found.start)


@pytest.mark.parametrize("at", ["6:30", "24:00", "06:60", "noon", ""])
def test_a_time_of_day_is_written_in_full(tmp_path: Path, at: str) -> None:
    with pytest.raises(UsageError, match="HH:MM"):
        plan_installation(empty_practice(tmp_path), at, "cron")


def test_an_unknown_scheduler_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="systemd, cron, launchd, windows"):
        plan_installation(empty_practice(tmp_path), "06:30", "anacron")


def test_a_folder_that_schedulers_cannot_carry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="schedulers"):
        plan_installation(empty_practice(tmp_path / "two\nlines"), "06:30", "cron")


@pytest.mark.parametrize(("system", "command"), [("systemd", "enable"), ("launchd", "bootstrap")])
def test_a_scheduler_that_refuses_is_said(tmp_path: Path, system: str, command: str) -> None:
    settings = empty_practice(tmp_path)

    with pytest.raises(SettingsError, match="not allowed"):
        installing.install(settings, plan(settings, system), Calls(fails=command))
    assert installing.installed(settings, settings.folder / "home", Crontab()) == []


def test_a_scheduler_that_is_not_on_this_machine_is_neither_installed_nor_in_the_way(
    tmp_path: Path,
) -> None:
    settings = empty_practice(tmp_path)
    elsewhere = plan(settings, "windows")

    def nobody_there(command: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        raise FileNotFoundError(2, "No such file or directory", command[0])

    with pytest.raises(SettingsError, match=r"schtasks .*No such file.* Choose another .*--system"):
        installing.install(settings, elsewhere, nobody_there)
    assert installing.installed(settings, settings.folder / "home", Crontab()) == []
    installing.install(settings, elsewhere, Calls())
    installing.remove(elsewhere, nobody_there)
    assert installing.installed(settings, settings.folder / "home", Crontab()) == []


def test_it_is_known_where_a_practice_is_installed_at_whatever_time(settings: Settings) -> None:
    crontab, calls, home = Crontab(), Calls(), settings.folder / "home"

    assert installing.installed(settings, home, crontab) == []
    installing.install(settings, plan(settings, "cron", "05:00"), crontab)
    installing.install(settings, plan(settings, "launchd", "05:00"), calls)

    found = installing.installed(settings, home, crontab)
    assert [each.system for each in found] == ["cron", "launchd"]
    for each in found:
        installing.remove(each, crontab if each.crontab else calls)
    assert installing.installed(settings, home, crontab) == []
    assert crontab.text == ""
