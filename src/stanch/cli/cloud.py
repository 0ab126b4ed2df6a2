"""`stanch cloud`."""

from __future__ import annotations

from typing import Any

import click

from stanch.cli.arguments import (
    Size,
    choosing_baselines,
    choosing_confidence,
    choosing_configuration,
    choosing_how,
    choosing_reports,
    choosing_rules,
    choosing_to_verify,
)

MOST = "20G"
"""How much is downloaded unless the user says otherwise."""


@click.group()
def cloud() -> None:
    """Scan functions where they run: settings, code, every published version.

    Reads only. What may not be read makes the scan incomplete, and is named with what would allow it.
    """


def scanning(command: Any) -> Any:
    """Add the options that both clouds share: those of `scan` that make sense here, and what is scanned beside."""
    for option in (
        choosing_how, choosing_to_verify, choosing_baselines, choosing_configuration, choosing_rules,
        choosing_confidence, choosing_reports,
        click.option(
            "--with", "beside", multiple=True, metavar="TARGET",
            help="Scan this too, as `stanch scan TARGET` does: the same secret here and there is one finding.",
        ),
        click.option(
            "--max-download", type=Size(), default=MOST, show_default=True, help="Download at most so much code."
        ),
        click.option("--code/--no-code", default=True, help="Scan packages of code too. Default: they are scanned."),
    ):  # fmt: skip
        command = option(command)
    return command


@cloud.command("aws-lambda")
@click.option("--function", "functions", multiple=True, metavar="NAME", help="This function alone; can be repeated.")
@click.option("--region", "regions", multiple=True, metavar="R", help="Default: that of the profile.")
@click.option("--all-regions", is_flag=True, help="All regions that the account has enabled.")
@click.option("--profile", metavar="P", help="A profile of the AWS configuration.")
@click.option("--endpoint-url", metavar="U", help="Where AWS is, for tests.")
@click.option(
    "--match-parameters", "parameters", metavar="PATH", is_flag=False, flag_value="/",
    help="Say which values are parameters of SSM below PATH (default /), copied when the function was deployed.",
)  # fmt: skip
@scanning
def aws_lambda(
    functions: tuple[str, ...],
    regions: tuple[str, ...],
    all_regions: bool,
    profile: str | None,
    endpoint_url: str | None,
    parameters: str | None,
    code: bool,
    max_download: int,
    beside: tuple[str, ...],
    **given: Any,
) -> int:
    """Scan functions of AWS Lambda: environment, code and layers, in all published versions.

    \b
    Examples:
      stanch cloud aws-lambda --region eu-west-1
      stanch cloud aws-lambda --all-regions --no-code     settings alone
      stanch cloud aws-lambda --function orders --with .  and this repository: what is in both?
    """
    from stanch.cli.scanning import run
    from stanch.cloud.aws_lambda import TARGET, Asked, AwsLambda
    from stanch.errors import UsageError

    if regions and all_regions:
        raise UsageError("--region and --all-regions exclude each other")
    source = AwsLambda(Asked(
        tuple(dict.fromkeys(functions)), tuple(dict.fromkeys(regions)), all_regions, profile, endpoint_url, code,
        parameters, max_download, given["max_size"], given["archives"] is not False,
    ))  # fmt: skip
    return run(targets=(*beside, TARGET), named={TARGET: source}, **given)


@cloud.command("azure-functions")
@click.option("--subscription", metavar="ID", help="Default: AZURE_SUBSCRIPTION_ID.")
@click.option("--resource-group", "group", metavar="NAME", help="The function apps of this group alone.")
@click.option("--app", metavar="NAME", help="This function app alone.")
@click.option("--endpoint-url", metavar="U", help="Azure Resource Manager, of another cloud than the public one.")
@scanning
def azure_functions(
    subscription: str | None,
    group: str | None,
    app: str | None,
    endpoint_url: str | None,
    code: bool,
    max_download: int,
    beside: tuple[str, ...],
    **given: Any,
) -> int:
    """Scan function apps of Azure and their slots: settings, connection strings, code.

    \b
    Examples:
      stanch cloud azure-functions --subscription ID
      stanch cloud azure-functions --resource-group shop --app orders --with .
    """
    from stanch.cli.scanning import run
    from stanch.cloud.azure_functions import TARGET, Asked, AzureFunctions

    source = AzureFunctions(
        Asked(
            subscription,
            group,
            app,
            endpoint_url,
            code,
            max_download,
            given["max_size"],
            given["archives"] is not False,
        )
    )
    return run(targets=(*beside, TARGET), named={TARGET: source}, **given)
