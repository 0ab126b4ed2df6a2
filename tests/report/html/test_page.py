"""The page in a browser: what it shows, how it is filtered, grouped, steered by keys, printed, and read aloud."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page as Tab

from report.html.conftest import Open, until
from report.html.pages import FAULTS, FORGES, clean, entries, sweep, written
from report.samples import RULES, TOKEN, finding, full, result
from report.samples import written as as_format
from stanch.model import Status
from stanch.report.html import render
from stanch.report.html.page import Entry, now

COUNT = 300
STATES = {"open": "open", "accepted": "accepted", "false-positive": "false positive", "fixed": "fixed"}


def shown(tab: Tab) -> list[str]:
    """Return the fingerprints of the findings that the page shows, in its order."""
    ids: list[str] = tab.evaluate("shown.map((i) => found.id[i])")
    return ids


def rows(tab: Tab) -> list[str]:
    """Return the text of the rows that are on the screen."""
    return tab.locator("#list .row").all_inner_texts()


def values(entry: Entry, facet: str) -> set[str]:
    """Return what a finding counts under in a filter: the model that the page is held against."""
    made, places = entry.finding, entry.finding.locations
    heads = {at.at_head for at in places}
    match facet:
        case "state":
            return {STATES[entry.state]}
        case "confidence":
            return {made.confidence.value}
        case "verdict":
            return {made.verdict.status.value.replace("-", " ")}
        case "where":
            return {"still there" if True in heads else "only in history"}
        case "repository":
            return {at.target.removeprefix(f"{FORGES}/") for at in places}
        case "provider":
            return {made.provider}
        case "rule":
            return {made.rule}
        case "author":
            return {at.author for at in places if at.author}
    first = min(at.date for at in places if at.date)[:10]
    age = (now().date() - now().date().fromisoformat(first)).days
    limits = [
        (7, "7 days or less"),
        (30, "8 to 30 days"),
        (90, "31 to 90 days"),
        (365, "91 days to a year"),
        (1096, "1 to 3 years"),
    ]
    return {next((name for limit, name in limits if age <= limit), "over 3 years")}


FACETS = ("state", "confidence", "verdict", "where", "age", "repository", "provider", "rule", "author")


def choose(tab: Tab, facet: str, value: str) -> None:
    """Tick a value of a filter, found by its search field where there are many."""
    search = tab.locator(f"#find-{facet}")
    if search.count():
        search.fill(value)
    tab.locator(f"#facet-{facet} label").get_by_text(value, exact=True).first.click()


@pytest.mark.parametrize("seed", range(2))
def test_filters(seed: int, opened: Open) -> None:
    """Values of one filter are alternatives, filters and words add up: as a model in Python has it, counts too."""
    random, found = Random(seed), entries(COUNT)
    tab = opened(written(COUNT))
    tab.get_by_label("Remove filter State: open").click()
    chosen: dict[str, set[str]] = {}
    for facet in random.sample(FACETS, 3):
        known = sorted({value for entry in found for value in values(entry, facet)})
        for value in random.sample(known, min(2, len(known) - 1)):
            if (
                tab.locator(f"#facet-{facet}").get_by_text(value, exact=True).count()
                or tab.locator(f"#find-{facet}").count()
            ):
                if not [entry for entry in found if value in values(entry, facet) and stands(entry, chosen, facet)]:
                    continue  # a value that nothing would be left of is not offered
                choose(tab, facet, value)
                chosen.setdefault(facet, set()).add(value)
        expected = {entry.finding.fingerprint for entry in found if stands(entry, chosen)}
        assert set(shown(tab)) == expected
        assert f"{len(expected)} of {COUNT}" in tab.locator("#total").inner_text()
    counts = tab.evaluate("Object.fromEntries([...byKey.get('verdict').counts].map((n, v) => [VERDICTS[v], n]))")
    for status in Status:
        name = status.value.replace("-", " ")
        assert counts[name] == sum(stands(e, chosen, "verdict") and values(e, "verdict") == {name} for e in found)


def stands(entry: Entry, chosen: dict[str, set[str]], but: str = "") -> bool:
    """Does a finding stand all chosen filters, but one?"""
    return all(values(entry, facet) & wanted for facet, wanted in chosen.items() if facet != but)


SEARCHES: list[tuple[str, Any]] = [
    # what is typed, what a finding that is left must hold
    ("Slack WEBHOOK", lambda e: e.finding.name == "Slack webhook secret"),
    ("eva.fir@acme.test", lambda e: any("eva.fir" in (at.author or "") for at in e.finding.locations)),
    ("deploy/prod7.yaml", lambda e: any(at.path == "deploy/prod7.yaml" for at in e.finding.locations)),
    ("acme/shop-1/", lambda e: any(at.target == f"{FORGES}/shop-1" for at in e.finding.locations)),
]


def test_search(opened: Open) -> None:
    """A search looks at names, authors, paths, repositories and commits; all its words must be there."""
    tab, found = opened(written(COUNT), "#state=any"), entries(COUNT)
    place = next(at for entry in found for at in entry.finding.locations if at.removed_in)
    commits = [(commit, lambda e: place in e.finding.locations) for commit in (place.commit, place.removed_in)]
    for query, holds in [*SEARCHES, *commits]:
        tab.locator("#search").fill(query or "")
        expected = {entry.finding.fingerprint for entry in found if holds(entry)}
        until(tab, "state.query", query)
        assert expected
        assert (query, set(shown(tab))) == (query, expected)
    tab.keyboard.press("Escape")
    until(tab, "shown.length", COUNT)


def test_open_first(opened: Open) -> None:
    """At first the findings that are open are shown, the live and sure ones before the others."""
    tab, found = opened(written(COUNT)), {entry.finding.fingerprint: entry for entry in entries(COUNT)}
    order = [found[one] for one in shown(tab)]
    assert {entry.state for entry in order} == {"open"}
    ranks = [(e.finding.verdict.status is not Status.LIVE, -e.finding.confidence.rank) for e in order]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("key", ["repository", "author", "provider"])
def test_groups(key: str, opened: Open) -> None:
    """A finding stands in each group that it belongs to, the largest group first; Enter folds one."""
    tab = opened(written(COUNT), f"#state=any&group={key}")
    model: dict[str, int] = {}
    for entry in entries(COUNT):
        for value in values(entry, key) or {f"no {key} known"}:
            model[value] = model.get(value, 0) + 1
    groups = {group["name"]: group["size"] for group in tab.evaluate("groups")}
    assert groups == model
    sizes = [size for name, size in groups.items() if not name.startswith("no ")]
    assert sizes == sorted(sizes, reverse=True)
    before = tab.evaluate("rows.length")
    tab.locator("#list").focus()
    tab.keyboard.press("Home")
    tab.keyboard.press("Enter")
    assert tab.evaluate("rows.length") == before - sizes[0]


def test_timeline(opened: Open) -> None:
    """The columns add up to the findings whose dates are known, and a click leaves those of its months."""
    tab, found = opened(written(COUNT), "#state=any"), entries(COUNT)
    gone = [e for e in found if not any(at.at_head for at in e.finding.locations)]
    assert tab.evaluate(
        "[sum(introduced), sum(removed)]".replace("sum(", "((a) => a.reduce((x, y) => x + y, 0))(")
    ) == [COUNT, len(gone)]
    bar = tab.locator(".bars button").first
    said = re.match(r"(\S+) to (\S+): (\d+) introduced, (\d+) removed", bar.get_attribute("aria-label") or "")
    assert said is not None
    bar.click()
    firsts = {e.finding.fingerprint: min(at.date or "" for at in e.finding.locations)[:7] for e in found}
    assert set(shown(tab)) >= {one for one, month in firsts.items() if said[1] <= month <= said[2]}
    assert len(shown(tab)) == int(said[3])  # nothing was removed before anything was introduced


def test_sources(opened: Open) -> None:
    """The biggest sources are those of what is shown; a click filters by one."""
    tab, found = opened(written(COUNT), "#state=any"), entries(COUNT)
    counts: dict[str, int] = {}
    for entry in found:
        for value in values(entry, "repository"):
            counts[value] = counts.get(value, 0) + 1
    card = tab.locator(".source").first
    numbers = [int(text) for text in card.locator("b").all_inner_texts()]
    assert numbers == sorted(counts.values(), reverse=True)[:5]
    name = card.locator("button").first.get_attribute("title") or ""
    card.locator("button").first.click()
    assert len(shown(tab)) == counts[name] == numbers[0]


def test_keys(opened: Open) -> None:
    """j and k walk the list, Enter opens, Esc goes back, ? helps, / searches; the address keeps what was chosen."""
    tab = opened(written(COUNT))
    ids = shown(tab)
    opens = lambda: tab.evaluate("found.id[state.open]")  # noqa: E731
    assert opens() == ids[0]
    for key, at in (("j", 1), ("j", 2), ("k", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("End", len(ids) - 1), ("Home", 0)):
        tab.keyboard.press(key)
        assert (key, opens()) == (key, ids[at])
        assert tab.locator("#list [aria-selected=true]").count() == 1
    tab.keyboard.press("j")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "detail"
    assert ids[1] in tab.locator("#detail").inner_text()
    assert f"finding={ids[1]}" in tab.url
    tab.keyboard.press("Escape")
    assert tab.evaluate("document.activeElement.id") == "list"
    tab.keyboard.press("?")
    assert tab.locator("#help").is_visible()
    tab.keyboard.press("Escape")
    assert not tab.locator("#help").is_visible()
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "search"
    again = opened(written(COUNT), f"#finding={ids[5]}&confidence=high&group=repository")
    assert again.evaluate("[found.id[state.open], state.group, shown.every((i) => found.confidence[i] === 2)]")[1:] == [
        "repository",
        True,
    ]


HERE = """(() => {
  const at = document.activeElement, part = at.closest(".search,.tools,.numbers,.bars,.source,#bar,.skip");
  return `${part?.className} ${at.closest("[id]")?.id}`;
})()"""
"""Names where the focus is."""


def test_everything_is_reached_by_tab(opened: Open) -> None:
    """Tab alone reaches the search, the numbers, the months, the sources, the filters, the list and the finding."""
    tab = opened(written(COUNT))
    tab.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(160):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate(HERE))
    words = " ".join(reached)
    for part in (
        "search",
        "tools",
        "numbers",
        "bars",
        "source",
        "skip",
        "verdict-",
        "find-author",
        "author-",
        "group",
        "list",
        "detail",
    ):
        assert part in words, part


def test_only_rows_on_the_screen_exist(opened: Open) -> None:
    """However long the list is, some thirty rows are made, wherever one scrolls."""
    tab = opened(written(COUNT))
    for share in (0, 0.5, 1):
        tab.evaluate(f"scrollTo(0, document.body.scrollHeight * {share})")
        tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert 0 < tab.locator("#list .row").count() < 45


def test_incomplete(opened: Open) -> None:
    """What could not be scanned stands before everything else, whether there are findings or not."""
    for text in (written(COUNT, incomplete=True), clean(FAULTS)):
        tab = opened(text)
        alarm = tab.locator("#alarm")
        assert "2 things could not be scanned" in alarm.inner_text()
        assert all(part in alarm.inner_text() for fault in FAULTS for part in (fault.kind, fault.target, fault.detail))
        top = alarm.bounding_box()
        assert top is not None
        assert top["y"] < 120
    assert "Nothing found in what could be read" in tab.locator("#nothing").inner_text()
    assert "No credentials found" not in tab.locator("body").inner_text()


def test_empty(opened: Open) -> None:
    """A clean scan says so; filters that leave nothing say so and can be cleared."""
    assert "No credentials found" in opened(clean()).locator("#nothing").inner_text()
    tab = opened(written(COUNT), "#q=nowhere-to-be-found")
    assert "Nothing matches" in tab.locator("#nothing").inner_text()
    tab.get_by_role("button", name="Clear search and filters").click()
    assert len(shown(tab)) == COUNT


def test_secrets_are_said(opened: Open) -> None:
    """A page that was asked for secrets says that it holds them, and shows one when it is told to; others hold none."""
    text = as_format("html", result(finding(TOKEN)), show_secrets=True)
    tab = opened(text)
    assert "This page holds secrets" in tab.locator("#warning").inner_text()
    assert TOKEN.decode() not in tab.locator("main").inner_text()
    tab.get_by_role("button", name="Show", exact=True).click()
    assert TOKEN.decode() in tab.locator("#detail").inner_text()
    other = opened(as_format("html", result(finding(TOKEN))))
    assert not other.locator("#warning").is_visible()


def test_links_and_commands(opened: Open) -> None:
    """Commits and lines of a forge's repository are links; commands of a scan name its place, quoted for a shell."""
    found = entries(COUNT)
    tab = opened(written(COUNT))
    first = next(e for e in found if e.finding.fingerprint == shown(tab)[0])
    links = tab.eval_on_selector_all("#detail .places a", "(all) => all.map((a) => a.href)")
    at = first.finding.locations[0]
    assert f"https://{at.target}/commit/{at.commit}" in links
    assert f"https://{at.target}/blob/{at.commit}/{at.path}#L{at.line}" in links
    assert f"stanch triage show {first.finding.fingerprint}" in tab.locator(".command code").all_inner_texts()
    scanned = opened(as_format("html", full()))
    commands = " ".join(scanned.locator(".command code").all_inner_texts())
    assert "git -C api show 1a2b3c4d5e1a:src/settings.py | sed -n 14p" in commands


def test_print(opened: Open, tmp_path: Any) -> None:
    """On paper the findings are written out, light, without search and filters, and the overview stands before them."""
    tab = opened(as_format("html", full()), color_scheme="dark")
    assert tab.pdf(path=str(tmp_path / "a.pdf"))[:5] == b"%PDF-"
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.locator("#paper article").count() == 4
    assert not tab.locator("#search").is_visible()
    assert not tab.locator("#facets").is_visible()
    assert "could not be scanned" in tab.locator("#alarm").inner_text()
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


SCHEMES = [("light", "full"), ("dark", "full"), ("light", "clean"), ("dark", "incomplete"), ("light", "phone")]


@pytest.mark.parametrize(("scheme", "what"), SCHEMES)
def test_accessible(scheme: str, what: str, opened: Open) -> None:
    """axe finds nothing to complain of, in light and dark, with findings and without, wide and narrow."""
    texts = {"clean": clean(), "incomplete": clean(FAULTS)}
    size = {"viewport": {"width": 390, "height": 800}} if what == "phone" else {}
    tab = opened(texts.get(what, written(COUNT, incomplete=True)), color_scheme=scheme, **size)
    report = Axe().run(tab)
    assert [(one["id"], [node["html"] for node in one["nodes"][:2]]) for one in report.response["violations"]] == []


def test_theme(opened: Open) -> None:
    """The switch goes from the system's colours to light and to dark, and back."""
    tab = opened(clean(), color_scheme="dark")
    colours = lambda: tab.evaluate("getComputedStyle(document.body).backgroundColor")  # noqa: E731
    dark = colours()
    tab.locator("#theme").click()
    assert colours() != dark
    tab.locator("#theme").click()
    assert colours() == dark


def test_fits_a_phone(opened: Open) -> None:
    """Nothing is wider than a small screen; a finding covers it and has a way back."""
    tab = opened(written(COUNT), viewport={"width": 360, "height": 740})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    tab.locator("#list .row").nth(1).click()
    tab.get_by_role("button", name="Back to the list").click()
    assert not tab.locator("#detail").is_visible()


def test_a_scan_of_the_store(opened: Open) -> None:
    """What the store knows besides is told: state, reason, first and last seen."""
    one = entries(COUNT)[0]
    held = Entry(
        one.finding,
        "accepted",
        "until the vault is there",
        "2027-01-01T00:00:00Z",
        "2025-02-03T04:05:06Z",
        "2026-04-05T06:07:08Z",
    )
    text = opened(render(sweep([held]), RULES), "#state=any").locator("#detail").inner_text()
    assert all(
        part in text
        for part in ("accepted: until the vault is there, until 2027-01-01", "first 2025-02-03, last 2026-04-05")
    )
