"""The diff of a plan is one that git applies, to the byte."""

from __future__ import annotations

from random import Random

import pytest

from repositories import Repo
from stanch.remediate import diff
from stanch.remediate.model import Change, Edit, Move, Plan
from stanch.remediate.pieces import Pieces


def plan_of(*changes: Change) -> Plan:
    """Return a plan with one move for each change."""
    moves = []
    for change in changes:
        move = object.__new__(Move)
        object.__setattr__(move, "changes", (change,))
        moves.append(move)
    return Plan(tuple(moves), 0)


def change(path: str, before: bytes | None, *edits: tuple[int, int, bytes]) -> Change:
    """Return a change that makes these edits."""
    text = Pieces(path, before or b"")
    text.edit(Edit(path, *edit) for edit in edits)
    return Change(path, before, text.edits(), text.data)


def applied(repo: Repo, *changes: Change) -> None:
    """Have git apply the diff of changes to the repository's files."""
    repo.git("apply", "--whitespace=nowarn", "-", stdin=diff.write(plan_of(*changes)))


# path, content, edits, why
CASES: list[tuple[str, bytes, list[tuple[int, int, bytes]], str]] = [
    ("a.txt", b"one\ntwo\nthree\n", [(4, 7, b"TWO")], "a word in a line"),
    ("a.txt", b"one\ntwo\nthree\n", [(0, 0, b"zero\n")], "a line in front"),
    ("a.txt", b"one\ntwo", [(7, 7, b"!")], "no line end at the end"),
    ("a.txt", b"one\ntwo", [(7, 7, b"\n")], "a line end is added"),
    ("a.txt", b"one\ntwo\n", [(7, 8, b"")], "a line end is taken away"),
    ("a.txt", b"one\r\ntwo\r\n", [(5, 8, b"2")], "line ends of Windows"),
    ("a.txt", b"one\rtwo\rthree\n", [(4, 7, b"2")], "a carriage return is no line end"),
    ("a.txt", b"one\ntwo\nthree\n", [(3, 4, b" ")], "two lines become one"),
    ("a.txt", b"one\ntwo\nthree\n", [(4, 8, b"")], "a line is taken away"),
    ("a.txt", b"one\n", [(0, 4, b"")], "a file becomes empty"),
    ("a.txt", b"", [(0, 0, b"x\n")], "an empty file is filled"),
    ("a b/c d.txt", b"one\n", [(0, 3, b"1")], "blanks in a path"),
    ('ü"\\\n.txt', b"one\n", [(0, 3, b"1")], "a path that git quotes"),
    ("a.txt", b"\xff\xfe\x80\nx\n", [(4, 5, b"y")], "bytes that are no text"),
    ("a.txt", b"1\n2\n3\n4\n5\n6\n7\n8\n9\n", [(0, 1, b"a"), (16, 17, b"i")], "hunks that nearly touch"),
    ("a.txt", b"".join(b"%d\n" % n for n in range(50)), [(0, 1, b"a"), (130, 131, b"b")], "hunks far apart"),
]


@pytest.mark.parametrize(("path", "content", "edits", "why"), CASES)
def test_git_applies_it(repo: Repo, path: str, content: bytes, edits: list[tuple[int, int, bytes]], why: str) -> None:
    """What git makes of the file is what the edits make of it."""
    repo.put(path, content)
    made = change(path, content, *edits)
    applied(repo, made)
    assert (repo.path / path).read_bytes() == made.after, why


def test_a_file_that_is_made(repo: Repo) -> None:
    """git makes it, in its folder."""
    applied(repo, change("deploy/new.yaml", None, (0, 0, b"kind: X\n")))
    assert (repo.path / "deploy/new.yaml").read_bytes() == b"kind: X\n"


def test_the_moves_of_one_file_are_one_diff(repo: Repo) -> None:
    """The second move's positions are those in what the first has left."""
    repo.put("a.txt", b"one two\nthree\n")
    first = change("a.txt", b"one two\nthree\n", (0, 3, b"first"))
    second = change("a.txt", first.after, (6, 9, b"second"))
    applied(repo, first, second)
    assert (repo.path / "a.txt").read_bytes() == b"first second\nthree\n"


@pytest.mark.parametrize("seed", range(40))
def test_git_applies_any_edits(repo: Repo, seed: int) -> None:
    """Whatever is replaced by whatever, in one move after another."""
    random = Random(seed)
    content = before = bytes(random.choices(b"ab\n\r", k=random.randrange(120)))
    changes = []
    for _ in range(random.randrange(1, 4)):
        cuts = sorted(random.randrange(len(before) + 1) for _ in range(2 * random.randrange(1, 5)))
        edits = [
            (a, b, bytes(random.choices(b"xy\n", k=random.randrange(4))))
            for a, b in zip(cuts[::2], cuts[1::2], strict=True)
        ]
        one = change("a.txt", before, *edits)
        before = one.after
        changes += [one] if one.edits else []
    repo.put("a.txt", content)
    if before != content:
        applied(repo, *changes)
    assert (repo.path / "a.txt").read_bytes() == before
