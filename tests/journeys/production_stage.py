"""A stage as in production: credentials of every type, a memory store, a file, and a deployment over all."""

from __future__ import annotations

FILES = {
    "agents/triage.md": "---\nname: Triage\nmodel: claude-haiku-5-5\n---\nYou triage.\n",
    "environments/box.yaml": "name: box\n",
    "vaults/crm.yaml": """\
display_name: CRM
credentials:
  - display_name: CRM server
    auth: {type: static_bearer, mcp_server_url: https://mcp.crm.example/sse, token: {secret: CRM_TOKEN}}
  - auth:
      type: environment_variable
      secret_name: API_KEY
      secret_value: {secret: api-key}
      networking: {type: limited, allowed_hosts: [api.example.com]}
  - auth:
      type: mcp_oauth
      mcp_server_url: https://mcp.mail.example/sse
      access_token: {secret: MAIL_ACCESS}
      expires_at: 2099-01-31T12:00:00Z
      refresh:
        client_id: us
        refresh_token: {secret: MAIL_REFRESH}
        token_endpoint: https://login.mail.example/token
        token_endpoint_auth: {type: client_secret_basic, client_secret: {secret: MAIL_CLIENT}}
""",
    "memory_stores/notes.md": """\
---
name: Notes
memories: [{path: /style.md, content: Be brief.}]
---
What customers said.
""",
    "files/prices.csv": "a,b\n",
    "deployments/nightly.md": """\
---
name: Nightly
agent: ../agents/triage.md
environment_id: ../environments/box.yaml
schedule: {type: cron, expression: 0 3 * * *, timezone: Europe/Berlin}
budget: {type: limit, max_list_cost: {amount: "100", currency: USD}}
vault_ids: [../vaults/crm.yaml]
resources:
  - {path: ../memory_stores/notes.md, access: read_only}
  - {path: ../files/prices.csv, mount_path: prices.csv}
  - {type: github_repository, url: https://github.com/acme/shop, authorization_token: {secret: GITHUB}}
---
Sum up the day.
""",
}
SMOKE = """\
agent: ../agents/triage.md
environment: ../environments/box.yaml
budget_usd: 0.10
timeout_seconds: 20
send: What are you?
expect: {stop_reason: end_turn, reply: {contains: [triage]}}
"""
CANARY = "canary-6f1d"
SECRETS = {
    "CRM_TOKEN": f"{CANARY}-token",
    "api-key": f"{CANARY}-value",
    "MAIL_ACCESS": f"{CANARY}-access",
    "MAIL_REFRESH": f"{CANARY}-refresh",
    "MAIL_CLIENT": f"{CANARY}-client",
    "GITHUB": f"{CANARY}-git",
}
VARIABLES = {f"MANAGED_AGENTS_SECRET_{name.replace('-', '_').upper()}": value for name, value in SECRETS.items()}
MANAGED = 9
"""How many objects of the API the stage declares."""
DECLARED = MANAGED + 5
"""Those, the workspace, the smoke tests, the release, the proof, and Pulumi's stack itself."""
