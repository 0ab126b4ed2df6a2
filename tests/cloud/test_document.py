"""docs/cloud.md names every permission that the code asks for."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "cloud.md").read_text()


def test_the_policies_allow_what_is_asked_for_and_no_more() -> None:
    """Each action that is in the code is in a policy or role of the document, and the other way round."""
    code = "".join(path.read_text() for path in (ROOT / "src" / "stanch" / "cloud").glob("*.py"))
    asked = set(re.findall(r"\"((?:lambda|ec2|ssm|kms):[A-Z]\w+|Microsoft\.Web/[\w/]+)\"", code))
    asked |= {f"lambda:{action}" for action in re.findall(r'"((?:List)[A-Z]\w+)", "list_', code)}
    documents = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)]
    allowed: set[str] = set()
    for document in documents:
        for statement in document.get("Statement", [{"Action": document.get("Actions")}]):
            actions = statement["Action"]
            allowed |= {actions} if isinstance(actions, str) else set(actions)
    assert allowed == asked
