"""Repositories of others, asked and fetched by a git that obeys nothing of theirs, of the system's, or of the user's.

Only the protocol of the URL is allowed, in redirects too. Nothing is checked out, so there are no filters, hooks or
submodules; a credential is told to its own host alone, by a helper that takes it from git's environment.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from stanch.report.veil import plain
from stanch.sources.git.command import complaint
from stanch.sweep.model import Listed
from stanch.values import dataclass

BEAT = 0.1
"""Seconds between two looks at a git that runs: is there time, is there room."""
STALL = 60
"""Seconds without a byte after which a connection is given up."""
MOST_SAID = 64 << 10
"""Bytes of what git says that are kept, the last ones."""
MOST_LISTED = 256 << 20
"""Bytes that a list of refs may have: some million refs."""

_KEPT = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "http_proxy", "https_proxy", "all_proxy", "no_proxy")
_URL = re.compile(r"(?P<scheme>https?|ssh)://(?:(?P<user>[^/@\s]*)@)?(?P<host>[^/@\s]+)(?:/.*)?")
_SCP = re.compile(r"(?:[A-Za-z0-9_.-]+@)?[A-Za-z0-9][A-Za-z0-9_.-]*:(?!:|//)[^\s]+")
_USERINFO = re.compile(r"(?<=://)[^/\s'\"]*@")
_LOOPBACK = re.compile(r"(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?")

# git's credential protocol, https://git-scm.com/docs/gitcredentials: the host is told in a field of its own.
_HELPER = (
    '!f() { test "$1" = get || exit 0; while read -r line; do case $line in protocol=*) p=${line#protocol=};;'
    ' host=*) h=${line#host=};; "") break;; esac; done; test "$p://$h" = "$STANCH_GIT_HOST" &&'
    ' printf "username=%s\\npassword=%s\\n" "$STANCH_GIT_USER" "$STANCH_GIT_PASSWORD"; }; f'
)
_SETTINGS = {
    "protocol.allow": "never",
    "core.hooksPath": os.devnull,
    "core.attributesFile": os.devnull,
    "core.excludesFile": os.devnull,
    "core.fsmonitor": "false",
    "core.askPass": "",
    "credential.helper": "",
    "fetch.recurseSubmodules": "false",
    "fetch.unpackLimit": "1",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "http.followRedirects": "initial",  # what was renamed is found, a credential does not follow
    "http.lowSpeedLimit": "1",
    "init.templateDir": "",
    "pack.threads": "1",
    # What fsck looks for does harm where files are checked out. Here they are not, and it would refuse many an old
    # repository for an author without an address; that objects are what their ids say is checked all the same.
    "transfer.fsckObjects": "false",
    "transfer.bundleURI": "false",
}
_AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where Debian, Fedora, SUSE and the BSDs have the certificates that they trust."""

_KINDS = (
    ("disk-full", ("No space left on device", "Disk quota exceeded", "File too large", "signal 25")),
    ("denied", (
        "Authentication failed", "could not read Username", "could not read Password", "error: 401", "error: 403",
        "Permission denied", "Host key verification failed",
    )),
    ("gone", ("not found", "does not exist", "error: 404", "error: 410", "does not appear to be a git repository")),
    ("network", (
        "Could not resolve", "Failed to connect", "Couldn't connect", "onnection", "timed out", "error: 5",
        "error: 429", "early EOF", "unexpected disconnect", "RPC failed", "hung up", "too slow", "Empty reply",
        "transfer closed", "SSL", "gnutls", "invalid index-pack output", "remote did not send all",
    )),
)  # fmt: skip
"""What git says, in order, and the kind of fault that it is."""


class CloneError(Exception):
    """A repository that could not be asked or fetched: `kind` is that of the fault, the text is its detail."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Access:
    """How a repository is reached, and how far that may go."""

    home: Path
    """An empty folder, in the place of the user's."""
    token: tuple[str, str] | None = None
    """User and password for the host of the URL."""
    ca_bundle: Path | None = None
    until: float | None = None
    """When it must be done, by `time.monotonic`."""
    room: int | None = None
    """Bytes on the disk that a clone may take."""
    stall: int = STALL
    gone: Callable[[], bool] = lambda: False
    """Is there nobody left to do it for?"""

    def __repr__(self) -> str:
        """Show no token."""
        return f"Access(home={self.home!r})"


@dataclass(frozen=True, slots=True)
class Refs:
    """What a repository names."""

    state: str
    """A digest that changes when a ref or the default branch does."""
    head: str | None
    """The ref that HEAD stands for."""
    empty: bool


def refs(listed: Listed, access: Access) -> Refs:
    """Ask which refs a repository has. Raises CloneError."""
    out, _ = _git(listed, access, ["ls-remote", "--symref", "--", listed.url], access.home)
    lines = sorted(out.splitlines())
    named = [line.split(b"\t")[0] for line in lines if line.startswith(b"ref: ") and line.endswith(b"\tHEAD")]
    head = os.fsdecode(named[0].removeprefix(b"ref: ")) if named else None
    return Refs(hashlib.sha256(b"\n".join(lines)).hexdigest(), head, not lines)


def clone(listed: Listed, folder: Path, access: Access) -> int:
    """Fetch all that a repository shows into a new bare one at `folder`; return its bytes on the disk.

    Raises CloneError; then nothing is left of it.
    """
    command = ["clone", "--mirror", "--template=", "--progress", "--no-recurse-submodules", "--", listed.url, folder]
    try:
        _git(listed, access, [*map(str, command)], folder.parent, folder)
    except BaseException:
        remove(folder)
        raise
    return taken(folder)


def update(listed: Listed, folder: Path, access: Access, head: str | None) -> int:
    """Fetch what is new into a clone that was kept, and forget the refs that are gone; return its bytes on the disk.

    Raises CloneError.
    """
    command = ["fetch", "--prune", "--no-tags", "--progress", "--no-recurse-submodules", "--no-auto-maintenance",
               "--no-write-fetch-head", "--", listed.url, "+refs/*:refs/*"]  # fmt: skip
    before, place = taken(folder), f"--git-dir={folder}"
    # Not in the clone: who ends a worker finds its git by the folder that it works in, which is the worker's own.
    _git(listed, access, [place, *command], access.home, folder, before)
    if head is not None and head.startswith("refs/heads/"):
        _git(listed, access, [place, "symbolic-ref", "HEAD", head], access.home)
    return max(taken(folder) - before, 0)


def taken(folder: Path) -> int:
    """Return how many bytes a folder takes on the disk."""
    total, folders = 0, [folder]
    for one in folders:  # it grows as folders are found
        with suppress(OSError), os.scandir(one) as entries:
            for entry in entries:
                with suppress(OSError):  # git renamed it meanwhile
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
    return total


def remove(folder: Path) -> None:
    """Remove a folder and all in it; what is not there is no error."""
    import shutil  # a sweep of unchanged repositories removes nothing

    shutil.rmtree(folder, ignore_errors=True)


def trusted(folder: Path, authorities: bytes) -> Path:
    """Write a file of the system's certificates and these; git trusts nothing but the one file that it is given."""
    import secrets  # wanted where somebody has an authority of their own

    path = folder / f"{secrets.token_hex(8)}.pem"
    system = next((one.read_bytes() for one in map(Path, _AUTHORITIES) if one.is_file()), b"")
    path.write_bytes(system + b"\n" + authorities)
    return path


def host(url: str) -> str | None:
    """Return scheme and host (and port) of a URL as git names them to a helper; None for one that is told no password.

    Over plain HTTP a password is told to this machine alone.
    """
    match = _URL.fullmatch(url)
    if match is None or match["scheme"] == "ssh":
        return None
    if match["scheme"] == "http" and not _LOOPBACK.fullmatch(match["host"]):
        return None
    return f"{match['scheme']}://{match['host']}"


def cleaned(text: str, secrets: Iterable[str] = ()) -> str:
    """Return what git says without passwords, and without what steers a terminal; at most some 300 characters."""
    for secret in secrets:
        text = text.replace(secret, "…") if len(secret) > 3 else text
    return plain(_USERINFO.sub("", text))[:300]


def _protocol(listed: Listed) -> str:
    """Return the protocol of a URL that may be fetched. Raises CloneError for any other."""
    match = _URL.fullmatch(listed.url)
    if match and ":" in (match["user"] or ""):
        said = "its URL holds a password; take it out, and put the token into the environment"
        raise CloneError("not-scanned", said)
    if match:
        return match["scheme"]
    if _SCP.fullmatch(listed.url):
        return "ssh"
    raise CloneError("not-scanned", f"{cleaned(listed.url)}: only https, http and ssh are fetched from")


def _environment(listed: Listed, access: Access) -> dict[str, str]:
    protocol = _protocol(listed)
    settings = [*_SETTINGS.items(), (f"protocol.{protocol}.allow", "always")]
    settings.append(("http.lowSpeedTime", str(access.stall)))
    names = [*_KEPT, *map(str.upper, _KEPT), *(("SSH_AUTH_SOCK",) if protocol == "ssh" else ())]
    told: dict[str, str] = {}
    if access.token and (known := host(listed.url)):
        user, password = access.token
        told = {"STANCH_GIT_HOST": known, "STANCH_GIT_USER": user, "STANCH_GIT_PASSWORD": password}
        settings.append(("credential.helper", _HELPER))
    if access.ca_bundle is not None:
        told["GIT_SSL_CAINFO"] = str(access.ca_bundle)
    for number, (key, value) in enumerate(settings):
        told |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {
        **{name: os.environ[name] for name in names if name in os.environ},
        **told,
        "GIT_CONFIG_COUNT": str(len(settings)),
        "HOME": str(access.home),  # curl looks for a .netrc there
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        # A connection that is dead is given up, as over HTTP: nobody may be left to end it.
        "GIT_SSH_COMMAND": f"ssh -oBatchMode=yes -oConnectTimeout={access.stall}"
        f" -oServerAliveInterval={max(access.stall // 4, 1)} -oServerAliveCountMax=4",
        "GIT_CEILING_DIRECTORIES": "/",
    }


def _git(
    listed: Listed, access: Access, arguments: list[str], cwd: Path, grows: Path | None = None, before: int = 0
) -> tuple[bytes, str]:
    """Run git in a process group of its own, within time and room; return what it prints and what it says.

    `grows` is the folder that may take `access.room` bytes more than `before`. Raises CloneError.
    """
    environment = _environment(listed, access)
    try:
        process = subprocess.Popen(
            ["git", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment, cwd=cwd, start_new_session=True,
        )  # fmt: skip
    except FileNotFoundError as error:
        if not cwd.is_dir():
            raise CloneError("clone-failed", f"{cwd}: the folder to work in is gone") from error
        raise CloneError("clone-failed", "git is needed for a sweep, and is not installed") from error
    try:
        out, said = _read(process, access, grows, before)
    finally:
        _end(process)
    if process.returncode:
        # The last line that progress has written over a line is what stands there.
        lines = said.replace("\r", "\n").splitlines()
        name = next(word for word in arguments if not word.startswith("-"))
        text = complaint(name, lines, process.returncode)
        kind = next((kind for kind, words in _KINDS if any(word in said for word in words)), "clone-failed")
        raise CloneError(kind, cleaned(text, access.token or ()))
    return out, said


def _read(process: subprocess.Popen[bytes], access: Access, grows: Path | None, before: int) -> tuple[bytes, str]:
    """Read what git prints and says until it ends. Raises CloneError when there is no time or no room any more."""
    import selectors  # wanted once a repository has changed

    assert process.stdout is not None  # noqa: S101  # pipes, as asked for
    assert process.stderr is not None  # noqa: S101
    out, said = bytearray(), bytearray()
    into = {process.stdout.fileno(): out, process.stderr.fileno(): said}
    looked = time.monotonic()
    with selectors.DefaultSelector() as ready:
        for descriptor in into:
            ready.register(descriptor, selectors.EVENT_READ)
        while ready.get_map():
            for key, _ in ready.select(BEAT):
                data = os.read(key.fd, 1 << 16)
                into[key.fd] += data
                if not data:
                    ready.unregister(key.fd)
            del said[:-MOST_SAID]
            if len(out) > MOST_LISTED:
                raise CloneError("too-large", "it lists more refs than anybody has")
            now = time.monotonic()
            if access.until is not None and now > access.until:
                raise CloneError("timeout", "stopped at the time limit, before it was fetched")
            if access.gone():
                raise CloneError("interrupted", "the sweep ended before it was fetched")
            if grows is not None and access.room is not None and now - looked > BEAT:
                looked = now
                if taken(grows) - before > access.room:
                    raise CloneError("disk-budget", f"its clone takes more than the {access.room:,} bytes there are")
    process.wait()
    if (
        process.returncode == 0
        and grows is not None
        and access.room is not None
        and taken(grows) - before > access.room
    ):
        raise CloneError("disk-budget", f"its clone takes more than the {access.room:,} bytes there are")
    return bytes(out), said.decode("utf-8", "replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End git with all that it has started, and close its pipes."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
