"""What holds for every format."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stanch.errors import UsageError
from stanch.model import Companion, Fault, Location, Result, Status, Surface, Verdict, mask
from stanch.report import FINDINGS_ALONE, FORMATS, writer

from . import samples
from .samples import PASSWORD, TOKEN, finding, full, result, written

FILES = {
    "text": "report.txt",
    "json": "report.json",
    "jsonl": "report.jsonl",
    "sarif": "report.sarif",
    "csv": "report.csv",
    "junit": "report.junit.xml",
    "gitlab": "report.gitlab.json",
    "github": "report.github.log",
    "html": "report.html.json",
}


@pytest.mark.parametrize("name", FORMATS)
def test_golden(name: str, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each format writes a result with something of everything as its golden file has it."""
    monkeypatch.setenv("COLUMNS", "80")
    for clock in ("gitlab._now", "html.page.now"):
        monkeypatch.setattr(f"stanch.report.{clock}", lambda: datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC))
    text = written(name, full())
    # Of the page its data: the rest is what stands in page.html, page.css and the scripts.
    golden(FILES[name], json.dumps(page_data(text), indent=1) + "\n" if name == "html" else text)


def page_data(text: str) -> Any:
    """Return the data that a page holds."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_unknown_format() -> None:
    """A format that there is not is wrong usage, and the error names those that there are."""
    with pytest.raises(UsageError, match="'xml'; there are text, json, jsonl, sarif"):
        writer("xml")


def test_formats_load_lazily() -> None:
    """The package alone loads neither a format nor rich; the JSON report does not load rich."""
    code = (
        "import sys, stanch.report as r; assert not {'rich', 'json', 'ahocorasick'} & {*sys.modules};"
        "r.writer('json'); assert 'rich' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ":".join(sys.path)})


def strings(value: Any) -> list[str]:
    """Return all strings in a parsed JSON value."""
    if isinstance(value, dict):
        return [text for item in (*value, *value.values()) for text in strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []


def tree(text: str) -> list[str]:
    """Return all texts and values of attributes in XML."""
    elements = [*ElementTree.fromstring(text).iter()]  # noqa: S314  # our own
    return [part for element in elements for part in (element.text or "", *element.attrib.values())]


PARTS: dict[str, Callable[[str], list[str]]] = {
    "text": lambda text: [text.replace("\n", "").replace(" ", "")],
    "json": lambda text: strings(json.loads(text)),
    "jsonl": lambda text: [part for line in text.splitlines() for part in strings(json.loads(line))],
    "sarif": lambda text: strings(json.loads(text)),
    "csv": lambda text: [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row],
    "junit": tree,
    "gitlab": lambda text: strings(json.loads(text)),
    "github": lambda text: [unquote(text)],
    "html": lambda text: strings(page_data(text)),
}
"""How to read the texts in what a format writes."""


def shown(name: str, value: Result) -> str:
    """Return all text that a format writes, with the escapes of the format and of Markdown undone."""
    text = written(name, value)
    parts = PARTS[name](text)
    return "\0".join([text, *parts, *(re.sub(r"\\(\W)", r"\1", part) for part in parts)])


TEMPLATES = ["{0}", "a/{0}.txt", "{0}{0}", "Ann {0} <{1}>", "{0}{1}", "{1}…{0}", "\udcff{0}"]


def repeating(first: str, second: str, templates: list[str]) -> Result:
    """Return findings of two secrets, and both again in every text that comes from outside."""
    target, path, layer, author, detail, reason, fault = (t.format(first, second) for t in templates)
    place = Location(target, path, 1, 1, 1, 1, layers=(layer,), author=author)
    return result(
        finding(
            first.encode(),
            place,
            verdict=Verdict(Status.LIVE, detail, detail),
            companions=(_companion(second, place),),
            around=(f"{first} {second}".encode(),),
        ),
        finding(second.encode(), place, dropped=reason),
        finding(second.encode(), place),
        faults=(Fault(fault, "unreadable", reason),),
    )


def _companion(secret: str, place: Location) -> Companion:
    return Companion("r", "R", secret.encode(), mask(secret.encode()), place)


SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=16)


@given(
    st.lists(SECRETS, min_size=2, max_size=2, unique=True),
    st.lists(st.sampled_from(TEMPLATES), min_size=7, max_size=7),
    st.sampled_from(sorted(FORMATS)),
)
def test_no_raw_secret(secrets: list[str], templates: list[str], name: str) -> None:
    """No format shows a secret that it was not asked for, wherever scanned text repeats it."""
    own = shown(name, repeating("~" * 16, "^" * 16, templates))
    assume(not any(secret in own for secret in secrets))  # a key such as `artifactLocation` is no leak
    text = shown(name, repeating(*secrets, templates))
    assert not [secret for secret in secrets if secret in text]


@pytest.mark.parametrize("name", FORMATS)
def test_short_secrets_in_names(name: str) -> None:
    """A short secret found in a path or an author's name is hidden there; one found elsewhere is a word."""
    short, word = b"s3cret" + b"!x", b"admin"
    value = result(
        finding(short, Location(".", "a/s3cret!x/b", 1, 1, 1, 8, Surface.PATH)),
        finding(word, Location(".", "src/admin/c", 1, 1, 1, 5)),
    )
    text = written(name, value)
    assert short.decode() not in text
    assert "src/admin/c" in text


def test_each_is_documented() -> None:
    """docs/reports.md has a row for each format, which says whether it may show secrets and can say incomplete."""
    text = (Path(__file__).parents[2] / "docs/reports.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \|.*\| (yes|never) \| (.*) \|$", text, re.MULTILINE)
    assert [(name, secrets == "yes", "standard error" in incomplete) for name, secrets, incomplete in rows] == [
        (name, name in FOR_PEOPLE, name in FINDINGS_ALONE) for name in FORMATS
    ]


def test_the_keys_of_json_are_documented() -> None:
    """docs/reports.md names each key that a JSON report has."""
    text = (Path(__file__).parents[2] / "docs/reports.md").read_text("utf-8")
    assert {key for key in keys(json.loads(written("json", full()))) if f"`{key}`" not in text} == set()


def keys(value: Any) -> set[str]:
    """Return the keys of all objects in a parsed JSON value."""
    if isinstance(value, dict):
        return set(value).union(*map(keys, value.values()))
    return set().union(*map(keys, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("name", ["text", "csv", "junit", "github"])
@pytest.mark.parametrize("command", ["##vso[task.setvariable variable=x]y", "##[add-mask]y", "::stop-commands::y"])
def test_no_commands_from_scanned_text(name: str, command: str) -> None:
    """What is printed to a CI server's log holds no command that a file's or an author's name brought along."""
    place = Location(".", command, 1, 1, 1, 9, author=command, date="2021-03-04", commit="1" * 40)
    value = result(finding(TOKEN, place), faults=(Fault(command, "unreadable", command),))
    assert command[:15] not in written(name, value)


FOR_PEOPLE = {"text", "json", "jsonl", "csv", "html"}


@pytest.mark.parametrize("name", FORMATS)
def test_show_secrets(name: str) -> None:
    """Asked for, secrets are shown whole; what is made for a server shows none even then."""
    holds = name in FOR_PEOPLE
    text = written(name, result(finding(TOKEN), finding(PASSWORD)), show_secrets=True)
    assert (TOKEN.decode() in text) is holds
    assert ("correct-horse-battery-" in text) is holds


@pytest.mark.parametrize("name", FORMATS)
def test_companions(name: str) -> None:
    """Every format says what a secret completes; the id itself is shown like a secret."""
    place = Location("api", "src/settings.py", 77, 1, 1, 20)
    value = result(finding(TOKEN, companions=(_companion(PASSWORD.decode("latin-1"), place),)))
    assert all(part in written(name, value) for part in ("R", "77"))
    assert "horse" not in written(name, value)
    assert ("horse" in written(name, value, show_secrets=True)) is (name in FOR_PEOPLE)


@given(samples.results(), st.sampled_from(sorted(FORMATS)), st.booleans())
def test_hostile_text_is_written(value: Result, name: str, show_secrets: bool) -> None:
    """Any text in a result can be written to a strict UTF-8 stream, and no control character comes out."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", errors="strict", newline="")
    writer(name)(value, samples.RULES, out, show_secrets=show_secrets)
    out.flush()
    text = out.buffer.getvalue().decode("utf-8")  # type: ignore[attr-defined]
    if name == "csv":
        text = text.replace("\r\n", "\n")  # the line ends of RFC 4180
    assert not {c for c in text if (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066"}
