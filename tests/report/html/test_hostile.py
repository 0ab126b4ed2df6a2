"""Hostile values: whatever stands in a path, a name or a message is text, and makes nothing run or load."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from report.html.conftest import Open, until
from report.html.test_page import shown
from report.samples import FILE, RULES, TOKEN, finding, result
from stanch.model import Companion, Fault, Finding, Location, Result, Status, Verdict
from stanch.report.html import of_result, render
from stanch.report.html.links import templates, web
from stanch.report.html.page import Entry, Page, Repository

HOSTILE = [
    # a value, and how it reads where it differs
    ("</script><script>alert(1)</script>", None),
    ("</SCRIPT ><img src=x onerror=alert(1)>", None),
    ("<!--<script>", None),
    ("]]><svg onload=alert(1)>", None),
    ("\"'><iframe src=//acme.test>", None),
    ("javascript:alert(1)", None),
    ("data:text/html,<script>alert(1)</script>", None),
    ("line\u2028and\u2029paragraph", "line\\u2028and\\u2029paragraph"),
    ("abc\u202egpj.exe", "abc\\u202egpj.exe"),
    ("nul\x00esc\x1b[31m\x9b1m", "nul\\x00esc\\x1b[31m\\x9b1m"),
    ("lone \ud800 and \udcff", "lone \\ud800 and \\xff"),
    ("${alert(1)} {{alert(1)}} `alert(1)`", None),
    ("__proto__", None),
    ("constructor", None),
    ("@@SCRIPT@@", None),
    ("=cmd|' /C calc'!A0", None),
    ("اسم/ملف.env", None),
]


def hostile(*texts: str) -> Result:
    """Return a result with a finding for each text, which stands in everything that comes from outside."""
    return result(*map(_hostile, texts), faults=tuple(Fault(text, text, text) for text in texts))


def _hostile(text: str) -> Finding:
    place = Location(
        text, text, 3, 1, 3, 9, commit=text, author=text, date=text, blob=text, layers=(text,), removed_in=text,
        removed_at=text, context=text,
    )  # fmt: skip
    file = replace(FILE, target=text, path=text, author=text, context=text)
    return finding(
        TOKEN, place, file, verdict=Verdict(Status.LIVE, text, text, text), name=text, provider=text, category=text,
        rule=text, fingerprint=text, masked=text, candidates=(text,),
        companions=(Companion(text, text, b"x1" * 9, text, place),),
    )  # fmt: skip


def test_hostile_values(opened: Open) -> None:
    """They are shown as text, in the list, the finding, the filters and the errors; nothing runs, loads or asks."""
    tab = opened(render(of_result(hostile(*(text for text, _ in HOSTILE))), RULES))
    titles = []
    for _ in HOSTILE:
        title = tab.locator("#detail h2").inner_text()
        titles.append(title)
        assert tab.locator("#detail").inner_text().count(title) >= 8, title
        tab.keyboard.press("j")
    expected = {reads or text for text, reads in HOSTILE}
    assert set(titles) == expected
    assert all(text in tab.locator("#alarm").text_content() for text in expected)  # type: ignore[operator]
    for group in ("repository", "author", "provider"):
        tab.select_option("#group", group)
        assert {name["name"] for name in tab.evaluate("groups")} == expected
    for text in expected:
        tab.locator("#search").fill(text)
        until(tab, "state.query", text)
        assert shown(tab), text
    links = tab.eval_on_selector_all("a[href]", "(all) => all.map((a) => a.getAttribute('href'))")
    assert set(links) == {"#list"}
    assert tab.evaluate("document.querySelectorAll('script, iframe, img, svg, object, embed, link, base').length") == 2


def test_a_name_of_a_megabyte(opened: Open) -> None:
    """It is cut, and the page stays small and usable."""
    text = render(of_result(hostile("a" * (1 << 20))), RULES)
    assert len(text) < 200_000
    tab = opened(text)
    assert "(1,048,576 characters)" in tab.locator("#detail").inner_text()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1400


def test_a_million_places(opened: Open) -> None:
    """Of a secret in very many places some are listed, all are counted, and it is said."""
    places = [replace(FILE, line=number) for number in range(1, 2_001)]
    tab = opened(render(of_result(result(finding(TOKEN, *places))), RULES))
    assert "2,000 places" in tab.locator("#detail").inner_text()
    assert "1,500 places more are not in this page" in tab.locator("#detail").inner_text()


QUOTED = [
    # a path, and the command with it, or None: it cannot be written so that it is the same
    ("src/a.py", "show 1a2b3c4d5e1a:src/a.py |"),
    ("it's $(rm -rf ~)/`x`;.py", "show 1a2b3c4d5e1a:'it'\\''s $(rm -rf ~)/`x`;.py' |"),
    ("a b&c.env", "show 1a2b3c4d5e1a:'a b&c.env' |"),
    ("new\nline", None),
    ("back\\slash", None),
    ("x\u202ey", None),
]


def test_commands_are_quoted(opened: Open) -> None:
    """What is to be copied into a shell names the path and runs nothing of it; what cannot be named is left out."""
    found = [
        finding(TOKEN, replace(FILE, path=path, commit="1a2b3c4d5e" * 4), fingerprint=f"{number:032}")
        for number, (path, _) in enumerate(QUOTED)
    ]
    tab = opened(render(of_result(result(*found)), RULES))
    for number, (_, command) in enumerate(QUOTED):
        tab.evaluate(f"pick(rows.indexOf(found.id.indexOf('{number:032}')))")
        shows = [one for one in tab.locator(".command code").all_inner_texts() if "sed" in one]
        assert (command in shows[0]) if command else shows == []


WEB = [
    # what a forge says is its page, and is it taken
    ("https://github.com/acme/shop", True),
    ("http://git.acme.test/shop/", True),
    ("javascript:alert(1)//https://", False),
    ("https://a b", False),
    ('https://acme.test/"onclick="', False),
    ("file:///etc/passwd", False),
    ("https://acme.test/{path}", False),
    (None, False),
]


def test_web(opened: Open) -> None:
    """Links are made of http and https pages alone, and of ids of commits."""
    for url, taken in WEB:
        assert (web(url) is not None) is taken
        assert (templates("github", url)[0] is not None) is taken
    places = [replace(FILE, target=f"shop{number}", path="a/?x#y b.py") for number in range(len(WEB))]
    page = of_result(result(finding(TOKEN, *places)))
    repositories = tuple(Repository(at.target, "github", url) for at, (url, _) in zip(places, WEB, strict=True))
    tab = opened(render(replace(page, repositories=repositories), RULES))
    links = tab.eval_on_selector_all("#detail .places a", "(all) => all.map((a) => a.href)")
    assert links == [
        link
        for url, taken in WEB
        if url and taken
        for link in (
            f"{url.rstrip('/')}/blob/{FILE.commit}/a/%3Fx%23y%20b.py#L12",
            f"{url.rstrip('/')}/commit/{FILE.commit}",
        )
    ]


FORGES = [
    ("github", "https://h/a/commit/{commit}", "https://h/a/blob/{commit}/{path}#L{line}"),
    ("gitlab", "https://h/a/-/commit/{commit}", "https://h/a/-/blob/{commit}/{path}#L{line}"),
    ("bitbucket", "https://h/a/commits/{commit}", "https://h/a/src/{commit}/{path}#lines-{line}"),
    ("gitea", "https://h/a/commit/{commit}", "https://h/a/src/commit/{commit}/{path}#L{line}"),
    ("folder", None, None),
]


@pytest.mark.parametrize(("forge", "commit", "line"), FORGES)
def test_forges(forge: str, commit: str | None, line: str | None) -> None:
    """Each forge has its own addresses; what is none has none."""
    assert templates(forge, "https://h/a/") == (commit, line)


def test_policy() -> None:
    """The policy names hashes alone; what an attacker got into the page would neither run nor load nor send."""
    text = render(of_result(result(finding(TOKEN))), RULES)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    rules = dict(part.strip().split(" ", 1) for part in policy[1].split(";"))
    assert rules["default-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/]{43}='", rules["script-src"])
    assert re.fullmatch(r"'sha256-[\w+/]{43}='", rules["style-src"])
    assert not re.search(r"\son\w+=|\sstyle=|unsafe", re.sub(r"<(script|style).*?</\1>", "", text, flags=re.DOTALL))


def test_what_is_smuggled_in(chromium: Browser, tmp_path: Path) -> None:
    """Even if a value became markup, its script would not run, its picture not load, and its handler not be called."""
    text = render(of_result(result(finding(TOKEN))), RULES)
    attack = '<img src="https://acme.test/x" onerror="document.title=1"><script>document.title=2</script>'
    attack += '<b style="color:red">'
    file = tmp_path / "report.html"
    file.write_text(text.replace('<section id="paper"', f'{attack}<section id="paper"'), "utf-8")
    tab = chromium.new_page()
    answered: list[str] = []
    tab.on("response", lambda response: answered.append(response.url))
    tab.add_init_script(
        "window.broken = []; addEventListener('securitypolicyviolation', (e) => broken.push(e.violatedDirective))"
    )
    tab.goto(file.as_uri())
    assert tab.title() == "api · stanch"
    assert {"img-src", "script-src-elem", "script-src-attr", "style-src-attr"} == set(tab.evaluate("broken"))
    assert set(answered) <= {file.as_uri()}
    tab.close()


def test_data_is_plain(opened: Open) -> None:
    """The data are ASCII, hold no `<`, and are read back as they were."""
    text = render(of_result(hostile("<é\u2028>")), RULES)
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    assert data[1].isascii()
    assert "<" not in data[1]
    assert json.loads(data[1])["places"]["line"] == [3, 12]


def test_entries_are_veiled() -> None:
    """What a store still knows of secrets is taken out before the page is written."""
    page = of_result(result(finding(TOKEN)))
    kept = Page("x", (Entry(finding(TOKEN, replace(FILE, path=f"a/{TOKEN.decode()}"))),), (), page.stats, "1", 1)
    assert TOKEN.decode() not in render(kept, RULES)
