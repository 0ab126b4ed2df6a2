"""A plan written down: as text for people, and as JSON, schema 1 (docs/fix.md). Neither holds a secret."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from stanch.model import mask
from stanch.remediate import diff
from stanch.remediate.forms import pieces, written
from stanch.remediate.model import End, LiveMove, Move, Patch, Plan, Policy, Reference
from stanch.remediate.plan import ready
from stanch.report.place import spot
from stanch.report.veil import plain

SCHEMA = 1
WIDTH = 100
_INDENT = " " * 11
_ENDS = {End.IDENTITY: "identity", End.VAULT: "vault", End.MANUAL: "manual"}


def text(plan: Plan, policies: tuple[Policy, ...]) -> str:
    """Return the plan for people; `policies` are those that stanch itself needs to carry it out."""
    hide = hiding(plan)
    lines: list[str] = []
    for move in told(plan):
        lines += [*_block(move, hide), ""]
    for live in plan.live:
        lines += [*_live_block(live, hide), ""]
    files = diff.diffs(plan)
    for file in files:
        body = diff.header(file).splitlines() + [line.rstrip(b"\n") for hunk in file.hunks for line in hunk]
        lines += [plain(hide(line.decode("utf-8", "surrogateescape"))) for line in body]
    lines += [""] if files else []
    lines.append(_summary(plan, len(files)))
    if policies:
        lines += ["", "To carry it out, stanch needs no more than this (and --policies says who else needs what):"]
        lines += policy_lines(policies)
    return "\n".join(lines) + "\n"


def told(plan: Plan) -> list[Move]:
    """Return the moves but those that say no more than that a deployed function holds what no file does."""
    live = {move.finding.fingerprint for move in plan.live}
    return [move for move in plan.moves if move.places or move.finding.fingerprint not in live]


def hiding(plan: Plan) -> Callable[[str], str]:
    """Return a function that masks the plan's secrets in a text, the longest first, in each form that files have."""
    words: dict[str, str] = {}
    for move in plan.moves:
        masked = move.finding.masked
        for secret in filter(None, (move.finding.secret, *(raw for _, raw in written(move.value)))):
            shown = masked if secret == move.finding.secret else mask(secret)
            words[secret.decode("utf-8", "surrogateescape")] = shown
        for piece in (piece for cuts in move.cuts for piece in pieces(move.value, cuts)):
            words[piece.decode("utf-8", "surrogateescape")] = mask(piece)
    ordered = sorted(words.items(), key=lambda item: -len(item[0]))

    def hide(text: str) -> str:
        for word, masked in ordered:
            text = text.replace(word, masked)
        return text

    return hide


def _block(move: Move, hide: Callable[[str], str]) -> Iterator[str]:
    """Yield what is said of one move."""
    finding = move.finding
    yield plain(hide(f"{_ENDS[move.end]:9}  {finding.name} {finding.masked} in {where(move)}"))
    yield from _sentence(hide(move.why))
    if move.reference and move.reference.store != "none":
        yield from _sentence(f"{stored(move.reference)}, in the environment {move.reference.env}")
    for patch in move.patches:
        yield from _sentence(hide(f"patch: {patch.note}"))
    for place in move.unpatched:
        yield from _sentence(hide(f"not patched: {place.path}:{place.line}: {place.why}"))
    yield from map(hide, numbered(move.after))


def _live_block(move: LiveMove, hide: Callable[[str], str]) -> Iterator[str]:
    """Yield what is said of one setting of a deployed function."""
    finding, reference = move.finding, move.reference
    where = move.setting.place if move.setting else ", ".join(move.versions)
    yield plain(hide(f"{'live':9}  {finding.name} {finding.masked} in {where}"))
    if move.why:
        yield from _sentence(hide(f"not changed: {move.why}"))
    if reference and move.note:
        yield from _sentence(hide(f"{_CONSENT}: {move.note}"))
        yield from _sentence(stored(reference))
    yield from map(hide, numbered(move.after))


_CONSENT = "it runs, so with --live only"


def numbered(steps: Sequence[str]) -> Iterator[str]:
    """Yield steps as lines of text with their numbers."""
    for number, step in enumerate(steps, 1):
        yield from _sentence(f"{number}. {step}")


def where(move: Move) -> str:
    """Return where a move's secret stands now, or stood."""
    if not move.places:
        return spot(move.finding.locations[0])
    more = f" and {count(len(move.places) - 1, 'more place')}" if len(move.places) > 1 else ""
    return f"{move.places[0].path}:{move.places[0].line}{more}"


def stored(reference: Reference) -> str:
    """Return a store, and the name in it."""
    vault = f" in {reference.vault}" if reference.vault else ""
    return f"{reference.store}: {reference.name}{vault}"


def _sentence(words: str) -> list[str]:
    return textwrap.wrap(
        plain(words), WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _summary(plan: Plan, files: int) -> str:
    if not plan.moves and not plan.live:
        return "nothing to move"
    ends = [move.end for move in told(plan)]
    counted = [f"{ends.count(end)} {word}" for end, word in _ENDS.items() if end in ends]
    counted += [f"{len(plan.live)} live"] if plan.live else []
    applied = sum(map(ready, plan.moves))
    aside = f"; {plan.aside} public or accepted, not moved" if plan.aside else ""
    changed = sum(not move.why for move in plan.live)
    live = f", with --live {count(changed, 'change')} of deployed functions" if plan.live else ""
    patched = f"{count(files, 'file')} to patch{aside}"
    return f"{', '.join(counted)}; {patched}; --apply makes {count(applied, 'move')}{live}"


def count(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def policy_lines(policies: tuple[Policy, ...]) -> Iterator[str]:
    """Yield policies as text."""
    for policy in policies:
        yield f"# {plain(policy.title)}"
        yield from (f"# {note}" for note in policy.notes)
        yield plain(policy.command) if policy.command else json.dumps(policy.document, indent=2)


def json_text(plan: Plan, policies: tuple[Policy, ...]) -> str:
    """Return the plan as JSON, ASCII only."""
    hide = hiding(plan)
    return json.dumps(_masked(plan_object(plan, policies), hide), indent=2) + "\n"


def _masked(value: Any, hide: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, dict):
        return {key: _masked(item, hide) for key, item in value.items()}
    return [_masked(item, hide) for item in value] if isinstance(value, list) else value


def plan_object(plan: Plan, policies: tuple[Policy, ...]) -> dict[str, Any]:
    """Return the object of a plan."""
    return {
        "schema": SCHEMA,
        "moves": [_move_object(move) for move in plan.moves],
        "aside": plan.aside,
        "live": [_live_object(move) for move in plan.live],
        "policies": [_policy_object(policy) for policy in policies],
    }


def _move_object(move: Move) -> dict[str, Any]:
    finding, reference = move.finding, move.reference
    return {
        "fingerprint": finding.fingerprint,
        "rule": finding.rule,
        "name": finding.name,
        "masked": finding.masked,
        "places": [place._asdict() for place in move.places],
        "end": move.end.value,
        "why": move.why,
        "applied": ready(move),
        "reference": reference._asdict() if reference else None,
        "patches": [_patch_object(patch) for patch in move.patches],
        "files": [
            {
                "path": change.path,
                "created": change.before is None,
                "edits": [
                    {"start": edit.start, "end": edit.end, "text": edit.text.decode("utf-8", "backslashreplace")}
                    for edit in change.edits
                ],
            }
            for change in move.changes
        ],
        "unpatched": [place._asdict() for place in move.unpatched],
        "policies": [_policy_object(policy) for policy in move.policies],
        "after": list(move.after),
    }


def _live_object(move: LiveMove) -> dict[str, Any]:
    finding = move.finding
    return {
        "fingerprint": finding.fingerprint,
        "rule": finding.rule,
        "name": finding.name,
        "masked": finding.masked,
        "place": move.setting.place if move.setting else None,
        "action": None if move.why else move.action.value,
        "why": move.why,
        "note": move.note,
        "reference": move.reference._asdict() if move.reference else None,
        "versions": list(move.versions),
        "policies": [_policy_object(policy) for policy in move.policies],
        "after": list(move.after),
    }


def _patch_object(patch: Patch) -> dict[str, Any]:
    files = list(dict.fromkeys(edit.path for edit in patch.edits))
    return {"files": files, "note": patch.note, "complete": patch.complete, "left": list(patch.left)}


def _policy_object(policy: Policy) -> dict[str, Any]:
    return {
        "title": policy.title,
        "kind": policy.kind,
        "document": policy.document,
        "command": policy.command,
        "notes": list(policy.notes),
    }
