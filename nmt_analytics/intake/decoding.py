"""Bytes → text: which encoding a file is in, decided by evidence."""

import codecs
from dataclasses import dataclass


@dataclass(frozen=True)
class Decoded:
    """A file's text, the encoding it was read in, and what its reader should know."""

    text: str
    encoding: str
    notes: tuple[str, ...] = ()


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """The text of `data`: as `encoding` says, else as a byte order mark or the bytes show."""
    if encoding is not None:
        return Decoded(data.decode(encoding, errors="replace").removeprefix("\ufeff"), encoding)
    if data.startswith(codecs.BOM_UTF8):
        return Decoded(data.decode("utf-8-sig", errors="replace"), "utf-8-sig")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Decoded(data.decode("utf-16", errors="replace"), "utf-16")
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return Decoded(data.decode("cp1252", errors="replace"), "cp1252")
