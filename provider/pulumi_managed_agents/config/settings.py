"""What a stage's stack file may say below ``managed-agents:``. The values are read by the modules that need them.

A setting that nobody reads does nothing, without a word: a gate that is spelled wrong would be no gate.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api.settings import SECRET_KEYS
from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.words import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMESPACE = "managed-agents"


@dataclass(frozen=True)
class Setting:
    """A setting: the form of its value, what holds without it, and what it is for."""

    name: str
    form: str
    default: str
    meaning: str


SETTINGS = (
    Setting("definitions", "path", "`stacks/<stage>`", "The folder of definitions; several stages can share one."),
    Setting("onDrift", "`heal`, `fail`, `ignore`", "`heal`; `fail` behind a gate", "What is done about drift."),
    Setting(
        "onUndeclared",
        "`report`, `restore`, `fail`, `ignore`",
        "`report`; behind a gate `fail` where power widens",
        "What is done about drift in fields that no file names.",
    ),
    Setting(
        "onRemoval",
        "`archive`, `retain`, `refuse`",
        "`archive`; `refuse` behind a gate",
        "What becomes of a live object whose file is removed.",
    ),
    Setting(
        "confirmRemoval",
        "list of names, or `all`",
        "none",
        "What may be removed although it looks moved; `all` lets a stage lose more than half of its resources, too.",
    ),
    Setting(
        "checkpoints",
        "`end`, `step`",
        "`end` for a stage of files without uploads whose state is a file or a bucket; else `step`",
        "When `managed-agents up` and `destroy` record what they did: at the end of a run, or after each step.",
    ),
    Setting("acceptConflicts", "list of `NAME@VERSION`", "none", "Conflicts in which the file is to win."),
    Setting("protectedStage", "true or false", "false", "Acting on the stage asks for its name, not for a yes."),
    Setting("requireSmoke", "`none`, `changed`, `all`", "`none`", "Which agents must have a smoke test here."),
    Setting("verifiedIn", "stage", "no gate", "The stage that must have proved everything that is deployed here."),
    Setting(
        "stageMayDiffer",
        "list of places",
        "`[name, metadata, model, urls, hosts, schedule, budget]`",
        "Behind a gate, the fields that may have other values here: places such as `agent.model`, "
        "`agent.mcp_servers.*.url` or `environments/box:config.networking.allowed_hosts`, or the words below, which "
        "stand for several. A list replaces the default.",
    ),
    Setting(
        "minAge", "time such as `30m`, `24h`, `2d`", "none", "Behind a gate, how long content must have been proven."
    ),
    Setting(
        "unproven",
        "list of `{root, digest, effective, reason, by}`",
        "none",
        "Behind a gate, content of one root that may go without proof; the refusal shows its digests.",
    ),
    Setting(
        "uncovered",
        "`allow`, or a list of names",
        "none",
        "Behind a gate, environments, vaults, memory stores and skills that may go although no proof covers them.",
    ),
    Setting("receipts", "path", "`MANAGED_AGENTS_RECEIPTS`", "A directory of receipts that a pipeline hands over."),
    Setting(
        "rolledBack",
        "written by `rollback --pins`",
        "none",
        "The versions that serve instead of newer ones. Without effect once the agent has its next version.",
    ),
    Setting(
        "secrets", "encrypted values by name", "`MANAGED_AGENTS_SECRET_<NAME>`", "What `{secret: NAME}` stands for."
    ),
    Setting("apiKey", "encrypted text", "`ANTHROPIC_API_KEY`", "The stage's own API key; it beats the environment's."),
    Setting("authToken", "encrypted text", "`ANTHROPIC_AUTH_TOKEN`", "The same, for a bearer token."),
    Setting("federationRuleId", "id", "`ANTHROPIC_FEDERATION_RULE_ID`", "Workload identity federation: the rule."),
    Setting("organizationId", "id", "`ANTHROPIC_ORGANIZATION_ID`", "Its organization."),
    Setting("serviceAccountId", "id", "`ANTHROPIC_SERVICE_ACCOUNT_ID`", "Its service account."),
    Setting("identityTokenFile", "path", "`ANTHROPIC_IDENTITY_TOKEN_FILE`", "Where the identity token is."),
    Setting("workspace", "id", "the credential's, learnt at first", "The workspace that the stage lives in."),
    Setting(
        "githubUrl",
        "URL",
        "`MANAGED_AGENTS_GITHUB_URL`, else https://github.com",
        "The GitHub Enterprise server whose URLs `skills` may name, beside github.com; `GITHUB_TOKEN` is for it.",
    ),
    Setting("baseUrl", "URL", "`ANTHROPIC_BASE_URL`", "Another address of the API."),
)


def parsed(value: Any) -> Any:
    """A configured value as what it stands for: an object is configured as JSON."""
    if isinstance(value, str):
        with suppress(ValueError):
            return json.loads(value)
    return value


def must_be_encrypted(clear: Iterable[str], file: str) -> None:
    """Stop at secrets in plain text; `clear` are the settings in plain text.

    Raises:
        InputError: with a finding for each.
    """
    unencrypted = sorted({*SECRET_KEYS} & {*clear})
    if unencrypted:
        raise InputError(
            Finding(
                file,
                0,
                f"{NAMESPACE}:{name}",
                f"is in plain text; set it with `pulumi config set --secret {NAMESPACE}:{name}`, and use a new one, "
                "since everybody who saw this file knows it",
            )
            for name in unencrypted
        )


def must_be_known(names: Iterable[str], file: str) -> None:
    """Stop at settings that do not exist; `names` are without namespace, `file` is where they are.

    Raises:
        InputError: with a finding for each.
    """
    known = [setting.name for setting in SETTINGS]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(
            Finding(file, 0, f"{NAMESPACE}:{name}", f"is not a setting of a stage{suggestion(name, known)}")
            for name in unknown
        )
