"""The door in: keyed pseudonyms in place of the practice's own identifiers.

An identifier becomes the first 128 bits of HMAC-SHA256 under the practice's key. Without the key
nobody can tell whose rows these are; with it, the same client always gets the same pseudonym.
"""

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from nmt_analytics.errors import SettingsError
from nmt_analytics.settings import Settings

ENVIRONMENT_KEY = "NMT_ANALYTICS_KEY"
N_KEY_BYTES = 32
BETWEEN_PARTS = "\x1f"
"""Between the parts of an identifier that several columns make: nobody types it, so that parts
never run into each other."""
_BLOCK_BYTES = 64
_OF_OTHERS = 0o077
PERSONS = ("client", "therapist")
_WHITE_SPACE = re.compile(r"[\t\n\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
"""What DuckDB's regular expressions call [\\s\\p{Z}]."""


@dataclass(frozen=True)
class Key:
    """The practice's secret; `id` tells keys apart without giving anything away."""

    secret: bytes

    @property
    def id(self) -> str:
        """A short name of the key, safe to store beside the data."""
        return hashlib.sha256(b"nmt-analytics key id:" + self.secret).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"Key(id={self.id})"

    def sql_parameters(self) -> dict[str, bytes]:
        """The padded keys of RFC 2104 that `pseudonym_sql` asks for."""
        block = self.secret.ljust(_BLOCK_BYTES, b"\0")
        return {
            "inner_pad": bytes(byte ^ 0x36 for byte in block),
            "outer_pad": bytes(byte ^ 0x5C for byte in block),
        }


def make_key(path: Path) -> Key:
    """Write a new random key to `path`, readable by its owner alone, and hand it back.

    Raises SettingsError when there is a file already: a lost key cannot be made again.
    """
    secret = secrets.token_bytes(N_KEY_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SettingsError(
            f"{path} exists already and is not overwritten: the pseudonyms in the store hang on it."
        ) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret.hex() + "\n")
    return Key(secret)


def read_key(settings: Settings, environment: Mapping[str, str] | None = None) -> Key:
    """The practice's key, from the environment or from the file that practice.toml names.

    A file that others could read (a copy that was put back) is closed to them.
    Raises SettingsError when it is lost or no key at all.
    """
    environment = os.environ if environment is None else environment
    from_environment = environment.get(ENVIRONMENT_KEY, "")
    if from_environment:
        return _key_from(from_environment, f"the environment variable {ENVIRONMENT_KEY}")
    try:
        text = settings.key_file.read_text(encoding="ascii")
    except FileNotFoundError:
        raise SettingsError(
            f"The practice's key is missing: {settings.key_file} does not exist. Put your copy of "
            "it back; without it new files cannot be joined to the clients in the store."
        ) from None
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError(
            f"The practice's key {settings.key_file} could not be read "
            f"({type(fault).__name__}). Check the file's rights, or put your copy of it back."
        ) from None
    _keep_private(settings.key_file)
    return _key_from(text, str(settings.key_file))


def _keep_private(path: Path) -> None:
    if path.stat().st_mode & _OF_OTHERS:
        with contextlib.suppress(OSError):  # a disk without modes, or somebody else's file
            path.chmod(0o600)


def _key_from(text: str, where: str) -> Key:
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError:
        secret = b""
    if len(secret) != N_KEY_BYTES:
        raise SettingsError(
            f"{where} holds no key: expected {2 * N_KEY_BYTES} hexadecimal digits. "
            "Put your copy of the key back."
        )
    return Key(secret)


def pseudonym(key: Key, kind: str, identifier: str) -> UUID:
    """The pseudonym of one identifier of one `kind` (client, therapist, session, …).

    Capitals, kinds of white space and how accents are encoded make no difference in persons.
    """
    folded = fold_person(identifier) if kind in PERSONS else identifier.strip()
    message = f"{kind}:{folded}".encode()
    return UUID(bytes=hmac.new(key.secret, message, hashlib.sha256).digest()[:16])


def client_pseudonyms(key: Key, identifier: str) -> tuple[UUID, ...]:
    """The pseudonyms of a client whom a person types: as it stands, and as parts, `Ann + Abel`."""
    parts = BETWEEN_PARTS.join(part.strip() for part in identifier.split("+"))
    return pseudonym(key, "client", identifier), pseudonym(key, "client", parts)


def pseudonym_sql(kind: str, expression: str) -> str:
    """SQL for `pseudonym` of a trimmed text `expression`; parameters: Key.sql_parameters().

    HMAC as RFC 2104 defines it, on blobs: DuckDB has sha256 but no hmac.
    """
    folded = _fold_person_sql(expression) if kind in PERSONS else expression
    inner = f"unhex(sha256($inner_pad || encode('{kind}:' || {folded})))"
    return f"substr(sha256($outer_pad || {inner}), 1, 32)::uuid"


def fold_person(identifier: str) -> str:
    """What is common to all the ways in which programs write one person's name or address."""
    one_spaced = _WHITE_SPACE.sub(" ", identifier).strip(" ")
    composed = unicodedata.normalize("NFC", one_spaced)
    return "".join(map(_capital, composed))


def _fold_person_sql(expression: str) -> str:
    one_spaced = f"regexp_replace({expression}, '[\\s\\p{{Z}}]+', ' ', 'g')"
    return f"upper(nfc_normalize(trim({one_spaced})))"


def _capital(letter: str) -> str:
    """The one capital of a letter, as DuckDB's upper has it."""
    forms = (letter.upper(), letter.title(), "ẞ" if letter == "ß" else letter)
    return next(form for form in forms if len(form) == 1)


_DERIVED_KEYS = {
    "sessions": ("client_id", "started_at"),
    "session_notes": ("client_id", "noted_at"),
    "follow_ups": (
        "coalesce(session_id, client_id)",
        "coalesce(source, 'check_in')",
        "coalesce(asked_at, answered_at)",
    ),
}


def derived_key_sql(table_name: str, *parts: str) -> str:
    """SQL for the key of a row whose file gives none, from what identifies it.

    `parts` stand in for the columns where they are called otherwise. They are pseudonyms already,
    so that md5 gives nothing away that the row does not say.
    """
    texts = [f"coalesce(({part})::varchar, '')" for part in parts or _DERIVED_KEYS[table_name]]
    return f"md5(concat_ws('|', '{table_name}', {', '.join(texts)}))::uuid"
