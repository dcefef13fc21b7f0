"""Telling people: a short mail after a run that did something or failed.

The password comes from the environment, never from a file. A mail carries headlines and paths;
nothing of a client.
"""

import json
import os
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path

from nmt_analytics.errors import ReportError
from nmt_analytics.reporting.record import MANIFEST
from nmt_analytics.schedule.history import RunRecord
from nmt_analytics.settings import MailSettings, Settings

_SECONDS = 30
_SUBJECTS = {
    "made": "new report",
    "nothing due": "nothing due",
    "no new data": "no new data",
    "failed": "a run failed",
}


def tell(settings: Settings, record: RunRecord, pages: list[Path]) -> ReportError | None:
    """Mail what the run did to whom practice.toml names; the error when that cannot be done.

    Nothing is sent when nothing happened, unless [mail] says `always = true`.
    """
    mail = settings.mail
    to = _recipients(settings, record)
    if not to or (record.result in ("nothing due", "no new data") and not mail.always):
        return None
    try:
        send(mail, _write(settings, record, pages, to), ssl.create_default_context())
    except (OSError, smtplib.SMTPException) as fault:
        return ReportError(
            f"The mail about this run could not be sent through {mail.host}:{mail.port} "
            f"({type(fault).__name__}). Check [mail] in practice.toml and the password in the "
            f"environment variable {mail.password_variable}. The reports themselves are made."
        )
    return None


def _recipients(settings: Settings, record: RunRecord) -> list[str]:
    """The addresses of [mail], and those of the reports that were made."""
    made = {page.split("/", 1)[0] for page in record.made}
    to = list(settings.mail.to)
    for report in settings.report:
        if report.name in made:
            to += report.tell
    return list(dict.fromkeys(to)) if settings.mail.host else []


def _write(settings: Settings, record: RunRecord, pages: list[Path], to: list[str]) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = f"{settings.name}: {_SUBJECTS[record.result]}".replace("\n", " ")
    message["From"], message["To"] = settings.mail.sender, ", ".join(to)
    lines = [line for page in pages for line in _about_page(page)]
    if record.problems:
        lines += ["What went wrong, and what to do:", *record.problems, ""]
    lines += record.loaded
    lines += ["", f"All reports: {settings.reports / 'index.html'}"]
    message.set_content("\n".join(lines))
    if settings.mail.attach:
        for page in pages:
            message.add_attachment(
                page.read_bytes(),
                maintype="text",
                subtype="html",
                filename=f"{page.parent.parent.name}_{page.parent.name}.html",
            )
    return message


def _about_page(page: Path) -> list[str]:
    manifest = json.loads(page.with_name(MANIFEST).read_text(encoding="utf-8"))
    restated = manifest.get("restatement", "")
    told = [f"{manifest['title']}, {manifest['period']}: {page}", manifest.get("headline", "")]
    return [*told, f"Restated: {restated}", ""] if restated else [*told, ""]


def send(mail: MailSettings, message: EmailMessage, context: ssl.SSLContext) -> None:
    """Hand one mail to the server of [mail], whose certificate `context` must vouch for."""
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            mail.host, mail.port, timeout=_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=_SECONDS)
    with server:
        if mail.security == "starttls":
            server.starttls(context=context)
        if mail.user:
            server.login(mail.user, os.environ.get(mail.password_variable, ""))
        server.send_message(message)
