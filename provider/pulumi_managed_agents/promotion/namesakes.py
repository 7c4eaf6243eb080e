"""Environments that would have one name in two stages, which a workspace that holds both does not allow. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.stage.layout import TEMPLATE_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pulumi_managed_agents.stage import Stage


def namesakes(source: Stage, target: Stage, files: Collection[str]) -> Iterator[str]:
    """A line for each of the target's environments in `files` that is called as one of the source's.

    Whether both stages are in one workspace, only their first deployment shows: it is said, and nothing is refused.
    """
    taken = {one.body.get("name") for one in source.definitions if one.kind == "environment"}
    for one in target.definitions:
        name = one.body.get("name")
        if one.kind == "environment" and one.file in files and name in taken:
            path = one.file.removeprefix(f"{target.folder}/").removesuffix(TEMPLATE_SUFFIX)
            override = f"`overrides: {{{path}: {{name: …}}}}` in stacks/{target.name}.values.yaml"
            yield (
                f"{one.file}: name: {source.name} has an environment '{name}' as well; if both stages are in one "
                f"workspace, {target.name} needs a name of its own: {override}"
            )
