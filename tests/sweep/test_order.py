"""The order of a sweep: large ones first, forks after their source, and no more on the disk than there is room."""

from __future__ import annotations

from stanch.sweep.model import Listed
from stanch.sweep.order import MARGIN, Budget, Order

MB = 1 << 20


def one(name: str, size: int | None = None, parent: str | None = None) -> Listed:
    """Return a repository of a size, and of a parent if it is a fork."""
    return Listed(name, f"https://git.example/{name}", "github", size, parent is not None, parent)


def ready(order: Order) -> list[str]:
    """Take all that may begin now."""
    names = []
    while order.first():
        names.append(order.take().name)
    return names


def test_the_largest_come_first() -> None:
    """Sizes decide, the size of a network for all of it; those of unknown size come last."""
    order = Order([one("small", 1), one("unknown"), one("large", 9), one("source", 4), one("fork", 6, "source")])
    assert ready(order) == ["source", "large", "small", "unknown"]


def test_forks_wait_for_their_source() -> None:
    """They begin once it is done, before anything else; a fork of a fork waits for the first of them all."""
    listed = [one("source", 5), one("fork", 5, "source"), one("of-fork", 4, "fork"), one("other", 9)]
    order = Order(listed)
    assert [order.take().name, order.take().name, order.first()] == ["source", "other", None]
    order.done(listed[3])
    assert order.first() is None
    order.done(listed[0])
    assert ready(order) == ["fork", "of-fork"]


def test_a_network_without_its_source_has_a_first() -> None:
    """Of forks of what is not swept the largest goes first, and the others follow it."""
    listed = [one("a", 2, "elsewhere"), one("b", 7, "elsewhere"), one("c", 5, "elsewhere")]
    order = Order(listed)
    assert ready(order) == ["b"]
    assert order.network(listed[0]) == order.network(listed[1]) == "elsewhere"
    order.done(listed[1])
    assert ready(order) == ["c", "a"]
    assert len(order) == 0


def test_parents_in_a_circle_are_swept() -> None:
    """What two forges' answers, minutes apart, may tell is no reason to wait for ever."""
    order = Order([one("a", 1, "b"), one("b", 2, "a"), one("self", 1, "self")])
    names = ready(order)
    for name in list(names):
        order.done(one(name))
    assert sorted(names + ready(order)) == ["a", "b", "self"]


def test_the_budget_holds_what_is_under_way() -> None:
    """A clone has half again what the forge says; one of unknown size has its share; folders need nothing."""
    budget = Budget(100 * MB, at_once=4)
    large, unknown = one("large", 40 * MB), one("unknown")
    assert budget.take(large) == 60 * MB + MARGIN
    assert budget.room(unknown) == 25 * MB
    assert not budget.fits(unknown)
    budget.give_back(large)
    assert budget.fits(unknown)
    assert budget.room(Listed("/srv/a", "/srv/a", "folder")) is None


def test_what_outgrows_its_room_has_all_of_it_once() -> None:
    """A clone that was larger than told is tried again with the whole budget, and then no more."""
    budget = Budget(100 * MB, at_once=4)
    small = one("small", 1 * MB)
    assert budget.widen(small)
    assert budget.room(small) == 100 * MB
    assert not budget.widen(small)
