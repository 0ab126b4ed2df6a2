"""Every credential planted in the corpus: nearly all get a patch, each of the others a reason."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

import expected
import patched
from patched import LEAST
from render import HERE, render, templates
from stanch.remediate.model import CannotPatch
from stanch.remediate.patches import checks, patch
from strategies import ruleset

from .projects import place, reference


def test_nearly_all_planted_credentials_get_a_patch() -> None:
    """Nine of ten at least; a patch takes its secret out, and who gets none is told why in a sentence."""
    patched, reasons = 0, []
    for folder in ("settings", "samples", "demo"):
        for path, template in templates(HERE / folder).items():
            data, labels = render(template, Random(path), ruleset())
            for label in labels:
                if label.kind != "secret":
                    continue
                here = place(path, data, label.start, label.end)
                store = "keyvault" if here.runtime == "azure-functions" or "azure" in path else "ssm"
                try:
                    made = patch(here, reference("SOME_SECRET", store), root_files={path: data}.get)
                except CannotPatch as error:
                    reasons.append(str(error))
                    continue
                after = checks.edited(data, [edit for edit in made.edits if edit.path == path])
                secret = data[label.start : label.end]
                assert after.count(secret) < data.count(secret)
                patched += 1
    assert all(len(reason.split()) > 4 for reason in reasons)
    assert patched / (patched + len(reasons)) >= LEAST


@pytest.mark.slow
@pytest.mark.parametrize("store", [None, "secretsmanager"])
def test_a_tree_of_findings_is_patched_and_clean(store: str | None, tmp_path: Path) -> None:
    """Of what a scan finds in the samples nine of ten get a patch; patched, they can be read, and are clean but for
    what the plan says."""
    expected.write(tmp_path / "tree", 4)
    found = patched.outcome(tmp_path / "tree", tmp_path / "patched", store)
    assert found.share >= LEAST
    assert found.files > 100
    assert (found.unread, found.unclean) == ([], [])
