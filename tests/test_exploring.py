"""What a notebook offers besides answers: names to complete and read, a panel, a launch; text."""

import socket
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from factories import empty_practice, follow_up, make_practice, session
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nmt_analytics.errors import UsageError
from nmt_analytics.exploring.completing import complete_names
from nmt_analytics.exploring.jupyter import LOOPBACK, plan_launch
from nmt_analytics.exploring.panel import BEFORE
from nmt_analytics.outcomes.claims import CLAIMS
from nmt_analytics.outcomes.metrics import DIMENSIONS, METRICS
from nmt_analytics.practice import Practice
from nmt_analytics.reporting.bundle import Bundle, Cell, Claim, Definition, Finding, Table, Tile
from nmt_analytics.reporting.plain_text import WIDTH, as_text
from nmt_analytics.schema import TABLES
from nmt_analytics.settings import Settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Thirty clients in each of two quarters; the practice has a word of its own."""
    words = {"condition": "jaw_tension", "pain_before": 7, "pain_after": 4, "hold_seconds": 30}
    rows = [session(number, **words) for number in range(1, 31)]
    earlier = {"started_at": "2026-04-01 10:00", "ended_at": "2026-04-01 11:00"}
    rows += [each | earlier | {"session_id": f"{each['session_id']}_0"} for each in rows]
    return make_practice(
        tmp_path_factory.mktemp("exploring"),
        rows,
        [follow_up(number, relief_holding=True) for number in range(1, 31)],
        extra='[vocabulary]\nextra_conditions = ["jaw_tension"]',
    )


@pytest.fixture
def practice(settings: Settings) -> Iterator[Practice]:
    practice = Practice(settings)
    yield practice
    practice.store.close()


# The Tab key


@pytest.fixture(scope="module")
def shell() -> InteractiveShell:
    """A real IPython, without a history of its own."""
    config = Config()
    config.HistoryManager.enabled = False
    return InteractiveShell(config=config)


def completed(shell: InteractiveShell, line: str, practice: Practice) -> set[str]:
    """What the Tab key offers at the end of a line."""
    complete_names(shell, practice)
    shell.user_ns["practice"] = practice
    with provisionalcompleter():
        return {each.text for each in shell.Completer.completions(line, len(line))}


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ('practice.outcome("relief_at', {"relief_at_4_days", "relief_at_7_days"}),
        ("practice.outcome('sessions', by='stress", {"stress_level"}),
        ('practice.outcome("sessions", ["condition", "activ', {"activity_level"}),
        ('practice.define("x", mean_of="hold_s', {"hold_seconds"}),
        ('practice.only(condition="jaw', {"jaw_tension"}),
        ('practice.only(stress_level="mod', {"moderate"}),
        ("practice.metr", {"metrics"}),
        ("practice.relief_c", {"relief_curve"}),
        ('practice.metrics["flare', {"flare_ups"}),
    ],
)
def test_the_tab_key_completes_what_a_practice_knows(shell, practice, line, offered):
    assert offered <= {each.strip(".\"'") for each in completed(shell, line, practice)}


def test_the_tab_key_completes_what_was_defined_in_the_notebook(shell, practice):
    practice.define("steady_hands", share_of="hold_seconds >= 25")
    assert "steady_hands" in completed(shell, 'practice.outcome("stead', practice)


@pytest.mark.parametrize("line", ["x = relief_at", 'print("see relief_at', 'open("no_such_'])
def test_the_tab_key_keeps_out_of_everything_else(shell, practice, line):
    assert not completed(shell, line, practice) & {"relief_at_4_days", "sessions"}


def test_opened_twice_each_name_is_offered_once(shell, practice):
    complete_names(shell, practice)
    n_matchers = len(shell.Completer.custom_matchers)
    complete_names(shell, practice)
    assert len(shell.Completer.custom_matchers) == n_matchers


# Catalogues


def test_the_catalogues_hold_everything_and_read_as_tables(practice):
    assert list(practice.metrics) == list(METRICS)
    assert list(practice.dimensions) == list(DIMENSIONS)
    assert list(practice.tables) == [table.name for table in TABLES]
    for catalogue in (practice.metrics, practice.dimensions, practice.measures, practice.tables):
        lines = repr(catalogue).splitlines()
        assert max(map(len, lines)) <= WIDTH
        assert [line.split()[0] for line in lines if line[0] != " "] == ["name", *catalogue]
        assert catalogue._ipython_key_completions_() == list(catalogue)
    assert list(practice.claims_list) == list(CLAIMS)


def test_every_table_that_is_listed_can_be_asked_with_its_columns(practice):
    for name, table in practice.tables.items():
        described = practice.sql(f"describe {name}")
        assert set(described["column_name"]) >= {column.name for column in table.columns}


def test_sql_is_refused_where_it_would_not_see_what_the_practice_shows(practice):
    for view in (practice.as_of("2026-06-30"), practice.only(condition="jaw_tension")):
        with pytest.raises(UsageError, match="SQL reads the whole store"):
            view.sql("select count(distinct client_id) as n_clients from sessions")


def test_a_name_that_is_not_in_a_catalogue_is_answered_with_the_nearest(practice):
    with pytest.raises(UsageError, match=r'no metric "flare_up"\. Did you mean "flare_ups"\?'):
        practice.metrics["flare_up"]
    assert practice.metrics.get("flare_up") is None
    assert "flare_up" not in practice.metrics


# The panel


def test_the_panel_answers_what_is_chosen(practice):
    panel = practice.panel()
    panel.chosen |= {"outcome": "pain_change", "by": "condition"}
    asked = practice.outcome("pain_change", "condition", panel.chosen["period"])
    assert [each.data for each in panel.answers] == [asked.data]
    panel.chosen["comparison"] = BEFORE
    assert panel.answers[1].data == practice.compare("pain_change", panel.chosen["period"]).data
    before = panel.chosen["period"].previous
    assert panel.answers[2].data == practice.outcome("pain_change", "condition", before).data
    assert panel.show()[2].title.startswith("Before, ")


def test_the_same_breakdown_twice_is_one(practice):
    panel = practice.panel()
    panel.chosen |= {"by": "condition", "and_by": "condition"}
    assert "condition" in panel.answers[0].table
    assert panel.answers[0].bundle.figure is not None


def test_the_panel_offers_what_was_defined_in_the_notebook_by_its_label(practice):
    practice.define("steady", share_of="hold_seconds >= 25", label="steady hands")
    menus = dict(practice.panel()._options())
    assert ("Steady hands", "steady") in menus["outcome"]
    assert [value for _, value in menus["by"][1:]] == list(DIMENSIONS)
    assert all(text and "_" not in text for options in menus.values() for text, _ in options)


def test_every_menu_item_of_the_panel_is_answered_in_words_at_least(practice):
    panel = practice.panel()
    for name, options in panel._options():
        for _, value in options:
            was, panel.chosen[name] = panel.chosen[name], value
            assert all(each.title or each.sentence for each in panel.show()), (name, value)
            panel.chosen[name] = was


def test_in_a_terminal_the_panel_is_its_first_answer(practice):
    panel = practice.panel()
    assert panel._repr_mimebundle_()["text/plain"] == repr(panel.answers[0])
    assert repr(panel) == repr(panel.answers[0])


# JupyterLab is started


def test_it_is_planned_for_this_machine_with_a_token_and_without_news(tmp_path):
    settings = empty_practice(tmp_path)
    plan = plan_launch(settings, port=free_port(), open_browser=False)
    given = dict(each.removeprefix("--").split("=", 1) for each in plan.arguments)
    assert given["ServerApp.ip"] == LOOPBACK == "127.0.0.1"
    assert given["ServerApp.allow_remote_access"] == "False"
    assert given["ServerApp.open_browser"] == "False"
    assert given["LabApp.news_url"] == ""
    assert given["LabApp.check_for_updates_class"] == "jupyterlab.NeverCheckForUpdate"
    assert given["ServerApp.answer_yes"] == "True"  # Ctrl-C stops it without a question
    assert given["KernelManager.transport_encryption"] == "auto"
    assert given["ServerApp.root_dir"] == str(tmp_path)
    token = given["IdentityProvider.token"]
    assert len(token) >= 32
    assert plan.address == (
        f"http://127.0.0.1:{given['ServerApp.port']}/lab/tree/notebooks/explore.ipynb?token={token}"
    )
    assert plan_launch(settings).address.partition("token=")[2] != token


def test_a_practice_that_has_no_notebook_to_explore_gets_it_and_keeps_its_own(tmp_path):
    settings = empty_practice(tmp_path)
    plan_launch(settings)
    notebook = tmp_path / "notebooks" / "explore.ipynb"
    assert "practice.panel()" in notebook.read_text(encoding="utf-8")
    notebook.write_text("mine", encoding="utf-8")
    plan_launch(settings)
    assert notebook.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("port", [0, 80, 70_000])
def test_a_port_that_is_none_is_refused(tmp_path, port):
    with pytest.raises(UsageError, match="such as 8899"):
        plan_launch(empty_practice(tmp_path), port=port)


def test_a_port_that_is_taken_is_refused_when_named_and_passed_over_when_not(tmp_path):
    settings = empty_practice(tmp_path)
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"Port {port} is taken"):
            plan_launch(settings, port=port)
    with socket.socket() as usual:
        usual.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken = int(plan_launch(settings).address.split(":")[2].split("/")[0])
        usual.bind((LOOPBACK, taken))
        usual.listen()
        assert f":{taken}/" not in plan_launch(settings).address


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind((LOOPBACK, 0))
        return int(trial.getsockname()[1])


# Text for a terminal


def test_text_has_the_sentence_the_items_an_aligned_table_and_who_is_in_it():
    table = Table(
        ("name", "value"),
        ("Name", "Value"),
        (("first", Cell("9")), ("the second", Cell("10"))),
        numeric=("value",),
    )
    bundle = Bundle(
        kind="table",
        title="It holds.",
        sentence="So it seems.",
        items=(Definition("word", "what it means"),),
        table=table,
        caption="Two clients.",
    )
    assert as_text(bundle) == (
        "It holds. So it seems.\n\n"
        "- word: what it means\n\n"
        "Name        Value\nfirst           9\nthe second     10\n\n"
        "Two clients."
    )


def test_items_say_what_a_page_says_and_nothing_of_its_look():
    items = (
        Finding("It lasts.", "12 sessions", "Ask later.", tone="data", href="#x"),
        Tile("Relief lasts", "9 days", "7 to 11", mark="few", spark=(1.0,), spark_text="1 day"),
        Claim("It is gone\nIt is well", "not testable"),
    )
    assert as_text(Bundle(kind="findings", items=items)) == (
        "- It lasts. 12 sessions · Ask later.\n"
        "- Relief lasts: 9 days · 7 to 11\n"
        "- It is gone / It is well: not testable"
    )


def test_a_table_too_wide_for_a_terminal_wraps_its_texts_and_never_a_name_or_number():
    name, long = "a_name_that_is_not_to_be_broken_however_long_it_is", "word " * 30
    rows = ((name, long.strip(), Cell("10 to 12")),)
    table = Table(("name", "text", "value"), ("Name", "Text", "Value"), rows, numeric=("value",))
    lines = as_text(Bundle(kind="table", table=table)).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert lines[1].startswith(f"{name}  word ") and lines[1].endswith("10 to 12")
    assert " ".join(lines).count("word") == 30


def test_a_single_number_without_clients_enough_says_so_without_groups(tmp_path):
    few = Practice(make_practice(tmp_path, [session(number, pain_before=7) for number in (1, 2)]))
    assert (
        few.outcome("pain_change")
        .sentence()
        .endswith(
            "There is no answer in all time that this "
            "number could be made from. It counts sessions with pain rated before and after."
        )
    )
    assert few.outcome("return_days_median").sentence() == (
        "When clients come back: hidden: fewer than 5 clients. Too few clients stand behind this "
        "number."
    )
    few.store.close()


def test_a_median_that_nobody_has_reached_has_no_likely_range_of_infinity(practice):
    answer = practice.outcome("relief_days_median")
    assert answer.sentence().split() == ["Relief", "lasts", "longer", "than", "1", "day."]
    assert "inf" not in repr(answer)


def test_long_text_is_wrapped_for_a_terminal():
    lines = as_text(Bundle(kind="note", sentence="word " * 100)).splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= WIDTH


# Files


@pytest.mark.parametrize("write", ["to_csv", "to_excel"])
def test_a_file_that_cannot_be_written_is_said_with_advice(practice, tmp_path, write):
    answer = practice.outcome("sessions")
    with pytest.raises(UsageError, match="Name a file in a folder that exists"):
        getattr(answer, write)(tmp_path / "no such folder" / "file.xlsx")


def test_saved_files_hold_the_table_and_no_formula(practice, tmp_path: Path):
    text = '=HYPERLINK("http://x")'
    practice.define("steady", share_of="hold_seconds >= 25", label=text)
    answer = practice.outcome("steady", by="condition")
    written = answer.to_csv(tmp_path / "a.csv").read_text(encoding="utf-8-sig")
    assert len(written.splitlines()) == len(answer.table) + 1
    assert not any(cell.startswith(("=", "+", "@")) for cell in written.split(","))
    book = openpyxl.load_workbook(answer.to_excel(tmp_path / "a.xlsx"))
    assert not [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"]
