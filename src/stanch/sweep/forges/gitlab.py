"""GitLab's REST API, version 4: `/groups/PATH/projects` with those of all its sub-groups.

Pages by `Link` headers, a hundred projects each. A size is told with statistics only, which this list has not.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from stanch.sweep.credentials import git_host
from stanch.sweep.forges.client import Client
from stanch.sweep.forges.rows import Entry, Passed, Row, Told, repository

_FIELDS = (
    "http_url_to_repo", "web_url", "archived", "default_branch", "statistics.repository_size",
    "forked_from_project.http_url_to_repo", "forked_from_project.id", "repository_access_level",
)  # fmt: skip


def listed(client: Client, name: str) -> Iterator[Entry]:
    """Yield the projects of a group and its sub-groups that have a repository. Raises Failed.

    Projects of others that are only shared with the group are theirs.
    """
    host = git_host(client.root)
    how = "include_subgroups=true&with_shared=false&order_by=id&sort=asc&per_page=100"
    for page in client.pages(f"/groups/{quote(name, safe='')}/projects?{how}", _FIELDS):
        for row in page.rows:
            if row.text("repository_access_level") == "disabled":
                yield Passed(row.text("web_url") or host, "without a repository")
                continue
            yield repository("gitlab", host, _told(row))


def _told(row: Row) -> Told:
    return Told(
        row.text("http_url_to_repo"),
        row.number("statistics.repository_size"),
        row.number("forked_from_project.id") is not None,
        row.text("forked_from_project.http_url_to_repo"),
        row.flag("archived"),
        row.text("web_url"),
        row.text("default_branch"),
    )
