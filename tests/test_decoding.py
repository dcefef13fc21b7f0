"""Bytes become the right text, or are refused; doubt is said."""

import codecs
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt_analytics.errors import NmtError, UnreadableFileError, UsageError
from nmt_analytics.intake.files.decoding import decode

WORDS = [
    "García",
    "François",
    "Jürgen Müller",
    "größer",
    "naïve café",
    "señora Núñez",
    "Ærøskøbing",
    "Ångström, à la carte",
    "don’t",
    "l’été",
    "“quoted”",
    "10 – 20",
    "wait…",
    "tight\xa0neck",
    "El Niño",
    "Füße schmerzen",
]
PLAIN_WORDS = ["neck", "7", "2026-07-01", "low back; left", "it's"]


def text_of(words: list[str]) -> str:
    return "name,note\n" + "".join(f"{number},{word}\n" for number, word in enumerate(words))


@pytest.mark.parametrize(
    ("codec", "mark", "expected"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", codecs.BOM_UTF8, "utf-8-sig"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "utf-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "utf-16"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
    ],
)
def test_unicode_is_recognised_with_and_without_a_mark(
    codec: str, mark: bytes, expected: str
) -> None:
    text = text_of([*WORDS, "Привет", "首が痛い", "🙂"])
    decoded = decode(mark + text.encode(codec), "f.csv")
    assert decoded.text == text
    assert decoded.encoding == expected
    assert decoded.notes == ()


@pytest.mark.parametrize("codec", ["cp1252", "mac_roman"])
@pytest.mark.parametrize("word", WORDS)
def test_one_special_word_is_enough_to_tell_windows_from_macintosh(word: str, codec: str) -> None:
    decoded = decode(text_of([word, *PLAIN_WORDS]).encode(codec), "f.csv")
    assert decoded.text == text_of([word, *PLAIN_WORDS])
    assert decoded.encoding in {codec, "latin-1"}


@settings(deadline=None)
@given(
    words=st.lists(st.sampled_from(WORDS + PLAIN_WORDS), min_size=1, max_size=8),
    codec=st.sampled_from(["cp1252", "mac_roman", "utf-8", "utf-8-sig", "utf-16", "utf-16-be"]),
)
def test_words_of_the_west_read_back_in_every_encoding(words: list[str], codec: str) -> None:
    text = text_of(words)
    assert decode(text.encode(codec), "f.csv").text == text


def test_latin_1_is_named_when_no_byte_is_windows_own() -> None:
    assert decode("name\nGarcía\n".encode("latin-1"), "f.csv").encoding == "latin-1"
    assert decode("name\ndon’t\n".encode("cp1252"), "f.csv").encoding == "cp1252"


def test_bytes_that_fit_no_encoding_are_read_with_a_note_that_names_the_line() -> None:
    decoded = decode(b"name,Universe?\x8c\xe6\n1,2\n", "f.csv")
    assert decoded.text.count("\n") == 2
    (note,) = decoded.notes
    assert "line 1" in note
    assert "encoding" in note


def test_a_few_broken_bytes_in_utf_8_are_replaced_and_their_lines_noted() -> None:
    data = text_of(WORDS).encode() + b"17,caf\xe9\n18,\xff\n"
    decoded = decode(data, "f.csv")
    assert decoded.encoding == "utf-8"
    assert decoded.text.startswith(text_of(WORDS))
    assert decoded.text.count("\ufffd") == 2
    assert "lines 18, 19" in decoded.notes[0]


def test_damage_that_came_with_the_file_is_noted_too() -> None:
    decoded = decode("name\nGarc\ufffda\n".encode(), "f.csv")
    assert decoded.text == "name\nGarc\ufffda\n"
    assert "line 2" in decoded.notes[0]


def test_a_note_lists_ten_lines_and_counts_the_rest() -> None:
    (note,) = decode(("\ufffd\n" * 25).encode(), "f.csv").notes
    assert "lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 15 more" in note


def test_the_encoding_that_the_caller_names_is_taken() -> None:
    data = "name\nПривет\n".encode("cp1251")
    assert decode(data, "f.csv", "cp1251").text == "name\nПривет\n"
    assert decode(codecs.BOM_UTF8 + b"name\n", "f.csv", "utf-8").text == "name\n"


@pytest.mark.parametrize("encoding", ["martian", "base64", "hex\0"])
def test_an_encoding_that_does_not_exist_is_a_usage_error(encoding: str) -> None:
    with pytest.raises(UsageError, match="no encoding"):
        decode(b"name\n", "f.csv", encoding)


@pytest.mark.parametrize("seed", range(5))
def test_binary_is_refused(seed: int) -> None:
    data = bytes((seed * 31 + number * number * 7) % 256 for number in range(4000))
    with pytest.raises(UnreadableFileError, match=r"^f\.csv: this is not a text file"):
        decode(data, "f.csv")


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        decoded = decode(data, "f.csv")
    except NmtError:
        return
    assert isinstance(decoded.text, str)


def test_the_samples_of_both_kinds_are_told_apart() -> None:
    exports = Path(__file__).parents[2] / "shared" / "exports"
    if not exports.is_dir():
        pytest.skip("the shared samples are not here")
    mac = exports / "surveymonkey_one_header_macroman_foodworldcup.csv"
    latin = exports / "encoding_non_utf8_test.csv"
    decoded = decode(mac.read_bytes(), mac.name)
    assert decoded.encoding == "mac_roman"
    assert "knowledge\xa0of cuisines" in decoded.text
    decoded = decode(latin.read_bytes(), latin.name)
    assert decoded.encoding == "latin-1"
    assert "María García" in decoded.text
