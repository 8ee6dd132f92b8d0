"""`spring.cloud.config.server.health.*`: what `/actuator/health` looks at."""

from dataclasses import dataclass

from configserver.settings.section import LATER, Switch, setting


@dataclass(frozen=True, kw_only=True)
class HealthSettings:
    """The health check of the repository."""

    enabled: bool = setting(
        True, effect=LATER, description="Report on the repository in the health answer."
    )
    down_health_status: str = setting(
        "DOWN", effect=LATER, description="Status if the repository cannot be read."
    )
    accept_empty: Switch = setting(
        None, effect=LATER, description="Be healthy though no file was found."
    )
