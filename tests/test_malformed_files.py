"""Files broken in every way: each is a table with all records accounted for, or refused.

Starts from the invented exports and breaks them with a fixed seed: stray quotes and delimiters,
bytes lost, changed and repeated, other encodings, cut ends, workbooks with a damaged part.
"""

import csv
import io
import random
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from factories import LOADED_AT, empty_practice
from proof_figures import record

from nmt_analytics.errors import UnreadableFileError
from nmt_analytics.intake.files.plain_csv import count_plain_records
from nmt_analytics.intake.formats import read_table, sniff_layout
from nmt_analytics.intake.own_mappings import load_all
from nmt_analytics.intake.quarantine import quarantine_file
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import Store

EXPORTS = Path(__file__).parent / "fixtures" / "exports"
KNOWN = sorted(
    path
    for path in EXPORTS.iterdir()
    if path.stem.split("_")[0]
    in ("acuity", "calendly", "cliniko", "fresha", "jane", "simplepractice", "vagaro")
)
"""Exports that are loaded as they are."""
MARKS = b'",;\t|\r\n\0\xff\xfe\x80\xe9 '


def broken(data: bytes, chance: random.Random) -> bytes:
    """`data` with up to a dozen faults."""
    content = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        place = chance.randrange(len(content) + 1)
        fault = chance.choice(["insert", "insert", "delete", "change", "repeat", "cut"])
        if fault == "insert":
            content.insert(place, chance.choice(MARKS))
        elif fault == "delete":
            del content[place : place + chance.randint(1, 50)]
        elif fault == "change" and place < len(content):
            content[place] = chance.randrange(256)
        elif fault == "repeat":
            content[place:place] = content[: chance.randint(0, 100)]
        elif fault == "cut" and chance.random() < 0.3:
            del content[place:]
    return bytes(content)


def with_a_broken_part(workbook: bytes, chance: random.Random) -> bytes:
    """A sound zip archive around one damaged part of a workbook."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as source,
        zipfile.ZipFile(target, "w") as archive,
    ):
        victim = chance.choice(source.namelist())
        for name in source.namelist():
            part = source.read(name)
            archive.writestr(name, broken(part, chance) if name == victim else part)
    return target.getvalue()


def malformed(chance: random.Random) -> bytes:
    path = chance.choice(sorted(EXPORTS.iterdir()))
    data = path.read_bytes()
    if path.suffix == ".xlsx":
        return with_a_broken_part(data, chance) if chance.random() < 0.5 else broken(data, chance)
    if chance.random() < 0.2:
        encoding = chance.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
        data = data.decode("latin-1").encode(encoding)
    return broken(data, chance)


def judge(path: Path) -> str:
    """What a file came to; asserts that all of it is explained."""
    try:
        table = read_table(path)
        sniff_layout(path)
    except UnreadableFileError as error:
        assert str(error).startswith(f"{path.name}: ")
        return "refused"
    assert len(set(table.columns)) == len(table.columns) > 0
    assert all(len(row) == len(table.columns) for row in table.rows)
    starts = sorted([*table.lines, *(line for line, _ in table.faults)])
    assert len(starts) == len(set(starts)) == table.n_records - table.n_blank
    assert all(line > table.header_line for line in starts)
    n_plain = count_plain_records(path, table.columns)
    if n_plain is not None:
        assert n_plain == len(table.rows)
        assert (table.faults, table.n_blank, table.header_line) == ([], 0, 1)
        assert table.lines == list(range(2, 2 + len(table.rows)))
    return "read with faults" if table.faults else "read"


@pytest.mark.parametrize(
    "n_files", [300, pytest.param(10_000, marks=pytest.mark.prove)], ids=["few", "many"]
)
def test_broken_files_are_explained_and_never_end_in_a_traceback(
    tmp_path: Path, n_files: int
) -> None:
    chance = random.Random(20261025)
    path = tmp_path / "export.bin"
    outcomes: Counter[str] = Counter()
    for _ in range(n_files):
        path.write_bytes(malformed(chance))
        outcomes[judge(path)] += 1
    if n_files > 1000:
        record("malformed_files_read", {"files": n_files, **outcomes, "tracebacks": 0})
    # All three kinds must occur, or the breaking has lost its teeth.
    assert min(outcomes[kind] for kind in ("read", "read with faults", "refused")) > n_files / 20


@pytest.mark.parametrize("n_files", [25, pytest.param(300, marks=pytest.mark.prove)])
def test_broken_exports_load_with_every_record_in_the_store_or_explained(
    tmp_path: Path, n_files: int
) -> None:
    practice = empty_practice(tmp_path, "Europe/Berlin")
    chance = random.Random(4711)
    outcomes: Counter[str] = Counter()
    n_records = 0
    for number in range(n_files):
        original = chance.choice(KNOWN)
        path = tmp_path / f"{number}{original.suffix}"
        path.write_bytes(broken(original.read_bytes(), chance))
        try:
            receipts = load_all(practice, path, loaded_at=LOADED_AT)
        except UnreadableFileError as error:
            assert str(error).startswith(path.name)
            outcomes["refused"] += 1
            continue
        for receipt in receipts:
            n_records += receipt.n_read
            outcomes["loaded, some refused" if receipt.n_quarantined else "loaded"] += 1
            assert (n_listed(practice, path.name), receipt.adds_up) == (receipt.n_quarantined, True)
    store = Store(practice.store)
    kept = store.select(
        "select (select sum(n_accepted + n_corrected) from imports) as n_of_receipts, "
        "(select count(*) from sessions) + (select count(*) from follow_ups) as n_rows"
    )
    store.close()
    assert kept["n_of_receipts"][0] == kept["n_rows"][0]
    assert 0 < outcomes["refused"] < n_files
    if n_files >= 300:
        figures = {"files": n_files, "records": n_records, "unexplained": 0, "tracebacks": 0}
        record("malformed_files_loaded", {**figures, **outcomes})


def n_listed(practice: Settings, file_name: str) -> int:
    """How many lines of a file the list of refused ones names."""
    path = quarantine_file(practice, file_name)
    if not path.exists():
        return 0
    with path.open(encoding="utf-8", newline="") as file:
        return len({row["line"] for row in csv.DictReader(file)})
