"""CloudFormation, SAM: a dynamic reference where the service allows one, else a parameter that is not shown.

Either is filled in when the stack is deployed. AWS says that the value can then be read in a function's environment:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
"""

from __future__ import annotations

from json import dumps

from stanch.remediate.model import CannotPatch, Edit, Patch
from stanch.remediate.patches import handlers
from stanch.remediate.patches.documents import Mapping
from stanch.remediate.patches.references import AWS, resolved, source
from stanch.remediate.patches.spots import Spot, added

_SECURE = frozenset((
    ("AWS::DirectoryService::MicrosoftAD", "Password"),
    ("AWS::DirectoryService::SimpleAD", "Password"),
    ("AWS::ElastiCache::ReplicationGroup", "AuthToken"),
    ("AWS::IAM::User", "Password"),
    ("AWS::KinesisFirehose::DeliveryStream", "Password"),
    ("AWS::OpsWorks::App", "Password"),
    ("AWS::OpsWorks::Stack", "Password"),
    ("AWS::RDS::DBCluster", "MasterUserPassword"),
    ("AWS::RDS::DBInstance", "MasterUserPassword"),
    ("AWS::Redshift::Cluster", "MasterUserPassword"),
))  # fmt: skip
"""The properties that `ssm-secure` is allowed in, none of which the service shows afterwards.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm-secure-strings.html
"""


def is_template(root: object) -> bool:
    """Is a document a template?"""
    if not isinstance(root, Mapping):
        return False
    if root.get("AWSTemplateFormatVersion") is not None or "AWS::" in root.text("Transform"):
        return True
    resources = root.get("Resources")
    return isinstance(resources, Mapping) and any(
        isinstance(one, Mapping) and one.text("Type").startswith("AWS::") for _, one in resources.entries
    )


def patch(spot: Spot) -> Patch:
    """Return the patch of a value in a template. Raises CannotPatch where nothing is filled in."""
    keys = spot.keys
    if "Metadata" in keys or "ZipFile" in keys:
        raise CannotPatch("CloudFormation fills in nothing here, and shows it to everybody who may see the stack")
    if keys[0] == "Parameters" and keys[-1] == "Default":
        return _default(spot)
    if keys[0] not in ("Resources", "Globals"):
        raise CannotPatch(f"CloudFormation fills in nothing in {spot.path}")
    in_function = "Variables" in keys
    if in_function and spot.whole and spot.reference.store in AWS:
        found = handlers.patch(spot)
        if found is not None:
            return found
    if _kind(spot) in _SECURE and spot.whole and spot.reference.store == "ssm":
        text = f"{{{{resolve:ssm-secure:{spot.reference.name}:1}}}}"
        left = "Write the version that the parameter has, if that is not the first."
        return spot.patch(
            spot.put(text), f"Has CloudFormation fill in {source(spot.reference)}, which nothing shows.", left
        )
    if spot.reference.store == "secretsmanager" and not spot.scalar.tag:
        secret = _kind(spot) in _SECURE
        note = (
            f"Has CloudFormation fill in {source(spot.reference)}{'' if secret else ', which the console then shows'}."
        )
        return spot.patch(spot.put(resolved(spot.reference)), note, complete=secret)
    return _parameter(spot)


def _kind(spot: Spot) -> tuple[str, str]:
    """Return the type of the resource, and the property."""
    root, keys = spot.root, spot.keys
    kind = root.text("Resources", keys[1], "Type") if isinstance(root, Mapping) and len(keys) > 1 else ""
    return kind, keys[-1]


def _default(spot: Spot) -> Patch:
    """Return the patch that takes a parameter's default away, and hides what it is given instead."""
    edits, name = spot.removed(), spot.keys[1]
    around = spot.around
    if isinstance(around, Mapping) and around.get("NoEcho") is None:
        text = '"NoEcho": true' if spot.is_json else "NoEcho: true"
        edits += added(spot.place.path, spot.place.data, around, [text], is_json=spot.is_json)
    left = f"Give the parameter {name} at each deployment from {source(spot.reference)}."
    return spot.patch(_merged(edits), f"Takes the default of the parameter {name} away.", left, complete=False)


def _merged(edits: list[Edit]) -> list[Edit]:
    """Return the edits with one that inserts at the end of a removal made part of it."""
    first, *others = edits
    for other in list(others):
        if first.start <= other.start <= first.end:
            first = first._replace(text=first.text + other.text)
            others.remove(other)
    return [first, *others]


def _parameter(spot: Spot) -> Patch:
    """Return the patch that makes the value a parameter that the stack does not show."""
    name = "".join(part.title() for part in spot.reference.env.split("_"))
    data, path, root = spot.place.data, spot.place.path, spot.root
    if spot.scalar.tag and spot.scalar.tag != "!Sub":
        raise CannotPatch(f"it is an argument of {spot.scalar.tag}")
    if not isinstance(root, Mapping):
        raise CannotPatch("the template is no mapping")
    edits = _referred(spot, name)
    parameters = root.get("Parameters")
    if spot.is_json:
        rows = [f'{dumps(name)}: {{"Type": "String", "NoEcho": true}}']
    else:
        rows = [f"{name}:", "    Type: String", "    NoEcho: true"]
    if not isinstance(parameters, Mapping):
        rows = [f'"Parameters": {{{rows[0]}}}'] if spot.is_json else ["Parameters:", *("    " + row for row in rows)]
        edits += added(path, data, root, rows, is_json=spot.is_json)
    elif parameters.get(name) is None:
        edits += added(path, data, parameters, rows, is_json=spot.is_json)
    left = f"Give the parameter {name} at each deployment from {source(spot.reference)}."
    return spot.patch(
        edits, f"Makes it the parameter {name}; what is deployed still holds the value.", left, complete=False
    )


def _referred(spot: Spot, name: str) -> list[Edit]:
    if spot.whole:
        return spot.replace(f'{{"Ref": "{name}"}}' if spot.is_json else f"!Ref {name}")
    if "${" in spot.scalar.value and spot.scalar.tag != "!Sub" and not _is_substituted(spot):
        raise CannotPatch("the value holds what Fn::Sub would fill in")
    edits = spot.put("${" + name + "}")
    if spot.scalar.tag == "!Sub" or _is_substituted(spot):
        return edits
    if spot.is_json:
        return [spot.insert(spot.scalar.start, b'{"Fn::Sub": '), *edits, spot.insert(spot.scalar.end, b"}")]
    return [spot.insert(spot.scalar.start, b"!Sub "), *edits]


def _is_substituted(spot: Spot) -> bool:
    return spot.keys[-1] == "Fn::Sub"
