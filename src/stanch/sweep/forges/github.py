"""GitHub's REST API, version 2022-11-28: `/orgs/ORG/repos`, `/users/USER/repos`, `/user/repos` for one's own.

Pages by `Link` headers, a hundred repositories each. `size` is in KB. A list does not tell what a fork is a fork of.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from stanch.model import Fault
from stanch.sweep.credentials import git_host
from stanch.sweep.forges.client import Client, Failed
from stanch.sweep.forges.rows import FAILED, Entry, Row, Told, repository

HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_FIELDS = ("clone_url", "html_url", "size", "fork", "archived", "default_branch")
_PAGE = "per_page=100&sort=full_name"


def listed(client: Client, name: str) -> Iterator[Entry]:
    """Yield the repositories of an organisation or, where there is none of that name, of a user. Raises Failed."""
    host = git_host(client.root)
    try:
        yield from _pages(client, host, f"/orgs/{quote(name)}/repos?{_PAGE}&type=all")
    except Failed as error:
        if error.status != 404:
            raise
        own = client.signed and _login(client) == name.lower()  # only to oneself are one's private ones told
        where = "/user/repos?affiliation=owner" if own else f"/users/{quote(name)}/repos?type=owner"
        yield from _pages(client, host, f"{where}&{_PAGE}")


def _pages(client: Client, host: str, path: str) -> Iterator[Entry]:
    for page in client.pages(path, _FIELDS):
        for row in page.rows:
            yield repository("github", host, _told(row))
        if page.warning:
            why = "the token is not authorised for the single sign-on of every organisation: some are left out"
            yield Fault(f"github:{host}", FAILED, why)


def _told(row: Row) -> Told:
    return Told(
        row.text("clone_url"),
        row.number("size", 1024),
        row.flag("fork"),
        archived=row.flag("archived"),
        web=row.text("html_url"),
        branch=row.text("default_branch"),
    )


def _login(client: Client) -> str:
    """Return whose token it is, in lower case; nothing for an app's, which is nobody's."""
    try:
        return (client.page("/user", ("login",)).rows[0].text("login") or "").lower()
    except Failed as error:
        if error.status != 403:
            raise
        return ""
