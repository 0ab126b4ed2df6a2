"""Changes settings of deployed functions, and back: a value is in its store, and read back there, before one loses it.

Each change is to all settings of a group, read, merged and written back; nothing but the one setting is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from stanch.errors import StanchError
from stanch.remediate import names
from stanch.remediate.apply import Opener, Outcome, State, Stores
from stanch.remediate.journal import Access, Begun, Journal, Live
from stanch.remediate.live import Broken, Functions, Held, LiveError, Stale
from stanch.remediate.model import Action, LiveMove, Reference, Setting
from stanch.remediate.patches.references import app_setting, pointer
from stanch.remediate.stores import Address, StoreError, stored

TRIES = 5
"""How often settings are read and written anew where somebody else changes them meanwhile."""
ALREADY = "it is so already"
LIVE = "it is of a deployed function: --live"
Reach = Callable[[str, Access], Functions]
"""Opens the functions of a platform; raises StanchError."""


class Step(NamedTuple):
    """What becomes of one setting, and what others must be for that; None: there is none of that name."""

    name: str
    before: str | None
    after: str | None
    others: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Step({self.name!r})"

    @property
    def back(self) -> Step:
        """The way back."""
        return self._replace(before=self.after, after=self.before)

    def merged(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return these settings with the one changed."""
        rest = {name: value for name, value in values.items() if name != self.name}
        return rest if self.after is None else {**rest, self.name: self.after}


def step(action: Action, reference: Reference, value: str) -> Step:
    """Return what an action makes of the settings of a function in which `reference.env` holds the value."""
    name = reference.env
    if action is Action.REFER:
        return Step(name, value, app_setting(reference), {})
    if action is Action.NAME:
        return Step(pointer(reference), None, reference.name, {name: value})
    return Step(name, value, None, {pointer(reference): reference.name})


class Changing:
    """What is done to deployed functions, noted in a journal."""

    def __init__(self, journal: Journal, opener: Opener, reach: Reach) -> None:
        self._journal = journal
        self._stores = Stores(journal, opener)
        self._reach = reach
        self._reached: dict[tuple[str, Access], Functions] = {}

    def run(
        self,
        moves: Sequence[LiveMove],
        address: Callable[[LiveMove], Address],
        access: Callable[[Setting], Access],
        *,
        overwrite: bool,
    ) -> Iterator[Outcome]:
        """Change one setting after the other, of the moves that stanch can make."""
        for move in moves:
            setting, reference = move.setting, move.reference
            if setting is None or reference is None or move.why:
                continue
            at, live = address(move), Live(setting, move.action, access(setting))
            outcome = Outcome(State.FAILED, move.finding.rule, reference.name, at, (setting.place,))
            outcome = outcome._replace(fingerprint=move.finding.fingerprint)
            try:
                arn, note = self._make(move, reference, at, live, overwrite)
            except StanchError as error:
                yield outcome._replace(why=str(error))
            else:
                yield outcome._replace(state=State.DONE, arn=arn, why=note)

    def _make(
        self, move: LiveMove, reference: Reference, address: Address, live: Live, overwrite: bool
    ) -> tuple[str, str]:
        """Change a setting; return how the store calls its value, and what to know."""
        setting, functions = live.setting, self._functions(live)
        held = functions.read(setting)
        value = held.values.get(setting.name)
        if live.action is Action.DROP:  # whatever it was called when it was stored
            reference = reference._replace(name=held.values.get(pointer(reference), reference.name))
        done = step(live.action, reference, "")
        if held.values.get(done.name) == done.after and (live.action is not Action.NAME or value is not None):
            return self._arn(address, reference.name, live.action), ALREADY
        if value is None or move.finding.secret.decode("utf-8", "replace") not in value:
            raise LiveError("it does not hold this credential any more; scan again")
        change = step(live.action, reference, value)
        _check(change, held)
        functions.fits(setting, change.merged(held.values))
        if live.action is Action.REFER:
            functions.prepared(setting)
        content = value.encode("utf-8", "surrogatepass")
        refused = names.why_not_name(address.store, reference.name) or names.why_not_value(address.store, content)
        if refused and live.action is not Action.DROP:
            raise LiveError(refused)
        begun = self._journal.begin_live(move.finding.rule, reference.name, address, content, live)
        try:
            kept = self._kept(address, reference.name, content, live.action, overwrite)
        except StanchError:
            self._journal.write("dropped", begun.number)
            raise
        self._journal.write("stored", begun.number, version=kept[1])
        return kept[0], self._forth(begun, change)

    def _arn(self, address: Address, name: str, action: Action) -> str:
        """Return what the store calls a secret that a function names already. Raises StoreError where it has none."""
        if action is Action.DROP:
            return ""
        there = self._stores.at(address).get(name)
        if there is None:
            raise StoreError(f"the function names {name}, and the store has none")
        return there.arn

    def _kept(self, address: Address, name: str, value: bytes, action: Action, overwrite: bool) -> tuple[str, str]:
        """Return what the store calls the value, and its version: put there, unless it is to be there by now."""
        store = self._stores.at(address)
        if action is Action.DROP:
            there = store.get(name)
            if there is None or there.value != value:
                raise StoreError(
                    f"{name} does not hold what the variable holds, so that stays; if a newer one is there, take the"
                    " variable out by hand"
                )
            return there.arn, there.version
        held = stored(store, name, value, overwrite=overwrite)
        return held.arn, held.version

    def _forth(self, begun: Begun, change: Step) -> str:
        """Change the setting, and take that back at once where the function cannot work with it."""
        live = _live(begun)
        functions = self._functions(live)
        note = _changed(functions, live.setting, change)
        try:
            said = functions.settled(live.setting, change.after if live.action is Action.REFER else None)
        except Broken as error:
            try:
                _changed(functions, live.setting, change.back)
            except LiveError as again:
                raise LiveError(f"{error}; AND IT COULD NOT BE PUT BACK, so do that by hand: {again}") from again
            self._journal.write("undone", begun.number)
            raise LiveError(f"{error}; it was put back as it was") from error
        self._journal.write("done", begun.number)
        return "; ".join(filter(None, (note, said)))

    def resume(self, *, consent: bool) -> Iterator[Outcome]:
        """Finish what an earlier process has begun; without consent only say that there is something."""
        for begun in [move for move in self._journal.moves.values() if move.ended is None and move.live]:
            if begun.version is None:  # no function is touched before that
                self._journal.write("dropped", begun.number)
                yield _outcome(begun, State.DROPPED)
                continue
            try:
                if not consent:
                    raise LiveError(f"it was begun, and {LIVE} finishes it")
                note = self._forth(begun, self._step(begun))
            except StanchError as error:
                yield _outcome(begun, State.FAILED, str(error))
            else:
                yield _outcome(begun, State.DONE, note)

    def undo(self, run: int, *, consent: bool) -> Iterator[Outcome]:
        """Take a run back, its last change first: values return to their settings, from the store, which keeps them."""
        for begun in [move for move in self._journal.undoable(run) if move.live]:
            try:
                if begun.version is not None:
                    if not consent:
                        raise LiveError(f"{LIVE} puts it back")
                    live = _live(begun)
                    functions = self._functions(live)
                    _changed(functions, live.setting, self._step(begun).back)
                    functions.settled(live.setting, None)
            except StanchError as error:
                yield _outcome(begun, State.FAILED, str(error))
            else:
                self._journal.write("undone", begun.number)
                used = begun.version is not None and _live(begun).action is Action.DROP
                yield _outcome(begun, State.UNDONE, self._named(run) if used else "")

    def _named(self, run: int) -> str:
        """Say of a variable that was dropped, and is back, that the other one stays, and how that goes, too."""
        earlier = any(move.run < run and move.ended in (None, "done") for move in self._journal.moves.values())
        more = ": run `--rollback --live` once more, the run before is undone next" if earlier else ""
        return f"another variable still names the secret{more}"

    def aliases(self, setting: Setting, access: Access) -> Mapping[str, str]:
        """Return the versions that aliases of a function lead to. Raises StanchError."""
        return self._functions(Live(setting, Action.NAME, access)).aliases(setting)

    def _step(self, begun: Begun) -> Step:
        """Return what a move that was begun makes of its setting. Raises StoreError."""
        live = _live(begun)
        reference = Reference(live.setting.name, begun.address.store, begun.name, begun.address.vault)
        return step(live.action, reference, self._stores.value(begun).decode("utf-8", "surrogatepass"))

    def _functions(self, live: Live) -> Functions:
        key = live.setting.platform, live.access
        if key not in self._reached:
            self._reached[key] = self._reach(*key)
        return self._reached[key]


def _live(begun: Begun) -> Live:
    if begun.live is None:
        raise LiveError(f"{begun.name} is no move of a deployed function")
    return begun.live


def _changed(functions: Functions, setting: Setting, change: Step) -> str:
    """Change a setting, whatever others do to those beside it; return what to know. Raises LiveError.

    It is read again after it is written, which also tells whether a writing that was not answered has happened.
    """
    wrote: dict[str, str] = {}
    for _ in range(TRIES + 1):
        held = functions.read(setting)
        if held.values.get(change.name) == change.after:
            return _others(wrote, held, change)
        _check(change, held)
        wrote = change.merged(held.values)
        try:
            functions.write(setting, held, wrote)
        except Stale:
            continue
    raise LiveError("somebody else changes its function all the time: run the command again later")


def _check(change: Step, held: Held) -> None:
    """Raise LiveError where the setting is not what it was, or one beside it not what it must be."""
    now = held.values.get(change.name)
    wrong = [change.name] if now != change.before else []
    wrong += [name for name, value in change.others.items() if held.values.get(name) != value]
    if not wrong:
        return
    if wrong[0] not in held.values:
        raise LiveError(f"there is no {wrong[0]}, or not any more: nothing was changed")
    raise LiveError(f"{wrong[0]} holds something else, or does by now: nothing was changed")


def _others(wrote: Mapping[str, str], held: Held, change: Step) -> str:
    """Return words on settings that are not as they were written: somebody else has written at the same time."""
    if not wrote:
        return ""
    differ = {name for name in {*wrote, *held.values} if wrote.get(name) != held.values.get(name)} - {change.name}
    return f"{', '.join(sorted(differ))}: changed by somebody else at the same time, look at it" if differ else ""


def _outcome(begun: Begun, state: State, why: str = "") -> Outcome:
    place = _live(begun).setting.place
    return Outcome(state, begun.rule, begun.name, begun.address, (place,), why)
