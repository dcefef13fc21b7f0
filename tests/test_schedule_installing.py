"""What is handed to the system's scheduler, held against each scheduler's own reader."""

import plistlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from factories import empty_practice

from nmt_analytics.errors import SettingsError, UsageError
from nmt_analytics.schedule import installing
from nmt_analytics.schedule.installing import Installation, plan_installation
from nmt_analytics.settings import Settings

TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return empty_practice(tmp_path / "my practice")


class Crontab:
    """Stands in for the crontab command: one user's table of lines."""

    def __init__(self, text: str = "") -> None:
        self.text = text

    def __call__(self, command: list[str], **options: Any) -> "subprocess.CompletedProcess[str]":
        if command == ["crontab", "-"]:
            self.text = options["input"]
        found = self.text if command == ["crontab", "-l"] else ""
        return subprocess.CompletedProcess(command, 0, found, "")


@pytest.fixture(autouse=True)
def crontab_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")


def plan(settings: Settings, system: str) -> Installation:
    return plan_installation(settings, "06:30", system, home=settings.folder / "home")


def test_installing_twice_leaves_one_entry_and_what_was_there(settings: Settings) -> None:
    crontab = Crontab("0 1 * * * backup\n")

    for _ in range(2):
        installing.install(plan(settings, "cron"), crontab)

    lines = crontab.text.splitlines()
    assert lines[0] == "0 1 * * * backup"
    assert len(lines) == 3
    assert lines[2].startswith(f"30 6 * * * {sys.executable} -m nmt_analytics run --practice ")
    assert f'"{settings.folder}"' in lines[2]
    assert installing.is_installed(plan(settings, "cron"), crontab)


def test_removing_takes_our_entry_alone(settings: Settings, tmp_path: Path) -> None:
    other = empty_practice(tmp_path / "other")
    crontab = Crontab("0 1 * * * backup\n")
    installing.install(plan(settings, "cron"), crontab)
    installing.install(plan(other, "cron"), crontab)

    installing.remove(plan(settings, "cron"), crontab)

    assert str(settings.folder) not in crontab.text
    assert str(other.folder) in crontab.text
    assert "backup" in crontab.text
    assert not installing.is_installed(plan(settings, "cron"), crontab)


def test_units_and_plists_are_files_that_are_written_and_removed(settings: Settings) -> None:
    calls = []

    def run(command: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        calls.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    for system in ("systemd", "launchd", "windows"):
        found = plan(settings, system)
        installing.install(found, run)
        assert installing.is_installed(found)
        assert calls[-1] == list(found.start[-1])
        installing.remove(found, run)
        assert not installing.is_installed(found)


def test_a_plist_says_when_and_what_to_launchd(settings: Settings) -> None:
    (text,) = plan(settings, "launchd").files.values()

    content = plistlib.loads(text.encode())

    assert content["StartCalendarInterval"] == {"Hour": 6, "Minute": 30}
    assert content["ProgramArguments"][-1] == str(settings.folder)


def test_a_task_says_when_and_what_to_windows(settings: Settings) -> None:
    (text,) = plan(settings, "windows").files.values()

    root = ElementTree.fromstring(text.encode("utf-16"))

    assert root.findtext(f".//{TASK}StartBoundary", "").endswith("T06:30:00")
    assert root.findtext(f".//{TASK}StartWhenAvailable") == "true"
    assert root.findtext(f".//{TASK}MultipleInstancesPolicy") == "IgnoreNew"
    assert str(settings.folder) in root.findtext(f".//{TASK}Arguments", "")


def test_a_timer_catches_up_after_sleep(settings: Settings) -> None:
    texts = "\n".join(plan(settings, "systemd").files.values())

    assert "Persistent=true" in texts
    assert "OnCalendar=*-*-* 06:30:00" in texts
    assert f'--practice "{settings.folder}"' in texts


def test_systemd_itself_finds_no_fault_with_the_units(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not on this machine")
    found = plan(settings, "systemd")
    installing.install(found, lambda command, **_: subprocess.CompletedProcess(command, 0, "", ""))

    checked = subprocess.run(
        ["systemd-analyze", "verify", "--user", *found.files], capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert not [line for line in checked.stderr.splitlines() if found.name in line]


def test_show_prints_exactly_what_is_installed(settings: Settings) -> None:
    for system in installing.SYSTEMS:
        found = plan(settings, system)
        shown = "\n".join(found.lines())
        for text in (*found.files.values(), "\n".join(found.crontab)):
            assert all(line.strip() in shown for line in text.splitlines())


@pytest.mark.parametrize("at", ["6:30", "24:00", "06:60", "noon", ""])
def test_a_time_of_day_is_written_in_full(settings: Settings, at: str) -> None:
    with pytest.raises(UsageError, match="HH:MM"):
        plan_installation(settings, at, "cron")


def test_a_folder_that_schedulers_cannot_carry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="schedulers"):
        plan_installation(empty_practice(tmp_path / "100 %"), "06:30", "cron")


def test_a_scheduler_that_refuses_is_said(settings: Settings) -> None:
    def refuse(command: list[str], **_: Any) -> "subprocess.CompletedProcess[str]":
        return subprocess.CompletedProcess(command, 1, "", "not allowed")

    for system in ("cron", "systemd"):
        with pytest.raises(SettingsError, match="not allowed"):
            installing.install(plan(settings, system), refuse)
