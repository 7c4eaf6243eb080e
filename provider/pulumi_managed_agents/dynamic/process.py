"""What one provider process shares among all its resources: configuration, connection, the view of what is live."""

from __future__ import annotations

import logging
import os
import sys
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api.settings import CREDENTIAL_KEYS, resolve
from pulumi_managed_agents.kinds.live import Live
from pulumi_managed_agents.kinds.policy import POLICY_KEYS, policy
from pulumi_managed_agents.kinds.reconcile import World
from pulumi_managed_agents.kinds.record import RESOURCE, UNNAMED
from pulumi_managed_agents.kinds.stack_settings import NAMESPACE

if TYPE_CHECKING:
    from pulumi.dynamic import Config

    from pulumi_managed_agents.smoke.scrub import Scrubber

Identity = tuple[str, str]
"""What tells a resource from all others: see `identity`."""

KEYS = (*CREDENTIAL_KEYS, "baseUrl", "workspace", *POLICY_KEYS)

cancelled = threading.Event()
"""Set when the user interrupts; everything long looks at it."""

secrets: set[str] = set()
"""The secret values that this process was handed; nothing it writes down may hold one."""

applied: set[Identity] = set()
"""The resources that are, as far as this process has seen, what the program says: written, or found so.

An up that leaves resources out (``--target``) does not look at them, so they are not among these.
"""

_config: dict[str, str] = {}
_said: set[str] = set()
_lock = threading.Lock()


def identity(props: dict[str, Any]) -> Identity:
    """What a process remembers a resource by: its kind, and its mark, or the name of what only a stage as a whole has.

    A name alone is no identity: an agent and an environment may share it, and so may children of two components.
    """
    about = props[RESOURCE]
    return about["kind"], about.get("mark") or about["name"]


def configure(config: Config) -> None:
    """Remember the stage's configuration and make this process behave well under the engine."""
    from pulumi_managed_agents.dynamic import host

    for key in KEYS:
        value = config.get(f"{NAMESPACE}:{key}")
        if isinstance(value, str):
            _config[key] = value
    logging.basicConfig(stream=sys.stdout, format="%(message)s", level=logging.WARNING)
    host.settle(cancelled, _scrubber)


def world() -> World:
    """The connection and everything that hangs on it; made at first use, so that offline checks need no credential."""
    with _lock:
        return _world()


@cache
def _world() -> World:
    from pulumi_managed_agents.api import Client

    client = Client(resolve(_config, os.environ))
    return World(client, Live(client), policy(_config))


def at_home(*props: dict[str, Any]) -> World:
    """The world, once it is sure that it is the workspace these resources belong to.

    Raises:
        WrongWorkspace: the credential is another workspace's.
    """
    found = world()
    for one in props:
        workspace = one[RESOURCE].get("workspace")
        if isinstance(workspace, str) and workspace != UNNAMED:
            found.client.expect(workspace)
    return found


def known_secrets() -> set[str]:
    """Every secret this process knows: what it was handed, and credentials for the API."""
    from pulumi_managed_agents.smoke.scrub import environment_secrets

    return secrets | environment_secrets(os.environ) | {_config[key] for key in CREDENTIAL_KEYS if key in _config}


def _scrubber() -> Scrubber:
    from pulumi_managed_agents.smoke.scrub import Scrubber

    return Scrubber(known_secrets())


def say(line: str) -> None:
    """Show a line under the stack while the engine runs: whole, whichever threads speak at the same time."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def say_once(line: str) -> None:
    """Show a line, unless this process has shown it before."""
    with _lock:
        new = line not in _said
        _said.add(line)
    if new:
        say(line)
