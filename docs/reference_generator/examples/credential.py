"""An environment variable, which only one host is ever sent; and a login by OAuth that the server renews."""

import pulumi

from pulumi_managed_agents import Credential, Vault

config = pulumi.Config()
shop = Vault("shop")
Credential(
    "api-key",
    vault=shop,
    auth={
        "type": "environment_variable",
        "secret_name": "API_KEY",
        "secret_value": config.require_secret("apiKey"),
        "networking": {"type": "limited", "allowed_hosts": ["api.example.com"]},
    },
)
Credential(
    "mail",
    vault=shop,
    auth={
        "type": "mcp_oauth",
        "mcp_server_url": "https://mcp.mail.example.com/sse",
        "access_token": config.require_secret("mailAccess"),
        "expires_at": "2027-01-31T12:00:00Z",
        "refresh": {
            "client_id": "our-client",
            "refresh_token": config.require_secret("mailRefresh"),
            "token_endpoint": "https://login.mail.example.com/token",
            "token_endpoint_auth": {"type": "none"},
        },
    },
)
