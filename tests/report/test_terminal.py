"""The report that people read."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from rich.cells import cell_len

from stanch.model import Confidence, Fault, Location, Reach, Result, Stats, Surface
from stanch.report.terminal import console, write

from .samples import BLOB, COMMIT, FILE, finding, full, result, results, written

WIDTHS = [60, 80, 140]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the settings of whoever runs the tests away."""
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


class Terminal(io.StringIO):
    """A text stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def on_terminal(value: Result) -> str:
    """Return what is written to a terminal."""
    out = Terminal()
    write(value, {}, out, show_secrets=False)
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 120])
def test_golden(width: int, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """The layout at other widths than 80."""
    monkeypatch.setenv("COLUMNS", str(width))
    golden(f"report-{width}.txt", written("text", full()))


LONG = replace(FILE, target=".", path="very/" * 60 + "größe 漢字" * 20, author="Ann " * 80)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("show_secrets", [False, True])
def test_never_wider(width: int, show_secrets: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is wider than the console, and none ends in a space."""
    monkeypatch.setenv("COLUMNS", str(width))
    faults = (Fault("x" * 200, "unreadable-" * 9, "漢" * 90),)
    value = result(finding(b"x" * 400, LONG, name="Name " * 40), faults=faults)
    for line in written("text", value, show_secrets=show_secrets).split("\n"):
        assert cell_len(line) <= width
        assert line == line.rstrip()


@given(value=results())
def test_never_wider_for_anything(value: Result) -> None:
    """The same at the default width of 100, for hostile text."""
    assert max(map(cell_len, written("text", value).split("\n"))) <= 100


def test_colour() -> None:
    """A terminal gets colours; NO_COLOR takes them away; a file has them only with FORCE_COLOR."""
    value = result(finding())
    with pytest.MonkeyPatch.context() as patch:
        assert "\x1b[1;37;41m HIGH " in on_terminal(value)
        assert "\x1b" not in written("text", value)
        patch.setenv("FORCE_COLOR", "1")
        assert "\x1b[1;37;41m HIGH " in written("text", value)
        patch.setenv("NO_COLOR", "1")
        assert "41m" not in on_terminal(value)


@pytest.mark.parametrize(("columns", "width"), [("", 100), ("0", 100), ("wide", 100), ("72", 72)])
def test_width_of_a_file(columns: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no terminal, COLUMNS is the width, or 100."""
    monkeypatch.setenv("COLUMNS", columns)
    assert console(io.StringIO()).width == width


def test_narrow_encoding() -> None:
    """A stream that cannot encode a character gets an escape instead of a crash."""
    out = io.TextIOWrapper(io.BytesIO(), "ascii")
    write(result(finding()), {}, out, show_secrets=False)
    out.flush()
    assert b"gh" + b"p_\\u2026A1b2" in out.buffer.getvalue()  # type: ignore[attr-defined]


def test_svg() -> None:
    """A recording console exports a picture."""
    screen = console(Terminal(), record=True)
    screen.print("stanch")
    assert "stanch" in screen.export_svg(title="stanch")


def test_markup_in_scanned_text() -> None:
    """Markup, emoji codes and escape sequences in scanned text are shown as they are."""
    place = replace(FILE, path="[red]a[/red]:smile:\x1b[2J", author="\u202eAnn")
    text = on_terminal(result(finding(b"x" * 20, place)))
    assert r"[red]a[/red]:smile:\x1b[2J" in text
    assert r"\u202eAnn" in text


def test_order() -> None:
    """High comes before medium and low; inside a level paths are in order."""
    places = [("b", Confidence.HIGH), ("c", Confidence.LOW), ("d", Confidence.MEDIUM), ("a", Confidence.HIGH)]
    value = result(
        *(finding(b"x" * 20, replace(FILE, target=".", path=path), confidence=level) for path, level in places)
    )
    where = [line.split()[1] for line in written("text", value).splitlines() if "where" in line]
    assert where == ["a:12", "b:12", "d:12", "c:12"]


@pytest.mark.parametrize(
    ("heads", "says"),
    [
        ([True, False], "still there  yes"),
        ([False, False], "still there  no, only in history"),
        ([None, False], "still there  unknown"),
    ],
)
def test_still_there(heads: list[bool | None], says: str) -> None:
    """The report says whether anything of the secret is left at HEAD."""
    places = [replace(FILE, line=number, at_head=head) for number, head in enumerate(heads, 1)]
    assert says in written("text", result(finding(b"x" * 20, *places)))


@pytest.mark.parametrize("surface", [Surface.COMMIT_MESSAGE, Surface.AUTHOR, Surface.TAG, Surface.NOTE])
def test_text_that_is_in_no_file(surface: Surface) -> None:
    """Of a message, tag or note it is not asked whether it is still there; beside a file it does not count."""
    message = Location(".", None, 3, 1, 3, 9, surface, blob=COMMIT, commit=COMMIT, date="2021-03-04T05:06:07Z")
    assert "still there" not in written("text", result(finding(b"x" * 20, message)))
    assert "still there  no, only in history" in written("text", result(finding(b"x" * 20, message, FILE)))


@pytest.mark.parametrize("reach", [Reach.STASH, Reach.REFLOG, Reach.DANGLING])
def test_what_no_branch_holds(reach: Reach) -> None:
    """What only a stash or the reflog holds, or nothing, is not there any more, with or without a path."""
    place = Location(".", None, 3, 1, 3, 9, blob=BLOB, reachability=reach)
    assert "still there  no, only in history" in written("text", result(finding(b"x" * 20, place)))


def test_files_without_history() -> None:
    """Where there is no history, nothing is said about it."""
    text = written("text", result(finding(b"x" * 20, Location(".", "a.env", 1, 1, 1, 9))))
    assert "still there" not in text
    assert "since" not in text


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (Location(".", "a.env", 3, 1, 3, 9), "a.env:3"),
        (Location(".", "x.zip", 3, 1, 3, 9, layers=("zip:a.jar", "utf-16", "zip:b")), "x.zip!a.jar!b:3"),
        (Location("-", None, 3, 1, 3, 9), "standard input:3"),
        (Location("a.env", None, 3, 1, 3, 9), "a.env:3"),
        (Location("env:", "TOKEN", 1, 1, 1, 9, Surface.ENVIRONMENT), "env:TOKEN"),
        (Location(".", "keys/abc", 1, 1, 1, 9, Surface.PATH), "keys/abc (file name)"),
        (
            Location(".", None, 3, 1, 3, 9, Surface.COMMIT_MESSAGE, commit=COMMIT),
            "commit 1a2b3c4d5e message, line 3",
        ),
        (
            Location("api", None, 3, 1, 3, 9, Surface.AUTHOR, blob=COMMIT),
            "commit 1a2b3c4d5e author in api, line 3",
        ),
        (Location(".", None, 3, 1, 3, 9, Surface.TAG, blob=COMMIT), "tag 1a2b3c4d5e, line 3"),
        (Location(".", "v1", 3, 1, 3, 9, Surface.TAG, blob=COMMIT), "v1:3 (tag 1a2b3c4d5e)"),
        (Location(".", None, 3, 1, 3, 9, Surface.NOTE), "note, line 3"),
        (Location(".", "a", 3, 1, 3, 9, blob=BLOB, commit=COMMIT, at_head=False), "a:3 (commit 1a2b3c4d5e)"),
        (Location(".", "a", 3, 1, 3, 9, blob=BLOB, at_head=False), "a:3 (blob 77aa88bb99)"),
        (Location(".", "a", 3, 1, 3, 9, blob=BLOB, commit=COMMIT, at_head=True), "a:3"),
        (Location(".", "a", 3, 1, 3, 9, blob=BLOB, reachability=Reach.INDEX), "a:3"),
        (
            Location(".", "a", 3, 1, 3, 9, commit=COMMIT, at_head=False, reachability=Reach.REFS),
            "a:3 (commit 1a2b3c4d5e)",
        ),
        (
            Location(".", "a", 3, 1, 3, 9, commit=COMMIT, at_head=False, reachability=Reach.STASH),
            "a:3 (commit 1a2b3c4d5e, in a stash)",
        ),
        (
            Location(".", "a", 3, 1, 3, 9, blob=BLOB, reachability=Reach.REFLOG),
            "a:3 (blob 77aa88bb99, only in the reflog)",
        ),
        (
            Location(".", None, 3, 1, 3, 9, blob=BLOB, reachability=Reach.DANGLING),
            "blob 77aa88bb99, line 3 (dangling: nothing leads to it)",
        ),
        (
            Location(".", None, 3, 1, 3, 9, Surface.COMMIT_MESSAGE, blob=COMMIT, reachability=Reach.REFLOG),
            "commit 1a2b3c4d5e message, line 3 (only in the reflog)",
        ),
    ],
)
def test_places(place: Location, says: str) -> None:
    """A place is named so that it can be opened."""
    assert f"where        {says}\n" in written("text", result(finding(b"x" * 20, place)))


@pytest.mark.parametrize(("count", "says"), [(3, None), (4, "and 1 more place\n"), (1200, "and 1,197 more places\n")])
def test_more_places(count: int, says: str | None) -> None:
    """Three places are listed, the others counted."""
    text = written("text", result(finding(b"x" * 20, *(replace(FILE, line=n) for n in range(1, count + 1)))))
    assert text.count("api/src/settings.py:") == 3
    assert says in text if says else "more place" not in text


@pytest.mark.parametrize(
    ("stats", "says"),
    [
        (Stats(1, 812, 0.04), "1 object (812 B, 0.0 s)"),
        (Stats(2, 999_949, 1), "2 objects (999.9 kB, 1.0 s)"),
        (Stats(2, 999_950, 1), "2 objects (1.0 MB, 1.0 s)"),
        (Stats(161_000, 5_500_000_000, 9.3), "161,000 objects (5.5 GB, 9.3 s)"),
    ],
)
def test_clean(stats: Stats, says: str) -> None:
    """A clean scan says in one line how much it looked at."""
    assert written("text", result(stats=stats)) == f"No credentials found in {says}\n"


def test_many_faults() -> None:
    """Twenty faults are listed, the others counted, and nothing found is no good news then."""
    text = on_terminal(result(faults=tuple(Fault(".", "timeout", f"blob {n}") for n in range(1025))))
    assert "INCOMPLETE" in text
    assert "1,025 things could not be scanned" in text
    assert text.count("timeout") == 20
    assert "and 1,005 more\n" in text.replace("\x1b[2m", "").replace("\x1b[0m", "")
    assert "32m" not in text
