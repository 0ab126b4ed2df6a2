"""`stanch scan --verify`, `stanch verify`, and what cannot be asked for."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result

import scans
from stanch.cli.commands import stanch
from stanch.errors import UsageError
from stanch.examples import example
from verify.runs import RULE
from verify.servers import Reply, Seen, Server, authority, hang, of_json, serving

PACK = """[[rules]]
id = "acme-token"
name = "Acme token"
provider = "Acme"
category = "saas"
keywords = ["acm_"]
pattern = '''\\b(?P<secret>acm_[a-z0-9]{24})\\b'''
references = ["https://verify.test/docs"]
[rules.verify]
request = { url = "https://api.verify.test/v1/me", bearer = true }
live = { status = [200], has = ["/login"] }
dead = { status = [401] }
identity = ["/login"]
scopes = { header = "x-scopes" }
"""
GOOD, BAD = (example(RULE, Random(number))[1].decode() for number in (1, 2))


def provider(seen: Seen) -> Reply:
    """Know one credential."""
    if seen.headers.get("authorization") == f"Bearer {GOOD}":
        return of_json(200, {"login": "me@verify.test"}, **{"x-scopes": "read, write"})
    return of_json(401, {})


@pytest.fixture
def server() -> Iterator[Server]:
    """Run a provider."""
    with serving(provider) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a live and a dead credential, a pack for them, and the authority's certificate."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.env").write_text(f"A_DEAD={BAD}\nA_LIVE={GOOD}\n")
    (tmp_path / "src" / "b.env").write_text(f"AGAIN={GOOD}\n")
    (tmp_path / "acme.toml").write_text(PACK)
    authority().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path


def run(*arguments: object) -> Result:
    """Run the command line here."""
    return CliRunner().invoke(stanch, [str(argument) for argument in arguments], standalone_mode=False)


def asking(folder: Path, server: Server) -> tuple[object, ...]:
    """Return the options that lead to the test's provider."""
    return "--endpoint", f"acme=https://localhost:{server.port}/base", "--ca-bundle", folder / "ca.pem"


def scanning(folder: Path) -> tuple[object, ...]:
    """Return a scan of the folder with its pack."""
    return "scan", folder / "src", "--rules", folder / "acme.toml", "-j", "1"


def verdicts(report: str) -> dict[str, dict[str, Any]]:
    """Return the verdicts of a JSON report, by the masked secrets."""
    return {finding["masked"]: finding["verdict"] for finding in json.loads(report)["findings"]}


def test_scan_verify(folder: Path, server: Server) -> None:
    """Each credential is asked about once; the live one comes first, with whose it is, and no secret is shown."""
    done = run(*scanning(folder), "--verify", *asking(folder, server))
    assert done.return_value == 1
    live = done.stdout.index("live, as me@verify.test (scopes: read, write)")
    assert live < done.stdout.index("verdict      dead")
    assert GOOD not in done.output
    assert len(server.seen) == 3  # two credentials and a control
    assert {seen.target for seen in server.seen} == {"/base/v1/me"}


def test_without_verify_nothing_is_asked(folder: Path, server: Server) -> None:
    """A plain scan connects to nobody."""
    report = run(*scanning(folder), "-f", "json").stdout
    assert {verdict["status"] for verdict in verdicts(report).values()} == {"not-checked"}
    assert server.connections == 0


def test_sarif_has_the_verdict(folder: Path, server: Server) -> None:
    """SARIF carries verdict, identity and when it was asked, and never the secret."""
    done = run(*scanning(folder), "--verify", *asking(folder, server), "-f", "sarif", "--show-secrets")
    said = [result["properties"] for result in json.loads(done.stdout)["runs"][0]["results"]]
    live = next(properties for properties in said if properties["verdict"] == "live")
    assert (live["identity"], live["verdictDetail"]) == ("me@verify.test", "scopes: read, write")
    assert live["checkedAt"]
    assert GOOD not in done.stdout


FAIL_ON = [
    # what stands in the file, --fail-on, the exit status
    (f"A={GOOD}", "live", 1),
    (f"A={BAD}", "live", 0),
    (f"A={BAD}", "any", 1),
    (f"A={GOOD}\nB={BAD}", "live", 1),
    ("A=none", "live", 0),
]


@pytest.mark.parametrize(("text", "fail_on", "status"), FAIL_ON)
def test_fail_on(text: str, fail_on: str, status: int, folder: Path, server: Server) -> None:
    """With `live` only what is live fails a pipeline."""
    for path in (folder / "src").iterdir():
        path.unlink()
    (folder / "src" / "a.env").write_text(text)
    done = run(*scanning(folder), "--verify", "--fail-on", fail_on, *asking(folder, server))
    assert done.return_value == status


def test_fail_on_live_says_what_is_unknown(folder: Path, server: Server) -> None:
    """What nobody knows does not fail, but it is said."""
    server.behaviour = lambda _: Reply(500)
    done = run(*scanning(folder), "--verify", "--fail-on", "live", *asking(folder, server), "--verify-timeout", "5")
    assert done.return_value == 0
    assert "2 findings are neither known to be live nor to be dead" in done.stderr


WRONG = [
    # options, what the error says
    (("--verify-host", "a.test"), "--verify-host says how to verify; give --verify too"),
    (("--verify-budget", "3"), "--verify-budget says how to verify"),
    (("--fail-on", "live"), "without --verify nobody knows"),
    (("--verify-dry-run", "--fail-on", "live"), "a dry run finds nothing live"),
    (("--verify", "--endpoint", "acme=http://a.test"), "--endpoint acme: write name=https://HOST"),
    (("--verify", "--endpoint", "acme=https://u@a.test"), "--endpoint acme: write name=https://HOST"),
    (("--verify", "--endpoint", "acme=https://a.test/?x=1"), "--endpoint acme: write name=https://HOST"),
    (("--verify", "--endpoint", "acme=https://a.test:x"), "--endpoint acme: write name=https://HOST"),
    (("--verify", "--endpoint", "https://a.test"), "write name=https://HOST"),
    (("--verify", "--endpoint", "githb=https://a.test"), "no rule in use asks there; did you mean github?"),
    (("--verify-dry-run", "--endpoint", "githb=https://a.test"), "no rule in use asks there; did you mean github?"),
    (("--verify", "--endpoint", "npm=https://a.test", "--endpoint", "npm=https://b.test"), "npm: given twice"),
    (("--verify", "--verify-host", "a b"), "is no host; write HOST or HOST:PORT"),
    (("--verify", "--verify-host", "https://a.test/x"), "is no host; write HOST or HOST:PORT"),
    (("--verify", "--verify-cache-age", "soon"), "write a number and s, m, h or d"),
    (("--verify", "--ca-bundle", "/dev/null"), "holds no certificates"),
    (("--verify", "--verify-log", "/nowhere/log"), "cannot be written"),
]


@pytest.mark.parametrize(("options", "says"), WRONG)
def test_wrong_usage(options: tuple[str, ...], says: str, folder: Path) -> None:
    """What cannot be meant is a usage error."""
    done = run(*scanning(folder), *options)
    assert isinstance(done.exception, UsageError), done.exception
    assert says in str(done.exception)


def test_a_repository_cannot_ask_for_it(folder: Path, server: Server) -> None:
    """A stanch.toml has no key that verifies, or that names a host."""
    for key in ("verify = true", 'verify-host = ["x.test"]', 'endpoint = ["acme=https://x.test"]', 'fail-on = "live"'):
        (folder / "stanch.toml").write_text(key + "\n")
        done = run("scan", "-c", folder / "stanch.toml", folder / "src")
        assert isinstance(done.exception, UsageError)
        assert "no such key" in str(done.exception)


def test_a_repository_cannot_name_rules_that_send(folder: Path, server: Server) -> None:
    """A pack that a stanch.toml adds finds credentials, but is not asked where to send them."""
    (folder / "stanch.toml").write_text('rules = ["acme.toml"]\n')
    command = ("scan", folder / "src", "-c", folder / "stanch.toml", "--verify", "-f", "json", "-j", "1")
    done = run(*command, "--verify-host", f"localhost:{server.port}", "--ca-bundle", folder / "ca.pem")
    assert {verdict["status"] for verdict in verdicts(done.stdout).values()} == {"not-checked"}
    assert "acme: no rule in use asks there" in str(run(*command, *asking(folder, server)).exception)
    assert server.connections == 0


def test_dry_runs(folder: Path, server: Server) -> None:
    """A dry run says each request, masked, and connects to nobody."""
    done = run(*scanning(folder), "--verify-dry-run", *asking(folder, server))
    said = f"acme-token: GET https://localhost:{server.port}/base/v1/me"
    assert done.stderr.count(said) == 2
    run(*scanning(folder), "--show-secrets", "-f", "json", "-o", folder / "report.json")
    again = run("verify", folder / "report.json", "--rules", folder / "acme.toml", "--dry-run", *asking(folder, server))
    assert again.return_value == 0
    assert again.stdout.count(said) == 2
    assert "Authorization: Bearer acm…" in again.stdout
    assert GOOD not in done.output + again.output
    assert server.connections == 0


def test_a_dry_run_says_what_cannot_be_asked(folder: Path) -> None:
    """What no request can be made for is told with the reason, not left out."""
    drawn = example(scans.ruleset().by_id["npm-access-token"], Random(1))[1].decode()
    (folder / "src" / "b.env").write_text(f"NPM_TOKEN={drawn}\n")
    done = run("scan", folder / "src" / "b.env", "--verify-dry-run")
    assert "npm-access-token: nothing is asked: host not allowed: no host is known; --endpoint npm=URL" in done.stderr


def test_the_summary_counts_verdicts(folder: Path, server: Server) -> None:
    """The last line of the text report says how many are live."""
    done = run(*scanning(folder), "--verify", *asking(folder, server))
    assert "2 findings (2 high; 1 live, 1 dead)" in done.stdout


def test_verify_a_report(folder: Path, server: Server) -> None:
    """A report with secrets is checked later, and written anew, without the secrets unless asked."""
    report, checked = folder / "report.json", folder / "checked.json"
    run(*scanning(folder), "--show-secrets", "-f", "json", "-o", report)
    command = "verify", report, "--rules", folder / "acme.toml", *asking(folder, server), "-f", "json", "-o", checked
    assert run(*command, "--fail-on", "live").return_value == 1
    assert sorted(verdict["status"] for verdict in verdicts(checked.read_text()).values()) == ["dead", "live"]
    assert GOOD not in checked.read_text()
    assert run(*command, "--show-secrets").return_value == 1
    assert GOOD in checked.read_text()
    assert stat.S_IMODE(checked.stat().st_mode) == 0o600


def test_a_report_without_secrets(folder: Path) -> None:
    """A report without secrets cannot be checked, and the error says how to make one."""
    run(*scanning(folder), "-f", "json", "-o", folder / "report.json")
    done = run("verify", folder / "report.json", "--rules", folder / "acme.toml")
    assert isinstance(done.exception, UsageError)
    assert "scan again with --show-secrets -f json" in str(done.exception)


def test_log_and_cache(folder: Path, server: Server) -> None:
    """The log has a line for each request, the cache spares the next run all of them; neither has a secret."""
    log, kept = folder / "log.jsonl", folder / "kept.json"
    command = (*scanning(folder), "--verify", *asking(folder, server), "--verify-log", log, "--verify-cache", kept)
    first = run(*command, "-f", "json").stdout
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert len(lines) == len(server.seen) == 3
    assert {(line["rule"], line["method"]) for line in lines} == {("acme-token", "GET")}
    assert {line["url"] for line in lines} == {f"https://localhost:{server.port}/base/v1/me"}
    assert sorted(line["status"] for line in lines) == [200, 401, 401]
    again = run(*command, "-f", "json").stdout
    assert verdicts(again) == verdicts(first)
    assert len(server.seen) == 3
    run(*command, "--verify-cache-age", "0s")
    assert len(server.seen) == 6
    for path in (log, kept):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert GOOD not in path.read_text()
        assert BAD not in path.read_text()


def test_a_corrected_rule_is_asked_again(folder: Path, server: Server) -> None:
    """The cache knows verdicts of what a rule asked then, and not of what it asks now."""
    command = (*scanning(folder), "--verify", *asking(folder, server), "--verify-cache", folder / "kept.json")
    run(*command)
    pack = folder / "acme.toml"
    pack.write_text(PACK.replace("dead = { status = [401] }", "dead = { status = [403] }"))
    said = verdicts(run(*command, "-f", "json").stdout)
    assert {verdict["status"] for verdict in said.values()} == {"unknown"}


def test_a_file_that_is_no_cache(folder: Path, server: Server) -> None:
    """A file of something else is left as it is."""
    (folder / "notes.txt").write_text("mine")
    done = run(*scanning(folder), "--verify", *asking(folder, server), "--verify-cache", folder / "notes.txt")
    assert isinstance(done.exception, UsageError)
    assert (folder / "notes.txt").read_text() == "mine"
    assert server.connections == 0


def test_a_signal_ends_the_asking_not_the_report(folder: Path, server: Server) -> None:
    """Ctrl-C while providers are asked: what is known by then is reported, and the exit status is the signal's."""
    server.behaviour = hang
    options = [str(option) for option in (*scanning(folder), "--verify", *asking(folder, server), "-f", "json")]
    command = [sys.executable, "-m", "stanch", *options, "--verify-timeout", "120"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        for _ in range(600):
            if server.seen:
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 128 + signal.SIGINT, err
    assert {verdict["detail"] for verdict in verdicts(out.decode()).values()} == {"stopped before it was answered"}


def test_a_cache_that_cannot_be_written(folder: Path, server: Server) -> None:
    """What was found out is reported all the same, and the scan is incomplete."""
    gone = folder / "gone" / "kept.json"
    done = run(*scanning(folder), "--verify", *asking(folder, server), "--verify-cache", gone, "-f", "json")
    assert sorted(verdict["status"] for verdict in verdicts(done.stdout).values()) == ["dead", "live"]
    assert [error["kind"] for error in json.loads(done.stdout)["errors"]] == ["not-kept"]


def test_budget(folder: Path, server: Server) -> None:
    """No more requests than the budget allows; what is not asked is unknown, and says so."""
    done = run(*scanning(folder), "--verify", *asking(folder, server), "--verify-budget", "1", "-f", "json")
    assert len(server.seen) == 1
    assert "budget: --verify-budget is spent" in done.stdout


def test_rules_that_can_be_verified(folder: Path) -> None:
    """`rules list --verifiable` names them, and `rules show` says how."""
    listed = run("rules", "list", "--verifiable", "--rules", folder / "acme.toml", "--no-config").stdout
    assert "acme-token\tAcme\tAcme token" in listed
    assert "generic-secret" not in listed
    shown = run("rules", "show", "acme-token", "--rules", folder / "acme.toml", "--no-config").stdout
    assert "GET https://api.verify.test/v1/me" in shown
    assert "status 200, has /login" in shown
    assert "status 401" in shown
