"""Settings for all tests; golden files in tests/golden, rewritten with `--update-golden`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from repositories import ISOLATED, Repo

# A busy machine makes an example slow, not wrong.
settings.register_profile("stanch", deadline=None)
settings.register_profile("few", deadline=None, max_examples=10)

GOLDEN = Path(__file__).parent / "golden"
FEW = 3
"""How many rows of each table `--few` leaves."""


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep what is cached in a folder of this run, all its workers', and every git away from the user's settings."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"
    folder.mkdir(mode=0o700, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANCH_CACHE", str(folder))
        for name, value in ISOLATED.items():
            patch.setenv(name, value)
        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
            patch.delenv(name, raising=False)
        yield folder


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Make an empty repository."""
    return Repo(tmp_path / "repo")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the files in tests/golden")
    parser.addoption("--few", action="store_true", help="only some rows of each table, and some examples; none slow")


def pytest_configure(config: pytest.Config) -> None:
    """Draw fewer examples when few are asked for."""
    settings.load_profile("few" if config.getoption("--few") else "stanch")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `--few` leaves out: coverage, which makes everything take twice as long, is measured with it."""
    if not config.getoption("--few"):
        return
    tables: dict[str, list[pytest.Item]] = {}
    for item in items:
        if not item.get_closest_marker("slow"):
            tables.setdefault(item.nodeid.partition("[")[0], []).append(item)
    few = {item for rows in tables.values() for item in rows[:FEW]}
    config.hook.pytest_deselected(items=[item for item in items if item not in few])
    items[:] = [item for item in items if item in few]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Give a function that compares a text with the golden file of that name, or rewrites the file."""

    def compare(name: str, text: str) -> None:
        file = GOLDEN / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(text.encode("utf-8"))
        # Bytes: reading as text would make one of the two kinds of line end.
        assert text == file.read_bytes().decode("utf-8")

    return compare
