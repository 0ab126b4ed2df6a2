"""Each language and format with each store: what is before, in `before/`, and after, in golden files."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

import pytest

from render import templates
from scans import chunk, detect, engine
from stanch.model import Detection
from stanch.readers import formats
from stanch.remediate.model import CannotPatch
from stanch.remediate.patches import checks, code
from stanch.scoring import confidence

from .projects import BEFORE, STORES, Outcome, patched, rendered

PATHS = [path for path, template in templates(BEFORE).items() if "#" in template and "{{" in template]


def _told(path: str, found: Outcome) -> str:
    """Return what became of a file, and of others; a secret that stays is written as its template has it."""
    lines = []
    for name, data in found.files.items():
        before = rendered(name)[0] if name in templates(BEFORE) else b""
        if data != before:
            text = data
            for secret in rendered(name)[1] if before else ():
                text = text.replace(secret.value, b"{{" + secret.env.encode() + b"}}")
            lines.append(f"--- {name}\n{text.decode()}")
    for env, made in found.patches.items():
        left = "".join(f"\n    left: {one}" for one in made.left)
        lines.append(f"[{env}]{'' if made.complete else ' (incomplete)'} {made.note}{left}\n")
    lines += [f"[{env}] NOT PATCHED, since {reason}\n" for env, reason in found.refused.items()]
    return "\n".join(lines)


@pytest.mark.parametrize("path", PATHS)
def test_what_each_store_makes_of_a_file(path: str, golden: Callable[[str, str], None]) -> None:
    """The file, what is made or changed beside it, and what is said, as the golden file has it."""
    told = [(store, _told(path, patched(path, store))) for store in STORES]
    parts = []
    for text, stores in groupby(sorted(told, key=lambda it: it[1]), key=lambda it: it[1]):
        parts.append(f"==== {', '.join(store for store, _ in stores)}\n{text}")
    golden(f"patches/{path.replace('/', '--').lstrip('.')}.txt", "\n".join(parts))


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("path", PATHS)
def test_a_patched_file_holds_no_credential(path: str, store: str) -> None:
    """A scan finds nothing in it, nor in a file made beside it, but what could not be patched."""
    found = patched(path, store)
    kept = {secret.value for secret in rendered(path)[1] if secret.env in found.refused}
    for name, data in found.files.items():
        if name != path and name in templates(BEFORE):
            continue
        told = [it for it in engine().scan(chunk(data, name)) if isinstance(it, Detection)]
        reported = [it.secret for it in told if (level := confidence(it.score)) and level.rank > 0]
        assert [secret for secret in reported if not any(one in secret for one in kept)] == []
        for secret in rendered(path)[1]:
            assert secret.env in found.refused or secret.value not in data


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("path", PATHS)
def test_a_patched_file_can_be_read(path: str, store: str) -> None:
    """Its grammar, or its format's parser, has no more to say than it had before."""
    found = patched(path, store)
    for name, data in found.files.items():
        format = formats.of(name, data)
        before = rendered(name)[0] if name in templates(BEFORE) else b""
        if format and format.name in code.LANGUAGES:
            assert code.faults(data, format.name) <= code.faults(before, format.name)
        elif format:
            checks.settings(before, data, format.name)


def test_what_a_parser_refuses_is_refused() -> None:
    """The check that the test above relies on does fail."""
    with pytest.raises(CannotPatch, match="could not be read"):
        checks.settings(b'{"a": 1}', b'{"a": ', "json")
    with pytest.raises(CannotPatch, match="could not be read"):
        code.check(b"a = 1\n", b"a = = 1\n", "python")
    assert detect(b"nothing here") == []
