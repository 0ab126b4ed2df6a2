"""Places in functions: what they are called, and at which of them the same content stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from stanch.model import Chunk, Detection, Origin, Surface
from stanch.runtimes import Runtime
from stanch.sources.text import TextShard
from stanch.values import replace

PACKAGE = "code.zip"
"""The path of a package of code, until its members have their own."""
_MEMBER = "zip:"


def settings(target: str, group: str, values: Mapping[str, str]) -> TextShard:
    """Return the shard of a function's variables or settings, each a line `NAME=value` whose path is `group/NAME`."""
    return TextShard(
        tuple(
            Chunk(Origin(target, f"{group}/{name}", Surface.ENVIRONMENT), f"{name}={value}".encode(*_AS_IT_IS))
            for name, value in sorted(values.items())
        )
    )


_AS_IT_IS = ("utf-8", "surrogatepass")
"""JSON may hold half of a surrogate pair."""


def everywhere(
    detections: Iterable[Detection], holders: Mapping[str, Iterable[str]], prefix: str, runtime: Runtime
) -> Iterator[Detection]:
    """Yield the detections, those in targets that begin with `prefix` as a report names them.

    The path of what stands in a package is the file in it. What stands in a package that several hold is told once for
    each; `holders` has them by the one whose package was scanned.
    """
    for found in detections:
        at = found.location
        if not at.target.startswith(prefix):
            yield found
            continue
        targets: Iterable[str] = (at.target,)
        if at.path == PACKAGE:
            targets = holders.get(at.target, targets)
            if at.layers and at.layers[0].startswith(_MEMBER):
                at = replace(at, path=at.layers[0][len(_MEMBER) :] or PACKAGE, layers=at.layers[1:])
        for target in targets:
            yield replace(found, location=replace(at, target=target), runtime=found.runtime or runtime.value)
