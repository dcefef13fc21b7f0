"""From a file to the store: what is counted, what is kept, what never changes."""

from pathlib import Path

from factories import follow_up, make_practice, session

from nmt_analytics.intake.load import load_file
from nmt_analytics.settings import Settings
from nmt_analytics.store.database import Store


def rows(settings: Settings, sql: str) -> list[dict[str, object]]:
    """The rows of one SELECT on the practice's store."""
    store = Store(settings.store)
    try:
        frame = store.frame(sql).astype(object)
        return frame.where(frame.notna(), None).to_dict("records")
    finally:
        store.close()


def test_a_canonical_file_lands_in_the_store(tmp_path: Path) -> None:
    settings = make_practice(
        tmp_path, [session(1, stress_level="high"), session(2)], [follow_up(1, relief_holding=True)]
    )
    assert rows(settings, "select count(*) as n from sessions") == [{"n": 2}]
    found = rows(
        settings,
        "select stress_level, relief_holding from follow_ups join sessions using (session_id)",
    )
    assert found == [{"stress_level": "high", "relief_holding": True}]


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    settings = make_practice(tmp_path, [session(1), session(2)])
    before = settings.store.read_bytes()
    receipt = load_file(settings, settings.inbox / "sessions.csv")
    assert receipt.already_loaded
    assert settings.store.read_bytes() == before
