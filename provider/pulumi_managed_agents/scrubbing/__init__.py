"""Keeping secrets out of everything that leaves a process: messages, logs, transcripts, reports, states.

`KNOWN` is where a process keeps the secrets that it knows, and where everything that writes gets its `Scrubber`.
"""

from __future__ import annotations

from pulumi_managed_agents.scrubbing.known import KNOWN, KnownSecrets
from pulumi_managed_agents.scrubbing.scrubber import REMOVED, Scrubber, clip

__all__ = ["KNOWN", "REMOVED", "KnownSecrets", "Scrubber", "clip"]
