"""Formats that hold commands: what stands around these, and what is read of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_commands import check, filled

from scans import cli, found, scan
from stanch.readers import Assignment, formats

READ = [
    # a file's name, its text with `§` for each value, and the values' names
    ("Dockerfile", "FROM a\nENV DB_PASSWORD=§ STAGE=prod\n", "DB_PASSWORD"),
    ("Dockerfile", "FROM a\nENV DB_PASSWORD='§' \\\n  API_TOKEN=§\n", "DB_PASSWORD API_TOKEN"),
    ("Dockerfile", "FROM a\nENV DB_PASSWORD §\n", "DB_PASSWORD"),
    ("api.dockerfile", 'FROM a\nenv DB_PASSWORD "§"\n', "DB_PASSWORD"),
    ("Dockerfile", "FROM a\nARG NPM_TOKEN=§\nLABEL password=xxxxxxxx\n", "NPM_TOKEN"),
    ("Dockerfile.dev",
     "FROM a\n"
     "RUN apt-get update && \\\n"
     "# mysql -pxxxxxxxx\n"
     "  mysql -p§ && \\\n"
     "  echo root:§ | chpasswd\n",
     "password password"),
    ("Containerfile", "FROM a\nRUN <<EOF\nsshpass -p § ssh host\nEOF\nENV A_TOKEN=§\n", "password A_TOKEN"),
    ("Dockerfile", 'FROM a\nRUN ["mysql", "-p§"]\nCMD ["redis-server", "--requirepass", "§"]\n', "password password"),
    ("Dockerfile", 'FROM a\nENTRYPOINT ["sh", "-c", "mysql -p§"]\n', "password"),
    ("Dockerfile", "FROM a\nHEALTHCHECK --interval=5s CMD redis-cli -a § ping\n", "password"),
    ("Dockerfile", "FROM a\nONBUILD RUN curl -u bob:§ https://acme.test\n", "password"),
    ("Makefile", 'DB_PASSWORD ?= § # local\nexport API_TOKEN := "§"\n', "DB_PASSWORD API_TOKEN"),
    ("Makefile", "deploy: API_TOKEN = §\ndeploy:\n	@curl -u bob:§ \\\n	  https://acme.test\n", "API_TOKEN password"),
    ("rules.mk", "X = $(shell curl -u bob:§ https://acme.test)\n", "password"),
    ("a.bat", '@echo off\r\nset "API_TOKEN=§"\r\nset DB_PASSWORD=§\r\n', "API_TOKEN DB_PASSWORD"),
    ("a.cmd", 'setx API_TOKEN "§" /M\r\nrem setx API_TOKEN xxxxxxxx\r\n', "API_TOKEN"),
    ("a.bat", "if x==y (set API_TOKEN=§) else net use Z: \\\\files\\share § /user:bob\r\n", "API_TOKEN password"),
    ("a.bat", 'curl -u bob:§ ^\r\n  -H "Authorization: Bearer §" https://acme.test\r\n', "password token"),
    ("a.bat",
     'sqlcmd -S db -U sa -P § -Q "select 1"\r\n'
     "schtasks /create /ru bob /rp § /tn t\r\n",
     "password password"),
    ("a.ps1", "$env:API_TOKEN = '§'\n[string]$Password = \"§\"\n", "API_TOKEN Password"),
    ("a.ps1", '$s = ConvertTo-SecureString "§" -AsPlainText -Force\n', "password"),
    ("a.ps1", "$s = '§' | ConvertTo-SecureString -AsPlainText -Force\n", "password"),
    ("a.psm1",
     "$c = New-Object System.Management.Automation.PSCredential('bob', (ConvertTo-SecureString "
     "'§' -AsPlainText -Force))\n",
     "password"),
    ("a.ps1", '$w.Credentials = New-Object System.Net.NetworkCredential("bob", "§")\n', "password"),
    ("a.ps1", '[Environment]::SetEnvironmentVariable("API_TOKEN", "§", "User")\n', "API_TOKEN"),
    ("a.ps1",
     "Invoke-RestMethod https://acme.test -Headers @{Authorization=\"Bearer §\"; 'X-Api-Key' = '§'}\n",
     "token X-Api-Key"),
    ("a.ps1", "New-LocalUser bob -Password '§'\nConnect-It -ApiKey:\"§\"\n", "Password ApiKey"),
    ("a.ps1", "az login --service-principal -u app `\n  -p § --tenant t # -p xxxxxxxx\n", "password"),
    ("a.ps1", "<# $Password = 'x' #> nuget push a.nupkg -ApiKey §\n", "api_key"),
    ("a.ps1", "$x = 1\nsqlcmd -P @'\n§\n'@ -Q 1\n", "password"),
    ("ConsoleHost_history.txt", 'cd x\n$env:API_TOKEN = "§"\n', "API_TOKEN"),
    (".bash_history", "#1700000000\nmysql -p§\necho it's\nsshpass -p § ssh host\n", "password password"),
    (".zsh_history",
     ": 1700000000:0;mysql -p§\n"
     ": 1700000001:0;curl https://acme.test \\\n"
     "  -u bob:§\n",
     "password password"),
    ("fish_history", "- cmd: set -x API_TOKEN §\n  when: 1700000000\n- cmd: mysql -p§\n", "API_TOKEN password"),
    ("crontab",
     "DB_PASSWORD=§\n"
     "*/5 * * * * mysql -p§\n"
     "@daily root curl -u bob:§ https://acme.test\n",
     "DB_PASSWORD password password"),
    (".mycli-history",
     "CREATE USER 'a'@'%' IDENTIFIED BY '§';\n"
     "set password for 'a' = PASSWORD('§');\n",
     "password password"),
    (".sqlite_history", "_HiStOrY_V2_\nalter\\040user\\040bob\\040with\\040password\\040'§';\n", "password"),
    (".mongo_history",
     "db.createUser({user: 'bob', pwd: '§', roles: []})\n"
     "db.auth('bob', '§')\n",
     "password password"),
    ("a.http", "@token = §\nGET https://acme.test\nAuthorization: Bearer §\nX-Api-Key: §\n", "token token X-Api-Key"),
    ("a.rest", "POST https://acme.test\nAuthorization: Basic bob §\n\nuser=bob&password=§\n", "password password"),
    ("a.exp",
     'set password "§"\n'
     "spawn ssh host\n"
     'expect "*?assword:*"\n'
     'send "§\\r"\n'
     'expect "$ "\n'
     'send "xxxxxxxx\\r"\n',
     "password password"),
    ("a.exp",
     "expect {\n"
     '  "yes/no" { send "yes-yes\\r"; exp_continue }\n'
     '  -re "assword.*" { send -- "§\\r" }\n'
     "}\n",
     "password"),
    ("README.md",
     "mysql -pxxxxxxxx\n"
     "```sh\n"
     "$ mysql -p§\n"
     "```\n"
     "~~~console\n"
     "bob@host:~$ sshpass -p § ssh host\n"
     "~~~\n",
     "password password"),
    ("guide.markdown",
     "```powershell\n"
     "$env:API_TOKEN = '§'\n"
     "```\n"
     "```dockerfile\n"
     "ENV API_TOKEN=§\n"
     "```\n",
     "API_TOKEN API_TOKEN"),
    ("a.md", "1. Log in:\n\n        $ mysql -p§\n        SQL> alter user bob identified by §;\n", "password password"),
    ("a.md", "```sql\nCREATE USER 'bob' IDENTIFIED BY '§';\n```\n", "password"),
    ("Jenkinsfile",
     "pipeline {\n"
     "  sh 'mysql -p§'\n"
     '  sh(script: "curl -u \\"bob:§\\" https://acme.test", returnStdout: true)\n'
     "}\n",
     "password password"),
    ("Jenkinsfile",
     "node {\n"
     "  sh '''\n"
     "    sshpass -p § ssh host\n"
     "  '''\n"
     "  bat 'net use Z: \\\\\\\\f\\\\s § /user:x'\n"
     "}\n",
     "password password"),
    ("Vagrantfile",
     "Vagrant.configure('2') do |c|\n"
     "  c.vm.provision 'shell', inline: <<-SHELL\n"
     "    mysql -p§\n"
     "  SHELL\n"
     "end\n",
     "password"),
    ("Vagrantfile",
     "$script = <<SCRIPT\n"
     "echo root:§ | chpasswd\n"
     "SCRIPT\n"
     "c.vm.provision 'shell', inline: 'mysql -p§'\n",
     "password password"),
]  # fmt: skip


def reader(name: str) -> Callable[[bytes], Iterable[Assignment]]:
    """Return what reads files of that name."""
    format = formats.by_name(name.lower())
    assert format
    read: Callable[[bytes], Iterable[Assignment]] = import_module(format.module).read
    return read


@pytest.mark.parametrize(("name", "text", "names"), READ)
def test_read(name: str, text: str, names: str) -> None:
    """Each value is told once, with its name, where it stands; and nothing else is sure."""
    data, values, spans = filled(text)
    told = list(reader(name)(data))
    check(told, names, values, spans)
    assert [item.value for item in told if item.sure and item.value not in values] == []
    assert not any(b"xxxx" in item.value for item in told)


BEGINNINGS = [
    ("commands", b"#!/bin/sh\n"), ("commands", b"#!/usr/bin/env -S bash -e\n"), ("expect", b"#!/usr/bin/expect -f\n"),
    ("dockerfile", b"# syntax=docker/dockerfile:1\n\nARG X=1\nFROM python:3.12 AS base\n"),
    ("powershell", b"#Requires -Version 5\n"), ("powershell", b"param (\n [string]$a)"),
    ("batch", b"@ECHO OFF\r\n"), ("listings", b": 1700000000:0;ls\n"), ("listings", b"- cmd: ls\n  when: 1\n"),
    ("statements", b"_HiStOrY_V2_\n"), ("pipelines", b"// build\npipeline {\n"),
    ("pipelines", b"# -*- mode: ruby -*-\nVagrant.configure('2') do"), ("http-requests", b"### list\nGET https://acme.test\n"),
    ("makefile", b"# all\n.PHONY: all\n"), ("python", b"#!/usr/bin/python3\n"), (None, b"From me to you\nFROM x\n"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "head"), BEGINNINGS)
def test_beginnings(name: str | None, head: bytes) -> None:
    """Where a path is unknown, as in git's history, how a content begins says what it is."""
    format = formats.by_beginning(head)
    assert (format and format.name) == name


_NAMES = sorted({reader(name): name for name, *_ in READ}.values())
_SCRAPS = st.sampled_from(
    [text for _, text, _ in READ] + ["'", '"', "`", "@'\n", "<<EOF\n", "```sh\n", "(", "\\\n", "^\n", "\0"]
)


@pytest.mark.parametrize("name", _NAMES)
@settings(max_examples=40)
@given(text=st.lists(_SCRAPS | st.text(max_size=20), max_size=5).map("".join))
def test_any_text(name: str, text: str) -> None:
    """No text makes a reader raise, and what it tells stands in the text."""
    data = text.encode("utf-8", "surrogatepass")
    for item in reader(name)(data):
        assert all(0 <= start <= end <= len(data) for start, end in item.parts)
        if sum(end - start for start, end in item.parts) == len(item.value):
            assert b"".join(data[start:end] for start, end in item.parts) == item.value


HOSTILE = [
    "'", '"',
    "@'\n", "<#", "<<A\n", "RUN <<A\n", "```sh\n", "(", "@", "a=", "set A=(\n", "$(", "= <<A\n", "inline: <<A\n",
    "a:b\n", 'send "', "set ", "identified by ", "\t\\\n", "* ", "PSCredential ", "password ",
]  # fmt: skip


@pytest.mark.parametrize("name", _NAMES)
def test_hostile(name: str) -> None:
    """Time grows with the length alone, whatever is opened and never closed."""
    for scrap in HOSTILE:
        data = scrap.encode() * (20_000 // len(scrap))
        start = time.process_time()
        assert all(item.parts for item in reader(name)(data))
        assert time.process_time() - start < 1


def test_scanned(tmp_path: Path) -> None:
    """A scan tells a script's token behind `Bearer` and on a continued line, with its line and column."""
    data, [value, other], _ = filled(
        '#!/bin/sh\ncurl https://acme.test \\\n  -H "Authorization: Bearer §"\ndocker login -u bob --password "§" r\n'
    )
    (tmp_path / "deploy").write_bytes(data)
    told = found(scan(tmp_path))
    assert [(place.line, place.column) for place in told[value].locations] == [(3, 29)]
    assert [(place.line, place.column) for place in told[other].locations] == [(4, 33)]


def test_references_are_not_reported(tmp_path: Path) -> None:
    """A script that takes its credentials from elsewhere is clean, and the command line says so."""
    (tmp_path / "deploy.sh").write_text(
        'export DB_PASSWORD="$(aws ssm get-parameter --name /db)"\ncurl -H "Authorization: Bearer ${TOKEN}" https://a.test\n'
        "mysql --password=$DB_PASSWORD\ndocker login -u bob --password-stdin < file\nsshpass -e ssh host\n"
    )
    assert cli("scan", str(tmp_path)).returncode == 0
