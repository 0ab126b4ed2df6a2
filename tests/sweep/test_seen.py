"""The objects that were read: eight bytes of each id, in a few files that workers map."""

from __future__ import annotations

import os
from array import array
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.sweep.seen import Folder, Seen, forget


def oid(prefix: int) -> str:
    """Return an object's id that begins with these eight bytes."""
    return f"{prefix:016x}" + "0" * 24


def words(*numbers: int) -> array[int]:
    """Return numbers as the files hold them."""
    return array("Q", sorted(numbers))


def test_what_is_known_is_not_wanted() -> None:
    """An object is wanted once: not when any of the lists has it; what held something is not noted as read."""
    seen = Seen(words(1, 5, 9), words(2**64 - 1), words())
    assert [seen.wants(oid(number)) for number in (1, 2, 5, 7, 2**64 - 1)] == [False, True, False, True, False]
    assert seen.read(held=[oid(7)]) == words(2)


def test_workers_see_what_was_added(tmp_path: Path) -> None:
    """Another process's view of the folder holds what was added, whichever files were merged meanwhile."""
    ours, theirs = Folder(tmp_path / "seen"), Folder(tmp_path / "seen")
    assert ours.own()
    random, all_ids = Random(1), set()
    for size in (50, 3, 3, 200, 1, 1, 1, 1, 40):
        ids = {random.getrandbits(64) for _ in range(size)}
        all_ids |= ids
        ours.add(words(*ids))
        known = Seen(*theirs.known())
        assert not any(known.wants(oid(number)) for number in all_ids)
    assert len(list((tmp_path / "seen").glob("*.seen"))) < 7, "small files are merged"
    assert sum(map(len, theirs.known())) == len(all_ids), "each id is kept once"


@given(st.lists(st.sets(st.integers(0, 2**64 - 1), min_size=1, max_size=20), min_size=1, max_size=8))
def test_merging_loses_nothing(tmp_path_factory: pytest.TempPathFactory, batches: list[set[int]]) -> None:
    """Whatever is added in whatever portions, all of it is known, and nothing else."""
    folder = Folder(tmp_path_factory.mktemp("seen"))
    folder.own()
    for batch in batches:
        folder.add(words(*batch))
    known = Seen(*folder.known())
    everything = set().union(*batches)
    assert not any(known.wants(oid(number)) for number in everything)
    strangers = {number ^ 1 for number in everything} - everything
    assert all(known.wants(oid(number)) for number in strangers)
    folder.close()


def test_one_sweep_adds(tmp_path: Path) -> None:
    """A second sweep of the same setting reads what is there and adds nothing, until the first is done."""
    first, second = Folder(tmp_path), Folder(tmp_path)
    assert first.own()
    assert not second.own()
    second.add(words(1))
    assert first.known() == ()
    first.add(words(2))
    assert [list(view) for view in second.known()] == [[2]]
    first.close()
    assert second.own()


@pytest.mark.parametrize(("content", "mode"), [(bytes(8), 0o666), (bytes(9), 0o600), (b"", 0o600)])
def test_a_file_that_is_not_ours_hides_nothing(tmp_path: Path, content: bytes, mode: int) -> None:
    """A file that others may write, or that is no list, would make a sweep pass over objects: it is not used."""
    path = tmp_path / "0.seen"
    path.write_bytes(content)
    path.chmod(mode)
    assert Seen(*Folder(tmp_path).known()).wants(oid(0))


def test_settings_nobody_uses_are_forgotten(tmp_path: Path) -> None:
    """The objects of the settings used last are kept, those of older rules are not."""
    for age in range(6):
        folder = tmp_path / str(age)
        folder.mkdir()
        (folder / "0.seen").write_bytes(bytes(8))
        os.utime(folder, (1_000_000 - age, 1_000_000 - age))
    forget(tmp_path, 4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "2", "3"]


def test_what_a_sweep_adds_to_is_not_forgotten(tmp_path: Path) -> None:
    """Sweeps of other settings may begin meanwhile, any number of them."""
    used = Folder(tmp_path / "used")
    assert used.own()
    used.add(array("Q", [1, 2, 3]))
    (tmp_path / "old").mkdir()
    forget(tmp_path, kept=0)
    assert [path.name for path in tmp_path.iterdir()] == ["used"]
    used.close()
    forget(tmp_path, kept=0)
    assert list(tmp_path.iterdir()) == []
