"""`spring.cloud.config.server.health.*`: what `/actuator/health` looks at."""

from typing import Annotated

from pydantic import Field

from configserver.settings.section import LATER, Optional, Section


class HealthSettings(Section):
    """The health check of the repository."""

    enabled: bool = Field(
        True, json_schema_extra=LATER, description="Report on the repository in the health answer."
    )
    down_health_status: str = Field(
        "DOWN", json_schema_extra=LATER, description="Status if the repository cannot be read."
    )
    accept_empty: Annotated[bool | None, Optional] = Field(
        None, json_schema_extra=LATER, description="Be healthy though no file was found."
    )
