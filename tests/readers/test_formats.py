"""Formats are known by their files' names, and in git's history by how they begin."""

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
    "json": "a.json a.jsonc terraform.tfstate n.ipynb x.har local.settings.json .babelrc .dockercfg auth.json"
    " a.tfstate.backup",
    "yaml": "a.yml docker-compose.yaml values.yaml.tmpl .gitlab-ci.yml kubeconfig prod.kubeconfig Pulumi.prod.yaml",
}  # fmt: skip
OTHERS = {
    ".env.yaml": "yaml", ".env.json": "json", ".env.ts": "typescript", "env.py": "python", "env.js": "javascript",
    "index.html": None, "a.svg": None, "main.py": "python", "README.md": "markdown", "environment.ts": "typescript",
    "prod.env.js": "javascript",
}  # fmt: skip
"""Files that only look like variables or like XML."""


@pytest.mark.parametrize(
    ("format", "name"), [(format, name) for format, names in NAMES.items() for name in names.split()]
)
def test_by_name(format: str, name: str) -> None:
    """Each of these files has the reader of its format."""
    found = formats.of(name, b"")
    assert found
    assert (found.name, found.module) == (format, f"stanch.readers.settings.{format}")


@pytest.mark.parametrize(("name", "format"), OTHERS.items())
def test_others(name: str, format: str | None) -> None:
    """Files whose names only look so are not read as one of these."""
    found = formats.by_name(name.lower())
    assert (found and found.name) == format


BEGINNINGS = [
    # settings
    ("xml", b'<?xml version="1.0"?>\n<a/>'),
    ("xml", b"\xef\xbb\xbf<configuration>\n"),
    ("hcl", b'# a\n\nresource "aws_db_instance" "main" {\n'),
    ("hcl", b'variable "x" {'),
    ("bicep", b"// a\nparam x string = ''"),
    ("bicep", b"resource x 'Microsoft.Web/sites@2022-03-01' = {"),
    ("toml", b'[a.b]\n# c\nd = "e"\n'),
    ("ini", b"; x\n[a b]\n\nd = e\n"),
    ("dotenv", b"# a\nA=b\nexport C_D=e f (g)\n"),
    ("dotenv", b"A=b\n" * 127 + b"LONG"),
    ("properties", b"# a\na.b=c\nd.e-f=\n"),
    (None, b"A=b\nif x; then\n"),
    (None, b"A=$(b)\nC=d\n"),
    (None, b'<?xml version="1.0"?>\n<svg>'),
    (None, b"<html>"),
    (None, b"[a](b)\n"),
    (None, b"[a]\ntext\n"),
    (None, b"a.b = c\nfunction()\n"),
    (None, b"resource x"),
    ("json", b'{\n  "a": 1'),
    ("json", b'\n// x\n{"a":'),
    ("json", b'[\n{"a" : 1}]'),
    (None, b"{"),
    (None, b"{{ x }}"),
    (None, b"{a}"),
    (None, b'{"a", "b"}'),
    ("yaml", b"---\napiVersion: v1\n"),
    ("yaml", b"# a comment\n\nservices:\n  db:\n    image: x\n"),
    ("yaml", b"apiVersion: v1\nclusters:\n- cluster:\n    server: x\n"),
    ("yaml", b"name: CI\non: push\njobs:\n  a:\n    runs-on: x\n"),
    ("yaml", b"- hosts: all\n  vars:\n"),
    ("yaml", b"%YAML 1.2\n---\n"),
    (None, b"---\ntitle: A post\n---\n\nIt says pin: no\n"),
    (None, b"--- a/x\n+++ b/x\n"),
    (None, b"all:\n\techo a\n"),
    (None, b"From: ada\nTo: bob\n\nHello\n"),
    (None, b"try:\n    import x\n"),
    (None, b"a = 1\nb:\n  c: d\n"),
    ("commands", b"#!/bin/sh\n# x\necho\n"),
    # commands
    ("commands", b"#!/bin/sh\n"), ("commands", b"#!/usr/bin/env -S bash -e\n"), ("expect", b"#!/usr/bin/expect -f\n"),
    ("dockerfile", b"# syntax=docker/dockerfile:1\n\nARG X=1\nFROM python:3.12 AS base\n"),
    ("powershell", b"#Requires -Version 5\n"), ("powershell", b"param (\n [string]$a)"),
    ("batch", b"@ECHO OFF\r\n"), ("listings", b": 1700000000:0;ls\n"), ("listings", b"- cmd: ls\n  when: 1\n"),
    ("statements", b"_HiStOrY_V2_\n"), ("pipelines", b"// build\npipeline {\n"),
    ("pipelines", b"# -*- mode: ruby -*-\nVagrant.configure('2') do"),
    ("http-requests", b"### list\nGET https://acme.test\n"),
    ("makefile", b"# all\n.PHONY: all\n"), ("python", b"#!/usr/bin/python3\n"), (None, b"From me to you\nFROM x\n"),
    # code
    ("python", b"#!/usr/bin/env python3\nx = 1\n"),
    ("python", b"# -*- coding: utf-8 -*-\nfrom os import path\n"),
    ("python", b"\nimport os, sys\n"),
    ("tsx", b'import React, { useState } from "react";\n'),
    ("tsx", b"import {\n  a,\n  b,\n} from 'c'\n"),
    ("tsx", b"// note\n/* a\n   licence */\nconst { a } = require('c')\n"),
    ("tsx", b"'use strict';\n"),
    ("php", b"<?php\n"),
    ("ruby", b"# frozen\nrequire 'a'\n"),
    ("go", b"// Copyright\npackage main\n"),
    ("java", b"/* Copyright */\npackage org.acme;\n"),
    ("c-sharp", b"\xef\xbb\xbfusing System.Net;\n"),
    (None, b"function f() {\n"),
    (None, b"import Foundation\n"),
    (None, b"name: from here\n"),
    (None, b"/*" * 300),
]  # fmt: skip


@pytest.mark.parametrize(("name", "head"), BEGINNINGS)
def test_by_beginning(name: str | None, head: bytes) -> None:
    """The first bytes tell a format, or nothing, where a path is unknown."""
    found = formats.of(None, head)
    assert (found and found.name) == name


@pytest.mark.parametrize("piece", [" ", "\n", "# ", "[a]\n", "A=\n", "a.", "A=b\n", "export ", "<!", "param a ", "["])
def test_cheap(piece: str) -> None:
    """To look at a beginning takes next to no time, whatever it is."""
    head = (piece * formats.HEAD).encode()[: formats.HEAD]
    started = time.process_time()
    for _ in range(20):
        formats.by_beginning(head)
    assert time.process_time() - started < 0.2
