"""Comments: known by the file's name, None where a comment cannot stand."""

from __future__ import annotations

import pytest

from stanch.comments import comment

NAMES = [
    # path, a comment there
    ("a.py", "# text"),
    ("deploy/.env", "# text"),
    (".env.production", "# text"),
    ("Dockerfile", "# text"),
    ("ops/Dockerfile.web", "# text"),
    ("A.YML", "# text"),
    ("src/index.test.tsx", "// text"),
    ("Main.java", "// text"),
    ("schema.sql", "-- text"),
    ("init.el", "; text"),
    ("style.css", "/* text */"),
    ("pom.xml", "<!-- text -->"),
    ("site/web.config", "<!-- text -->"),
    ("README.md", "<!-- text -->"),
    ("package.json", None),
    ("notebook.ipynb", None),
    ("id_rsa", None),
    ("picture.png", None),
    ("env/data", None),
    ("", None),
    (".", None),
    ("größe\n.py", "# text"),
]


@pytest.mark.parametrize(("path", "expected"), NAMES)
def test_comment(path: str, expected: str | None) -> None:
    """The kind of a file says how its comments are written."""
    assert comment(path, "text") == expected
