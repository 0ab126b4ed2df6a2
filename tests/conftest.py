"""Settings for all tests; golden files in tests/golden, rewritten with `--update-golden`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from repositories import ISOLATED, Repo

# A busy machine makes an example slow, not wrong.
settings.register_profile("stanch", deadline=None)
settings.load_profile("stanch")

GOLDEN = Path(__file__).parent / "golden"


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


@pytest.fixture(autouse=True)
def unmeasured(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Measure no coverage in slow tests: it would double their time, and they repeat what others run once.

    What such a test is first to import is measured where another process imports it.
    """
    coverage = sys.modules.get("coverage")
    measuring = coverage and request.node.get_closest_marker("slow") and coverage.Coverage.current()
    if measuring:
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # that of the processes that they start
        measuring.stop()
    yield
    if measuring:
        measuring.start()


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Make an empty repository."""
    return Repo(tmp_path / "repo")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the files in tests/golden")


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
