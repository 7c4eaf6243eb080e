"""The text by which every recorded resource refers to our provider."""

from __future__ import annotations

# The pickle, in base64, of `pulumi_managed_agents.dynamic.Entry()` by reference. A constant, so that no version of
# Python, of Pulumi's SDK or of ours can write another text, which would show every resource of every stack as changed.
PROVIDER = "gASVLgAAAAAAAACMHXB1bHVtaV9tYW5hZ2VkX2FnZW50cy5keW5hbWljlIwFRW50cnmUk5QpgZQu"
