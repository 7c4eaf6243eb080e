"""The stage's last two resources: the release keeps what is proven, the proof says what is not.

Both only remember; the verdicts are the smoke tests' results, which flow in as inputs.
"""

from __future__ import annotations

from typing import Any

from pulumi.dynamic import DiffResult, ReadResult

from pulumi_managed_agents.dynamic.process import at_home
from pulumi_managed_agents.dynamic.wire import RESOURCE, is_unknown, whole

Props = dict[str, Any]


class Release:
    """Outputs are its inputs: `pins`, the version each agent serves, by the agent's name."""

    def check(self, news: Props) -> list[str]:  # noqa: ARG002
        """Nothing can be wrong with results."""
        return []

    def diff(self, id: str, olds: Props, news: Props) -> DiffResult:  # noqa: ARG002
        """Changed as soon as a result is another, or not known yet."""
        before, after = ({key: value for key, value in props.items() if key[:2] != "__"} for props in (olds, news))
        return DiffResult(changes=is_unknown(after) or whole(before) != whole(after))

    def create(self, props: Props) -> tuple[str, Props]:
        """Remember."""
        return str(props[RESOURCE]["name"]), props

    def update(self, id: str, olds: Props, news: Props) -> Props:  # noqa: ARG002
        """Remember."""
        return news

    def read(self, id: str, props: Props) -> ReadResult:
        """There is nothing live behind it."""
        return ReadResult(id, props)

    def delete(self, id: str, props: Props) -> None:  # noqa: ARG002
        """Forget, unless the rest of the stage could not go with it."""
        at_home(props)


class Proof(Release):
    """Fails, one clean line per failed test, while everything that passed is already in the state."""

    def check(self, news: Props) -> list[str]:
        """Every failed test of the stage; in a preview they are not known, and nothing fails."""
        failures = news.get("failures")
        return [] if is_unknown(failures) else [str(line) for line in failures or []]
