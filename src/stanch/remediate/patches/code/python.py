"""Python: `os.environ["X"]`, or a getter that asks the store once."""

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

_GETTERS = {
    "ssm": (
        "fetch_parameter",
        ("boto3",),
        'boto3.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]',
    ),
    "secretsmanager": (
        "fetch_secret",
        ("boto3",),
        'boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]',
    ),
    "keyvault": (
        "fetch_vault_secret",
        ("azure.identity", "azure.keyvault.secrets"),
        "azure.keyvault.secrets.SecretClient(\n"
        '        os.environ["KEY_VAULT_URL"], azure.identity.DefaultAzureCredential()\n    ).get_secret(name).value',
    ),
}
"""By store: the getter's name, what it imports, and what it returns. boto3 is part of Lambda's Python runtimes."""
_OPENING = re.compile(rb"""([A-Za-z]*)(\"{3}|'{3}|["'])""")
_IMPORTS = frozenset(("import_statement", "import_from_statement", "future_import_statement"))
_DEFAULTS = (b"os.getenv", b"os.environ.get", b"getenv", b"environ.get")


def _delimiters(data: bytes, node: Node) -> tuple[bytes, bytes] | None:
    found = _OPENING.match(data, node.start_byte)
    return (found[0], found[2]) if found else None


def _filled(opening: bytes, text: bytes) -> bytes | None:
    """Return what is put into an f-string: with the other quotes, since before 3.12 it could not have the same."""
    if b"f" not in opening.lower():
        return None
    quote = opening[-1:]
    other = b"'" if quote == b'"' else b'"'
    return b"{" + text.replace(b'"', other) + b"}" if b"\\" not in text else None


class Python:
    """The language."""

    WRITING = Writing(kinds("string"), _delimiters, filled=_filled)

    @staticmethod
    def reading(at: Source, literal: Node) -> Reading:
        """Return what takes the secret's place, with the imports and the getter that it needs."""
        _refuse(literal)
        opening = _delimiters(at.place.data, literal)
        encoded = b".encode()" if opening and b"b" in opening[0].lower() else b""
        if at.kind == Kind.STORE:
            return asking(at, literal, encoded)
        name = at.reference.env.encode()
        found = environment(b'os.environ["' + name + b'"]' + encoded, at.reference)
        edits = _imported(at, literal, ("os",))
        default = _default(at, literal)
        if default:
            return found._replace(edits=(default,), cuts=False)
        return found._replace(edits=edits)


def asking(at: Source, literal: Node, encoded: bytes = b"") -> Reading:
    """Return the call of a getter, with the imports and the getter itself above `literal` where they are not there."""
    reference = at.reference
    called, modules, value = _GETTERS[reference.store]
    text = f"\n\n@functools.cache\ndef {called}(name):\n    return {value}\n"
    wanted = f'"{reference.name}"' if reference.store == "keyvault" else f'os.environ["{named_by(reference)}"]'
    imports = _imported(at, literal, ("functools", "os", *modules))
    getter = at.lines(text)
    edits = [*imports]
    if getter.strip() not in at.place.data:
        if re.search(rb"\b" + called.encode() + rb"\b", at.place.data):
            raise CannotPatch(f"{called} is the name of something else in this file")
        position = _top(at, literal)
        edits.append(at.insert(position, getter + _blanks(at, position)))
    left = ("Add azure-identity and azure-keyvault-secrets to what the program depends on.",)
    return stored(
        f"{called}({wanted})".encode() + encoded, reference, *edits, left=left if reference.store == "keyvault" else ()
    )


def _imported(at: Source, literal: Node, modules: tuple[str, ...]) -> tuple[Edit, ...]:
    """Return the edits that import modules, one a line, which are not imported yet at the top level."""
    position = _top(at, literal)
    text = at.place.data[:position].removeprefix(layout.BOM)
    missing = [
        name
        for name in modules
        if not re.search(rb"(?m)^import (?:[\w., ]+, )?" + name.encode() + rb"(?=[\s,#]|\Z)", text)
    ]
    newline = at.lines("\n")
    edits = [at.insert(position, b"import " + name.encode() + newline) for name in missing]
    if edits and text and not text.endswith(b"\n"):
        edits.insert(0, at.insert(position, newline))
    return tuple(edits)


def _blanks(at: Source, position: int) -> bytes:
    """Return what is missing of the two empty lines that go behind a function."""
    rest = at.place.data[position:].replace(b"\r", b"")
    there = len(rest) - len(rest.lstrip(b"\n"))
    return at.lines("\n" * max(0, 2 - there)) if rest.strip() else b""


def _top(at: Source, literal: Node) -> int:
    """Return where the line begins that follows the imports at the top: those above the literal's own statement."""
    data, found = at.place.data, len(layout.BOM) if at.place.data.startswith(layout.BOM) else 0
    said = False
    for node in at.root.named_children:
        if node.end_byte > literal.start_byte:
            break
        if node.type == "comment":
            if _is_first(at, node):
                found = layout.line_end(data, node.end_byte)
            continue
        docstring = not said and node.type == "expression_statement" and at.text(node)[-1:] in b"'\""
        said = True
        if not docstring and node.type not in _IMPORTS:
            break
        found = layout.line_end(data, node.end_byte)
    return found


def _is_first(at: Source, node: Node) -> bool:
    """Is a comment an interpreter's or an encoding's line, above which nothing may stand?"""
    text = at.text(node)
    return text.startswith(b"#!") or (node.start_point[0] < 2 and b"coding" in text)


def _default(at: Source, literal: Node) -> Edit | None:
    """Return the edit that takes the default from `os.getenv("X", "literal")`, where that reads the same variable."""
    arguments = literal.parent
    call = arguments.parent if arguments is not None else None
    if arguments is None or call is None or call.type != "call" or arguments.named_child_count != 2:
        return None
    called, name = call.child_by_field_name("function"), arguments.named_children[0]
    if called is None or at.text(called) not in _DEFAULTS or at.text(name).strip(b"\"'") != at.reference.env.encode():
        return None
    whole = is_whole(at.place, literal, Python.WRITING)
    return Edit(at.place.path, name.end_byte, literal.end_byte, b"") if whole else None


def _refuse(literal: Node) -> None:
    parent = literal.parent
    if parent is not None and parent.type == "pair" and parent.child_by_field_name("key") == literal:
        raise CannotPatch("it is a key of a dictionary, not its value")
    node: Node | None = literal
    while node is not None:
        if node.type == "case_pattern":
            raise CannotPatch("it is a pattern of a match statement, which must be a constant")
        if node.type == "type":
            raise CannotPatch("it is a type, which no expression can be")
        node = node.parent


PYTHON = Python()
