"""What `stanch fix --purge-plan` and `--revoke` say, and with which status they end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from repositories import Repo
from scans import scan, token
from stanch.cli import after
from stanch.errors import UsageError
from strategies import ruleset
from verify.servers import Reply, authority, serving

GIVEN: dict[str, Any] = {
    "purge_plan": None, "revoked": False, "yes": False, "endpoints": (), "ca_bundle": None, "profile": None,
    "endpoint_url": None,
}  # fmt: skip


@pytest.fixture
def leaky(repo: Repo) -> Repo:
    """Give a repository with a token of GitHub's and one that nobody can revoke but its owner."""
    repo.commit({"a.py": b"a = '%s'\nb = '%s'\n" % (token(1), token(1, "doppler-service-token"))})
    return repo


def run(repo: Repo, **given: Any) -> int:
    """Scan, and do what the options say."""
    return after.run(scan(repo.path), ruleset(), repo.path, str(repo.path), {**GIVEN, **given})


def test_a_plan_says_what_to_run_and_what_that_does_not_do(
    leaky: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And shows no secret."""
    assert run(leaky, purge_plan=tmp_path / "purge") == 0
    said = capsys.readouterr().out
    assert f"  git -C {tmp_path}/purge/mirror.git filter-repo --sensitive-data-removal --replace-text" in said
    assert "  - Forks keep it" in said
    assert token(1).decode() not in said
    assert token(1) in (tmp_path / "purge" / "expressions.txt").read_bytes()


def test_without_yes_nothing_is_sent(leaky: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said what would be, and where a person has to go."""
    with serving(lambda _: Reply(202)) as server:
        assert run(leaky, revoked=True, endpoints=(f"github=https://localhost:{server.port}",)) == 0
        assert not server.seen
    said = capsys.readouterr().out
    assert "Would be sent: POST https://api.github.com/credentials/revoke" in said
    assert "By hand: " in said
    assert "Nothing was sent" in said


def test_what_still_stands_in_files_is_moved_first(
    leaky: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else it comes back with the next commit; what stands in history alone is ready to be purged."""
    run(leaky, purge_plan=tmp_path / "purge")
    said = capsys.readouterr().out
    assert said.startswith(
        "2 of these still stand in files: move them first (`stanch fix --apply`), commit, then purge."
    )
    leaky.commit({"a.py": b"a = '%s'\n" % token(1)})
    run(leaky, purge_plan=tmp_path / "purge")
    assert capsys.readouterr().out.startswith("1 of these still ")
    leaky.commit({"a.py": None})
    run(leaky, purge_plan=tmp_path / "purge")
    assert capsys.readouterr().out.startswith("Written, ")


ANSWERS = [(202, 0, "it is revoked for good"), (422, 1, "It is not revoked: status 422.")]


@pytest.mark.parametrize(("answer", "status", "words"), ANSWERS)
def test_with_yes_it_is_revoked(
    answer: int, status: int, words: str, leaky: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was not revoked ends with 1, and says where to do it by hand."""
    authority().cert_pem.write_to_path(tmp_path / "ca.pem")
    with serving(lambda _: Reply(answer)) as server:
        place = (f"github=https://localhost:{server.port}",)
        assert run(leaky, revoked=True, yes=True, endpoints=place, ca_bundle=tmp_path / "ca.pem") == status
        assert len(server.seen) == 1
    said = capsys.readouterr().out
    assert words in said
    assert token(1).decode() not in said


def test_wrong_usage(leaky: Repo, tmp_path: Path) -> None:
    """It is said before anything is written or sent."""
    with pytest.raises(UsageError, match="--yes is for --revoke"):
        run(leaky, yes=True)
    with pytest.raises(UsageError, match="--endpoint gitlb: nothing is revoked there; did you mean gitlab"):
        run(leaky, revoked=True, endpoints=("gitlb=https://gitlab.test",))
    with pytest.raises(UsageError, match="choose a folder outside of the repository"):
        run(leaky, purge_plan=leaky.path / "purge")
    with pytest.raises(UsageError, match="not the root of a git repository"):
        after.run(scan(leaky.path), ruleset(), tmp_path, ".", {**GIVEN, "purge_plan": tmp_path / "purge"})
