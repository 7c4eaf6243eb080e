"""A vault with a credential in it."""

import pulumi

from pulumi_managed_agents import Credential, Vault

crm = Vault("crm", display_name="CRM", metadata={"team": "orders"})
token = pulumi.Config().require_secret("crmToken")
Credential(
    "crm-server",
    vault=crm,
    auth={"type": "static_bearer", "mcp_server_url": "https://mcp.crm.example.com/sse", "token": token},
)
