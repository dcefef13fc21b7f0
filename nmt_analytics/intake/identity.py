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
_N_SCANNED = 5 * MOST_TEXTS

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_LINK = re.compile(r"https?:|www\.|\w\.(com|org|net|de|co|io|info)\b", re.IGNORECASE)
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    r"\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b"
    rf"|\b\d{{1,2}}[ .-]*{_MONTH}[ .,-]*\d{{2,4}}\b|\b{_MONTH}[ .]*\d{{1,2}}[ .,]*\d{{4}}\b",
    re.IGNORECASE,
)
_ADDRESS_LIKE = re.compile(r"[0-9a-f]*[:.][0-9a-f:.]+", re.IGNORECASE)
_LONGEST_NUMBER = 6
_TELLING_HEADER = re.compile(
    r"\b(first|last|full|sur|fore|given|family|client|patient|customer|invitee)[ _-]?name\b"
    r"|^(name|client|patient|customer|invitee)s?$"
    r"|address|birth|\bdob\b|e-?mail|phone|mobile|post ?code|\bzip\b"
    r"|\bnotes?\b|comment|remark",
    re.IGNORECASE,
)
_ROUNDED = r"\d([.,]\d+)?[eE]\+\d{1,2}"
_CUT = r"\d{15}0+"
"""A spreadsheet keeps fifteen digits of a number and fills up with zeros."""


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
        f"select {column.name}, min(line) as first_line from whole_{of.name} "
        f"where {column.name} is not null group by all order by first_line limit {_N_SCANNED}"
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
            f"{source.path.name}, column {column.name}: more than {MOST_TEXTS} different texts "
            "look like names or notes. Nothing of the file was stored. Map a column of short "
            "words that repeat, or none."
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
    name = column.name
    found = connection.execute(
        f"""
        with suspect as (
            select line, trim({name}) as id from whole_{of.name}
            where contains({name}, '+') or length({name}) > 15
        ),
        judged as (
            select line, regexp_full_match(id, '{_ROUNDED}') as is_rounded,
                regexp_full_match(id, '{_CUT}') as is_cut,
                regexp_full_match(id, '\\d{{16,}}') as is_long
            from suspect
        )
        select count(*) filter (is_rounded), count(*) filter (is_cut),
            count(*) filter (is_long), min(line) filter (is_rounded or is_cut)
        from judged
        """
    ).fetchone()
    n_rounded, n_cut, n_long, line = found or (0, 0, 0, 0)
    if n_rounded or (n_cut == n_long > 1):
        raise UnreadableFileError(
            f"{source.path.name}, line {line}, column {column.name}: a spreadsheet has rounded the "
            "ids to numbers such as 1.01E+18, so that nobody can tell them apart any more. Export "
            "the file again and load it without opening it in a spreadsheet first."
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
