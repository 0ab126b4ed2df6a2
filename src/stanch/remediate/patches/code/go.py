"""Go: `os.Getenv("X")`, or a function in a file beside this one that asks the store once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stanch.readers.code.nodes import kinds
from stanch.remediate.model import CannotPatch, Edit
from stanch.remediate.patches import layout
from stanch.remediate.patches.code.literals import Writing, is_whole
from stanch.remediate.patches.code.reading import Reading, Source, environment, named_by, stored
from stanch.remediate.patches.references import Kind

if TYPE_CHECKING:
    from tree_sitter import Node

_AWS = """\
    options, err := config.LoadDefaultConfig(context.Background())
    if err != nil {
        panic(err)
    }
    answer, err := """
_GETTERS = {
    "ssm": (
        "fetchParameter",
        ("context", "sync"),
        ("github.com/aws/aws-sdk-go-v2/aws", "github.com/aws/aws-sdk-go-v2/config",
         "github.com/aws/aws-sdk-go-v2/service/ssm"),
        _AWS + "ssm.NewFromConfig(options).GetParameter(context.Background(), &ssm.GetParameterInput{\n"
        "        Name:           aws.String(name),\n        WithDecryption: aws.Bool(true),\n    })\n",
        "*answer.Parameter.Value",
    ),
    "secretsmanager": (
        "fetchSecret",
        ("context", "sync"),
        ("github.com/aws/aws-sdk-go-v2/aws", "github.com/aws/aws-sdk-go-v2/config",
         "github.com/aws/aws-sdk-go-v2/service/secretsmanager"),
        _AWS + "secretsmanager.NewFromConfig(options).GetSecretValue(context.Background(),"
        " &secretsmanager.GetSecretValueInput{\n        SecretId: aws.String(name),\n    })\n",
        "*answer.SecretString",
    ),
    "keyvault": (
        "fetchVaultSecret",
        ("context", "os", "sync"),
        ("github.com/Azure/azure-sdk-for-go/sdk/azidentity",
         "github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"),
        "    credential, err := azidentity.NewDefaultAzureCredential(nil)\n"
        "    if err != nil {\n        panic(err)\n    }\n"
        '    client, err := azsecrets.NewClient(os.Getenv("KEY_VAULT_URL"), credential, nil)\n    if err != nil {\n'
        "        panic(err)\n    }\n"
        '    answer, err := client.GetSecret(context.Background(), name, "", nil)\n',
        "*answer.Value",
    ),
}  # fmt: skip
"""By store: the getter, what it imports of the language and of others, how it asks, and where the answer is.

AWS SDK for Go v2, Azure SDK for Go.
"""
_FILES = {"ssm": "stored_parameters.go", "secretsmanager": "stored_secrets.go", "keyvault": "vault_secrets.go"}


def _delimiters(data: bytes, node: Node) -> tuple[bytes, bytes]:
    quote = data[node.start_byte : node.start_byte + 1]
    return quote, quote


class Go:
    """The language."""

    WRITING = Writing(kinds("interpreted_string_literal raw_string_literal"), _delimiters)

    @staticmethod
    def reading(at: Source, literal: Node) -> Reading:
        """Return what takes the secret's place; a constant becomes a variable."""
        _refuse(at, literal)
        reference = at.reference
        if at.kind == Kind.ENVIRONMENT:
            found = environment(b'os.Getenv("' + reference.env.encode() + b'")', reference)
        else:
            found = _stored(at)
        needs_os = b"os." in found.expression.text
        edits = (*found.edits, *(_imported(at) if needs_os else ()))
        moved = _variable(at, literal, found.expression.text)
        if moved is None:
            return found._replace(edits=edits)
        whole, changes = moved
        return found._replace(edits=(*edits, *changes), cuts=not whole)


def _stored(at: Source) -> Reading:
    reference = at.reference
    called, own, others, ask, answer = _GETTERS[reference.store]
    package = next((at.text(node) for node in at.root.named_children if node.type == "package_clause"), b"package main")
    rows = [package.decode(), "", "import ("]
    rows += [f'    "{name}"' for name in own]
    rows += ["", *(f'    "{name}"' for name in others), ")", ""]
    values = f"{called}Values"
    rows.append(
        f"var {values} sync.Map\n\n// {called} returns a secret by its name, which it asks the store for once.\n"
        f"func {called}(name string) string {{\n    if known, ok := {values}.Load(name); ok {{\n"
        f"        return known.(string)\n    }}\n{ask}    if err != nil {{\n        panic(err)\n    }}\n"
        f"    {values}.Store(name, {answer})\n    return {answer}\n}}\n"
    )
    made = at.beside(_FILES[reference.store], "\n".join(rows), f"func {called}(".encode())
    wanted = f'"{reference.name}"' if reference.store == "keyvault" else f'os.Getenv("{named_by(reference)}")'
    left = (f"Add {', '.join(others)} to the module (go mod tidy).",)
    return stored(f"{called}({wanted})".encode(), reference, *made, left=left)


def _imported(at: Source) -> tuple[Edit, ...]:
    """Return the edit that imports `os`, in the order that gofmt keeps."""
    declarations = [node for node in at.root.named_children if node.type == "import_declaration"]
    specs = [spec for node in declarations for spec in _specs(node)]
    if any(at.text(spec) == b'"os"' for spec in specs):
        return ()
    newline = layout.newline(at.place.data)
    if not specs:
        package = next((node for node in at.root.named_children if node.type == "package_clause"), None)
        if package is None:
            raise CannotPatch("the file has no package clause")
        return (at.insert(package.end_byte, newline * 2 + b'import "os"'),)
    group = [specs[0]]
    for spec in specs[1:]:
        if spec.start_point[0] - group[-1].end_point[0] > 1 or spec.parent != group[0].parent:
            break
        group.append(spec)
    listed = group[0].parent is not None and group[0].parent.type == "import_spec_list"
    before = next((spec for spec in group if _path(at, spec) > b"os"), None)
    text = b'"os"' if listed else b'import "os"'
    if before is not None:
        start = before.start_byte if listed else declarations[0].start_byte
        return (at.insert(start, text + newline + (layout.margin(at.place.data, start) if listed else b"")),)
    end = group[-1].end_byte
    return (at.insert(end, newline + (layout.margin(at.place.data, end) if listed else b"") + text),)


def _specs(declaration: Node) -> list[Node]:
    listed = next((node for node in declaration.named_children if node.type == "import_spec_list"), declaration)
    return [node for node in listed.named_children if node.type == "import_spec"]


def _path(at: Source, spec: Node) -> bytes:
    path = spec.child_by_field_name("path")
    return at.text(path).strip(b'"`') if path is not None else b""


def _variable(at: Source, literal: Node, read: bytes) -> tuple[bool, tuple[Edit, ...]] | None:
    """Return the edits that make the constant around a literal a variable, None where it is none.

    The first value is True when they take the literal's place too.
    """
    spec: Node | None = literal
    while spec is not None and spec.type != "const_spec":
        spec = spec.parent
    declaration = spec.parent if spec is not None else None
    if spec is None or declaration is None:
        return None
    name, path = spec.child_by_field_name("name"), at.place.path
    if name is None or _others_need(at, spec, at.text(name)):
        raise CannotPatch("another constant is made of this one, or of its place among them")
    keyword = declaration.children[0]
    specs = [node for node in declaration.named_children if node.type == "const_spec"]
    if len(specs) == 1:
        return False, (Edit(path, keyword.start_byte, keyword.end_byte, b"var"),)
    value = spec.child_by_field_name("value")
    only = value is not None and value.named_child_count == 1 and value.named_children[0] == literal
    data, newline = at.place.data, layout.newline(at.place.data)
    first, last = layout.line_start(data, spec.start_byte), layout.line_end(data, spec.end_byte)
    if not only or not is_whole(at.place, literal, Go.WRITING):
        margin = layout.margin(data, declaration.start_byte)
        begun, again = (margin + b")" + newline * 2 + margin + word + b" (" + newline for word in (b"var", b"const"))
        return False, (at.insert(first, begun), at.insert(last, again))
    margin = layout.margin(data, declaration.start_byte)
    text = newline * 2 + margin + b"var " + at.text(name) + b" = " + read
    return True, (Edit(path, first, last, b""), at.insert(declaration.end_byte, text))


def _others_need(at: Source, spec: Node, name: bytes) -> bool:
    declaration = spec.parent
    if declaration is not None and re.search(rb"\biota\b", at.text(declaration)):
        return True
    word = re.compile(rb"\b" + re.escape(name) + rb"\b")
    waiting = [at.root]
    while waiting:
        node = waiting.pop()
        if node.type == "const_spec":
            if node != spec and word.search(at.text(node)):
                return True
        else:
            waiting.extend(node.named_children)
    return False


def _refuse(at: Source, literal: Node) -> None:
    parent = literal.parent
    if parent is not None and parent.type == "field_declaration":
        raise CannotPatch("it is a field's tag, which must be a constant")
    if parent is not None and parent.type == "import_spec":
        raise CannotPatch("it names what is imported, which must be a literal")
    key = parent.parent if parent is not None and parent.type == "literal_element" else None
    if key is not None and key.type == "keyed_element" and key.named_children[0] == parent and at.text(literal):
        raise CannotPatch("it is a key of a map, not its value")


GO = Go()
