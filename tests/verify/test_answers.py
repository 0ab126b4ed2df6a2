"""Conditions on answers, JSON pointers, and what a live answer tells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stanch.verify.answers import LONGEST, Answer, Condition, identity, met, scopes

JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html; charset=utf-8"}


def answer(status: int = 200, value: Any = None, /, **headers: str) -> Answer:
    """Return an answer of JSON."""
    return Answer(status, {**JSON, **headers}, b"" if value is None else json.dumps(value).encode())


HOLDS = [
    # condition, answer, does it hold?
    (Condition(status=(200,)), answer(200), True),
    (Condition(status=(200, 201)), answer(201, {}), True),
    (Condition(status=(200,)), answer(204), False),
    (Condition(status=(200,)), Answer(200, HTML, b"<p>hello"), False),
    (Condition(status=(200,)), Answer(200, {}, b" \n<!DOCTYPE html><title>parked"), False),
    (Condition(status=(403,)), Answer(403, HTML, b"<p>blocked"), False),
    (Condition(status=(401,)), Answer(401, HTML, b"<p>log in"), True),
    (Condition(status=(401,)), Answer(401, JSON, b"{"), False),
    (Condition(status=(401,), text=("{",)), Answer(401, {}, b" ["), False),
    (Condition(status=(401,)), Answer(401, JSON, b"Unauthorized"), True),
    (Condition(status=(200,), text=("Hello",)), Answer(200, HTML, b"<p>hello"), True),
    (Condition(status=(200,), json={"/ok": True}), answer(200, {"ok": True}), True),
    (Condition(status=(200,), json={"/ok": True}), answer(200, {"ok": 1}), False),
    (Condition(json={"/n": 1}), answer(200, {"n": 1.0}), True),
    (Condition(json={"/n": 1}), answer(200, {"n": True}), False),
    (Condition(json={"/ok": True}), Answer(200, JSON, b'{"ok": true'), False),
    (Condition(json={"/a/1/b": "x"}), answer(200, {"a": [0, {"b": "x"}]}), True),
    (Condition(json={"/a~1b/~0c": 2}), answer(200, {"a/b": {"~c": 2}}), True),
    (Condition(has=("/a",)), answer(200, {"a": 0}), True),
    (Condition(has=("/a",)), answer(200, {"a": False}), True),
    (Condition(has=("/a",)), answer(200, {"a": None}), False),
    (Condition(has=("/a",)), answer(200, {"a": ""}), False),
    (Condition(has=("/a",)), answer(200, {"a": []}), False),
    (Condition(has=("/a", "/b")), answer(200, {"a": 1}), False),
    (Condition(has=("/0",)), answer(200, [1]), True),
    (Condition(has=("/1",)), answer(200, [1]), False),
    (Condition(has=("/-1",)), answer(200, [1]), False),
    (Condition(has=("/²",)), answer(200, [1, 2, 3]), False),
    (Condition(has=("/" + "9" * 50,)), answer(200, [1]), False),
    (Condition(has=("/a/b",)), answer(200, {"a": "text"}), False),
    (Condition(has=("/a",)), Answer(200, JSON, b"[" * 100_000), False),
    (Condition(has=("/a",)), Answer(200, JSON, b"\xff\xfe"), False),
    (Condition(status=(200,), header={"X-User": "me"}), answer(200, **{"x-user": "ME too"}), True),
    (Condition(status=(200,), header={"X-User": "me"}), answer(200), False),
    (Condition(status=(200,), header={"X-User": ""}), answer(200), False),
    (Condition(text=("nope", "Invalid Key")), Answer(403, {}, b"error: INVALID KEY"), True),
    (Condition(text=("nope",)), Answer(403, {}, b"x" * (64 << 10) + b"nope"), False),
    (Condition(status=(403,), text=("nope",)), Answer(404, {}, b"nope"), False),
]


@pytest.mark.parametrize(("condition", "given", "holds"), HOLDS)
def test_condition(condition: Condition, given: Answer, holds: bool) -> None:
    """All that a condition gives must hold; a page for people and broken JSON say nothing by their status."""
    assert condition.holds(given) is holds


def test_any_of_several() -> None:
    """Of several conditions one is enough."""
    conditions = (Condition(status=(401,)), Condition(status=(403,), text=("revoked",)))
    assert met(conditions, Answer(403, {}, b"revoked"))
    assert not met(conditions, Answer(403, {}, b"no right to do that"))


IDENTITIES = [
    # answer, pointers, identity
    ({"login": "me", "email": "me@example.com"}, ("/login", "/email"), "me, me@example.com"),
    ({"login": "me", "email": None}, ("/login", "/email"), "me"),
    ({"login": "me", "name": "me"}, ("/login", "/name"), "me"),
    ({"id": 7}, ("/id",), "7"),
    ({"orgs": ["a", {"b": 1}, "c"]}, ("/orgs",), "a, c"),
    ({"name": "two\n lines"}, ("/name",), "two lines"),
    ({"ok": True}, ("/ok",), None),
    ({}, ("/login",), None),
]


@pytest.mark.parametrize(("value", "pointers", "whose"), IDENTITIES)
def test_identity(value: object, pointers: tuple[str, ...], whose: str | None) -> None:
    """What pointers lead to is joined; what is missing is left out."""
    assert identity(answer(200, value), pointers) == whose


def test_a_hostile_identity() -> None:
    """An identity of any length is cut."""
    assert len(identity(answer(200, {"a": "x" * 10_000}), ("/a",)) or "") == LONGEST


def test_scopes() -> None:
    """Scopes come from a header or from the body, as a list or in one text."""
    assert scopes(answer(200, **{"x-scopes": "repo, read:org"}), header="X-Scopes", pointer=None) == "repo, read:org"
    assert scopes(answer(200, {"scope": "a b"}), header=None, pointer="/scope") == "a, b"
    assert scopes(answer(200, {"scope": ["a", "b"]}), header=None, pointer="/scope") == "a, b"
    assert scopes(answer(200, {}), header=None, pointer="/scope") is None
    assert scopes(answer(200), header="X-Scopes", pointer=None) is None
    assert scopes(answer(200), header=None, pointer=None) is None


def test_nothing_of_an_answer_prints() -> None:
    """The body may repeat the secret, so a representation does not hold it."""
    assert repr(Answer(200, {"x": "yz"}, b"yz")) == "Answer(status=200)"
