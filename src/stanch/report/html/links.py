"""Links to a forge's pages, as templates that the page fills in: made here, of nothing that was scanned."""

from __future__ import annotations

import re

_WEB = re.compile(r"https?://[^\s\"'<>\\{}]+")
_COMMIT = {"gitlab": "/-/commit/{commit}", "bitbucket": "/commits/{commit}"}
_FILE = {
    "github": "/blob/{commit}/{path}#L{line}",
    "gitlab": "/-/blob/{commit}/{path}#L{line}",
    "bitbucket": "/src/{commit}/{path}#lines-{line}",
    "gitea": "/src/commit/{commit}/{path}#L{line}",
    "azure-devops": "?path=/{path}&version=GC{commit}&line={line}&lineEnd={line}&lineStartColumn=1&lineEndColumn=1",
}
"""What follows a repository's page, by forge: as the forges' own "permalink" buttons make them."""


def web(url: str | None) -> str | None:
    """Return `url` where it is one of http or https without anything that could end an attribute; else None."""
    return url.rstrip("/") if url and _WEB.fullmatch(url) else None


def templates(forge: str, url: str | None) -> tuple[str | None, str | None]:
    """Return the pages of a commit and of a line, with `{commit}`, `{path}`, `{line}` to fill in; None: not known."""
    base = web(url)
    if base is None or forge not in _FILE:
        return None, None
    return base + _COMMIT.get(forge, "/commit/{commit}"), base + _FILE[forge]
