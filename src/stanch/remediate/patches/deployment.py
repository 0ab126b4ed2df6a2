"""Where code is deployed from: the template or the settings beside it that declare its function, and what they need."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from json import dumps
from typing import NamedTuple

from stanch.remediate.model import CannotPatch, Edit, Place, Reference
from stanch.remediate.patches import documents
from stanch.remediate.patches.documents import Mapping, Node
from stanch.remediate.patches.references import (
    AWS,
    Kind,
    app_setting,
    pointer,
    resolved,
    set_app_setting,
    set_pointer,
)
from stanch.remediate.patches.spots import added, quoted
from stanch.runtimes import Runtime

Files = Callable[[str], bytes | None]
_TEMPLATES = ("template.yaml", "template.yml", "serverless.yml", "serverless.yaml", "template.json")
_FUNCTIONS = ("AWS::Serverless::Function", "AWS::Lambda::Function")
_DEEPEST = 8


class Setting(NamedTuple):
    """What is added beside the code so that it finds its setting."""

    edits: tuple[Edit, ...] = ()
    note: str = ""
    """What follows the sentence on the code."""
    left: tuple[str, ...] = ()
    complete: bool = True


def platform(place: Place, files: Files) -> str | None:
    """Return where code runs: what is known of it, else what stands beside it says."""
    if place.runtime:
        return place.runtime
    for folder in _folders(place.path):
        if files(posixpath.join(folder, "host.json")) is not None:
            return Runtime.AZURE_FUNCTIONS
        if any(_template(files, posixpath.join(folder, name)) is not None for name in _TEMPLATES):
            return Runtime.AWS_LAMBDA
    return None


def settings(place: Place, reference: Reference, files: Files, kind: Kind, where: str | None) -> Setting:
    """Return what makes the setting that patched code reads, and what is left of it."""
    if reference.store in AWS:
        return _function(place, reference, files, kind, where)
    if reference.store == "keyvault" and kind == Kind.ENVIRONMENT:
        return _local(place, reference, files)
    if kind == Kind.ENVIRONMENT:
        where_set = "the workflow's env, as ${{ secrets." + reference.env + " }}"
        of = where_set if reference.store == "github-actions" else "the environment of the program"
        return Setting(left=(f"Set {reference.env} in {of}.",))
    return Setting()


def _folders(path: str) -> Iterator[str]:
    """Yield the folder of a file and those around it, the innermost first."""
    folder = posixpath.dirname(path)
    for _ in range(_DEEPEST):
        yield folder
        if not folder:
            return
        folder = posixpath.dirname(folder)


def _local(place: Place, reference: Reference, files: Files) -> Setting:
    """Return the setting of an Azure function: in `local.settings.json` for this machine, the other is left to say."""
    left = (set_app_setting(reference),)
    for folder in _folders(place.path):
        path = posixpath.join(folder, "local.settings.json")
        data = files(path)
        if data is None:
            continue
        root = documents.json(data)[:1]
        values = root[0].get("Values") if root and isinstance(root[0], Mapping) else None
        if not isinstance(values, Mapping) or values.get(reference.env) is not None:
            break
        row = f"{dumps(reference.env)}: {dumps(app_setting(reference))}"
        return Setting(tuple(added(path, data, values, [row], is_json=True)), f", which {path} sets", left)
    return Setting(left=left)


def _template(files: Files, path: str) -> tuple[bytes, Mapping] | None:
    """Return a template and its document; None where there is none, or none that can be read."""
    data = files(path)
    if data is None:
        return None
    try:
        roots = documents.json(data) if path.endswith(".json") else documents.yaml(data)
    except CannotPatch:
        return None  # its reason is told where the setting cannot be made
    root = roots[0] if roots else None
    if not isinstance(root, Mapping):
        return None
    return (data, root) if root.get("Resources") or root.get("provider") else None


def _function(place: Place, reference: Reference, files: Files, kind: Kind, where: str | None) -> Setting:
    """Return the variable of a Lambda function: the secret's name, or where code cannot wait for that, the secret."""
    name, value = reference.env, resolved(reference)
    if kind == Kind.STORE:
        name, value = pointer(reference), reference.name
    for folder in _folders(place.path):
        for file in _TEMPLATES:
            path = posixpath.join(folder, file)
            known = _template(files, path)
            if known is None:
                continue
            data, root = known
            is_serverless = root.get("Resources") is None
            if kind == Kind.ENVIRONMENT and is_serverless:
                value = "${ssm:" + ("/aws/reference/secretsmanager/" if reference.store != "ssm" else "")
                value += reference.name + "}"
            elif kind == Kind.ENVIRONMENT and reference.store == "ssm":
                return Setting()  # CloudFormation refuses `ssm-secure` in a function's environment
            found = _declared(root, posixpath.relpath(place.path, folder or "."))
            if found is None:
                continue
            edits = _variable(path, data, found, name, value, is_serverless=is_serverless)
            of = "that variable" if kind == Kind.STORE else "it"
            note = f"; {path} sets {of}" if edits else ""
            return Setting(tuple(edits), note, grant(reference), kind == Kind.STORE)
    if kind == Kind.ENVIRONMENT:
        return Setting()
    left = (
        set_pointer(reference) if where == Runtime.AWS_LAMBDA else set_pointer(reference).replace("function", "program")
    )
    return Setting(left=(left, *grant(reference)))


def grant(reference: Reference) -> tuple[str, ...]:
    """Return the sentence on the one permission that a function needs."""
    action = "ssm:GetParameter" if reference.store == "ssm" else "secretsmanager:GetSecretValue"
    return (f"Let the function's role do {action} on {reference.name} alone.",)


def _declared(root: Mapping, path: str) -> Mapping | None:
    """Return the function of a template whose handler is the file at `path`, from the template's folder."""
    stem = path.rpartition(".")[0]
    functions = root.get("functions")
    for _, one in functions.entries if isinstance(functions, Mapping) else ():
        if isinstance(one, Mapping) and handler(one.text("handler")) == stem:
            return one
    resources = root.get("Resources")
    for _, one in resources.entries if isinstance(resources, Mapping) else ():
        if not isinstance(one, Mapping) or one.text("Type") not in _FUNCTIONS:
            continue
        properties = one.get("Properties")
        if not isinstance(properties, Mapping):
            continue
        folder = properties.text("CodeUri") or properties.text("Code") or "."
        named = properties.text("Handler") or root.text("Globals", "Function", "Handler")
        if posixpath.normpath(posixpath.join(folder, handler(named))) == stem:
            return properties
    return None


def handler(named: str) -> str:
    """Return the file, without what follows its dot, that a handler's name stands for: `src/app.lambda_handler`."""
    return posixpath.normpath(named.rpartition(".")[0] or named).removeprefix("./")


def _variable(path: str, data: bytes, function: Mapping, name: str, value: str, *, is_serverless: bool) -> list[Edit]:
    """Return the edits that add a variable to a function's environment, and what is missing around it."""
    is_json = path.endswith(".json")
    keys = ("environment",) if is_serverless else ("Environment", "Variables")
    at: Node = function
    for number, key in enumerate(keys):
        inner = at.get(key) if isinstance(at, Mapping) else None
        if inner is None and isinstance(at, Mapping):
            return added(path, data, at, _rows(keys[number:], name, value, is_json=is_json), is_json=is_json)
        if not isinstance(inner, Mapping):
            raise CannotPatch(f"the environment of the function in {path} is none that a variable can be added to")
        at = inner
    if not isinstance(at, Mapping) or at.get(name) is not None:
        return []
    return added(path, data, at, _rows((), name, value, is_json=is_json), is_json=is_json)


def _rows(keys: tuple[str, ...], name: str, value: str, *, is_json: bool) -> list[str]:
    if is_json:
        text = f"{dumps(name)}: {dumps(value)}"
        for key in reversed(keys):
            text = f"{dumps(key)}: {{{text}}}"
        return [text]
    rows = [f"{'    ' * level}{key}:" for level, key in enumerate(keys)]
    return [*rows, f"{'    ' * len(keys)}{name}: {quoted(value)}"]
