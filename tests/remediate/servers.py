"""Stores on loopback: moto's server for AWS, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from stanch.remediate.stores import Address

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "NO_PROXY": "127.0.0.1,localhost",
}
REGION = "eu-west-1"
RUN = """
import logging
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
input()
"""


@contextmanager
def moto() -> Iterator[str]:
    """Run moto's server; yield its URL."""
    running = subprocess.Popen(
        [sys.executable, "-c", RUN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **ENVIRONMENT}
    )
    assert running.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(running.stdout.readline())}"
    finally:
        running.communicate(b"\n", timeout=20)


def reset(url: str) -> None:
    """Empty all stores of a server."""
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST")).close()  # noqa: S310


def address(url: str, store: str = "ssm", **more: str) -> Address:
    """Return the address of a store of that server."""
    return Address(store, REGION, endpoint=url, **more)
