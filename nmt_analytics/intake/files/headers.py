"""Which record is the header, how many rows it has, and what the columns are called.

Knows the shapes that exports have (title lines above, two or three header rows); knows nothing of
what the columns mean to us.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from nmt_analytics.errors import UnreadableFileError

IsHeader = Callable[[tuple[str, ...]], bool]

JOIN = " - "
_UNSAID = {"", "Response", "Open-Ended Response"}
_SURVEYMONKEY_SECOND_ROW = {"Response", "Open-Ended Response", "Other (please specify)"}
_NUMBER_OR_DATE = re.compile(r"[\d\s.,:/+-]*\d[\d\s.,:/+-]*")
_VALUE = re.compile(r"\S+@\S+\.\S+|[\d\s.,:/+()-]*\d[\d\s.,:/+()tz-]*([ap]\.?m\.?)?", re.IGNORECASE)
"""An e-mail address, a number, a telephone number, a date or a time, and nothing besides."""


def fold(cell: str) -> str:
    """`cell` with every run of white space, line breaks and no-break spaces as one space."""
    return " ".join(cell.replace("\ufeff", "").replace("\u200b", "").split())


def fold_row(cells: Sequence[str]) -> tuple[str, ...]:
    """The cells of one header row, each folded."""
    return tuple(fold(cell) for cell in cells)


def find_header(rows: Sequence[Sequence[str]], is_header: IsHeader | None = None) -> int:
    """Index of the header among the first `rows` of a file.

    The row that the caller recognises; else the first one that is as wide as most rows are, fills
    more than half as many cells as the fullest of them (or opens a header of several rows), and
    holds words rather than numbers.
    """
    folded = [fold_row(row) for row in rows]
    known = find_known_header(folded, is_header)
    if known is not None:
        return known
    width = _usual_width(folded)
    most_filled = max((_n_filled(row) for row in folded if len(row) == width), default=0)
    for index, row in enumerate(folded):
        n_filled = _n_filled(row)
        n_words = sum(1 for cell in row if cell and not _NUMBER_OR_DATE.fullmatch(cell))
        is_full = 2 * n_filled > most_filled or count_header_rows(folded[index : index + 3]) > 1
        if len(row) + 1 >= width and is_full and 0 < n_filled <= 2 * n_words:
            return index
    return next((index for index, row in enumerate(folded) if any(row)), 0)


def find_known_header(rows: Sequence[tuple[str, ...]], is_header: IsHeader | None) -> int | None:
    """Index of the first of the folded `rows` at which the caller recognises a header, or None.

    A header of several rows is recognised by its first one or by the names that all of them make.
    """
    if is_header is None:
        return None
    for index, row in enumerate(rows):
        n_rows = count_header_rows(rows[index : index + 3])
        if any(row) and (
            is_header(row) or (n_rows > 1 and is_header(name_columns(rows[index : index + n_rows])))
        ):
            return index
    return None


def refuse_record_as_header(names: Iterable[str], file: str) -> None:
    """Raise UnreadableFileError where the names of columns are a record: they are never repeated.

    Only asked of files that nobody knows; a known export may call its columns what it likes.
    """
    if any(_VALUE.fullmatch(name) for name in names):
        raise UnreadableFileError(
            f"{file}: the line that should name its columns looks like a record. Export the file "
            "with the names of its columns, or write them above the records."
        )


def count_header_rows(rows: Sequence[Sequence[str]]) -> int:
    """How many of `rows` (folded, the header first) belong to the header, by known shapes."""
    if len(rows) > 2 and _is_import_ids(rows[2]):
        return 3
    if len(rows) < 2:
        return 1
    first, second = rows[0], rows[1]
    if first and first[0] == "V1" and second and second[0].casefold() == "responseid":
        return 2
    if _is_hxl_tags(second):
        return 2
    if second and not second[0] and _SURVEYMONKEY_SECOND_ROW.intersection(second):
        return 2
    return 1


def name_columns(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Unique column names from one or several folded header rows.

    Question and choice are joined by " - ", a question holding for the blank cells to its right.
    Qualtrics' import ids, its V1... numbers and KoboToolbox's tags are no part of a name.
    """
    width = max(len(row) for row in rows)
    padded = [tuple(row) + ("",) * (width - len(row)) for row in rows]
    if len(padded) == 3 and _is_import_ids(padded[2]):
        names = [
            _joined(name, text if '"QID' in import_id else "")
            for name, text, import_id in zip(*padded, strict=True)
        ]
    elif len(padded) == 2 and _is_hxl_tags(padded[1]):
        names = list(padded[0])
    elif len(padded) == 2 and padded[0][0] == "V1":
        names = [
            text if re.fullmatch(r"V\d+", name) else _joined(name, text)
            for name, text in zip(*padded, strict=True)
        ]
    else:
        names = _join_down(padded)
    return make_unique(names)


def make_unique(names: Sequence[str]) -> tuple[str, ...]:
    """`names` with blank ones called "Column 3" and the second "Charge" called "Charge (2)"."""
    named = [name or f"Column {number}" for number, name in enumerate(names, start=1)]
    taken = set(named)
    n_seen: Counter[str] = Counter()
    unique: list[str] = []
    for name in named:
        n_seen[name] += 1
        candidate = name
        while n_seen[name] > 1 and candidate in taken:
            candidate = f"{name} ({n_seen[name]})"
            n_seen[name] += candidate in taken
        taken.add(candidate)
        unique.append(candidate)
    return tuple(unique)


def _join_down(rows: Sequence[Sequence[str]]) -> list[str]:
    names = list(rows[-1])
    for above in reversed(rows[:-1]):
        question = ""
        for index, cell in enumerate(above):
            question = cell or question
            names[index] = _joined(question, names[index])
    return names


def _joined(above: str, below: str) -> str:
    if below in _UNSAID or below == above:
        return above
    return above + JOIN + below if above else below


def _is_import_ids(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    return bool(filled) and all(re.match(r'\{\s*"ImportId"', cell) for cell in filled)


def _is_hxl_tags(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    return bool(filled) and all(re.fullmatch(r"#[a-z][\w+ -]*", cell) for cell in filled)


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    widths = Counter(len(row) for row in rows if any(row))
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _n_filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell)
