"""Small definition files that are fine as they are, and the way tests write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.stage import Stage

Files = Mapping[str, str | bytes]
"""Contents by path below ``stacks/dev/``; a leading slash means the project's root."""


AGENT = "name: helper\nmodel: claude-opus-5\n"
PROSE_AGENT = "---\nname: helper\nmodel: claude-opus-5\n---\nYou help.\n"
ENVIRONMENT = "name: cloud\n"
SKILL = "---\nname: pr-summary\ndescription: Sums up pull requests.\n---\nRead the diff.\n"
SKILLED = "tools: [{type: agent_toolset_20260401}]\n"
DEPLOYMENT = """\
name: nightly
agent: ../agents/helper.yaml
environment_id: ../environments/cloud.yaml
initial_events: [{type: user.message, content: [{type: text, text: Go.}]}]
"""
SMOKE = """\
agent: ../agents/helper.yaml
environment: ../environments/cloud.yaml
budget_usd: 0.25
send: Hello
expect: {reply: {contains: [hello]}}
"""


class Load(Protocol):
    """The fixture `loaded`."""

    def __call__(self, files: Files, *, definitions: str | None = None, strict: bool = False) -> Stage:
        """Write files and load the stage they make."""


class FindingsOf(Protocol):
    """The fixture `findings_of`."""

    def __call__(self, files: Files, *, strict: bool = False) -> list[str]:
        """Write files and return every finding about the stage, as printed."""


def write(project: Path, files: Files) -> None:
    """Write files into a project with a stage called dev."""
    (project / "stacks/dev").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = project / name[1:] if name.startswith("/") else project / "stacks/dev" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
