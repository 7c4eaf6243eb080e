"""The official SDK's request types against our models: no field and no value of theirs may be unknown to us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import pytest
from anthropic.types.beta import (
    AgentCreateParams,
    AgentUpdateParams,
    DeploymentCreateParams,
    DeploymentUpdateParams,
    EnvironmentCreateParams,
    EnvironmentUpdateParams,
    FileUploadParams,
    MemoryStoreCreateParams,
    MemoryStoreUpdateParams,
    SkillCreateParams,
    VaultCreateParams,
    VaultUpdateParams,
)
from anthropic.types.beta.vaults import CredentialCreateParams, CredentialUpdateParams
from typing_extensions import get_type_hints, is_typeddict

from pulumi_managed_agents.kinds import MODELS
from pulumi_managed_agents.schema.body import Body

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_IN_FILES = {
    "betas": "a header; the client sends it",
    "workspace_id": "a header; the stage's workspace is configuration",
    "files": "the skill's directory itself",
    "vault_id": "in the path of a request; a credential stands in the file of its vault",
    "version": "the version that an update is based on; the provider knows it",
    "initial_events.content: BetaManagedAgentsRedactedBlockParam": "the API refuses it from clients",
}


def parts(annotation: Any) -> Iterator[Any]:
    """An annotation and everything it is made of."""
    yield annotation
    for inner in get_args(annotation):
        yield from parts(inner)


def values(annotation: Any) -> set[Any]:
    """The literal values in an annotation."""
    return {value for part in parts(annotation) if get_origin(part) is Literal for value in get_args(part)}


def fields(model: type[Body]) -> dict[str, Any]:
    """The fields of one of our models with their annotations."""
    return {info.alias or name: info.annotation for name, info in model.model_fields.items()}


def tag(hints: dict[str, Any]) -> set[Any]:
    """What tells the members of a union apart: the name of a built-in tool, else the type."""
    return values(hints.get("name", ())) or values(hints.get("type", ()))


def counterparts(theirs: dict[str, Any], ours: Any) -> list[type[Body]]:
    """Those of our models in an annotation that stand for one of their types."""
    models = [part for part in parts(ours) if isinstance(part, type) and issubclass(part, Body)]
    tags = {model: tag(fields(model)) for model in models}
    return [model for model in models if tags[model] & tag(theirs)] or [m for m in models if not tags[m]]


def missing(theirs: Any, model: type[Body], path: str) -> Iterator[str]:
    """Every field and literal value of one of their types, and of all in it, that a model of ours lacks."""
    ours = fields(model)
    for name, annotation in get_type_hints(theirs).items():
        if name not in ours:
            yield f"{path}.{name}"
            continue
        yield from missing_in(annotation, ours[name], f"{path}.{name}")


def missing_in(theirs: Any, ours: Any, path: str) -> Iterator[str]:
    """What a field of ours lacks of the values and objects that the same field of theirs may hold."""
    models = [part for part in parts(ours) if isinstance(part, type) and issubclass(part, Body)]
    if not models and values(ours):
        yield from (f"{path} = {value}" for value in sorted(values(theirs) - values(ours)))
    for inner in {id(part): part for part in parts(theirs) if is_typeddict(part)}.values():
        found = counterparts(get_type_hints(inner), ours)
        yield from () if found else [f"{path}: {inner.__name__}"]
        for model in found:
            yield from missing(inner, model, path)


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        pytest.param("agent", AgentCreateParams, id="agent"),
        pytest.param("environment", EnvironmentCreateParams, id="environment"),
        pytest.param("skill", SkillCreateParams, id="skill"),
        pytest.param("deployment", DeploymentCreateParams, id="deployment"),
        pytest.param("vault", VaultCreateParams, id="vault"),
        pytest.param("credential", CredentialCreateParams, id="credential"),
        pytest.param("memory_store", MemoryStoreCreateParams, id="memory store"),
        pytest.param("file", FileUploadParams, id="file"),
        pytest.param("agent", AgentUpdateParams, id="update of an agent"),
        pytest.param("environment", EnvironmentUpdateParams, id="update of an environment"),
        pytest.param("deployment", DeploymentUpdateParams, id="update of a deployment"),
        pytest.param("vault", VaultUpdateParams, id="update of a vault"),
        pytest.param("credential", CredentialUpdateParams, id="update of a credential"),
        pytest.param("memory_store", MemoryStoreUpdateParams, id="update of a memory store"),
    ],
)
def test_every_parameter_of_the_sdk_is_known(kind: str, params: Any) -> None:
    """Whatever the SDK can send when it creates or updates a resource can stand in a file, except headers."""
    lacking = set(missing(params, MODELS[kind], kind))
    assert lacking <= {f"{kind}.{name}" for name in NOT_IN_FILES}
