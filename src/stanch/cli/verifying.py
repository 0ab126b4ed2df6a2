"""The options of verification, for the commands that have them, and what they do."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from stanch.cli.statuses import CLEAN, FOUND, INCOMPLETE
from stanch.errors import UsageError
from stanch.model import Status
from stanch.report.veil import veiled_lines
from stanch.verify import rehearse, verify
from stanch.verify.options import Options, endpoint

if TYPE_CHECKING:
    from stanch.model import Result
    from stanch.rules import Rule

OPTIONS = {
    "verify_hosts": "--verify-host",
    "verify_found_hosts": "--verify-found-hosts",
    "endpoints": "--endpoint",
    "ca_bundle": "--ca-bundle",
    "verify_timeout": "--verify-timeout",
    "verify_budget": "--verify-budget",
    "verify_log": "--verify-log",
    "verify_cache": "--verify-cache",
    "verify_cache_age": "--verify-cache-age",
}
"""What a verification can be told, by click's names; it means nothing without one."""
_AGE = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def asked(given: Mapping[str, Any]) -> Options | None:
    """Return what a verification is told; None when none is wanted. Raises UsageError for what cannot be meant."""
    if not given.get("verify") and not given.get("verify_dry_run"):
        for name, option in OPTIONS.items():
            if given.get(name):
                raise UsageError(f"{option} says how to verify; give --verify too")
        if given.get("fail_on") == "live":
            raise UsageError("--fail-on live: without --verify nobody knows what is live")
        return None
    if given.get("fail_on") == "live" and given.get("verify_dry_run"):
        raise UsageError("--fail-on live: a dry run finds nothing live")
    return told(given)


def told(given: Mapping[str, Any]) -> Options:
    """Return what the options say. Raises UsageError for what is none."""
    usual = Options()
    endpoints = list(map(endpoint, given.get("endpoints") or ()))
    if twice := [name for name, _ in endpoints if [one for one, _ in endpoints].count(name) > 1]:
        raise UsageError(f"--endpoint {twice[0]}: given twice; one endpoint is asked at one place")
    return Options(
        hosts=tuple(given.get("verify_hosts") or ()),
        found_hosts=bool(given.get("verify_found_hosts")),
        endpoints=dict(endpoints),
        ca_bundle=given.get("ca_bundle"),
        timeout=given.get("verify_timeout") or usual.timeout,
        budget=given.get("verify_budget"),
        log=given.get("verify_log"),
        cache=given.get("verify_cache"),
        cache_age=_age(given["verify_cache_age"]) if given.get("verify_cache_age") else usual.cache_age,
    )


def _age(text: str) -> timedelta:
    found = _AGE.fullmatch(text)
    if not found:
        raise UsageError(f"--verify-cache-age {text}: write a number and s, m, h or d, as in 12h")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def verified(
    result: Result, rules: Mapping[str, Rule], options: Options, *, quiet: bool, seconds: float | None = None
) -> Result:
    """Return `result` with verdicts, and show how far that is on a terminal. Raises the errors of `verify`."""
    with _watching(quiet) as watch:
        return verify(result, rules, options, watch=watch, seconds=seconds)


def rehearsed(result: Result, rules: Mapping[str, Rule], options: Options) -> list[str]:
    """Return the requests of a dry run, in lines without secrets."""
    return veiled_lines("\n".join(rehearse(result, rules, options)).splitlines(), result.findings)


def status(result: Result, fail_on: str | None) -> int:
    """Return the exit status for a result; with `fail_on` of `live`, only findings that are live count."""
    reported = [finding.verdict.status for finding in result.findings if finding.dropped is None]
    failing = Status.LIVE in reported if fail_on == "live" else bool(reported)
    return FOUND if failing else CLEAN if result.complete else INCOMPLETE


def undecided(result: Result, fail_on: str | None) -> list[str]:
    """Return words on the findings of which `--fail-on live` cannot say whether they are live."""
    if fail_on != "live":
        return []
    reported = [finding.verdict.status for finding in result.findings if finding.dropped is None]
    unknown = sum(status in (Status.UNKNOWN, Status.NOT_CHECKED) for status in reported)
    noun = "1 finding is" if unknown == 1 else f"{unknown:,} findings are"
    return [f"{noun} neither known to be live nor to be dead"] if unknown else []


@contextmanager
def _watching(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    from stanch.progress import checking

    with checking() as watch:
        yield watch
