"""Data classes that are compiled late do what those of the standard library do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from stanch import model, values


@values.dataclass(frozen=True, slots=True)
class Late:
    """Compiled when it is first called."""

    name: str
    secret: bytes = values.field(repr=False)
    parts: list[int] = values.field(default_factory=lambda: [1])
    note: str | None = None

    @property
    def loud(self) -> str:
        """Something computed."""
        return self.name.upper()


@values.dataclass
class LateAndOpen:
    """One that can be changed."""

    name: str
    seen: dict[str, int] = values.field(default_factory=dict)
    count: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Standard:
    """The same as `Late`."""

    name: str
    secret: bytes = dataclasses.field(repr=False)
    parts: list[int] = dataclasses.field(default_factory=lambda: [1])
    note: str | None = None

    @property
    def loud(self) -> str:
        """Something computed."""
        return self.name.upper()


@dataclasses.dataclass
class StandardAndOpen:
    """The same as `LateAndOpen`."""

    name: str
    seen: dict[str, int] = dataclasses.field(default_factory=dict)
    count: int = 0


def changed(value: Any, name: str) -> object:
    """Set a field to 7."""
    setattr(value, name, 7)
    return value


def pickled(value: Any) -> Any:
    """Return what comes out of a pickle of it."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301  # made here


DOINGS: dict[str, Callable[[Any], object]] = {
    "repr": lambda cls: cls("a", b"b"),
    "default": lambda cls: cls("a", b"b").note,
    "named": lambda cls: cls(note="n", secret=b"b", name="a").note,
    "made for each": lambda cls: cls("a", b"b").parts is cls("a", b"b").parts,
    "property": lambda cls: cls("a", b"b").loud,
    "equal": lambda cls: cls("a", b"b") == cls("a", b"b"),
    "unequal": lambda cls: cls("a", b"b") == cls("a", b"c"),
    "unequal to others": lambda cls: cls("a", b"b") == ("a", b"b", [1], None),
    "hash": lambda cls: hash(cls("a", b"b", ())) == hash(cls("a", b"b", ())),
    "no hash": lambda cls: hash(cls("a", b"b")),
    "too few": lambda cls: cls("a"),
    "too many": lambda cls: cls("a", b"b", [], "n", 5),
    "no such field": lambda cls: cls("a", b"b", other=1),
    "set": lambda cls: changed(cls("a", b"b"), "name"),
    "delete": lambda cls: cls("a", b"b").__delattr__("name"),
    "no dict": lambda cls: cls("a", b"b").__dict__,
    "pickle": lambda cls: pickled(cls("a", b"b", [2])).parts,
    "copy": lambda cls: copy.deepcopy(cls("a", b"b", [2])),
    "replace": lambda cls: dataclasses.replace(cls("a", b"b", [2]), name="c"),
    "fields": lambda cls: [(f.name, f.type, f.default, f.repr) for f in dataclasses.fields(cls) if f.name != "parts"],
    "is one": dataclasses.is_dataclass,
    "match": lambda cls: cls.__match_args__,
    "text": lambda cls: cls.__doc__ and cls.__qualname__[-4:] and cls.__module__,
}
OPEN: dict[str, Callable[[Any], object]] = {
    "repr": lambda cls: cls("a"),
    "made for each": lambda cls: cls("a").seen is cls("a").seen,
    "default": lambda cls: (cls.count, hasattr(cls, "seen")),
    "set": lambda cls: changed(cls("a"), "count"),
    "equal": lambda cls: cls("a", {}, 1) == cls("a", {}, 1),
    "no hash": lambda cls: hash(cls("a")),
    "pickle": lambda cls: pickled(cls("a", {"x": 1})),
    "replace": lambda cls: dataclasses.replace(cls("a"), name="c"),
}


def outcome(do: Callable[[Any], object], cls: type) -> str:
    """Return what came of it, or the kind of error, without the class's own name."""
    try:
        return repr(do(cls)).replace(cls.__name__, "C")
    except (TypeError, AttributeError) as error:
        return type(error).__name__


@pytest.mark.parametrize("what", DOINGS)
def test_like_the_standard_library(what: str) -> None:
    """A frozen class with slots does the same in every way that is used."""
    assert outcome(DOINGS[what], Late) == outcome(DOINGS[what], Standard)


@pytest.mark.parametrize("what", OPEN)
def test_open_like_the_standard_library(what: str) -> None:
    """So does one that can be changed."""
    assert outcome(OPEN[what], LateAndOpen) == outcome(OPEN[what], StandardAndOpen)


def test_replace() -> None:
    """Our `replace` changes what it is told to, and a wrong name is an error."""
    before = model.Origin("t", "p")
    assert values.replace(before, path="q") == model.Origin("t", "q")
    assert values.replace(Standard("a", b"b"), name="c") == Standard("c", b"b")
    with pytest.raises(TypeError):
        values.replace(before, route="q")


def test_the_first_call_compiles() -> None:
    """A class that nobody calls stays as it was declared."""

    @values.dataclass(frozen=True, slots=True)
    class Made:
        """A class of this test."""

        count: int

        def __post_init__(self) -> None:
            made.append(self.count)

    made: list[int] = []
    before = Made.__init__
    assert [Made(3).count, Made(count=4).count] == made == [3, 4]
    assert Made.__init__ is not before
    assert Made.__init__.__qualname__.endswith("Made.__init__")
