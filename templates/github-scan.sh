#!/usr/bin/env bash
# What action.yml runs: annotations in the log, SARIF in a file, and stanch's exit status.
#
# Scanned is what the event brings in. Where that cannot be told, or is nothing, everything is: for a tag, on a schedule,
# in a default branch that is new or was rewritten.
set -euo pipefail

repository() { # a container's user need not own the checkout
  git -c "safe.directory=$(pwd -P)" "$@"
}

known() { # known REVISION: print its commit; fail when the clone has none
  repository rev-parse --verify --quiet "$1^{commit}"
}

start() { # print the commit that the event starts from; fail when there is none
  case $GITHUB_EVENT_NAME:$GITHUB_REF in
    pull_request:* | pull_request_target:*) known "refs/remotes/origin/$GITHUB_BASE_REF" ;;
    merge_group:*) known "$MERGE_BASE" ;;
    # A new branch has no commit before, and after a forced push the clone does not have it.
    push:refs/heads/*) known "$BEFORE" || known "refs/remotes/origin/$DEFAULT_BRANCH" ;;
    *) false ;;
  esac
}

wrong() { # wrong MESSAGE
  echo "::error title=stanch::$1"
  exit 2
}

case $FAIL_ON in any | never) ;; *) wrong "fail-on must be any or never" ;; esac
shallow=$(repository rev-parse --is-shallow-repository) ||
  wrong "no repository here: let actions/checkout run before, without a path"
[ "$shallow" = false ] || wrong "the clone is shallow, so commits are missing: give actions/checkout fetch-depth: 0"

sarif=${SARIF:-$RUNNER_TEMP/stanch.sarif}
revisions=
upload=true
if old=$(start) && [ -n "$(repository rev-list --max-count=1 "$old..HEAD")" ]; then
  revisions="$old..HEAD"
  # Code scanning takes a report for the whole truth about a branch: a part would close what else is open there.
  if [ "$GITHUB_EVENT_NAME:$GITHUB_REF" = "push:refs/heads/$DEFAULT_BRANCH" ]; then upload=false; fi
fi
echo "stanch scans ${revisions:-everything}"

set -f # arguments are split at blanks, and nothing else happens to them
# shellcheck disable=SC2086
set -- ${revisions:+--range "$revisions"} -f sarif -o "$sarif" -f github -o - $ARGS
status=0
"$RUNNER_TEMP/stanch/bin/stanch" scan "$@" || status=$?

if [ "$status" -ne 2 ] && [ -f "$sarif" ]; then
  printf '%s\n' "sarif=$sarif" "revisions=$revisions" "upload=$upload" >>"$GITHUB_OUTPUT"
fi
if [ "$status" -eq 1 ] && [ "$FAIL_ON" = never ]; then
  status=0
  # Scanned text cannot write this line: JSON escapes its quotes.
  if grep -q '"executionSuccessful": false' "$sarif"; then status=3; fi
fi
exit "$status"
