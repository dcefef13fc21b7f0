"""docs/schedule.md: every command of it runs, every setting is understood, nothing is left out."""

import os
import re
import shlex
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from documents import code_blocks, commands_of

from nmt_analytics.errors import EXIT_CODES
from nmt_analytics.founding import found_practice
from nmt_analytics.schedule import installing
from nmt_analytics.schedule.entries import SYSTEMS
from nmt_analytics.schedule.history import LARGEST_LOG, MOST_RUNS, read_runs
from nmt_analytics.settings import MailSettings, ReportSettings, read_settings

PAGE = Path(__file__).parents[1] / "docs" / "schedule.md"
TEXT = PAGE.read_text(encoding="utf-8")
CRONTAB = """#!/bin/sh
# One user's table of lines, in a file beside this.
table="$(dirname "$0")/table"
case "$1" in
-l) cat "$table" 2>/dev/null || { echo "no crontab for you" >&2; exit 1; } ;;
-) cat > "$table" ;;
esac
"""


@pytest.fixture
def crontab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The table of a crontab command that is found before the system's own."""
    command = tmp_path / "bin" / "crontab"
    command.parent.mkdir()
    command.write_text(CRONTAB)
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(installing, "_system_here", lambda: "cron")
    return command.with_name("table")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no shell for the stand-in of cron")
def test_every_command_of_the_page_does_what_it_says(
    tmp_path: Path, crontab: Path, type_in
) -> None:
    folder = tmp_path / "practice"
    found_practice(folder, time_zone="UTC", with_example=True)
    said: dict[str, list[str]] = {}
    for command in commands_of(PAGE):
        typed = type_in(folder, *shlex.split(command)[1:])
        assert typed.code == 0, f"{command}\n{typed.err}"
        said.setdefault(command, []).append(typed.out)
        if "install" in command:
            assert crontab.read_text().count("30 6 * * *") == 1

    before, after = said["nmt-analytics status"]
    assert "2 files wait" in before
    assert "It does not run by itself" in before
    assert "made as of" in after
    assert "It runs by itself every day, through cron." in after
    assert "This is not installed." in said["nmt-analytics schedule show --at 06:30"][0]
    assert "Removed from cron." in said["nmt-analytics schedule remove"][0]
    assert crontab.read_text() == ""
    assert [run.result for run in read_runs(read_settings(folder))] == ["made", "no new data"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no shell for the stand-in of cron")
def test_show_and_remove_know_what_is_installed(tmp_path: Path, crontab: Path, type_in) -> None:
    folder = tmp_path / "practice"
    found_practice(folder, time_zone="UTC")

    def last_line(*words: str) -> str:
        return type_in(folder, "schedule", *words).out.splitlines()[-1]

    assert last_line("remove").startswith("Nothing to remove")
    assert "every day at 05:00" in last_line("install", "--at", "05:00")
    with (folder / "practice.toml").open("a", encoding="utf-8") as file:
        file.write('\n[mail]\nuser = "reports"\n')
    assert "It does not see what is set in this window" in last_line("install", "--at", "05:00")
    assert last_line("show", "--at", "05:00") == "This is what is installed."
    assert last_line("show").startswith("Installed in cron, but not like this.")
    assert last_line("remove", "--system", "launchd").startswith("Nothing to remove")
    assert last_line("remove") == "Removed from cron."
    assert last_line("show").startswith("This is not installed.")


def test_the_settings_of_the_page_are_understood(tmp_path: Path) -> None:
    (tmp_path / "practice.toml").write_text("\n".join(code_blocks(PAGE, "toml")), encoding="utf-8")

    settings = read_settings(tmp_path)

    assert [(each.name, each.every) for each in settings.report] == [
        ("quarterly_outcomes", "quarter"),
        ("condition_review", "quarter"),
        ("data_quality", "month"),
    ]
    assert settings.mail.to == ("owner@example.org",)
    assert settings.on_finish


@pytest.mark.parametrize("setting", [each.name for each in fields(ReportSettings)])
def test_every_setting_of_a_report_has_its_line_with_its_default(setting: str) -> None:
    (line,) = re.findall(rf"^\| `{setting}` \|.*\|$", TEXT, re.MULTILINE)
    default = line.rstrip(" |").rpartition("| ")[2]
    known = {"quarter": "quarter", 21: "21", "owner": "owner", 0: "all stay", ("html",): "html"}
    values = {each.name: each.default for each in fields(ReportSettings)}
    if values[setting] in known:
        assert default == known[values[setting]]


def test_every_setting_of_the_mail_every_system_and_every_exit_code_is_explained() -> None:
    (mail,) = [block for block in code_blocks(PAGE, "toml") if "[mail]" in block]
    for each in fields(MailSettings):
        assert re.search(rf"^{each.name} = ", mail, re.MULTILINE), each.name
    for system in SYSTEMS:
        assert f"`{system}`" in TEXT or f"--system {system}" in TEXT
    for code in EXIT_CODES:
        assert re.search(rf"\| {code}\b", TEXT), code
    assert f"the last {MOST_RUNS} runs" in TEXT
    assert LARGEST_LOG == 500_000  # "half a megabyte"
