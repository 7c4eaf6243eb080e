"""What a run leaves behind that is killed at a random moment, and whether the next one mends it.

    python bench/kill.py --runs 60 --engine all

Needs the Pulumi CLI for the engines `pulumi` and `managed-agents`; `trial` hides it. Each run takes a stage with every
kind, a smoke test and a release, begins one operation on it against a slow emulator, kills one of the processes (the
program, unless the command runs it, the provider, the engine, the command, or all) with SIGKILL at a random request,
and asks of what follows:

* a command whose own process lives ends by itself, without a traceback, and every process that it started ends;
* the next run of the same command succeeds;
* a preview after it is empty, and a run after that writes nothing;
* as many objects, versions and memories are live as after the same operation without a kill.

`--no-checkpoints` lets the CLI write its state at the end only (`PULUMI_SKIP_CHECKPOINTS`). A failed run prints what
was said; its folder is kept.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from managed_agents_emulator import Settings, running
from pulumi_managed_agents.api import Client
from pulumi_managed_agents.api import Settings as Access

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = 'name: killed\nstackConfigDir: stacks\nruntime: {{name: python, options: {{virtualenv: "{prefix}"}}}}\n'
PROGRAM = "from pulumi_managed_agents import deploy_stage\n\ndeploy_stage()\n"
ENDS_WITHIN = 15.0
"""Seconds in which every process must be gone once its run has ended or its parent was killed."""
LONGEST = 240.0
MARK = "KILLED_RUN"
RECORD = "record"
"""No process, but what a run has recorded: all that it did is done, and the state is the one of before."""
HOST = "pulumi-language-python"
"""Pulumi's own language host, which notices within five minutes that its engine is gone; idle until then."""
NOISE = ("Traceback", "A defect of managed-agents", "a defect of managed-agents", "KeyboardInterrupt", "RunError")

FIRST = {
    "agents/triage.md": (
        "---\nname: Triage\nmodel: claude-haiku-5-5\ntools: [{type: agent_toolset_20260401}]\n"
        "skills: [../skills/notes]\n---\nYou triage.\n"
    ),
    "agents/lead.yaml": (
        "name: Lead\nmodel: claude-opus-5-5\nsystem: You hand out.\n"
        "multiagent: {type: coordinator, agents: [./triage.md]}\n"
    ),
    "environments/box.yaml": "name: box\n",
    "environments/spare.yaml": "name: spare\n",
    "skills/notes/SKILL.md": "---\nname: notes\ndescription: How to take notes.\n---\nWrite them down.\n",
    "skills/tables/SKILL.md": "---\nname: tables\ndescription: How to make tables.\n---\nIn columns.\n",
    "vaults/crm.yaml": (
        "display_name: CRM\ncredentials:\n"
        "  - display_name: CRM server\n"
        "    auth: {type: static_bearer, mcp_server_url: https://mcp.crm.example/sse, token: {secret: CRM}}\n"
        "  - auth:\n      type: environment_variable\n      secret_name: API_KEY\n      secret_value: {secret: KEY}\n"
        "      networking: {type: limited, allowed_hosts: [api.example.com]}\n"
    ),
    "memory_stores/notes.md": (
        "---\nname: Notes\nmemories: [{path: /style.md, content: Be brief.}, {path: /who.md, content: We.}]\n"
        "---\nSaid.\n"
    ),
    "files/prices.csv": "a,b\n",
    "deployments/nightly.md": (
        "---\nname: Nightly\nagent: ../agents/triage.md\nenvironment_id: ../environments/box.yaml\n"
        "schedule: {type: cron, expression: 0 3 * * *, timezone: Europe/Berlin}\nvault_ids: [../vaults/crm.yaml]\n"
        "resources:\n  - {path: ../memory_stores/notes.md, access: read_only}\n"
        "  - {path: ../files/prices.csv, mount_path: prices.csv}\n---\nSum up the day.\n"
    ),
    "smoke/says.yaml": (
        "agent: ../agents/triage.md\nenvironment: ../environments/box.yaml\nbudget_usd: 0.10\ntimeout_seconds: 60\n"
        "send: What are you?\nexpect: {stop_reason: end_turn, reply: {contains: [Triage]}}\n"
    ),
}
UPDATED = {
    **FIRST,
    "agents/triage.md": FIRST["agents/triage.md"].replace("You triage.", "You triage, and triage again."),
    "agents/lead.yaml": FIRST["agents/lead.yaml"].replace("hand out", "hand it out"),
    "environments/box.yaml": "name: box\ndescription: For tests.\n",
    "skills/notes/SKILL.md": FIRST["skills/notes/SKILL.md"].replace("Write them", "Note them"),
    "vaults/crm.yaml": FIRST["vaults/crm.yaml"]
    .replace("CRM\n", "Customers\n", 1)
    .replace("secret: KEY", "secret: KEY2"),
    "memory_stores/notes.md": FIRST["memory_stores/notes.md"]
    .replace("Be brief.", "Be short.")
    .replace("Said.", "Says."),
    "deployments/nightly.md": FIRST["deployments/nightly.md"].replace("Sum up", "Add up").replace("0 3", "0 4"),
}
REPLACED = {
    **FIRST,
    "environments/spare.yaml": "name: spare\nconfig: {type: self_hosted}\n",
    "skills/tables/SKILL.md": FIRST["skills/tables/SKILL.md"].replace("name: tables", "name: columns"),
    "vaults/crm.yaml": FIRST["vaults/crm.yaml"].replace("mcp.crm.example/sse", "mcp.crm.example/new"),
    "files/prices.csv": "c,d,e\n",
}
DELETED = {path: FIRST[path] for path in ("agents/triage.md", "skills/notes/SKILL.md", "environments/box.yaml")}
SECRETS = {"CRM": "canary-crm", "KEY": "canary-key", "KEY2": "canary-key-2"}


@dataclass(frozen=True)
class Operation:
    """What is begun: from which files, to which, by which words of the two commands."""

    name: str
    before: dict[str, str]
    after: dict[str, str]
    command: str = "up"
    options: tuple[str, ...] = ()

    def words(self, engine: str) -> list[str]:
        """The command line."""
        if engine == "pulumi":
            return ["pulumi", self.command, "--yes", "--skip-preview", "--non-interactive", *self.options]
        return [sys.executable, "-m", "pulumi_managed_agents.cli", self.command, "dev", "--yes"]


REPLACE_ALL = Operation("replace by option", FIRST, FIRST, options=("--replace", "**managedagents**"))
OPERATIONS = (
    Operation("create", {}, FIRST),
    Operation("update", FIRST, UPDATED),
    Operation("replacement", FIRST, REPLACED),
    Operation("delete", FIRST, DELETED),
    Operation("destroy", FIRST, FIRST, "destroy"),
)
VICTIMS = ("program", "provider", "host", "engine", "command", "all", RECORD)


@dataclass
class Place:
    """A project with its state, and the emulator's data, in one folder."""

    folder: Path
    engine: str
    checkpoints: bool
    url: str = ""

    def write(self, files: dict[str, str]) -> None:
        """The stage's files, and no others."""
        stage = self.folder / "project/stacks/dev"
        shutil.rmtree(stage, ignore_errors=True)
        for path, text in files.items():
            (stage / path).parent.mkdir(parents=True, exist_ok=True)
            (stage / path).write_text(text, "utf-8")

    def init(self) -> None:
        """Make the project and its stack."""
        project = self.folder / "project"
        (project / "stacks/dev").mkdir(parents=True)
        (self.folder / "backend").mkdir()
        (project / "Pulumi.yaml").write_text(PROJECT.format(prefix=sys.prefix), "utf-8")
        (project / "__main__.py").write_text(PROGRAM, "utf-8")
        (project / "stacks/Pulumi.dev.yaml").write_text('config:\n  managed-agents:confirmRemoval: ["all"]\n', "utf-8")
        if self.engine != "trial":
            self.run(["pulumi", "stack", "init", "dev"])
        # `stack init` adds the salt of its passphrase
        file = project / "stacks/Pulumi.dev.yaml"
        text = file.read_text("utf-8")
        if "confirmRemoval" not in text:
            file.write_text(text + 'config:\n  managed-agents:confirmRemoval: ["all"]\n', "utf-8")

    @property
    def mark(self) -> str:
        """What stands in the environment of every process that a command here starts, directly or not."""
        return f"{MARK}={self.folder}\0"

    @property
    def environment(self) -> dict[str, str]:
        """Of every command: nothing of the caller's credentials; without the CLI for the trial engine."""
        own = {key: value for key, value in os.environ.items() if not key.startswith(("ANTHROPIC_", "MANAGED_AGENTS_"))}
        if self.engine == "trial":
            kept = [one for one in own["PATH"].split(":") if not (Path(one) / "pulumi").exists()]
            own["PATH"] = ":".join(kept)
        elif not self.checkpoints:
            own |= {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "1"}
        return {
            **own,
            **{f"MANAGED_AGENTS_SECRET_{name}": value for name, value in SECRETS.items()},
            MARK: str(self.folder),
            "ANTHROPIC_BASE_URL": self.url,
            "ANTHROPIC_API_KEY": "sk-ant-kill-0123456789",
            "PULUMI_BACKEND_URL": (self.folder / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "kill",
            "PULUMI_STACK": "dev",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
        }

    def start(self, words: list[str]) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            words,
            cwd=self.folder / "project",
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # nothing that it does to its process group reaches us
        )

    def run(self, words: list[str]) -> tuple[int, str]:
        """Run a command to its end; its exit code and all that it said."""
        process = self.start(words)
        try:
            text, _ = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            kill([id for id, _ in processes(self.mark)])
            return -1, f"no end after {LONGEST:.0f} s"
        return process.returncode, text

    def copy_state(self, other: Place) -> None:
        """Give another place the state of this one, and nothing else."""
        for name in ("backend", "project/.managed-agents/trial"):
            shutil.rmtree(other.folder / name, ignore_errors=True)
            if (self.folder / name).exists():
                shutil.copytree(self.folder / name, other.folder / name)

    def ask(self, path: str, **body: Any) -> Any:
        """Ask the emulator about itself, or tell it something."""
        if body:
            return httpx.post(f"{self.url}/_emulator/{path}", json=body, timeout=60).raise_for_status()
        return httpx.get(f"{self.url}/_emulator/{path}", timeout=60).raise_for_status().json()

    def requests(self) -> list[str]:
        """What was asked since the last reset, as ``METHOD path``."""
        return [f"{one['method']} {one['path']}" for one in self.ask("requests")["requests"]]

    def reset(self) -> None:
        """Count requests from zero."""
        httpx.post(f"{self.url}/_emulator/reset-requests", timeout=60).raise_for_status()

    def live(self) -> dict[str, Any]:
        """What serves: for each kind its objects by name and version, however often."""
        client = Client(Access(self.url, {"x-api-key": "x"}, "x"))
        found: Counter[str] = Counter()
        for kind in ("agents", "environments", "vaults", "memory_stores", "deployments", "files"):
            for one in getattr(client, kind).list():
                if one.get("archived_at"):
                    continue
                name = one.get("name") or one.get("display_name") or one.get("filename")
                found[f"{kind} {name} {one.get('version', '')}".strip()] += 1
                if kind == "vaults":
                    found["credentials"] += sum(1 for _ in client.vaults.within(one["id"]).list())
                if kind == "memory_stores":
                    found["memories"] += sum(1 for _ in client.memory_stores.memories(one["id"]).list())
        for one in client.skills.list(source="custom"):
            found[
                f"skill {one.get('display_name')} of {sum(1 for _ in client.skills.versions(one['id']))} versions"
            ] += 1
        client.close()
        return dict(sorted(found.items()))


@dataclass
class Result:
    """What one run showed; without complaints it is clean."""

    engine: str
    operation: str
    victim: str
    at: str
    complaints: list[str] = field(default_factory=list)
    said: str = ""


@contextmanager
def slow_emulator(data: Path, latency: int) -> Iterator[str]:
    """An emulator over this data that takes its time with everything."""
    with running(Settings(port=0, data=data)) as url:
        fault = {"latency_ms": latency, "times": 1_000_000}
        httpx.post(f"{url}/_emulator/faults", json=fault, timeout=60).raise_for_status()
        yield url


def processes(run: str) -> Iterator[tuple[int, list[str]]]:
    """The processes of a run, with their command lines; those that ended and wait for their parent are left out."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if run.encode() in (folder / "environ").read_bytes():
                words = (folder / "cmdline").read_text("utf-8").split("\0")
                if words != [""]:
                    yield int(folder.name), words


def victims(run: str, victim: str, engine: str) -> list[int]:
    """The processes of a run that a name stands for."""

    def fits(words: list[str]) -> bool:
        line, program = " ".join(words), Path(words[0]).name
        command = "pulumi_managed_agents.cli" in line
        return {
            "provider": "pulumi.dynamic" in line,
            "host": program == HOST,
            "program": "pulumi-language-python-exec" in line or "engine.language_host" in line,
            "engine": command if engine == "trial" else program == "pulumi",
            "command": command or (engine == "pulumi" and program == "pulumi"),
            "all": True,
        }[victim]

    return [id for id, words in processes(run) if fits(words)]


def kill(ids: list[int]) -> None:
    """End processes without a chance to tidy up."""
    for id in ids:
        with suppress(ProcessLookupError):
            os.kill(id, signal.SIGKILL)


def prepared(root: Path, engine: str, operation: Operation, options: argparse.Namespace) -> tuple[Path, int, Any]:
    """A folder from which the operation can begin, how many requests it takes, and what is live after it."""
    before = root / f"{engine}-{'empty' if not operation.before else 'first'}"
    if not before.exists():
        place = Place(before, engine, checkpoints=options.checkpoints)
        place.folder.mkdir(parents=True)
        with running(Settings(port=0, data=before / "data")) as place.url:
            place.init()
            place.write(operation.before or FIRST)
            if operation.before:
                code, text = place.run(Operation("up", {}, FIRST).words(engine))
                if code:
                    sys.exit(f"the stage cannot be made by {engine}:\n{text}")
    place = Place(root / f"{engine}-{operation.name}-reference", engine, checkpoints=options.checkpoints)
    shutil.copytree(before, place.folder)
    with slow_emulator(place.folder / "data", options.latency) as place.url:
        place.write(operation.after)
        place.reset()
        code, text = place.run(operation.words(engine))
        if code:
            sys.exit(f"{operation.name} by {engine} fails unharmed:\n{text}")
        count = len(place.requests())
        live = place.live()
    shutil.rmtree(place.folder)
    return before, count, live


def one_run(
    place: Place, operation: Operation, victim: str, at: int, count: int, wanted: Any, draw: random.Random
) -> Result:
    """Begin the operation, kill at a request, and look at what follows."""
    result = Result(place.engine, operation.name, victim, f"request {at} of {count}")
    place.write(operation.after)
    place.reset()
    before = Place(place.folder.with_name("before"), place.engine, checkpoints=place.checkpoints)
    place.copy_state(before)
    process = place.start(operation.words(place.engine))
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.append(process.stdout.read()), daemon=True)  # type: ignore[union-attr]
    reader.start()
    deadline = time.monotonic() + LONGEST
    while (victim == RECORD or len(place.requests()) < at) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(draw.random() * 0.1)
    ids = victims(place.mark, victim, place.engine)
    kill(ids)
    if victim == RECORD:
        result.at = "after its end"
        before.copy_state(place)
    elif not ids:
        result.at += ", too late"
    try:
        process.wait(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        result.complaints.append("the command did not end")
    end = time.monotonic() + ENDS_WITHIN
    while (left := [one for one in processes(place.mark) if Path(one[1][0]).name != HOST]) and time.monotonic() < end:
        time.sleep(0.05)
    if left:
        result.complaints.append(f"left running: {[' '.join(words)[:120] for _, words in left]}")
        kill([id for id, _ in left])
    kill([id for id, _ in processes(place.mark)])
    reader.join(timeout=60)
    shutil.rmtree(before.folder)
    result.said += f"--- killed {victim}, exit code {process.returncode}\n" + "".join(said)
    if ids and victim in {"program", "provider"}:
        result.complaints += [f"the killed run says: {noise}" for noise in NOISE if noise in "".join(said)]
    follow_up(place, operation, result, wanted)
    return result


def follow_up(place: Place, operation: Operation, result: Result, wanted: Any) -> None:
    """Run the same again, and see that it mends everything."""

    def said(title: str, words: list[str], good: tuple[int, ...] = (0,)) -> str:
        code, text = place.run(words)
        result.said += f"--- {title}, exit code {code}\n{text}\n"
        if code not in good:
            result.complaints.append(f"{title}: exit code {code}")
        result.complaints.extend(f"{title} says: {noise}" for noise in NOISE if noise in text)
        return text

    if place.engine != "trial" and any((place.folder / "backend/.pulumi/locks").rglob("*.json")):
        said("pulumi cancel", ["pulumi", "cancel", "--yes", "--non-interactive"])
    said("the next run", operation.words(place.engine))
    if (live := place.live()) != wanted:
        differing = {
            name: (live.get(name), wanted.get(name)) for name in {*live, *wanted} if live.get(name) != wanted.get(name)
        }
        result.complaints.append(f"live, and wanted: {differing}")
    if operation.command == "up":
        place.reset()
        if place.engine == "pulumi":
            said("preview", ["pulumi", "preview", "--expect-no-changes", "--non-interactive"])
        else:
            words = ["preview", "dev", "--detailed-exitcode"]
            said("preview", [sys.executable, "-m", "pulumi_managed_agents.cli", *words])
        writes = [one for one in place.requests() if not one.startswith("GET ")]
        if writes:
            result.complaints.append(f"the preview wrote: {writes}")


def main() -> None:
    """Kill, look, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--engine", choices=("pulumi", "managed-agents", "trial", "all"), default="all")
    parser.add_argument("--operation", default="", help="only this one")
    parser.add_argument("--victim", default="", help="only this one")
    parser.add_argument("--latency", type=int, default=40, help="milliseconds before every answer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-checkpoints", dest="checkpoints", action="store_false")
    options = parser.parse_args()
    engines = ("pulumi", "managed-agents", "trial") if options.engine == "all" else (options.engine,)
    chosen = [one for one in (*OPERATIONS, REPLACE_ALL) if options.operation in ("", one.name)]
    draw = random.Random(options.seed)  # noqa: S311 - moments, no secrets
    root = Path(tempfile.mkdtemp(prefix="kill-"))
    cases = [(engine, one) for one in chosen for engine in engines if one is not REPLACE_ALL or engine == "pulumi"]
    ready: dict[tuple[str, str], tuple[Path, int, Any]] = {}
    results = []
    for number in range(options.runs):
        engine, operation = cases[number % len(cases)]
        if (engine, operation.name) not in ready:
            ready[engine, operation.name] = prepared(root, engine, operation, options)
        before, count, wanted = ready[engine, operation.name]
        victim = options.victim or draw.choice(VICTIMS)
        place = Place(root / f"run-{number}", engine, checkpoints=options.checkpoints)
        shutil.copytree(before, place.folder)
        began = time.monotonic()
        with slow_emulator(place.folder / "data", options.latency) as place.url:
            result = one_run(place, operation, victim, draw.randrange(1, count + 1), count, wanted, draw)
        results.append(result)
        verdict = "; ".join(result.complaints) or "clean"
        case = f"{number:3} {engine:14} {operation.name:18} {victim:8} {result.at:24}"
        print(f"{case} {time.monotonic() - began:5.1f} s  {verdict}", flush=True)
        if result.complaints:
            (place.folder / "said.txt").write_text(result.said, "utf-8")
        else:
            shutil.rmtree(place.folder)
    bad = [one for one in results if one.complaints]
    print(
        f"{len(results)} runs, {len(results) - len(bad)} clean; what failed is in {root}"
        if bad
        else f"{len(results)} runs, all clean"
    )
    if not bad:
        shutil.rmtree(root)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
