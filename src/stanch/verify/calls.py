"""A call that a rule declares, filled with a credential and what goes with it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from stanch.verify import templates
from stanch.verify.asked import Endpoints, Request
from stanch.verify.declared import Call
from stanch.verify.templates import Hole, Unfit, filled, masked, parsed

_URL = re.compile(rb"https://[A-Za-z0-9.:\[\]-]+(?:[/?][!\"$-\[\]-~]*)?")
"""Printable characters of ASCII, without `#` and a backslash; no user before the host."""


def request(call: Call, values: Mapping[str, bytes], where: Endpoints) -> Request:
    """Return the request that a call makes of values, by their names. Raises Missing, Unfit, and Unanswered."""
    headers = {name: filled(text, values, templates.header) for name, text in call.headers.items()}
    lines = [f"{name}: {masked(text, values)}" for name, text in call.headers.items()]
    if call.bearer:
        headers["Authorization"] = f"Bearer {filled('{secret}', values, templates.header)}"
        lines.append(f"Authorization: Bearer {masked('{secret}', values)}")
    if call.basic:
        pair = ":".join(filled(text, values, templates.text) for text in call.basic)
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        lines.append(f"Authorization: Basic ({':'.join(masked(text, values) for text in call.basic)})")
    body, kind, shown = _body(call, values)
    if kind and "content-type" not in map(str.lower, headers):
        headers["Content-Type"] = kind
        lines.append(f"Content-Type: {kind}")
    lines += ["", shown] if shown else []
    url = where.at(_url(call.url, values))
    safe = _masked_url(call.url, url, values, where)
    for name, text in call.query.items():
        mark = "&" if "?" in url else "?"
        url += f"{mark}{templates.query(name.encode())}={filled(text, values, templates.query, whole=True)}"
        safe += f"{mark}{name}={masked(text, values)}"
    return Request(call.method, url, headers, body, safe, tuple(lines))


def _url(template: str, values: Mapping[str, bytes]) -> str:
    """Return a URL whose values are quoted as their places demand."""
    url = ""
    for part in parsed(template):
        if isinstance(part, Hole):
            quoting = _whole if not url else _place(url)
            value = "{" + part.name + (f"|{part.filter}" if part.filter else "") + "}"
            url += filled(value, values, quoting)
        else:
            url += part
    return url


def _place(before: str) -> templates.Quoting:
    if "?" in before:
        return templates.query
    in_host = before.startswith("https://") and "/" not in before[len("https://") :]
    return templates.host if in_host else templates.path


def _whole(value: bytes) -> str:
    """Return a value that is a whole URL."""
    if not _URL.fullmatch(value):
        raise Unfit("it is no https URL")
    return value.decode("ascii")


def _masked_url(template: str, url: str, values: Mapping[str, bytes], where: Endpoints) -> str:
    if template.startswith("{"):
        return f"https://{urlsplit(url).netloc}/…"
    return where.at(masked(template, values))


def _body(call: Call, values: Mapping[str, bytes]) -> tuple[bytes, str, str]:
    """Return the body, its type, and how it may be shown."""
    if call.form is not None:
        pairs = [(templates.query(name.encode()), text) for name, text in call.form.items()]
        body = "&".join(f"{name}={filled(text, values, templates.query, whole=True)}" for name, text in pairs)
        shown = "&".join(f"{name}={masked(text, values)}" for name, text in pairs)
        return body.encode(), "application/x-www-form-urlencoded", shown
    if call.json is not None:
        body = json.dumps(_mapped(call.json, lambda text: filled(text, values, templates.text)))
        shown = json.dumps(_mapped(call.json, lambda text: masked(text, values)), ensure_ascii=False)
        return body.encode(), "application/json", shown
    if call.body is not None:
        return filled(call.body, values, templates.text).encode(), "", masked(call.body, values)
    return b"", "", ""


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """Return something of JSON's kind with its texts changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _mapped(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(item, change) for item in value]
    return value
