"""What tests of listings start from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from stanch.sweep import credentials
from stanch.sweep.forges import client
from sweep.asking import Asking
from verify.servers import authority


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the tokens and proxies of whoever runs the tests out of the environment."""
    for name in (*(name for names in credentials.VARIABLES.values() for name in names), *credentials._BITBUCKET):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="session")
def ca_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the certificate of the tests' authority, as a file."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority().cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(autouse=True, scope="session")
def trusted_once() -> Iterator[None]:
    """Read the usual authorities once for each bundle: that takes longer than to list."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "trusting", cache(client.trusting))
        yield


@pytest.fixture
def asking(ca_bundle: Path) -> Asking:
    """Give what lists targets."""
    return Asking(ca_bundle)
