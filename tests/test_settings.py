"""practice.toml: what may stand in it, what it means, and what is said about a slip."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nmt_analytics.errors import SettingsError
from nmt_analytics.settings import ReportSettings, Settings, find_practice, read_settings
from nmt_analytics.settings_checks import PERIODS
from nmt_analytics.vocabulary import CONDITIONS

ROOT = Path(__file__).parents[1]


def written(folder: Path, text: str) -> Settings:
    """The settings of a practice.toml with this text."""
    (folder / "practice.toml").write_text(text, encoding="utf-8")
    return read_settings(folder)


def fault(folder: Path, text: str) -> str:
    """What is said about a practice.toml with this text."""
    with pytest.raises(SettingsError) as caught:
        written(folder, text)
    assert str(folder / "practice.toml") in str(caught.value)
    return str(caught.value)


def test_an_empty_file_is_a_practice_with_all_defaults(tmp_path: Path):
    assert written(tmp_path, "") == Settings(
        folder=tmp_path,
        name=tmp_path.name,
        time_zone="UTC",
        inbox=tmp_path / "data/inbox",
        store=tmp_path / "data/practice.duckdb",
        notebooks=tmp_path / "notebooks",
        reports=tmp_path / "reports",
        key_file=tmp_path / "practice.key",
    )


def test_every_setting_is_read(tmp_path: Path):
    settings = written(
        tmp_path,
        """
        [practice]
        name = "Ñandú & Söhne"
        timezone = "Europe/Berlin"
        [folders]
        inbox = "in"
        store = "kept/store.duckdb"
        notebooks = "books"
        reports = "/elsewhere/pages"
        keep_inbox = true
        [privacy]
        key_file = "~/secret.key"
        audience = "shared"
        [vocabulary]
        extra_conditions = ["frozen_shoulder", "tennis_elbow"]
        [[report]]
        name = "condition_review"
        every = "month"
        wait_days = 0
        audience = "shared"
        parameters = { condition = "ischemia" }
        [[report]]
        name = "data_quality"
        """,
    )
    assert settings == Settings(
        folder=tmp_path,
        name="Ñandú & Söhne",
        time_zone="Europe/Berlin",
        inbox=tmp_path / "in",
        store=tmp_path / "kept/store.duckdb",
        notebooks=tmp_path / "books",
        reports=Path("/elsewhere/pages"),
        key_file=Path("~/secret.key").expanduser(),
        keep_inbox=True,
        audience="shared",
        extra_conditions=("frozen_shoulder", "tennis_elbow"),
        report=(
            ReportSettings("condition_review", "month", 0, "shared", {"condition": "ischemia"}),
            ReportSettings("data_quality"),
        ),
    )
    assert settings.zone == ZoneInfo("Europe/Berlin")


def test_own_conditions_stand_before_other(tmp_path: Path):
    settings = replace(written(tmp_path, ""), extra_conditions=("frozen_shoulder",))
    assert settings.conditions == (*CONDITIONS[:-1], "frozen_shoulder", "other")


def test_no_report_at_all_can_be_asked_for(tmp_path: Path):
    assert written(tmp_path, "report = []").report == ()


@pytest.mark.parametrize(
    ("text", "unknown", "nearest"),
    [
        ("[practise]\n", "practise", "practice"),
        ('[practice]\ntimezon = "UTC"', "timezon", "timezone"),
        ('[practice]\ntime_zone = "UTC"', "time_zone", "timezone"),
        ('[folders]\nimbox = "in"', "imbox", "inbox"),
        ("[folders]\nkeep_inbx = true", "keep_inbx", "keep_inbox"),
        ('[privacy]\nkeyfile = "k"', "keyfile", "key_file"),
        ("[vocabulary]\nextra_condition = []", "extra_condition", "extra_conditions"),
        ('[[report]]\nname = "a"\nwait_day = 3', "wait_day", "wait_days"),
        ('[[reports]]\nname = "a"', "reports", "report"),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one(
    text: str, unknown: str, nearest: str, tmp_path: Path
):
    said = fault(tmp_path, text)
    assert f'unknown key "{unknown}"' in said
    assert f'Did you mean "{nearest}"?' in said


def test_a_key_like_no_other_is_answered_with_all_there_are(tmp_path: Path):
    said = fault(tmp_path, "[practice]\nqqqq = 1")
    assert "Did you mean" not in said
    assert "Known: name, timezone" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[practice]\nname = 3", "practice.name must be text in quotes"),
        ('[folders]\nkeep_inbox = "yes"', "folders.keep_inbox must be true or false"),
        ('[vocabulary]\nextra_conditions = "a"', "vocabulary.extra_conditions must be a list"),
        ("practice = 3", "[practice]"),
        ('[practice]\ntimezone = "Mars/Phobos"', "Europe/Berlin"),
        ('[practice]\ntimezone = "../../etc/passwd"', "Europe/Berlin"),
        ('[privacy]\naudience = "public"', "privacy.audience must be one of owner, shared"),
        ('[report]\nname = "a"', "[[report]]"),
        ("[[report]]\n", "no name"),
        ('[[report]]\nname = "a"\nevery = "day"', f"one of {', '.join(PERIODS)}"),
        ('[[report]]\nname = "a"\naudience = "all"', "report.audience must be one of"),
        ('[[report]]\nname = "a"\nwait_days = -1', "0 or more"),
        ('[[report]]\nname = "a"\nkeep = -1', "0 or more"),
        ('[[report]]\nname = "a"\nwait_days = "3"', "report.wait_days must be a whole number"),
        ('[[report]]\nname = "a"\nwait_days = true', "report.wait_days must be a whole number"),
        ('[[report]]\nname = "a"\nformats = "pdf"', "report.formats must be a list"),
        ('[[report]]\nname = "a"\nformats = ["doc"]', "report.formats must be one of"),
        ('[[report]]\nname = "a"\nparameters = 3', "report.parameters must be a table"),
        ('[[report]]\nname = "a"\n[[report]]\nname = "a"', "replace each other"),
        ('[[report]]\nname = "a"\ntell = ["a@b.org"]', "needs host and sender"),
        ('[mail]\nto = ["a@b.org"]', "needs host and sender"),
        ('[mail]\nto = ["a b"]\nhost = "h"\nsender = "a@b.org"', "no mail address"),
        ("[practice\n", "not valid TOML"),
        ('name = "a"\nname = "b"', "not valid TOML"),
    ],
)
def test_a_slip_is_answered_with_the_key_and_the_remedy(text: str, words: str, tmp_path: Path):
    assert words in fault(tmp_path, text)


def test_a_file_that_is_no_text_is_an_error_and_no_traceback(tmp_path: Path):
    (tmp_path / "practice.toml").write_bytes(b"\xff\xfe[\x00")
    with pytest.raises(SettingsError, match="not valid TOML"):
        read_settings(tmp_path)


def test_a_missing_file_names_the_way_to_make_one(tmp_path: Path):
    with pytest.raises(SettingsError, match="nmt-analytics init FOLDER"):
        read_settings(tmp_path / "nowhere")


def test_the_practice_is_found_from_any_folder_inside_it(tmp_path: Path):
    inner = tmp_path / "outer" / "practice" / "reports" / "2026Q3"
    inner.mkdir(parents=True)
    (tmp_path / "outer" / "practice" / "practice.toml").touch()
    (tmp_path / "outer" / "practice.toml").touch()
    assert find_practice(inner) == tmp_path / "outer" / "practice"
    assert find_practice(tmp_path / "outer") == tmp_path / "outer"


def test_the_example_practice_reads_its_own_folder():
    settings = read_settings(ROOT)
    assert settings.inbox == ROOT / "data/example"
    assert settings.keep_inbox
    assert settings.key_file.is_file()
    assert settings.report[0].name == "quarterly_outcomes"


def test_every_line_of_the_example_that_is_no_heading_is_explained_or_plain():
    # A newcomer reads this file first: a section without a word of comment tells nothing.
    text = (ROOT / "practice.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)
    sections = re.split(r"^\[", text, flags=re.M)[1:]
    assert sections
    for section in sections[1:]:
        assert "#" in section, section.partition("]")[0]


def test_a_file_in_place_of_the_folder_is_told_apart(tmp_path: Path):
    written(tmp_path, "")
    with pytest.raises(SettingsError, match=r"practice\.toml is a file\. Name the practice's"):
        read_settings(tmp_path / "practice.toml")


def test_settings_that_cannot_be_opened_say_so(tmp_path: Path):
    (tmp_path / "practice.toml").mkdir()
    with pytest.raises(SettingsError, match=r"could not be read .*Check its rights"):
        read_settings(tmp_path)
