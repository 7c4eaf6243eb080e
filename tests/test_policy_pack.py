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
from rules import RULES, kind_of, power_approved, violations  # noqa: E402

Body = dict[str, Any]
Declared = tuple[str, Body]
CONFIG: Body = {"tools": ["bash"], "hosts": ["*.example.com"], "cents": 500}
TOOLSET = "agent_toolset_20260401"


def declared(title: str, **fields: Any) -> Declared:
    """A resource as the engine hands it over: its type and its fields, without those that begin with ``__``."""
    return f"pulumi-python:dynamic/managedagents:{title}", fields


def tools(**default: Any) -> Declared:
    return declared("Agent", tools=[{"type": TOOLSET, "default_config": default}])


def servers(url: str) -> Declared:
    return declared("Agent", mcp_servers=[{"type": "url", "name": "crm", "url": url}])


def capped(amount: str) -> Declared:
    return declared("Deployment", budget={"type": "limit", "max_list_cost": {"amount": amount, "currency": "USD"}})


def secret(kind: str) -> Declared:
    return declared("Credential", auth={"secret_name": "KEY", "networking": {"type": kind}})


def network(kind: str) -> Declared:
    return declared("Environment", config={"type": "cloud", "networking": {"type": kind}})


ASK = {"permission_policy": {"type": "always_ask"}}
CASES = [
    pytest.param("tools-ask", tools(), 1, id="tools run without asking by default"),
    pytest.param("tools-ask", tools(**ASK), 0, id="tools that ask"),
    pytest.param("tools-ask", tools(enabled=False), 0, id="tools that are off"),
    pytest.param("tools-ask", declared("Agent"), 0, id="an agent without tools"),
    pytest.param("servers-known", servers("https://crm.example.com/mcp"), 0, id="known server"),
    pytest.param("servers-known", servers("https://crm.example.com.evil.net/mcp"), 1, id="unknown server"),
    pytest.param("network-limited", network("limited"), 0, id="limited network"),
    pytest.param("network-limited", network("unrestricted"), 1, id="open network"),
    pytest.param("network-limited", declared("Environment"), 1, id="network open by default"),
    pytest.param("network-limited", declared("Environment", config={"type": "self_hosted"}), 0, id="own hosts"),
    pytest.param("sessions-capped", capped("100"), 0, id="small budget"),
    pytest.param("sessions-capped", capped("2500"), 1, id="large budget"),
    pytest.param("sessions-capped", declared("Deployment"), 1, id="no budget"),
    pytest.param("secrets-bound", secret("limited"), 0, id="secret for some hosts"),
    pytest.param("secrets-bound", secret("unrestricted"), 1, id="secret for every host"),
    pytest.param("network-limited", declared("Agent"), 0, id="another kind"),
    pytest.param("tools-ask", ("aws:lambda/function:Agent", {}), 0, id="a resource of another provider"),
]


@pytest.mark.parametrize(("name", "resource", "count"), CASES)
def test_a_rule_refuses_what_it_is_for(name: str, resource: Declared, count: int) -> None:
    """By effective settings, and of its own kind only."""
    assert len(list(violations(*resource, name, CONFIG))) == count


def test_the_kinds_of_the_rules_are_those_of_the_types_that_a_program_declares() -> None:
    """A policy sees a resource's type and nothing else of what it is; a rule for another type would never run."""
    from pulumi_managed_agents.dynamic.program.deployed_stage import CLASSES
    from pulumi_managed_agents.dynamic.program.resource import token

    kinds = {kind_of(token(one.title)): kind for kind, one in CLASSES.items()}
    assert list(kinds) == list(kinds.values())
    assert {kind for kind, _ in RULES.values()} <= kinds.keys()


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
    from pulumi_managed_agents.kinds.power import RULES as REVIEWED

    source = (PACK / "__main__.py").read_text(encoding="utf-8")
    known = {rule for rules in REVIEWED.values() for rule in rules}
    assert {rule for rule in ("permission-widened", "network-opened", "identity-changed") if rule in source} <= known


def test_pulumi_takes_the_pack() -> None:
    """Its SDK runs every policy on resources as the engine hands them over."""
    policy = pytest.importorskip("pulumi_policy", reason="pulumi-policy is not installed")
    proxy = importlib.import_module("pulumi_policy.proxy")
    pack = runpy.run_path(str(PACK / "__main__.py"))
    rows: Any = [case.values for case in CASES]
    for name, (resource_type, fields), count in rows:
        outputs: list[str] = []
        props = proxy.unknown_checking_proxy(fields)
        args = policy.ResourceValidationArgs(resource_type, props, "urn", "x", None, None, CONFIG)
        pack["resource_policy"](name).validate(args, outputs.append)
        assert len(outputs) == count
    assert {pack["resource_policy"](name).name for name in RULES} == RULES.keys()
    assert pack["review_policy"]().name == "power-approved"
