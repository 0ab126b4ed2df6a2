"""`stanch report`: a JSON report in, any format out, and nothing shown that was not asked for."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from report.samples import PASSWORD, TOKEN, finding, full, result, written
from report.test_formats import page_data
from scans import cli, token
from stanch.report import FORMATS


@pytest.fixture
def findings(tmp_path: Path) -> Path:
    """Write a JSON report with something of everything, as it is without --show-secrets."""
    file = tmp_path / "findings.json"
    file.write_text(written("json", full()))
    return file


WHAT: dict[str, Callable[[str], Any]] = {
    # what the rules in use add, and the time, are not the report's
    "sarif": lambda text: json.loads(text)["runs"][0]["results"],
    "gitlab": lambda text: [entry["location"] for entry in json.loads(text)["vulnerabilities"]],
    "html": lambda text: page_data(text)["places"],
}


@pytest.mark.parametrize("name", FORMATS)
def test_each_format(name: str, findings: Path) -> None:
    """The report is what the scan itself would have written."""
    done = cli("report", str(findings), "-f", name)
    what = WHAT.get(name, str)
    assert done.returncode == 0
    assert what(done.stdout.decode()) == what(written(name, full()))


def test_standard_input_and_output(findings: Path) -> None:
    """`-` is standard input, and without -f the report for people is written."""
    done = cli("report", "-", stdin=b"\xef\xbb\xbf" + findings.read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    assert "GitHub personal access token" in done.stdout.decode()


def test_several_reports(findings: Path, tmp_path: Path) -> None:
    """-f and -o are paired as in a scan."""
    one, two = tmp_path / "a.sarif", tmp_path / "a.xml"
    done = cli("report", str(findings), "-f", "sarif", "-o", str(one), "-f", "junit", "-o", str(two))
    assert (done.returncode, done.stdout) == (0, b"")
    assert json.loads(one.read_text())["version"] == "2.1.0"
    assert two.read_text() == written("junit", full())


def test_after_a_scan(tmp_path: Path) -> None:
    """What a scan wrote can be converted, to the same as the scan itself writes."""
    (tmp_path / "a.txt").write_bytes(b"key = " + token(1) + b"\n")
    scanned = cli("scan", "a.txt", "-f", "json", "-f", "sarif", "-o", "a.json", "-o", "a.sarif", cwd=tmp_path)
    converted = cli("report", "a.json", "-f", "sarif", cwd=tmp_path)
    assert (scanned.returncode, converted.returncode) == (1, 0)
    assert converted.stdout == (tmp_path / "a.sarif").read_bytes()


BROKEN = [
    # content, what the error says
    (b"", "not a JSON report"),
    (b"[]", "not a JSON report"),
    (b"\xff\xfe{", "not UTF-8"),
    (b'{"schema": 2}', "schema 1 only"),
    (b'{"schema": 1}', "report.tool must be an object"),
    (written("jsonl", full()).encode(), "not a JSON report"),
    (None, "No such file"),
]


@pytest.mark.parametrize(("content", "says"), BROKEN, ids=[says for _, says in BROKEN])
def test_malformed(content: bytes | None, says: str, tmp_path: Path) -> None:
    """What is no report is refused with status 2 and one line that names the file; nothing is written."""
    file = tmp_path / "findings.json"
    if content is not None:
        file.write_bytes(content)
    done = cli("report", str(file), "-f", "sarif", "-o", str(tmp_path / "out"))
    assert (done.returncode, done.stdout) == (2, b"")
    assert says in done.stderr.decode()
    assert "findings.json" in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-f", "json", "-f", "csv"], "two reports on standard output"),
        (["-o", "a", "-o", "b"], "more -o than -f"),
        (["-f", "pdf"], "pdf"),
        (["-o", "no/such/folder/out"], "no/such/folder/out"),
    ],
)
def test_wrong_usage(arguments: list[str], says: str, findings: Path) -> None:
    """Wrong usage is status 2, as in a scan."""
    done = cli("report", str(findings), *arguments, cwd=findings.parent)
    assert done.returncode == 2
    assert says in done.stderr.decode()


@pytest.mark.parametrize("name", FORMATS)
def test_secrets_in_the_report(name: str, tmp_path: Path) -> None:
    """Secrets that a report holds are masked again, unless they are asked for and the format may hold them."""
    (tmp_path / "a.json").write_text(written("json", result(finding(TOKEN)), show_secrets=True))
    masked = cli("report", "a.json", "-f", name, cwd=tmp_path)
    asked = cli("report", "a.json", "-f", name, "-o", "out", "--show-secrets", cwd=tmp_path)
    assert TOKEN not in masked.stdout + masked.stderr
    assert (TOKEN in (tmp_path / "out").read_bytes()) is (name in ("text", "json", "jsonl", "csv", "html"))
    assert (asked.returncode, asked.stderr) == (0, b"")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600


def test_no_secrets_to_show(findings: Path) -> None:
    """Who asks for secrets of a report that holds none is told so."""
    assert b"holds no secrets" in cli("report", str(findings), "--show-secrets").stderr
    assert PASSWORD not in findings.read_bytes()


@pytest.mark.parametrize(("name", "says"), [("csv", True), ("jsonl", True), ("json", False), ("junit", False)])
def test_incomplete(name: str, says: bool, findings: Path) -> None:
    """Where the format cannot say that the scan was incomplete, standard error does."""
    words = b"2 things could not be scanned, which " + name.encode() + b" cannot say"
    assert (words in cli("report", str(findings), "-f", name).stderr) is says
