"""`stanch fix` on reports of functions: with a repository beside them, killed, and used wrongly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloud.amazon import REGION, Amazon, Answer, package
from remediate.live.conftest import SCAN, Fix
from remediate.live.deployed import STRIPE
from repositories import Repo
from scans import called
from stanch.errors import UsageError
from stanch.remediate.stores import Address, opened

VALUE = STRIPE.decode()
PLAIN = {"STRIPE_KEY": VALUE, "STAGE": "dev"}
HANDLER = b"stripe_key = '%b'\n\n\ndef lambda_handler(event, context):\n    return len(stripe_key)\n"


def variables(aws: Amazon) -> dict[str, str]:
    """Return the environment of the function."""
    found: dict[str, str] = aws.client("lambda").get_function_configuration(FunctionName="orders")["Environment"][
        "Variables"
    ]
    return found


def held(aws: Amazon, name: str) -> bytes | None:
    """Return what the store has."""
    found = opened(Address("ssm", REGION, endpoint=aws.url)).get(name)
    return found and found.value


def test_a_secret_in_git_and_in_a_function_moves_once(aws: Amazon, repo: Repo) -> None:
    """It has one name in the store; the file is patched without consent, the function with it."""
    repo.commit({"handler.py": HANDLER % STRIPE})
    aws.function("orders", package(a_txt=b"a"), PLAIN)
    called("cloud", "aws-lambda", "--endpoint-url", aws.url, "--with", str(repo.path), *SCAN)
    fix = ("fix", "report.json", "--endpoint-url", aws.url, "--region", REGION)
    plan = json.loads(called(*fix, "-f", "json").stdout)
    assert [move["reference"]["name"] for move in plan["moves"] + plan["live"]] == ["/repo/STRIPE_KEY"] * 2
    done = called(*fix, "--apply", "--live")
    assert done.returncode == 0, done.stdout
    assert (repo.path / "handler.py").read_bytes().count(b'os.environ["STRIPE_KEY_PARAM"]') == 1
    assert variables(aws) == {**PLAIN, "STRIPE_KEY_PARAM": "/repo/STRIPE_KEY"}
    done = called(*fix, "--rollback", "--live")
    assert (done.returncode, variables(aws)) == (0, PLAIN)
    assert (repo.path / "handler.py").read_bytes() == HANDLER % STRIPE
    assert b"nothing to undo" in called(*fix, "--rollback", "--live").stdout


def test_usage(fix_aws: Fix) -> None:
    """Consent is for what changes something."""
    with pytest.raises(UsageError, match="--live is for --apply and --rollback"):
        fix_aws("--live")


def test_functions_are_changed_with_a_report_of_them(aws: Amazon, fix_aws: Fix, repo: Repo) -> None:
    """Without one, or with one of files alone, nothing is moved; a report beside the files keeps what it holds."""
    aws.function("orders", package(a_txt=b"a"), PLAIN)
    called("cloud", "aws-lambda", "--endpoint-url", aws.url, *SCAN)
    report = Path("report.json").read_bytes()
    files = {"a.py": b"stripe_key = '%b'\n" % STRIPE, "report.json": report}
    repo.commit(files)
    fix = ("fix", str(repo.path), "--store", "ssm", "--endpoint-url", aws.url, "--region", REGION)
    for options in (("--apply", "--live"), ("--apply", "--drop-plain"), ("--drop-plain",)):
        with pytest.raises(UsageError, match="wants a report of deployed functions: `stanch cloud"):
            called(*fix, *options)
    os.chdir(repo.path)
    called("scan", "a.py", "-f", "json", "--show-secrets", "-o", "../files.json")
    with pytest.raises(UsageError, match="wants a report of deployed functions"):
        called("fix", "../files.json", *fix[2:], "--apply", "--live")
    assert held(aws, "/repo/STRIPE_KEY") is None
    done = called(*fix, "--apply")
    assert held(aws, "/repo/STRIPE_KEY") == STRIPE
    assert b"report.json:" in done.stdout
    assert b"a report of stanch: delete it when you are done" in done.stdout
    assert (repo.path / "report.json").read_bytes() == report


KILLED: list[tuple[str, Callable[[str, bytes], bool], bool, bool]] = [
    ("before the value is in the store", lambda method, body: b'"Overwrite"' in body, False, False),
    ("after it is there, unanswered", lambda method, body: b'"Overwrite"' in body, True, False),
    ("before the function is changed", lambda method, body: method == "PUT", False, True),
    ("after it is changed, unanswered", lambda method, body: method == "PUT", True, True),
]


@pytest.mark.slow
@pytest.mark.parametrize(("when", "which", "after", "stored"), KILLED, ids=[row[0] for row in KILLED])
def test_killed(
    aws: Amazon, fix_aws: Fix, when: str, which: Callable[[str, bytes], bool], after: bool, stored: bool
) -> None:
    """The kernel ends the process at a request: the value is in the function, and the next run finishes."""
    aws.function("orders", package(a_txt=b"a"), PLAIN)
    fix_aws()
    running: dict[str, Any] = {}

    def rule(method: str, path: str, body: bytes) -> Answer | None:
        if not running.get("process") or not which(method, body):
            return None
        if after and method == "PUT":
            named = {**PLAIN, "STRIPE_KEY_PARAM": "/orders/STRIPE_KEY"}
            aws.client("lambda").update_function_configuration(FunctionName="orders", Environment={"Variables": named})
        elif after:
            aws.client("ssm").put_parameter(Name="/orders/STRIPE_KEY", Value=VALUE, Type="SecureString")
        os.kill(running.pop("process").pid, signal.SIGKILL)
        return 500, b"", {}

    aws.rules.append(rule)
    command = [sys.executable, "-m", "stanch", "fix", "report.json", "--endpoint-url", aws.url, "--apply", "--live"]
    running["process"] = process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert process.wait(60) == -signal.SIGKILL, when
    aws.rules.clear()
    assert variables(aws)["STRIPE_KEY"] == VALUE
    assert (held(aws, "/orders/STRIPE_KEY") == STRIPE) is (stored or after)
    (journal,) = Path(os.environ["XDG_STATE_HOME"]).rglob("*.jsonl")
    assert STRIPE not in journal.read_bytes()
    if stored:
        assert b"it was begun, and it is of a deployed function: --live finishes it" in fix_aws("--apply").stdout
    done = fix_aws("--apply", "--live")
    assert done.returncode == 0, done.stdout
    assert variables(aws) == {**PLAIN, "STRIPE_KEY_PARAM": "/orders/STRIPE_KEY"}
    assert held(aws, "/orders/STRIPE_KEY") == STRIPE
