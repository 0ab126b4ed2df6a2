"""`stanch cloud azure-functions`, asked of a small Resource Manager with the SDK of Azure."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from azure.identity import CredentialUnavailableError, DefaultAzureCredential

from cloud.amazon import package
from cloud.microsoft import SUBSCRIPTION, App, Microsoft
from cloud.reports import errors, places
from repositories import Repo
from scans import called, token
from stanch.cloud import azure as subscription
from stanch.cloud import azure_functions, packages
from stanch.errors import UsageError

FIRST, SECOND, THIRD = token(1), token(2), token(3)
SITE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop/providers/Microsoft.Web/sites/orders"


def run(azure: Microsoft, *arguments: str) -> tuple[dict[str, Any], str]:
    """Return the JSON report of a scan of the function apps, and what was said beside it."""
    done = called(
        "cloud", "azure-functions", "--subscription", SUBSCRIPTION, "--endpoint-url", azure.url, "-f", "json",
        "--show-secrets", *arguments,
    )  # fmt: skip
    report: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (1 if report["findings"] else 0 if report["complete"] else 3)
    return report, done.stderr.decode()


def scan(azure: Microsoft, *arguments: str) -> dict[str, Any]:
    """Return the JSON report."""
    return run(azure, *arguments)[0]


def test_settings_connection_strings_and_code_of_apps_and_slots(azure: Microsoft) -> None:
    """The same value in an app, its slot and its code is one finding."""
    azure.apps = [
        App("orders", {"TOKEN": FIRST.decode()}, {"Db": f"x={SECOND.decode()}"}, {}, package(a_js=b"'%s'" % FIRST)),
        App("orders/staging", {"TOKEN": FIRST.decode()}, package=package(a_js=b"const x = '%s'" % THIRD)),
        App("site", {"TOKEN": token(4).decode()}, kind="app,linux"),
    ]
    report = scan(azure)
    assert report["complete"]
    assert places(report, FIRST) == {
        "azure-functions:shop/orders settings/TOKEN",
        "azure-functions:shop/orders a.js",
        "azure-functions:shop/orders:staging settings/TOKEN",
    }
    assert places(report, SECOND) == {"azure-functions:shop/orders connection-strings/Db"}
    assert places(report, THIRD) == {"azure-functions:shop/orders:staging a.js"}
    assert len(report["findings"]) == 3
    assert {finding["remedy"]["store"] for finding in report["findings"]} == {"keyvault"}


def test_the_same_secret_in_git_is_the_same_finding(azure: Microsoft, repo: Repo) -> None:
    """`--with` scans a repository too."""
    repo.commit({"local.settings.json": b'{"Values": {"TOKEN": "%s"}}' % FIRST})
    azure.apps = [App("orders", {"TOKEN": FIRST.decode()}, package=package(a_txt=b"a"))]
    report = scan(azure, "--with", str(repo.path))
    assert places(report, FIRST) == {
        f"{repo.path} local.settings.json",
        "azure-functions:shop/orders settings/TOKEN",
    }


CHOSEN: list[tuple[str, tuple[str, ...], set[str]]] = [
    ("All, over several pages", (), {"shop/a", "shop/b", "shop/c", "other/d"}),
    ("A group's", ("--resource-group", "other"), {"other/d"}),
    ("One", ("--app", "b"), {"shop/b"}),
]


@pytest.mark.parametrize(("why", "arguments", "found"), CHOSEN, ids=[row[0] for row in CHOSEN])
def test_which_apps(why: str, arguments: tuple[str, ...], found: set[str], azure: Microsoft) -> None:
    """The subscription's, a group's, or one."""
    azure.apps = [App(name, {"T": FIRST.decode()}) for name in "abc"] + [App("d", {"T": FIRST.decode()}, group="other")]
    wanted = {f"azure-functions:{app} settings/T" for app in found}
    assert places(scan(azure, "--no-code", *arguments), FIRST) == wanted


def test_references_to_key_vault(azure: Microsoft) -> None:
    """A reference is no secret; one that the platform cannot follow is said, since its text is the value then."""
    reference = "@Microsoft.KeyVault(VaultName=v;SecretName=n)"
    statuses = {"A": "Resolved", "B": "AccessToKeyVaultDenied"}
    azure.apps = [App("orders", {"A": reference, "B": reference}, {"Db": reference}, statuses)]
    report, said = run(azure, "--no-code")
    assert report["complete"]
    assert not report["findings"]
    assert "azure-functions:shop/orders/settings/B: its reference to Key Vault is not resolved" in said
    assert "(AccessToKeyVaultDenied)" in said
    assert "azure-functions:shop/orders/connection-strings/Db: its reference" in said
    assert "settings/A" not in said


def test_a_package_that_the_app_runs_from(azure: Microsoft) -> None:
    """It is downloaded as the platform does, without a token: its URL holds the right to read it."""
    azure.blobs["/packages/orders.zip"] = package(a_py=b"key = '%s'\n" % FIRST)
    url = f"{azure.url}/packages/orders.zip?sv=2024&sig=x"
    azure.apps = [App("orders", {"WEBSITE_RUN_FROM_PACKAGE": url})]
    assert "azure-functions:shop/orders a.py" in places(scan(azure), FIRST)
    assert [header for path, header in azure.tokens if path.startswith("/packages/")] == [""]


def test_a_token_is_for_azure_alone(azure: Microsoft, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that is no deployment site of Azure's is not asked, whatever an app says of itself."""
    monkeypatch.undo()
    hosts = {
        "orders.scm.azurewebsites.net": True, "orders-a1b2.scm.northeurope-01.azurewebsites.net": True,
        "orders.scm.azurewebsites.us": True, "orders.scm.example.test": False,
        "orders.scm.azurewebsites.net.example.test": False, "orders.azurewebsites.net": False,
        "a.test/orders.scm.azurewebsites.net": False,
        "orders.scm.notazurewebsites.net": False, "orders.scm.my-ase.appserviceenvironment.net": True,
    }  # fmt: skip
    assert {host: bool(azure_functions._KUDU.fullmatch(host)) for host in hosts} == hosts
    blobs = {"shop.blob.core.windows.net": True, "shop.blob.core.windows.net.test": False, "x@a.test": False}
    assert {host: bool(azure_functions._BLOBS.fullmatch(host)) for host in blobs} == blobs


def role(action: str, scope: str = SITE) -> str:
    """Return the words that say what would allow an action."""
    said = {"Name": "stanch", "IsCustom": True, "Actions": [action], "AssignableScopes": [scope]}
    return f"{action} is not allowed; allow {json.dumps(said)}"


LIST = "Microsoft.Web/sites/config/list/action"
REFUSED: list[tuple[str, str, list[int], list[tuple[str, str]]]] = [
    (
        "Whoever may not list apps is told what to allow", "/sites?", [403],
        [("denied", f"azure-functions:: {role('Microsoft.Web/sites/read', f'/subscriptions/{SUBSCRIPTION}')}")],
    ),
    (
        "Readers may not read settings", "/appsettings/list", [403],
        [("denied", f"azure-functions:shop/orders: {role(LIST)}")],
    ),
    (
        "The settings stand where the connection strings may not be read", "/connectionstrings/list", [403],
        [("denied", f"azure-functions:shop/orders: {role(LIST)}")],
    ),
    (
        "Code is its own permission", "/api/zip", [403],
        [("denied", f"azure-functions:shop/orders: code.zip: {role('Microsoft.Web/sites/publish/Action')}")],
    ),
    (
        "Slots are, too", "/slots?", [403],
        [("denied", f"azure-functions:shop/orders: {role('Microsoft.Web/sites/slots/read')}")],
    ),
    (
        "Throttled again and again, the scan is incomplete", "/appsettings/list", [429],
        [("cloud-failed", f"azure-functions:shop/orders: {LIST}: throttled, status 429")],
    ),
    (
        "Credentials that nobody knows", "/sites?", [401],
        [("cloud-failed", "azure-functions:: Microsoft.Web/sites/read: there are no credentials that are accepted,"
          " `az login` makes some (status 401)")],
    ),
    (
        "A deployment site that has no code", "/api/zip", [404],
        [("cloud-failed", "azure-functions:shop/orders: code.zip: the download ended with status 404")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("why", "path", "statuses", "faults"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_had_is_named(
    why: str, path: str, statuses: list[int], faults: list[tuple[str, str]], azure: Microsoft
) -> None:
    """It makes the scan incomplete, and says what would allow it."""
    azure.apps = [App("orders", package=package(a_txt=b"a"))]
    azure.statuses[path] = statuses
    assert errors(scan(azure)) == faults


def test_throttling_is_waited_for(azure: Microsoft, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK asks again, and so does a download."""
    monkeypatch.setattr(packages, "PAUSE", 0.0)
    azure.apps = [App("orders", {"T": FIRST.decode()}, package=package(a_py=b"x = '%s'" % SECOND))]
    azure.statuses = {"/appsettings/list": [429, 429, 200], "/sites?": [503, 200], "/api/zip": [429, 500, 200]}
    report = scan(azure)
    assert report["complete"]
    assert places(report, FIRST)
    assert places(report, SECOND)


UNSCANNED: list[tuple[str, App, str]] = [
    ("A container image", App("orders", kind="functionapp,linux,container"), "a container image, which is not scanned"),
    ("The Flex Consumption plan", App("orders", flex=True), "code on the Flex Consumption plan"),
    ("No deployment site", App("orders"), "it names no deployment site"),
    (
        "A package elsewhere", App("orders", {"WEBSITE_RUN_FROM_PACKAGE": "https://files.test/a.zip"}),
        "its package lies at files.test, which is no storage of Azure",
    ),
    (
        "A package without TLS", App("orders", {"WEBSITE_RUN_FROM_PACKAGE": "http://localhost:1/a.zip"}),
        "its package lies at localhost",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("why", "app", "detail"), UNSCANNED, ids=[row[0] for row in UNSCANNED])
def test_code_that_is_not_scanned_is_named(why: str, app: App, detail: str, azure: Microsoft) -> None:
    """The scan is incomplete."""
    azure.apps = [app]
    faults = errors(scan(azure))
    assert [kind for kind, _ in faults] == ["not-scanned"]
    assert detail in faults[0][1]


def test_a_squashfs_image_is_named(azure: Microsoft) -> None:
    """Builds on Linux make such packages, which nothing here opens."""
    azure.apps = [App("orders", package=b"hsqs" + bytes(100))]
    assert [kind for kind, _ in errors(scan(azure))] == ["unsupported-archive"]


def test_wrong_usage(azure: Microsoft, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said before anything is reported."""
    monkeypatch.delenv("AZURE_SUBSCRIPTION_ID", raising=False)
    with pytest.raises(UsageError, match="give --subscription"):
        called("cloud", "azure-functions", "--endpoint-url", azure.url)
    with pytest.raises(UsageError, match="--app none: there is no such function app"):
        scan(azure, "--app", "none")


def test_without_the_sdk_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK is an extra: most users never need it."""
    monkeypatch.setitem(sys.modules, "azure.mgmt.web", None)
    with pytest.raises(UsageError, match=r"pip install 'stanch\[azure\]'"):
        called("cloud", "azure-functions", "--subscription", SUBSCRIPTION)


def test_without_credentials_it_is_said_how_to_get_some(azure: Microsoft, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's own words fill a page."""

    class Nobody:
        def get_token(self, *_: str, **__: object) -> None:
            raise CredentialUnavailableError("nothing worked")

    monkeypatch.setattr("stanch.cloud.azure.credential", Nobody)
    assert errors(scan(azure)) == [
        ("cloud-failed", "azure-functions:: Microsoft.Web/sites/read: there are no credentials that are accepted,"
         " `az login` makes some (CredentialUnavailableError)")
    ]  # fmt: skip


def test_nobody_at_the_other_end(azure: Microsoft, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment site that cannot be reached is a fault of its own."""
    monkeypatch.setattr(packages, "ATTEMPTS", 1)
    url = "https://localhost:1/orders.zip"
    azure.apps = [App("orders", {"WEBSITE_RUN_FROM_PACKAGE": url})]
    faults = errors(scan(azure))
    assert faults == [
        ("cloud-failed", "azure-functions:shop/orders: code.zip: the download broke off (ServiceRequestError)")
    ]


def test_the_credential_is_the_sdks() -> None:
    """Whatever it finds: the environment, a managed identity, `az login`."""
    assert isinstance(subscription.credential(), DefaultAzureCredential)


def test_where_there_is_nothing_that_is_said(azure: Microsoft) -> None:
    """A clean scan of nothing is not news."""
    assert "there are no function apps" in run(azure)[1]


def test_nothing_is_changed(azure: Microsoft) -> None:
    """What is sent reads: POST only lists."""
    azure.apps = [App("orders", {"T": FIRST.decode()}, package=package(a_txt=b"a"))]
    azure.statuses["/slots?"] = [409]
    scan(azure)
    assert {asked.split("?")[0] for asked in azure.asked if not asked.startswith("GET ")} == {
        f"POST {SITE}/config/appsettings/list", f"POST {SITE}/config/connectionstrings/list",
    }  # fmt: skip
