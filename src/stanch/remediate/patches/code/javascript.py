"""JavaScript and TypeScript: `process.env.X`, or an awaited getter inside an async function.

A module's top level cannot wait for a store. What is declared there becomes a function where all that use it can wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stanch.readers.code.nodes import kinds
from stanch.remediate.model import CannotPatch, Edit
from stanch.remediate.patches.code import lazily
from stanch.remediate.patches.code.literals import Expression, Writing, fallback
from stanch.remediate.patches.code.reading import Reading, Source, environment, named_by, stored
from stanch.remediate.patches.references import Kind, provide

if TYPE_CHECKING:
    from tree_sitter import Node

_GETTERS = {
    "ssm": (
        "fetchParameter",
        "@aws-sdk/client-ssm",
        "GetParameterCommand, SSMClient",
        (
            "const question = new GetParameterCommand({ Name: name, WithDecryption: true });",
            "const answer = await new SSMClient({}).send(question);",
        ),
        "answer.Parameter.Value",
    ),
    "secretsmanager": (
        "fetchSecret",
        "@aws-sdk/client-secrets-manager",
        "GetSecretValueCommand, SecretsManagerClient",
        (
            "const question = new GetSecretValueCommand({ SecretId: name });",
            "const answer = await new SecretsManagerClient({}).send(question);",
        ),
        "answer.SecretString",
    ),
    "keyvault": (
        "fetchVaultSecret",
        "@azure/keyvault-secrets",
        "SecretClient",
        (
            "const { DefaultAzureCredential } = @azure/identity@;",
            "const client = new SecretClient(process.env.KEY_VAULT_URL, new DefaultAzureCredential());",
            "const answer = await client.getSecret(name);",
        ),
        "answer.value",
    ),
}
"""By store: the getter's name, its package and what is taken from that, how it asks, and where the answer is.

AWS SDK for JavaScript v3, which Lambda's Node.js runtimes hold; `@azure/keyvault-secrets` 4.
"""
_NO_VALUES = {
    "import_statement": "it names what is imported, which must be a literal",
    "export_statement": "",
    "literal_type": "it is a type, which no expression can be",
    "enum_assignment": "it is an enum's member, which must be a constant",
    "enum_body": "it is an enum's member, which must be a constant",
}
_STATEMENTS = kinds("program statement_block class_body object arguments array variable_declarator")


def _delimiters(data: bytes, node: Node) -> tuple[bytes, bytes]:
    quote = data[node.start_byte : node.start_byte + 1]
    return quote, quote


def _filled(opening: bytes, text: bytes) -> bytes | None:
    return b"${" + text + b"}" if opening == b"`" else None


_WRITING = Writing(kinds("string template_string"), _delimiters, filled=_filled)


class Ecma:
    """One of the two languages."""

    WRITING = _WRITING

    def __init__(self, *, typed: bool) -> None:
        self._typed = typed

    def reading(self, at: Source, literal: Node) -> Reading:
        """Return what takes the secret's place; where nothing can wait for a store it is the environment."""
        _refuse(literal)
        if at.kind == Kind.ENVIRONMENT:
            return self._environment(at, literal)
        if lazily.waits(literal):
            return self.asking(at, literal)
        declared = lazily.declaration(at, literal)
        if declared is not None:
            found = self.asking(at, literal)
            return found._replace(edits=(*found.edits, *declared))
        found = self._environment(at, literal)
        return found._replace(
            note=f"{found.note}: nothing here can wait for {at.reference.name}",
            complete=False,
            left=(
                provide(at.reference, "the environment of the function"),
                f"To keep it out of the function's configuration, await it inside an async handler, by the name in"
                f" {named_by(at.reference)}.",
                *found.left,
            ),
        )

    def _environment(self, at: Source, literal: Node) -> Reading:
        name = at.reference.env.encode()
        read = b"process.env." + name
        found = environment(read, at.reference, whole=read + b"!" if self._typed else read)
        if (
            literal.type == "template_string"
            and literal.parent is not None
            and literal.parent.type == "call_expression"
        ):
            raise CannotPatch("it is the template of a tag, which may want it as a constant")
        reads = (read, b"process.env['" + name + b"']", b'process.env["' + name + b'"]')
        default = fallback(at.place, literal, _WRITING, reads)
        if default:
            return found._replace(edits=(default,), cuts=False)
        if literal.parent is not None and literal.parent.type == "jsx_attribute":
            found = found._replace(left=("Have a server ask for it instead, where this runs in a browser.",))
        return found._replace(expression=_in_markup(found.expression, literal))

    def asking(self, at: Source, literal: Node) -> Reading:
        """Return the awaited call of a getter, with the getter itself where it is not there."""
        reference = at.reference
        called, package, taken, ask, answer = _GETTERS[reference.store]
        module = _is_module(at)
        wanted = f"process.env.{named_by(reference)}" if reference.store != "keyvault" else f"'{reference.name}'"
        getter, edits = self._getter(at, called, _body(package, taken, ask, answer, module=module, typed=self._typed))
        wanted += "!" if self._typed and reference.store != "keyvault" else ""
        left = (
            ()
            if reference.store != "keyvault"
            else ("Add @azure/keyvault-secrets and @azure/identity to package.json.",)
        )
        found = stored(f"await {getter}({wanted})".encode(), reference, *edits, left=left, primary=False)
        return found._replace(expression=_in_markup(found.expression, literal))

    def _getter(self, at: Source, called: str, body: str) -> tuple[str, tuple[Edit, ...]]:
        """Return the getter's name, and the edit that puts it into the file unless it is there already."""
        values = f"{called}Values"
        typed = self._typed
        text = (
            f"const {values} = new Map{'<string, string>' if typed else ''}();\n\n"
            f"async function {called}({'name: string): Promise<string>' if typed else 'name)'} {{\n"
            f"    if (!{values}.has(name)) {{\n{body}"
            f"        {values}.set(name, value);\n    }}\n    return {values}.get(name){'!' if typed else ''};\n}}\n"
        )
        getter = at.lines(text)
        if getter in at.place.data:
            return called, ()
        if called.encode() in at.place.data:
            raise CannotPatch(f"{called} is the name of something else in this file")
        position, before = _top(at)
        newline = at.lines("\n")
        followed = at.place.data[position:].startswith((b"\n", b"\r\n"))
        edit = (newline if before else b"") + getter + (b"" if followed else newline)
        return called, (at.insert(position, edit),)


def _body(package: str, taken: str, ask: tuple[str, ...], answer: str, *, module: bool, typed: bool) -> str:
    def loaded(name: str) -> str:
        return f"await import('{name}')" if module else f"require('{name}')"

    mark = "!" if typed else ""
    if typed:
        ask = tuple(line.replace("process.env.KEY_VAULT_URL", "process.env.KEY_VAULT_URL!") for line in ask)
        answer = answer.replace("Parameter.", "Parameter!.")
    lines = [f"const {{ {taken} }} = {loaded(package)};"]
    lines += [line.replace("@azure/identity@", loaded("@azure/identity")) for line in ask]
    lines.append(f"const value = {answer}{mark};")
    return "".join(f"        {line}\n" for line in lines)


def _is_module(at: Source) -> bool:
    """Is it an ECMAScript module, which has no `require`? TypeScript is written as one."""
    if at.language != "javascript" or at.place.path.endswith(".mjs"):
        return True
    return any(node.type in ("import_statement", "export_statement") for node in at.root.named_children)


def _top(at: Source) -> tuple[int, bool]:
    """Return where a function goes: behind what is imported first, else before the first statement.

    The second value is True where something stands before it.
    """
    data, last, first = at.place.data, None, None
    for node in at.root.named_children:
        if node.type in ("comment", "hash_bang_line"):
            continue
        text = at.text(node)
        directive = node.type == "expression_statement" and text[:1] in b"'\""
        if not (directive or node.type == "import_statement" or (b"require(" in text and b"=>" not in text)):
            first = node
            break
        last = node
    if last is not None:
        end = data.find(b"\n", last.end_byte)
        return (end + 1, True) if end >= 0 else (last.end_byte, True)
    assert first is not None  # noqa: S101 - the literal itself stands in a statement
    above = first.prev_named_sibling
    while above is not None and above.type == "comment" and first.start_point[0] - above.end_point[0] <= 1:
        first, above = above, above.prev_named_sibling
    return first.start_byte, False


def _in_markup(expression: Expression, literal: Node) -> Expression:
    """Return the expression as an attribute of an element takes it."""
    if literal.parent is None or literal.parent.type != "jsx_attribute":
        return expression
    text = expression.whole or expression.text
    return expression._replace(whole=b"{" + text + b"}", primary=True)


def _refuse(literal: Node) -> None:
    node: Node | None = literal
    while node is not None and node.type not in _STATEMENTS:
        parent = node.parent
        if parent is not None and parent.type == "pair" and parent.child_by_field_name("key") == node:
            raise CannotPatch("it is the name of a property, not its value")
        reason = _NO_VALUES.get(node.type)
        if reason:
            raise CannotPatch(reason)
        if node.type == "as_expression" and node.child_count and "const" in (node.children[-1].type or ""):
            raise CannotPatch("it is declared to be exactly this text, with `as const`")
        node = parent


JAVASCRIPT = Ecma(typed=False)
TYPESCRIPT = Ecma(typed=True)
