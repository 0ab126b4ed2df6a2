"""Environments of Lambdas are changed, asked of Moto's server behind a front that has revisions, limits and errors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cloud.amazon import REGION, Amazon, Answer, Rule, error, package, refused
from remediate.live.deployed import STRIPE, move
from stanch.remediate.apply import Outcome, State
from stanch.remediate.journal import Access, Journal
from stanch.remediate.live import Functions, LiveError, aws_lambda, opened
from stanch.remediate.live.changing import Changing
from stanch.remediate.stores import Address, Store, stored
from stanch.remediate.stores import opened as opened_store

ORDERS = f"aws-lambda:{REGION}/orders/environment/KEY"
VALUE = STRIPE.decode()
PLAIN = {"KEY": VALUE, "STAGE": "dev"}
NAMED = {**PLAIN, "KEY_PARAM": "/orders/KEY"}
KEY = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000001"


@cache
def lambdas(platform: str, access: Access) -> Functions:
    """Return the functions, by a client that takes long to make."""
    return opened(platform, access)


@cache
def parameters(address: Address) -> Store:
    """Return the store, likewise."""
    return opened_store(address)


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """Return a journal, and never wait."""
    monkeypatch.setattr(aws_lambda, "PAUSE", 0)
    found = Journal(tmp_path / "journal")
    yield found
    found.close()


@pytest.fixture
def orders(aws: Amazon) -> Amazon:
    """Return an account with a function that has a key of its own."""
    aws.function("orders", package(a_txt=b"a"), PLAIN, KMSKeyArn=KEY)
    return aws


def run(aws: Amazon, journal: Journal, *, drop: bool = False) -> Outcome:
    """Change the function's environment."""
    at = Address("ssm", REGION, endpoint=aws.url)
    one = Changing(journal, parameters, lambdas)
    (found,) = one.run([move(ORDERS, drop=drop)], lambda _: at, lambda _: Access(None, aws.url), overwrite=False)
    assert VALUE not in str(found)
    assert STRIPE not in journal.path.read_bytes()
    return found


def variables(aws: Amazon) -> dict[str, str]:
    """Return the environment that the function has."""
    found = aws.client("lambda").get_function_configuration(FunctionName="orders")
    assert found["KMSKeyArn"] == KEY
    values: dict[str, str] = found["Environment"]["Variables"]
    return values


def has_secret(aws: Amazon) -> bool:
    """Tell whether the store has the value."""
    held = parameters(Address("ssm", REGION, endpoint=aws.url)).get("/orders/KEY")
    return held is not None and held.value == STRIPE


def test_added_dropped_and_taken_back(orders: Amazon, journal: Journal) -> None:
    """With the value in the store as a SecureString; each run is taken back by itself."""
    sent: list[dict[str, Any]] = []
    orders.rules.append(lambda method, _, body: sent.append(json.loads(body)) if method == "PUT" else None)
    added = run(orders, journal)
    assert (added.state, variables(orders), has_secret(orders)) == (State.DONE, NAMED, True)
    assert [sorted(asked) for asked in sent] == [["Environment", "RevisionId"]], "all else is not given, so it stays"
    journal.run += 1
    assert run(orders, journal, drop=True).state is State.DONE
    assert variables(orders) == {"STAGE": "dev", "KEY_PARAM": "/orders/KEY"}
    one = Changing(journal, parameters, lambdas)
    assert [outcome.state for outcome in one.undo(journal.last, consent=True)] == [State.UNDONE]
    assert variables(orders) == NAMED
    assert [outcome.state for outcome in one.undo(journal.last, consent=True)] == [State.UNDONE]
    assert variables(orders) == PLAIN


def changing(aws: Amazon, change: Mapping[str, str], times: int) -> Rule:
    """Return a rule by which somebody else changes the environment right before it is written."""
    left = [times]

    def rule(method: str, path: str, _: bytes) -> None:
        if method == "PUT" and path.endswith("/configuration") and left[0]:
            left[0] -= 1
            changed = {**variables(aws), "COUNT": str(left[0]), **change}
            aws.client("lambda").update_function_configuration(
                FunctionName="orders", Environment={"Variables": changed}
            )

    return rule


def test_what_somebody_else_changes_meanwhile_stays(orders: Amazon, journal: Journal) -> None:
    """A stale revision is refused by Lambda: the environment is read again, and merged again."""
    orders.rules.append(changing(orders, {"STAGE": "prod"}, 2))
    assert run(orders, journal).state is State.DONE
    assert variables(orders) == {**NAMED, "STAGE": "prod", "COUNT": "0"}


def test_who_changes_it_all_the_time_is_left_alone(orders: Amazon, journal: Journal) -> None:
    """After some tries the next run goes on: the value is in the store by then, and stays in the variable."""
    orders.rules.append(changing(orders, {}, 99))
    assert "all the time" in run(orders, journal).why
    assert (variables(orders)["KEY"], has_secret(orders)) == (VALUE, True)
    orders.rules.clear()
    (resumed,) = Changing(journal, parameters, lambdas).resume(consent=True)
    assert (resumed.state, variables(orders)["KEY_PARAM"]) == (State.DONE, "/orders/KEY")


def test_a_variable_that_has_changed_itself_is_refused(orders: Amazon, journal: Journal) -> None:
    """Between reading and writing somebody has put another value there."""
    orders.rules.append(changing(orders, {"KEY": "a new one"}, 1))
    assert "KEY holds something else" in run(orders, journal).why
    assert variables(orders) == {"KEY": "a new one", "STAGE": "dev", "COUNT": "0"}


def test_a_writing_whose_answer_is_lost(orders: Amazon, journal: Journal) -> None:
    """The SDK sends it again with a revision that is stale by then; it is read, and is as it was to be."""
    orders.rules.append(changing(orders, {"KEY_PARAM": "/orders/KEY"}, 1))
    assert run(orders, journal).state is State.DONE
    assert variables(orders) == {**NAMED, "COUNT": "0"}


def answered(answer: Answer, method: str, times: int = 1 << 30) -> Rule:
    """Return a rule that answers so many requests for a configuration."""
    left = [times]

    def rule(asked: str, path: str, _: bytes) -> Answer | None:
        if asked != method or not path.endswith("/configuration") or not left[0]:
            return None
        left[0] -= 1
        return answer

    return rule


def configuration(**given: Any) -> Answer:
    """Return a configuration as an answer."""
    return 200, json.dumps({"Environment": {"Variables": PLAIN}, **given}).encode(), {}


FUNCTION = f"arn:aws:lambda:{REGION}:123456789012:function:orders"
DENIED = {"ErrorCode": "AccessDeniedException", "Message": "Lambda was unable to decrypt the environment variables"}
# what Lambda does, the rule, what is said, whether the value is in the store by then
FAULTS: list[tuple[str, Rule, str, bool]] = [
    ("it may not be read", answered(refused(aws_lambda.READ, FUNCTION), "GET"),
     '{"Effect": "Allow", "Action": "lambda:GetFunctionConfiguration"', False),
    ("it may not be written", answered(refused(aws_lambda.WRITE, FUNCTION), "PUT"),
     '{"Effect": "Allow", "Action": "lambda:UpdateFunctionConfiguration"', True),
    ("it cannot be decrypted", answered(configuration(Environment={"Error": DENIED}, KMSKeyArn=KEY, RevisionId="1"),
     "GET"), f"cannot be read (AccessDeniedException), so writing it would lose it: allow kms:Decrypt on {KEY}", False),
    ("the key is disabled", answered(error("KMSDisabledException", status=502), "PUT"), "KMSDisabledException", True),
    ("there is no revision", answered(configuration(), "GET"), "no revision", False),
    ("it is gone", answered(error("ResourceNotFoundException", status=404), "GET"), "no such function", False),
    ("it refuses what it is sent", answered(error("InvalidParameterValueException", VALUE), "PUT"),
     "lambda:UpdateFunctionConfiguration: InvalidParameterValueException", True),
]  # fmt: skip


@pytest.mark.parametrize(("what", "rule", "said", "stores"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_faults(orders: Amazon, journal: Journal, what: str, rule: Rule, said: str, stores: bool) -> None:
    """The environment stays as it is, what is said says why, and what was begun is finished by the next run."""
    orders.rules.append(rule)
    outcome = run(orders, journal)
    orders.rules.clear()
    assert outcome.state is State.FAILED
    assert said in outcome.why, what
    assert (variables(orders), has_secret(orders)) == (PLAIN, stores)
    resumed = list(Changing(journal, parameters, lambdas).resume(consent=True))
    assert [one.state for one in resumed] == ([State.DONE] if stores else [])
    assert variables(orders) == (NAMED if stores else PLAIN)


def test_throttled(orders: Amazon, journal: Journal) -> None:
    """The SDK asks again."""
    orders.rules.append(answered(error("TooManyRequestsException", status=429), "PUT", 1))
    assert run(orders, journal).state is State.DONE
    assert variables(orders) == NAMED


def test_an_environment_that_would_be_too_large(aws: Amazon, journal: Journal) -> None:
    """Lambda would refuse it, so nothing is stored for it."""
    large = {"KEY": VALUE, "BIG": "x" * 4_030}
    aws.function("orders", package(a_txt=b"a"), large, KMSKeyArn=KEY)
    assert "Lambda takes 4,096" in run(aws, journal).why
    assert (variables(aws), has_secret(aws)) == (large, False)


def test_updates_are_waited_for(orders: Amazon, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that somebody else has begun, and our own; not without end."""
    orders.rules.append(answered(configuration(LastUpdateStatus="InProgress", RevisionId="1"), "GET", 3))
    assert run(orders, journal).state is State.DONE
    monkeypatch.setattr(aws_lambda, "PATIENCE", 0)
    orders.rules[:] = [answered(configuration(LastUpdateStatus="InProgress"), "GET")]
    with pytest.raises(LiveError, match="has not ended"):
        lambdas("aws-lambda", Access(None, orders.url)).read(move(ORDERS).setting)  # type: ignore[arg-type]


def test_what_cannot_be_put_into_effect_is_taken_back(orders: Amazon, journal: Journal) -> None:
    """Lambda says so after it has taken the configuration."""
    written = [False]

    def rule(method: str, path: str, _: bytes) -> Answer | None:
        if written[0] and method == "GET" and path.endswith("/configuration"):
            written[0] = False
            orders.rules.insert(0, failed)
        written[0] = written[0] or method == "PUT"
        return None

    failed = answered(
        configuration(
            Environment={"Variables": NAMED}, LastUpdateStatus="Failed", LastUpdateStatusReasonCode="InvalidSubnet",
            RevisionId="1",
        ), "GET", 1,
    )  # fmt: skip
    orders.rules.append(rule)
    outcome = run(orders, journal)
    assert "InvalidSubnet; it was put back as it was" in outcome.why
    assert (variables(orders), has_secret(orders)) == (PLAIN, True)
    assert list(Changing(journal, parameters, lambdas).resume(consent=True)) == []


def test_aliases(orders: Amazon) -> None:
    """Over all pages, with both versions of one that is being shifted."""
    pages: dict[bool, Mapping[str, Any]] = {
        False: {"Aliases": [{"Name": "live", "FunctionVersion": "7"}], "NextMarker": "m"},
        True: {"Aliases": [{"Name": "beta", "FunctionVersion": "8",
                            "RoutingConfig": {"AdditionalVersionWeights": {"7": 0.1}}}]},
    }  # fmt: skip

    def rule(_: str, path: str, __: bytes) -> Answer | None:
        return (200, json.dumps(pages["Marker=m" in path]).encode(), {}) if "/aliases" in path else None

    orders.rules.append(rule)
    setting = move(ORDERS).setting
    assert setting is not None
    assert lambdas("aws-lambda", Access(None, orders.url)).aliases(setting) == {"live": "7", "beta": "8, 7"}


def test_a_value_that_is_stored_elsewhere_stays(orders: Amazon, journal: Journal) -> None:
    """Another secret of that name in Parameter Store is not replaced."""
    stored(parameters(Address("ssm", REGION, endpoint=orders.url)), "/orders/KEY", b"another", overwrite=False)
    assert "--overwrite" in run(orders, journal).why
    assert variables(orders) == PLAIN


def test_the_command(fix_aws: Callable[..., Any], aws: Amazon) -> None:
    """A report is planned for; without consent nothing is changed; then the variable is added, dropped, taken back."""
    aws.function("orders", package(a_txt=b"a"), PLAIN, KMSKeyArn=KEY)
    client = aws.client("lambda")
    client.publish_version(FunctionName="orders")
    client.create_alias(FunctionName="orders", Name="live", FunctionVersion="1")
    done = fix_aws("--apply")
    assert (done.returncode, variables(aws)) == (0, PLAIN)
    assert b"it runs: --live changes it" in done.stdout
    done = fix_aws("--apply", "--live")
    assert (done.returncode, variables(aws), has_secret(aws)) == (0, NAMED, True)
    assert f"changed   {ORDERS} (ssm: /orders/KEY)\n\nthen, for {ORDERS}:\n".encode() in done.stdout
    assert b"The alias live leads to orders:1, which holds it" in done.stdout
    assert b"Let the function's execution role read it" in done.stdout
    assert b"`--apply --live` then" not in done.stdout
    assert b":123456789012:parameter/orders/KEY" in done.stdout
    done = fix_aws("--apply", "--live", "--drop-plain")
    assert (done.returncode, "KEY" in variables(aws)) == (0, False)
    done = fix_aws("--rollback")
    assert (done.returncode, "KEY" in variables(aws)) == (1, False)
    assert b"--live puts it back" in done.stdout
    done = fix_aws("--rollback", "--live")
    assert (done.returncode, variables(aws)) == (0, NAMED)
    assert b"nothing uses it now" not in done.stdout
    assert b"still names the secret: run `--rollback --live` once more, the run before is undone next" in done.stdout
    assert STRIPE not in done.stdout + done.stderr
