"""Functions of AWS Lambda: their environment, their code and layers, in every published version."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from stanch.cloud import aws, places
from stanch.cloud.packages import Allowance, Download, PackageShard, Unfetched
from stanch.cloud.refusals import DENIED, Refusals, Rest, allow
from stanch.errors import UsageError
from stanch.model import Detection, Fault, Result, Shard
from stanch.runtimes import Runtime
from stanch.values import dataclass

TARGET = "aws-lambda:"
LATEST = "$LATEST"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,140}")
_LAYER = re.compile(r"arn:[^:]+:lambda:(?P<region>[^:]+):(?P<account>[^:]*):layer:(?P<name>[^:]+):(?P<version>[0-9]+)")
_FUNCTION = re.compile(r"(?P<function>arn:[^:]+:lambda:[^:]+:(?P<account>[^:]*):function:[^:]+)(?::.*)?")


@dataclass(frozen=True, slots=True)
class Asked:
    """What to scan of Lambda, and how to get there."""

    functions: tuple[str, ...] = ()
    """Names; none: all functions."""
    regions: tuple[str, ...] = ()
    """None: the region of the profile."""
    all_regions: bool = False
    profile: str | None = None
    endpoint_url: str | None = None
    code: bool = True
    """Are packages and layers downloaded?"""
    parameters: str | None = None
    """The path below which parameters of SSM are compared with what was found; None: they are not read."""
    max_download: int = 20 << 30
    """Bytes of all packages and layers."""
    max_size: int | None = None
    archives: bool = True


class AwsLambda:
    """The source. A package or layer that several versions or functions hold is downloaded once, and told for each."""

    def __init__(self, asked: Asked) -> None:
        """Raises UsageError where there is no SDK, no credentials, or for what is no function's name."""
        for name in asked.functions:
            if not _NAME.fullmatch(name):
                raise UsageError(f"--function {name}: write its name alone; --region and --profile say where it is")
        self._asked = asked
        self._account = aws.Account(asked.profile, asked.endpoint_url)
        self._refusals = Refusals()
        self._allowance = Allowance(asked.max_download)
        self._first: dict[str, str] = {}
        """The target whose package is scanned, by its digest."""
        self._holders: dict[str, list[str]] = defaultdict(list)
        """The targets that hold a package, by the one whose package is scanned."""
        self._layers: set[str] = set()
        self._variables: dict[str, Mapping[str, str]] = {}
        """Each target's environment, where parameters are compared with it."""
        self.notes: list[str] = []
        self._seen: set[str] = set()
        """The names of the functions that there are."""

    def shards(self) -> Iterator[Shard | Fault]:
        """Yield the environments and the packages. Raises UsageError for a function that no region has."""
        regions: Sequence[str] = self._asked.regions
        if self._asked.all_regions:
            regions, fault = self._account.all_regions("lambda")
            if fault is not None:
                yield fault
        regions = regions or [self._account.region()]
        for region in regions:
            yield from self._region(region)
        yield Rest(TARGET, self._refusals)
        if not self._seen and not self._account.troubled:
            self.notes.append(f"aws-lambda: there are no functions in {', '.join(regions)}")
        missing = [name for name in self._asked.functions if name not in self._seen]
        if missing and not self._account.troubled:
            raise UsageError(f"{', '.join(missing)}: no such function of AWS Lambda in the regions that were asked")

    def everywhere(self, detections: Iterable[Detection]) -> Iterator[Detection]:
        """Yield the detections as reports name them, those in a package once for each version that holds it."""
        return places.everywhere(detections, self._holders, TARGET, Runtime.AWS_LAMBDA)

    def concluded(self, result: Result) -> Result:
        """Return the result, with what the parameters of SSM tell of it where the user asked for that."""
        if self._asked.parameters is None:
            return result
        from stanch.cloud.parameters import compared

        return compared(result, self._account, self._variables, self._asked.parameters)

    def _region(self, region: str) -> Iterator[Shard | Fault]:
        logging.getLogger(__name__).info("listing functions in %s", region)
        client = self._account.client("lambda", region)
        if not self._asked.functions:
            yield from self._listed(region, client, "ListFunctions", "list_functions", {"FunctionVersion": "ALL"}, "*")
        for name in self._asked.functions:
            call = ("ListVersionsByFunction", "list_versions_by_function", {"FunctionName": name})
            yield from self._listed(region, client, *call, self._account.arn(region, f"function:{name}"))

    def _listed(
        self, region: str, client: Any, action: str, method: str, asked: Mapping[str, str], resource: str
    ) -> Iterator[Shard | Fault]:
        """Yield what the pages of a list name."""
        pages = iter(client.get_paginator(method).paginate(**asked))
        while True:
            try:
                page = next(pages, None)
            except self._account.errors as error:
                if aws.code(error) != "ResourceNotFoundException":
                    yield self._account.fault(error, f"{TARGET}{region}", f"lambda:{action}", (resource,))
                return
            if page is None:
                return
            for version in page.get("Functions", page.get("Versions", ())):
                yield from self._version(region, client, version)

    def _version(self, region: str, client: Any, version: Mapping[str, Any]) -> Iterator[Shard | Fault]:
        """Yield the environment of one version, its package and its layers."""
        name, number = version["FunctionName"], version.get("Version", LATEST)
        self._seen.add(name)
        target = f"{TARGET}{region}/{name}" + (f":{number}" if number != LATEST else "")
        environment = version.get("Environment") or {}
        if variables := environment.get("Variables"):
            if self._asked.parameters is not None:
                self._variables[target] = variables
            yield places.settings(target, "environment", variables)
        if trouble := environment.get("Error"):
            key = version.get("KMSKeyArn") or "the key of its environment"
            if self._refusals.count("kms:Decrypt"):
                detail = f"environment: {trouble.get('ErrorCode')}: {allow('kms:Decrypt', (key,))}"
                yield Fault(target, DENIED, detail)
        if self._asked.code:
            yield from self._package(region, client, target, version)
            for layer in version.get("Layers") or ():
                yield from self._layer(region, client, layer, _account(version))

    def _package(self, region: str, client: Any, target: str, version: Mapping[str, Any]) -> Iterator[Shard | Fault]:
        digest = version.get("CodeSha256") or target
        first = self._first.setdefault(digest, target)
        self._holders[first].append(target)
        if first != target:
            return
        if version.get("PackageType") == "Image":
            detail = "a container image, which is not scanned; its environment is: pull it, `docker save` it, scan that"
            yield Fault(target, "not-scanned", detail)
            return
        function = _FUNCTION.fullmatch(version["FunctionArn"])
        arn = function["function"] if function else version["FunctionArn"]
        asked = {"FunctionName": arn, "Qualifier": version.get("Version", LATEST)}

        def fetch() -> Download:
            got = self._got(client.get_function, asked, target, "lambda:GetFunction", (arn, f"{arn}:*"))
            location = got.get("Code", {}).get("Location")
            return self._account.download(location, got.get("Configuration", {}).get("CodeSha256"))

        yield self._shard(target, fetch, version.get("CodeSize", 0))

    def _layer(self, region: str, client: Any, layer: Mapping[str, Any], account: str) -> Iterator[Shard]:
        arn = layer["Arn"]
        if arn in self._layers:
            return
        self._layers.add(arn)
        parts = _LAYER.fullmatch(arn)
        owner = f"{parts['account']}:" if parts and parts["account"] != account else ""
        target = f"{TARGET}{region}/layer/{owner}" + (f"{parts['name']}:{parts['version']}" if parts else arn)

        def fetch() -> Download:
            got = self._got(client.get_layer_version_by_arn, {"Arn": arn}, target, "lambda:GetLayerVersion", (arn,))
            content = got.get("Content", {})
            return self._account.download(content.get("Location"), content.get("CodeSha256"))

        yield self._shard(target, fetch, layer.get("CodeSize", 0))

    def _shard(self, target: str, fetch: Callable[[], Download], size: int) -> PackageShard:
        return PackageShard(target, fetch, self._allowance, size, self._asked.max_size, self._asked.archives)

    def _got(
        self,
        call: Callable[..., Mapping[str, Any]],
        asked: Mapping[str, str],
        target: str,
        action: str,
        arns: tuple[str, ...],
    ) -> Mapping[str, Any]:
        """Return the answer to a call. Raises Unfetched."""
        try:
            return call(**asked)
        except self._account.errors as error:
            if aws.code(error) == "ResourceNotFoundException":
                raise Unfetched("changed", "it was deleted while it was scanned") from None
            fault = self._account.fault(error, target, action, arns)
            told = fault.kind != DENIED or self._refusals.count(action)
            raise Unfetched(fault.kind, fault.detail, told=told) from None


def _account(version: Mapping[str, Any]) -> str:
    found = _FUNCTION.fullmatch(version.get("FunctionArn", ""))
    return found["account"] if found else ""
