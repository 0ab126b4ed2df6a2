"""Moto's server, with a front that does what it does not: presigned URLs that can be read, revisions, errors."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit

import boto3
from moto.server import ThreadedMotoServer

REGION = "eu-west-1"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
}  # fmt: skip
ROLE = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"
}]})  # fmt: skip

Answer = tuple[int, bytes, Mapping[str, str]]
Rule = Callable[[str, str, bytes], "Answer | None"]
"""Is given method, path with query, and body; returns what is answered instead of Moto's answer, or None."""


@dataclass
class Amazon:
    """The front; `url` is the endpoint."""

    moto: str
    url: str = ""
    rules: list[Rule] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Each request's method and path."""
    packages: dict[str, bytes] = field(default_factory=dict)
    """What presigned URLs lead to, by the digest as AWS writes it."""
    layers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What GetLayerVersionByArn answers, which Moto does not."""

    def reset(self) -> None:
        """Begin anew, with a role for functions."""
        asked = urllib.request.Request(f"{self.moto}/moto-api/reset", method="POST")  # noqa: S310
        urllib.request.urlopen(asked).close()  # noqa: S310
        self.client("iam").create_role(RoleName="run", AssumeRolePolicyDocument=ROLE)
        for kept in (self.rules, self.asked, self.packages, self.layers):
            kept.clear()

    def client(self, service: str, region: str = REGION) -> Any:
        """Return a client for making things; it asks Moto itself."""
        return boto3.client(
            service, region_name=region, endpoint_url=self.moto, aws_access_key_id="testing",
            aws_secret_access_key="testing",  # noqa: S106  # Moto takes any
        )  # fmt: skip

    def function(
        self,
        name: str,
        package: bytes,
        variables: Mapping[str, str] | None = None,
        region: str = REGION,
        **given: Any,
    ) -> None:
        """Make a function."""
        self.keep(package)
        self.client("lambda", region).create_function(
            FunctionName=name, Runtime="python3.13", Role="arn:aws:iam::123456789012:role/run", Handler="a.handler",
            Code={"ZipFile": package}, Environment={"Variables": dict(variables or {})}, **given,
        )  # fmt: skip

    def layer(self, name: str, package: bytes, region: str = REGION) -> str:
        """Make a layer, and return its ARN."""
        made = self.client("lambda", region).publish_layer_version(LayerName=name, Content={"ZipFile": package})
        arn = made["LayerVersionArn"]
        sha = self.keep(package)
        self.layers[arn] = {"Content": {"Location": f"{self.url}/package?sha={sha_in_url(sha)}", "CodeSha256": sha}}
        return str(arn)

    def keep(self, package: bytes) -> str:
        """Serve a package, and return its digest."""
        sha = base64.b64encode(hashlib.sha256(package).digest()).decode()
        self.packages[sha] = package
        return sha

    def answer(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Return the answer to a request."""
        self.asked.append(f"{method} {path}")
        for rule in self.rules:
            if (said := rule(method, path, body)) is not None:
                return said
        parts = urlsplit(path)
        query = parse_qs(parts.query)
        if parts.path == "/package":
            return 200, self.packages[query["sha"][0]], {"Content-Type": "application/zip"}
        if "find=LayerVersion" in parts.query and (layer := self.layers.get(query["Arn"][0])):
            return 200, json.dumps(layer).encode(), {"Content-Type": "application/json"}
        if parts.path.endswith("/configuration"):
            return self._configuration(method, path, body, headers)
        status, said, kind = self._forwarded(method, path, body, headers)
        if method == "GET" and re.fullmatch(r"/2015-03-31/functions/[^/]+", parts.path) and status == 200:
            function = json.loads(said)
            sha = function["Configuration"]["CodeSha256"]
            function["Code"]["Location"] = f"{self.url}/package?sha={sha_in_url(sha)}"
            said = json.dumps(function).encode()
        return status, said, kind

    def _configuration(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Read or change a configuration, with the revision that Moto does not know, and the limit of its variables."""
        unsigned = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        status, said, kind = self._forwarded("GET", path, b"", unsigned)
        if method == "PUT" and status == 200:
            asked = json.loads(body)
            if asked.get("RevisionId") not in (None, revision(said)):
                return error("PreconditionFailedException", "The RevisionId provided does not match", 412)
            if len(json.dumps(asked.get("Environment", {}).get("Variables", {}), separators=(",", ":"))) > 4096:
                return error("InvalidParameterValueException", f"exceeded the 4KB limit: {body.decode()}")
            status, said, kind = self._forwarded("PUT", path, body, headers)
        if status == 200:
            said = json.dumps({**json.loads(said), "RevisionId": revision(said)}).encode()
        return status, said, kind

    def _forwarded(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        kept = {name: value for name, value in headers.items() if name.lower() not in ("host", "content-length")}
        asked = urllib.request.Request(self.moto + path, body or None, kept, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(asked) as said:  # noqa: S310
                return said.status, said.read(), dict(said.headers)
        except HTTPError as error:
            with error:
                return error.code, error.read(), dict(error.headers)


def revision(configuration: bytes) -> str:
    """Return what tells a configuration from others."""
    return hashlib.sha256(json.dumps(json.loads(configuration), sort_keys=True).encode()).hexdigest()[:32]


def sha_in_url(sha: str) -> str:
    """Return a digest as a URL's query holds it."""
    return sha.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")


def refused(action: str, resource: str = "*") -> Answer:
    """Return what AWS answers to who may not do that."""
    message = (
        f"User: arn:aws:iam::123456789012:user/ann is not authorized to perform: {action} on resource: {resource}"
        " because no identity-based policy allows the action"
    )
    return error("AccessDeniedException", message, 403)


def error(code: str, message: str = "", status: int = 400) -> Answer:
    """Return an error as Lambda and SSM write it."""
    said = json.dumps({"__type": code, "Message": message, "message": message}).encode()
    return status, said, {"Content-Type": "application/json", "x-amzn-ErrorType": code}


@contextmanager
def amazon() -> Iterator[Amazon]:
    """Run Moto and its front."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    front = Amazon(f"http://{host}:{port}")

    class Handler(BaseHTTPRequestHandler):
        """Asks the front."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, said, headers = front.answer(self.command, self.path, body, dict(self.headers))
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "connection", "date", "server", "transfer-encoding"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_PUT = do_DELETE = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    front.url = f"http://127.0.0.1:{server.server_port}"
    front.reset()
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield front
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        moto.stop()


def package(**files: bytes) -> bytes:
    """Return a zip of files; `__` in a name is a slash, the last `_` a dot."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(".".join(name.replace("__", "/").rsplit("_", 1)), content)
    return held.getvalue()
