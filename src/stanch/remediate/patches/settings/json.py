"""JSON: app settings of Azure, templates of ARM and of CloudFormation, settings of .NET, and others by their files."""

from __future__ import annotations

import re
from collections.abc import Callable
from json import dumps

from stanch.remediate.model import CannotPatch, Edit, Patch, Place, Reference
from stanch.remediate.patches import documents
from stanch.remediate.patches.documents import Mapping, Node, Scalar, Sequence
from stanch.remediate.patches.references import app_setting, source, vault_name
from stanch.remediate.patches.settings import cloudformation, notes, properties, yaml
from stanch.remediate.patches.spots import Spot, added, spot

_DOTNET = re.compile(r"(?i)(?:.*/)?appsettings(?:\.[\w-]+)?\.json")
_RECORDED = re.compile(r"(?i).*\.har")
_WHOLE = "an app setting is filled in as a whole: move all of it to the vault, or connect with the app's identity"


def patch(place: Place, reference: Reference, files: Callable[[str], bytes | None]) -> Patch:
    """Return the patch of a value in JSON. Raises CannotPatch where nothing can be filled in."""
    line = place.data[place.data.rfind(b"\n", 0, place.start) + 1 : place.start].lstrip()
    if line.startswith((b"//", b"/*", b"*")) or _RECORDED.fullmatch(place.path):
        return notes.patch(place, reference, files)
    if not documents.is_readable(documents.json, place.data):
        return properties.filled(place, reference)
    found = spot(place, reference, files, is_json=True)
    name = place.path.rpartition("/")[2]
    root = found.root
    if name == "local.settings.json":
        return _local(found)
    if name in ("vercel.json", "wrangler.json", "wrangler.jsonc"):
        command = "vercel env add" if name == "vercel.json" else "npx wrangler secret put"
        left = f"Run `{command} {found.keys[-1]}`, which asks for the value, for {source(reference)}."
        return found.patch(found.removed(), f"Takes {found.keys[-1]} out, which the platform keeps.", left)
    if name == "function.json" and found.keys[-1] == "connection":
        return _connection(found)
    if _DOTNET.fullmatch(place.path):
        return _dotnet(found)
    if isinstance(root, Mapping) and "deploymentParameters.json" in root.text("$schema"):
        return _given(found)
    if isinstance(root, Mapping) and "deploymentTemplate.json" in root.text("$schema"):
        return _arm(found)
    if cloudformation.is_template(root):
        return cloudformation.patch(found)
    if name.endswith(".ipynb"):
        return _notebook(found)
    if isinstance(root, Mapping) and root.get("containerDefinitions") is not None:
        return _task(found)
    return yaml.filled(found)


def _local(found: Spot) -> Patch:
    """Return the patch of an app setting for this machine; the Functions host fills in references to a vault."""
    key = found.keys[-1]
    if found.reference.store != "keyvault":
        edits = found.replace('""') if found.whole else []
        if not edits:
            raise CannotPatch(_WHOLE)
        left = f"Set {key} in the environment of the function from {source(found.reference)}."
        return found.patch(edits, f"Leaves {key} empty, for the environment to set.", left)
    if not found.whole:
        raise CannotPatch(_WHOLE)
    return found.patch(
        found.put(app_setting(found.reference)),
        f"Has the Functions host fill in {source(found.reference)}.",
        f"Set the app setting {key} to the same on the function app, and let its managed identity read that secret"
        " (role Key Vault Secrets User).",
    )


def _connection(found: Spot) -> Patch:
    """Return the patch of a binding, whose connection must be the name of an app setting.

    https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger
    """
    if not found.whole:
        raise CannotPatch("a connection is the name of an app setting: move all of the connection string to the vault")
    name = found.reference.env
    left = f"Set the app setting {name} to {app_setting(found.reference)}."
    left = left if found.reference.store == "keyvault" else f"Set {name} from {source(found.reference)}."
    return found.patch(found.put(name), f"Names the app setting {name} instead of what it holds.", left)


def _dotnet(found: Spot) -> Patch:
    """Return the patch that empties a setting, which the environment sets over the file.

    https://learn.microsoft.com/aspnet/core/fundamentals/configuration/#non-prefixed-environment-variables
    """
    if not found.whole:
        raise CannotPatch(
            "the environment sets a whole value: move all of it to the vault, or sign in without a password"
        )
    name = "__".join(found.keys)
    text = app_setting(found.reference) if found.reference.store == "keyvault" else source(found.reference)
    left = f"Set the app setting, or the environment variable, {name} to {text}."
    if found.reference.store != "keyvault":
        left = f"Set {name} in the environment of the program from {text}."
    return found.patch(found.replace('""'), f"Leaves it empty, for {name} in the environment to set.", left)


def _given(found: Spot) -> Patch:
    """Return the patch of a parameter's value, which Azure Resource Manager reads from a vault when it deploys.

    https://learn.microsoft.com/azure/azure-resource-manager/templates/key-vault-parameter
    """
    key = next((key for key, value in _entries(found) if value == found.scalar), None)
    if not found.whole or found.keys[-1] != "value" or key is None or found.reference.store != "keyvault":
        raise CannotPatch("only the whole value of a parameter can come from a Key Vault")
    vault = "/subscriptions/<subscription>/resourceGroups/<group>/providers/Microsoft.KeyVault/vaults/"
    text = (
        f'"reference": {{"keyVault": {{"id": {dumps(vault + vault_name(found.reference))}}},'
        f' "secretName": {dumps(found.reference.name)}}}'
    )
    return found.patch(
        [Edit(found.place.path, key.start, found.scalar.end, text.encode())],
        f"Has the deployment read {source(found.reference)}.",
        "Write the subscription and the resource group into the vault's id, and enable the vault for template"
        " deployment.",
        complete=False,
    )


def _entries(found: Spot) -> tuple[tuple[Scalar, Node], ...]:
    return found.around.entries if isinstance(found.around, Mapping) else ()


def _arm(found: Spot) -> Patch:
    """Return the patch of a template of Azure Resource Manager: an app setting's reference, or a secure parameter."""
    keys = found.keys
    if keys[0] == "parameters":
        kind = found.around.get("type") if isinstance(found.around, Mapping) else None
        edits = found.removed()
        if kind is not None and found.beside("type") == "string":
            edits.append(Edit(found.place.path, kind.start, kind.end, b'"securestring"'))
        left = f"Give the parameter {keys[1]} at each deployment from {source(found.reference)}."
        return found.patch(edits, f"Takes the default of the parameter {keys[1]} away.", left, complete=False)
    if found.whole and found.reference.store == "keyvault" and _is_setting(found):
        left = f"Let the app's managed identity read {source(found.reference)} (role Key Vault Secrets User)."
        return found.patch(
            found.put(app_setting(found.reference)), "Has App Service fill in the secret at run time.", left
        )
    return _secure(found)


def _is_setting(found: Spot) -> bool:
    if "appSettings" in found.keys:
        return True
    resource = next((at for at, _ in reversed(found.steps) if isinstance(at, Mapping) and at.get("type")), None)
    return resource is not None and resource.text("name").rstrip("')]").endswith("appsettings")


def _secure(found: Spot) -> Patch:
    """Return the patch that makes a value a secure parameter."""
    if found.scalar.value.startswith("[") or ("variables" in found.keys[:1] and not found.whole):
        raise CannotPatch("it is a part of an expression of the template")
    first, *others = found.reference.env.lower().split("_")
    name = first + "".join(part.title() for part in others)
    before = found.place.data[found.scalar.start + 1 : found.place.start].decode()
    after = found.place.data[found.place.end : found.scalar.end - 1].decode()
    parts = [f"'{part.replace(chr(39), chr(39) * 2)}'" if part else "" for part in (before, after)]
    read = f"parameters('{name}')"
    joined = ", ".join(filter(None, (parts[0], read, parts[1])))
    edits = found.replace(f'"[{read}]"' if found.whole else f'"[concat({joined})]"')
    root = found.root
    if not isinstance(root, Mapping):
        raise CannotPatch("the template is no object")
    parameters = root.get("parameters")
    row = f'{dumps(name)}: {{"type": "securestring"}}'
    if isinstance(parameters, Mapping):
        if parameters.get(name) is None:
            edits += added(found.place.path, found.place.data, parameters, [row], is_json=True)
    else:
        edits += added(found.place.path, found.place.data, root, [f'"parameters": {{{row}}}'], is_json=True)
    left = f"Give the parameter {name} at each deployment from {source(found.reference)}."
    return found.patch(edits, f"Makes it the secure parameter {name}.", left, complete=False)


def _notebook(found: Spot) -> Patch:
    if "outputs" not in found.keys:
        raise CannotPatch("a notebook's code is text within JSON: read the secret from os.environ there, by hand")
    return notes.patch(found.place, found.reference, found.files)


def _task(found: Spot) -> Patch:
    """Return the patch of a container's variable, which ECS reads from a store when it starts the task.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
    """
    name = found.beside("name")
    container = next((at for at, _ in reversed(found.steps) if isinstance(at, Mapping) and at.get("environment")), None)
    if not found.whole or found.keys[-1] != "value" or container is None or not name:
        raise CannotPatch("ECS fills in whole variables of a container only")
    if found.reference.store not in ("ssm", "secretsmanager"):
        raise CannotPatch("ECS fills in what is in SSM or in Secrets Manager")
    environment, secrets = container.get("environment"), container.get("secrets")
    row = f'{{"name": {dumps(name)}, "valueFrom": {dumps(found.reference.name)}}}'
    edits = _without(found, environment)
    if secrets is not None and not isinstance(secrets, Mapping) and secrets.end - secrets.start > 2:
        edits.append(found.insert(secrets.end - 1, b", " + row.encode()))
    elif secrets is None and environment is not None:
        edits.append(found.insert(environment.end, f', "secrets": [{row}]'.encode()))
    else:
        raise CannotPatch("the container's list of secrets is empty, so that nothing can be added behind another")
    left = f"Let the task's execution role read {source(found.reference)}."
    if found.reference.store == "secretsmanager":
        left += f" Write the secret's complete ARN for {found.reference.name}, which ECS asks for."
    note = f"Has ECS read {source(found.reference)} into {name} when it starts the task."
    return found.patch(edits, note, left)


def _without(found: Spot, environment: Node | None) -> list[Edit]:
    """Return the edit that takes the variable's object out of its list."""
    items = environment.items if isinstance(environment, Sequence) else ()
    number = next((at for at, one in enumerate(items) if one == found.around), None)
    if number is None:
        raise CannotPatch("the variable is not in the container's own list")
    around = items[number]
    if number:
        return [Edit(found.place.path, items[number - 1].end, around.end, b"")]
    following = items[1].start if len(items) > 1 else around.end
    return [Edit(found.place.path, around.start, following, b"")]
