"""What web tools can reach from limited networking, told before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.stage import load
from tests.stage.stage_files import AGENT, DEPLOYMENT, ENVIRONMENT, SMOKE, Files, FindingsOf, Load

if TYPE_CHECKING:
    from pathlib import Path

AT = "stacks/dev/"
DEPLOYED = {"deployments/nightly.yaml": DEPLOYMENT}
TESTED = {"smoke/a.yaml": SMOKE}
ON = AGENT + "tools: [{type: agent_toolset_20260401}]\n"
FETCH_ONLY = AGENT + (
    "tools: [{type: agent_toolset_20260401, default_config: {enabled: false}, "
    "configs: [{name: web_fetch, enabled: true}]}]\n"
)
OFF = FETCH_ONLY.replace("enabled: true", "enabled: false")
PROMPTED = "system: Read https://docs.a.example/guide first.\n"


def kept_to(*domains: str, tool: str = "web_fetch", more: str = "") -> str:
    """An agent with one web tool, kept to some domains."""
    config = f"{{name: {tool}, enabled: true, allowed_domains: [{', '.join(domains)}]{more}}}"
    return AGENT + (
        "tools:\n- type: agent_toolset_20260401\n  default_config: {enabled: false}\n"
        f"  configs:\n  - {{name: read, enabled: true}}\n  - {config}\n"
    )


def limited(*hosts: str, name: str = "cloud") -> str:
    return (
        f"name: {name}\nconfig: {{type: cloud, networking: {{type: limited, allowed_hosts: [{', '.join(hosts)}]}}}}\n"
    )


def stage(agent: str, environment: str, users: Files) -> dict[str, str | bytes]:
    return {"agents/helper.yaml": agent, "environments/cloud.yaml": environment, **users}


def beyond(host: str, where: str, *, severity: str = "") -> str:
    return (
        f"agents/helper.yaml:8: {severity}tools[0].configs[1].allowed_domains[0]: {host!r} is not among the hosts that "
        f"{where} lets out, and these bind web_fetch too"
    )


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param(
            stage(kept_to("b.example"), limited("a.example"), DEPLOYED),
            beyond("b.example", f"{AT}environments/cloud.yaml, in which {AT}deployments/nightly.yaml runs it,"),
            id="deployment",
        ),
        pytest.param(
            stage(kept_to("www.a.example"), limited("a.example"), TESTED),
            beyond("www.a.example", f"{AT}environments/cloud.yaml, in which {AT}smoke/a.yaml runs it,"),
            id="smoke test, below an exact host",
        ),
        pytest.param(
            stage(kept_to("a.example"), limited("'*.a.example'"), TESTED),
            beyond("a.example", f"{AT}environments/cloud.yaml, in which {AT}smoke/a.yaml runs it,"),
            id="a wildcard without its own name",
        ),
        pytest.param(
            stage(kept_to("b.example"), limited(), DEPLOYED),
            beyond("b.example", f"{AT}environments/cloud.yaml, in which {AT}deployments/nightly.yaml runs it,"),
            id="no host at all",
        ),
        pytest.param(
            stage(kept_to("b.example"), limited("a.example"), {}),
            beyond("b.example", f"{AT}environments/cloud.yaml", severity="warning: "),
            id="an agent that nothing in the stage runs",
        ),
        pytest.param(
            stage(
                kept_to("b.example"), limited("a.example"), {"environments/two.yaml": limited("c.example", name="two")}
            ),
            beyond("b.example", "each environment of this stage", severity="warning: "),
            id="an agent for none of several environments",
        ),
        pytest.param(
            stage(
                kept_to("b.example"),
                limited("a.example"),
                {
                    "agents/lead.yaml": AGENT.replace("helper", "lead")
                    + "multiagent: {type: coordinator, agents: [./helper.yaml]}\n",
                    "smoke/a.yaml": SMOKE.replace("helper", "lead"),
                },
            ),
            beyond(
                "b.example",
                f"{AT}environments/cloud.yaml, in which {AT}smoke/a.yaml runs it,",
                severity="warning: ",
            ),
            id="a member of a roster",
        ),
        pytest.param(
            stage(
                kept_to("b.example"),
                limited("a.example"),
                {
                    "agents/lead.yaml": AGENT.replace("helper", "lead")
                    + "multiagent: {type: coordinator, agents: [./helper.yaml]}\n",
                    "deployments/nightly.yaml": DEPLOYMENT.replace("helper", "lead"),
                    "smoke/a.yaml": SMOKE,
                },
            ),
            beyond("b.example", f"{AT}environments/cloud.yaml, in which {AT}smoke/a.yaml runs it,"),
            id="a member that a test runs by itself",
        ),
        pytest.param(
            stage(ON, limited(), TESTED),
            "agents/helper.yaml:3: warning: tools[0]: web_fetch and web_search are on, but "
            f"{AT}environments/cloud.yaml, in which {AT}smoke/a.yaml runs it, lets out no host that they may reach",
            id="web tools by default, no host",
        ),
        pytest.param(
            stage(kept_to("b.example").replace("allowed", "blocked"), limited("b.example", "'*.b.example'"), TESTED),
            "agents/helper.yaml:8: warning: tools[0].configs[1]: web_fetch is on, but "
            f"{AT}environments/cloud.yaml, in which {AT}smoke/a.yaml runs it, lets out no host that they may reach",
            id="every host blocked",
        ),
    ],
)
def test_web_tools_that_cannot_reach_what_they_are_for_are_reported(
    findings_of: FindingsOf, files: Files, message: str
) -> None:
    """A session that the API would refuse is an error at the domain; tools that would return nothing are a warning."""
    findings = findings_of(files)
    assert len(findings) == 1, findings
    assert message in findings[0]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(stage(kept_to("b.example"), ENVIRONMENT, TESTED), id="unrestricted by default"),
        pytest.param(
            stage(kept_to("b.example"), "name: own\nconfig: {type: self_hosted}\n", TESTED), id="workers of one's own"
        ),
        pytest.param(
            stage(kept_to("A.example", "x.b.example"), limited("a.example", "'*.b.example'"), TESTED), id="in"
        ),
        pytest.param(
            stage(kept_to("a.example/docs", tool="web_search"), limited("a.example"), DEPLOYED), id="with a path"
        ),
        pytest.param(
            stage(kept_to("b.example").replace("web_fetch, enabled: true", "web_fetch"), limited("a.example"), TESTED),
            id="off by default",
        ),
        pytest.param(stage(ON, limited("a.example"), TESTED), id="one host"),
        pytest.param(stage(OFF, limited(), TESTED), id="no web tool and no host"),
        pytest.param(
            stage(kept_to("b.example"), limited("a.example"), {"environments/two.yaml": "name: open\n"}),
            id="an agent that another environment suits",
        ),
        pytest.param(
            stage(
                kept_to("b.example"),
                limited("a.example"),
                {"smoke/a.yaml": SMOKE.replace("../agents/helper.yaml", "{path: ../agents/helper.yaml, version: 3}")},
            )
            | {"environments/two.yaml": "name: open\n"},
            id="an agent held back at a version that no file shows",
        ),
    ],
)
def test_web_tools_within_reach_say_nothing(findings_of: FindingsOf, files: Files) -> None:
    """What works, and what no file can tell, passes without a word."""
    assert findings_of(files) == []


@pytest.mark.parametrize(
    ("agent", "test", "warned"),
    [
        pytest.param(FETCH_ONLY + PROMPTED, SMOKE, True, id="nothing shows the page"),
        pytest.param(ON + PROMPTED, SMOKE.replace("reply", "tools: {used: web_fetch}, reply"), True, id="fetch wanted"),
        pytest.param(
            ON + PROMPTED,
            SMOKE.replace("reply", "tools: {used: [web_search, {name: web_fetch}]}, reply"),
            False,
            id="found by a search",
        ),
        pytest.param(ON + PROMPTED, SMOKE, False, id="may be found by a search"),
        pytest.param(
            FETCH_ONLY + PROMPTED,
            SMOKE.replace("Hello", "Read https://docs.a.example/guide."),
            False,
            id="sent as well",
        ),
        pytest.param(OFF + PROMPTED, SMOKE, False, id="no web_fetch"),
        pytest.param(FETCH_ONLY, SMOKE, False, id="no address"),
    ],
)
def test_a_page_named_in_the_system_prompt_only_is_reported(
    findings_of: FindingsOf, agent: str, test: str, *, warned: bool
) -> None:
    """web_fetch does not take addresses from the system prompt, so a test that counts on it cannot work."""
    findings = findings_of(stage(agent, ENVIRONMENT, {"smoke/a.yaml": test}))
    warning = "smoke/a.yaml:4: warning: send: https://docs.a.example/guide appears in the system prompt of"
    assert [warning in one for one in findings] == [True] * warned, findings


def test_a_stage_that_is_deployed_so_may_go_on(loaded: Load, tmp_path: Path) -> None:
    """What the API refuses since October is an error to `validate` alone: an up of something else goes on."""
    with pytest.raises(InputError, match="the API refuses such a session"):
        loaded(stage(kept_to("b.example"), limited("a.example"), DEPLOYED))
    (warning,) = load("dev", project_dir=tmp_path, project="shop").warnings
    assert (warning.severity, "the API refuses such a session" in warning.message) == ("warning", True)
