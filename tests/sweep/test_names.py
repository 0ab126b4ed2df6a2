"""Names of repositories: one for each, however its address is written."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stanch.sweep import names

TOKEN = Random(__name__).randbytes(20).hex()

SAME = {
    "github.com/acme/shop": [
        "https://github.com/acme/shop",
        "https://github.com/acme/shop.git",
        "https://GitHub.com/Acme/Shop.git/",
        "https://github.com:443/acme//shop",
        "https://github.com./acme/shop",
        "https://www.github.com/acme/shop",
        "https://ann@github.com/acme/shop",
        f"https://x:{TOKEN}@github.com/acme/shop",
        "git@github.com:acme/shop.git",
        "github.com:Acme/shop",
        "ssh://git@github.com/acme/shop.git",
        "ssh://git@github.com:22/acme/shop.git",
        "ssh://git@ssh.github.com:443/acme/shop.git",
        "  https://github.com/acme/shop  ",
        "https://github.com/acme/%73hop",
        "https://github.com/acme/shop.git.git",
        "https://github.com/acme/shop/.git",
    ],
    "gitlab.com/acme/team/shop": ["https://gitlab.com/acme/team/shop.git", "git@gitlab.com:acme/team/shop.git"],
    "dev.azure.com/acme/web%20shop/_git/shop": [
        "https://dev.azure.com/acme/web%20shop/_git/shop",
        "https://acme@dev.azure.com/Acme/Web%20Shop/_git/Shop",
        "git@ssh.dev.azure.com:v3/acme/web shop/shop",
        "ssh://git@ssh.dev.azure.com/v3/acme/web%20shop/shop",
        "https://acme.visualstudio.com/DefaultCollection/Web%20Shop/_git/shop",
        "acme@vs-ssh.visualstudio.com:v3/acme/web shop/shop",
    ],
    "dev.azure.com/acme/shop/_git/shop": ["https://dev.azure.com/acme/_git/shop"],
    "git.example/Acme/Shop": ["https://git.example/Acme/Shop.git", "ssh://git@git.example:2222/Acme/Shop"],
    "git.example:8443/Acme/Shop": ["https://git.example:8443/Acme/Shop.git"],
    "git.example/srv/git/shop": ["ann@git.example:/srv/git/shop.git", "ssh://ann@git.example/srv/git/shop.git"],
    "git.example/~ann/shop": ["https://git.example/~ann/shop", "https://git.example/%7Eann/shop"],
    "git.example/a%2Fb": ["https://git.example/a%2fb"],
    "git.example/%E2%9C%93": ["https://git.example/✓", "https://git.example/%e2%9c%93.git"],
    "[::1]:8080/acme/shop": ["http://[0:0::1]:8080/acme/shop"],
    "127.0.0.1:8080/acme/shop": ["http://127.0.0.1:8080/acme/shop.git"],
}


@pytest.mark.parametrize("name", SAME)
def test_one_repository_has_one_name(name: str) -> None:
    """However its address is written; a forge's own path is in lower case, another server's may mean it."""
    assert {names.address(text).name for text in SAME[name]} == {name}


def test_a_private_forge_does_not_tell_case_either() -> None:
    """Which hosts are forges' is known where one lists them."""
    assert names.address("https://ghe.example/Acme/Shop.git", fold=True).name == "ghe.example/acme/shop"


URLS = [
    ("https://ann@github.com/Acme/Shop.git/", "https://github.com/Acme/Shop.git", False),
    (f"https://{TOKEN}@github.com/acme/shop", "https://github.com/acme/shop", True),
    (f"https://ann:{TOKEN}@github.com/acme/shop", "https://github.com/acme/shop", True),
    ("https://ann:@github.com/acme/shop", "https://github.com/acme/shop", True),
    (f"ssh://git:{TOKEN}@git.example:2222/x/y.git", "ssh://git@git.example:2222/x/y.git", True),
    ("git@github.com:acme/shop.git", "git@github.com:acme/shop.git", False),
    ("git@[::1]:acme/shop.git", "git@[::1]:acme/shop.git", False),
    ("https://git.example:8443/a b/c", "https://git.example:8443/a%20b/c", False),
    ("http://localhost:8080/x/y.git", "http://localhost:8080/x/y.git", False),
]


@pytest.mark.parametrize(("text", "url", "credentials"), URLS)
def test_what_git_clones_holds_no_credentials(text: str, url: str, credentials: bool) -> None:
    """And it is told when some stood there; the user of SSH is none."""
    found = names.address(text)
    assert (found.url, found.credentials) == (url, credentials)
    assert names.address(found.url) == (found.name, found.url, False)


REFUSED = [
    ("", "it holds nothing"),
    ("https://github.com/acme/shop\n", "control characters"),
    ("https://github.com/acme/sh%0aop", "control characters"),
    ("acme/shop", "it is no URL"),
    ("file:///srv/git/shop.git", "by its path"),
    ("git://git.example/shop.git", "write https://"),
    ("ext::sh -c touch% x", "it is no URL"),
    ("ext::ssh:x", "it is no URL"),
    ("http://git.example/acme/shop", "write https://"),
    ("https://github.com/acme", "write github:OWNER"),
    ("https://git.example/", "it names no repository"),
    ("https://git.example/.git", "it names no repository"),
    ("https://github.com/acme/shop?x=y", "leave out what follows"),
    ("https://github.com/acme/shop#readme", "leave out what follows"),
    ("https://git.example/a/../b", "holds . or .."),
    ("https://git.example/a/%2e%2e/b", "holds . or .."),
    ("https://git.example:x/a", "cannot be read"),
    ("https://[::1/a", "cannot be read"),
    ("https://[v1.x]/a", "cannot be read"),
    ("https://exämple.test/a", "in ASCII"),
    ("ssh://-oProxyCommand=x/a", "cannot be read"),
    ("ssh://-x@git.example/a", "its user cannot be read"),
    ("-oProxyCommand=x:a/b", "cannot be read"),
    ("-x@git.example:a/b", "its user cannot be read"),
    ("git.example:--upload-pack=x", "begins with a dash"),
]


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_what_is_no_address(text: str, why: str) -> None:
    """It is said what to write; what git or ssh would take for an option or a command is no address."""
    with pytest.raises(ValueError, match=re.escape(why)):
        names.address(text)


_SEGMENT = st.text("abcXYZ019-_.~%2fF+ :@é", min_size=1, max_size=8)
_HOSTS = st.sampled_from([*names.PUBLIC, "git.example", "GIT.example:8443", "[::1]", "acme.visualstudio.com"])
_FORMS = st.sampled_from(["https://{}/{}", "ssh://git@{}/{}", "https://ann@{}/{}", "git@{}:{}"])


@given(_FORMS, _HOSTS, st.lists(_SEGMENT, min_size=1, max_size=5), st.booleans())
def test_a_name_is_its_own_name(form: str, host: str, path: list[str], fold: bool) -> None:
    """Read again as an address, a name gives itself; and so does the URL."""
    try:
        found = names.address(form.format(host, "/".join(path)), fold=fold)
    except ValueError:
        return
    assert names.address(f"https://{found.name}", fold=fold).name == found.name
    assert names.address(found.url, fold=fold) == (found.name, found.url, False)


@example("0/", "{1}:{0}@a/b")
@given(st.text(st.characters(max_codepoint=0x2FF), max_size=40), st.sampled_from(["{1}:{0}@a/b", "{0}:{1}@a/b"]))
def test_no_text_breaks_it(text: str, form: str) -> None:
    """It is an address without the token that stood in the URL, or a ValueError that shows nothing of the text."""
    try:
        said = names.address("https://" + form.format(TOKEN, text)).url
    except ValueError as error:
        said = str(error)
    assert TOKEN not in said
