"""`spring.profiles.*`: which backend serves."""

from dataclasses import dataclass

from configserver.settings.section import Texts, setting


@dataclass(frozen=True, kw_only=True)
class ProfilesSettings:
    """The profiles of the server itself; with Spring, they choose the backend."""

    active: Texts = setting(
        (),
        description="Backends: `git` (also if none is named), `native`, `composite`, or several of "
        "them. Other profiles only choose documents of the settings file.",
    )
