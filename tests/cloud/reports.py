"""JSON reports of cloud scans, as tests ask about them."""

from __future__ import annotations

from typing import Any


def places(report: dict[str, Any], secret: bytes) -> set[str]:
    """Return where a secret was found, as `target path`, in its one finding; nothing when it was not."""
    findings = [finding for finding in report["findings"] if finding["secret"] == secret.decode()]
    assert len(findings) <= 1
    return {f"{at['target']} {at['path']}" for finding in findings for at in finding["locations"]}


def errors(report: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what could not be scanned: kind, and target with detail."""
    return [(fault["kind"], f"{fault['target']}: {fault['detail']}") for fault in report["errors"]]
