"""Templates: what they are made of, and what a value must be where it goes."""

from __future__ import annotations

import re

import pytest

from stanch.model import mask
from stanch.verify import templates
from stanch.verify.templates import Hole, Missing, Quoting, Unfit

VALUES = {"secret": b"a b/c", "acme-id": b"id", "shop": b"My-Shop", "odd": b"a\r\nb", "raw": b"\xff", "up": b".."}

FILLED = [
    # template, quoting, what comes out
    ("no holes", templates.text, "no holes"),
    ("{{ me {{ id }} }}", templates.text, "{ me { id } }"),
    ("{{{secret}}}", templates.text, "{a b/c}"),
    ("a{acme-id}b{acme-id}", templates.header, "aidbid"),
    ("{secret|base64}", templates.header, "YSBiL2M="),
    ("{secret}", templates.path, "a%20b%2Fc"),
    ("{secret|path}", templates.path, "a%20b/c"),
    ("{secret}", templates.query, "a%20b%2Fc"),
    ("{raw}", templates.query, "%FF"),
    ("{shop}.example.com", templates.host, "my-shop.example.com"),
]
UNFIT = [
    # template, quoting, why
    ("{odd}", templates.header, "header"),
    ("{raw}", templates.text, "UTF-8"),
    ("{raw}", templates.header, "header"),
    ("{up}", templates.path, "path"),
    ("{odd|path}/x", templates.path, None),
    ("{up|path}/x", templates.path, "path"),
    ("{secret}", templates.host, "host"),
    ("{up}", templates.host, "host"),
]
WRONG = [
    # template, what the error says
    ("{", "lone {"),
    ("a}b", "lone }"),
    ("{}", "neither secret"),
    ("{a b}", "neither secret"),
    ("{secret|rot13}", "no such filter; there are base64, path"),
    ("{secret|}", "no such filter"),
    ("{a{b}}", "lone {"),
    ("{secret.__class__}", "neither secret"),
]


@pytest.mark.parametrize(("template", "quoting", "text"), FILLED)
def test_filled(template: str, quoting: Quoting, text: str) -> None:
    """A value goes where its name stands, quoted as the place demands."""
    assert templates.filled(template, VALUES, quoting) == text


@pytest.mark.parametrize(("template", "quoting", "why"), UNFIT)
def test_unfit(template: str, quoting: Quoting, why: str | None) -> None:
    """A value that would be more than a value there is refused, or quoted; the error does not hold it."""
    if why is None:
        assert templates.filled(template, VALUES, quoting) == "a%0D%0Ab/x"
        return
    with pytest.raises(Unfit, match=why) as caught:
        templates.filled(template, VALUES, quoting)
    assert "b/c" not in str(caught.value)


@pytest.mark.parametrize(("template", "says"), WRONG)
def test_wrong(template: str, says: str) -> None:
    """What is no template is told with why."""
    with pytest.raises(ValueError, match=re.escape(says)):
        list(templates.parsed(template))


def test_missing() -> None:
    """A value that nobody has is named."""
    with pytest.raises(Missing, match=r"^other-id$"):
        templates.filled("{secret}{other-id}", VALUES, templates.text)


def test_holes() -> None:
    """The holes of a template come in its order, with their filters."""
    assert list(templates.holes("{{a}} {secret|base64}:{acme-id}")) == [Hole("secret", "base64"), Hole("acme-id")]


def test_masked() -> None:
    """What is shown has masked values only, and nothing of what a filter makes."""
    values = {"secret": bytes(range(97, 117))}
    shown = templates.masked("a={secret}&b={secret|base64}", values)
    assert shown == f"a={mask(values['secret'])}&b=…"
    assert values["secret"].decode() not in shown
