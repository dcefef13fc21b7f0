"""Files that are no table of text: recognised by their bytes, each with the way to save it as one.

Nothing here reads them. What is no known stranger passes, and must prove to be text or a workbook.
"""

import io
import json
import struct
import zipfile

from nmt_analytics.errors import UnreadableFileError

_SAVE_AS = (
    "Open it in Excel, LibreOffice or Google Sheets and save it as an Excel workbook (.xlsx) "
    "or as CSV UTF-8."
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LARGEST_WORKBOOK = 4 * 1024**3

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF. Export the report as CSV or Excel instead of PDF."),
    (b"{\\rtf", f"a word processor's document. {_SAVE_AS}"),
    (b"\x1f\x8b", "a compressed file (.gz). Unpack it and load the file inside."),
    (b"7z\xbc\xaf\x27\x1c", "a compressed archive (.7z). Unpack it and load the files inside."),
    (b"Rar!", "a compressed archive (.rar). Unpack it and load the files inside."),
    (b"BZh", "a compressed file (.bz2). Unpack it and load the file inside."),
    (b"\xfd7zXZ", "a compressed file (.xz). Unpack it and load the file inside."),
    (b"\x89PNG", "a picture. Export the table itself as CSV or Excel."),
    (b"\xff\xd8\xff", "a picture. Export the table itself as CSV or Excel."),
    (b"GIF8", "a picture. Export the table itself as CSV or Excel."),
    (b"SQLite format 3\0", "a database. Export its table as CSV."),
    (b"PAR1", "a Parquet file. Export the table as CSV."),
)

_ZIP_CONTENTS: tuple[tuple[str, str], ...] = (
    ("xl/workbook.bin", f"a binary Excel workbook (.xlsb). {_SAVE_AS}"),
    ("word/", "a Word document. Put its table in a spreadsheet and save that as .xlsx."),
    ("ppt/", "a presentation. Export the table itself as CSV or Excel."),
    (
        "Index/Document.iwa",
        "an Apple Numbers document. In Numbers choose File > Export To > Excel or CSV.",
    ),
    ("Index.zip", "an Apple Numbers document. In Numbers choose File > Export To > Excel or CSV."),
    ("content.xml", f"an OpenDocument file (.ods). {_SAVE_AS}"),
)


def is_workbook(data: bytes) -> bool:
    """Whether the bytes are a zip archive, as an XLSX workbook is."""
    return data.startswith(b"PK\x03\x04")


def refuse_foreign(data: bytes, name: str) -> None:
    """Raise UnreadableFileError, with the way out, for what is neither text nor an XLSX file."""
    what = _recognise(data)
    if what:
        raise UnreadableFileError(f"{name}: this is {what}")


def _recognise(data: bytes) -> str:
    for signature, what in _SIGNATURES:
        if data.startswith(signature):
            return what
    if data[8:12] == b"DUCK":
        return "a database. Export its table as CSV."
    if data.startswith(_OLE):
        return _recognise_ole(data)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _recognise_zip(data)
    return _recognise_markup(data)


def _recognise_ole(data: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return (
            "a password-protected workbook. Open it in Excel, remove the password under "
            "File > Info > Protect Workbook, and save it."
        )
    return f"an old Excel workbook (.xls). {_SAVE_AS}"


def _recognise_zip(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, struct.error, EOFError, OSError, RuntimeError, ValueError):
        return "a damaged workbook or archive. Export or download it again."
    for part, what in _ZIP_CONTENTS:
        if any(name.startswith(part) for name in names):
            return what
    if not any(name.startswith("xl/") for name in names):
        return f"a zip archive with {len(names)} files. Unpack it and load the files inside."
    if size > _LARGEST_WORKBOOK:
        return "a workbook too large to open. Split it by date, or export as CSV."
    return ""


def _recognise_markup(data: bytes) -> str:
    start = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if start.startswith(b"<"):
        lowered = start.lower()
        if b"urn:schemas-microsoft-com:office:spreadsheet" in lowered:
            return f"an old Excel XML file. {_SAVE_AS}"
        if any(mark in lowered for mark in (b"<html", b"<!doctype html", b"<table", b"<?xml")):
            return f"a web page under a spreadsheet's name. {_SAVE_AS}"
    if start[:1] in {b"{", b"["} and (_is_json(data) or _is_json(data.split(b"\n", 1)[0])):
        return "a JSON file. Export the same data as CSV or Excel."
    return ""


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True
