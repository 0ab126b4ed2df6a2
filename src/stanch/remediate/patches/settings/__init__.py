"""Patches of settings, by their format and by what reads them: the value becomes a reference that is filled in."""

from __future__ import annotations

import re
from collections.abc import Callable

from stanch.readers.credentials.files import kind as files_kind
from stanch.remediate.model import CannotPatch, Patch, Place, Reference
from stanch.remediate.patches.settings import (
    dockerfile,
    dotenv,
    fillings,
    hcl,
    json,
    notes,
    properties,
    shell,
    xml,
    yaml,
)

Files = Callable[[str], bytes | None]
Patcher = Callable[[Place, Reference, Files], Patch]

_TEXT = re.compile(r"(?i).*\.(?:txt|log|rst|adoc|asciidoc|org|tex|out|diff|patch|eml|csv|tsv)|[A-Z]+")
"""Names of files that only people read."""
FORMATS: dict[str, Patcher] = {
    "yaml": yaml.patch,
    "json": json.patch,
    "toml": properties.patch,
    "hcl": hcl.patch,
    "bicep": hcl.bicep,
    "dotenv": dotenv.patch,
    "properties": properties.patch,
    "ini": properties.patch,
    "xml": xml.patch,
    "dockerfile": dockerfile.patch,
    "commands": shell.patch,
    "powershell": shell.powershell,
    "batch": shell.batch,
    "makefile": shell.makefile,
    "pipelines": shell.pipeline,
    "directives": properties.patch,
    "expect": shell.expect,
    "listings": shell.patch,
    "statements": properties.patch,
    "http-requests": properties.patch,
    "markdown": notes.patch,
    "csv": notes.patch,
}


def patch(place: Place, reference: Reference, format: str, files: Files) -> Patch:
    """Return the patch of a literal in settings. Raises CannotPatch with the reason where there is none."""
    fillings.refuse(place.path)
    name = place.path.rpartition("/")[2]
    if name in (".npmrc", ".yarnrc.yml", "nuget.config"):
        return properties.patch(place, reference, files)
    if fillings.is_own(place.path):
        return notes.template(place, reference)
    known = FORMATS.get(format)
    if known is None and files_kind(place.path):
        return notes.template(place, reference)
    if known is None and _TEXT.fullmatch(name):
        return notes.patch(place, reference, files)
    if known is None:
        raise CannotPatch(f"no reference is known that can stand in this kind of file ({format or 'text'})")
    return known(place, reference, files)
