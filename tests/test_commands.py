"""Every command as a person types it: right, wrong, and where nothing can be done.

What the exit code says is a promise to whoever schedules a run:

    0  fine                      10  a file could not be read     13  a report
    1  a defect, with traceback  11  rows were refused            14  settings
    2  usage                     12  the store                    15  busy      16  no data
    17 nothing due               18  no new data (both only with run --exit-code)

Commands run in this process; one test goes through a shell. What cannot be reached here: a full
disk and a machine that dies in the middle of a load (see test_database.py).
"""

import csv
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from documents import program
from factories import empty_practice, quiet, session, write_rows
from filelock import FileLock
from unattended import drop_month, small_practice

from nmt_analytics import schedule
from nmt_analytics.commands.options import settings_of
from nmt_analytics.commands.printing import folded
from nmt_analytics.errors import EXIT_CODES
from nmt_analytics.founding import found_practice
from nmt_analytics.intake.load import load_file
from nmt_analytics.outcomes.metrics import METRICS
from nmt_analytics.practice import open_practice
from nmt_analytics.reporting.plain_text import as_text
from nmt_analytics.reporting.wording import in_words
from nmt_analytics.schema import SESSIONS

ROOT = Path(__file__).parents[1]
COLUMNS = "n_sessions,n_clients,value,ci_lower,ci_upper,known_lower,known_upper,hidden"


CHECK_INS = """\
Client ID,Date Sent,Date Answered,Still relaxed?,Soreness (0-10),Pain (0-10)
C001,2026-09-01 10:00,2026-09-01 18:00,yes,0,2
C002,2026-09-02 10:00,2026-09-03 08:30,no,3,5
C003,2026-09-13 10:00,,,,
"""


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example practice in a folder of its own, loaded."""
    folder = tmp_path_factory.mktemp("practices") / "example"
    found_practice(folder, name="Riverbend", with_example=True)
    settings = folder / "practice.toml"
    kept = settings.read_text("utf-8").replace("# keep_inbox = true", "keep_inbox = true")
    settings.write_text(kept, encoding="utf-8")
    schedule.load_files(settings_of(folder), None, None, progress=quiet)
    shutil.copy(ROOT / "data/example/sessions.csv", folder / "export.csv")
    (folder / "check-ins.csv").write_text(CHECK_INS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def references():
    """docs/generate.py, which knows the commands and their help."""
    return program("docs/generate.py")


TYPED_WRONGLY = {
    "run": (["run", "--forse"], 2, "--force"),
    "load": (["load", "nothing.csv"], 10, "nothing.csv: there is no such file"),
    "check": (["check"], 2, "Missing argument"),
    "map": (["map", "nothing.csv", "--accept-guesses"], 10, "no such file"),
    "template": (["template"], 2, "Missing argument"),
    "report": (["report", "quaterly_outcomes"], 2, 'Did you mean "quarterly_outcomes"?'),
    "metric": (["metric", "relief_at_4_day"], 2, 'Did you mean "relief_at_4_days"?'),
    "claims": (["claims", "--period", "2026Q5"], 2, "is not a period"),
    "status": (["status", "--practice", "nowhere"], 14, "nmt-analytics init FOLDER"),
    "lab": (["lab", "--port", "80"], 2, "from 1024 to 65535"),
    "new-report": (["new-report", "Stress Review"], 2, "small letters"),
    "forget": (["forget", "--client", "C1"], 2, "No such option"),
    "init": (["init", "."], 14, "exists already"),
    "simulate": (["simulate", "demo", "--sessions", "0"], 2, "greater than or equal to 1"),
    "schedule show": (["schedule", "show", "--at", "25:00"], 2, "Write HH:MM"),
    "schedule install": (["schedule", "install", "--system", "at"], 2, "Known: systemd, cron"),
    "schedule remove": (["schedule", "remove", "--system", "at"], 2, "Known: systemd, cron"),
}
COMMANDS = list(TYPED_WRONGLY)
CHANGES_THE_MACHINE = ("schedule install", "schedule remove")
"""Never typed rightly here: they would reach whoever runs the tests. See test_installing.py."""
NOT_TYPED_HERE = (*CHANGES_THE_MACHINE, "lab", "forget")
"""`lab` serves until it is stopped (see test_lab.py), `forget` asks (see test_forgetting.py)."""


def test_every_command_is_typed_wrongly_here(references):
    assert references.command_names() == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_typed_wrongly_says_what_to_do(command: str, example: Path, type_in):
    arguments, code, words = TYPED_WRONGLY[command]
    typed = type_in(example, *arguments)
    assert (typed.code, typed.out) == (code, "")
    assert words in typed.err
    assert "Traceback" not in typed.err


SLIPS = {
    "a file for the folder": (["status", "--practice", "practice.toml"], 14, "practice's folder"),
    "a folder for a file": (["load", "data"], 10, "this is a folder. Name a file in it."),
    "the key for an export": (["load", "practice.key"], 10, "no table of columns"),
    "the mapping of another": (
        ["load", "export.csv", "--mapping", "fresha"],
        10,
        "none of the columns that the mapping fresha reads",
    ),
    "a misspelt mapping": (["check", "export.csv", "--mapping", "clinko"], 2, '"cliniko"?'),
    "a misspelt table": (
        ["map", "check-ins.csv", "--accept-guesses", "--into", "follow_up"],
        2,
        'Did you mean "follow_ups"?',
    ),
    "a misspelt dimension": (["metric", "sessions", "--by", "conditon"], 2, '"condition"?'),
    "a misspelt condition": (
        ["report", "condition_review", "-p", "condition=ischemic"],
        2,
        'Did you mean "ischemia"?',
    ),
    "a parameter of another": (["report", "-p", "condition=ischemia"], 2, "takes no parameters"),
    "the period as a parameter": (["report", "-p", "period=2026Q2"], 2, "Write: --period 2026Q2"),
    "a period to come": (
        ["report", "--period", "2062Q3"],
        16,
        "2 October 2023 and 30 Sept",
    ),
    "a moment before all": (["report", "--as-of", "1999-01-01"], 16, "Name a later one"),
    "a number for a date": (["metric", "sessions", "--as-of", "5"], 2, "is not a moment"),
    "no table that can be": (["metric", "sessions", "--format", "xml"], 2, "'csv', 'json'"),
    "more than fits": (["simulate", "demo", "--sessions", "1000000000000000"], 2, "Ask for fewer"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_answered_with_the_way_on_and_never_with_a_traceback(
    slip: str, example: Path, type_in
):
    arguments, code, words = SLIPS[slip]
    typed = type_in(example, *arguments)
    assert (typed.code, typed.out) == (code, "")
    assert words in typed.err
    assert "Traceback" not in typed.err
    key = (example / "practice.key").read_text("utf-8").strip()
    assert key[:8] not in typed.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented_with_an_example(command: str, references):
    told = references.help_of(command)
    assert f"Example: nmt-analytics {command}" in told
    assert told in (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    assert f"`nmt-analytics {command}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_list_of_commands_says_each_in_one_unclipped_line(tmp_path: Path, type_in):
    listed = type_in(tmp_path, "--help").out.partition("Commands:")[2].partition("Exit codes")[0]
    assert listed.count("\n  ") >= 12
    assert "..." not in listed


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_says_what_it_is_for(command: str, references):
    described = references.help_of(command).partition("\nOptions:\n")[2]
    options = [line for line in described.splitlines() if line.lstrip().startswith("-")]
    assert options
    for line in options:
        assert len(line.split("  ")) > 2, f"{command}: {line.strip()} has no help"


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in NOT_TYPED_HERE])
def test_the_example_in_the_help_works_as_it_stands(
    command: str, example: Path, type_in, references, tmp_path: Path
):
    line = " ".join(
        references.help_of(command).split("Example: nmt-analytics ")[1].split("\n\n")[0].split()
    )
    makes_a_folder = command in ("init", "simulate")
    typed = type_in(tmp_path if makes_a_folder else example, *shlex.split(line))
    assert typed.code == 0, typed.err
    assert typed.out


def test_reports_say_where_their_page_is(example: Path, type_in):
    typed = type_in(example, "report", "--period", "2026Q2")
    assert typed.code == 0
    page = Path(typed.out.strip())
    assert page == example / "reports/quarterly_outcomes/2026Q2/report.html"
    assert page.is_file()
    assert "Making Quarterly outcomes" in typed.err


def test_a_second_run_finds_everything_up_to_date(example: Path, type_in):
    assert type_in(example, "run").code == 0
    again = type_in(example, "run")
    assert again.code == 0
    assert "Made" not in again.out
    assert "Up to date" in again.out


def test_a_metric_as_csv_has_the_columns_that_were_promised(example: Path, type_in):
    asked = ("--by", "condition,stress_level", "--period", "2026Q3", "--format", "csv")
    typed = type_in(example, "metric", "relief_at_4_days", *asked)
    assert (typed.code, typed.err) == (0, "")
    head, *lines = typed.out.splitlines()
    assert head == f"metric,unit,period,condition,stress_level,{COLUMNS}"
    hidden = [row for row in csv.DictReader(io.StringIO(typed.out)) if row["hidden"]]
    assert hidden, "a quarter of the example has cells with fewer than five clients"
    assert len(hidden) < len(lines)
    for row in hidden:
        assert {row[name] for name in COLUMNS.split(",") if name != "hidden"} == {""}


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_can_be_asked_for_in_every_format(metric: str, example: Path, type_in):
    as_csv = type_in(example, "metric", metric, "--format", "csv")
    as_json = type_in(example, "metric", metric, "--format", "json")
    as_table = type_in(example, "metric", metric)
    assert [typed.code for typed in (as_csv, as_json, as_table)] == [0, 0, 0]
    answer = open_practice(example).outcome(metric)
    assert as_table.out.rstrip("\n") == as_text(answer.bundle, 80)
    assert in_words(answer.data.rows[0], METRICS[metric]).split()[0] in as_table.out
    (row,) = csv.DictReader(io.StringIO(as_csv.out))
    (record,) = json.loads(as_json.out)
    assert row == {name: "" if value is None else str(value) for name, value in record.items()}
    assert row["value"]


@pytest.mark.parametrize(
    "asked",
    [
        ("metric", "relief_at_4_days", "--by", "condition", "--period", "2026Q3"),
        ("metric", "relief_days_median", "--by", "condition,stress_level"),
        ("claims", "--period", "2026Q3"),
    ],
)
def test_what_people_read_fits_a_terminal_of_80_columns(asked, example: Path, type_in):
    lines = type_in(example, *asked).out.splitlines()
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if "Hatched" in line or "Darker" in line]


def test_a_message_is_folded_on_a_terminal_with_its_command_in_one_piece():
    message = (
        "sessions-of-the-summer.csv: no known export has these columns. Say once which column is "
        "which: nmt-analytics map data/inbox/sessions-of-the-summer.csv"
    )
    assert folded(message, 60) == (
        "sessions-of-the-summer.csv: no known export has these\n"
        "columns. Say once which column is which:\n"
        "nmt-analytics map data/inbox/sessions-of-the-summer.csv"
    )
    assert folded("  not read: First Name, Last Name", 20) == (
        "  not read: First\n    Name, Last Name"
    )
    assert folded("", 60) == ""


def test_shared_hides_more_than_the_owner_sees(example: Path, type_in):
    asked = ("metric", "sessions", "--by", "condition", "--period", "2026-08", "--format", "json")
    owner = json.loads(type_in(example, *asked).out)
    shared = json.loads(type_in(example, *asked, "--audience", "shared").out)
    hidden = [sum(bool(row["hidden"]) for row in rows) for rows in (owner, shared)]
    assert hidden[0] < hidden[1]


# --- exit codes ---------------------------------------------------------------------------------


def test_all_exit_codes_are_reached_in_this_module():
    reached = {0, 1, *(code for _, code, _ in TYPED_WRONGLY.values()), 11, 12, 13, 15, 16, 17, 18}
    assert reached == set(EXIT_CODES)


def test_quiet_runs_are_told_apart_when_asked(tmp_path: Path, type_in):
    settings = small_practice(tmp_path / "practice")
    drop_month(settings, 7)
    assert type_in(settings.folder, "run", "--exit-code").code == 0
    yesterday = datetime.now(UTC) - timedelta(days=1)
    row = session(99, started_at=f"{yesterday:%Y-%m-%d} 10:00", ended_at=None)
    write_rows(settings.inbox / "sessions_of_a_month_that_is_not_over.csv", SESSIONS, [row])

    assert type_in(settings.folder, "run", "--exit-code").code == 17
    assert type_in(settings.folder, "run", "--exit-code").code == 18
    assert type_in(settings.folder, "run").code == 0


def test_a_defect_of_ours_is_not_hushed_up(example: Path, monkeypatch: pytest.MonkeyPatch, type_in):
    monkeypatch.setattr(schedule, "status_lines", lambda settings: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        type_in(example, "status")


def test_stopping_a_run_says_that_nothing_is_half_done(
    example: Path, monkeypatch: pytest.MonkeyPatch, type_in
):
    def stop(settings: object) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(schedule, "status_lines", stop)
    typed = type_in(example, "status")
    assert typed.code == 130
    assert typed.err.startswith("Stopped.")


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"\x00\x01\x02", b"PK\x03\x04 no workbook"]
)
def test_a_strange_file_ends_with_10_and_its_name(content: bytes, tmp_path: Path, type_in):
    empty_practice(tmp_path)
    for name in ("strange.csv", "strange.xlsx"):
        (tmp_path / name).write_bytes(content)
        for command in ("check", "load"):
            typed = type_in(tmp_path, command, name)
            assert (typed.code, typed.out) == (10, "")
            assert name in typed.err
    assert not (tmp_path / "data/practice.duckdb").exists()


def test_a_file_that_is_refused_does_not_hide_what_became_of_the_others(tmp_path: Path, type_in):
    empty_practice(tmp_path)
    write_rows(tmp_path / "good.csv", SESSIONS, [session(1)])
    (tmp_path / "bad.csv").write_text("Wer,Wann\nA,B\n")
    loaded = type_in(tmp_path, "load", "bad.csv", "good.csv")
    assert loaded.code == 10
    assert "good.csv: 1 records read: 1 new." in loaded.out
    assert "bad.csv: no known export" in loaded.err


def test_refused_rows_end_with_11_and_the_rest_is_loaded(tmp_path: Path, type_in):
    empty_practice(tmp_path)
    rows = [session(1), session(2, started_at="2026-07-32 10:00")]
    write_rows(tmp_path / "data/inbox/sessions.csv", SESSIONS, rows)
    checked = type_in(tmp_path, "check", "data/inbox/sessions.csv")
    assert checked.code == 11
    assert not (tmp_path / "data/practice.duckdb").exists()
    loaded = type_in(tmp_path, "load")
    assert loaded.code == 11
    assert "1 new" in loaded.out and "1 refused" in loaded.out
    assert "2026-07-32" not in loaded.out + loaded.err
    assert "1 record was refused" in loaded.err
    status = type_in(tmp_path, "status")
    assert status.code == 0
    assert "conformance.time" in status.out


def test_a_damaged_store_ends_with_12(tmp_path: Path, type_in):
    store = empty_practice(tmp_path).store
    store.parent.mkdir(parents=True)
    store.write_bytes(b"this is no database" * 1000)
    for command in (["metric", "sessions"], ["status"], ["report"]):
        typed = type_in(tmp_path, *command)
        assert (typed.code, typed.out) == (12, "")
        assert "practice.duckdb" in typed.err


def test_a_notebook_that_fails_ends_with_13_and_leaves_no_page(
    example: Path, tmp_path: Path, type_in
):
    folder = tmp_path / "practice"
    shutil.copytree(example, folder)
    shutil.rmtree(folder / "reports")
    notebook = folder / "notebooks/quarterly_outcomes.ipynb"
    cells = json.loads(notebook.read_text(encoding="utf-8"))
    answers = [each for each in cells["cells"] if "practice." in "".join(each["source"])]
    answers[0]["source"] = "practice.outcome('no_such_metric')"
    notebook.write_text(json.dumps(cells), encoding="utf-8")
    typed = type_in(folder, "report")
    assert (typed.code, typed.out) == (13, "")
    assert "quarterly_outcomes" in typed.err
    assert "Traceback" not in typed.err
    assert not list((folder / "reports").rglob("report.html"))


def test_outside_of_a_practice_every_command_but_two_ends_with_14(tmp_path: Path, type_in):
    for command in (["run"], ["load"], ["check", "a.csv"], ["report"], ["metric", "x"], ["status"]):
        typed = type_in(tmp_path, *command)
        assert (typed.code, typed.out) == (14, "")
        assert "nmt-analytics init FOLDER" in typed.err


def test_a_second_load_at_the_same_time_ends_with_15(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, type_in
):
    # The wait for the other load is ten seconds; here nobody will let go.
    monkeypatch.setitem(load_file.__kwdefaults__, "wait_seconds", 0.01)
    store = empty_practice(tmp_path).store
    write_rows(tmp_path / "data/inbox/sessions.csv", SESSIONS, [session(1)])
    store.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(store.with_name(store.name + ".lock")):
        typed = type_in(tmp_path, "load")
    assert (typed.code, typed.out) == (15, "")
    assert "Another load" in typed.err
    assert type_in(tmp_path, "load").code == 0


def test_without_any_data_there_is_nothing_to_do_and_the_code_is_16(tmp_path: Path, type_in):
    found_practice(tmp_path / "new", time_zone="UTC")
    for command in (["run"], ["load"], ["report"], ["metric", "sessions"]):
        typed = type_in(tmp_path / "new", *command)
        assert (typed.code, typed.out) == (16, "")
        assert "nmt-analytics" in typed.err
    status = type_in(tmp_path / "new", "status")
    assert status.code == 0
    assert "No data yet" in status.out


def test_a_folder_that_cannot_be_made_is_an_error_with_advice(tmp_path: Path, type_in):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    for command, code in ((["init", "file"], 14), (["simulate", "file"], 2)):
        typed = type_in(tmp_path, *command)
        assert (typed.code, typed.out) == (code, "")
        assert "folder" in typed.err


def test_the_same_seed_writes_the_same_files(tmp_path: Path, type_in):
    for name in ("one", "two"):
        assert type_in(tmp_path, "simulate", name, "--sessions", "50", "--seed", "7").code == 0
    written = [
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    ]
    assert written[0] == written[1]
    assert {"sessions.csv", "follow_ups.csv", "truth.json"} <= set(written[0])


def test_the_module_is_the_command_and_heavy_things_stay_out_of_its_help(tmp_path: Path):
    imports = "import sys; sys.argv = ['nmt-analytics', '--help']; from nmt_analytics import cli"
    heavy = ("duckdb", "pandas", "plotly", "papermill", "scipy", "numpy")
    script = (
        f"{imports}\ntry: cli.main()\nexcept SystemExit: pass\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        [sys.executable, "-m", "nmt_analytics", "--help"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Exit codes:" in told.stdout
    shown = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shown.stdout.endswith("[]\n")


def test_the_version_that_is_printed_is_the_one_that_is_installed(tmp_path: Path, type_in):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    told = type_in(tmp_path, "--version")
    assert (told.code, told.out.strip()) == (0, project["version"])
