"""The table of docs/patches.md is what the patches do: `--update-golden` writes it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .projects import STORES, patched, paths, rendered

DOCUMENT = Path(__file__).parents[3] / "docs" / "patches.md"
MARK = "What they look like is in `tests/golden/patches/`.\n"


def _table() -> Iterator[str]:
    yield f"| file | {' | '.join(STORES)} |"
    yield "|---" * (len(STORES) + 1) + "|"
    reasons: dict[str, list[str]] = {}
    for path in sorted(paths(), key=lambda path: path.lower().lstrip(".")):
        cells = []
        for store in STORES:
            found = patched(path, store)
            incomplete = sum(not made.complete for made in found.patches.values())
            cell = f"{len(found.patches)} of {len(rendered(path)[1])}"
            cells.append(cell + (f", {incomplete} incomplete" if incomplete else ""))
            for reason in found.refused.values():
                files = reasons.setdefault(reason, [])
                files += [path] if path not in files else []
        yield f"| `{path}` | {' | '.join(cells)} |"
    yield "\nNot patched, and why:\n"
    yield "| file | why |"
    yield "|---|---|"
    for reason, files in sorted(reasons.items()):
        yield f"| {', '.join(f'`{file}`' for file in files)} | {reason} |"


def test_the_document_tells_what_is_patched(request: pytest.FixtureRequest) -> None:
    """Each cell and each reason is that of a patch made here."""
    text = DOCUMENT.read_text("utf-8")
    head, mark, _ = text.partition(MARK)
    assert mark
    expected = head + mark + "\n" + "\n".join(_table()) + "\n"
    if request.config.getoption("--update-golden"):
        DOCUMENT.write_text(expected, "utf-8")
    assert DOCUMENT.read_text("utf-8") == expected
