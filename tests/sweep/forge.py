"""A forge on loopback: it speaks the API of one of the five, and serves the repositories by `git http-backend`.

The shapes are those that the forges' documentation shows, cut down to what a listing might look at, and a token that it
must not keep.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from verify.servers import Reply, Seen, Server, of_json, serving

KINDS = ("github", "gitlab", "bitbucket", "azure-devops", "gitea")
ROOTS = {"github": "/api/v3", "gitlab": "/api/v4", "bitbucket": "/2.0", "azure-devops": "", "gitea": "/api/v1"}
VARIABLES = {kind: f"{kind.upper().replace('-', '_')}_TOKEN" for kind in KINDS}
BESIDE = Random(__name__).randbytes(20).hex()
"""What GitHub and GitLab tell beside: a token that must be kept nowhere."""


@dataclass(frozen=True)
class Hosted:
    """A repository of a forge."""

    path: str
    """OWNER/NAME; GROUP/SUB/NAME for GitLab, ORG/PROJECT/NAME for Azure DevOps."""
    size: int = 1024
    fork: bool = False
    parent: str | None = None
    """Path of what it was forked from."""
    archived: bool = False
    disabled: bool = False
    branch: str = "main"


@dataclass
class Forge:
    """A forge: what it holds, how many on a page, whom it lets in, and what it answers otherwise."""

    kind: str
    hosted: list[Hosted]
    page: int = 100
    token: str | None = None
    """Without it the API answers 404 and git 401."""
    git: Path | None = None
    """A folder with a bare repository at `path` + `.git` of each, for `git http-backend`."""
    first: list[Reply] = field(default_factory=list)
    """The API's next answers; after them it answers as it should."""
    instead: Callable[[Seen], Reply | None] = lambda _: None
    """Answers a request to the API in another way, or None."""
    moved: dict[str, str] = field(default_factory=dict)
    """Organisations that were renamed: the old name and the new."""
    server: Server | None = None

    @property
    def host(self) -> str:
        """Its host and port."""
        assert self.server is not None
        return f"localhost:{self.server.port}"

    @property
    def api(self) -> str:
        """The root of its API."""
        return f"https://{self.host}{ROOTS[self.kind]}"

    @property
    def asked(self) -> list[Seen]:
        """The requests to its API."""
        assert self.server is not None
        return [seen for seen in self.server.seen if self._is_api(seen)]

    def target(self, owner: str = "acme") -> str:
        """Return what to write for an owner's repositories."""
        return f"gitea:{self.host}/{owner}" if self.kind == "gitea" else f"{self.kind}:{owner}"

    def url(self, path: str) -> str:
        """Return the URL that a repository is cloned from."""
        if self.kind == "azure-devops":
            home, _, name = path.rpartition("/")
            return f"https://{self.host}/{home}/_git/{name}"
        return f"https://{self.host}/{path}.git"

    async def behave(self, seen: Seen) -> Reply:
        """Answer a request."""
        if not self._is_api(seen):
            return await asyncio.to_thread(self._served, seen)
        if self.first:
            return self.first.pop(0)
        if (other := self.instead(seen)) is not None:
            return other
        if self.token is not None and not self._admitted(seen):
            return of_json(404, {"message": "Not Found"})
        where = urlsplit(seen.target)
        path = unquote(where.path).removeprefix(ROOTS[self.kind])
        for old, new in self.moved.items():
            if f"/{old}" in path:
                return Reply(301, b"", {"location": f"https://{self.host}{seen.target.replace(f'/{old}', f'/{new}')}"})
        asked = {name: values[0] for name, values in parse_qs(where.query).items()}
        return _SPEAKERS[self.kind](self, path, asked, seen)

    def _is_api(self, seen: Seen) -> bool:
        if self.kind == "azure-devops":
            return "/_apis/" in seen.target
        return seen.target.startswith(ROOTS[self.kind] + "/")

    def _admitted(self, seen: Seen) -> bool:
        sent = seen.headers.get("authorization", "")
        kind, _, value = sent.partition(" ")
        if kind == "Basic":
            value = base64.b64decode(value).decode().partition(":")[2]
        return value == self.token

    def _served(self, seen: Seen) -> Reply:
        """Answer git, as the CGI program that comes with it does."""
        if self.git is None:
            return Reply(404)
        if self.token is not None and not self._admitted(seen):
            return Reply(401, b"", {"www-authenticate": 'Basic realm="forge"'})
        where = urlsplit(seen.target)
        environment = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self.git), "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": unquote(where.path).replace("/_git/", "/"), "QUERY_STRING": where.query,
            "REQUEST_METHOD": seen.method, "CONTENT_TYPE": seen.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(seen.body)), "HTTP_CONTENT_ENCODING": seen.headers.get("content-encoding", ""),
            "HTTP_GIT_PROTOCOL": seen.headers.get("git-protocol", ""), "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }  # fmt: skip
        done = subprocess.run(["git", "http-backend"], input=seen.body, env=environment, capture_output=True)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head.decode().split("\r\n"))
        }
        status = int(headers.pop("status", "200").split()[0])
        return Reply(status if head else 500, body, headers)

    def _cut(self, found: list[Hosted], asked: dict[str, str], per: str) -> tuple[list[Hosted], int, bool]:
        """Return one page, its number, and whether more follow."""
        size, number = min(self.page, int(asked.get(per, "30"))), int(asked.get("page", "1"))
        return found[(number - 1) * size : number * size], number, number * size < len(found)

    def _of(self, owner: str) -> list[Hosted]:
        return [hosted for hosted in self.hosted if hosted.path.startswith(f"{owner}/")]

    def _linked(self, seen: Seen, number: int, more: bool, body: Any, **headers: str) -> Reply:
        """Return an answer with a `Link` header, and the ETag that its body has."""
        where = urlsplit(seen.target)
        query = "&".join(part for part in where.query.split("&") if not part.startswith("page="))
        here = f"https://{self.host}{where.path}?{query}&page="
        links = (
            [f'<{here}{number + 1}>; rel="next"', f'<{here}99>; rel="last"'] if more else [f'<{here}1>; rel="first"']
        )
        return tagged(seen, of_json(200, body, link=", ".join(links), **headers))


def tagged(seen: Seen, reply: Reply) -> Reply:
    """Return an answer with its ETag, or 304 without a body for who has it."""
    tag = f'W/"{hashlib.sha256(reply.body).hexdigest()[:32]}"'
    if seen.headers.get("if-none-match") == tag:
        return Reply(304, b"", {"etag": tag})
    return replace(reply, headers={**reply.headers, "etag": tag})


def _not_found() -> Reply:
    return of_json(404, {"message": "Not Found", "documentation_url": "https://docs.example/rest"})


def _github(forge: Forge, path: str, asked: dict[str, str], seen: Seen) -> Reply:
    if path == "/user":
        return of_json(200, {"login": "Ann", "id": 7, "type": "User"})
    kind, _, owner = path.removesuffix("/repos").lstrip("/").partition("/")
    found = forge._of(owner or "ann")
    if not found or kind != ("orgs" if owner == "acme" else "user" if path == "/user/repos" else "users"):
        return _not_found()
    page, number, more = forge._cut(found, asked, "per_page")
    return forge._linked(seen, number, more, [
        {
            "id": 1, "name": hosted.path.rpartition("/")[2], "full_name": hosted.path, "private": True,
            "html_url": f"https://{forge.host}/{hosted.path}", "clone_url": forge.url(hosted.path),
            "ssh_url": f"git@{forge.host}:{hosted.path}.git", "size": hosted.size // 1024, "fork": hosted.fork,
            "archived": hosted.archived, "disabled": hosted.disabled, "default_branch": hosted.branch,
            "temp_clone_token": BESIDE,
        } for hosted in page
    ])  # fmt: skip


def _gitlab(forge: Forge, path: str, asked: dict[str, str], seen: Seen) -> Reply:
    if not path.startswith("/groups/") or not (found := forge._of(path[8:].removesuffix("/projects"))):
        return of_json(404, {"message": "404 Group Not Found"})
    if asked.get("include_subgroups") != "true":
        found = [hosted for hosted in found if hosted.path.count("/") == 1]
    page, number, more = forge._cut(found, asked, "per_page")
    return forge._linked(seen, number, more, [
        {
            "id": 1, "path_with_namespace": hosted.path, "http_url_to_repo": forge.url(hosted.path),
            "web_url": f"https://{forge.host}/{hosted.path}", "archived": hosted.archived,
            "default_branch": hosted.branch, "runners_token": BESIDE,
            "statistics": {"repository_size": hosted.size},
            "repository_access_level": "disabled" if hosted.disabled else "enabled",
            **({"forked_from_project": {"id": 2, "http_url_to_repo": forge.url(hosted.parent or "else/where")}}
               if hosted.fork else {}),
        } for hosted in page
    ])  # fmt: skip


def _bitbucket(forge: Forge, path: str, asked: dict[str, str], seen: Seen) -> Reply:
    owner = path.removeprefix("/repositories/")
    if not (found := forge._of(owner)):
        return of_json(404, {"type": "error", "error": {"message": f"No workspace with identifier '{owner}'."}})
    page, number, more = forge._cut(found, asked, "pagelen")
    values = [
        {
            "type": "repository", "full_name": hosted.path, "size": hosted.size, "scm": "git", "is_private": True,
            "mainbranch": {"type": "branch", "name": hosted.branch},
            "parent": {"type": "repository", "full_name": hosted.parent or "else/where"} if hosted.fork else None,
            "links": {
                "html": {"href": f"https://{forge.host}/{hosted.path}"},
                "clone": [
                    {"name": "https", "href": forge.url(hosted.path).replace("://", "://ann@")},
                    {"name": "ssh", "href": f"git@{forge.host}:{hosted.path}.git"},
                ],
            },
        } for hosted in page
    ]  # fmt: skip
    follows = {"next": f"{forge.api}{path}?pagelen={asked['pagelen']}&page={number + 1}"} if more else {}
    return tagged(seen, of_json(200, {"values": values, "pagelen": 100, "page": number, **follows}))


def _azure_devops(forge: Forge, path: str, asked: dict[str, str], _: Seen) -> Reply:
    owner, _, rest = path.lstrip("/").partition("/")
    if not forge._of(owner):
        return of_json(404, {"message": "TF400813: Resource not available.", "typeName": "x"})
    if rest == "_apis/projects":
        names = sorted({hosted.path.split("/")[1] for hosted in forge._of(owner)})
        at = int(asked.get("continuationToken", "0"))
        page = names[at : at + forge.page]
        more = {"x-ms-continuationtoken": str(at + forge.page)} if at + forge.page < len(names) else {}
        return of_json(200, {"count": len(page), "value": [{"id": "1", "name": name} for name in page]}, **more)
    project = rest.removesuffix("/_apis/git/repositories")
    found = forge._of(f"{owner}/{project}")
    if not found:
        return of_json(404, {"message": "TF200016: The project does not exist."})
    values = [
        {
            "id": "1", "name": hosted.path.rpartition("/")[2], "project": {"id": "1", "name": project},
            "defaultBranch": f"refs/heads/{hosted.branch}", "size": hosted.size, "isDisabled": hosted.disabled,
            "remoteUrl": forge.url(hosted.path).replace("://", f"://{owner}@"), "webUrl": forge.url(hosted.path),
            **({"isFork": True} if hosted.fork else {}),
        } for hosted in found
    ]  # fmt: skip
    return of_json(200, {"value": values, "count": len(values)})


def _gitea(forge: Forge, path: str, asked: dict[str, str], seen: Seen) -> Reply:
    kind, _, owner = path.removesuffix("/repos").lstrip("/").partition("/")
    found = forge._of(owner)
    if not found or kind != ("orgs" if owner == "acme" else "users"):
        return _not_found()
    page, _, more = forge._cut(found, asked, "limit")
    body = [
        {
            "id": 1, "full_name": hosted.path, "clone_url": forge.url(hosted.path), "size": hosted.size // 1024,
            "html_url": f"https://{forge.host}/{hosted.path}", "fork": hosted.fork, "archived": hosted.archived,
            "default_branch": hosted.branch, "empty": False,
            "parent": {"clone_url": forge.url(hosted.parent or "else/where")} if hosted.fork else None,
        } for hosted in page
    ]  # fmt: skip
    # As of an instance that does not know where it is reached: nobody may follow this.
    link = {"link": '<https://gitea.invalid/api/v1/orgs/acme/repos?page=2>; rel="next"'} if more else {}
    return of_json(200, body, **{"x-total-count": str(len(found))}, **link)


_SPEAKERS = {
    "github": _github, "gitlab": _gitlab, "bitbucket": _bitbucket, "azure-devops": _azure_devops, "gitea": _gitea,
}  # fmt: skip


@contextlib.contextmanager
def running(forge: Forge) -> Iterator[Forge]:
    """Run a forge while the context lasts."""
    with serving(forge.behave) as server:
        forge.server = server
        yield forge


def named(kind: str, *names: str, owner: str = "acme", **changes: Any) -> list[Hosted]:
    """Return repositories of an owner, in a project of Azure DevOps."""
    home = f"{owner}/main" if kind == "azure-devops" else owner
    return [Hosted(f"{home}/{name}", **changes) for name in names]
