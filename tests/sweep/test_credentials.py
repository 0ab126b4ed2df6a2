"""Tokens: what git is told for a host, and for which hosts it is told nothing."""

from __future__ import annotations

import base64
from random import Random

import pytest

from stanch.errors import UsageError
from stanch.sweep import credentials
from stanch.sweep.model import Listed

TOKEN, OTHER = (Random(number).randbytes(20).hex() for number in (1, 2))
GHE = {"github": "https://ghe.example/api/v3"}


def at(url: str, forge: str = "url") -> Listed:
    """Return a repository at a URL."""
    return Listed(url.partition("://")[2], url, forge)


@pytest.mark.parametrize(
    ("forge", "variable", "url", "user"),
    [
        ("github", "GITHUB_TOKEN", "https://github.com/acme/shop", "x-access-token"),
        ("github", "GH_TOKEN", "https://ghe.example/acme/shop", "x-access-token"),
        ("gitlab", "GITLAB_TOKEN", "https://gitlab.com/acme/shop", "oauth2"),
        ("bitbucket", "BITBUCKET_TOKEN", "https://bitbucket.org/acme/shop", "x-token-auth"),
        ("azure-devops", "AZURE_DEVOPS_TOKEN", "https://dev.azure.com/acme/main/_git/shop", "pat"),
        ("gitea", "GITEA_TOKEN", "http://127.0.0.1:3000/acme/shop", "oauth2"),
    ],
)
def test_what_a_forge_listed(forge: str, variable: str, url: str, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets the forge's token, with the user that the forge documents; without a token nothing."""
    assert credentials.token(at(url, forge)) is None
    monkeypatch.setenv(variable, f"{TOKEN}\n")
    assert credentials.token(at(url, forge)) == (user, TOKEN)


@pytest.mark.parametrize(
    ("url", "api", "expected"),
    [
        ("https://github.com/acme/shop", {}, TOKEN),
        ("https://gitlab.com/acme/shop", {}, OTHER),
        ("https://github.com:8443/acme/shop", {}, None),
        ("https://github.com.example/acme/shop", {}, None),
        ("https://ghe.example/acme/shop", {}, None),
        ("https://ghe.example/acme/shop", GHE, TOKEN),
        ("https://github.com/acme/shop", GHE, None),
        ("https://codeberg.org/acme/shop", {}, None),
        ("git@github.com:acme/shop", {}, None),
        ("ssh://git@github.com/acme/shop", {}, None),
        ("http://github.com/acme/shop", {}, None),
        ("/srv/git/github.com", {}, None),
    ],
)
def test_what_somebody_wrote(
    url: str, api: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A URL gets a token only on the host that the token is for: the public one, or the instance of `--api`."""
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITLAB_TOKEN", OTHER)
    monkeypatch.setenv("GITEA_TOKEN", OTHER)
    found = credentials.token(at(url), api)
    assert (found and found[1]) == expected


@pytest.mark.parametrize(
    ("user", "git_user"), [("ann", "ann"), ("ann@acme.example", "x-bitbucket-api-token-auth")]
)  # fmt: skip
def test_a_user_and_password_of_bitbucket(user: str, git_user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An app password goes with a user's name; an API token with an e-mail address, and to git with a fixed one."""
    monkeypatch.setenv("BITBUCKET_USERNAME", user)
    listed = at("https://bitbucket.org/acme/shop", "bitbucket")
    assert credentials.authorization(listed.forge) is None
    monkeypatch.setenv("BITBUCKET_APP_PASSWORD", TOKEN)
    sent = credentials.authorization(listed.forge) or ""
    assert base64.b64decode(sent.removeprefix("Basic ")).decode() == f"{user}:{TOKEN}"
    assert credentials.token(listed) == (git_user, TOKEN)


@pytest.mark.parametrize("value", [f"{TOKEN} x", f"{TOKEN}\r\nX: y", f"{TOKEN}é"])
def test_a_token_that_no_header_can_hold(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused by its variable's name, and not shown."""
    monkeypatch.setenv("GITLAB_TOKEN", value)
    with pytest.raises(UsageError, match="GITLAB_TOKEN") as raised:
        credentials.token(at("https://gitlab.com/acme/shop", "gitlab"))
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize(
    ("root", "host"),
    [
        ("https://api.github.com", "github.com"),
        ("https://ghe.example/api/v3", "ghe.example"),
        ("https://api.acme.ghe.com", "acme.ghe.com"),
        ("https://api.bitbucket.org/2.0", "bitbucket.org"),
        ("https://gitlab.com/api/v4", "gitlab.com"),
    ],
)
def test_the_host_that_an_apis_repositories_are_on(root: str, host: str) -> None:
    """It is the API's own, or what follows `api.` in that."""
    assert credentials.git_host(root) == host
