"""docs/rules.md is what the rules make of it now."""

from __future__ import annotations

import re

from catalogue import DOCUMENT, MARK, listing, report
from proofs import OWN, Case
from stanch.model import Confidence
from stanch.rules import Rule, Ruleset
from strategies import ruleset


def test_the_list_is_up_to_date() -> None:
    """Every rule stands in it as it is declared now."""
    written, _, _ = DOCUMENT.read_text("utf-8").partition(MARK)
    assert written == listing(ruleset()) + "\n", "docs/rules.md is not up to date: make catalogue"
    assert len(re.findall(r"^\| [^|]+ \| `[a-z0-9-]+` \|", written, re.MULTILINE)) == len(ruleset())


def test_a_report() -> None:
    """Shares are rounded down, so that 100 % is all; what is missing is put together by rule and reason."""
    one, other = ruleset().rules[:2]
    fates = {"a.js": OWN, "b.py": "scored 0.31", "c.go": "scored 0.29", "d.rb": "not found"}
    tried = [*(Case(one, path, fate) for path, fate in fates.items()), *(Case(other, path, OWN) for path in fates)]
    lines = report(tried).splitlines()
    assert "**5 are: 62.5 %.**" in "\n".join(lines)
    assert "| [a.js](../corpus/syntaxes/a.js.tmpl) | 2 | 2 | 100 % |" in lines
    assert "| [b.py](../corpus/syntaxes/b.py.tmpl) | 1 | 2 | 50.0 % |" in lines
    assert lines[-3:] == [
        "|---|---|---|",
        f"| `{one.id}` | not found | d.rb |",
        f"| `{one.id}` | scored too low | b.py, c.go |",
    ]


def test_a_list() -> None:
    """A rule stands under its provider's letter, with its marks; a bar in its name ends no cell."""
    one = Rule(
        "acme-id", "Acme | id", "Acme", "saas", context=("acme",), value="[0-9]{20}", confidence=Confidence.LOW,
        public=True, pairs_with="acme-key", references=("https://example.test", "unsure: format from memory"),
    )  # fmt: skip
    text = listing(Ruleset((one,), "one"))
    row = "| Acme | `acme-id` | Acme \\| id | keyed | low | pairs with `acme-key`, public, unsure |"
    assert (
        f"\n### A\n\n| provider | rule | credential | kind | confidence | |\n|---|---|---|---|---|---|\n{row}\n" in text
    )


def test_all_providers_are_counted() -> None:
    """Those with rules in the category `generic` too, but not the word that says that there is none."""
    one = Rule("one", "One", "Acme", "generic", context=("acme",), value="[0-9]{20}")
    none = Rule("none", "None", "generic", "database", context=("made",), value="[0-9]{20}")
    assert "2 kinds of credential of 1 providers, " in listing(Ruleset((one, none), "two"))
