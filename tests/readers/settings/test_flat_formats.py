"""Flat and markup formats are known by their files' names, and in git's history by how they begin."""

from __future__ import annotations

import time

import pytest

from stanch.readers import formats

NAMES = {
    "dotenv": ".env .env.production .envrc prod.env .env-example env.sample .dev.vars .flaskenv Procfile x.env.dist",
    "ini": "setup.cfg tox.ini alembic.ini grafana.ini odoo.conf app.service x.desktop user.reg app.ini.example",
    "properties": "application.properties gradle.properties log4j.properties sonar-project.properties",
    "toml": "Cargo.toml pyproject.toml Pipfile netlify.toml config.toml.example",
    "xml": "web.config App.Release.config NuGet.Config settings.xml pom.xml x.csproj site.pubxml Info.plist",
    "hcl": "main.tf prod.tfvars x.auto.tfvars nomad.hcl .terraformrc",
    "bicep": "main.bicep prod.bicepparam",
    "csv": "accessKeys.csv jane_credentials.csv table.csv Logins.tsv",
    "directives": "nginx.conf site.nginx .htaccess httpd.conf mosquitto.conf",
}
OTHERS = ".env.yaml .env.json .env.ts env.py env.js index.html a.svg main.py README.md environment.ts prod.env.js"


@pytest.mark.parametrize(("module", "names"), NAMES.items())
def test_by_name(module: str, names: str) -> None:
    """Each of these files has the reader of its format."""
    found = {name: formats.by_name(name.lower()) for name in names.split()}
    assert {name: format and format.module for name, format in found.items()} == dict.fromkeys(
        found, f"stanch.readers.settings.{module}"
    )


def test_others() -> None:
    """Files whose names only look so are not read as one of these."""
    found = (formats.by_name(name) for name in OTHERS.lower().split())
    assert not {format.name for format in found if format} & set(NAMES)


BEGINNINGS = [
    ("xml", '<?xml version="1.0"?>\n<a/>'),
    ("xml", "\ufeff<configuration>\n"),
    ("hcl", '# a\n\nresource "aws_db_instance" "main" {\n'),
    ("hcl", 'variable "x" {'),
    ("bicep", "// a\nparam x string = ''"),
    ("bicep", "resource x 'Microsoft.Web/sites@2022-03-01' = {"),
    ("toml", '[a.b]\n# c\nd = "e"\n'),
    ("ini", "; x\n[a b]\n\nd = e\n"),
    ("dotenv", "# a\nA=b\nexport C_D=e f (g)\n"),
    ("dotenv", "A=b\n" * 127 + "LONG"),
    ("properties", "# a\na.b=c\nd.e-f=\n"),
    (None, "A=b\nif x; then\n"),
    (None, "A=$(b)\nC=d\n"),
    (None, '<?xml version="1.0"?>\n<svg>'),
    (None, "<html>"),
    (None, "[a](b)\n"),
    (None, "[a]\ntext\n"),
    (None, "a.b = c\nfunction()\n"),
    (None, "resource x"),
]


@pytest.mark.parametrize(("module", "text"), BEGINNINGS)
def test_by_beginning(module: str | None, text: str) -> None:
    """The first bytes tell a format, or nothing."""
    found = formats.by_beginning(text.encode()[: formats.HEAD])
    assert (found and found.module) == (module and f"stanch.readers.settings.{module}")


@pytest.mark.parametrize("piece", [" ", "\n", "# ", "[a]\n", "A=\n", "a.", "A=b\n", "export ", "<!", "param a ", "["])
def test_cheap(piece: str) -> None:
    """To look at a beginning takes next to no time, whatever it is."""
    head = (piece * formats.HEAD).encode()[: formats.HEAD]
    started = time.process_time()
    for _ in range(20):
        formats.by_beginning(head)
    assert time.process_time() - started < 0.2
