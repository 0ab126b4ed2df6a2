"""Passwords of MongoDB, against a server that speaks its login with the same libraries' other half.

Debian has no MongoDB, so its wire protocol is spoken here as the manual has it; SCRAM's server side is scramp's.
"""

from __future__ import annotations

import hashlib
import socket
import struct
from typing import Any

import bson
import dns.exception
import dns.resolver
import pytest
import scramp

from stanch.model import Status
from stanch.verify.checks import mongodb
from verify.checks.asking import PASSWORD, WRONG, ask, patience
from verify.checks.faulty import listening
from verify.checks.test_mail_and_files import _context
from verify.servers import DOMAIN

LIVE, DEAD, UNKNOWN = Status.LIVE, Status.DEAD, Status.UNKNOWN
FAILED = {"ok": 0.0, "errmsg": "Authentication failed.", "code": 18}


class Server:
    """A server that knows one user, `app`, in the database `admin`."""

    def __init__(self, ways: list[str], *, tls: bool = False, refusal: dict[str, Any] | None = None) -> None:
        self.ways, self.tls, self.refusal = ways, tls, refusal or FAILED
        self.asked: list[str] = []

    def __call__(self, sock: socket.socket) -> None:
        """Answer until the client goes."""
        if not self.tls:
            return self._serve(sock)
        with _context().wrap_socket(sock, server_side=True) as safe:
            return self._serve(safe)

    def _serve(self, sock: socket.socket) -> None:
        scram: Any = None
        while head := sock.recv(16, socket.MSG_WAITALL) if not self.tls else sock.recv(16):
            length = struct.unpack("<i", head[:4])[0]
            if not 16 < length < 1 << 16:
                return
            body = sock.recv(length - 16)
            command = bson.decode(body[5:])
            self.asked.append(next(iter(command)))
            answer, scram = self._answer(command, scram)
            document = bson.encode(answer)
            sock.sendall(struct.pack("<iiiiIB", 21 + len(document), 2, 1, 2013, 0, 0) + document)

    def _answer(self, command: dict[str, Any], scram: Any) -> tuple[dict[str, Any], Any]:
        if "hello" in command:
            return {"ok": 1.0, **({"saslSupportedMechs": self.ways} if self.ways else {})}, None
        if command["$db"] != "admin":
            return self.refusal, None
        try:
            if "saslStart" in command:
                scram = self._scram(command["mechanism"])
                scram.set_client_first(command["payload"].decode())
                said, done = scram.get_server_first(), False
            else:
                scram.set_client_final(command["payload"].decode())
                said, done = scram.get_server_final(), True
        except scramp.ScramException:
            return self.refusal, None
        return {"ok": 1.0, "conversationId": 1, "done": done, "payload": said.encode()}, scram

    def _scram(self, way: str) -> Any:
        mechanism = scramp.ScramMechanism(way)
        hashed = hashlib.md5(f"app:mongo:{PASSWORD}".encode()).hexdigest()  # noqa: S324  # as the manual has it
        known = mechanism.make_auth_info(hashed if way == "SCRAM-SHA-1" else PASSWORD)

        def look_up(user: str) -> Any:
            if user != "app":
                raise scramp.ScramException("unknown")
            return known

        return mechanism.make_server(look_up)


NEW, OLD = ["SCRAM-SHA-1", "SCRAM-SHA-256"], ["SCRAM-SHA-1"]
ATLAS = {"ok": 0, "errmsg": "bad auth : Authentication failed.", "code": 8000, "codeName": "AtlasError"}
CASES = [
    (Server(NEW), "mongodb://app:{}@db.verify.test:{}", PASSWORD, LIVE, "the right password is live"),
    (Server(NEW), "mongodb://app:{}@db.verify.test:{}", WRONG, DEAD, "a wrong one is dead"),
    (Server(OLD), "mongodb://app:{}@db.verify.test:{}", PASSWORD, LIVE, "the old way to log in does too"),
    (Server(OLD), "mongodb://app:{}@db.verify.test:{}", WRONG, DEAD, "and refuses a wrong one"),
    (Server([]), "mongodb://app:{}@db.verify.test:{}", PASSWORD, LIVE, "a server that does not say which"),
    (Server(NEW), "mongodb://who:{}@db.verify.test:{}", PASSWORD, DEAD, "a user who is not there"),
    (Server(NEW), "mongodb://app:{}@db.verify.test:{}/things?authSource=admin", PASSWORD, LIVE, "authSource"),
    (Server(NEW), "mongodb://app:{}@db.verify.test:{}/things", PASSWORD, DEAD, "the database has no such user"),
    (Server(NEW), "mongodb://app:{}@db.verify.test:{},b:2,c:3/?replicaSet=x", PASSWORD, LIVE, "one of many"),
    (Server(NEW, tls=True), "mongodb://app:{}@db.verify.test:{}/?tls=true", PASSWORD, LIVE, "TLS"),
    (Server(NEW, tls=True), "mongodb://app:{}@elsewhere.test:{}/?ssl=true", PASSWORD, UNKNOWN, "another's certificate"),
    (Server(NEW), "mongodb://app:{}@db.verify.test:{}/?tls=true", PASSWORD, UNKNOWN, "demanded TLS is missing"),
    (Server(NEW, refusal=ATLAS), "mongodb://app:{}@db.verify.test:{}", WRONG, DEAD, "Atlas's own words"),
    (Server(NEW, refusal={"ok": 0, "code": 8000}), "mongodb://app:{}@db.verify.test:{}", WRONG, UNKNOWN, "other"),
    (Server(NEW, refusal={"ok": 0, "code": 13}), "mongodb://app:{}@db.verify.test:{}", WRONG, UNKNOWN, "another error"),
    (Server(NEW), "mongodb://app:{}@db.verify.test:{}/?authMechanism=MONGODB-AWS", PASSWORD, UNKNOWN, "no password"),
]  # fmt: skip


@pytest.mark.parametrize(("server", "text", "password", "wanted", "why"), CASES, ids=[case[-1] for case in CASES])
def test_verdicts(server: Server, text: str, password: str, wanted: Status, why: str) -> None:
    """Only the login is asked, and its answers are told apart."""
    with listening(server) as port:
        around = text.format(password, port).encode()
        verdict = ask(
            "mongodb",
            password.encode(),
            around=around,
            named=(f"db.{DOMAIN}", "elsewhere.test"),
            seconds=patience(wanted),
        )
    assert verdict.status is wanted, verdict
    assert not any(word in repr(verdict) for word in (PASSWORD, WRONG))
    assert set(server.asked) <= {"hello", "saslStart", "saslContinue"}


class Impostor(Server):
    """A server that lets anyone in, since it does not know the password that it should prove to know."""

    def _answer(self, command: dict[str, Any], scram: Any) -> tuple[dict[str, Any], Any]:
        answer, scram = super()._answer({**command, "$db": "admin"}, scram)
        if "saslContinue" in command:
            answer = {"ok": 1.0, "conversationId": 1, "done": True, "payload": b"v=" + bytes(28).hex().encode()[:28]}
        return answer, scram


def test_a_server_must_prove_that_it_knows_the_password() -> None:
    """SCRAM works both ways: a server that only says yes proves nothing."""
    with listening(Impostor(NEW)) as port:
        around = f"mongodb://app:{WRONG}@db.verify.test:{port}".encode()
        verdict = ask("mongodb", WRONG.encode(), around=around, named=(f"db.{DOMAIN}",), seconds=30)
    assert (verdict.status, verdict.detail) == (UNKNOWN, "unexpected answer: not that of MongoDB")


SERVED = [
    ([("shard-0.db.verify.test", 1)], "network", "a server under the cluster's own domain is asked"),
    ([("shard-0.evil.test", 1)], "host not allowed: the DNS names", "a server elsewhere is not"),
    ([("shard-0.db.verify.test", 1), ("x.evil.test", 1)], "host not allowed: the DNS names", "not with one elsewhere"),
    ([], "host not allowed", "nor is none"),
]


class Record:
    """A record of the DNS, of a server or of a text."""

    def __init__(self, target: str = "", port: int = 0, text: bytes = b"") -> None:
        self.target, self.port, self.strings = f"{target}.", port, (text[:3], text[3:])


@pytest.mark.parametrize(("servers", "detail", "why"), SERVED, ids=[case[-1] for case in SERVED])
def test_a_cluster_names_its_servers(
    servers: list[tuple[str, int]], detail: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The DNS may name only servers under the cluster's domain, and the user must allow these too."""

    looked: list[str] = []

    def resolve(name: str, kind: str, lifetime: float) -> list[Record]:
        looked.append(name)
        return [Record(*server) for server in servers] if kind == "SRV" else []

    monkeypatch.setattr("dns.resolver.resolve", resolve)
    around = f"mongodb+srv://app:{PASSWORD}@cluster.db.verify.test/things".encode()
    named = ("cluster.db.verify.test", "shard-0.db.verify.test", "shard-0.evil.test", "x.evil.test")
    verdict = ask("mongodb", PASSWORD.encode(), around=around, named=named, seconds=30)
    assert (verdict.status, looked[0]) == (UNKNOWN, "_mongodb._tcp.cluster.db.verify.test")
    assert (verdict.detail or "").startswith(detail)
    before = len(looked)
    assert ask("mongodb", PASSWORD.encode(), around=around).status is UNKNOWN
    assert len(looked) == before, "what is not allowed is not looked up"
    assert mongodb.PORT == 27017


TOLD: list[tuple[list[bytes] | Exception, str, Status, str]] = [
    ([b"authSource=admin&replicaSet=a"], "things", LIVE, "Atlas says where its users are, whatever database is used"),
    ([b"authSource=admin&tls=false"], "things", LIVE, "nothing else is taken from there"),
    ([b"authSource=other"], "things?authSource=admin", LIVE, "the URL goes before it"),
    ([], "", LIVE, "without a word the database for users is the usual one"),
    (dns.resolver.NoAnswer(), "", LIVE, "there need not be a record"),
    ([], "things", DEAD, "or the one that the URL names, which has no such user"),
    (dns.exception.Timeout(), "things", UNKNOWN, "what is not known is not guessed"),
    ([b"authSource=admin", b"authSource=other"], "things", UNKNOWN, "nor is what is said twice"),
]


@pytest.mark.parametrize(("texts", "path", "wanted", "why"), TOLD, ids=[case[-1] for case in TOLD])
def test_a_cluster_says_where_its_users_are(
    texts: list[bytes] | Exception, path: str, wanted: Status, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A live password must not be dead since the URL names the database that is used, as those of Atlas do."""
    with listening(Server(NEW, tls=True)) as port:

        def resolve(name: str, kind: str, lifetime: float) -> list[Record]:
            if kind == "SRV":
                return [Record(f"db.{DOMAIN}", port)]
            if isinstance(texts, Exception):
                raise texts
            return [Record(text=text) for text in texts]

        monkeypatch.setattr("dns.resolver.resolve", resolve)
        around = f"mongodb+srv://app:{PASSWORD}@cluster.{DOMAIN}/{path}".encode()
        named = (f"cluster.{DOMAIN}", f"db.{DOMAIN}")
        verdict = ask("mongodb", PASSWORD.encode(), around=around, named=named, seconds=patience(wanted))
    assert verdict.status is wanted, verdict
