"""`stanch cloud aws-lambda`, asked of Moto's server."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cloud.amazon import ENVIRONMENT, REGION, Amazon, Answer, error, package, refused
from cloud.reports import errors, places
from repositories import Repo
from scans import called, cli, token
from stanch.cloud import aws as account
from stanch.cloud import packages
from stanch.errors import UsageError

FIRST, SECOND, THIRD = token(1), token(2), token(3)
FUNCTION = f"arn:aws:lambda:{REGION}:123456789012:function:orders"


def scan(aws: Amazon, *arguments: str) -> dict[str, Any]:
    """Return the JSON report of a scan of the functions."""
    done = called("cloud", "aws-lambda", "--endpoint-url", aws.url, "-f", "json", "--show-secrets", *arguments)
    report: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (1 if report["findings"] else 0 if report["complete"] else 3)
    return report


def said(text: str, answer: Answer, method: str = "", times: int = 1 << 30) -> Callable[..., Answer | None]:
    """Return a rule that gives an answer, so many times, to requests whose path holds a text."""
    left = [times]

    def rule(asked: str, path: str, _: bytes) -> Answer | None:
        if text not in path or not asked.startswith(method) or not left[0]:
            return None
        left[0] -= 1
        return answer

    return rule


def test_environment_code_and_layers_of_all_versions(aws: Amazon) -> None:
    """A value and a package that several versions hold are one finding, with a place in each."""
    layer = aws.layer("tools", package(lib__x_py=b"key = '%s'\n" % THIRD))
    aws.function(
        "orders", package(src__index_js=b"\nconst a = '%s';\n" % SECOND), {"A": FIRST.decode(), "STAGE": "dev"}
    )
    client = aws.client("lambda")
    client.publish_version(FunctionName="orders")
    client.update_function_configuration(
        FunctionName="orders", Environment={"Variables": {"STAGE": "dev"}}, Layers=[layer]
    )
    report = scan(aws)
    assert report["complete"]
    assert places(report, FIRST) == {f"aws-lambda:{REGION}/orders:1 environment/A"}
    assert places(report, SECOND) == {
        f"aws-lambda:{REGION}/orders src/index.js",
        f"aws-lambda:{REGION}/orders:1 src/index.js",
    }
    assert places(report, THIRD) == {f"aws-lambda:{REGION}/layer/tools:1 lib/x.py"}
    at = {finding["secret"]: finding["locations"][0] for finding in report["findings"]}
    assert (at[FIRST.decode()]["surface"], at[FIRST.decode()]["column"]) == ("environment", 3)
    assert (at[SECOND.decode()]["surface"], at[SECOND.decode()]["line"], at[SECOND.decode()]["layers"]) == (
        "blob",
        2,
        [],
    )
    assert len([asked for asked in aws.asked if "/package" in asked]) == 2


def test_the_same_secret_in_git_and_in_a_function_is_one_finding(aws: Amazon, repo: Repo) -> None:
    """`--with` scans a target of `stanch scan` beside the functions."""
    repo.commit({"handler.py": b"token = '%s'\n" % FIRST})
    aws.function("orders", package(handler_py=b"token = '%s'\n" % FIRST), {"TOKEN": FIRST.decode()})
    report = scan(aws, "--with", str(repo.path))
    assert places(report, FIRST) == {
        f"{repo.path} handler.py",
        f"aws-lambda:{REGION}/orders handler.py",
        f"aws-lambda:{REGION}/orders environment/TOKEN",
    }


def test_what_is_in_a_function_gets_the_remedy_for_one(aws: Amazon) -> None:
    """Where the text does not say where it runs, its place does."""
    aws.function("orders", package(a_txt=b"a"), {"TOKEN": FIRST.decode()})
    assert [finding["remedy"]["store"] for finding in scan(aws)["findings"]] == ["ssm"]


def test_a_key_and_its_id_in_two_variables_are_a_pair(aws: Amazon) -> None:
    """The environment of one version is one content."""
    id, secret = token(1, "aws-access-key-id"), token(1, "aws-secret-access-key")
    aws.function("orders", package(a_txt=b"a"), {"MY_KEY_ID": id.decode(), "MY_AWS_SECRET_ACCESS_KEY": secret.decode()})
    finding = next(found for found in scan(aws)["findings"] if found["secret"] == secret.decode())
    assert [companion["secret"] for companion in finding["companions"]] == [id.decode()]


def test_settings_alone(aws: Amazon) -> None:
    """Without code nothing is downloaded, so no more than the right to list is needed."""
    aws.function("orders", package(a_txt=b"x = '%s'" % SECOND), {"TOKEN": FIRST.decode()})
    report = scan(aws, "--no-code")
    assert [finding["secret"] for finding in report["findings"]] == [FIRST.decode()]
    assert {asked.split("?")[0] for asked in aws.asked} == {"GET /2015-03-31/functions"}


def test_one_function(aws: Amazon) -> None:
    """A named function is scanned in all its versions, and no other is."""
    for name, secret in (("orders", FIRST), ("bills", SECOND)):
        aws.function(name, package(a_txt=b"a"), {"TOKEN": secret.decode()})
    aws.client("lambda").publish_version(FunctionName="orders")
    report = scan(aws, "--function", "orders")
    assert [finding["secret"] for finding in report["findings"]] == [FIRST.decode()]
    assert len(report["findings"][0]["locations"]) == 2


def test_all_regions(aws: Amazon) -> None:
    """The account's enabled regions are asked, and a package that is in two is downloaded once."""
    code = package(a_py=b"key = '%s'\n" % FIRST)
    for region in (REGION, "us-east-1"):
        aws.function("orders", code, {}, region)
    report = scan(aws, "--all-regions")
    assert report["complete"]
    assert places(report, FIRST) == {f"aws-lambda:{region}/orders a.py" for region in (REGION, "us-east-1")}
    assert len([asked for asked in aws.asked if "/package" in asked]) == 1


def test_pages(aws: Amazon) -> None:
    """A list of many functions comes in pages, and all are read."""
    numbers = range(7)

    def pages(method: str, path: str, _: bytes) -> Answer | None:
        if method != "GET" or not path.startswith("/2015-03-31/functions?"):
            return None
        number = int(path.partition("Marker=")[2].split("&")[0] or 0)
        version = {
            "FunctionName": f"f{number}", "FunctionArn": f"{FUNCTION}{number}", "Version": "$LATEST",
            "Environment": {"Variables": {"TOKEN": token(number).decode()}},
        }  # fmt: skip
        following = {"NextMarker": str(number + 1)} if number + 1 in numbers else {}
        return 200, json.dumps({"Functions": [version], **following}).encode(), {"Content-Type": "application/json"}

    aws.rules.append(pages)
    report = scan(aws, "--no-code")
    assert {finding["secret"].encode() for finding in report["findings"]} == {token(number) for number in numbers}


SLOW_DOWN = error("TooManyRequestsException", "Rate exceeded", 429)

REFUSED: list[tuple[str, str, str, Answer, tuple[str, ...], list[tuple[str, str]]]] = [
    (
        "Whoever may not list is told what to allow", "/functions?", "GET", refused("lambda:ListFunctions"), (),
        [("denied", f"aws-lambda:{REGION}: lambda:ListFunctions is not allowed;"
          ' allow {"Effect": "Allow", "Action": "lambda:ListFunctions", "Resource": "*"}')],
    ),
    (
        "The versions of one function are its own permission", "/versions", "GET",
        refused("lambda:ListVersionsByFunction"), ("--function", "orders"),
        [("denied", f"aws-lambda:{REGION}: lambda:ListVersionsByFunction is not allowed; allow"
          ' {"Effect": "Allow", "Action": "lambda:ListVersionsByFunction",'
          f' "Resource": "arn:aws:lambda:{REGION}:*:function:orders"}}')],
    ),
    (
        "Code that may not be read is named, with the function and its versions", "Qualifier=", "GET",
        refused("lambda:GetFunction", FUNCTION), (),
        [("denied", f"aws-lambda:{REGION}/orders: code.zip: lambda:GetFunction is not allowed; allow"
          f' {{"Effect": "Allow", "Action": "lambda:GetFunction", "Resource": ["{FUNCTION}", "{FUNCTION}:*"]}}')],
    ),
    (
        "Where it is the key that is refused, that is what is told", "Qualifier=", "GET",
        refused("kms:Decrypt", f"arn:aws:kms:{REGION}:123456789012:key/k"), (),
        [("denied", f"aws-lambda:{REGION}/orders: code.zip: kms:Decrypt is not allowed; allow"
          f' {{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:{REGION}:123456789012:key/k"}}')],
    ),
    (
        "A layer is its own permission", "find=LayerVersion", "GET", refused("lambda:GetLayerVersion"), (),
        [("denied", f"aws-lambda:{REGION}/layer/tools:1: code.zip: lambda:GetLayerVersion is not allowed; allow"
          ' {"Effect": "Allow", "Action": "lambda:GetLayerVersion",'
          f' "Resource": "arn:aws:lambda:{REGION}:123456789012:layer:tools:1"}}')],
    ),
    (
        "A version that is deleted in the meantime is no version", "Qualifier=", "GET",
        error("ResourceNotFoundException", "Function not found", 404), (),
        [("changed", f"aws-lambda:{REGION}/orders: code.zip: it was deleted while it was scanned")],
    ),
    (
        "Throttled again and again, the list is incomplete", "/functions?", "GET", SLOW_DOWN, (),
        [("cloud-failed", f"aws-lambda:{REGION}: lambda:ListFunctions: throttled, 2 times (TooManyRequestsException)")],
    ),
    (
        "Credentials that a region does not know", "/functions?", "GET", error("UnrecognizedClientException", "", 403),
        (), [("cloud-failed", f"aws-lambda:{REGION}: lambda:ListFunctions: the credentials are not accepted here"
              " (UnrecognizedClientException)")],
    ),
    (
        "Any other error is told by its name alone", "/functions?", "GET", error("ServiceException", "s3cret", 500),
        (), [("cloud-failed", f"aws-lambda:{REGION}: lambda:ListFunctions: ServiceException")],
    ),
    (
        "A download that fails is tried again, and told", "/package", "GET", (503, b"", {}), (),
        [("cloud-failed", f"aws-lambda:{REGION}/{what}: code.zip: the download ended with status 503")
         for what in ("orders", "layer/tools:1")],
    ),
    (
        "What is not the package that AWS describes is not taken for it", "/package", "GET", (200, b"PK", {}), (),
        [("changed", f"aws-lambda:{REGION}/{what}: code.zip: what came is not the package that the service describes")
         for what in ("orders", "layer/tools:1")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("why", "path", "method", "answer", "arguments", "faults"), REFUSED, ids=[row[0] for row in REFUSED]
)
def test_what_cannot_be_had_is_named(
    why: str,
    path: str,
    method: str,
    answer: Answer,
    arguments: tuple[str, ...],
    faults: list[tuple[str, str]],
    aws: Amazon,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A part that cannot be had makes the scan incomplete, and says what would allow it; the rest is scanned."""
    monkeypatch.setattr(account, "ATTEMPTS", 2)
    monkeypatch.setattr(packages, "PAUSE", 0.0)
    aws.function("orders", package(a_txt=b"a"), Layers=[aws.layer("tools", package(b_txt=b"b"))])
    aws.rules.append(said(path, answer, method))
    assert errors(scan(aws, *arguments)) == faults


def test_throttling_is_waited_for(aws: Amazon) -> None:
    """The SDK asks again: a scan that was throttled is complete."""
    aws.function("orders", package(a_txt=b"a"), {"TOKEN": FIRST.decode()})
    aws.rules.append(said("/functions?", SLOW_DOWN, times=2))
    report = scan(aws)
    assert report["complete"]
    assert places(report, FIRST)


def test_a_download_that_breaks_off_is_begun_again(aws: Amazon, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a new URL, since one counts for ten minutes only."""
    monkeypatch.setattr(packages, "PAUSE", 0.0)
    aws.function("orders", package(a_txt=b"x = '%s'" % FIRST))
    aws.rules.append(said("/package", (500, b"", {}), times=1))
    aws.rules.append(said("/package", (200, b"half", {}), times=1))
    report = scan(aws)
    assert report["complete"]
    assert places(report, FIRST)
    assert len([asked for asked in aws.asked if "Qualifier=" in asked]) == 3


def test_a_great_many_refusals_are_counted(aws: Amazon) -> None:
    """Ten are told, each with its policy; the others are a number."""
    for number in range(13):
        aws.function(f"f{number}", package(a_txt=b"%d" % number))
    aws.rules.append(said("Qualifier=", refused("lambda:GetFunction")))
    faults = errors(scan(aws))
    assert len(faults) == 11
    assert faults[-1] == ("denied", "aws-lambda:: lambda:GetFunction is not allowed: and for 3 more")


def test_an_environment_that_cannot_be_decrypted(aws: Amazon) -> None:
    """Lambda then gives an error in its place, and the key is named."""
    key = f"arn:aws:kms:{REGION}:123456789012:key/k"
    version = {
        "FunctionName": "orders", "FunctionArn": FUNCTION, "Version": "3", "KMSKeyArn": key,
        "Environment": {"Error": {"ErrorCode": "AccessDeniedException", "Message": "no"}},
    }  # fmt: skip
    said_ = 200, json.dumps({"Functions": [version]}).encode(), {"Content-Type": "application/json"}
    aws.rules.append(said("/functions?", said_))
    wanted = (
        f"aws-lambda:{REGION}/orders:3: environment: AccessDeniedException: kms:Decrypt is not allowed; allow"
        f' {{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "{key}"}}'
    )
    assert errors(scan(aws, "--no-code")) == [("denied", wanted)]


def test_a_container_image_is_not_scanned_and_its_environment_is(aws: Amazon) -> None:
    """An image lies in a registry; the scan is incomplete, and says of which function."""
    version = {
        "FunctionName": "orders", "FunctionArn": FUNCTION, "Version": "$LATEST", "PackageType": "Image",
        "CodeSha256": "0" * 64, "Environment": {"Variables": {"TOKEN": FIRST.decode()}},
    }  # fmt: skip
    other = {**version, "Version": "1", "FunctionArn": f"{FUNCTION}:1"}
    listed = 200, json.dumps({"Functions": [version, other]}).encode(), {"Content-Type": "application/json"}
    aws.rules.append(said("/functions?", listed))
    report = scan(aws)
    assert len(places(report, FIRST)) == 2
    assert [kind for kind, _ in errors(report)] == ["not-scanned"]
    assert errors(report)[0][1].startswith(f"aws-lambda:{REGION}/orders: a container image, which is not scanned")


def bomb() -> bytes:
    """Return a zip of 200 KB that expands to 200 MB."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(200 << 20))
    return held.getvalue()


def test_a_bomb_is_expanded_within_bounds(aws: Amazon) -> None:
    """A package is opened like every archive."""
    aws.function("orders", package(a_txt=b"a"))
    data = bomb()
    aws.packages = dict.fromkeys(aws.packages, data)
    aws.rules.append(said("/package", (200, data, {})))
    sha = aws.keep(data)

    def configured(method: str, path: str, _: bytes) -> Answer | None:
        if "Qualifier=" not in path:
            return None
        told = {"Configuration": {"CodeSha256": sha}, "Code": {"Location": f"{aws.url}/package"}}
        return 200, json.dumps(told).encode(), {"Content-Type": "application/json"}

    aws.rules.append(configured)
    assert [kind for kind, _ in errors(scan(aws))] == ["archive-bound"]


HUGE: list[tuple[str, tuple[str, ...], str]] = [
    ("One that is larger than wanted", ("--max-size", "100"), "bytes"),
    ("Those that come to more than wanted in all", ("--max-download", "100"), "--max-download is 100 bytes in all"),
]


@pytest.mark.parametrize(("why", "arguments", "detail"), HUGE, ids=[row[0] for row in HUGE])
def test_a_package_that_is_too_large_is_left_out(
    why: str, arguments: tuple[str, ...], detail: str, aws: Amazon
) -> None:
    """It is not downloaded, and the scan is incomplete."""
    aws.function("orders", package(a_txt=bytes(range(256)) * 4))
    faults = errors(scan(aws, *arguments))
    assert [kind for kind, _ in faults] == ["too-large"]
    assert detail in faults[0][1]
    assert not [asked for asked in aws.asked if "/package" in asked]


def test_a_package_that_is_longer_than_it_was_said_to_be(aws: Amazon, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is broken off: what a service says of a size is not believed."""
    monkeypatch.setattr(packages, "LARGEST", 1 << 20)
    aws.function("orders", package(a_txt=b"a"))
    aws.rules.append(said("/package", (200, bytes(3 << 20), {})))
    assert errors(scan(aws)) == [("too-large", f"aws-lambda:{REGION}/orders: code.zip: more than {1 << 20} bytes")]


def test_a_place_that_is_not_encrypted_is_not_downloaded_from(monkeypatch: pytest.MonkeyPatch, aws: Amazon) -> None:
    """Only where the endpoint that the user names is without TLS itself."""
    opened = account.Account(None, "https://aws.test")
    with pytest.raises(packages.Unfetched, match="names no place"):
        opened.download("http://aws.test/package", None)


class Full(io.BytesIO):
    """A file on a disk that is full."""

    def write(self, _: object) -> int:
        """Fail."""
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_disk_that_is_full(aws: Amazon, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is a fault, and the settings are scanned."""
    monkeypatch.setattr("tempfile.TemporaryFile", Full)
    aws.function("orders", package(a_txt=b"a"), {"TOKEN": FIRST.decode()})
    report = scan(aws)
    assert places(report, FIRST)
    assert errors(report) == [
        ("unreadable", f"aws-lambda:{REGION}/orders: code.zip: no room for it: No space left on device")
    ]


def test_a_value_that_came_from_a_parameter(aws: Amazon) -> None:
    """Whoever asks for it is told which parameter was copied into the environment at deploy time."""
    aws.function("orders", package(a_txt=b"a"), {"TOKEN": FIRST.decode(), "OTHER": SECOND.decode()})
    ssm = aws.client("ssm")
    for number in range(12):  # two pages
        ssm.put_parameter(Name=f"/shop/p{number}", Value=f"value {number}", Type="String")
    ssm.put_parameter(Name="/shop/token", Value=FIRST.decode(), Type="SecureString")
    summaries = {
        finding["secret"]: finding["remedy"]["summary"] for finding in scan(aws, "--match-parameters")["findings"]
    }
    assert summaries[FIRST.decode()].startswith("It is the value of /shop/token in SSM, copied into the environment")
    assert "in SSM, copied" not in summaries[SECOND.decode()]
    assert not any("SSM, copied" in finding["remedy"]["summary"] for finding in scan(aws)["findings"])
    path = scan(aws, "--match-parameters", "/elsewhere")
    assert not any("SSM, copied" in finding["remedy"]["summary"] for finding in path["findings"])


def test_parameters_that_may_not_be_read(aws: Amazon) -> None:
    """The findings stand, and the scan is incomplete."""
    aws.function("orders", package(a_txt=b"a"), {"TOKEN": FIRST.decode()})
    aws.rules.append(lambda method, path, body: refused("ssm:GetParametersByPath") if b"Recursive" in body else None)
    report = scan(aws, "--match-parameters", "/shop/")
    assert places(report, FIRST)
    wanted = (
        f"aws-lambda:{REGION}: ssm:GetParametersByPath is not allowed; allow"
        ' {"Effect": "Allow", "Action": "ssm:GetParametersByPath",'
        f' "Resource": "arn:aws:ssm:{REGION}:*:parameter/shop/*"}}'
    )
    assert errors(report) == [("denied", wanted)]


USAGE: list[tuple[str, tuple[str, ...], dict[str, str | None], str]] = [
    ("A function that there is not", ("--function", "none"), {}, "none: no such function of AWS Lambda"),
    ("An ARN", ("--function", FUNCTION), {}, "write its name alone; --region and --profile say where it is"),
    ("No region", (), {"AWS_DEFAULT_REGION": None}, "no region is known; give --region or --all-regions"),
    ("Both", ("--region", "a", "--all-regions"), {}, "--region and --all-regions exclude each other"),
    ("A profile that there is not", ("--profile", "none"), {}, r"profile \(none\) could not be found"),
    ("No credentials", (), {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, "there are no credentials"),
]


@pytest.mark.parametrize(("why", "arguments", "environment", "message"), USAGE, ids=[row[0] for row in USAGE])
def test_wrong_usage(
    why: str,
    arguments: tuple[str, ...],
    environment: dict[str, str | None],
    message: str,
    aws: Amazon,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is said before anything is reported."""
    for name, value in environment.items():
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=message):
        called("cloud", "aws-lambda", "--endpoint-url", aws.url, *arguments)


def test_without_the_sdk_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK is an extra: most users never need it."""
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    with pytest.raises(UsageError, match=r"pip install 'stanch\[aws\]'"):
        called("cloud", "aws-lambda")


def test_no_secret_is_shown_unasked(aws: Amazon) -> None:
    """Reports, words and errors hold none."""
    aws.function("orders", package(a_txt=b"x = '%s'" % SECOND), {"TOKEN": FIRST.decode()})
    for format in ("text", "json", "sarif", "csv", "junit", "gitlab", "github", "html"):
        done = called("cloud", "aws-lambda", "--endpoint-url", aws.url, "-f", format, "-v")
        assert done.returncode == 1
        assert FIRST not in done.stdout + done.stderr
        assert SECOND not in done.stdout + done.stderr


def test_what_is_accepted_is_not_reported(aws: Amazon, tmp_path: Path) -> None:
    """A path of an `[[allow]]` table begins with the function; a baseline accepts a secret wherever it stands."""
    aws.function("orders", package(a_txt=b"a"), {"TOKEN": FIRST.decode(), "OTHER": SECOND.decode()})
    (tmp_path / "allow.toml").write_text(
        f'[[allow]]\nreason = "a test"\npaths = ["aws-lambda:{REGION}/orders/environment/OTHER"]\n'
    )
    (tmp_path / "a.txt").write_bytes(b"token = '%s'" % FIRST)
    baseline = tmp_path / "accepted.json"
    called("baseline", "create", str(baseline), str(tmp_path / "a.txt"))
    report = scan(aws, "--config", str(tmp_path / "allow.toml"), "--baseline", str(baseline))
    assert not report["findings"]
    assert report["complete"]


def test_beside_many_workers(aws: Amazon, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages are read by the process that has the connections, whatever the workers do."""
    monkeypatch.setattr("stanch.pool.WORTH", 0)
    repo.commit({f"{number}.py": b"token = '%s'\n" % token(number) for number in range(10, 20)})
    for number in range(3):
        code = package(a_py=b"token = '%s'\n" % token(number))
        aws.function(f"f{number}", code, {"T": token(number + 5).decode()})
    report = scan(aws, "--with", str(repo.path), "--jobs", "2")
    assert report["complete"]
    found = {finding["secret"].encode() for finding in report["findings"]}
    assert found == {token(number) for number in (0, 1, 2, 5, 6, 7, *range(10, 20))}


def test_a_function_that_is_missing_does_not_cost_what_else_is_scanned(aws: Amazon, repo: Repo) -> None:
    """It is a fault where something else was scanned."""
    repo.commit({"a.py": b"token = '%s'\n" % FIRST})
    report = scan(aws, "--with", str(repo.path), "--function", "none")
    assert places(report, FIRST) == {f"{repo.path} a.py"}
    assert [kind for kind, _ in errors(report)] == ["cloud-failed"]


def test_regions_that_may_not_be_asked_for(aws: Amazon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then all that the SDK knows are asked, and the scan is incomplete."""
    aws.function("orders", package(a_txt=b"a"), {"TOKEN": FIRST.decode()}, "us-east-1")
    aws.client("lambda").list_functions()  # Moto has made up its mind about regions by now
    monkeypatch.setattr("botocore.session.Session.get_available_regions", lambda *_, **__: [REGION, "us-east-1"])
    xml = (
        b"<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>No.</Message></Error></Errors></Response>"
    )
    denied = 403, xml, {"Content-Type": "text/xml"}
    aws.rules.append(lambda _method, _path, body: denied if b"DescribeRegions" in body else None)
    report = scan(aws, "--all-regions")
    assert places(report, FIRST) == {"aws-lambda:us-east-1/orders environment/TOKEN"}
    assert errors(report)[0][1].startswith(f"aws-lambda:{REGION}: ec2:DescribeRegions is not allowed; allow")


def test_a_time_limit_ends_a_download(aws: Amazon, tmp_path: Path) -> None:
    """What was found by then is reported, and nothing is left on the disk."""
    aws.function("orders", package(a_txt=b"a"), {"TOKEN": FIRST.decode()})

    def slow(_method: str, path: str, _: bytes) -> None:
        if "/package" in path:
            time.sleep(6)

    aws.rules.append(slow)
    began = time.monotonic()
    done = cli(
        "cloud", "aws-lambda", "--endpoint-url", aws.url, "-f", "json", "--timeout", "3", "-v",
        TMPDIR=str(tmp_path), **ENVIRONMENT,
    )  # fmt: skip
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert [fault["kind"] for fault in report["errors"]] == ["timeout"]
    assert len(report["findings"]) == 1
    assert time.monotonic() - began < 10
    assert not list(tmp_path.iterdir())
    assert f"downloading aws-lambda:{REGION}/orders".encode() in done.stderr
    assert FIRST not in done.stdout + done.stderr


def test_where_there_is_nothing_that_is_said(aws: Amazon) -> None:
    """A clean scan of nothing is not news."""
    done = called("cloud", "aws-lambda", "--endpoint-url", aws.url)
    assert done.returncode == 0
    assert f"there are no functions in {REGION}".encode() in done.stderr
