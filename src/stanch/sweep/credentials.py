"""Tokens, from the environment only: what an API is told, and what git is told, for the host that a token belongs to.

How git takes a token, as each forge documents it: GitHub, "Authenticating as a GitHub App installation" (any user goes
with a personal token); GitLab, "Token overview" (any; `oauth2` for OAuth); Bitbucket, "Using access tokens" and
"Using API tokens"; Azure DevOps, "Use personal access tokens" (any); Gitea, "API usage" (any).
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from stanch.errors import UsageError
from stanch.sweep.model import Listed
from stanch.sweep.names import PUBLIC, is_loopback

VARIABLES = {
    "github": ("GITHUB_TOKEN", "GH_TOKEN"),
    "gitlab": ("GITLAB_TOKEN",),
    "bitbucket": ("BITBUCKET_TOKEN",),
    "azure-devops": ("AZURE_DEVOPS_TOKEN",),
    "gitea": ("GITEA_TOKEN",),
}
"""Where the token of a forge is looked for; the first that is set is taken."""
_GIT_USERS = {
    "github": "x-access-token",
    "gitlab": "oauth2",
    "bitbucket": "x-token-auth",
    "azure-devops": "pat",
    "gitea": "oauth2",
}
_BITBUCKET = ("BITBUCKET_USERNAME", "BITBUCKET_APP_PASSWORD")
_NONE: Mapping[str, str] = MappingProxyType({})


def token(listed: Listed, api: Mapping[str, str] = _NONE) -> tuple[str, str] | None:
    """Return the user and the password that git is to be given for a repository; None where no token belongs.

    What a forge listed stands on that forge's host, which `repositories` has checked. A URL that somebody wrote gets
    the token of a public forge, unless `api`, as in `Listing`, says that the token is a private instance's; then it
    gets that for its host. Raises UsageError for a token that cannot be one.
    """
    if "://" not in listed.url:
        return None
    parts = urlsplit(listed.url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        return None
    forge = listed.forge if listed.forge in VARIABLES else _owner(host, parts.port, api)
    if forge is None:
        return None
    if found := _token(forge):
        return _GIT_USERS[forge], found
    pair = _pair() if forge == "bitbucket" else None
    if pair and "@" in pair[0]:  # an API token goes with an e-mail address to the API, and with this to git
        return "x-bitbucket-api-token-auth", pair[1]
    return pair


def authorization(forge: str) -> str | None:
    """Return the Authorization header that the API of a forge is sent, or None without a token. Raises UsageError."""
    found = _token(forge)
    if forge == "bitbucket" and not found:
        pair = _pair()
        return _basic(*pair) if pair else None
    if not found:
        return None
    if forge == "azure-devops":
        return _basic("", found)
    return f"token {found}" if forge == "gitea" else f"Bearer {found}"


def variables(forge: str) -> str:
    """Return the names of the variables that a forge's token is looked for in, for a message."""
    return " or ".join((*VARIABLES[forge], *(["BITBUCKET_APP_PASSWORD"] if forge == "bitbucket" else [])))


def git_host(root: str) -> str:
    """Return the host that repositories are cloned from, by the root of an API: github.com for api.github.com."""
    host = urlsplit(root).hostname or ""
    return host.removeprefix("api.")


def _owner(host: str, port: int | None, api: Mapping[str, str]) -> str | None:
    """Return the forge whose token may go to a host that somebody named in a URL."""
    for forge, root in api.items():
        if git_host(root) == host:
            return forge
    public = PUBLIC.get(host)
    if public is None or public == "gitea" or public in api or port not in (None, 443):
        return None  # a token of Gitea may be any instance's
    return public


def _token(forge: str) -> str | None:
    return next((found for name in VARIABLES[forge] if (found := _read(name))), None)


def _pair() -> tuple[str, str] | None:
    user, password = map(_read, _BITBUCKET)
    return (user, password) if user and password else None


def _read(name: str) -> str:
    """Return a variable's value. Raises UsageError for one that no header can hold: an error later would show it."""
    value = os.environ.get(name, "").strip()
    if not all("!" <= character <= "~" for character in value):
        raise UsageError(f"{name}: holds characters that no token has, such as spaces; set it anew")
    return value


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
