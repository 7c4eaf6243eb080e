"""What the reference pages say beside the models: titles, examples, and what becomes of a live object."""

from __future__ import annotations

TITLES = {
    "agent": "Agents",
    "environment": "Environments",
    "skill": "Skills",
    "memory_store": "Memory stores",
    "vault": "Vaults",
    "credential": "Credentials",
    "deployment": "Deployments",
    "file": "Files",
    "smoke": "Smoke tests",
    "values": "Values",
}

OWN_FILES = ("smoke", "values")
"""The kinds of files that are for us alone."""

REMARKS = {
    "smoke": "A test with one message says `send` and `expect`; with several, `steps` is a list of them. Every field "
    "of `expect` is one assertion; a test without any is an error. A list of one text may be written without the list. "
    "After the last step, `outcome` lets the API grade a task by a rubric.",
    "values": "An override is merged into the file's body: objects field by field, lists of tools, servers and the "
    "like entry by entry by their name; `null` takes a field away.",
    "agent": "`multiagent` has two types. `coordinator` has one fixed roster: members by path, `{type: self}` for the "
    "agent itself, one `{type: advisor, model: …}`; no member may have a `multiagent` of its own. "
    "`multiagent_20261001` switches `subagents`, `workflows` and an `advisor` on and off one by one, where leaving one "
    "out means its default. A member, a skill or a deployment's agent given by path is pinned to the version just "
    "applied; `{path: ./triage.md, version: 3}` holds it at version 3. A skill may be "
    "[the URL of a directory on GitHub](../how-to/skills-from-github.md). `execution_identity` says as whom runs act: "
    "`{type: aws_role, role_arn: …}` instead of the managed service account.",
    "deployment": "A deployment serves the version of its agent that last passed the stage's smoke tests: a red test "
    "leaves it where it is, and before the first green one it waits and nothing is made. An agent without tests is "
    "served as it is applied; `agent: {path: …, version: 3}` holds one back by hand.",
    "memory_store": "`memories` are seeds. One that is new in the file is written where its path is free. One that the "
    "file changes is rewritten as long as no agent has changed it, else it stays and a line says so. One that leaves "
    "the file stays in the store. What agents write is never drift. With `strict_memories: true` (which is not sent "
    "to the API) the listed ones are the file's for good: one that an agent changed or deleted is drift, which "
    "`managed-agents:onDrift` decides about, and what else agents write is still theirs. It costs a request per folder "
    "of seeds in each preview.",
    "vault": "Each entry of `credentials` is a resource of its own: see [Credentials](credential.md).",
    "credential": "A secret's value comes from `pulumi config set --secret --path 'managed-agents:secrets.NAME'`, else "
    "from the environment variable `MANAGED_AGENTS_SECRET_NAME` (capitals, `_` for all but letters and digits). It is "
    "kept in Pulumi's state encrypted, as Pulumi keeps secrets; beside it only a salted fingerprint, by which another "
    "value is noticed. `managed-agents validate` needs no values. `expires_at` moves when the server refreshes a "
    "token: that is no drift.",
}

PLACES = {
    "smoke": "A file in `smoke/` of a stage's folder (`.yaml`, `.yml` or `.json`), which `ant apply` skips. Its name "
    "is the test's. The paths in it are relative to the file.",
    "values": "One file for each stage, beside its folder: `stacks/<stage>.values.yaml`. It need not exist; what it "
    "says never travels with a promotion.",
    "skill": "A folder with a `SKILL.md`, by convention below `skills/`; these are the fields of its front matter. The "
    "whole folder is uploaded, except what `.skillignore` names. A changed byte makes a new version. "
    "A skill that an agent names by [its URL on GitHub](../how-to/skills-from-github.md) is read in the same way.",
    "credential": "An entry of `credentials` in its vault's file. Each is a resource of its own, named "
    "`<vault>/<variable or server>`, such as `vaults/crm/API_KEY` or `vaults/crm/mcp.crm.example.com/sse`.",
    "file": "Any file in the stage's folder that a deployment names by its relative path: under `resources`, as the "
    "`source` of an image or a document in a message, or as the `rubric` of an outcome; a smoke test may do so, too. "
    "By convention it stands in `files/`. Its path is its name. In a Python program: `File`.",
}

EXAMPLES = {
    "agent": (
        "markdown",
        """\
---
name: Triage
model: {id: claude-opus-5-5, effort: high}
description: Sorts incoming orders.
tools:
  - type: agent_toolset_20260401
    configs: [{name: bash, permission_policy: {type: always_ask}}]
skills: [../skills/pr-summary]
---
You sort incoming orders.
""",
    ),
    "environment": (
        "yaml",
        """\
name: sandbox
config:
  type: cloud
  networking: {type: limited, allowed_hosts: [pypi.org], allow_package_managers: true}
  packages: {pip: [pandas]}
""",
    ),
    "skill": (
        "markdown",
        """\
---
name: pr-summary
description: Sums up a pull request. Use it when asked what a change does.
---
Read the diff first.
""",
    ),
    "memory_store": (
        "markdown",
        """\
---
name: Notes
memories:
  - {path: /style.md, content: Be brief.}
---
What customers said.
""",
    ),
    "vault": (
        "yaml",
        """\
display_name: CRM
credentials:
  - display_name: CRM server
    auth: {type: static_bearer, mcp_server_url: https://mcp.crm.example.com/sse, token: {secret: CRM_TOKEN}}
  - auth:
      type: environment_variable
      secret_name: API_KEY
      secret_value: {secret: API_KEY}
      networking: {type: limited, allowed_hosts: [api.example.com]}
""",
    ),
    "credential": (
        "yaml",
        """\
auth:
  type: mcp_oauth
  mcp_server_url: https://mcp.mail.example.com/sse
  access_token: {secret: MAIL_ACCESS}
  expires_at: "2027-01-31T12:00:00Z"
  refresh:
    client_id: our-client
    refresh_token: {secret: MAIL_REFRESH}
    token_endpoint: https://login.mail.example.com/token
    token_endpoint_auth: {type: client_secret_basic, client_secret: {secret: MAIL_CLIENT}}
""",
    ),
    "deployment": (
        "markdown",
        """\
---
name: Nightly
agent: ../agents/triage.md
environment_id: ../environments/sandbox.yaml
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
    ),
    "file": (
        "yaml",
        """\
# in a deployment
resources: [{path: ../files/prices.csv, mount_path: prices.csv}]
initial_events:
  - type: user.define_outcome
    description: A price list without mistakes.
    rubric: {type: file, file_id: ../files/rubric.md}
""",
    ),
    "smoke": (
        "yaml",
        """\
agent: ../agents/triage.md
environment: ../environments/sandbox.yaml
budget_usd: 0.25
custom_tools:
  lookup_order: {returns: {status: shipped}}
steps:
  - send: Where is order 42?
    expect:
      reply: {contains: shipped, excludes: [refund]}
      tools: {used: [{name: lookup_order, input: {id: 42}}], not_used: bash, at_most: 3}
  - send: Thank you.
    expect: {stop_reason: end_turn, max_seconds: 20, no_errors: true}
""",
    ),
    "values": (
        "yaml",
        """\
values: {region: eu}
overrides:
  agents/triage.md: {model: claude-haiku-5-5}
  environments/sandbox.yaml: {name: sandbox-staging}
drift: {ignore: {agents/triage.md: [description]}}
smoke: {budget_usd: 2, concurrency: 4}
""",
    ),
}

SETTINGS_INTRODUCTION = (
    "# Settings of a stage",
    "They stand in the stage's stack file, `stacks/Pulumi.<stage>.yaml`, below `config:`; in `Pulumi.yaml` they are "
    "for all stages. A setting that is not in this table is an error, so that no misspelt gate is overlooked.",
    "```yaml\nconfig:\n  managed-agents:verifiedIn: staging\n  managed-agents:minAge: 24h\n"
    "  managed-agents:protectedStage: true\n```",
)

DESTROY = {
    "agent": "Archives the agent, for ever: the API can neither delete one nor bring one back. Its deployments are "
    "archived with it.",
    "environment": "Deletes it. While sessions still refer to it the API refuses; it is then archived instead, which "
    "is said.",
    "skill": "Deletes the skill with all its versions.",
    "memory_store": "Deletes the store with every memory in it and their history. What agents learnt is lost: where "
    "that must not happen, set `managed-agents:onRemoval` to `retain` or `refuse` first.",
    "vault": "Deletes the vault with every credential in it, also those that somebody added by hand. Sessions that run "
    "go on; a deployment that still names it fails its next run and is paused by the server.",
    "credential": "Deletes the credential. Its server or variable is free for another one at once.",
    "deployment": "Archives the deployment, for ever; sessions that it has started go on.",
    "file": "Deletes the file. Sessions work on copies and keep them.",
}

_BY_COMMAND = "`managed-agents adopt` writes the definition of a live one and the file for `pulumi import`."
_IN_PYTHON = "In a Python program, `adopt=` takes over a live one"
_SECRETS = (
    "The API never shows a secret: the definition names each, and the command says which still need a value. Set them "
    "and call it once more before `pulumi import`, so that a later change of one is noticed; a value that is set only "
    "afterwards is taken for the live one until the credential's next update."
)

ADOPTION = {
    "agent": f"{_BY_COMMAND} {_IN_PYTHON}.",
    "environment": f"{_BY_COMMAND} {_IN_PYTHON}.",
    "skill": f"{_BY_COMMAND} {_IN_PYTHON}.",
    "memory_store": f"{_BY_COMMAND} It names no seeds; the memories stay. {_IN_PYTHON} with its memories. "
    "Seeds at paths that are taken are left as they are.",
    "vault": f"{_BY_COMMAND} Its credentials come with it. {_SECRETS} {_IN_PYTHON}; credentials that are in it and not "
    "declared stay.",
    "credential": f"`managed-agents adopt` writes it into the file of its vault. {_SECRETS} Of one that somebody added "
    "by hand to a vault that is managed already, `managed-agents adopt STAGE --kind vault` prints the lines to add to "
    "the vault's file; once they are there, the same command makes the file for `pulumi import`.",
    "deployment": f"{_BY_COMMAND} What is adopted with it is named by path; the token of a repository is not shown by "
    f"the API and has to be added. {_IN_PYTHON}.",
    "file": "With the deployment that mounts it, where the API hands out its content: for what a session wrote, never "
    "for what was uploaded. Such a file stays an id in the deployment.",
}

PLACES_INTRODUCTION = (
    "## Places in which a stage may differ",
    "`managed-agents:stageMayDiffer` lists places. A place is a kind and a field of its file, and stands for all below "
    "it; `*` is any entry of a list, as in `agent.mcp_servers.*.url`. With the name of a resource in the place of the "
    "kind it is that one's field alone: `environments/box:config.networking.allowed_hosts`. Credentials are fields of "
    "their vault. A wildcard that reaches further than the hosts that were proved wants such a name. These words stand "
    "for the places beside them; all of them together are the default:",
)

OUTPUTS = {
    ("agent", "version"): "The version just applied. What serves is in the pins of a stage; it may be an older one.",
    ("credential", "vault_id"): "The id of the vault that it is in.",
    ("credential", "auth"): "What it is for, as it is declared; the secrets in it are Pulumi's secrets.",
    ("deployment", "agent"): "The agent with the version that its sessions run, or its id alone.",
    ("deployment", "environment_id"): "The id of the environment.",
    ("deployment", "resources"): "Repositories, files and memory stores, with their ids.",
    ("deployment", "vault_ids"): "The ids of its vaults, in order.",
    ("skill", "version"): "The version just uploaded.",
    ("skill", "directory"): "The folder that was uploaded, relative to the program.",
    ("skill", "digest"): "The digest of all files in it, by which another byte is noticed.",
    ("skill", "name"): "The name in `SKILL.md`.",
    ("skill", "source"): "Where it comes from, of one that is looked up; of one that is declared it is not asked.",
    ("file", "digest"): "The digest of the content, by which another byte is noticed.",
}
"""What an output is, where no argument of its name says so."""

_NO_PLAIN_IMPORT = (
    "`pulumi import TYPE NAME ID` cannot work for a dynamic provider of Python: Pulumi knows no provider before the "
    "program has declared a resource. Say `adopt=` in the program, or have `managed-agents adopt` make a file for "
    "`pulumi import --file`, which carries all that is needed; see [Adopt](../../how-to/adopt.md)."
)


def _adopted(call: str) -> tuple[str, ...]:
    """How an object of a class that takes `adopt=` is taken over."""
    return (
        f"```python\n{call}\n```",
        "The first up takes over the object that is live, changes it only where it differs from what is declared, and "
        "refuses it where it is gone or another stack's. From then on the argument says nothing any more and may go.",
        _NO_PLAIN_IMPORT,
    )


CLASS_IMPORTS = {
    "agent": _adopted('Agent("worker", name="Worker", model="claude-haiku-5-5", adopt="agent_01Hq…")'),
    "environment": _adopted('Environment("sandbox", adopt="env_01Xc…")'),
    "skill": _adopted('Skill("pr-summary", directory="skills/pr-summary", adopt="skill_01Sk…")'),
    "memory_store": _adopted('MemoryStore("notes", adopt="memstore_01Ab…")'),
    "vault": _adopted('Vault("crm", display_name="CRM", adopt="vlt_01Cr…")'),
    "credential": (
        "The API never shows a secret, so that nothing could be compared: declare the credential, and remove the one "
        "that was made by hand first, since a vault holds one for each server or variable. In a stage of files, "
        "`managed-agents adopt` takes credentials over together with their vault.",
    ),
    "deployment": _adopted(
        'Deployment("daily", agent=triage, environment_id=box, initial_events=events, adopt="depl_01De…")'
    ),
    "file": (
        "An uploaded file cannot be taken over, since the API does not hand out its content. Declare it from its "
        "source, which uploads it once more; what refers to it by the old id goes on until you change it.",
    ),
}

_FOUND = (
    "`{get}(id=…)` or `{get}(name=…)` finds one that somebody else manages, `{get}_output` the same with Outputs: see "
    "[Look-ups](look_ups.md). `{title}.get(name, id)` makes a resource of it, which is only ever read."
)
LOOK_UPS = {
    **{
        kind: _FOUND.format(get=f"get_{kind}", title=title)
        for kind, title in {
            "agent": "Agent",
            "environment": "Environment",
            "skill": "Skill",
            "memory_store": "MemoryStore",
            "vault": "Vault",
            "deployment": "Deployment",
        }.items()
    },
    "credential": "There is no look-up of a credential: nothing refers to one, only to its vault.",
    "file": "There is no look-up of a file: its names need not differ. Say its id where it is used.",
}

TOPICS = {
    "look_ups": (
        "Look-ups",
        (
            "Objects of the workspace that somebody else manages, for a program to refer to; and the models. What was "
            "found can stand wherever a resource can, and pins the version found.",
            "`get_environment`, `get_skill`, `get_memory_store`, `get_vault` and `get_deployment` take and give the "
            "same as `get_agent`, and each has its `_output`. See [what others "
            "manage](../../how-to/programs.md#what-others-manage).",
        ),
        ("get_agent", "get_agent_output", "get_models", "get_models_output", "LiveObject"),
    ),
    "deploy_stage": (
        "A stage in a program",
        ("See [a program around the files](../../how-to/programs.md).",),
        ("deploy_stage", "Stage"),
    ),
    "provider": (
        "Provider",
        ("See [components](../../how-to/components.md#a-workspace-of-its-own).",),
        ("Provider",),
    ),
}
"""The pages about what is no class of resources: title, introduction, and what is described, in that order."""
