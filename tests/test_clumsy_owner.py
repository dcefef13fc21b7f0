"""An owner maps the wrong column: what tells who somebody is does not reach the store or a page."""

from pathlib import Path

import pytest
from factories import load_text, make_practice, session

from nmt_analytics.errors import UnreadableFileError, UsageError
from nmt_analytics.practice import Practice

MAPPING = """
table = "sessions"
[columns]
client_id = "Who"
started_at = "When"
body_region = "{header}"
"""

TELLING = [
    "Client name", "First Name", "lastname", "Surname", "Name", "Patient", "Customers",
    "Street address", "Email", "E-Mail", "Date of birth", "DOB", "Birthday", "Mobile",
    "Phone number", "Post code", "ZIP", "Notes", "Session note", "Comments", "Remark",
]  # fmt: skip


@pytest.mark.parametrize("header", TELLING)
def test_a_column_that_is_headed_like_an_identity_is_not_stored(
    tmp_path: Path, header: str
) -> None:
    text = f"Who,When,{header}\nA,2026-07-01 10:00,neck\n"
    with pytest.raises(UnreadableFileError, match="never stored") as refused:
        load_text(tmp_path, text, MAPPING.format(header=header))
    assert "neck" not in str(refused.value)
    assert not (tmp_path / "data" / "practice.duckdb").exists()


@pytest.mark.parametrize("header", ["Body area", "Region treated", "Where", "Muscle group"])
def test_a_column_that_is_headed_like_a_region_is_stored(tmp_path: Path, header: str) -> None:
    text = f"Who,When,{header}\nA,2026-07-01 10:00,neck\n"
    _, receipt = load_text(tmp_path, text, MAPPING.format(header=header))
    assert receipt.n_accepted == 1


@pytest.mark.parametrize("audience", ["owner", "shared"])
def test_a_region_that_few_clients_share_is_not_named(tmp_path: Path, audience: str) -> None:
    """It could be a name: nobody can tell "Jane Doe" from the name of a muscle."""
    regions = ["neck"] * 30 + ["hip"] * 20 + ["jane doe"] * 4 + ["john roe", None]
    rows = [session(n, body_region=region) for n, region in enumerate(regions)]
    rows.append(session(99, client_id="C50", body_region="jane doe"))
    practice = Practice(make_practice(tmp_path, rows), audience=audience)
    shown = practice.outcome("sessions", by="body_region").data.rows
    assert [row.levels for row in shown] == [
        ("hip",), ("neck",), ("other_regions",), ("not_recorded",)
    ]  # fmt: skip
    if audience == "owner":
        assert practice.only(body_region="neck").outcome("sessions").data.rows[0].value == 30
        with pytest.raises(UsageError, match="Known: hip, neck, not_recorded, other_regions"):
            practice.only(body_region="jane doe")
