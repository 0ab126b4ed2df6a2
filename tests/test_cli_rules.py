"""`stanch rules`: lists, shows, checks and tries out the rules that a scan would use."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from scans import cli, token
from stanch.cli.commands import stanch
from stanch.examples import example
from stanch.rules import load, packs, parse

PACK = """
[[rules]]
id = "mine"
name = "Mine"
provider = "Me"
category = "saas"
keywords = ["mdup_"]
pattern = '''\\b(?P<secret>mdup_[a-f0-9]{24})\\b'''
min_entropy = 3
references = ["https://example.test"]

[[rules]]
id = "mine-keyed"
name = "Mine too"
provider = "Me"
category = "saas"
context = ["madeup"]
value = '''[a-f0-9]{24}'''
min_entropy = 2.5
confidence = "medium"
references = ["https://example.test"]
"""
BROKEN = PACK.replace("mdup_[a-f0-9]{24}", "[a-f0-9]{24}").replace('id = "mine-keyed"', 'id = "jwt"')
MINE, KEYED = parse(PACK, "mine.toml")
TOKEN, VALUE = (example(rule, Random(1))[1].decode() for rule in (MINE, KEYED))


def run(*arguments: Path | str) -> Result:
    """Run `stanch rules` here; what it returns is the exit status."""
    return CliRunner().invoke(stanch, ["rules", *map(str, arguments)], standalone_mode=False)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with two packs and no configuration."""
    (tmp_path / "mine.toml").write_text(PACK)
    (tmp_path / "broken.toml").write_text(BROKEN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_list() -> None:
    """A line for each rule; as JSON an object for each."""
    rules = load().rules
    assert [line.split("\t") for line in run("list").stdout.splitlines()] == [[r.id, r.provider, r.name] for r in rules]
    listed = {item["id"]: item for item in json.loads(run("list", "-f", "json").stdout)}
    assert list(listed) == [rule.id for rule in rules]
    assert listed["github-pat-classic"] | {"references": []} == {
        "id": "github-pat-classic", "name": "GitHub personal access token (classic)", "provider": "GitHub",
        "category": "vcs", "kind": "token", "confidence": "high", "public": False, "checksum": "github-crc32",
        "pairs_with": None, "verifiable": load().by_id["github-pat-classic"].verify is not None, "references": [],
    }  # fmt: skip


def test_the_configuration_adds_rules(folder: Path) -> None:
    """The packs that `stanch.toml` names are read as in a scan, unless it is left out."""
    (folder / "stanch.toml").write_text("rules = ['mine.toml']")
    assert "mine\tMe\tMine" in run("list").stdout.splitlines()
    assert run("show", "mine").return_value == 0
    assert "mine\tMe\tMine" not in run("list", "--no-config").stdout.splitlines()
    assert run("check", "--only-rule", "mine").stdout == "1 rule, 0 problems\n"


def test_show() -> None:
    """Everything that a person wants to know of a rule; a wrong id says what was meant."""
    shown = run("show", "mine", "--rules", "mine.toml").stdout
    assert shown.splitlines()[:4] == ["id:          mine", "name:        Mine", "provider:    Me", "category:    saas"]
    assert "did you mean github-pat-classic?" in str(run("show", "github-pat-clasic").exception)


@pytest.mark.slow
def test_check() -> None:
    """All rules that come with stanch are without problems."""
    done = run("check")
    assert (done.return_value, done.output) == (0, f"{len(load())} rules, 0 problems\n")


@pytest.mark.parametrize("arguments", [["mine.toml"], ["mine.toml", "--disable-rule", "jwt"]])
def test_check_a_pack_alone(arguments: list[str]) -> None:
    """Named packs are checked among all rules, but those alone."""
    done = run("check", *arguments)
    assert (done.return_value, done.output) == (0, "2 rules, 0 problems\n")


def test_check_a_shipped_pack() -> None:
    """A pack that comes with stanch can be named too, and is not read twice."""
    pack = next(path for path in packs() if path.name == "doppler.toml")
    assert run("check", pack).output == f"{len(parse(pack.read_text('utf-8'), ''))} rules, 0 problems\n"


def test_check_with_a_pack() -> None:
    """--rules adds a pack to what is checked, and --only-rule says which rules are."""
    done = run("check", "--rules", "mine.toml", "--only-rule", "mine", "--only-rule", "mine-keyed")
    assert (done.return_value, done.output) == (0, "2 rules, 0 problems\n")


def test_check_a_broken_pack() -> None:
    """All that is wrong is told, and the exit status is 2: also an id that a shipped rule has."""
    done = run("check", "broken.toml")
    assert done.return_value == 2
    assert done.stdout == "1 rule, 2 problems\n"
    taken, loose = done.stderr.splitlines()
    assert taken.startswith("stanch: broken.toml: jwt: another rule, in ")
    assert loose == "stanch: mine: pattern can match without any of its keywords mdup_"


def test_check_a_bad_expression_beside_a_good_rule(folder: Path) -> None:
    """It is the one problem, and the good rule is checked all the same."""
    (folder / "bad.toml").write_text(PACK.replace("[a-f0-9]{24})", "[a-f0-9{24})"))
    done = run("check", "bad.toml")
    assert (done.return_value, done.stdout) == (2, "2 rules, 1 problem\n")
    assert done.stderr.startswith("stanch: mine: pattern: not a regular expression: ")


def test_a_scan_names_the_rule_without_an_anchor(folder: Path) -> None:
    """A pack of one's own has many."""
    (folder / "loose.toml").write_text(PACK.replace("mdup_[a-f0-9]{24}", "[a-f0-9]{24}"))
    done = cli("scan", "--rules", "loose.toml", "mine.toml")
    assert done.returncode == 2
    assert b"rule 'mine': pattern can match without any of its keywords mdup_" in done.stderr


def test_try_a_rule() -> None:
    """Examples and near misses are printed with what becomes of them."""
    done = run("test", "mine", "--rules", "mine.toml")
    assert done.return_value == 0
    assert "ok   client.py    high 0.95, columns " in done.stdout
    assert "ok   short        not found by this rule" in done.stdout
    assert done.stdout.endswith(" tried, 0 not as expected\n")
    assert run("test", "mine", "--rules", "mine.toml", "--seed", "2").stdout != done.stdout
    shadowed = run("test", "mine", "--rules", "mine.toml", "--rules", "mine.toml").exception
    assert "another rule has this id" in str(shadowed)


SHOUTED = TOKEN.upper()
FILES = [
    # what stands in the file, the rule, exit status, what is said after the file's name
    (f"a\nb = '{TOKEN}'\n", "mine", 0, f"app.py:2, columns 6-34: mdu…{TOKEN[-3:]}: found, high 0.95"),
    (f"b = '{TOKEN}' # stanch:allow\n", "mine", 1, "not found: allowed by stanch:allow"),
    ("b = 'mdup_" + "a" * 24 + "'\n", "mine", 1, "not found: a placeholder"),
    (f"b = '{SHOUTED}'\n", "mine", 1, "mine matches nothing there\napp.py:1: holds 'mdup_', but the pattern does not"),
    (f"madeup_key = '{VALUE}'\n", "mine-keyed", 0, "found, medium 0."),
    (f"madeup_key = '{VALUE}0'\n", "mine-keyed", 1, "app.py:1: a name fits, but the value does not match"),
    (f"madeup_min_key = '{VALUE}'\n", "generic-api-key", 1, "generic-api-key matches nothing there\n"),
    (f"madeup_api_key = '{VALUE}'\n", "generic-api-key", 1, "not found: found as mine-keyed, "),
    ("", "mine", 1, "mine matches nothing there\n"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "rule", "status", "says"), FILES)
def test_try_a_rule_on_a_file(folder: Path, content: str, rule: str, status: int, says: str) -> None:
    """Each place that the rule matches is told, masked, with why it is not reported."""
    (folder / "app.py").write_text(content)
    done = run("test", rule, "app.py", "--rules", "mine.toml")
    assert says in done.stdout
    assert done.return_value == status
    assert TOKEN not in done.stdout
    assert VALUE not in done.stdout


def test_try_a_rule_on_standard_input() -> None:
    """- is standard input, which is read once."""
    done = cli("rules", "test", "github-pat-classic", "-", stdin=b"x\nkey = " + token() + b"\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"standard input:2, columns 7-46: ghp_")


def test_try_a_rule_on_what_is_not_there() -> None:
    """A file that does not exist is wrong usage."""
    assert cli("rules", "test", "jwt", "gone.txt").returncode == 2


@pytest.mark.parametrize("command", ["show", "test"])
def test_ids_are_completed(folder: Path, command: str) -> None:
    """A shell completes a rule's id, also one of the configuration's packs; a broken one completes nothing."""
    (folder / "stanch.toml").write_text("rules = ['mine.toml']")
    complete = ShellComplete(stanch, {}, "stanch", "_STANCH_COMPLETE").get_completions
    assert [item.value for item in complete(["rules", command], "mine")] == ["mine", "mine-keyed"]
    (folder / "stanch.toml").write_text("rules = ['gone.toml']")
    assert complete(["rules", command], "mine") == []


@pytest.mark.parametrize("command", ["list", "show", "check", "test"])
def test_help(command: str) -> None:
    """Each has a help text."""
    done = CliRunner().invoke(stanch, ["rules", command, "--help"])
    assert done.exit_code == 0
    assert "Usage" in done.stdout
