"""`spring.cloud.config.server.native.*`: folders on disk."""

from dataclasses import dataclass
from typing import ClassVar

from configserver.settings.section import Number, Texts, setting, without_effect


@dataclass(frozen=True, kw_only=True)
class NativeSettings:
    """Plain folders, served if `spring.profiles.active` holds `native`."""

    type: ClassVar[str] = "native"

    search_locations: Texts = setting(
        ("file:./", "file:./config/"),
        description="Folders to search, later ones being stronger. May hold `{application}`, "
        "`{profile}`, `{label}`.",
    )
    add_label_locations: bool = setting(
        True, description="Search in each location the folder named like the label too."
    )
    default_label: str = setting("master", description="Label that is used if none is asked for.")
    version: str | None = setting(None, description="Version to answer with; none if not set.")
    fail_on_error: bool = setting(
        False,
        effect=without_effect("a file that does not parse always fails"),
        description="The original does not read it either.",
    )
    order: Number = setting(
        None, description="Rank among several backends: lower goes first, those without go last."
    )
