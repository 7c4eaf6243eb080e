"""The capability review: what widens an agent's power is named, what narrows it never is."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_managed_agents.kinds.power import RULES, full_power, widened
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.compare import Change
from pulumi_managed_agents.reconcile.plan import Plan
from pulumi_managed_agents.reconcile.wording import SECRET
from pulumi_managed_agents.review.capability import widenings
from tests.review.capability_bodies import (
    ALLOW,
    ASK,
    CUSTOM,
    FILE,
    OFF,
    REPOSITORY,
    TOOLSET,
    agent,
    cloud,
    cron,
    limited,
    login,
    mcp,
    role,
    roster,
    run,
    skill,
    store,
    tools,
    variable,
)
from tests.review.capability_cases import CASES, TABLES, effective

Body = dict[str, Any]


@pytest.mark.parametrize(("kind", "before", "after", "rules"), CASES)
def test_a_change_is_named_exactly_where_it_widens_power(
    kind: str, before: Body, after: Body, rules: list[str]
) -> None:
    """Each rule speaks up for what it is about, and for nothing else."""
    assert [rule for rule, _ in widened(kind, effective(kind, before), effective(kind, after))] == rules


@pytest.mark.parametrize(("kind", "before", "after", "rules"), CASES)
def test_what_stays_is_never_named(kind: str, before: Body, after: Body, rules: list[str]) -> None:  # noqa: ARG001
    """Held against itself, no definition widens anything."""
    assert [*widened(kind, effective(kind, before), effective(kind, before))] == []
    assert [*widened(kind, effective(kind, after), effective(kind, after))] == []


def test_every_rule_has_a_case_that_it_names() -> None:
    """A rule without a case could be broken, or misspelled, for ever."""
    named = {rule for table in TABLES.values() for *_, rules in table.values() for rule in rules}
    assert named == {rule for rules in RULES.values() for rule in rules}


@pytest.mark.parametrize(
    ("kind", "before", "after", "text"),
    [
        pytest.param(
            "agent",
            tools(**ASK),
            tools({"name": "bash", **ASK}),
            "edit, glob, grep, read, web_fetch, web_search, write: always_ask → always_allow (never asks)",
            id="tools that widen alike share a line",
        ),
        pytest.param(
            "agent",
            mcp(),
            mcp(url="https://user:password@evil.example/mcp"),
            "MCP server crm moves to another host: mcp.example.com → evil.example",
            id="a moved server without its password",
        ),
        pytest.param(
            "agent",
            agent(),
            mcp(),
            "may use tools of MCP server crm: all tools (always_ask)",
            id="the tools of a new server",
        ),
        pytest.param(
            "environment",
            limited("a.com"),
            cloud(),
            "every host can be reached, also by web_fetch and web_search, no longer only a.com",
            id="no network",
        ),
        pytest.param(
            "environment",
            limited("a.com"),
            limited("a.com", "b.com"),
            "b.com can be reached, also by web_fetch and web_search",
            id="a host for the sandbox is one for the web tools",
        ),
    ],
)
def test_the_words_say_what_becomes_possible(kind: str, before: Body, after: Body, text: str) -> None:
    """A reviewer who reads nothing else understands the line."""
    assert text in [words for _, words in widened(kind, effective(kind, before), effective(kind, after))]


def test_a_new_agent_is_reported_in_one_line() -> None:
    """There is nothing to hold it against, so everything that it may do is said."""
    body = mcp({"name": "search", **ALLOW}, {"name": "delete", **OFF})
    body["tools"] += [CUSTOM, {"type": TOOLSET, "default_config": OFF, "configs": [{"name": "read", "enabled": True}]}]
    body |= skill("skill_a") | roster("agent_a") | role("arn:aws:iam::1:role/a") | {"name": "x", "model": "m"}
    assert full_power("agent", effective("agent", body)) == (
        "new agent on m; tools: read (always_allow); MCP server crm at mcp.example.com: search (always_allow); "
        "every other tool (always_ask); custom tools: refund; skills: skill_a; hands work to agent_a; "
        "acts as AWS role arn:aws:iam::1:role/a"
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(cloud(), "new environment that reaches every host", id="open"),
        pytest.param(limited(), "new environment that reaches no host", id="closed"),
        pytest.param(
            limited("a.com", allow_package_managers=True),
            "new environment that reaches a.com, also by web_fetch and web_search; "
            "public package registries can be reached",
            id="limited",
        ),
        pytest.param(
            {"name": "own", "config": {"type": "self_hosted"}},
            "new environment: tools run on hosts of your own",
            id="self-hosted",
        ),
    ],
)
def test_a_new_environment_says_what_it_reaches(body: Body, text: str) -> None:
    """The network is what an environment adds to an agent's power."""
    assert full_power("environment", effective("environment", body)) == text


def reviewed(*changes: Change, desired: Body) -> list[str]:
    plan = Plan("agent", "agents/a", decision="update", desired=effective("agent", desired), changes=changes)
    return [one.rule for one in widenings(plan)]


BASH = ("tools", TOOLSET, "bash", "permission_policy")


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        pytest.param(
            Change(BASH, "edit", "always_ask", "always_allow", "always_ask"), ["permission-widened"], id="edit"
        ),
        pytest.param(
            Change(BASH, "drift", "always_allow", "always_allow", "always_ask"),
            ["permission-widened"],
            id="putting back what somebody narrowed",
        ),
        pytest.param(
            Change(BASH, "edit", "always_ask", "always_allow", "always_allow"),
            ["permission-widened"],
            id="taking over what somebody widened",
        ),
        pytest.param(
            Change(BASH, "conflict", "always_ask", "always_allow", "auto"),
            ["permission-widened"] * 2,
            id="conflict",
        ),
    ],
)
def test_every_cause_counts(change: Change, rules: list[str]) -> None:
    """What is recorded and what is live are both a yardstick."""
    assert reviewed(change, desired=tools({"name": "bash", **ALLOW})) == rules


def test_undoing_what_somebody_widened_is_no_widening() -> None:
    """The file says ask, somebody allowed it in the Console: putting that back takes power away."""
    change = Change(BASH, "drift", "always_ask", "always_ask", "always_allow")
    assert reviewed(change, desired=tools({"name": "bash", **ASK})) == []


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        pytest.param("skill", {}, "new code and instructions for the agents that use it", id="skill"),
        pytest.param("memory_store", {}, "new memory store, for the deployments that attach it", id="memory store"),
        pytest.param("vault", {}, "new vault, for the secrets that are named one by one", id="vault"),
        pytest.param("file", {"filename": "a.csv"}, "new file a.csv, for the deployments that mount it", id="file"),
        pytest.param("tunnel", {}, "new tunnel, which no rule here knows", id="a kind without rules"),
        pytest.param(
            "credential",
            variable("a.com"),
            "new secret in vault vlt_a: variable KEY, put into a request's headers and a request's body for a.com",
            id="variable",
        ),
        pytest.param(
            "credential",
            login(),
            "new secret in vault vlt_a: a token for MCP server mcp.mail.example, refreshed at login.mail.example",
            id="login",
        ),
        pytest.param("credential", {"vault_id": "v"}, "new secret in vault v; what it is for is hidden", id="hidden"),
        pytest.param(
            "deployment",
            run(),
            "new deployment of agent agent_a; runs on demand; no cap on its cost",
            id="plain deployment",
        ),
        pytest.param(
            "deployment",
            cron(
                "0 3 * * *",
                vault_ids=["vlt_a"],
                resources=[store(), {"type": "file", "file_id": "file_a"}],
                budget={"type": "limit", "max_list_cost": {"amount": "2550", "currency": "USD"}},
            ),
            "new deployment of agent agent_a; runs by itself: 0 3 * * * (Europe/Berlin); a session may cost $25.50; "
            "uses the secrets of vlt_a; memory stores: memstore_a (read_write); finds in its sandbox: file_a",
            id="deployment with everything",
        ),
    ],
)
def test_a_new_resource_of_any_kind_is_named(kind: str, body: Body, text: str) -> None:
    """Its power in one line; what the review cannot judge it does not pass over."""
    desired = effective(kind, body) if kind in FACTS else body
    assert [one.text for one in widenings(Plan(kind, "x", decision="create", desired=desired))] == [text]


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        pytest.param(Change(("description",), "edit", "#0123456789abcdef", "x", "y"), [], id="of no interest"),
        pytest.param(
            Change(("config", "networking", "type"), "edit", "#0123456789abcdef", "unrestricted", "limited"),
            ["network-opened"],
            id="the live value tells",
        ),
        pytest.param(
            Change(("config", "networking", "type"), "drift", "#0123456789abcdef", "unrestricted", "limited"),
            ["network-opened"],
            id="nothing is known of what was recorded",
        ),
    ],
)
def test_a_fingerprint_is_no_value(change: Change, rules: list[str]) -> None:
    """Where only a fingerprint was recorded, what is live says what was there."""
    desired = effective("environment", cloud({"type": "unrestricted"}))
    plan = Plan("environment", "e", decision="update", desired=desired, changes=(change,))
    assert [one.rule for one in widenings(plan)] == rules


def token(number: int, recorded: str | None, desired: str | None) -> Change:
    return Change(("resources", str(number), "authorization_token"), "edit", recorded, desired, None)


OTHER = {**REPOSITORY, "url": "https://github.com/acme/other"}


@pytest.mark.parametrize(
    ("resources", "changes", "rules"),
    [
        pytest.param([REPOSITORY], [token(0, None, SECRET)], ["secret-given"], id="given"),
        pytest.param([REPOSITORY], [token(0, SECRET, SECRET)], [], id="another one"),
        pytest.param([REPOSITORY], [token(0, SECRET, None)], [], id="taken"),
        pytest.param([FILE, REPOSITORY], [token(0, SECRET, None), token(1, None, SECRET)], [], id="moved down"),
        pytest.param(
            [REPOSITORY, OTHER],
            [token(0, SECRET, None), token(1, None, SECRET)],
            ["secret-given"],
            id="perhaps for another repository",
        ),
    ],
)
def test_a_repository_that_gets_a_token_is_named(
    resources: list[Body], changes: list[Change], rules: list[str]
) -> None:
    """A secret where there was none goes to a new place; another one for the same place does not."""
    desired = effective("deployment", run(resources=resources))
    plan = Plan("deployment", "d", decision="update", desired=desired, changes=tuple(changes))
    assert [one.rule for one in widenings(plan)] == rules
