"""The configuration of gitleaks, read as it is; and what of it cannot be, said aloud."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from project.documents import ROOT, code
from repositories import Repo
from scans import cli, token
from stanch import config
from stanch.cli.commands import stanch
from stanch.cli.settings import Settings, settings
from stanch.compat import gitleaks
from stanch.compat.gitleaks import Imported
from stanch.compat.kinds import Kinds, _table
from stanch.errors import UsageError
from stanch.examples import example
from strategies import ruleset

ACME = """
[[rules]]
id = "acme-token"
description = "Acme's token"
regex = '''acme_[a-f0-9]{20}'''
keywords = ["acme_"]
"""


def one(name: str) -> str:
    """Return a configuration with one rule of that id."""
    return ACME.replace("acme-token", name)


def drawn(number: int = 1) -> str:
    """Return a token of Acme."""
    return "acme_" + Random(number).randbytes(10).hex()


def read(text: str) -> Imported:
    """Read a configuration."""
    return gitleaks.read(text.encode(), "g.toml", Path(), ruleset().by_id)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, with no configuration in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITLEAKS_CONFIG", "GITLEAKS_CONFIG_TOML"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(*arguments: object) -> Result:
    """Run a scan of the command line here."""
    done = CliRunner().invoke(stanch, ["scan", *map(str, arguments)], standalone_mode=False)
    assert done.exception is None or isinstance(done.exception, UsageError), done.exception
    return done


def scan(*arguments: object) -> set[tuple[str, str, int]]:
    """Return rule, path and line of what is found."""
    done = run("-f", "json", "--min-confidence", "low", *arguments)
    assert done.exception is None, done.exception
    report = json.loads(done.stdout)
    return {(found["rule"], at["path"], at["line"]) for found in report["findings"] for at in found["locations"]}


RULES = [
    # a rule's keys, a line, what is the secret in it (None: nothing is found)
    ("regex = '''acme_[a-f0-9]{20}'''", "x = {}", "{}"),
    ("regex = '''acme_[a-f0-9]{20}'''\nkeywords = ['acme_']", "x = {}", "{}"),
    ("regex = '''acme_[a-f0-9]{20}'''\nkeywords = ['elsewhere']", "x = {}", "{}"),
    ("regex = '''(?i)ACME_[a-f0-9]{20}'''", "x = {}", "{}"),
    ("regex = '''id: \\s*(acme_[a-f0-9]{20})'''", "id:   {}", "{}"),
    ("regex = '''(id|nr): (acme_[a-f0-9]{20})'''\nsecretGroup = 2", "nr: {}", "{}"),
    ("regex = '''(?:id|nr): (acme_[a-f0-9]{20})(;|$)'''\nsecretgroup = 1", "nr: {};", "{}"),
    ("regex = '''(x)?(acme_[a-f0-9]{20})'''", "x = {}", "{}"),
    ("regex = '''acme_[[:xdigit:]]{20}\\b'''", "x = {}", "{}"),
    ("regex = '''acme_[a-f0-9]{20}'''\nentropy = 2.5", "x = {}", "{}"),
    ("regex = '''acme_[a-f0-9]{20}'''\nentropy = 4.9", "x = {}", None),
    ("regex = '''acme_[a-f0-9]{20}'''\npath = '''\\.ini$'''", "x = {}", "{}"),
    ("regex = '''acme_[a-f0-9]{20}'''\npath = '''^other/'''", "x = {}", None),
    ("regex = '''acme_[a-f0-9]{20}'''\nskipReport = true", "x = {}", None),
]


@pytest.mark.parametrize(("keys", "line", "secret"), RULES)
def test_a_rule_finds(keys: str, line: str, secret: str | None, here: Path) -> None:
    """A custom rule becomes one of stanch's, with the same secret."""
    (here / ".gitleaks.toml").write_text(f"[[rules]]\nid = 'acme'\n{keys}\n")
    (here / "a.ini").write_text(f"one\n{line.format(drawn())}\n")
    report = json.loads(run("-f", "json", "--show-secrets").stdout)
    found = [finding["secret"] for finding in report["findings"] if finding["rule"] == "acme"]
    assert found == ([secret.format(drawn())] if secret else [])


def test_what_a_rule_is_called(here: Path) -> None:
    """An id becomes kebab-case; one that a rule of stanch has is told apart; of two that are equal the last counts."""
    made = read(one("My_Rule 1") + one("jwt") + one("dup") + one("dup").replace("acme_", "corp_"))
    assert [rule.id for rule in made.rules] == ["my-rule-1", "gitleaks-jwt", "dup"]
    assert made.rules[-1].keywords == ("corp_",)
    assert (made.rules[0].name, made.rules[0].provider) == ("Acme's token", "Custom")
    assert made.warnings == []


WARNED = [
    # configuration, what the warning says, how many rules there are
    ("[[rules]]\nid = 'x'\nregex = '''(?=acme_)a'''", "rule 'x': regex: (?= at 0, which Go does not know", 0),
    ("[[rules]]\nid = 'x'\nregex = '''acme_\\p{Greek}'''", "no property Greek", 0),
    ("[[rules]]\nid = 'x'\nregex = '''[a-f0-9]{32}'''", "no text of 3 characters stands in every match", 0),
    ("[[rules]]\nid = 'x'\nregex = '''[a-f0-9]{32}'''\nkeywords = ['acme']", "docs/migrate.md", 0),
    ("[[rules]]\nid = 'x'\nregex = '''acme_(a)'''\nsecretGroup = 2", "it has no group 2", 0),
    ("[[rules]]\nid = 'x'\nregex = '''(?:acme_)*'''", "matches the empty string", 0),
    ("[[rules]]\nid = 'x'\nregex = '''acme_(a)?(b)'''", "the whole match is taken", 1),
    ("[[rules]]\nid = 'x'\nregex = '''acme_[ab]{9}'''\n[[rules.required]]\nid = 'y'", "`required` is not read", 1),
    ("[[rules]]\nid = 'x'\npath = '''\\.pem$'''", "reports files by their names alone", 0),
    ("[[rules]]\nid = 'x'\nregex = '''acme_[ab]{9}'''\ncolour = 'red'", "'colour' is not known", 1),
    ("[[rules]]\nid = 'x'\nregex = '''acme_[ab]{9}'''\npath = '''(?=x)'''", "path: number 1 is not used", 1),
    ("[[rules]]\nid = 'no-such-rule'\n[rules.allowlist]\npaths = ['x']", "no rule of stanch is known", 0),
    ("[[rules]]\nid = 'github-pat'\nentropy = 3", "only allowlists are read", 0),
    ("[whitelist]\npaths = ['x']", "'whitelist' is not known and not read", 0),
    ("[extend]\ndisabledRules = ['no-such-rule']", "no rule of stanch is known to be 'no-such-rule'", 0),
    ("[extend]\nsomething = 1", "extend: 'something' is not known", 0),
    ("[allowlist]\ndescription = 'x'", "has no commits, paths, regexes or stopwords", 0),
    ("[allowlist]\nregexes = ['(?=x)', 'y']", "regexes: number 1 is not used", 0),
    ("[allowlist]\nregexes = ['x']\nregexTarget = 'file'", "regexTarget is none of", 0),
    ("[allowlist]\nregexes = ['x']\ncondition = 'XOR'", "condition is neither AND nor OR", 0),
    ("[[allowlists]]\npaths = ['x']\ntargetRules = ['no-such-rule']", "targetRules: no rule of stanch is known", 0),
]


@pytest.mark.parametrize(("text", "says", "rules"), WARNED)
def test_what_cannot_be_read_is_told(text: str, says: str, rules: int) -> None:
    """What is not done as it is written is one line that names file and place; nothing is lost in silence."""
    made = read(text)
    assert any(says in line for line in made.warnings), made.warnings
    assert all(line.startswith("g.toml") and "\n" not in line for line in made.warnings)
    assert len(made.rules) == rules


def test_warnings_reach_the_user(here: Path) -> None:
    """They are on standard error, even when a scan is quiet."""
    (here / ".gitleaks.toml").write_text("[[rules]]\nid = 'x'\nregex = '''[a-f0-9]{32}'''\n")
    done = run("--quiet")
    assert "stanch: .gitleaks.toml: rule 'x': no text of 3 characters" in done.stderr
    assert done.return_value == 0


WRONG = [
    ("not toml [", "not TOML"),
    ("[[rules]]\nregex = 'x'", "rules: id is missing"),
    ("[[rules]]\nid = 3", "id must be a string"),
    ("[[rules]]\nid = 'x'\nregex = 3", "rule 'x': regex must be a string"),
    ("[[rules]]\nid = 'x'\nregex = 'acme_'\nentropy = 'high'", "entropy must be a number"),
    ("[[rules]]\nid = 'x'\nregex = 'acme_'\nkeywords = 'acme'", "keywords must be a list of strings"),
    ("rules = 3", "rules must be tables"),
    ("extend = 3", "extend must be a table"),
    ("[extend]\nurl = 'https://example.org/g.toml'", "extend.url: stanch opens no connection"),
    ("[extend]\npath = 'gone.toml'", "gone.toml: cannot be read"),
    ("[allowlist]\npaths = 'x'", "paths must be a list of strings"),
    ("allowlists = 'x'", "allowlists must be tables"),
]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_wrong(text: str, says: str) -> None:
    """What gitleaks would not read either, or would fetch, is an error that names the file."""
    with pytest.raises(UsageError) as caught:
        read(text)
    assert says in str(caught.value)


PAT = token(1).decode()
LISTED = [
    # allowlist, is the credential of a.ini, line 2, set aside (the line: `my_key = "…" # for tests`)
    ("paths = ['''a\\.ini$''']", True),
    ("paths = ['''^b\\.ini''']", False),
    ("paths = ['''^b''', '''A\\.INI''', '''(?i)A\\.INI''']", True),
    (f"regexes = ['''{PAT[:9]}''']", True),
    (f"regexes = ['''^{PAT[:9]}$''']", False),
    ("regexes = ['''for tests''']", False),
    ("regexes = ['''for tests''']\nregexTarget = 'secret'", False),
    ("regexes = ['''for tests''']\nregexTarget = 'line'", True),
    ("regexes = ['''for nothing''']\nregexTarget = 'line'", False),
    ("regexes = ['''my_key = .ghp_''']\nregexTarget = 'match'", False),
    (f"regexes = ['''{PAT[:9]}''']\nregexTarget = 'match'", True),
    ("regexes = ['''for tests''']\nregexTarget = 'match'", False),
    (f"stopwords = ['{PAT[10:16].swapcase()}']", True),
    ("stopwords = ['my_key']", False),
    ("paths = ['a.ini']\nstopwords = ['nothing']", True),
    ("paths = ['a.ini']\nstopwords = ['nothing']\ncondition = 'AND'", False),
    (f"paths = ['a.ini']\nstopwords = ['{PAT[10:16]}']\ncondition = 'AND'", True),
    ("paths = ['a.ini']\nregexes = ['(?=x)']\ncondition = 'AND'", False),
    ("paths = ['a.ini']\nregexes = ['x']\nregexTarget = 'file'\ncondition = 'AND'", False),
    ("PATHS = ['a.ini']", True),
    ("commits = ['0123456789012345678901234567890123456789']", False),
]


@pytest.mark.parametrize(("keys", "aside"), LISTED)
@pytest.mark.parametrize("table", ["[allowlist]", "[[allowlists]]", "[[rules]]\nid = 'github-pat'\n[rules.allowlist]"])
def test_an_allowlist(table: str, keys: str, aside: bool, here: Path) -> None:
    """What an allowlist names is set aside: for all rules, or for ours that are the same as gitleaks'."""
    (here / ".gitleaks.toml").write_text(f"[extend]\nuseDefault = true\n{table}\ndescription = 'why'\n{keys}\n")
    (here / "a.ini").write_text(f'one\nmy_key = "{PAT}" # for tests\n')
    assert (("github-pat-classic", "a.ini", 2) not in scan()) is aside
    if aside:
        explained = json.loads(run("--explain", "-f", "json").stdout)["findings"]
        assert {finding["dropped"] for finding in explained} == {"in an allowlist of .gitleaks.toml: why"}


LAYERS = [
    # a file's name, its content
    ("a.txt", f'\ufeffone\nmy_key = "{PAT}" # for tests\n'.encode("utf-16")),
    ("b.txt", f'one\r\nmy_key = "{PAT}" # for tests\r\n'.encode()),
    ("c.txt", f'my_key = "{PAT}" # for tests'.encode()),
    ("d.min.js", b"x;" * 90_000 + f'my_key = "{PAT}" # for tests'.encode()),
]


@pytest.mark.parametrize(("name", "content"), LAYERS, ids=[name for name, _ in LAYERS])
def test_the_line_is_read_again(name: str, content: bytes, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """`regexTarget = "line"` has the line, from the worktree and from history, in UTF-16 and in minified code."""
    text = "[allowlist]\nregexTarget = 'line'\nregexes = ['''for tests''']\n"
    repo.commit({".gitleaks.toml": text.encode(), name: content})
    repo.commit({name: None, f"new-{name}": content.replace(b"one", b"two")})
    monkeypatch.chdir(repo.path)
    assert scan() == set()
    assert {path for _, path, _ in scan("--no-config")} == {name, f"new-{name}"}


MATCHED = [
    # expression, is a password that only its name tells set aside: `"db_password" : "…" # for tests`
    ("(?i)DB_PASSWORD", True),
    ('db_password" : .', True),
    ("for tests", False),
    ("^password", False),
    ("other", False),
]


@pytest.mark.parametrize(("regex", "aside"), MATCHED)
def test_the_match_has_the_name(regex: str, aside: bool, here: Path) -> None:
    """Of what is known by its name, the name belongs to the match, as in gitleaks' own rules; what follows does not."""
    (here / ".gitleaks.toml").write_text(f"[allowlist]\nregexTarget = 'match'\nregexes = ['''{regex}''']\n")
    password = Random(3).randbytes(9).hex()
    (here / "a.json").write_text(f'{{\n  "db_password" : "{password}" # for tests\n}}\n')
    assert (scan() == set()) is aside


def test_an_allowed_commit(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an allowed commit brought in is set aside, what another one did is not."""
    one = repo.commit({"a.txt": token(1) + b"\n"})
    repo.commit({"b.txt": token(2) + b"\n"})
    monkeypatch.chdir(repo.path)
    repo.put(".gitleaks.toml", f"[allowlist]\ncommits = ['{one.upper()}']\n".encode())
    assert scan() == {("github-pat-classic", "b.txt", 1)}


def test_an_allowlist_of_a_rule_is_for_that_rule(here: Path) -> None:
    """It does not touch what other rules find, nor does its rule take their findings away."""
    listed = ACME + "[[rules.allowlists]]\npaths = ['''tests/''']\n"
    text = listed + listed.replace("acme-token", "all").replace("acme_[a-f0-9]{20}", "ghp_[0-9A-Za-z]{36}.?")
    (here / ".gitleaks.toml").write_text(text)
    (here / "tests").mkdir()
    (here / "tests/a.txt").write_text(f"{drawn()}\n{PAT}\n")
    (here / "b.txt").write_text(f"{drawn()}\n")
    assert scan() == {("acme-token", "b.txt", 1), ("github-pat-classic", "tests/a.txt", 2)}


def test_a_rule_for_some_paths_takes_nothing_away(here: Path) -> None:
    """Where a rule for some paths does not count, what another rule finds at the same place does."""
    (here / ".gitleaks.toml").write_text("[[rules]]\nid = 'x'\nregex = '''ghp_.*'''\npath = '''^only/'''\n")
    (here / "a.txt").write_text(f"{PAT} and more\n")
    assert scan() == {("github-pat-classic", "a.txt", 1)}


def test_target_rules(here: Path) -> None:
    """An allowlist for some rules is for the ones that they are here, of gitleaks' and of the file's own."""
    text = ACME + "[[allowlists]]\npaths = ['a.txt']\ntargetRules = ['github-pat', 'acme-token']\n"
    (here / ".gitleaks.toml").write_text(text)
    npm = token(1, "npm-access-token").decode()
    (here / "a.txt").write_text(f"{PAT}\n{drawn()}\n{npm}\n")
    assert scan() == {("npm-access-token", "a.txt", 3)}


def test_disabled_rules(here: Path) -> None:
    """Rules of gitleaks that are disabled are ours that are the same; the command line may want one all the same."""
    (here / ".gitleaks.toml").write_text("[extend]\nuseDefault = true\ndisabledRules = ['github-pat', 'jwt']\n")
    (here / "a.txt").write_text(PAT)
    assert scan() == set()
    assert scan("--only-rule", "github-pat-classic") == {("github-pat-classic", "a.txt", 1)}


def test_extended(here: Path) -> None:
    """Another configuration is read first; rules of the same id are changed, lists grow, disabled ones go."""
    base = (
        ACME + ACME.replace("acme", "corp") + "[rules.allowlist]\npaths = ['b.txt']\n[allowlist]\npaths = ['c.txt']\n"
    )
    (here / "base.toml").write_text(base.replace("acme_[a-f0-9]{20}", "nothing_[a-z]{5}"))
    (here / "deep").mkdir()
    (here / "deep/.gitleaks.toml").write_text("[extend]\npath = '../base.toml'\n")
    text = "[extend]\npath = 'deep/.gitleaks.toml'\ndisabledRules = ['corp-token']\n"
    changed = "[[rules]]\nid = 'acme-token'\nregex = 'acme_[a-f0-9]{20}'\n[rules.allowlist]\npaths = ['d.txt']\n"
    (here / ".gitleaks.toml").write_text(text + changed)
    for name in "abcd":
        (here / f"{name}.txt").write_text(f"{drawn()}\n{drawn().replace('acme', 'corp')}\n")
    assert scan() == {("acme-token", "a.txt", 1), ("acme-token", "b.txt", 1)}


def test_extended_by_itself(here: Path) -> None:
    """A circle is an error, not a hang."""
    (here / ".gitleaks.toml").write_text("[extend]\npath = '.gitleaks.toml'\n")
    assert "or a circle" in str(run().exception)


PRECEDENCE = [
    # files, environment, arguments, the rule that is in use
    ([".gitleaks.toml"], {}, [], "dot"),
    (["gitleaks.toml"], {}, [], "plain"),
    ([".gitleaks.toml", "gitleaks.toml"], {}, [], "dot"),
    ([".gitleaks.toml"], {"GITLEAKS_CONFIG_TOML": one("held")}, [], "held"),
    ([".gitleaks.toml"], {"GITLEAKS_CONFIG": "own.toml", "GITLEAKS_CONFIG_TOML": one("held")}, [], "own"),
    ([".gitleaks.toml"], {"GITLEAKS_CONFIG": "own.toml"}, ["--config", "gitleaks-x.toml"], "named"),
    ([".gitleaks.toml", "stanch.toml"], {"GITLEAKS_CONFIG": "own.toml"}, [], None),
    ([".gitleaks.toml"], {"GITLEAKS_CONFIG": "own.toml"}, ["--no-config"], None),
    ([".gitleaks.toml"], {"GITLEAKS_CONFIG": "own.toml"}, ["--config", "empty.toml"], None),
]


@pytest.mark.parametrize(("files", "environment", "arguments", "rule"), PRECEDENCE)
def test_which_one_is_read(
    files: list[str],
    environment: dict[str, str],
    arguments: list[str],
    rule: str | None,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A named one, the environment, the target's; none of them where stanch has a configuration of its own."""
    content = {".gitleaks.toml": one("dot"), "gitleaks.toml": one("plain"), "stanch.toml": ""}
    for name in files:
        (here / name).write_text(content[name])
    (here / "own.toml").write_text(one("own"))
    (here / "gitleaks-x.toml").write_text(one("named"))
    (here / "empty.toml").write_text("")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    (here / "a.txt").write_text(drawn())
    assert {found for found, _, _ in scan(*arguments)} == ({rule} if rule else set())


def test_the_environment_names_one_that_is_not_there(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration that is asked for and cannot be had is an error."""
    monkeypatch.setenv("GITLEAKS_CONFIG", "gone.toml")
    assert "gone.toml: cannot be read" in str(run().exception)


def test_what_is_used_is_told(here: Path) -> None:
    """The file in the target that decides is named on standard error."""
    (here / ".gitleaks.toml").write_text(ACME)
    assert "configured by .gitleaks.toml; --no-config leaves that out" in run().stderr


def test_workers_have_the_rules(here: Path) -> None:
    """Rules of a configuration reach other processes, and both engines."""
    (here / ".gitleaks.toml").write_text(ACME)
    (here / "a.txt").write_text(drawn() + "\n" + "x\n" * 9_000)
    for engine in ("hyperscan", "aho-corasick"):
        done = cli("scan", "--jobs", "2", "--engine", engine, "-f", "json", cwd=here)
        assert [finding["rule"] for finding in json.loads(done.stdout)["findings"]] == ["acme-token"]


def test_every_kind_is_known() -> None:
    """What the table calls the same exists, and each rule of ours is one kind of gitleaks', by-name rules aside."""
    known = ruleset().by_id
    assert {rule for rules in _table().values() for rule in rules} <= known.keys()


KINDS = [
    # a rule of gitleaks, a rule of ours, may they have found the same
    ("github-pat", "github-pat-classic", True),
    ("github-pat", "npm-access-token", False),
    ("github-pat", "generic-token", True),
    ("npm-access-token", "npm-access-token", True),
    ("generic-api-key", "generic-secret", True),
    ("generic-api-key", "twilio-auth-token", True),
    ("generic-api-key", "github-pat-classic", False),
    ("no-such-rule", "github-pat-classic", True),
    ("My Rule", "my-rule", True),
    ("My Rule", "github-pat-classic", False),
    ("github-pat", "my-rule", False),
]


@pytest.mark.parametrize(("theirs", "ours", "same"), KINDS)
def test_kinds(theirs: str, ours: str, same: bool) -> None:
    """Two credentials on one line are told apart where the rules are known to be of different kinds."""
    assert Kinds(ruleset().by_id, {"My Rule": "my-rule"}).may_be(theirs, ours) is same


def test_our_rules_in_a_hook(here: Path) -> None:
    """The settings of a hook have what was read, too."""
    (here / ".gitleaks.toml").write_text(ACME)
    made = settings((), {"staged": True})
    assert isinstance(made, Settings)
    assert "acme-token" in made.ruleset.by_id
    assert made.ruleset.digest != ruleset().digest
    assert config.find(here) is None
    assert example(made.ruleset.by_id["acme-token"], Random(1))[1].startswith(b"acme_")


def test_the_rule_in_the_document(here: Path) -> None:
    """What it says to write for a rule that cannot be turned is a rule, and finds."""
    (text,) = code(ROOT / "docs/migrate.md", "toml")
    (here / "rules.toml").write_text(textwrap.dedent(text))
    (here / "stanch.toml").write_text("rules = ['rules.toml']\n")
    (here / "a.ini").write_text(f"acme_key = {Random(2).randbytes(16).hex()}\n")
    assert ("acme-key", "a.ini", 1) in scan()


def test_the_options_in_the_document() -> None:
    """Each option that it names for stanch exists."""
    known = {option for command in (["scan"], ["hook"]) for option in OPTION.findall(help_of(*command))}
    rows = re.findall(r"^\|.*?\| (.*) \|$", (ROOT / "docs/migrate.md").read_text("utf-8"), re.MULTILINE)
    assert {option for row in rows for option in OPTION.findall(row)} - {"--no-history"} <= known


OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def help_of(*command: str) -> str:
    """Return what a command says of itself."""
    return CliRunner().invoke(stanch, [*command, "--help"]).output
