"""A browser for the tests of the page: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

Open = Callable[..., Page]
"""Opens a page in a context with these options, such as `color_scheme`, and returns it."""


def until(tab: Page, expression: str, value: object = True) -> None:
    """Wait until an expression has a value. Playwright's own way needs `eval`, which the policy forbids."""
    for _ in range(400):
        now = tab.evaluate(expression)
        if now == value:
            return
        tab.wait_for_timeout(20)
    raise AssertionError(f"{expression} is {now!r}, not {value!r}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the browser once for a module: beyond it, Playwright's event loop would be in the way of other tests'."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("no chromium here: `make servers` installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    """Write pages to disk and open them; whatever they ask for, complain of or put up fails the test at its end."""
    contexts, troubles = [], []

    def opened(text: str, anchor: str = "", **options: object) -> Page:
        file = tmp_path / f"report{len(contexts)}.html"
        file.write_text(text, "utf-8")
        context = chromium.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(8_000)
        page = context.new_page()
        page.on("request", lambda request: troubles.append(f"request: {request.url}"))
        page.on("dialog", lambda dialog: (troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("console", lambda message: troubles.append(f"console: {message.text}"))
        context.on("page", lambda other: troubles.append(f"window: {other.url}"))
        page.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => console.error(e.violatedDirective, e.blockedURI))"
        )
        page.goto(file.as_uri() + anchor)
        assert troubles.pop(0) == f"request: {file.as_uri()}"  # the page itself
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []
