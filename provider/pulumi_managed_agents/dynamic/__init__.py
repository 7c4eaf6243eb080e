"""The Pulumi side, in two processes: `program` declares resources, `provider` answers the engine's calls.

Importing the package gives `Entry` alone; everything else is imported from its own module.
"""

from __future__ import annotations

from pulumi_managed_agents.dynamic.provider.resource_provider import ManagedAgentsProvider


class Entry(ManagedAgentsProvider):
    """The provider under the name that users' states refer to.

    The text in `provider_reference.PROVIDER`, a pickle of this class by reference, is in every resource of every
    stack. So the path ``pulumi_managed_agents.dynamic.Entry`` never moves.
    """
