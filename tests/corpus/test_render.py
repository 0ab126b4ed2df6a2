"""The corpus: templates become files, and every label says where what stands."""

from __future__ import annotations

import base64
import json
import re
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from render import Label, corpus_samples, corpus_syntaxes, main, render
from stanch.regexes import compiled
from stanch.rules import Rule, Ruleset, parse
from strategies import ruleset, secret_span

PACK = """
[[rules]]
id = "made-up-token"
name = "Made-up token"
provider = "Nobody"
category = "saas"
keywords = ["mdup_"]
pattern = '''\\bmdup_(?P<secret>[a-z0-9]{20})\\b'''

[[rules]]
id = "made-up-key"
name = "Made-up key"
provider = "Nobody"
category = "saas"
context = ["madeup"]
value = '''-----BEGIN [A-Z]{5}-----\\n[a-f]{16}\\n-----'''
"""
MADE_UP = Ruleset(tuple(parse(PACK, "made-up.toml")), "made-up")


def drawn(template: str, seed: int = 1, rule: Rule | None = None) -> tuple[bytes, list[Label]]:
    """Render with the made-up rules."""
    return render(template, Random(seed), MADE_UP, rule)


@pytest.mark.parametrize(
    ("template", "text", "kind", "rule"),
    [
        ("x {{rule:made-up-token}} y", rb"x mdup_(?P<label>[a-z0-9]{20}) y", "secret", "made-up-token"),
        ("x {{hex:8}} y", rb"x (?P<label>[0-9a-f]{8}) y", "secret", None),
        ("x {{password}} y", rb"x (?P<label>\S{16}) y", "secret", None),
        ("x {{sha1}} y", rb"x (?P<label>[0-9a-f]{40}) y", "look-alike", None),
        ("x {{not:hex:16}} y", rb"x (?P<label>[0-9a-f]{16}) y", "look-alike", None),
        ("x {{={{resolve:ssm:/a}}=}} y", rb"x (?P<label>\{\{resolve:ssm:/a\}\}) y", "look-alike", None),
        ("x {{=${A}=}} y", rb"x (?P<label>\$\{A\}) y", "look-alike", None),
        ("é {{hex:8}}", "é (?P<label>[0-9a-f]{8})".encode(), "secret", None),
        ("k: {{rule:made-up-key|escaped}}", rb"k: (?P<label>-----[^\n]+)", "secret", "made-up-key"),
        (
            "  {{rule:made-up-key|indented}}",
            rb"  (?P<label>\S[^\n]+\n  [a-f]+\n  -----)",
            "secret",
            "made-up-key",
        ),
    ],
)
def test_placeholder(template: str, text: bytes, kind: str, rule: str | None) -> None:
    """A placeholder becomes what it names, and its label covers exactly that."""
    data, labels = drawn(template)
    found = re.fullmatch(text, data)
    assert found
    assert labels == [Label(*found.span("label"), kind, rule)]


def test_base64_keeps_the_label() -> None:
    """`b64:` encodes the whole text of a rule's example; the label stays the rule's."""
    data, [label] = drawn("{{b64:rule:made-up-token}}")
    assert base64.b64decode(data[label.start : label.end]).startswith(b"mdup_")
    assert label.rule == "made-up-token"


def test_tags_repeat_a_value() -> None:
    """The same tag is the same value; without a tag each one is drawn anew."""
    data, labels = drawn("{{hex:8#a}} {{hex:8}} {{hex:8#a}}")
    first, second, third = data.split()
    assert first == third != second
    assert len(labels) == 3


def test_a_name_is_the_same_throughout() -> None:
    """All styles of `{{name}}` in one template are written from the same words."""
    data, labels = drawn("{{name}} {{name|upper}} {{name|camel}}", rule=MADE_UP.by_id["made-up-key"])
    snake, upper, camel = data.decode().split()
    assert snake.startswith("madeup_")
    assert upper == snake.upper()
    assert camel.lower() == snake.replace("_", "")
    assert not labels


@pytest.mark.parametrize("template", ["{{rule:no-such-rule}}", "{{nothing}}", "{{secret}}"])
def test_unknown_placeholder(template: str) -> None:
    """A placeholder that cannot be filled is an error, not text."""
    with pytest.raises(ValueError, match="no such placeholder"):
        drawn(template)


def test_braces_of_the_host_stay() -> None:
    """What only looks like a placeholder stays as it is."""
    assert drawn("{{ .Values.x }} {{#if a}}") == (b"{{ .Values.x }} {{#if a}}", [])


def restored(text: bytes) -> bytes:
    """Undo what the filters did to newlines."""
    return text.replace(b"\\n", b"\n").replace(b"\n    ", b"\n")


def stands(rule: Rule, data: bytes, secret: bytes) -> bool:
    """Tell whether the rule's expression finds `secret` in `data`."""
    if not rule.pattern:
        return "(?P<secret>" in (rule.value or "") or secret_span(rule, secret) == (0, len(secret))
    found = compiled(rule.pattern).finditer(data, overlapped=True)
    return secret in {match["secret"] for match in found}


def unfound(rule: Rule) -> list[str]:
    """Return the syntaxes in which the expression does not find the rendered secret again."""
    missing = []
    for path, template in corpus_syntaxes().items():
        data, [label] = render(template, Random(f"{rule.id} {path}"), ruleset(), rule)
        assert (label.kind, label.rule) == ("secret", rule.id)
        secret = data[label.start : label.end]
        if not stands(rule, data, secret) and not stands(rule, restored(data), restored(secret)):
            missing.append(path)
    return missing


@pytest.mark.slow
def test_every_rule_renders_in_every_syntax() -> None:
    """Every rule's example stands in every host syntax, at its label, and its expression finds it there."""
    failing = {rule.id: missing for rule in ruleset().rules if (missing := unfound(rule))}
    assert not failing


@pytest.mark.parametrize("path", corpus_samples())
def test_sample(path: str) -> None:
    """A sample renders the same for a seed; its labels are in order, apart, and of what its rules make."""
    template = corpus_samples()[path]
    data, labels = render(template, Random(3), ruleset())
    assert (data, labels) == render(template, Random(3), ruleset())
    assert data != render(template, Random(4), ruleset())[0]
    assert all(a.end <= b.start for a, b in pairwise(labels))
    assert any(label.kind == "look-alike" for label in labels)
    for label in labels:
        assert 0 <= label.start < label.end <= len(data)
        assert label.rule is None or label.rule in ruleset().by_id
    literals = re.findall(r"\{\{=(.*?)=\}\}", template)
    assert data.decode().count("{{") == "".join(literals).count("{{")


def test_main_writes_samples_and_labels(tmp_path: Path) -> None:
    """The command writes every sample, and a line for every label."""
    assert main([str(tmp_path), "--seed", "5"]) == 0
    lines = [json.loads(line) for line in (tmp_path / "labels.jsonl").read_text("utf-8").splitlines()]
    assert {line["path"] for line in lines} == set(corpus_samples())
    for line in lines:
        data = (tmp_path / line["path"]).read_bytes()
        assert 0 < len(data[line["start"] : line["end"]]) == line["end"] - line["start"]
