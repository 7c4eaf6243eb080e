from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator

from pulumi_managed_agents.commands.pull.pulled import Pulled, PulledField
from pulumi_managed_agents.commands.pull.report import rendered
from pulumi_managed_agents.commands.pull.result import FILE, PullReport, schema, write_schema
from pulumi_managed_agents.files.written_files import FileChange
from pulumi_managed_agents.reconcile.compare import Change
from pulumi_managed_agents.reconcile.plan import Plan

if TYPE_CHECKING:
    import pytest

CHANGE = Change(("system",), "conflict", "a", "b", "c")
PLAN = Plan("agent", "agents/a", "stacks/prod/agents/a.md", "conflict", changes=(CHANGE,))
FILES = (FileChange(Path("a.md"), "stacks/prod/agents/a.md", b"a\n", b"b\n"),)


COMMITTED = Path(__file__).parents[3] / "schemas" / FILE


def text(report: PullReport) -> str:
    return " ".join(str(rendered(report, "text", 100)).split())


def test_a_clash_goes_before_a_file_that_cannot_be_edited() -> None:
    """6 for a clash, 1 for such a file, else 0, also where values are only named."""
    clash, named = (Pulled(PLAN, (PulledField(outcome, (CHANGE,)),)) for outcome in ("clash", "named"))
    assert PullReport("prod", pulled=(clash,), failures=("x",)).exit_code == 6
    assert PullReport("prod", pulled=(named,), failures=("x",)).exit_code == 1
    assert PullReport("prod", pulled=(named,)).exit_code == 0


def test_what_to_do_next_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Review; settle clashes; on a stage with a gate, prove it in the stage before."""
    taken, clash = (Pulled(PLAN, (PulledField(outcome, (CHANGE,)),)) for outcome in ("taken", "clash"))
    monkeypatch.setattr("sys.argv", ["managed-agents"])
    assert "review with `git diff`, then `managed-agents preview prod`" in text(
        PullReport("prod", pulled=(taken,), files=FILES)
    )
    shown = text(PullReport("prod", gated_by="staging", pulled=(clash,), files=FILES))
    assert "`managed-agents validate prod` names those that are left" in shown
    assert "prod takes only what staging has proved, so it refuses these files until then" in shown
    assert "`managed-agents promote staging prod --backport` takes them there" in shown
    assert "Nothing was written." in text(PullReport("prod", pulled=(taken,)))


def test_json_keeps_the_schema_that_is_committed(tmp_path: Path) -> None:
    """Programs that read it can rely on its form; every field is described."""
    report = PullReport("prod", pulled=(Pulled(PLAN, (PulledField("clash", (CHANGE,)),)),), files=FILES, dry_run=True)
    Draft202012Validator(schema()).validate(json.loads(str(rendered(report, "json", 100))))
    assert write_schema(tmp_path).read_text("utf-8") == COMMITTED.read_text("utf-8")
    tables = [schema(), *schema()["$defs"].values()]
    assert all("description" in field for one in tables for field in one["properties"].values())
