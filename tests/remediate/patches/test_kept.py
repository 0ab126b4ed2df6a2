"""What a patch leaves as it was: every byte outside of its edits, line ends, byte order marks, tabs, indentation."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scans import token
from stanch.remediate.model import CannotPatch, Patch
from stanch.remediate.patches import checks, patch

from .projects import STORES, apply, patched, paths, place, reference, rendered

_BOM = b"\xef\xbb\xbf"


def _patched(path: str, before: bytes, store: str = "ssm") -> tuple[Patch, bytes]:
    """Return the patch of the file's only secret, `token()`, and the file after it."""
    start = before.index(token())
    made = patch(
        place(path, before, start, start + len(token())), reference("API_TOKEN", store), root_files={path: before}.get
    )
    return made, checks.edited(before, [edit for edit in made.edits if edit.path == path])


@pytest.mark.parametrize("path", paths())
def test_bytes_outside_the_edits_are_unchanged(path: str) -> None:
    """What an edit does not name stands before and after, in the same order; each edit lies within the file."""
    data, secrets = rendered(path)
    for secret in secrets:
        try:
            made = patch(
                place(path, data, secret.start, secret.end), reference(secret.env, "ssm"), root_files={path: data}.get
            )
        except CannotPatch:
            continue
        edits = sorted({edit for edit in made.edits if edit.path == path}, key=lambda edit: (edit.start, edit.end))
        after, at, position = checks.edited(data, edits), 0, 0
        for edit in edits:
            kept = data[at : edit.start]
            assert after[position : position + len(kept)] == kept
            position += len(kept) + len(edit.text)
            at = edit.end
        assert after[position:] == data[at:]


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("path", paths())
def test_a_file_with_other_line_ends_gets_those(path: str, store: str) -> None:
    """With CRLF and a byte order mark a file becomes what it becomes without them, but for these."""
    data, secrets = rendered(path)
    wide = _BOM + data.replace(b"\n", b"\r\n")
    expected, found = patched(path, store, {path: data}), patched(path, store, {path: wide})
    assert found.refused == expected.refused
    assert b"\n" not in found.files[path].replace(b"\r\n", b"")
    assert found.files[path] == _BOM + expected.files[path].replace(b"\n", b"\r\n")
    assert len(found.patches) + len(found.refused) == len(secrets)


@pytest.mark.parametrize("path", paths())
def test_a_patched_file_is_patched_no_further(path: str) -> None:
    """A second secret needs no second import, getter, parameter or variable: what is there is used."""
    for store in STORES:
        after = patched(path, store).files[path]
        for repeated in (rb"(?m)^import \w[\w.]*\r?$", rb"def fetch_\w+|function fetch\w+", rb'(?m)^variable "\w+"'):
            found = re.findall(repeated, after)
            known = re.findall(repeated, rendered(path)[0])
            assert len(found) == len(set(found)) or len(found) <= len(known)


_SAME: tuple[tuple[str, str, str, str], ...] = (
    ("a.js", "\tf('{}');", "\tf(process.env.API_TOKEN);", "a tab before a statement"),
    ("a.js", "f('é', '{}', 'ü')", "f('é', process.env.API_TOKEN, 'ü')", "characters of several bytes"),
    ("a.js", "f('a\\'{}\\n')", "f('a\\'' + process.env.API_TOKEN + '\\n')", "escapes on both sides"),
    ("a.js", "f(`${a}{}`)", "f(`${a}${process.env.API_TOKEN}`)", "a template"),
    ("a.js", "f('{}'.length)", "f(process.env.API_TOKEN.length)", "a member of the whole"),
    ("a.js", "f('x{}'.length)", "f(('x' + process.env.API_TOKEN).length)", "a member of a part"),
    ("a.js", "process.env['API_TOKEN'] ?? '{}';", "process.env['API_TOKEN'];", "a fallback of the same variable"),
    ("a.rb", "f('{}')", 'f(ENV.fetch("API_TOKEN"))', "single quotes of Ruby"),
    ("a.php", "<?php f('x{}y');", "<?php f('x' . getenv('API_TOKEN') . 'y');", "PHP joins with a dot"),
    ("A.java", 'class A { int a = b("{}"); }', 'class A { int a = b(System.getenv("API_TOKEN")); }', "an argument"),
    ("a.py", "import os\nf(r'\\d{}')\n", "import os\nf(r'\\d' + os.environ[\"API_TOKEN\"])\n", "a raw string"),
    ("a.py", "import os\nf(rb'{}')\n", "import os\nf(os.environ[\"API_TOKEN\"].encode())\n", "bytes"),
    ("a.py", "import os\nf('a' '{}' 'b')\n", "import os\nf('a' + os.environ[\"API_TOKEN\"] + 'b')\n", "juxtaposed"),
    ("a.py", "import os\nf(f'{a}{}')\n", "import os\nf(f'{a}{os.environ[\"API_TOKEN\"]}')\n", "an f-string"),
    ("a.py", 'import os\nf("""{}""")\n', 'import os\nf(os.environ["API_TOKEN"])\n', "three quotes"),
    ("a.py", "import sys, os\nf('{}')\n", "import sys, os\nf(os.environ[\"API_TOKEN\"])\n", "several imports in one"),
    ("application.yml", "a:\n    - 'K={}' # ü\n", "a:\n    - 'K=${API_TOKEN}' # ü\n", "a comment behind it"),
    ("build.gradle", "a = 'x{}y'", "a = 'x' + System.getenv(\"API_TOKEN\") + 'y'", "Groovy"),
    ("a.pl", 'my $a = "{}";', "my $a = $ENV{API_TOKEN};", "Perl"),
    ("a.lua", 'f("{}y")', 'f(os.getenv("API_TOKEN") .. "y")', "Lua"),
    ("a.exs", 'f("x{}")', 'f("x" <> System.fetch_env!("API_TOKEN"))', "Elixir"),
    ("notes.txt", "log in with {}", "log in with <API_TOKEN>", "a text for people"),
    (".bash_history", "mysql -u a -p{} b", "mysql -u a -p${API_TOKEN} b", "a history, in which < would redirect"),
    (".netrc", "machine a login b password {}", "machine a login b password <API_TOKEN>", "a file of one's own"),
    (".npmrc", "//r/:_authToken={}", "//r/:_authToken=${API_TOKEN}", "no line end at the end"),
)  # fmt: skip


@pytest.mark.parametrize(("path", "before", "after", "why"), _SAME, ids=[row[3] for row in _SAME])
def test_only_the_secret_s_part_is_replaced(path: str, before: str, after: str, why: str) -> None:
    """A row says what becomes of what; `{}` is the secret."""
    text = before.replace("{}", token().decode()).encode()
    assert _patched(path, text, "none")[1].decode() == after, why


_FILLER = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="'\"\\`$#{}<>/*"), max_size=12
)


@given(_FILLER, _FILLER, st.sampled_from((b"\n", b"\r\n")), st.booleans())
def test_whatever_stands_around_is_kept(before: str, after: str, newline: bytes, bom: bool) -> None:
    """Text of any characters on both sides of the secret, in a literal and around it, is what it was."""
    for path, opening, closing, comment in (
        ("a.js", "f('", "');", "//"),
        ("a.py", "import os\nf('", "')", "#"),
        ("a.go", 'package a\n\nimport "os"\n\nvar a = f("', '")', "//"),
    ):
        head = (opening + before).encode().replace(b"\n", newline)
        tail = after.encode() + closing.encode() + newline + f"{comment} {before}".encode()
        data = _BOM * bom + head + token() + tail
        made, text = _patched(path, data, "none")
        assert token() not in text
        assert text.startswith(_BOM * bom + head[: len(head) - (0 if before else 1)])
        assert text.endswith(tail if after else tail[1:])
        assert made.edits


def test_a_file_beside_is_made_once() -> None:
    """A getter in a file of its own is there for the next secret, and is not made anew."""
    found = patched("main.go", "ssm")
    data = b'package main\n\nvar a = "' + token() + b'"\n'
    start = data.index(token())
    files = {**found.files, "other.go": data}
    made = patch(place("other.go", data, start, start + len(token())), reference("A", "ssm"), root_files=files.get)
    assert {edit.path for edit in made.edits} == {"other.go"}
    apply(files, made.edits)
    assert b"fetchParameter(" in files["other.go"]
