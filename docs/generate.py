"""Writes the reference pages of docs/ and the README's command table from the code itself.

`make docs` runs it; a test fails when what is written here is stale. Nothing else may edit those
pages by hand.
"""

import runpy
from collections.abc import Iterable, Sequence
from pathlib import Path

from typer.main import get_command
from typer.testing import CliRunner

from nmt_analytics.cli import app
from nmt_analytics.errors import EXIT_CODES
from nmt_analytics.intake.rules import RULES
from nmt_analytics.outcomes.claims import CLAIMS
from nmt_analytics.outcomes.metrics import DIMENSIONS, METRICS, SILENT, Metric
from nmt_analytics.reporting.catalogue import REPORTS
from nmt_analytics.schema import TABLES, Column, Table

ROOT = Path(__file__).resolve().parents[1]
GENERATED = "<!-- Written by `make docs` from the code. Edit the code, not this page. -->\n"
TABLE_START, TABLE_END = "<!-- commands -->", "<!-- /commands -->"
HELP_WIDTH = "88"
# Beside this file, which is no part of a package, so that a plain import would not find them.
METHODS = runpy.run_path(str(ROOT / "docs/methods.py"))
PROOFS = runpy.run_path(str(ROOT / "docs/proofs.py"))


def main() -> None:
    """Take up what was proved and write every page anew."""
    PROOFS["take_up"]()
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))


def pages() -> dict[Path, str]:
    """What each generated file should hold; the README with its table put in."""
    docs, readme = ROOT / "docs", ROOT / "README.md"
    return {
        docs / "data-dictionary.md": data_dictionary(),
        docs / "metrics.md": metrics_and_promises(),
        docs / "commands.md": commands(),
        docs / "methods.md": METHODS["methods"](GENERATED, PROOFS["read"]()),
        docs / "proof.md": PROOFS["proofs"](GENERATED),
        readme: with_command_table(readme.read_text(encoding="utf-8")),
    }


def data_dictionary() -> str:
    """Every table with its columns, and every reason to refuse a record."""
    intro = (
        "What the store holds, table by table. The canonical files `sessions.csv`, "
        "`session_notes.csv` and `follow_ups.csv` have exactly the columns that are in the file; "
        "their times are local and written `YYYY-MM-DD HH:MM`. Ids are kept as keyed pseudonyms "
        "only. A row that is corrected later stays, with `known_until` set.\n"
    )
    refused = table(
        ("rule", "what is wrong", "what to do"),
        ((f"`{rule.name}`", rule.fault, rule.mend) for rule in RULES.values()),
    )
    return page(
        "Data dictionary",
        intro,
        *map(_table_section, TABLES),
        "## Reasons to refuse a record\n",
        "A refused record waits in the folder `quarantine` beside the store; the rest of its file "
        "is loaded. Mend it and load it again.\n",
        refused,
    )


def _table_section(of: Table) -> str:
    rows = (
        (
            f"`{column.name}`",
            column.meaning,
            column.type.lower(),
            _allowed(column),
            "yes" if of.is_fact and column.in_file else "",
        )
        for column in of.columns
    )
    columns = table(("column", "meaning", "type", "unit and allowed values", "in the file"), rows)
    return f"## {of.name}\n\nGrain: {of.grain}.\n\n{columns}"


def _allowed(column: Column) -> str:
    parts = [column.unit]
    if column.low is not None:
        parts.append(f"{column.low} to {column.high}")
    if column.words:
        more = "; more in practice.toml" if column.extendable else ""
        parts.append(", ".join(f"`{word}`" for word in column.words) + more)
    if column.required or column.is_key:
        parts.append("never empty" if column.required else "the key")
    return ", ".join(filter(None, parts))


def metrics_and_promises() -> str:
    """Every metric and every promise, as the report and the command line use them."""
    dimensions = ", ".join(f"`{name}`" for name in DIMENSIONS)
    promises = table(
        ("name", "promise", "judged by"),
        ((f"`{claim.name}`", claim.promise, claim.means) for claim in CLAIMS.values()),
    )
    return page(
        "Numbers and promises",
        "Each number is defined once, in `nmt_analytics/outcomes/metrics.py`, and is the same in "
        "the report, in a notebook and on the command line.\n",
        "## Metrics\n",
        f"Any of them can be broken down by one or two of {dimensions}.\n",
        table(
            ("name", "meaning", "unit", "counted over", "better"),
            (_metric_row(metric) for metric in METRICS.values()),
        ),
        f"Beside every outcome stands its silence: {SILENT.meaning}.\n",
        "## Promises\n",
        "A verdict is one of *supported*, *not supported*, *data cannot tell* and *not testable "
        "with this kind of data*. The first two need the whole likely range on one side.\n",
        promises,
    )


def _metric_row(metric: Metric) -> Sequence[str]:
    better = {"up": "higher", "down": "lower", None: ""}[metric.direction]
    return f"`{metric.name}`", metric.meaning, metric.unit, metric.population, better


def commands() -> str:
    """Every command's own help, the reports there are, and the exit codes."""
    reports = table(
        ("report", "what it answers", "made"),
        ((f"`{r.name}`", r.description, f"every {r.every}") for r in REPORTS.values()),
    )
    codes = table(("code", "meaning"), ((str(c), text) for c, text in EXIT_CODES.items()))
    return page(
        "Commands",
        "Results go to stdout, progress and messages to stderr.\n",
        *(f"## {name}\n\n```text\n{help_of(name)}```\n" for name in command_names()),
        "## Reports\n",
        reports,
        "## Exit codes\n",
        codes,
    )


def command_names() -> list[str]:
    """The commands as they are typed, `schedule show` in two words, in the order of the help."""
    return list(_told())


def _told() -> dict[str, str]:
    """What each command says of itself: a sentence and an example."""
    told = {}
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        told |= {f"{name} {n}": c.help for n, c in inner.items()} if inner else {name: command.help}
    return told


def help_of(command: str) -> str:
    """What `nmt-analytics COMMAND --help` prints, at a fixed width."""
    runner = CliRunner(env={"COLUMNS": HELP_WIDTH})
    result = runner.invoke(app, [*command.split(), "--help"], prog_name="nmt-analytics")
    return "".join(f"{line.rstrip()}\n" for line in result.stdout.strip().splitlines())


def with_command_table(readme: str) -> str:
    """The README with the table of commands between its two marks."""
    before, _, rest = readme.partition(TABLE_START)
    _, _, after = rest.partition(TABLE_END)
    found = table(("for example", "what it does"), map(_command_row, _told().values()))
    return f"{before}{TABLE_START}\n{found}{TABLE_END}{after}"


def _command_row(told: str) -> Sequence[str]:
    sentence, _, example = told.partition("\n\nExample: ")
    return f"`{' '.join(example.split())}`", " ".join(sentence.split())


def page(title: str, *parts: str) -> str:
    """A generated page: its parts, parted by blank lines."""
    return "\n".join((f"# {title}\n", GENERATED, *parts))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


if __name__ == "__main__":
    main()
