"""Places where nothing can be read instead of a secret: each is refused with its reason."""

from __future__ import annotations

import pytest

from scans import token
from stanch.remediate.model import CannotPatch, Place
from stanch.remediate.patches import patch

from .projects import place, reference

_ROWS = (
    ("a.js", "f({ '{}': 1 });", "name of a property"),
    ("a.js", "import a from '{}';", "what is imported"),
    ("a.ts", "type A = '{}';", "it is a type"),
    ("a.ts", "enum A { B = '{}' }", "an enum's member"),
    ("a.ts", "const a = '{}' as const;", "exactly this text"),
    ("a.js", "sql`select '{}'`;", "template of a tag"),
    ("a.js", "const a = /{}/;", "not the text of a literal"),
    ("a.js", "const fetchParameter = 1;\nasync function f() { g('{}'); }", "the name of something else"),
    ("a.py", "f({'{}': 1})\n", "a key of a dictionary"),
    ("a.py", "match a:\n    case '{}':\n        pass\n", "a pattern of a match"),
    ("a.py", "def fetch_parameter(a): pass\n\n\nb = '{}'\n", "the name of something else"),
    ("A.java", 'class A { void f(String a) { switch (a) { case "{}": break; } } }', "a label of a switch"),
    ("A.java", '@A(b = "{}") class A { }', "an argument of an annotation"),
    ("A.java", 'class A { String a = """\n  {} b""" ; }', "cannot be taken apart"),
    ("a.go", 'package a\n\nconst (\n\ta = iota\n\tb = "{}"\n)\n', "its place among them"),
    ("a.go", 'package a\n\nconst b = "{}"\nconst c = b + "x"\n', "another constant is made of this one"),
    ("a.go", 'package a\n\nimport "{}"\n', "what is imported"),
    ("a.go", 'package a\n\nvar a = map[string]int{"{}": 1}\n', "a key of a map"),
    ("A.cs", 'class A { [B("{}")] int c; }', "an argument of an attribute"),
    ("A.cs", 'class A { const string b = "{}"; const string c = b + "x"; }', "needs b to be a constant"),
    ("A.kt", '@A("{}") class B', "an argument of an annotation"),
    ("a.php", "<?php class A { private $b = '{}'; }", "the default of a property"),
    ("a.php", "<?php function f($a = '{}') { }", "the default of a parameter"),
    ("a.yaml", "{}: 1\n", "stands in a key"),
    ("values.yaml", "a: x{}y\n", "a chart's values are no templates"),
    ("k.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {b: {}}\n", "Kubernetes fills in nothing"),
    (
        "t.yaml",
        "Resources:\n  A:\n    Type: AWS::B::C\n    Metadata: {D: {}}\n",
        "CloudFormation fills in nothing here",
    ),
    ("t.yaml", "Resources:\n  A: {Type: AWS::B::C}\nOutputs: {D: {}}\n", "CloudFormation fills in nothing in"),
    ("t.yaml", "Resources:\n  A:\n    Type: AWS::B::C\n    D: !Join [x, !Base64 '{}']\n", "an argument of !Base64"),
    ("local.settings.json", '{"Values": {"A": "x{}"}}', "filled in as a whole"),
    ("function.json", '{"bindings": [{"connection": "x{}"}]}', "name of an app setting"),
    ("a.json", '{"{}": 1}', "stands in a key"),
    ("n.ipynb", '{"cells": [{"source": ["a = \'{}\'"]}]}', "a notebook's code"),
    ("main.tf", 'variable "a" {\n  default = { b = "{}" }\n}\n', "a part of a larger value"),
    ("main.tf", "a = <<EOT\nx\nEOT\nb = {}\n", "not the text of a value"),
    ("a.hcl", 'listener {\n  a = "{}"\n}\n', "only Terraform's, Packer's and Nomad's"),
    ("main.bicep", "param a string = '''\n{}\n'''\n", "cannot be read|not the text|several lines|part of"),
    ("Dockerfile", "FROM a\nLABEL b={}\n", "nothing can be filled in for the instruction LABEL"),
    ("Dockerfile", "FROM a\nENV B=x{}y\n", "the image would hold"),
    ("a.sh", "cat <<'EOF'\n{}\nEOF\n", "a heredoc in which the shell expands nothing"),
    ("a.ps1", "$a = 'x{}y'\n", "PowerShell fills in nothing"),
    ("Makefile", "KEY = {}\n", "make would not set the variable from itself"),
    ("Jenkinsfile", "sh 'curl -u a:{} b'\n", "withCredentials"),
    ("a.R", "a <- 'x{}'\n", "joins texts by a function only"),
    ("a.vb", 'Private Const A = "{}"\n', "a constant is declared there"),
    ("a.rs", 'let a = "{}";\n', "no reference is known"),
    ("a.exp", "send {{}}\n", "Tcl fills in nothing"),
    ("airflow.cfg", "[a]\nb = x{}y\n", "set as a whole"),
    ("a.service", "[Service]\nEnvironment=B={}\n", "LoadCredential"),
)


@pytest.mark.parametrize(("path", "text", "reason"), _ROWS, ids=[f"{row[0]} {row[2]}" for row in _ROWS])
def test_why_there_is_no_patch(path: str, text: str, reason: str) -> None:
    """The reason is a sentence on that very place."""
    data = text.replace("{}", token().decode(), 1).encode()
    start = data.index(token())
    with pytest.raises(CannotPatch, match=reason):
        patch(place(path, data, start, start + len(token())), reference("KEY", "ssm"), root_files={path: data}.get)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("pässword = '{}'".encode("utf-16"), "not written in UTF-8"),
        (b"a" * (1 << 22) + b"bc", "larger than 4 MB"),
        (b"a", "not in the file"),
    ],
)
def test_files_that_are_not_read(data: bytes, reason: str) -> None:
    """What is no text of UTF-8, or more than anybody writes, is left alone."""
    with pytest.raises(CannotPatch, match=reason):
        patch(Place("a.py", data, 2, 4, b"", None), reference("KEY", "ssm"), root_files={}.get)


def test_a_file_beside_that_is_something_else() -> None:
    """A class of that name, which does not ask a store, is not written over."""
    data = b'class A { String a = "' + token() + b'"; }'
    start = data.index(token())
    files = {"A.java": data, "StoredParameters.java": b"class StoredParameters { }"}
    with pytest.raises(CannotPatch, match="is there and is something else"):
        patch(place("A.java", data, start, start + len(token())), reference("KEY", "ssm"), root_files=files.get)
    assert "token" not in repr(place("A.java", data, start, start + 1))
