"""Count the findings in the trees of corpus/settings that `stanch fix` has a patch for, and look at what it leaves.

Each tree is planned for each store, patched, parsed and scanned again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

import records

sys.path.insert(0, str(records.ROOT / "corpus"))

import expected
import patched
from patched import LEAST, Outcome

SEEDS = (1, 2)
STORES = (None, "ssm", "secretsmanager", "keyvault")
"""None: each file's own, where something says which."""
HEAD = ["store", "findings", "patched", "share", "files", "less readable", "still reported"]
WHY = ["not patched, of all", "why"]


def outcomes(seeds: tuple[int, ...] = SEEDS) -> dict[str, list[Outcome]]:
    """Return what became of the trees of these seeds, by store."""
    found: dict[str, list[Outcome]] = {store or "the file's own": [] for store in STORES}
    for seed in seeds:
        with tempfile.TemporaryDirectory(dir=records.CACHE) as folder:
            tree = Path(folder) / "tree"
            expected.write(tree, seed)
            for store, kept in zip(STORES, found.values(), strict=True):
                one = patched.outcome(tree, Path(folder) / f"patched-{store}", store)
                kept.append(one)
                print(f"seed {seed}: {store}: {one.share:.1%}", *one.unread, *one.unclean, sep="\n  ", file=sys.stderr)
    return found


def rows(found: dict[str, list[Outcome]]) -> list[list[str]]:
    """Return the numbers as rows of a table."""
    return [
        [store, str(sum(one.findings for one in all_)), str(sum(one.patched for one in all_)), f"{_share(all_):.1%}",
         *(str(sum(counts)) for counts in zip(*((o.files, len(o.unread), len(o.unclean)) for o in all_), strict=True))]
        for store, all_ in found.items()
    ]  # fmt: skip


def _share(all_: list[Outcome]) -> float:
    return sum(one.patched for one in all_) / sum(one.findings for one in all_)


def reasons(found: dict[str, list[Outcome]]) -> list[list[str]]:
    """Return why findings stay, of all stores together, the most frequent first."""
    counted: Counter[str] = sum((one.reasons for all_ in found.values() for one in all_), Counter())
    total = sum(one.findings for all_ in found.values() for one in all_)
    return [[f"{count / total:.2%}", why] for why, count in counted.most_common()]


def bounds(found: dict[str, list[Outcome]]) -> list[records.Bound]:
    """Return the bounds that patches are held to, each by the store that does worst."""
    worst = min(map(_share, found.values()))
    every = [one for all_ in found.values() for one in all_]
    return [
        records.Bound("findings without a patch", 100 * (1 - worst), 100 - 100 * LEAST, "%"),
        records.Bound("patched files that can be read less well", sum(len(one.unread) for one in every), 0, ""),
        records.Bound("reports of what has moved, or is new", sum(len(one.unclean) for one in every), 0, ""),
    ]  # fmt: skip


def main() -> int:
    """Render the samples with each seed, plan and patch them for each store, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    records.add_option(parser)
    options = parser.parse_args()
    records.CACHE.mkdir(parents=True, exist_ok=True)
    found = outcomes(tuple(options.seeds))
    text = f"{len(options.seeds)} trees, each with other values.\n\n{records.table(HEAD, rows(found))}"
    text += f"\n\n{records.table(WHY, reasons(found))}"
    return records.finish("fix", text, bounds(found), recorded=options.record)


if __name__ == "__main__":
    sys.exit(main())
