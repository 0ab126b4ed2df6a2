"""Basic authentication in code: user and password are found however the header is put together, whatever its name."""

from __future__ import annotations

import string
from pathlib import Path
from random import Random

import pytest

import scans

HEADERS = [
    ("an option, with base64 made at run time", "a.js",
     "const opts = {{ headers: {{ Authorization: 'Basic ' + Buffer.from('{}').toString('base64') }} }};\n"),
    ("a variable", "a.js", "const auth = 'Basic ' + Buffer.from('{}').toString('base64');\n"),
    ("the browser's function", "a.js", "const opts = {{ headers: {{ Authorization: 'Basic ' + btoa('{}') }} }};\n"),
    ("a variable without a telling name, one step away", "a.js",
     "const a = 'Basic ' + '{}';\nfetch(u, {{headers: {{Authorization: a}}}})\n"),
    ("a variable that nothing uses", "a.js", "const authHeader = 'Basic ' + '{}';\n"),
    ("a header that is set", "a.js",
     "req.setHeader('Authorization', 'Basic ' + Buffer.from('{}').toString('base64'));\n"),
    ("one literal", "a.js", "const x = 'Basic {}'\n"),
    ("two lines", "a.js", "const a3 = 'Basic ' +\n  '{}'\n"),
    ("Python", "a.py", "h = {{'Authorization': 'Basic ' + base64.b64encode(b'{}').decode()}}\n"),
    ("C#", "A.cs",
     'class A {{ void F() {{ var h = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("{}")); }} }}\n'),
]  # fmt: skip


@pytest.mark.parametrize(("what", "name", "template"), HEADERS, ids=[row[0] for row in HEADERS])
def test_basic_authentication(what: str, name: str, template: str, tmp_path: Path) -> None:
    """The finding is user and password, where they stand."""
    random = Random(what)
    pair = "ada:" + "".join(random.choices(string.ascii_letters + string.digits, k=18))
    (tmp_path / name).write_text(template.format(pair))
    found = scans.found(scans.scan(tmp_path))
    assert list(found) == [pair.encode()]
    assert found[pair.encode()].rule == "basic-auth-credentials"
