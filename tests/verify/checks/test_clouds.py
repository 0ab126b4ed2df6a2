"""Signed calls of clouds, against stubs that know the answers, and AWS's against moto's server."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

import scans
from stanch.model import Status, Verdict
from stanch.verify.checks import CHECKS, control
from verify.checks.asking import ask
from verify.servers import PAGE, Behaviour, Reply, Seen, hang, of_json, reset, serving

LIVE, DEAD, UNKNOWN = Status.LIVE, Status.DEAD, Status.UNKNOWN
NAMED = ("localhost",)
WHY = ("network: ", "rate limit: ", "server error: ", "unexpected answer: ", "unsupported: ", "needs another part: ")
KEY_ID, SECRET = scans.token(1, "aws-access-key-id"), scans.token(2, "aws-secret-access-key")
SESSION_ID, SESSION = scans.token(3, "aws-sts-access-key-id"), scans.token(4, "aws-session-token")
AWS = {"aws-access-key-id": KEY_ID}
ARN = "arn:aws:iam::123456789012:user/someone"
STORAGE = scans.token(5, "azure-storage-connection-string")
SAS = scans.token(6, "azure-sas-token")
CLIENT = scans.token(7, "azure-ad-client-secret")
KRAKEN = {"kraken-key": scans.token(8, "kraken-key")}
KRAKEN_SECRET = base64.b64encode(bytes(range(64)))
GUIDS = [f"{number:08x}-0000-4000-8000-000000000000" for number in (1, 2)]
RSA_KEY = rsa.generate_private_key(65537, 2048)
PEM = RSA_KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).strip()
EMAIL = "robot@project.iam.gserviceaccount.com"
ACCOUNT_JSON = json.dumps({
    "type": "service_account", "private_key_id": "a" * 40, "private_key": PEM.decode(), "client_email": EMAIL,
    "token_uri": "https://evil.test/token",
}).encode()  # fmt: skip


def _error(status: int, code: str, message: str = "") -> Reply:
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    return Reply(status, body.encode(), {"content-type": "text/xml"})


def _caller(arn: str) -> Reply:
    body = f"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{arn}</Arn></GetCallerIdentityResult>"
    return Reply(200, f"{body}</GetCallerIdentityResponse>".encode(), {"content-type": "text/xml"})


def _storage(status: int, code: str, message: str = "", **headers: str) -> Reply:
    body = f'\ufeff<?xml version="1.0"?><Error><Code>{code}</Code><AuthenticationErrorDetail>{message}'
    return Reply(status, body.encode(), {"content-type": "application/xml", "x-ms-error-code": code, **headers})


def aws(**parts: bytes) -> Callable[[str], Verdict]:
    """Return what asks about AWS's key at a server."""
    return lambda url: ask("aws-sts", SECRET, parts or AWS, named=NAMED, endpoint=url)


def storage(url: str) -> Verdict:
    """Ask about a storage account's key."""
    around = b"DefaultEndpointsProtocol=https;AccountName=things;AccountKey=" + STORAGE
    return ask("azure-storage-key", STORAGE, around=around, named=NAMED, endpoint=url)


def sas(query: str, path: str = "box/thing.txt") -> Callable[[str], Verdict]:
    """Return what asks about a shared access signature."""
    around = f"https://things.blob.core.windows.net/{path}?sv=2022-11-02&{query}&sig=".encode() + SAS
    return lambda url: ask("azure-sas", SAS, around=around, named=NAMED, endpoint=url)


def entra(url: str) -> Verdict:
    """Ask about a client secret."""
    around = f'AZURE_TENANT_ID="{GUIDS[0]}"\nAZURE_CLIENT_ID="{GUIDS[1]}"\nAZURE_CLIENT_SECRET=x'.encode()
    return ask("entra-client", CLIENT, around=around, named=NAMED, endpoint=url)


def test_a_secret_among_several_applications_is_not_asked_about() -> None:
    """Which of them it belongs to is not known, and another's refusal would say nothing."""
    around = f'clientId: "{GUIDS[0]}"\ntenantId: "{GUIDS[1]}"\nclient_id = {GUIDS[1]}\n'.encode()
    verdict = ask("entra-client", CLIENT, around=around, named=NAMED)
    assert (verdict.status, verdict.detail) == (UNKNOWN, "needs another part: one tenant and one client id")


def google(url: str) -> Verdict:
    """Ask about a service account's key, escaped as it stands in JSON."""
    secret = json.dumps(PEM.decode())[1:-1].encode()
    return ask("google-service-account", secret, around=ACCOUNT_JSON, named=NAMED, endpoint=url)


def kraken(url: str) -> Verdict:
    """Ask about a private key of the exchange."""
    return ask("kraken", KRAKEN_SECRET, KRAKEN, named=NAMED, endpoint=url)


READ = "sr=b&sp=r&se=2999-01-01T00:00:00Z"
TOKEN = of_json(200, {"access_token": "x" * 40, "token_type": "Bearer", "expires_in": 3599})
MAC = "The MAC signature found in the HTTP request is not the same as any computed signature."


def codes(number: int) -> Reply:
    """Return an error of Entra."""
    return of_json(401 if number > 7000000 else 400, {"error": "invalid_client", "error_codes": [number]})


def grant(description: str, error: str = "invalid_grant", status: int = 400) -> Reply:
    """Return an error of Google."""
    return of_json(status, {"error": error, "error_description": description})


CASES: list[tuple[Callable[[str], Verdict], Reply, Status, str]] = [
    (aws(), _caller(ARN), LIVE, "AWS: whose it is"),
    (aws(), _error(403, "InvalidClientTokenId"), DEAD, "AWS: no such key"),
    (aws(), _error(403, "SignatureDoesNotMatch", "The signature does not match"), DEAD, "AWS: a wrong secret"),
    (aws(), _error(403, "SignatureDoesNotMatch", "Signature expired: 1 is now earlier"), UNKNOWN, "AWS: our clock"),
    (aws(), _error(403, "ExpiredToken", "The token is expired"), DEAD, "AWS: a session that is over"),
    (aws(), _error(403, "AccessDenied"), UNKNOWN, "AWS: something forbids it"),
    (aws(), _error(400, "Throttling"), UNKNOWN, "AWS: too often"),
    (aws(), Reply(200, b"<html>OK</html>"), UNKNOWN, "AWS: 200 to anything"),
    (aws(), Reply(200, b"<Arn>" + ARN.encode() + b"</Arn>"), UNKNOWN, "AWS: an answer to another question"),
    (aws(**{"aws-sts-access-key-id": SESSION_ID}), _caller(ARN), UNKNOWN, "AWS: a session without its token"),
    (
        aws(**{"aws-sts-access-key-id": SESSION_ID, "aws-session-token": SESSION}),
        _caller("arn:aws-cn:sts::123456789012:assumed-role/role/me"), LIVE, "AWS: a session in China",
    ),
    (storage, Reply(200, b"", {"x-ms-sku-name": "Standard_LRS"}), LIVE, "storage: its kind"),
    (storage, _storage(403, "AuthenticationFailed", MAC), DEAD, "storage: another key"),
    (storage, _storage(403, "AuthenticationFailed", "Request date header too old"), UNKNOWN, "storage: our clock"),
    (storage, _storage(403, "AuthorizationFailure"), UNKNOWN, "storage: not from here"),
    (storage, _storage(403, "KeyBasedAuthenticationNotPermitted"), UNKNOWN, "storage: no keys are taken"),
    (storage, Reply(200, b"<html>"), UNKNOWN, "storage: 200 to anything"),
    (sas(READ), Reply(200, b"", {"x-ms-request-id": "1"}), LIVE, "SAS: open"),
    (sas(READ), _storage(403, "AuthenticationFailed", "Signature did not match"), DEAD, "SAS: a wrong signature"),
    (sas(READ), _storage(404, "BlobNotFound"), UNKNOWN, "SAS: what it opens is gone"),
    (sas(READ), _storage(403, "AuthorizationPermissionMismatch"), LIVE, "SAS: right, but for another permission"),
    (sas("sr=b&sp=r&se=2020-01-01T00:00:00Z"), PAGE, DEAD, "SAS: it has run out, which needs no question"),
    (sas("sr=b&sp=w&se=2999-01-01"), Reply(200, b"", {"x-ms-request-id": "1"}), UNKNOWN, "SAS: it only writes"),
    (sas("sr=c&sp=rl&se=2999-01-01"), Reply(200, b"", {"x-ms-request-id": "1"}), LIVE, "SAS: a container's list"),
    (sas("sr=c&si=policy"), Reply(200, b"", {"x-ms-request-id": "1"}), LIVE, "SAS: of a stored policy"),
    (sas("ss=b&srt=sco&sp=rl"), Reply(200, b"", {"x-ms-request-id": "1"}), LIVE, "SAS: an account's"),
    (sas("ss=q&srt=sco&sp=rl"), Reply(200, b"", {"x-ms-request-id": "1"}), UNKNOWN, "SAS: of another service"),
    (entra, TOKEN, LIVE, "Entra: a token"),
    (entra, codes(7000215), DEAD, "Entra: no secret of the application's"),
    (entra, codes(7000222), DEAD, "Entra: it has run out"),
    (entra, codes(700016), UNKNOWN, "Entra: no such application"),
    (entra, codes(90002), UNKNOWN, "Entra: no such tenant"),
    (entra, codes(53003), UNKNOWN, "Entra: forbidden by a policy"),
    (entra, of_json(200, {"ok": True}), UNKNOWN, "Entra: 200 to anything"),
    (google, TOKEN, LIVE, "Google: a token"),
    (google, grant("Invalid JWT Signature."), DEAD, "Google: the key was deleted"),
    (google, grant("Invalid grant: account not found"), DEAD, "Google: the account was deleted"),
    (google, grant("The OAuth client was disabled.", "disabled_client", 401), DEAD, "Google: switched off"),
    (google, grant("Invalid JWT: Token must be a short-lived token"), UNKNOWN, "Google: clock"),
    (google, grant("Something else"), UNKNOWN, "Google: something else"),
    (google, grant("Bad", "unauthorized_client", 401), UNKNOWN, "Google: not allowed to"),
    (kraken, of_json(200, {"error": ["EAPI:Invalid nonce"]}), LIVE, "Kraken: signed, though the number is low"),
    (kraken, of_json(200, {"error": [], "result": {"a": 1}}), LIVE, "Kraken: never used before"),
    (kraken, of_json(200, {"error": ["EAPI:Invalid key"]}), DEAD, "Kraken: no such key"),
    (kraken, of_json(200, {"error": ["EAPI:Invalid signature"]}), DEAD, "Kraken: another private key"),
    (kraken, of_json(200, {"error": ["EService:Unavailable"]}), UNKNOWN, "Kraken: not available"),
    (kraken, of_json(200, {}), UNKNOWN, "Kraken: 200 to anything"),
]  # fmt: skip


@pytest.mark.parametrize(("asks", "reply", "wanted", "why"), CASES, ids=[case[-1] for case in CASES])
def test_answers_are_told_apart(asks: Callable[[str], Verdict], reply: Reply, wanted: Status, why: str) -> None:
    """Only what the provider says of the credential itself is live or dead."""
    with serving(lambda _: reply) as server:
        verdict = asks(f"https://localhost:{server.port}")
    assert verdict.status is wanted, verdict
    assert wanted is not UNKNOWN or (verdict.detail or "").startswith(WHY)
    assert verdict.identity if wanted is LIVE and asks is not kraken else not verdict.identity


ASKED = {"AWS": aws(), "storage": storage, "SAS": sas(READ), "Entra": entra, "Google": google, "Kraken": kraken}
FAULTS: dict[str, Behaviour] = {
    "hang": hang,
    "reset": reset,
    "page": lambda _: PAGE,
    "garbage": lambda _: Reply(200, bytes(range(256))),
    "forbidden page": lambda _: Reply(403, PAGE.body, PAGE.headers),
    "broken": lambda _: Reply(200, b'{"access_token": "x', {"content-type": "application/json"}),
    "cut": lambda _: Reply(200, b'{"access_token": "x"}', cut=5),
    "server error": lambda _: Reply(503),
    "rate limit": lambda _: Reply(429),
    "redirect": lambda _: Reply(302, b"", {"location": "https://localhost/"}),
    "odd JSON": lambda _: of_json(403, {"error": {"x": []}, "error_codes": "7000215", "error_description": 1}),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ASKED)
def test_a_fault_is_unknown(name: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stands between us and the provider, it says nothing about the credential."""
    from verify.checks import asking

    monkeypatch.setattr(
        asking.ask, "__kwdefaults__", {**asking.ask.__kwdefaults__, "seconds": 0.6 if fault == "hang" else 30}
    )
    with serving(FAULTS[fault]) as server:
        verdict = ASKED[name](f"https://localhost:{server.port}")
    assert (verdict.status, verdict.identity) == (UNKNOWN, None)
    assert (verdict.detail or "").startswith(WHY)


def _seen(asks: Callable[[str], Verdict], reply: Reply) -> Seen:
    with serving(lambda _: reply) as server:
        asks(f"https://localhost:{server.port}")
        (seen,) = server.seen
    return seen


def test_google_signs_for_its_own_address() -> None:
    """The assertion is signed by the key, for Google's address, whatever `token_uri` beside the key says."""
    form = parse_qs(_seen(google, TOKEN).body.decode())
    head, claims, signature = form["assertion"][0].split(".")
    decoded = [base64.urlsafe_b64decode(part + "==") for part in (head, claims, signature)]
    RSA_KEY.public_key().verify(decoded[2], f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
    said = json.loads(decoded[1])
    assert (said["iss"], said["aud"], said["exp"] - said["iat"]) == (EMAIL, "https://oauth2.googleapis.com/token", 300)
    assert json.loads(decoded[0])["kid"] == "a" * 40


def test_the_storage_key_signs_what_is_sent() -> None:
    """The signature is that of the documented text: the verb, eleven empty headers, ours in order, the resource."""
    seen = _seen(storage, Reply(200))
    assert seen.target == "/?restype=account&comp=properties"
    lines = [
        "GET",
        *[""] * 11,
        f"x-ms-date:{seen.headers['x-ms-date']}",
        f"x-ms-version:{seen.headers['x-ms-version']}",
    ]
    text = "\n".join([*lines, "/things/", "comp:properties", "restype:account"])
    digest = hmac.new(base64.b64decode(STORAGE), text.encode(), hashlib.sha256).digest()
    assert seen.headers["authorization"] == f"SharedKey things:{base64.b64encode(digest).decode()}"


def test_kraken_is_asked_with_the_lowest_number() -> None:
    """The signature is the documented one, and the number cannot shut the owner out."""
    seen = _seen(kraken, of_json(200, {}))
    assert seen.body == b"nonce=1"
    inner = seen.target.encode() + hashlib.sha256(b"1nonce=1").digest()
    signed = hmac.new(base64.b64decode(KRAKEN_SECRET), inner, hashlib.sha512).digest()
    assert seen.headers["api-sign"] == base64.b64encode(signed).decode()


@pytest.mark.parametrize(("query", "method"), [(READ, "HEAD"), ("sr=c&sp=l", "GET"), ("ss=b&srt=s&sp=rwdl", "GET")])
def test_a_sas_is_only_read(query: str, method: str) -> None:
    """Whatever it allows, it is asked with a method that changes nothing, with its own query."""
    seen = _seen(sas(query), Reply(200))
    asked = parse_qs(urlsplit(seen.target).query)
    assert seen.method == method
    assert parse_qs(query).items() <= asked.items()
    assert asked["sig"][0].startswith(SAS.decode()[:2].replace("%", ""))


def test_a_key_is_looked_for_in_every_partition() -> None:
    """A key of China or of the government is unknown to the other partitions, so dead is what none of them knows."""
    from stanch.verify.checks import aws_sts

    assert [urlsplit(url).hostname for url, _ in aws_sts.PLACES] == [
        "sts.amazonaws.com", "sts.us-gov-west-1.amazonaws.com", "sts.cn-north-1.amazonaws.com.cn",
    ]  # fmt: skip
    hosts = tuple(str(urlsplit(url).hostname) for url, _ in aws_sts.PLACES)
    answer = ask("aws-sts", SECRET, AWS, named=hosts)  # nobody listens at port 443 of loopback
    assert answer.status is UNKNOWN


@pytest.mark.parametrize("live", [KEY_ID, SESSION_ID])
def test_a_secret_is_asked_with_each_id_beside_it(live: bytes) -> None:
    """A token goes with the id of a session alone, and a secret is dead only if it is that of neither id."""

    def answer(seen: Seen) -> Reply:
        mine = live in seen.headers["authorization"].encode()
        right = ("x-amz-security-token" in seen.headers) == (live == SESSION_ID)
        return _caller(ARN) if mine and right else _error(403, "InvalidClientTokenId")

    parts = {**AWS, "aws-sts-access-key-id": SESSION_ID, "aws-session-token": SESSION}
    with serving(answer) as server:
        verdict = ask("aws-sts", SECRET, parts, named=NAMED, endpoint=f"https://localhost:{server.port}")
    assert (verdict.status, verdict.identity) == (LIVE, ARN)


@pytest.mark.parametrize("missing", [{}, {"aws-session-token": SESSION}])
def test_aws_needs_the_id(missing: dict[str, bytes]) -> None:
    """A secret without its id is not asked about."""
    verdict = ask("aws-sts", SECRET, missing, named=NAMED)
    assert (verdict.status, verdict.detail) == (UNKNOWN, "needs another part: the key id")


def test_controls_are_wrong_credentials() -> None:
    """Each check that brings its own control makes another one each time, which the check can read."""
    made = {by: {control(by), control(by)} for by in CHECKS if control(by) is not None}
    assert {"google-service-account", "postgresql"} <= set(made)
    assert all(len(found) == 2 for found in made.values())
    key = next(iter(made["google-service-account"]))
    assert serialization.load_pem_private_key(key, None).key_size == 2048


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """Run moto's server behind TLS, and tell its URL."""
    server_module = pytest.importorskip("moto.server")
    from werkzeug.serving import make_server

    with serving(_forwarded) as front:
        app = server_module.DomainDispatcherApplication(server_module.create_backend_app)
        back = make_server("127.0.0.1", 0, app, threaded=True)
        import threading

        thread = threading.Thread(target=back.serve_forever, daemon=True)
        thread.start()
        _BACK.append(back.server_port)
        yield f"https://localhost:{front.port}"
        back.shutdown()
        thread.join(10)
        back.server_close()


_BACK: list[int] = []


async def _forwarded(seen: Seen) -> Reply:
    import httpx

    headers = {name: value for name, value in seen.headers.items() if name not in ("host", "content-length")}
    async with httpx.AsyncClient() as client:
        url = f"http://127.0.0.1:{_BACK[-1]}{seen.target}"
        answer = await client.request(seen.method, url, headers=headers, content=seen.body)
    return Reply(answer.status_code, answer.content, {"content-type": answer.headers["content-type"]})


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_moto_reads_the_signed_request(moto: str) -> None:
    """An implementation of AWS that is not ours takes the request for GetCallerIdentity, and its answer is read."""
    verdict = ask("aws-sts", secrets.token_hex(20).encode(), AWS, named=NAMED, endpoint=moto)
    assert verdict.status is LIVE
    assert (verdict.identity or "").startswith("arn:aws:sts::")
