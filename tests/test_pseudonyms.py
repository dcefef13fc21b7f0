"""The door in: pseudonyms are HMAC-SHA256 under the practice's key, in SQL as in Python."""

import hashlib
import hmac
import stat
import sys
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from factories import ask_store, empty_practice, follow_up, make_practice, session, write_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt_analytics.errors import SettingsError
from nmt_analytics.intake.load import check_file, load_file
from nmt_analytics.intake.pseudonyms import (
    Key,
    client_pseudonyms,
    make_key,
    pseudonym,
    pseudonym_sql,
    read_key,
)
from nmt_analytics.schema import SESSIONS
from nmt_analytics.store.database import rehearsal

SECRET = bytes(range(32))


def test_a_pseudonym_is_the_start_of_an_hmac_sha256() -> None:
    digest = hmac.new(SECRET, b"client:ANNA 7", hashlib.sha256).hexdigest()
    assert pseudonym(Key(SECRET), "client", "  Anna 7 ") == UUID(digest[:32])


# RFC 4231, test case 2, whose key is shorter than ours: the construction, not the key length.
def test_the_sql_construction_gives_the_published_hmac() -> None:
    key = Key(b"Jefe")
    with rehearsal(Path("no such store")) as connection:
        row = connection.execute(
            f"select {pseudonym_sql('', '$text')}",
            {"text": "what do ya want for nothing?", **key.sql_parameters()},
        ).fetchone()
    with_colon = hmac.new(b"Jefe", b":what do ya want for nothing?", hashlib.sha256).hexdigest()
    assert row == (UUID(with_colon[:32]),)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1),
        min_size=1,
    )
)
def test_sql_and_python_agree_on_any_text(texts: list[str]) -> None:
    key = Key(SECRET)
    texts = [text for text in texts if text.strip() == text and text]
    with rehearsal(Path("no such store")) as connection:
        rows = connection.execute(
            f"select {pseudonym_sql('client', 'text')} from (select unnest($texts) as text)",
            {"texts": texts or ["x"], **key.sql_parameters()},
        ).fetchall()
    assert [row[0] for row in rows] == [pseudonym(key, "client", text) for text in texts or ["x"]]


@pytest.mark.parametrize(
    "written",
    ["JOSÉ WEISS", "josé weiss", " José  Weiss ", "Jose\u0301\u00a0Weiss", "José\tWeiss\n"],
)
def test_a_person_written_in_another_way_is_the_same_person(written: str, tmp_path: Path) -> None:
    practice = make_practice(
        tmp_path,
        [session(1, client_id="José Weiss", therapist_id=written)],
        [follow_up(1, session_id=None, client_id=f"{written}", relief_holding=True)],
    )
    found = ask_store(practice, "select * from sessions join follow_ups using (client_id)")
    assert len(found) == 1
    assert found["therapist_id"][0] == pseudonym(read_key(practice), "therapist", "josé weiss")


@pytest.mark.parametrize("other", ["7", "Jose Weiß", "José-Weiss", "JoséWeiss"])
def test_a_person_written_in_other_letters_is_another_person(other: str) -> None:
    key = Key(SECRET)
    assert pseudonym(key, "client", other) != pseudonym(key, "client", "José Weiß")
    assert pseudonym(key, "client", "007") != pseudonym(key, "client", other)


def test_the_number_of_a_session_keeps_its_capitals() -> None:
    key = Key(SECRET)
    assert pseudonym(key, "session", "aB3") != pseudonym(key, "session", "Ab3")


def test_sql_and_python_fold_every_letter_alike() -> None:
    key = Key(SECRET)
    letters = [chr(n) for n in range(1, 0x1FFFF) if not 0xD800 <= n < 0xE000]
    with rehearsal(Path("no such store")) as connection:
        rows = connection.execute(
            f"select {pseudonym_sql('client', 'text')} from (select unnest($texts) as text)",
            {"texts": letters, **key.sql_parameters()},
        ).fetchall()
    assert [row[0] for row in rows] == [pseudonym(key, "client", letter) for letter in letters]


def test_the_same_id_of_a_client_and_of_a_session_are_strangers() -> None:
    key = Key(SECRET)
    assert pseudonym(key, "client", "7") != pseudonym(key, "session", "7")


def test_what_a_person_types_is_one_identifier_or_its_parts() -> None:
    key = Key(SECRET)
    whole, parts = client_pseudonyms(key, "Ann + Abel")
    assert whole == pseudonym(key, "client", "Ann + Abel")
    assert parts == pseudonym(key, "client", "Ann\x1fAbel")
    assert len(set(client_pseudonyms(key, "ann+news@example.org"))) == 2
    assert len(set(client_pseudonyms(key, "C001"))) == 1


def test_what_is_stored_is_the_pseudonym_and_never_the_id(tmp_path: Path) -> None:
    practice = make_practice(
        tmp_path,
        [session(1, client_id=" Jane Doe ", session_id="Booking-4711", therapist_id="Dr Ruth")],
        [follow_up(1, session_id="Booking-4711", client_id="Jane Doe")],
    )
    key = read_key(practice)
    found = ask_store(
        practice,
        "select s.client_id, s.session_id, therapist_id, f.client_id as asked "
        "from sessions as s join follow_ups as f using (session_id)",
    ).iloc[0]
    assert found["client_id"] == found["asked"] == pseudonym(key, "client", "Jane Doe")
    assert found["session_id"] == pseudonym(key, "session", "Booking-4711")
    assert found["therapist_id"] == pseudonym(key, "therapist", "Dr Ruth")
    for secret in (b"Jane Doe", b"Booking-4711", b"Dr Ruth"):
        assert secret not in practice.store.read_bytes()


def test_a_new_key_is_random_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "practice.key"
    key = make_key(path)
    text = path.read_text()
    assert len(key.secret) == 32
    assert bytes.fromhex(text.strip()) == key.secret
    assert make_key(tmp_path / "other.key").secret != key.secret
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(SettingsError, match="not overwritten"):
        make_key(path)
    assert path.read_text() == text


def test_the_key_may_come_from_the_environment(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    assert read_key(practice, {"NMT_ANALYTICS_KEY": SECRET.hex()}) == Key(SECRET)
    assert read_key(practice, {}) != Key(SECRET)


def test_a_key_does_not_show_itself() -> None:
    assert SECRET.hex() not in repr(Key(SECRET))
    assert Key(SECRET).id not in SECRET.hex()


def test_a_lost_key_is_a_clear_refusal(tmp_path: Path) -> None:
    practice = make_practice(tmp_path, [session()])
    practice.key_file.unlink()
    before = practice.store.read_bytes()
    with pytest.raises(SettingsError, match=r"practice's key is missing.*Put your copy"):
        load_file(practice, practice.inbox / "sessions.csv")
    assert practice.store.read_bytes() == before


@pytest.mark.parametrize("text", ["", "abc", "zz" * 32, "00" * 31])
def test_half_a_key_is_no_key(tmp_path: Path, text: str) -> None:
    practice = empty_practice(tmp_path)
    practice.key_file.write_text(text)
    with pytest.raises(SettingsError, match="64 hexadecimal digits"):
        read_key(practice, {})


def test_a_key_that_cannot_be_read_is_a_clear_refusal(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    practice.key_file.unlink()
    practice.key_file.mkdir()
    with pytest.raises(SettingsError, match="could not be read"):
        read_key(practice, {})


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_copy_of_the_key_that_others_could_read_is_closed_to_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice = empty_practice(tmp_path)
    practice.key_file.chmod(0o644)
    key = read_key(practice, {})
    assert stat.S_IMODE(practice.key_file.stat().st_mode) == 0o600

    practice.key_file.chmod(0o644)
    monkeypatch.setattr(Path, "chmod", refuse)
    assert read_key(practice, {}) == key


def refuse(*_: object) -> None:
    raise PermissionError


def test_a_foreign_key_refuses_before_anything_changes(tmp_path: Path) -> None:
    practice = make_practice(tmp_path, [session(1)])
    more = write_rows(tmp_path / "more.csv", SESSIONS, [session(2)])
    before = {path: path.read_bytes() for path in sorted(practice.store.parent.glob("*.duckdb*"))}
    foreign = replace(practice, key_file=tmp_path / "foreign.key")
    make_key(foreign.key_file)
    for attempt in (load_file, check_file):
        with pytest.raises(SettingsError, match=r"not the key that practice\.duckdb"):
            attempt(foreign, more)
    after = {path: path.read_bytes() for path in sorted(practice.store.parent.glob("*.duckdb*"))}
    assert after == before
    assert load_file(practice, more).n_accepted == 1
