"""The documents are true: commands work, links lead somewhere, numbers hold, the picture is of today."""

from __future__ import annotations

import re
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from project.documents import DOCUMENTS, ROOT, Command, code, commands, links
from project.test_demo import PLANTED
from stanch.examples import example
from stanch.rules import CATEGORIES, load

README = ROOT / "README.md"
Shell = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("command", [command for path in DOCUMENTS for command in commands(path)], ids=str)
def test_a_command_in_a_document_works(shell: Shell, command: Command) -> None:
    """It runs in the demo repository, ends with the status that its block announces, and complains of nothing."""
    done = shell(command.line)
    assert done.returncode == command.status, done.stdout + done.stderr
    assert "error" not in done.stderr.lower()


def test_the_readme_has_commands_for_each_of_its_users() -> None:
    """The three ways to use it are there, and run."""
    lines = [command.line for command in commands(README)]
    assert [option for option in ("--staged", "--range") if any(option in line for line in lines)] == [
        "--staged",
        "--range",
    ]
    assert "stanch scan" in lines


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    """What a document links to is in the repository."""
    assert [str(link) for link in links(document) if not link.exists()] == []


def test_the_readme_has_its_figures() -> None:
    """No marker for a figure is left in it."""
    assert re.findall(r"\{\{.*?\}\}", README.read_text("utf-8")) == []


def test_the_readme_counts_rightly() -> None:
    """Its numbers of rules and providers are lower bounds, and not far from the truth."""
    rules = load().rules
    counts = {"kinds": len(rules), "providers": len({rule.provider for rule in rules})}
    told = re.findall(r"[Mm]ore than (\d[\d,]*)\s(kinds|providers)", README.read_text("utf-8"))
    assert sorted(what for _, what in told) == ["kinds", "providers"]
    for number, what in told:
        assert 0.9 * counts[what] < int(number.replace(",", "")) < counts[what]


def test_the_picture_shows_what_the_demo_finds() -> None:
    """Each planted credential's name stands in it, and it loads nothing from elsewhere."""
    picture = ElementTree.fromstring((ROOT / "docs/scan.svg").read_text("utf-8"))  # noqa: S314  # our own file
    text = "".join(picture.itertext()).replace("\xa0", " ")
    names = {rule.id: rule.name for rule in load().rules}
    assert [row[0] for row in PLANTED if names[row[0]] not in text] == []
    assert "@font-face" not in text


def test_a_target_of_the_makefile_that_a_document_names_exists() -> None:
    """`make X` in a document can be made."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {name for path in DOCUMENTS for name in re.findall(r"(?:^|`)make ([a-z]+)", path.read_text("utf-8"), re.M)}
    assert named <= targets
    assert {"dev", "lint", "test", "check", "bench", "wheel", "demo"} <= targets


def test_the_rules_in_the_contributing_guide_are_rules_that_find(shell: Shell, tmp_path: Path) -> None:
    """The pack passes its check, and what the rules' expressions generate is found."""
    pack = tmp_path / "acme.toml"
    (text,) = code(ROOT / "CONTRIBUTING.md", "toml")
    pack.write_text(textwrap.dedent(text), "utf-8")
    checked = shell(f"stanch rules check {pack}")
    assert checked.returncode == 0, checked.stderr
    rules = [rule for rule in load([pack]).rules if rule.provider == "Acme"]
    for rule in rules:
        drawn = example(rule, Random(1))[0].decode()
        (tmp_path / "repo/settings.ini").write_text(f"acme_app_key = {drawn}\n")
        done = shell(f"stanch scan --rules {pack} --only-rule {rule.id} --min-confidence low settings.ini")
        assert done.returncode == 1, done.stdout + done.stderr
        tried = shell(f"stanch rules test {rule.id} --rules {pack}")
        assert tried.returncode == 0, tried.stdout + tried.stderr
    assert len(rules) == 3


def test_the_contributing_guide_names_the_categories() -> None:
    """All that a rule can have, and no others."""
    text = " ".join((ROOT / "CONTRIBUTING.md").read_text("utf-8").split())
    (listed,) = re.findall(r"`category` is one of ([^;]+);", text)
    assert set(re.split(", | and ", listed)) == CATEGORIES


def test_a_step_of_the_contributing_guide_names_files_that_exist() -> None:
    """Paths in backquotes that look like the repository's are in it."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = re.findall(r"`((?:src|tests|corpus|docs|bench|\.ci)/[\w./-]+|[A-Z]+\.md)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_architecture_names_modules_that_exist() -> None:
    """Its table of modules is the package's: nothing is missing, nothing is made up."""
    table = (ROOT / "docs/architecture.md").read_text("utf-8").partition("| module |")[2].partition("\n\n")[0]
    named = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)/?`", row.split("|")[1])}
    modules = {path.stem for path in (ROOT / "src/stanch").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert named == {name for name in modules if not name.startswith("__")} - {"scan"}
