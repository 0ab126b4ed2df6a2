"""Real servers of Debian's packages for the tests of databases; `tests/servers.sh` installs them."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from glob import glob
from pathlib import Path

import pytest

from verify.servers import DOMAIN, authority

SLOW = 60
"""Seconds after which a server that has not started will not."""
PATH = os.pathsep.join([*sorted(glob("/usr/lib/postgresql/*/bin"), reverse=True), os.environ["PATH"], "/usr/sbin"])


def program(name: str) -> str:
    """Return where a server's program is; skip the test where it is not installed."""
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"{name} is not installed: tests/servers.sh installs it")
    return found


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def folder(user: str) -> Iterator[Path]:
    """Make a folder that a server's user may write, with a certificate for the tests' domain in it."""
    made = Path(tempfile.mkdtemp(prefix="stanch-"))
    try:
        certificate = authority().issue_cert(f"*.{DOMAIN}", "localhost")
        (made / "server.crt").write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
        (made / "server.key").write_bytes(certificate.private_key_pem.bytes())
        (made / "server.key").chmod(0o600)
        if os.geteuid() == 0:
            for path in (made, *made.iterdir()):
                shutil.chown(path, user)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def run(user: str, *command: str, text: str = "") -> str:
    """Run a program, as a server's user where we may."""
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=SLOW, cwd="/tmp",  # noqa: S108
        user=user if os.geteuid() == 0 else None,
    )  # fmt: skip
    assert done.returncode == 0, f"{command[0]}: {done.stderr[-2000:]}"
    return done.stdout


@contextlib.contextmanager
def started(user: str, command: Sequence[str], port: int) -> Iterator[None]:
    """Run a server while the context lasts, from when it listens."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/tmp",  # noqa: S108
            user=user if os.geteuid() == 0 else None,
        )  # fmt: skip
        try:
            _listens(process, port)
            yield
        except AssertionError:
            log.seek(0)
            print(log.read()[-2000:].decode(errors="replace"))  # noqa: T201  # pytest shows it
            raise
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()


def _listens(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + SLOW
    while time.monotonic() < until:
        assert process.poll() is None, "the server has ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("the server does not listen")


@contextlib.contextmanager
def postgresql(statements: str, access: str, *, tls: bool) -> Iterator[int]:
    """Run PostgreSQL after some statements, with that much of pg_hba.conf, and yield its port."""
    user = "postgres"
    server, initdb, psql = program("postgres"), program("initdb"), program("psql")
    with folder(user) as made:
        data = made / "data"
        run(user, initdb, "-D", str(data), "-U", user, "-A", "trust", "-E", "UTF8", "--no-sync")
        (data / "pg_hba.conf").write_text(f"local all {user} trust\n{access}")
        port = free_port()
        command = [server, "-D", str(data), "-p", str(port), "-k", str(made), "-h", "127.0.0.1", "-F"]
        if tls:
            command += [
                "-c",
                "ssl=on",
                "-c",
                f"ssl_cert_file={made}/server.crt",
                "-c",
                f"ssl_key_file={made}/server.key",
            ]
        with started(user, command, port):
            run(
                user, psql, "-h", str(made), "-p", str(port), "-U", user, "-v", "ON_ERROR_STOP=1", "-q", text=statements
            )
            yield port


@contextlib.contextmanager
def mariadb(statements: str, *, tls: bool) -> Iterator[int]:
    """Run MariaDB after some statements, and yield its port."""
    user = "mysql"
    server, install = program("mariadbd"), program("mariadb-install-db")
    with folder(user) as made:
        data = made / "data"
        run(
            user,
            install,
            "--no-defaults",
            f"--datadir={data}",
            "--skip-test-db",
            "--auth-root-authentication-method=normal",
        )
        (made / "setup.sql").write_text(statements)
        (made / "setup.sql").chmod(0o644)
        port = free_port()
        command = [
            server, "--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1",
            f"--socket={made}/socket", f"--init-file={made}/setup.sql", f"--pid-file={made}/pid", "--skip-name-resolve",
        ]  # fmt: skip
        if tls:
            command += [f"--ssl-cert={made}/server.crt", f"--ssl-key={made}/server.key"]
        with started(user, command, port):
            yield port


@contextlib.contextmanager
def redis(*settings: str, tls: bool) -> Iterator[int]:
    """Run Redis with some settings, and yield its port."""
    user = "redis"
    server = program("redis-server")
    with folder(user) as made:
        port = free_port()
        command = [server, "--dir", str(made), "--save", "", "--bind", "127.0.0.1", *settings]
        if tls:
            command += ["--port", "0", "--tls-port", str(port), "--tls-auth-clients", "no"]
            command += ["--tls-cert-file", f"{made}/server.crt", "--tls-key-file", f"{made}/server.key"]
            command += ["--tls-ca-cert-file", f"{made}/server.crt"]
        else:
            command += ["--port", str(port)]
        with started(user, command, port):
            yield port
