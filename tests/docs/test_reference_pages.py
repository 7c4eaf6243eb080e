from __future__ import annotations

import inspect
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from docs.reference_generator import class_pages
from docs.reference_generator.pages import NOTE, pages
from docs.reference_generator.remarks import EXAMPLES, TOPICS
from pulumi_managed_agents.api.settings import CREDENTIAL_KEYS
from pulumi_managed_agents.config.policy import POLICY_KEYS
from pulumi_managed_agents.config.settings import SETTINGS
from pulumi_managed_agents.dynamic.program.deployed_stage import CLASSES
from pulumi_managed_agents.files.document import parse
from pulumi_managed_agents.kinds import problems
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.kinds.skill.github import SETTING as GITHUB_URL
from pulumi_managed_agents.release.gate import GATE_KEYS
from pulumi_managed_agents.release.ledger import RECEIPTS
from pulumi_managed_agents.release.rollback import ROLLED_BACK
from pulumi_managed_agents.smoke.side_effects import PROTECTED_STAGE
from pulumi_managed_agents.stage.reader import fill
from tests.dynamic.mocked_program import registered
from tests.dynamic.trial_program import trial_program

python_pages = cache(class_pages.class_pages)
file_pages = cache(pages)
COMMITTED = Path(__file__).parents[2] / "docs/reference"
SUFFIXES = {"markdown": "md", "yaml": "yaml"}


def test_the_committed_pages_are_up_to_date() -> None:
    """What people read is what the models and the classes say; `make generate` writes the pages."""
    for folder, fresh in ((COMMITTED, file_pages()), (COMMITTED / "python", python_pages())):
        committed = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
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
    page = file_pages()[f"{kind}.md"]
    assert all(f"\n## {section}\n" in page for section in ("Fields", "Destroy", "Adopt"))
    rows = [line for line in page.splitlines() if line.startswith(("| `", "| **`"))]
    assert rows
    assert any("replaced" in row for row in rows) == bool(FACTS[kind].replaced_by)


def test_every_setting_that_is_read_is_in_the_table_and_no_other() -> None:
    """A setting that the table forgets would be refused, one that nobody reads would do nothing."""
    read = {*POLICY_KEYS, *GATE_KEYS, *CREDENTIAL_KEYS, RECEIPTS, ROLLED_BACK, PROTECTED_STAGE, GITHUB_URL}
    others = {"definitions", "secrets", "workspace", "baseUrl", "confirmRemoval", "checkpoints"}
    assert {one.name for one in SETTINGS} == read | others
    assert all(f"`managed-agents:{one.name}`" in file_pages()["settings.md"] for one in SETTINGS)


@pytest.mark.parametrize("kind", CLASSES)
def test_a_page_of_a_class_has_all_that_it_takes_and_gives(kind: str) -> None:
    """Every argument and output with its meaning, the nested ones too, and what people ask next."""
    page, cls = python_pages()[f"{kind}.md"], CLASSES[kind]
    sections = dict(part.partition("\n")[::2] for part in page.split("\n## ")[1:])
    assert [title for title in sections if title != "Nested inputs"] == [
        "Example",
        "Inputs",
        "Outputs",
        "What replaces it",
        "Destroy",
        "Import",
        "Look up",
    ]
    assert list(inspect.signature(cls).parameters) == first_cells(sections["Inputs"])
    assert ["id", "urn", *cls.output_names()] == first_cells(sections["Outputs"])
    nested = sections.get("Nested inputs", "")
    links = {link.partition(")")[0] for link in page.split("](#")[1:]}
    assert links == {part.partition("\n")[0].lower() for part in nested.split("\n### ")[1:]}
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith(("| `", "| **`"))]
    assert [row for row in rows if not row[1].strip() or not row[2].strip(" |")] == []


def first_cells(text: str) -> list[str]:
    """The names in the first column of a section's table."""
    return [line.split("`")[1] for line in text.splitlines() if line.startswith(("| `", "| **`"))]


def test_the_examples_of_classes_are_programs_that_deploy(tmp_path: Path) -> None:
    """All in one run against the emulator, with what they take for granted."""
    names = sorted({*CLASSES, *TOPICS} - {"provider", "deploy_stage"})
    # Mistakes in a stage's files are reported before the first resource, so that this one comes first.
    program = f"import runpy\n\nfor name in {['deploy_stage', *names]}:\n    runpy.run_path(f'{{name}}.py')\n"
    config = "".join(f"  shop:{name}: made-up\n" for name in ("crmToken", "apiKey", "mailAccess", "mailRefresh"))
    with trial_program(tmp_path) as running:
        running.write(
            {
                "__main__.py": program,
                "prices.csv": "1,2\n",
                "skills/pr-summary/SKILL.md": EXAMPLES["skill"][1],
                "stacks/dev/agents/triage.md": "---\nname: Filed\nmodel: claude-haiku-5-5\n---\nYou sort.\n",
                "stacks/Pulumi.dev.yaml": f"config:\n{config}",
            }
        )
        shutil.copytree(class_pages.EXAMPLES, running.folder / "project", dirs_exist_ok=True)
        beta = running.server.hand.beta
        for name in ("Reader", "Billing"):
            beta.agents.create(name=name, model="claude-haiku-5-5")
        beta.environments.create(name="shared")

        running.succeeded("up")
        made = {(one.removeprefix("managedagents:").partition("::")[0]) for one in running.recorded()}
        assert {cls.title for cls in CLASSES.values()} <= made


def test_the_example_of_a_provider_gives_it_to_a_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under mocks, since a provider of one's own needs the Pulumi CLI."""
    source = (class_pages.EXAMPLES / "provider.py").read_text(encoding="utf-8")
    monkeypatch.setenv("PULUMI_CONFIG", '{"shop:europeKey": "made-up"}')

    def program() -> Any:
        exec(compile(source, "provider.py", "exec"), {})  # noqa: S102 - a program of ours

    agents = {one.name: one.provider for one in registered(program) if one.title == "Agent"}
    assert "::europe::" in agents["triage-europe"]
    assert "europe" not in agents["triage"]
