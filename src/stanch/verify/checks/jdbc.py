"""A password in a JDBC URL: asked as the database that the URL names asks it."""

from __future__ import annotations

from stanch.model import Verdict
from stanch.verify.asked import Asked, Unanswered
from stanch.verify.checks import load, places
from stanch.verify.client import Client

_DATABASES = {"mariadb": "mysql", "mysql": "mysql", "postgresql": "postgresql"}


async def check(asked: Asked, client: Client) -> Verdict:
    """Return what the database's own check says. Raises Unanswered for a database that has none."""
    scheme = places.text(asked, "its URL").partition("://")[0]
    if scheme not in _DATABASES:
        raise Unanswered("unsupported: a JDBC URL of another database than PostgreSQL, MySQL and MariaDB")
    return await load(_DATABASES[scheme])(asked, client)
