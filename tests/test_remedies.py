"""Remedies: identity where one exists, else the vault beside the code."""

from __future__ import annotations

import pytest

from stanch.remedies import remedy
from stanch.rules import RemedyFacts, Rule
from stanch.runtimes import Runtime, runtime
from strategies import ruleset

REVOKE, INSTEAD = "https://example.test/revoke", "an identity"


def rule(revoke: str | None = REVOKE, identity: str | None = INSTEAD, *, public: bool = False) -> Rule:
    """Return a rule with these facts."""
    return Rule("r", "R", "P", "saas", public=public, remedy=RemedyFacts(revoke, identity))


CASES = [
    # rule, runtime, action, store, parts of the summary
    (rule(), None, "identity", None, [f"Revoke it at {REVOKE}", "an identity.", "Key Vault", "Secrets Manager"]),
    (rule(), "aws-lambda", "identity", "ssm", ["SSM Parameter Store", "Secrets Manager", "execution role"]),
    (rule(), "azure-functions", "identity", "keyvault", ["Key Vault", "@Microsoft.KeyVault(", "managed identity"]),
    (rule(identity=None), "aws-lambda", "vault", "ssm", ["Move it to AWS SSM Parameter Store"]),
    (rule(revoke="Ask the team"), None, "identity", None, ["Ask the team. Best without a secret"]),
    (rule(revoke=None), None, "identity", None, ["Revoke it at its issuer"]),
    (rule(public=True), "aws-lambda", "public", None, ["Public by design"]),
]


@pytest.mark.parametrize(("given", "where", "action", "store", "parts"), CASES)
def test_remedy(given: Rule, where: str | None, action: str, store: str | None, parts: list[str]) -> None:
    """A remedy says how to revoke, what needs no secret, and which store fits where the code runs."""
    made = remedy(given, where)
    assert (made.action, made.store) == (action, store)
    assert all(part in made.summary for part in parts)


TEXTS = [
    (b"module.exports = async function (context, req) {", Runtime.AZURE_FUNCTIONS),
    (b'{"Values": {"AzureWebJobsStorage": "", "FUNCTIONS_WORKER_RUNTIME": "node"}}', Runtime.AZURE_FUNCTIONS),
    (b"import azure.functions as func", Runtime.AZURE_FUNCTIONS),
    (b'    [FunctionName("Pay")]', Runtime.AZURE_FUNCTIONS),
    (
        b'    [Function("Pay")]\n    public void Run([TimerTrigger("0 0 5 * * *")] TimerInfo timer)',
        Runtime.AZURE_FUNCTIONS,
    ),
    (b"    [Function(nameof(Pay))]", Runtime.AZURE_FUNCTIONS),
    (b"using Microsoft.Azure.Functions.Worker;", Runtime.AZURE_FUNCTIONS),
    (b"import com.microsoft.azure.functions.annotation.FunctionName;", Runtime.AZURE_FUNCTIONS),
    (b"def lambda_handler(event, context):", Runtime.AWS_LAMBDA),
    (b"exports.handler = async (event) => {", Runtime.AWS_LAMBDA),
    (b"  Type: AWS::Serverless::Function", Runtime.AWS_LAMBDA),
    (b'resource "aws_lambda_function" "f" {', Runtime.AWS_LAMBDA),
    (b"print('hello')", None),
    (b"", None),
]


@pytest.mark.parametrize(("text", "wanted"), TEXTS)
def test_runtime(text: bytes, wanted: Runtime | None) -> None:
    """Where code runs is told from its text, or left open."""
    assert runtime(text) is wanted


def test_every_rule_has_a_remedy() -> None:
    """Each rule's remedy is sentences that end, wherever the code runs."""
    for one in ruleset().rules:
        for where in (None, *Runtime):
            summary = remedy(one, where).summary
            assert summary.endswith(".")
            assert ".." not in summary.replace("...", "")
