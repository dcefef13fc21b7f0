"""The house stands as docs and design say: imports run downhill, one door to each big library,
small modules, and nothing in version control that only holds on one machine."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "nmt_analytics"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_MODULE = 300

GROUND = {"errors", "printable", "settings", "settings_checks", "vocabulary", "schema", "periods"}
MAY_IMPORT = {
    **dict.fromkeys(GROUND, GROUND),
    "store": GROUND,
    "intake": GROUND | {"store"},
    "outcomes": GROUND | {"store"},
    "simulation": GROUND,
    "reporting": GROUND | {"outcomes"},
    "answer": GROUND | {"outcomes", "reporting", "catalogues"},
    "catalogues": GROUND | {"outcomes", "reporting"},
    "names": GROUND | {"outcomes", "catalogues"},
    # intake: the owner's names for therapists are found by the pseudonyms that the door in makes.
    "questions": GROUND | {"outcomes", "answer", "names", "intake"},
    "exploring": GROUND | {"outcomes", "reporting", "names", "questions", "answer", "founding"},
    "practice": GROUND | {"store", "outcomes", "answer", "catalogues", "questions", "exploring"},
    # Invents practices, loads them and asks them: the one that knows both ends of the river.
    "known_truth": GROUND | {"simulation", "intake", "outcomes", "practice", "answer"},
    "founding": GROUND | {"intake"},
    "schedule": GROUND | {"store", "intake", "outcomes", "reporting", "practice", "founding"},
    "commands": GROUND | {"intake", "practice", "answer", "schedule", "reporting", "exploring"}
    | {"founding", "simulation"},
    "cli": GROUND | {"commands"},
    "__init__": {"practice", "known_truth"},
    "__main__": {"cli"},
}  # fmt: skip
ONE_DOOR = {
    "duckdb": "store/database.py",
    "plotly": "reporting/figures.py",
    "papermill": "reporting/render.py",
    "nbconvert": "reporting/render.py",
}


def name_of(path: Path) -> str:
    """nmt_analytics/store/database.py → store.database; a package's __init__ is the package."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def unit_of(name: str) -> str:
    """The first step of a module's name: the room of the house that it stands in."""
    return name.partition(".")[0]


KNOWN = {name_of(module) for module in MODULES}
"""Every module of the package, as name_of() writes it."""


@cache
def imported(path: Path, *, types_too: bool = True) -> tuple[str, ...]:
    """Every module that a file imports, wherever in the file it does so."""
    return tuple(_imported(path, types_too))


def _imported(path: Path, types_too: bool) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = set() if types_too else set(_only_for_types(tree))
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}, line {node.lineno}: write the whole module name"
            for alias in node.names:
                # `from package import module` needs the module; its package is only on the way.
                whole = f"{node.module}.{alias.name}"
                yield whole if _is_module(whole) else str(node.module)


def _is_module(name: str) -> bool:
    stem = ROOT / name.replace(".", "/")
    return stem.with_suffix(".py").exists() or stem.is_dir()


def _only_for_types(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from ast.walk(node)


def our_imports(path: Path, *, types_too: bool = True) -> set[str]:
    """The modules of this package that a file imports, as name_of() writes them."""
    found = {
        name.removeprefix("nmt_analytics.")
        for name in imported(path, types_too=types_too)
        if name.startswith("nmt_analytics.")
    }
    return {name for name in found if name in KNOWN and name != name_of(path)}


def tracked_files() -> list[Path]:
    """The files under version control, or a skip where there is none (an unpacked archive)."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_every_room_of_the_house_is_known():
    rooms = {unit_of(name_of(path)) for path in MODULES}
    assert rooms <= set(MAY_IMPORT), "say in MAY_IMPORT what a new room may know"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_run_downhill(path: Path):
    room = unit_of(name_of(path))
    reached = {unit_of(name) for name in our_imports(path)} - {room}
    assert reached <= MAY_IMPORT[room]


def test_no_two_modules_need_each_other():
    needs = {name_of(path): our_imports(path, types_too=False) for path in MODULES}
    free: set[str] = set()
    while ready := {name for name, wanted in needs.items() if wanted <= free} - free:
        free |= ready
    # What is left over needs itself in the end; a package's own name stands for its __init__.
    assert sorted(set(needs) - free) == []


@pytest.mark.parametrize(("library", "door"), ONE_DOOR.items())
def test_a_big_library_has_one_door(library: str, door: str):
    importers = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if any(name.split(".")[0] == library for name in imported(path, types_too=False))
    }
    assert importers == {door}


def test_a_page_knows_notebooks_and_not_numbers():
    assert not {name for name in our_imports(PACKAGE / "reporting/render.py") if "outcomes" in name}


@pytest.mark.parametrize("folder", ["intake/files", "outcomes/likelihood"])
def test_a_room_at_the_bottom_of_its_wing_knows_nothing_of_the_wing(folder: str):
    own = folder.replace("/", ".") + "."
    reached = {name for p in (PACKAGE / folder).glob("*.py") for name in our_imports(p)}
    assert {name for name in reached if not name.startswith(own)} <= GROUND


def test_the_simulation_does_not_know_how_its_numbers_are_estimated():
    reached = {unit_of(n) for p in (PACKAGE / "simulation").glob("*.py") for n in our_imports(p)}
    assert not reached & {"outcomes", "store", "intake"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_one_thought(path: Path):
    n_lines = len(path.read_text(encoding="utf-8").splitlines())
    assert n_lines <= LONGEST_MODULE, "split it by verb, or simplify"


def test_sql_stands_in_files_and_names_its_grain():
    queries = sorted((PACKAGE / "store/queries").glob("*.sql"))
    assert queries
    for query in queries:
        assert query.read_text(encoding="utf-8").startswith("--"), query.name


def test_nothing_tracked_holds_only_on_one_machine():
    # Put together here so that this file does not hold what it looks for.
    paths = "|".join(("/" + folder + "/") for folder in ("work", "root", "tmp", "Users"))
    hosts = "|".join(rf"{name}\.{end}" for name, end in (("pypi", "org"), ("pythonhosted", "org")))
    options = "|".join(("index" + "-url", "/" + "simple" + r"[\"'/ ]", "registry" + r" *= *\"http"))
    registries = f"{options}|{hosts}"
    forbidden = re.compile(f"(?<![\\w.~-])(?:{paths})|{registries}")
    own = Path(__file__).resolve()
    found = [
        f"{path.relative_to(ROOT)}, line {number}"
        for path in tracked_files()
        if path.resolve() != own and path.suffix not in (".png", ".xlsx", ".parquet")
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert found == []


def test_every_dependency_is_locked_with_a_hash():
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", "")
        pins = [line for line in text.splitlines() if line.strip()]
        assert pins
        assert all("==" in pin and "--hash=sha256:" in pin for pin in pins)


def test_the_tests_run_on_what_an_owner_gets():
    def pins(lock: str) -> set[str]:
        return set(re.findall(r"^\S+==\S+", (ROOT / lock).read_text("utf-8"), re.M))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_the_store_is_the_one_that_was_proved():
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(r"^duckdb==1\.5\.\d+ ", locked, re.M)


def test_the_locks_name_everything_that_is_needed():
    # They are installed without asking what depends on what, so nobody else would notice.
    checked = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_every_library_that_is_imported_is_a_dependency_of_ours():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    declared = {
        re.split(r"[<>=\[ ]", each)[0].replace("-", "_")
        for each in (*project["dependencies"], *extras)
    }
    libraries = {name.split(".")[0] for path in MODULES for name in imported(path)}
    foreign = libraries - sys.stdlib_module_names - {"nmt_analytics"}
    assert {name.lower() for name in foreign} <= declared
    not_imported = declared - {name.lower() for name in foreign}
    assert not_imported <= {"ipykernel", "ipywidgets", "jupyterlab", "tzdata"}
