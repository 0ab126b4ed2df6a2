"""Servers on loopback for the tests of clouds."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.amazon import ENVIRONMENT, Amazon, amazon
from cloud.microsoft import Credential, Microsoft, microsoft


@pytest.fixture(scope="module")
def moto() -> Iterator[Amazon]:
    """Run Moto's server with its front."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with amazon() as running:
        yield running


@pytest.fixture
def aws(moto: Amazon, monkeypatch: pytest.MonkeyPatch) -> Amazon:
    """Give the front of a Moto in which there is nothing, and the environment of who may ask it."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    moto.reset()
    return moto


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Microsoft]:
    """Give an Azure in which there is nothing, its certificate trusted, and credentials."""
    with microsoft(tmp_path) as (running, authority):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
        monkeypatch.setattr("stanch.cloud.azure.credential", Credential)
        monkeypatch.setattr("azure.core.pipeline.policies.RetryPolicy.BACKOFF_MAX", 0)  # seconds
        # Loopback in place of the hosts of Azure, which alone are given a token, or asked for a package.
        monkeypatch.setattr("stanch.cloud.azure_functions._KUDU", re.compile(r"localhost:[0-9]+/kudu/.*"))
        monkeypatch.setattr("stanch.cloud.azure_functions._BLOBS", re.compile(r"localhost:[0-9]+"))
        yield running
