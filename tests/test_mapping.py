"""What a file's columns mean: mappings are read strictly, and real files go in through them."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from factories import LOADED_AT, ask_store, empty_practice, load_text

from nmt_analytics.errors import UnreadableFileError, UsageError
from nmt_analytics.intake.load import load_file
from nmt_analytics.intake.mapping import known_mappings, parse_mapping, read_mapping, recognise
from nmt_analytics.intake.receipt import Receipt
from nmt_analytics.schema import FACTS
from nmt_analytics.settings import Settings

MAPPINGS = Path(__file__).parent / "fixtures" / "mappings"
REAL_DATA = Path(__file__).parents[2] / "shared" / "realdata"


@pytest.mark.parametrize("of", FACTS, ids=lambda of: of.name)
def test_every_table_has_a_canonical_mapping_of_all_its_columns(of) -> None:  # type: ignore[no-untyped-def]
    header = [column.name for column in of.file_columns]
    kind = recognise(header)
    assert kind is not None
    assert kind.name == f"canonical_{of.name}"
    assert list(kind.columns) == header
    assert kind.takes_text_as_is


def test_known_mappings_are_told_apart_by_name() -> None:
    names = [mapping.name for mapping in known_mappings()]
    assert len(names) == len(set(names)) >= 3


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (["started_at", "extra", "CLIENT_ID "], "canonical_sessions"),
        (["session_id", "answered_at", "pain"], "canonical_follow_ups"),
        (["client_id", "noted_at", "stress_level"], "canonical_session_notes"),
        (["client", "date"], None),
        ([], None),
    ],
)
def test_a_canonical_file_is_recognised_by_its_header(
    header: Sequence[str], name: str | None
) -> None:
    kind = recognise(header)
    assert (kind and kind.name) == name


def test_an_unknown_file_is_refused_with_its_headers_and_a_way_on(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    path = tmp_path / "export.csv"
    path.write_text("Wann,Wer\n2026-07-01,Frau Muster\n")
    with pytest.raises(
        UnreadableFileError, match=r'"Wann", "Wer".*nmt-analytics map .*export.csv'
    ) as caught:
        load_file(practice, path)
    assert "Muster" not in str(caught.value)
    assert not practice.store.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("table =", "not valid TOML"),
        ("", "table must be one of sessions, session_notes, follow_ups"),
        ('table = "session"', "table must be one of"),
        ('table = "sessions"\ncolums = {}', 'unknown key "colums".*Did you mean "columns"'),
        (
            'table = "sessions"\n[columns]\nstress = "S"',
            'unknown key "stress" in \\[columns\\].*"stress_level"',
        ),
        ('table = "sessions"\n[columns]\nclient_id = 3', "columns.client_id must be text"),
        ('table = "sessions"\n[constants]\nmodalty = "x"', 'Did you mean "modality"'),
        ('table = "sessions"\n[values.stres_level]\n"1" = "low"', "stress_level"),
        ('table = "sessions"\n[values]\nstress_level = "low"', "must be a table"),
        ('table = "sessions"\n[bands.stress_level]\n"0-3" = "low"', '"0-3" is no band'),
        ('table = "sessions"\n[times]\nzone = "Berlin"', '"Berlin" is no time zone'),
        ('table = "sessions"\n[times]\nformat = "%d"', 'Did you mean "formats"'),
        ('table = "sessions"\n[skip]\nrule = "x"', "in two brackets"),
        ('table = "sessions"\n[[skip]]\nrule = "x"', "needs a rule"),
        ('table = "sessions"\n[[check_in]]\nafter = "soon"\npain = "p"', "after how long"),
        ('table = "sessions"\n[[check_in]]\nafter = "4 h"', "names a column"),
        ('table = "follow_ups"\n[[check_in]]\nafter = "4 h"\npain = "p"', "the session they"),
        ('table = "sessions"\n[file]\nencodng = "utf-8"', 'Did you mean "encoding"'),
    ],
)
def test_a_wrong_mapping_names_the_key_and_the_remedy(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_mapping(text, name="test", where="test.toml")


def test_a_mapping_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="could not be read"):
        read_mapping(tmp_path / "missing.toml")


def test_columns_that_a_mapping_needs_are_named_when_missing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r'"Begin".*There are: "Who", "Start"'):
        load_text(
            tmp_path,
            "Who,Start\nA,2026-07-01 10:00\n",
            'table = "sessions"\n[columns]\nclient_id = "Who"\nstarted_at = "Begin"',
        )


def test_words_numbers_and_constants_become_ours(tmp_path: Path) -> None:
    practice, receipt = load_text(
        tmp_path,
        "Client,When,Stress,Load,Felt\n"
        "A,2026-07-01 10:00,Hoch,2,ja\n"
        "B,2026-07-02 10:00,low,7,N/A\n",
        """
        table = "sessions"
        missing = ["N/A"]
        [columns]
        client_id = "client"
        started_at = "When"
        stress_level = "Stress"
        activity_level = "Load"
        pressure_adjusted = "Felt"
        [constants]
        modality = "craniosacral"
        [values.stress_level]
        "hoch" = "high"
        [values.pressure_adjusted]
        "Ja" = true
        [bands.activity_level]
        "..3" = "low"
        "4..6" = "moderate"
        "7.." = "high"
        """,
    )
    assert (receipt.n_read, receipt.n_accepted) == (2, 2)
    found = ask_store(
        practice,
        "select stress_level, activity_level, pressure_adjusted, modality "
        "from sessions order by started_at",
    ).values.tolist()
    assert found[0] == ["high", "low", True, "craniosacral"]
    assert found[1][:2] == ["low", "high"]
    assert pd.isna(found[1][2])


def test_several_columns_make_one_identifier_that_cannot_run_together(tmp_path: Path) -> None:
    practice, _ = load_text(
        tmp_path,
        "First,Last,Mail,When\n"
        "Ann,Abel,ANN@x.org,2026-07-01 10:00\n"
        "Ann,Abel,ann@x.org,2026-07-02 10:00\n"
        "AnnA,bel,ann@x.org,2026-07-03 10:00\n",
        """
        table = "sessions"
        [columns]
        client_id = ["First", "Last", "Mail"]
        started_at = "When"
        """,
    )
    found = ask_store(practice, "select client_id from sessions order by started_at")["client_id"]
    assert found[0] == found[1] != found[2]


def test_date_and_time_columns_formats_and_zones_are_explicit(tmp_path: Path) -> None:
    practice, _ = load_text(
        tmp_path,
        "Who,Day,Clock,Zone\nA,1.7.2026,10:00,Europe/Berlin\nA,2.7.2026,10:00,America/New_York\n",
        """
        table = "sessions"
        [columns]
        client_id = "Who"
        started_at = ["Day", "Clock"]
        [times]
        formats = ["%d.%m.%Y %H:%M"]
        zone_column = "Zone"
        """,
        time_zone="America/New_York",
    )
    found = ask_store(practice, "select started_at, local_on from sessions order by 1").astype(str)
    assert found.values.tolist() == [
        ["2026-07-01 08:00:00", "2026-07-01"],
        ["2026-07-02 14:00:00", "2026-07-02"],
    ]


def test_a_bare_date_needs_a_time_of_day_that_the_owner_chose(tmp_path: Path) -> None:
    text = "Who,Day\nA,07/01/2026\n"
    bare = """
        table = "sessions"
        [columns]
        client_id = "Who"
        started_at = "Day"
        [times]
        formats = ["%m/%d/%Y"]
        """
    _, refused = load_text(tmp_path / "a", text, bare)
    assert refused.quarantined == {"conformance.time": 1}
    practice, taken = load_text(tmp_path / "b", text, bare + 'time_of_day = "12:00"')
    assert taken.n_accepted == 1
    found = ask_store(practice, "select started_at from sessions").astype(str)
    assert found.values.tolist() == [["2026-07-01 12:00:00"]]


def test_records_that_are_no_session_are_left_out_by_name(tmp_path: Path) -> None:
    _, receipt = load_text(
        tmp_path,
        "Who,When,State,Cancelled\n"
        "A,2026-07-01 10:00,arrived,\n"
        "B,2026-07-01 11:00,No_Show,\n"
        "C,2026-07-01 12:00,arrived,2026-06-30\n"
        "D,2026-12-24 12:00,booked,\n"
        ",,,\n",
        """
        table = "sessions"
        skip_future = true
        [columns]
        client_id = "Who"
        started_at = "When"
        [[skip]]
        rule = "did not come"
        column = "State"
        values = ["no_show", "deleted"]
        [[skip]]
        rule = "cancelled"
        column = "Cancelled"
        is_empty = false
        """,
    )
    assert receipt.n_read == 5
    assert receipt.n_accepted == 1
    assert receipt.n_skipped == {"blank": 1, "did not come": 1, "cancelled": 1, "not yet held": 1}


def test_the_same_session_number_of_two_systems_is_two_sessions(tmp_path: Path) -> None:
    practice = empty_practice(tmp_path)
    path = tmp_path / "export.csv"
    path.write_text("Id,Who,When\n1,A,2026-07-01 10:00\n")
    mapping = (
        'table = "sessions"\n{}\n[columns]\nsession_id="Id"\nclient_id="Who"\nstarted_at="When"'
    )
    for prefix in ("acuity", "jane"):
        text = mapping.format(f'id_prefix = "{prefix}"')
        kind = parse_mapping(text, name=prefix, where=prefix)
        assert load_file(practice, path, kind, loaded_at=LOADED_AT).n_accepted == 1
    found = ask_store(practice, "select client_id, session_id from sessions")
    assert found["client_id"].nunique() == 1
    assert found["session_id"].nunique() == 2


WIDE = """
table = "sessions"
[columns]
client_id = "Who"
started_at = "Start"
ended_at = "End"
[[check_in]]
after = "36 h"
soreness = "sore"
[[check_in]]
after = "7 d"
relief_holding = "holds"
pain = "pain 7"
"""


def test_a_wide_file_fills_sessions_and_follow_ups_at_once(tmp_path: Path) -> None:
    practice, receipt = load_text(
        tmp_path,
        "Who,Start,End,sore,holds,pain 7\n"
        "A,2026-03-07 10:00,2026-03-07 11:00,4,yes,2\n"
        "B,2026-07-01 10:00,,,no,\n",
        WIDE,
        time_zone="America/New_York",
    )
    assert (receipt.n_read, receipt.n_accepted, receipt.table_names) == (
        2,
        2,
        ("sessions", "follow_ups"),
    )
    found = ask_store(
        practice,
        """
        select asked_at, answered_at, soreness, relief_holding, follow_ups.pain,
            asked_at - coalesce(ended_at, started_at) as later,
            follow_ups.client_id = sessions.client_id as is_same_client
        from follow_ups join sessions using (session_id) order by asked_at
        """,
    )
    assert len(found) == 4
    # 36 hours on the clock of the wall are 37 that night: the hours that passed count.
    assert list(found["later"]) == [timedelta(hours=36), timedelta(days=7)] * 2
    assert found["is_same_client"].all()
    assert list(found["answered_at"].isna()) == [False, False, True, False]
    assert list(found["soreness"].fillna(-1)) == [4, -1, -1, -1]
    assert list(found["relief_holding"].astype(object).fillna("-")) == ["-", True, "-", False]


def test_a_refused_check_in_refuses_its_whole_record(tmp_path: Path) -> None:
    practice, receipt = load_text(
        tmp_path,
        "Who,Start,End,sore,holds,pain 7\n"
        "A,2026-07-01 10:00,,11,yes,2\n"
        "B,not a day,,3,maybe,2\n"
        "C,2026-07-01 12:00,,3,no,2\n",
        WIDE,
    )
    assert (receipt.n_accepted, receipt.n_quarantined) == (1, 2)
    # What hangs on a session that is refused is not judged on its own.
    assert [(each.column, each.lines) for each in receipt.problems] == [
        ("soreness", (2,)),
        ("started_at", (3,)),
    ]
    assert ask_store(practice, "select count(*) as n from follow_ups")["n"][0] == 2


def load_real(folder: Path, file_name: str, mapping: str) -> tuple[Settings, Receipt]:
    """A new practice into which one of the real files was loaded."""
    path = REAL_DATA / file_name
    if not path.exists():
        pytest.skip(f"{file_name} is not here")
    practice = empty_practice(folder)
    kind = read_mapping(MAPPINGS / f"{mapping}.toml")
    return practice, load_file(practice, path, kind, loaded_at=LOADED_AT)


def test_the_licorice_gargle_trial_comes_out_as_pandas_counts_it(tmp_path: Path) -> None:
    practice, receipt = load_real(
        tmp_path, "licorice_gargle_postop_throat_pain.csv", "licorice_gargle"
    )
    assert (receipt.n_read, receipt.n_accepted) == (235, 235)
    found = ask_store(
        practice,
        """
        select body_region, datediff('minute', started_at, asked_at) as minutes,
            count(*) as n_asked, count(answered_at) as n_answered, sum(soreness) as total
        from follow_ups join sessions using (session_id)
        group by all order by all
        """,
    )
    raw = pd.read_csv(REAL_DATA / "licorice_gargle_postop_throat_pain.csv")
    columns = {30: "pacu30min", 90: "pacu90min", 240: "postOp4hour", 1200: "pod1am"}
    expected = [
        [
            group,
            minutes,
            len(rows),
            rows[f"{column}_throatPain"].count(),
            rows[f"{column}_throatPain"].sum(),
        ]
        for group, treat in (("licorice gargle", 1), ("sugar gargle", 0))
        for rows in [raw[raw["treat"] == treat]]
        for minutes, column in columns.items()
    ]
    assert found.values.tolist() == expected
    assert found["n_answered"].sum() == 4 * 233


def test_painr_comes_out_as_pandas_counts_it(tmp_path: Path) -> None:
    practice, receipt = load_real(tmp_path, "painr_neckpain_physio_labelled.csv", "painr")
    assert (receipt.n_read, receipt.n_accepted) == (603, 603)
    raw = pd.read_csv(REAL_DATA / "painr_neckpain_physio_labelled.csv")
    found = ask_store(
        practice,
        """
        select datediff('day', started_at, asked_at) as days, count(answered_at) as n,
            sum(pain) as pain, sum(pain_before) filter (answered_at is not null) as before
        from follow_ups join sessions using (session_id) group by days order by days
        """,
    )
    columns = {42: "painint_6weeks", 91: "painint_3months", 182: "painint_6months"}
    assert found.values.tolist() == [
        [
            days,
            raw[name].count(),
            raw[name].sum(),
            raw.loc[raw[name].notna(), "pain_intensity"].sum(),
        ]
        for days, name in columns.items()
    ]
    levels = ask_store(
        practice,
        "select stress_level, count(*) as n from sessions group by 1 order by 1 nulls last",
    )
    bands = pd.cut(raw["distress"], [-1, 10, 20, 99], labels=["low", "moderate", "high"])
    expected = {str(level): int(n) for level, n in bands.value_counts().items()}
    found_levels = dict(zip(levels["stress_level"], levels["n"], strict=True))
    missing = found_levels.pop(levels["stress_level"].iloc[-1])
    assert found_levels == expected
    assert missing == raw["distress"].isna().sum() > 0
