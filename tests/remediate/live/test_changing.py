"""A setting of a function is changed, and back, step by step: ended at any of them, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from remediate.live.deployed import STRIPE, Memory, access, address, move
from stanch.remediate.apply import Outcome, State
from stanch.remediate.journal import Journal
from stanch.remediate.live import Broken, Stale
from stanch.remediate.live.changing import Changing, step
from stanch.remediate.model import Action, Reference
from stanch.remediate.patches.references import pointer

LAMBDA, APP = "aws-lambda:eu-west-1/orders/environment/KEY", "azure-functions:shop/orders/settings/KEY"
VALUE = STRIPE.decode()
PLAIN = {"KEY": VALUE, "OTHER": "x"}
NAMED = {**PLAIN, "KEY_PARAM": "/orders/KEY"}


class Ended(BaseException):
    """The process ends here."""


class Steps:
    """Counts the steps of a process, and ends it at one."""

    def __init__(self, last: int) -> None:
        self.left = last
        self.taken = 0

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with a step before and one after it."""

        def stepping(*arguments: Any, **named: Any) -> Any:
            self.step()
            result = function(*arguments, **named)
            self.step()
            return result

        return stepping

    def step(self) -> None:
        """Take one."""
        self.taken += 1
        if self.taken == self.left:
            raise Ended


def changing(memory: Memory, journal: Path, steps: Steps | None = None) -> tuple[Changing, Journal]:
    """Return what changes the function in memory; with steps, of a process that ends."""
    held, kept = Journal(journal), memory
    if steps:
        kept = Memory({})
        for name in ("read", "write", "settled", "get", "put"):
            setattr(kept, name, steps.around(getattr(memory, name)))
        held._append = steps.around(held._append)  # type: ignore[method-assign]
    return Changing(held, lambda _: kept, lambda *_: kept), held


def work(memory: Memory, journal: Path, undo: bool, path: str, *, drop: bool, last: int = 0) -> int:
    """Apply or undo in a process that may end; return how many steps it took."""
    steps = Steps(last)
    one, held = changing(memory, journal, steps)
    try:
        if undo:
            done = list(one.undo(held.last, consent=True))
        else:
            done = [*one.resume(consent=True), *one.run([move(path, drop=drop)], address, access, overwrite=False)]
        assert [outcome.why for outcome in done if outcome.state is State.FAILED] == []
    except Ended:
        pass
    finally:
        held.close()
    return steps.taken


# what is done, where, the settings before and after
WAYS = [
    ("a variable is added", LAMBDA, False, PLAIN, NAMED),
    ("a variable goes", LAMBDA, True, NAMED, {"OTHER": "x", "KEY_PARAM": "/orders/KEY"}),
    ("a value becomes a reference", APP, False, PLAIN,
     {"OTHER": "x", "KEY": "@Microsoft.KeyVault(SecretUri=https://shop.vault.azure.net/secrets/orders-key/)"}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "path", "drop", "before", "after"), WAYS, ids=[way[0] for way in WAYS])
def test_ended_at_each_step(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    path: str,
    drop: bool,
    before: dict[str, str],
    after: dict[str, str],
) -> None:
    """The value is in its setting or in the store, and the next process finishes; undoing is the same the other way."""
    monkeypatch.setattr(Journal, "seal", lambda _, value: sha256(value).hexdigest())  # the real one takes long

    def fresh() -> Memory:
        memory = Memory(before)
        memory.kept = [STRIPE] if drop else []
        return memory

    whole = fresh()
    steps = {False: work(whole, tmp_path / "whole", False, path, drop=drop, last=-1)}
    assert whole.values == after
    steps[True] = work(whole, tmp_path / "whole", True, path, drop=drop, last=-1)
    assert whole.values == before
    assert min(steps.values()) >= 8
    ends = [(way, last) for way, taken in steps.items() for last in range(1, taken + 1)]
    for number, (undo, last) in enumerate(ends):
        memory, journal = fresh(), tmp_path / f"{number}"
        if undo:
            work(memory, journal, False, path, drop=drop)
        work(memory, journal, undo, path, drop=drop, last=last)
        assert memory.values.get("KEY") == VALUE or memory.kept == [STRIPE], (what, undo, last)
        assert not journal.exists() or STRIPE not in journal.read_bytes()
        work(memory, journal, undo, path, drop=drop)
        assert memory.values == (before if undo else after), (what, undo, last)


@pytest.fixture
def memory() -> Memory:
    """Return a function."""
    return Memory(PLAIN)


@pytest.fixture
def one(memory: Memory, tmp_path: Path) -> Iterator[tuple[Changing, Journal]]:
    """Return what changes it."""
    found = changing(memory, tmp_path / "journal")
    yield found
    found[1].close()


def only(outcomes: Iterator[Outcome]) -> Outcome:
    """Return the only outcome."""
    (found,) = outcomes
    return found


def test_another_of_its_name_is_in_the_store(one: tuple[Changing, Journal], memory: Memory) -> None:
    """It is not replaced, and the function stays; with --overwrite it is."""
    memory.kept = [b"another"]
    outcome = only(one[0].run([move(LAMBDA)], address, access, overwrite=False))
    assert (outcome.state, memory.values) == (State.FAILED, PLAIN)
    assert "--overwrite" in outcome.why
    assert only(one[0].run([move(LAMBDA)], address, access, overwrite=True)).state is State.DONE
    assert (memory.values, memory.kept) == (NAMED, [b"another", STRIPE])


def test_again(one: tuple[Changing, Journal], memory: Memory) -> None:
    """What is so already stays; unless the store has lost what the function names."""
    assert [only(one[0].run([move(LAMBDA)], address, access, overwrite=False)).why for _ in range(2)] == [
        "", "it is so already",
    ]  # fmt: skip
    memory.kept = []
    assert "the store has none" in only(one[0].run([move(LAMBDA)], address, access, overwrite=False)).why


REFUSED: list[tuple[str, dict[str, str], bool, str]] = [
    ("another variable has the name", {**PLAIN, "KEY_PARAM": "mine"}, False, "KEY_PARAM holds something else"),
    ("the variable has gone", {"OTHER": "x"}, False, "does not hold this credential any more"),
    ("it holds another value", {"KEY": "x"}, False, "does not hold this credential any more"),
    ("nothing names the secret yet", PLAIN, True, "there is no KEY_PARAM"),
    ("what is named is nowhere", NAMED, True, "/orders/KEY does not hold"),
]


@pytest.mark.parametrize(("why", "values", "drop", "said"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused(
    one: tuple[Changing, Journal], memory: Memory, why: str, values: dict[str, str], drop: bool, said: str
) -> None:
    """Nothing is changed, and nothing is left to finish."""
    memory.values = dict(values)
    outcome = only(one[0].run([move(LAMBDA, drop=drop)], address, access, overwrite=False))
    assert said in outcome.why, why
    assert (memory.values, memory.kept) == (values, [])
    assert list(one[0].resume(consent=True)) == []


def test_a_variable_without_another_beside_it_stays(one: tuple[Changing, Journal], memory: Memory) -> None:
    """Also where the store has the value: the code could not know."""
    memory.kept = [STRIPE]
    assert "there is no KEY_PARAM" in only(one[0].run([move(LAMBDA, drop=True)], address, access, overwrite=False)).why
    assert memory.values == PLAIN


def test_a_secret_by_another_name_is_dropped_too(one: tuple[Changing, Journal], memory: Memory) -> None:
    """What the variable names counts, whatever a plan would call it now."""
    memory.values, memory.kept = {**NAMED, "KEY_PARAM": "/shop/other"}, [STRIPE]
    outcome = only(one[0].run([move(LAMBDA, drop=True)], address, access, overwrite=False))
    assert (outcome.state, outcome.arn) == (State.DONE, "arn of /shop/other")
    assert memory.values == {"OTHER": "x", "KEY_PARAM": "/shop/other"}
    undone = only(one[0].undo(one[1].last, consent=True))
    assert (undone.state, undone.why) == (State.UNDONE, "another variable still names the secret")
    assert memory.values["KEY"] == VALUE


def test_without_consent(one: tuple[Changing, Journal], memory: Memory) -> None:
    """Neither is what was begun finished, nor what was done undone."""
    list(one[0].run([move(APP)], address, access, overwrite=False))
    after = dict(memory.values)
    outcome = only(one[0].undo(one[1].last, consent=False))
    assert (outcome.state, memory.values) == (State.FAILED, after)
    assert "--live" in outcome.why
    begun = one[1].moves[1]
    one[1].moves[1] = begun._replace(ended=None)
    memory.values = dict(PLAIN)
    assert "--live" in only(one[0].resume(consent=False)).why
    assert memory.values == PLAIN


@pytest.mark.parametrize(
    ("path", "change", "said"),
    [
        (APP, {"KEY": "another"}, "KEY holds something else"),
        (LAMBDA, {"KEY_PARAM": "another"}, "KEY_PARAM holds something else"),
        (LAMBDA, {"KEY": "another"}, "KEY holds something else"),
    ],
)
def test_what_has_changed_since_is_not_undone(
    one: tuple[Changing, Journal], memory: Memory, path: str, change: dict[str, str], said: str
) -> None:
    """Somebody has set it to something else, which stays; and so does the variable that the code may need."""
    list(one[0].run([move(path)], address, access, overwrite=False))
    memory.values.update(change)
    now = dict(memory.values)
    outcome = only(one[0].undo(one[1].last, consent=True))
    assert (outcome.state, memory.values) == (State.FAILED, now)
    assert said in outcome.why


def test_a_store_that_has_lost_it_is_said(one: tuple[Changing, Journal], memory: Memory) -> None:
    """Then the value is nowhere to be had, and the setting stays a reference."""
    list(one[0].run([move(APP)], address, access, overwrite=False))
    memory.kept = [b"another"]
    assert "does not hold what was put there" in only(one[0].undo(one[1].last, consent=True)).why


def test_what_can_be_neither_used_nor_put_back_is_said_loudly(
    one: tuple[Changing, Journal], memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function has a reference that leads nowhere then; the value is in the store."""

    def broken(*_: object) -> str:
        monkeypatch.setattr(memory, "write", stale)
        raise Broken("it cannot be followed")

    def stale(*_: object) -> None:
        raise Stale

    monkeypatch.setattr(memory, "settled", broken)
    outcome = only(one[0].run([move(APP)], address, access, overwrite=False))
    assert "it cannot be followed; AND IT COULD NOT BE PUT BACK" in outcome.why
    assert (outcome.state, memory.kept) == (State.FAILED, [STRIPE])
    monkeypatch.undo()
    assert [found.state for found in one[0].undo(one[1].last, consent=True)] == [State.UNDONE]
    assert memory.values == PLAIN


def test_nothing_shows_a_value() -> None:
    """Not what is in hand, either."""
    made = step(Action.DROP, Reference("KEY", "ssm", "/orders/KEY", None), VALUE)
    assert made.others == {pointer(Reference("KEY", "ssm", "", None)): "/orders/KEY"}
    assert VALUE not in repr(made) + repr(made.back) + repr(Memory(PLAIN).read(None))  # type: ignore[arg-type]
