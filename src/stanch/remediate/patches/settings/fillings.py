"""What fills a file's own placeholders, by the file: a table, and the files whose secrets can only go away.

Each placeholder is one that the reader of that very file is documented to fill in; of any other file it is not known
whether something does, and the patch says so.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from stanch.remediate.model import CannotPatch, Reference
from stanch.remediate.patches.references import copied, source


class Filling(NamedTuple):
    """A placeholder, and who fills it in."""

    path: re.Pattern[str]
    text: str
    by: str
    left: str = ""
    complete: bool = True
    """False: what is filled in is then kept, and shown, by a platform."""


def _row(path: str, text: str, by: str, left: str = "", *, complete: bool = True) -> Filling:
    return Filling(re.compile(rf"(?:.*/)?(?:{path})", re.IGNORECASE), text, by, left, complete)


_SET = "Set {env} in the environment of the program from {source}."
_FILLINGS = (
    _row(r"\.github/workflows/[^/]+\.ya?ml", "${{ secrets.NAME }}", "GitHub Actions", "{copied}"),
    _row(r"action\.ya?ml", "${{ env.NAME }}", "GitHub Actions",
         "Have each workflow that uses the action set env.{env} from its secrets."),
    _row(r"\.gitlab-ci\.yml", "$NAME", "GitLab", "Make {env} a masked and protected CI/CD variable of the project."),
    _row(r"azure-pipelines[^/]*\.ya?ml", "$(NAME)", "Azure Pipelines",
         "Make {env} a secret variable of the pipeline, or link a variable group to the Key Vault."),
    _row(r"bitbucket-pipelines\.yml", "$NAME", "Bitbucket", "Make {env} a secured repository variable."),
    _row(r"(?:docker-)?compose[^/]*\.ya?ml", "${NAME:?NAME is not set}", "Compose",
         "Set {env} from {source} where `docker compose` is run, or in an .env that is not in git."),
    _row(r"(?:application|bootstrap)(?:-[\w-]+)?\.(?:ya?ml|properties)", "${NAME}", "Spring Boot", _SET),
    _row(r"config/(?:database|secrets|cable|storage|mongoid|sidekiq|redis)\.yml", "<%= ENV[\"NAME\"] %>", "Rails",
         _SET),
    _row(r"(?:parameters|services|doctrine|framework|security)\.ya?ml", "%env(NAME)%", "Symfony", _SET),
    _row(r"\.yarnrc\.yml", "${NAME}", "Yarn", _SET),
    _row(r"\.npmrc", "${NAME}", "npm", _SET),
    _row(r"stack\.ya?ml", "${NAME}", "faas-cli", _SET, complete=False),
    _row(r"(?:group_vars|host_vars|roles|playbooks|inventory)/.+\.ya?ml|(?:playbook|site|deploy)\.ya?ml",
         "{{ lookup('env', 'NAME') }}", "Ansible",
         "Set {env} from {source} where ansible-playbook is run, or put an `ansible-vault encrypt_string` there."),
    _row(r"build\.xml", "${env.NAME}", "Ant", _SET + ' The build needs <property environment="env"/>.'),
    _row(r"[^/]*nginx[^/]*\.conf|[^/]*\.nginx|[^/]*\.conf\.template", "${NAME}", "envsubst",
         "Run envsubst over it before nginx starts, as its image does for templates."),
    _row(r"nuget\.config", "%NAME%", "NuGet", _SET),
    _row(r"\.m2/settings\.xml|settings\.xml|pom\.xml", "${env.NAME}", "Maven", _SET),
    _row(r"log4j2[\w.-]*\.xml", "${env:NAME}", "Log4j", _SET),
    _row(r"(?:logback|applicationContext|spring|beans|context-)[\w.-]*\.xml", "${NAME}", "Spring", _SET),
    _row(r"(?:conf/)?(?:context|server|tomcat-users)\.xml", "${NAME}", "Tomcat",
         "Give Tomcat org.apache.tomcat.util.digester.EnvironmentPropertySource, and set {env} from {source}."),
    _row(r"grafana\.ini|custom\.ini|defaults\.ini", "$__env{NAME}", "Grafana", _SET),
    _row(r"php\.ini", "${NAME}", "PHP", _SET),
    _row(r"[^/]*\.postman_collection\.json|[^/]*\.(?:http|rest)", "{{NAME}}", "the client",
         "Keep {env} in the private part of the client's environment, out of git."),
    _row(r"jenkins\.ya?ml|casc[^/]*\.ya?ml", "${NAME}", "Jenkins", _SET),
    _row(r"prometheus\.ya?ml|alertmanager\.ya?ml|otel[\w-]*\.ya?ml|collector[\w-]*\.ya?ml", "${NAME}", "its program",
         _SET),
)  # fmt: skip

_ANY = "${NAME}"
_UNKNOWN = (
    "Whether what reads this file fills in ${{{env}}} is not known here: have it do so, or run envsubst before it."
)

_TEMPLATES = re.compile(
    r"(?:.*/)?(?:\.(?:netrc|pgpass|pypirc|git-credentials|dockercfg|htpasswd|htdigest|vault-token|boto|s3cfg|hgrc"
    r"|msmtprc|esmtprc|my\.cnf|gitconfig|terraformrc)|_netrc|\.docker/config\.json|docker-config/config\.json"
    r"|\.aws/(?:credentials|config)|\.cargo/credentials(?:\.toml)?|\.gem/credentials|rclone\.conf|sitemanager\.xml"
    r"|sftp-config\.json|terraform\.rc|credentials\.tfrc\.json|[^/]*kube[^/]*/config|kubeconfig[^/]*|[^/]*\.kubeconfig"
    r"|http-client\.private\.env\.json|[^/]*\.postman_environment\.json|(?:\.streamlit/)?secrets\.(?:toml|json)"
    r"|(?:my|mysqld?|client)\.cnf|odbc\.ini|\.?ldap\.conf|dataSources\.local\.xml|wpa_supplicant[^/]*\.conf"
    r"|[^/]*(?:history|\.histfile))",
    re.IGNORECASE,
)
"""Files of one person or one machine, which nobody deploys: in a repository they can only be a template."""

_REFUSED = tuple(
    (re.compile(rf"(?:.*/)?(?:{path})", re.IGNORECASE), reason)
    for path, reason in (
        (r"(?:app|cloudbuild)\.ya?ml", "Google's deployment fills in no variables here: name the secret of Secret"
         " Manager in secretEnv, or read it in the code"),
        (r"user-data[^/]*|cloud-init[^/]*|[^/]*\.cloud-config", "what boots a machine is kept and shown by the cloud:"
         " have the machine fetch the secret with its own identity"),
        (r"terraform\.tfstate.*|[^/]*\.tfstate.*", "Terraform writes this file: it belongs into an encrypted backend,"
         " not into git"),
        (r"cdk\.out/.*|[^/]*-lock\.json|[^/]*\.lock", "a tool writes this file: patch what it is made from"),
        (r"shadow-?|passwd-?|master\.key", "it does not belong into a repository: delete the file"),
        (r"samconfig\.toml", "sam fills in no variables here: give the parameter at deployment, or name a secret in the"
         " template"),
        (r"[^/]*\.(?:service|socket|timer)", "systemd shows a unit's environment to everybody: use LoadCredential="),
    )
)  # fmt: skip


def refuse(path: str) -> None:
    """Raise CannotPatch for a file in which nothing can stand for a secret."""
    for pattern, reason in _REFUSED:
        if pattern.fullmatch(path):
            raise CannotPatch(reason)


def is_own(path: str) -> bool:
    """Is a file one person's, or one machine's, so that a repository can hold a template of it at most?"""
    return _TEMPLATES.fullmatch(path) is not None


def filling(path: str, reference: Reference) -> tuple[str, str, str, bool]:
    """Return what is written for a secret in the file at `path`: the text, who fills it in, what is left, and whether
    it then is in no console either."""
    for row in _FILLINGS:
        if row.path.fullmatch(path):
            left = row.left.format(env=reference.env, source=source(reference), copied=copied(reference))
            return _named(row.text, reference), row.by, left, row.complete
    return _named(_ANY, reference), "", _UNKNOWN.format(env=reference.env), False


def _named(text: str, reference: Reference) -> str:
    return text.replace("NAME", reference.env)


def from_stores(reference: Reference) -> str:
    """Return serverless's variable of a store that it reads when it deploys, else one of the environment.

    https://www.serverless.com/framework/docs/providers/aws/guide/variables
    """
    if reference.store == "ssm":
        return "${ssm:" + reference.name + "}"
    if reference.store == "secretsmanager":
        return "${ssm:/aws/reference/secretsmanager/" + reference.name + "}"
    return "${env:" + reference.env + "}"
