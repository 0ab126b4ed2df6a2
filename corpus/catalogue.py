"""Write docs/rules.md: every rule by provider, and in which syntaxes its credentials are found.

python corpus/catalogue.py [FILE]
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from proofs import OWN, Case, cases
from stanch.lint.keys import UNSURE
from stanch.model import Confidence
from stanch.rules import Rule, Ruleset, load

DOCUMENT = Path(__file__).parent.parent / "docs" / "rules.md"
MARK = "## In every syntax\n"
"""Here the list ends and the report begins."""


def listing(ruleset: Ruleset) -> str:
    """Return the first part of the document: how many rules there are, and each of them."""
    return "\n".join([*_summary(ruleset), "", *_by_letter(ruleset), ""])


def report(tried: Iterable[Case]) -> str:
    """Return the second part: how many credentials are found in each syntax, and which are not, and why."""
    tried = list(tried)
    return "\n".join([MARK, *_shares(tried), "", *_misses(tried), ""])


def _summary(ruleset: Ruleset) -> Iterator[str]:
    rules = ruleset.rules
    providers = {rule.provider for rule in rules} - {"generic"}  # a generic rule may be a provider's all the same
    tokens = sum(rule.is_token for rule in rules)
    unsure, public, checked, paired = (
        sum(mark in _marks(rule) for rule in rules) for mark in ("unsure", "public", "checksum", "pairs")
    )
    yield "# Rules\n"
    yield (
        f"{len(rules):,} kinds of credential of {len(providers):,} providers, or of none (`generic`)."
        " `make catalogue` writes this page from [`patterns/`](../patterns).\n`stanch rules show ID` says all of a"
        " rule, `stanch rules test ID` tries it out;"
        " [add one](../CONTRIBUTING.md#add-a-rule-in-five-steps) in five steps.\n"
    )
    yield "| | | |\n|---|---:|---|"
    yield f"| token | {tokens:,} | told by its own format: a prefix, an infix, a suffix |"
    yield f"| keyed | {len(rules) - tokens:,} | told by its format beside its provider's name |"
    for level in reversed(Confidence):
        of = sum(rule.confidence is level for rule in rules)
        yield f"| {level} | {of:,} | {_LEVELS[level]} |"
    yield f"| checksum | {checked:,} | the credential has inner structure that made-up ones do not, and it is checked |"
    yield f"| pairs | {paired:,} | an identifier that belongs to the secret of the rule named |"
    yield f"| public | {public:,} | meant to be public: only told with `--min-confidence low` |"
    yield f"| unsure | {unsure:,} | nobody has seen the format in a source that can be named |"
    yield "\n| category | rules |\n|---|---:|"
    yield from (f"| {name} | {of:,} |" for name, of in sorted(Counter(rule.category for rule in rules).items()))


_LEVELS = {
    Confidence.HIGH: "what the format alone is worth: nearly sure",
    Confidence.MEDIUM: "probable: reported by default too",
    Confidence.LOW: "no secret by itself, or often something else: only told with `--min-confidence low`",
}


def _marks(rule: Rule) -> dict[str, str]:
    """Return what is special about a rule, by its mark."""
    found = {
        "checksum": "checksum" if rule.checksum else "",
        "pairs": f"pairs with `{rule.pairs_with}`" if rule.pairs_with else "",
        "public": "public" if rule.public else "",
        "unsure": "" if UNSURE.isdisjoint(rule.references) else "unsure",
    }
    return {mark: text for mark, text in found.items() if text}


def _by_letter(ruleset: Ruleset) -> Iterator[str]:
    """Yield a table for each letter that a provider begins with."""
    yield "## By provider"
    ordered = sorted(ruleset.rules, key=lambda rule: (_initial(rule), rule.provider.lower(), rule.provider, rule.id))
    for letter, rules in groupby(ordered, _initial):
        yield f"\n### {letter}\n\n| provider | rule | credential | kind | confidence | |\n|---|---|---|---|---|---|"
        for rule in rules:
            cells = (
                rule.provider, f"`{rule.id}`", rule.name, "token" if rule.is_token else "keyed", rule.confidence,
                ", ".join(_marks(rule).values()),
            )  # fmt: skip
            yield f"| {' | '.join(cell.replace('|', _PIPE) for cell in cells)} |"


_PIPE = "\\|"
"""A bar that does not end a cell."""


def _initial(rule: Rule) -> str:
    first = rule.provider[0].upper()
    return first if "A" <= first <= "Z" else "0-9"


def _shares(tried: list[Case]) -> Iterator[str]:
    found = sum(case.fate == OWN for case in tried)
    rules = len({case.rule.id for case in tried})
    yield (
        "A credential of each rule is drawn from its expression, its checksum made right, and put into the syntaxes"
        f" below:\n{len(tried):,} cases for {rules:,} rules. It counts as found when the whole engine finds it by its"
        " own rule, with its exact span\nand medium confidence or above (low, where the rule is low or public)."
        f" **{found:,} are: {_percent(found, len(tried))}.**\nGeneric rules judge names, so they are not counted.\n"
    )
    yield "| syntax | found | of | |\n|---|---:|---:|---:|"
    for path in sorted({case.path for case in tried}):
        fates = [case.fate for case in tried if case.path == path]
        own = fates.count(OWN)
        yield f"| [{path}](../corpus/syntaxes/{path}.tmpl) | {own:,} | {len(fates):,} | {_percent(own, len(fates))} |"


def _percent(part: int, whole: int) -> str:
    """Return a share that says 100 % only when it is all."""
    return "100 %" if part == whole else f"{int(1000 * part / whole) / 10:.1f} %"


def _misses(tried: list[Case]) -> Iterator[str]:
    """Yield what is not found, the cases of a rule with the same reason in one line."""
    missed: dict[tuple[str, str], list[str]] = {}
    for case in tried:
        if case.fate != OWN:
            fate = re.sub(r"scored \S+", "scored too low", case.fate)
            missed.setdefault((case.rule.id, fate), []).append(case.path)
    everywhere = len({case.path for case in tried})
    rules, of = len({id for id, _ in missed}), sum(map(len, missed.values()))
    yield f"### What is not found\n\n{of:,} cases of {rules:,} rules.\n"
    yield "| rule | what becomes of it | where |\n|---|---|---|"
    for (id, fate), paths in sorted(missed.items()):
        yield f"| `{id}` | {fate} | {'everywhere' if len(paths) == everywhere else ', '.join(paths)} |"


def main(arguments: list[str] | None = None) -> int:
    """Write the document."""
    options = argparse.ArgumentParser(description=main.__doc__)
    options.add_argument("file", nargs="?", type=Path, default=DOCUMENT, metavar="FILE")
    ruleset = load()
    options.parse_args(arguments).file.write_text(listing(ruleset) + "\n" + report(cases(ruleset)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
