"""A host that runs workflows as GitHub does: jobs in order, each if its condition holds, with what they may use."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tests.command_project import COMMAND
from tests.commands.ci.workflow_expressions import holds, values_filled
from tests.commands.ci.workflow_job import GIT, Body, Job, Machine

if TYPE_CHECKING:
    from collections.abc import Mapping

CLI = Path(__file__).with_name("github_cli.py")
PROGRAMS = {
    "gh": f"#!/bin/sh\nexec '{sys.executable}' '{CLI}' \"$@\"\n",
    # Makes an environment that has the tests' own command, and where there is nothing left to install.
    "python": f"""\
#!/bin/sh
test "$1 $2" = "-m venv" && mkdir -p "$3/bin" && cd "$3/bin" || exit 1
ln -s '{COMMAND}' managed-agents
printf '#!/bin/sh\\ntest -s "$4"\\n' > pip
chmod +x pip
""",
}


class Host:
    """A repository on GitHub: its variables, and what its workflows have left there.

    `variables` are those of every environment; `machine` is what any job finds set, and `identity` what a job needs to
    ask who it is.
    """

    def __init__(
        self,
        folder: Path,
        origin: Path,
        variables: Mapping[str, str],
        machine: Mapping[str, str],
        identity: Mapping[str, str],
    ) -> None:
        self.folder, self.origin = folder, origin
        self.variables, self.identity = dict(variables), dict(identity)
        self.site, self.log = folder / "site.json", folder / "log"
        self.site.write_text(json.dumps({"comments": {}, "issues": {}, "artifacts": []}), encoding="utf-8")
        for name in ("programs", "states"):
            (folder / name).mkdir()
        for name, text in PROGRAMS.items():
            (folder / "programs" / name).write_text(text, encoding="utf-8")
            (folder / "programs" / name).chmod(0o755)
        found = {**machine, "HOME": str(folder), "GITHUB_SITE": str(self.site)}
        self.machine = Machine(found, folder / "programs", origin, folder / "states", self.log)
        self._numbers = itertools.count(1)

    def posted(self, what: str) -> list[Body]:
        """The comments or issues there are."""
        return list(json.loads(self.site.read_text(encoding="utf-8"))[what].values())

    def run(self, workflow: str, branch: str, event: Body | None = None) -> dict[str, str]:
        """Run a workflow as it stands on a branch; the result of each job. What its steps printed is in `log`."""
        self.log.write_text("", encoding="utf-8")
        run = self.folder / f"run-{next(self._numbers)}"
        document = self._workflow(workflow, branch)
        defaults = {"permissions": document["permissions"], "of_all": document.get("env", {})}
        contexts: Body = {"github": _github(run.name, branch, event), "vars": self.variables, "secrets": {}}
        results: dict[str, str] = {}
        for name, job in document["jobs"].items():
            before = job.get("needs")
            needs = {before: {"result": results[before]}} if before else {}
            failed = before is not None and results[before] != "success"
            here = contexts | {"needs": needs}
            if holds(str(job.get("if", "")), here, failed=failed):
                done = [self._job(run, defaults | job, here | {"matrix": axes}) for axes in _matrix(job)]
                results[name] = "success" if all(done) else "failure"
            else:
                results[name] = "skipped"
        return results

    def _workflow(self, name: str, branch: str) -> Body:
        show = [GIT, "-C", str(self.origin), "show", f"{branch}:.github/workflows/{name}.yml"]
        document: Body = yaml.safe_load(subprocess.run(show, check=True, capture_output=True, text=True).stdout)
        return document

    def _job(self, run: Path, body: Body, contexts: Body) -> bool:
        """Run one; `body` is the job's, with what the workflow says for all laid under it, except its variables."""
        folder = run / f"job-{next(self._numbers)}"
        folder.mkdir(parents=True)
        asking = self.identity if body["permissions"].get("id-token") == "write" else {}
        environment = values_filled(body["of_all"] | body.get("env", {}), contexts) | asking
        temporary = folder.with_name(f"{folder.name}-temp")
        temporary.mkdir()
        here = contexts | {"runner": {"temp": str(temporary)}}
        job = Job(self.machine, folder, run / "artifacts", here, environment, [])
        for step in body["steps"]:
            job.step(step)
        self._keep(run, contexts["github"])
        return not job.failed

    def _keep(self, run: Path, github: Body) -> None:
        """Let later runs find the artifacts that a run has left until now."""
        site = json.loads(self.site.read_text(encoding="utf-8"))
        known = [one["folder"] for one in site["artifacts"]]
        for folder in sorted((run / "artifacts").glob("*")):
            if str(folder) not in known:
                origin = {"id": run.name, "head_branch": github["ref_name"]}
                repositories = {"repository_id": 1, "head_repository_id": 1}
                made = f"{len(known):06}"
                entry = {"name": folder.name, "expired": False, "created_at": made, "folder": str(folder)}
                site["artifacts"].append(entry | {"workflow_run": origin | repositories})
                known.append(str(folder))
        self.site.write_text(json.dumps(site), encoding="utf-8")


def _github(run: str, branch: str, event: Body | None) -> Body:
    return {
        "actor": "somebody",
        "event": event or {},
        "ref": f"refs/heads/{branch}",
        "ref_name": branch,
        "repository": "team/agents",
        "run_id": run,
        "server_url": "https://github.example",
        "token": "t",
    }


def _matrix(job: Body) -> list[Body]:
    """The values of each run of a job; a job without a matrix runs once."""
    axes = dict(job.get("strategy", {}).get("matrix", {}))
    listed: list[Body] = axes.pop("include", [])
    return listed or [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
