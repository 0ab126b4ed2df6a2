"""YAML, by what reads it: CloudFormation, serverless, Kubernetes, pipelines, and what has placeholders of its own."""

from __future__ import annotations

import re
from collections.abc import Callable

from stanch.remediate.model import CannotPatch, Edit, Patch, Place, Reference
from stanch.remediate.patches import documents, handlers, layout
from stanch.remediate.patches.documents import Mapping
from stanch.remediate.patches.references import AWS, provide, source
from stanch.remediate.patches.settings import cloudformation, fillings, kubernetes, notes, properties, shell
from stanch.remediate.patches.spots import Spot, added, quoted, spot

Files = Callable[[str], bytes | None]
_BUILDS = {"ssm": "parameter-store", "secretsmanager": "secrets-manager"}


def patch(place: Place, reference: Reference, files: Files) -> Patch:
    """Return the patch of a value in YAML. Raises CannotPatch where nothing can be filled in."""
    if place.data[layout.line_start(place.data, place.start) : place.start].lstrip().startswith(b"#"):
        return notes.patch(place, reference, files)
    try:
        found = spot(place, reference, files, is_json=False)
    except CannotPatch:
        if documents.is_readable(documents.yaml, place.data):
            return _unquoted(place, reference)
        return properties.filled(place, reference)  # a template of YAML, whose lines are filled in all the same
    if cloudformation.is_template(found.root):
        return cloudformation.patch(found)
    if kubernetes.is_manifest(found.root):
        return kubernetes.patch(found)
    name = place.path.rpartition("/")[2]
    if name in ("serverless.yml", "serverless.yaml"):
        return _serverless(found)
    if name.startswith("buildspec"):
        return _build(found)
    if name.startswith("values"):
        return _chart(found)
    if name.startswith("Pulumi."):
        left = f"Run `pulumi config set --secret {found.keys[-1]}`, which asks for the value."
        return found.patch(found.removed(), f"Takes {found.keys[-1]} out, which Pulumi encrypts itself.", left)
    if place.path.endswith(".circleci/config.yml") or name == ".travis.yml":
        return _pipeline(found)
    return filled(found)


def _unquoted(place: Place, reference: Reference) -> Patch:
    """Return the patch of a value that YAML takes for something else, as `!word` or `*word` without quotes.

    Raises CannotPatch where it is no value either.
    """
    line = place.data[layout.line_start(place.data, place.start) : layout.line_end(place.data, place.end)]
    value = place.data[place.start : place.end]
    text, by, left, complete = fillings.filling(place.path, reference)
    if not re.fullmatch(rb"\s*(?:- )*[\w.-]+:[ \t]+" + re.escape(value) + rb"\s*", line):
        raise CannotPatch("it is not a value of the file: it stands in a key, or over several values")
    note = f"Has {by} fill in {reference.env}." if by else f"Writes {text} for the value."
    edit = Edit(place.path, place.start, place.end, quoted(text).encode())
    return Patch((edit,), note, complete, (left,) if left else ())


def filled(found: Spot) -> Patch:
    """Return the patch that writes the placeholder that the file's reader fills in."""
    text, by, left, complete = fillings.filling(found.place.path, found.reference)
    if found.scalar.style == '"':
        text = text.replace('"', "'")
    note = f"Has {by} fill in {found.reference.env}." if by else f"Writes {text} for the value."
    script = text.startswith("$") and text[1:2].isalpha() and not _SCRIPTS.isdisjoint(found.keys)
    edits = _scripted(found, text) if script else found.put(text)
    return found.patch(edits, note, *([left] if left else []), complete=complete)


def _taken(found: Spot) -> list[Edit]:
    """Return the edit that takes a variable's line away: `NAME: value`, or the item `NAME=value`."""
    data = found.place.data
    start, end = layout.line_start(data, found.place.start), layout.line_end(data, found.place.end)
    item = not found.whole and re.fullmatch(rb"\s*- [A-Z_][A-Z0-9_]*=", data[start : found.place.start])
    if item and not data[found.place.end : end].strip():
        return [Edit(found.place.path, start, end, b"")]
    return found.removed()


_SCRIPTS = frozenset(("script", "before_script", "after_script", "run", "command", "commands"))


def _scripted(found: Spot, text: str) -> list[Edit]:
    """Return the edits that write a variable into a shell's command, whatever quotes are around it there."""
    if found.scalar.style not in ("", "|", ">"):
        if found.scalar.style == '"' and "'" in found.scalar.value:
            raise CannotPatch("it is a part of a command in quotes of both kinds")
        return found.put(text)
    return shell.put(found.place, text.encode())


def _chart(found: Spot) -> Patch:
    """Return the patch of a chart's values, which are no templates: the value is given when the chart is installed."""
    if not found.whole:
        raise CannotPatch("a chart's values are no templates: move all of the value to the store")
    left = (
        f"Have the chart name an existing Secret instead of {found.path}, or give it when the chart is installed, from"
        f" {source(found.reference)}."
    )
    return found.patch(found.replace('""'), f"Leaves {found.path} empty.", left, complete=False)


def _serverless(found: Spot) -> Patch:
    """Return the patch of serverless.yml: a function's own code asks the store where it can, else it is deployed."""
    if "environment" in found.keys and found.whole and found.reference.store in AWS:
        made = handlers.patch(found)
        if made is not None:
            return made
    text = fillings.from_stores(found.reference)
    if found.reference.store not in AWS:
        note = f"Has serverless fill in {found.reference.env} when it deploys; the console then shows it."
        return found.patch(
            found.put(text), note, provide(found.reference, "the environment of serverless"), complete=False
        )
    note = f"Has serverless fill in {source(found.reference)} when it deploys; the console then shows it."
    return found.patch(found.put(text), note, complete=False)


def _build(found: Spot) -> Patch:
    """Return the patch of CodeBuild's variables: it reads those of a store when the build runs.

    https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
    """
    env = found.root.get("env") if isinstance(found.root, Mapping) else None
    if found.reference.store not in AWS:
        raise CannotPatch("CodeBuild fills in what is in SSM or in Secrets Manager")
    if found.keys[:2] != ["env", "variables"] or not isinstance(env, Mapping):
        variable = found.reference.env
        edits = _scripted(found, "$" + variable)
    else:
        variable = found.keys[-1]
        edits = found.removed()
        if isinstance(found.around, Mapping) and len(found.around.entries) == 1:
            key = next(key for key, value in env.entries if value == found.around)
            start = layout.line_start(found.place.data, key.start)
            edits = [Edit(found.place.path, start, edits[0].end, b"")]
    rows = [f"{variable}: {quoted(found.reference.name)}"]
    block = _BUILDS[found.reference.store]
    known = env.get(block) if isinstance(env, Mapping) else None
    path, data = found.place.path, found.place.data
    if isinstance(known, Mapping):
        edits += added(path, data, known, rows, is_json=False)
    elif isinstance(env, Mapping):
        edits += added(path, data, env, [f"{block}:", "    " + rows[0]], is_json=False)
    elif isinstance(found.root, Mapping):
        edits += added(path, data, found.root, ["env:", f"    {block}:", "        " + rows[0]], is_json=False)
    return found.patch(edits, f"Has CodeBuild read {source(found.reference)} into {variable} when it runs.")


def _pipeline(found: Spot) -> Patch:
    """Return the patch of a pipeline whose maps of variables are not filled in, but whose scripts are the shell's."""
    variable = found.reference.env
    if any(key.startswith(("env", "global")) for key in found.keys):
        variable = found.keys[-1] if isinstance(found.around, Mapping) else variable
        edits, note = _taken(found), f"Takes {variable} out, which the project's own variables set."
    else:
        edits, note = _scripted(found, "$" + variable), f"Has the shell fill in {variable}."
    return found.patch(
        edits, note, f"Make {variable} a variable of the project, or of a context, in the service's settings."
    )
