"""A new practice's folder: complete, private, the owner's own, and never over an old one."""

import stat
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nmt_analytics.errors import SettingsError
from nmt_analytics.founding import found_practice, packaged
from nmt_analytics.settings import Settings, read_settings

ROOT = Path(__file__).parents[1]


def found(folder: Path, **chosen: object) -> Settings:
    """The settings of a practice just made."""
    found_practice(folder, **chosen)  # type: ignore[arg-type]
    return read_settings(folder)


def test_a_new_practice_has_settings_notebooks_an_empty_inbox_and_a_key(tmp_path: Path):
    settings = found(tmp_path / "mine", name="Riverbend", time_zone="Europe/Berlin")
    assert (settings.name, settings.time_zone) == ("Riverbend", "Europe/Berlin")
    assert list(settings.inbox.iterdir()) == []
    assert settings.reports.is_dir()
    assert settings.key_file.is_file()
    notebooks = {path.name: path.read_bytes() for path in settings.notebooks.iterdir()}
    assert "quarterly_outcomes.ipynb" in notebooks
    assert notebooks == {
        path.name: path.read_bytes() for path in (ROOT / "notebooks").glob("*.ipynb")
    }


def test_with_the_example_the_inbox_holds_the_invented_practices_files(tmp_path: Path):
    settings = found(tmp_path / "demo", with_example=True)
    names = {path.name for path in settings.inbox.iterdir()}
    assert names == {"sessions.csv", "follow_ups.csv"}
    for name in names:
        assert (settings.inbox / name).read_bytes() == (packaged("example") / name).read_bytes()
    assert settings.time_zone == "America/New_York"


def test_two_practices_never_share_a_key(tmp_path: Path):
    keys = {found(tmp_path / name, with_example=True).key_file.read_bytes() for name in "abc"}
    assert len(keys) == 3
    assert (ROOT / "data/example/practice.key").read_bytes() not in keys


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_key_and_data_are_for_the_owner_alone(tmp_path: Path):
    settings = found(tmp_path / "mine", time_zone="UTC")
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600
    for private in (settings.folder, settings.folder / "data", settings.reports):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700


def test_what_must_stay_private_is_left_out_of_version_control(tmp_path: Path):
    settings = found(tmp_path / "mine", time_zone="UTC")
    ignored = (settings.folder / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"data/", "reports/", "practice.key"} <= set(ignored)


def test_a_practice_is_never_made_over_another(tmp_path: Path):
    settings = found(tmp_path / "mine", time_zone="UTC")
    before = {path: path.read_bytes() for path in settings.folder.rglob("*") if path.is_file()}
    with pytest.raises(SettingsError, match="exists already"):
        found_practice(settings.folder, name="another")
    assert before == {p: p.read_bytes() for p in settings.folder.rglob("*") if p.is_file()}


def test_files_that_are_there_already_are_kept(tmp_path: Path):
    kept = {
        tmp_path / "notebooks/quarterly_outcomes.ipynb": "my own version",
        tmp_path / ".gitignore": "mine",
        tmp_path / "practice.key": "00" * 32 + "\n",
    }
    (tmp_path / "notebooks").mkdir()
    for path, text in kept.items():
        path.write_text(text, encoding="utf-8")
    found_practice(tmp_path, time_zone="UTC")
    assert {path: path.read_text(encoding="utf-8") for path in kept} == kept


def test_a_wrong_time_zone_leaves_no_practice_behind(tmp_path: Path):
    with pytest.raises(SettingsError, match="no time zone"):
        found_practice(tmp_path / "mine", time_zone="Mars/Phobos")
    assert not (tmp_path / "mine").exists()
    assert found(tmp_path / "mine", time_zone="Asia/Kolkata").time_zone == "Asia/Kolkata"


def test_without_a_time_zone_this_machines_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TZ", "Europe/Lisbon")
    assert found(tmp_path / "mine").time_zone == "Europe/Lisbon"


def test_a_folder_in_the_way_of_a_file_is_an_error_with_advice(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="Choose another folder"):
        found_practice(tmp_path / "file")


@given(name=st.text(min_size=1))
@example(name=" ")
def test_any_name_comes_back_from_the_settings(name: str, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("named")
    in_one_line = " ".join("".join(filter(str.isprintable, name)).split())
    assert found(folder / "mine", name=name, time_zone="UTC").name == (in_one_line or "mine")


def test_the_next_steps_are_said(tmp_path: Path):
    plain = "\n".join(found_practice(tmp_path / "plain", time_zone="UTC"))
    demo = "\n".join(found_practice(tmp_path / "demo", with_example=True))
    assert str(tmp_path / "plain/data/inbox") in plain
    assert "invented" in demo
    assert "nmt-analytics run" in plain and "nmt-analytics run" in demo
