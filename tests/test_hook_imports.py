"""What a hook does not import: its bound is eight times the start of Python, and each of these takes a part of that."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from repositories import Repo
from scans import token
from stanch import cache, rules
from stanch.cli import PLAIN

HEAVY = {
    # module, why a clean commit does not need it
    "base64": "nothing is remembered",
    "click": "the command line of a hook is known",
    "dataclasses": "`values` has its own",
    "git": "nothing is traced",
    "hashlib": "the rules are cached",
    "hyperscan": "nothing is compiled for a few files",
    "inspect": "data classes of the standard library want it",
    "importlib.metadata": "only a compiled database has a version in its name",
    "json": "the cache is none",
    "logging": "nothing is logged",
    "multiprocessing": "one process is enough",
    "regex": "no rule is tried",
    "rich": "the report is one line",
    "stanch.findings": "there are none",
    "stanch.provenance": "nothing is traced",
    "stanch.scoring": "nothing is scored",
    "tempfile": "nothing is written",
    "tomllib": "the rules are cached",
}
CLEAN = b"""def describe(token, limit=80, sort_keys=False):
    '''See https://example.org/store_true for re_ascii.'''
    return {"key": repr(token)[:limit], "sort_keys": sort_keys.value, "author": __author__}
"""
RUN = """
import sys
before = set(sys.modules)
from stanch.cli import main
sys.argv = ["stanch", *sys.argv[1:]]
try:
    main()
except SystemExit as ended:
    loaded = set(sys.modules) - before
    import json
    print(json.dumps([ended.code, sorted(loaded)]), file=sys.stderr)
"""


def hook(folder: Path, *arguments: str) -> tuple[int, set[str]]:
    """Run the hook in a process of its own; return its exit status and what it imported."""
    done = subprocess.run([sys.executable, "-c", RUN, *arguments], cwd=folder, capture_output=True, check=True)
    status, loaded = json.loads(done.stderr.splitlines()[-1])
    return status, set(loaded)


@pytest.fixture
def staged(repo: Repo) -> Repo:
    """Return a repository with a staged file, and fill the cache, which wants files that are not brand-new."""
    files = [*rules.packs(), *Path(rules.__file__).parent.rglob("*.py")]
    newest = max(path.stat().st_ctime for path in files)
    time.sleep(max(0, newest + cache.SETTLED / 1e9 + 0.1 - time.time()))
    repo.commit({"a.py": b"pass\n"})
    repo.put("a.py", CLEAN)
    repo.git("add", ".")
    hook(repo.path, "hook")
    return repo


@pytest.mark.parametrize("arguments", PLAIN)
def test_a_clean_commit(staged: Repo, arguments: tuple[str, ...]) -> None:
    """Words that credentials have, and names without values, need nothing heavy."""
    status, loaded = hook(staged.path, *arguments)
    assert status == 0
    assert "stanch.engine" in loaded
    assert sorted(HEAVY.keys() & loaded) == []


def test_a_credential(staged: Repo) -> None:
    """The same path finds a credential, with what it needs for that."""
    staged.put("a.py", CLEAN + b'key = "%s"\n' % token(1))
    staged.git("add", ".")
    status, loaded = hook(staged.path, "hook")
    assert status == 1
    assert {"regex", "stanch.findings"} <= loaded
