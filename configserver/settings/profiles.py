"""`spring.profiles.*`: which backend serves."""

from pydantic import Field

from configserver.settings.section import Section, Texts


class ProfilesSettings(Section):
    """The profiles of the server itself; with Spring, they choose the backend."""

    active: Texts = Field(
        (),
        description="Backend: `git` (also if not set) or `native`. Other profiles only "
        "choose documents of the settings file.",
    )
