"""Kubernetes: a variable comes from a Secret, and External Secrets Operator makes that from the store.

https://external-secrets.io/latest/api/externalsecret/
"""

from __future__ import annotations

import re

from stanch.remediate.model import CannotPatch, Edit, Patch
from stanch.remediate.patches import documents, layout
from stanch.remediate.patches.documents import Mapping, Sequence
from stanch.remediate.patches.references import source
from stanch.remediate.patches.spots import Spot


def is_manifest(root: object) -> bool:
    """Is a document one of Kubernetes?"""
    return isinstance(root, Mapping) and bool(root.text("apiVersion")) and bool(root.text("kind"))


def patch(spot: Spot) -> Patch:
    """Return the patch of a value in a manifest. Raises CannotPatch where no Secret can be named."""
    manifest = next(
        (at for at, _ in reversed(spot.steps) if isinstance(at, Mapping) and at.get("kind") and at.get("apiVersion")),
        None,
    )
    kind = manifest.text("kind") if manifest else ""
    if kind == "Secret" and manifest:
        return _secret(spot, manifest)
    if kind == "ConfigMap" and manifest:
        return _configured(spot, manifest)
    container = next((at for at, _ in reversed(spot.steps) if isinstance(at, Mapping) and at.get("image")), None)
    if container is None or manifest is None:
        raise CannotPatch(f"Kubernetes fills in nothing in {spot.path}")
    of = _name(manifest.text("metadata", "name") or container.text("name") or "app")
    if spot.keys[-1] == "value" and spot.beside("name") and spot.whole:
        return _variable(spot, of)
    return _part(spot, container, of)


def _name(text: str) -> str:
    return re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-") or "app"


def _variable(spot: Spot, of: str) -> Patch:
    """Return the patch that has `value:` come from a Secret."""
    key = next(name for name, value in _entries(spot) if value == spot.scalar)
    name = spot.beside("name")
    edit = Edit(spot.place.path, key.start, spot.end, _from(spot, of, name, key.start))
    note = f"Has {name} come from the Secret {of}."
    return spot.patch([edit], note, _made(spot, of, name))


def _entries(spot: Spot) -> tuple[tuple[documents.Scalar, documents.Node], ...]:
    return spot.around.entries if isinstance(spot.around, Mapping) else ()


def _from(spot: Spot, of: str, key: str, position: int) -> bytes:
    """Return `valueFrom`, as a mapping that begins at `position` writes it."""
    data = spot.place.data
    if spot.around.flow:
        return f"valueFrom: {{secretKeyRef: {{name: {of}, key: {key}}}}}".encode()
    margin = b" " * (position - layout.line_start(data, position))
    unit, newline = layout.indentation(data, b"  "), layout.newline(data)
    rows = (
        b"valueFrom:",
        unit + b"secretKeyRef:",
        unit * 2 + b"name: " + of.encode(),
        unit * 2 + b"key: " + key.encode(),
    )
    return (newline + margin).join(rows)


def _part(spot: Spot, container: Mapping, of: str) -> Patch:
    """Return the patch of a part of a variable or an argument: Kubernetes fills in `$(NAME)` of a variable before it.

    https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
    """
    env = container.get("env")
    name = spot.reference.env
    where = spot.keys[spot.keys.index("containers") + 2] if "containers" in spot.keys else spot.keys[-1]
    if where not in ("env", "args", "command"):
        raise CannotPatch(f"Kubernetes fills in nothing in {spot.path}")
    if not isinstance(env, Sequence) or env.flow or not env.items or isinstance(env.items[0], Sequence):
        raise CannotPatch("the container has no list of variables that one could be added to")
    data, first = spot.place.data, env.items[0].start
    edits = spot.put(f"$({name})")
    known = any(isinstance(one, Mapping) and one.text("name") == name for one in env.items)
    if not known:
        at = layout.line_start(data, first)
        margin, newline = layout.margin(data, first), layout.newline(data)
        text = f"{{name: {name}, valueFrom: {{secretKeyRef: {{name: {of}, key: {name}}}}}}}"
        edits.append(spot.insert(at, margin + b"- " + text.encode() + newline))
    note = f"Fills in {name}, which comes from the Secret {of}."
    return spot.patch(edits, note, _made(spot, of, name))


def _secret(spot: Spot, manifest: Mapping) -> Patch:
    """Return the patch that takes an entry out of a Secret, for an operator to make."""
    if manifest.text("type") == "kubernetes.io/dockerconfigjson" or not spot.whole:
        raise CannotPatch("the entry holds more than the secret: make all of the Secret from the store")
    of, key = manifest.text("metadata", "name") or "app", spot.keys[-1]
    note = f"Takes {key} out of the Secret, for External Secrets Operator to put there."
    return spot.patch(spot.removed(), note, _made(spot, of, key))


def _configured(spot: Spot, manifest: Mapping) -> Patch:
    """Return the patch of a ConfigMap, which can name no Secret: its entry moves to one of the same name."""
    of, key = manifest.text("metadata", "name") or "app", spot.keys[-1]
    if not spot.whole:
        raise CannotPatch("a ConfigMap cannot name a Secret: move all of the entry to one")
    left = f"Name the Secret {of} wherever the ConfigMap {of} is named, in a secretRef."
    return spot.patch(spot.removed(), f"Takes {key} out of the ConfigMap.", left, _made(spot, of, key))


def _made(spot: Spot, of: str, key: str) -> str:
    """Return the sentence that says what makes the Secret."""
    return (
        f"Make the Secret's key {key} from {source(spot.reference)}, with a SecretStore of the name that yours has:"
        f" {{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {{name: {of}}},"
        f" spec: {{refreshInterval: 1h, secretStoreRef: {{name: store, kind: SecretStore}},"
        f" target: {{name: {of}, creationPolicy: Merge}},"
        f" data: [{{secretKey: {key}, remoteRef: {{key: {spot.reference.name}}}}}]}}}}."
    )
