"""Options that several commands share, and their types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stanch.report import FORMATS

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


choosing_baselines = click.option(
    "--baseline", "baselines", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
    help="Findings that were accepted, and are not reported; can be repeated.",
)  # fmt: skip


def choosing_reports(command: Any) -> Any:
    """Add the options that say which reports to write, and where; `output.paired` reads them."""
    for option in (
        click.option(
            "-o", "--output", "outputs", multiple=True, metavar="FILE",
            help="Where that report goes; - is standard output.",
        ),
        click.option(
            "-f", "--format", "formats", multiple=True, type=click.Choice(list(FORMATS)),
            help="Report format; repeat it, each with its own -o.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command
