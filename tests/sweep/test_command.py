"""`stanch sweep`: what is recorded and told, what is not done twice, and how it ends when it is disturbed."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import scans
from repositories import Repo
from scans import called, token
from stanch.errors import UsageError
from sweep.githost import Host, hosting
from sweep.swept import bare, events, fork, held, made, processes


@pytest.fixture(autouse=True)
def own_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    """Give each test a cache in which nothing has been read, and a prefilter that is there at once."""
    scans.engine()
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    for kept in own_cache.glob("*.cache"):
        (cache / kept.name).write_bytes(kept.read_bytes())
        (cache / kept.name).chmod(0o600)
    monkeypatch.setenv("STANCH_CACHE", str(cache))
    monkeypatch.setenv("STANCH_STORE", str(tmp_path / "store.db"))


def sweep(*arguments: object) -> tuple[int, str]:
    """Sweep in this process; return the status, and what is printed."""
    done = called("sweep", "--engine", "aho-corasick", "-j", "2", *map(str, arguments))
    return done.returncode, done.stdout.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder of three repositories and two forks of the first."""
    root = tmp_path / "org"
    first = made(root / "shop", 1)
    made(root / "till", 2)
    made(root / "yard", 3)
    fork(first, root / "shop-fork-1", 1)
    fork(first, root / "shop-fork-2", 2)
    return root


def test_all_repositories_are_recorded(folder: Path, tmp_path: Path) -> None:
    """Each secret is one finding, told in every repository that holds it; the summary and the events say so."""
    status, printed = sweep(folder, "--json-events", tmp_path / "events", "-f", "json", "-o", tmp_path / "all.json")
    assert status == 1
    assert "5 repositories: 5 scanned" in printed
    assert "3 open findings, 3 of them new" in printed
    report = json.loads((tmp_path / "all.json").read_text())
    assert report["complete"]
    places = {one["masked"]: {at["target"].rpartition("/")[2] for at in one["locations"]} for one in report["findings"]}
    assert sorted(map(len, places.values())) == [1, 1, 3]
    told = events(tmp_path / "events")
    assert [event["event"] for event in told] == ["started", "listed", *["repository"] * 5, "finished"]
    assert {event["state"] for event in told[2:-1]} == {"scanned"}
    assert told[-1]["complete"]
    assert told[-1]["findings"] == {"open": 3, "new": 3, "fixed": 0, "accepted": 0}
    assert scans.token(1).decode() not in (tmp_path / "all.json").read_text() + (tmp_path / "events").read_text()


def test_a_sweep_tells_what_single_scans_tell(folder: Path, tmp_path: Path) -> None:
    """Objects that forks share are read once, and yet each repository has the findings that a scan of it alone has."""
    sweep(folder, "-f", "json", "-o", tmp_path / "all.json", "--json-events", tmp_path / "events")
    report = json.loads((tmp_path / "all.json").read_text())
    places = {
        (at["target"], at["path"], at["line"], at["commit"], at["author"], at["at_head"], one["rule"], one["masked"])
        for one in report["findings"]
        for at in one["locations"]
    }
    alone = set()
    for repo in folder.iterdir():
        result = scans.scan(repo)
        alone |= {
            (at.target, at.path, at.line, at.commit, at.author, at.at_head, one.rule, one.masked)
            for one in result.findings
            for at in one.locations
        }
    assert places == alone
    read = {Path(event["repository"]).name: event["bytes"] for event in events(tmp_path / "events")[2:-1]}
    forks = sorted(read[name] for name in ("shop", "shop-fork-1", "shop-fork-2"))
    assert forks[0] < forks[2] / 2, "what the first had clean the last does not read"


def test_only_what_has_changed_is_scanned(folder: Path, tmp_path: Path) -> None:
    """An unchanged repository is not scanned; a new secret is new, a removed one is fixed, `--full` scans all."""
    assert sweep(folder)[0] == 1
    assert "5 unchanged" in sweep(folder)[1]
    till = object.__new__(Repo)
    till.path, till.commits = folder / "till", 5
    till.commit({"new.env": b"TOKEN=" + token(9) + b"\n"})
    status, printed = sweep(folder, "--fail-on", "new")
    assert status == 1
    assert "1 scanned, 4 unchanged" in printed
    assert "4 open findings, 1 of them new; 0 fixed" in printed
    assert sweep(folder, "--fail-on", "new")[0] == 0
    for repo in ("till", "yard"):
        subprocess.run(["rm", "-rf", str(folder / repo / ".git")], check=True)
        clean = Repo(folder / repo)
        clean.put("new.env", None) if repo == "till" else None
        clean.commit({"README": b"clean\n"})
    status, printed = sweep(folder, "--full")
    assert "5 scanned" in printed
    assert "1 open finding, 0 of them new; 3 fixed since" in printed


def test_the_rules_in_use_decide_what_is_unchanged(folder: Path) -> None:
    """Another setting scans again; a repository's own configuration, which could silence it, is not read."""
    assert sweep(folder)[0] == 1
    assert "5 scanned" in sweep(folder, "--min-confidence", "high")[1]
    shop = object.__new__(Repo)
    shop.path, shop.commits = folder / "shop", 5
    shop.commit({"stanch.toml": b'disable-rules = ["github-pat-classic"]\n', ".gitleaksignore": b"*\n"})
    assert "3 open findings" in sweep(folder)[1]


def test_a_baseline_that_a_configuration_names_is_a_part_of_it(folder: Path, tmp_path: Path) -> None:
    """When it accepts less than before, nothing is taken for unchanged."""
    config, baseline = tmp_path / "sweep.toml", tmp_path / "known.json"
    config.write_text(f'baseline = ["{baseline}"]\n')
    called("baseline", "create", str(baseline), str(folder / "till"))
    assert "2 open findings" in sweep(folder, "-c", config)[1]
    baseline.unlink()
    (tmp_path / "empty").mkdir()
    called("baseline", "create", str(baseline), str(tmp_path / "empty"))
    assert "3 open findings" in sweep(folder, "-c", config)[1]


def test_the_page_tells_of_all_states_and_repositories(folder: Path, tmp_path: Path) -> None:
    """What people said is in it, and the repositories without findings."""
    Repo(folder / "clean").commit({"a.py": b"print(1)\n"})
    sweep(folder, "-f", "json", "-o", tmp_path / "all.json")
    first, *_ = json.loads((tmp_path / "all.json").read_text())["findings"]
    called("triage", "set", first["fingerprint"], "--state", "accepted", "--reason", "a sandbox")
    assert sweep(folder, "-f", "html", "-o", tmp_path / "all.html", "-f", "json", "-o", tmp_path / "open.json")[0] == 1
    page = (tmp_path / "all.html").read_text()
    assert "a sandbox" in page
    assert str(folder / "clean") in page
    assert len(json.loads((tmp_path / "open.json").read_text())["findings"]) == 2
    assert not any(scans.token(number).decode() in page for number in (1, 2, 3))


def test_a_filter_that_leaves_out_everything_is_told(folder: Path) -> None:
    """A slip in a pattern must not look like an organisation without credentials."""
    status, printed = sweep(folder, "--include", "shpo*")
    assert status == 3
    assert "0 repositories: not listed" in printed
    said = called("sweep", str(folder), "--include", "shpo*").stderr.decode()
    assert "all repositories are left out, 5 not included: are the options right?" in said


def test_events_hold_no_secret_that_was_asked_for(tmp_path: Path) -> None:
    """`--show-secrets` is about reports and the store: what is said of an archive's member repeats none."""
    secret = scans.token(1)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as members:
        members.writestr(f"{secret.decode()}.gz", gzip.compress(os.urandom(1_000))[:500])
    Repo(tmp_path / "org" / "shop").commit({"a.zip": packed.getvalue(), "a.env": b"TOKEN=" + secret + b"\n"})
    sweep(tmp_path / "org", "--show-secrets", "--json-events", tmp_path / "events")
    told = (tmp_path / "events").read_text()
    assert '"state": "incomplete"' in told
    assert secret.decode() not in told


def test_clean_and_complete_is_0(tmp_path: Path) -> None:
    """Nothing found and nothing left out."""
    Repo(tmp_path / "org" / "clean").commit({"a.py": b"print(1)\n"})
    status, printed = sweep(tmp_path / "org")
    assert status == 0
    assert "0 open findings" in printed


def test_an_incomplete_sweep_is_never_0(tmp_path: Path) -> None:
    """One repository that cannot be scanned is told, the others are scanned, and the status is 3."""
    Repo(tmp_path / "org" / "clean").commit({"a.py": b"print(1)\n"})
    broken = Repo(tmp_path / "org" / "broken")
    broken.commit({"a.py": b"print(2)\n"})
    broken.loose(broken.git("rev-parse", "HEAD:a.py")).unlink()
    status, printed = sweep(tmp_path / "org", "--json-events", tmp_path / "events")
    assert status == 3
    assert "1 scanned, 1 scanned in part" in printed
    assert [event["state"] for event in events(tmp_path / "events")[2:-1]].count("incomplete") == 1
    assert sweep(tmp_path / "org")[0] == 3, "nor is it the next time"


WRONG = [
    # arguments, what is said
    (("github:",), "github"),
    (("no-such-target",), "no-such-target"),
    ((".", "--scheduler", "tcp://x:1", "--cluster", "local"), "exclude each other"),
    ((".", "--json-events", "-", "-f", "json"), "would mix"),
    ((".", "--api", "github"), "--api: write the forge"),
    ((".", "--work", "/proc/nowhere"), "--work"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG)
def test_wrong_usage_says_what_to_do(arguments: tuple[str, ...], said: str) -> None:
    """Before anything is done."""
    with pytest.raises(UsageError, match=re.escape(said)):
        sweep(*arguments)


# ---- processes of their own, since signals and hosts are in play


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Serve acme/a, acme/b and acme/c, and list them in a file."""
    with hosting(tmp_path / "host") as host:
        for number, name in enumerate("abc"):
            bare(made(tmp_path / "repos" / name, number), host.root / "acme" / name)
        (tmp_path / "urls").write_text("".join(f"{host.url}/acme/{name}\n" for name in "abc"))
        yield host


_begun: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    """End the sweeps that a test has begun, whatever became of it."""
    yield
    while _begun:
        process = _begun.pop()
        process.kill()
        process.communicate()


def begin(tmp_path: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Begin a sweep of the host in a process of its own."""
    events = tmp_path / "events"
    events.unlink(missing_ok=True)
    command = [sys.executable, "-m", "stanch", "sweep", str(tmp_path / "urls"), "--json-events", str(events)]
    _begun.append(subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    return _begun[-1]


def wait_for(tmp_path: Path, wanted: int) -> None:
    """Wait until so many repositories are recorded."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        path = tmp_path / "events"
        if path.exists() and path.read_text().count('"event": "repository"') >= wanted:
            return
        time.sleep(0.02)
    raise AssertionError("nothing is recorded")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_resume_goes_on(host: Host, tmp_path: Path, number: signal.Signals) -> None:
    """What is done is recorded, what runs is ended with all its processes, and the rest is done by --resume."""
    host.fails["acme/c"] = "pack-hang"
    running = begin(tmp_path, "-j", "2")
    wait_for(tmp_path, 2)
    running.send_signal(number)
    printed, said = running.communicate(timeout=30)
    assert running.returncode == 128 + number
    assert b"--resume" in printed
    assert b"Traceback" not in said
    assert not processes(f"{host.url}/acme/c")
    assert list((tmp_path / "cache" / "work").iterdir()) == []
    del host.fails["acme/c"]
    host.asked.clear()
    again = begin(tmp_path, "--resume")
    printed, said = again.communicate(timeout=60)
    assert again.returncode == 1, said
    assert b"3 repositories: 3 scanned" in printed
    assert b"3 open findings" in printed
    assert [what for what in host.asked if "acme/a" in what or "acme/b" in what] == []


def test_what_failed_before_a_kill_fails_the_resumed_sweep(host: Host, tmp_path: Path) -> None:
    """A repository that failed, and a line that was no URL, are not forgotten by who goes on."""
    with (tmp_path / "urls").open("a") as urls:
        urls.write("no-url\n")
    host.fails |= {"acme/a": "404", "acme/c": "pack-hang"}
    running = begin(tmp_path, "--fail-on", "never", "-j", "1")
    wait_for(tmp_path, 2)
    running.kill()
    running.communicate(timeout=30)
    host.fails.clear()
    again = begin(tmp_path, "--resume", "--fail-on", "never")
    printed, said = again.communicate(timeout=60)
    assert again.returncode == 3, said
    assert b"3 repositories: 2 scanned, 1 failed" in printed
    finished = events(tmp_path / "events")[-1]
    assert [fault["kind"] for fault in finished["faults"]] == ["listing-failed"]
    assert not finished["complete"]


def test_an_unfinished_sweep_is_spoken_of(host: Host, tmp_path: Path) -> None:
    """Who forgets --resume is told; who asks for it without need is told too."""
    host.fails["acme/c"] = "pack-hang"
    running = begin(tmp_path)
    wait_for(tmp_path, 1)
    running.kill()
    running.communicate(timeout=30)
    del host.fails["acme/c"]
    _, said = begin(tmp_path).communicate(timeout=60)
    assert b"--resume would have gone on" in said
    _, said = begin(tmp_path, "--resume").communicate(timeout=60)
    assert b"a new one begins" in said
    assert list((tmp_path / "cache" / "work").iterdir()) == [], "what the killed one left is removed"


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def test_a_repository_that_kills_its_worker_is_given_up(host: Host, tmp_path: Path) -> None:
    """It is tried three times; the others are scanned, and the status says that it is not complete."""
    host.fails["acme/b"] = "pack-hang"
    running = begin(tmp_path, "-j", "1", "--fail-on", "never")
    killed = 0
    until = time.monotonic() + 60
    while running.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
        if host.asked["acme/b pack"] > killed:
            time.sleep(0.2)
            for child in _children(running.pid):
                os.kill(child, signal.SIGKILL)
            killed += 1
    running.communicate(timeout=30)
    assert killed == 3
    assert running.returncode == 3
    recorded = {
        event["repository"][-1]: event for event in events(tmp_path / "events") if event["event"] == "repository"
    }
    assert {name: event["state"] for name, event in recorded.items()} == {"a": "scanned", "b": "failed", "c": "scanned"}
    assert recorded["b"]["faults"][0]["kind"] == "worker-died"
    assert not processes(f"{host.url}/acme/b")


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of one megabyte."""
    path = tmp_path / "tiny"
    path.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path)], capture_output=True)
    if done.returncode:
        pytest.skip("no tmpfs may be mounted here")
    yield path
    subprocess.run(["umount", "--lazy", str(path)], check=True)


def test_a_full_disk_is_recorded(host: Host, tmp_path: Path, tiny_disk: Path) -> None:
    """The clone that does not fit is a fault of its repository; the others are scanned."""
    large = made(tmp_path / "repos" / "large", 5)
    large.commit({"noise.bin": os.urandom(2 << 20)})
    bare(large, host.root / "acme" / "large")
    with (tmp_path / "urls").open("a") as urls:
        urls.write(f"{host.url}/acme/large\n")
    running = begin(tmp_path, "--work", str(tiny_disk), "--disk-budget", "1G", "--fail-on", "never")
    _, said = running.communicate(timeout=60)
    assert running.returncode == 3
    assert b"acme/large: disk-full" in said
    assert sorted(event["state"] for event in events(tmp_path / "events")[2:-1]) == ["failed", *["scanned"] * 3]


def test_a_full_disk_under_the_store_is_told(host: Host, tmp_path: Path, tiny_disk: Path) -> None:
    """What cannot be recorded ends the sweep with status 3; what is recorded stays, and --resume goes on."""
    host.fails["acme/b"] = host.fails["acme/c"] = "pack-gate"
    running = begin(tmp_path, "--store", str(tiny_disk / "store.db"), "-j", "2")
    wait_for(tmp_path, 1)
    with (tiny_disk / "stuffing").open("wb", 0) as stuffing, contextlib.suppress(OSError):
        while stuffing.write(bytes(4096)):
            pass
    host.gate.set()
    _, said = running.communicate(timeout=60)
    assert running.returncode == 3, said
    assert b"the disk is full" in said
    assert b"--resume" in said
    assert b"Traceback" not in said
    (tiny_disk / "stuffing").unlink()
    _, said = begin(tmp_path, "--store", str(tiny_disk / "store.db"), "--resume").communicate(timeout=60)
    assert b"a new one begins" not in said
    assert held(tiny_disk / "store.db")["findings"] == 3
