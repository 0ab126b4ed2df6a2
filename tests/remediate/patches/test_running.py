"""Patched code that runs: under node and Python, against moto's server, the function has its secret."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from scans import token
from stanch.remediate.patches import patch

from .projects import apply, place, reference

SECRET = token(7)
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")

_SDK = """\
const names = { ssm: 'AmazonSSM', secretsmanager: 'secretsmanager' };
async function send(service, operation, input) {
  const answer = await fetch(process.env.AWS_ENDPOINT_URL, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': `${names[service]}.${operation}`,
      Authorization: `AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/${service}/aws4_request, SignedHeaders=a`,
    },
    body: JSON.stringify(input),
  });
  global.questions = (global.questions || 0) + 1;
  return answer.json();
}
class Command { constructor(input) { this.input = input; } }
exports.GetParameterCommand = class extends Command { ask() { return ['ssm', 'GetParameter', this.input]; } };
exports.GetSecretValueCommand = class extends Command {
  ask() { return ['secretsmanager', 'GetSecretValue', this.input]; }
};
exports.SSMClient = exports.SecretsManagerClient = class { send(command) { return send(...command.ask()); } };
"""
"""What the patch uses of the AWS SDK for JavaScript, whose own packages a test run without a network does not have."""


@pytest.fixture(scope="module")
def aws() -> Iterator[dict[str, str]]:
    """Run moto's server with the secret in both stores; the environment of programs that use it."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings.items():
            environment.setenv(name, value)
        boto3.client("ssm").put_parameter(Name="/shop/GITHUB_CRED", Value=SECRET.decode(), Type="SecureString")
        boto3.client("secretsmanager").create_secret(Name="shop/GITHUB_CRED", SecretString=SECRET.decode())
    yield settings | {"GITHUB_CRED_PARAM": "/shop/GITHUB_CRED", "GITHUB_CRED_SECRET_ID": "shop/GITHUB_CRED"}
    server.stop()


def _made(path: str, text: str, store: str, folder: Path) -> Path:
    """Write a file whose secret is moved to a store."""
    data = text.replace("{}", SECRET.decode()).encode()
    start = data.index(SECRET)
    files = {path: data}
    here = place(path, data, start, start + len(SECRET))
    apply(files, patch(here, reference("GITHUB_CRED", store), root_files=files.get).edits)
    for name, content in files.items():
        assert SECRET not in content
        (folder / name).write_bytes(content)
    return folder / path


def _run(command: list[str], environment: dict[str, str], folder: Path) -> object:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


_JAVASCRIPT = (
    (
        "var githubCred = 'Basic ' + 'user:{}';\nexports.handler = async (event) => ({ auth: githubCred });\n",
        "a constant of the module, as of the function that stanch began with",
    ),
    ("exports.handler = async () => ({ auth: `Basic user:{}` });\n", "a template within the handler"),
    (
        "const settings = { auth: 'Basic user:{}' };\nasync function get() { return settings; }\n"
        "exports.handler = async () => get();\n",
        "an object of the module",
    ),
)


@needs_node
@pytest.mark.parametrize("store", ["ssm", "secretsmanager"])
@pytest.mark.parametrize(("text", "why"), _JAVASCRIPT, ids=[why for _, why in _JAVASCRIPT])
def test_a_handler_asks_the_store_once(text: str, why: str, store: str, aws: dict[str, str], tmp_path: Path) -> None:
    """Called twice, a handler of node has its secret each time, and has asked for it the first time only."""
    for package in ("client-ssm", "client-secrets-manager"):
        module = tmp_path / "node_modules" / "@aws-sdk" / package
        module.mkdir(parents=True)
        (module / "index.js").write_text(_SDK, "utf-8")
    _made("index.js", text, store, tmp_path)
    call = "const { handler } = require('./index.js'); handler({}).then(() => handler({})).then((answer) =>"
    call += " console.log(JSON.stringify([answer.auth, global.questions])));"
    assert _run([str(NODE), "-e", call], aws, tmp_path) == [f"Basic user:{SECRET.decode()}", 1], why


@needs_node
def test_a_module_asks_the_store(aws: dict[str, str], tmp_path: Path) -> None:
    """An ECMAScript module, which has no `require`, imports the SDK when it asks."""
    module = tmp_path / "node_modules" / "@aws-sdk" / "client-ssm"
    module.mkdir(parents=True)
    (module / "index.js").write_text(_SDK, "utf-8")
    text = "import { basename } from 'node:path';\nexport const handler = async () => basename('a/{}');\n"
    _made("index.mjs", text, "ssm", tmp_path)
    call = "import('./index.mjs').then((it) => it.handler()).then((answer) => console.log(JSON.stringify(answer)));"
    assert _run([str(NODE), "-e", call], aws, tmp_path) == SECRET.decode()


@needs_node
def test_an_azure_function_reads_its_setting(tmp_path: Path) -> None:
    """The first function of this project: its header is what it was, once the app setting holds the secret."""
    text = "var githubCred = 'Basic ' + 'user:{}';\nmodule.exports = async function (context) { return githubCred; };\n"
    file = _made("index.js", text, "keyvault", tmp_path)
    assert b"'Basic ' + 'user:' + process.env.GITHUB_CRED;" in file.read_bytes()
    call = "require('./index.js')({}).then((answer) => console.log(JSON.stringify(answer)));"
    environment = {"GITHUB_CRED": SECRET.decode()}
    assert _run([str(NODE), "-e", call], environment, tmp_path) == f"Basic user:{SECRET.decode()}"


_PYTHON = (
    ("AUTH = 'Basic ' + 'user:{}'\n\n\ndef handler(event, context):\n    return AUTH\n", "a constant of the module"),
    ("def handler(event, context):\n    return f'Basic {event}:{}'\n", "an f-string"),
    ('def handler(event, context):\n    return b"Basic user:{}".decode()\n', "bytes"),
    ("import os\n\n\ndef handler(event, context, auth='Basic user:{}'):\n    return auth\n", "a default"),
    ('"""A handler."""\n\n\ndef handler(event, context):\n    return "Basic %s:{}" % event\n', "a format"),
)


@pytest.mark.parametrize("store", ["ssm", "secretsmanager", "none"])
@pytest.mark.parametrize(("text", "why"), _PYTHON, ids=[why for _, why in _PYTHON])
def test_a_python_handler_has_its_secret(text: str, why: str, store: str, aws: dict[str, str], tmp_path: Path) -> None:
    """Called twice, a handler of Python returns what it returned before."""
    _made("app.py", text, store, tmp_path)
    call = "import json, app; app.handler('user', None); print(json.dumps(app.handler('user', None)))"
    environment = {**aws, "GITHUB_CRED": SECRET.decode(), "PYTHONPATH": ""}
    assert (
        _run([sys.executable, "-W", "ignore", "-c", call], environment, tmp_path) == f"Basic user:{SECRET.decode()}"
    ), why


@pytest.mark.skipif(shutil.which("javac") is None, reason="no Java compiler is installed")
def test_patched_java_compiles(tmp_path: Path) -> None:
    """A class that reads its environment is still one for the compiler."""
    text = 'class Db {\n    static final String URL = "jdbc:mysql://db/shop?password={}&useSSL=true".trim();\n}\n'
    _made("Db.java", text, "none", tmp_path)
    subprocess.run(["javac", "-d", str(tmp_path), "Db.java"], cwd=tmp_path, check=True, timeout=60)
    assert (tmp_path / "Db.class").exists()


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_terraform_reads_its_file(tmp_path: Path) -> None:
    """The file is one for Terraform's own parser, with a variable declared and used."""
    text = 'resource "aws_db_instance" "shop" {\n  password = "{}"\n}\n'
    file = _made("main.tf", text, "ssm", tmp_path)
    done = subprocess.run(["terraform", "fmt", "-no-color", str(file)], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert b"= var.github_cred\n" in file.read_bytes()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("printf %s {}", "a bare word"),
        ("printf %s 'a b'\"{}\"", "in double quotes"),
        ("printf %s 'user: {}'", "in single quotes, behind something"),
        ("cat <<EOF\n{}\nEOF", "in a heredoc"),
    ],
)
def test_a_script_reads_its_environment(line: str, why: str, tmp_path: Path) -> None:
    """What a shell writes is what it wrote, one word, whatever quotes the secret stood in."""
    before = subprocess.run(["bash", "-c", line.replace("{}", SECRET.decode())], capture_output=True, check=True)
    file = _made("a.sh", line + "\n", "none", tmp_path)
    after = subprocess.run(
        ["bash", str(file)], capture_output=True, check=True, env={**os.environ, "GITHUB_CRED": SECRET.decode()}
    )
    assert after.stdout == before.stdout, why
