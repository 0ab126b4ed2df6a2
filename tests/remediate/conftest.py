"""What tests of moving credentials share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from remediate import servers


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """Run moto's server for all tests."""
    with servers.moto() as url:
        yield url


@pytest.fixture
def aws(moto: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the URL of a moto in which there is nothing, and credentials for it."""
    for name, value in servers.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    servers.reset(moto)
    return moto


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep journals in the test's own folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
