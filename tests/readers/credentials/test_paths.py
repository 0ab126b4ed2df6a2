"""The table of credential files: its tails can be looked up, and paths find their kinds."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from credential_files import Sample, samples

import scans
from repositories import Repo
from stanch.readers import formats
from stanch.readers.credentials import files


def test_every_tail_can_be_found() -> None:
    """At most three parts; of the last one all, what follows its last dot, or anything: else no path finds it."""
    tail = re.compile(r"(?:[^*/]+/){0,2}(?:[^*/]+|\*\.[^*./]+|(?<=/)\*)")
    assert [key for key in files.KINDS if not tail.fullmatch(key) or key != key.lower()] == []


def test_every_kind_has_its_reader() -> None:
    """A reader knows each kind that the table gives it, and takes an empty file."""
    for module, kind in set(files.KINDS.values()):
        reader = import_module(f"stanch.readers.{module}")
        assert list(reader.read(b"", kind) if module.startswith("credentials.") else reader.read(b"")) == []


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (".pgpass", "pgpass"),
        ("home/ada/.PGPASS", "pgpass"),
        ("old/.pgpass.bak", "pgpass"),
        ("old/.pgpass~", "pgpass"),
        ("a/config/credentials/production.key", "rails_master_key"),
        ("a/locales/production.key", None),
        ("a/.subversion/auth/svn.simple/0f0f", "svn-auth"),
        ("a/etc/passwd", "shadow"),
        ("bin/passwd", None),
        ("svn/conf/passwd", "svnserve"),
        ("net/work.ovpn", "openvpn"),
        ("ovpn", None),
        ("a/Login Data", "browser"),
        ("src/main.py", None),
        ("", None),
    ],
)
def test_a_path_s_kind(path: str, kind: str | None) -> None:
    """Case does not count, nor what is appended to a copy's name; a folder does where the name alone says little."""
    found = files.kind(path)
    assert (found[1] if found else None) == kind
    format = formats.by_path(path)
    if kind is not None:
        assert format is not None
        assert (format.name, format.always) == (kind, True)


BEGUN = [sample for sample in samples("holds") if any(re.match(head, sample.data) for head, _ in files.BEGINNINGS)]


@pytest.mark.parametrize("sample", BEGUN, ids=[sample.path for sample in BEGUN])
def test_a_beginning_tells_what_a_path_does(sample: Sample) -> None:
    """What a content begins with leads to the reader that its path leads to."""
    format, begun = formats.by_path(sample.path), formats.by_beginning(sample.data[: formats.HEAD])
    assert format is not None
    assert begun is not None
    assert (begun.module, begun.name) == (format.module, format.name)


def test_history(repo: Repo) -> None:
    """Without a path a beginning leads to the reader, where the prefilter points at something: it decodes passwords."""
    told = {"WinSCP.ini", "user-data", "b/user-data", ".netrc", "Preferences/Groups.xml", "settings.sql"}
    held = [sample for sample in samples("holds") if sample.path in told]
    repo.commit({sample.path.replace("/", "-") + ".old.txt": sample.data for sample in held})
    repo.git("rm", "-q", "*.txt")
    repo.commit({"README": b"empty\n"})
    found = {finding.secret for finding in scans.scan(repo.path).findings}
    assert found == {secret for sample in held for _, secret in sample.expected}
