"""`spring.cloud.config.server.git.*`: the Git repository, and those nested in it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from configserver.settings.inherit import inherited
from configserver.settings.remote import TopRemoteSettings
from configserver.settings.repository import NestedGitSettings, RepositorySettings
from configserver.settings.section import section, sections


@dataclass(frozen=True, kw_only=True)
class GitSettings(RepositorySettings):
    """One Git repository: where it is, what of it is served, and how fresh it is kept."""

    type: ClassVar[str] = "git"

    repos: Mapping[str, NestedGitSettings] = sections(NestedGitSettings)
    own: TopRemoteSettings = section(TopRemoteSettings, ours=True)

    @property
    def nested(self) -> tuple[NestedGitSettings, ...]:
        """Return the nested repositories in order, filled with what they take from this one."""
        return tuple(
            replace(
                inherited(self, self.own, one), name=one.name or key, pattern=one.pattern or (key,)
            )
            for key, one in self.repos.items()
        )
