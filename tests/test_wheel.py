"""The wheel alone, installed away from the checkout, founds a practice and makes its report."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from what lies in the checkout (without fetching anything)."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`nmt-analytics` in an environment of its own: the wheel, and the libraries of this one."""
    environment = tmp_path_factory.mktemp("installed") / "venv"
    _run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    site = _run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    _run(
        sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check",
        "--python", python, "install", "--no-deps", "--no-index", wheel,
    )  # fmt: skip
    # Put on the path without reading its .pth files, so that the checkout is not among them.
    libraries = [path for path in sys.path if Path(path).name == "site-packages"]
    Path(site, "libraries.pth").write_text("\n".join(libraries) + "\n", encoding="utf-8")
    where = _run(python, "-c", "import nmt_analytics; print(nmt_analytics.__file__)").strip()
    assert Path(where).is_relative_to(environment), "the checkout's package is in the way"
    return environment / "bin" / "nmt-analytics"


def _run(*command: object, folder: Path | None = None, code: int = 0) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder or sys.prefix, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
    return done.stdout + (done.stderr if code else "")


def test_the_wheel_carries_everything_that_a_practice_needs(wheel: Path):
    carried = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"nmt_analytics/{path.relative_to(ROOT / 'nmt_analytics').as_posix()}"
        for path in (ROOT / "nmt_analytics").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    wanted |= {
        f"nmt_analytics/_practice/notebooks/{p.name}" for p in (ROOT / "notebooks").iterdir()
    }
    wanted |= {
        f"nmt_analytics/_practice/example/{p.name}"
        for p in (ROOT / "data/example").iterdir()
        if p.suffix == ".csv"
    }
    assert any(name.endswith(".sql") for name in wanted)
    assert any(name.endswith("mappings/canonical_sessions.toml") for name in wanted)
    assert any(name.endswith(".html.j2") for name in wanted)
    assert wanted <= carried


def test_the_wheel_carries_nothing_else(wheel: Path):
    roots = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {root for root in roots if not root.endswith(".dist-info")} == {"nmt_analytics"}


def test_a_founded_example_practice_makes_its_report(command: Path, tmp_path: Path):
    _run(command, "init", "demo", "--example", folder=tmp_path)
    printed = _run(command, "run", folder=tmp_path / "demo")
    page = tmp_path / "demo/reports/quarterly_outcomes/2026Q3/report.html"
    assert f"Made {page}" in printed
    assert "Riverbend" not in page.read_text(encoding="utf-8"), "the checkout's practice.toml"
    assert "<title>" in page.read_text(encoding="utf-8")
    assert (tmp_path / "demo/reports/index.html").is_file()
    assert "Up to date" in _run(command, "run", folder=tmp_path / "demo")


def test_a_new_practice_without_files_is_told_what_to_do(command: Path, tmp_path: Path):
    _run(command, "init", "mine", "--timezone", "Europe/Berlin", folder=tmp_path)
    told = _run(command, "run", folder=tmp_path / "mine", code=16)
    assert str(tmp_path / "mine/data/inbox") in told
    assert "nmt-analytics init demo --example" in told
