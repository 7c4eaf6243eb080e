"""A sandbox that reaches one host and the public package registries."""

from pulumi_managed_agents import Environment

Environment(
    "sandbox",
    config={
        "type": "cloud",
        "networking": {"type": "limited", "allowed_hosts": ["pypi.org"], "allow_package_managers": True},
        "packages": {"pip": ["pandas"]},
    },
)
