"""The workspace a stage lives in: learnt by its first deployment, held against the credential ever after.

Every other resource takes its name from this one, so that nothing is created before the credential is known to be
the stage's own. It makes no object; its one request is the first page of agents, which the others need anyway.
"""

from __future__ import annotations

from typing import Any

from pulumi_managed_agents.dynamic.process import world
from pulumi_managed_agents.dynamic.results import Diffed, Found, Made
from pulumi_managed_agents.errors import ManagedAgentsError
from pulumi_managed_agents.kinds import FACTS
from pulumi_managed_agents.kinds.record import UNNAMED

Props = dict[str, Any]


class Workspace:
    """`workspace` is what the API calls it; a server that names none is `unnamed`."""

    def check(self, news: Props, *, is_new: bool) -> list[str]:
        """Reach the API with the stage's credential, before anything else is asked of it."""
        try:
            _identify()
        except ManagedAgentsError as error:
            return [str(error)]
        return []

    def diff(self, id: str, olds: Props, news: Props) -> Diffed:
        """Stop where the credential is another workspace's."""
        _expect(olds)
        return Diffed(changes=False)

    def create(self, props: Props) -> Made:
        """Take over what the API says."""
        workspace = _identify()
        return Made(workspace, {**props, "workspace": workspace})

    def update(self, id: str, olds: Props, news: Props) -> Props:
        """Keep the name."""
        return {**news, "workspace": olds["workspace"]}

    def read(self, id: str, props: Props) -> Found:
        """Stop where the credential is another workspace's."""
        _expect(props)
        return Found(id, props)

    def delete(self, id: str, props: Props) -> tuple[str, ...]:
        """Nothing to take away."""
        return ()


def _identify() -> str:
    found = world()
    if found.client.workspace is None:
        found.live.open(FACTS["agent"])
    return found.client.workspace or UNNAMED


def _expect(recorded: Props) -> None:
    if recorded["workspace"] != UNNAMED:
        _identify()
        world().client.expect(recorded["workspace"])
