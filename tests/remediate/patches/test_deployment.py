"""The setting that patched code needs, in the template or the settings beside it that declare its function."""

from __future__ import annotations

import pytest

from scans import token
from stanch.remediate.patches import patch

from .projects import apply, place, reference

_SAM = "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n"
_ROWS = (
    (
        "template.yaml",
        _SAM + "      Handler: src/app.handler\n",
        _SAM
        + "      Handler: src/app.handler\n      Environment:\n        Variables:\n          KEY_PARAM: /shop/KEY\n",
        "an environment is made where there is none",
    ),
    (
        "src/template.yml",
        _SAM + "      Handler: app.handler\n      Environment:\n        Variables: {A: b}\n",
        _SAM + "      Handler: app.handler\n      Environment:\n        Variables: {A: b, KEY_PARAM: /shop/KEY}\n",
        "braces stay braces",
    ),
    (
        "template.yaml",
        _SAM
        + "      CodeUri: ./src\n      Handler: app.handler\n      Environment:\n        Variables:\n          A: b",
        _SAM
        + "      CodeUri: ./src\n      Handler: app.handler\n      Environment:\n        Variables:\n          A: b"
        "\n          KEY_PARAM: /shop/KEY",
        "a file without a last line end gets none",
    ),
    (
        "template.json",
        '{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "src/app.handler"}}}}',
        '{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "src/app.handler",'
        ' "Environment": {"Variables": {"KEY_PARAM": "/shop/KEY"}}}}}}',
        "a template in JSON",
    ),
    (
        "serverless.yml",
        "provider:\n  name: aws\nfunctions:\n  f:\n    handler: src/app.handler\n",
        "provider:\n  name: aws\nfunctions:\n  f:\n    handler: src/app.handler\n    environment:\n"
        "      KEY_PARAM: /shop/KEY\n",
        "serverless.yml",
    ),
    (
        "template.yaml",
        _SAM + "      Handler: other.handler\n",
        None,
        "a template that declares another function says nothing of this one",
    ),
    (
        "template.yaml",
        _SAM
        + "      Handler: src/app.handler\n      Environment:\n        Variables:\n          KEY_PARAM: /shop/KEY\n",
        None,
        "what is set is not set again",
    ),
    ("template.yaml", "Resources: [", None, "a template that cannot be read"),
)


@pytest.mark.parametrize(("path", "before", "after", "why"), _ROWS, ids=[row[3] for row in _ROWS])
def test_a_function_gets_the_name_of_its_secret(path: str, before: str, after: str | None, why: str) -> None:
    """The template that declares the handler gets a variable; `None`: it stays as it is."""
    data = b"def handler(event, context):\n    return '" + token() + b"'\n"
    files = {"src/app.py": data, path: before.encode()}
    start = data.index(token())
    made = patch(place("src/app.py", data, start, start + len(token())), reference("KEY", "ssm"), root_files=files.get)
    apply(files, made.edits)
    assert files[path].decode() == (before if after is None else after), why
    declared = "KEY_PARAM" in files[path].decode()
    assert any(left.startswith("Set KEY_PARAM") for left in made.left) is not declared


def test_an_app_setting_is_made_once() -> None:
    """`local.settings.json` beside an Azure function gets the setting, unless it has one of that name."""
    data = b"module.exports = async function (context) { f('" + token() + b"'); };\n"
    start = data.index(token())
    here = place("f/index.js", data, start, start + len(token()))
    for values, made in (("{}", True), ('{"KEY": "@Microsoft.KeyVault(x)"}', False)):
        files = {"f/index.js": data, "local.settings.json": f'{{"Values": {values}}}'.encode(), "host.json": b"{}"}
        edits = patch(here, reference("KEY", "keyvault"), root_files=files.get).edits
        assert ("local.settings.json" in {edit.path for edit in edits}) is made


_KEY = ("-----BEGIN PRIVATE KEY-----", "AAAA", "-----END PRIVATE KEY-----")
_BLOCKS = (
    (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  key: |\n    KEY\n  user: b\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  user: b\n",
        "an entry of a Secret",
    ),
    (
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: a\n      env:\n        - name: B\n"
        "          value: |\n            KEY\n        - name: C\n",
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: a\n      env:\n        - name: B\n"
        "          valueFrom:\n            secretKeyRef:\n              name: app\n              key: B\n"
        "        - name: C\n",
        "a variable of a container",
    ),
    (
        "Resources:\n  A:\n    Type: AWS::B::C\n    Properties:\n      D: |\n        KEY\n      E: f\nParameters:\n"
        "  Key: {Type: String, NoEcho: true}\n",
        "Resources:\n  A:\n    Type: AWS::B::C\n    Properties:\n      D: !Ref Key\n      E: f\nParameters:\n"
        "  Key: {Type: String, NoEcho: true}\n",
        "a property of a resource",
    ),
)


@pytest.mark.parametrize(("before", "after", "why"), _BLOCKS, ids=[row[2] for row in _BLOCKS])
def test_a_block_of_several_lines_is_one_value(before: str, after: str, why: str) -> None:
    """A private key in a block of YAML gives way as a whole, and what follows keeps its line."""
    margin = before[: before.index("KEY\n")].rpartition("\n")[2]
    data = before.replace("KEY\n", f"\n{margin}".join(_KEY) + "\n", 1).encode()
    start = data.index(b"-----BEGIN")
    files = {"a.yaml": data}
    here = place("a.yaml", data, start, data.index(b"END PRIVATE KEY-----") + len(b"END PRIVATE KEY-----"))
    apply(files, patch(here, reference("KEY", "ssm"), root_files=files.get).edits)
    assert files["a.yaml"].decode() == after, why
