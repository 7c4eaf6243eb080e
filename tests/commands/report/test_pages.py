"""The site of `managed-agents report`, as people see it in a browser: on a desk, on a phone, in the dark, printed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.commands.report.report import write_site
from pulumi_managed_agents.commands.report.site import one_session
from tests.commands.report.sample_site import EVIL, recorded, sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

CONTRAST = """() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, place) => sum + c * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (one) => {
    for (; one; one = one.parentElement) {
      const colour = rgb(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return getComputedStyle(document.documentElement).colorScheme && matchMedia('(prefers-color-scheme: dark)').matches
      ? [18, 18, 18] : [255, 255, 255];
  };
  const faint = [];
  for (const one of document.querySelectorAll('main *, nav *, footer, footer *')) {
    if (![...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
    if (one.closest('svg')) continue;
    const [a, b] = [light(rgb(getComputedStyle(one).color)), light(ground(one))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(`${one.tagName} ${one.className} ${ratio.toFixed(2)} ${one.textContent.slice(0, 30)}`);
  }
  return faint;
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write_site(folder / "site", sample(folder / "repository"))
    return folder / "site"


def test_pages_are_self_contained_and_run_nothing(site: Path) -> None:
    """No page reaches another machine or needs a script, and what others wrote is text in it."""
    files = sorted(site.rglob("*.html"))
    assert [file.relative_to(site).as_posix() for file in files] == [
        "index.html",
        "stages/dev/agent/agents/a.html",
        "stages/dev/deployment/deployments/nightly.html",
        "stages/dev/index.html",
        "stages/later/index.html",
        "stages/prod/agent/agents/a.html",
        "stages/prod/deployment/deployments/nightly.html",
        "stages/prod/index.html",
        "stages/prod/sessions/answers-sesn_1.html",
    ]
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "http" not in text.replace("http-equiv", "")
        assert len(text) < 20_000


def test_secrets_are_in_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also not where a transcript was written before the secret was known."""
    monkeypatch.setenv("MANAGED_AGENTS_SECRET_CRM", "canary-of-the-crm")
    page = one_session(recorded(secret="canary-of-the-crm"))
    assert "canary" not in page
    assert "[secret]" in page


@contextmanager
def window(browser: Browser, width: int) -> Iterator[Page]:
    """A window of the browser, in which no page that is opened says a word on its console."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    lines: list[str] = []
    page.on("console", lambda message: lines.append(message.text))
    page.on("pageerror", lambda error: lines.append(str(error)))
    yield page
    assert lines == []
    page.close()


@pytest.mark.browser
def test_every_page_fits_a_phone_and_can_be_read(site: Path, browser: Browser) -> None:
    """At 360 pixels nothing runs out of the page, and every text has the contrast that WCAG AA asks for."""
    with window(browser, 360) as page:
        for file in site.rglob("*.html"):
            page.emulate_media(media="screen")
            page.goto(file.as_uri())
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is (scheme == "dark")
                assert page.evaluate("document.documentElement.scrollWidth") <= 360, file
                assert page.evaluate(CONTRAST) == [], (file, scheme)
            page.emulate_media(media="print")
            assert page.locator("nav").is_hidden()


@pytest.mark.browser
def test_the_board_answers_what_serves_and_what_is_wrong(site: Path, browser: Browser) -> None:
    """Stages beside each other: held back, rolled back, changed by hand, behind; each cell leads to its agent."""
    with window(browser, 1200) as page:
        page.goto((site / "index.html").as_uri())
        rows = [
            [cell.inner_text() for cell in row.locator("th, td").all()] for row in page.locator("table.board tr").all()
        ]
        assert rows[0] == ["agent or deployment", "later", "dev", "prod"]
        assert rows[1][:2] == ["agents/a", "not there"]
        assert rows[1][2].split("\n")[0] == "serves 3 of 5"
        assert "held back" in rows[1][2]
        assert "rolled back" in rows[1][3]
        assert "changed outside" in rows[1][3]
        # The keyboard alone opens the agent's page.
        page.locator("table.board td a").nth(1).focus()
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        page.keyboard.press("Enter")
        page.wait_for_url("**/prod/agent/agents/a.html")
        text = page.locator("main").inner_text()
        for fact in (
            "serves 3 of 5",
            "Changed outside of the files",
            'system "Sort." → "BY HAND"',
            "new power: runs on claude-sonnet-5-5 instead of claude-haiku-5-5",
            "-Tell nobody.",
            f"+{EVIL}",
            "Ann",
        ):
            assert fact in text


@pytest.mark.browser
def test_a_session_shows_what_was_said_and_what_failed(site: Path, browser: Browser) -> None:
    """Messages, a tool with its arguments, cost, and the expectation at the step in which it failed."""
    with window(browser, 1200) as page:
        page.goto((site / "stages/prod/index.html").as_uri())
        assert page.locator("svg rect").count() >= 2
        page.get_by_role("link", name="answers").first.click()
        assert page.locator("h1").inner_text() == "Smoke test answers failed"
        entries = [one.inner_text().split("\n")[0] for one in page.locator(".entry").all()]
        assert entries == ["user", "uses look_up", "look_up returned", "agent"]
        assert '"order": 42' in page.locator(".entry.tool").inner_text()
        assert page.locator(".bad").last.inner_text() == "expectation failed: step 1: no 'yes'"
        assert "1.2 s, 90 tokens, $0.0300" in page.locator("main").inner_text()
