"""`stanch fix`: what it writes, what it does, its exit statuses, and that it shows no secret unasked."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from remediate import vaults
from remediate.projects import simple, written
from remediate.servers import REGION
from remediate.vaults import Credential, Fake
from repositories import Repo
from scans import called, token
from stanch.cli import fixing
from stanch.errors import UsageError
from stanch.remediate.stores import Address, keyvault, opened

STRIPE, SLACK = token(2, "stripe-secret-key-live"), token(4, "slack-bot-token")
FILES = {"a.py": b"stripe_key = '%b'\n" % STRIPE, "web/.env": b"SLACK_TOKEN=%b\n" % SLACK}


@pytest.fixture(autouse=True)
def plain_patches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patch as is plain to see: patches of each language have tests of their own."""
    monkeypatch.setattr(fixing, "_patch", simple)


@pytest.fixture
def project(repo: Repo) -> Repo:
    """Return a repository with two secrets."""
    repo.commit(dict(FILES))
    return repo


Fix = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def fix(project: Repo) -> Fix:
    """Give a function that runs the command on the project."""
    return lambda *arguments: called("fix", *arguments, str(project.path))


def test_a_plan_changes_nothing(fix: Fix, project: Repo) -> None:
    """It is text, with the end of each finding, masked; and nothing is written anywhere."""
    before = sorted(project.path.rglob("*"))
    done = fix("--store", "ssm")
    assert done.returncode == 0
    assert done.stdout.count(b"\nvault ") + done.stdout.startswith(b"vault ") == 2
    assert b"/repo/STRIPE_KEY" in done.stdout
    assert b"ssm:PutParameter" in done.stdout
    assert STRIPE not in done.stdout + done.stderr
    assert sorted(project.path.rglob("*")) == before
    assert project.git("status", "--porcelain") == ""


def test_a_patch_is_for_git(fix: Fix, project: Repo, tmp_path: Path) -> None:
    """git applies it; a file of it is its owner's to read, and on standard output it comes with a warning."""
    file = tmp_path / "fix.patch"
    assert fix("-f", "patch", "-o", str(file)).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    done = fix("-f", "patch")
    assert done.stdout == file.read_bytes()
    assert b"the patch holds 2 secrets: delete it once it is applied, or -o keeps it from others" in done.stderr
    project.git("apply", str(file))
    assert (project.path / "a.py").read_bytes() == b'import os\nstripe_key = os.environ["STRIPE_KEY"]\n'


def test_what_a_patch_leaves_to_do(fix: Fix, project: Repo) -> None:
    """It only changes files: what is to be stored, how, and what to put in a placeholder's place is said, masked."""
    project.commit({".github/workflows/a.yml": b"env:\n  TOKEN: %b\n" % token(5), "web/host.json": b"{}"})
    said = fix("-f", "patch").stderr
    assert b"the patch holds 3 secrets" in said
    assert b"left to do: Store first, before the new code runs: " in said
    assert b"keyvault: repo-slack-token in https://VAULT.vault.azure.net" in said
    assert b"`gh secret set TOKEN`" in said
    assert b"left to do: Name the Key Vault with --vault, which then stands in the place of VAULT." in said
    assert [secret for secret in (STRIPE, SLACK, token(5)) if secret in said] == []


STRINGS = {"type": "array", "items": {"type": "string"}}
POLICY = {
    "type": "object", "required": ["title", "kind", "document", "command", "notes"], "additionalProperties": False,
    "properties": {
        "title": {"type": "string"}, "kind": {"enum": ["iam", "azure-role", "azure-custom-role"]},
        "document": {"type": "object"},
        "command": {"type": ["string", "null"]}, "notes": STRINGS,
    },
}  # fmt: skip
SCHEMA: dict[str, Any] = {
    "type": "object", "required": ["schema", "moves", "aside", "live", "policies"], "additionalProperties": False,
    "properties": {
        "schema": {"const": 1},
        "live": {"type": "array", "items": {
            "type": "object", "additionalProperties": False,
            "required": [
                "fingerprint", "rule", "name", "masked", "place", "action", "why", "note", "reference", "versions",
                "policies", "after",
            ],
            "properties": {
                "fingerprint": {"type": "string"}, "rule": {"type": "string"}, "name": {"type": "string"},
                "masked": {"type": "string"}, "place": {"type": ["string", "null"]},
                "action": {"enum": ["refer", "name", "drop", None]}, "why": {"type": "string"},
                "note": {"type": "string"}, "reference": {"type": ["object", "null"]}, "versions": STRINGS,
                "policies": {"type": "array", "items": POLICY}, "after": STRINGS,
            },
        }},
        "aside": {"type": "integer"},
        "policies": {"type": "array", "items": POLICY},
        "moves": {"type": "array", "items": {
            "type": "object", "additionalProperties": False,
            "required": [
                "fingerprint", "rule", "name", "masked", "places", "end", "why", "applied", "reference", "patches",
                "files", "unpatched", "policies", "after",
            ],
            "properties": {
                "fingerprint": {"type": "string"}, "rule": {"type": "string"}, "name": {"type": "string"},
                "masked": {"type": "string"}, "end": {"enum": ["identity", "vault", "manual"]},
                "why": {"type": "string"}, "applied": {"type": "boolean"}, "after": STRINGS,
                "places": {"type": "array", "items": {
                    "type": "object", "properties": {"path": {"type": "string"}, "line": {"type": "integer"}},
                    "required": ["path", "line"], "additionalProperties": False,
                }},
                "reference": {"type": ["object", "null"], "required": ["env", "store", "name", "vault"]},
                "patches": {"type": "array", "items": {
                    "type": "object", "required": ["files", "note", "complete", "left"],
                    "additionalProperties": {"type": ["array", "string", "boolean"]},
                }},
                "files": {"type": "array", "items": {
                    "type": "object", "required": ["path", "created", "edits"], "additionalProperties": False,
                    "properties": {"path": {"type": "string"}, "created": {"type": "boolean"}, "edits": {
                        "type": "array", "items": {"type": "object", "required": ["start", "end", "text"]},
                    }},
                }},
                "unpatched": {"type": "array", "items": {"type": "object", "required": ["path", "line", "why"]}},
                "policies": {"type": "array", "items": POLICY},
            },
        }},
    },
}  # fmt: skip


@pytest.mark.parametrize("store", [(), ("--store", "keyvault"), ("--store", "ssm", "--region", "eu-west-1")])
def test_json_is_as_documented(fix: Fix, store: tuple[str, ...]) -> None:
    """Each key is there, in its type, and no other."""
    done = fix("-f", "json", *store)
    plan = json.loads(done.stdout)
    jsonschema.validate(plan, SCHEMA)
    assert len(plan["moves"]) == 2
    assert STRIPE not in done.stdout
    documented = (Path(__file__).parents[2] / "docs/fix.md").read_text("utf-8")
    keys = {*plan, *plan["moves"][0], *plan["moves"][0]["files"][0]}
    assert [key for key in sorted(keys) if f"`{key}`" not in documented and f'"{key}"' not in documented] == []


def test_policies_alone(fix: Fix) -> None:
    """What stanch needs, and what the code needs."""
    done = fix("--policies", "--store", "ssm", "--region", "eu-west-1", "--account", "111122223333")
    text = done.stdout.decode()
    assert text.count('"Version"') == 3
    assert "arn:aws:ssm:eu-west-1:111122223333:parameter/repo/STRIPE_KEY" in text
    assert "REGION" not in text


def test_a_report_is_planned_from(project: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One with secrets says the same as a scan; one without is refused with what to do; so is one of unknown rules."""
    monkeypatch.chdir(project.path)
    scanned = json.loads(called("fix", "-f", "json").stdout)
    shown, hidden = tmp_path / "shown.json", tmp_path / "hidden.json"
    called("scan", "--show-secrets", "-f", "json", "-o", str(shown))
    called("scan", "-f", "json", "-o", str(hidden))
    assert json.loads(called("fix", "-f", "json", str(shown)).stdout) == scanned
    with pytest.raises(UsageError, match="--show-secrets"):
        called("fix", str(hidden))
    shown.write_text(shown.read_text().replace('"stripe-secret-key-live"', '"no-such-rule"'))
    with pytest.raises(UsageError, match="no-such-rule"):
        called("fix", str(shown))


def test_what_stanch_wrote_is_left_alone(project: Repo) -> None:
    """Reports, however they are formatted, and patches hold the secrets, and are for nobody to patch."""
    report = called("scan", "--show-secrets", "-f", "json", str(project.path)).stdout
    patch = called("fix", "-f", "patch", str(project.path)).stdout
    ours = {
        "report.json": report,
        "small.json": json.dumps(json.loads(report), separators=(",", ":"), sort_keys=True).encode(),
        "cut.json": report[: len(report) // 2],
        "fix.patch": patch,
    }
    project.put("a.py", b"")
    project.put("web/.env", b"")
    for name, content in ours.items():
        project.put(name, content)
    moves = json.loads(called("fix", "--no-history", "--store", "ssm", "-f", "json", str(project.path)).stdout)["moves"]
    assert {move["end"] for move in moves} == {"manual"}
    assert {(place["path"], place["why"]) for move in moves for place in move["unpatched"]} == {
        *((name, "a report of stanch: delete it when you are done") for name in ours if name != "fix.patch"),
        ("fix.patch", "a patch of stanch: delete it once it is applied"),
    }


def test_what_a_report_lacks_is_said(project: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A status of 3 comes with what was not scanned."""
    monkeypatch.chdir(project.path)
    report = tmp_path / "report.json"
    called("scan", "--show-secrets", "--max-size", "40", "-f", "json", "-o", str(report))
    done = called("fix", str(report))
    assert done.returncode == 3
    assert b"report.json: the report is incomplete" in done.stderr
    assert b"too-large: " in done.stderr


# what, file, content, is it wrong usage?
NO_REPORTS = [
    ("a report that was cut off", "report", b'{"schema": 1, "tool": {"name": "stanch", "vers', True),
    ("the same by its name alone", "report.json", b'{"schema": 1, "to', True),
    ("another schema", "report.json", b'{"schema": 9, "tool": {"name": "stanch"}}', True),
    ("some other JSON", "api.json", b'{"paths": {"schema": 1}}', False),
    ("a program", "a.py", b'{"schema": 1}', False),
]


@pytest.mark.parametrize(("what", "name", "content", "wrong"), NO_REPORTS, ids=[row[0] for row in NO_REPORTS])
def test_a_report_that_is_none(tmp_path: Path, what: str, name: str, content: bytes, wrong: bool) -> None:
    """What was meant to be a report is never scanned instead of it."""
    (tmp_path / name).write_bytes(content)
    if not wrong:
        assert b"nothing to move" in called("fix", str(tmp_path / name)).stdout
        return
    with pytest.raises(UsageError, match=r"report"):
        called("fix", str(tmp_path / name))


# arguments, what is said
WRONG = [
    (("--apply", "--rollback"), "exclude"),
    (("--apply", "--revoke"), "exclude"),
    (("--yes",), "--revoke"),
    (("--vault", "http://v1.vault.azure.net"), "--vault"),
    (("--vault", "a"), "--vault"),
    (("--vault", "https://user@v1.vault.azure.net"), "--vault"),
    (("--account", "1234"), "12 digits"),
    (("--kms-key", "alias/mine"), "alias"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG)
def test_wrong_usage(fix: Fix, arguments: tuple[str, ...], said: str) -> None:
    """It is told before anything is scanned."""
    with pytest.raises(UsageError, match=said):
        fix(*arguments)


def test_what_has_no_files(tmp_path: Path) -> None:
    """A bare repository, and an environment."""
    Repo(tmp_path / "bare", "--bare")
    for target in (str(tmp_path / "bare"), "env:"):
        with pytest.raises(UsageError):
            called("fix", target)


AWS = ("--region", REGION, "--endpoint-url")


def test_apply_and_rollback(fix: Fix, project: Repo, aws: str) -> None:
    """The secrets are in the store and out of the files, which a scan shows; there is nothing left to do; and back."""
    done = fix("--apply", "--store", "ssm", *AWS, aws)
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    assert text.count("moved ") == 2
    assert "scanned 2 changed files again: 2 of 2 gone" in text
    assert '"Resource": "arn:aws:ssm:eu-west-1:123456789012:parameter/repo/STRIPE_KEY"' in text
    assert STRIPE not in done.stdout + done.stderr
    held = opened(Address("ssm", REGION, endpoint=aws)).get("/repo/STRIPE_KEY")
    assert held is not None
    assert held.value == STRIPE
    assert called("scan", "--no-history", str(project.path)).returncode == 0
    again = fix("--apply", "--store", "ssm", *AWS, aws)
    assert (again.returncode, b"nothing that stanch can move" in again.stdout) == (0, True)
    back = fix("--rollback")
    assert back.returncode == 0
    assert b"/repo/STRIPE_KEY" in back.stdout
    assert project.git("status", "--porcelain") == ""
    assert b"nothing to undo" in fix("--rollback").stdout


def test_a_dirty_file_is_refused(fix: Fix, project: Repo, aws: str) -> None:
    """Unless the user allows it; nothing is stored before that."""
    project.put("a.py", FILES["a.py"] + b"# more\n")
    with pytest.raises(UsageError, match=r"a\.py: changes that are not committed"):
        fix("--apply", "--store", "ssm", *AWS, aws)
    assert opened(Address("ssm", REGION, endpoint=aws)).get("/repo/STRIPE_KEY") is None
    assert fix("--apply", "--store", "ssm", "--allow-dirty", *AWS, aws).returncode == 0


def test_what_is_left_is_status_1(fix: Fix, project: Repo, aws: str) -> None:
    """A place that cannot be patched still has the secret; what another value has in the store is not replaced."""
    project.commit({"A.java": b'class A { String key = "%b"; }\n' % STRIPE})
    opened(Address("ssm", REGION, endpoint=aws)).put("/repo/SLACK_TOKEN", b"other", new=True)
    done = fix("--apply", "--store", "ssm", *AWS, aws)
    assert done.returncode == 1
    assert b"still " in done.stdout
    assert b"A.java:1: Java is not for this test" in done.stdout
    assert b"not moved /repo/SLACK_TOKEN" in done.stdout
    assert (project.path / "web/.env").read_bytes() == FILES["web/.env"]


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    """Run a Key Vault that the command trusts, for somebody who is signed in."""
    with vaults.vault(tmp_path) as (fake, certificate):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        monkeypatch.setattr(keyvault, "DefaultAzureCredential", Credential)
        yield fake


def test_apply_to_a_key_vault(fix: Fix, project: Repo, vault: Fake) -> None:
    """The same way, by Azure's SDK; the role to be assigned is printed."""
    done = fix("--apply", "--store", "keyvault", "--vault", vault.url, "--subscription", "s-1", "--resource-group", "g")
    assert done.returncode == 0, done.stdout
    assert vault.held == {"repo-stripe-key": [STRIPE.decode()], "repo-slack-token": [SLACK.decode()]}
    assert b"az role assignment create --role 4633458b" in done.stdout
    assert called("scan", "--no-history", str(project.path)).returncode == 0
    assert fix("--rollback").returncode == 0
    assert project.git("status", "--porcelain") == ""


def test_what_cannot_be_undone_is_told_with_a_way_out(fix: Fix, project: Repo, aws: str) -> None:
    """A file was changed since: it stays, the status is 1, and the journal that would have to go is named."""
    fix("--apply", "--store", "ssm", *AWS, aws)
    project.put("a.py", b"print(1)\n")
    done = fix("--rollback")
    assert done.returncode == 1
    assert b"a.py has changed since" in done.stdout
    assert b"stanch-fix.jsonl" in done.stdout
    assert (project.path / "a.py").read_bytes() == b"print(1)\n"
    assert (project.path / "web/.env").read_bytes() == FILES["web/.env"]


def test_a_vault_that_nobody_named(fix: Fix, project: Repo, aws: str) -> None:
    """It is planned for; where all would go there that is wrong usage, and what is left for want of it is status 1."""
    with pytest.raises(UsageError, match="name the Key Vault with --vault: nothing was moved, 2 would go there"):
        fix("--apply", "--store", "keyvault")
    lambdas = b"def lambda_handler(event, context):\n    return len(stripe_key)\n"
    project.commit({"a.py": FILES["a.py"] + lambdas, "web/host.json": b"{}"})
    done = fix("--apply", *AWS, aws)
    assert (done.returncode, done.stdout.count(b"name the vault with --vault")) == (1, 1)
    assert b"moved     /repo/STRIPE_KEY" in done.stdout


def test_a_folder_without_git(tmp_path: Path, aws: str) -> None:
    """The journal is the user's own, away from the folder, which only has its patched files."""
    folder = written(tmp_path / "plain", FILES)
    arguments = ("--store", "ssm", *AWS, aws, str(folder))
    assert called("fix", "--apply", *arguments).returncode == 0
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == [".env", "a.py"]
    assert called("fix", "--rollback", *arguments).returncode == 0
    assert (folder / "a.py").read_bytes() == FILES["a.py"]


def test_a_journal_of_ones_own(fix: Fix, tmp_path: Path, aws: str) -> None:
    """`--journal` says where it is."""
    journal = tmp_path / "j.jsonl"
    fix("--apply", "--store", "ssm", "--journal", str(journal), *AWS, aws)
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    assert b"nothing to undo" in fix("--rollback").stdout
    assert fix("--rollback", "--journal", str(journal)).returncode == 0


def test_a_purge_and_a_revocation_are_planned(fix: Fix, project: Repo, tmp_path: Path) -> None:
    """The same command plans what comes after; files and stores stay as they are."""
    done = fix("--purge-plan", str(tmp_path / "purge"), "--revoke")
    assert done.returncode == 0
    assert b"filter-repo" in done.stdout
    assert b"Nothing was sent" in done.stdout
    assert STRIPE in (tmp_path / "purge/expressions.txt").read_bytes()
    assert project.git("status", "--porcelain") == ""


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """As each command's."""
    text = called("fix", "--help").stdout.decode()
    assert "Examples:" in text
    assert "stanch fix --rollback" in text


def test_a_report_that_is_older_than_the_files(project: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that has moved down is found where it is; one that is gone is said to be."""
    monkeypatch.chdir(project.path)
    report = tmp_path / "report.json"
    called("scan", "--show-secrets", "-f", "json", "-o", str(report))
    written(project.path, {"a.py": b"# new\n\n" + FILES["a.py"], "web/.env": b"# nothing\n"})
    moves = {move["rule"]: move for move in json.loads(called("fix", "-f", "json", str(report)).stdout)["moves"]}
    assert moves["stripe-secret-key-live"]["places"] == [{"path": "a.py", "line": 3}]
    assert "gone from the worktree" in moves["slack-bot-token"]["why"]


PARTS = b"const begin = '%b';\nconst apiToken = begin + '%b';\n" % (token(7)[:15], token(7)[15:])
# what, what git has, what the file becomes (None: it stays), what is said
GONE = [
    ("moved, not committed", b"const stripeKey = '%b';\n" % STRIPE, b"f();\n", "gone from the worktree: commit that"),
    ("put together", PARTS, None, "put together from parts"),
    ("put together, in a file that has changed", PARTS, PARTS + b"// more\n", "put together from parts"),
]


@pytest.mark.parametrize(("what", "committed", "now", "why"), GONE, ids=[row[0] for row in GONE])
def test_what_is_gone_from_the_worktree(repo: Repo, what: str, committed: bytes, now: bytes | None, why: str) -> None:
    """The index and HEAD have it until that is committed; what stands there in parts is told from it."""
    repo.commit({"a.js": committed})
    if now is not None:
        repo.put("a.js", now)
    moves = json.loads(called("fix", "-f", "json", str(repo.path)).stdout)["moves"]
    assert [why in move["why"] for move in moves] == [True], moves
