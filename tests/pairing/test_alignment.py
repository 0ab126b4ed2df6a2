"""Which ids and secrets belong together, told by their places."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.pairing.alignment import Place, aligned

LAYOUTS = [
    # a line each: capitals are ids, small letters their secrets; the pairs that are wanted
    ("A a", "Aa"),
    ("a A", "Aa"),
    ("A a B b", "Aa Bb"),
    ("a A b B", "Aa Bb"),
    ("A B a b", "Aa Bb"),
    ("a b A B", "Aa Bb"),
    ("A a - - B b", "Aa Bb"),
    ("A - a B - b", "Aa Bb"),
    ("A - a B C - c", "Aa Cc"),
    ("a - A c b - B", "Aa Bb"),
    ("B A a", "Aa"),
    ("A a B", "Aa"),
    ("b A a", "Aa"),
    ("A a b", "Aa"),
    ("A - - b - a", "Ab"),
    ("O o A a", "Oo Aa"),
    ("O A o a", "Oo Aa"),
    ("A" + " -" * 40 + " a", "Aa"),
    ("Z" + " -" * 40 + " A a" + " -" * 40 + " z", "Aa Zz"),
    ("A B", ""),
    ("a b", ""),
]


def paired(layout: str, *, near: bool = False) -> set[str]:
    """Return the pairs of a layout by their letters."""
    letters = layout.split()
    ids, secrets = (
        [at for at in enumerate(letters) if at[1].isalpha() and at[1].isupper() is side] for side in (True, False)
    )
    pairs = aligned([("", line, 1) for line, _ in ids], [("", line, 1) for line, _ in secrets], near=near)
    return {ids[one][1] + secrets[other][1] for one, other in pairs}


@pytest.mark.parametrize(("layout", "wanted"), LAYOUTS)
def test_layouts(layout: str, wanted: str) -> None:
    """An id goes with its secret whichever comes first, in blocks or in lists, with strays between them."""
    assert paired(layout) == set(wanted.split())


@pytest.mark.parametrize(("lines", "wanted"), [(3, {"Aa"}), (60, set())])
def test_near(lines: int, wanted: set[str]) -> None:
    """Where only what is near counts, the rest of the content does not."""
    assert paired("A" + " -" * lines + " a", near=True) == wanted


def test_on_one_line() -> None:
    """On one line, columns tell."""
    ids, secrets = [("", 1, 10), ("", 1, 900)], [("", 1, 930)]
    assert aligned(ids, secrets) == [(1, 0)]


PLACES = st.lists(st.tuples(st.just(""), st.integers(1, 60), st.integers(1, 80)), max_size=12, unique=True).map(sorted)


@given(PLACES, PLACES, st.booleans())
def test_one_to_one(ids: list[Place], secrets: list[Place], near: bool) -> None:
    """Each id and each secret is in one pair at most, and as many are paired as there can be."""
    pairs = aligned(ids, secrets, near=near)
    ones, others = [one for one, _ in pairs], [other for _, other in pairs]
    assert len(set(ones)) == len(ones) <= len(ids)
    assert len(set(others)) == len(others) <= len(secrets)
    assert near or len(pairs) == min(len(ids), len(secrets))


def test_very_many() -> None:
    """Thousands of each are paired in a moment."""
    random = Random(1)
    ids, secrets = (sorted(("", random.randrange(10**6), 1) for _ in range(count)) for count in (8_000, 5_000))
    began = time.monotonic()
    pairs = aligned(ids, secrets)
    assert time.monotonic() - began < 20
    assert len(pairs) > 4_000
