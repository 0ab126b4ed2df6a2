"""What is put into an archive comes out of it, whoever made it and in whatever pieces it comes; nothing raises."""

from __future__ import annotations

import random
import tarfile
import zipfile
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packing import ARCHIVES, COMPRESSED, Files, tarred, zipped
from stanch.archives import suspected
from stanch.archives.opening import Member, Unread, opened
from stanch.archives.stream import Content, in_memory

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=130).filter(
    lambda name: not name.endswith("/")
)
FILES = st.dictionaries(NAMES, st.binary(min_size=1, max_size=300).map(lambda data: b"#" + data), max_size=6)
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
FORMS = [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]

Told = tuple[dict[tuple[str, ...], bytes], list[Unread]]


def told(content: Content | Iterable[bytes]) -> Told:
    """Return the members by the way to them, and what was not read."""
    members, unread = {}, []
    for item in opened(content):
        if isinstance(item, Member):
            members[item.layers] = members.get(item.layers, b"") + b"".join(item.stream.pieces())
        else:
            unread.append(item)
    return members, unread


def in_pieces(data: bytes, seed: int) -> Iterable[bytes]:
    """Yield bytes in pieces of any size."""
    chance, at = random.Random(seed), 0
    while at < len(data):
        size = chance.choice((1, 7, 100, 511, 513, 10_000))
        yield data[at : at + size]
        at += size


def members(kind: str, files: Files) -> dict[tuple[str, ...], bytes]:
    """Return what comes out of an archive of `files`."""
    return {(f"{kind}:{name}",): data for name, data in files.items()}


@given(FILES, st.sampled_from(METHODS), st.binary(max_size=50), st.integers())
def test_zip(files: dict[str, bytes], method: int, comment: bytes, seed: int) -> None:
    """Every member of a zip comes out as it was put in; and the names, and a comment."""
    data = zipped({name.replace("\\", "/"): content for name, content in files.items()}, method, comment)
    for content in (in_memory(data), in_pieces(data, seed)):
        found, unread = told(content)
        listed = found.pop(("zip",), b"")
        assert unread == []
        assert found == members("zip", {name.replace("\\", "/"): content for name, content in files.items()})
        assert listed.endswith(comment.replace(b"\n", b" "))
    assert suspected(data)


@given(FILES.filter(bool), st.sampled_from(FORMS), st.integers())
def test_tar(files: dict[str, bytes], form: int, seed: int) -> None:
    """Every member of a tar comes out as it was put in."""
    data = tarred(files, form)
    for content in (in_memory(data), in_pieces(data, seed)):
        found, unread = told(content)
        found.pop(("tar",), None)
        assert (found, unread) == (members("tar", files), [])
    assert suspected(data)


@given(st.binary(min_size=1, max_size=2_000), st.sampled_from(sorted(COMPRESSED)), st.integers())
def test_compressed(data: bytes, name: str, seed: int) -> None:
    """What was compressed comes out, in several parts too, and what stands behind it as it stands."""
    whole = COMPRESSED[name](b"#" + data)
    more = whole if name != "lzma" else b""
    for content in (in_memory(whole + more + b"#behind"), in_pieces(whole + more + b"#behind", seed)):
        found, unread = told(content)
        assert (found, unread) == ({(name,): (b"#" + data) * (1 + bool(more)), (): b"#behind"}, [])
    assert suspected(whole)


SAMPLE = {"a.txt": b"some text " * 200, "b/c": bytes(range(256)) * 9, "d": b"#"}
MADE: dict[str, Callable[[], bytes]] = {
    **{name: lambda make=make: make(SAMPLE) for name, make in ARCHIVES.items()},
    **{f"tar in {name}": lambda pack=pack: pack(tarred(SAMPLE)) for name, pack in COMPRESSED.items()},
}
WHOLE = {name: make() for name, make in MADE.items()}


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_cut_anywhere(name: str, data: st.DataObject) -> None:
    """An archive that is cut off raises nothing, and is not taken for a whole one while a member is missing."""
    whole = WHOLE[name]
    members = told(in_memory(whole))[0].keys()
    size = data.draw(st.integers(1, len(whole.rstrip(b"\0")) - 1))
    for content in (in_memory(whole[:size]), in_pieces(whole[:size], size)):
        found, unread = told(content)
        assert unread or found == {(): whole[:size]} or found.keys() == members


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_changed_anywhere(name: str, data: st.DataObject) -> None:
    """An archive with any bytes changed raises nothing."""
    whole = bytearray(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF, *b"PK\1\2\3\4\5\6"]))
    for content in (in_memory(bytes(whole)), in_pieces(bytes(whole), 1)):
        assert told(content) is not None


@given(st.binary(max_size=1_500))
@pytest.mark.parametrize(
    "head", [b"PK\3\4", b"PK\5\6", b"\x1f\x8b\x08\0", b"BZh91AY&SY", b"\xfd7zXZ\0", b"]\0\0", b"MZ"]
)
def test_anything(head: bytes, data: bytes) -> None:
    """Whatever comes behind a magic raises nothing, and is read as it stands or is a fault."""
    found, unread = told(in_memory(head + data))
    assert unread or any(found.values())


@pytest.mark.parametrize("name", WHOLE)
def test_the_bytes_around(name: str) -> None:
    """Archives of nothing but zeros around them, as on tapes, are read."""
    whole = WHOLE[name]
    if name.startswith("tar,"):
        found, unread = told(in_memory(whole + bytes(5_000) + whole))
        assert found[("tar:a.txt",)] == SAMPLE["a.txt"] * 2
        assert unread == []
    else:
        found, _ = told(in_memory(whole + bytes(5_000)))
        assert SAMPLE["a.txt"] in found.values()


def test_other_tars() -> None:
    """A tar without a magic, of before POSIX, and the sparse files of GNU's."""
    block = bytearray(512)
    block[:5], block[100:107], block[124:135], block[156:157] = b"a.txt", b"0000644", b"00000000006", b"0"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    found, unread = told([bytes(block) + b"hello\n" + bytes(506 + 1_024)])
    assert (found, unread) == ({("tar:a.txt",): b"hello\n", ("tar",): b"a.txt"}, [])
    block[156:157], block[482], block[148:156] = b"S", 1, b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    found, unread = told([bytes(block) + bytes(504) + b"\1" + bytes(7) + bytes(512) + b"hello\n" + bytes(506 + 1_024)])
    assert (found, unread) == ({("tar:a.txt",): b"hello\n", ("tar",): b"a.txt"}, [])
