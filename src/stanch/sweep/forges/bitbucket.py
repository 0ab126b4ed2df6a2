"""Bitbucket Cloud's REST API, version 2.0: `/repositories/WORKSPACE`. Bitbucket Data Center has another one.

Pages by `next` in the body, a hundred repositories each. Bitbucket archives none.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from stanch.sweep.credentials import git_host
from stanch.sweep.forges.client import Client
from stanch.sweep.forges.rows import Entry, Row, Told, repository

_FIELDS = ("full_name", "links.html.href", "links.clone", "size", "parent.full_name", "mainbranch.name")


def listed(client: Client, name: str) -> Iterator[Entry]:
    """Yield the repositories of a workspace. Raises Failed."""
    host = git_host(client.root)
    for page in client.pages(f"/repositories/{quote(name)}?pagelen=100&sort=created_on", _FIELDS, "values"):
        for row in page.rows:
            yield repository("bitbucket", host, _told(row))


def _told(row: Row) -> Told:
    url, parent = _https(row), row.text("parent.full_name")
    host = urlsplit(url or "").netloc.rpartition("@")[2]
    return Told(
        url,
        row.number("size"),
        parent is not None,
        f"https://{host}/{parent}" if parent else None,
        web=row.text("links.html.href"),
        branch=row.text("mainbranch.name"),
    )


def _https(row: Row) -> str | None:
    """Return the URL among the ways to clone it; the user's name that stands in it is left out later."""
    ways = row.values.get("links.clone")
    found = [way.get("href") for way in ways if isinstance(way, dict)] if isinstance(ways, list) else []
    return next((href for href in found if isinstance(href, str) and href.startswith("http")), None)
