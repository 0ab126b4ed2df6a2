"""Configuration: its keys, where it is found, what wins over it, and what a target cannot hide."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from project.documents import ROOT, code
from repositories import Repo
from scans import cli, token
from stanch import config
from stanch.cli.commands import stanch
from stanch.cli.settings import settings
from stanch.errors import UsageError
from stanch.model import Confidence

KEY = b"key = " + token(1) + b"\n"
OTHER = b"x = '" + token(2) + b"'\n"
RULE = "github-pat-classic"
ALLOW = f'[[allow]]\nreason = "sandbox"\nrules = ["{RULE}"]\n'
DOCUMENT = ROOT / "docs/config.md"
PACK = """
[[rules]]
id = "mine"
name = "Mine"
provider = "Me"
category = "saas"
keywords = ["mdup_"]
pattern = '(?P<secret>mdup_[a-f]{8})'
"""


def run(*arguments: object) -> Result:
    """Run the command line here; what it returns is the exit status."""
    return CliRunner().invoke(stanch, [str(argument) for argument in arguments], standalone_mode=False)


def findings(done: Result) -> set[tuple[str, str]]:
    """Return rule and path of what a JSON report holds."""
    report = json.loads(done.stdout)
    return {(found["rule"], at["path"]) for found in report["findings"] for at in found["locations"]}


def scan(*arguments: object) -> set[tuple[str, str]]:
    """Return what a scan of the command line reports."""
    done = run("scan", "-f", "json", *arguments)
    assert done.exception is None, done.exception
    return findings(done)


@pytest.fixture
def leaky(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Make a repository with a credential in its history and one in its worktree, and stand in it."""
    monkeypatch.chdir(repo.path)
    for name in ("GITLEAKS_CONFIG", "GITLEAKS_CONFIG_TOML"):
        monkeypatch.delenv(name, raising=False)
    repo.commit({"a.txt": KEY, "src/b.py": b"x = 1\n"})
    repo.commit({"a.txt": None, "src/b.py": OTHER})
    return repo


BOTH = {(RULE, "a.txt"), (RULE, "src/b.py")}


def test_the_document_names_every_key(tmp_path: Path) -> None:
    """Its example has all keys, and says what their defaults are; its table has the same keys."""
    (text,) = code(DOCUMENT, "toml")
    (tmp_path / "security").mkdir()
    for name in ("rules.toml", "accepted.json"):
        (tmp_path / "security" / name).write_text("")
    (tmp_path / "stanch.toml").write_text(text, "utf-8")
    made = config.find(tmp_path)
    assert made is not None
    assert (made.min_confidence, made.history, made.engine) == (Confidence.MEDIUM, True, "auto")
    assert (made.disable_rules, made.only_rules, made.reachable_only) == (("basic-auth-header",), (), False)
    assert (made.max_size, made.timeout) == (50 << 20, 600.0)
    assert made.rules == (tmp_path / "security/rules.toml",)
    assert made.baseline == (tmp_path / "security/accepted.json",)
    assert [table.why for table in made.allow] == [
        "passwords of the local database, never deployed",
        "the sandbox's public key, printed in the vendor's documentation",
    ]
    keys = set(re.findall(r"^([a-z-]+) = ", text.partition("[[allow]]")[0], re.MULTILINE)) | {"allow"}
    listed = set(re.findall(r"^\| `([a-z-]+)` \| .* \| .* \|$", DOCUMENT.read_text("utf-8"), re.MULTILINE))
    assert keys == listed == {name.replace("_", "-") for name in config.Config.__slots__} - {"origin"}


WRONG = [
    # stanch.toml, what the error says
    ("not toml [", "not TOML"),
    ("a = '\udcff'", "not TOML: not UTF-8"),
    ("x = " + "[" * 9_000, "not TOML"),
    ("min-confidense = 'low'", "'min-confidense': no such key; did you mean min-confidence?"),
    ("min_confidence = 'low'", "did you mean min-confidence?"),
    ("colour = 'red'", "'colour': no such key"),
    ("min-confidence = 'sure'", "min-confidence: must be one of low, medium, high"),
    ("min-confidence = 1", "min-confidence: must be one of"),
    ("min-confidence = ['low']", "min-confidence: must be one of"),
    ("disable-rules = 'jwt'", "disable-rules: must be a list"),
    ("disable-rules = [1]", "disable-rules: must be a list"),
    ("disable-rules = ['jwtt']", "disable-rules: no rule has the id 'jwtt'; did you mean jwt?"),
    ("only-rules = ['no-such-rule']", "only-rules: no rule has the id 'no-such-rule'"),
    ("rules = ['gone.toml']", "rules: there is no gone.toml"),
    ("rules = ['stanch.toml']", "stanch.toml: no [[rules]] in it"),
    ("baseline = ['gone.json']", "baseline: there is no gone.json"),
    ("baseline = ['a.txt']", "a.txt: line 1: not the JSON of a baseline"),
    ("max-size = 0", "max-size: must be above 0"),
    ("max-size = 'many'", "max-size: 'many' is no size"),
    ("max-size = true", "max-size: must be a number of bytes"),
    ("timeout = 0", "timeout: must be a number of seconds above 0"),
    ("timeout = true", "timeout: must be"),
    ("timeout = inf", "timeout: must be"),
    ("timeout = nan", "timeout: must be"),
    ("history = 'yes'", "history: must be true or false"),
    ("reachable-only = 1", "reachable-only: must be true or false"),
    ("engine = 'fast'", "engine: must be one of auto, hyperscan, aho-corasick"),
    ("allow = 3", "allow: must be tables"),
    ("[allow]\nreason = 'x'", "allow: must be tables"),
    ("[[allow]]\nrules = ['jwt']", "allow 1: reason: say why"),
    ("[[allow]]\nreason = ' '\nrules = ['jwt']", "allow 1: reason: say why"),
    ("[[allow]]\nreason = 'x'", "allow 1: needs paths, rules or secrets"),
    ("[[allow]]\nreason = 'x'\npath = ['x']", "allow 1: 'path': no such key; did you mean paths?"),
    ("[[allow]]\nreason = 'x'\npaths = 'x'", "allow 1: paths: must be a list"),
    ("[[allow]]\nreason = 'x'\npaths = []", "allow 1: paths: must not be empty"),
    ("[[allow]]\nreason = 'x'\npaths = ['!x']", "allow 1: paths: a path is"),
    ("[[allow]]\nreason = 'x'\npaths = ['[z-a]']", "allow 1: paths: number 1: not a regular expression"),
    ("[[allow]]\nreason = 'x'\nsecrets = ['fine', '[a']", "allow 1: secrets: number 2: not a regular expression"),
    ("[[allow]]\nreason = 'x'\nsecrets = ['(?:(?:a{99}){99}){99}']", "more than 20,000 items"),
    (ALLOW + ALLOW.replace(RULE, "jwtt"), "allow 2: rules: no rule has the id 'jwtt'; did you mean jwt?"),
]


@pytest.mark.parametrize(("text", "says"), WRONG, ids=[f"{text[:40]!a}" for text, _ in WRONG])
def test_wrong(text: str, says: str, leaky: Repo) -> None:
    """What is wrong is one line that names file and key, and nothing is scanned."""
    leaky.put("stanch.toml", text.encode("utf-8", "surrogateescape"))
    leaky.put("a.txt", b"")
    done = run("scan", ".")
    assert isinstance(done.exception, UsageError)
    assert says in str(done.exception)
    assert "\n" not in str(done.exception)
    assert done.stdout == ""
    assert run("scan", ".", "--no-config").exception is None


def test_what_is_no_file(leaky: Repo) -> None:
    """A pipe, a folder or a huge file under the name of a configuration is an error; nobody waits for it."""
    os.mkfifo(leaky.path / "stanch.toml")
    assert "not a file of at most" in str(run("scan", ".").exception)
    (leaky.path / "stanch.toml").unlink()
    (leaky.path / "stanch.toml").mkdir()
    assert "stanch.toml: cannot be read" in str(run("scan", ".").exception)
    (leaky.path / "stanch.toml").rmdir()
    (leaky.path / "stanch.toml").symlink_to("gone")
    assert "No such file" in str(run("scan", ".").exception)
    assert "gone.toml: cannot be read" in str(run("scan", ".", "--config", "gone.toml").exception)


def test_a_key_that_steers_a_terminal(leaky: Repo) -> None:
    """What a configuration holds is not written to a terminal as it is."""
    leaky.put("stanch.toml", rb'"\u001b[31mred" = 1')
    done = cli("scan", ".", cwd=leaky.path)
    assert done.returncode == 2
    leaky.put("stanch.toml", b'[[allow]]\nreason = "\\u001b[31mred"\npaths = ["gone"]')
    assert b"matches nothing" in (told := cli("scan", ".", cwd=leaky.path).stderr)
    assert b"\x1b" not in done.stderr + told


PLACES = [
    # where the configuration is, where one stands, targets, is it used
    ("repo", "repo", (), True),
    ("repo", "repo", (".",), True),
    ("repo", ".", ("repo",), True),
    ("repo", ".", ("repo/src",), True),
    ("repo", ".", ("repo/src/b.py",), True),
    ("repo", "repo/src", (), True),
    ("repo", "repo/src", ("-",), True),
    ("repo", "repo/src", ("env:",), True),
    ("repo", ".", ("-",), False),
    ("repo/src", "repo", (), False),
    ("repo/src", ".", ("repo/src",), False),
    (".", ".", ("repo",), False),
    ("plain", ".", ("plain",), True),
    ("plain", ".", ("plain/c.txt",), True),
    ("plain", ".", ("plain/deep",), False),
    ("plain", ".", ("plain", "repo"), True),
    ("plain", ".", ("repo", "plain"), False),
    ("bare.git", ".", ("bare.git",), False),
    (".", ".", ("bare.git",), False),
    ("linked", ".", ("linked",), True),
    ("repo", ".", ("linked",), False),
]


@pytest.mark.parametrize(("where", "standing", "targets", "used"), PLACES)
def test_where_it_is_found(
    where: str, standing: str, targets: tuple[str, ...], used: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands at the root of the first target: of the repository around it, or the folder."""
    repo = Repo(tmp_path / "repo")
    repo.commit({"src/b.py": b"x"})
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    (tmp_path / "plain/deep").mkdir(parents=True)
    (tmp_path / "plain/c.txt").write_text("x")
    (tmp_path / where / "stanch.toml").write_text("timeout = 77")
    monkeypatch.chdir(tmp_path / standing)
    assert (settings(targets, {}).options.timeout == 77) is used


def test_in_pyproject(leaky: Repo) -> None:
    """`[tool.stanch]` is read where it stands; without it pyproject.toml is not even parsed; two are an error."""
    leaky.put("pyproject.toml", b"not toml at all [")
    assert scan(".") == BOTH
    leaky.put("pyproject.toml", f"[tool.other]\nx = 1\n[[tool.stanch.allow]]\n{ALLOW.partition(chr(10))[2]}".encode())
    assert scan(".") == set()
    assert scan(".", "--config", "pyproject.toml") == set()
    leaky.put("stanch.toml", b"")
    assert "keep one of them" in str(run("scan", ".").exception)
    leaky.put("pyproject.toml", b"[tool.other]\nx = 1\n")
    assert scan(".") == BOTH
    assert "no table [tool.stanch]" in str(run("scan", ".", "--config", "pyproject.toml").exception)


def test_a_byte_order_mark(leaky: Repo) -> None:
    """A file that an editor of Windows wrote is read."""
    leaky.put("stanch.toml", b"\xef\xbb\xbf" + ALLOW.replace("\n", "\r\n").encode())
    assert scan(".") == set()


def test_a_hostile_repository_hides_nothing(leaky: Repo, tmp_path: Path) -> None:
    """With --no-config, or another file, nothing in the target changes what is reported."""
    leaky.put("stanch.toml", b"only-rules = ['jwt']\nmin-confidence = 'high'\nhistory = false\n" + ALLOW.encode())
    leaky.put(".gitleaksignore", b"src/b.py:github-pat:1\n")
    (tmp_path / "own.toml").write_text("")
    assert scan(".") == set()
    assert scan(".", "--no-config") == BOTH
    assert scan(".", "--config", tmp_path / "own.toml") == BOTH
    assert "exclude each other" in str(run("scan", ".", "--no-config", "--config", "stanch.toml").exception)


def test_who_configured_it_is_told(leaky: Repo, tmp_path: Path) -> None:
    """What was found in the target is told on standard error, unless quiet; what was named is not."""
    leaky.put("stanch.toml", b"")
    assert run("scan", ".").stderr == "stanch: configured by stanch.toml; --no-config leaves that out\n"
    leaky.put(".gitleaksignore", b"")
    assert "configured by stanch.toml and .gitleaksignore;" in run("scan", ".").stderr
    assert run("scan", ".", "--quiet").stderr == ""
    assert run("scan", ".", "--config", "stanch.toml").stderr == ""
    assert run("scan", ".", "--no-config").stderr == ""


GIVEN = [
    # stanch.toml, options, what is to be so
    ("min-confidence = 'high'", {}, {"min_confidence": "high"}),
    ("min-confidence = 'high'", {"min_confidence": "low"}, {"min_confidence": "low"}),
    ("max-size = '1k'", {}, {"max_size": 1024}),
    ("max-size = '1k'", {"max_size": 5}, {"max_size": 5}),
    ("timeout = 5", {"timeout": 2.5}, {"timeout": 2.5}),
    ("engine = 'aho-corasick'", {}, {"engine": "aho-corasick"}),
    ("engine = 'aho-corasick'", {"engine": "auto"}, {"engine": "auto"}),
    ("reachable-only = true", {}, {"reachable_only": True}),
    ("reachable-only = true", {"reachable_only": False}, {"reachable_only": False}),
    ("history = false", {}, {"history": False}),
    ("history = false", {"history": True}, {"history": True}),
    ("history = false", {"staged": True}, {"history": None, "staged": True}),
    ("history = false", {"since": "HEAD~1"}, {"history": None, "revisions": "HEAD~1..HEAD"}),
    ("history = true", {}, {"history": None}),
    ("", {}, {"min_confidence": "medium", "max_size": None, "timeout": None, "engine": "auto", "history": None}),
]


@pytest.mark.parametrize(("text", "given", "wanted"), GIVEN)
def test_the_command_line_wins(text: str, given: dict[str, object], wanted: dict[str, object], tmp_path: Path) -> None:
    """An option wins over its key, the key over the default."""
    (tmp_path / "stanch.toml").write_text(text)
    options = settings((str(tmp_path),), given).options
    assert {name: getattr(options, name) for name in wanted} == wanted


RULES = [
    # stanch.toml, options, rules in use, rules not in use
    ("disable-rules = ['jwt']", {}, {RULE}, {"jwt"}),
    ("disable-rules = ['jwt']", {"disable_rule": (RULE,)}, {"npm-access-token"}, {"jwt", RULE}),
    ("only-rules = ['jwt']", {}, {"jwt"}, {RULE}),
    ("only-rules = ['jwt']", {"only_rule": (RULE,)}, {RULE}, {"jwt"}),
    ("disable-rules = ['jwt']", {"only_rule": ("jwt",)}, {"jwt"}, {RULE}),
    ("rules = ['mine.toml']", {}, {"mine", "jwt"}, set()),
    ("rules = ['mine.toml']\nonly-rules = ['mine']", {}, {"mine"}, {"jwt"}),
]


@pytest.mark.parametrize(("text", "given", "in_use", "not_in_use"), RULES)
def test_which_rules(
    text: str, given: dict[str, object], in_use: set[str], not_in_use: set[str], tmp_path: Path
) -> None:
    """What is left out and what is added grows; a rule that the command line wants alone is used."""
    (tmp_path / "stanch.toml").write_text(text)
    (tmp_path / "mine.toml").write_text(PACK)
    ids = settings((str(tmp_path),), given).ruleset.by_id.keys()
    assert in_use <= ids
    assert not (not_in_use & ids)


def test_a_rule_that_nobody_has(tmp_path: Path) -> None:
    """The command line's own mistakes are told as before."""
    with pytest.raises(UsageError, match="no-such-rule"):
        settings((str(tmp_path),), {"disable_rule": ("no-such-rule",)})


def test_a_configured_rule_finds(leaky: Repo) -> None:
    """A pack that the file names is in use, and what it finds is reported."""
    leaky.put("rules/mine.toml", PACK.encode())
    leaky.put("stanch.toml", b"rules = ['rules']")
    leaky.put("c.txt", b"mdup_fbacdeab\n")
    assert ("mine", "c.txt") in scan(".")
    assert ("mine", "c.txt") in scan("src/..", "--history")


SET_ASIDE = [
    # keys of the table, arguments, what is left
    ("paths = ['src/']", (".",), {(RULE, "a.txt")}),
    ("paths = ['a.txt']", (".",), {(RULE, "src/b.py")}),
    ("paths = ['src/*.py']", ("src",), set()),
    ("paths = ['src/*.py']", ("src/b.py",), set()),
    ("paths = ['/b.py']", ("src",), {(RULE, "b.py")}),
    ("paths = ['src/']", ("--staged",), set()),
    ("paths = ['src/']", ("--since", "HEAD~1"), set()),
    (f"rules = ['{RULE}']", (".",), set()),
    ("rules = ['jwt']", (".",), BOTH),
    (f"secrets = ['{token(1).decode()[:8]}.*']", (".",), {(RULE, "src/b.py")}),
    (f"secrets = ['{token(1).decode()[:8]}']", (".",), BOTH),
    (f"secrets = ['{token(1).decode()[:8]}.*']\npaths = ['src/']", (".",), BOTH),
]


@pytest.mark.parametrize(("keys", "arguments", "left"), SET_ASIDE)
def test_set_aside(keys: str, arguments: tuple[str, ...], left: set[tuple[str, str]], leaky: Repo) -> None:
    """What a table allows is not reported, wherever one stands and whatever part is scanned."""
    leaky.put("stanch.toml", f"[[allow]]\nreason = 'sandbox'\n{keys}\n".encode())
    if "--staged" in arguments:
        leaky.put("src/b.py", OTHER + b"\n")
        leaky.git("add", "src/b.py")
    assert scan(*arguments) == left


def test_explained(leaky: Repo) -> None:
    """--explain lists what was set aside with the table's reason; otherwise a note counts it."""
    leaky.put("stanch.toml", ALLOW.encode())
    done = run("scan", ".")
    assert done.return_value == 0
    assert "2 findings are accepted" in done.stderr
    report = json.loads(run("scan", ".", "--explain", "-f", "json").stdout)
    assert {finding["dropped"] for finding in report["findings"]} == {"allowed in stanch.toml: sandbox"}


STALE = [
    # arguments, is the table that matched nothing told of
    ((), True),
    ((".",), True),
    (("src", "."), True),
    (("--explain",), True),
    (("src",), False),
    (("src/b.py",), False),
    (("--no-history",), False),
    (("--min-confidence", "low"), True),
    (("--since", "HEAD~1"), False),
    (("--staged",), False),
    (("--only-rule", "jwt"), False),
    (("--min-confidence", "high"), False),
]


@pytest.mark.parametrize(("arguments", "told"), STALE)
def test_stale(arguments: tuple[str, ...], told: bool, leaky: Repo) -> None:
    """A table that matches nothing in a scan of everything is told of; a part of it proves nothing."""
    leaky.put("stanch.toml", (ALLOW + "[[allow]]\nreason = 'old'\npaths = ['gone/']\n").encode())
    line = "stanch.toml: allow 2 (old) matches nothing; take it out"
    assert (line in run("scan", *arguments).stderr) is told


def test_allowed_at_one_place_only(leaky: Repo) -> None:
    """The same secret in two files, one of them allowed, is reported for the other."""
    leaky.put("c.txt", OTHER)
    leaky.put("stanch.toml", b"[[allow]]\nreason = 'sandbox'\npaths = ['c.txt']\n")
    assert scan("--no-history") == {(RULE, "src/b.py")}


def test_paths_in_a_second_target(leaky: Repo, tmp_path: Path) -> None:
    """In a target outside the configuration's root, paths count from that target's root."""
    leaky.put("stanch.toml", b"[[allow]]\nreason = 'sandbox'\npaths = ['/src/b.py']\n")
    other = Repo(tmp_path / "other")
    other.put("src/b.py", KEY)
    other.put("src/c.py", KEY)
    other.git("clone", "--quiet", "--bare", str(leaky.path), str(tmp_path / "bare.git"))
    assert scan("--no-history", ".", other.path / "src") == {(RULE, "c.py")}
    assert scan(".", tmp_path / "bare.git") == {(RULE, "a.txt")}


def test_a_baseline_of_what_is_not_allowed(leaky: Repo) -> None:
    """`stanch baseline` scans as configured: what is allowed is not accepted once more, and prune looks at all."""
    keys = "baseline = ['b.json']\n[[allow]]\nreason = 'sandbox'\npaths = ['src/']\n"
    leaky.put("stanch.toml", keys.encode())
    assert "baseline: there is no b.json" in str(run("scan").exception)
    assert "b.json: 1 entry added, 1 in all" in run("baseline", "create", "b.json").stdout
    assert scan() == set()
    assert "b.json: 1 entry added, 2 in all" in run("baseline", "update", "b.json", "--no-config").stdout
    assert "b.json: 0 entries removed, 2 in all" in run("baseline", "prune", "b.json").stdout


def test_a_hook_is_configured(leaky: Repo) -> None:
    """A hook takes the configuration; who configured it is told with findings only, what is not done always."""
    leaky.put("new.txt", b"key = " + token(3) + b"\n")
    leaky.git("add", "new.txt")
    leaky.put("stanch.toml", b"[[allow]]\nreason = 'old'\npaths = ['gone.txt']\n")
    done = run("hook")
    assert done.return_value == 1
    assert "configured by stanch.toml" in done.stderr
    leaky.put("stanch.toml", ALLOW.encode())
    done = run("hook")
    assert (done.return_value, done.stderr.count("\n")) == (0, 1)
    assert run("hook", "--no-config").return_value == 1
    (leaky.path / "stanch.toml").unlink()
    leaky.put(".gitleaks.toml", b"[allowlist]\npaths = ['new.txt', '(?=x)']\n")
    done = run("hook")
    assert (done.return_value, done.stderr.count("\n")) == (0, 2)
    assert ".gitleaks.toml: allowlist 1: paths: number 2 is not used" in done.stderr


def test_a_clean_hook_pays_nothing(leaky: Repo) -> None:
    """Without a configuration no TOML, no regular expression of others, and no compat module is imported."""
    leaky.put("src/b.py", b"y = 1\n")
    leaky.put("pyproject.toml", b"[project]\n")
    leaky.git("add", "src/b.py")
    heavy = ["tomllib", "regex", "difflib", "stanch.compat.gitleaks", "stanch.compat.fingerprints", "rich"]
    script = (
        "import sys\n"
        "from stanch.cli.settings import settings\n"
        "from stanch.scan import Scan\n"
        "made = settings((), {'staged': True})\n"
        "result = Scan(made.ruleset, made.options, made.acceptances).run()\n"
        f"print([name for name in {heavy} if name in sys.modules], len(result.findings), made.notes, made.warnings)"
    )
    for _ in range(2):  # the first may have to fill the cache of rules
        done = subprocess.run([sys.executable, "-c", script], cwd=leaky.path, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[] 0 () ()\n", "")
