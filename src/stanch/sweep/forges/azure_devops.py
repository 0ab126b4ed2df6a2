"""The REST API of Azure DevOps, version 7.1: `ORG/_apis/projects`, `ORG/PROJECT/_apis/git/repositories`.

Projects come a hundred at a time, with a continuation token in a header; repositories of a project all at once. A list
does not tell what a fork is a fork of. The address to clone is made here: what the API tells holds a user's name, and
for old organisations another host.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from stanch.model import Fault
from stanch.sweep.credentials import git_host
from stanch.sweep.forges.client import PAGES, Client, Failed, Page
from stanch.sweep.forges.rows import FAILED, Entry, Passed, Told, repository

_VERSION = "api-version=7.1"
_FIELDS = ("name", "size", "isFork", "isDisabled", "defaultBranch", "project.name")


def listed(client: Client, name: str) -> Iterator[Entry]:
    """Yield the repositories of ORG/PROJECT, or of all projects of ORG. Raises Failed."""
    organisation, _, project = name.partition("/")
    if project:
        yield from _of_project(client, organisation, project)
        return
    for page in _pages(client, f"/{quote(organisation)}/_apis/projects?$top=100&{_VERSION}", ("name",)):
        for row in page.rows:
            try:
                yield from _of_project(client, organisation, row.text("name") or "")
            except Failed as error:  # one project that may not be seen is not all
                yield Fault(f"azure-devops:{organisation}/{row.text('name')}", FAILED, str(error))


def _of_project(client: Client, organisation: str, project: str) -> Iterator[Entry]:
    path = f"/{quote(organisation)}/{quote(project)}"
    for page in _pages(client, f"{path}/_apis/git/repositories?{_VERSION}", _FIELDS):
        for row in page.rows:
            home = f"{quote(organisation)}/{quote(row.text('project.name') or project)}"
            url = f"{client.root}/{home}/_git/{quote(row.text('name') or '', safe='')}"
            branch = (row.text("defaultBranch") or "").removeprefix("refs/heads/") or None
            if row.flag("isDisabled"):
                yield Passed(url, "disabled")
                continue
            told = Told(url, row.number("size"), row.flag("isFork"), web=url, branch=branch)
            yield repository("azure-devops", git_host(client.root), told)


def _pages(client: Client, path: str, fields: tuple[str, ...]) -> Iterator[Page]:
    page = client.page(path, fields, "value")
    yield page
    for _ in range(PAGES):
        if page.continued is None:
            return
        page = client.page(f"{path}&continuationToken={quote(page.continued, safe='')}", fields, "value")
        yield page
    raise Failed("its pages do not end")
