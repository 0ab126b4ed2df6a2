"""Render templates to realistic files with generated credentials, and say where each one stands.

The template language is described in corpus/README.md.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import string
import sys
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import UUID

from passwords import awkward, human, phrase, strong, weak
from stanch.examples import example, name_words, secret_span
from stanch.rules import Rule, Ruleset, load

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Label:
    """What stands at `data[start:end]` of a rendered template."""

    start: int
    end: int
    kind: str
    """`secret`, `part` (of one with its neighbours), `either` (reported or not), or `look-alike`."""
    rule: str | None = None
    """The rule that the secret was generated from; None for secrets without a format of their own."""


def corpus_syntaxes() -> dict[str, str]:
    """Return the templates with one `{{name}}` and one `{{secret}}`, by the file name that they render to."""
    return templates(HERE / "syntaxes")


def corpus_samples() -> dict[str, str]:
    """Return the templates of whole files, by the path that they render to."""
    return templates(HERE / "samples")


@cache
def templates(folder: Path) -> dict[str, str]:
    """Return the templates of a folder, by the path that they render to."""
    found = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.tmpl")}
    return {name.removesuffix(".tmpl"): found[name] for name in sorted(found)}


def render(template: str, random: Random, ruleset: Ruleset, rule: Rule | None = None) -> tuple[bytes, list[Label]]:
    """Return the rendered template and its labels, in order.

    `{{name}}` and `{{secret}}` are drawn for `rule`. Raises ValueError for a placeholder that the language
    does not have, or a rule that is not in `ruleset`.
    """
    rendering = _Rendering(random, ruleset, rule)
    position = 0
    for found in _PLACEHOLDER.finditer(template):
        rendering.out += template[position : found.start()].encode()
        rendering.put(found)
        position = found.end()
    rendering.out += template[position:].encode()
    return bytes(rendering.out), rendering.labels


_PLACEHOLDER = re.compile(
    r"\{\{(?:=(?P<literal>.*?)=|(?P<expression>[a-z0-9:-]+)(?:#(?P<tag>\w+))?(?:\|(?P<filter>\w+))?)\}\}"
)


@dataclass(frozen=True, slots=True)
class _Value:
    text: bytes
    start: int
    end: int
    kind: str | None
    rule: str | None = None


class _Rendering:
    def __init__(self, random: Random, ruleset: Ruleset, rule: Rule | None) -> None:
        self.random, self.ruleset, self.rule = random, ruleset, rule
        self.out = bytearray()
        self.labels: list[Label] = []
        self.tagged: dict[str, _Value] = {}
        self.words = name_words(rule, random)

    def put(self, found: re.Match[str]) -> None:
        value = self._value(found)
        if value.kind is None:
            self.out += value.text
            return
        apply = FILTERS[found["filter"] or "as_is"]
        indent = len(self.out) - (self.out.rfind(b"\n") + 1)
        text, begin, end = value.text, value.start, value.end
        before, secret, after = (apply(part, indent) for part in (text[:begin], text[begin:end], text[end:]))
        start = len(self.out) + len(before)
        self.out += before + secret + after
        self.labels.append(Label(start, start + len(secret), value.kind, value.rule))

    def _value(self, found: re.Match[str]) -> _Value:
        if found["literal"] is not None:
            return _whole(found["literal"].encode(), "look-alike")
        if found["expression"] == "name":
            return _whole(_styled(self.words, found["filter"]), None)
        tag = found["tag"]
        if tag is None:
            return self._drawn(found["expression"])
        if tag not in self.tagged:
            self.tagged[tag] = self._drawn(found["expression"])
        return self.tagged[tag]

    def _drawn(self, expression: str) -> _Value:
        kind, _, argument = expression.partition(":")
        if kind == "secret" and not argument and self.rule:
            return self._example(self.rule)
        if kind == "rule" and argument in self.ruleset.by_id:
            return self._example(self.ruleset.by_id[argument])
        if kind in WRAPPERS:
            return WRAPPERS[kind](self._drawn(argument))
        if kind in GENERATORS:
            label, draw = GENERATORS[kind]
            return _whole(draw(self.random, int(argument or 0)), label)
        raise ValueError(f"corpus: no such placeholder: {{{{{expression}}}}}")

    def _example(self, rule: Rule) -> _Value:
        text, _ = example(rule, self.random)
        start, end = secret_span(rule, text) or (0, len(text))
        return _Value(text, start, end, "secret", rule.id)


def _whole(text: bytes, kind: str | None, rule: str | None = None) -> _Value:
    return _Value(text, 0, len(text), kind, rule)


def _b64(value: _Value) -> _Value:
    return _whole(base64.b64encode(value.text), value.kind, value.rule)


def _labelled(kind: str) -> Callable[[_Value], _Value]:
    return lambda value: _Value(value.text, value.start, value.end, kind, value.rule)


def _from(alphabet: str, size: int) -> Callable[[Random, int], bytes]:
    return lambda random, wanted: "".join(random.choices(alphabet, k=wanted or size)).encode()


_HEX = "0123456789abcdef"
_CRYPT = "./" + string.digits + string.ascii_letters
_PEOPLE = ("amaurer", "c.okafor", "deploy-bot", "jlindqvist", "m.tanaka", "svc_reports", "tbeaumont", "build")
_HOSTS = ("db", "api", "jobs")
_PLACEHOLDERS = ("changeme", "your-token-here", "<your-api-key>", "xxxxxxxxxxxx", "REPLACE_ME", "********")


def _password(random: Random, size: int) -> bytes:
    """Draw letters and digits, and two other characters that no host syntax gives a meaning."""
    letters = random.choices(string.ascii_letters + string.digits, k=(size or 16) - 2)
    for extra in random.choices("-_.!*+~", k=2):
        letters.insert(random.randrange(1, len(letters)), extra)
    return "".join(letters).encode()


def _basic(random: Random, _size: int) -> bytes:
    return base64.b64encode(random.choice(_PEOPLE).encode() + b":" + _password(random, 14))


def _dockerconfigjson(random: Random, size: int) -> bytes:
    """Draw what Kubernetes keeps of a registry's login: base64 in JSON in base64."""
    auths = {"auths": {"registry.example.net": {"auth": _basic(random, size).decode()}}}
    return base64.b64encode(json.dumps(auths).encode())


def _placeholder(random: Random, _size: int) -> bytes:
    return random.choice(_PLACEHOLDERS).encode()


def _uuid(random: Random, _size: int) -> bytes:
    return str(UUID(int=random.getrandbits(128), version=4)).encode()


def _integrity(random: Random, _size: int) -> bytes:
    return b"sha512-" + base64.b64encode(random.randbytes(64))


def _encrypted(random: Random, _size: int) -> bytes:
    data, iv, tag = (base64.b64encode(random.randbytes(n)).decode() for n in (24, 32, 16))
    return f"ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:str]".encode()


def _vault(random: Random, _size: int) -> bytes:
    lines = ["$ANSIBLE_VAULT;1.1;AES256", *("".join(random.choices(string.digits, k=80)) for _ in range(4))]
    return "\n".join(lines).encode()


def _certificate(random: Random, _size: int) -> bytes:
    text = base64.b64encode(b"\x30\x82\x02\x5c\x30\x82\x01\xc5" + random.randbytes(600)).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----"]).encode()


GENERATORS: dict[str, tuple[str | None, Callable[[Random, int], bytes]]] = {
    "user": (None, lambda random, _size: random.choice(_PEOPLE).encode()),
    "host": (None, lambda random, _size: f"{random.choice(_HOSTS)}-{random.randint(1, 40)}".encode()),
    "account": (None, _from(string.digits, 12)),
    "password": ("secret", _password),
    "human": ("secret", human),
    "weak": ("secret", weak),
    "phrase": ("secret", phrase),
    "strong": ("secret", strong),
    "awkward": ("secret", awkward),
    "hex": ("secret", _from(_HEX, 32)),
    "alnum": ("secret", _from(string.ascii_letters + string.digits, 32)),
    "base64": ("secret", lambda random, size: base64.b64encode(random.randbytes(size or 32))),
    "base64url": ("secret", lambda random, size: base64.urlsafe_b64encode(random.randbytes(size or 32)).rstrip(b"=")),
    "basic": ("secret", _basic),
    "dockerconfigjson": ("secret", _dockerconfigjson),
    "placeholder": ("look-alike", _placeholder),
    "uuid": ("look-alike", _uuid),
    "sha1": ("look-alike", _from(_HEX, 40)),
    "sha256": ("look-alike", _from(_HEX, 64)),
    "integrity": ("look-alike", _integrity),
    "encrypted": ("look-alike", _encrypted),
    "vault": ("look-alike", _vault),
    "certificate": ("look-alike", _certificate),
    "bcrypt": ("either", lambda random, _size: b"$2b$12$" + _from(_CRYPT, 53)(random, 0)),
    "sha512crypt": ("either", lambda random, _size: b"$6$" + b"$".join(_from(_CRYPT, n)(random, 0) for n in (16, 86))),
}
"""What a placeholder draws, and how it is labelled; the number after a colon is a length."""

WRAPPERS: dict[str, Callable[[_Value], _Value]] = {
    "b64": _b64,
    "not": lambda value: _whole(value.text, "look-alike"),
    "plant": _labelled("secret"),
    "part": _labelled("part"),
    "either": _labelled("either"),
}
"""What changes the placeholder after the colon: base64 of its text, or another label."""


def _as_is(text: bytes, _indent: int) -> bytes:
    return text


def _escaped(text: bytes, _indent: int) -> bytes:
    return text.replace(b"\n", b"\\n")


def _indented(text: bytes, indent: int) -> bytes:
    return text.replace(b"\n", b"\n" + b" " * indent)


def _xml(text: bytes, _indent: int) -> bytes:
    return escape(text.decode(), quote=False).encode()


def _url(text: bytes, _indent: int) -> bytes:
    return quote(text, safe="").encode()


FILTERS = {"as_is": _as_is, "escaped": _escaped, "indented": _indented, "xml": _xml, "url": _url}
"""What is done to a value: nothing, `\\n` for newlines, or the placeholder's column after them; what XML, or the user
information of a URL, asks for."""

STYLES: dict[str, Callable[[list[str]], str]] = {
    "snake": "_".join,
    "upper": lambda words: "_".join(words).upper(),
    "kebab": "-".join,
    "dotted": ".".join,
    "camel": lambda words: words[0] + "".join(word.title() for word in words[1:]),
    "pascal": lambda words: "".join(word.title() for word in words),
}
"""How the words of a name are joined."""


def _styled(words: list[str], style: str | None) -> bytes:
    return STYLES[style or "snake"](words).encode()


def main(arguments: list[str] | None = None) -> int:
    """Render every sample into a folder, and write the labels to `labels.jsonl` in it, one a line."""
    options = argparse.ArgumentParser(description=main.__doc__)
    options.add_argument("out", type=Path, metavar="OUT_DIR")
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args(arguments)
    ruleset = load()
    lines = []
    for path, template in corpus_samples().items():
        data, labels = render(template, Random(f"{chosen.seed} {path}"), ruleset)
        target = chosen.out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        lines += [_line(path, label) for label in labels]
    (chosen.out / "labels.jsonl").write_text("".join(lines), "utf-8")
    sys.stderr.write(f"{len(corpus_samples())} files, {len(lines)} labels in {chosen.out}\n")
    return 0


def _line(path: str, label: Label) -> str:
    fields = {"path": path, "start": label.start, "end": label.end, "kind": label.kind, "rule": label.rule}
    return json.dumps(fields) + "\n"


if __name__ == "__main__":
    sys.exit(main())
