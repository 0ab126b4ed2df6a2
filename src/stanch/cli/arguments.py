"""Options that several commands share, and their types."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from stanch.acceptance import Acceptance
    from stanch.rules import Ruleset

_FACTORS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


class Size(click.ParamType[int]):
    """A number of bytes: 500000, 500k, 10M, 1G."""

    name = "bytes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number of bytes that `value` says."""
        text = str(value).lower().removesuffix("b")
        factor = _FACTORS.get(text[-1:], 1)
        try:
            size = int(float(text.rstrip("kmg")) * factor)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no size; write 500000, 500k, 10M or 1G", param, ctx)
        if size <= 0:
            self.fail("must be above 0", param, ctx)
        return size


def choosing_rules(command: Any) -> Any:
    """Add the options that choose the rules."""
    for option in (
        click.option("--disable-rule", multiple=True, metavar="ID", help="Leave out this rule."),
        click.option("--only-rule", multiple=True, metavar="ID", help="Use this rule alone; can be repeated."),
        click.option(
            "--rules", "packs", multiple=True, type=click.Path(exists=True, path_type=Path), metavar="PATH",
            help="Add the rules of a pack, or of a folder of packs.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def chosen_rules(given: dict[str, Any]) -> Ruleset:
    """Return the rules that the options of `choosing_rules` choose."""
    from stanch.rules import load

    return load(given["packs"]).select(given["only_rule"], given["disable_rule"])


choosing_baselines = click.option(
    "--baseline", "baselines", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
    help="Findings that were accepted, and are not reported; can be repeated.",
)  # fmt: skip


def acceptances(baselines: tuple[Path, ...]) -> list[Acceptance]:
    """Return what says which findings are accepted."""
    if not baselines:
        return []
    from stanch.baseline import load

    return [load(path) for path in baselines]


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
