"""The name of an object to which a program gives none, of a kind whose names are unique in a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.mark import stack_of
from pulumi_managed_agents.reconcile.record import RESOURCE

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.kind import Facts

Props = dict[str, Any]


def with_some_name(facts: Facts, name: str, props: Props) -> Props:
    """Inputs of the resource `name` with a name, for who looks at them before its default is known."""
    return {**props, "name": name if props.get("name") is None else props["name"]} if facts.unique == "name" else props


def with_default_name(news: Props, olds: Props) -> Props:
    """Inputs with a name: the recorded one, so that nothing is renamed, or the resource's with the stack behind it.

    Two stacks of a program in one workspace would otherwise want one name. What is adopted has the resource's alone.
    """
    about = news[RESOURCE]
    facts = FACTS.get(about["kind"])
    if facts is None or facts.unique != "name" or news.get("name") is not None:
        return news
    name = about["name"].rpartition("::")[2]
    stack = stack_of(about["mark"]).partition("/")[2]
    default = name if about.get("adopt") else f"{name}-{stack}"
    return {**news, "name": olds.get("name") or default}
