from __future__ import annotations

from pathlib import Path

import pytest

from docs.reference_generator.pages import NOTE, pages, write
from docs.reference_generator.remarks import EXAMPLES
from pulumi_managed_agents.api.settings import CREDENTIAL_KEYS
from pulumi_managed_agents.config.policy import POLICY_KEYS
from pulumi_managed_agents.config.settings import SETTINGS
from pulumi_managed_agents.files.document import parse
from pulumi_managed_agents.kinds import problems
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.release.gate import GATE_KEYS
from pulumi_managed_agents.release.ledger import RECEIPTS
from pulumi_managed_agents.release.rollback import ROLLED_BACK
from pulumi_managed_agents.smoke.side_effects import PROTECTED_STAGE
from pulumi_managed_agents.stage.reader import fill

COMMITTED = Path(__file__).parents[2] / "docs/reference"
SUFFIXES = {"markdown": "md", "yaml": "yaml"}


def test_the_committed_pages_are_up_to_date(tmp_path: Path) -> None:
    """What people read is what the models say; the module's docstring tells how to write the pages anew."""
    fresh = {path.name: path.read_text(encoding="utf-8") for path in write(tmp_path / "reference")}
    committed = {path.name: path.read_text(encoding="utf-8") for path in COMMITTED.glob("*.md")}
    assert fresh == {name: text for name, text in committed.items() if name in fresh or text.startswith(NOTE)}


@pytest.mark.parametrize("kind", sorted(EXAMPLES.keys() - {"file"}))
def test_an_example_can_be_used_as_it_stands(kind: str) -> None:
    """Every example reads without an error or a warning."""
    language, text = EXAMPLES[kind]
    file = f"example.{SUFFIXES[language]}"
    document = parse(text, file, file)
    body = document.root.plain() if kind == "skill" else fill(document, kind).plain()
    assert problems(kind, body) == []


@pytest.mark.parametrize("kind", FACTS)
def test_a_page_says_what_a_person_asks(kind: str) -> None:
    """Each has an example, its fields with what replaces the object, what destroy does, and a word on adoption."""
    page = pages()[f"{kind}.md"]
    assert all(f"\n## {section}\n" in page for section in ("Fields", "Destroy", "Adopt"))
    rows = [line for line in page.splitlines() if line.startswith(("| `", "| **`"))]
    assert rows
    assert any("replaced" in row for row in rows) == bool(FACTS[kind].replaced_by)


def test_every_setting_that_is_read_is_in_the_table_and_no_other() -> None:
    """A setting that the table forgets would be refused, one that nobody reads would do nothing."""
    read = {*POLICY_KEYS, *GATE_KEYS, *CREDENTIAL_KEYS, RECEIPTS, ROLLED_BACK, PROTECTED_STAGE}
    assert {one.name for one in SETTINGS} == read | {"definitions", "secrets", "workspace", "baseUrl", "confirmRemoval"}
    assert all(f"`managed-agents:{one.name}`" in pages()["settings.md"] for one in SETTINGS)
