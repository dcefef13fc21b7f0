"""Text from elsewhere, as a terminal and a page may show it: nothing in it acts."""

import unicodedata


def printable(text: str, also: str = "") -> str:
    """The text with a mark in place of what cannot be printed, save the characters of `also`.

    Control characters move a terminal's cursor and marks of direction turn lines round; half
    characters of odd file names cannot be written at all. Spaces stay, also those that keep a
    number and its unit on one line: to Python no space but the plain one is printable.
    """
    return "".join(each if _is_harmless(each) or each in also else "\ufffd" for each in text)


def _is_harmless(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"
