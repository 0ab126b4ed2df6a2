"""Clouds on loopback whose functions are changed, and the vaults that their secrets move to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from cloud.amazon import REGION, Amazon
from cloud.conftest import aws, azure, moto
from cloud.microsoft import SUBSCRIPTION, Microsoft
from remediate import vaults
from remediate.vaults import Fake
from scans import called
from stanch.remediate.live import azure_functions
from stanch.remediate.stores import keyvault

__all__ = ["aws", "azure", "moto"]

Fix = Callable[..., CompletedProcess[bytes]]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder that is no repository, and never wait."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(azure_functions, "PAUSE", 0)
    monkeypatch.setattr(azure_functions, "PATIENCE", 0)


@pytest.fixture
def fix_aws(aws: Amazon) -> Fix:
    """Give a function that scans the Lambdas, the first time, and runs `stanch fix` on what was found."""

    def run(*arguments: str) -> CompletedProcess[bytes]:
        if not Path("report.json").exists():
            called("cloud", "aws-lambda", "--endpoint-url", aws.url, *SCAN)
        return called("fix", "report.json", "--endpoint-url", aws.url, "--region", REGION, *arguments)

    return run


SCAN = ("--no-code", "-f", "json", "--show-secrets", "-o", "report.json")


@pytest.fixture
def vault(tmp_path: Path, azure: Microsoft, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    """Give a Key Vault beside the Azure, both of which are trusted."""
    with vaults.vault(tmp_path) as (fake, certificate):
        bundle = tmp_path / "bundle.pem"
        bundle.write_bytes((tmp_path / "ca.pem").read_bytes() + certificate.read_bytes())
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
        monkeypatch.setattr(keyvault, "DefaultAzureCredential", vaults.Credential)
        yield fake


@pytest.fixture
def fix_azure(azure: Microsoft, vault: Fake) -> Fix:
    """Give a function that scans the function apps, the first time, and runs `stanch fix` on what was found."""
    whose = ("--subscription", SUBSCRIPTION)

    def run(*arguments: str) -> CompletedProcess[bytes]:
        if not Path("report.json").exists():
            called("cloud", "azure-functions", "--endpoint-url", azure.url, *whose, *SCAN)
        return called("fix", "report.json", "--resource-manager", azure.url, *whose, *arguments)

    return run
