"""The handlers of what a stage has in addition to its definitions: its workspace, its release and its proof.

The release keeps what is proven, the proof reports what is not. Both only store their inputs, among them the results of
the smoke tests. The proof is the last resource of a stage, so that its failure finds all that passed in the state.
"""

from __future__ import annotations

from typing import Any

from pulumi_managed_agents.dynamic.provider import diff_call
from pulumi_managed_agents.dynamic.provider.handler import ChangedField, CreateAnswer, DiffAnswer, ReadAnswer
from pulumi_managed_agents.dynamic.provider.process import (
    applied,
    differing,
    git_commit,
    reconcile_context,
    verified_context,
)
from pulumi_managed_agents.dynamic.provider.smoke_tests_handler import NAME as SMOKE_TESTS
from pulumi_managed_agents.dynamic.wire import is_unknown, with_whole_numbers
from pulumi_managed_agents.errors import ManagedAgentsError
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.mark import mark_for, within
from pulumi_managed_agents.reconcile.record import RESOURCE, UNNAMED
from pulumi_managed_agents.release.issuing import Deployed, issued

Props = dict[str, Any]

# An engine that shows inputs shows nothing of a field that is none, and then no digests either, which fill a screen.
RECEIPTS = (ChangedField(("receipts",)),)
FAILURES = (ChangedField(("failures",)),)


class WorkspaceHandler:
    """`workspace` is what the API calls it; a server that names none is `unnamed`."""

    def check(self, news: Props, *, is_new: bool) -> list[str]:
        """Reach the API with the stage's credential, before anything else is asked of it."""
        try:
            _identify()
        except ManagedAgentsError as error:
            return [str(error)]
        return []

    def diff(self, id: str, olds: Props, news: Props) -> DiffAnswer:
        """Stop where the credential is another workspace's; else read on, since all the others will ask for that."""
        _expect(olds)
        if stack := diff_call.stack():
            reconcile_context().live.meet(stack)
        return DiffAnswer(changes=False)

    def create(self, props: Props) -> CreateAnswer:
        """Take over what the API says."""
        workspace = _identify()
        return CreateAnswer(workspace, {**props, "workspace": workspace})

    def update(self, id: str, olds: Props, news: Props) -> Props:
        """Keep the name."""
        return {**news, "workspace": olds["workspace"]}

    def read(self, id: str, props: Props) -> ReadAnswer:
        """Stop where the credential is another workspace's."""
        _expect(props)
        return ReadAnswer(id, props)

    def delete(self, id: str, props: Props) -> tuple[str, ...]:
        """Nothing to take away."""
        return ()


def _identify() -> str:
    found = reconcile_context()
    if found.client.workspace is None:
        found.live.open(FACTS["agent"])
    return found.client.workspace or UNNAMED


def _expect(recorded: Props) -> None:
    if recorded["workspace"] != UNNAMED:
        _identify()
        reconcile_context().client.expect(recorded["workspace"])


class ProofHandler:
    """Fails, one clean line per failed test, while everything that passed is already in the state."""

    def check(self, news: Props, *, is_new: bool) -> list[str]:
        """Every failed test of the stage; in a preview they are not known, and nothing fails."""
        failures = news.get("failures")
        return [] if is_unknown(failures) else [str(line) for line in failures or []]

    def diff(self, id: str, olds: Props, news: Props) -> DiffAnswer:
        """Changed as soon as a result is another, or not known yet."""
        return DiffAnswer(changes=is_unknown(news) or _shown(olds) != _shown(news), fields=FAILURES)

    def create(self, props: Props) -> CreateAnswer:
        """Remember."""
        return CreateAnswer(str(props[RESOURCE]["name"]), props)

    def update(self, id: str, olds: Props, news: Props) -> Props:
        """Remember."""
        return news

    def read(self, id: str, props: Props) -> ReadAnswer:
        """There is nothing live behind it."""
        return ReadAnswer(id, props)

    def delete(self, id: str, props: Props) -> tuple[str, ...]:
        """Forget, unless the rest of the stage could not go with it."""
        verified_context(props)
        return ()


class ReleaseHandler(ProofHandler):
    """Outputs are `pins`, the version each agent serves by its name, and `receipts`, statements by the root's name.

    A receipt is written only for a root of which this run made sure that all of it is live as its files say, and only
    together with the smoke tests: an up of a few targets proves nothing about what it left out.
    """

    def check(self, news: Props, *, is_new: bool) -> list[str]:
        """Nothing can be wrong with results."""
        return []

    def diff(self, id: str, olds: Props, news: Props) -> DiffAnswer:
        """Changed as soon as there is another pin or receipt, or one that is not known yet."""
        return DiffAnswer(changes=is_unknown(news) or _shown(_kept(news, olds)) != _shown(olds), fields=RECEIPTS)

    def create(self, props: Props) -> CreateAnswer:
        """Remember."""
        return CreateAnswer(str(props[RESOURCE]["name"]), _kept(props, {}))

    def update(self, id: str, olds: Props, news: Props) -> Props:
        """Remember."""
        return _kept(news, olds)


def _kept(news: Props, olds: Props) -> Props:
    """The outputs: what serves now, and a receipt for what the tests prove of it."""
    about, given = news[RESOURCE], with_whole_numbers(news)
    deployed = Deployed(
        project=about["project"],
        stage=about.get("stack") or about["stage"],  # which is what a gate names, whatever folder the program deploys
        roots=given.get("roots") or {},
        results=given.get("results") or {},
        agents=given.get("agents") or {},
        pins=given.get("pins") or {},
    )
    # Earlier releases had the kinds in `about`; a release that a roll-back declares may have none recorded.
    seen = _seen(about, given.get("kinds") or about.get("kinds") or {})
    receipts = issued(deployed, with_whole_numbers(olds.get("receipts") or {}), seen, git_commit)
    recorded = {key: value for key, value in about.items() if key != "kinds"}
    return {RESOURCE: recorded, "pins": deployed.pins, "receipts": receipts}


def _seen(about: Props, kinds: dict[str, str]) -> list[str]:
    """The definitions that this run has seen to be live as their files say; none without the smoke tests."""
    parents = about.get("within")
    if ("smoke tests", within(parents, SMOKE_TESTS)) not in applied:
        return []
    marks = {name: mark_for(about["project"], about["stack"], within(parents, name)) for name in kinds}
    marked = {name: (kind, marks[name]) for name, kind in kinds.items()}
    return [name for name, identity in marked.items() if identity in applied and identity not in differing]


def _shown(props: Props) -> Props:
    return with_whole_numbers({key: value for key, value in props.items() if key[:2] != "__"})  # type: ignore[no-any-return]  # props
