"""Getters that patches write in Java, Go and C#: they compile, and give the secret, asking once, when it is needed.

The vendors' SDKs are not to be had without their registries: `sdks/` has what the getters use of them. The names and
types are those of the public documentation of AWS SDK for Java 2, for Go v2 and for .NET, and of Azure SDK for Java, Go
and .NET.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scans import token
from stanch.remediate.patches import patch

from .projects import VAULT, apply, place, reference

SDKS = Path(__file__).parent / "sdks"
SECRET = token(7)
STORES = {"ssm": "/shop/GITHUB_CRED", "secretsmanager": "shop/GITHUB_CRED", "keyvault": f"{VAULT}/secrets/github-cred"}
"""What each store is asked for."""
SETTINGS = {
    "STUB_SECRET": SECRET.decode(),
    "GITHUB_CRED_PARAM": STORES["ssm"],
    "GITHUB_CRED_SECRET_ID": STORES["secretsmanager"],
    "KEY_VAULT_URL": VAULT,
}
VERSIONS = ("", *(f"-{number}" for number in range(10, 30)))
"""What is behind the names of gccgo's programs, as in `go-12`."""
GO, GOFMT = (next(filter(None, (shutil.which(name + it) for it in VERSIONS)), None) for name in ("go", "gofmt"))

_JAVA = """\
package shop;

class Shop {
    static String auth() {
        return "Bearer {}";
    }

    public static void main(String[] args) {
        for (int i = 0; i < 3; i++) {
            System.out.println(System.getProperty("asked", "") + (i == 0 ? "" : auth()));
        }
    }
}
"""
_GO = """\
package main

import (
	"fmt"
	"os"
)

func auth() string {
	return "Bearer {}"
}

func main() {
	for i := 0; i < 3; i++ {
		asked := os.Getenv("ASKED")
		if i > 0 {
			asked += auth()
		}
		fmt.Println(asked)
	}
}
"""
_CSHARP = """\
using System;

static class Shop
{
    static string Auth() => "Bearer {}";

    static void Main()
    {
        for (int i = 0; i < 3; i++)
        {
            Console.WriteLine(Stub.Asked + (i == 0 ? "" : Auth()));
        }
    }
}
"""


def _patched(path: str, text: str, store: str, folder: Path) -> list[Path]:
    """Write a program whose secret is moved to a store, and the getter beside it; return the files."""
    data = text.replace("{}", SECRET.decode()).encode()
    start = data.index(SECRET)
    files = {path: data}
    here = place(path, data, start, start + len(SECRET))
    apply(files, patch(here, reference("GITHUB_CRED", store), root_files=files.get).edits)
    assert len(files) == 2
    for name, content in files.items():
        assert SECRET not in content
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def _said(*command: str | Path, folder: Path, **more: str) -> list[str]:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **SETTINGS, **more}, capture_output=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return done.stdout.decode().splitlines()


def _lazily(store: str) -> list[str]:
    """Return what a program says when its getter asks at the first use, and never again."""
    auth = f"Bearer {SECRET.decode()}"
    return ["", auth, f"{STORES[store]} {auth}"]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("javac") is None, reason="no Java compiler is installed")
@pytest.mark.parametrize("store", STORES)
def test_java(store: str, tmp_path: Path) -> None:
    """javac takes it without a warning; the class asks once, when it is first used."""
    files = _patched("shop/Shop.java", _JAVA, store, tmp_path)
    _said("javac", "-Xlint:all", "-Werror", "-d", "classes", "-sourcepath", SDKS / "java", *files, folder=tmp_path)
    assert _said("java", "-cp", "classes", "shop.Shop", folder=tmp_path) == _lazily(store)


@pytest.mark.slow
@pytest.mark.skipif(GO is None, reason="no Go compiler is installed: `make servers`")
@pytest.mark.parametrize("store", STORES)
def test_go(store: str, tmp_path: Path) -> None:
    """The compiler takes it, and gofmt has nothing to change; the function asks once, when it is called."""
    files = _patched("main.go", _GO, store, tmp_path)
    assert _said(str(GOFMT), "-l", *files, folder=tmp_path) == []
    settings = {"GO111MODULE": "off", "GOPATH": str(SDKS / "go"), "GOCACHE": str(tmp_path / "cache"), "GOFLAGS": ""}
    _said(str(GO), "build", "-o", "shop", *files, folder=tmp_path, **settings)
    assert _said(tmp_path / "shop", folder=tmp_path) == _lazily(store)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("mcs") is None, reason="no C# compiler is installed: `make servers`")
@pytest.mark.parametrize("store", STORES)
def test_csharp(store: str, tmp_path: Path) -> None:
    """mcs takes it without a warning; the class asks once, when it is first used."""
    files = _patched("Shop.cs", _CSHARP, store, tmp_path)
    _said("mcs", "-warnaserror", "-out:shop.exe", *files, SDKS / "csharp" / "Sdks.cs", folder=tmp_path)
    assert _said("mono", "shop.exe", folder=tmp_path) == _lazily(store)
