"""Files of other tools, read as they are: a team that moves keeps what it has said already.

`gitleaks` reads a configuration, `fingerprints` what was accepted of its findings, `detect_secrets` a baseline.
"""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from stanch.acceptance import Acceptance
from stanch.config import content, shown

if TYPE_CHECKING:
    from stanch.compat.gitleaks import Imported
    from stanch.rules import Rule

CONFIGURATIONS = (".gitleaks.toml", "gitleaks.toml")
IGNORE = ".gitleaksignore"


def sniff(path: Path, data: bytes) -> Acceptance | None:
    """Return what a baseline of another tool accepts; None when `data` is none that is known here.

    Raises UsageError for one that is broken.
    """
    import json  # the cache of a hook is none

    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    from stanch.compat import detect_secrets, fingerprints
    from stanch.compat.kinds import Kinds

    if fingerprints.is_report(document):
        return fingerprints.report(document, shown(path), Kinds(()))
    return detect_secrets.baseline(document, shown(path)) if detect_secrets.is_baseline(document) else None


def is_gitleaks(path: Path) -> bool:
    """Is this the name of a configuration of gitleaks?"""
    return path.suffix == ".toml" and "gitleaks" in path.name


def configuration(path: Path, known: Mapping[str, Rule]) -> Imported:
    """Read a configuration of gitleaks. Raises UsageError, naming the place, for one that is broken."""
    from stanch.compat import gitleaks

    return gitleaks.read(content(path), shown(path), path.parent, known)


def from_environment(environment: Mapping[str, str], known: Mapping[str, Rule]) -> Imported | None:
    """Return the configuration that `GITLEAKS_CONFIG` names or `GITLEAKS_CONFIG_TOML` holds, in this order."""
    if path := environment.get("GITLEAKS_CONFIG"):
        return configuration(Path(path), known)
    if held := environment.get("GITLEAKS_CONFIG_TOML"):
        from stanch.compat import gitleaks

        return gitleaks.read(held.encode("utf-8", "surrogateescape"), "GITLEAKS_CONFIG_TOML", Path(), known)
    return None


def at_root(root: Path, known: Mapping[str, Rule]) -> Imported | None:
    """Return the configuration that stands at a root; None when there is none."""
    for name in CONFIGURATIONS:
        if os.path.lexists(root / name):
            return configuration(root / name, known)
    return None


def ignored(root: Path, imported: Imported | None, known: Container[str]) -> tuple[list[Acceptance], list[str]]:
    """Return what `.gitleaksignore` at a root accepts, and what of it cannot be read."""
    if not os.path.lexists(root / IGNORE):
        return [], []
    from stanch.compat import fingerprints
    from stanch.compat.kinds import Kinds

    kinds = imported.kinds if imported else Kinds(known)
    accepted, warnings = fingerprints.ignore_file(content(root / IGNORE), shown(root / IGNORE), kinds)
    return [accepted], warnings
