"""Java: `System.getenv("X")`, or a class beside this one that asks the store once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stanch.readers.code.nodes import kinds
from stanch.remediate.model import CannotPatch
from stanch.remediate.patches.code.literals import Expression, Writing
from stanch.remediate.patches.code.reading import Reading, Source, environment, named_by, stored
from stanch.remediate.patches.references import Kind, provide

if TYPE_CHECKING:
    from tree_sitter import Node

_CLASSES = {
    "ssm": (
        "StoredParameters",
        ("software.amazon.awssdk.services.ssm.SsmClient",),
        "SsmClient CLIENT = SsmClient.create()",
        "CLIENT.getParameter(request -> request.name(name).withDecryption(true)).parameter().value()",
        "software.amazon.awssdk:ssm",
    ),
    "secretsmanager": (
        "StoredSecrets",
        ("software.amazon.awssdk.services.secretsmanager.SecretsManagerClient",),
        "SecretsManagerClient CLIENT = SecretsManagerClient.create()",
        "CLIENT.getSecretValue(request -> request.secretId(name)).secretString()",
        "software.amazon.awssdk:secretsmanager",
    ),
    "keyvault": (
        "VaultSecrets",
        (
            "com.azure.identity.DefaultAzureCredentialBuilder",
            "com.azure.security.keyvault.secrets.SecretClient",
            "com.azure.security.keyvault.secrets.SecretClientBuilder",
        ),
        'SecretClient CLIENT = new SecretClientBuilder()\n            .vaultUrl(System.getenv("KEY_VAULT_URL"))\n'
        "            .credential(new DefaultAzureCredentialBuilder().build())\n            .buildClient()",
        "CLIENT.getSecret(name).getValue()",
        "com.azure:azure-identity and com.azure:azure-security-keyvault-secrets",
    ),
}
"""By store: the class, what it imports, its client, how it asks, and the artifacts that the build needs.

AWS SDK for Java 2, Azure SDK for Java.
"""


def _delimiters(data: bytes, node: Node) -> tuple[bytes, bytes] | None:
    return None if data.startswith(b'"""', node.start_byte) else (b'"', b'"')


class Java:
    """The language."""

    WRITING = Writing(kinds("string_literal"), _delimiters)

    @staticmethod
    def reading(at: Source, literal: Node) -> Reading:
        """Return what takes the secret's place; an annotation of Spring gets a placeholder."""
        annotation = _refuse(literal)
        if annotation is not None:
            return _placeholder(at, annotation)
        if at.kind == Kind.ENVIRONMENT:
            return environment(b'System.getenv("' + at.reference.env.encode() + b'")', at.reference)
        called, imports, client, value, artifacts = _CLASSES[at.reference.store]
        package = next((at.text(node) for node in at.root.named_children if node.type == "package_declaration"), b"")
        rows = [f"{package.decode()}\n"] if package else []
        rows += [f"import {name};" for name in ("java.util.Map", "java.util.concurrent.ConcurrentHashMap", *imports)]
        rows.append(
            f"\n/** Secrets by their names, asked for once in each process. */\nfinal class {called} {{\n"
            f"    private static final {client};\n"
            f"    private static final Map<String, String> VALUES = new ConcurrentHashMap<>();\n\n"
            f"    private {called}() {{\n    }}\n\n    static String get(String name) {{\n"
            f"        return VALUES.computeIfAbsent(name, {called}::fetch);\n    }}\n\n"
            f"    private static String fetch(String name) {{\n        return {value};\n    }}\n}}\n"
        )
        made = at.beside(f"{called}.java", "\n".join(rows), b"final class " + called.encode())
        wanted = f'"{at.reference.name}"'
        if at.reference.store != "keyvault":
            wanted = f'System.getenv("{named_by(at.reference)}")'
        left = (f"Add {artifacts} to the build.",)
        return stored(f"{called}.get({wanted})".encode(), at.reference, *made, left=left)


def _placeholder(at: Source, annotation: Node) -> Reading:
    name = annotation.child_by_field_name("name")
    if name is None or at.text(name) != b"Value":
        raise CannotPatch("it is an argument of an annotation, which must be a constant")
    text = b"${" + at.reference.env.encode() + b"}"
    edit = at.insert(at.place.start, text)._replace(end=at.place.end)
    left = (provide(at.reference),)
    return Reading(
        Expression(text), Kind.ENVIRONMENT, f"Has Spring fill in the environment variable {at.reference.env}",
        (edit,), left if at.kind == Kind.STORE else (), complete=at.kind == Kind.ENVIRONMENT, cuts=False,
    )  # fmt: skip


def _refuse(literal: Node) -> Node | None:
    """Return the annotation that a literal is an argument of. Raises CannotPatch where it must be a constant."""
    node: Node | None = literal
    while node is not None and not node.type.endswith(("body", "block", "statement")):
        if node.type == "annotation":
            return node
        if node.type == "switch_label":
            raise CannotPatch("it is a label of a switch, which must be a constant")
        node = node.parent
    return None


JAVA = Java()
