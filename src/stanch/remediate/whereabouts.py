"""Where a file's code runs, told by the file and those around it: which store it can read, and who it is there."""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple

from stanch.remediate.model import Read
from stanch.rules import Rule
from stanch.runtimes import Runtime, runtime

STORE = {Runtime.AWS_LAMBDA: "ssm", Runtime.AZURE_FUNCTIONS: "keyvault"}

_AROUND: tuple[tuple[str, Runtime | None], ...] = (
    ("samconfig.toml", Runtime.AWS_LAMBDA),
    ("template.yaml", None),
    ("template.yml", None),
    ("template.json", None),
    ("serverless.yml", None),
    ("serverless.yaml", None),
    ("cdk.json", Runtime.AWS_LAMBDA),
    ("host.json", Runtime.AZURE_FUNCTIONS),
    ("local.settings.json", Runtime.AZURE_FUNCTIONS),
    ("azuredeploy.json", Runtime.AZURE_FUNCTIONS),
    ("main.bicep", Runtime.AZURE_FUNCTIONS),
    ("azure.yaml", Runtime.AZURE_FUNCTIONS),
    ("main.tf", None),
    ("package.json", None),
    ("requirements.txt", None),
    ("pyproject.toml", None),
    ("pom.xml", None),
    ("go.mod", None),
)
"""Files of a deployment, and whose they are; None: their text says."""
_MORE = ((b"azure-functions", Runtime.AZURE_FUNCTIONS), (b"name: azure\n", Runtime.AZURE_FUNCTIONS))
"""What says so in a list of packages, or in a file of the Serverless Framework."""
_NAMED = re.compile(r"(?:.+\.)?(?:bicep|bicepparam)|host\.json|local\.settings\.json|function\.json")

_CI: tuple[tuple[str, str], ...] = (
    ("github", r"\.github/(?:workflows|actions)/.+\.ya?ml"),
    ("gitlab", r"\.gitlab-ci\.ya?ml"),
    ("azure-pipelines", r"azure-pipelines.*\.ya?ml"),
    ("buildkite", r"\.buildkite/.+\.ya?ml"),
    ("ci", r"\.circleci/.+\.ya?ml|bitbucket-pipelines\.ya?ml|\.travis\.ya?ml|\.drone\.ya?ml|buildspec.*\.ya?ml"
           r"|Jenkinsfile.*"),
)  # fmt: skip
"""Pipelines, by their paths."""
_PUBLISHING = re.compile(r"(?:.*/)?(?:\.npmrc|\.pypirc|\.gem/credentials|\.yarnrc(?:\.yml)?)")


class Whereabouts(NamedTuple):
    """What is known of where a file's code runs."""

    runtime: Runtime | None
    because: str
    """What says so, as in `orders/template.yaml`."""
    ci: str | None
    """Whose pipeline it is: `github`, `gitlab`, `azure-pipelines`, `buildkite`, or `ci`."""
    publishing: bool
    """Is it the settings of a package manager, with which one publishes?"""

    @property
    def store(self) -> str | None:
        """The store that the code there can read; None when nothing says which."""
        return "github-actions" if self.ci == "github" else STORE[self.runtime] if self.runtime else None


NOWHERE = Whereabouts(None, "", None, publishing=False)


def around(path: str, data: bytes, read: Read) -> Whereabouts:
    """Return what the file `data` at `path` and the deployment files in its folder and those above it say."""
    ci = next((whose for whose, pattern in _CI if re.fullmatch(rf"(?:.*/)?(?:{pattern})", path)), None)
    found, because = (None, path) if ci else _runtime(path, data, read)
    return Whereabouts(found, because, ci, bool(_PUBLISHING.fullmatch(path)))


def _runtime(path: str, data: bytes, read: Read) -> tuple[Runtime | None, str]:
    own = runtime(data)
    if own is None and _NAMED.fullmatch(posixpath.basename(path)):
        own = Runtime.AZURE_FUNCTIONS
    if own:
        return own, path
    folder = posixpath.dirname(path)
    while True:
        for name, whose in _AROUND:
            beside = posixpath.join(folder, name)
            text = read(beside) if beside != path else None
            if text is not None and (found := whose or _said(text)):
                return found, beside
        if not folder:
            return None, ""
        folder = posixpath.dirname(folder)


def _said(text: bytes) -> Runtime | None:
    return runtime(text) or next((whose for sign, whose in _MORE if sign in text), None)


class _Way(NamedTuple):
    """A way to do without a secret."""

    called: str
    words: re.Pattern[str]
    """What a rule's `remedy.identity` says where it is one of its kind."""
    on: tuple[str, ...]
    """Where it is to be had: a runtime, a pipeline, `ci` for any pipeline, `publishing`."""


_WAYS = (
    _Way("the function's execution role", re.compile(r"execution (?:or instance )?role"), (Runtime.AWS_LAMBDA,)),
    _Way("IAM database login", re.compile(r"IAM (?:database )?(?:login|auth|token)"), (Runtime.AWS_LAMBDA,)),
    _Way("a managed identity", re.compile(r"managed identity|Entra"), (Runtime.AZURE_FUNCTIONS,)),
    _Way("trusted publishing", re.compile(r"trusted publishing"), ("ci", "publishing")),
    _Way("GITHUB_TOKEN", re.compile(r"GITHUB_TOKEN"), ("github",)),
    _Way("CI_JOB_TOKEN", re.compile(r"CI_JOB_TOKEN"), ("gitlab",)),
    _Way("System.AccessToken", re.compile(r"System\.AccessToken"), ("azure-pipelines",)),
    _Way("OIDC", re.compile(r"OIDC|[Ww]orkload identity|federat"), ("ci",)),
)


def identity(rule: Rule, where: Whereabouts) -> str | None:
    """Return the identity that can take a secret's place there, in a few words; None when it must stay a secret.

    A GitHub App is none: it has a private key, which is a secret again.
    """
    told = rule.remedy.identity or ""
    here = {str(where.runtime), where.ci, "ci" if where.ci else None, "publishing" if where.publishing else None}
    return next((way.called for way in _WAYS if here.intersection(way.on) and way.words.search(told)), None)
