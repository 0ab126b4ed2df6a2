"""Windows: content cut into any pieces gives what the whole gives, at the same lines and columns."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from scans import detect, engine, found, scan, token
from stanch import sources
from stanch.model import Chunk, Detection, Fault, Found, Origin, UnusedAllow
from stanch.pool import work
from strategies import allowed, hosted

SMALL, SHARED = 4_000, 1_500


@dataclass(frozen=True)
class Content:
    """A shard of one content, read in windows."""

    data: bytes
    weight: int = 1

    def chunks(self) -> Iterator[Chunk | Fault]:
        """Yield the windows."""
        yield from sources.windows(io.BytesIO(self.data).read, len(self.data), Origin("t", "a.txt"))


def cut(data: bytes, window: int = SMALL, overlap: int = SHARED, *, explain: bool = False) -> list[Found]:
    """Return what is found in `data` when it is read in such windows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "WINDOW", window)
        patch.setattr(sources, "OVERLAP", overlap)
        return list(work(Content(data), engine(explain=explain)).found)


def key(item: Found) -> tuple[int, int, str, bytes]:
    """Return what a detection is ordered and compared by."""
    assert isinstance(item, Detection)
    return item.location.line, item.location.column, item.rule, item.secret


@given(
    st.binary(max_size=200), st.integers(2, 60), st.integers(1, 59), st.integers(1, 60)
)  # fmt: skip
def test_windows_hold_everything(data: bytes, window: int, overlap: int, ask: int) -> None:
    """Windows overlap as told, and their offsets, lines and columns are those of the whole content."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "WINDOW", window)
        patch.setattr(sources, "OVERLAP", min(overlap, window - 1))
        chunks = list(sources.windows(io.BytesIO(data).read, len(data), Origin("t")))
    end = 0
    for chunk in chunks:
        assert data[chunk.offset : chunk.offset + len(chunk.data)] == chunk.data
        assert chunk.offset <= end
        assert chunk.line == data.count(b"\n", 0, chunk.offset) + 1
        assert chunk.column == chunk.offset - (data.rfind(b"\n", 0, chunk.offset) + 1) + 1
        assert len(chunk.data) <= window
        end = chunk.offset + len(chunk.data)
    assert end == len(data)
    assert [chunk.final for chunk in chunks] == [False] * (len(chunks) - 1) + [True]


PLAIN = b"so many words\n" * 40
"""A beginning of no format: a content that is read in windows is read by its lines only."""


@settings(max_examples=50, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # to shrink one takes minutes
@given(st.lists(hosted() | st.integers(1, 900).map(lambda n: b"# nothing here\n" * (n // 15)), min_size=8, max_size=20))
def test_any_chunking(parts: list[bytes]) -> None:
    """What lines say does not depend on where windows end."""
    data = PLAIN + b"\n".join(part for part in parts if len(part) < SHARED // 2)
    assert sorted(map(key, cut(data))) == sorted(map(key, detect(data)))


def told(items: list[Found]) -> list[tuple[int, int, str]]:
    """Return the places of secrets, with who allowed each or that it stands; and of unused allows."""
    return sorted(
        (item.location.line, item.location.column, getattr(item, "dropped", "unused") or "stands")
        for item in items
        if isinstance(item, UnusedAllow)
        or (isinstance(item, Detection) and (item.dropped or "allowed").startswith("allowed"))
    )


@settings(max_examples=50, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    st.lists(allowed() | st.integers(1, 900).map(lambda n: b"# nothing here\n" * (n // 15)), min_size=8, max_size=30),
    st.booleans(),
)
def test_any_chunking_of_allows(parts: list[bytes], explain: bool) -> None:
    """What is allowed, and which allow is unused, does not depend on where windows end."""
    data = PLAIN + b"\n".join(part for part in parts if len(part) < SHARED // 2)
    assert told(cut(data, explain=explain)) == told(detect(data, explain=explain))


@pytest.mark.parametrize("border", [SMALL, SMALL - SHARED, SMALL - SHARED // 2])
def test_an_allow_on_a_border(border: int) -> None:
    """A comment on the line before allows a secret, wherever a window ends or the next one begins around them."""
    planted = b"# stanch:allow[github-pat-classic] a reason\nx = '" + token(1) + b"'\n"
    wrong = []
    for position in range(border - len(planted) - 2, border + 3):
        data = b"# filler\n" * (position // 9) + b"#" * (position % 9 - 1) + b"\n" * bool(position % 9)
        data += planted + b"# more\n" * 2_000
        if cut(data) or len(told(cut(data, explain=True))) != 1:
            wrong.append(position - border)
    assert not wrong


BORDERS: dict[str, Callable[[], bytes]] = {
    "token": lambda: b"x = " + token(1),
    "token of any length": lambda: b"x = " + token(1, "anthropic-api-key"),
    "quoted value": lambda: b'db_password = "' + Random(3).randbytes(15).hex().encode() + b'"',
    "bare value": lambda: b"db_password=" + Random(4).randbytes(15).hex().encode(),
    "url": lambda: b"postgres://svc_reports:" + Random(5).randbytes(9).hex().encode() + b"@db-1.internal.test/orders",
}


@pytest.mark.parametrize("what", BORDERS)
@pytest.mark.parametrize("border", [SMALL, SMALL - SHARED])
def test_on_a_border(what: str, border: int) -> None:
    """A credential is found once and whole, wherever a window ends or the next one begins in it."""
    planted = BORDERS[what]()
    [whole] = detect(b"\n" + planted + b"\n")
    assert isinstance(whole, Detection)
    wrong = []
    for position in range(border - len(planted) - 2, border + 3):
        data = b"# filler\n" * (position // 9) + b"#" * (position % 9 - 1) + b"\n" * bool(position % 9)
        data += planted + b"\n" + b"# more\n" * 2_000
        if [item.secret for item in cut(data) if isinstance(item, Detection)] != [whole.secret]:
            wrong.append(position - border)
    assert not wrong


def test_a_long_line_on_a_border() -> None:
    """Minified code of several windows gives what the whole gives."""
    parts = [b"a=1;" * 60 + b"key:'" + token(number) + b"';" for number in range(40)]
    assert sorted(map(key, cut(b"".join(parts)))) == sorted(map(key, detect(b"".join(parts))))
    assert len(detect(b"".join(parts))) == 40


@pytest.mark.slow
@pytest.mark.parametrize("git", [False, True])
def test_a_big_file(tmp_path: Path, git: bool) -> None:
    """In nine megabytes, a token is found on a window's border and at the very end, as a file and as an object."""
    border = sources.WINDOW - sources.WINDOW % 16
    lines = bytearray(b"0123456 89abcde\n" * (9 << 16))
    for number, position in enumerate([border - 16, 2 * border - sources.OVERLAP - 16, len(lines) - 60], 1):
        start = position - position % 16
        lines[start : start + 48] = b"t = " + token(number) + b" \n\n\n"
    if git:
        from repositories import Repo

        repo = Repo(tmp_path / "repo")
        repo.commit({"big.txt": bytes(lines)})
        (repo.path / "big.txt").unlink()
    else:
        (tmp_path / "big.txt").write_bytes(lines)
    result = scan(tmp_path / "repo" if git else tmp_path)
    assert set(found(result)) == {token(1), token(2), token(3)}
    for finding in result.findings:
        [location] = finding.locations
        assert location.column == 5
        assert lines.splitlines()[location.line - 1][4:].strip() == finding.secret
    assert result.stats.blobs == 1 or git


def test_the_size_that_a_file_had(tmp_path: Path) -> None:
    """Content that ends before its size says is scanned as far as it goes."""
    read = partial(io.BytesIO(b"x = " + token(1)).read)
    [chunk] = sources.windows(read, 10_000, Origin("t"))
    assert chunk.final
    assert token(1) in chunk.data
