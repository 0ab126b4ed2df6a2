"""From the command line to a real database: what a user does with a password in a URL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from verify.checks import daemons
from verify.checks.asking import PASSWORD, WRONG
from verify.servers import authority

SETUP = f"CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'; CREATE ROLE anyone LOGIN;"
ACCESS = "host all anyone 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Run a server with TLS, and tell its port."""
    with daemons.postgresql(SETUP, ACCESS, tls=True) as port:
        yield port


def stanch(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Run the command and return its exit status and its JSON report."""
    command = [sys.executable, "-m", "stanch", *arguments, "-f", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, "NO_PROXY": "*"})
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stderr
    assert "--show-secrets" in arguments or PASSWORD not in done.stdout
    return done.returncode, json.loads(done.stdout)


def _verdicts(report: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    found = report["findings"]
    return {one["locations"][0]["path"]: (one["verdict"]["status"], one["verdict"]["identity"]) for one in found}


@pytest.mark.slow
def test_a_password_in_a_url(port: int, tmp_path: Path) -> None:
    """Live with whose it is, dead, and unknown where anyone is let in; the host must be named, now or later."""
    sources = tmp_path / "sources"
    sources.mkdir()
    (tmp_path / "ca.pem").write_bytes(authority().cert_pem.bytes())
    for name, user, password in (("right", "app", PASSWORD), ("wrong", "app", WRONG), ("trust", "anyone", WRONG * 2)):
        (sources / f"{name}.env").write_text(f"DATABASE_URL=postgres://{user}:{password}@localhost:{port}/postgres\n")
    trusted = ("--ca-bundle", str(tmp_path / "ca.pem"))
    named = (*trusted, "--verify-host", f"localhost:{port}")
    told = {"right.env": ("live", "app@localhost"), "wrong.env": ("dead", None), "trust.env": ("unknown", None)}

    assert _verdicts(stanch("scan", str(sources), "--verify", *named)[1]) == told
    _, refused = stanch("scan", str(sources), "--verify", "--verify-found-hosts", *trusted)
    assert {status for status, _ in _verdicts(refused).values()} == {"unknown"}
    assert {one["verdict"]["detail"] for one in refused["findings"]} == {"host not allowed: it is a loopback address"}

    _, report = stanch("scan", str(sources), "--show-secrets")
    (tmp_path / "report.json").write_text(json.dumps(report))
    status, later = stanch("verify", str(tmp_path / "report.json"), "--fail-on", "live", *named)
    assert (status, _verdicts(later)) == (1, told)
