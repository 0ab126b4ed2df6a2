"""The action and the templates: what each event makes them scan, for real, and that they never pass in silence."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest
import yaml

from project.documents import code
from project.pipelines import GONE, LEAKS, NONE, ROOT, Upstream, environment, read, resolved, shell, upstream
from stanch.findings import fingerprint

Done = subprocess.CompletedProcess[str]
ALL = set(LEAKS)
BRANCH = {"gone", "new"}
NAMES = {fingerprint("github-pat-classic", secret): name for name, secret in LEAKS.items()}


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Upstream:
    """Make the repository that all clone; tests only read it."""
    return upstream(tmp_path_factory.mktemp("origin") / "repo")


def sarif(file: Path) -> set[str]:
    """Return which credentials a SARIF report has."""
    results = json.loads(file.read_text("utf-8"))["runs"][0]["results"]
    return {NAMES[found["partialFingerprints"]["stanchFingerprint/v1"]] for found in results}


ACTION = read("action.yml")
GITHUB_STEPS = {step["id"]: step for step in ACTION["runs"]["steps"]}
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
"""As GitHub calls it."""


def runner(temp: Path) -> Path:
    """Make a runner's temporary folder, with stanch where the action installs it."""
    installed = temp / "stanch" / "bin"
    installed.mkdir(parents=True)
    (installed / "stanch").symlink_to(Path(sys.executable).with_name("stanch"))
    return temp


def github(
    clone: Path, temp: Path, inputs: Mapping[str, str] | None = None, **event: str
) -> tuple[Done, dict[str, str]]:
    """Run the action's scan for an event in a clone; return how it ended, and its outputs."""
    runner(temp)
    defaults = {name: given["default"] for name, given in ACTION["inputs"].items()}
    expressions = {f"inputs.{name}": value for name, value in {**defaults, **(inputs or {})}.items()}
    expressions |= {
        "github.event.before": event.pop("before", ""),
        "github.event.merge_group.base_sha": event.pop("merge_base", ""),
        "github.event.repository.default_branch": "main",
    }
    step = GITHUB_STEPS["scan"]
    variables = environment(
        GITHUB_ACTION_PATH=str(ROOT), GITHUB_OUTPUT=str(temp / "output"), RUNNER_TEMP=str(temp),
        GITHUB_EVENT_NAME=event.pop("name"), GITHUB_REF=event.pop("ref"), GITHUB_BASE_REF=event.pop("base", ""),
        **{name: resolved(value, expressions) for name, value in step["env"].items()},
    )  # fmt: skip
    assert not event
    (temp / "output").touch()
    done = shell(BASH, step["run"], clone, variables)
    return done, dict(line.split("=", 1) for line in (temp / "output").read_text().splitlines())


COMMITS = ("before", "merge_base")
PULL = {"name": "pull_request", "ref": "refs/pull/1/merge", "base": "main"}
PUSH = {"name": "push", "ref": "refs/heads/feature", "before": NONE}
PUSH_MAIN = {**PUSH, "ref": "refs/heads/main"}
EVENTS = [
    # what happened, commit checked out, what GitHub says of it, what is found, is the report uploaded
    ("pull request", "merged", PULL, BRANCH, True),
    ("pull request, its head", "feature", PULL, BRANCH, True),
    ("pull request, base not there", "merged", {**PULL, "base": "x"}, ALL, True),
    ("pull_request_target", "main", {**PULL, "name": "pull_request_target", "ref": "refs/heads/main"}, ALL, True),
    ("merge queue", "merged", {"name": "merge_group", "ref": "refs/heads/q", "merge_base": "main"}, BRANCH, True),
    ("push", "feature", {**PUSH, "before": "before"}, {"new"}, True),
    ("push of a new branch", "feature", PUSH, BRANCH, True),
    ("forced push", "feature", {**PUSH, "before": GONE}, BRANCH, True),
    ("push back to an older commit", "began", {**PUSH, "before": "feature"}, ALL, True),
    ("push to main", "main", {**PUSH_MAIN, "before": "first"}, set(), False),
    ("first push to main", "main", PUSH_MAIN, ALL, True),
    ("forced push to main", "main", {**PUSH_MAIN, "before": GONE}, ALL, True),
    ("tag", "main", {**PUSH, "ref": "refs/tags/v1"}, ALL, True),
    ("schedule", "main", {"name": "schedule", "ref": "refs/heads/main"}, ALL, True),
    ("by hand", "feature", {"name": "workflow_dispatch", "ref": "refs/heads/feature"}, ALL, True),
]


@pytest.mark.parametrize(
    ("commit", "event", "found", "upload"), [row[1:] for row in EVENTS], ids=[row[0] for row in EVENTS]
)
def test_github(
    commit: str, event: dict[str, str], found: Collection[str], upload: bool, origin: Upstream, tmp_path: Path
) -> None:
    """An event is judged by what it brings in, everything is where that cannot be told, and the status is stanch's."""
    clone = origin.clone(tmp_path / "clone", origin.commits[commit])
    event = {key: origin.commits.get(value, value) if key in COMMITS else value for key, value in event.items()}
    done, outputs = github(clone, tmp_path / "temp", **event)
    assert done.returncode == (1 if found else 0), done.stdout + done.stderr
    assert sarif(Path(outputs["sarif"])) == found
    assert outputs["upload"] == str(upload).lower()
    assert bool(outputs["revisions"]) is (found != ALL)
    assert done.stdout.count("::error ") == len(found)


def test_github_shallow(origin: Upstream, tmp_path: Path) -> None:
    """In a shallow clone, what is missing would be passed over in silence: the action says what to change."""
    clone = origin.clone(tmp_path / "clone", origin.commits["feature"], "--depth=1")
    done, outputs = github(clone, tmp_path / "temp", **PUSH)
    assert (done.returncode, outputs) == (2, {})
    assert "fetch-depth: 0" in done.stdout


def test_github_without_a_checkout(tmp_path: Path) -> None:
    """Where nothing is checked out, nothing is scanned, and that is an error."""
    (tmp_path / "clone").mkdir()
    done, outputs = github(tmp_path / "clone", tmp_path / "temp", **PUSH)
    assert (done.returncode, outputs) == (2, {})
    assert "actions/checkout" in done.stdout


@pytest.mark.parametrize(
    ("inputs", "status"),
    [
        ({"fail-on": "any"}, 1),
        ({"fail-on": "never"}, 0),
        ({"fail-on": "never", "args": "--max-size 1"}, 3),
        ({"fail-on": "any", "args": "--max-size 1"}, 3),
        ({"fail-on": "sometimes"}, 2),
        ({"fail-on": "never", "args": "--no-such-option"}, 2),
        ({"args": "--disable-rule\n  github-pat-classic --disable-rule generic-key"}, 0),
        ({"args": "-f text"}, 2),
    ],
)
def test_github_inputs(inputs: dict[str, str], status: int, origin: Upstream, tmp_path: Path) -> None:
    """Findings may pass where they shall; wrong usage and what could not be scanned never do."""
    clone = origin.clone(tmp_path / "clone", origin.commits["feature"])
    done, outputs = github(clone, tmp_path / "temp", inputs, **PUSH)
    assert done.returncode == status, done.stdout + done.stderr
    assert bool(outputs) is (status != 2)


def test_github_never_passes_an_incomplete_scan(origin: Upstream, tmp_path: Path) -> None:
    """Where findings may pass, what could not be scanned beside them still may not."""
    clone = origin.clone(tmp_path / "clone", origin.commits["main"])
    inputs = {"fail-on": "never", "args": "--max-size 1"}
    done, outputs = github(clone, tmp_path / "temp", inputs, name="schedule", ref="refs/heads/main")
    assert sarif(Path(outputs["sarif"])) == {"tag"}
    assert done.returncode == 3


def test_github_writes_where_it_is_told(origin: Upstream, tmp_path: Path) -> None:
    """`sarif` names the file, and more reports can be had beside it."""
    clone = origin.clone(tmp_path / "clone", origin.commits["feature"])
    done, outputs = github(clone, tmp_path / "temp", {"sarif": "out.sarif", "args": "-f json -o out.json"}, **PUSH)
    assert outputs["sarif"] == "out.sarif"
    assert sarif(clone / "out.sarif") == BRANCH
    assert len(json.loads((clone / "out.json").read_text())["findings"]) == 2
    assert done.stdout.endswith("2 findings (2 high)\n")


def test_the_upload_follows_a_scan_that_failed() -> None:
    """Findings fail the scan's step; the report is uploaded all the same, unless there is none or nobody wants it."""
    assert GITHUB_STEPS["upload"]["if"].startswith("${{ !cancelled() && ")
    assert "inputs.upload == 'true'" in GITHUB_STEPS["upload"]["if"]
    assert list(GITHUB_STEPS)[-2:] == ["scan", "upload"]


def test_inputs_are_used() -> None:
    """Every input is used by a step, every one that a step uses exists, and each says what it is for."""
    text = json.dumps(ACTION["runs"])
    assert {name for name in ACTION["inputs"] if f"inputs.{name}" not in text} == set()
    assert all(value["description"] and "default" in value for value in ACTION["inputs"].values())


@pytest.mark.slow
def test_github_installs(tmp_path: Path) -> None:
    """The install step makes a stanch that runs, from a folder where a module of the checkout's would be in its way."""
    step = GITHUB_STEPS["install"]
    expressions = {"steps.python.outputs.python-path": sys.executable, "runner.temp": str(tmp_path)}
    # Without a network: what stanch needs to be built and to run is taken from where these tests run.
    packages = [path for path in sys.path if path.endswith("site-packages")]
    variables = environment(
        GITHUB_ACTION_PATH=str(ROOT), PIP_NO_DEPS="1", PIP_NO_BUILD_ISOLATION="0", PIP_NO_INDEX="1",
        **{name: resolved(value, expressions) for name, value in step["env"].items()},
    )  # fmt: skip
    variables["PYTHONPATH"] = ":".join(packages)
    done = shell(BASH, step["run"], Path(resolved(step["working-directory"], expressions)), variables)
    assert done.returncode == 0, done.stderr
    told = subprocess.run(
        [tmp_path / "stanch/bin/stanch", "rules", "check"], env=variables, capture_output=True, text=True
    )
    assert told.stdout.endswith(" rules, 0 problems\n")


GITLAB = read("templates/gitlab-ci.yml")["stanch"]
REPORT = GITLAB["artifacts"]["reports"]["secret_detection"]
MERGE = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "main"}
GITLAB_PUSH = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "feature"}
MAIN = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"}
PIPELINES = [
    # what happened, commit checked out, what GitLab says of it, what is found; None: no report for GitLab
    ("merge request", "feature", MERGE, BRANCH),
    ("merge request, merged", "merged", {**MERGE, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": "main"}, BRANCH),
    ("merge request, base not there", "feature", {**MERGE, "CI_MERGE_REQUEST_DIFF_BASE_SHA": GONE}, ALL),
    ("push", "feature", {**GITLAB_PUSH, "CI_COMMIT_BEFORE_SHA": "before"}, {"new"}),
    ("push of a new branch", "feature", {**GITLAB_PUSH, "CI_COMMIT_BEFORE_SHA": NONE}, BRANCH),
    ("forced push", "feature", {**GITLAB_PUSH, "CI_COMMIT_BEFORE_SHA": GONE}, BRANCH),
    ("push to main", "main", {**MAIN, "CI_COMMIT_BEFORE_SHA": "first"}, None),
    ("first push to main", "main", {**MAIN, "CI_COMMIT_BEFORE_SHA": NONE}, ALL),
    ("tag", "main", {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_TAG": "v1", "CI_COMMIT_BEFORE_SHA": NONE}, ALL),
    ("schedule", "feature", {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "feature"}, ALL),
]


@pytest.mark.parametrize(
    ("commit", "variables", "found"), [row[1:] for row in PIPELINES], ids=[row[0] for row in PIPELINES]
)
def test_gitlab(
    commit: str, variables: dict[str, str], found: set[str] | None, origin: Upstream, tmp_path: Path
) -> None:
    """A pipeline is judged by what it is for, also in the plainest shell, and GitLab's report tells the same."""
    clone = origin.clone(tmp_path / "clone", origin.commits[commit])
    given = {name: origin.commits.get(value, value) if "SHA" in name else value for name, value in variables.items()}
    done = shell(["sh", "-e", "-c"], "\n".join(GITLAB["script"]), clone, environment(CI_DEFAULT_BRANCH="main", **given))
    assert done.returncode == (1 if found else 0), done.stdout + done.stderr
    assert (clone / REPORT).exists() is (found is not None)
    if found is not None:
        entries = json.loads((clone / REPORT).read_text())["vulnerabilities"]
        assert {NAMES[entry["id"]] for entry in entries} == found
        assert f"{len(found)} finding" in done.stdout


AZURE = {step.get("displayName", "checkout"): step for step in read("templates/azure-pipelines.yml")["steps"]}
REQUEST = {"BUILD_REASON": "PullRequest", "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"}
BUILDS = [
    # what happened, commit checked out, what Azure says of it, what is found
    ("pull request", "merged", REQUEST, BRANCH),
    ("pull request on GitHub", "merged", {**REQUEST, "SYSTEM_PULLREQUEST_TARGETBRANCH": "main"}, BRANCH),
    ("pull request, base not there", "merged", {**REQUEST, "SYSTEM_PULLREQUEST_TARGETBRANCH": "x"}, ALL),
    ("push", "feature", {"BUILD_REASON": "IndividualCI"}, ALL),
    ("schedule", "main", {"BUILD_REASON": "Schedule"}, ALL),
]


@pytest.mark.parametrize(("commit", "variables", "found"), [row[1:] for row in BUILDS], ids=[row[0] for row in BUILDS])
def test_azure(commit: str, variables: dict[str, str], found: set[str], origin: Upstream, tmp_path: Path) -> None:
    """A pull request is judged by what it brings in, everything else as a whole, and the published folder has it."""
    clone = origin.clone(tmp_path / "clone", origin.commits[commit])
    staging = {"BUILD_ARTIFACTSTAGINGDIRECTORY": str(tmp_path / "a b")}
    script = AZURE["Scan for credentials"]["bash"]
    done = shell(["bash", "--noprofile", "--norc", "-c"], script, clone, environment(**variables, **staging))
    assert done.returncode == 1, done.stdout + done.stderr
    assert sarif(tmp_path / "a b/stanch/stanch.sarif") == found
    publish = AZURE["Publish the report"]
    assert publish["inputs"]["PathtoPublish"] == "$(Build.ArtifactStagingDirectory)/stanch"
    assert publish["inputs"]["ArtifactName"] == "CodeAnalysisLogs"
    assert publish["condition"] == "succeededOrFailed()"


SCRIPTS = {"gitlab": "\n".join(GITLAB["script"]), "azure": AZURE["Scan for credentials"]["bash"]}
INSTALLS = {"gitlab": "\n".join(GITLAB["before_script"]), "azure": AZURE["Install stanch"]["bash"]}
SOME = {
    "CI_PIPELINE_SOURCE": "push",
    "CI_DEFAULT_BRANCH": "main",
    "BUILD_REASON": "Manual",
    "BUILD_ARTIFACTSTAGINGDIRECTORY": "out",
}


@pytest.mark.parametrize("server", SCRIPTS)
def test_shallow(server: str, origin: Upstream, tmp_path: Path) -> None:
    """The templates ask for a whole clone, and stop where they get none."""
    clone = origin.clone(tmp_path / "clone", origin.commits["feature"], "--depth=1")
    done = shell(BASH, SCRIPTS[server], clone, environment(**SOME))
    assert done.returncode == 2
    assert "shallow" in done.stderr
    assert (GITLAB["variables"]["GIT_DEPTH"], AZURE["checkout"]["fetchDepth"]) == ("0", 0)


@pytest.mark.parametrize("server", [*SCRIPTS, "github"])
def test_somebody_elses_checkout(server: str, origin: Upstream, tmp_path: Path) -> None:
    """In a container the checkout belongs to another user; git's refusal is not taken for a clone without commits."""
    clone = origin.clone(tmp_path / "clone", origin.commits["feature"])
    before = origin.commits["before"]
    variables = environment(
        **SOME, CI_COMMIT_BRANCH="feature", CI_COMMIT_BEFORE_SHA=before,
        GITHUB_EVENT_NAME="push", GITHUB_REF="refs/heads/feature", BEFORE=before, DEFAULT_BRANCH="main",
        GITHUB_ACTION_PATH=str(ROOT), GITHUB_OUTPUT=str(tmp_path / "output"), RUNNER_TEMP=str(runner(tmp_path / "t")),
        ARGS="", FAIL_ON="any", SARIF="", GIT_TEST_ASSUME_DIFFERENT_OWNER="1",
    )  # fmt: skip
    done = shell(BASH, SCRIPTS.get(server, GITHUB_STEPS["scan"]["run"]), clone, variables)
    scanned = "everything" if server == "azure" else f"{before}..HEAD"
    assert done.stdout.startswith(f"stanch scans {scanned}\n"), done.stdout + done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize("server", SCRIPTS)
@pytest.mark.parametrize(
    ("arguments", "status"),
    [("--max-size 1 --disable-rule github-pat-classic --disable-rule generic-key", 3), ("--only-rule nothing", 2)],
)
def test_status(server: str, arguments: str, status: int, origin: Upstream, tmp_path: Path) -> None:
    """The job ends as stanch does, and arguments of one's own are passed on."""
    clone = origin.clone(tmp_path / "clone", origin.commits["feature"])
    done = shell(BASH, SCRIPTS[server], clone, environment(**SOME, STANCH_ARGS=arguments))
    assert done.returncode == status, done.stdout + done.stderr


@pytest.mark.parametrize("server", INSTALLS)
def test_what_to_install_must_be_said(server: str, tmp_path: Path) -> None:
    """No package is guessed: who does not say what pip installs is told to."""
    done = shell(BASH, INSTALLS[server], tmp_path, environment())
    assert done.returncode != 0
    assert "STANCH_SOURCE: set it to what pip is to install" in done.stderr


DOCUMENT = ROOT / "docs/ci.md"


def test_the_document_is_right_about_the_action() -> None:
    """Its workflow checks out a whole clone, has the permissions, and gives inputs that there are."""
    workflow, *_ = (yaml.safe_load(block) for block in code(DOCUMENT, "yaml"))
    checkout, stanch = workflow["jobs"]["stanch"]["steps"]
    assert checkout["with"]["fetch-depth"] == 0
    assert workflow["permissions"] == {"contents": "read", "security-events": "write", "actions": "read"}
    assert set(stanch["with"]) <= set(ACTION["inputs"])
    table = DOCUMENT.read_text("utf-8").partition("| input |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE) == list(ACTION["inputs"])


def test_the_document_is_right_about_the_templates() -> None:
    """Every variable that it sets is one that the templates read, and the job it changes is the template's."""
    _, gitlab, azure = (yaml.safe_load(block) for block in code(DOCUMENT, "yaml"))
    for snippet, template in ((gitlab, "gitlab-ci.yml"), (azure, "azure-pipelines.yml")):
        text = (ROOT / "templates" / template).read_text("utf-8")
        assert [name for name in snippet["variables"] if f"${{{name}" not in text] == []
    assert set(gitlab) - {"include", "variables"} == set(read("templates/gitlab-ci.yml"))
    assert gitlab["include"][0]["file"] == "/templates/gitlab-ci.yml"
