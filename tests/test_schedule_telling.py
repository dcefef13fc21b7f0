"""Telling people by mail, through a real mail server on loopback."""

import json
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import keyring
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from factories import empty_practice
from keyring.backend import KeyringBackend
from unattended import REPORT, drop_month, run, small_practice

from nmt_analytics.schedule import telling
from nmt_analytics.schedule.history import RunRecord
from nmt_analytics.settings import MailSettings, ReportSettings, Settings

PASSWORD = "a-password"


class Mailbox:
    """Keeps what a server was sent."""

    def __init__(self) -> None:
        self.received: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.received.append(envelope.content.decode())
        return "250 OK"


def login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
    return AuthResult(success=known, handled=False)  # so that the server says 535


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    running = Controller(
        mailbox, hostname="127.0.0.1", port=free_port(), authenticator=login, auth_require_tls=False
    )
    running.start()
    yield running
    running.stop()


def settings_for(folder: Path, server: Controller, **mail: Any) -> Settings:
    settings = MailSettings(
        to=("owner@example.org",),
        sender="reports@example.org",
        host="127.0.0.1",
        port=server.port,
        security="none",
        **mail,
    )
    return replace(empty_practice(folder), mail=settings)


def record(result: str = "made", exit_code: int = 0, **values: Any) -> RunRecord:
    return RunRecord("2026-10-22T04:00:00", 3.2, result, exit_code, **values)  # type: ignore[arg-type]


def page(
    settings: Settings,
    report: str = "quarterly_outcomes",
    headline: str = "Relief lasts 9 days",
    **manifest: str,
) -> Path:
    folder = settings.reports / report / "2026Q3"
    folder.mkdir(parents=True)
    told = {"title": report, "period": "2026Q3", "headline": headline, **manifest}
    (folder / "manifest.json").write_text(json.dumps(told))
    (folder / "report.html").write_text("<p>the page</p>")
    return folder / "report.html"


def test_a_new_report_is_told_with_its_headline(
    tmp_path: Path, server: Controller, mailbox: Mailbox
) -> None:
    settings = settings_for(tmp_path, server)
    assert telling.tell(settings, record(), [page(settings)]) is None

    (mail,) = mailbox.received
    subject = message_from_string(mail, policy=policy.default)["Subject"].strip()
    assert subject == (
        "A practice of tests: new report: quarterly_outcomes, July to September 2026"
    )
    assert "Relief lasts 9 days" in mail
    assert "To: owner@example.org" in mail


def test_the_page_is_attached_when_the_settings_say_so(
    tmp_path: Path, server: Controller, mailbox: Mailbox
) -> None:
    settings = settings_for(tmp_path, server, attach=True)
    made = page(settings)
    made.with_suffix(".pdf").write_bytes(b"%PDF-1.7")

    telling.tell(settings, record(), [made])

    assert 'filename="quarterly_outcomes_2026Q3.html"' in mailbox.received[0]
    assert 'filename="quarterly_outcomes_2026Q3.pdf"' in mailbox.received[0]


def test_a_page_that_is_not_attached_is_linked(
    tmp_path: Path, server: Controller, mailbox: Mailbox
) -> None:
    settings = settings_for(tmp_path, server)
    made = page(settings)

    telling.tell(settings, record(), [made])

    plain = message_from_string(mailbox.received[0], policy=policy.default)
    assert not list(plain.iter_attachments())
    assert made.as_uri() in plain.get_content()


def test_a_restated_page_says_what_moved(
    tmp_path: Path, server: Controller, mailbox: Mailbox
) -> None:
    settings = settings_for(tmp_path, server)

    telling.tell(settings, record(), [page(settings, restatement="58 % before, 63 % now.")])

    mail = message_from_string(mailbox.received[0], policy=policy.default)
    assert "restated" in mail["Subject"]
    assert "Restated: 58 % before, 63 % now." in mail.get_content()


def test_refused_records_are_told_even_when_no_page_was_made(
    tmp_path: Path, server: Controller, mailbox: Mailbox
) -> None:
    settings = settings_for(tmp_path, server)

    telling.tell(settings, record("nothing due", 11, problems=["Some records were refused."]), [])

    assert "some records were refused" in mailbox.received[0]


def test_who_wants_one_report_is_told_of_that_one_only(
    tmp_path: Path, server: Controller, mailbox: Mailbox
) -> None:
    settings = replace(
        settings_for(tmp_path, server, attach=True),
        report=(
            ReportSettings("data_quality", tell=("desk@example.org",)),
            ReportSettings("quarterly_outcomes"),
        ),
    )
    pages = [page(settings), page(settings, "data_quality", "Who answers")]

    telling.tell(settings, record(), pages)

    to_owner, to_desk = mailbox.received
    assert "To: owner@example.org" in to_owner
    assert "Relief lasts 9 days" in to_owner
    assert "Who answers" in to_owner
    assert "To: desk@example.org" in to_desk
    assert "Who answers" in to_desk
    assert "Relief lasts 9 days" not in to_desk
    assert "quarterly_outcomes" not in to_desk


def test_somebody_is_told_of_a_failure_even_where_only_a_report_names_readers(
    tmp_path: Path, server: Controller, mailbox: Mailbox
) -> None:
    plain = settings_for(tmp_path, server)
    settings = replace(
        plain,
        mail=replace(plain.mail, to=()),
        report=(ReportSettings("data_quality", tell=("desk@example.org",)),),
    )

    telling.tell(settings, record("no new data"), [])
    assert mailbox.received == []
    telling.tell(settings, record("failed", 13, problems=["Mend it."]), [])

    assert "To: desk@example.org" in mailbox.received[0]


def test_a_subject_stays_short_however_many_pages_there_are(
    tmp_path: Path, server: Controller, mailbox: Mailbox
) -> None:
    settings = settings_for(tmp_path, server)
    pages = [page(settings, name) for name in ("Outcomes in 2026", "second", "third")]

    telling.tell(settings, record(), pages)

    mail = message_from_string(mailbox.received[0], policy=policy.default)
    assert mail["Subject"] == "A practice of tests: new report: Outcomes in 2026 and 2 more"
    assert all(name in mail.get_content() for name in ("second, July to", "third, July to"))


def test_a_failure_is_told_with_what_to_do(
    tmp_path: Path, server: Controller, mailbox: Mailbox
) -> None:
    settings = settings_for(tmp_path, server)

    telling.tell(settings, record("failed", 13, problems=["x.csv: no table. Save it as CSV."]), [])

    assert "a run failed" in mailbox.received[0]
    assert "Save it as CSV." in mailbox.received[0]


@pytest.mark.parametrize("result", ["nothing due", "no new data"])
def test_nothing_is_sent_when_nothing_happened_unless_asked(
    tmp_path: Path, server: Controller, mailbox: Mailbox, result: str
) -> None:
    quiet = settings_for(tmp_path / "quiet", server)
    chatty = settings_for(tmp_path / "chatty", server, always=True)

    telling.tell(quiet, record(result), [])
    assert mailbox.received == []
    telling.tell(chatty, record(result), [])
    assert len(mailbox.received) == 1


def test_a_login_with_the_password_of_the_environment_works_and_a_wrong_one_is_said(
    tmp_path: Path, server: Controller, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(tmp_path, server, user="reports")
    monkeypatch.setenv("NMT_ANALYTICS_MAIL_PASSWORD", PASSWORD)
    assert telling.tell(settings, record("failed", 13), []) is None

    monkeypatch.setenv("NMT_ANALYTICS_MAIL_PASSWORD", "not-the-one")
    problem = telling.tell(settings, record("failed", 13), [])

    assert len(mailbox.received) == 1
    assert problem is not None
    assert problem.exit_code == 13
    assert "the login of reports was refused, 535" in str(problem)
    assert "NMT_ANALYTICS_MAIL_PASSWORD" in str(problem)
    assert "not-the-one" not in str(problem)


class Keyring(KeyringBackend):
    """A system's keyring that holds one password."""

    priority = 1  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        return PASSWORD if (service, username) == ("nmt-analytics", "reports") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


def test_the_password_comes_from_the_keyring_when_the_environment_has_none(
    tmp_path: Path, server: Controller, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NMT_ANALYTICS_MAIL_PASSWORD", raising=False)
    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    try:
        known = telling.tell(
            settings_for(tmp_path / "a", server, user="reports"), record("failed", 13), []
        )
        unknown = telling.tell(
            settings_for(tmp_path / "b", server, user="somebody"), record("failed", 13), []
        )
    finally:
        keyring.set_keyring(before)

    assert known is None
    assert len(mailbox.received) == 1
    assert "there is no password for somebody" in str(unknown)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_only_a_server_whose_certificate_somebody_vouches_for_gets_a_mail(
    tmp_path: Path, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    which = {"tls": {"ssl_context": context}, "starttls": {"tls_context": context}}[security]
    running = Controller(mailbox, hostname="127.0.0.1", port=free_port(), **which)
    running.start()
    try:
        plain = settings_for(tmp_path / "practice", running)
        settings = replace(plain, mail=replace(plain.mail, security=security))
        unknown = telling.tell(settings, record("failed", 13), [])
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        known = telling.tell(settings, record("failed", 13), [])
    finally:
        running.stop()

    assert "SSLCertVerificationError" in str(unknown)
    assert known is None
    assert len(mailbox.received) == 1


def test_a_server_that_refuses_the_mail_is_said(tmp_path: Path) -> None:
    class Refusing(Mailbox):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            return "554 5.7.1 not from you"

    running = Controller(Refusing(), hostname="127.0.0.1", port=free_port())
    running.start()
    try:
        problem = telling.tell(settings_for(tmp_path, running), record("failed", 13), [])
    finally:
        running.stop()

    assert "the server refused it, 554" in str(problem)


def test_a_server_that_is_not_there_is_said(
    tmp_path: Path, server: Controller, mailbox: Mailbox
) -> None:
    there = settings_for(tmp_path, server)
    settings = replace(there, mail=replace(there.mail, port=free_port()))

    problem = telling.tell(settings, record("failed", 13), [])

    assert mailbox.received == []
    assert problem is not None
    assert "could not be sent" in str(problem)


def test_a_run_itself_mails_what_it_made_and_nothing_when_nothing_happened(
    tmp_path: Path, server: Controller, mailbox: Mailbox
) -> None:
    mail = (
        f'\n[mail]\nto = ["owner@example.org"]\nsender = "reports@example.org"\nattach = true\n'
        f'host = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
    )
    settings = small_practice(tmp_path / "practice", REPORT + mail)
    drop_month(settings, 7)

    run(settings, datetime(2026, 8, 5, 3))
    assert mailbox.received == []
    run(settings, datetime(2026, 8, 12, 3))
    run(settings, datetime(2026, 8, 13, 3))
    (settings.inbox / "aaa.xlsx").write_bytes(b"PK\x03\x04 cut off")
    run(settings, datetime(2026, 8, 14, 3))

    made, failed = (message_from_string(each, policy=policy.default) for each in mailbox.received)
    assert "new report" in made["Subject"]
    (attached,) = made.iter_attachments()
    page_made = (settings.reports / "small/2026-07/report.html").read_bytes()
    assert attached.get_payload(decode=True) == page_made
    assert attached.get_content_charset() == "utf-8"
    assert "a run failed" in failed["Subject"]
    assert "aaa.xlsx: this is a damaged workbook" in failed.get_content()
    assert "S7-" not in f"{page_made!r}{failed.get_content()}"  # what sessions are called there
