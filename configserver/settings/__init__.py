"""What an operator can set: one frozen model per section, and all of them together."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from configserver.errors import SettingsError
from configserver.settings.ciphers import CipherSettings
from configserver.settings.git import GitSettings
from configserver.settings.health import HealthSettings
from configserver.settings.native import NativeSettings
from configserver.settings.own import OwnSettings
from configserver.settings.profiles import ProfilesSettings
from configserver.settings.server import ServerSettings
from configserver.settings.serving import ServingSettings

PREFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "server": "server",
        "profiles": "spring.profiles",
        "serving": "spring.cloud.config.server",
        "git": "spring.cloud.config.server.git",
        "native": "spring.cloud.config.server.native",
        "ciphers": "spring.cloud.config.server.encrypt",
        "health": "spring.cloud.config.server.health",
        "own": "configserver",
    }
)
"""The prefix of the names in each section of `Settings`."""

_OTHER_BACKENDS: Final = (
    "awsparamstore",
    "awss3",
    "awssecretsmanager",
    "composite",
    "credhub",
    "jdbc",
    "mongodb",
    "redis",
    "secret-manager",
    "subversion",
    "vault",
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that is set; a fresh one holds the defaults."""

    server: ServerSettings = ServerSettings()
    profiles: ProfilesSettings = ProfilesSettings()
    serving: ServingSettings = ServingSettings()
    git: GitSettings = GitSettings()
    native: NativeSettings = NativeSettings()
    ciphers: CipherSettings = CipherSettings()
    health: HealthSettings = HealthSettings()
    own: OwnSettings = OwnSettings()

    @property
    def backend(self) -> Literal["git", "native"]:
        """Return the backend that the active profiles choose: Git, unless they say otherwise.

        Raises:
            SettingsError: a backend that is not there yet, or more than one.
        """
        active = self.profiles.active
        if missing := [name for name in active if name in _OTHER_BACKENDS]:
            raise SettingsError(
                f"spring.profiles.active: the backend '{missing[0]}' is not supported yet",
                hint="use git or native",
            )
        if "git" in active and "native" in active:
            raise SettingsError(
                "spring.profiles.active: several backends at once are not supported yet",
                hint="use git or native",
            )
        return "native" if "native" in active else "git"

    @property
    def default_label(self) -> str:
        """Return the label if none is asked for; the general setting outranks the backend's."""
        own = self.native if self.backend == "native" else self.git
        return self.serving.default_label or own.default_label
