"""Passwords of mail and file servers: a real SMTP server with TLS, and FTP as its RFC has it."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult, LoginPassword

from stanch.model import Status
from verify.checks.asking import PASSWORD, WRONG, ask, patience
from verify.checks.daemons import free_port
from verify.checks.faulty import listening
from verify.servers import DOMAIN, authority

LIVE, DEAD, UNKNOWN = Status.LIVE, Status.DEAD, Status.UNKNOWN
NAMED = (f"mail.{DOMAIN}", "elsewhere.test")
REFUSED = AuthResult(success=False, handled=False)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(f"*.{DOMAIN}").configure_cert(context)
    return context


def _authenticate(server: object, session: object, envelope: object, way: str, data: object) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"app", PASSWORD.encode())
    return AuthResult(success=True) if known else REFUSED


class Implicit(Controller):
    """A server that speaks TLS from the beginning."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        self.ssl_context = _context()


@contextlib.contextmanager
def mail(kind: str) -> Iterator[int]:
    """Run a mail server: with STARTTLS, with TLS from the beginning, or with none."""
    options = {"authenticator": _authenticate, "hostname": "127.0.0.1", "port": free_port()}
    if kind == "starttls":
        server = Controller(Sink(), tls_context=_context(), require_starttls=False, **options)
    elif kind == "implicit":
        server = Implicit(Sink(), auth_require_tls=False, **options)
    else:
        server = Controller(Sink(), auth_require_tls=False, **options)
    server.start()
    try:
        yield options["port"]
    finally:
        server.stop()


MAIL = [
    ("starttls", "smtp://app:{}@mail.verify.test:{}", PASSWORD, LIVE, "the right password is live"),
    ("starttls", "smtp://app:{}@mail.verify.test:{}", WRONG, DEAD, "a wrong one is dead"),
    ("starttls", "smtp://app:{}@elsewhere.test:{}", PASSWORD, UNKNOWN, "a certificate for another name"),
    ("implicit", "smtps://app:{}@mail.verify.test:{}", PASSWORD, LIVE, "TLS from the beginning"),
    ("implicit", "smtps://app:{}@mail.verify.test:{}", WRONG, DEAD, "and a wrong password is refused"),
    ("bare", "smtp://app:{}@mail.verify.test:{}", PASSWORD, UNKNOWN, "without STARTTLS no password goes out"),
    ("bare", "smtps://app:{}@mail.verify.test:{}", PASSWORD, UNKNOWN, "demanded TLS is missing"),
]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS", "ignore::UserWarning")
@pytest.mark.parametrize(("kind", "text", "password", "wanted", "why"), MAIL, ids=[case[-1] for case in MAIL])
def test_mail(kind: str, text: str, password: str, wanted: Status, why: str) -> None:
    """A real server's answers are told apart, and no password goes out without TLS."""
    with mail(kind) as port:
        verdict = ask(
            "smtp",
            password.encode(),
            around=text.format(password, port).encode(),
            named=NAMED,
            seconds=patience(wanted),
        )
    assert verdict.status is wanted, verdict
    assert not any(word in repr(verdict) for word in (PASSWORD, WRONG))
    assert verdict.identity == ("app@mail.verify.test" if wanted is LIVE else None)


ANSWERS = [
    ("535 5.7.8 Error: authentication failed", DEAD, "Postfix"),
    ("535-5.7.8 Username and Password not accepted.\r\n535 5.7.8 See the help.", DEAD, "an answer of two lines"),
    ("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled", UNKNOWN, "switched off there"),
    ("534 5.7.9 Application-specific password required", UNKNOWN, "another password is wanted"),
    ("454 4.7.0 Temporary authentication failure", UNKNOWN, "for now"),
    ("421 4.7.0 Too many login attempts", UNKNOWN, "too many"),
    ("250 OK", UNKNOWN, "an answer to something else"),
]


@pytest.mark.parametrize(("answer", "wanted", "why"), ANSWERS, ids=[case[-1] for case in ANSWERS])
def test_answers_to_auth(answer: str, wanted: Status, why: str) -> None:
    """What real providers answer to AUTH."""

    def serve(sock: socket.socket) -> None:
        with _context().wrap_socket(sock, server_side=True) as safe:
            lines = safe.makefile("rw", newline="\r\n")
            for said in ("220 here", "250-here\r\n250 AUTH PLAIN LOGIN", answer):
                lines.write(said + "\r\n")
                lines.flush()
                lines.readline()

    with listening(serve) as port:
        around = f"smtps://app:{PASSWORD}@mail.verify.test:{port}".encode()
        assert ask("smtp", PASSWORD.encode(), around=around, named=NAMED).status is wanted


Said = dict[str, str]
IN = "230 Hello"
FILES = {"USER": "331 Go on", "AUTH": "500 What?", "": "220 here"}


def at_last(answer: str) -> Said:
    """Return what a server answers in the end."""
    return {"PASS": answer}


FTP = [
    (at_last(IN), "ftp", False, LIVE, "the right password is live"),
    (at_last("530 Login incorrect."), "ftp", False, DEAD, "a wrong one is dead"),
    (at_last("530 Login authentication failed"), "ftp", True, DEAD, "with TLS where it is to be had"),
    (at_last("230-Hello\r\n230-many\r\n230 lines"), "ftp", True, LIVE, "an answer of many lines"),
    (at_last("530 Too many connections"), "ftp", False, UNKNOWN, "too many"),
    (at_last("421 Service not available"), "ftp", False, UNKNOWN, "not available"),
    (at_last("332 Need account"), "ftp", False, UNKNOWN, "more is wanted"),
    ({"USER": IN}, "ftp", False, UNKNOWN, "a server that wants no password"),
    ({"": "421 Too busy"}, "ftp", False, UNKNOWN, "too busy"),
    (at_last(IN), "ftps", False, UNKNOWN, "demanded TLS is missing"),
    (at_last(IN), "sftp", False, UNKNOWN, "SFTP is not FTP"),
]


@pytest.mark.parametrize(("said", "scheme", "tls", "wanted", "why"), FTP, ids=[case[-1] for case in FTP])
def test_files(said: Said, scheme: str, tls: bool, wanted: Status, why: str) -> None:
    """The answers of an FTP server are told apart."""
    answers = {**FILES, **({"AUTH": "234 Go on"} if tls else {}), **said}
    heard: list[str] = []

    def serve(sock: socket.socket) -> None:
        with contextlib.ExitStack() as stack:
            command, line = "", ""
            while command or not line:
                sock.sendall(answers.get(command, "502 What?").encode() + b"\r\n")
                if command == "AUTH" and tls:
                    sock = stack.enter_context(_context().wrap_socket(sock, server_side=True))
                line = sock.recv(4096).decode() or "\n"
                heard.append(line)
                command = line.split(" ")[0].strip()

    with listening(serve) as port:
        around = f"{scheme}://app:{PASSWORD}@mail.verify.test:{port}/pub".encode()
        verdict = ask("ftp", PASSWORD.encode(), around=around, named=NAMED)
    assert verdict.status is wanted, verdict
    if wanted is not UNKNOWN:
        assert f"PASS {PASSWORD}\r\n" in heard
