"""What a language is asked for a secret's literal, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from stanch.remediate.model import CannotPatch, Edit, Place, Reference
from stanch.remediate.patches import layout
from stanch.remediate.patches.code.literals import Expression
from stanch.remediate.patches.references import AWS, VAULT_URL, Kind, pointer, vault

if TYPE_CHECKING:
    from tree_sitter import Node


class Source(NamedTuple):
    """A file of code with a secret in it."""

    place: Place
    reference: Reference
    root: Node
    language: str
    platform: str | None
    """Where it runs: a value of `runtimes.Runtime`, or None."""
    files: Callable[[str], bytes | None]

    @property
    def kind(self) -> Kind:
        """How it should come by the secret: what fills app settings and workflows does it for the environment."""
        store = self.reference.store
        if store in AWS or (store == "keyvault" and self.platform != "azure-functions"):
            return Kind.STORE
        return Kind.ENVIRONMENT

    def text(self, node: Node) -> bytes:
        """Return what a node is written as."""
        return self.place.data[node.start_byte : node.end_byte]

    def lines(self, text: str, unit: bytes = b"") -> bytes:
        """Return a text with the line ends and the indentation of the file."""
        return layout.lines(text, self.place.data, unit)

    def insert(self, at: int, text: bytes) -> Edit:
        """Return the edit that puts `text` before `data[at]`."""
        return Edit(self.place.path, at, at, text)

    def beside(self, name: str, text: str, mark: bytes) -> tuple[Edit, ...]:
        """Return the edit that makes a file beside this one; none when it is there and has `mark` in it.

        Raises CannotPatch when another file has that name.
        """
        path = self.place.path.rpartition("/")
        path_of = path[0] + path[1] + name
        there = self.files(path_of)
        if there is None:
            return (Edit(path_of, 0, 0, layout.lines(text, self.place.data, b"\t" if name.endswith(".go") else b"")),)
        if mark not in there:
            raise CannotPatch(f"{path_of} is there and is something else than what would be written to it")
        return ()


class Reading(NamedTuple):
    """What takes a secret's place in code."""

    expression: Expression
    kind: Kind
    note: str
    """What it reads, as the beginning of a sentence."""
    edits: tuple[Edit, ...] = ()
    """What else changes in the file, or beside it."""
    left: tuple[str, ...] = ()
    complete: bool = True
    cuts: bool = True
    """False when `edits` take the literal's place."""


def environment(text: bytes, reference: Reference, *, whole: bytes = b"", primary: bool = True) -> Reading:
    """Return the reading of an environment variable by the expression `text`."""
    return Reading(
        Expression(text, primary, whole), Kind.ENVIRONMENT, f"Reads the environment variable {reference.env}"
    )


def stored(
    text: bytes, reference: Reference, *edits: Edit, left: tuple[str, ...] = (), primary: bool = True
) -> Reading:
    """Return the reading of a store by the expression `text`."""
    told = _STORES[reference.store]
    note = f"Reads {told} at run time, once for each process, by the name that is in {named_by(reference)}"
    if reference.store == "keyvault":
        note = f"Reads the secret {reference.name} of the Key Vault at {VAULT_URL} at run time, once for each process"
        left = (f"Set {VAULT_URL} to {vault(reference)} in the environment of the program, and let its identity read"
                " that secret (role Key Vault Secrets User).", *left)  # fmt: skip
    return Reading(Expression(text, primary), Kind.STORE, note, edits, left)


def named_by(reference: Reference) -> str:
    """Return the variable that names what is read."""
    return pointer(reference) if reference.store in AWS else VAULT_URL


_STORES = {"ssm": "the SSM parameter", "secretsmanager": "the secret of AWS Secrets Manager", "keyvault": ""}
