"""Telling people: a short mail after a run that did something or met a problem.

The password comes from the environment or the system's keyring, never from a file. A mail carries
headlines and paths; nothing of a client.
"""

import os
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from importlib.util import find_spec
from pathlib import Path

from nmt_analytics.errors import FINE, NoDataError, RefusedRowsError, ReportError
from nmt_analytics.periods import parse_period
from nmt_analytics.reporting.record import read_manifest
from nmt_analytics.schedule.history import RunRecord
from nmt_analytics.settings import MailSettings, Settings

SECONDS = 30
KEYRING_SERVICE = "nmt-analytics"
_SUBJECTS = {
    "made": "new report",
    "nothing due": "nothing due",
    "no new data": "no new data",
    "failed": "a run failed",
}


def tell(settings: Settings, record: RunRecord, pages: Sequence[Path]) -> ReportError | None:
    """Mail what the run did to whom practice.toml names; the error when that cannot be done.

    Those of [mail] are told all, those of one report of its pages alone. Nothing is sent when
    nothing happened, unless [mail] says `always = true`.
    """
    messages = _messages(settings, record, pages)
    if not messages:
        return None
    mail = settings.mail
    try:
        send(mail, messages, _password(mail), ssl.create_default_context())
    except smtplib.SMTPAuthenticationError as refusal:
        return _unsent(mail, f"the login of {mail.user} was refused, {refusal.smtp_code}")
    except smtplib.SMTPResponseException as refusal:
        return _unsent(mail, f"the server refused it, {refusal.smtp_code}")
    except (OSError, smtplib.SMTPException) as fault:
        return _unsent(mail, type(fault).__name__)
    except _NoPasswordError:
        return _unsent(mail, f"there is no password for {mail.user}")
    return None


def send(
    mail: MailSettings, messages: Sequence[EmailMessage], password: str, context: ssl.SSLContext
) -> None:
    """Hand mails to the server of [mail], whose certificate `context` must vouch for."""
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            mail.host, mail.port, timeout=SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=SECONDS)
    with server:
        if mail.security == "starttls":
            server.starttls(context=context)
        if mail.user:
            server.login(mail.user, password)
        for message in messages:
            server.send_message(message)


class _NoPasswordError(Exception):
    """A user is named, and neither environment nor keyring knows a password."""


def _password(mail: MailSettings) -> str:
    """The password of the environment, else of the keyring where one is installed."""
    password = os.environ.get(mail.password_variable)
    if not password and mail.user and find_spec("keyring"):
        import keyring  # noqa: PLC0415 - optional, and slow to find its system's store
        from keyring.errors import KeyringError  # noqa: PLC0415

        try:
            password = keyring.get_password(KEYRING_SERVICE, mail.user)
        except KeyringError:
            password = None
    if mail.user and not password:
        raise _NoPasswordError
    return password or ""


def _unsent(mail: MailSettings, why: str) -> ReportError:
    return ReportError(
        f"The mail about this run could not be sent through {mail.host}:{mail.port} ({why}). Check "
        f"[mail] in practice.toml and the password in the environment variable "
        f"{mail.password_variable} or in the keyring. Pages that were made are there all the same; "
        "the next run tries to tell of them again."
    )


def _messages(settings: Settings, record: RunRecord, pages: Sequence[Path]) -> list[EmailMessage]:
    """One mail to those of [mail] about all, and one for each report that tells others."""
    mail = settings.mail
    is_wrong = record.exit_code not in (FINE, NoDataError.exit_code)
    messages = []
    # Where only reports name whom to tell, those are told of failures too: somebody has to know.
    everybody = mail.to or (_tellers(settings) if is_wrong else ())
    if everybody and (pages or is_wrong or mail.always):
        messages.append(_write(settings, record, pages, everybody))
    for report in settings.report:
        own = [page for page in pages if page.parent.parent.name == report.name]
        others = [address for address in report.tell if address not in everybody]
        if own and others:
            made = RunRecord(record.started_at, record.seconds, "made", 0)
            messages.append(_write(settings, made, own, others))
    return messages


def _tellers(settings: Settings) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for report in settings.report for each in report.tell))


def _write(
    settings: Settings, record: RunRecord, pages: Sequence[Path], to: Sequence[str]
) -> EmailMessage:
    message = EmailMessage()
    name = " ".join(settings.name.split())
    message["Subject"] = f"{name}: {_subject(record, pages)}"
    message["From"], message["To"] = settings.mail.sender, ", ".join(to)
    lines = [line for page in pages for line in _about_page(page)]
    if not pages and not record.problems:
        lines += [f"Nothing to tell: {record.result}.", ""]
    if record.problems:
        lines += ["What went wrong, and what to do:", ""]
        lines += [f"- {problem}" for problem in record.problems]
        lines += ["", "How things stand now: nmt-analytics status", ""]
    if record.loaded:
        lines += ["Loaded:", *record.loaded, ""]
    lines.append(f"All reports: {(settings.reports / 'index.html').as_uri()}")
    message.set_content("\n".join(lines))
    if settings.mail.attach:
        for page in pages:
            _attach(message, page)
    return message


def _subject(record: RunRecord, pages: Sequence[Path]) -> str:
    if record.result == "failed":
        return _SUBJECTS["failed"]
    if pages:
        restated = all(read_manifest(page.parent).get("restatement") for page in pages)
        what = "restated" if restated else _SUBJECTS["made"]
        others = f" and {len(pages) - 1} more" if len(pages) > 1 else ""
        return f"{what}: {_title(read_manifest(pages[0].parent))}{others}"
    is_refused = record.exit_code == RefusedRowsError.exit_code
    return "some records were refused" if is_refused else _SUBJECTS[record.result]


def _about_page(page: Path) -> list[str]:
    made = read_manifest(page.parent)
    lines = [_title(made), str(made.get("headline", ""))]
    if made.get("restatement"):
        lines.append(f"Restated: {made['restatement']}")
    return [line for line in [*lines, page.as_uri()] if line] + [""]


def _title(made: dict[str, object]) -> str:
    """A page's title, with its period where the title does not say when."""
    title, period = str(made.get("title", "")), str(made.get("period", ""))
    says_when = any(character.isdigit() for character in title)
    return title if says_when else f"{title}, {parse_period(period).in_words}"


def _attach(message: EmailMessage, page: Path) -> None:
    """The page, and its pdf where there is one."""
    name = f"{page.parent.parent.name}_{page.parent.name}"
    message.add_attachment(
        page.read_bytes(),
        maintype="text",
        subtype="html",
        params={"charset": "utf-8"},
        filename=f"{name}.html",
    )
    pdf = page.with_suffix(".pdf")
    if pdf.is_file():
        message.add_attachment(
            pdf.read_bytes(), maintype="application", subtype="pdf", filename=f"{name}.pdf"
        )
