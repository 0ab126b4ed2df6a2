"""Secrets that literals make together: patched where an expression is that one secret, and left where it is not."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from remediate.projects import planned, real, written
from remediate.servers import address
from scans import scan, token
from stanch.remediate.apply import Applying, State
from stanch.remediate.diff import write
from stanch.remediate.journal import Journal
from stanch.remediate.model import End
from stanch.remediate.stores import opened
from stanch.remediate.worktree import Worktree
from stanch.remediate.written import json_text, text

SECRET = token(7)
FIRST, LAST = SECRET[:15].decode(), SECRET[15:].decode()
STORES = ("ssm", "keyvault")

FOLDED = {
    "sum.js": "const apiToken = '{a}' + '{b}';\nmodule.exports = async () => apiToken;\n",
    "behind.js": """\
async function get() {
  return fetch('/', { headers: { Authorization: 'Bearer ' + '{a}' +
    "{b}" } });
}
""",
    "template.js": "exports.handler = async () => {\n  const apiToken = `{a}` + `{b}`;\n  return apiToken;\n};\n",
    "list.js": """\
async function sign() {
  const apiToken = [
    '{a}',
    '{b}',
  ].join('');
  return apiToken;
}
""",
    "typed.ts": "export const apiToken: string = '{a}' +\n  '{b}';\n",
    "sum.py": "API_TOKEN = '{a}' + '{b}'  # of the shop\n",
    "beside.py": "API_TOKEN = (\n    '{a}'\n    '{b}'\n)\n",
    "behind.py": "HEADERS = {'Authorization': 'Bearer ' '{a}' '{b}'}\n",
    "list.py": "API_TOKEN = ''.join(['{a}', '{b}'])\n",
    "Shop.java": 'class Shop {\n    static final String API_TOKEN = "{a}"\n        + "{b}";\n}\n',
    "shop.go": """\
package shop

const apiToken = "{a}" +
	"{b}"

func length() int {
	return len(apiToken)
}
""",
    "Shop.cs": 'class Shop\n{\n    const string ApiToken = "{a}" + "{b}";\n}\n',
}


def _text(template: str) -> bytes:
    return template.replace("{a}", FIRST).replace("{b}", LAST).encode()


@pytest.mark.parametrize("path", FOLDED)
def test_what_becomes_of_the_expression(path: str, tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    """The whole of it gives way to one read, as the golden file has it; the file is clean then."""
    told = []
    for store in STORES:
        folder = written(tmp_path / store / "shop", {path: _text(FOLDED[path])})
        made = planned(folder, store=store, vault="https://shop.vault.azure.net", patcher=real)
        assert [(move.end, move.unpatched, move.value) for move in made.moves] == [(End.VAULT, (), SECRET)]
        shown = text(made, ())
        told.append(f"==== {store}\n{shown[shown.index('diff --git') :]}")
        for words in (shown, json_text(made, ())):
            assert FIRST not in words
            assert LAST not in words
        assert LAST.encode() in write(made)
        for change in made.moves[0].changes:
            (folder / change.path).write_bytes(change.after)
        assert scan(folder).findings == ()
    masked = "\n".join(told).expandtabs(4)
    golden(f"patches/folded-{path}.txt", masked)


LEFT = [
    ("const apiToken = '{a}' + middle() + '{b}';\n", "something else stands between"),
    ("const begin = '{a}';\nconst apiToken = begin + '{b}';\n", "a part of it is another variable's"),
    ("const apiToken = '{a}' + String('{b}');\n", "a part of it is made by a call"),
    ("const apiToken = '\\x67" + "{a}'.slice(1) + '{b}';\n", "a part of it is written with escapes"),
]


@pytest.mark.parametrize(("template", "why"), LEFT, ids=[why for _, why in LEFT])
def test_what_is_not_one_expression_stays(template: str, why: str, tmp_path: Path) -> None:
    """No patch takes a half of it, or what is not the secret's."""
    folder = written(tmp_path / "shop", {"a.js": _text(template)})
    for move in planned(folder, store="ssm", patcher=real).moves:
        for change in move.changes:
            assert (FIRST.encode() in change.after) == (LAST.encode() in change.after), why
        if move.value == SECRET:
            assert move.unpatched, why
            assert not move.patches, why


def test_a_folded_secret_is_moved_and_put_back(tmp_path: Path, aws: str) -> None:
    """The store has it whole, the journal no piece of it, and the rollback writes the literals as they were."""
    files = {path: _text(FOLDED[path]) for path in ("behind.js", "beside.py", "list.js")}
    files["plain.py"] = b"API_TOKEN = '%b'\n" % SECRET
    folder = written(tmp_path / "shop", files)
    worktree = Worktree(folder)
    for undo in (False, True):
        journal = Journal(worktree.journal)
        applying = Applying(worktree, journal, opened)
        moves = planned(folder, store="ssm", applied=True, patcher=real).moves
        done = list(applying.undo() if undo else applying.run(moves, partial(address, aws), overwrite=False))
        journal.close()
        assert {outcome.state for outcome in done} == {State.UNDONE if undo else State.DONE}
        kept = worktree.journal.read_bytes()
        assert not any(piece.encode() in kept for piece in (FIRST, LAST))
        assert not any(_encoded(piece) in kept for piece in (FIRST, LAST))
        if not undo:
            held = [opened(address(aws)).get(outcome.name) for outcome in done]
            assert {one.value for one in held if one} == {SECRET}
            assert all(LAST.encode() not in (folder / path).read_bytes() for path in files)
    assert {path: (folder / path).read_bytes() for path in files} == files
    assert sorted(os.listdir(folder)) == sorted(files)


def _encoded(piece: str) -> bytes:
    """Return the middle of it as base64 that begins with it has it, in which the journal writes what was replaced."""
    return b64encode(piece.encode()[: len(piece) // 3 * 3])
