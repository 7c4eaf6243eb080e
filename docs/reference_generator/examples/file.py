"""A file that every session of a deployment finds."""

from pulumi_managed_agents import Deployment, File, get_agent, get_environment

prices = File("price-list", file="prices.csv")
Deployment(
    "on-demand",
    agent=get_agent(name="Reader"),
    environment_id=get_environment(name="shared"),
    initial_events=[{"type": "user.message", "content": [{"type": "text", "text": "Check the prices."}]}],
    resources=[{"type": "file", "file_id": prices, "mount_path": "prices.csv"}],
)
