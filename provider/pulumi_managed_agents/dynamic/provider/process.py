"""What one provider process shares among all its resources: configuration, connection, the view of what is live."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api.settings import CREDENTIAL_KEYS, PROVIDER_KEY, SECRET_KEYS, resolve
from pulumi_managed_agents.config.policy import POLICY_KEYS, policy, verified_in
from pulumi_managed_agents.config.settings import NAMESPACE, parsed
from pulumi_managed_agents.dynamic.provider import host
from pulumi_managed_agents.dynamic.wire import body
from pulumi_managed_agents.reconcile.context import Context
from pulumi_managed_agents.reconcile.live import LiveCache
from pulumi_managed_agents.reconcile.mark import within
from pulumi_managed_agents.reconcile.record import RESOURCE, UNNAMED
from pulumi_managed_agents.reconcile.secrets import secrets_of
from pulumi_managed_agents.release.gate import ALLOW, UNCOVERED, uncovered
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.words import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi.dynamic import Config

    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.plan import Plan


Identity = tuple[str, str]
"""What identifies a resource: see `identity`."""

KEYS = (*CREDENTIAL_KEYS, "baseUrl", "workspace", *POLICY_KEYS, UNCOVERED)
"""The settings that count for a provider."""

cancelled = threading.Event()
"""Set when the user interrupts; everything long looks at it."""

applied: set[Identity] = set()
"""The resources that are, as far as this process has seen, what the program says: written, or found so.

An up that leaves resources out (``--target``) does not look at them, so they are not among these.
"""

differing: set[Identity] = set()
"""The resources that stay other than the program says, since drift or changes of them are ignored.

A test of one of them is no test of its files, so nothing is proved by it.
"""

ignored_changes: dict[Identity, tuple[str, ...]] = {}
"""What the `ignore_changes` of a resource names, as the engine said when it last asked for a diff of it."""

SHORTEST_INSIDE = 6
"""Of a larger secret, a part that is as long as this is a secret by itself."""

_config: dict[str, str] = {}
# The engine hands configuration over decrypted, and does not say which of it is secret.
_foreign: set[str] = set()
"""The texts in the stack's configuration of other packages."""
_said: set[str] = set()
_lock = threading.Lock()


def identity(props: dict[str, Any]) -> Identity:
    """What a process remembers a resource by: its kind, and its mark, or the name of what only a stage as a whole has.

    A name alone is no identity: an agent and an environment may share it, and so may children of two components.
    """
    about = props[RESOURCE]
    return about["kind"], about.get("mark") or within(about.get("within"), about["name"])


def configure(config: Config) -> None:
    """Remember the stage's configuration and make this process behave well under the engine."""
    given = {key: config.get(f"{NAMESPACE}:{key}") for key in (*KEYS, PROVIDER_KEY)}
    secrets = parsed(config.get(f"{NAMESPACE}:secrets"))
    take_over({key: value for key, value in given.items() if isinstance(value, str)}, secrets)
    # The SDK gives values by name alone; who wants to see all of them must look inside.
    everything = getattr(config, "_props", {})
    foreign = {key: value for key, value in everything.items() if not key.startswith(f"{NAMESPACE}:")}
    _foreign.update(text for value in foreign.values() for text in _texts(parsed(value)))
    logging.basicConfig(stream=sys.stdout, level=logging.WARNING)
    for handler in logging.root.handlers:
        handler.setFormatter(_ScrubbingFormatter("%(message)s"))
    host.settle(cancelled)


def take_over(settings: Mapping[str, str], secrets: Any) -> None:
    """Remember the settings that count for a provider, by their names without namespace, and know the `secrets`."""
    _config.update(settings)
    KNOWN.add(_config[key] for key in SECRET_KEYS if key in _config)
    KNOWN.add(_texts(secrets))


class _ScrubbingFormatter(logging.Formatter):
    """Log lines without secrets, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return KNOWN.scrubber().text(super().format(record))


def know_secrets(facts: Facts, props: dict[str, Any]) -> None:
    """Know the secrets among a resource's inputs: those of its kind, and what the program marked as secret."""
    KNOWN.add(secrets_of(facts, body(props)).values())
    # Of a field that a program marks as secret nobody says which part is: all of it may be, and so may each part that
    # also is in the configuration.
    for name in props[RESOURCE].get("secret") or ():
        texts = list(_texts(props.get(name)))
        KNOWN.add(text for text in texts if len(text) >= SHORTEST_INSIDE or text == props[name])
        KNOWN.add(part for part in _foreign if len(part) >= SHORTEST_INSIDE and any(part in text for text in texts))


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, except keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def reconcile_context() -> Context:
    """Connection, cache of live objects, and policy; made at first use, since offline checks need no credential."""
    # `cache` alone may run the function in several threads at once, which would make several connections.
    with _lock:
        return _reconcile_context()


@cache
def _reconcile_context() -> Context:
    return replace(connected(_config), rules=policy(_config), judge=_power_of_drift)


def connected(config: Mapping[str, str]) -> Context:
    """A separate connection by a stage's or a provider's configuration, and the view of what is live over it."""
    from pulumi_managed_agents.api import Client

    client = Client(resolve(config, os.environ))
    return Context(client, LiveCache(client))


def _power_of_drift(plan: Plan) -> tuple[str, ...]:
    from pulumi_managed_agents.review.capability import gained_undeclared

    return tuple(gain.text for gain in gained_undeclared(plan))


def verified_context(*props: dict[str, Any]) -> Context:
    """The same context, after a check that the credential belongs to the workspace of these resources.

    Raises:
        WrongWorkspace: the credential is another workspace's.
    """
    context = reconcile_context()
    for resource in props:
        workspace = resource[RESOURCE].get("workspace")
        if isinstance(workspace, str) and workspace != UNNAMED:
            context.client.expect(workspace)
    return context


def in_own_workspace(news: dict[str, Any]) -> dict[str, Any]:
    """Inputs with the workspace of this process's provider, where a transform has put it in place of another.

    The engine runs transforms when the program has long said where it takes the resource to be.
    """
    about, own = news[RESOURCE], _config.get(PROVIDER_KEY)
    if not own or "workspace" not in about or about.get("by") == own:
        return news
    return {**news, RESOURCE: {**about, "workspace": reconcile_context().client.identify() or UNNAMED}}


def why_not_covered(name: str) -> str:
    """Why a resource that a program declares in Python may not go into a gated stage, or an empty string.

    No file says what it is, so no receipt can prove it.
    """
    stage = verified_in(_config)
    if not stage or uncovered(_config) & {ALLOW, name}:
        return ""
    return (
        f"no proof covers what a program declares in Python; declare it by a file of the stage, or allow it with "
        f"managed-agents:{UNCOVERED}: [{name}] (managed-agents:verifiedIn is '{stage}')"
    )


def say(line: str) -> None:
    """Show a line without secrets while the engine runs: whole, whichever threads speak at the same time."""
    sys.stdout.write(f"{harmless(KNOWN.scrubber().text(line))}\n")
    sys.stdout.flush()


def say_once(line: str) -> None:
    """Show a line, unless this process has shown it before."""
    with _lock:
        new = line not in _said
        _said.add(line)
    if new:
        say(line)


def git_commit() -> str:
    """The git commit of the project: the one a pipeline names, else the one that is checked out; empty for none.

    The working tree may hold changes on top of it: a commit only says where to look for content with a known digest.
    """
    if named := os.environ.get("GITHUB_SHA"):
        return named
    try:
        command = ["git", "rev-parse", "HEAD"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
