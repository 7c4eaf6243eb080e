"""The pages hang together, on GitHub and in the site that `make docs` builds of docs/."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pulumi_managed_agents.review.markdown import markdown
from tests.review.three_stages import three_stages

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
LINK = re.compile(r"\]\((?!https?:)([^)\s#]*)(?:#([^)\s]*))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.mark.parametrize("page", [pytest.param(page, id=page.relative_to(DOCS).as_posix()) for page in PAGES])
def test_a_link_leads_to_a_page_of_the_site(page: Path) -> None:
    """And to a heading that is on it."""
    broken = []
    for path, anchor in LINK.findall(PICTURE.sub("", page.read_text(encoding="utf-8"))):
        target = (page.parent / path).resolve() if path else page
        if target not in PAGES or (anchor and anchor not in anchors(target)):
            broken.append(f"{path}#{anchor}")
    assert broken == []


def anchors(page: Path) -> set[str]:
    """What GitHub and the site call the headings of a page."""
    texts = [re.sub(r"[^\w\- ]", "", heading).strip().lower() for heading in HEADING.findall(page.read_text("utf-8"))]
    return {text.replace(" ", "-") for text in texts}


def test_every_page_has_a_place_in_the_site() -> None:
    """`make docs` is strict about pages that its navigation leaves out."""
    named = re.findall(r"([\w/.-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == [page.relative_to(DOCS).as_posix() for page in PAGES]


def test_the_comment_that_is_explained_is_one_that_is_written() -> None:
    """Every line that the page shows stands in the comment on the change that it is about."""
    shown = re.findall(
        r"<!-- as in a comment -->\n(.*?)\n<!-- end -->", (DOCS / "how-to/one-comment.md").read_text("utf-8"), re.DOTALL
    )
    assert len(shown) > 8
    comment = markdown(three_stages()).splitlines()
    assert [line for part in shown for line in part.splitlines() if line not in comment] == []
