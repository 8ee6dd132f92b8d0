"""`spring.profiles.*`: which backend serves."""

from dataclasses import dataclass

from configserver.settings.section import Texts, setting


@dataclass(frozen=True, kw_only=True)
class ProfilesSettings:
    """The profiles of the server itself; with Spring, they choose the backend."""

    active: Texts = setting(
        (),
        description="Backend: `git` (also if not set) or `native`. Other profiles only "
        "choose documents of the settings file.",
    )
