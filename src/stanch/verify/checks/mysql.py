"""A password of MySQL or MariaDB: does the server let its user in? Nothing is asked but the login.

Codes: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
"""

from __future__ import annotations

from typing import Any

from stanch.model import Status, Verdict
from stanch.verify.asked import Asked, Unanswered
from stanch.verify.checks import places
from stanch.verify.checks.dialogues import Line, talk, trouble
from stanch.verify.checks.extras import needed
from stanch.verify.checks.places import Place
from stanch.verify.client import Client

PORT = 3306
_UNSAFE = frozenset(
    {b"mysql_clear_password", b"dialog", b"mysql_old_password", b"sha256_password", b"caching_sha2_password"}
)
"""Ways to log in that, without TLS, give the password away: as it is, or for a key that anyone may have sent."""
_DEAD = {1045: "the server refuses the password, or the user from here", 1698: "the server refuses the user"}
_LIVE = {
    1044: "may not use this database",
    1049: "the database does not exist, the password is right",
    1820: "must be changed at the next login",
    1862: "must be changed at the next login",
}
"""What comes after a login that the server accepted."""
_NO_TLS = "network: the server has no TLS, which the URL demands"
_UNKNOWN = {
    1040: "the server has too many connections",
    1129: "the server blocks this address",
    1130: "the server does not let this address in",
    1203: "the user has too many connections",
    1226: "the user has too many connections",
    3118: "the account is locked",
    3955: "the account is locked",
    4151: "the account is locked",
}


async def check(asked: Asked, client: Client) -> Verdict:
    """Return whether the server that stands around the password lets the user in with it."""
    place = places.database(asked)
    _driver()
    password = place.password(asked)
    address = await client.address(place.host, place.port or PORT)
    return place.named(await talk(client, address, lambda line: _login(line, place, password), what="MySQL"))


def _driver() -> Any:
    return needed("databases", "pymysql.connections")[0]


def _login(line: Line, place: Place, password: str) -> Verdict:
    """Log in, and say how the server takes it."""
    driver = _driver()
    base = driver.Connection

    class Login(base):  # type: ignore[misc, valid-type]  # the driver has no types
        """A connection that gives no password away without TLS."""

        def _get_auth_plugin_handler(self, name: bytes) -> Any:
            if name in _UNSAFE and not line.encrypted:
                raise Unanswered("unsupported: the server wants the password without TLS")
            return super()._get_auth_plugin_handler(name)

    connection = Login(
        host=place.host, user=place.user, password=password.encode(), database=place.path or None,
        defer_connect=True, ssl_disabled=_tls(place.query) is False, autocommit=None,
    )  # fmt: skip
    connection.ctx = line
    connection._ssl_required = _tls(place.query) is True
    try:
        connection.connect(line)
    except driver.err.MySQLError as error:
        return _refused(error)
    return Verdict(Status.LIVE)


def _tls(query: Any) -> bool | None:
    """Does the URL demand TLS, forbid it, or leave it to the server?"""
    names = ("ssl-mode", "sslmode", "ssl_mode", "tls", "ssl", "usessl", "requiressl", "require_ssl")
    values = {query[name].lower().replace("_", "-") for name in names if name in query}
    if values & {
        "required",
        "require",
        "verify-ca",
        "verify-identity",
        "verify-full",
        "true",
        "1",
        "trust",
    }:
        return True
    return False if values & {"disabled", "disable", "false", "0"} else None


def _refused(error: Exception) -> Verdict:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    if code in _DEAD:
        return Verdict(Status.DEAD, _DEAD[code])
    if code in _LIVE:
        return Verdict(Status.LIVE, _LIVE[code])
    if 1000 <= code < 2000 or 3000 <= code < 6000:
        raise Unanswered(f"unexpected answer: {_UNKNOWN.get(code, f'error {code}')}")
    raise Unanswered(_NO_TLS if code == 2026 else trouble(getattr(error, "original_exception", error), "MySQL"))
