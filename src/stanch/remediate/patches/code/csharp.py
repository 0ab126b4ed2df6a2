"""C#: `Environment.GetEnvironmentVariable("X")`, or a class beside this one that asks the store once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stanch.readers.code.nodes import kinds
from stanch.remediate.model import CannotPatch, Edit
from stanch.remediate.patches.code.literals import Writing, fallback
from stanch.remediate.patches.code.reading import Reading, Source, environment, named_by, stored
from stanch.remediate.patches.references import Kind

if TYPE_CHECKING:
    from tree_sitter import Node

_CLASSES = {
    "ssm": (
        "StoredParameters",
        ("Amazon.SimpleSystemsManagement", "Amazon.SimpleSystemsManagement.Model"),
        "AmazonSimpleSystemsManagementClient Client = new AmazonSimpleSystemsManagementClient()",
        "Client.GetParameterAsync(new GetParameterRequest { Name = name, WithDecryption = true })"
        ".GetAwaiter().GetResult().Parameter.Value",
        "AWSSDK.SimpleSystemsManagement",
    ),
    "secretsmanager": (
        "StoredSecrets",
        ("Amazon.SecretsManager", "Amazon.SecretsManager.Model"),
        "AmazonSecretsManagerClient Client = new AmazonSecretsManagerClient()",
        "Client.GetSecretValueAsync(new GetSecretValueRequest { SecretId = name })"
        ".GetAwaiter().GetResult().SecretString",
        "AWSSDK.SecretsManager",
    ),
    "keyvault": (
        "VaultSecrets",
        ("Azure.Identity", "Azure.Security.KeyVault.Secrets"),
        "SecretClient Client = new SecretClient(\n"
        '        new Uri(Environment.GetEnvironmentVariable("KEY_VAULT_URL")), new DefaultAzureCredential())',
        "Client.GetSecret(name).Value.Value",
        "Azure.Identity and Azure.Security.KeyVault.Secrets",
    ),
}
"""By store: the class, what it uses, its client, how it asks, and the packages that the project needs.

AWS SDK for .NET 3, Azure SDK for .NET.
"""
_OPENING = re.compile(rb'[$@]*"')
_CONSTANT = "which must be a constant"
_REFUSED = {
    "attribute_argument": f"it is an argument of an attribute, {_CONSTANT}",
    "parameter": f"it is the default of a parameter, {_CONSTANT}",
    "constant_pattern": f"it is a pattern, {_CONSTANT}",
    "case_switch_label": f"it is a label of a switch, {_CONSTANT}",
    "enum_member_declaration": f"it is an enum's member, {_CONSTANT}",
}


def _delimiters(data: bytes, node: Node) -> tuple[bytes, bytes] | None:
    found = _OPENING.match(data, node.start_byte)
    raw = found is None or data.startswith(b'""', found.end()) or node.type == "raw_string_literal"
    return None if found is None or raw else (found[0], b'"')


class CSharp:
    """The language."""

    WRITING = Writing(
        kinds("string_literal verbatim_string_literal raw_string_literal interpolated_string_expression"), _delimiters
    )

    @staticmethod
    def reading(at: Source, literal: Node) -> Reading:
        """Return what takes the secret's place; a constant that holds it becomes a field or a variable."""
        declared = _declaration(at, literal)
        prefix = (
            ""
            if re.search(rb"(?m)^\s*(?:global )?using System;|(?<![.\w])Environment\.Get", at.place.data)
            else "System."
        )
        read = f'{prefix}Environment.GetEnvironmentVariable("{at.reference.env}")'
        if at.kind == Kind.ENVIRONMENT:
            found = environment(read.encode(), at.reference)
            default = fallback(
                at.place, literal, CSharp.WRITING, (read.encode(), read.removeprefix("System.").encode())
            )
            if default:
                return found._replace(edits=(default,), cuts=False)
            return found._replace(edits=declared)
        called, uses, client, value, packages = _CLASSES[at.reference.store]
        rows = [f"using {name};" for name in ("System", "System.Collections.Concurrent", *uses)]
        rows.append(
            f"\n/// <summary>Secrets by their names, asked for once in each process.</summary>\n"
            f"internal static class {called}\n{{\n    private static readonly {client};\n"
            f"    private static readonly ConcurrentDictionary<string, string> Values ="
            f" new ConcurrentDictionary<string, string>();\n\n"
            f"    public static string Get(string name) => Values.GetOrAdd(name, Fetch);\n\n"
            f"    private static string Fetch(string name) =>\n        {value};\n}}\n"
        )
        made = at.beside(f"{called}.cs", "\n".join(rows), b"internal static class " + called.encode())
        wanted = f'"{at.reference.name}"'
        if at.reference.store != "keyvault":
            wanted = f'{prefix}Environment.GetEnvironmentVariable("{named_by(at.reference)}")'
        left = (f"Add the package {packages} to the project.",)
        return stored(f"{called}.Get({wanted})".encode(), at.reference, *declared, *made, left=left)


def _declaration(at: Source, literal: Node) -> tuple[Edit, ...]:
    """Return the edits that make a constant's declaration one of a variable.

    Raises CannotPatch where a constant must stand.
    """
    node: Node | None = literal
    name = b""
    while node is not None and node.type not in ("block", "declaration_list"):
        if node.type in _REFUSED:
            raise CannotPatch(_REFUSED[node.type])
        if node.type == "variable_declarator":
            inner = node.child_by_field_name("name") or node.named_child(0)
            name = at.text(inner) if inner is not None else b""
        if node.type in ("field_declaration", "local_declaration_statement"):
            return _variable(at, node, name)
        node = node.parent
    return ()


def _variable(at: Source, declaration: Node, name: bytes) -> tuple[Edit, ...]:
    const = next((one for one in declaration.children if at.text(one) == b"const"), None)
    if const is None:
        return ()
    if _wanted_constant(at, declaration, name):
        raise CannotPatch(f"another place needs {name.decode()} to be a constant")
    if declaration.type == "field_declaration":
        return (Edit(at.place.path, const.start_byte, const.end_byte, b"static readonly"),)
    following = const.next_sibling
    end = following.start_byte if following is not None else const.end_byte
    return (Edit(at.place.path, const.start_byte, end, b""),)


def _wanted_constant(at: Source, declaration: Node, name: bytes) -> bool:
    waiting = [at.root]
    while waiting:
        node = waiting.pop()
        if node == declaration:
            continue
        constant = node.type in ("field_declaration", "local_declaration_statement") and any(
            at.text(child) == b"const" for child in node.children
        )
        if constant or node.type in _REFUSED:
            if re.search(rb"\b" + re.escape(name) + rb"\b", at.text(node)):
                return True
        else:
            waiting.extend(node.named_children)
    return False


CSHARP = CSharp()
