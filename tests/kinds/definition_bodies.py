"""Bodies that use every field of their kind and are right in every one; the tests spoil copies of them."""

from __future__ import annotations

from typing import Any

import yaml


def load(text: str) -> Any:
    """The plain data of a YAML text."""
    return yaml.safe_load(text)


AGENT = load("""
type: agent
name: triage
model: {id: claude-opus-5-5, effort: {type: high}, speed: fast, inference_geo: us}
system: You sort incoming orders.
description: Sorts orders.
tools:
  - type: agent_toolset_20260401
    default_config: {enabled: true, permission_policy: {type: always_ask}}
    configs:
      - {name: bash, type: bash, enabled: false, permission_policy: {type: auto}}
      - {name: read}
      - name: web_fetch
        type: web_fetch
        enabled: true
        permission_policy: {type: always_allow}
        allowed_domains: [docs.example.com, xn--bcher-kva.example]
        max_content_tokens: 5000
        url_sources:
          client_tool_results: {type: only, tools: [{type: tool_reference, name: lookup_order}]}
          server_tool_results: {type: except, tools: [{type: tool_reference, name: web_search}]}
          user_input: {type: none}
      - name: web_search
        type: web_search
        enabled: true
        permission_policy: {type: always_allow}
        blocked_domains: [example.com/shop]
        user_location: {type: approximate, city: Bonn, country: DE, region: NRW, timezone: Europe/Berlin}
  - type: mcp_toolset
    mcp_server_name: crm
    default_config: {enabled: false, permission_policy: {type: always_ask}}
    configs: [{name: find_customer, enabled: true, permission_policy: {type: always_allow}}]
  - type: custom
    name: lookup_order
    description: Finds an order by its number.
    input_schema:
      type: object
      properties: {order.number: {type: integer, title: Number}}
      required: [order.number]
      additionalProperties: false
mcp_servers: [{type: url, name: crm, url: https://crm.example.com/mcp}]
skills:
  - ../skills/pr-summary
  - skill_01abc
  - {path: ../skills/tone, version: 3}
  - {type: anthropic, skill_id: xlsx, version: '20251013'}
  - {type: custom, skill_id: skill_01def, version: latest}
multiagent:
  type: coordinator
  agents:
    - ./reviewer.md
    - agent_01abc
    - {path: ./writer.md, version: 2}
    - {type: agent, id: agent_01def, version: 7}
    - {type: self}
    - {type: advisor, model: claude-fable-5-2}
metadata: {team: orders}
execution_identity: {type: aws_role, role_arn: 'arn:aws:iam::123456789012:role/runner'}
""")

DELEGATING_AGENT = load("""
name: lead
model: claude-sonnet-5-5
multiagent:
  type: multiagent_20261001
  subagents:
    type: enabled
    inline_agents: {type: disabled}
    predefined_agents: [./reviewer.md, {type: self}, {type: agent, id: agent_01abc}, {path: ./writer.md}]
  workflows: {type: disabled}
  advisor: {type: enabled, model: claude-fable-5-2}
execution_identity: {type: service_account}
""")

ENVIRONMENT = load("""
type: environment
name: cloud
description: Where the agents run.
config:
  type: cloud
  networking:
    type: limited
    allowed_hosts: [api.example.com, '*.example.org', 192.0.2.1]
    allow_mcp_servers: true
    allow_package_managers: true
  packages:
    type: packages
    apt: [jq]
    cargo: [ripgrep]
    gem: [rake]
    go: [golang.org/x/tools/cmd/goimports@latest]
    npm: [typescript]
    pip: [pandas==3.0.0]
scope: organization
metadata: {team: orders}
""")

SKILL = load("""
name: pr-summary
description: Sums up a pull request when fewer than < 50 files changed.
display_name: Pull request summary
license: Apache-2.0
compatibility: Needs git.
allowed-tools: [Bash, Read]
metadata: {version: 1}
""")

SMOKE = load("""
agent: ../agents/triage.md
environment: ../environments/cloud.yaml
budget_usd: 0.25
description: The agent finds an order.
timeout_seconds: 60
stages: [dev, staging]
repeat: 3
pass_rate: 0.66
on_tool_request: {bash: deny, read: allow}
custom_tools: {lookup_order: {returns: shipped, is_error: false}, list_orders: {returns: {orders: [42]}}}
vaults: [../vaults/crm.yaml, {path: ../vaults/shop.yaml}]
memory_stores:
  - ../memory_stores/notes.yaml
  - {path: ../memory_stores/faq.yaml, access: read_only, instructions: Read.}
  - {memory_store_id: memstore_01abc, access: read_write}
side_effects: accepted
steps:
  - send: Where is order 42?
    expect:
      stop_reason: end_turn
      reply:
        contains: [shipped]
        matches: order\\s+42
        excludes: [sorry]
        json_schema: {type: object}
      tools: {used: lookup_order, not_used: [bash], in_order: [lookup_order, read], at_most: 5}
      max_seconds: 30
      max_cost_usd: 0.1
      max_tokens: 9000
      no_errors: true
  - send: [{type: text, text: Thank you.}]
    expect: {stop_reason: [end_turn, refusal]}
outcome: {description: A table of orders., rubric: Every order has a state., max_iterations: 2, expect: satisfied}
""")

DEPLOYMENT = load("""
type: deployment
name: nightly
agent: {path: ../agents/triage.md, version: 3}
environment_id: ../environments/cloud.yaml
initial_events:
  - type: user.message
    content:
      - {type: text, text: Sort the orders.}
      - {type: image, source: {type: base64, data: aGk=, media_type: image/png}}
      - {type: image, source: {type: url, url: https://example.com/a.png}}
      - {type: document, source: {type: file, file_id: file_01abc}, title: Orders, context: Of today.}
      - {type: document, source: {type: text, data: '42', media_type: text/plain}}
  - {type: user.define_outcome, description: A table., rubric: {type: text, content: Right.}, max_iterations: 5}
  - {type: user.define_outcome, description: A table., rubric: {type: file, file_id: file_01abc}}
  - {type: system.message, content: [{type: text, text: Be brief.}]}
description: Sorts every night.
schedule: {type: cron, expression: '30 9-18/3 1,15 * 1-5', timezone: Europe/Berlin}
resources:
  - type: github_repository
    url: https://github.com/example/orders
    authorization_token: {secret: GITHUB_TOKEN}
    checkout: {type: branch, name: main}
    mount_path: /workspace/orders
  - {type: github_repository, url: https://github.com/example/a.b, checkout: {type: commit, sha: abc123}}
  - {type: file, file_id: file_01abc, mount_path: list.csv}
  - {type: memory_store, memory_store_id: ../memory_stores/notes.yaml, access: read_only, instructions: Read.}
  - {path: ../memory_stores/faq.yaml, access: read_write, instructions: Write.}
vault_ids: [vlt_01abc, ../vaults/crm.yaml, {path: ../vaults/shop.yaml}]
budget: {type: limit, max_list_cost: {amount: '2500', currency: USD}}
metadata: {team: orders}
paused: false
""")

VAULT = load("""
type: vault
display_name: CRM
credentials:
  - display_name: CRM token
    auth: {type: static_bearer, mcp_server_url: https://crm.example.com/mcp, token: {secret: CRM_TOKEN}}
    metadata: {team: orders}
  - auth:
      type: mcp_oauth
      mcp_server_url: https://shop.example.com/mcp
      access_token: {secret: SHOP_ACCESS}
      expires_at: '2099-01-31T12:00:00Z'
      refresh:
        client_id: orders
        refresh_token: {secret: SHOP_REFRESH}
        token_endpoint: https://shop.example.com/token
        token_endpoint_auth: {type: client_secret_basic, client_secret: {secret: SHOP_CLIENT}}
        scope: read
        resource: https://shop.example.com
  - auth:
      type: environment_variable
      secret_name: API_KEY
      secret_value: {secret: API_KEY}
      networking: {type: limited, allowed_hosts: [api.example.com, '*.example.org', 192.0.2.1]}
      injection_location: {header: true}
metadata: {team: orders}
""")

MEMORY_STORE = load("""
type: memory_store
name: Notes
description: What customers said.
metadata: {team: orders}
memories:
  - {path: /style/tone.md, content: Be brief.}
""")

FILE = load("""
file: ../files/list.csv
filename: list.csv
expires_in_seconds: 3600
""")

VALUES = load("""
values: {crm_host: crm.example.com, hosts: [a, b]}
overrides:
  agents/triage.md: {model: claude-haiku-5-5, mcp_servers: {crm: {url: https://crm.example.com/mcp}}}
  agents/new.md: {was: agents/old}
  agents/newest.md: {was: [agents/newer, agents/older]}
drift: {ignore: {agents/triage.md: [description]}}
smoke: {budget_usd: 2.5, concurrency: 4}
""")

BODIES: list[tuple[str, Any]] = [
    ("agent", AGENT),
    ("agent", DELEGATING_AGENT),
    ("environment", ENVIRONMENT),
    ("skill", SKILL),
    ("deployment", DEPLOYMENT),
    ("vault", VAULT),
    *(("credential", credential) for credential in VAULT["credentials"]),
    ("memory_store", MEMORY_STORE),
    ("file", FILE),
    ("smoke", SMOKE),
    ("values", VALUES),
]
