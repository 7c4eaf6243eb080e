"""What the gate lets through, and how it says no."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.release.gate import gate
from pulumi_managed_agents.release.receipt import from_statement
from tests.release.proven_stage import FILES, Project, changed

if TYPE_CHECKING:
    from collections.abc import Callable

Statement = dict[str, Any]
BECAUSE = "(managed-agents:verifiedIn is 'staging')"
TAMPERED = [
    pytest.param("skills/notes/scripts/sum.py", b"print(1)", b"print(2)", id="a byte of a skill's file"),
    pytest.param("skills/notes/SKILL.md", b"Write", b"write", id="a letter of a skill"),
    pytest.param("agents/triage.md", b"skills: [../skills/notes]", b"skills: []", id="a reference taken out"),
    pytest.param("agents/triage.md", b"caf\xc3\xa9", b"cafe", id="a letter of a prompt"),
    pytest.param("deployments/nightly.yaml", b"agents/triage.md", b"agents/lead.yaml", id="a swapped reference"),
    pytest.param("data/orders.csv", b"9.50", b"0.50", id="an uploaded file"),
    pytest.param("vaults/crm.yaml", b"CRM_TOKEN", b"ADMIN_TOKEN", id="another secret"),
    pytest.param("texts/tone.txt", b"brief", b"rude", id="a text that a template includes"),
]


def test_what_was_proved_passes(project: Project) -> None:
    """The same content as in the stage that proved it needs nothing else."""
    assert project.refused(project.receipts()) == []


@pytest.mark.parametrize(("name", "before", "after"), TAMPERED)
def test_changed_content_is_refused(project: Project, name: str, before: bytes, after: bytes) -> None:
    """Every root that the change reaches is named, with the command that gets a receipt."""
    project.change(name, before, after)
    moved = {root for root, digest in project.digests().items() if digest != project.digests("staging")[root]}
    refused = project.refused(project.receipts())
    refused = [line for line in refused if "no proof covers it" not in line]
    assert len(refused) == len(moved) > 0
    assert all("staging has proved other content than this" in line and BECAUSE in line for line in refused)
    assert {line.partition(": ")[2].partition(": ")[0] for line in refused} == moved
    advised = [f"run `managed-agents promote staging prod --only {root} --emulator`" for root in sorted(moved)]
    assert all(any(command in line for line in refused) for command in advised)


def test_an_unknown_root_is_refused_at_its_file(project: Project) -> None:
    """The line begins with the file, as every finding does."""
    receipts = [one for one in project.receipts() if one.root != "agents/lead"]
    (line,) = project.refused(receipts)
    assert line.startswith("stacks/prod/agents/lead.yaml: agents/lead: staging has not proved it (no receipt for ")


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda one: one["predicate"].update(stage="staging", finished_at="2020-01-01"), id="time"),
        pytest.param(lambda one: one["subject"][0]["digest"].update(sha256="0" * 64), id="digest"),
        pytest.param(
            lambda one: one["predicate"]["effective"]["fields"].update({"agents/lead:model": "0"}), id="field"
        ),
        pytest.param(lambda one: one["predicate"].pop("checksum"), id="checksum"),
        pytest.param(lambda one: one["predicate"].update(result="FAILED"), id="result"),
    ],
)
def test_an_edited_receipt_proves_nothing(project: Project, edit: Callable[[Statement], object]) -> None:
    """Whatever was changed in it, it is not as it was made."""
    receipts = project.receipts()
    lead = next(one for one in receipts if one.root == "agents/lead")
    statement = json.loads(json.dumps(lead.statement()))
    edit(statement)
    edited = from_statement(statement, "a file")
    assert edited.edited
    others = [one for one in receipts if one is not lead]
    (line,) = project.refused([*others, edited])
    assert "agents/lead" in line


def test_an_edited_receipt_is_not_outweighed_by_a_good_one(project: Project) -> None:
    """Somebody edited what is committed: that wants to be looked at."""
    receipts = project.receipts()
    (line,) = project.refused([*receipts, *changed(receipts[:1], receipts[0].root, edited=True)])
    assert "was edited after it was made" in line


def test_a_promoted_failure_does_not_become_a_pass_by_editing(project: Project) -> None:
    """Turning FAILED into PASSED leaves the receipt as useless as it was."""
    failed = changed(project.receipts(), "agents/lead", failed=("lead-hands-out",), reason="lead-hands-out: no")
    text = json.dumps([one.statement() for one in failed]).replace('"result": "FAILED"', '"result": "PASSED"')
    read = [from_statement(one, "a file") for one in json.loads(text)]
    assert len(project.refused(read)) == 1


def test_a_revoked_receipt_counts_before_the_one_it_revokes(project: Project) -> None:
    """A later failure with the same content takes the proof away, and says when and why."""
    failed = {"failed": ("lead-hands-out",), "reason": "lead-hands-out: no hello", "since": ""}
    later = changed(project.receipts(), "agents/lead", finished_at="2026-05-02T08:00:00+00:00", **failed)
    (line,) = project.refused([*later, *project.receipts()])
    assert "it failed in staging at 2026-05-02T08:00:00+00:00: lead-hands-out: no hello" in line


@pytest.mark.parametrize(
    "fields",
    [pytest.param({"stage": "dev"}, id="another stage"), pytest.param({"project": "blog"}, id="another project")],
)
def test_a_receipt_counts_only_for_its_stage_and_project(project: Project, fields: dict[str, str]) -> None:
    """What dev proved is not proved in staging."""
    assert len(project.refused(changed(project.receipts(), "agents/lead", **fields))) == 1


def test_an_untested_root_is_told_how_to_be_proved(project: Project) -> None:
    """Without a test there can be no receipt: write one, or allow this very content."""
    project.remove("smoke/lead-hands-out.yaml")
    receipts = [one for one in project.receipts() if one.root != "agents/lead"]
    (line,) = project.refused(receipts)
    digest = project.digests()["agents/lead"][:12]
    assert "no smoke test is about it that runs in staging" in line
    assert f"managed-agents:unproven: [{{root: agents/lead, digest: {digest}, effective: " in line


def test_another_test_proves_something_else(project: Project) -> None:
    """A test that was changed, added or removed after it ran proves nothing until it runs again."""
    receipts = project.receipts()
    project.change("smoke/lead-hands-out.yaml", b"contains: [hello]", b"contains: [h]")
    (line,) = project.refused(receipts)
    assert line.startswith("stacks/prod/smoke/lead-hands-out.yaml: differs from the test that passed in staging; run ")
    project.remove("smoke/lead-hands-out.yaml")
    (line,) = project.refused(receipts)
    assert "agents/lead: the smoke test lead-hands-out, with which staging proved it, is not here" in line
    project.write("stacks/prod/smoke/lead-hands-out.yaml", FILES["smoke/lead-hands-out.yaml"])
    project.write("stacks/prod/smoke/another.yaml", FILES["smoke/lead-hands-out.yaml"])
    (line,) = project.refused(receipts)
    assert line.startswith("stacks/prod/smoke/another.yaml: did not run in staging when that proved agents/lead; ")
    project.write("stacks/prod/smoke/another.yaml", FILES["smoke/lead-hands-out.yaml"] + "stages: [prod]\n")
    assert project.refused(receipts) == []


@pytest.mark.parametrize(
    ("age", "refused"),
    [
        pytest.param("24h", 0, id="exactly as old"),
        pytest.param("1d", 0, id="in days"),
        pytest.param("30m", 0, id="older"),
        pytest.param("25h", 4, id="too young"),
    ],
)
def test_content_must_have_stood_for_a_while(project: Project, age: str, refused: int) -> None:
    """`minAge` counts from when the content was first proved."""
    lines = project.refused(project.receipts(), minAge=age)
    assert len(lines) == refused
    assert all("wait until 2026-05-02T13:00:00+00:00" in line for line in lines)


def test_a_run_that_passes_again_does_not_make_content_younger(project: Project) -> None:
    """A receipt says since when its content stands proven, beside when it was last tested."""
    again = [one for root in project.roots() for one in changed(project.receipts(), root) if one.root == root]
    renewed = [changed([one], one.root, finished_at="2026-05-02T11:59:00+00:00")[0] for one in again]
    assert project.refused(renewed, minAge="24h") == []


OVERRIDES = {
    "model": "{agents/triage.md: {model: claude-opus-5-5}}",
    "urls": "{agents/triage.md: {mcp_servers: {crm: {url: https://crm.example.com/test}}}}",
    "hosts": "{environments/box.yaml: {config: {networking: {allowed_hosts: [crm.example.com, pypi.org]}}}}",
    "schedule": '{deployments/nightly.yaml: {schedule: {expression: "0 5 * * *"}}}',
    "budget": '{deployments/nightly.yaml: {budget: {type: limit, max_list_cost: {amount: "50", currency: USD}}}}',
    "metadata": "{agents/triage.md: {metadata: {team: prod}}}",
    "agent.tools": "{agents/triage.md: {tools: {agent_toolset_20260401: {default_config: {enabled: false}}}}}",
}


@pytest.mark.parametrize("word", sorted(OVERRIDES))
def test_a_stage_may_differ_only_where_it_is_allowed(project: Project, word: str) -> None:
    """A field that the values file sets otherwise is refused at its line there, unless its word is given."""
    receipts = project.receipts()
    project.write("stacks/prod.values.yaml", f"overrides: {OVERRIDES[word]}\n")
    assert project.refused(receipts, stageMayDiffer=json.dumps([word])) == []
    refused = project.refused(receipts, stageMayDiffer="[]")
    assert refused
    assert all("differs from what staging has proved (" in line for line in refused)
    assert all("; only nothing may differ: prove it in staging as well, or let it differ" in line for line in refused)
    assert all(BECAUSE in line for line in refused)


def test_by_default_stages_differ_where_they_do_by_nature(project: Project) -> None:
    """Model, addresses, hosts, schedule and budget are a stage's own; what an agent is told or may do is not."""
    receipts = project.receipts()
    own = [OVERRIDES[word] for word in ("model", "schedule", "hosts")]
    merged = ", ".join(text[1:-1] for text in own)
    project.write("stacks/prod.values.yaml", f"overrides: {{{merged}}}\n")
    assert project.refused(receipts) == []
    difference = "agents/triage:model.id: proven in staging with another value"
    assert f'{difference} ("claude-haiku-5-5" there, "claude-opus-5-5" here)' in project.judged(receipts).notes
    project.write("stacks/prod.values.yaml", "overrides:\n  agents/triage.md:\n    system: Say yes to all.\n")
    assert {line.partition(": ")[0] for line in project.refused(receipts)} == {"stacks/prod.values.yaml:3"}


def test_power_that_comes_of_other_values_is_reported(project: Project) -> None:
    """By the rules of the capability review, with what was proved as what was there before."""
    receipts = project.receipts()
    project.write("stacks/prod.values.yaml", f"overrides: {OVERRIDES['hosts']}\n")
    notes = project.judged(receipts).notes
    gained = "pypi.org can be reached, also by web_fetch and web_search"
    assert f"environments/box: new power over what staging has proved: {gained}" in notes
    hosts = 'with another value (["crm.example.com"] there, ["crm.example.com", "pypi.org"] here)'
    assert f"environments/box:config.networking.allowed_hosts: proven in staging {hosts}" in notes


def test_a_limit_that_is_taken_away_is_power(project: Project) -> None:
    """A field that only the proven content has counts as well."""
    budget = 'name: nightly\nbudget: {type: limit, max_list_cost: {amount: "100", currency: USD}}'
    for stage in ("staging", "prod"):
        text = FILES["deployments/nightly.yaml"].replace("name: nightly", budget)
        project.write(f"stacks/{stage}/deployments/nightly.yaml", text)
    project.write("stacks/prod.values.yaml", "overrides: {deployments/nightly.yaml: {budget: null}}\n")
    notes = project.judged(project.receipts()).notes
    power = "what a session costs is no longer capped (it was, at $1.00)"
    assert f"deployments/nightly: new power over what staging has proved: {power}" in notes


def test_what_goes_without_proof_is_reported_as_long_as_it_does(project: Project) -> None:
    """An uncovered definition, an ignored drift, and what no test waits for."""
    receipts = project.receipts()
    project.write("stacks/prod/environments/apps.yaml", "name: apps\n")
    project.write("stacks/prod.values.yaml", "drift: {ignore: {agents/triage.md: [system]}}\n")
    judged = project.judged(receipts, uncovered='["environments/apps"]', onDrift="ignore")
    assert judged.refusals == []
    assert judged.uncovered == ["no smoke test covers deployments/nightly: schedule"]
    assert judged.warnings == [
        "environments/apps: no proof covers it, allowed by managed-agents:uncovered",
        "stacks/prod.values.yaml: drift.ignore: nobody undoes changes by hand of system of agents/triage, and no "
        "proof covers them",
        "managed-agents:onDrift is 'ignore': nobody undoes changes by hand, and no proof covers them",
    ]


def test_a_stage_without_a_gate_names_what_no_proof_covers(project: Project) -> None:
    """So that it is known before the next stage asks."""
    project.write("stacks/prod/environments/apps.yaml", "name: apps\n")
    judged = project.judged([], verifiedIn="")
    assert judged.uncovered == ["no smoke test covers environments/apps, deployments/nightly: schedule"]


def test_an_exemption_ends_with_the_content_it_was_given_for(project: Project) -> None:
    """It names the content by the beginning of its digest, who allows it and why."""
    lead = project.roots()["agents/lead"]
    digests = {"root": lead.name, "digest": lead.digest[:12], "effective": lead.effective_digest[:12]}
    unproven = json.dumps([{**digests, "reason": "incident 7", "by": "ana"}])
    receipts = [one for one in project.receipts() if one.root != "agents/lead"]
    assert project.refused(receipts, unproven=unproven) == []
    warnings = project.judged(receipts, unproven=unproven).warnings
    assert warnings == ["agents/lead: not proven, allowed by ana: incident 7"]
    project.write("stacks/prod/agents/lead.yaml", FILES["agents/lead.yaml"] + "system: More.\n")
    assert len(project.refused(receipts, unproven=unproven)) == 1
    (line,) = project.judged(receipts, unproven=unproven).warnings
    assert line.endswith(" (incident 7) is not agents/lead as it is now, so it allows nothing; remove it")


def test_a_stage_cannot_prove_itself(project: Project) -> None:
    """Its receipts come of the very up that they would allow."""
    with pytest.raises(InputError, match="verifiedIn of prod names that stage itself"):
        project.refused([], verifiedIn="prod")


def test_without_a_gate_nothing_is_asked(project: Project) -> None:
    """A stage without `verifiedIn` needs no receipts."""
    assert project.refused([], verifiedIn="") == []


def test_every_agent_may_be_required_to_have_a_test(project: Project) -> None:
    """`requireSmoke: all` is refused at the agent's file, wherever the stage stands."""
    project.remove("smoke/lead-hands-out.yaml")
    (line,) = project.refused([], verifiedIn="", requireSmoke="all")
    assert line.startswith("stacks/prod/agents/lead.yaml: no smoke test is about it that runs in prod ")
    assert line.endswith("(managed-agents:requireSmoke is 'all')")


@pytest.mark.parametrize(
    ("config", "names"),
    [
        pytest.param(
            {"requireSmoke": "some"}, "requireSmoke is 'some'; it must be one of none, changed, all", id="word"
        ),
        pytest.param({"minAge": "soon"}, "minAge is 'soon'; it must be a time such as 30m, 24h or 2d", id="age"),
        pytest.param({"stageMayDiffer": "model"}, "stageMayDiffer must be a list", id="no list"),
        pytest.param(
            {"unproven": "[{}]"}, "unproven must be a list of {root, digest, effective, reason, by}", id="no exemption"
        ),
        pytest.param(
            {"unproven": '[{"digest": "abc", "reason": "r", "by": "b"}]'}, "at least 12 hex digits", id="short"
        ),
    ],
)
def test_a_gate_that_cannot_be_read_stops(config: dict[str, str], names: str) -> None:
    """A mistyped gate must not stand open."""
    with pytest.raises(InputError, match="managed-agents:") as caught:
        gate(config, "shop")
    assert names in str(caught.value)
