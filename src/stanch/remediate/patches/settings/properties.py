"""Settings of a line each: properties, INI files, `.npmrc`, requests of an HTTP client."""

from __future__ import annotations

import re
from collections.abc import Callable

from stanch.remediate.model import CannotPatch, Edit, Patch, Place, Reference
from stanch.remediate.patches import layout
from stanch.remediate.patches.references import source
from stanch.remediate.patches.settings import fillings, notes


def patch(place: Place, reference: Reference, files: Callable[[str], bytes | None]) -> Patch:
    """Return the patch that writes what fills such a file for the secret; of a comment, that nobody reads it."""
    line = place.data[layout.line_start(place.data, place.start) : place.start].lstrip()
    if line[:1] in (b"#", b";", b"!") or (line[:2] == b"//" and not place.path.endswith(".npmrc")):
        return notes.patch(place, reference, files)
    name = place.path.rpartition("/")[2]
    if name == "gradle.properties":
        return _gradle(place, reference)
    if name == "airflow.cfg":
        return _airflow(place, reference)
    if name in _COMMANDS:
        return _platform(place, reference, name)
    return filled(place, reference)


def filled(place: Place, reference: Reference) -> Patch:
    """Return the patch that writes the placeholder that the file's reader fills in, as it stands."""
    text, by, left, complete = fillings.filling(place.path, reference)
    edit = Edit(place.path, place.start, place.end, text.encode())
    note = f"Has {by} fill in {reference.env}." if by else f"Writes {text} for the value."
    return Patch((edit,), note, complete, (left,) if left else ())


def _gradle(place: Place, reference: Reference) -> Patch:
    """Return the patch that takes the property's line away: Gradle takes one from the environment, too.

    https://docs.gradle.org/current/userguide/build_environment.html#sec:project_properties
    """
    start, end = layout.line_start(place.data, place.start), layout.line_end(place.data, place.end)
    name = place.data[start : place.start].partition(b"=")[0].strip().decode()
    variable = f"ORG_GRADLE_PROJECT_{name}"
    left = f"Set {variable} in the environment of Gradle from {source(reference)}."
    return Patch(
        (Edit(place.path, start, end, b""),), f"Takes the property {name} out, which {variable} sets.", True, (left,)
    )


_SECTION = re.compile(rb"(?m)^\[([\w.-]+)\]")
_COMMANDS = {"netlify.toml": "netlify env:set {} --secret", "wrangler.toml": "npx wrangler secret put {}"}


def _airflow(place: Place, reference: Reference) -> Patch:
    """Return the patch that takes an option's line away, which the environment sets over the file.

    https://airflow.apache.org/docs/apache-airflow/stable/howto/set-config.html
    """
    start, end, name = _entry(place)
    sections = _SECTION.findall(place.data, 0, start)
    variable = f"AIRFLOW__{(sections[-1] if sections else b'core').decode().upper()}__{name.upper()}"
    note = f"Takes the option {name} out, which {variable} sets."
    left = f"Set {variable} in the environment of Airflow from {source(reference)}."
    return Patch((Edit(place.path, start, end, b""),), note, True, (left,))


def _platform(place: Place, reference: Reference, file: str) -> Patch:
    """Return the patch that takes a variable's line away, which the platform keeps encrypted for itself."""
    start, end, name = _entry(place)
    left = f"Run `{_COMMANDS[file].format(name)}`, and give it {source(reference)} when it asks."
    return Patch((Edit(place.path, start, end, b""),), f"Takes {name} out, which the platform keeps.", True, (left,))


def _entry(place: Place) -> tuple[int, int, str]:
    """Return where the line of an entry begins and ends, and its key. Raises CannotPatch where more stands on it."""
    data = place.data
    start, end = layout.line_start(data, place.start), layout.line_end(data, place.end)
    found = re.match(rb"""[ \t]*([\w.-]+)[ \t]*[=:][ \t]*["']?""", data[start:end])
    rest = data[place.end : end].strip().strip(b"\"'")
    if found is None or start + found.end() != place.start or (rest and not rest.startswith(b"#")):
        raise CannotPatch("it is a part of a value that is set as a whole: move all of it to the store")
    return start, end, found[1].decode()
