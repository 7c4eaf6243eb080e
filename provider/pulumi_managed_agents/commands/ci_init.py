"""`managed-agents ci init`: workflows for GitHub Actions, for the stages that a project has.

They come from `templates/github_actions`; its expressions are in ``[[ … ]]``, since ``{{ … }}`` is GitHub's own.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.project import NAME, NAME_RULE, read_project
from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

PYTHON = "3.13"
JOB = re.compile(r"[A-Za-z0-9_-]+")
BRANCH = re.compile(r"[A-Za-z0-9/_.-]{1,100}")
COMMENT_LIMIT = 65_000
"""GitHub takes 65,536 characters; some of them go to what is written around the reviews."""
ACTIONS = {
    "actions/checkout": ("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "actions/setup-python": ("5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"),
    "actions/upload-artifact": ("bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
    "actions/download-artifact": ("3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
    "pulumi/actions": ("8e5e406f4007fca908480587cb9893c07090f58d", "v7.0.0"),
}
"""A version is pinned by its commit, which nobody can move to other code."""
PAGES = {
    "actions/upload-pages-artifact": ("7b1f4a764d45c48632c6b24a0339c27f5614fb0b", "v4.0.0"),
    "actions/deploy-pages": ("d6db90164ac5ed86f2b6aed7e0febac5b3c0c03e", "v4.0.5"),
}
"""What publishes a report, where `ci init` is asked to."""


@dataclass(frozen=True)
class DeployedStage:
    """A stage as the pipeline sees it.

    `id` is its name as a part of the ids of jobs. `after` is the job of the stage whose receipts it wants, or empty;
    `receipts_from` is that stage where the two share one folder, so that receipts come from that stage's job;
    `hands_over` says whether another job takes this one's.
    """

    name: str
    id: str
    after: str
    receipts_from: str
    hands_over: bool
    protected: bool

    @property
    def job(self) -> str:
        """The stage's job."""
        return f"deploy-{self.id}"

    @property
    def plan_job(self) -> str:
        """The job that plans the stage, where a plan is to be approved."""
        return f"plan-{self.id}"

    @property
    def plan_environment(self) -> str:
        """The GitHub environment of that job."""
        return f"{self.name}-plan"

    @property
    def environments(self) -> tuple[str, ...]:
        """All GitHub environments of the stage; the last is for pull requests, and has no secret."""
        return self.name, self.plan_environment, f"{self.name}-preview"


def write_workflows(directory: Path, branch: str, *, approve_plans: bool = False, pages: bool = False) -> Iterator[str]:
    """Write the workflows that are missing into the project's repository, and say of each file what was done.

    With `approve_plans` the deployment of a stage plans it, waits for reviewers, and applies that plan.
    With `pages` the report is published by GitHub Pages.

    Raises:
        InputError: there is no project or no stage, the stages' ``verifiedIn`` makes no order, or the branch is none
            that can be in an expression of a workflow.
    """
    from pulumi_managed_agents.commands.init import write_missing

    if not BRANCH.fullmatch(branch):
        raise InputError(f"'{branch}' cannot be the branch of a workflow: letters, digits, '/', '_', '.' and '-' only")
    repository = _repository(directory)
    project = directory.resolve().relative_to(repository).as_posix()
    if not project.isprintable():
        raise InputError(f"the folder {project!r} cannot be used in a workflow; give it a name of printable characters")
    stages = stages_in_order(directory)
    texts = workflows(stages, project, branch, approve_plans=approve_plans, pages=pages)
    yield from write_missing(repository, sorted(texts.items()))
    own = ", ".join(name for stage in stages for name in stage.environments[: 2 if approve_plans else 1])
    yield f"Next: make the GitHub environments {own}, for the branch {branch} alone; their variables and"
    yield "      secrets are listed at the top of agents-deploy.yml."
    yield f"      Also {', '.join(stage.environments[-1] for stage in stages)}, with variables and no secret: these are"
    yield "      for pull requests, and every branch can run as them."
    if approve_plans:
        reviewed = ", ".join(stage.name for stage in stages)
        yield f"      Who approves a plan are the required reviewers of {reviewed}; without any, it is applied at once."
    if pages:
        yield "      The report is published once `Settings > Pages > Source` says GitHub Actions; see who can open it."


def workflows(
    stages: list[DeployedStage], project: str, branch: str, *, approve_plans: bool = False, pages: bool = False
) -> dict[str, str]:
    """The text of each file by its path in the repository; `project` is the project's folder there."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from pulumi_managed_agents.review.markdown import MARKER

    environment = Environment(  # noqa: S701 - YAML, from names that are checked
        loader=PackageLoader("pulumi_managed_agents", "templates/github_actions"),
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        trim_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters["quoted"] = _quoted
    values = {
        "actions": {name: f"{name}@{commit} # {version}" for name, (commit, version) in {**ACTIONS, **PAGES}.items()},
        "stages": stages,
        "handed": any(stage.receipts_from for stage in stages),
        "approve_plans": approve_plans,
        "pages": pages,
        "branch": branch,
        "project": f"./{project}" if project.startswith("-") else project,
        "python": PYTHON,
        "marker": MARKER,
        "limit": COMMENT_LIMIT,
    }
    templates = (name for name in environment.list_templates() if name.startswith("dot.github/"))
    return {name.removeprefix("dot"): environment.get_template(name).render(values) for name in templates}


def stages_in_order(directory: Path) -> list[DeployedStage]:
    """The project's stages, each after the one it is verified in."""
    from pulumi_managed_agents.engine.project import stages

    configs = {name: read_project(directory, name).own_config for name in stages(directory)}
    if not configs:
        raise InputError(f"there are no stages in {directory / 'stacks'}; run `managed-agents init` first")
    if wrong := sorted(name for name in configs if not NAME.fullmatch(name) or name.startswith("-")):
        raise InputError(f"'{wrong[0]}' cannot be a stage's name in a workflow, nor with Pulumi: {NAME_RULE}")
    handed = {name: _receipts_from(config, configs) for name, config in configs.items()}
    ids = _ids(configs)
    deployed = [
        DeployedStage(
            name=name,
            id=ids[name],
            after=f"deploy-{ids[before]}" if (before := configs[name].get("verifiedIn")) else "",
            receipts_from=handed[name],
            hands_over=name in handed.values(),
            protected=configs[name].get("protectedStage") == "true",
        )
        for name in _ordered(configs)
    ]
    named = Counter(name.lower() for stage in deployed for name in stage.environments)
    if twice := sorted(name for name, count in named.items() if count > 1):
        raise InputError(
            f"two stages would share the GitHub environment '{twice[0]}' with its secrets: to GitHub capitals are "
            "small letters, and STAGE-plan and STAGE-preview belong to STAGE; rename one of them"
        )
    return deployed


def _ids(names: Iterable[str]) -> dict[str, str]:
    """What stands for each stage in the ids of jobs, which have letters, digits, ``-`` and ``_`` only."""
    ids: dict[str, str] = {}
    # Names that can stay as they are come first, so that another stage's rewritten name never takes theirs.
    for name in sorted(names, key=lambda name: (not JOB.fullmatch(name), name)):
        plain = re.sub(r"[^A-Za-z0-9_-]", "-", name)
        others = {id.lower() for id in ids.values()}
        numbered = (f"{plain}-{number}" for number in itertools.count(2))
        ids[name] = next(id for id in itertools.chain([plain], numbered) if id.lower() not in others)
    return ids


def _quoted(value: Any) -> str:
    """A value as YAML takes it for just that, and GitHub for no expression."""
    return json.dumps(value).replace("${{", "${{ '${{' }}")


def _ordered(configs: Mapping[str, Mapping[str, str]]) -> list[str]:
    before = {name: list(filter(None, [config.get("verifiedIn")])) for name, config in configs.items()}
    for name, names in before.items():
        if unknown := set(names) - configs.keys():
            raise InputError(f"{name}: managed-agents:verifiedIn names '{unknown.pop()}', which is not a stage here")
    try:
        return list(TopologicalSorter(before).static_order())
    except CycleError as error:
        raise InputError(f"managed-agents:verifiedIn goes round in a circle: {' -> '.join(error.args[1])}") from None


def _receipts_from(config: Mapping[str, str], configs: Mapping[str, Mapping[str, str]]) -> str:
    """The stage that this one is verified in, if both are made from one folder; else receipts are in git."""
    other = config.get("verifiedIn", "")
    shared = config.get("definitions")
    return other if shared and shared == configs.get(other, {}).get("definitions") else ""


def _repository(directory: Path) -> Path:
    """The root of the git repository that a folder is in, or the folder itself."""
    folder = directory.resolve()
    return next((above for above in (folder, *folder.parents) if (above / ".git").exists()), folder)
