"""`stanch fix`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stanch.cli.after import choosing_after
from stanch.cli.arguments import choosing_baselines, choosing_configuration, choosing_rules
from stanch.model import Confidence

STORES = ("ssm", "secretsmanager", "keyvault")


def choosing_store(command: Any) -> Any:
    """Add the options that say where secrets go, and whose account it is."""
    for option in (
        click.option("--resource-group", metavar="NAME", help="The vault's resource group, for its role assignments."),
        click.option("--subscription", metavar="ID", help="The subscription of the vault and of function apps."),
        click.option("--resource-manager", metavar="URL", help="Azure Resource Manager of another cloud, for --live."),
        click.option("--endpoint-url", metavar="URL", help="Where AWS is, in its place: an emulator."),
        click.option("--kms-key", metavar="ID|ARN", help="Your own key in AWS KMS, for what is stored."),
        click.option("--account", metavar="ID", help="The AWS account, for policies."),
        click.option("--profile", metavar="NAME", help="The profile of the AWS CLI to use."),
        click.option("--region", metavar="NAME", help="The AWS region. Default: the profile's, or AWS_REGION."),
        click.option("--app", metavar="NAME", help="What names in the store begin with. Default: the folder's name."),
        click.option("--vault", metavar="NAME|URL", help="The Key Vault."),
        click.option(
            "--store", type=click.Choice(STORES),
            help="Where all secrets go. Default: by where the code runs, and nowhere where an identity will do.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@click.argument("target", default=".", metavar="[REPORT|TARGET]")
@choosing_store
@click.option(
    "-f", "--format", "form", type=click.Choice(("text", "json", "patch")), default="text", show_default=True,
    help="How the plan is written; a patch is for `git apply`, and holds the secrets in the lines it takes out.",
)  # fmt: skip
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Where to, for you alone to read."
)
@click.option("--policies", is_flag=True, help="Write only the permissions that are needed.")
@click.option("--apply", "applied", is_flag=True, help="Carry the plan out.")
@click.option("--overwrite", is_flag=True, help="Replace what the store has under a name, where it differs.")
@click.option("--allow-dirty", is_flag=True, help="Change files with changes that are not committed, too.")
@click.option("--live", is_flag=True, help="With --apply or --rollback: change settings of deployed functions, too.")
@click.option(
    "--drop-plain", is_flag=True,
    help="Take plain variables out of Lambdas whose code fetches what the variable beside them names.",
)  # fmt: skip
@click.option("--rollback", is_flag=True, help="Undo the last --apply: put the secrets back into their files.")
@click.option(
    "--journal", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Where --apply keeps what it does. Default: in the .git folder.",
)  # fmt: skip
@choosing_after
@click.option("--history/--no-history", default=None, help="As in `stanch scan`.")
@click.option("--min-confidence", type=click.Choice([level.value for level in Confidence]), help="As in `stanch scan`.")
@choosing_rules
@choosing_configuration
@choosing_baselines
@click.option("-j", "--jobs", type=click.IntRange(1), help="Worker processes. Default: one for each processor.")
def fix(**given: Any) -> int:
    """Plan how each credential leaves the files for a vault, and carry that out.

    TARGET is scanned; REPORT is a JSON report that `stanch scan --show-secrets` wrote, - on standard input. Without
    --apply nothing is changed: what is written is the plan. docs/fix.md says more.

    Exit status: 0 the plan is written, or all that could be moved was; 1 something that was to be moved stands where
    it stood; 2 wrong usage; 3 the scan is incomplete.

    \b
    Examples:
      stanch fix                                         what would become of this repository's findings
      stanch fix --store ssm --region eu-west-1 src/     all of them to Parameter Store
      stanch fix -f patch -o ../fix.patch && git apply ../fix.patch
      stanch fix --policies --account 111122223333       what to permit, and to whom
      stanch fix --apply --vault my-vault                store, read back, patch, scan again
      stanch fix --rollback                              undo that
      stanch fix report.json --apply --live              change deployed functions, too
      stanch fix --purge-plan ../purge                   how to take them out of history, too
      stanch fix --revoke                                what can be revoked, and how; --yes does it
    """
    from stanch.cli.fixing import run

    return run(**given)
