"""Projects as tests of a plan have them: files in a folder, what is found in them, and a plain patcher."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

from scans import scan
from stanch.model import Result
from stanch.remediate.drafts import Naming
from stanch.remediate.model import CannotPatch, Edit, Patch, Place, Plan, Read, Reference
from stanch.remediate.moving import Patcher
from stanch.remediate.patches import patch
from stanch.remediate.plan import plan
from stanch.remediate.policies import Account
from stanch.roots import from_root
from strategies import ruleset

CHARACTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
IMPORT = b"import os\n"
NOBODY = Account()


def password(number: int = 1, length: int = 20) -> bytes:
    """Return a password, the same for the same number."""
    return "".join(Random(number).choices(CHARACTERS, k=length)).encode()


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files, and return their folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def found(folder: Path) -> Result:
    """Return what a scan of the folder finds, with paths that count from it."""
    result = scan(folder)
    findings = (
        replace(item, locations=tuple(replace(at, path=from_root(at), target=".") for at in item.locations))
        for item in result.findings
    )
    return replace(result, findings=tuple(findings))


def reader(folder: Path) -> Read:
    """Return what reads the folder's files."""
    return lambda path: (folder / path).read_bytes() if (folder / path).is_file() else None


def simple(place: Place, reference: Reference, read: Read) -> Patch:
    """Patch Python by a read of the environment, with its import, and other files by the variable's name."""
    if place.path.endswith(".java"):
        raise CannotPatch("Java is not for this test")
    if not place.path.endswith(".py"):
        text = b"${%b}" % reference.env.encode()
        return Patch((Edit(place.path, place.start, place.end, text),), "names the variable", False, ("Deploy it.",))
    text = b'os.environ["%b"]' % reference.env.encode()
    edits = [Edit(place.path, place.start - 1, place.end + 1, text)]
    if not place.data.startswith(IMPORT):
        edits.append(Edit(place.path, 0, 0, IMPORT))
    return Patch(tuple(edits), "reads the environment", True, ())


def real(place: Place, reference: Reference, read: Read) -> Patch:
    """Patch as stanch does."""
    return patch(place, reference, root_files=read)


def planned(
    folder: Path,
    *,
    store: str | None = None,
    vault: str | None = None,
    account: Account = NOBODY,
    applied: bool = False,
    app: str = "shop",
    patcher: Patcher = simple,
) -> Plan:
    """Return the plan for a folder's files."""
    naming = Naming(app, store, vault)
    return plan(found(folder), ruleset().by_id, reader(folder), naming, account, patcher, applied=applied)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of each file in a folder but those of git."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and ".git" not in path.parts)
    return {os.path.relpath(path, folder): path.read_bytes() for path in files if not path.name.startswith(".stanch")}
