"""A real cron daemon runs an installed entry, in a folder that is called as badly as can be.

The daemon is started here where none runs, and the crontab of whoever tests is put back. It is
done on CI or as root only: nobody else's crontab is touched by running tests.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from unattended import drop_month, small_practice

import nmt_analytics
from nmt_analytics.schedule import installing
from nmt_analytics.schedule.entries import Installation
from nmt_analytics.schedule.history import read_runs
from nmt_analytics.settings import Settings

ON_CI = os.environ.get("CI") == "true"
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
DAEMON = shutil.which("cron", path=f"{os.environ.get('PATH')}:/usr/sbin:/sbin")
CODE = Path(nmt_analytics.__file__).parents[1]

pytestmark = [
    pytest.mark.skipif(not (ON_CI or IS_ROOT), reason="would touch your own crontab"),
    pytest.mark.skipif(not DAEMON and not ON_CI, reason="no cron on this machine"),
]


@pytest.fixture
def daemon() -> Iterator[None]:
    """A running cron: the machine's own, or one of ours."""
    if subprocess.run(["pidof", "cron"], capture_output=True, check=False).returncode == 0:
        yield
        return
    assert DAEMON, "CI has to have cron: see .ci/find-schedulers"
    started = subprocess.Popen([DAEMON, "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield
    started.terminate()
    started.wait()


@pytest.fixture
def crontab() -> Iterator[None]:
    """The crontab as it is, put back afterwards."""
    before = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False)
    yield
    if before.returncode == 0:
        subprocess.run(["crontab", "-"], input=before.stdout, text=True, check=True)
    else:
        subprocess.run(["crontab", "-r"], capture_output=True, check=False)


def each_minute(plan: Installation) -> None:
    """The installed entry, to be run each minute; cron finds this package where the tests do."""
    found = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=True).stdout
    assert found.count("30 6 * * * ") == 1
    text = f"PYTHONPATH={CODE}\n" + found.replace("30 6 * * * ", "* * * * * ")
    subprocess.run(["crontab", "-"], input=text, text=True, check=True)


def within(seconds: float, has_happened: Callable[[], bool]) -> bool:
    """Whether it happens within so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if has_happened():
            return True
        time.sleep(0.5)
    return has_happened()


def finished(settings: Settings) -> list[str]:
    return [run.result for run in read_runs(settings) if run.result != "interrupted"]


def installed(folder: Path) -> Settings:
    """A practice with a month's sessions in its inbox, installed twice."""
    settings = small_practice(folder / "100 % \"mine\" & 'yours' $HOME")
    drop_month(settings, 7)
    plan = installing.plan_installation(settings, "06:30", "cron")
    installing.install(settings, plan)
    installing.install(settings, plan)
    each_minute(plan)
    return settings


def test_cron_itself_makes_the_report(tmp_path: Path, crontab: None, daemon: None) -> None:
    settings = installed(tmp_path)

    happened = within(90, lambda: bool(finished(settings)))

    said = settings.reports / "scheduler.log"
    assert happened, said.read_text() if said.exists() else "cron did not call us"
    assert finished(settings) == ["made"]
    assert (settings.reports / "small/2026-07/report.html").is_file()
    assert "Made " in said.read_text()
    installing.remove(installing.plan_installation(settings, "06:30", "cron"))
    left = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False).stdout
    assert str(settings.folder) not in left


@pytest.mark.prove
def test_cron_goes_on_each_minute_and_makes_nothing_twice(
    tmp_path: Path, crontab: None, daemon: None
) -> None:
    settings = installed(tmp_path)

    assert within(220, lambda: len(finished(settings)) >= 3)
    assert finished(settings)[:3] == ["made", "no new data", "no new data"]
