"""A real cron daemon runs an installed entry, in a folder that is called as badly as can be.

The daemon is started here where none runs. Only lines that stand between marks of this run of the
tests are put into the crontab, and only they are taken out again: other lines, and other tests that
run at the same time, stay as they are. It is done on CI or as root only: nobody else's crontab is
touched by running tests.
"""

import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from unattended import drop_month, small_practice

import nmt_analytics
from nmt_analytics.schedule import installing
from nmt_analytics.schedule.entries import Installation
from nmt_analytics.schedule.history import read_runs
from nmt_analytics.settings import Settings

ON_CI = os.environ.get("CI") == "true"
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
DAEMON = shutil.which("cron", path=f"{os.environ.get('PATH')}:/usr/sbin:/sbin")
_CODE = shlex.quote(str(Path(nmt_analytics.__file__).parents[1])).replace("%", r"\%")

pytestmark = [
    pytest.mark.skipif(not (ON_CI or IS_ROOT), reason="would touch your own crontab"),
    pytest.mark.skipif(not DAEMON and not ON_CI, reason="no cron on this machine"),
]


LOCK = FileLock(Path(tempfile.gettempdir()) / "crontab-of-tests.lock")
"""Held while the crontab is read and written: two tests at once would lose each other's lines."""


class Daemon:
    """A running cron: the machine's own, that of other tests, or one of ours."""

    ours: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        """Start one where none runs: other tests may have ended theirs."""
        if subprocess.run(["pidof", "cron"], capture_output=True, check=False).returncode:
            assert DAEMON, "CI has to have cron: see .ci/find-schedulers"
            quiet = subprocess.DEVNULL
            self.ours = subprocess.Popen([DAEMON, "-f"], stdout=quiet, stderr=quiet)

    def end(self) -> None:
        """End ours."""
        if self.ours is not None:
            self.ours.terminate()
            self.ours.wait()


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    found = Daemon()
    found.keep()
    yield found
    found.end()


def read_crontab() -> list[str]:
    found = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False)
    return [] if found.returncode else found.stdout.splitlines()


def write_crontab(lines: list[str]) -> None:
    if lines:
        text = "".join(f"{line}\n" for line in lines)
        subprocess.run(["crontab", "-"], input=text, text=True, check=True)
    else:
        subprocess.run(["crontab", "-r"], capture_output=True, check=False)


@pytest.fixture
def settings(tmp_path: Path, daemon: Daemon) -> Iterator[Settings]:
    """A practice with a month's sessions in its inbox, installed twice, to be run each minute."""
    made = small_practice(tmp_path / "100 % \"mine\" & 'yours' $HOME")
    drop_month(made, 7)
    plan = installing.plan_installation(made, "06:30", "cron")
    try:
        with LOCK:
            installing.install(made, plan)
            installing.install(made, plan)
            assert read_crontab().count(plan.crontab[1]) == 1
            write_crontab([each_minute(line, plan) for line in read_crontab()])
        yield made
    finally:
        with LOCK:
            installing.remove(plan)
            left = read_crontab()
            write_crontab(left)  # none at all where there was none
        assert not any(plan.name in line or str(made.folder) in line for line in left)


def each_minute(line: str, plan: Installation) -> str:
    """Our daily line for each minute, with this package where the tests have it from."""
    if line != plan.crontab[1]:
        return line
    return line.replace("30 6 * * * ", f"* * * * * PYTHONPATH={_CODE} ")


def within(seconds: float, has_happened: Callable[[], bool], daemon: Daemon) -> bool:
    """Whether it happens within so many seconds, while cron runs."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        daemon.keep()
        if has_happened():
            return True
        time.sleep(1)
    return has_happened()


def finished(settings: Settings) -> list[str]:
    return [run.result for run in read_runs(settings) if run.result != "interrupted"]


def test_cron_itself_makes_the_report(settings: Settings, daemon: Daemon) -> None:
    # Cron calls within a minute; a busy machine may need long for the rest.
    happened = within(240, lambda: bool(finished(settings)), daemon)

    said = settings.reports / "scheduler.log"
    assert happened, said.read_text() if said.exists() else "cron did not call us"
    assert finished(settings)[0] == "made"
    assert (settings.reports / "small/2026-07/report.html").is_file()
    assert "Made " in said.read_text()


@pytest.mark.prove
def test_cron_goes_on_each_minute_and_makes_nothing_twice(
    settings: Settings, daemon: Daemon
) -> None:
    assert within(400, lambda: len(finished(settings)) >= 3, daemon)
    assert finished(settings)[:3] == ["made", "no new data", "no new data"]
