"""What docs/performance.md says: what only DuckDB understands and where, and one thread."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
QUERIES = ROOT / "nmt_analytics" / "store" / "queries"
CONSTRUCTS = {
    "asof inner join": r"\basof\b",
    "anti join": r"\b(anti|semi) join\b",
    "max_by": r"\b(max_by|min_by|arg_max|arg_min)\b",
    "any_value": r"\b(any_value|first|last)\(",
    "getvariable": r"\bgetvariable\b",
    "md5_number_lower": r"\bmd5_number",
    "hugeint": r"\bu?hugeint\b",
    "cast('infinity' as double)": r"'-?infinity'",
    "row(…)": r"\brow\(",
    "map(…)": r"\bmap\(",
    "unnest": r"\bunnest\(",
    "qualify": r"\bqualify\b",
    "group by all": r"\b(group|order) by all\b",
    "select * exclude": r"\b(exclude|replace) \(",
    "lambda": r"\blambda\b|->",
    "list functions": r"\blist_\w+\(|\blist\(",
    "::": "::",
    "using sample": r"\b(using|table)sample\b",
    "columns(…)": r"\bcolumns\(",
    "rowid": r"\browid\b",
    "not materialized": r"\bmaterialized\b",
}


def listed_files() -> dict[str, set[str]]:
    text = (ROOT / "docs" / "performance.md").read_text("utf-8")
    lines = text.split("<!-- constructs -->")[1].split("<!-- /constructs -->")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[3:] if line]
    return {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in rows}


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_each_construct_is_listed_with_every_query_that_uses_it(construct: str) -> None:
    used = {
        path.stem
        for path in QUERIES.glob("*.sql")
        if re.search(CONSTRUCTS[construct], _without_comments(path.read_text("utf-8")))
    }
    assert listed_files().get(construct, set()) == used


def test_no_other_construct_is_listed() -> None:
    assert set(listed_files()) <= set(CONSTRUCTS)


@pytest.mark.parametrize(("told", "threads"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "2"}, "2")])
def test_linear_algebra_runs_on_one_thread_unless_told_otherwise(
    told: dict[str, str], threads: str
) -> None:
    ask = "import nmt_analytics, os; print(os.environ['OPENBLAS_NUM_THREADS'])"
    environment = {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name}
    said = subprocess.run(
        [sys.executable, "-c", ask],
        env=environment | told,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == threads


def _without_comments(sql: str) -> str:
    return re.sub(r"--.*", "", sql).lower()
