"""A site about stages: one never deployed, one that holds a version back, one rolled back and changed by hand."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.commands.report.session_page import session_page
from pulumi_managed_agents.commands.report.site import Site, StageFacts
from pulumi_managed_agents.commands.report.versions import versions
from pulumi_managed_agents.files.git import Git
from pulumi_managed_agents.review.history import history
from pulumi_managed_agents.review.status import StageStatus, StatusReport, stage_status
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.smoke.recording import read_recording
from tests.review.test_status import BACK, HELD, changed, drift_of, state

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.commands.report.session_page import SessionPage

GIT = shutil.which("git") or "git"
EVIL = "<script>alert('x')</script>"
FILE = "stacks/prod/agents/a.md"


def recorded(stage: str = "prod", secret: str = "") -> SessionPage:
    """A session in which a tool is used, whose answer fails an expectation."""
    lines: list[dict[str, Any]] = [
        {
            "type": "transcript",
            "test": "answers",
            "agent_id": "agent_a",
            "agent_version": 3,
            "session_id": "sesn_1",
            "created_at": "2026-05-02T11:59:00Z",
            "labels": {"stage": stage},
            "body": {"send": "hi"},
        },
        {"type": "transcript.step", "label": "step 1", "sent": []},
        {"type": "user.message", "content": [{"type": "text", "text": f"Where is {EVIL}?"}]},
        {"type": "agent.tool_use", "id": "t1", "name": "look_up", "input": {"order": 42, "token": secret or "none"}},
        {"type": "agent.tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "shipped " * 200}]},
        {"type": "agent.message", "content": [{"type": "text", "text": "It was shipped."}]},
        {"type": "transcript.step_end", "label": "step 1", "seconds": 1.2, "tokens": 90, "cost_usd": 0.03, "files": {}},
        {
            "type": "transcript.result",
            "passed": False,
            "failures": ["step 1: no 'yes'"],
            "cost_usd": 0.03,
            "stop_reason": "end_turn",
        },
    ]
    text = "\n".join(map(json.dumps, lines))
    return session_page(read_recording(text, "t.jsonl", lambda _: KNOWN.scrubber()))


def committed(folder: Path, *texts: str) -> None:
    """A repository in which an agent's file had these texts, one after the other."""
    who = ["-c", "user.name=Ann <b>", "-c", "user.email=ann@example.com"]
    file = folder / FILE
    file.parent.mkdir(parents=True)

    def git(*words: str) -> None:
        subprocess.run([GIT, "-C", folder, *who, *words], check=True)

    git("init", "--quiet")
    for number, text in enumerate(texts):
        file.write_text(text, encoding="utf-8")
        git("add", "--all")
        git("commit", "--quiet", "--message", f"Change {number} {EVIL}")


def sample(folder: Path) -> Site:
    """The site of these stages."""
    before = "---\nname: A\nmodel: claude-haiku-5-5\n---\nSort the inbox.\nTell nobody."
    committed(folder, before, before.replace("haiku", "sonnet").replace("Tell nobody.", EVIL))
    git = Git(folder)
    held, back = state("dev", **HELD), state("prod", **BACK)
    statuses = (
        stage_status(held),
        stage_status(back, drift_of(changed()), before=held, live_versions={"agents/a": "4"}),
    )
    return Site(
        "shop",
        StatusReport(statuses),
        (
            StageFacts(StageStatus("later", "never deployed")),
            StageFacts(statuses[0], held, history(held)),
            StageFacts(statuses[1], back, history(back), (recorded(),)),
        ),
        {FILE: versions(git, git.history_below(folder, 9), {folder / FILE: "agent"})[folder / FILE]},
        {},
        "2026-05-03 08:00 UTC",
    )
