"""The comment as reviewers see it: rendered as GitHub does, and read from the page in a browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from pulumi_managed_agents.review.json import as_json, from_json
from pulumi_managed_agents.review.markdown import LIMIT, markdown
from pulumi_managed_agents.review.review import Review, StageReview
from tests.review.plans import planned
from tests.review.three_stages import PROMPT, three_stages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """The comment on a change that goes to three stages, which was put together from reviews that were saved."""
    comment = markdown(from_json(as_json(three_stages()), "review.json"))
    opened = browser.new_page()
    opened.set_content(cmarkgfm.github_flavored_markdown_to_html(comment, Options.CMARK_OPT_UNSAFE))
    yield opened
    opened.close()


def texts(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(selector).all_inner_texts()]


def test_a_table_of_stages_comes_first_and_holds_the_counts(page: Page) -> None:
    """Each stage is a row; nothing below it counts again."""
    headings, *rows = (texts(row, "th, td") for row in page.locator("tr").all())  # type: ignore[arg-type]  # a locator
    assert headings == ["stage", "change", "new power", "gone for ever", "refused by the gate", "tests and cost"]
    assert [row[0] for row in rows] == ["dev", "staging", "prod"]
    assert [row[4] for row in rows] == ["none", "none", "1"]
    assert rows[0][1:4] == ["1 to remove, 2 to update, 1 to create, 1 unchanged", "4", "1 resource"]
    assert all("at most $0.20" in row[5] for row in rows)
    assert page.locator("body > *").nth(1).evaluate("one => one.tagName") == "TABLE"
    assert "to update, 1" not in " ".join(texts(page, "h2, h3, blockquote, summary"))


def test_new_power_is_reported_with_its_stages(page: Page) -> None:
    """A reviewer sees what an agent gains, and where."""
    items = texts(page, "h3:has-text('New power') + ul > li")
    assert "dev, staging, prod: agent agents/triage: bash: always_ask → always_allow (never asks)" in items
    assert all(item.startswith("dev, staging, prod: ") for item in items)


def test_what_goes_or_widens_is_seen_without_a_click(page: Page) -> None:
    """Also the rule that goes from the end of a long prompt, and the file of a skill."""
    seen = page.locator("body").inner_text()  # of what is folded, only the title
    for line in (
        "-Never send mail without a human's consent.",
        "-Answer in the customer's words.",
        "+Answer in plain words.",
        "agents/old: archived for ever",
    ):
        assert line in seen
    assert re.search(r"logo.png changed.*\n- 8 bytes, sha256:\w{12}\n\+ 10 bytes", seen)


def test_values_come_before_hunks_and_advice_stands_outside_of_them(page: Page) -> None:
    """What goes and what comes are lines of a diff, which holds nothing else."""
    blocks = texts(page, "pre[lang=diff], pre > code.language-diff")
    (triage,) = (block for block in blocks if "permission_policy" in block)
    assert triage.index("+ tools.bash.permission_policy: always_allow") < triage.index("@@ system")
    assert not [block for block in blocks if "onDrift" in block or "managed-agents" in block]
    assert "managed-agents:onDrift is 'fail'; take it over or undo it" in texts(page, "details")[-1]


def test_a_hundred_changes_on_three_stages_fit() -> None:
    """What is the same on the next stage is not said again, so that nothing has to be left out."""
    plans = tuple(
        planned(
            "agent", f"agents/{number}", {"name": "A", "system": PROMPT}, {"name": "A", "system": f"{PROMPT}\n{number}"}
        )
        for number in range(100)
    )
    stages = (StageReview(name, resources=plans) for name in ("dev", "staging", "prod"))
    comment = markdown(Review(tuple(stages)))
    assert len(comment) < LIMIT
    assert "did not fit" not in comment
    assert comment.count("agent agents/99 ") == 3
