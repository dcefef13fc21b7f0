"""docs/architecture.md names rooms, modules, functions and files that are there, and no others."""

import importlib
import re

import pytest
from test_architecture import GROUND, MAY_IMPORT, ROOT

PACKAGE = ROOT / "nmt_analytics"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
NAMED = dict.fromkeys(re.findall(r"`([^`\n]+)`", PAGE))
DOTTED = [name for name in NAMED if re.fullmatch(r"[a-z_]+(\.\w+)+", name) and "/" not in name]
QUERIES = [name for name in DOTTED if name.endswith(".sql")]
THINGS = [name for name in DOTTED if name not in QUERIES]
ROOMS = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \|(.*)\|$", PAGE, re.MULTILINE))
ABOVE_ALL = {"cli", "commands", "__init__", "__main__", "known_truth"}


def test_the_page_names_something_of_each_kind():
    assert len(THINGS) > 30
    assert len(QUERIES) > 3


@pytest.mark.parametrize("name", THINGS)
def test_every_function_and_class_that_it_names_is_there(name: str):
    module, found = "nmt_analytics", importlib.import_module("nmt_analytics")
    for part in name.split("."):
        if not hasattr(found, part):
            found = importlib.import_module(f"{module}.{part}")
        else:
            found = getattr(found, part)
        module = f"{module}.{part}"
    assert found.__doc__


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_that_it_names_is_there(name: str):
    assert (PACKAGE / "store" / "queries" / name).is_file()


@pytest.mark.parametrize("name", [name for name in NAMED if "/" in name])
def test_every_file_that_it_names_is_there(name: str):
    assert (ROOT / name).exists() or (PACKAGE / "intake" / name).exists()


def test_every_room_is_on_the_page_and_knows_what_the_imports_may():
    assert set(ROOMS) == set(MAY_IMPORT) - GROUND - ABOVE_ALL
    for room, known in ROOMS.items():
        assert set(re.findall(r"`(\w+)`", known)) == MAY_IMPORT[room] - GROUND, room


def test_the_drawing_names_the_ground_floor():
    (drawn,) = re.findall(r"ground floor, known to all: (.*)", PAGE)
    assert set(drawn.split(", ")) == GROUND


def test_the_page_is_read_in_one_go():
    assert len(PAGE.splitlines()) < 150
