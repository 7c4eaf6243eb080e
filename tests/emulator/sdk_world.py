"""A workspace that holds two of everything, so that every method of the SDK has something to be called on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anthropic import Anthropic

HELLO: Any = [{"type": "user.message", "content": [{"type": "text", "text": "Hello"}]}]
BEARER: Any = {"type": "static_bearer", "mcp_server_url": "https://crm.example.com/mcp", "token": "t"}
SKILL = b"---\nname: notes\ndescription: Takes notes.\n---\n"
SCRIPT = {"rules": [{"do": [{"file": {"name": "out.txt", "content": "x"}}, {"delegate": {"agent": "worker"}}]}]}
"""What a server has to be told before the world is made on it: every session writes a file and delegates."""


@dataclass(frozen=True)
class World:
    """Ids of one of everything; the methods make new objects, to be changed or taken away."""

    api: Anthropic
    agent: str
    environment: str
    workshop: str
    skill: str
    vault: str
    credential: str
    store: str
    memory: str
    deployment: str
    run: str
    file: str
    output: str
    session: str
    resource: str
    thread: str
    work: str

    def new_agent(self) -> str:
        """An agent."""
        return self.api.beta.agents.create(name="agent", model="claude-opus-5-5").id

    def new_environment(self) -> str:
        """An environment with a name that is free."""
        taken = len(list(self.api.beta.environments.list(include_archived=True)))
        return self.api.beta.environments.create(name=f"environment {taken}").id

    def new_skill(self) -> str:
        """A skill."""
        return self.api.beta.skills.create(files=[("notes/SKILL.md", SKILL)]).id

    def new_skill_version(self) -> str:
        """Another version of the skill."""
        return self.api.beta.skills.versions.create(self.skill, files=[("notes/SKILL.md", SKILL)]).id

    def new_vault(self) -> str:
        """An empty vault."""
        return self.api.beta.vaults.create(display_name="vault").id

    def new_credential(self, vault: str) -> str:
        """A credential in a vault."""
        return self.api.beta.vaults.credentials.create(vault, auth=BEARER).id

    def new_store(self) -> str:
        """An empty memory store."""
        return self.api.beta.memory_stores.create(name="store").id

    def new_memory(self, path: str) -> str:
        """A memory in the store."""
        return self.api.beta.memory_stores.memories.create(self.store, path=path, content="x").id

    def old_memory_version(self, path: str) -> str:
        """A version of a memory that has a newer one."""
        memory = self.api.beta.memory_stores.memories.create(self.store, path=path, content="x")
        self.api.beta.memory_stores.memories.update(memory.id, memory_store_id=self.store, content="y")
        return memory.memory_version_id

    def new_deployment(self) -> str:
        """A deployment."""
        made = self.api.beta.deployments.create(
            name="deployment", agent=self.agent, environment_id=self.environment, initial_events=HELLO
        )
        return made.id

    def new_file(self) -> str:
        """A file."""
        return self.api.beta.files.upload(file=("notes.txt", b"x")).id

    def new_session(self, environment: str = "") -> str:
        """A session, by default in the environment."""
        made = self.api.beta.sessions.create(agent=self.agent, environment_id=environment or self.environment)
        return made.id

    def new_resource(self, session: str) -> str:
        """A file in a session."""
        return self.api.beta.sessions.resources.add(session, type="file", file_id=self.file).id

    def new_repository(self) -> tuple[str, str]:
        """A session and the repository in it."""
        repository: Any = {"type": "github_repository", "url": "https://github.com/acme/shop"}
        made = self.api.beta.sessions.create(agent=self.agent, environment_id=self.environment, resources=[repository])
        return made.id, made.resources[0].id  # type: ignore[union-attr]

    def new_work(self) -> str:
        """Work for the workshop, which is a self-hosted environment."""
        self.new_session(self.workshop)
        return self.api.beta.environments.work.list(self.workshop).data[0].id

    def started_work(self) -> str:
        """Work that was acknowledged."""
        work = self.new_work()
        return self.api.beta.environments.work.ack(work, environment_id=self.workshop).id


def furnished(api: Anthropic) -> World:
    """The world of an empty workspace."""
    beta = api.beta
    agents: Any = [beta.agents.create(name=name, model="claude-opus-5-5").id for name in ("worker", "lead")]
    team: Any = {"type": "coordinator", "agents": [agents[0]]}
    beta.agents.update(agents[1], multiagent=team)
    environments = [beta.environments.create(name=name).id for name in ("box", "other")]
    workshop = beta.environments.create(name="workshop", config={"type": "self_hosted"}).id
    skills = [beta.skills.create(files=[("notes/SKILL.md", SKILL)]).id for _ in range(2)]
    beta.skills.versions.create(skills[0], files=[("notes/SKILL.md", SKILL)])
    vaults = [beta.vaults.create(display_name="vault").id for _ in range(2)]
    other: Any = {**BEARER, "mcp_server_url": "https://other.example.com"}
    credentials = [beta.vaults.credentials.create(vaults[0], auth=auth).id for auth in (BEARER, other)]
    stores = [beta.memory_stores.create(name="store").id for _ in range(2)]
    memories = [beta.memory_stores.memories.create(stores[0], path=path, content="x").id for path in ("/a", "/b")]
    files = [beta.files.upload(file=(name, b"x")).id for name in ("a.txt", "b.txt")]
    resources: Any = [{"type": "file", "file_id": file} for file in files]
    session = beta.sessions.create(agent=agents[1], environment_id=environments[0], resources=resources)
    with beta.sessions.events.stream(session.id) as stream:
        beta.sessions.events.send(session.id, events=HELLO)
        assert any(event.type == "session.status_idle" for event in stream)
    threads = beta.sessions.threads.list(session.id).data
    deployments = [
        beta.deployments.create(
            name="deployment", agent=agents[1], environment_id=environments[0], initial_events=HELLO
        ).id
        for _ in range(2)
    ]
    runs = [beta.deployments.run(deployments[0]).id for _ in range(2)]
    for _ in range(2):
        beta.sessions.create(agent=agents[1], environment_id=workshop)
    work = beta.environments.work.list(workshop).data
    return World(
        api=api,
        agent=agents[1],
        environment=environments[0],
        workshop=workshop,
        skill=skills[0],
        vault=vaults[0],
        credential=credentials[0],
        store=stores[0],
        memory=memories[0],
        deployment=deployments[0],
        run=runs[0],
        file=files[0],
        output=next(file.id for file in beta.files.list(scope_id=session.id) if file.downloadable),
        session=session.id,
        resource=str(getattr(session.resources[0], "id", "")),
        thread=threads[1].id,
        work=work[0].id,
    )
