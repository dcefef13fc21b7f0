"""What is said of a file that no mapping reads: the tool that wrote it, and the way on."""

from pathlib import Path

import pytest
from factories import empty_practice

from nmt_analytics.errors import UnreadableFileError
from nmt_analytics.intake.load import check_file
from nmt_analytics.intake.unknown_files import as_typed

EXPORTS = Path(__file__).parent / "fixtures" / "exports"


def refusal(folder: Path, path: Path) -> str:
    with pytest.raises(UnreadableFileError) as refused:
        check_file(empty_practice(folder), path)
    return str(refused.value)


def test_an_export_of_a_form_tool_is_called_by_its_name(tmp_path: Path) -> None:
    path = EXPORTS / "qualtrics.csv"
    assert refusal(tmp_path, path) == (
        "qualtrics.csv: this looks like Qualtrics: responses. What its questions mean, only you "
        f"know. Say once which column is which: nmt-analytics map {as_typed(path)}"
    )


def test_many_long_headers_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "survey.csv"
    headers = [f"Question {n} that goes on and on and on and on?" for n in range(20)]
    path.write_text(f"{','.join(headers)}\n{','.join('x' * 20)}\n", encoding="utf-8")
    said = refusal(tmp_path, path)
    assert said.startswith('survey.csv: no known export has these columns: "Question 0 that goes')
    assert "and 8 more. Say once" in said
    assert "and on?" not in said
    assert len(said) < 900


def test_a_path_can_be_typed_as_it_is_shown() -> None:
    assert as_typed(Path("data/inbox/notes.csv")) == str(Path("data/inbox/notes.csv"))
    assert as_typed(Path("AppointmentSummary (1).csv")) == '"AppointmentSummary (1).csv"'
