"""The identity scan: no text that could tell who a client is may be stored, ever.

Looks at the distinct texts of every column that would be stored as words, before anything is. A
hit refuses the file: it shows that the wrong column was mapped. Never repeats what it found.
"""

import ipaddress
import re
from collections.abc import Callable

from phonenumbers import Leniency, PhoneNumberMatcher

from nmt_analytics.errors import UnreadableFileError
from nmt_analytics.intake.landing import Source
from nmt_analytics.schema import Column, Table
from nmt_analytics.store.database import Connection

MOST_TEXTS = 200
"""So many different regions of the body are none: they are names or notes."""

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_LINK = re.compile(r"https?:|www\.|\w\.(com|org|net|de|co|io|info)\b", re.IGNORECASE)
_DATE = re.compile(r"\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b")
_ADDRESS_LIKE = re.compile(r"[0-9a-f]*[:.][0-9a-f:.]+", re.IGNORECASE)
_LONGEST_NUMBER = 6
_TELLING_HEADER = re.compile(
    r"\b(first|last|full|sur|fore|given|family|client|patient|customer|invitee)[ _-]?name\b"
    r"|^name$|address|birth|\bdob\b|e-?mail|phone|mobile|post ?code|\bzip\b"
    r"|\bnotes?\b|comment|remark",
    re.IGNORECASE,
)
_SPREADSHEET_NUMBER = r"\d([.,]\d+)?[eE]\+?\d{2}"


def refuse_identities(connection: Connection, source: Source, of: Table) -> None:
    """Raise UnreadableFileError when a column that would be stored tells who somebody is."""
    landed = source.landed[of.name]
    for column in of.file_columns:
        if column.name not in landed:
            continue
        if column.is_identifier:
            _refuse_destroyed_ids(connection, source, of, column)
        elif column.type == "VARCHAR":
            _refuse_telling_texts(connection, source, of, column)


def find_identity(text: str) -> str | None:
    """What in `text` tells who somebody is (an e-mail address, a date, …), or None."""
    return next((kind for kind, is_in in _KINDS.items() if is_in(text)), None)


def _refuse_telling_texts(
    connection: Connection, source: Source, of: Table, column: Column
) -> None:
    is_open = not column.words
    if is_open:
        _refuse_telling_headers(source, column)
    texts = connection.execute(
        f"select {column.name}_text, min(line) from read_{of.name} "
        f"where {column.name}_text is not null group by all order by all"
    ).fetchall()
    for text, line in texts:
        kind = find_identity(text)
        if kind:
            raise UnreadableFileError(
                f"{source.path.name}, line {line}, column {column.name}: this looks like {kind}. "
                "Nothing of the file was stored. Map this column to a column that holds only "
                f"{column.meaning}, or to none."
            )
    if is_open and len(texts) > MOST_TEXTS:
        raise UnreadableFileError(
            f"{source.path.name}, column {column.name}: {len(texts):,} different texts look like "
            "names or notes. Nothing of the file was stored. Map a column of short words that "
            "repeat, or none."
        )


def _refuse_telling_headers(source: Source, column: Column) -> None:
    for header in source.mapping.columns.get(column.name, ()):
        if _TELLING_HEADER.search(header):
            raise UnreadableFileError(
                f"{source.path.name}: the mapping {source.mapping.name} reads the column "
                f'"{header}" '
                f"into {column.name}, which is stored as it stands. Names, addresses and notes "
                "are never stored; map another column, or none."
            )


def _refuse_destroyed_ids(
    connection: Connection, source: Source, of: Table, column: Column
) -> None:
    """Ids that a spreadsheet turned into 1.01E+18 make one client of many."""
    text = f"{column.name}_text"
    found = connection.execute(
        f"select count(*), min(line) from read_{of.name} where contains(upper({text}), 'E') "
        f"and regexp_full_match({text}, '{_SPREADSHEET_NUMBER}')"
    ).fetchone()
    if found and found[0]:
        raise UnreadableFileError(
            f"{source.path.name}, line {found[1]}, column {column.name}: a spreadsheet has "
            f"rounded the ids to numbers such as 1.01E+18 ({found[0]:,} records), so that nobody "
            "can tell them apart any more. Export the file again and load it without opening it in "
            "a spreadsheet first."
        )


def _is_phone_number(text: str) -> bool:
    return PhoneNumberMatcher(text, None, leniency=Leniency.VALID).has_next()


def _is_ip_address(text: str) -> bool:
    for word in text.split():
        if _ADDRESS_LIKE.fullmatch(word):
            try:
                ipaddress.ip_address(word)
            except ValueError:
                continue
            return True
    return False


def _is_long_number(text: str) -> bool:
    return sum(character.isdigit() for character in text) > _LONGEST_NUMBER


_KINDS: dict[str, Callable[[str], object]] = {
    "an e-mail address": _EMAIL.search,
    "a web address": _LINK.search,
    "an IP address": _is_ip_address,
    "a phone number": _is_phone_number,
    "a date": _DATE.search,
    "a long number": _is_long_number,
}
