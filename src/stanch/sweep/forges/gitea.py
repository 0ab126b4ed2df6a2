"""The REST API of Gitea and Forgejo, version 1: `/orgs/ORG/repos`, `/users/USER/repos`.

Pages by number, fifty repositories each or as few as the instance allows. Its `Link` headers name the address that the
instance believes to have, which is not always the one that it is asked at, so they are not followed. `size` is in KB.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from stanch.sweep.credentials import git_host
from stanch.sweep.forges.client import PAGES, Client, Failed
from stanch.sweep.forges.rows import Entry, Row, Told, repository

_FIELDS = (
    "clone_url", "html_url", "size", "fork", "archived", "default_branch", "parent.clone_url",
)  # fmt: skip


def listed(client: Client, name: str) -> Iterator[Entry]:
    """Yield the repositories of an organisation or, where there is none of that name, of a user. Raises Failed."""
    owner = quote(name.rpartition("/")[2])
    try:
        yield from _pages(client, f"/orgs/{owner}/repos")
    except Failed as error:
        if error.status != 404:
            raise
        yield from _pages(client, f"/users/{owner}/repos")


def _pages(client: Client, path: str) -> Iterator[Entry]:
    host, told = git_host(client.root), 0
    before: tuple[Row, ...] = ()
    for number in range(1, PAGES):
        page = client.page(f"{path}?limit=50&page={number}", _FIELDS)
        if page.rows == before and page.rows:
            break
        before, told = page.rows, told + len(page.rows)
        for row in page.rows:
            yield repository("gitea", host, _told(row))
        if not page.rows or (page.total is not None and told >= page.total):
            return
    raise Failed("its pages do not end")


def _told(row: Row) -> Told:
    return Told(
        row.text("clone_url"),
        row.number("size", 1024),
        row.flag("fork"),
        row.text("parent.clone_url"),
        row.flag("archived"),
        row.text("html_url"),
        row.text("default_branch"),
    )
