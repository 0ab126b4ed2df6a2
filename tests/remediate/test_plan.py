"""The plan: where each secret ends up and why, its name there, and the edits that take it out of its files."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from pathlib import Path

import pytest

from remediate.projects import found, password, planned, reader, real, simple, written
from repositories import Repo
from scans import called, token
from stanch.remediate import diff
from stanch.remediate.drafts import Naming
from stanch.remediate.model import CannotPatch, Edit, End, Move, Patch, Place, Read, Reference
from stanch.remediate.plan import plan, ready
from stanch.remediate.policies import Account
from stanch.remediate.written import hiding, json_text, text
from stanch.values import replace
from strategies import ruleset

GITHUB, STRIPE, AWS = token(1), token(2, "stripe-secret-key-live"), token(3, "aws-secret-access-key")
SLACK = token(4, "slack-bot-token")
SAM = b"Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    Type: AWS::Serverless::Function\n"
HANDLER = b"def lambda_handler(event, context):\n    return 1\n"


def one(moves: tuple[Move, ...]) -> Move:
    """Return the only move."""
    (move,) = moves
    return move


# files, the end, the store, what the reason says, why
ENDS: list[tuple[dict[str, bytes], End, str | None, str, str]] = [
    ({"a.py": b"token = '%b'\n" % STRIPE + HANDLER}, End.VAULT, "ssm", "AWS Lambda", "the code is a Lambda's"),
    ({"f/a.py": b"k = '%b'\n" % STRIPE, "template.yaml": SAM}, End.VAULT, "ssm", "template.yaml", "a template above"),
    ({"f/a.py": b"k = '%b'\n" % STRIPE, "samconfig.toml": b""}, End.VAULT, "ssm", "samconfig.toml", "a file of SAM"),
    ({"f/a.py": b"k = '%b'\n" % STRIPE, "host.json": b"{}"}, End.VAULT, "keyvault", "host.json", "a file of Azure"),
    ({"f/a.py": b"k = '%b'\n" % STRIPE, "host.json": b"{}", "f/template.yaml": SAM}, End.VAULT, "ssm",
     "f/template.yaml", "the nearest counts"),
    ({"a.bicep": b"param key string = '%b'\n" % STRIPE}, End.VAULT, "keyvault", "Azure", "Bicep is Azure's"),
    ({"a.py": b"k = '%b'\n" % STRIPE}, End.MANUAL, "none", "--store", "nothing says where it runs"),
    ({".github/workflows/ci.yml": b"env:\n  SLACK_TOKEN: %b\n" % SLACK}, End.VAULT, "github-actions", "workflow",
     "GitHub keeps it for its own pipelines"),
    ({".github/workflows/ci.yml": b"env:\n  GH_TOKEN: %b\n" % GITHUB}, End.IDENTITY, "github-actions", "GITHUB_TOKEN",
     "a workflow has a token of its own"),
    ({"a.py": b"token = '%b'\n" % GITHUB + HANDLER}, End.VAULT, "ssm", "SSM", "a GitHub App has a secret key again"),
    ({"a.py": b"aws_secret_access_key = '%b'\n" % AWS + HANDLER}, End.IDENTITY, "ssm", "execution role",
     "a Lambda has a role"),
    ({".gitlab-ci.yml": b"variables:\n  AWS_SECRET_ACCESS_KEY: %b\n" % AWS}, End.IDENTITY, "none", "OIDC",
     "a cloud trusts the tokens of a pipeline"),
    ({".gitlab-ci.yml": b"variables:\n  TOKEN: %b\n" % token(6, "gitlab-pat")}, End.IDENTITY, "none", "CI_JOB_TOKEN",
     "a job has a token of its own"),
    ({".npmrc": b"//registry.npmjs.org/:_authToken=%b\n" % token(5, "npm-access-token")}, End.IDENTITY, "none",
     "trusted publishing", "a package is published without a token"),
    ({"db.py": b"DATABASE_URL = 'postgres://shop:%b@db.internal/shop'\n" % password() + HANDLER}, End.IDENTITY, "ssm",
     "IAM database login", "a database knows roles"),
    ({"db.py": b"url = 'postgres://shop:%b@db.internal/shop'\n" % password(), "host.json": b"{}"}, End.IDENTITY,
     "keyvault", "managed identity", "and identities of Azure"),
    ({"A.java": b'class A { String token = "%b"; }' % STRIPE, "host.json": b"{}"}, End.MANUAL, "keyvault",
     "Java is not for this test", "the patcher says why it cannot"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "end", "store", "reason", "why"), ENDS, ids=lambda value: str(value)[-40:])
def test_where_it_ends(
    tmp_path: Path, files: dict[str, bytes], end: End, store: str | None, reason: str, why: str
) -> None:
    """By what the rule knows, and where the code runs."""
    move = one(planned(written(tmp_path, files)).moves)
    assert move.end is end, why
    assert move.reference is not None
    assert move.reference.store == store
    assert reason in move.why


def test_the_user_decides_otherwise(tmp_path: Path) -> None:
    """A store that is named is for all, also where an identity would do."""
    folder = written(tmp_path, {"a.py": b"aws_secret_access_key = '%b'\n" % AWS + HANDLER})
    move = one(planned(folder, store="keyvault", vault="https://v1.vault.azure.net").moves)
    assert (move.end, move.reference) == (
        End.VAULT,
        Reference("AWS_SECRET_ACCESS_KEY", "keyvault", "shop-aws-secret-access-key", "https://v1.vault.azure.net"),
    )
    assert any("execution or instance role" in step for step in move.after)


def test_what_is_only_in_history(repo: Repo) -> None:
    """No file is left to patch: it is to be revoked, and the history purged."""
    repo.commit({"a.py": b"token = '%b'\n" % STRIPE})
    repo.commit({"a.py": b"pass\n"})
    done = called("fix", "--history", "-f", "json", str(repo.path))
    (move,) = json.loads(done.stdout)["moves"]
    assert move["end"] == "manual"
    assert "history alone" in move["why"]
    assert move["files"] == []


def test_public_and_accepted_findings_are_not_moved(tmp_path: Path) -> None:
    """They are counted."""
    folder = written(tmp_path, {"a.py": b"token = '%b'\n" % STRIPE})
    result = found(folder)
    aside = replace(result, findings=tuple(replace(item, dropped="accepted") for item in result.findings))
    made = plan(aside, ruleset().by_id, reader(folder), Naming("shop", None, None), Account(), simple)
    assert (made.moves, made.aside) == ((), 1)


def test_all_places_of_a_secret_are_one_move(tmp_path: Path) -> None:
    """The name that settings give leads; each file is patched, twice where it stands there twice."""
    files = {".env": b"STRIPE_KEY=%b\n" % STRIPE, "a.py": b"a = '%b'\nb = '%b'\n" % (STRIPE, STRIPE)}
    move = one(planned(written(tmp_path, files), store="ssm").moves)
    assert move.reference == Reference("STRIPE_KEY", "ssm", "/shop/STRIPE_KEY", None)
    after = {change.path: change.after for change in move.changes}
    read = b'os.environ["STRIPE_KEY"]'
    assert after == {".env": b"STRIPE_KEY=${STRIPE_KEY}\n", "a.py": b"import os\na = %b\nb = %b\n" % (read, read)}


def test_several_secrets_of_a_file_are_moved_one_after_the_other(tmp_path: Path) -> None:
    """Each change begins with what the one before it has left, and the import is there once."""
    files = {"a.py": b"stripe_key = '%b'\nslack_token = '%b'\n" % (STRIPE, SLACK)}
    moves = planned(written(tmp_path, files), store="ssm").moves
    first, second = (move.changes[0] for move in moves)
    assert first.before == files["a.py"]
    assert second.before == first.after
    assert second.after.count(b"import os\n") == 1
    assert STRIPE not in second.after
    assert SLACK not in second.after


# files, references in the plan's order, why
COLLISIONS: list[tuple[dict[str, bytes], set[tuple[str, str]], str]] = [
    (
        {"web/.env": b"STRIPE_KEY=%b\n" % STRIPE, "api/.env": b"STRIPE_KEY=%b\n" % token(9, "stripe-secret-key-live")},
        {("STRIPE_KEY", "/shop/web/STRIPE_KEY"), ("STRIPE_KEY", "/shop/api/STRIPE_KEY")},
        "two applications: each keeps its name, and the folder tells them apart",
    ),
    (
        {"web/a.py": b"key = '%b'\n" % STRIPE, "web/b.py": b"key = '%b'\n" % token(9, "stripe-secret-key-live")},
        {("STRIPE_KEY_*", "/shop/STRIPE_KEY_*")},
        "one application: both get a mark, in the environment too",
    ),
    (
        {".env": b"STRIPE_KEY=%b\n" % STRIPE, ".env.test": b"STRIPE_KEY=%b\n" % token(9, "stripe-secret-key-live")},
        {("STRIPE_KEY", "/shop/STRIPE_KEY_*")},
        "settings: the program asks for that name, so only the store's gets a mark",
    ),
]


@pytest.mark.parametrize(("files", "expected", "why"), COLLISIONS, ids=[row[2] for row in COLLISIONS])
def test_no_two_have_one_name(
    tmp_path: Path, files: dict[str, bytes], expected: set[tuple[str, str]], why: str
) -> None:
    """What tells them apart is the same in every plan."""
    folder = written(tmp_path, files)
    moves = planned(folder, store="ssm").moves
    references = {move.reference for move in moves if move.reference}
    marks = {move.finding.fingerprint[:6].upper() for move in moves}
    assert len({reference.name for reference in references}) == len(moves) == 2, why

    def unmarked(name: str) -> str:
        return next((name.replace(mark, "*") for mark in marks if name.endswith(mark)), name)

    assert {(unmarked(item.env), unmarked(item.name)) for item in references} == expected, why
    assert {move.reference for move in planned(folder, store="ssm").moves} == references


def test_a_password_in_an_address_moves_with_it(tmp_path: Path) -> None:
    """A setting is read whole, so the store holds the whole address; the name is the setting's."""
    address = b"postgres://shop:%b@db.internal:5432/shop" % password()
    move = one(planned(written(tmp_path, {".env": b"DATABASE_URL=%b\n" % address}), store="ssm").moves)
    assert move.value == address
    assert move.reference is not None
    assert move.reference.env == "DATABASE_URL"
    assert move.changes[0].after == b"DATABASE_URL=${DATABASE_URL}\n"


# path, content around the connection, name in the environment, why
PAIRS = "Server=db;User ID=shop;Password=%s;"
CONNECTIONS = [
    ("local.settings.json", b'{"Values": {"SqlConnection": "%b"}}', "SQL_CONNECTION", PAIRS, "pairs"),
    ("app.config", b'<add name="Shop" connectionString="%b"/>', "SHOP_CONNECTION_STRING", PAIRS, "XML"),
    ("a.json", b'{"Redis": "%b"}', "REDIS", "r1:6380,password=%s,ssl=True,abortConnect=False", "hosts and pairs"),
    ("a.js", b"mongoose.connect('%b');", "MONGODB_URI", "mongodb://shop:%s@db.internal/shop", "an argument"),
    (
        "a.properties",
        b"spring.datasource.url=%b",
        "DATASOURCE_URL",
        "jdbc:postgresql://db/x?user=a&password=%s",
        "Java",
    ),
]


@pytest.mark.parametrize(("path", "around", "env", "connection", "why"), CONNECTIONS, ids=lambda value: str(value)[:20])
def test_what_connects_moves_as_a_whole(
    tmp_path: Path, path: str, around: bytes, env: str, connection: str, why: str
) -> None:
    """It is called after what it is assigned to, not after the password in it."""
    value = (connection % password().decode()).encode()
    moves = planned(written(tmp_path, {path: around % value + b"\n"}), store="ssm").moves
    assert [(move.value, move.reference and move.reference.env) for move in moves] == [(value, env)], why


def test_a_token_behind_the_colon_of_a_user_without_a_name(tmp_path: Path) -> None:
    """The program puts the colon there, so the store holds the token alone."""
    secret = password(1, 52)
    line = b"headers = { 'Authorization': 'Basic ' + Buffer.from(':' + '%b').toString('base64') }\n" % secret
    move = one(planned(written(tmp_path, {"a.js": line}), store="ssm").moves)
    assert move.finding.secret == b":" + secret
    assert move.value == secret
    assert secret not in move.changes[0].after


def test_two_secrets_of_one_address_move_once(tmp_path: Path) -> None:
    """The second finding is a part of what the first one stores; nothing is left of either."""
    address = b"postgres://shop:%b@db.internal/shop?token=%b" % (password(), GITHUB)
    made = planned(written(tmp_path, {".env": b"DATABASE_URL=%b\n" % address}), store="ssm", applied=True)
    assert sorted((move.end, move.value) for move in made.moves) == [(End.VAULT, b""), (End.VAULT, address)]
    assert len({move.reference for move in made.moves}) == 1
    assert [ready(move) for move in made.moves].count(True) == 1


def test_a_part_of_what_is_put_together_moves_alone(tmp_path: Path) -> None:
    """An address with a variable in it is no constant; a scheme before a token stays in the code."""
    secret = password()
    files = {
        "a.py": b"url = f'postgres://shop:%b@{host}/shop'\n" % secret,
        "b.py": b"auth = 'Bearer ' + '%b'\n" % GITHUB,
    }
    values = {move.finding.secret: move.value for move in planned(written(tmp_path, files), store="ssm").moves}
    assert values == {secret: secret, GITHUB: GITHUB}


def test_a_value_that_is_written_otherwise(tmp_path: Path) -> None:
    """A Secret of Kubernetes is decoded for who reads it, so the store holds what it says; a program decodes itself."""
    encoded = b64encode(GITHUB)
    files = {"k.yaml": b"apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\ndata:\n  github-token: %b\n" % encoded}
    move = one(planned(written(tmp_path / "one", files), store="ssm").moves)
    assert (move.value, move.form) == (GITHUB, "base64")
    code = {"a.py": b"import base64\ngithub_token = base64.b64decode('%b')\n" % encoded}
    move = one(planned(written(tmp_path / "two", code), store="ssm").moves)
    assert (move.value, move.form) == (encoded, "plain")


@pytest.mark.parametrize(("path", "text"), [("key.json", b'{"private_key": "%b"}\n'), (".env", b'SIGNING_KEY="%b"\n')])
def test_a_private_key_on_one_line(tmp_path: Path, path: str, text: bytes) -> None:
    """The store holds the key with its lines, which is what the program gets."""
    key = token(1, "pem-pkcs8-private-key").strip() + b"\n"
    assert key.count(b"\n") > 5
    move = one(planned(written(tmp_path, {path: text % key.replace(b"\n", b"\\n")}), store="secretsmanager").moves)
    assert move.value == key
    assert move.changes[0].after == text % b"${%b}" % move.reference.env.encode() if move.reference else None


def test_too_large_for_a_parameter(tmp_path: Path) -> None:
    """Secrets Manager takes it, unless the user wants parameters; what nothing takes is left to a person."""
    for size, wanted, expected in [
        (8_192, None, (End.VAULT, "ssm")),
        (8_193, None, (End.VAULT, "secretsmanager")),
        (8_193, "ssm", (End.MANUAL, "ssm")),
        (65_537, None, (End.MANUAL, "secretsmanager")),
    ]:
        folder = written(tmp_path, {"a.py": b"token = '%b'\n" % STRIPE, "template.yaml": SAM})
        result = found(folder)
        large = password(1, size)
        written(tmp_path, {"a.py": b"token = '%b'\n" % large})
        result = replace(result, findings=tuple(replace(item, secret=large) for item in result.findings))
        naming = Naming("shop", wanted, None)
        move = one(plan(result, ruleset().by_id, reader(folder), naming, Account(), simple).moves)
        assert (move.end, move.reference and move.reference.store) == expected, size


def test_a_patch_may_not_take_another_secret_away(tmp_path: Path) -> None:
    """Nothing would hold that one then."""

    def greedy(place: Place, reference: Reference, read: Read) -> Patch:
        return Patch((Edit(place.path, 0, len(place.data), b"x = 1\n"),), "all at once", True, ())

    folder = written(tmp_path, {"a.py": b"stripe_key = '%b'\nslack_token = '%b'\n" % (STRIPE, SLACK)})
    made = plan(found(folder), ruleset().by_id, reader(folder), Naming("shop", "ssm", None), Account(), greedy)
    assert [move.end for move in made.moves] == [End.MANUAL, End.MANUAL]
    assert all("another credential" in move.why for move in made.moves)
    assert not any(move.changes for move in made.moves)


# what a patcher answers, what the plan says of it
USELESS = [
    (lambda place: (Edit(place.path, 0, 0, b"# moved\n"),), "leaves it"),
    (
        lambda place: (Edit(place.path, place.start, place.end, b"x" + place.data[place.start : place.end]),),
        "leaves it",
    ),
    (lambda place: (Edit(place.path, 0, 9, b""), Edit(place.path, 5, place.end, b"")), "overlap"),
    (lambda place: (), "leaves it"),
]


@pytest.mark.parametrize(("edits", "said"), USELESS)
def test_a_patch_that_does_not_help_is_none(tmp_path: Path, edits: object, said: str) -> None:
    """The secret must be gone from its place, and the edits must be possible."""

    def useless(place: Place, reference: Reference, read: Read) -> Patch:
        return Patch(edits(place), "no", True, ())  # type: ignore[operator]

    folder = written(tmp_path, {"a.py": b"stripe_key = '%b'\n" % STRIPE})
    made = plan(found(folder), ruleset().by_id, reader(folder), Naming("shop", "ssm", None), Account(), useless)
    move = one(made.moves)
    assert (move.end, move.changes) == (End.MANUAL, ())
    assert said in move.why


def test_a_plan_where_nothing_can_be_patched(tmp_path: Path) -> None:
    """Each finding has its reason, and the plan can be written in all ways."""

    def never(place: Place, reference: Reference, read: Read) -> Patch:
        raise CannotPatch("this file is left alone")

    files = {"a.py": b"k = '%b'\n" % STRIPE, ".env": b"SLACK_TOKEN=%b\n" % SLACK, "template.yaml": SAM}
    folder = written(tmp_path, files)
    made = plan(found(folder), ruleset().by_id, reader(folder), Naming("shop", None, None), Account(), never)
    assert {move.why for move in made.moves} == {"this file is left alone"}
    assert diff.write(made) == b""
    assert text(made, ()).count("this file is left alone") == 4
    assert json.loads(json_text(made, ()))["moves"][0]["unpatched"][0]["why"] == "this file is left alone"


def test_a_plan_to_be_applied_has_no_other_changes(tmp_path: Path) -> None:
    """Only what stanch can do by itself, so that the positions of one move are those that the one before leaves."""
    files = {"a.py": b"aws_secret_access_key = '%b'\nstripe_key = '%b'\n" % (AWS, STRIPE) + HANDLER}
    folder = written(tmp_path, files)
    moves = planned(folder, applied=True).moves
    (vault,) = (move for move in moves if ready(move))
    assert vault.changes[0].before == files["a.py"]
    assert [bool(move.changes) for move in moves] == [ready(move) for move in moves]


def test_no_secret_is_written(tmp_path: Path) -> None:
    """Not in text, not in JSON, not where a value is shown for a person who debugs; the diff shows it masked."""
    address = b"postgres://shop:%b@db.internal:5432/shop" % password()
    files = {
        "a.py": b"k = '%b'\n" % STRIPE,
        ".env": b"A_URL=%b\n" % address,
        "b.py": b"pw_password = '%b'\n" % password(7, 6),
    }
    made = planned(written(tmp_path, files), store="ssm")
    shown = text(made, ()) + json_text(made, ()) + repr(made)
    for secret in (STRIPE, password(), address, password(7, 6)):
        assert secret.decode() not in shown
    assert f"-k = '{hiding(made)(STRIPE.decode())}'" in shown
    assert STRIPE in diff.write(made)


@pytest.mark.parametrize("store", [None, "ssm", "keyvault"])
def test_a_workflows_secret_stands_on_no_command_line(tmp_path: Path, store: str | None) -> None:
    """`gh secret set` asks for it, or reads it from a file or another command: never from an argument."""
    files = {".github/workflows/ci.yml": b"on: push\njobs: {a: {runs-on: x, env: {SLACK_TOKEN: %b}}}\n" % SLACK}
    vault = "https://shop.vault.azure.net"
    move = one(planned(written(tmp_path, files), store=store, vault=vault, patcher=real).moves)
    (said,) = [step for step in move.after if "gh secret set" in step]
    assert re.search(r"gh secret set SLACK_TOKEN`", said)
    assert not re.search(r"--body|-b\b", said)
    assert ("| gh secret set" in said) == (store is not None)
    assert all(SLACK.decode() not in step for step in move.after)


# what base64 stands for, what the store is said to hold, how the new value is made; @ is the token
ENCODED = [
    ("bot:@", "base64 of user and token", "printf 'USER:NEW' | base64 | tr -d '\\n'"),
    ("ab:@", "base64 of user and token", "printf 'USER:NEW'"),
    ("@", "base64 of the secret", "printf 'NEW'"),
    (
        '{"user": "bot", "token": "@"}',
        "base64 of the secret with other text",
        "printf 'THE SAME TEXT WITH THE NEW ONE'",
    ),
]


@pytest.mark.parametrize(("content", "what", "how"), ENCODED)
def test_an_encoded_text_moves_whole(content: str, what: str, how: str, tmp_path: Path) -> None:
    """Nothing of it stays in the file, wherever the token stands in it, and the plan says how to make the next one."""
    encoded = b64encode(content.encode().replace(b"@", token(1)))
    written(tmp_path, {"a.js": b"const cred = 'Basic ' + '%b';\n" % encoded})
    (move,) = planned(tmp_path, store="ssm", patcher=real).moves
    (change,) = move.changes
    assert move.value == encoded
    assert b"'Basic ' + await " in change.after
    assert encoded[:4] not in change.after
    (step,) = (step for step in move.after if "It has been in files" in step)
    assert f"The store holds {what}. " in step
    assert how in step
