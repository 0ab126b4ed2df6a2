"""Where code runs, told from its text: a function on AWS Lambda wants another vault than one on Azure."""

from __future__ import annotations

from enum import StrEnum


class Runtime(StrEnum):
    """A platform whose functions can read a vault of their own."""

    AWS_LAMBDA = "aws-lambda"
    AZURE_FUNCTIONS = "azure-functions"


_SIGNS = {
    Runtime.AZURE_FUNCTIONS: (
        b"AzureWebJobsStorage", b"FUNCTIONS_WORKER_RUNTIME", b"Microsoft.Web/sites", b"azure.functions",
        b"@azure/functions", b"azurerm_function_app", b"azurerm_linux_function_app", b"azurerm_windows_function_app",
        b"module.exports = function (context", b"module.exports = async function (context", b"[FunctionName(",
        b'[Function("', b"[Function(nameof(", b"Microsoft.Azure.Functions.Worker", b"com.microsoft.azure.functions",
        b"context.bindings", b"context.done(",
    ),
    Runtime.AWS_LAMBDA: (
        b"AWS::Serverless::", b"AWS::Lambda::", b"lambda_handler", b"exports.handler", b"aws_lambda_function",
        b"aws-lambda", b"@aws-sdk/", b"RequestHandler<", b"lambda.Start(", b"name: aws\n",
    ),
}  # fmt: skip


def runtime(text: bytes) -> Runtime | None:
    """Return the platform that `text` is written for; None when it does not say."""
    return next((name for name, signs in _SIGNS.items() if any(sign in text for sign in signs)), None)
