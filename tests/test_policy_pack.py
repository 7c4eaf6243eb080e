"""The example policy pack: its rules on resources as a program declares them, and its binding to Pulumi's SDK."""

from __future__ import annotations

import importlib
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

PACK = Path(__file__).parents[1] / "examples/policy-pack"
sys.path.insert(0, str(PACK))
from rules import RULES, power_approved, violations  # noqa: E402

Body = dict[str, Any]
CONFIG: Body = {"tools": ["bash"], "hosts": ["*.example.com"], "cents": 500}
TOOLSET = "agent_toolset_20260401"


def declared(kind: str, **fields: Any) -> Body:
    return {"__resource": {"kind": kind, "name": "x"}, **fields}


def tools(**default: Any) -> Body:
    return declared("agent", tools=[{"type": TOOLSET, "default_config": default}])


def servers(url: str) -> Body:
    return declared("agent", mcp_servers=[{"type": "url", "name": "crm", "url": url}])


def capped(amount: str) -> Body:
    return declared("deployment", budget={"type": "limit", "max_list_cost": {"amount": amount, "currency": "USD"}})


def secret(kind: str) -> Body:
    return declared("credential", auth={"secret_name": "KEY", "networking": {"type": kind}})


def network(kind: str) -> Body:
    return declared("environment", config={"type": "cloud", "networking": {"type": kind}})


ASK = {"permission_policy": {"type": "always_ask"}}
CASES = [
    pytest.param("tools-ask", tools(), 1, id="tools run without asking by default"),
    pytest.param("tools-ask", tools(**ASK), 0, id="tools that ask"),
    pytest.param("tools-ask", tools(enabled=False), 0, id="tools that are off"),
    pytest.param("tools-ask", declared("agent"), 0, id="an agent without tools"),
    pytest.param("servers-known", servers("https://crm.example.com/mcp"), 0, id="known server"),
    pytest.param("servers-known", servers("https://crm.example.com.evil.net/mcp"), 1, id="unknown server"),
    pytest.param("network-limited", network("limited"), 0, id="limited network"),
    pytest.param("network-limited", network("unrestricted"), 1, id="open network"),
    pytest.param("network-limited", declared("environment"), 1, id="network open by default"),
    pytest.param("network-limited", declared("environment", config={"type": "self_hosted"}), 0, id="own hosts"),
    pytest.param("sessions-capped", capped("100"), 0, id="small budget"),
    pytest.param("sessions-capped", capped("2500"), 1, id="large budget"),
    pytest.param("sessions-capped", declared("deployment"), 1, id="no budget"),
    pytest.param("secrets-bound", secret("limited"), 0, id="secret for some hosts"),
    pytest.param("secrets-bound", secret("unrestricted"), 1, id="secret for every host"),
    pytest.param("network-limited", declared("agent"), 0, id="another kind"),
    pytest.param("tools-ask", {}, 0, id="a resource of another provider"),
]


@pytest.mark.parametrize(("name", "props", "count"), CASES)
def test_a_rule_refuses_what_it_is_for(name: str, props: Body, count: int) -> None:
    """By effective settings, and of its own kind only."""
    assert len(list(violations(props, name, CONFIG))) == count


REVIEW: Body = {
    "stages": [
        {
            "capability": [
                {"kind": "agent", "name": "agents/a", "rule": "permission-widened", "text": "bash never asks"},
                {"kind": "agent", "name": "agents/b", "rule": "permission-widened", "text": "bash never asks"},
                {"kind": "agent", "name": "agents/a", "rule": "model-changed", "text": "runs on m"},
            ]
        }
    ]
}


def test_new_power_is_refused_until_it_is_approved() -> None:
    """By resource and rule; rules that are not listed pass."""
    config = {"refused": ["permission-widened"], "approved": ["agents/b:permission-widened"]}
    assert list(power_approved(REVIEW, config)) == [("agent", "agents/a", "bash never asks (permission-widened)")]


def test_the_rules_of_the_pack_are_rules_of_the_review() -> None:
    """A rule that was renamed would refuse nothing, silently."""
    from pulumi_managed_agents.preview.capability import RULES as REVIEWED

    source = (PACK / "__main__.py").read_text(encoding="utf-8")
    known = {rule for rules in REVIEWED.values() for rule in rules}
    assert {rule for rule in ("permission-widened", "network-opened", "identity-changed") if rule in source} <= known


def test_pulumi_takes_the_pack() -> None:
    """Its SDK runs every policy on resources as the engine hands them over."""
    policy = pytest.importorskip("pulumi_policy", reason="pulumi-policy is not installed")
    proxy = importlib.import_module("pulumi_policy.proxy")
    pack = runpy.run_path(str(PACK / "__main__.py"))
    for name, props, count in [case.values for case in CASES]:
        told: list[str] = []
        args = policy.ResourceValidationArgs("t", proxy.unknown_checking_proxy(props), "urn", "x", None, None, CONFIG)
        pack["resource_policy"](name).validate(args, told.append)
        assert len(told) == count
    assert {pack["resource_policy"](name).name for name in RULES} == RULES.keys()
    assert pack["review_policy"]().name == "power-approved"
