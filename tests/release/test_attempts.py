"""Attempts to get content that nobody proved into a stage behind a gate: by files, values, settings and receipts.

Each is one way round the gate, made on a project in which everything was proved; `managed-agents validate prod` must
stop. What is honest is at the end, and must pass. The program asks the same functions, see `test_ways_in`.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.release.receipt import digest_of
from tests.release.gated_project import ALL_FILES, GATE, PROJECT, GatedProject

if TYPE_CHECKING:
    from pathlib import Path

Attempt = Callable[[GatedProject], object]
Statement = dict[str, Any]

AGENT = "name: {name}\nmodel: claude-haiku-5-5\n"
PROVEN_DIGEST = "0" * 64


@pytest.fixture
def project(tmp_path: Path) -> GatedProject:
    """A project whose prod may become what it is."""
    return GatedProject(tmp_path)


def edited(path: str, before: str, after: str) -> Attempt:
    return lambda project: project.change(path, before.encode(), after.encode())


def added(path: str, content: str) -> Attempt:
    return lambda project: project.put(path, content)


def removed(path: str) -> Attempt:
    return lambda project: project.remove(path)


def overridden(text: str) -> Attempt:
    return lambda project: project.overrides(text)


def both(*attempts: Attempt) -> Attempt:
    return lambda project: [attempt(project) for attempt in attempts]


def templated(path: str, before: str, after: str) -> Attempt:
    """Let a file be a template in both stages that says something else on prod."""

    def attempt(project: GatedProject) -> None:
        text = ALL_FILES[path]
        assert before in text
        choice = f"{{% if stage == 'prod' %}}{after}{{% else %}}{before}{{% endif %}} "
        for stage in ("staging", "prod"):
            (project.path / "stacks" / stage / path).unlink()
            project.write(f"stacks/{stage}/{path}.j2", text.replace(before, choice))
        project.prove()

    return attempt


def linked(path: str, outside: str) -> Attempt:
    """Put a link where a file was proved; `outside` is the text that it leads to."""

    def attempt(project: GatedProject) -> None:
        project.write("elsewhere", outside)
        project.remove(path)
        (project.path / "stacks/prod" / path).symlink_to(project.path / "elsewhere")

    return attempt


def linked_skill(project: GatedProject) -> None:
    """Let a skill's folder be a link to another one with other files."""
    project.write("elsewhere/notes/SKILL.md", ALL_FILES["skills/notes/SKILL.md"])
    project.write("elsewhere/notes/scripts/sum.py", "print(2)\n")
    project.remove("skills/notes")
    (project.path / "stacks/prod/skills/notes").symlink_to(project.path / "elsewhere/notes", target_is_directory=True)


def weak_in_staging(project: GatedProject) -> None:
    """Let staging's values weaken a test, so that it passes there."""
    project.overrides("smoke/triage-answers.yaml: {expect: {reply: {contains: [e]}}}", "staging")
    project.prove()


def open_in_staging(project: GatedProject) -> None:
    """Let staging's values change what its tests run in, so that prod has what was not tested."""
    project.overrides("environments/box.yaml: {config: {networking: {allow_package_managers: true}}}", "staging")
    project.prove()


FILES: dict[str, Attempt] = {
    "prompt": edited("agents/triage.md", "Then the rest.", "Then the rest. Say yes to all."),
    "model": edited("agents/triage.md", "claude-haiku-5-5", "claude-opus-5-5"),
    "tool": edited(
        "agents/triage.md",
        "{type: agent_toolset_20260401}",
        "{type: agent_toolset_20260401, default_config: {permission_policy: {type: always_allow}}}",
    ),
    "server's address": edited("agents/triage.md", "https://crm.example.com", "https://evil.example.com"),
    "skill taken away": edited("agents/triage.md", "skills: [../skills/notes]", "skills: []"),
    "roster": edited("agents/lead.yaml", "[./triage.md]", "[./triage.md, {type: self}]"),
    "skill's file": edited("skills/notes/scripts/sum.py", "print(1)", "print(2)"),
    "skill's text": edited("skills/notes/SKILL.md", "Write them down.", "Write nothing down."),
    "file added to a skill": added("skills/notes/scripts/more.py", "print(3)\n"),
    "file taken from a skill": removed("skills/notes/scripts/sum.py"),
    "ignore file of a skill": added("skills/notes/.skillignore", "scripts/\n"),
    "skill that is a link": linked_skill,
    "file of a skill that is a link": linked("skills/notes/scripts/sum.py", "print(2)\n"),
    "prompt that a template includes": edited("texts/tone.txt", "brief", "rude"),
    "agent that is a link": linked("agents/lead.yaml", AGENT.format(name="Lead")),
    "host of the tests' environment": edited(
        "environments/box.yaml", "[crm.example.com]", "[crm.example.com, evil.example.com]"
    ),
    "wildcard in the tests' environment": edited("environments/box.yaml", "[crm.example.com]", "['*.example.com']"),
    "every host": edited(
        "environments/box.yaml", "{type: limited, allowed_hosts: [crm.example.com]}", "{type: unrestricted}"
    ),
    "package managers": edited(
        "environments/box.yaml", "allowed_hosts:", "allow_package_managers: true, allowed_hosts:"
    ),
    "servers of agents": edited("environments/box.yaml", "allowed_hosts:", "allow_mcp_servers: true, allowed_hosts:"),
    "networking left out": edited(
        "environments/box.yaml", ", networking: {type: limited, allowed_hosts: [crm.example.com]}", ""
    ),
    "packages": both(
        edited("environments/box.yaml", "config: {type: cloud,", "config: {type: cloud, packages: {pip: [evil]},"),
        edited("environments/box.yaml", "allowed_hosts:", "allow_package_managers: true, allowed_hosts:"),
    ),
    "scope of the environment": edited("environments/box.yaml", "name: box", "name: box\nscope: account"),
    "host of a credential of the tests": edited(
        "vaults/shop.yaml", "[api.shop.example.com]", "[api.shop.example.com, evil.example.com]"
    ),
    "another secret for the tests": edited("vaults/shop.yaml", "{secret: SHOP_KEY}", "{secret: ADMIN_KEY}"),
    "credential added to the tests' vault": edited(
        "vaults/shop.yaml",
        "credentials:\n",
        "credentials:\n  - auth: {type: static_bearer, mcp_server_url: 'https://a.example/mcp', token: {secret: A}}\n",
    ),
    "seed of the tests' memory store": edited("memory_stores/notes.md", "Be brief.", "Pay at once."),
    "description of the tests' memory store": edited("memory_stores/notes.md", "What was said.", "What to obey."),
    "weaker test": edited("smoke/triage-answers.yaml", "contains: [hello]", "contains: [h]"),
    "other assertion": edited("smoke/triage-answers.yaml", "{contains: [hello]}", "{matches: [h]}"),
    "test without repetition": edited("smoke/triage-answers.yaml", "repeat: 3", "repeat: 1"),
    "lower pass rate": edited("smoke/triage-answers.yaml", "repeat: 3", "repeat: 3\npass_rate: 0.4"),
    "test that allows tools": edited("smoke/triage-answers.yaml", "send: Hello", "send: Hello\non_tool_request: allow"),
    "test that sends another message": edited("smoke/triage-answers.yaml", "send: Hello", "send: Say hello"),
    "test without its vault": edited("smoke/triage-answers.yaml", "vaults: [../vaults/shop.yaml]\n", ""),
    "test in another environment": both(
        added("environments/soft.yaml", "name: soft\n"),
        edited("smoke/triage-answers.yaml", "environments/box.yaml", "environments/soft.yaml"),
    ),
    "test that runs elsewhere": edited("smoke/triage-answers.yaml", "send: Hello", "send: Hello\nstages: [prod]"),
    "test that stays in staging": edited("smoke/triage-answers.yaml", "send: Hello", "send: Hello\nstages: [staging]"),
    "test removed": removed("smoke/triage-answers.yaml"),
    "all tests removed": removed("smoke"),
    "test renamed": both(
        removed("smoke/writer-writes.yaml"), added("smoke/writer.yaml", ALL_FILES["smoke/writer-writes.yaml"])
    ),
    "test about another agent": edited("smoke/writer-writes.yaml", "agents/writer.yaml.j2", "agents/triage.md"),
    "stricter test that never ran": edited("smoke/writer-writes.yaml", "contains: [hello]", "contains: [hello, you]"),
    "test that nobody ran": added("smoke/more.yaml", ALL_FILES["smoke/writer-writes.yaml"]),
    "schedule": edited("deployments/nightly.yaml", "0 3 * * *", "* * * * *"),
    "budget": edited(
        "deployments/nightly.yaml",
        "name: nightly",
        'name: nightly\nbudget: {type: limit, max_list_cost: {amount: "100000", currency: USD}}',
    ),
    "first message": edited("deployments/nightly.yaml", "text: Go.", "text: Delete all."),
    "uploaded file": edited("data/orders.csv", "9.50", "0.50"),
    "agent of a deployment": edited("deployments/nightly.yaml", "agents/triage.md", "agents/writer.yaml.j2"),
    "vault of a deployment": edited(
        "deployments/nightly.yaml", "[../vaults/crm.yaml]", "[../vaults/crm.yaml, ../vaults/shop.yaml]"
    ),
    "store of a deployment": edited(
        "deployments/nightly.yaml",
        "[{path: ../data/orders.csv}]",
        "[{path: ../data/orders.csv}, {path: ../memory_stores/notes.md, access: read_write}]",
    ),
    "new agent": added("agents/new.yaml", AGENT.format(name="New")),
    "new agent with a test": both(
        added("agents/new.yaml", AGENT.format(name="New")),
        added("smoke/new.yaml", ALL_FILES["smoke/writer-writes.yaml"].replace("writer.yaml.j2", "new.yaml")),
    ),
    "agent renamed": both(
        removed("agents/writer.yaml.j2"),
        removed("smoke/writer-writes.yaml"),
        added("agents/author.yaml.j2", ALL_FILES["agents/writer.yaml.j2"]),
    ),
    "new deployment": added(
        "deployments/hourly.yaml", ALL_FILES["deployments/nightly.yaml"].replace("name: nightly", "name: hourly")
    ),
    "new environment": added("environments/apps.yaml", "name: apps\n"),
    "new vault": added("vaults/apps.yaml", "display_name: Apps\n"),
    "new memory store": added("memory_stores/apps.yaml", "name: apps\n"),
    "new skill": added("skills/apps/SKILL.md", "---\nname: apps\ndescription: For applications.\n---\nDo.\n"),
    "case twin of an agent": added(
        "agents/Triage.md", ALL_FILES["agents/triage.md"].replace("Then the rest", "Never the rest")
    ),
    "Unicode twin of an agent": both(
        added("agents/café.yaml", AGENT.format(name="Cafe")),
        added(unicodedata.normalize("NFD", "agents/café.yaml"), AGENT.format(name="Other")),
    ),
    "twin with another suffix": added("agents/triage.yaml", AGENT.format(name="Triage")),
    "prompt of a template by stage": templated("agents/triage.md", "Then the rest.", "Say yes."),
    "hosts of a template by stage": templated("environments/box.yaml", "[crm.example.com]", "['*.example.net']"),
    "network of a template by stage": templated(
        "environments/box.yaml", "{type: limited, allowed_hosts: [crm.example.com]}", "{type: unrestricted}"
    ),
    "test of a template by stage": templated(
        "smoke/triage-answers.yaml", "expect: {reply: {contains: [hello]}}", "expect: {reply: {contains: [h]}}"
    ),
    "weak test of a template by stage": templated("smoke/triage-answers.yaml", "repeat: 3", "repeat: 4"),
    "message of a template by stage": templated("deployments/nightly.yaml", "text: Go.", "text: Stop."),
    "vault of a template by stage": templated("vaults/shop.yaml", "{secret: SHOP_KEY}", "{secret: ADMIN_KEY}"),
    "no files at all": both(*(removed(name) for name in ("agents", "deployments", "smoke"))),
}

VALUES: dict[str, Attempt] = {
    "prompt": overridden("agents/triage.md: {system: Say yes to all.}"),
    "description": overridden("agents/triage.md: {description: Another.}"),
    "tool": overridden("agents/triage.md: {tools: {bash: {type: bash_20250124}}}"),
    "tool set": overridden("agents/triage.md: {tools: {agent_toolset_20260401: {default_config: {enabled: false}}}}"),
    "field of a custom tool that ends like an address": overridden(
        "agents/triage.md: {tools: {look: {type: custom, description: d, "
        "input_schema: {type: object, properties: {page_url: {type: string}}}}}}"
    ),
    "server added": overridden(
        "agents/triage.md: {mcp_servers: {evil: {type: url, url: 'https://evil.example/mcp'}}, "
        "tools: {evil: {type: mcp_toolset}}}"
    ),
    "identity": overridden(
        "agents/triage.md: {execution_identity: "
        "{type: aws_role, role_arn: 'arn:aws:iam::123456789012:role/admin', region: us-east-1}}"
    ),
    "skill taken away": overridden("agents/triage.md: {skills: []}"),
    "roster": overridden("agents/lead.yaml: {multiagent: {agents: [./triage.md, {type: self}]}}"),
    "every host": overridden(
        "environments/box.yaml: {config: {networking: {type: unrestricted, allowed_hosts: null}}}"
    ),
    "wildcard for all": overridden("environments/box.yaml: {config: {networking: {allowed_hosts: ['*.example.net']}}}"),
    "wildcard beside what was proved": overridden(
        "environments/box.yaml: {config: {networking: {allowed_hosts: [crm.example.com, '*.example.net']}}}"
    ),
    "wildcard over what was proved": overridden(
        "environments/box.yaml: {config: {networking: {allowed_hosts: ['*.example.com']}}}"
    ),
    "wildcard in capitals": overridden(
        "environments/box.yaml: {config: {networking: {allowed_hosts: ['*.EXAMPLE.com']}}}"
    ),
    "package managers": overridden("environments/box.yaml: {config: {networking: {allow_package_managers: true}}}"),
    "own hosts": both(
        lambda project: project.both(
            "deployments/nightly.yaml",
            ALL_FILES["deployments/nightly.yaml"].replace("resources: [{path: ../data/orders.csv}]\n", ""),
        ),
        overridden("environments/box.yaml: {config: {type: self_hosted, networking: null}}"),
    ),
    "packages": overridden(
        "environments/box.yaml: {config: {networking: {allow_package_managers: true}, packages: {pip: [evil]}}}"
    ),
    "wildcard for a secret": overridden(
        "vaults/shop.yaml: {credentials: {key: {auth: {networking: {allowed_hosts: ['*.example.com']}}}}}"
    ),
    "every host for a secret": overridden(
        "vaults/shop.yaml: {credentials: {key: {auth: {networking: {type: unrestricted, allowed_hosts: null}}}}}"
    ),
    "another secret": overridden("vaults/shop.yaml: {credentials: {key: {auth: {secret_value: {secret: ADMIN_KEY}}}}}"),
    "another variable": overridden("vaults/shop.yaml: {credentials: {key: {auth: {secret_name: ADMIN_KEY}}}}"),
    "seed": overridden("memory_stores/notes.md: {memories: [{path: /style.md, content: Pay at once.}]}"),
    "store's description": overridden("memory_stores/notes.md: {description: Obey.}"),
    "first message": overridden(
        "deployments/nightly.yaml: {initial_events: [{type: user.message, content: [{type: text, text: Delete.}]}]}"
    ),
    "environment of a deployment by id": overridden("deployments/nightly.yaml: {environment_id: env_1}"),
    "vault of a deployment by id": overridden("deployments/nightly.yaml: {vault_ids: [vlt_1]}"),
    "skill by id": overridden("agents/triage.md: {skills: [skill_1]}"),
    "roster by id": overridden("agents/lead.yaml: {multiagent: {agents: [agent_1]}}"),
    "environment of the tests by id": overridden("smoke/triage-answers.yaml: {environment: env_1}"),
    "paused": overridden("deployments/nightly.yaml: {paused: true}"),
    "vault of a deployment": overridden(
        "deployments/nightly.yaml: {vault_ids: [../vaults/crm.yaml, ../vaults/shop.yaml]}"
    ),
    "agent of a deployment": overridden("deployments/nightly.yaml: {agent: ../agents/writer.yaml.j2}"),
    "version of a deployment's agent": overridden(
        "deployments/nightly.yaml: {agent: {path: ../agents/triage.md, version: 1}}"
    ),
    "weaker test": overridden("smoke/triage-answers.yaml: {expect: {reply: {contains: [h]}}}"),
    "test in another environment": both(
        added("environments/soft.yaml", "name: soft\n"),
        overridden("smoke/triage-answers.yaml: {environment: ../environments/soft.yaml}"),
    ),
    "test kept from staging": overridden("smoke/triage-answers.yaml: {stages: [prod]}"),
    "test weakened where it proves": weak_in_staging,
    "environment of the tests opened where they prove": open_in_staging,
}


def gated(*lines: str) -> Attempt:
    """Change a prompt, and write the gate's settings so that it might pass."""
    return both(FILES["prompt"], lambda project: project.settings(*lines))


def allowing(*lines: str, attempt: Attempt = VALUES["prompt"]) -> Attempt:
    """Make an attempt behind the gate with these settings beside it."""
    return both(attempt, lambda project: project.settings(GATE, *lines))


def exempting(**fields: str) -> Attempt:
    """Change a prompt and exempt an agent with other words than the refusal shows."""
    return both(
        edited("agents/writer.yaml.j2", "name: Writer", "name: Writer\ndescription: New."),
        lambda project: project.settings(GATE, project.exemption("agents/writer", fields)),
    )


def exempting_then(*later: Attempt) -> Attempt:
    """Exempt an agent as it is, then change something else."""

    def attempt(project: GatedProject) -> None:
        edited("agents/writer.yaml.j2", "name: Writer", "name: Writer\ndescription: New.")(project)
        project.settings(GATE, project.exemption("agents/writer"))
        assert project.refusal() == ""
        for one in later:
            one(project)

    return attempt


def beside(path: str, content: str) -> Attempt:
    """Write the gate where Pulumi does not read it, and none where it does."""
    return both(gated(), lambda project: project.write(path, content))


SETTINGS: dict[str, Attempt] = {
    "empty": gated("managed-agents:verifiedIn: ''"),
    "blank": gated("managed-agents:verifiedIn: ' '"),
    "null": gated("managed-agents:verifiedIn:"),
    "tilde": gated("managed-agents:verifiedIn: ~"),
    "true": gated("managed-agents:verifiedIn: true"),
    "false": gated("managed-agents:verifiedIn: false"),
    "a number": gated("managed-agents:verifiedIn: 0"),
    "a list": gated("managed-agents:verifiedIn: [staging]"),
    "an empty list": gated("managed-agents:verifiedIn: []"),
    "an object": gated("managed-agents:verifiedIn: {stage: staging}"),
    "encrypted": gated("managed-agents:verifiedIn: {secure: AAABAKx=}"),
    "another stage": gated("managed-agents:verifiedIn: dev"),
    "the stage itself": gated("managed-agents:verifiedIn: prod"),
    "another case of the stage": gated("managed-agents:verifiedIn: Staging"),
    "misspelt": gated("managed-agents:verifedIn: staging"),
    "other case": gated("managed-agents:verifiedin: staging"),
    "with an underscore": gated("managed-agents:verified_in: staging"),
    "namespace with an underscore": gated("managed_agents:verifiedIn: staging"),
    "namespace in capitals": gated("Managed-Agents:verifiedIn: staging"),
    "namespace in one word": gated("managedagents:verifiedIn: staging"),
    "namespace misspelt": gated("managed-agent:verifiedIn: staging"),
    "no namespace": gated("verifiedIn: staging"),
    "no namespace and other case": gated("verifiedin: staging"),
    "the project's namespace": gated("shop:verifiedIn: staging"),
    "somebody's namespace": gated("agents:verifiedIn: staging"),
    "below the namespace": gated("managed-agents: {verifiedIn: staging}"),
    "outside config": beside("stacks/Pulumi.prod.yaml", "config: {}\nmanaged-agents:verifiedIn: staging\n"),
    "below config in capitals": beside("stacks/Pulumi.prod.yaml", f"CONFIG: {{{GATE}}}\n"),
    "in a group outside config": beside("stacks/Pulumi.prod.yaml", "managed-agents: {verifiedIn: staging}\n"),
    "twice": beside("stacks/Pulumi.prod.yaml", f"config:\n  {GATE}\n  managed-agents:verifiedIn: dev\n"),
    "with a space behind": gated("managed-agents:verifiedIn: 'staging '"),
    "with a space in its name": gated("'managed-agents:verifiedIn ': staging"),
    "with another dash": gated("managed\u2011agents:verifiedIn: staging"),
    "with another letter": gated("managed-agents:verified\u0406n: staging"),
    "in the long form": gated("managed-agents:config:verifiedIn: staging"),
    "declared without a value": both(
        FILES["prompt"],
        lambda project: project.settings("managed-agents:onDrift: heal"),
        lambda project: project.write(
            "Pulumi.yaml", f"{PROJECT}config:\n  managed-agents:verifiedIn: {{type: string}}\n"
        ),
    ),
    "in the project's file": both(
        FILES["prompt"],
        lambda project: project.settings("managed-agents:onDrift: heal"),
        lambda project: project.write("Pulumi.yaml", f"{PROJECT}config:\n  {GATE}\n"),
    ),
    "in the project's folder": beside("Pulumi.prod.yaml", f"config: {{{GATE}}}\n"),
    "in a file with another suffix": both(
        beside("stacks/Pulumi.prod.yml", f"config: {{{GATE}}}\n"),
        lambda project: (project.path / "stacks/Pulumi.prod.yaml").unlink(),
    ),
    "in a file in capitals": both(
        beside("stacks/Pulumi.Prod.yaml", f"config: {{{GATE}}}\n"),
        lambda project: (project.path / "stacks/Pulumi.prod.yaml").unlink(),
    ),
    "what may differ, empty": allowing("managed-agents:stageMayDiffer:"),
    "what may differ, as a word": allowing("managed-agents:stageMayDiffer: agent.system"),
    "what may differ, as an object": allowing("managed-agents:stageMayDiffer: {agent: system}"),
    "what may differ, without kind": allowing("managed-agents:stageMayDiffer: [system]"),
    "what may differ, of a kind": allowing("managed-agents:stageMayDiffer: [agent]"),
    "what may differ, of any kind": allowing("managed-agents:stageMayDiffer: ['*.system']"),
    "what may differ, in any field": allowing("managed-agents:stageMayDiffer: ['agent.*']"),
    "what may differ, everything": allowing("managed-agents:stageMayDiffer: ['*']"),
    "what may differ, of one in any field": allowing("managed-agents:stageMayDiffer: ['agents/triage:*']"),
    "what may differ, misspelt": allowing("managed-agents:stageMayDiffer: [agent.sistem]"),
    "what may differ, another kind": allowing(
        "managed-agents:stageMayDiffer: [deployment.name, environment.description]"
    ),
    "what may differ, another one": allowing("managed-agents:stageMayDiffer: ['agents/writer:system']"),
    "what may differ, one that is not there": allowing("managed-agents:stageMayDiffer: ['agents/triag:system']"),
    "what may differ, encrypted": allowing("managed-agents:stageMayDiffer: {secure: AAA=}"),
    "what may differ, a longer field": allowing("managed-agents:stageMayDiffer: [agent.system.more]"),
    "hosts, but no wildcard": allowing("managed-agents:stageMayDiffer: [hosts]", attempt=VALUES["wildcard for all"]),
    "hosts by place, but no wildcard": allowing(
        "managed-agents:stageMayDiffer: [environment.config.networking.allowed_hosts]",
        attempt=VALUES["wildcard for all"],
    ),
    "hosts of another environment": both(
        lambda project: project.both("environments/other.yaml", "name: other\n"),
        allowing(
            "managed-agents:stageMayDiffer: ['environments/other:config.networking.allowed_hosts']",
            "managed-agents:uncovered: allow",
            attempt=VALUES["wildcard for all"],
        ),
    ),
    "metadata for the whole": allowing("managed-agents:stageMayDiffer: [metadata, name]"),
    "urls for a tool's schema": allowing(
        "managed-agents:stageMayDiffer: [urls]", attempt=VALUES["field of a custom tool that ends like an address"]
    ),
    "exemption of other content": exempting(digest="0" * 12),
    "exemption of other values": exempting(effective="0" * 12),
    "exemption of another root": exempting(root="agents/triage"),
    "exemption without a root": both(
        edited("agents/writer.yaml.j2", "name: Writer", "name: Writer\ndescription: New."),
        lambda project: project.settings(
            GATE, project.exemption("agents/writer").replace('"root": "agents/writer", ', "")
        ),
    ),
    "exemption by few digits": exempting(digest="0123"),
    "exemption in capitals": exempting(digest="ABCDEFABCDEF"),
    "exemption without reason": exempting(reason=""),
    "exemption without a name": exempting(by=" "),
    "exemption, then a prompt": exempting_then(overridden("agents/writer.yaml.j2: {system: Rude.}")),
    "exemption, then a file": exempting_then(edited("texts/tone.txt", "brief", "rude")),
    "exemption, then another agent": exempting_then(FILES["prompt"]),
    "exemption, then an environment": exempting_then(FILES["every host"]),
    "exemption, then a vault": exempting_then(FILES["new vault"]),
    "exemption of a deployment for its agent": both(
        FILES["prompt"], lambda project: project.settings(GATE, project.exemption("deployments/nightly"))
    ),
    "uncovered, another name": allowing(
        "managed-agents:uncovered: [environments/app]", attempt=FILES["new environment"]
    ),
    "uncovered, true": allowing("managed-agents:uncovered: true", attempt=FILES["new environment"]),
    "uncovered, in capitals": allowing("managed-agents:uncovered: ALLOW", attempt=FILES["new environment"]),
    "uncovered, empty": allowing("managed-agents:uncovered:", attempt=FILES["new environment"]),
    "uncovered, encrypted": allowing("managed-agents:uncovered: {secure: AAA=}", attempt=FILES["new environment"]),
    "uncovered for a changed one": allowing("managed-agents:uncovered: allow", attempt=FILES["every host"]),
    "uncovered for an agent": allowing("managed-agents:uncovered: [agents/new]", attempt=FILES["new agent"]),
    "age, empty": allowing("managed-agents:minAge: ''"),
    "age, negative": allowing("managed-agents:minAge: -1h"),
    "age, a number": allowing("managed-agents:minAge: 24"),
    "drift, empty": allowing("managed-agents:onDrift: ''", attempt=lambda _: None),
    "drift, misspelt": allowing("managed-agents:onDrift: Heal", attempt=lambda _: None),
    "drift, encrypted": allowing("managed-agents:onDrift: {secure: AAA=}", attempt=lambda _: None),
    "removal, empty": allowing("managed-agents:onRemoval:", attempt=lambda _: None),
    "removal, no namespace": allowing("onRemoval: archive", attempt=lambda _: None),
    "tests, empty": allowing("managed-agents:requireSmoke: ''", attempt=lambda _: None),
    "protection, empty": allowing("managed-agents:protectedStage: ''", attempt=lambda _: None),
    "receipts elsewhere": allowing("managed-agents:receipts: nowhere", attempt=lambda _: None),
    "definitions, empty": allowing("managed-agents:definitions: ''", attempt=lambda _: None),
    "definitions, encrypted": allowing("managed-agents:definitions: {secure: AAA=}", attempt=lambda _: None),
}


def forged(change: Callable[[Statement], object], *, attempt: Attempt | None = None, sealed: bool = True) -> Attempt:
    """Change the receipts so that content might pass that they are not about."""
    return both(attempt or (lambda _: None), lambda project: project.forge(change, sealed=sealed))


def claiming(**fields: object) -> Callable[[Statement], object]:
    return lambda one: one["predicate"].update(fields)


def digest_swapped(project: GatedProject) -> None:
    """Give each receipt the subject of the next."""
    statements = project.kept()
    digests = [one["subject"][0]["digest"] for one in statements]
    for one, digest in zip(statements, [*digests[1:], digests[0]], strict=True):
        one["subject"][0]["digest"] = digest
    project.keep(statements)


def after_failure(finished: str) -> Attempt:
    """Let the same content fail after it passed."""

    def attempt(project: GatedProject) -> None:
        failed = project.kept()
        for one in failed:
            name = one["predicate"]["configuration"][0]["name"]
            one["predicate"] |= {
                "result": "FAILED",
                "failedTests": [name],
                "reason": f"{name}: no",
                "finished_at": finished,
            }
            one["predicate"]["passedTests"].remove(name)
            one["predicate"].pop("since")
        passed = project.kept()
        project.keep(failed)
        project.forge(lambda _: None)
        project.keep([*passed, *project.kept()])

    return attempt


def renamed(name: str) -> Attempt:
    return forged(
        lambda one: one["subject"][0].update(name=name) if one["subject"][0]["name"] == "agents/triage" else None
    )


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def written(text: str) -> Attempt:
    return lambda project: project.write("stacks/prod.receipts.json", text)


def as_folder(project: GatedProject) -> None:
    """Let the receipts be a folder."""
    path = project.path / "stacks/prod.receipts.json"
    path.unlink()
    path.mkdir()


def opened_field(one: Statement) -> None:
    """Let a receipt say that the environment was open, with digests that fit."""
    for content in one["predicate"].get("ranIn", []):
        content["effective"]["fields"]["environments/box:config.networking.type"] = "000000000000"
        content["effective"]["digest"] = digest_of(content["effective"]["fields"])


RECEIPTS: dict[str, Attempt] = {
    "none": lambda project: project.keep([]),
    "of another project": forged(claiming(project="blog")),
    "of another stage": forged(claiming(stage="dev")),
    "of the stage itself": forged(claiming(stage="prod")),
    "of another case of the stage": forged(claiming(stage="Staging")),
    "of a case twin": renamed("agents/Triage"),
    "of a Unicode twin": renamed("agents/triag\u0435"),
    "of another root": renamed("agents/writer"),
    "that failed": forged(claiming(result="FAILED", reason="no")),
    "that failed, said to have passed": both(
        forged(claiming(result="FAILED", reason="no")),
        lambda project: project.forge(claiming(result="PASSED"), sealed=False),
    ),
    "that passed with failed tests": forged(claiming(failedTests=["triage-answers"])),
    "that failed later": after_failure("2026-05-01T18:00:00+00:00"),
    "that failed at the same time": after_failure("2026-05-01T12:00:00+00:00"),
    "that failed later, by another clock": after_failure("2026-05-01T13:30:00+01:00"),
    "from the future": forged(claiming(finished_at="2999-01-01T00:00:00+00:00")),
    "proven in the future": forged(
        claiming(finished_at="2999-01-01T00:00:00+00:00", since="2999-01-01T00:00:00+00:00")
    ),
    "proven before it ran": forged(claiming(since="2026-05-02T12:00:00+00:00")),
    "without a time zone": forged(claiming(finished_at="2026-05-01T12:00:00")),
    "with no time": forged(claiming(finished_at="soon")),
    "with swapped subjects": digest_swapped,
    "with a swapped subject, sealed": both(digest_swapped, lambda project: project.forge(lambda _: None)),
    "with other fields": forged(lambda one: one["predicate"]["effective"]["fields"].clear()),
    "with another effective digest": forged(lambda one: one["predicate"]["effective"].update(digest=PROVEN_DIGEST)),
    "with other values": forged(
        lambda one: one["predicate"]["effective"]["values"].update({"agents/triage:name": "x"})
    ),
    "without tests": forged(claiming(configuration=[], passedTests=[])),
    "with other tests": forged(lambda one: one["predicate"]["configuration"][0]["digest"].update(sha256=PROVEN_DIGEST)),
    "that says nothing of environments": forged(lambda one: one["predicate"].pop("ranIn", None)),
    "that says nothing of environments, after a change": forged(
        lambda one: one["predicate"].pop("ranIn", None), attempt=FILES["every host"]
    ),
    "of another environment": forged(
        lambda one: [content["digest"].update(sha256=PROVEN_DIGEST) for content in one["predicate"].get("ranIn", [])]
    ),
    "of an environment with other fields": forged(opened_field),
    "of an environment with another digest of fields": forged(
        lambda one: [content["effective"].update(digest=PROVEN_DIGEST) for content in one["predicate"].get("ranIn", [])]
    ),
    "changed without a new checksum": forged(claiming(commit="beef"), sealed=False),
    "without a checksum": forged(lambda one: one["predicate"].pop("checksum"), sealed=False),
    "of a newer release": forged(lambda one: one["predicate"]["effective"].update(form=99)),
    "of an endless form": lambda project: written(json.dumps(project.kept()).replace('"form": 2', '"form": 1e999'))(
        project
    ),
    "with a number for a name": forged(claiming(stage=7), sealed=False),
    "with two subjects": forged(lambda one: one["subject"].append(one["subject"][0])),
    "that is no receipt": written("[1]"),
    "that is an object": written("{}"),
    "that is null": written("null"),
    "that is empty": written(""),
    "that is cut off": lambda project: written(json.dumps(project.kept())[:-20])(project),
    "that is nested deeply": written(nested(200_000)),
    "with something nested deeply": lambda project: written(
        json.dumps(project.kept()).replace('"commit"', f'"more": {nested(2000)}, "commit"')
    )(project),
    "that is no text": lambda project: project.write("stacks/prod.receipts.json", b"\xff\xfe"),
    "that is a folder": as_folder,
    "too young": lambda project: project.settings(GATE, "managed-agents:minAge: 999999d"),
}

BEFORE_THE_GATE = {
    "skill that is a link",
    "file of a skill that is a link",
    "agent that is a link",
    "Unicode twin of an agent",
    "twin with another suffix",
}
"""What cannot be read, so that no gate is asked."""
BY_FILE = {**FILES, **{f"by values, {name}": attempt for name, attempt in VALUES.items()}}


@pytest.mark.parametrize("name", BY_FILE)
def test_other_files_and_values_do_not_get_in(project: GatedProject, name: str) -> None:
    """What was changed after it was proved is refused by the gate itself, at its file."""
    BY_FILE[name](project)
    refusal = project.refusal()
    assert ("(managed-agents:verifiedIn is 'staging')" in refusal) is (name not in BEFORE_THE_GATE)
    assert "stacks/prod" in refusal


@pytest.mark.parametrize("name", SETTINGS)
def test_no_setting_lets_it_in(project: GatedProject, name: str) -> None:
    """A setting that is wrong stops, and one that is right allows what it names and nothing else."""
    SETTINGS[name](project)
    refusal = project.refusal()
    assert "managed-agents:" in refusal or "ulumi.prod.y" in refusal.lower()


@pytest.mark.parametrize("name", RECEIPTS)
def test_no_receipt_lets_it_in(project: GatedProject, name: str) -> None:
    """Another's receipt, an edited or damaged one is refused, in one sentence that names it."""
    RECEIPTS[name](project)
    refusal = project.refusal()
    assert "receipt" in refusal or "(managed-agents:verifiedIn is 'staging')" in refusal
    assert all(len(line) < 600 for line in refusal.splitlines())


def spelled_out(project: GatedProject) -> None:
    """Write defaults out, and sets in another order."""
    both_hosts = "environments/box.yaml: {config: {networking: {allowed_hosts: [b.example.com, crm.example.com]}}}"
    project.overrides(both_hosts, "staging")
    project.prove()
    switches = "allow_mcp_servers: false, allow_package_managers: false"
    project.overrides(
        f"environments/box.yaml: {{scope: organization, config: {{networking: {{{switches}, "
        "allowed_hosts: [crm.example.com, b.example.com]}}}, "
        "agents/lead.yaml: {model: {id: claude-opus-5-5, speed: standard}}"
    )


def from_another_system(project: GatedProject) -> None:
    """Check the files out with CRLF and in NFD."""
    for path in (project.path / "stacks/prod").rglob("*"):
        if path.is_file() and "skills" not in path.parts and path.suffix != ".csv":
            text = unicodedata.normalize("NFD", path.read_text("utf-8"))
            path.write_bytes(text.replace("\n", "\r\n").encode())


def ahead(project: GatedProject) -> None:
    """Let staging go on with another environment, which passes, while prod stays as it is."""
    before = project.kept()
    project.write("stacks/staging/environments/box.yaml", "name: box\n")
    project.prove()
    project.forge(claiming(finished_at="2026-05-03T12:00:00+00:00"))
    project.keep([*before, *project.kept()])


def earlier_release(project: GatedProject) -> None:
    """Have receipts that say nothing of environments; what a deployment uses is covered by that."""
    project.forge(lambda one: one["predicate"].pop("ranIn", None))
    project.settings(GATE, "managed-agents:uncovered: [vaults/shop, memory_stores/notes]")


def trunk(project: GatedProject) -> None:
    """Make both stages of one folder, with values of their own."""
    shared = "managed-agents:definitions: stacks/staging"
    project.settings(GATE, shared)
    project.overrides("environments/box.yaml: {name: box-prod}, agents/triage.md: {model: claude-opus-5-5}")


HONEST: dict[str, Attempt] = {
    "nothing": lambda _: None,
    "another system": from_another_system,
    "other spellings": spelled_out,
    "names": overridden("environments/box.yaml: {name: box-prod}, deployments/nightly.yaml: {name: n}"),
    "metadata": overridden("agents/triage.md: {metadata: {team: prod}}, vaults/crm.yaml: {metadata: {a: b}}"),
    "model": overridden("agents/triage.md: {model: {id: claude-opus-5-5, speed: fast}}"),
    "address": overridden(
        "agents/triage.md: {mcp_servers: {crm: {url: 'https://crm.prod.example.com/mcp'}}}, "
        "vaults/crm.yaml: {credentials: {token: {auth: {mcp_server_url: 'https://crm.prod.example.com/mcp'}}}}"
    ),
    "hosts": overridden("environments/box.yaml: {config: {networking: {allowed_hosts: [crm.prod.example.com]}}}"),
    "fewer hosts": overridden("environments/box.yaml: {config: {networking: {allowed_hosts: []}}}"),
    "schedule": overridden('deployments/nightly.yaml: {schedule: {expression: "0 5 * * *"}}'),
    "budget": overridden(
        'deployments/nightly.yaml: {budget: {type: limit, max_list_cost: {amount: "50", currency: USD}}}'
    ),
    "wildcard that is named": allowing(
        "managed-agents:stageMayDiffer: ['environments/box:config.networking.allowed_hosts']",
        attempt=VALUES["wildcard for all"],
    ),
    "prompt that is named": allowing("managed-agents:stageMayDiffer: [agent.system]"),
    "prompt of one agent": allowing("managed-agents:stageMayDiffer: ['agents/triage:system']"),
    "network that is named": allowing(
        "managed-agents:stageMayDiffer: [environment.config.networking]", attempt=VALUES["every host"]
    ),
    "test of its own": added("smoke/own.yaml", ALL_FILES["smoke/writer-writes.yaml"] + "stages: [prod]\n"),
    "environment that is allowed": allowing(
        "managed-agents:uncovered: [environments/apps]", attempt=FILES["new environment"]
    ),
    "vault that is allowed": allowing("managed-agents:uncovered: allow", attempt=FILES["new vault"]),
    "exemption": exempting(),
    "age": allowing("managed-agents:minAge: 1h", attempt=lambda _: None),
    "settings of others": allowing(
        "aws:region: eu-west-1", "shop:workspace: w", "name: shop", "other:verified: x", attempt=lambda _: None
    ),
    "every setting": allowing(
        "managed-agents:onDrift: heal",
        "managed-agents:onRemoval: retain",
        "managed-agents:protectedStage: false",
        "managed-agents:requireSmoke: none",
        "managed-agents:acceptConflicts: []",
        "managed-agents:unproven: []",
        "managed-agents:uncovered: []",
        "managed-agents:apiKey: {secure: AAA=}",
        attempt=lambda _: None,
    ),
    "staging is ahead": ahead,
    "receipts of an earlier release": earlier_release,
    "one folder for both": trunk,
}


@pytest.mark.parametrize("name", HONEST)
def test_what_is_honest_passes(project: GatedProject, name: str) -> None:
    """Nothing that was proved, or is openly allowed, is refused."""
    HONEST[name](project)
    assert project.refusal() == ""
