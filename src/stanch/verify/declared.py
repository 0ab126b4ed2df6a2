"""A rule's `[rules.verify]`: checked key by key, and read into a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stanch.errors import meant
from stanch.surroundings import SURROUNDINGS
from stanch.verify import templates
from stanch.verify.answers import Condition

METHODS = ("GET", "HEAD", "POST")
KEYS = (
    "request",
    "live",
    "dead",
    "identity",
    "scopes",
    "endpoint",
    "elsewhere",
    "from_memory",
    "by",
    "hosts",
    "around",
)
REQUEST = ("method", "url", "headers", "query", "bearer", "basic", "form", "json", "body", "hosts")
CONDITION = ("status", "json", "has", "header", "text")
BODIES = ("form", "json", "body")
_CODED = ("by", "endpoint", "from_memory", "hosts", "around")

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.(?P<top>[a-z]{{2,}})(?::(?!443\Z)[1-9][0-9]{{1,4}})?")
_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FIELD = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A header's name (RFC 9110, section 5.1)."""
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)+")
"""A JSON pointer (RFC 6901) to a part of a document."""
_LOCAL = frozenset({"local", "localdomain", "internal", "localhost", "lan", "home", "arpa"})
_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "proxy-authorization", "expect", "accept-encoding"}
)
"""Headers that the client writes."""


@dataclass(frozen=True, slots=True)
class Call:
    """The request that a rule declares; all texts are templates."""

    method: str
    url: str
    hosts: tuple[str, ...]
    """The hosts that may be asked, `host` or `host:port`, and `*.domain` for all under it.

    Empty: none until an endpoint is named.
    """
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    bearer: bool = False
    basic: tuple[str, str] | None = None
    form: Mapping[str, str] | None = None
    json: Any = None
    body: str | None = None

    def templates(self) -> Iterator[str]:
        """Yield all templates."""
        yield self.url
        yield from self.headers.values()
        yield from self.query.values()
        yield from self.basic or ()
        yield from (self.form or {}).values()
        yield from strings(self.json)
        if self.body is not None:
            yield self.body
        if self.bearer:
            yield "{secret}"


@dataclass(frozen=True, slots=True)
class Check:
    """How a rule's credentials are checked: a request with its conditions, or a check in code that `by` names."""

    endpoint: str
    """The name for `--endpoint`."""
    hosts: tuple[str, ...]
    call: Call | None = None
    live: tuple[Condition, ...] = ()
    dead: tuple[Condition, ...] = ()
    identity: tuple[str, ...] = ()
    scopes_header: str | None = None
    scopes_pointer: str | None = None
    from_memory: bool = False
    elsewhere: bool = False
    """Are there other hosts, of regions or of one's own, whose credentials look the same and do not name them?"""
    by: str | None = None


def read(table: Mapping[str, Any], provider: str) -> Check:
    """Return the check that a table without faults declares; `provider` is the rule's."""
    request = table.get("request")
    call = _call(request) if request else None
    scopes = table.get("scopes", {})
    return Check(
        endpoint=table.get("endpoint") or kebab(provider),
        hosts=call.hosts if call else tuple(table.get("hosts", ())),
        call=call,
        live=tuple(map(_condition, _tables(table.get("live", ())))),
        dead=tuple(map(_condition, _tables(table.get("dead", ())))),
        identity=tuple(table.get("identity", ())),
        scopes_header=scopes.get("header"),
        scopes_pointer=scopes.get("json"),
        from_memory=table.get("from_memory", False),
        elsewhere=table.get("elsewhere", False),
        by=table.get("by"),
    )


def kebab(provider: str) -> str:
    """Return a provider's name as `--endpoint` takes it: `Acme Cloud` is `acme-cloud`."""
    return "-".join(re.findall(r"[a-z0-9]+", provider.lower()))


def strings(value: Any) -> Iterator[str]:
    """Yield all texts that are values in something of JSON's kind."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)


def _call(request: Mapping[str, Any]) -> Call:
    literal = _literal_host(request["url"])
    known = {key: request[key] for key in REQUEST if key in request and key not in ("hosts", "basic")}
    basic = request.get("basic")
    return Call(**{
        "method": "GET",
        **known,
        "hosts": tuple(request.get("hosts", [literal] if literal else [])),
        "basic": (basic[0], basic[1]) if basic else None,
    })  # fmt: skip


def _condition(table: Mapping[str, Any]) -> Condition:
    return Condition(
        status=tuple(table.get("status", ())),
        json=table.get("json", {}),
        has=tuple(table.get("has", ())),
        header=table.get("header", {}),
        text=tuple(table.get("text", ())),
    )


def _tables(value: Any) -> list[Any]:
    return [value] if isinstance(value, Mapping) else list(value)


def _literal_host(url: str) -> str | None:
    """Return the host that a template writes out, with its port if it has one; None where a value is in it."""
    return name if _is_host(name := authority(url)) else None


def _is_host(text: str) -> bool:
    """Is that a host that a provider can have on the internet, with a port where it is not 443?"""
    found = _HOST.fullmatch(text)
    return found is not None and found["top"] not in _LOCAL


def authority(url: str) -> str:
    """Return what stands between `https://` and the path in a URL's template; nothing where it has no host."""
    return re.split(r"[/?#\\]", url.removeprefix("https://"), maxsplit=1)[0] if url.startswith("https://") else ""


def names_host(hosts: Iterable[str], host: str) -> bool:
    """Is a host, in lower case and with `:` and its port where that is not 443, among those that a rule names?"""
    return any(host.endswith(name[1:]) if name.startswith("*.") else host == name for name in hosts)


def faults(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a `[rules.verify]`, each with the key that it is about."""
    yield from _unknown("verify", table, KEYS)
    if "endpoint" in table and not _is(table["endpoint"], _KEBAB):
        yield "verify.endpoint must be kebab-case"
    for key in ("elsewhere", "from_memory"):
        if not isinstance(table.get(key, False), bool):
            yield f"verify.{key} must be true or false"
    if "by" in table:
        yield from _coded(table)
        return
    for key in ("hosts", "around"):
        if key in table:
            yield f"verify.{key} is for a check in code" + ("; a request has its own" if key == "hosts" else "")
    for key in ("request", "live", "dead"):
        if key not in table:
            yield f"verify.{key} is missing; a check has request, live and dead, or by"
    if "request" in table:
        yield from _request(table["request"], named="endpoint" in table)
    for key in ("live", "dead"):
        if key in table:
            yield from _conditions(f"verify.{key}", table[key])
    yield from _pointers("verify.identity", table.get("identity", ["/"]))
    yield from _scopes(table.get("scopes", {"json": "/"}))


def _coded(table: Mapping[str, Any]) -> Iterator[str]:
    if not _is(table["by"], _KEBAB):
        yield "verify.by must be the kebab-case name of a check in stanch/verify/checks"
    for key in table:
        if key in KEYS and key not in _CODED:
            yield f"verify.{key} is not for a check in code; leave it out, or leave out by"
    if "hosts" in table:
        yield from _hosts("verify.hosts", table["hosts"])
    if "around" in table and table["around"] not in tuple(SURROUNDINGS):
        yield f"verify.around must be one of {', '.join(SURROUNDINGS)}"


def _request(request: Any, *, named: bool) -> Iterator[str]:
    """Yield what is wrong with a request; `named` says whether the check names its endpoint."""
    if not isinstance(request, Mapping):
        yield "verify.request must be a table"
        return
    yield from _unknown("verify.request", request, REQUEST)
    method = request.get("method", "GET")
    if method not in METHODS:
        yield f"verify.request.method must be one of {', '.join(METHODS)}"
    yield from _url(request, named=named)
    if "hosts" in request:
        yield from _hosts("verify.request.hosts", request["hosts"])
    if not isinstance(request.get("bearer", False), bool):
        yield "verify.request.bearer must be true or false"
    yield from _headers(request)
    for key in ("query", "form"):
        yield from _texts(f"verify.request.{key}", request.get(key, {}))
    bodies = [key for key in BODIES if key in request]
    if len(bodies) > 1:
        yield f"verify.request has {' and '.join(bodies)}; it can have one body"
    if bodies and method != "POST":
        yield f"verify.request.{bodies[0]}: only POST has a body"
    for template in strings(request.get("json")):
        yield from _template("verify.request.json", template)
    if "body" in request:
        yield from _template("verify.request.body", request["body"])


def _headers(request: Mapping[str, Any]) -> Iterator[str]:
    headers = request.get("headers", {})
    yield from _texts("verify.request.headers", headers)
    names = [name.lower() for name in headers] if isinstance(headers, Mapping) else []
    for name in names:
        if not _FIELD.fullmatch(name) or name in _OURS or names.count(name) > 1:
            yield f"verify.request.headers: {name!r} is no header's name, written twice, or the client's to write"
    if "body" in request and "content-type" not in names:
        yield "verify.request.body needs a Content-Type header"
    if "basic" in request:
        basic = request["basic"]
        if not isinstance(basic, list | tuple) or len(basic) != 2:
            yield "verify.request.basic must be a list of user and password"
        else:
            for template in basic:
                yield from _template("verify.request.basic", template)
    if sum((bool(request.get("bearer")), "basic" in request, "authorization" in names)) > 1:
        yield "verify.request: bearer, basic and the header Authorization exclude each other"


def _url(request: Mapping[str, Any], *, named: bool) -> Iterator[str]:
    url = request.get("url")
    if not isinstance(url, str):
        yield "verify.request.url is missing"
        return
    yield from _template("verify.request.url", url)
    if url.startswith("/"):
        if not named:
            yield "verify.request.url has no host, so verify.endpoint must name it"
        if "hosts" in request:
            yield "verify.request.hosts: a url without a host has none until --endpoint names it"
    elif not url.startswith(("https://", "{")) or url.startswith("{{"):
        yield "verify.request.url must begin with https://, with a value that does, or with / for an endpoint's path"
    else:
        yield from _place(url, request.get("hosts"))
    if re.search(r"[#\s\\]", url):
        yield "verify.request.url has a fragment, a space or a backslash"


def _place(url: str, hosts: Any) -> Iterator[str]:
    """Yield why a secret must not be sent where a url leads: only hosts that the rule writes out are ever asked."""
    literal = _literal_host(url)
    if "@" in authority(url):
        yield "verify.request.url has a user before its host; write basic"
    elif hosts is None and literal is None:
        yield "verify.request.url must have a host of the provider, in lower case and written out, or hosts beside it"
    elif hosts is not None and literal is not None:
        yield "verify.request.hosts: the url writes its host out; leave hosts out"


def _hosts(where: str, hosts: Any) -> Iterator[str]:
    if not isinstance(hosts, list | tuple) or not hosts:
        yield f"{where} must be a list of hosts"
        return
    for host in hosts:
        if not isinstance(host, str) or not _is_host(host.removeprefix("*.")):
            yield f"{where}: {host!r} is no host of a provider, in lower case; *. stands for all names under a domain"


def _conditions(where: str, value: Any) -> Iterator[str]:
    listed = _tables(value) if isinstance(value, Mapping | list | tuple) else []
    if not listed or not all(isinstance(table, Mapping) for table in listed):
        yield f"{where} must be a table of conditions, or a list of such tables"
        return
    for number, table in enumerate(listed, 1):
        place = where if len(listed) == 1 else f"{where}[{number}]"
        yield from _unknown(place, table, CONDITION)
        if not {"status", "json", "has", "text"} & table.keys():
            yield f"{place} needs status, json, has or text"
        yield from _statuses(place, table.get("status", [200]))
        for key, check in (("json", _values), ("has", _pointers), ("header", _texts), ("text", _words)):
            if key in table:
                if not table[key]:
                    yield f"{place}.{key} must not be empty"
                yield from check(f"{place}.{key}", table[key])


def _statuses(where: str, value: Any) -> Iterator[str]:
    """Yield what is wrong; a redirect, a rate limit and a server's error say nothing about a credential."""
    good = isinstance(value, list | tuple) and value and all(type(code) is int for code in value)
    if not good or not all(200 <= code < 300 or (400 <= code < 500 and code not in (407, 408, 429)) for code in value):
        yield f"{where}.status must be a list of statuses that say something: no redirect, 407, 408, 429 or 5xx"


def _values(where: str, value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{where} must be a table of JSON pointers and values"
        return
    yield from _pointers(where, list(value))
    if not all(isinstance(item, str | int | float | bool) for item in value.values()):
        yield f"{where}: a value must be a text, a number, true or false"


def _pointers(where: str, value: Any) -> Iterator[str]:
    if not isinstance(value, list | tuple) or not value:
        yield f"{where} must be a list of JSON pointers"
        return
    for pointer in value:
        if not _is(pointer, _POINTER):
            yield f"{where}: {pointer!r} is no JSON pointer; write /user/login"


def _scopes(value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping) or len(value) != 1 or not {"header", "json"} & value.keys():
        yield "verify.scopes must have header or json, and nothing else"
    elif "json" in value:
        yield from _pointers("verify.scopes.json", [value["json"]])
    elif not _is(value["header"], _FIELD):
        yield "verify.scopes.header must be a header's name"


def _texts(where: str, value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{where} must be a table of texts"
        return
    for key, item in value.items():
        yield from _template(f"{where}.{key}", item)


def _words(where: str, value: Any) -> Iterator[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item.strip() for item in value):
        yield f"{where} must be a list of texts"


def _template(where: str, value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{where} must be a text"
        return
    try:
        list(templates.parsed(value))
    except ValueError as error:
        yield f"{where}: {error}"


def _unknown(where: str, table: Mapping[str, Any], known: tuple[str, ...]) -> Iterator[str]:
    for key in table:
        if key not in known:
            yield f"{where}: unknown key {key!r}" + (meant(key, known) or f"; known are {', '.join(known)}")


def _is(value: Any, expression: re.Pattern[str]) -> bool:
    return isinstance(value, str) and expression.fullmatch(value) is not None
