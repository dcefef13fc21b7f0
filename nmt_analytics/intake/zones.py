"""Offsets that programs write in words (GMT+5:30, CET, PST) → the +0530 that strptime reads.

An abbreviation means what it says, all year: CET is an hour ahead of UTC in July as well. One that
several parts of the world use for different offsets (IST) is not read; CST is the American one.
"""

import re

_HOURS = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MEZ": 1,
    "CEST": 2, "MESZ": 2, "EET": 2, "SAST": 2, "EEST": 3, "MSK": 3,
    "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
    "JST": 9, "AWST": 8, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
_OFFSET = re.compile(r"(?:GMT|UTC)\s?([+\u2212-])(\d{1,2})(?::?(\d{2}))?$")
_ABBREVIATION = re.compile(r"(?<![A-Za-z])[A-Z]{1,4}$")


def with_offset(text: str) -> str:
    """`text` with the zone at its end as +HHMM; unchanged when there is none that is known."""
    found = _OFFSET.search(text)
    if found:
        sign = "+" if found[1] == "+" else "-"
        return f"{text[: found.start()]}{sign}{int(found[2]):02d}{found[3] or '00'}"
    word = _ABBREVIATION.search(text)
    if word is None or word[0] not in _HOURS:
        return text
    minutes = round(60 * _HOURS[word[0]])
    sign = "-" if minutes < 0 else "+"
    return f"{text[: word.start()]}{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
