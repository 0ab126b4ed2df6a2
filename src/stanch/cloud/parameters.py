"""Values of an environment that are parameters of SSM as well: resolved when the function was deployed, and copied."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from stanch.model import Fault, Finding, Location, Result, Surface
from stanch.values import replace

if TYPE_CHECKING:
    from stanch.cloud.aws import Account

MOST = 10
"""How many parameters are asked for at a time, which is the most that SSM gives."""
_PREFIX = "aws-lambda:"


def compared(result: Result, account: Account, variables: Mapping[str, Mapping[str, str]], path: str) -> Result:
    """Return the result with a word on each finding that is in an environment and in a parameter below `path`.

    `variables` are the environments by target. Parameters are read in the regions where an environment holds a
    finding; where that is not allowed it is a fault. Nothing of their values is kept.
    """
    regions = sorted({_region(at) for finding in result.findings for at in finding.locations if _is_variable(at)})
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    faults: list[Fault] = []
    for region in regions:
        client = account.client("ssm", region)
        asked = {"Path": path, "Recursive": True, "WithDecryption": True, "MaxResults": MOST}
        try:
            for page in client.get_paginator("get_parameters_by_path").paginate(**asked):
                for parameter in page["Parameters"]:
                    names[region, parameter["Value"]].append(parameter["Name"])
        except account.errors as error:
            arn = account.arn(region, f"parameter{path if path.startswith('/') else '/' + path}*", "ssm")
            faults.append(account.fault(error, f"{_PREFIX}{region}", "ssm:GetParametersByPath", (arn,)))
    findings = tuple(_worded(finding, list(_matches(finding, variables, names))) for finding in result.findings)
    return replace(result, findings=findings, faults=(*result.faults, *faults))


def _matches(
    finding: Finding, variables: Mapping[str, Mapping[str, str]], names: Mapping[tuple[str, str], list[str]]
) -> Iterator[str]:
    """Yield the parameters whose value is that of a variable which a finding stands in, or the secret in it."""
    secret = finding.secret.decode("utf-8", "surrogateescape")
    for at in finding.locations:
        if _is_variable(at):
            whole = variables.get(at.target, {}).get((at.path or "").partition("/")[2], secret)
            yield from names.get((_region(at), whole), ())
            yield from names.get((_region(at), secret), ())


def _worded(finding: Finding, found: list[str]) -> Finding:
    if not found:
        return finding
    parameters = " and ".join(dict.fromkeys(found))
    said = (
        f"It is the value of {parameters} in SSM, copied into the environment when the function was deployed: whoever"
        " may read its configuration reads it. Put the parameter's name there, and let the code fetch the value. "
    )
    return replace(finding, remedy=replace(finding.remedy, store="ssm", summary=said + finding.remedy.summary))


def _is_variable(at: Location) -> bool:
    return at.surface is Surface.ENVIRONMENT and at.target.startswith(_PREFIX)


def _region(at: Location) -> str:
    return at.target.removeprefix(_PREFIX).partition("/")[0]
