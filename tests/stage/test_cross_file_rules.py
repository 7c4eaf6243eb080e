from __future__ import annotations

import pytest

from tests.stage.stage_files import AGENT, DEPLOYMENT, ENVIRONMENT, SMOKE, Files, FindingsOf

LEAD = "name: lead\nmodel: claude-opus-5\nmultiagent: {type: coordinator, agents: [%s]}\n"  # a roster goes in
NEW_LEAD = """\
name: lead
model: claude-opus-5
multiagent: {type: multiagent_20261001, subagents: {type: enabled, predefined_agents: [./helper.yaml]}}
"""
PINNED = "name: helper\nmodel: {id: claude-opus-5, inference_geo: us}\n"
SELF_HOSTED = "name: own\nconfig: {type: self_hosted}\n"
MCP_AGENT = AGENT + (
    "mcp_servers: [{type: url, name: crm, url: https://Mcp.crm.example/sse}]\n"
    "tools: [{type: mcp_toolset, mcp_server_name: crm}]\n"
)
STORE = "name: notes\n"
VARIABLE = """\
display_name: CRM
credentials:
- auth:
    type: environment_variable
    secret_name: KEY
    secret_value: {secret: KEY}
    networking: {type: unrestricted}
"""


def limited(*hosts: str, mcp: bool = False) -> str:
    networking = (
        f"{{type: limited, allowed_hosts: [{', '.join(map(repr, hosts))}], allow_mcp_servers: {str(mcp).lower()}}}"
    )
    return f"name: cloud\nconfig: {{type: cloud, networking: {networking}}}\n"


def deployed(**files: str) -> dict[str, str]:
    """A deployment of the helper in the cloud, some of its files replaced: ``agent``, ``environment``, ``more``."""
    return {
        "agents/helper.yaml": files.get("agent", AGENT),
        "environments/cloud.yaml": files.get("environment", ENVIRONMENT),
        "deployments/nightly.yaml": DEPLOYMENT + files.get("more", ""),
    }


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param(
            {
                "agents/helper.yaml": AGENT,
                "agents/lead.yaml": LEAD % "./middle.yaml",
                "agents/middle.yaml": (LEAD % "./helper.yaml").replace("lead", "middle"),
            },
            "agents/lead.yaml:3: multiagent.agents[0]: stacks/dev/agents/middle.yaml has a multiagent of its own",
            id="a coordinator in a roster",
        ),
        pytest.param(
            {"agents/helper.yaml.j2": AGENT, "agents/lead.yaml": LEAD % "./helper.yaml, ./helper.yaml.j2"},
            "agents/lead.yaml:3: multiagent.agents[1]: agents/helper is a member already",
            id="one member in two spellings",
        ),
        pytest.param(
            {"agents/helper.yaml": PINNED, "agents/lead.yaml": LEAD % "./helper.yaml"},
            "agents/lead.yaml:3: multiagent.agents[0]: stacks/dev/agents/helper.yaml has inference_geo us, its "
            "coordinator unset; in a roster it is the same for all",
            id="another geography",
        ),
        pytest.param(
            {"environments/a.yaml": ENVIRONMENT, "environments/b.yaml": ENVIRONMENT},
            "environments/b.yaml:1: name: stacks/dev/environments/a.yaml has this name already",
            id="one name for two environments",
        ),
        pytest.param(
            deployed(environment=SELF_HOSTED, more="resources: [{path: ../prices.csv}]\n") | {"prices.csv": "a"},
            "deployments/nightly.yaml:5: resources[0]: stacks/dev/environments/cloud.yaml is self_hosted, where",
            id="a file for workers of one's own",
        ),
        pytest.param(
            deployed(
                environment=SELF_HOSTED, more="resources: [{type: github_repository, url: https://github.com/a/b}]\n"
            ),
            "deployments/nightly.yaml:5: resources[0]: stacks/dev/environments/cloud.yaml is self_hosted, where",
            id="a repository for workers of one's own",
        ),
        pytest.param(
            {
                "agents/helper.yaml": AGENT,
                "environments/own.yaml": "name: x\nconfig: {type: self_hosted, packages: {}}\n",
            },
            "environments/own.yaml:2: config.packages: belongs to a cloud sandbox",
            id="packages for workers of one's own",
        ),
        pytest.param(
            deployed(environment=SELF_HOSTED, more="vault_ids: [../vaults/crm.yaml]\n") | {"vaults/crm.yaml": VARIABLE},
            "deployments/nightly.yaml:5: warning: vault_ids[0]: vaults/crm/KEY is an environment variable, which",
            id="a variable for workers of one's own",
        ),
        pytest.param(
            deployed(agent=MCP_AGENT, environment=limited("crm.example", "*.other.example")),
            "deployments/nightly.yaml:2: warning: agent: stacks/dev/agents/helper.yaml uses mcp.crm.example, which",
            id="a server out of reach",
        ),
        pytest.param(
            {
                "agents/helper.yaml": MCP_AGENT,
                "environments/cloud.yaml": limited(),
                "smoke/a.yaml": SMOKE,
            },
            "smoke/a.yaml:1: warning: agent: stacks/dev/agents/helper.yaml uses mcp.crm.example, which",
            id="a server out of reach in a test",
        ),
        pytest.param(
            deployed(more="resources: [{path: ../memory_stores/a.yaml}, ../memory_stores/a.yaml]\n")
            | {"memory_stores/a.yaml": STORE},
            "this memory store is in the list already",
            id="a store twice",
        ),
        pytest.param(
            deployed(more=f"resources: [{', '.join(f'{{path: ../memory_stores/s{n}.yaml}}' for n in range(9))}]\n")
            | {f"memory_stores/s{n}.yaml": STORE for n in range(9)},
            "deployments/nightly.yaml:5: warning: resources: holds 9 memory stores; a session has at most 8",
            id="too many stores",
        ),
    ],
)
def test_files_that_do_not_go_together_are_reported(findings_of: FindingsOf, files: Files, message: str) -> None:
    """Rules of the API between resources are checked before anything is sent, each at the place to mend."""
    findings = findings_of(files)
    assert any(message in one for one in findings), findings


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {"agents/helper.yaml": AGENT, "agents/lead.yaml": LEAD % "./helper.yaml, {type: self}"}, id="roster"
        ),
        pytest.param(
            {
                "agents/helper.yaml": AGENT,
                "agents/lead.yaml": NEW_LEAD,
                "agents/top.yaml": NEW_LEAD.replace("helper", "lead"),
            },
            id="depth is documented for coordinators alone",
        ),
        pytest.param(deployed(agent=MCP_AGENT, environment=limited("*.crm.example")), id="host by wildcard"),
        pytest.param(deployed(agent=MCP_AGENT, environment=limited(mcp=True)), id="servers let out"),
        pytest.param(
            deployed(environment=SELF_HOSTED, more="resources: [{path: ../memory_stores/a.yaml}]\n")
            | {"memory_stores/a.yaml": STORE},
            id="a store for workers of one's own",
        ),
    ],
)
def test_files_that_go_together_say_nothing(findings_of: FindingsOf, files: Files) -> None:
    """What the API takes passes without a word."""
    assert findings_of(files) == []
