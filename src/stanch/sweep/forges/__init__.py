"""Forges: what each lists, asked through its API. One module for each; `client` alone touches the network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

from stanch.errors import UsageError, meant
from stanch.sweep import credentials
from stanch.sweep.forges import azure_devops, bitbucket, gitea, github, gitlab
from stanch.sweep.forges.client import Client, Failed
from stanch.sweep.forges.rows import FAILED, Entry
from stanch.sweep.listing import Listing
from stanch.sweep.model import Target
from stanch.sweep.names import is_loopback

__all__ = ["FAILED", "LISTS", "Client", "Entry", "Failed", "check_api", "checked", "opened"]

LISTS: Mapping[str, Callable[[Client, str], Iterator[Entry]]] = {
    "github": github.listed,
    "gitlab": gitlab.listed,
    "bitbucket": bitbucket.listed,
    "azure-devops": azure_devops.listed,
    "gitea": gitea.listed,
}
"""What yields the repositories of a name; it raises Failed where the listing breaks off."""
_APIS = {
    "github": "https://api.github.com",
    "gitlab": "https://gitlab.com/api/v4",
    "bitbucket": "https://api.bitbucket.org/2.0",
    "azure-devops": "https://dev.azure.com",
}
_WORD = r"[A-Za-z0-9_](?:[\w.-]*[\w-])?"
_FORMS: Mapping[str, tuple[str, re.Pattern[str]]] = {
    "github": ("github:ORG or github:USER", re.compile(_WORD, re.ASCII)),
    "gitlab": ("gitlab:GROUP or gitlab:GROUP/SUBGROUP", re.compile(rf"{_WORD}(?:/{_WORD})*", re.ASCII)),
    "bitbucket": ("bitbucket:WORKSPACE", re.compile(_WORD, re.ASCII)),
    "azure-devops": (
        "azure-devops:ORG or azure-devops:ORG/PROJECT",
        re.compile(rf"{_WORD}(?:/[\w(](?:[\w .()&+-]*[\w)+-])?)?"),  # a project's name may hold spaces
    ),
    "gitea": ("gitea:HOST/ORG", re.compile(rf"[A-Za-z0-9.-]+(?::[0-9]{{1,5}})?/{_WORD}", re.ASCII)),
}


def checked(forge: str, name: str) -> Target:
    """Return the target that `forge:name` names. Raises UsageError with what to write instead."""
    form, shape = _FORMS[forge]
    name = name.strip("/")
    if not shape.fullmatch(name):
        raise UsageError(f"{forge}: what follows is no name; write {form}")
    return Target(forge, name)


def check_api(api: Mapping[str, str]) -> None:
    """Raise UsageError for a forge that there is not, or a URL that no token may be sent to."""
    for forge, url in api.items():
        if forge not in LISTS:
            raise UsageError(f"--api {forge}=…: write one of {', '.join(LISTS)}{meant(forge, tuple(LISTS))}")
        try:
            parts = urlsplit(url)
            usable = parts.port is None or parts.port > 0
        except ValueError:
            parts, usable = urlsplit(""), False
        plain = parts.scheme == "http" and is_loopback(parts.hostname or "")
        if not usable or not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
            usable = False
        if not usable or not (parts.scheme == "https" or plain):
            raise UsageError(f"--api {forge}=…: write the URL of its API, such as https://HOST/api/v3, without a user")


def opened(target: Target, asked: Listing) -> Client:
    """Return what asks the API of a target's forge, with the token of the environment. Raises UsageError."""
    forge = target.forge
    root = asked.api.get(forge) or _APIS.get(forge)
    host = target.name.partition("/")[0]
    if root is None:
        root = f"https://{host}/api/v1"
    elif forge == "gitea" and host.lower() not in ((parts := urlsplit(root)).netloc.lower(), parts.hostname):
        raise UsageError(f"--api gitea=…: is not on {host}, which gitea:{target.name} names; sweep them one by one")
    headers = github.HEADERS if forge == "github" else {}
    return Client(root, credentials.authorization(forge), asked, headers, credentials.variables(forge))
