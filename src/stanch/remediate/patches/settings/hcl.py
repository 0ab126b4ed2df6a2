"""Terraform and Bicep: a variable takes the value's place, write-only or ephemeral where Terraform can do that.

https://developer.hashicorp.com/terraform/language/manage-sensitive-data
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import NamedTuple

from stanch.remediate.model import CannotPatch, Edit, Patch, Place, Reference
from stanch.remediate.patches import layout
from stanch.remediate.patches.references import app_setting, source
from stanch.remediate.patches.settings import notes

Files = Callable[[str], bytes | None]
_TOKEN = re.compile(
    rb"""(?xs) (?:\#|//)[^\n]* | /\*.*?\*/ | (?P<heredoc><<[-~]?(?P<tag>\w+)[ \t]*\r?\n.*?^[ \t]*(?P=tag)[ \t]*\r?$)
    | (?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*') | (?P<open>[{\[(]) | (?P<close>[}\])])""",
    re.MULTILINE,
)
_WRITE_ONLY = frozenset((
    ("aws_db_instance", "password"), ("aws_rds_cluster", "master_password"),
    ("aws_redshift_cluster", "master_password"),
    ("aws_secretsmanager_secret_version", "secret_string"), ("aws_ssm_parameter", "value"),
    ("azurerm_key_vault_secret", "value"), ("azurerm_mssql_server", "administrator_login_password"),
    ("azurerm_mysql_flexible_server", "administrator_password"),
    ("azurerm_postgresql_flexible_server", "administrator_password"),
))  # fmt: skip
"""Arguments that have a write-only twin, which ends in `_wo` and has a version beside it (Terraform 1.11)."""
_OTHERS = {"job": ("nomad", "NOMAD"), "source": ("packer", "PKR"), "build": ("packer", "PKR")}
"""Other tools by their files' outermost block, and how the environment's variables for theirs begin."""
_APPS = re.compile(
    r"azurerm_(?:linux_|windows_)?(?:function_app|web_app)(?:_slot|_flex_consumption)?|azurerm_app_service"
)


class Spot(NamedTuple):
    """Where a secret stands."""

    place: Place
    reference: Reference
    files: Files
    blocks: list[list[str]]
    """The words before each open brace around it."""
    opened: list[int]
    """Where those stand."""
    text: tuple[int, int] | None
    """The literal that it is in, with its quotes; None in a heredoc."""
    argument: str

    @property
    def whole(self) -> bool:
        """Is it all of its literal?"""
        return self.text == (self.place.start - 1, self.place.end + 1)

    @property
    def variable(self) -> str:
        """What the variable for it is called."""
        return self.reference.env.lower()

    def value(self, expression: str) -> Edit:
        """Return the edit that writes an expression for the secret: in the literal, or instead of it."""
        if self.whole and self.text:
            return Edit(self.place.path, *self.text, expression.encode())
        return Edit(self.place.path, self.place.start, self.place.end, b"${" + expression.encode() + b"}")

    def line(self) -> tuple[int, int]:
        """Return where the argument's line begins and ends. Raises CannotPatch where it is not a line of its own."""
        data = self.place.data
        start, end = layout.line_start(data, self.place.start), layout.line_end(data, self.place.end)
        alone = re.fullmatch(rb"\s*[\w\"'.-]+\s*=\s*", data[start : self.text[0]]) if self.text else None
        if not self.whole or not alone or not self.text or data[self.text[1] : end].partition(b"#")[0].strip():
            raise CannotPatch("it is a part of a larger value, which Terraform takes as a whole")
        return start, end


def _spot(place: Place, reference: Reference, files: Files) -> Spot:
    data = place.data
    stack: list[tuple[list[str], int]] = []
    text = None
    for token in _TOKEN.finditer(data):
        if token.start() >= place.end:
            break
        if token["open"]:
            before = data[layout.line_start(data, token.start()) : token.start()].decode()
            stack.append((re.findall(r"[\w.@/-]+", before), token.start()))
        elif token["close"] and stack:
            stack.pop()
        elif token.start() <= place.start and place.end <= token.end():
            if not (token["text"] or token["heredoc"]):
                raise CannotPatch("it stands in a comment")
            text = token.span() if token["text"] else None
            break
    else:
        raise CannotPatch("it is not the text of a value")
    before = data[layout.line_start(data, place.start) : text[0] if text else place.start].decode()
    named = re.findall(r"""([\w.-]+)["']?\s*[=:]\s*$""", before)
    return Spot(place, reference, files, [words for words, _ in stack], [at for _, at in stack], text,
                named[-1] if named else "")  # fmt: skip


def patch(place: Place, reference: Reference, files: Files) -> Patch:
    """Return the patch of a literal in HCL. Raises CannotPatch where none of the language's variables can stand."""
    line = place.data[layout.line_start(place.data, place.start) : place.start].lstrip()
    if line.startswith((b"#", b"//", b"*", b"/*")):
        return notes.patch(place, reference, files)
    spot = _spot(place, reference, files)
    if place.path.endswith((".tfvars", ".tfvars.json")):
        return _given(spot)
    first = spot.blocks[0] if spot.blocks and spot.blocks[0] else [""]
    if not place.path.endswith((".tf", ".tofu")) and first[0] not in _OTHERS:
        raise CannotPatch("only Terraform's, Packer's and Nomad's files are known to have variables for it")
    if first[0] == "variable":
        return _default(spot, first[1] if len(first) > 1 else spot.variable)
    if first[0] == "terraform":
        edit = Edit(place.path, *spot.line(), b"")
        left = f"Give the backend its {spot.argument} by its environment variable, or better, a role."
        return Patch((edit,), "Takes it out of the backend, which can hold no variable.", True, (left,))
    if first[0] == "provider":
        edits = [spot.value(f"var.{spot.variable}"), *_declared(spot, ephemeral=True)]
        note = f"Makes it the ephemeral variable {spot.variable}, which the state does not hold (Terraform 1.10)."
        return Patch(tuple(edits), note, True, (_provide(spot),))
    if first[0] == "resource" and len(first) > 1:
        return _resource(spot, first[1])
    return _variable(spot)


def _resource(spot: Spot, kind: str) -> Patch:
    reference = spot.reference
    if _APPS.fullmatch(kind) and reference.store == "keyvault" and ["app_settings"] in spot.blocks and spot.whole:
        left = f"Let the app's managed identity read {source(reference)} (role Key Vault Secrets User)."
        edit = spot.value(f'"{app_setting(reference)}"')
        return Patch((edit,), "Has App Service fill in the secret at run time.", True, (left,))
    if (kind, spot.argument) in _WRITE_ONLY and spot.whole and len(spot.blocks) == 1:
        return _write_only(spot)
    return _variable(spot)


def _write_only(spot: Spot) -> Patch:
    """Return the patch to an argument's write-only twin, which takes an ephemeral variable."""
    data, path = spot.place.data, spot.place.path
    start, end = spot.line()
    at = data.index(spot.argument.encode(), start) + len(spot.argument)
    newline = layout.newline(data)
    version = layout.margin(data, start) + spot.argument.encode() + b"_wo_version = 1" + newline
    edits = [
        Edit(path, at, at, b"_wo"),
        spot.value(f"var.{spot.variable}"),
        Edit(path, end, end, version if data[end - 1 : end] == b"\n" else newline + version),
        *_declared(spot, ephemeral=True),
    ]
    note = f"Makes it write-only, from the ephemeral variable {spot.variable}: no state holds it (Terraform 1.11)."
    return Patch(tuple(edits), note, True, (_provide(spot),))


def _variable(spot: Spot) -> Patch:
    edits = (spot.value(f"var.{spot.variable}"), *_declared(spot, ephemeral=False))
    tool = _OTHERS.get(spot.blocks[0][0] if spot.blocks and spot.blocks[0] else "")
    if tool and not spot.place.path.endswith((".tf", ".tofu")):
        left = f"Set {tool[1]}_VAR_{spot.variable} in the environment of {tool[0]} from {source(spot.reference)}."
        return Patch(edits, f"Makes it the variable {spot.variable} of {tool[0]}.", False, (left,))
    note = f"Makes it the variable {spot.variable}; the state, and what is deployed, still hold the value."
    return Patch(edits, note, False, (_provide(spot),))


def _provide(spot: Spot) -> str:
    return f"Set TF_VAR_{spot.variable} in the environment of terraform from {source(spot.reference)}."


def _declared(spot: Spot, *, ephemeral: bool) -> list[Edit]:
    """Return the edit that declares the variable at the end of the file, unless it is there or in the usual file."""
    data, path = spot.place.data, spot.place.path
    mark = re.compile(rb'variable\s+"' + spot.variable.encode() + rb'"')
    usual = spot.files(posixpath.join(posixpath.dirname(path), "variables.tf")) or b""
    if mark.search(data) or mark.search(usual):
        return []
    rows = [f'\nvariable "{spot.variable}" {{', "    type      = string"]
    if not (spot.blocks and spot.blocks[0][:1] == ["job"]):
        rows.append("    sensitive = true")
    text = "\n".join([*rows, *(["    ephemeral = true"] if ephemeral else []), "}", ""])
    before = b"" if data.endswith(b"\n") else layout.newline(data)
    return [Edit(path, len(data), len(data), before + layout.lines(text, data, b"  "))]


def _default(spot: Spot, name: str) -> Patch:
    """Return the patch that takes a variable's default away, and hides what it is given instead."""
    data, path = spot.place.data, spot.place.path
    start, end = spot.line()
    margin = layout.margin(data, start)
    hidden = re.search(rb"(?m)^\s*sensitive\s*=", data[spot.opened[0] : _closed(data, spot.opened[0])])
    text = b"" if hidden else margin + b"sensitive = true" + layout.newline(data)
    left = f"Set TF_VAR_{name} in the environment of terraform from {source(spot.reference)}."
    return Patch((Edit(path, start, end, text),), f"Takes the default of the variable {name} away.", False, (left,))


def _closed(data: bytes, opened: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(data, opened):
        depth += bool(token["open"]) - bool(token["close"])
        if not depth:
            return token.start()
    return len(data)


def _given(spot: Spot) -> Patch:
    """Return the patch that takes a variable's value away: Terraform reads one from the environment, too."""
    if spot.blocks:
        raise CannotPatch("it is a part of a variable's value, which the environment sets as a whole")
    name = spot.argument
    left = f"Set TF_VAR_{name} in the environment of terraform from {source(spot.reference)}."
    edit = Edit(spot.place.path, *spot.line(), b"")
    return Patch((edit,), f"Takes {name} out, which TF_VAR_{name} sets.", False, (left,))


_PARAMETER = re.compile(rb"(?m)^(?P<kind>param|var)\s+(?P<name>\w+)(?P<type>\s+\w+)?\s*=\s*")


def bicep(place: Place, reference: Reference, files: Files) -> Patch:
    """Return the patch of a literal in Bicep: an app setting's reference, or a secure parameter.

    https://learn.microsoft.com/azure/azure-resource-manager/bicep/parameters
    """
    data, path = place.data, place.path
    start = layout.line_start(data, place.start)
    if data[start : place.start].lstrip().startswith(b"//"):
        return notes.patch(place, reference, files)
    spot = _spot(place, reference, files)
    if spot.text is None:
        raise CannotPatch("it is a text of several lines")
    declared = _PARAMETER.match(data, start)
    if path.endswith(".bicepparam"):
        if not spot.whole:
            raise CannotPatch("it is a part of a parameter's value")
        left = f"Set {reference.env} where the deployment is made from {source(reference)}."
        edit = Edit(path, *spot.text, f"readEnvironmentVariable('{reference.env}')".encode())
        return Patch((edit,), f"Has the deployment read {reference.env}.", False, (left,))
    if declared and declared.end() == spot.text[0] and spot.whole:
        return _secured(spot, declared)
    in_settings = any("appSettings" in words for words in spot.blocks)
    if in_settings and spot.whole and reference.store == "keyvault":
        left = f"Let the app's managed identity read {source(reference)} (role Key Vault Secrets User)."
        return Patch((Edit(path, *spot.text, f"'{app_setting(reference)}'".encode()),),
                     "Has App Service fill in the secret at run time.", True, (left,))  # fmt: skip
    first, *others = reference.env.lower().split("_")
    name = first + "".join(part.title() for part in others)
    newline = layout.newline(data)
    top = len(layout.BOM) if data.startswith(layout.BOM) else 0
    target = re.search(rb"(?m)^targetScope[^\n]*\n", data)
    top = target.end() if target else top
    edits = [spot.value(name)]
    if not re.search(rb"(?m)^param " + name.encode() + rb"\b", data):
        edits.insert(0, Edit(path, top, top, b"@secure()" + newline + f"param {name} string".encode() + newline * 2))
    left = f"Give the parameter {name} at each deployment from {source(reference)}."
    return Patch(tuple(edits), f"Makes it the secure parameter {name}.", False, (left,))


def _secured(spot: Spot, declared: re.Match[bytes]) -> Patch:
    """Return the patch that takes a parameter's default away, or makes a variable one, and has it secure."""
    data, path, name = spot.place.data, spot.place.path, declared["name"].decode()
    assert spot.text is not None  # noqa: S101 - the caller looked
    kind = (declared["type"] or b" string").decode()
    text = f"param {name}{kind}".encode()
    above = data[: declared.start()].removeprefix(layout.BOM).rstrip().rpartition(b"\n")[2].strip()
    if declared["kind"] == b"var" or above != b"@secure()":
        text = b"@secure()" + layout.newline(data) + text
    left = f"Give the parameter {name} at each deployment from {source(spot.reference)}."
    edit = Edit(path, declared.start(), spot.text[1], text)
    return Patch((edit,), f"Makes {name} a secure parameter without a default.", False, (left,))
