"""Listings, as five forges on loopback give them: whole, in pages, late, refused, moved, and broken."""

from __future__ import annotations

import logging
import os
import socket
import stat
import threading
import time
from email.utils import formatdate
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest

from stanch.errors import UsageError
from stanch.model import Fault
from stanch.sweep import forges, targets
from stanch.sweep.forges.client import RETRIED
from stanch.sweep.listing import Listing
from stanch.sweep.model import Listed
from sweep.asking import Asking, ends, faults
from sweep.forge import BESIDE, KINDS, VARIABLES, Forge, Hosted, named, running
from verify.servers import PAGE, Reply, Seen, hang, of_json, serving

LINKED = ("github", "gitlab", "bitbucket")
"""Forges whose pages name the next one, and have ETags."""
TOKEN = Random(__name__).randbytes(20).hex()


@pytest.mark.parametrize("kind", KINDS)
def test_a_repository_is_told_with_all_that_its_forge_tells(kind: str, asking: Asking) -> None:
    """Its name is the host and path, its URL holds no user, and its size is in bytes."""
    (hosted,) = named(kind, "Shop", size=4096, branch="trunk")
    with running(Forge(kind, [hosted])) as forge:
        (entry,) = asking.forge(forge)
    path = "acme/main/_git/shop" if kind == "azure-devops" else "acme/shop"
    page = forge.url(hosted.path) if kind == "azure-devops" else f"https://{forge.host}/acme/Shop"
    url = forge.url(hosted.path)
    assert entry == Listed(f"{forge.host}/{path}", url, kind, 4096, web=page, branch="trunk")


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_is_read(kind: str, asking: Asking) -> None:
    """Seven repositories on pages of three; those of Azure DevOps in seven projects, which come in pages."""
    home = [f"acme/p{n}" if kind == "azure-devops" else "acme" for n in range(7)]
    hosted = [Hosted(f"{home[n]}/r{n}") for n in range(7)]
    with running(Forge(kind, hosted, page=3)) as forge:
        entries = asking.forge(forge)
        requests = len(forge.asked)
    assert ends(entries) == [f"r{n}" for n in range(7)]
    assert requests == (10 if kind == "azure-devops" else 3)


@pytest.mark.parametrize("kind", KINDS)
def test_two_thousand_repositories(kind: str, asking: Asking) -> None:
    """In twenty pages, or as many as the forge's largest page makes."""
    with running(Forge(kind, named(kind, *(f"r{n:04}" for n in range(2000))))) as forge:
        entries = asking.forge(forge)
        requests = len(forge.asked)
    assert ends(entries) == [f"r{n:04}" for n in range(2000)]
    assert requests <= 40


@pytest.mark.parametrize("kind", KINDS)
def test_an_organisation_without_repositories_is_no_fault(kind: str, asking: Asking) -> None:
    """It is whole, and there is nothing in it."""
    empty = {"bitbucket": {"values": []}, "azure-devops": {"value": [], "count": 0}}.get(kind, [])
    with running(Forge(kind, [], first=[of_json(200, empty)])) as forge:
        assert asking.forge(forge) == []


FINE = "shop"
GONE = "no such organisation, or it needs a token in"
NOW = 1_900_000_000
"""The time by the clock of a server, which is years ahead of ours."""
AT = formatdate(NOW, usegmt=True)

ANSWERS: list[tuple[str, list[Reply], str, list[int]]] = [
    ("a server's errors pass", [Reply(500), Reply(502), Reply(503)], FINE, [1, 2, 4]),
    ("what is said to pass in a while does", [Reply(503, b"", {"retry-after": "7"})], FINE, [7]),
    ("a server in trouble for long is given up", [Reply(500)] * 9, "(status 500), 6 times", [1, 2, 4, 8, 16]),
    ("a limit with Retry-After", [Reply(429, b"", {"retry-after": "33"})], FINE, [33]),
    ("a secondary limit of GitHub's is a 403", [Reply(403, b"", {"retry-after": "60"})], FINE, [60]),
    (
        "GitHub's limit ends at a time, by its own clock",
        [Reply(403, b"", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 90), "date": AT})],
        FINE,
        [91],
    ),
    ("GitLab's limit", [Reply(429, b"", {"ratelimit-reset": str(NOW + 20), "date": AT})], FINE, [21]),
    ("the draft's RateLimit-Reset is seconds", [Reply(429, b"", {"ratelimit-reset": "20"})], FINE, [20]),
    ("a limit that does not say how long", [of_json(403, {"message": "API rate limit exceeded"})], FINE, [60]),
    ("a limit without a word", [Reply(429)], FINE, [60]),
    ("a limit that is over already is not asked about at once", [Reply(429, b"", {"retry-after": "0"})], FINE, [1]),
    ("a limit for longer than anybody waits", [Reply(429, b"", {"retry-after": "7200"})], "asks to wait 120 min", []),
    ("waits add up", [Reply(429, b"", {"retry-after": "1900"})] * 2, "30 minutes are left", [1900]),
    ("a 403 that is no limit", [of_json(403, {"message": "Forbidden"})], "may not list it (status 403)", []),
    ("single sign-on", [Reply(403, b"", {"x-github-sso": "required; url=https://a.example"})], "single sign-on", []),
    ("no token where one is needed", [Reply(401)], "it wants a token", []),
    ("no such name, for orgs and users", [Reply(404), Reply(404)], GONE, []),
    ("an answer that is cut off", [Reply(200, b"[" + b" " * 99, {}, cut=50)], FINE, [1]),
    ("malformed JSON", [Reply(200, b'[{"clone_url": ')], "it answers with no JSON", []),
    ("JSON as deep as no answer is", [Reply(200, b"[" * 200_000)], "it answers with no JSON", []),
    ("a page for people", [PAGE], "with a page for people: is this its API's URL?", []),
    ("a page to sign in, of Azure DevOps", [Reply(203, PAGE.body)], "it wants a token", []),
    ("JSON of another shape", [of_json(200, {"values": 3, "value": 3})], "", []),
    ("a list of no objects", [of_json(200, {"values": [3], "value": [3]})], "", []),
    ("a status that means nothing here", [Reply(418)], "status 418", []),
    ("not modified, though nothing was kept", [Reply(304)], "status 304", []),
    ("a redirect to another host", [Reply(302, b"", {"location": "https://127.0.0.1/x"})], "https://127.0.0.1, w", []),
    ("a redirect to plain HTTP", [Reply(302, b"", {"location": "http://localhost/x"})], "http://localhost, w", []),
    ("a redirect to what is no URL", [Reply(302, b"", {"location": "https://x:y/"})], FINE, [1]),
    ("redirects in a circle", [Reply(302, b"", {"location": "?"})] * 6, "its redirects do not end", []),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_answers_of_every_kind(kind: str, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """What passes is waited for; all else ends the listing with a fault that says why."""
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    owner = "acme/main" if kind == "azure-devops" else "acme"
    with running(Forge(kind, named(kind, "shop"))) as forge:
        for what, first, expected, waits in ANSWERS:
            forge.first = list(first)
            asking.waits.clear()
            entries = asking.forge(forge, owner)
            if expected == FINE:
                assert (ends(entries), faults(entries)) == (["shop"], []), what
            else:
                (fault,) = faults(entries)
                assert (fault.kind, ends(entries)) == ("listing-failed", []), what
                assert expected in fault.detail, what
            assert asking.waits == waits, what


@pytest.mark.parametrize("kind", KINDS)
def test_a_listing_that_breaks_off_keeps_what_was_told(kind: str, asking: Asking) -> None:
    """The first page is listed; the fault comes after it and names the target."""
    home = [f"acme/p{n}" if kind == "azure-devops" else "acme" for n in range(4)]
    hosted = [Hosted(f"{home[n]}/r{n}") for n in range(4)]

    def broken(seen: Seen) -> Reply | None:
        return Reply(500) if "page=2" in seen.target or "continuationToken" in seen.target else None

    with running(Forge(kind, hosted, page=2, instead=broken)) as forge:
        *entries, fault = asking.forge(forge)
    assert ends(entries) == ["r0", "r1"]
    assert faults([fault]) == [Fault(forge.target(), "listing-failed", "server error (status 500), 6 times")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_renamed_organisation_is_followed(kind: str, asking: Asking) -> None:
    """Its old name redirects to the new one, on the same host; the repositories are named by the new one."""
    with running(Forge(kind, named(kind, "shop"), moved={"old-acme": "acme"})) as forge:
        (entry,) = asking.forge(forge, "old-acme/main" if kind == "azure-devops" else "old-acme")
    assert isinstance(entry, Listed)
    if kind != "azure-devops":  # which names its organisation nowhere in the answer
        assert entry.name == f"{forge.host}/acme/shop"


@pytest.mark.parametrize("kind", KINDS)
def test_the_token_goes_to_the_api_asked_for_and_nowhere_else(
    kind: str, asking: Asking, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A redirect or a next page on another host makes a fault, and that host sees nothing."""
    monkeypatch.setenv(VARIABLES[kind], TOKEN)
    caplog.set_level(logging.DEBUG)
    with running(Forge(kind, named(kind, "shop"), token=TOKEN)) as forge, serving(lambda _: Reply()) as other:
        away = f"https://127.0.0.1:{other.port}/x"
        assert ends(asking.forge(forge)) == ["shop"]
        forge.first = [Reply(307, b"", {"location": away})]
        (fault,) = asking.forge(forge)
        if kind in LINKED:
            page = {"values": [], "next": away} if kind == "bitbucket" else []
            forge.first = [of_json(200, page, link=f'<{away}>; rel="next"')]
            assert "which is not given the token" in faults(asking.forge(forge))[0].detail
        assert other.connections == 0
        assert all(TOKEN not in seen.target for seen in forge.asked)
    assert isinstance(fault, Fault)
    assert "https://127.0.0.1, which is not given the token" in fault.detail
    assert TOKEN not in caplog.text + repr(fault)


@pytest.mark.parametrize("kind", LINKED)
def test_a_listing_that_has_not_changed_is_not_sent_again(kind: str, asking: Asking, tmp_path: Path) -> None:
    """Every page is asked with its ETag and answered without a body; one that changed is read anew."""
    folder = tmp_path / "cache" / "listings"
    hosted = named(kind, *(f"r{n}" for n in range(7)), size=2048)
    replies: list[int] = []
    with running(Forge(kind, hosted, page=3)) as forge:
        forge.instead = lambda seen: replies.append("if-none-match" in seen.headers)
        first = asking.forge(forge, cache=folder)
        assert asking.forge(forge, cache=folder) == first
        assert replies == [False] * 3 + [True] * 3
        hosted[6] = named(kind, "new")[0]
        assert ends(asking.forge(forge, cache=folder)) == ["r0", "r1", "r2", "r3", "r4", "r5", "new"]
    files = sorted(folder.iterdir())
    assert len(files) == 3 + 1  # the pages and the salt
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert BESIDE.encode() not in b"".join(file.read_bytes() for file in files)
    assert not any("acme" in file.name for file in files)


@pytest.mark.parametrize("kind", LINKED)
def test_a_damaged_cache_is_asked_past(kind: str, asking: Asking, tmp_path: Path) -> None:
    """A page that does not load, or is of another question, is asked for again; so is one in a new salt."""
    with running(Forge(kind, named(kind, "shop"))) as forge:
        for damage, what in ((b"{", "*.json"), (b"[]", "*.json"), (b'{"question": 1}', "*.json"), (b"short", "salt")):
            assert ends(asking.forge(forge, cache=tmp_path)) == ["shop"]
            for file in tmp_path.glob(what):
                file.write_bytes(damage)
        assert ends(asking.forge(forge, cache=tmp_path)) == ["shop"]


def test_the_cache_never_shows_the_token(asking: Asking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in a name nor in a file."""
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    with running(Forge("github", named("github", "shop"), token=TOKEN)) as forge:
        assert ends(asking.forge(forge, cache=tmp_path)) == ["shop"]
    assert all(TOKEN.encode() not in file.read_bytes() + os.fsencode(file.name) for file in tmp_path.iterdir())


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(asking: Asking, tmp_path: Path) -> None:
    """The folder is a file."""
    (tmp_path / "file").write_text("x")
    with running(Forge("github", named("github", "shop"))) as forge:
        assert ends(asking.forge(forge, cache=tmp_path / "file")) == ["shop"]


FORKED = (
    Hosted("acme/a", fork=True, parent="acme/b"),
    Hosted("acme/b", fork=True, parent="acme/z"),
    Hosted("acme/c", fork=True, parent="else/where"),
    Hosted("acme/z"),
)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("github", "zabc"), ("gitlab", "zbca"), ("bitbucket", "zbca"), ("gitea", "zbca")],
)  # fmt: skip
def test_a_repository_comes_before_its_forks(kind: str, expected: str, asking: Asking) -> None:
    """GitHub's list says that it is a fork, and not of what."""
    with running(Forge(kind, list(FORKED))) as forge:
        entries = asking.forge(forge)
    assert "".join(ends(entries)) == expected
    parents = {entry.name[-1]: entry.parent for entry in entries if isinstance(entry, Listed)}
    assert parents["a"] == (None if kind == "github" else f"{forge.host}/acme/b")


KINDS_OF = [
    Hosted("acme/kept", 2048),
    Hosted("acme/forked", 2048, fork=True),
    Hosted("acme/old", 2048, archived=True),
    Hosted("acme/big", 1 << 30),
    Hosted("acme/Docs-Site", 2048),
]


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ({}, []),
        ({"forks": False}, [("forked", "fork")]),
        ({"archived": False}, [("old", "archived")]),
        ({"max_size": 1 << 20}, [("big", "too large")]),
        ({"exclude": ("acme/docs-*",)}, [("docs-site", "excluded")]),
        ({"exclude": ("*/KEPT",)}, [("kept", "excluded")]),
        ({"include": ("localhost:*/acme/*d",), "exclude": ("acme/old",)}, [
            ("kept", "not included"), ("big", "not included"), ("docs-site", "not included"), ("old", "excluded"),
        ]),
        ({"include": ("kept",)}, [(name, "not included") for name in ("kept", "forked", "old", "big", "docs-site")]),
    ],
)  # fmt: skip
def test_what_is_left_out_is_told(asked: dict[str, object], left: list[tuple[str, str]], asking: Asking) -> None:
    """With the reason; globs are of the name or of it without the host, in any case, and of the whole of it."""
    with running(Forge("gitea", KINDS_OF)) as forge:
        entries = asking.forge(forge, **asked)
    assert sorted((name.rpartition("/")[2], why) for name, why in asking.passed) == sorted(left)
    assert sorted(ends(entries) + [name for name, _ in left]) == ["big", "docs-site", "forked", "kept", "old"]


@pytest.mark.parametrize(("kind", "why"), [("gitlab", "without a repository"), ("azure-devops", "disabled")])
def test_what_cannot_be_cloned_is_left_out(kind: str, why: str, asking: Asking) -> None:
    """It is told, and is no fault."""
    with running(Forge(kind, named(kind, "off", disabled=True) + named(kind, "on"))) as forge:
        assert ends(asking.forge(forge)) == ["on"]
    ((_, said),) = asking.passed
    assert said == why


def test_a_user_of_github(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no organisation of that name; with one's own token one's private repositories are told too."""
    with running(Forge("github", named("github", "own", owner="ann") + named("github", "its", owner="bob"))) as forge:
        assert ends(asking.forge(forge, "ann")) == ["own"]
        monkeypatch.setenv("GH_TOKEN", TOKEN)
        assert ends(asking.forge(forge, "Ann")) == ["own"]
        assert ends(asking.forge(forge, "bob")) == ["its"]
    asked = [urlsplit(seen.target).path.removeprefix("/api/v3") for seen in forge.asked]
    assert asked[:2] == ["/orgs/ann/repos", "/users/ann/repos"]
    assert asked[2:5] == ["/orgs/Ann/repos", "/user", "/user/repos"]
    assert asked[5:] == ["/orgs/bob/repos", "/user", "/users/bob/repos"]


def test_a_user_of_gitea(asking: Asking) -> None:
    """Where there is no organisation of that name."""
    with running(Forge("gitea", named("gitea", "own", owner="ann"))) as forge:
        assert ends(asking.forge(forge, "ann")) == ["own"]


def test_sub_groups_of_gitlab(asking: Asking) -> None:
    """Those below are listed with it, and one can be asked for alone."""
    with running(Forge("gitlab", [Hosted("acme/one"), Hosted("acme/team/two"), Hosted("acme/team/x/three")])) as forge:
        assert ends(asking.forge(forge)) == ["one", "two", "three"]
        assert ends(asking.forge(forge, "acme/team")) == ["two", "three"]
    assert "/groups/acme%2Fteam/projects" in forge.asked[-1].target


def test_one_project_that_may_not_be_seen_is_not_all_of_azure_devops(asking: Asking) -> None:
    """It is a fault with its name; the others are listed."""
    hosted = [Hosted("acme/one/a"), Hosted("acme/two words/b"), Hosted("acme/z/c")]
    with running(Forge("azure-devops", hosted)) as forge:
        forge.instead = lambda seen: Reply(403) if "/one/" in seen.target else None
        entries = asking.forge(forge)
        assert [entry.name for entry in entries if isinstance(entry, Listed)] == [
            f"{forge.host}/acme/two%20words/_git/b", f"{forge.host}/acme/z/_git/c",
        ]  # fmt: skip
    assert [fault.target for fault in faults(entries)] == ["azure-devops:acme/one"]


def test_partial_results_of_github_are_a_fault(asking: Asking) -> None:
    """It leaves out what the token is not authorised for by single sign-on, with status 200."""
    with running(Forge("github", named("github", "shop"))) as forge:
        forge.first = [of_json(200, [], **{"x-github-sso": "partial-results; organizations=1,2"})]
        (fault,) = asking.forge(forge)
    assert isinstance(fault, Fault)
    assert "single sign-on" in fault.detail


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (None, "it holds nothing"),
        (7, "it holds nothing"),
        ("https://localhost/acme/../../x.git", "its path holds . or .."),
        ("http://forge.example/acme/x.git", "write https://"),
        ("ext::sh -c x", "it is no URL"),
        ("file:///etc", "without file://"),
    ],
)
def test_addresses_that_are_none(url: object, why: str, asking: Asking) -> None:
    """One that a forge tells and nobody should clone is a fault; the others are listed."""
    fine = {"clone_url": "https://localhost/acme/ok.git", "html_url": "javascript:alert(1)"}
    rows = [{"clone_url": url}, {**fine, "fork": True, "parent": {"clone_url": "nowhere"}}]
    with running(Forge("gitea", [])) as forge:
        forge.first = [of_json(200, rows, **{"x-total-count": "2"})]
        entry, fault = asking.forge(forge)
    assert isinstance(entry, Listed)
    assert (entry.name, entry.web, entry.parent) == ("localhost/acme/ok", None, None)
    assert isinstance(fault, Fault)
    assert why in fault.detail


def test_a_repository_on_another_host_is_not_the_forges(asking: Asking) -> None:
    """It is listed as a URL, so no token goes there."""
    with running(Forge("github", [])) as forge:
        forge.first = [of_json(200, [{"clone_url": "https://elsewhere.example/acme/shop.git"}])]
        (entry,) = asking.forge(forge)
    assert isinstance(entry, Listed)
    assert (entry.forge, entry.url) == ("url", "https://elsewhere.example/acme/shop.git")


def test_waits_are_said(asking: Asking) -> None:
    """Those that somebody would wonder about."""
    with running(Forge("github", named("github", "shop"), first=[Reply(429, b"", {"retry-after": "600"})])) as forge:
        asking.forge(forge)
    assert asking.said == ["localhost: rate limit (status 429); waiting 10 minutes"]


def test_a_forge_that_wants_to_be_asked_slowly_is(asking: Asking) -> None:
    """Azure DevOps sends Retry-After with answers that are fine; it counts for the next request."""
    with running(Forge("azure-devops", [Hosted("acme/one/a")])) as forge:
        forge.first = [of_json(200, {"value": [{"name": "one"}]}, **{"retry-after": "3"})]
        assert ends(asking.forge(forge)) == ["a"]
    assert asking.waits == [3]


def test_too_long_an_answer(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not read to its end."""
    monkeypatch.setattr("stanch.sweep.forges.client.LARGEST", 1 << 20)
    with running(Forge("github", [], first=[Reply(200, b" " * (2 << 20))])) as forge:
        (fault,) = asking.forge(forge)
    assert isinstance(fault, Fault)
    assert fault.detail == "it answers with more than 1 MB"


def test_a_forge_that_never_answers(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked again, and then given up."""
    monkeypatch.setattr("stanch.sweep.forges.client._SECONDS", 0.05)
    with running(Forge("github", [])) as forge, serving(hang) as silent:
        (fault,) = asking.forge(forge, api={"github": f"https://localhost:{silent.port}"})
    assert isinstance(fault, Fault)
    assert fault.detail == f"no answer in time, {RETRIED + 1} times"


@pytest.mark.parametrize(
    ("headers", "body"),
    [({"link": '<https://x:y/>; rel="next"'}, []), ({}, {"values": [], "next": "https://x:y/"})],
)
def test_a_next_page_that_is_no_url(headers: dict[str, str], body: object, asking: Asking) -> None:
    """It is not asked for, and the listing is not whole."""
    kind = "bitbucket" if isinstance(body, dict) else "gitlab"
    with running(Forge(kind, [], first=[of_json(200, body, **headers)])) as forge:
        (fault,) = asking.forge(forge)
    assert isinstance(fault, Fault)
    assert fault.detail == "it names what is no URL"


def test_an_instance_that_knows_no_pages(asking: Asking) -> None:
    """Gitea's are counted; one that gives the first again and again, and no total, would be asked for ever."""
    with running(Forge("gitea", [])) as forge:
        forge.instead = lambda _: of_json(200, [{"clone_url": forge.url("acme/shop")}])
        entry, fault = asking.forge(forge)
        assert len(forge.asked) == 2
    assert (ends([entry]), faults([fault])[0].detail) == (["shop"], "its pages do not end")


def test_gitea_is_asked_at_the_host_that_its_target_names() -> None:
    """No `--api` is needed for it."""
    assert (
        forges.opened(targets.parse("gitea:git.example:3000/acme"), Listing()).root == "https://git.example:3000/api/v1"
    )


def test_a_host_where_nobody_listens(asking: Asking) -> None:
    """It is asked some times, and then given up."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    (fault,) = asking.targets("gitlab:acme", api={"gitlab": f"http://127.0.0.1:{port}"})
    assert isinstance(fault, Fault)
    assert fault.detail == f"no connection, {RETRIED + 1} times"


def test_an_answer_that_takes_too_long(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a little of it comes."""
    monkeypatch.setattr("stanch.sweep.forges.client._WHOLE", 0)
    with running(Forge("github", named("github", "shop"))) as forge:
        (fault,) = asking.forge(forge)
    assert isinstance(fault, Fault)
    assert fault.detail == f"no whole answer in 0 seconds, {RETRIED + 1} times"


def test_a_time_by_our_clock(asking: Asking) -> None:
    """A limit that ends at a time, from a server that does not say what time it has."""
    limit = Reply(403, b"", {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{time.time() + 50:.0f}"})
    with running(Forge("github", named("github", "shop"), first=[limit])) as forge:
        assert ends(asking.forge(forge)) == ["shop"]
    (wait,) = asking.waits
    assert 40 < wait < 53


def test_a_token_of_an_app_is_nobodys(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub refuses to say whose it is; a user's public repositories are listed. A refused token is a fault."""
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    status = 403
    with running(Forge("github", named("github", "own", owner="ann"))) as forge:
        forge.instead = lambda seen: Reply(status) if seen.target == "/api/v3/user" else None
        assert ends(asking.forge(forge, "ann")) == ["own"]
        status = 401
        (fault,) = asking.forge(forge, "ann")
    assert isinstance(fault, Fault)
    assert "the token is refused" in fault.detail


def test_pages_in_a_circle(asking: Asking) -> None:
    """A page that names itself as the next ends the listing, and a fault says so."""
    with running(Forge("gitlab", named("gitlab", "shop"))) as forge:
        forge.instead = lambda seen: of_json(200, [], link=f'<{seen.target}>; rel="next"')
        (fault,) = asking.forge(forge)
    assert isinstance(fault, Fault)
    assert fault.detail == "its pages do not end"


def test_a_certificate_of_nobodys(asking: Asking) -> None:
    """It is not accepted, and not asked for again and again."""
    with running(Forge("github", named("github", "shop"))) as forge:
        (fault,) = asking.forge(forge, ca_bundle=None)
    assert isinstance(fault, Fault)
    assert fault.detail == "the server's certificate is not trusted: name its authority with --ca-bundle"
    assert asking.waits == []


def test_a_proxy_is_used(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTPS_PROXY names one; this one opens no connection, which is said."""
    with running(Forge("github", named("github", "shop"))) as forge, socket.create_server(("127.0.0.1", 0)) as proxy:
        asked: list[bytes] = []

        def refuse() -> None:
            for _ in range(RETRIED + 1):
                connection, _ = proxy.accept()
                with connection:
                    asked.append(connection.recv(4096))
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")

        thread = threading.Thread(target=refuse)
        thread.start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        (fault,) = asking.forge(forge)
        thread.join(10)
        assert forge.asked == []
    assert asked[0].startswith(f"CONNECT {forge.host} HTTP/1.1".encode())
    assert isinstance(fault, Fault)
    assert fault.detail == f"the proxy opens no connection, {RETRIED + 1} times"


@pytest.mark.parametrize(
    ("api", "why"),
    [
        ({"githb": "https://x.example"}, "did you mean github"),
        ({"github": "http://ghe.example/api/v3"}, "write the URL"),
        ({"github": "ghe.example"}, "write the URL"),
        ({"github": "https://user@ghe.example"}, "without a user"),
        ({"github": "https://ghe.example/?x=1"}, "write the URL"),
        ({"github": "https://[ghe/"}, "write the URL"),
        ({"github": "https://ghe.example:99999/"}, "write the URL"),
        ({"gitea": "https://git.example/api/v1"}, "is not on other.example"),
    ],
)  # fmt: skip
def test_apis_that_are_none(api: dict[str, str], why: str, asking: Asking) -> None:
    """What no token may be sent to is refused before anything is asked."""
    with pytest.raises(UsageError, match=r"--api") as raised:
        asking.targets("gitea:other.example/acme", api=api)
    assert why in str(raised.value)


def test_a_token_that_can_be_none_is_refused_and_not_shown(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of a library would show it."""
    monkeypatch.setenv("GITHUB_TOKEN", f"{TOKEN} {TOKEN}")
    with pytest.raises(UsageError, match="GITHUB_TOKEN: holds characters") as raised:
        asking.targets("github:acme")
    assert TOKEN not in str(raised.value)


def test_gitea_token_goes_to_one_host(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one instance's: a sweep of two would show it to the other."""
    monkeypatch.setenv("GITEA_TOKEN", TOKEN)
    with pytest.raises(UsageError, match="belongs to one host"):
        asking.targets("gitea:one.example/acme", "gitea:two.example/acme")


def test_nothing_is_asked_before_it_is_wanted(asking: Asking) -> None:
    """A listing is lazy: the second page is asked for when the first has been taken."""
    with running(Forge("gitlab", named("gitlab", "a", "b", "c"), page=1)) as forge:
        entries = targets.listed(targets.parse("gitlab:acme"), asking.listing(api={"gitlab": forge.api}))
        assert forge.asked == []
        next(entries)
        assert len(forge.asked) == 1
        assert len(list(entries)) == 2
