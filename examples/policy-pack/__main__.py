"""The policy pack: `pulumi preview --policy-pack examples/policy-pack`."""

import json
import os
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from rules import RULES, kind_of, power_approved, violations

TEXTS = {"type": "array", "items": {"type": "string"}}
SETTINGS: dict[str, dict[str, Any]] = {
    "tools-ask": {"tools": {**TEXTS, "default": ["bash", "write", "edit"]}},
    "servers-known": {"hosts": {**TEXTS, "default": ["*.example.com"]}},
    "sessions-capped": {"cents": {"type": "integer", "default": 500}},
}
REVIEW = {
    "refused": {**TEXTS, "default": ["permission-widened", "network-opened", "identity-changed"]},
    "approved": {**TEXTS, "default": []},
}


def resource_policy(name: str) -> ResourceValidationPolicy:
    """A rule about a single resource."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        for violation in violations(args.resource_type, args.props, name, args.get_config()):
            report(violation)

    schema = PolicyConfigSchema(properties=SETTINGS[name]) if name in SETTINGS else None
    return ResourceValidationPolicy(
        name=name, description=RULES[name][1].__doc__ or name, validate=validate, config_schema=schema
    )


def review_policy() -> StackValidationPolicy:
    """New power that nobody approved, by the review that MANAGED_AGENTS_REVIEW names."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        named = os.environ.get("MANAGED_AGENTS_REVIEW")
        if not named:
            return
        review = json.loads(Path(named).read_text(encoding="utf-8"))
        urns = {(kind_of(one.resource_type), one.name): one.urn for one in args.resources}
        for kind, name, text in power_approved(review, args.get_config()):
            report(f"{kind} {name}: {text}", urns.get((kind, name)))

    return StackValidationPolicy(
        name="power-approved",
        description="New power is approved, by name and rule.",
        validate=validate,
        config_schema=PolicyConfigSchema(properties=REVIEW),
    )


if __name__ == "__main__":
    PolicyPack(
        name="managed-agents",
        enforcement_level=EnforcementLevel.MANDATORY,
        policies=[*map(resource_policy, RULES), review_policy()],
    )
