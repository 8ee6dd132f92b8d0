"""`spring.cloud.config.server.native.*`: folders on disk."""

from typing import Annotated

from pydantic import Field

from configserver.settings.section import LATER, Optional, Section, Texts, without_effect


class NativeSettings(Section):
    """Plain folders, served if `spring.profiles.active` is `native`."""

    search_locations: Texts = Field(
        ("file:./", "file:./config/"),
        description="Folders to search, later ones being stronger. May hold `{application}`, "
        "`{profile}`, `{label}`.",
    )
    add_label_locations: bool = Field(
        True, description="Search in each location the folder named like the label too."
    )
    default_label: str = Field("master", description="Label that is used if none is asked for.")
    version: str | None = Field(None, description="Version to answer with; none if not set.")
    fail_on_error: bool = Field(
        False,
        json_schema_extra=without_effect("a file that does not parse always fails"),
        description="The original does not read it either.",
    )
    order: Annotated[int | None, Optional] = Field(
        None, json_schema_extra=LATER, description="Rank among several backends."
    )
