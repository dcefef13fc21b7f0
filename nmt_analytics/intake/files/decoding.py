"""Bytes → text: which encoding a file is in, decided by evidence and said.

A byte order mark decides; else UTF-16 shows itself by its zero bytes and UTF-8 by being valid. What
is left has one byte a character, and the reading whose letters stand where letters stand is taken.
"""

import codecs
import re
import unicodedata
from dataclasses import dataclass
from itertools import islice

from nmt_analytics.errors import UnreadableFileError, UsageError
from nmt_analytics.intake.files.records import split_lines

DAMAGED = "\ufffd"
_N_SAMPLE = 65_536
_N_EVIDENCE = 20_000
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_C1_BYTES = re.compile(rb"[\x80-\x9f]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_CONTRACTION = re.compile(r"(?:s|t|d|m|ll|re|ve)\b")
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|O)$", re.IGNORECASE)
_WESTERN_LETTERS = set("àáâãäåæçèéêëìíîïñòóôõöøùúûüýß")


@dataclass(frozen=True)
class Decoded:
    """A file's text, the encoding it was read in, and sentences that its owner should know."""

    text: str
    encoding: str
    notes: tuple[str, ...] = ()


def decode(data: bytes, name: str, encoding: str | None = None) -> Decoded:
    """The text of `data`, the content of the file called `name`.

    As `encoding` says, else as the bytes show. Characters that are no text in that encoding are
    replaced by U+FFFD and noted with their lines. Raises UnreadableFileError for what is no text
    and UsageError for an encoding that does not exist.
    """
    if encoding is not None:
        decoded = _decode_as(data, encoding)
    elif data.startswith(codecs.BOM_UTF8):
        decoded = Decoded(data.decode("utf-8-sig", errors="replace"), "utf-8-sig")
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        decoded = Decoded(data.decode("utf-16", errors="replace"), "utf-16")
    else:
        decoded = _decode_unmarked(data)
    _refuse_binary(decoded, name)
    return Decoded(decoded.text, decoded.encoding, (*decoded.notes, *_note_damage(decoded.text)))


def _decode_as(data: bytes, encoding: str) -> Decoded:
    try:
        text = data.decode(encoding, errors="replace")
    except (LookupError, ValueError):
        raise UsageError(
            f'There is no encoding "{encoding}". Write utf-8, utf-16, cp1252, latin-1 or mac_roman.'
        ) from None
    return Decoded(text.removeprefix("\ufeff"), encoding)


def _decode_unmarked(data: bytes) -> Decoded:
    utf_16 = _utf_16_of(data) if 20 * data.count(0) > len(data) else ""
    if utf_16:
        return Decoded(data.decode(utf_16, errors="replace"), utf_16)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", errors="replace")
    n_damaged = text.count(DAMAGED)
    n_multibyte = sum(1 for _ in _NOT_ASCII.finditer(text)) - n_damaged
    if n_multibyte > n_damaged:
        return Decoded(text, "utf-8")
    return _decode_single_byte(data)


def _utf_16_of(data: bytes) -> str:
    """Which UTF-16 has zero bytes where the other half of ASCII characters is, or ''."""
    share_ascii = {}
    for encoding in ("utf-16-le", "utf-16-be"):
        sample = data[:_N_SAMPLE].decode(encoding, errors="replace")
        n_ascii = sum(" " <= character <= "~" or character in "\t\r\n" for character in sample)
        share_ascii[encoding] = n_ascii / len(sample)
    encoding = max(share_ascii, key=lambda name: share_ascii[name])
    return encoding if share_ascii[encoding] > 0.1 else ""


def _decode_single_byte(data: bytes) -> Decoded:
    """Windows or Macintosh: the reading in which characters are where such characters belong.

    Without bytes 80-9F, cp1252 and Latin-1 are one and the same, and Latin-1 is the name given.
    """
    readings = {
        encoding: data.decode(encoding, errors="replace") for encoding in ("cp1252", "mac_roman")
    }
    scores = {encoding: _plausibility(text) for encoding, text in readings.items()}
    encoding = max(scores, key=lambda name: scores[name])
    text = readings[encoding]
    notes = () if scores[encoding] >= 0.5 else (_doubt(text, encoding),)
    if encoding == "cp1252" and not _C1_BYTES.search(data):
        encoding = "latin-1"
    return Decoded(text, encoding, notes)


def _doubt(text: str, encoding: str) -> str:
    lines = _lines_with(_NOT_ASCII, text)
    return (
        f"The file is not UTF-8 and its special characters fit no encoding well; {encoding} was "
        f"taken ({lines}). When letters look wrong, export as CSV UTF-8, or name the encoding in "
        "the mapping."
    )


def _plausibility(text: str) -> float:
    """Mean over the characters beyond ASCII of how well each stands where it stands, -3 to 2."""
    places = [match.start() for match in islice(_NOT_ASCII.finditer(text), _N_EVIDENCE)]
    points = [
        _points(text[max(0, place - 3) : place], text[place], text[place + 1 : place + 4])
        for place in places
    ]
    return sum(points) / max(len(points), 1)


def _points(before: str, character: str, after: str) -> int:
    left, right = before[-1:], after[:1]
    category = unicodedata.category(character)
    if category in {"Ll", "Lu"}:
        return _letter_points(left, character, right)
    if category == "Zs":
        return 1
    if left.isalpha() and right.isalpha():
        is_apostrophe = character in "‘’"
        is_contraction = _CONTRACTION.match(after) or _ELISION.search(before)
        return -3 if not is_apostrophe else 2 if is_contraction else 0
    if category in {"Pi", "Ps", "Pf"}:
        return _quote_points(left, right, is_opening=category != "Pf")
    return _symbol_points(left, character, right)


def _quote_points(left: str, right: str, *, is_opening: bool) -> int:
    outside, inside = (left, right) if is_opening else (right, left)
    return 2 if not outside.isalnum() and not inside.isspace() else -1


def _symbol_points(left: str, character: str, right: str) -> int:
    if character in "–—…•":
        return 1
    if character in "€£¥¢°½¼¾²³±×":
        return 1 if left.isdigit() or right.isdigit() else -1
    return 0 if character in "®©™¿¡ªº§µ" else -3


def _letter_points(left: str, character: str, right: str) -> int:
    """A capital after a small letter is as wrong as a letter can be; alone, it says nothing."""
    if character.isupper() and left.islower():
        return -3
    if not _is_ascii_letter(left) and not _is_ascii_letter(right):
        return 0
    return 1 if character.lower() in _WESTERN_LETTERS else 0


def _is_ascii_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _refuse_binary(decoded: Decoded, name: str) -> None:
    """Text has next to no control characters."""
    sample = decoded.text[:_N_SAMPLE]
    if 50 * len(_CONTROL.findall(sample)) > len(sample):
        raise UnreadableFileError(
            f"{name}: this is not a text file. Export it as CSV or XLSX; when it should be one of "
            "these, it was damaged on its way: export it again."
        )


def _note_damage(text: str) -> tuple[str, ...]:
    if DAMAGED not in text:
        return ()
    lines = _lines_with(re.compile(DAMAGED), text)
    return (
        f"Some characters are damaged and stand as {DAMAGED} ({lines}). Export the file again "
        "when they matter.",
    )


def _lines_with(pattern: re.Pattern[str], text: str) -> str:
    """'lines 3, 7 and 2 more' for the physical lines in which `pattern` is found."""
    lines = [
        number for number, line in enumerate(split_lines(text), start=1) if pattern.search(line)
    ]
    shown = ", ".join(str(line) for line in lines[:10])
    more = f" and {len(lines) - 10} more" if len(lines) > 10 else ""
    return f"line{'s' if len(lines) > 1 else ''} {shown}{more}"
