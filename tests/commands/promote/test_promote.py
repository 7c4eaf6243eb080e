from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.commands.promote.backport import backport
from pulumi_managed_agents.commands.promote.promote import promote
from pulumi_managed_agents.commands.promote.stage_folder import stage_folder
from pulumi_managed_agents.commands.validate.validate import validate_stages
from pulumi_managed_agents.errors import Conflict, InputError, ManagedAgentsError, Refused
from pulumi_managed_agents.release.ledger import read_receipts, write_receipts
from tests.commands.promote.promotion_project import AGENT, FILES, TEST
from tests.commands.report_schemas import valid

if TYPE_CHECKING:
    from tests.commands.promote.promotion_project import Project

ROSTER = "multiagent: {type: coordinator, agents: [./alone.md]}\n"
TEST_OF_LEAD = TEST.format(name="lead")
ALL = {"agents/triage", "agents/billing", "agents/alone"}


def taken_back(project: Project, *only: str) -> str:
    return "\n".join(backport(project.root, "dev", "staging", only, emulator=False, dry_run=False).lines)


def test_a_stage_without_files_gets_all_that_is_proven(project: Project) -> None:
    """The first promotion makes the folder, hands the receipts over and notes where everything came from."""
    project.promote()

    assert {path: project.text(f"staging/{path}") for path in FILES} == FILES
    assert project.handed("staging") == ALL
    origins = json.loads(project.text("staging.promotion.json"))
    assert origins.keys() == ALL
    assert origins["agents/triage"]["from"] == "dev"


def test_an_environment_that_would_have_the_same_name_in_both_stages_is_reported(project: Project) -> None:
    """One workspace takes a name once: which file, and how to give the stage its own, until it has one."""
    output = project.promote(dry_run=True)
    assert "stacks/staging/environments/box.yaml: name: dev has an environment 'box' as well" in output
    override = "overrides: {environments/box.yaml: {name: box-staging}}"
    assert override.replace("box-staging", "…") in output
    project.put("stacks/staging.values.yaml", f"{override}\n")
    assert "as well" not in project.promote()


def test_promoting_twice_changes_nothing(project: Project) -> None:
    """The second time says so, and leaves every byte as it is."""
    project.promote()
    before = project.files()

    assert "has all of this already; nothing was written" in project.promote()
    assert project.files() == before


def test_a_file_that_cannot_be_written_undoes_those_before_it(project: Project) -> None:
    """A stage that is promoted by half would be neither what was proven nor what was there."""
    project.put("stacks/staging/smoke", "A file where a folder belongs.\n")
    before = project.files()
    with pytest.raises(ManagedAgentsError, match=r"stacks/staging/smoke: .*; nothing was written$"):
        project.promote()
    assert project.files() == before


def test_a_dry_run_writes_nothing(project: Project) -> None:
    """It says how much would be written."""
    before = project.files()

    assert "Nothing was written (--dry-run): 10 files would be" in project.promote(dry_run=True)
    assert project.files() == before


def test_what_is_not_proven_stays_behind_and_is_named(project: Project) -> None:
    """An edit without a receipt, a failed one and an agent without tests are left out, each with what to do."""
    project.promote()
    project.edit("dev/agents/alone.md", "You are", "You surely are")
    project.edit("dev/agents/billing.md", "You are", "You never are")
    project.write("dev", {"agents/new.md": AGENT.format(name="new", more="")})
    project.prove("dev", "agents/billing", reason="billing: reply should contain x")
    output = project.promote()

    assert "not promoted: agents/alone: dev has not proved it as its files are now; `" in output
    assert "not promoted: agents/billing: failed in dev at" in output
    assert "reply should contain x" in output
    assert "not promoted: agents/new: no smoke test in stacks/dev/smoke runs it in dev" in output
    assert "surely" not in project.text("staging/agents/alone.md")
    assert project.text("staging/agents/new.md") == ""


def test_nothing_proven_is_refused(project: Project) -> None:
    """Where nothing can go, the exit code says so."""
    project.edit("dev/agents/alone.md", "You are", "You surely are")

    with pytest.raises(Refused, match="agents/alone: dev has not proved it"):
        project.promote("agents/alone")


def test_a_red_coordinator_does_not_send_its_members_on_when_it_alone_is_named(project: Project) -> None:
    """Nobody asked for the member; without `--only` it goes."""
    project.write("dev", {"agents/lead.md": AGENT.format(name="lead", more=ROSTER), "smoke/lead.yaml": TEST_OF_LEAD})
    with pytest.raises(Refused, match="agents/lead: dev has not proved it"):
        project.promote("agents/lead")
    project.promote()
    project.prove("dev")
    assert "agents/alone: proven in dev" in project.promote("agents/lead")


def test_only_one_root_is_promoted_when_one_is_named(project: Project) -> None:
    """The other's change waits, also its own smoke test."""
    project.promote()
    project.edit("dev/agents/alone.md", "You are", "You surely are")
    project.edit("dev/agents/billing.md", "You are", "You truly are")
    project.prove("dev")
    project.promote("agents/alone")

    assert "surely" in project.text("staging/agents/alone.md")
    assert "truly" not in project.text("staging/agents/billing.md")


def test_a_shared_skill_takes_the_other_root_along_where_that_is_proven_too(project: Project) -> None:
    """With the new skill the other agent is exactly what dev has proved, so its receipt comes as well."""
    project.promote()
    project.edit("dev/skills/notes/SKILL.md", "Write them", "Write all")
    project.prove("dev")
    output = project.promote("agents/triage")

    assert "agents/billing: proven in dev" in output
    assert len(read_receipts(project.root / "stacks/staging.receipts.json")) == 5


def test_a_shared_skill_holds_a_root_back_where_the_other_is_not_proven(project: Project) -> None:
    """Otherwise the other agent would change in staging into something that nobody has tried."""
    project.promote()
    project.edit("dev/skills/notes/SKILL.md", "Write them", "Write all")
    project.edit("dev/agents/billing.md", "You are", "You truly are")
    project.prove("dev", "agents/triage", "agents/alone")
    output = project.promote()

    assert "not promoted: agents/triage: shares files with agents/billing" in output
    assert "Write all" not in project.text("staging/skills/notes/SKILL.md")


def test_a_change_in_the_target_is_shown_and_never_overwritten(project: Project) -> None:
    """The difference is in the message, with the way out; nothing is written."""
    project.promote()
    project.edit("staging/agents/triage.md", "You are", "You hastily are")
    before = project.files()

    with pytest.raises(Conflict) as caught:
        project.promote()
    assert "staging/agents/triage.md: changed in staging only" in str(caught.value)
    assert "+You hastily are triage." in str(caught.value)
    assert "promote dev staging --backport`" in str(caught.value)
    assert project.files() == before


def test_another_root_can_be_promoted_past_a_change_in_the_target(project: Project) -> None:
    """A hotfix of one agent does not stop another."""
    project.promote()
    project.edit("staging/agents/alone.md", "You are", "You hastily are")
    project.edit("dev/agents/billing.md", "You are", "You truly are")
    project.prove("dev")
    project.promote("agents/billing")

    assert "truly" in project.text("staging/agents/billing.md")


def test_a_backport_takes_the_change_into_the_source_where_it_can_be_developed_further(project: Project) -> None:
    """From then on the target's change is the base: what becomes of it in the source can be promoted."""
    project.promote()
    project.edit("staging/agents/triage.md", "You are", "You hastily are")
    assert "up dev` proves it" in taken_back(project)
    assert "hastily" in project.text("dev/agents/triage.md")

    project.edit("dev/agents/triage.md", "hastily", "calmly")
    project.prove("dev")
    project.promote()
    assert "calmly" in project.text("staging/agents/triage.md")


def test_a_backport_brings_new_files_that_the_change_needs(project: Project) -> None:
    """A hotfix may refer to a skill that the source has not got."""
    project.promote()
    project.edit("staging/agents/alone.md", "model:", "skills: [../skills/fix]\nmodel:")
    project.put("stacks/staging/skills/fix/SKILL.md", FILES["skills/notes/SKILL.md"].replace("notes", "fix"))
    taken_back(project)

    assert project.text("dev/skills/fix/SKILL.md") != ""


def test_a_backport_overwrites_nothing_that_the_source_changed_too(project: Project) -> None:
    """A merge is for people; both versions are shown."""
    project.promote()
    project.edit("staging/agents/triage.md", "You are", "You hastily are")
    project.edit("dev/agents/triage.md", "You are", "You calmly are")

    with pytest.raises(Conflict, match="changed on both sides"):
        taken_back(project)
    assert "calmly" in project.text("dev/agents/triage.md")


def test_a_merge_by_hand_on_both_sides_ends_a_conflict(project: Project) -> None:
    """Equal text is no conflict, whatever the base was."""
    project.promote()
    for stage in ("dev", "staging"):
        project.edit(f"{stage}/agents/triage.md", "You are", "You calmly and hastily are")
    project.prove("dev")

    assert "agents/triage: proven in dev" in project.promote()


def test_a_first_promotion_goes_over_what_git_knows_as_an_earlier_content(project: Project) -> None:
    """Stages that were copied by hand before, and lag behind, are no conflict."""
    project.write("staging", FILES)
    project.git("init", "-q")
    project.commit()
    project.edit("dev/agents/triage.md", "You are", "You calmly are")
    project.prove("dev")
    project.promote()

    assert "calmly" in project.text("staging/agents/triage.md")


@pytest.mark.parametrize("arguments", [(), ("init", "-q")], ids=["no repository", "no history"])
def test_a_first_promotion_overwrites_nothing_that_git_does_not_know(
    project: Project, arguments: tuple[str, ...]
) -> None:
    """Without a base and without history, nobody can tell which one is newer."""
    project.git(*(arguments or ("--version",)))
    project.write("staging", FILES)
    project.edit("staging/agents/triage.md", "You are", "You calmly are")

    with pytest.raises(Conflict, match="nothing shows which of them is newer"):
        project.promote()


def test_what_is_gone_in_the_source_is_removed_and_what_others_use_stays(project: Project) -> None:
    """The agent and its test go, the skill that it shared stays; the target's own files are left alone."""
    project.promote()
    project.put("stacks/staging/smoke/own.yaml", TEST.format(name="alone"))
    for path in ("agents/triage.md", "smoke/triage.yaml"):
        (project.root / "stacks/dev" / path).unlink()
    output = project.promote()

    assert "agents/triage: gone from dev, so removed" in output
    assert [project.text(f"staging/{path}") for path in ("agents/triage.md", "smoke/triage.yaml")] == ["", ""]
    assert project.text("staging/skills/notes/SKILL.md") != ""
    assert project.text("staging/smoke/own.yaml") != ""
    assert "agents/triage" not in json.loads(project.text("staging.promotion.json"))


def test_what_the_target_could_not_use_is_not_written(project: Project) -> None:
    """A values file that names what would be gone is found before, with file and line."""
    project.put("stacks/staging.values.yaml", "overrides:\n  agents/triage.md: {model: claude-opus-5-5}\n")
    project.promote()
    for path in ("agents/triage.md", "smoke/triage.yaml"):
        (project.root / "stacks/dev" / path).unlink()

    with pytest.raises(InputError, match=r"stacks/staging.values.yaml:2: .*no such definition"):
        project.promote()
    assert project.text("staging/agents/triage.md") != ""


def test_a_test_that_the_target_would_refuse_is_not_written(project: Project) -> None:
    """A protected stage takes no test that writes to a memory store unless the test says that this is meant."""
    project.put("stacks/Pulumi.staging.yaml", "config: {managed-agents:protectedStage: true}\n")
    test = FILES["smoke/alone.yaml"] + "memory_stores: [{memory_store_id: memstore_1, access: read_write}]\n"
    project.write("dev", {"smoke/alone.yaml": test})
    project.prove("dev")

    with pytest.raises(InputError, match=r"staging/smoke/alone.yaml:\d+: memory_stores.*side_effects: accepted"):
        project.promote()
    assert not (project.root / "stacks/staging").exists()


def test_in_trunk_mode_only_receipts_are_handed_over(project: Project) -> None:
    """Both stages are made of one folder, so there is nothing to copy."""
    project.put(
        "stacks/Pulumi.staging.yaml",
        "config: {managed-agents:verifiedIn: dev, managed-agents:definitions: stacks/dev}\n",
    )
    output = project.promote()

    assert "both stages are made of stacks/dev, so only receipts are handed over" in output
    assert project.handed("staging") == ALL
    assert not (project.root / "stacks/staging").exists()


def test_a_gated_stage_takes_nothing_from_another_stage(project: Project) -> None:
    """The message has the promotion that would be right."""
    project.put("stacks/Pulumi.prod.yaml", "config: {managed-agents:verifiedIn: staging}\n")

    with pytest.raises(Refused, match="promote staging prod`"):
        project.promote(target="prod")


def test_what_is_allowed_without_proof_is_promoted(project: Project) -> None:
    """An exemption of the target counts as in its gate."""
    project.write("dev", {"agents/new.md": AGENT.format(name="new", more="")})
    _, roots = stage_folder(project.root, "dev").load()
    digests = f"digest: {roots['agents/new'].digest[:12]}, effective: {roots['agents/new'].effective_digest[:12]}"
    allowed = f"managed-agents:unproven: [{{root: agents/new, {digests}, reason: trial, by: team}}]"
    project.put("stacks/Pulumi.staging.yaml", f"config: {{managed-agents:verifiedIn: dev, {allowed}}}\n")
    output = project.promote()

    assert "agents/new: allowed without proof (managed-agents:unproven)" in output
    assert project.text("staging/agents/new.md") != ""


def test_a_definition_that_no_root_uses_is_promoted_and_said_to_be_uncovered(project: Project) -> None:
    """Applications may use an environment of which no file of the stage speaks; the gate asks whether that is meant."""
    project.write("dev", {"environments/spare.yaml": "name: spare\nconfig: {type: cloud}\n"})
    output = project.promote()

    assert "environments/spare: no proof covers it" in output
    still = "gate still refuses: stacks/staging/environments/spare.yaml: environments/spare: no proof covers it"
    assert still in output
    assert project.text("staging/environments/spare.yaml") != ""


def test_what_its_tests_ran_in_must_be_as_it_was(project: Project) -> None:
    """An environment that was changed and not deployed was tested by nobody: no agent of it goes on."""
    project.edit("dev/environments/box.yaml", "type: cloud", "type: cloud, networking: {type: limited}")
    with pytest.raises(Refused, match="agents/triage: dev has proved it with other content of environments/box; `"):
        project.promote()
    project.prove("dev")
    assert "agents/triage: proven in dev by triage ($0.01, 2026-01-01T00:00:03+00:00, in environments/box)" in (
        project.promote()
    )
    assert "limited" in project.text("staging/environments/box.yaml")


def test_a_test_that_was_changed_proves_nothing_until_it_runs(project: Project) -> None:
    """Only its agent stays behind."""
    project.edit("dev/smoke/triage.yaml", "{no_errors: true}", "{stop_reason: end_turn}")
    output = project.promote()
    assert "not promoted: agents/triage: dev has proved it with other content of triage; `" in output
    assert "agents/alone: proven in dev" in output


def test_a_receipt_with_other_tests_does_not_take_the_place_of_the_one_that_counts(project: Project) -> None:
    """What stays as it is in the target stays proven, though its tests went on in the source meanwhile."""
    project.promote()
    project.edit("dev/smoke/triage.yaml", "{no_errors: true}", "{stop_reason: end_turn}")
    project.edit("dev/agents/alone.md", "You are", "You surely are")
    project.prove("dev")
    project.promote("agents/alone")
    assert "no_errors" in project.text("staging/smoke/triage.yaml")
    for line in validate_stages(project.root, ["staging"], strict=False):
        assert "refuses" not in str(line)


def test_a_new_environment_does_not_reach_an_agent_that_was_not_tested_in_it(project: Project) -> None:
    """Where one agent brings an environment that another one's tests run in, too, both go or neither does."""
    project.promote()
    project.edit("dev/environments/box.yaml", "type: cloud", "type: cloud, networking: {type: limited}")
    project.prove("dev", "agents/alone")
    with pytest.raises(Refused, match="agents/alone: shares files with agents/"):
        project.promote("agents/alone")
    assert "limited" not in project.text("staging/environments/box.yaml")


def test_an_edited_receipt_is_not_made_good_by_a_promotion(project: Project) -> None:
    """Receipts are written again when others come; one that was tampered with is left out then."""
    project.promote()
    ledger = project.root / "stacks/staging.receipts.json"
    ledger.write_text(ledger.read_text("utf-8").replace('"cost_usd": 0.01', '"cost_usd": 0.02', 1), "utf-8")
    edited = {one.root for one in read_receipts(ledger) if one.edited}
    assert len(edited) == 1
    write_receipts(
        project.receipts / "dev.receipts.json", [one for one in project.made.values() if one.root not in edited]
    )
    with pytest.raises(Refused, match="was edited"):
        project.promote(*edited)
    project.promote(*(ALL - edited))

    assert project.handed("staging") == ALL - edited


def test_names_that_mean_nothing_are_bad_input_with_the_nearest_one(project: Project) -> None:
    """A mistyped stage or root changes nothing."""
    with pytest.raises(InputError, match="did you mean agents/triage"):
        project.promote("agents/triag")
    with pytest.raises(InputError, match="there is no stage 'stagin'"):
        project.promote(target="stagin")


def test_the_body_of_a_pull_request_shows_proof_files_and_what_stays_behind(project: Project) -> None:
    """Everything that a reviewer has to know, in Markdown."""
    project.edit("dev/agents/alone.md", "You are", "You surely are")
    file = project.root / "body.md"
    promote(project.root, "dev", "staging", (), emulator=False, pr_body=str(file))
    body = file.read_text(encoding="utf-8")

    assert "## Promote dev → staging" in body
    assert "| `agents/triage` | `triage` in `environments/box` | $0.01 |" in body
    assert "- `+ stacks/staging/agents/triage.md`" in body
    assert "- `agents/alone`: dev has not proved it" in body
    assert "- stacks/staging/environments/box.yaml: name: dev has an environment 'box' as well" in body


def test_a_promotion_is_written_as_its_schema_says(project: Project) -> None:
    """What is handed over and by which proof, what is left and why, which files change."""
    first = promote(project.root, "dev", "staging", (), emulator=False)
    record = valid("promote", first.rendered("json"))
    roots = {one["name"]: one["proof"]["verdict"] for one in record["promoted"] if one["proof"]}
    assert roots == dict.fromkeys(("agents/alone", "agents/billing", "agents/triage"), "proven")
    assert "stacks/staging/agents/alone.md" in {one["file"] for one in record["files"] if one["action"] == "added"}
    assert record["written"]
