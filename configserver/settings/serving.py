"""`spring.cloud.config.server.*`: what holds for every backend."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from configserver.settings.section import Text, setting, without_effect


def _unescaped(overrides: Any) -> Mapping[str, str]:
    r"""Take the backslash out of `$\{`, as Spring does when it is given overrides."""
    if not isinstance(overrides, Mapping):
        raise ValueError("should have names below it")  # noqa: TRY004 - as Parse says
    return {key: text.replace("$\\{", "${") for key, text in overrides.items()}


@dataclass(frozen=True, kw_only=True)
class ServingSettings:
    """How answers are made, whatever backend they come from."""

    enabled: bool = setting(
        True,
        effect=without_effect("this program is nothing but the server"),
        description="For an application that holds the server as a part.",
    )
    bootstrap: bool = setting(
        False,
        effect=without_effect("this program has no settings from itself"),
        description="For a server that configures itself from its own repository.",
    )
    prefix: str = setting("", description="Path in front of every route, such as `/config`.")
    default_label: Text = setting(
        None, description="Label if none is asked for; outranks the backend's own `default-label`."
    )
    overrides: Annotated[Mapping[str, str], _unescaped] = setting(
        {},
        description="Keys and values that outrank every file. `\\${a}` or `$\\{a}` is sent as "
        "`${a}`, for the client to fill.",
    )
    accept_empty: bool = setting(
        True, description="Answer 200 rather than 404 if no file was found for an application."
    )
    strip_document_from_yaml: bool = setting(
        True,
        description="Write a file that is a list or a single value without the key `document`.",
    )
    reverse_location_order: bool = setting(False, description="Turn the order of locations round.")
    default_application_name: str = setting(
        "application",
        description="Who a text for `/encrypt` or `/decrypt` is for if the path names nobody.",
    )
    default_profile: str = setting("default", description="The profile of such a text.")
    fail_on_composite_error: bool = setting(
        True, description="Fail if one of several backends fails; if off, go without it."
    )
