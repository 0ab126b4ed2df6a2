"""JavaScript, of which only async functions can wait for a store: what becomes a getter, and what cannot."""

from __future__ import annotations

import pytest

from scans import token
from stanch.remediate.patches import checks, patch

from .projects import place, reference

_ASKED = "await fetchParameter(process.env.KEY_PARAM)"
_READ = "process.env.KEY"
_ROWS = (
    ("async function f() { g('{}'); }", f"g({_ASKED})", "in an async function"),
    ("const f = async () => g('{}');", f"g({_ASKED})", "in an async arrow function without a body of statements"),
    ("class A { async f() { g('{}'); } }", f"g({_ASKED})", "in an async method"),
    ("async function f() { '{}'.trim(); }", f"({_ASKED}).trim()", "a member is asked of what was awaited"),
    ("function f() { g('{}'); }", f"g({_READ})", "a function that is not async"),
    ("async function f() { list.map(() => g('{}')); }", f"g({_READ})", "a function within that is not async"),
    ("async function f(a = '{}') {}", f"a = {_READ}", "a default of a parameter"),
    ("class A { a = '{}'; }", f"a = {_READ}", "a field of a class"),
    ("const a = '{}';\nasync function f() { g(a); }", f"a = async () => {_ASKED};", "a constant that can wait"),
    ("const a = '{}';\nasync function f() { g({ a }); }", "g({ a: await a() })", "a short property"),
    ("const a = '{}';\nasync function f() { g(a.length); }", "g((await a()).length)", "a member of a constant"),
    ("const a = { b: '{}' };\nasync function f() { g(a); }", f"async () => ({{ b: {_ASKED} }});", "an object"),
    ("export const a = '{}';", f"a = {_READ}", "what is exported may be used anywhere"),
    ("const a = '{}';\nmodule.exports = { a };", f"a = {_READ}", "what is exported by its name"),
    ("const a = '{}';\nfunction f() { g(a); }", f"a = {_READ}", "what is used where nothing can wait"),
    ("let a = '{}';\nasync function f() { a = 1; }", f"a = {_READ}", "what is assigned again"),
    ("let a = '{}';\nasync function f() { ({ a } = b); }", f"a = {_READ}", "what is assigned by taking apart"),
    ("const a = '{}';\nasync function f(a) { g(a); }", f"a = {_READ}", "another thing of the same name"),
    ("const a = connect('{}');\nasync function f() { g(a); }", f"connect({_READ})", "what a call makes once"),
    ("const a = new Pool('{}');\nasync function f() { g(a); }", f"Pool({_READ})", "an object that is made once"),
    ("f('{}');", f"f({_READ})", "a statement of the module"),
)


@pytest.mark.parametrize(("before", "after", "why"), _ROWS, ids=[row[2] for row in _ROWS])
def test_what_can_wait_and_what_cannot(before: str, after: str, why: str) -> None:
    """A getter is awaited where the language allows it; else the environment is read, and that is said."""
    data = before.replace("{}", token().decode()).encode()
    start = data.index(token())
    made = patch(place("a.mjs", data, start, start + len(token())), reference("KEY", "ssm"), root_files={}.get)
    text = checks.edited(data, made.edits).decode()
    assert after in text, why
    assert made.complete is (_READ + "_PARAM" in text)
    assert any("await it" in left for left in made.left) is not made.complete
