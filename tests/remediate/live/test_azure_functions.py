"""Settings of function apps become references, asked of a small Resource Manager and a small Key Vault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cloud.microsoft import SUBSCRIPTION, App, Microsoft
from remediate import vaults
from remediate.live.deployed import STRIPE, move
from remediate.vaults import Fake
from stanch.remediate.apply import Outcome, State
from stanch.remediate.journal import Access, Journal
from stanch.remediate.live import opened
from stanch.remediate.live.changing import Changing
from stanch.remediate.model import LiveMove
from stanch.remediate.stores import Address

VALUE = STRIPE.decode()
PLAIN = {"KEY": VALUE, "STAGE": "dev"}
OWN = {"type": "SystemAssigned"}
PLACE = "azure-functions:shop/orders/settings/KEY"


@pytest.fixture
def orders(azure: Microsoft, vault: Fake) -> App:
    """Return an app that may have the vault's secrets, in an Azure with that vault; it has a slot."""
    app = App("orders", dict(PLAIN), {"Db": "x", "Key": f"k={VALUE}"}, {"KEY": "Resolved"}, identity=OWN)
    azure.apps = [app, App("orders/test", dict(PLAIN), {}, {"KEY": "Resolved"}, identity=OWN)]
    return app


@pytest.fixture
def one(tmp_path: Path, azure: Microsoft, vault: Fake) -> Iterator[tuple[Changing, Journal]]:
    """Return what changes apps."""
    journal = Journal(tmp_path / "journal")
    yield Changing(journal, lambda _: vaults.opened(vault, tmp_path / "bundle.pem"), opened), journal
    journal.close()


Run = Callable[..., Outcome]


@pytest.fixture
def run(one: tuple[Changing, Journal], azure: Microsoft, vault: Fake) -> Run:
    """Give a function that changes one setting."""

    def changed(path: str = PLACE) -> Outcome:
        def address(planned: LiveMove) -> Address:
            return Address("keyvault", vault=vault.url)

        access = Access(None, azure.url, SUBSCRIPTION)
        planned = move(path, vault=vault.url)
        (found,) = one[0].run([planned], address, lambda _: access, overwrite=False)
        assert VALUE not in str(found)
        assert STRIPE not in one[1].path.read_bytes()
        return found

    return changed


def reference(vault: Fake, name: str = "orders-key") -> str:
    """Return what a setting becomes."""
    return f"@Microsoft.KeyVault(SecretUri={vault.url}/secrets/{name}/)"


def puts(azure: Microsoft) -> list[str]:
    """Return what was written."""
    return [asked.split("?")[0].rpartition("/sites/")[2] for asked in azure.asked if asked.startswith("PUT")]


def test_a_setting_and_back(
    one: tuple[Changing, Journal], run: Run, azure: Microsoft, vault: Fake, orders: App
) -> None:
    """The value is in the vault, others are as they were, and so are other slots."""
    assert run().state is State.DONE
    assert orders.settings == {"STAGE": "dev", "KEY": reference(vault)}
    assert vault.held == {"orders-key": [VALUE]}
    assert azure.apps[1].settings == PLAIN
    assert puts(azure) == ["orders/config/appsettings"]
    assert [outcome.state for outcome in one[0].undo(one[1].last, consent=True)] == [State.UNDONE]
    assert orders.settings == PLAIN


def test_a_slot(run: Run, azure: Microsoft, vault: Fake, orders: App) -> None:
    """It is changed alone."""
    assert run("azure-functions:shop/orders:test/settings/KEY").state is State.DONE
    assert azure.apps[1].settings["KEY"] == reference(vault)
    assert orders.settings == PLAIN
    assert puts(azure) == ["orders/slots/test/config/appsettings"]


def test_a_connection_string(run: Run, azure: Microsoft, vault: Fake, orders: App) -> None:
    """The whole of it moves, types stay, and so do those beside it."""
    orders.kinds, orders.references = {"Db": "PostgreSQL", "Key": "Custom"}, {"Key": "Resolved"}
    assert run("azure-functions:shop/orders/connection-strings/Key").state is State.DONE
    assert orders.strings == {"Db": "x", "Key": reference(vault)}
    assert orders.kinds == {"Db": "PostgreSQL", "Key": "Custom"}
    assert vault.held == {"orders-key": [f"k={VALUE}"]}


def meanwhile(azure: Microsoft, method: str, change: Callable[[], None], *, skip: int = 0) -> None:
    """Have somebody else change something right before such a request is answered, once."""
    left = [skip]

    def rule(asked: str, path: str) -> None:
        if asked == method and "appsettings" in path and "configreferences" not in path:
            left[0] -= 1
            if left[0] == -1:
                change()

    azure.meanwhile = rule


def test_what_somebody_else_changes_meanwhile_stays(run: Run, azure: Microsoft, vault: Fake, orders: App) -> None:
    """Right before they are written, all settings are read once more; where they differ, they are merged again."""
    meanwhile(azure, "POST", lambda: orders.settings.update(STAGE="prod"), skip=2)
    assert run().state is State.DONE
    assert orders.settings == {"STAGE": "prod", "KEY": reference(vault)}
    assert len(puts(azure)) == 1


def test_a_setting_that_has_changed_itself_is_refused(run: Run, azure: Microsoft, orders: App) -> None:
    """Somebody has put another value there."""
    meanwhile(azure, "POST", lambda: orders.settings.update(KEY="a new one"), skip=2)
    assert "KEY holds something else" in run().why
    assert orders.settings == {"KEY": "a new one", "STAGE": "dev"}
    assert puts(azure) == []


def test_what_has_changed_right_after_is_said(run: Run, azure: Microsoft, orders: App) -> None:
    """Nothing guards the moment of writing, so what is not as it was written is named."""
    meanwhile(azure, "POST", lambda: orders.settings.update(STAGE="prod"), skip=3)
    outcome = run()
    assert outcome.state is State.DONE
    assert "STAGE: changed by somebody else at the same time" in outcome.why


def identity(kind: dict[str, Any] | None) -> Callable[[Microsoft], None]:
    """Return what gives the app another identity."""

    def change(azure: Microsoft) -> None:
        azure.apps[0].identity = kind

    return change


def status(part: str, *statuses: int) -> Callable[[Microsoft], None]:
    """Return what has Azure answer so."""
    return lambda azure: azure.statuses.update({part: list(statuses)})


ASSIGN = "`az functionapp identity assign --name orders --resource-group shop`"
# what is wrong, what makes it so, what is said, whether the value is in the vault by then
FAULTS: list[tuple[str, Callable[[Microsoft], None], str, bool]] = [
    ("it has no identity", identity(None), ASSIGN, False),
    ("its identity is not the one that follows references", identity({"type": "UserAssigned"}),
     "keyVaultReferenceIdentity", False),
    ("settings may not be read", status("/appsettings/list", 403), "config/list/action is not allowed", False),
    ("references may not be asked for", status("/configreferences/", 403), "config/read is not allowed", False),
    ("settings may not be written", status("/config/appsettings?", 403), "config/write is not allowed", True),
    ("the app is gone", status("/appsettings/list", 404), "no such function app", False),
    ("it is busy for good", status("/config/appsettings?", 429), "somebody else changes", True),
]  # fmt: skip


@pytest.mark.parametrize(("what", "change", "said", "stores"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_faults(
    one: tuple[Changing, Journal], run: Run, azure: Microsoft, vault: Fake, orders: App, what: str,
    change: Callable[[Microsoft], None], said: str, stores: bool,
) -> None:  # fmt: skip
    """The setting stays as it is; what was begun is finished by the next run."""
    change(azure)
    outcome = run()
    assert (outcome.state, orders.settings, bool(vault.held)) == (State.FAILED, PLAIN, stores), outcome.why
    assert said in outcome.why, what
    azure.statuses.clear()
    assert [found.state for found in one[0].resume(consent=True)] == ([State.DONE] if stores else [])
    assert (orders.settings["KEY"] == VALUE) is not stores


def test_throttled(run: Run, azure: Microsoft, vault: Fake, orders: App) -> None:
    """What was refused is read and merged again before it is sent again."""
    azure.statuses["/config/appsettings?"] = [429, 503, 200]
    assert run().state is State.DONE
    assert orders.settings["KEY"] == reference(vault)


@pytest.mark.parametrize("said", ["AccessToKeyVaultDenied", "VaultNotFound", "SecretNotFound", "MSINotEnabled"])
def test_what_azure_cannot_follow_is_taken_back(
    one: tuple[Changing, Journal], run: Run, azure: Microsoft, vault: Fake, orders: App, said: str
) -> None:
    """The app would be given the text of the reference, so it gets its value back; nothing is left to finish."""
    orders.references["KEY"] = said
    outcome = run()
    assert f"cannot follow the reference ({said}); it was put back as it was" in outcome.why
    assert (orders.settings, vault.held) == (PLAIN, {"orders-key": [VALUE]})
    assert list(one[0].resume(consent=True)) == []


def test_what_azure_has_not_followed_yet_is_said(run: Run, vault: Fake, orders: App) -> None:
    """It is in place, and it is said to look again."""
    orders.references["KEY"] = "Initialized"
    outcome = run()
    assert outcome.state is State.DONE
    assert "has not said yet" in outcome.why
    assert orders.settings["KEY"] == reference(vault)


def test_who_follows_references_by_a_user_assigned_identity(azure: Microsoft, orders: App, run: Run) -> None:
    """Its app says so, and needs none of its own."""
    orders.identity, orders.reference_identity = {"type": "UserAssigned"}, "/subscriptions/s/id"
    assert run().state is State.DONE


def test_the_command(fix_azure: Callable[..., Any], azure: Microsoft, vault: Fake, orders: App) -> None:
    """All settings of a report, with consent; what could not be done is said, and the status is 1."""
    azure.apps[1].identity = None
    done = fix_azure("--apply", "--vault", vault.url)
    assert (done.returncode, orders.settings) == (0, PLAIN)
    done = fix_azure("--apply", "--vault", vault.url, "--live")
    assert done.returncode == 1
    (name,) = (name for name, values in vault.held.items() if values == [VALUE])
    assert orders.settings == {"STAGE": "dev", "KEY": reference(vault, name)}
    assert f"changed   {PLACE} (keyvault: {name})".encode() in done.stdout
    slot = "azure-functions:shop/orders:test/settings/KEY"
    assert f"not done  {slot} (keyvault: {name}): its app has".encode() in done.stdout
    assert b"connection-strings/Key (keyvault: orders-key-" in done.stdout, "its value is another, and has its own name"
    assert b"--resource-group shop --slot test`" in done.stdout
    assert STRIPE not in done.stdout + done.stderr
    done = fix_azure("--rollback", "--live")
    assert (done.returncode, orders.settings) == (0, PLAIN)
    assert f"keyvault: {name}".encode() in done.stdout
