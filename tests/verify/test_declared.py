"""A rule's `[rules.verify]`: what can be declared, what cannot, and how it is read."""

from __future__ import annotations

from typing import Any

import pytest

from stanch.verify.answers import Condition
from stanch.verify.declared import Check, faults, kebab, names_host, read

REQUEST: dict[str, Any] = {"url": "https://api.example.com/v1/me", "bearer": True}
GOOD: dict[str, Any] = {"request": REQUEST, "live": {"status": [200], "has": ["/id"]}, "dead": {"status": [401]}}


def asking(**changes: Any) -> dict[str, Any]:
    """Return a good table with changes to its request; None takes a key out."""
    return {**GOOD, "request": {key: value for key, value in {**REQUEST, **changes}.items() if value is not None}}


FINE = [
    GOOD,
    {**GOOD, "live": [{"status": [200]}, {"json": {"/ok": True, "/n": 1}}], "dead": [{"text": ["invalid"]}]},
    {**GOOD, "identity": ["/login", "/a~1b/0"], "scopes": {"header": "X-OAuth-Scopes"}, "from_memory": True},
    {**GOOD, "scopes": {"json": "/scopes"}, "endpoint": "example-eu"},
    {"by": "aws-sts"},
    {"by": "basic-auth", "around": "url"},
    {
        "by": "azure-storage",
        "hosts": ["*.blob.core.windows.net", "smtp.example.com:587"],
        "endpoint": "azure",
        "from_memory": True,
    },
    asking(method="POST", bearer=None, basic=["{acme-id}", "{secret}"], form={"a": "{secret}"}),
    asking(method="POST", json={"query": "{{ me {{ id }} }}", "nested": [{"key": "{secret}"}, 1, True]}),
    asking(method="POST", body="<key>{secret}</key>", headers={"Content-Type": "text/xml"}),
    asking(method="HEAD", query={"key": "{secret}"}),
    asking(url="https://api.example.com:8443/bot{secret}/me?x={secret}"),
    asking(url="{secret}", hosts=["hooks.example.com", "*.example.org"], bearer=None),
    asking(url="https://{shop}.example.com/admin", hosts=["*.example.com"]),
    {**asking(url="/-/whoami"), "endpoint": "npm"},
]
WRONG = [
    # table, what the fault says
    ({}, "verify.request is missing"),
    ({"request": REQUEST, "live": {"status": [200]}}, "verify.dead is missing"),
    ({**GOOD, "lives": {}}, "verify: unknown key 'lives'; did you mean live?"),
    ({**GOOD, "request": "GET"}, "verify.request must be a table"),
    ({**GOOD, "endpoint": "My Endpoint"}, "verify.endpoint must be kebab-case"),
    ({**GOOD, "from_memory": "yes"}, "verify.from_memory must be true or false"),
    ({**GOOD, "elsewhere": 1}, "verify.elsewhere must be true or false"),
    ({**GOOD, "hosts": ["a.example.com"]}, "verify.hosts is for a check in code"),
    ({**GOOD, "by": "x"}, "verify.request is not for a check in code"),
    ({"by": "x", "identity": ["/a"]}, "verify.identity is not for a check in code"),
    ({"by": 3}, "verify.by must be"),
    ({"by": "x", "around": "moon"}, "verify.around must be one of"),
    ({**GOOD, "around": "url"}, "verify.around is for a check in code"),
    ({"by": "x", "hosts": []}, "verify.hosts must be a list"),
    (asking(url=None), "verify.request.url is missing"),
    (asking(methd="GET"), "verify.request: unknown key 'methd'; did you mean method?"),
    (asking(method="DELETE"), "verify.request.method must be one of GET, HEAD, POST"),
    (asking(url="http://api.example.com/me"), "begin with https://"),
    (asking(url="{{secret}}"), "begin with https://"),
    (asking(url="https://{host}/me"), "written out, or hosts beside it"),
    (asking(url="https://{secret}.example.com/"), "written out, or hosts beside it"),
    (asking(url="{secret}"), "written out, or hosts beside it"),
    (asking(url="https://API.example.com/me"), "written out, or hosts beside it"),
    (asking(url="https://<registry>/me"), "written out, or hosts beside it"),
    (asking(url="https://127.0.0.1/me"), "written out, or hosts beside it"),
    (asking(url="https://2130706433/me"), "written out, or hosts beside it"),
    (asking(url="https://[::1]/me"), "written out, or hosts beside it"),
    (asking(url="https://localhost/me"), "written out, or hosts beside it"),
    (asking(url="https://vault.internal/me"), "written out, or hosts beside it"),
    (asking(url="https://example.com./me"), "written out, or hosts beside it"),
    (asking(url="https://user@example.com/me"), "has a user before its host"),
    (asking(url="https://{x}@evil.test/me", hosts=["example.com"]), "has a user before its host"),
    (asking(url="https://example.com/me#x"), "has a fragment"),
    (asking(url="https://example.com/m e"), "a space"),
    (asking(url="https://example.com/{secret|rot13}"), "no such filter"),
    (asking(url="/me"), "verify.endpoint must name it"),
    ({**asking(url="/me", hosts=["a.example.com"]), "endpoint": "x"}, "has none until --endpoint"),
    (asking(hosts=["example.com"]), "writes its host out"),
    (asking(url="{secret}", hosts=["Example.com"]), "is no host of a provider"),
    (asking(url="{secret}", hosts=["*"]), "is no host of a provider"),
    (asking(url="{secret}", hosts=["*.com"]), "is no host of a provider"),
    (asking(url="{secret}", hosts=["10.0.0.1"]), "is no host of a provider"),
    (asking(url="{secret}", hosts=["*.svc.internal"]), "is no host of a provider"),
    (asking(url="{secret}", hosts="example.com"), "must be a list of hosts"),
    (asking(bearer="yes"), "verify.request.bearer must be true or false"),
    (asking(bearer=None, basic=["{secret}"]), "verify.request.basic must be a list of user and password"),
    (asking(basic=["a", "{secret}"]), "exclude each other"),
    (asking(headers={"authorization": "token {secret}"}), "exclude each other"),
    (asking(headers={"Host": "evil.test"}), "'host' is no header's name"),
    (asking(headers={"X Y": "z"}), "'x y' is no header's name"),
    (asking(headers={"X-A": "1", "x-a": "2"}), "written twice"),
    (asking(headers={"X-A": 1}), "verify.request.headers.X-A must be a text"),
    (asking(headers={"X-A": "{"}), "a lone {"),
    (asking(query=["a"]), "verify.request.query must be a table"),
    (asking(method="POST", form={}, json={}), "it can have one body"),
    (asking(json={"a": 1}), "only POST has a body"),
    (asking(method="POST", body="x"), "needs a Content-Type header"),
    (asking(method="POST", json={"a": ["{b"]}), "a lone {"),
    ({**GOOD, "live": []}, "verify.live must be a table of conditions"),
    ({**GOOD, "live": {}}, "verify.live needs status, json, has or text"),
    ({**GOOD, "live": [{"status": [200]}, {"header": {"x": "y"}}]}, "verify.live[2] needs status"),
    ({**GOOD, "dead": {"stat": [401]}}, "unknown key 'stat'"),
    ({**GOOD, "dead": {"status": 401}}, "verify.dead.status must be a list"),
    ({**GOOD, "dead": {"status": []}}, "verify.dead.status must be a list"),
    ({**GOOD, "dead": {"status": [True]}}, "verify.dead.status must be a list"),
    *[({**GOOD, "dead": {"status": [code]}}, "statuses that say something") for code in (100, 302, 407, 408, 429, 500)],
    ({**GOOD, "live": {"json": {"ok": True}}}, "'ok' is no JSON pointer"),
    ({**GOOD, "live": {"json": {"/ok": [1]}}}, "a value must be a text, a number, true or false"),
    ({**GOOD, "live": {"json": {}}}, "verify.live.json must"),
    ({**GOOD, "live": {"has": "id"}}, "verify.live.has must be a list of JSON pointers"),
    ({**GOOD, "live": {"has": ["/a~2"]}}, "is no JSON pointer"),
    ({**GOOD, "live": {"text": ["  "]}}, "verify.live.text must be a list of texts"),
    ({**GOOD, "live": {"text": "yes"}}, "verify.live.text must be a list of texts"),
    ({**GOOD, "identity": "login"}, "verify.identity must be a list"),
    ({**GOOD, "scopes": {}}, "verify.scopes must have header or json"),
    ({**GOOD, "scopes": {"header": "x", "json": "/y"}}, "verify.scopes must have header or json"),
    ({**GOOD, "scopes": {"header": "x y"}}, "verify.scopes.header must be a header's name"),
]


@pytest.mark.parametrize("table", FINE)
def test_fine(table: dict[str, Any]) -> None:
    """A good table has no fault, and can be read."""
    assert list(faults(table)) == []
    assert read(table, "Example").endpoint


@pytest.mark.parametrize(("table", "says"), WRONG)
def test_wrong(table: dict[str, Any], says: str) -> None:
    """A fault names its key and says what to write."""
    found = list(faults(table))
    assert any(says in fault for fault in found), found
    assert all(fault.startswith("verify") for fault in found)


def test_read() -> None:
    """What is left out has its default; one condition is a list of one."""
    check = read({**GOOD, "dead": [{"status": [401]}, {"status": [403], "text": ["No"]}]}, "Example Inc.")
    assert check.call is not None
    assert (check.call.method, check.call.hosts, check.endpoint) == ("GET", ("api.example.com",), "example-inc")
    assert check.live == (Condition(status=(200,), has=("/id",)),)
    assert check.dead == (Condition(status=(401,)), Condition(status=(403,), text=("No",)))
    assert set(check.call.templates()) == {"https://api.example.com/v1/me", "{secret}"}


def test_read_a_check_in_code() -> None:
    """A check in code has no request; the rule names its hosts."""
    check = read({"by": "aws-sts", "hosts": ["sts.amazonaws.com"]}, "AWS")
    assert check == Check("aws", ("sts.amazonaws.com",), by="aws-sts")


HOSTS = [
    ("smtp.example.com:587", True),
    ("smtp.example.com", False),
    ("api.example.com:8443", False),
    ("api.example.com", True),
    ("a.example.org", True),
    ("a.b.example.org", True),
    ("example.org", False),
    ("badexample.org", False),
    ("api.example.com.evil.test", False),
    ("example.com", False),
    ("", False),
]


@pytest.mark.parametrize(("host", "named"), HOSTS)
def test_names_host(host: str, named: bool) -> None:
    """A name is itself alone; `*.` is all below a domain, not the domain."""
    assert names_host(("api.example.com", "*.example.org", "smtp.example.com:587"), host) is named


def test_kebab() -> None:
    """An endpoint's default name is the provider's, in kebab-case."""
    assert kebab("Acme Cloud (EU)") == "acme-cloud-eu"
