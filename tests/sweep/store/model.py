"""What a store should hold, as plain Python: the rules of docs/triage.md, and nothing of how they are kept."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Place:
    """A place of a finding in a repository."""

    first: str
    last: str
    gone: str | None = None


@dataclass
class Found:
    """A finding."""

    first: str
    last: str
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    """By repository and path."""
    state: str = "open"
    until: str | None = None
    was_gone: bool = False
    """Did a run end without a place for it? Until it comes back."""
    history: list[tuple[str, str]] = field(default_factory=list)
    """States, and whether a person or a scan gave them."""

    def stands(self, today: str) -> str:
        """Return the state on a day."""
        return "open" if self.until and self.until < today else self.state

    def say(self, state: str, who: str, until: str | None = None) -> None:
        """Give it a state."""
        self.state, self.until = state, until
        self.history.append((state, who))


@dataclass
class Model:
    """A store with one list of targets."""

    findings: dict[int, Found] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    """Repositories that are no longer listed, and since when."""
    known: dict[str, str] = field(default_factory=dict)
    """The refs of repositories at their last scan, when that was complete."""
    ever: set[str] = field(default_factory=set)
    """Repositories that were listed by an earlier run."""
    began: str = ""
    listed: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)

    def begin(self, began: str, listed: set[str]) -> None:
        """Begin a run of these repositories; one that has not ended is left as it is."""
        self.ever |= self.listed
        self.began, self.listed, self.done = began, set(listed), set()
        for name in listed:
            self.gone.pop(name, None)

    def record(self, name: str, told: set[tuple[int, str]] | None, outcome: str, refs: str, today: str) -> bool:
        """Take an outcome: the secrets' numbers with their paths, or None where nothing was scanned."""
        if name in self.done:
            return False
        self.done.add(name)
        if outcome == "unchanged":
            for found in self.findings.values():
                here = [place for (at, _), place in found.places.items() if at == name and place.gone is None]
                for place in here:
                    place.last = found.last = self.began
        if told is None:
            return True
        self.known.pop(name, None)
        for number in sorted({number for number, _ in told}):
            self._see(number, name, {path for other, path in told if other == number}, today)
        if outcome == "complete":
            self.known[name] = refs
            for number, found in self.findings.items():
                for (at, path), place in found.places.items():
                    if at == name and (number, path) not in told and place.gone is None:
                        place.gone = self.began
        return True

    def _see(self, number: int, name: str, paths: set[str], today: str) -> None:
        found = self.findings.setdefault(number, Found(self.began, self.began))
        found.last = self.began
        if found.was_gone and found.stands(today) == "fixed":
            found.say("open", "scan")
        found.was_gone = False
        for path in paths:
            place = found.places.setdefault((name, path), Place(self.began, self.began))
            place.last, place.gone = self.began, None

    def finish(self, today: str) -> None:
        """End the run."""
        for found in self.findings.values():
            if not found.was_gone and all(place.gone for place in found.places.values()):
                found.was_gone = True
                if found.stands(today) == "open":
                    found.say("fixed", "scan")
        for name in self.ever - self.listed:
            self.gone.setdefault(name, self.began)
