"""20,000 findings stay usable: the first paint, and what a filter takes, in Chromium's own processor time."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest
from playwright.sync_api import Browser

from report.html.conftest import until
from report.html.pages import written

COUNT = 20_000
PAINT, FILTER = 1_500, 200
"""Milliseconds that the issue allows."""
PAINTED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
STEPS = [
    ("a word", "search('eva')"),
    ("a word that most have", "search('api')"),
    ("no word", "search('')"),
    ("a value", "toggle(byKey.get('confidence'), 2)"),
    ("another", "toggle(byKey.get('verdict'), 3)"),
    ("an author", "toggle(byKey.get('author'), 4)"),
    ("a group", "state.group = 'repository', refresh()"),
]


@pytest.mark.slow
def test_twenty_thousand_findings(chromium: Browser, tmp_path: Path) -> None:
    """The page is drawn within 1.5 s and each filter within 200 ms, in the median of three, with no row too many.

    Time of the page's own thread is counted, so that other work on the machine is not.
    """
    file = tmp_path / "report.html"
    file.write_text(written(COUNT), "utf-8")
    assert file.stat().st_size < 12 << 20
    loads: list[float] = []
    steps: dict[str, list[float]] = {name: [] for name, _ in STEPS}
    for _ in range(3):
        tab = chromium.new_page()
        session = tab.context.new_cdp_session(tab)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})

        def spent() -> float:
            metrics = session.send("Performance.getMetrics")["metrics"]  # noqa: B023
            return 1000 * next(one["value"] for one in metrics if one["name"] == "TaskDuration")

        begun = spent()
        tab.goto(file.as_uri())
        tab.evaluate(PAINTED)
        loads.append(spent() - begun)
        until(tab, "haystacks.length", COUNT)  # it is made within a second, while nobody types
        for name, step in STEPS:
            begun = spent()
            tab.evaluate(f"{step}; {PAINTED}")
            steps[name].append(spent() - begun)
        assert tab.locator("#list .row").count() < 45
        tab.close()
    assert median(loads) < PAINT
    assert {name: times for name, times in steps.items() if median(times) >= FILTER} == {}
