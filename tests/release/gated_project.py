"""A project whose stage prod is behind a gate, with receipts of all that staging holds, as `validate` sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.commands.validate.validate import validate_stages
from pulumi_managed_agents.errors import InputError, ManagedAgentsError, Refused
from pulumi_managed_agents.release.ledger import ledger_path
from pulumi_managed_agents.release.receipt import checksum
from tests.release.proven_stage import FILES, Project

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Statement = dict[str, Any]

MORE = {
    "vaults/shop.yaml": """\
display_name: Shop
credentials:
  - display_name: key
    auth:
      type: environment_variable
      secret_name: SHOP_KEY
      secret_value: {secret: SHOP_KEY}
      networking: {type: limited, allowed_hosts: [api.shop.example.com]}
""",
    "memory_stores/notes.md": """\
---
name: Notes
memories: [{path: /style.md, content: Be brief.}]
---
What was said.
""",
    "smoke/triage-answers.yaml": FILES["smoke/triage-answers.yaml"]
    + "vaults: [../vaults/shop.yaml]\nmemory_stores: [{path: ../memory_stores/notes.md}]\nrepeat: 3\n",
}
ALL_FILES = {**FILES, **MORE}
PROJECT = "name: shop\nruntime: python\nstackConfigDir: stacks\n"
GATE = "managed-agents:verifiedIn: staging"


PROVED: list[Statement] = []
"""What staging proves at first, which is the same in every project."""


class GatedProject(Project):
    """The project; `settings` are lines below ``config:`` in prod's stack file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, ALL_FILES)
        self.write("Pulumi.yaml", PROJECT)
        self.write("stacks/Pulumi.staging.yaml", "config: {}\n")
        self.settings(GATE)
        PROVED.extend([] if PROVED else (one.statement() for one in self.receipts()))
        self.keep(PROVED)

    def settings(self, *lines: str) -> None:
        """Write prod's stack file."""
        self.write("stacks/Pulumi.prod.yaml", "".join(["config:\n", *(f"  {line}\n" for line in lines)]))

    def values(self, text: str, stage: str = "prod") -> None:
        """Write a stage's values file."""
        self.write(f"stacks/{stage}.values.yaml", text)

    def overrides(self, text: str, stage: str = "prod") -> None:
        """Write a stage's values file with these overrides."""
        self.values(f"overrides: {{{text}}}\n", stage)

    def put(self, path: str, content: str | bytes) -> None:
        """Write a definition of prod."""
        self.write(f"stacks/prod/{path}", content)

    def both(self, path: str, content: str | bytes) -> None:
        """Write a definition of both stages, and let staging prove it."""
        self.write(f"stacks/staging/{path}", content)
        self.put(path, content)
        self.prove()

    def prove(self) -> None:
        """Hand over receipts of all that staging holds now."""
        self.keep([one.statement() for one in self.receipts()])

    def keep(self, statements: list[Any]) -> None:
        """Write statements where prod's gate reads them."""
        self.write(str(ledger_path(self.path, "prod").relative_to(self.path)), json.dumps(statements))

    def kept(self) -> list[Statement]:
        """The statements where prod's gate reads them."""
        return list(json.loads(ledger_path(self.path, "prod").read_text("utf-8")))

    def forge(self, change: Callable[[Statement], object], root: str = "", *, sealed: bool = True) -> None:
        """Change the statements of a root, or of all; those that are `sealed` get the checksum that fits."""
        statements = self.kept()
        for statement in statements:
            if root in ("", statement["subject"][0]["name"]):
                change(statement)
                if sealed and "predicate" in statement:
                    statement["predicate"]["checksum"] = checksum(statement)
        self.keep(statements)

    def exemption(self, root: str, fields: Mapping[str, str] | None = None) -> str:
        """The line of prod's stack file that lets a root go as it is now, with other `fields`."""
        found = self.roots()[root]
        entry = {"root": root, "digest": found.digest[:12], "effective": found.effective_digest[:12]}
        return (
            f"managed-agents:unproven: [{json.dumps({**entry, 'reason': 'incident 7', 'by': 'ana', **(fields or {})})}]"
        )

    def findings(self) -> list[str]:
        """What `validate prod` says where nothing stops it."""
        return [str(line) for line in validate_stages(self.path, ["prod"], strict=False)]

    def refusal(self) -> str:
        """Why `validate prod` stops, or an empty text."""
        try:
            self.findings()
        except (Refused, InputError) as error:
            return str(error)
        except ManagedAgentsError as error:  # a verdict that no gate gives
            raise AssertionError(error) from error
        return ""
