"""The values file of a stage: what differs from the other stages, beside the definitions they share."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from pulumi_managed_agents.schema.body import Body, OneOf
from pulumi_managed_agents.schema.field import Text


class Override(Body):
    """Fields of one definition file that are different on this stage; merged into the file's body."""

    model_config = ConfigDict(extra="allow")

    was: Annotated[Text | list[Text], OneOf()] | None = Field(
        default=None, description="Earlier names of the resource, such as agents/old, when its file moved."
    )


class Drift(Body):
    """Which changes made outside these files are left alone."""

    ignore: dict[str, list[Text]] | None = Field(
        default=None, description="By file, the fields whose live value is left as somebody made it."
    )


class SmokeCaps(Body):
    """Caps for all smoke tests of the stage together."""

    budget_usd: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        default=None, description="Most that all smoke tests of one run may cost, in US dollars."
    )
    concurrency: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="Most sessions that run side by side."
    )


class Values(Body):
    """What differs on one stage: values for templates, overrides, what drift to ignore, caps for smoke tests."""

    for_api = False

    values: dict[str, Any] | None = Field(
        default=None, description="Values for templates (files that end in .j2), by name."
    )
    overrides: dict[str, Override] | None = Field(
        default=None, description="By file, fields that replace those of the file; lists are merged by name."
    )
    drift: Drift | None = Field(default=None, description="What is done about changes made elsewhere.")
    smoke: SmokeCaps | None = Field(default=None, description="Caps for the smoke tests of the stage.")
    allowed_secrets: dict[str, list[Text]] | None = Field(
        default=None,
        description="By file, fingerprints of lines that look like a secret and hold none; a finding names them.",
    )
