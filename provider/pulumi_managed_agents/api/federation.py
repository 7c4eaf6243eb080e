"""Workload identity federation: what is exchanged for a token, and where the identity token comes from.

Names, their meaning and the request are those of Anthropic's own SDK (2.12); who sends it is `authentication`.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LONGEST_ASSERTION = 16 * 1024
TOKEN_VARIABLE = "ANTHROPIC_IDENTITY_TOKEN"  # noqa: S105 - a variable's name
FILE_VARIABLE = "ANTHROPIC_IDENTITY_TOKEN_FILE"


@dataclass(frozen=True)
class Federation:
    """A federation rule, and the identity it is for.

    The identity token is read again for each exchange, since platforms rotate it in place: from the file
    `token_file`, else from the environment variable `TOKEN_VARIABLE`.
    """

    rule_id: str
    organization_id: str
    service_account_id: str = ""
    workspace_id: str = ""
    token_file: str = ""

    def request(self, assertion: str) -> dict[str, str]:
        """The body of a token exchange."""
        optional = {"service_account_id": self.service_account_id, "workspace_id": self.workspace_id}
        return {
            "grant_type": GRANT,
            "assertion": assertion,
            "federation_rule_id": self.rule_id,
            "organization_id": self.organization_id,
            **{key: value for key, value in optional.items() if value},
        }

    def identity_token(self) -> str:
        """The platform's token as it is now; raises InputError that names its source and never quotes it."""
        source = f"the identity token file {self.token_file}" if self.token_file else TOKEN_VARIABLE
        token = _read(self.token_file, source) if self.token_file else os.environ.get(TOKEN_VARIABLE, "").strip()
        if not token:
            raise InputError(f"{source} is empty; check that the platform issues an identity token to this job")
        if len(token.encode()) > LONGEST_ASSERTION:
            raise InputError(f"{source} is longer than an identity token is; check that it is not a key or certificate")
        return token


def federation(config: Mapping[str, str], environment: Mapping[str, str]) -> Federation | None:
    """The federation that a stage's configuration, else the environment, describes, or None if neither does.

    The rule says that there is one. Each other value is the stage's own if it has one: where the identity token lies
    is often known to the machine alone.

    Raises:
        InputError: there is a rule, and what it needs is missing.
    """
    rule = config.get("federationRuleId") or environment.get("ANTHROPIC_FEDERATION_RULE_ID")
    if not rule:
        return None
    settings = Federation(
        rule,
        config.get("organizationId") or environment.get("ANTHROPIC_ORGANIZATION_ID") or "",
        config.get("serviceAccountId") or environment.get("ANTHROPIC_SERVICE_ACCOUNT_ID") or "",
        config.get("workspace") or environment.get("ANTHROPIC_WORKSPACE_ID") or "",
        config.get("identityTokenFile") or environment.get(FILE_VARIABLE) or "",
    )
    if not settings.organization_id:
        raise InputError(_lacking("ANTHROPIC_ORGANIZATION_ID", "organizationId"))
    if not (settings.token_file or environment.get(TOKEN_VARIABLE)):
        raise InputError(_lacking(f"{FILE_VARIABLE} (or {TOKEN_VARIABLE})", "identityTokenFile"))
    return settings


def _lacking(variable: str, key: str) -> str:
    return f"workload identity federation lacks a value: set {variable}, or managed-agents:{key} for the stage"


def _read(path: str, source: str) -> str:
    try:
        # To open a named pipe would otherwise wait for somebody to write into it.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), encoding="utf-8") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InputError(f"{source} is not a regular file")
            return file.read(2 * LONGEST_ASSERTION).strip()
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{source} is not text; check that it is not a key or certificate") from None
