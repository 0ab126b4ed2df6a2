"""Files with secrets, rendered from `before/`, and all their secrets patched, one after the other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from render import render, templates
from stanch.remediate.model import CannotPatch, Edit, Patch, Place, Reference
from stanch.remediate.patches import checks, patch
from stanch.runtimes import runtime
from strategies import ruleset

BEFORE = Path(__file__).parent / "before"
STORES = ("ssm", "secretsmanager", "keyvault", "github-actions", "none")
VAULT = "https://shop.vault.azure.net"
_TAG = re.compile(r"#(\w+)(?:\|\w+)?\}\}")


@dataclass(frozen=True)
class Secret:
    """A secret in a file, and what its variable is called."""

    env: str
    value: bytes
    start: int
    end: int


@dataclass
class Outcome:
    """What became of a file: all files after the patches, the patches by variable, the reasons where there is none."""

    files: dict[str, bytes]
    patches: dict[str, Patch]
    refused: dict[str, str]


def paths() -> list[str]:
    """Return the files of the set that hold secrets."""
    return [path for path, template in templates(BEFORE).items() if _TAG.search(template)]


@cache
def rendered(path: str) -> tuple[bytes, tuple[Secret, ...]]:
    """Return a file, and its secrets in their order."""
    template = templates(BEFORE)[path]
    data, labels = render(template, Random(path), ruleset())
    labels = [label for label in labels if label.kind == "secret"]
    tags = _TAG.findall(template)
    assert len(tags) == len(labels), "each secret of a template has a tag, its variable's name"
    secrets = (Secret(tag, data[at.start : at.end], at.start, at.end) for tag, at in zip(tags, labels, strict=True))
    return data, tuple(secrets)


def reference(env: str, store: str) -> Reference:
    """Return how a secret is called in a store."""
    name = {"ssm": f"/shop/{env}", "secretsmanager": f"shop/{env}", "keyvault": env.lower().replace("_", "-")}
    return Reference(env, store, name.get(store, env), VAULT if store == "keyvault" else None)


def place(path: str, data: bytes, start: int, end: int) -> Place:
    """Return the place of a secret."""
    where = runtime(data)
    return Place(path, data, start, end, b"", where.value if where else None)


def patched(path: str, store: str, project: dict[str, bytes] | None = None) -> Outcome:
    """Return what becomes of a file whose secrets are all moved to a store."""
    data, secrets = rendered(path)
    files = {name: rendered(name)[0] for name in templates(BEFORE)} if project is None else dict(project)
    files[path] = data if project is None else files[path]
    found = Outcome(files, {}, {})
    for secret in secrets:
        start = files[path].index(secret.value)
        here = place(path, files[path], start, start + len(secret.value))
        try:
            made = patch(here, reference(secret.env, store), root_files=files.get)
        except CannotPatch as error:
            found.refused[secret.env] = str(error)
            continue
        found.patches[secret.env] = made
        apply(files, made.edits)
    return found


def apply(files: dict[str, bytes], edits: tuple[Edit, ...]) -> None:
    """Write the edits of a patch into files."""
    for path in {edit.path for edit in edits}:
        files[path] = checks.edited(files.get(path, b""), [edit for edit in edits if edit.path == path])
