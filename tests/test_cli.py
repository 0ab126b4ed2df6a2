"""The command line: exit statuses, one-line errors, where reports go, and that no secret is printed unasked."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click import Context
from click.testing import CliRunner, Result

from repositories import Repo
from scans import called, cli, token
from stanch import __version__
from stanch.cli import PLAIN, main
from stanch.cli.commands import stanch
from stanch.report import FORMATS

KEY = b"key = " + token(1) + b"\n"
TEXT = token(1).decode()
Captured = pytest.CaptureFixture[bytes]


def run(*arguments: str) -> Result:
    """Run the command line here; like `main`, map what it returns to the exit status."""
    return CliRunner().invoke(stanch, [str(argument) for argument in arguments], standalone_mode=False)


def status(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Return the exit status of `stanch` with these arguments."""
    monkeypatch.setattr(sys, "argv", ["stanch", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert isinstance(caught.value.code, int)
    return caught.value.code


@pytest.fixture
def leaky(repo: Repo) -> Repo:
    """Make a repository with a credential in its history and another in its worktree."""
    repo.commit({"a.txt": KEY, "src/b.py": b"x = 1\n"})
    repo.commit({"a.txt": None, "src/b.py": b"x = '" + token(2) + b"'\n"})
    return repo


def test_found(leaky: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Findings are exit status 1, and the report is on standard output alone."""
    assert status(monkeypatch, "scan", str(leaky.path)) == 1
    out, err = capsys.readouterr()
    assert "a.txt" in out
    assert "src/b.py" in out
    assert err == ""


def test_clean(repo: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing found is exit status 0."""
    repo.commit({"a.txt": b"nothing\n"})
    assert status(monkeypatch, "scan", str(repo.path)) == 0
    assert capsys.readouterr().err == ""


def test_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing found in an incomplete scan is exit status 3, and the report says what was left out."""
    (tmp_path / "a.txt").write_bytes(b"nothing " * 1_000)
    assert status(monkeypatch, "scan", str(tmp_path), "--max-size", "1k", "-f", "json") == 3
    report = json.loads(capsys.readouterr().out)
    assert report["complete"] is False
    assert [error["kind"] for error in report["errors"]] == ["too-large"]


def test_found_and_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings of an incomplete scan are exit status 1."""
    (tmp_path / "a.txt").write_bytes(b"nothing " * 1_000)
    (tmp_path / "b.txt").write_bytes(KEY)
    assert status(monkeypatch, "scan", str(tmp_path), "--max-size", "1k") == 1


@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
@pytest.mark.parametrize("name", FORMATS)
def test_incomplete_is_said_in_every_format(name: str, quiet: list[str], tmp_path: Path) -> None:
    """The report says that something was left out, or standard error does where it cannot."""
    (tmp_path / "a.txt").write_bytes(b"nothing " * 1_000)
    done = called("scan", str(tmp_path), "--max-size", "1k", "-f", name, *quiet)
    assert done.returncode == 3
    if name in ("csv", "jsonl"):
        assert f"1 thing could not be scanned, which {name} cannot say" in done.stderr.decode()
    else:
        assert b"too-large" in done.stdout
        assert done.stderr == b""


BAD_PACK = "[[rules]]\nid = 'x'\n"
WRONG = [
    # arguments, what the error names
    (["scan", "gone"], "gone"),
    (["scan", "plain", "--history"], "not the root of a git repository"),
    (["scan", "plain", "--staged"], "inside a git repository"),
    (["scan", "plain", "--range", "A..B"], "inside a git repository"),
    (["scan", "repo/a.txt", "--staged"], "not a folder"),
    (["scan", "repo/.git", "--staged"], "no index"),
    (["scan", "-", "--staged"], "about a git repository"),
    (["scan", "env:", "--since", "HEAD"], "about a git repository"),
    (["scan", "plain", "-o", "bad.toml/report"], "bad.toml/report"),
    (["scan", "repo", "--range", "gone..HEAD"], "gone"),
    (["scan", "repo", "--range", "HEAD"], "OLD..NEW"),
    (["scan", "repo", "--since", "gone"], "gone"),
    (["scan", "repo", "--since", "--output=x"], "--output=x"),
    (["scan", "repo", "--staged", "--since", "HEAD"], "exclude each other"),
    (["scan", "repo", "--staged", "--history"], "leave out"),
    (["scan", "plain", "--rules", "bad.toml"], "bad.toml"),
    (["scan", "plain", "--rules", "plain"], "missing"),
    (["scan", "plain", "--rules", "gone.toml"], "gone.toml"),
    (["scan", "plain", "--only-rule", "no-such-rule"], "no-such-rule"),
    (["scan", "plain", "--disable-rule", "no-such-rule"], "no-such-rule"),
    (["scan", "plain", "-f", "json", "-f", "sarif"], "two reports on standard output"),
    (["scan", "plain", "-o", "a", "-o", "b"], "more -o than -f"),
    (["scan", "plain", "-f", "pdf"], "pdf"),
    (["scan", "plain", "-o", "no/such/folder/report"], "no/such/folder/report"),
    (["scan", "plain", "-o", "plain"], "plain"),
    (["scan", "plain", "--max-size", "many"], "many"),
    (["scan", "plain", "--max-size", "nan"], "nan"),
    (["scan", "plain", "--max-size", "inf"], "inf"),
    (["scan", "plain", "--max-size", "0"], "above 0"),
    (["scan", "plain", "--jobs", "0"], "jobs"),
    (["scan", "plain", "--no-such-option"], "--no-such-option"),
    (["rules", "show", "no-such-rule"], "no-such-rule"),
    (["no-such-command"], "no-such-command"),
]


@pytest.mark.parametrize(("arguments", "named"), WRONG, ids=[" ".join(arguments) for arguments, _ in WRONG])
def test_wrong_usage(
    arguments: list[str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Wrong usage is exit status 2 with an error that names what is wrong, and no traceback."""
    monkeypatch.chdir(tmp_path)
    Repo(tmp_path / "repo").commit({"a.txt": b"x"})
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "pack.toml").write_text(BAD_PACK, "utf-8")
    (tmp_path / "bad.toml").write_text("not toml at all [", "utf-8")
    assert status(monkeypatch, *arguments) == 2
    out, err = capsys.readouterr()
    assert named in err
    assert "Traceback" not in err
    assert out == ""
    assert len(err.splitlines()) == 1 or err.startswith("Usage:")
    assert not list(tmp_path.glob("*.partial"))


def test_as_a_process(leaky: Repo) -> None:
    """`python -m stanch` gives the same statuses, and scans the current folder when nothing is named."""
    done = cli("scan", "-f", "json", cwd=leaky.path)
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, b"")
    assert report["schema"] == 1
    assert {finding["locations"][0]["path"] for finding in report["findings"]} == {"a.txt", "src/b.py"}
    gone = cli("scan", "gone", cwd=leaky.path)
    assert (gone.returncode, gone.stdout, gone.stderr.count(b"\n")) == (2, b"", 1)


def test_no_progress_and_no_colour_in_a_pipe(leaky: Repo) -> None:
    """Away from a terminal there is no progress and no escape sequence; nor with NO_COLOR."""
    for environment in ({}, {"NO_COLOR": "1"}, {"TERM": "xterm-256color"}):
        done = cli("scan", str(leaky.path), **environment)
        assert b"\x1b" not in done.stdout + done.stderr
        assert done.stderr == b""


def test_broken_pipe(tmp_path: Path) -> None:
    """A reader that has seen enough is no failure, and there is no complaint."""
    for number in range(2_000):
        (tmp_path / f"{number}.txt").write_bytes(b"key = " + token(number % 300) + b"\n")
    with subprocess.Popen(
        [sys.executable, "-m", "stanch", "scan", str(tmp_path), "-f", "jsonl"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdout
        assert running.stderr
        assert running.stdout.readline().startswith(b"{")
        running.stdout.close()
        err = running.stderr.read()
    assert (running.returncode, err) == (0, b"")


def test_standard_input() -> None:
    """`-` is standard input."""
    done = cli("scan", "-", "-f", "json", stdin=b"first\n" + KEY)
    [finding] = json.loads(done.stdout)["findings"]
    assert (finding["locations"][0]["target"], finding["locations"][0]["line"]) == ("-", 2)


def test_environment() -> None:
    """`env:` is the environment; a location's path is the variable."""
    done = cli("scan", "env:", "-f", "json", SOME_VARIABLE=TEXT)
    assert done.returncode == 1
    found = {at["path"]: at["surface"] for item in json.loads(done.stdout)["findings"] for at in item["locations"]}
    assert found["SOME_VARIABLE"] == "environment"


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("more", [[], ["--explain"], ["--verbose"], ["--min-confidence", "low"]])
def test_no_secret_unasked(name: str, more: list[str], leaky: Repo, capfdbinary: Captured) -> None:
    """No format and no message holds a secret that was not asked for, as it stands or in base64."""
    leaky.commit({f"{TEXT}.txt": KEY}, message=f"Use {TEXT}")
    done = (cli if more == ["--verbose"] else called)("scan", str(leaky.path), "-f", name, *more)
    assert done.returncode == 1
    said = done.stdout + done.stderr + b"".join(capfdbinary.readouterr())
    for secret in (token(1), token(2)):
        assert secret not in said
        assert secret[4:] not in said


def test_show_secrets(leaky: Repo, tmp_path: Path) -> None:
    """--show-secrets writes them, into a file that only its owner can read."""
    report = tmp_path / "report.json"
    assert run("scan", leaky.path, "--show-secrets", "-f", "json", "-o", report).return_value == 1
    assert {finding["secret"] for finding in json.loads(report.read_text())["findings"]} == {TEXT, token(2).decode()}
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_show_secrets_over_an_open_file(leaky: Repo, tmp_path: Path) -> None:
    """A file that others could read is replaced, not filled."""
    report = tmp_path / "report.json"
    report.write_text("old")
    report.chmod(0o666)
    run("scan", leaky.path, "--show-secrets", "-f", "json", "-o", report)
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_several_reports(leaky: Repo, tmp_path: Path) -> None:
    """Pairs of -f and -o write several reports; the one without a file goes to standard output."""
    one, two = tmp_path / "a.sarif", tmp_path / "b.json"
    done = run("scan", leaky.path, "-f", "sarif", "-o", one, "-f", "json", "-o", two, "-f", "jsonl")
    assert json.loads(one.read_text())["version"] == "2.1.0"
    assert json.loads(two.read_text())["schema"] == 1
    assert all(json.loads(line) for line in done.output.splitlines())
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["a.sarif", "b.json"]


def test_a_report_is_whole_or_absent(leaky: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that cannot be written leaves the old one, and no part of a new one."""
    report = tmp_path / "report.json"
    report.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    done = run("scan", leaky.path, "-f", "json", "-o", report)
    assert "No space left" in str(done.exception)
    assert report.read_text() == "old"
    assert not list(tmp_path.glob("report.json.*"))


def test_explain(tmp_path: Path) -> None:
    """--explain also reports what was dropped, with the reason, and does not count it as found."""
    (tmp_path / "a.py").write_bytes(b'password = "' + b"change" + b'me"\n')
    done = run("scan", tmp_path, "--explain", "-f", "json")
    assert done.return_value == 0
    assert {finding["dropped"] for finding in json.loads(done.output)["findings"]} == {"a placeholder"}
    assert "a placeholder" in run("scan", tmp_path, "--explain").output
    assert json.loads(run("scan", tmp_path, "-f", "json").output)["findings"] == []


def test_timeout(leaky: Repo) -> None:
    """A scan that takes longer than it may is incomplete."""
    done = run("scan", leaky.path, "--timeout", "0.000001", "-f", "json")
    report = json.loads(done.output)
    assert [error["kind"] for error in report["errors"]] == ["timeout"]
    assert done.return_value in (1, 3)


def strip(report: bytes) -> bytes:
    """Remove what a report says about time."""
    return re.sub(rb'"seconds": [\d.]+', b"", report)


@pytest.mark.parametrize(
    "how", [["--jobs", "3"], ["--engine", "hyperscan"], ["--jobs", "2", "--engine", "aho-corasick"]]
)
def test_deterministic(leaky: Repo, how: list[str]) -> None:
    """Two runs write the same bytes but for the seconds, whatever the number of processes."""
    first, second = (cli("scan", str(leaky.path), "-f", "json", *how).stdout for _ in range(2))
    assert strip(first) == strip(second)
    wanted = json.loads(cli("scan", str(leaky.path), "-f", "json").stdout)["findings"]
    assert json.loads(first)["findings"] == wanted


@pytest.mark.parametrize("engine", ["hyperscan", "aho-corasick"])
def test_engine_in_the_report(leaky: Repo, engine: str) -> None:
    """The report names the prefilter that ran."""
    assert json.loads(run("scan", leaky.path, "-f", "json", "--engine", engine).output)["tool"]["engine"] == engine


def test_one_rule(leaky: Repo) -> None:
    """--only-rule and --disable-rule choose the rules."""
    assert run("scan", leaky.path, "--disable-rule", "github-pat-classic", "--no-history").return_value == 0
    done = run("scan", leaky.path, "--only-rule", "github-pat-classic", "-f", "json")
    assert {finding["rule"] for finding in json.loads(done.output)["findings"]} == {"github-pat-classic"}


def test_notes(repo: Repo) -> None:
    """What git ignores is told on standard error; --quiet keeps silent."""
    repo.commit({".gitignore": b"out\n", "a.txt": b"x"})
    repo.put("out", b"x")
    assert b"git ignores 1" in cli("scan", str(repo.path)).stderr
    assert cli("scan", str(repo.path), "--quiet").stderr == b""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["scan", "--help"], ["report", "--help"], ["rules", "--help"], ["--version"]]
)
def test_help(arguments: list[str]) -> None:
    """Help and version are on standard output, exit status 0."""
    done = cli(*arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Usage" in done.stdout or __version__.encode() in done.stdout


@pytest.mark.parametrize("arguments", PLAIN)
def test_what_is_not_parsed(arguments: tuple[str, ...]) -> None:
    """The command lines that click does not see mean what click would read in them."""
    _, given = PLAIN[arguments]
    name, *rest = arguments
    command = stanch.get_command(Context(stanch), name)
    assert command
    read = command.make_context(name, rest).params
    assert {option: value for option, value in read.items() if value not in (None, False, ())} == given


def test_a_crash_is_not_a_finding(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An error that nobody foresaw ends in status 3, names the place, and does not repeat the error's text."""

    def crash(*_: object) -> None:
        raise ZeroDivisionError("text of the target")

    monkeypatch.setattr("stanch.cli.settings._options", crash)
    monkeypatch.setattr("sys.argv", ["stanch", "scan"])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr().err
    assert ended.value.code == 3
    assert "ZeroDivisionError in " in told
    assert "text of the target" not in told


def test_paths_from_a_subfolder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is staged is told with its real path, from wherever one stands."""
    repo = Repo(tmp_path / "repo")
    repo.commit({"src/a.txt": b"x"})
    repo.put("top.txt", KEY)
    repo.git("add", "--all")
    monkeypatch.chdir(repo.path / "src")
    assert status(monkeypatch, "scan", "--staged") == 1
    assert " ../top.txt:1" in capsys.readouterr().out


def test_an_empty_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A range with its ends swapped is no silent green."""
    repo = Repo(tmp_path / "repo")
    repo.commit({"a.txt": b"x"})
    repo.commit({"a.txt": b"y"})
    assert status(monkeypatch, "scan", str(repo.path), "--range", "HEAD..HEAD~1") == 0
    assert "holds no commits" in capsys.readouterr().err


def test_quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A quiet scan that finds nothing says nothing; one that finds something reports it."""
    (tmp_path / "a.txt").write_bytes(b"nothing")
    assert status(monkeypatch, "scan", "--quiet", str(tmp_path)) == 0
    assert capsys.readouterr() == ("", "")
    (tmp_path / "a.txt").write_bytes(KEY)
    assert status(monkeypatch, "scan", "--quiet", str(tmp_path)) == 1
    assert "github-pat-classic" in capsys.readouterr().out


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without git a repository cannot be scanned, and one line says so."""
    Repo(tmp_path / "repo").commit({"a.txt": b"x"})
    monkeypatch.setenv("PATH", str(tmp_path))
    assert status(monkeypatch, "scan", str(tmp_path / "repo")) == 2
    assert "git is needed" in capsys.readouterr().err
