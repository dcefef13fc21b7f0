"""Text from elsewhere, as a terminal and a page may show it: nothing in it acts."""


def printable(text: str, also: str = "") -> str:
    """The text with a mark in place of what cannot be printed, save the characters of `also`.

    Control characters move a terminal's cursor and marks of direction turn lines round; half
    characters of odd file names cannot be written at all.
    """
    return "".join(each if each.isprintable() or each in also else "\ufffd" for each in text)
