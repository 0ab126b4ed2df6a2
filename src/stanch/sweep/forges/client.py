"""The network as a listing sees it: one API, page by page, patient, bounded, and its token sent nowhere else."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from stanch import __version__
from stanch.sweep.forges.kept import Kept
from stanch.sweep.forges.rows import Row, picked
from stanch.sweep.listing import Listing
from stanch.verify.client import asked_to_wait, refused
from stanch.verify.connecting import trusting

LARGEST = 32 << 20
"""Bytes of one answer; a hundred repositories of GitHub are 0.6 MB."""
RETRIED = 5
"""How often a request is sent again after a rate limit, a server's error or a broken connection."""
REDIRECTS = 5
PAGES = 20_000
"""Of one listing: two million repositories."""
_SECONDS = 30.0
"""For a connection, and between two parts of an answer."""
_WHOLE = 120.0
"""Seconds for a whole answer."""
_MINUTE = 60.0
"""What GitHub wants one to wait after a rate limit that does not say how long."""
_EPOCH = 1_000_000_000
"""A `RateLimit-Reset` above is a time, of GitLab; below it is seconds from now, of the IETF's draft."""
_MOVED = (301, 302, 303, 307, 308)


class Failed(Exception):
    """A listing that cannot go on; its text says why, without a URL or what a library says."""

    def __init__(self, detail: str, status: int | None = None) -> None:
        super().__init__(detail)
        self.status = status


class _Broken(Exception):
    """An exchange that broke and may work another time."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: what was picked of it, and how it goes on."""

    rows: tuple[Row, ...]
    next: str | None = None
    """URL, of a `Link` header or of the body."""
    continued: str | None = None
    """The continuation token of Azure DevOps."""
    total: int | None = None
    """`X-Total-Count`: how many there are on all pages."""
    warning: str | None = None
    """`X-GitHub-SSO` of an answer that leaves something out."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    next: str | None


class Client:
    """Asks one API, for one listing. To be closed."""

    def __init__(
        self, root: str, authorization: str | None, asked: Listing, headers: Mapping[str, str], variables: str
    ) -> None:
        """`root` is the API's URL; `variables` names where its token comes from, for messages.

        Raises UsageError for a CA bundle that cannot be used.
        """
        self.root = root.rstrip("/")
        self.signed = authorization is not None
        """Is a token sent?"""
        self._asked, self._variables = asked, variables
        self._origin = _origin(httpx.URL(root))
        self._kept = Kept(asked.cache) if asked.cache is not None else None
        self._left, self._rest = asked.patience, 0.0
        signed = {"Authorization": authorization} if authorization else {}
        self._http = httpx.Client(
            verify=trusting(asked.ca_bundle),
            follow_redirects=False,
            timeout=_SECONDS,
            mounts={"http://": None},  # loopback only, which is behind no proxy
            headers={
                "User-Agent": f"stanch/{__version__}", "Accept": "application/json", "Accept-Encoding": "gzip",
                **headers, **signed,
            },
        )  # fmt: skip

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def pages(self, path: str, fields: tuple[str, ...], within: str | None = None) -> Iterator[Page]:
        """Yield a page and those that follow it by their URLs. Raises Failed."""
        url: str | None = self.root + path
        asked: set[str] = set()
        while url is not None:
            if url in asked or len(asked) >= PAGES:
                raise Failed("its pages do not end")
            asked.add(url)
            page = self._page(url, fields, within)
            yield page
            url = page.next

    def page(self, path: str, fields: tuple[str, ...], within: str | None = None) -> Page:
        """Return an answer, the `fields` of its objects picked: of `within` in it, of a list, or of itself.

        Raises Failed.
        """
        return self._page(self.root + path, fields, within)

    def _page(self, url: str, fields: tuple[str, ...], within: str | None) -> Page:
        target = self._target(self.root, url)
        question = f"1 {target} {within} {' '.join(fields)}"
        known = self._kept.get(question) if self._kept else {}
        answer = self._answered(target, known.get("etag"))
        if answer.status == 304:
            return Page(tuple(map(Row, known["rows"])), *(known[name] for name in _CONTINUING))
        page = _read(answer, fields, within)
        if self._kept and (etag := answer.headers.get("etag")):
            going_on = {name: getattr(page, name) for name in _CONTINUING}
            self._kept.put(question, {"etag": etag, "rows": [row.values for row in page.rows], **going_on})
        return page

    def _target(self, base: httpx.URL | str, reference: str) -> httpx.URL:
        """Return a URL that may be asked. Raises Failed for one of another host: the token is not for that."""
        try:
            url = httpx.URL(base).join(reference)
        except (httpx.InvalidURL, ValueError):
            raise Failed("it names what is no URL") from None
        if _origin(url) != self._origin or url.userinfo:
            raise Failed(
                f"it sends to another place, {url.scheme}://{url.host}, which is not given the token"
                f" (a page to sign in means that {self._variables} is not valid)"
            )
        return url

    def _answered(self, url: httpx.URL, etag: str | None) -> _Answer:
        """Return an answer of status 200 or 304, waiting and asking again where that helps. Raises Failed."""
        for attempt in range(RETRIED + 1):
            self._pause(self._rest, "it asks to be asked slowly")
            self._rest = 0.0
            try:
                answer = self._redirected(url, etag)
            except _Broken as error:
                why, wait = str(error), None
            else:
                if answer.status == 200:
                    slowly = asked_to_wait(answer.headers.get("retry-after"))  # Azure DevOps, "Rate and usage limits"
                    self._rest = slowly or 0.0
                    return answer
                if answer.status == 304 and etag:
                    return answer
                if not _is_passing(answer):
                    raise Failed(self._meaning(answer), answer.status)
                why = f"{'server error' if answer.status >= 500 else 'rate limit'} (status {answer.status})"
                wait = _told_wait(answer)
            if attempt < RETRIED:
                backed_off = 2**attempt * random.uniform(0.5, 1)  # noqa: S311  # no secret
                self._pause(backed_off if wait is None else max(wait, 1.0), why)
        raise Failed(f"{why}, {RETRIED + 1} times")

    def _pause(self, seconds: float, why: str) -> None:
        """Wait, and say so where somebody would wonder. Raises Failed when patience does not last."""
        if seconds <= 0:
            return
        if seconds > self._left:
            raise Failed(f"{why}; it asks to wait {_minutes(seconds)}, and {_minutes(self._left)} are left for waits")
        self._left -= seconds
        if seconds >= 5:
            self._asked.said(f"{self._origin[1]}: {why}; waiting {_minutes(seconds)}")
        self._asked.sleep(seconds)

    def _redirected(self, url: httpx.URL, etag: str | None) -> _Answer:
        """Return an answer that is no redirect: an organisation that was renamed is found on the same host."""
        for _ in range(REDIRECTS + 1):
            answer = self._once(url, etag)
            if answer.status not in _MOVED:
                return answer
            url = self._target(url, answer.headers.get("location", ""))
        raise Failed("its redirects do not end")

    def _once(self, url: httpx.URL, etag: str | None) -> _Answer:
        """Send a request. Raises _Broken and Failed, never with what a library says: that may be a URL or a header."""
        until = time.monotonic() + _WHOLE
        try:
            with self._http.stream("GET", url, headers={"If-None-Match": etag} if etag else {}) as answer:
                body = bytearray()
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > LARGEST:
                        raise Failed(f"it answers with more than {LARGEST >> 20} MB")
                    if time.monotonic() > until:
                        raise _Broken(f"no whole answer in {_WHOLE:g} seconds")
                follows = answer.links.get("next", {}).get("url")
                return _Answer(answer.status_code, answer.headers, bytes(body), follows)
        except httpx.TimeoutException:
            raise _Broken("no answer in time") from None
        except httpx.ProxyError:
            raise _Broken("the proxy opens no connection") from None
        except httpx.ConnectError as error:
            why = refused(error)
            if "certificate" in why:
                raise Failed(f"{why}: name its authority with --ca-bundle") from None
            raise _Broken(why) from None
        except (httpx.HTTPError, httpx.StreamError, OSError):
            raise _Broken("the connection broke, or what came was no HTTP") from None

    def _meaning(self, answer: _Answer) -> str:
        """Say what an answer means that is no listing."""
        if answer.status == 404:
            token = "the token may not see it" if self.signed else f"it needs a token in {self._variables}"
            return f"no such organisation, or {token} (status 404)"
        if answer.status in (401, 203):
            token = "the token is refused: it has expired or is another host's" if self.signed else "it wants a token"
            return f"{token}; set {self._variables} (status {answer.status})"
        if answer.status == 403:
            sso = "; authorise it for the organisation's single sign-on" if "x-github-sso" in answer.headers else ""
            return f"the token in {self._variables} may not list it{sso} (status 403)"
        return f"it answers with status {answer.status}"


_CONTINUING = ("next", "continued", "total", "warning")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _read(answer: _Answer, fields: tuple[str, ...], within: str | None) -> Page:
    """Return what is picked of an answer. Raises Failed for what is no such JSON."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        html = ", but with a page for people: is this its API's URL?" if answer.body.lstrip()[:1] == b"<" else ""
        raise Failed(f"it answers with no JSON{html}") from None
    objects = said.get(within) if within and isinstance(said, dict) else said
    if not isinstance(objects, list):
        objects = [objects] if not within else None
    if objects is None or not all(isinstance(value, dict) for value in objects):
        raise Failed("its answer has not the shape that its documentation gives")
    follows = said.get("next") if isinstance(said, dict) and isinstance(said.get("next"), str) else answer.next
    total = answer.headers.get("x-total-count", "")
    sso = answer.headers.get("x-github-sso", "")
    return Page(
        tuple(Row(picked(value, fields)) for value in objects),
        follows,
        answer.headers.get("x-ms-continuationtoken") or None,
        int(total) if total.isascii() and total.isdecimal() and len(total) < 10 else None,
        sso if sso.startswith("partial-results") else None,
    )


def _is_passing(answer: _Answer) -> bool:
    """May the same request be answered later? A 403 is a rate limit only where it says so."""
    if answer.status == 429 or answer.status >= 500:
        return answer.status != 501
    return answer.status == 403 and (
        "retry-after" in answer.headers
        or answer.headers.get("x-ratelimit-remaining") == "0"
        or b"rate limit" in answer.body[:4096].lower()
    )


def _told_wait(answer: _Answer) -> float | None:
    """Return the seconds that an answer asks to wait; None where it leaves that open.

    GitHub, "Rate limits for the REST API": `Retry-After`, else `X-RateLimit-Reset`, else a minute. GitLab, "Rate
    limits": `Retry-After`, `RateLimit-Reset`.
    """
    if (wait := asked_to_wait(answer.headers.get("retry-after"))) is not None:
        return wait
    reset = answer.headers.get("x-ratelimit-reset") or answer.headers.get("ratelimit-reset") or ""
    if reset.isascii() and reset.isdecimal() and len(reset) < 12:
        return max(int(reset) - _now(answer), 0.0) + 1 if int(reset) > _EPOCH else float(reset)
    return None if answer.status >= 500 else _MINUTE


def _now(answer: _Answer) -> float:
    """Return the time by the server's clock: ours may be wrong."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except ValueError:
        return time.time()


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
