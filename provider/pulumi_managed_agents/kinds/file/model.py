"""A file to upload. Files are immutable: other content is another file."""

from typing import Annotated

from pydantic import Field

from pulumi_managed_agents.schema.body import Body
from pulumi_managed_agents.schema.constraint import matching
from pulumi_managed_agents.schema.field import Text


class File(Body):
    """An uploaded file, which sessions and deployments can mount."""

    file: Text = Field(description="Relative path of the content.")
    filename: (
        Annotated[
            Text, matching(r'[^<>:"|?*\\/\x00-\x1f\x7f]*', 'must not hold < > : " | ? * \\ / or control characters')
        ]
        | None
    ) = Field(default=None, max_length=255, description="Name the file has in the API; default that of the content.")
    expires_in_seconds: Annotated[int, Field(ge=3600, le=7_776_000)] | None = Field(
        default=None, description="Life of the file in seconds, one hour to ninety days; for ever if left out."
    )
